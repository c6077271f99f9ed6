"""Reasons as numbered notes below a table, each once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from rich.console import RenderableType

from routefit.report.drawing import indented


def common_reasons(tables: Iterable[Iterable[Sequence[str]]]) -> tuple[str, ...]:
    """What is true of every row of each of several tables, in the order of the first; of one table nothing."""
    by_table = [[tuple(row) for row in rows] for rows in tables]
    rows = [row for table in by_table for row in table]
    if len(by_table) < 2:
        return ()
    return tuple(dict.fromkeys(reason for reason in rows[0] if all(reason in row for row in rows)))


class Footnotes:
    """Numbers the reasons of rows; what is true of every row is said without a number.

    Reasons that the same rows have make one note, so that a cell needs few numbers. With a single row all of them
    are said without a number. `said_elsewhere` is not said again.
    """

    def __init__(self, rows: Iterable[Sequence[str]], *, said_elsewhere: Sequence[str] = ()) -> None:
        listed = [tuple(reason for reason in dict.fromkeys(row) if reason not in said_elsewhere) for row in rows]
        carriers: dict[str, frozenset[int]] = {}
        for reason in dict.fromkeys(reason for row in listed for reason in row):
            carriers[reason] = frozenset(at for at, row in enumerate(listed) if reason in row)
        groups: dict[frozenset[int], list[str]] = defaultdict(list)
        for reason, carrying in carriers.items():
            groups[carrying].append(reason)
        self.is_single = len(listed) == 1
        self.shared = tuple(groups.pop(frozenset(range(len(listed))), ()))
        self.notes = tuple("; ".join(reasons) for reasons in groups.values())
        """The numbered notes: the first has the number 1."""
        self._numbers = {
            reason: number for number, reasons in enumerate(groups.values(), start=1) for reason in reasons
        }

    def marks(self, reasons: Iterable[str]) -> str:
        """`1,3`: the numbers of a row's own notes."""
        numbers = {self._numbers[reason] for reason in reasons if reason in self._numbers}
        return ",".join(map(str, sorted(numbers)))

    @property
    def shared_words(self) -> str:
        """What is true of every row, in one line; empty where nothing is."""
        if not self.shared:
            return ""
        return f"{'' if self.is_single else 'all routes: '}{'; '.join(self.shared)}"

    def lines(self) -> Iterator[RenderableType]:
        """The notes as they stand below the table."""
        for number, note in enumerate(self.notes, start=1):
            yield indented(note, columns=4, hang=f"{number:>2}")
        if self.shared:
            yield indented(self.shared_words, columns=4, hang=" *")
