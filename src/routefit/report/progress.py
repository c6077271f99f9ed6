"""What happens while somebody waits: only on a terminal, only on stderr."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


@contextmanager
def spinner(what: str, *, is_shown: bool) -> Iterator[Callable[[str], None]]:
    """A line with what is being done; what the block gets changes its words."""
    if not is_shown:
        yield lambda _: None
        return
    with Console(stderr=True).status(what) as line:
        yield line.update


class ImportProgress:
    """A bar for the file that is being imported; use it as a context manager."""

    def __init__(self, *, is_shown: bool) -> None:
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.completed:,.0f} rows"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
            disable=not is_shown,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> ImportProgress:
        self._bars.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._bars.stop()

    def file(self, path: Path, number: int, files: int) -> Callable[[int, int], None]:
        """The progress of the rows of one file."""
        if self._task is not None:
            self._bars.remove_task(self._task)
        task = self._task = self._bars.add_task(f"{path.name} ({number} of {files})", total=None)

        def rows(done: int, lines: int) -> None:
            self._bars.update(task, completed=done, total=lines or None)

        return rows
