"""What one accepted result costs, as tables: one for each workload, in its own unit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table

from routefit.answers.lcpr import LcprAnswer
from routefit.lcpr.cell import Cell
from routefit.report.basis import basis_lines
from routefit.report.cost_words import (
    BILL,
    UNJUDGED_COLUMNS,
    break_even_lines,
    by_workload,
    caption,
    cost,
    evidence,
    interval_name,
    is_judged,
    judged_columns,
    judged_row,
    left_out_lines,
    reasons,
    term_columns,
    terms,
    unjudged_row,
)
from routefit.report.drawing import FirstThatFits, heading, indented, paragraph, stacked, table
from routefit.report.footnotes import Footnotes, common_reasons
from routefit.report.idle_words import capacity_lines, idle_row
from routefit.report.money import count, money, money_range, times


def lcpr_text(answer: LcprAnswer) -> RenderableType:
    """The window, a table for each workload, and what the tables do not cover."""
    return stacked(_parts(answer))


def _parts(answer: LcprAnswer) -> Iterator[RenderableType]:
    yield from basis_lines(
        answer.window, is_synthetic=answer.is_synthetic, sampled_unit_rate=answer.sampled_unit_rate
    )
    of_all = common_reasons(map(reasons, cells) for cells in by_workload(answer))
    for cells in by_workload(answer):
        notes = Footnotes(map(reasons, cells), said_elsewhere=of_all)
        yield paragraph("")
        yield heading(caption(cells))
        if is_judged(cells):
            yield FirstThatFits(
                [
                    [_wide(cells, notes)],
                    [_narrow(cells, notes)],
                ]
            )
        else:
            yield _unjudged(cells, notes)
            yield from (indented(f"{line}.") for line in break_even_lines(answer, cells[0].workload))
        yield from notes.lines()
    if not answer.cells:
        yield paragraph("No unit of any workload in this window.")
    yield paragraph("")
    if of_all:
        yield paragraph(f"Of every cost above: {'; '.join(of_all)}.")
    yield from (paragraph(f"{line}.") for line in (*capacity_lines(answer.capacity), *left_out_lines(answer)))


def _wide(cells: Sequence[Cell], notes: Footnotes) -> Table:
    columns = judged_columns(cells)
    drawing = table(*_named(columns, cells), right=range(1, len(columns) - 1))
    for cell in cells:
        drawing.add_row(*judged_row(cell, notes, columns))
        _add_idle(drawing, cell, per_accepted=True)
    return drawing


def _narrow(cells: Sequence[Cell], notes: Footnotes) -> Table:
    """In two lines: the evidence below the route, the interval below its figure, the ratio below its attempt."""
    names = term_columns(cells)
    drawing = table(
        "route\nevidence",
        f"cost\n{interval_name(cells)}",
        *names,
        "accepted\nof units",
        "attempt\nratio",
        right=range(1, 4 + len(names)),
        gap_columns=1,
    )
    for cell in cells:
        drawing.add_row(
            f"{cell.route}\n{evidence(cell, notes)}",
            f"{cost(cell)}\n{money_range(cell.lcpr_low_usd, cell.lcpr_high_usd)}",
            *terms(cell, has_bill=BILL in names),
            f"{count(cell.accepted_units)}\n{count(cell.units)}",
            f"{money(cell.naive_usd_per_attempt)}\n{times(cell.loaded_to_naive_ratio)}",
        )
        _add_idle(drawing, cell, per_accepted=True)
    return drawing


def _add_idle(drawing: Table, cell: Cell, *, per_accepted: bool) -> None:
    row = idle_row(cell, columns=2, per_accepted=per_accepted)
    if row is not None:
        drawing.add_row(*row)


def _unjudged(cells: Sequence[Cell], notes: Footnotes) -> Table:
    drawing = table(*_named(UNJUDGED_COLUMNS, cells), right=range(1, len(UNJUDGED_COLUMNS) - 1))
    for cell in cells:
        drawing.add_row(*unjudged_row(cell, notes))
        _add_idle(drawing, cell, per_accepted=False)
    return drawing


def _named(columns: Sequence[str], cells: Sequence[Cell]) -> list[str]:
    return [interval_name(cells) if name == "interval" else name for name in columns]
