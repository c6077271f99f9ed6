"""Where things stand: what is covered, what is missing and what that is worth, and what to do next.

Every gap is sized in USD of the window: calls without a known cost at the mean cost of the same workload and model
(else of the workload), units without a verdict at their own cost. A size that nobody can know is None.
"""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

from routefit.answers.attribution import CallsPerUnit, UnitsFormed, units_formed
from routefit.answers.evaluation import Evaluator
from routefit.answers.lcpr import Coverage, LcprAnswer
from routefit.answers.matrix import MatrixAnswer, MatrixRow, matrix_of
from routefit.answers.verdicts import Judging, judgements, judging
from routefit.answers.workspace import Workspace
from routefit.funnel.words import listed, plural
from routefit.lcpr.cell import Cell, Frozen, Window
from routefit.ledger.questions import UnpricedCalls, unpriced_calls
from routefit.ledger.view import UNATTRIBUTED
from routefit.units import PICO_USD_PER_USD, days_between

MOST_COMMANDS = 3

_DAYS_PER_MONTH = 365.25 / 12


class Gap(Frozen):
    """Something that is missing; `usd` is its size in the window, None where nobody can know."""

    what: str
    calls: int
    usd: float | None
    remedy: str


class Next(Frozen):
    """A command or a line worth typing, what it is worth in USD a month at full volume, and why."""

    command: str
    worth_usd: float | None
    why: str


class StatusAnswer(Frozen):
    """The front page; `window` is None in a project without calls."""

    project: str
    is_synthetic: bool
    sampled_unit_rate: float
    window: Window | None
    calls: int
    outcomes: int
    spend_usd: float | None
    coverage: Coverage
    units: UnitsFormed
    gaps: tuple[Gap, ...]
    next: tuple[Next, ...]
    lcpr: LcprAnswer | None
    matrix: MatrixAnswer | None
    judging: Judging


def status(workspace: Workspace, *, start: date | None = None, end: date | None = None) -> StatusAnswer:
    """Where the project stands; a project without calls is an answer too."""
    config = workspace.project.config
    if not workspace.ledger.has_calls:
        return _empty(workspace)
    evaluator = Evaluator(workspace, start=start, end=end)
    costs, weighed = evaluator.answer, matrix_of(evaluator)
    gaps = tuple(sorted(_gaps(workspace, costs), key=lambda gap: (-(gap.usd or 0.0), gap.what)))
    return StatusAnswer(
        project=config.name,
        is_synthetic=config.is_synthetic,
        sampled_unit_rate=config.sampling.unit_rate,
        window=costs.window,
        calls=workspace.ledger.call_rows,
        outcomes=workspace.ledger.outcome_rows,
        spend_usd=_spend_usd(costs),
        coverage=costs.coverage,
        units=units_formed(workspace, costs.window.start.date(), costs.window.end.date()),
        gaps=gaps,
        next=_next(costs, weighed, gaps),
        lcpr=costs,
        matrix=weighed,
        judging=judging(workspace),
    )


def _empty(workspace: Workspace) -> StatusAnswer:
    nothing = Coverage(attributed_rate=None, priced_rate=None, judged_rate=None, bill_explained_rate=None)
    return StatusAnswer(
        project=workspace.project.config.name,
        is_synthetic=workspace.project.config.is_synthetic,
        sampled_unit_rate=workspace.project.config.sampling.unit_rate,
        window=None,
        calls=0,
        outcomes=workspace.ledger.outcome_rows,
        spend_usd=None,
        coverage=nothing,
        units=UnitsFormed(
            unit_key=None,
            one_call_share_rate=None,
            calls_per_unit=CallsPerUnit(p50=None, p99=None),
            by_workload=(),
            warnings=(),
        ),
        gaps=(),
        next=(
            Next(command="routefit import calls FILE", worth_usd=None, why="there are no calls yet"),
            Next(command="routefit demo", worth_usd=None, why="shows all of it on a made-up fleet"),
        ),
        lcpr=None,
        matrix=None,
        judging=judging(workspace),
    )


def _spend_usd(costs: LcprAnswer) -> float:
    """What the known part of the window's calls cost: inference and grading, unattributed ones included."""
    cells = sum((cell.cost_usd.inference or 0.0) + (cell.cost_usd.eval or 0.0) for cell in costs.cells)
    return cells + costs.unattributed.cost_usd


def _gaps(workspace: Workspace, costs: LcprAnswer) -> Iterator[Gap]:
    yield from _unpriced_gaps(workspace, costs)
    if costs.unattributed.calls:
        yield Gap(
            what="calls of no workload",
            calls=costs.unattributed.calls,
            usd=costs.unattributed.cost_usd,
            remedy="log the workload with each call",
        )
    for cell in costs.cells:
        if cell.unknown_units and cell.usd_per_unit is not None:
            yield Gap(
                what=f"{plural(cell.unknown_units, 'unit')} of {cell.workload} on {cell.route} without a verdict",
                calls=cell.calls if cell.unknown_units == cell.units else cell.unknown_units,
                usd=cell.usd_per_unit * cell.unknown_units,
                remedy=_verdict_remedy(workspace, cell.workload),
            )
    if costs.outcomes_without_call:
        yield Gap(
            what=f"{judgements(workspace, costs.outcomes_without_call)} of units without any call",
            calls=0,
            usd=None,
            remedy="import the calls of these units; until then they count for nothing",
        )
    if costs.ambiguous_outcomes:
        yield Gap(
            what=f"{judgements(workspace, costs.ambiguous_outcomes)} that fit several units",
            calls=0,
            usd=None,
            remedy="name workload and route in them",
        )


