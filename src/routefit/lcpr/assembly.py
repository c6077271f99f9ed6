"""From totals to a cell: the interval, the bounds, what the dollars rest on and whether they are good enough.

Pure: the totals by jackknife group, the declarations and a few context figures in, a frozen `Cell` out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from routefit.declared.model import Route, Unit, Workload
from routefit.evidence import Fact
from routefit.lcpr.acceptance import Reason
from routefit.lcpr.bill_cells import NOT_INVOICED, CellBill
from routefit.lcpr.capacity import NO_IDLE, CellIdle
from routefit.lcpr.cell import (
    BoundsUsd,
    Cell,
    CostUsd,
    LatencyMs,
    QuantilesMs,
    Rates,
    ReasonCount,
    Window,
    ratio,
)
from routefit.lcpr.evidence import cell_evidence
from routefit.lcpr.people import usd_per_case
from routefit.lcpr.series import RuleAgreement, VerdictSeries
from routefit.lcpr.totals import Totals, reason_field, total_of
from routefit.stats.jackknife import Interval, jackknife, jackknife_ratio
from routefit.units import usd_from_pico_usd

FEW_UNITS = 500
"""Below this many units an interval is flagged unreliable."""

FEW_ESCALATIONS = 20
"""Below this many escalations the interval of a cell where people are a large term is flagged unreliable."""

LARGE_PEOPLE_RATE = 0.2

ONE_CALL_RATE = 0.95
"""With more units of a single call than this and no retry, repair or fallback seen, these are not observable."""

SAMPLED_SHARE_RATE = 0.8
"""An evaluated share below this part of the declared sample rate is not extrapolated."""

SAMPLED_SPREAD_RATE = 0.05
"""Routes whose evaluated shares differ by more than this are not extrapolated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellContext:
    """What a cell needs beside its own totals.

    `ops_usd` is the running cost allocated to the cell (None undeclared) and `ops` the fact it came from;
    `idle` is what it bears of idle capacity, `bill` its part of the difference to the invoices;
    `sampled_spread_rate` is the largest difference of evaluated shares
    between the workload's routes; `series` are the judges of its units, `agreements` how the workload's graders
    agree with people.
    """

    workload_id: str
    route_id: str
    workload: Workload | None
    route: Route | None
    window: Window
    today: date
    ops_usd: float | None
    ops: Fact[Decimal]
    latency: LatencyMs
    idle: CellIdle = NO_IDLE
    bill: CellBill = NOT_INVOICED
    attributed_rate: float | None
    sampled_spread_rate: float
    confidence_rate: float
    stale_after_days: int
    series: tuple[VerdictSeries, ...] = ()
    agreements: tuple[RuleAgreement, ...] = ()
    least_labelled_units: int = 30
    is_tail_sampled: bool = False


def cell_of(by_group: Mapping[int, Totals], context: CellContext) -> Cell:
    """The cell of these totals; of traces chosen for what happened in them only counts and amounts."""
    cell = _cell_of(by_group, context)
    return cell.model_copy(update=_NOT_OF_THE_WHOLE) if context.is_tail_sampled else cell


