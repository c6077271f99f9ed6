"""What the generator itself knows about the fleet, so that a ledger can be held against it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

import numpy as np

from routefit.simulate.spec import Lane, Traffic
from routefit.simulate.traffic import (
    FALLBACK,
    GRADER,
    NOT_MEASURED,
    OK,
    REPAIR,
    RETRY,
    SHADOW,
    Calls,
    Flags,
    Ints,
    Units,
    Verdicts,
    call_pico_usd,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteTruth:
    """Totals of one workload on one assigned route, as held by the files (not scaled to the real volume).

    Accepted, rejected and undecided units follow the acceptance rule: a last call that failed or
    broke the SLO rejects a unit even before its verdict. `*_pico_usd` cover the calls whose cost is known;
    `unpriced_calls` counts the production and shadow calls whose cost is not, `unknown_billing_calls` the failed
    ones (in the cost with what they used) of which nobody knows what was billed.
    """

    units: int = 0
    accepted_units: int = 0
    rejected_units: int = 0
    undecided_units: int = 0
    escalated_units: int = 0
    retried_units: int = 0
    repaired_units: int = 0
    first_pass_units: int = 0
    calls: int = 0
    grader_calls: int = 0
    shadow_calls: int = 0
    retry_calls: int = 0
    repair_calls: int = 0
    fallback_calls: int = 0
    failed_calls: int = 0
    calls_without_usage: int = 0
    unpriced_calls: int = 0
    unknown_billing_calls: int = 0
    inference_pico_usd: int = 0
    grading_pico_usd: int = 0

    def __add__(self, other: RouteTruth) -> RouteTruth:
        return RouteTruth(**{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)})


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetTruth:
    """The generator's totals over [start_at, end_at), by (workload, route); an unattributed workload is None."""

    start_at: datetime
    end_at: datetime
    unit_rate: float
    cells: dict[tuple[str | None, str], RouteTruth]
    outcomes: int
    outcomes_without_call: int

    @property
    def calls(self) -> int:
        """All calls in the files."""
        return sum(cell.calls for cell in self.cells.values())

    @property
    def unattributed_calls(self) -> int:
        """Calls that name no workload."""
        return sum(cell.calls for (workload, _), cell in self.cells.items() if workload is None)


def call_costs_pico_usd(traffic: Traffic, lane: Lane, calls: Calls) -> Ints:
    """The cost of every call by who served it; NOT_MEASURED where nobody knows."""
    cost = call_pico_usd(calls, lane.serving)
    if lane.fallback is not None:
        cost = np.where(calls.is_by_fallback, call_pico_usd(calls, lane.fallback), cost)
    if traffic.grader is not None:
        cost = np.where(calls.role == GRADER, call_pico_usd(calls, traffic.grader), cost)
    return cost


def has_outcome(traffic: Traffic, verdicts: Verdicts, end_us: int) -> Flags:
    """Which units have a verdict by the end of the window."""
    return (verdicts.decided_us < end_us) if traffic.has_verdicts else np.zeros_like(verdicts.is_good)


def lane_truth(
    traffic: Traffic, lane: Lane, units: Units, calls: Calls, verdicts: Verdicts, end_us: int
) -> RouteTruth:
    """The totals of one lane and day; `calls` holds production (or shadow) calls and grading."""
    count = len(units.serial)
    is_unfit = _is_unfit(traffic, calls, count)
    is_decided = has_outcome(traffic, verdicts, end_us)
    is_accepted = is_decided & verdicts.is_good & ~verdicts.is_escalated & ~is_unfit
    is_rejected = is_unfit | (is_decided & ~is_accepted)
    is_retried, is_repaired, is_elsewhere = (_units_with(calls, role, count) for role in (RETRY, REPAIR, FALLBACK))
    cost = call_costs_pico_usd(traffic, lane, calls)
    is_used_in_vain = (calls.status != OK) & (calls.input_tokens > 0)
    is_known, is_grading = cost != NOT_MEASURED, calls.role == GRADER
    return RouteTruth(
        units=count,
        accepted_units=int(is_accepted.sum()),
        rejected_units=int(is_rejected.sum()),
        undecided_units=int((~is_accepted & ~is_rejected).sum()),
        escalated_units=int((is_decided & verdicts.is_escalated).sum()),
        retried_units=int(is_retried.sum()),
        repaired_units=int(is_repaired.sum()),
        first_pass_units=int((is_accepted & ~is_retried & ~is_repaired & ~is_elsewhere).sum()),
        calls=len(calls),
        grader_calls=int(is_grading.sum()),
        shadow_calls=int((calls.role == SHADOW).sum()),
        retry_calls=int((calls.role == RETRY).sum()),
        repair_calls=int((calls.role == REPAIR).sum()),
        fallback_calls=int((calls.role == FALLBACK).sum()),
        failed_calls=int((calls.status != OK).sum()),
        calls_without_usage=int((calls.input_tokens == NOT_MEASURED).sum()),
        unpriced_calls=int((~is_known & ~is_grading).sum()),
        unknown_billing_calls=0 if lane.serving.is_failure_billing_known else int(is_used_in_vain.sum()),
        inference_pico_usd=int(cost[is_known & ~is_grading].sum()),
        grading_pico_usd=int(cost[is_known & is_grading].sum()),
    )


def _is_unfit(traffic: Traffic, calls: Calls, count: int) -> Flags:
    """Units whose accepting call failed or broke a latency objective."""
    last = np.flatnonzero(calls.is_last)
    is_bad = calls.status[last] != OK
    if traffic.e2e_slo_ms is not None:
        is_bad |= calls.e2e_ms[last] > traffic.e2e_slo_ms
    if traffic.ttft_slo_ms is not None:
        is_bad |= calls.ttft_ms[last] > traffic.ttft_slo_ms
    unfit = np.zeros(count, dtype=np.bool_)
    unfit[calls.unit[last]] = is_bad
    return unfit


def _units_with(calls: Calls, role: int, count: int) -> Flags:
    found = np.zeros(count, dtype=np.bool_)
    found[calls.unit[calls.role == role]] = True
    return found
