"""The front page: what was read and covers, what is missing, what an accepted result costs, what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from routefit.answers.lcpr import LcprAnswer
from routefit.answers.matrix import MatrixAnswer, MatrixRow
from routefit.answers.next_steps import Next
from routefit.answers.status import StatusAnswer
from routefit.errors import RoutefitError
from routefit.funnel.matrix import MatrixCell
from routefit.funnel.words import listed, plural
from routefit.report.basis import basis_lines, sample_words
from routefit.report.drawing import heading, indented, paragraph, stacked
from routefit.report.gap_lines import gap_lines, gap_words
from routefit.report.matrix_table import cell_words
from routefit.report.money import UNKNOWN, money
from routefit.report.status_lines import coverage_line, note_lines, stale_line, units_line
from routefit.report.verdicts import because, contrast_words, contrasts_of, verdict_words

MOST_GAPS = 3
MOST_WORKLOADS = 4
MOST_NAMES = 3

NO_VERDICTS = "no verdicts"
"""How the words of a cell without verdicts begin."""


def status_text(answer: StatusAnswer) -> RenderableType:
    """At most one screen."""
    return stacked(_parts(answer))


def not_ready_text(error: RoutefitError) -> RenderableType:
    """Where there is nothing to show: why, and how to start."""
    lines: list[RenderableType] = [paragraph(error.what)]
    if error.next_step:
        lines.append(indented(f"next: {error.next_step}"))
    starts = (
        ("routefit demo", "shows all of it on a made-up fleet"),
        ("routefit init", "starts a project in this folder"),
    )
    lines.append(heading("To start"))
    lines += [indented(f"{command:<16}{why}") for command, why in starts]
    return stacked(lines)


def read_line(answer: StatusAnswer) -> str:
    """What the ledger holds, and what the known part of the window cost."""
    sampled = " in the sample" if answer.sampled_unit_rate < 1 else ""
    spend = "" if answer.spend_usd is None else f" ({money(answer.spend_usd)}{sampled})"
    others = [plural(number, word) for number, word in _without_calls(answer) if number]
    return f"Read: {', '.join([plural(answer.calls, 'call') + spend, *others])}."


def _without_calls(answer: StatusAnswer) -> tuple[tuple[int, str], ...]:
    return (
        (answer.outcomes, "outcome"),
        (answer.judging.scores, "score"),
        (answer.judging.labels, "label"),
        (answer.invoice_lines, "invoice line"),
        (answer.capacity_rows, "capacity row"),
    )


def next_words(one: Next, *, month: str) -> str:
    """Why a command is worth typing: `worth $307 a month: summaries have no verdicts`."""
    return one.why if one.worth_usd is None else f"worth {money(one.worth_usd)} {month}: {one.why}"


def cost_line(row: MatrixRow) -> str:
    """`closed $0.041 (now), oss-70b $0.031, haiku-easy only easy traffic`: the cells that traces fill."""
    cells = [cell for cell in row.cells if cell.units]
    if cells and all(cell.words.startswith(NO_VERDICTS) for cell in cells):
        bare = [cell.model_copy(update={"words": _without_verdicts(cell.words)}) for cell in cells]
        return f", no verdicts: {_costs(row, bare)}"
    return f": {_costs(row, cells) or 'nothing measured'}"


def _costs(row: MatrixRow, cells: Sequence[MatrixCell]) -> str:
    return ", ".join(f"{cell.route} {cell_words(row, cell)}" for cell in cells)


def _without_verdicts(words: str) -> str:
    return words.removeprefix(NO_VERDICTS).removeprefix(", ") or UNKNOWN


def _parts(answer: StatusAnswer) -> Iterator[RenderableType]:
    if answer.window is None:
        yield from _empty(answer)
        return
    yield from basis_lines(
        answer.window, is_synthetic=answer.is_synthetic, sampled_unit_rate=answer.sampled_unit_rate
    )
    yield paragraph(read_line(answer))
    yield paragraph(f"Covered: {coverage_line(answer)}.")
    units = units_line(answer.units)
    if units is not None:
        yield paragraph(f"Units: {units}.")
    yield from (indented(f"note: {line}") for line in note_lines(answer))
    yield from _gaps(answer)
    stale = stale_line(answer)
    if stale is not None:
        yield paragraph(f"Stale: {stale}.")
    if answer.matrix is not None and answer.lcpr is not None:
        yield from _results(answer.matrix, answer.lcpr, is_sampled=answer.sampled_unit_rate < 1)
    yield from _next(answer)


def _gaps(answer: StatusAnswer) -> Iterator[RenderableType]:
    lines = gap_lines(answer.gaps)
    if not lines:
        return
    rest = len(lines) - MOST_GAPS
    more = f"; {rest} smaller: --format json" if rest > 0 else ""
    yield heading(f"Missing, in USD of the {sample_words(answer.sampled_unit_rate)}{more}")
    given = {one.command for one in answer.next}
    for line in lines[:MOST_GAPS]:
        yield indented(gap_words(line, given=given), columns=4, hang="  -")


def _results(matrix: MatrixAnswer, costs: LcprAnswer, *, is_sampled: bool) -> Iterator[RenderableType]:
    if not matrix.workloads:
        return
    rows = _dearest_first(matrix.workloads, costs)
    shown, rest = rows[:MOST_WORKLOADS], rows[MOST_WORKLOADS:]
    yield heading(f"What one accepted result costs{f'; {len(rest)} smaller: routefit lcpr' if rest else ''}")
    for row in shown:
        yield indented(f"{row.workload}, per {row.unit_name}{cost_line(row)}", columns=4, hang="  -")
    yield from _routes(rows, is_sampled=is_sampled)
    contrasts = contrasts_of(matrix.workloads)
    if contrasts:
        row, sharpest = max(contrasts, key=lambda pair: pair[1].lcpr_ratio)
        yield heading(f"What token prices said, what the traces say: {row.workload}")
        yield from (indented(line, columns=4, hang="  -") for line in contrast_words(row.unit_name, sharpest))


def _dearest_first(rows: Sequence[MatrixRow], costs: LcprAnswer) -> list[MatrixRow]:
    """All where they fit; else those that cost most stand first."""
    if len(rows) <= MOST_WORKLOADS:
        return list(rows)
    spend: dict[str, float] = {}
    for cell in costs.cells:
        spend[cell.workload] = spend.get(cell.workload, 0.0) + (cell.cost_usd.total or 0.0)
    return sorted(rows, key=lambda row: (-spend.get(row.workload, 0.0), row.workload))


def _routes(rows: Sequence[MatrixRow], *, is_sampled: bool) -> Iterator[RenderableType]:
    """What to use; workloads that only wait for verdicts on the route they have are one line."""
    waiting = [row for row in rows if _waits_for_verdicts(row)]
    told = [row for row in rows if row not in waiting]
    shown, rest = told[:MOST_WORKLOADS], told[MOST_WORKLOADS:]
    more = f"; {len(rest)} more: routefit matrix" if rest else ""
    yield heading(f"Which route to use{'; savings at full volume' if is_sampled else ''}{more}")
    for row in shown:
        verdict = Text(f"{row.workload}: {verdict_words(row)}", style="bold")
        yield indented(Text.assemble(verdict, *(f"; {said}" for said in _reasons(row))), columns=4, hang="  -")
    if waiting:
        names = [row.workload for row in waiting]
        some = names if len(names) <= MOST_NAMES + 1 else [*names[:MOST_NAMES], f"{len(names) - MOST_NAMES} more"]
        are = "its route" if len(names) == 1 else "their routes"
        yield indented(f"{listed(some)}: nothing to say of {are} without verdicts", columns=4, hang="  -")


def _waits_for_verdicts(row: MatrixRow) -> bool:
    cells = [cell for cell in row.cells if cell.units]
    is_on_current = row.recommendation.route in (None, row.current_route)
    return is_on_current and bool(cells) and all(cell.words.startswith(NO_VERDICTS) for cell in cells)


def _reasons(row: MatrixRow) -> Iterator[str]:
    """When a move pays back, else the leading reason; without what the costs above say already."""
    advice = row.recommendation
    for reason in because(row, most=0 if advice.action == "move" else 1):
        said = reason.replace(f" per {row.unit_name}", "").removeprefix(f"{NO_VERDICTS} yet: ")
        yield said.partition(": ")[0] if advice.action == "stay" else said


def _next(answer: StatusAnswer) -> Iterator[RenderableType]:
    """Amounts in a column; where nothing is known of any worth, the reasons below the commands."""
    is_sampled = answer.sampled_unit_rate < 1
    if all(one.worth_usd is None for one in answer.next):
        yield heading("Next")
        for one in answer.next:
            yield indented(one.command)
            yield indented(one.why, columns=6)
        return
    yield heading(f"Next, and what it is worth in USD a month{' at full volume' if is_sampled else ''}")
    yield _worths(answer.next)


def _worths(steps: Sequence[Next]) -> RenderableType:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    for one in steps:
        # The command names what is to be explained, and the verdicts above say why.
        words = one.command if one.command.startswith("routefit explain ") else f"{one.command}\n{one.why}"
        grid.add_row(Text(money(one.worth_usd)), Text(words))
    return Padding(grid, (0, 0, 0, 2))


def _empty(answer: StatusAnswer) -> Iterator[RenderableType]:
    counts = _without_calls(answer)
    waiting = [plural(number, word) for number, word in counts if number]
    wait = "waits for its call" if [number for number, _ in counts if number] == [1] else "wait for their calls"
    others = f"; {listed(waiting)} {wait}" if waiting else ""
    yield paragraph(f"Project {answer.project}: no calls have been imported yet{others}.")
    yield from _next(answer)
