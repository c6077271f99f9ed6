"""What to do next: at most three commands or lines, the most valuable first.

The worth of a move is what it saves, of a measurement what knowing better brings over the horizon; of anything
else it is the monthly spend that nothing can be said about until it is done. All in USD a month at full volume;
None where nobody can know.
"""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from routefit.answers.gaps import CAPACITY_COMMAND, INVOICES_COMMAND, OUTCOMES_COMMAND, Gap, GapKind
from routefit.answers.lcpr import LcprAnswer
from routefit.answers.matrix import MatrixAnswer, MatrixRow
from routefit.answers.workspace import Workspace
from routefit.declared.verdict import rule_words
from routefit.funnel.words import listed, plural
from routefit.lcpr.capacity import NoRate
from routefit.lcpr.cell import Cell, Frozen
from routefit.ledger.scores_by_workload import WorkloadScores
from routefit.units import days_between

MOST_COMMANDS = 3
MOST_NAMES = 3

FEW_UNATTRIBUTED_RATE = 0.05
"""Where rules leave no more calls than this without a workload, looking for more rules is not offered."""

_DAYS_PER_MONTH = 365.25 / 12


class Next(Frozen):
    """A command or a line worth typing, what it is worth in USD a month at full volume, and why."""

    command: str
    worth_usd: float | None
    why: str


WITHOUT_CALLS = (
    Next(command="routefit import litellm FILE", worth_usd=None, why="reads the spend log of a LiteLLM gateway"),
    Next(
        command="routefit import calls FILE",
        worth_usd=None,
        why="reads your own table of calls; `otel` and `langfuse` instead of `calls` read their exports",
    ),
    Next(command="routefit demo", worth_usd=None, why="shows all of it on a made-up fleet"),
)


def next_steps(
    workspace: Workspace,
    costs: LcprAnswer,
    weighed: MatrixAnswer,
    gaps: Sequence[Gap],
    unread: Mapping[str, Sequence[WorkloadScores]],
) -> tuple[Next, ...]:
    """At most three; `unread` are the scores that no rule of their workload reads."""
    per_month_ratio = (
        _DAYS_PER_MONTH / days_between(costs.window.start, costs.window.end) / costs.sampled_unit_rate
    )
    options = [
        *_discover(workspace, costs, per_month_ratio=per_month_ratio),
        *_moves(weighed),
        *_meanings(costs, unread, per_month_ratio=per_month_ratio),
        *_verdicts(costs, unread, per_month_ratio=per_month_ratio),
        *_prices(gaps, per_month_ratio=per_month_ratio),
        *_capacity(workspace, costs, gaps, per_month_ratio=per_month_ratio),
        *_invoices(gaps, per_month_ratio=per_month_ratio),
    ]
    options.sort(key=lambda option: -(option.worth_usd or 0.0))
    if options:
        return tuple(options[:MOST_COMMANDS])
    return (Next(command="routefit matrix", worth_usd=None, why="see every route's cost"),)


def _discover(workspace: Workspace, costs: LcprAnswer, *, per_month_ratio: float) -> Iterator[Next]:
    calls, attributed_rate = costs.unattributed.calls, costs.coverage.attributed_rate
    has_rules = bool(workspace.project.config.attribution)
    if calls and not (has_rules and attributed_rate is not None and attributed_rate >= 1 - FEW_UNATTRIBUTED_RATE):
        yield Next(
            command="routefit discover",
            worth_usd=_known(costs.unattributed.cost_usd * per_month_ratio),
            why=f"{plural(calls, 'call')} have no workload; it finds what belongs together and writes the rules",
        )


def _moves(weighed: MatrixAnswer) -> Iterator[Next]:
    for row in weighed.workloads:
        advice = row.recommendation
        if advice.action == "stay" or not advice.route or not advice.saving_usd_per_month:
            continue
        if advice.saving_usd_per_month <= 0:
            continue
        measure = advice.measure
        if measure is not None and measure.worth_usd is not None:
            yield Next(
                command=measure.command or _explain_command(row),
                worth_usd=_known(measure.worth_usd / measure.over_months),
                why=f"measure {row.workload} on {advice.route}: {measure.what}",
            )
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


def unjudged_usd(cells: Sequence[Cell]) -> dict[str, float]:
    """The workloads of which no unit has a verdict, with their cost in USD of the window, dearest first."""
    spend: dict[str, float] = defaultdict(float)
    judged: set[str] = set()
    for cell in cells:
        spend[cell.workload] += cell.cost_usd.total or 0.0
        if cell.accepted_units or any(r.reason == "failed_verdict" for r in cell.not_accepted):
            judged.add(cell.workload)
    return {
        name: usd for name, usd in sorted(spend.items(), key=lambda one: -one[1]) if name not in judged and usd
    }


