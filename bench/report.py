"""One row for each thing measured, and the table or JSON of all of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, kw_only=True)
class Row:
    """What was measured, in which unit, against which budget; `reason` where it could not be measured.

    `is_floor`: the budget is the least that is allowed, not the most.
    """

    what: str
    unit: str
    budget: float | None
    measured: float | None = None
    is_floor: bool = False
    detail: str = ""
    reason: str | None = None

    @property
    def verdict(self) -> str:
        """`ok`, `OVER`, `not measured`, or nothing where there is no budget."""
        if self.measured is None:
            return "not measured"
        if self.budget is None:
            return ""
        is_kept = self.measured >= self.budget if self.is_floor else self.measured <= self.budget
        return "ok" if is_kept else "OVER"


def table(rows: Sequence[Row]) -> str:
    """The rows as aligned text, the reasons of what is missing below."""
    header = ("what", "measured", "budget", "", "how")
    cells = [header, *(row_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(4)]
    lines = ["  ".join((*(line[i].ljust(widths[i]) for i in range(4)), line[4])).rstrip() for line in cells]
    missing = [f"not measured: {row.what}: {row.reason}" for row in rows if row.reason]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:], *missing])


def row_cells(row: Row) -> tuple[str, str, str, str, str]:
    """One line of the table."""
    measured = "-" if row.measured is None else f"{row.measured:.3g} {row.unit}"
    sign = "at least" if row.is_floor else "at most"
    budget = "" if row.budget is None else f"{sign} {row.budget:g}"
    return row.what, measured, budget, row.verdict, row.detail


def document(rows: Sequence[Row], settings: Mapping[str, object]) -> str:
    """The rows and what they were measured with as one JSON document."""
    return json.dumps(
        {"settings": settings, "rows": [{**asdict(row), "verdict": row.verdict} for row in rows]}, indent=2
    )
