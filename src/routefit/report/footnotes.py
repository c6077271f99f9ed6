"""Reasons as numbered notes below a table, each once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import RenderableType

from routefit.report.drawing import indented


class Footnotes:
    """Numbers reasons in the order in which they appear; what is true of every row is said without a number."""

    def __init__(self, rows: Iterable[Sequence[str]]) -> None:
        listed = [tuple(row) for row in rows]
        everywhere = set(listed[0]).intersection(*listed) if len(listed) > 1 else set()
        self.shared = tuple(reason for reason in (listed[0] if listed else ()) if reason in everywhere)
        own = (reason for row in listed for reason in row if reason not in everywhere)
        self.numbers = {reason: number for number, reason in enumerate(dict.fromkeys(own), start=1)}

    def marks(self, reasons: Iterable[str]) -> str:
        """`1,3`: the numbers of a row's own reasons."""
        return ",".join(str(self.numbers[reason]) for reason in reasons if reason in self.numbers)

    def lines(self) -> Iterator[RenderableType]:
        """The notes as they stand below the table."""
        for reason, number in self.numbers.items():
            yield indented(reason, columns=4, hang=f"{number:>2}")
        if self.shared:
            yield indented(f"all routes: {'; '.join(self.shared)}", columns=4, hang=" *")
