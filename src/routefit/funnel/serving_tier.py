"""Whether the tier in which a route serves is soon enough for what waits: the class of latency.

    waits                             standard, priority   flex    batch
    a person (sync, streaming, voice) pass                 fail    fail
    a machine, an agent               pass                 pass    fail above the objective, else a warning
    nobody (batch)                    pass                 pass    pass

A batch tier answers within 24 hours, a flex tier when the provider has room. A route whose tier nobody declared
and whose calls name none is not checked.
Source: field guide, chapters 15 and 21; sections 6 and 7.7 of the domain.
"""

from __future__ import annotations

from collections.abc import Iterator

from routefit.declared.model import Route, Tier, Workload, WorkloadClass
from routefit.evidence import Evidence, Label
from routefit.funnel.verdict import Constraint, ConstraintCheck, Verdict
from routefit.funnel.words import count

BATCH_WINDOW_HOURS = 24.0
_MS_PER_HOUR = 3_600_000.0

_WAITING = {
    WorkloadClass.HUMAN_WAITING_SYNC: "a person waits",
    WorkloadClass.HUMAN_WAITING_STREAMING: "a person reads along",
    WorkloadClass.REALTIME_VOICE: "a person listens",
    WorkloadClass.MACHINE_WAITING: "a machine waits",
    WorkloadClass.AGENTIC: "an agent waits at each step",
}
_PEOPLE = (WorkloadClass.HUMAN_WAITING_SYNC, WorkloadClass.HUMAN_WAITING_STREAMING, WorkloadClass.REALTIME_VOICE)
_OFFERS = {
    "standard": "answers at once",
    "priority": "answers at once",
    "flex": "answers when there is room",
    "batch": f"answers within {count(BATCH_WINDOW_HOURS)} hours",
}


def tier_check(workload: Workload, route: Route, logged_tier: Tier | None) -> Iterator[ConstraintCheck]:
    """The declared tier of the route, else the one that all its calls carry, against the workload's class."""
    tier = route.service_tier or logged_tier
    waits = _WAITING.get(workload.workload_class) if workload.workload_class else None
    if tier is None or waits is None:
        return
    verdict = _verdict(workload, tier)
    source = "service_tier of the route" if route.service_tier else "traces"
    yield ConstraintCheck(
        constraint=Constraint.LATENCY_CLASS,
        verdict=verdict,
        required=waits,
        offered=f"{tier}: {_OFFERS[tier]}",
        reason=f"{waits}, and the {tier} tier {_OFFERS[tier]}",
        short={
            Verdict.FAIL: f"no: {tier} tier",
            Verdict.WARN: f"warning: {tier} tier",
        }.get(verdict, f"yes: {tier} tier"),
        evidence=Evidence(label=Label.ASSUMED if route.service_tier else Label.MEASURED, source=source),
    )


def _verdict(workload: Workload, tier: Tier) -> Verdict:
    if tier in ("standard", "priority"):
        return Verdict.PASS
    if workload.workload_class in _PEOPLE:
        return Verdict.FAIL
    if tier == "flex":
        return Verdict.PASS
    limit_ms = workload.slo.e2e_ms
    if limit_ms is None:
        return Verdict.WARN
    return Verdict.FAIL if limit_ms < BATCH_WINDOW_HOURS * _MS_PER_HOUR else Verdict.PASS