def _cell_of(by_group: Mapping[int, Totals], context: CellContext) -> Cell:
    totals = total_of(by_group.values())
    groups = [group for group in by_group.values() if group.units]
    extrapolates = _extrapolates(totals, context)
    cost = _cost_usd(totals, context)
    has_figure = cost.total is not None and totals.units > 0
    accepted = _accepted_estimate(totals) if extrapolates else float(totals.accepted_units)
    interval = _interval(groups, context, extrapolates=extrapolates) if has_figure and accepted else None
    per_unit = _usd_per_unit(groups, context) if has_figure else None
    lcpr = _usd_per(cost.total, accepted)
    naive = _usd_per(cost.inference, totals.attempts)
    is_lower_bound = totals.is_lower_bound
    return Cell(
        workload=context.workload_id,
        route=context.route_id,
        unit_name=(context.workload.unit if context.workload else Unit()).name,
        window=context.window,
        units=totals.units,
        shadow_units=totals.shadow_units,
        accepted_units=totals.accepted_units,
        rejected_units=totals.rejected_units,
        unknown_units=totals.unknown_units,
        not_accepted=_not_accepted(totals),
        calls=totals.calls,
        attempts=totals.attempts,
        unpriced_calls=totals.unpriced_calls,
        unpriced_units=totals.unpriced_units,
        cost_usd=cost,
        idle_usd=context.idle.usd or None,
        lcpr_usd_per_accepted_unit=lcpr,
        lcpr_low_usd=interval.low if interval else None,
        # Unpriced calls can only make it dearer: the known part has an upper limit, the whole has none.
        lcpr_high_usd=interval.high if interval and not is_lower_bound else None,
        bounds_usd=_bounds(totals, cost),
        confidence=context.confidence_rate,
        interval_unreliable=_is_unreliable(totals, cost),
        is_lower_bound=is_lower_bound,
        is_extrapolated=extrapolates,
        filled_lcpr_usd=_filled_lcpr(totals, cost, accepted),
        usd_per_unit=_usd_per(cost.total, totals.units),
        usd_per_unit_low=per_unit.low if per_unit else None,
        usd_per_unit_high=per_unit.high if per_unit and not is_lower_bound else None,
        naive_usd_per_attempt=naive,
        loaded_to_naive_ratio=ratio(lcpr, naive) if lcpr is not None and naive else None,
        rates=_rates(totals),
        latency_ms=context.latency,
        evidence=cell_evidence(totals, cost, context, is_extrapolated=extrapolates),
    )


_NOT_OF_THE_WHOLE = {
    "lcpr_usd_per_accepted_unit": None,
    "lcpr_low_usd": None,
    "lcpr_high_usd": None,
    "bounds_usd": BoundsUsd(low=None, high=None),
    "is_extrapolated": False,
    "filled_lcpr_usd": None,
    "usd_per_unit": None,
    "usd_per_unit_low": None,
    "usd_per_unit_high": None,
    "naive_usd_per_attempt": None,
    "loaded_to_naive_ratio": None,
    "rates": Rates(**dict.fromkeys(Rates.model_fields)),
    "latency_ms": LatencyMs(**dict.fromkeys(LatencyMs.model_fields, QuantilesMs(p50=None, p95=None, p99=None))),
}
"""Every rate, quantile and cost per result: a sample of failed or slow traces says nothing of them."""


def _cost_usd(totals: Totals, context: CellContext) -> CostUsd:
    human: float | None = usd_from_pico_usd(totals.human_pico_usd)
    per_case = usd_per_case(context.workload.human).value if context.workload else None
    # Nothing declared, or declared and nobody said whether it was needed: unknown. A case that is free costs 0.
    if totals.human_pico_usd == 0 and (per_case is None or (per_case and not totals.sees_people)):
        human = None
    idle = context.idle
    inference = None if totals.is_unpriced else usd_from_pico_usd(totals.inference_pico_usd) + idle.inference_usd
    grading: float | None = usd_from_pico_usd(totals.eval_pico_usd) + idle.eval_usd
    if totals.unpriced_grader_calls and totals.eval_pico_usd == 0:
        grading = None
    terms = (inference, grading, human, context.ops_usd, context.bill.delta_usd)
    return CostUsd(
        inference=inference,
        eval=grading,
        human=human,
        ops=context.ops_usd,
        delta=context.bill.delta_usd,
        total=None if inference is None else sum(term for term in terms if term is not None),
    )


def _usd_per(usd: float | None, count: float) -> float | None:
    """USD per one of `count`; None where either is missing."""
    return None if usd is None else ratio(usd, count)


def _extrapolates(totals: Totals, context: CellContext) -> bool:
    """Whether the pass rate of a declared random sample may stand for the units without verdict."""
    sample_rate = context.workload.eval.sample_rate if context.workload else 1.0
    if sample_rate >= 1 or not totals.evaluated_accepted_units or not totals.eligible_units:
        return False
    evaluated_rate = totals.evaluated_eligible_units / totals.eligible_units
    if evaluated_rate < SAMPLED_SHARE_RATE * sample_rate:
        return False
    return context.sampled_spread_rate <= SAMPLED_SPREAD_RATE


