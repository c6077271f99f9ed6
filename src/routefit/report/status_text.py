"""The front page: what was read, what is missing, what an accepted result costs, the verdicts, what to do next."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType

from routefit.answers.matrix import MatrixAnswer, MatrixRow
from routefit.answers.status import Gap, Next, StatusAnswer
from routefit.errors import RoutefitError
from routefit.funnel.words import plural
from routefit.report.basis import basis_lines
from routefit.report.drawing import heading, indented, paragraph, stacked
from routefit.report.matrix_table import cell_words
from routefit.report.money import count, money, share
from routefit.report.verdicts import because, contrast_words, contrasts_of, verdict_words

MOST_GAPS = 3


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
    """What the ledger holds."""
    spend = "" if answer.spend_usd is None else f", {money(answer.spend_usd)} of model and grading cost"
    return f"Read: {plural(answer.calls, 'call')}, {plural(answer.outcomes, 'outcome')}{spend}."


def coverage_line(answer: StatusAnswer) -> str:
    """How much of the calls and units the figures cover."""
    rates = answer.coverage
    return (
        f"{share(rates.attributed_rate)} of the calls have a workload, {share(rates.priced_rate)} a known cost; "
        f"{share(rates.judged_rate)} of the units have a verdict"
    )


def gap_words(gap: Gap) -> str:
    """`$5.04  185 units of summaries on closed without a verdict`."""
    size = "$ not known" if gap.usd is None else money(gap.usd)
    is_counted = gap.what[:1].isdigit() or not gap.calls
    calls = "" if is_counted else f" ({plural(gap.calls, 'call')})"
    return f"{size}: {gap.what}{calls}; {gap.remedy}"


def next_words(one: Next) -> str:
    """Why a command is worth typing."""
    return one.why if one.worth_usd is None else f"worth {money(one.worth_usd)}: {one.why}"


def cost_line(row: MatrixRow) -> str:
    """`closed $0.041 (now), oss-70b $0.031, haiku-easy only easy traffic`: the cells that traces fill."""
    cells = [cell for cell in row.cells if cell.units]
    return ", ".join(f"{cell.route} {cell_words(row, cell)}" for cell in cells) or "nothing measured"


def _parts(answer: StatusAnswer) -> Iterator[RenderableType]:
    if answer.window is None:
        yield from _empty(answer)
        return
    yield from basis_lines(
        answer.window, is_synthetic=answer.is_synthetic, sampled_unit_rate=answer.sampled_unit_rate
    )
    yield paragraph(read_line(answer))
    yield indented(f"{coverage_line(answer)}.")
    yield from (indented(f"note: {warning}") for warning in answer.units.warnings)
    if answer.gaps:
        rest = answer.gaps[MOST_GAPS:]
        more = f" ({len(rest)} smaller ones: routefit status --format json)" if rest else ""
        yield heading(f"Missing, in USD of the window{more}")
        yield from (indented(gap_words(gap), columns=4, hang="  -") for gap in answer.gaps[:MOST_GAPS])
    if answer.matrix is not None:
        yield from _results(answer.matrix)
    yield from _next(answer)


def _results(matrix: MatrixAnswer) -> Iterator[RenderableType]:
    yield heading("What one accepted result costs")
    for row in matrix.workloads:
        yield indented(f"{row.workload}, per {row.unit_name}: {cost_line(row)}", columns=4, hang="  -")
    yield heading("Which route to use")
    for row in matrix.workloads:
        has_no_money = row.recommendation.action == "measure_first" and not row.recommendation.saving_usd_per_month
        reasons = "; ".join(because(row, most=2 if has_no_money else 1))
        yield indented(f"{row.workload}: {verdict_words(row)}", columns=4, hang="  -")
        if reasons:
            yield indented(reasons, columns=4)
    contrasts = contrasts_of(matrix.workloads)
    if contrasts:
        row, sharpest = max(contrasts, key=lambda pair: pair[1].lcpr_ratio)
        yield heading(f"What token prices said, what the traces say: {row.workload}")
        yield from (indented(line, columns=4, hang="  -") for line in contrast_words(row.unit_name, sharpest))


def _next(answer: StatusAnswer) -> Iterator[RenderableType]:
    yield heading("Next")
    for one in answer.next:
        yield indented(one.command)
        yield indented(next_words(one), columns=6)


def _empty(answer: StatusAnswer) -> Iterator[RenderableType]:
    outcomes = f"; {count(answer.outcomes)} outcomes wait for their calls" if answer.outcomes else ""
    yield paragraph(f"Project {answer.project}: no calls have been imported yet{outcomes}.")
    yield from _next(answer)
