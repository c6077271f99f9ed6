"""The routefit matrix: routes down, workloads across, and the verdict for each workload in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table

from routefit.answers.matrix import MatrixAnswer, MatrixCoverage, MatrixRow
from routefit.declared.model import Mode
from routefit.funnel.matrix import MatrixCell
from routefit.report.basis import basis_lines, month_words
from routefit.report.drawing import FirstThatFits, heading, indented, paragraph, stacked, table
from routefit.report.verdicts import condition_words, contrast_words, contrasts_of, measure_words, verdict_words

MODES = {
    Mode.CLOSED_API: "closed API",
    Mode.SERVERLESS_OPEN: "open, by token",
    Mode.MANAGED_DEDICATED: "dedicated",
    Mode.SELF_MANAGED: "self-managed",
}
NO_CELL = ""


def matrix_text(answer: MatrixAnswer) -> RenderableType:
    """The window, the matrix, and for each workload the verdict with its reasons and what would change it."""
    return stacked(_parts(answer))


def coverage_words(coverage: MatrixCoverage) -> str:
    """How many cells are in which state."""
    return (
        f"{coverage.measured} measured, {coverage.estimated} estimated, {coverage.infeasible} ruled out, "
        f"{coverage.failed_screen} failed their test, {coverage.unknown} unknown"
    )


def cell_words(row: MatrixRow, cell: MatrixCell) -> str:
    """What a cell shows; the current route is marked."""
    return f"{cell.words} (now)" if cell.route == row.current_route else cell.words


def routes_of(rows: Sequence[MatrixRow]) -> tuple[tuple[str, str], ...]:
    """Every route of the matrix with its mode in words, in order."""
    modes = {cell.route: cell.mode for row in rows for cell in row.cells}
    return tuple((route, MODES[mode] if mode else "") for route, mode in modes.items())


def _parts(answer: MatrixAnswer) -> Iterator[RenderableType]:
    yield from basis_lines(
        answer.window, is_synthetic=answer.is_synthetic, sampled_unit_rate=answer.sampled_unit_rate
    )
    yield paragraph("US dollars per accepted unit, in each workload's own unit.")
    yield paragraph("")
    yield FirstThatFits(
        [
            [_table(answer.workloads[start : start + width]) for start in range(0, len(answer.workloads), width)]
            for width in range(max(1, len(answer.workloads)), 0, -1)
        ]
    )
    yield paragraph(f"{coverage_words(answer.coverage)}.")
    for row in answer.workloads:
        yield paragraph("")
        yield from _verdict(row, month_words(answer.sampled_unit_rate))


def _table(rows: Sequence[MatrixRow]) -> Table:
    drawing = table("route", "mode", *(f"{row.workload}\nper {row.unit_name}" for row in rows), is_rigid=True)
    cells = [{cell.route: cell_words(row, cell) for cell in row.cells} for row in rows]
    for route, mode in routes_of(rows):
        drawing.add_row(route, mode, *(column.get(route, NO_CELL) for column in cells))
    return drawing


def _verdict(row: MatrixRow, month: str) -> Iterator[RenderableType]:
    yield heading(f"{row.workload}: {verdict_words(row, month=month)}")
    yield from (indented(line, columns=4, hang="  -") for line in row.recommendation.why)
    for _, contrast in contrasts_of([row]):
        yield from (indented(line, columns=4, hang="  -") for line in contrast_words(row.unit_name, contrast))
    yield from (indented(line, columns=4, hang="  -") for line in condition_words(row))
    measure = measure_words(row)
    if measure is not None:
        yield indented(measure, columns=4, hang="  -")
    if row.recommendation.would_change:
        yield indented("What would change it:")
        yield from (indented(line, columns=4, hang="  -") for line in row.recommendation.would_change)