def _meanings(
    costs: LcprAnswer, unread: Mapping[str, Sequence[WorkloadScores]], *, per_month_ratio: float
) -> Iterator[Next]:
    """The rule to write for the dearest workload that has scores and no verdict; what it accepts is the team's."""
    spend = {name: usd for name, usd in unjudged_usd(costs.cells).items() if name in unread}
    if not spend:
        return
    first, *others = spend
    kinds = unread[first]
    # A number can mean anything; what a ticket or a user said is nearer to an acceptance.
    said = next((kind for kind in kinds if kind.source != "score"), kinds[0])
    name = f", name: {said.name}" if said.name else ""
    counted = listed(f"{rule_words(kind.source, kind.name)} ({kind.scores:,})" for kind in kinds[:MOST_NAMES])
    too = f"; also {_some(others)}" if others else ""
    yield Next(
        command=f"in workloads/{first}.yaml: verdict: [{{from: {said.source}{name}, accept: VALUES}}]",
        worth_usd=_known(sum(spend.values()) * per_month_ratio),
        why=f"no rule says which scores of {first} accept a result: {counted}{too}",
    )


def _verdicts(
    costs: LcprAnswer, unread: Mapping[str, Sequence[WorkloadScores]], *, per_month_ratio: float
) -> Iterator[Next]:
    spend = {name: usd for name, usd in unjudged_usd(costs.cells).items() if name not in unread}
    if spend:
        yield Next(
            command=OUTCOMES_COMMAND,
            worth_usd=_known(sum(spend.values()) * per_month_ratio),
            why=f"no unit of {_some(spend, last='or')} has a verdict",
        )


def _prices(gaps: Sequence[Gap], *, per_month_ratio: float) -> Iterator[Next]:
    """The line that prices the dearest model without a price."""
    unpriced = _first(gaps, "no_price")
    if unpriced is not None:
        yield Next(
            command=unpriced.remedy,
            worth_usd=_monthly(unpriced, per_month_ratio),
            why=f"{unpriced.what.split(':')[0]} has no known price",
        )


def _capacity(
    workspace: Workspace, costs: LcprAnswer, gaps: Sequence[Gap], *, per_month_ratio: float
) -> Iterator[Next]:
    """What is missing of the route with the most calls whose cost capacity does not say."""
    unpriced = [one for one in costs.capacity if one.unpriced_calls or one.billed_pico_usd is None]
    if not unpriced:
        return
    route = max(unpriced, key=lambda one: one.unpriced_calls)
    gap = _first(gaps, "no_capacity")
    worth_usd = None if gap is None else _monthly(gap, per_month_ratio)
    declared = (("gpu_usd_per_hour", NoRate.NO_GPU_PRICE), ("gpus_per_replica", NoRate.NO_GPUS))
    field = next((name for name, reason in declared if any(reason in said for said in route.reasons)), None)
    served = f"{plural(route.unpriced_calls, 'call')} of {route.route}" if route.calls else route.route
    if route.route not in workspace.ledger.replica_rows:
        why = f"{served}: nobody knows how many replicas ran"
        yield Next(command=CAPACITY_COMMAND, worth_usd=worth_usd, why=why)
    elif field is not None:
        command = f"in routes/{route.route}.yaml: capacity: {{{field}: ...}}"
        yield Next(
            command=command, worth_usd=worth_usd, why=f"{served}: replicas ran, and their cost is not known"
        )


def _invoices(gaps: Sequence[Gap], *, per_month_ratio: float) -> Iterator[Next]:
    missing = _first(gaps, "not_invoiced")
    if missing is not None:
        yield Next(
            command=INVOICES_COMMAND,
            worth_usd=_monthly(missing, per_month_ratio),
            why="so much was traced, and no invoice says what was billed for it",
        )


def _first(gaps: Sequence[Gap], kind: GapKind) -> Gap | None:
    return next((gap for gap in gaps if gap.kind == kind), None)


def _monthly(gap: Gap, per_month_ratio: float) -> float | None:
    return None if gap.usd is None else _known(gap.usd * per_month_ratio)


def _known(usd: float) -> float | None:
    """Nothing known of what it is worth is no worth of 0."""
    return usd or None


def _some(names: Sequence[str] | Mapping[str, float], *, last: str = "and") -> str:
    """`support, search and 4 more`."""
    every = list(names)
    if len(every) <= MOST_NAMES + 1:
        return listed(every, last=last)
    return f"{', '.join(every[:MOST_NAMES])} {last} {len(every) - MOST_NAMES} more"
