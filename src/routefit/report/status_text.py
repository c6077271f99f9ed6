"""The front page: what was read, what is missing, what an accepted result costs, the verdicts, what to do next."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from routefit.answers.matrix import MatrixAnswer, MatrixRow
from routefit.answers.status import Gap, Next, StatusAnswer
from routefit.errors import RoutefitError
from routefit.funnel.matrix import MatrixCell
from routefit.funnel.words import plural
from routefit.report.basis import basis_lines, sample_words
from routefit.report.drawing import heading, indented, paragraph, stacked
from routefit.report.judging_lines import judging_lines
from routefit.report.idle_words import capacity_lines
from routefit.report.matrix_table import cell_words
from routefit.report.money import UNKNOWN, money, share
from routefit.report.verdicts import because, contrast_words, contrasts_of, verdict_words

MOST_GAPS = 3

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
    """What the ledger holds."""
    sampled = " in the sample" if answer.sampled_unit_rate < 1 else ""
    spend = "" if answer.spend_usd is None else f", {money(answer.spend_usd)} of model and grading cost{sampled}"
    counts = [plural(answer.calls, "call"), plural(answer.outcomes, "outcome")]
    judging = ((answer.judging.scores, "score"), (answer.judging.labels, "label"))
    counts += [plural(number, word) for number, word in judging if number]
    return f"Read: {', '.join(counts)}{spend}."


def coverage_line(answer: StatusAnswer) -> str:
    """How much of the calls and units the figures cover."""
    rates = answer.coverage
    return (
        f"{share(rates.attributed_rate)} of calls have a workload, {share(rates.priced_rate)} a cost; "
        f"{share(rates.judged_rate)} of units have a verdict"
    )


def gap_words(gap: Gap, *, given: Collection[str] = ()) -> str:
    """`$5.04: 185 units of summaries on closed without a verdict`; the remedy where no `Next` gives it."""
    size = "$ not known" if gap.usd is None else money(gap.usd)
    what = gap.what
    if what.startswith("calls "):
        what = plural(gap.calls, "call") + what.removeprefix("calls")
    elif gap.calls and not what[:1].isdigit():
        what += f" ({plural(gap.calls, 'call')})"
    return f"{size}: {what}" if gap.remedy in given else f"{size}: {what}; {gap.remedy}"


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
    yield indented(f"{coverage_line(answer)}.")
    if answer.lcpr is not None:
        yield from (indented(f"note: {line}") for line in capacity_lines(answer.lcpr.capacity))
    yield from (indented(f"note: {warning}") for warning in answer.units.warnings)
    yield from (indented(f"note: {line}") for line in judging_lines(answer.judging))
    if answer.gaps:
        rest = len(answer.gaps) - MOST_GAPS
        more = f"; {rest} smaller: --format json" if rest > 0 else ""
        yield heading(f"Missing, in USD of the {sample_words(answer.sampled_unit_rate)}{more}")
        given = {one.command for one in answer.next}
        for gap in answer.gaps[:MOST_GAPS]:
            yield indented(gap_words(gap, given=given), columns=4, hang="  -")
    if answer.matrix is not None:
        yield from _results(answer.matrix, is_sampled=answer.sampled_unit_rate < 1)
    yield from _next(answer)


def _results(matrix: MatrixAnswer, *, is_sampled: bool) -> Iterator[RenderableType]:
    yield heading("What one accepted result costs")
    for row in matrix.workloads:
        yield indented(f"{row.workload}, per {row.unit_name}{cost_line(row)}", columns=4, hang="  -")
    yield heading(f"Which route to use{'; savings at full volume' if is_sampled else ''}")
    for row in matrix.workloads:
        verdict = Text(f"{row.workload}: {verdict_words(row)}", style="bold")
        # The unit stands with the costs above.
        reasons = (reason.replace(f" per {row.unit_name}", "") for reason in because(row))
        line = Text.assemble(verdict, *(f"; {reason}" for reason in reasons))
        yield indented(line, columns=4, hang="  -")
    contrasts = contrasts_of(matrix.workloads)
    if contrasts:
        row, sharpest = max(contrasts, key=lambda pair: pair[1].lcpr_ratio)
        yield heading(f"What token prices said, what the traces say: {row.workload}")
        yield from (indented(line, columns=4, hang="  -") for line in contrast_words(row.unit_name, sharpest))


def _next(answer: StatusAnswer) -> Iterator[RenderableType]:
    is_sampled = answer.sampled_unit_rate < 1
    has_worth = any(one.worth_usd is not None for one in answer.next)
    yield heading("Next, by what it is worth at full volume" if has_worth and is_sampled else "Next")
    for one in answer.next:
        yield indented(one.command)
        yield indented(next_words(one, month="a month"), columns=6)


def _empty(answer: StatusAnswer) -> Iterator[RenderableType]:
    wait = "waits for its call" if answer.outcomes == 1 else "wait for their calls"
    outcomes = f"; {plural(answer.outcomes, 'outcome')} {wait}" if answer.outcomes else ""
    yield paragraph(f"Project {answer.project}: no calls have been imported yet{outcomes}.")
    yield from _next(answer)
