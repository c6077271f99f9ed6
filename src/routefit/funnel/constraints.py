"""Stage 1 of the funnel: hard constraints, held against today's requirements and the anticipated ones.

Three answers and a hint: fail eliminates, unknown keeps the candidate but blocks a recommendation, warn informs.
A requirement that is not stated produces no check; an absent fact of the route is unknown and never passes.
Source: field guide, chapter 15 (stage 1); section 6 of the domain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from routefit.declared.model import Route, Tier, Workload
from routefit.funnel.anticipation import is_within, requirements
from routefit.funnel.coverage import flag_checks, list_checks, residency_check
from routefit.funnel.demand import MeasuredDemand, MeasuredLatency
from routefit.funnel.fleet import Fleet, capacity_check
from routefit.funnel.limits import (
    context_check,
    deprecation_check,
    latency_checks,
    rate_checks,
    volume_check,
)
from routefit.funnel.serving_tier import tier_check
from routefit.funnel.verdict import Constraint, ConstraintCheck

_HOURS_PER_MONTH = 720.0
_ORDER = {constraint: place for place, constraint in enumerate(Constraint)}


def check_constraints(
    workload: Workload,
    route: Route,
    demand: MeasuredDemand | None = None,
    *,
    today: date,
    latency: MeasuredLatency | None = None,
    fleet: Fleet | None = None,
    logged_tier: Tier | None = None,
    hours_per_month: float = _HOURS_PER_MONTH,
) -> tuple[ConstraintCheck, ...]:
    """All checks of today's requirements, then those of each anticipated date, in the order of `Constraint`.

    `latency`, `fleet` and `logged_tier` (the tier that all its calls carry) are what the traces say of the route.
    """
    seen = _Seen(demand or MeasuredDemand(), latency, fleet or Fleet(), logged_tier, hours_per_month)
    checks: list[ConstraintCheck] = []
    for on, then in requirements(workload, today=today):
        found = list(_checks(then, route, seen))
        if on is None:
            found.extend(deprecation_check(then, route, today=today))
        found.sort(key=lambda check: _ORDER[check.constraint])
        checks.extend(check.model_copy(update={"on": on}) for check in found)
    return tuple(checks)


def binding(
    checks: Iterable[ConstraintCheck], *, today: date, horizon_months: float
) -> tuple[ConstraintCheck, ...]:
    """The checks that count for a decision today: today's, and those that come into force within the horizon."""
    return tuple(c for c in checks if is_within(c.on, today=today, horizon_months=horizon_months))


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the traces say."""

    demand: MeasuredDemand
    latency: MeasuredLatency | None
    fleet: Fleet
    logged_tier: Tier | None
    hours_per_month: float


def _checks(workload: Workload, route: Route, seen: _Seen) -> Iterator[ConstraintCheck]:
    yield from context_check(workload, route, seen.demand)
    yield from list_checks(workload, route)
    yield from residency_check(workload, route)
    yield from flag_checks(workload, route)
    yield from rate_checks(workload, route, seen.demand)
    yield from volume_check(workload, route, seen.demand, hours_per_month=seen.hours_per_month)
    yield from capacity_check(workload, route, seen.demand, seen.fleet)
    yield from tier_check(workload, route, seen.logged_tier)
    yield from latency_checks(workload, seen.latency)