def _accepted_estimate(totals: Totals) -> float:
    return totals.eligible_units * totals.evaluated_accepted_units / totals.evaluated_eligible_units


def _interval(groups: list[Totals], context: CellContext, *, extrapolates: bool) -> Interval:
    fixed_usd = _fixed_usd(context)
    costs = [usd_from_pico_usd(group.variable_pico_usd) for group in groups]
    if not extrapolates:
        return jackknife_ratio(
            costs,
            [group.accepted_units for group in groups],
            fixed_numerator=fixed_usd,
            confidence_rate=context.confidence_rate,
        )
    sums = np.array(
        [
            (usd, g.eligible_units, g.evaluated_accepted_units, g.evaluated_eligible_units)
            for usd, g in zip(costs, groups, strict=True)
        ],
        dtype=np.float64,
    )
    return jackknife(
        lambda s: (s[:, 0] + fixed_usd) / (s[:, 1] * s[:, 2] / s[:, 3]),
        sums,
        confidence_rate=context.confidence_rate,
        scale="log",
    )


def _fixed_usd(context: CellContext) -> float:
    """What does not grow with the units: running cost, capacity that stood idle, the difference to the bill."""
    return (context.ops_usd or 0.0) + context.idle.usd + (context.bill.delta_usd or 0.0)


def _usd_per_unit(groups: list[Totals], context: CellContext) -> Interval:
    return jackknife_ratio(
        [usd_from_pico_usd(group.variable_pico_usd) for group in groups],
        [group.units for group in groups],
        fixed_numerator=_fixed_usd(context),
        confidence_rate=context.confidence_rate,
    )


def _bounds(totals: Totals, cost: CostUsd) -> BoundsUsd:
    high = None if totals.is_lower_bound else _usd_per(cost.total, totals.accepted_units)
    return BoundsUsd(low=_usd_per(cost.total, totals.accepted_units + totals.unknown_units), high=high)


def _filled_lcpr(totals: Totals, cost: CostUsd, accepted: float) -> float | None:
    """LCPR with unpriced production calls at the mean cost of the priced ones: a guess, for checks only."""
    priced = totals.production_calls - totals.unpriced_calls
    if cost.inference is None or cost.total is None or not accepted or not priced or totals.unpriced_grader_calls:
        return None
    missing_usd = totals.unpriced_calls * cost.inference / priced
    return (cost.total + missing_usd) / accepted


def _is_unreliable(totals: Totals, cost: CostUsd) -> bool:
    people_rate = ratio(cost.human or 0.0, cost.total or 0.0) or 0.0
    few_cases = people_rate > LARGE_PEOPLE_RATE and totals.escalated_units < FEW_ESCALATIONS
    return totals.units < FEW_UNITS or few_cases


def _not_accepted(totals: Totals) -> tuple[ReasonCount, ...]:
    counts = ((reason.value, getattr(totals, reason_field(reason))) for reason in Reason)
    return tuple(ReasonCount(reason=reason, units=units) for reason, units in counts if units)


def _rates(totals: Totals) -> Rates:
    decided, calls = totals.decided_units, totals.production_calls
    # Where the unit key groups nothing, a second attempt would be a unit of its own: not seen, and so not 0.
    again_units = totals.retry_units + totals.repair_units + totals.fallback_units
    sees_attempts = bool(again_units) or totals.one_call_units <= ONE_CALL_RATE * totals.units
    units = totals.units if sees_attempts else 0
    return Rates(
        acceptance=ratio(totals.accepted_units, decided),
        first_pass=ratio(totals.first_pass_units, decided if sees_attempts else 0),
        retry=ratio(totals.retry_units, units),
        repair=ratio(totals.repair_units, units),
        repair_success=ratio(totals.repaired_accepted_units, totals.repaired_decided_units),
        escalation=ratio(totals.escalated_units, totals.units if totals.sees_people else 0),
        error=ratio(totals.error_calls, calls),
        timeout=ratio(totals.timeout_calls, calls),
        cache_hit=ratio(totals.cached_input_tokens, totals.cache_known_input_tokens),
    )
