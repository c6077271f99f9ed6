"""What is known of the replicas of a route that is paid by capacity, and how many the load needs.

    needed = ceil(peak / (G x eta))

Peak in accepted units of the highest hour, G accepted units an hour of one replica within the objectives, eta the
share of G that may be used before latency leaves them (0.7 where nobody measured or declared it: ASSUMED).
Source: field guide, chapter 18; section 7.3 of the domain.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from routefit.declared.model import Mode, Route, Workload
from routefit.evidence import Evidence, Fact, Label
from routefit.funnel.demand import MeasuredDemand, required_peak, weakest_of
from routefit.funnel.verdict import Constraint, ConstraintCheck, Verdict
from routefit.funnel.words import count, plural

DEFAULT_MAX_UTILIZATION_RATE = 0.7
"""eta where nobody measured or declared it (field guide, chapter 18)."""

CAPACITY_MODES = (Mode.MANAGED_DEDICATED, Mode.SELF_MANAGED)

_Positive = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_UNKNOWN = Evidence(label=Label.UNKNOWN)


class Fleet(BaseModel):
    """What imported rows and load tests say of a route: replicas that ran in the window, and what one serves.

    None is not measured; a measured figure goes before the declared one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    most_replicas: _Positive | None = None
    replicas_evidence: Evidence = _UNKNOWN
    goodput_units_per_replica_hour: _Positive | None = None
    max_utilization_rate: Annotated[float, Field(gt=0, le=1)] | None = None
    goodput_evidence: Evidence = _UNKNOWN


def goodput_units(route: Route, fleet: Fleet) -> Fact[float]:
    """Accepted units an hour of one replica, measured or as declared; a goodput of 0 is none."""
    if fleet.goodput_units_per_replica_hour:
        return _fact(fleet.goodput_units_per_replica_hour, fleet.goodput_evidence)
    return route.capacity.goodput_per_replica_hour


def utilization_limit_rate(route: Route, fleet: Fleet) -> Fact[float]:
    """The share of the goodput that may be used: measured, declared, or the default."""
    if fleet.max_utilization_rate:
        return _fact(fleet.max_utilization_rate, fleet.goodput_evidence)
    declared = route.capacity.max_utilization_rate
    if declared.value:
        return declared
    return Fact[float](value=DEFAULT_MAX_UTILIZATION_RATE, label=Label.ASSUMED, source="default")


def most_replicas(route: Route, fleet: Fleet) -> Fact[float]:
    """Replicas that may run: as declared, else the most that ran, else those that always run."""
    declared = route.capacity.max_replicas
    if declared.value is not None:
        return _number(declared)
    least = route.capacity.min_replicas
    if fleet.most_replicas is not None and fleet.most_replicas >= (least.value or 0):
        return _fact(fleet.most_replicas, fleet.replicas_evidence)
    return _number(least)


def replicas_needed(units_per_hour: float, *, goodput_units_per_hour: float, max_utilization_rate: float) -> int:
    """Whole replicas for so many accepted units in an hour."""
    # A load that fills its replicas exactly must not need one more for the last digit of a float.
    return math.ceil(units_per_hour / (goodput_units_per_hour * max_utilization_rate) - 1e-9)


def capacity_check(
    workload: Workload, route: Route, demand: MeasuredDemand, fleet: Fleet
) -> Iterator[ConstraintCheck]:
    """Replicas that the highest hour needs against those that may run.

    Only for dedicated and self-managed routes that declare a capacity.
    """
    if route.mode not in CAPACITY_MODES or not route.capacity.is_declared:
        return
    peak, one, eta = (
        required_peak(workload, demand),
        goodput_units(route, fleet),
        utilization_limit_rate(route, fleet),
    )
    has = most_replicas(route, fleet)
    required = "replicas for the highest hour"
    if not one.value or not eta.value:
        why = "capacity.goodput_per_replica_hour is neither declared nor measured"
        yield _not_known(required, why, "goodput of a replica")
        return
    if peak is None:
        yield _not_known(required, "what comes in the highest hour is not known", "peak load")
        return
    required = f"replicas for {count(round(peak.amount))} accepted units in the highest hour"
    needed = replicas_needed(peak.amount, goodput_units_per_hour=one.value, max_utilization_rate=eta.value)
    if has.value is None:
        why = f"needs {count(needed)}, and neither capacity.max_replicas nor a capacity row says how many may run"
        yield _not_known(required, why, "how many replicas may run")
        return
    fits = needed <= has.value
    yield ConstraintCheck(
        constraint=Constraint.CAPACITY,
        verdict=Verdict.PASS if fits else Verdict.FAIL,
        required=plural(needed, "replica"),
        offered=plural(has.value, "replica"),
        reason=(
            f"peak {count(round(peak.amount))} an hour needs {plural(needed, 'replica')}"
            f" {'<=' if fits else '>'} has {count(has.value)}"
            f" (each {count(one.value)} an hour, used to {eta.value:.0%})"
        ),
        short="yes: replicas" if fits else f"no: {plural(needed, 'replica')} needed > {count(has.value)}",
        evidence=weakest_of(peak.evidence, one.evidence, eta.evidence, has.evidence),
    )


def _fact(value: float, evidence: Evidence) -> Fact[float]:
    return Fact[float](value=value, label=evidence.label, source=evidence.source, as_of=evidence.as_of)


def _number(fact: Fact[int]) -> Fact[float]:
    if fact.value is None:
        return Fact[float]()
    return Fact[float](value=fact.value, label=fact.label, source=fact.source, as_of=fact.as_of)


def _not_known(required: str, why: str, what: str) -> ConstraintCheck:
    return ConstraintCheck(
        constraint=Constraint.CAPACITY,
        verdict=Verdict.UNKNOWN,
        required=required,
        offered="unknown",
        reason=f"needs {required}: {why}",
        short=f"not known: {what}",
        evidence=_UNKNOWN,
    )
