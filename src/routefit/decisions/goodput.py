"""Goodput of a load test: what one replica serves within the latency objective (section 7.3 of the domain).

    utilization of a step = completed rate / highest completed rate of the sweep
    eta                   = highest utilization of a step that is within the objective
    G                     = highest completed rate x 3600 / replicas x share within x acceptance / calls per unit

The share within is that of the answered requests of the step at eta, so that G x eta is what a replica was
measured to serve at that step: accepted units per hour within the objective. G alone is the same share at
saturation, for utilization has saturation below its line everywhere. A single step is no sweep: G is its own rate,
eta is unknown. Where no step is within the objective, neither is known: a lighter load may be.

Units: requests per second in, accepted units per hour and replica out. Acceptance is that of units within the
objective, for requests outside it are counted here already. Source: chapter 18 of the field guide.
"""

from __future__ import annotations

from collections.abc import Sequence

from routefit.decisions.decision import Figures
from routefit.decisions.load_facts import StepFacts
from routefit.decisions.load_step import (
    LatencyQuantiles,
    LoadStep,
    answered_within_rate,
    completed_requests_per_s,
    limits_ms,
    load_step,
    unmeasured_requests,
)
from routefit.declared.model import Slo

__all__ = ["Goodput", "LatencyQuantiles", "LoadStep", "goodput"]

SECONDS_PER_HOUR = 3600


class Goodput(Figures):
    """G and eta of a sweep with every step behind them; None is unknown, and `notes` say why.

    `requests` are the answered and failed ones that the figures rest on.
    """

    goodput_units_per_replica_hour: float | None
    max_utilization_rate: float | None
    requests: int
    steps: tuple[LoadStep, ...]
    notes: tuple[str, ...]


def goodput(
    sweep: Sequence[StepFacts], slo: Slo, *, acceptance_rate: float | None, calls_per_unit: float | None
) -> Goodput:
    """Goodput of the steps of one sweep; without acceptance or calls per unit that of requests, and noted."""
    is_of_units = slo.scope == "unit" and calls_per_unit is not None and calls_per_unit > 1
    declared, slo = slo, Slo() if is_of_units else slo
    ordered = sorted(sweep, key=_rate_per_s)
    most_per_s = _rate_per_s(ordered[-1]) if len(ordered) > 1 else 0.0
    figures = [load_step(step, slo, most_requests_per_s=most_per_s or None) for step in ordered]
    best = next((at for at in reversed(range(len(ordered))) if figures[at].is_within_slo), None)
    notes = _measuring_notes(ordered, slo)
    units_per_hour, eta_rate = None, None
    if best is None:
        notes.append(_OF_UNITS if is_of_units and limits_ms(declared) else _why_none(figures, slo))
    else:
        step, eta_rate = ordered[best], figures[best].utilization_rate
        units_per_request = (1.0 if acceptance_rate is None else acceptance_rate) / (calls_per_unit or 1.0)
        requests_per_hour = _within_per_replica_hour(step, slo, most_per_s or _rate_per_s(step))
        units_per_hour = None if requests_per_hour is None else requests_per_hour * units_per_request
        notes += _unit_notes(acceptance_rate, calls_per_unit, step) + _sweep_notes(eta_rate)
        if units_per_hour is None:
            notes.append(
                f"no times of single requests of {step.name} are known: so is no share within the objective"
            )
    return Goodput(
        goodput_units_per_replica_hour=units_per_hour,
        max_utilization_rate=eta_rate,
        requests=sum(step.requests for step in figures),
        steps=tuple(figures),
        notes=tuple(notes),
    )


_OF_UNITS = (
    "the objective is of whole units, of several calls each, and a test measures single requests: whether a unit "
    "is within it is unknown (`slo.scope: attempt` holds each request to it)"
)


def _rate_per_s(step: StepFacts) -> float:
    return completed_requests_per_s(step) or 0.0


def _within_per_replica_hour(step: StepFacts, slo: Slo, requests_per_s: float) -> float | None:
    """Requests within the objective per hour and replica at a rate, with the share of the step."""
    share_rate = answered_within_rate(step, slo)
    if share_rate is None or not requests_per_s:
        return None
    return requests_per_s * SECONDS_PER_HOUR / (step.replicas or 1.0) * share_rate


def objective_words(slo: Slo) -> str:
    """The objective in a few words: `p95 of ttft within 850 ms`."""
    limits = ", ".join(f"{name} within {limit:,.6g} ms" for name, limit in limits_ms(slo).items())
    return f"p{slo.percentile:g} of {limits}" if limits else "no objective"


def _why_none(figures: Sequence[LoadStep], slo: Slo) -> str:
    if not limits_ms(slo):
        return "no latency objective is declared: add `slo:` to the workload"
    if any(step.is_within_slo is None for step in figures):
        return f"the files do not say whether a step is within the objective ({objective_words(slo)})"
    lightest = figures[0]
    by_name = {"ttft": lightest.ttft, "tpot": lightest.tpot, "e2e": lightest.e2e}
    measured = ", ".join(
        f"{name} {got:,.4g} ms" for name in limits_ms(slo) if (got := by_name[name].p95_ms) is not None
    )
    failed = f", {lightest.failed_requests:,} of {lightest.requests:,} failed" if lightest.failed_requests else ""
    return (
        f"no step is within the objective ({objective_words(slo)}); the lightest, {lightest.name}, has a p95 of "
        f"{measured or 'no latency'}{failed}: test at a lighter load"
    )


def _sweep_notes(eta_rate: float | None) -> list[str]:
    if eta_rate is None:
        return ["one step is no sweep: how far a replica may be used is unknown"]
    if eta_rate >= 1:
        return ["the heaviest load tested is still within the objective: the limit lies higher"]
    return []


def _unit_notes(acceptance_rate: float | None, calls_per_unit: float | None, step: StepFacts) -> list[str]:
    notes = []
    if step.replicas is None:
        notes.append("the number of replicas was not given: 1 is assumed")
    if acceptance_rate is None:
        notes.append("no verdicts on this route: counted are requests within the objective, not accepted units")
    if calls_per_unit is None:
        notes.append("no units on this route: one request is taken as one unit")
    return notes


def _measuring_notes(steps: Sequence[StepFacts], slo: Slo) -> list[str]:
    notes = []
    sampled = [step for step in steps if step.answered and not step.is_complete]
    if sampled:
        kept, all_of_them = sum(len(step.answered) for step in sampled), sum(s.answered_requests for s in sampled)
        notes.append(f"the tool kept the times of {kept:,} of {all_of_them:,} answered requests: a sample")
    lost = sum(unmeasured_requests(step, slo) for step in steps)
    if lost:
        notes.append(f"{lost:,} answered requests lack a latency that the objective names: counted as outside")
    return notes