def _verdict_remedy(workspace: Workspace, workload: str) -> str:
    """Scores that no rule of the workload reads may be verdicts already: only the team can say so."""
    declared = workspace.project.workloads.get(workload)
    if workspace.ledger.score_rows and not (declared and declared.verdict):
        return "say what its scores mean: verdict rules of the workload"
    return "routefit import outcomes FILE"


NO_PRICE = "unpriced_no_price"
NO_CAPACITY = "unpriced_no_capacity"

_CAUSES = {
    NO_PRICE: "no price known",
    "unpriced_no_usage": "no usage logged",
    "unpriced_suspicious_zero": "cost logged as 0",
    NO_CAPACITY: "paid by capacity of unknown cost",
}


def _unpriced_gaps(workspace: Workspace, costs: LcprAnswer) -> Iterator[Gap]:
    found = unpriced_calls(workspace.ledger, costs.window.start.date(), costs.window.end.date())
    means = _workload_means(costs.cells)
    grouped: dict[tuple[str, str | None, str], list[UnpricedCalls]] = defaultdict(list)
    for one in found:
        grouped[one.workload, one.model, one.basis].append(one)
    for (workload, model, basis), group in grouped.items():
        calls = sum(one.calls for one in group)
        known = next((one.mean_pico_usd for one in group if one.mean_pico_usd is not None), None)
        mean_usd = means.get(workload) if known is None else known / PICO_USD_PER_USD
        at = "" if workload == UNATTRIBUTED else f" in {workload}"
        yield Gap(
            what=f"{model or 'calls without a model'}{at}: {_CAUSES[basis]}",
            calls=calls,
            usd=None if mean_usd is None else calls * mean_usd,
            remedy=_price_remedy(workspace, basis, model),
        )


def _workload_means(cells: Sequence[Cell]) -> dict[str, float]:
    """USD per priced call of each workload."""
    sums: dict[str, tuple[float, int]] = defaultdict(lambda: (0.0, 0))
    for cell in cells:
        usd, calls = sums[cell.workload]
        sums[cell.workload] = (usd + (cell.cost_usd.inference or 0.0), calls + cell.calls - cell.unpriced_calls)
    return {name: usd / calls for name, (usd, calls) in sums.items() if calls and usd}


def _price_remedy(workspace: Workspace, basis: str, model: str | None) -> str:
    if basis == "unpriced_no_usage":
        return "log token usage of these calls (for streams: ask for usage at the end)"
    if basis == "unpriced_suspicious_zero":
        return "log what they cost, or their tokens; if they are free, say is_free in the route"
    if basis == NO_CAPACITY:
        return "routefit import capacity FILE; gpu_usd_per_hour and gpus_per_replica in the route's capacity"
    suggestion = workspace.book.alias_suggestion(model) if model else None
    if suggestion:
        return f"add to routefit.yaml: {suggestion}"
    if model is None:
        return "log the model of these calls"
    return f"a price of {model} in prices/*.yaml"


def _next(costs: LcprAnswer, weighed: MatrixAnswer, gaps: Sequence[Gap]) -> tuple[Next, ...]:
    """At most three commands, the most valuable first."""
    window_days = days_between(costs.window.start, costs.window.end)
    months = _DAYS_PER_MONTH / window_days / costs.sampled_unit_rate
    options = [
        *_moves(weighed),
        *_missing_verdicts(costs, per_month_ratio=months),
        *_missing_prices(gaps, per_month_ratio=months),
    ]
    options.sort(key=lambda option: -(option.worth_usd or 0.0))
    return tuple(options[:MOST_COMMANDS]) or (
        Next(command="routefit matrix", worth_usd=None, why="nothing is missing: see every route's cost"),
    )


def _moves(weighed: MatrixAnswer) -> Iterator[Next]:
    for row in weighed.workloads:
        advice = row.recommendation
        if advice.action == "stay" or not advice.route or not advice.saving_usd_per_month:
            continue
        if advice.saving_usd_per_month <= 0:
            continue
        verb = f"move {row.workload} to" if advice.action == "move" else f"measure {row.workload} on"
        yield Next(
            command=_explain_command(row),
            worth_usd=advice.saving_usd_per_month,
            why=f"{verb} {advice.route}",
        )


def _explain_command(row: MatrixRow) -> str:
    words = ["routefit", "explain", row.workload, row.recommendation.route or ""]
    return shlex.join([*words, "--against", row.current_route] if row.current_route else words)


def _missing_verdicts(costs: LcprAnswer, *, per_month_ratio: float) -> Iterator[Next]:
    spend: dict[str, float] = defaultdict(float)
    judged: set[str] = set()
    for cell in costs.cells:
        spend[cell.workload] += cell.cost_usd.total or 0.0
        if cell.accepted_units or any(r.reason == "failed_verdict" for r in cell.not_accepted):
            judged.add(cell.workload)
    unjudged = sorted((name for name, usd in spend.items() if name not in judged and usd), key=lambda n: -spend[n])
    if unjudged:
        yield Next(
            command="routefit import outcomes FILE",
            worth_usd=sum(spend[name] for name in unjudged) * per_month_ratio,
            why=f"no unit of {listed(unjudged, last='or')} has a verdict",
        )


def _missing_prices(gaps: Sequence[Gap], *, per_month_ratio: float) -> Iterator[Next]:
    """The line that prices the dearest model without a price."""
    unpriced = next((gap for gap in gaps if gap.what.endswith(f": {_CAUSES[NO_PRICE]}")), None)
    if unpriced is not None:
        worth_usd = None if unpriced.usd is None else unpriced.usd * per_month_ratio
        priceless = f"{unpriced.what.split(':')[0]} has no known price"
        yield Next(command=unpriced.remedy, worth_usd=worth_usd, why=priceless)
