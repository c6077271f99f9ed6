"""Constraints of size: context, rate limits, minimum volume, latency and the end of a model's life."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from routefit.declared.model import Route, Workload
from routefit.evidence import Evidence, Fact, Label
from routefit.funnel.anticipation import is_within
from routefit.funnel.demand import (
    MeasuredDemand,
    MeasuredLatency,
    Required,
    required_context,
    required_requests,
    required_tokens,
    required_volume,
    weakest_of,
)
from routefit.funnel.fleet import CAPACITY_MODES
from routefit.funnel.verdict import Constraint, ConstraintCheck, Verdict
from routefit.funnel.words import count, usd

_UNKNOWN = Evidence(label=Label.UNKNOWN)


def context_check(workload: Workload, route: Route, demand: MeasuredDemand) -> Iterator[ConstraintCheck]:
    """Fail below the p95 of input (or the stated need), warn below p99 input + p99 output."""
    least, roomy = required_context(workload, demand)
    first = least or roomy
    if first is None:
        return
    offered = route.context_tokens
    if offered.value is None:
        yield _unknown(
            Constraint.CONTEXT, f"{count(first.amount)} tokens", "the route's context is not declared", "context"
        )
        return
    if least is not None and offered.value < least.amount:
        yield _context(least, offered, Verdict.FAIL, "no: context too short")
    elif roomy is not None and offered.value < roomy.amount:
        yield _context(roomy, offered, Verdict.WARN, "warning: context short for the longest calls")
    else:
        yield _context(least or first, offered, Verdict.PASS, "yes: context")


def _context(need: Required, offered: Fact[int], verdict: Verdict, short: str) -> ConstraintCheck:
    offered_tokens = offered.value or 0
    sign = "<=" if need.amount <= offered_tokens else ">"
    what = "p99 input + p99 output" if verdict is Verdict.WARN else "needs"
    return ConstraintCheck(
        constraint=Constraint.CONTEXT,
        verdict=verdict,
        required=f"{count(need.amount)} tokens",
        offered=f"{count(offered_tokens)} tokens",
        reason=f"{what} {count(need.amount)} tokens {sign} offers {count(offered_tokens)}",
        short=short,
        evidence=weakest_of(need.evidence, offered.evidence),
    )


def rate_checks(workload: Workload, route: Route, demand: MeasuredDemand) -> Iterator[ConstraintCheck]:
    """The p95 per minute against the limits of the account; at the limit passes.

    A rate measured on a sample of the units is a lower bound: above the limit it fails, else it is unknown.
    """
    pairs = (
        (Constraint.REQUESTS_PER_MINUTE, required_requests(workload, demand), route.limits.requests_per_minute),
        (Constraint.TOKENS_PER_MINUTE, required_tokens(workload, demand), route.limits.tokens_per_minute),
    )
    for constraint, need, limit in pairs:
        if need is not None:
            yield _rate(constraint, need, limit)


def _rate(constraint: Constraint, need: Required, limit: Fact[float]) -> ConstraintCheck:
    noun = "requests" if constraint is Constraint.REQUESTS_PER_MINUTE else "tokens"
    required = f"{'at least ' if need.is_at_least else ''}{count(need.amount)} {noun} a minute"
    if limit.value is None:
        return _unknown(constraint, required, "the route's limit is not declared", f"limit of {noun} a minute")
    if need.is_at_least and need.amount <= limit.value:
        why = f"the ledger holds a sample, so its p95 cannot be scaled: declare demand.p95_{noun}_per_minute"
        return _unknown(constraint, required, why, f"{noun} a minute", offered=count(limit.value))
    is_within_limit = need.amount <= limit.value
    return ConstraintCheck(
        constraint=constraint,
        verdict=Verdict.PASS if is_within_limit else Verdict.FAIL,
        required=required,
        offered=f"{count(limit.value)} {noun} a minute",
        reason=f"needs {required} {'<=' if is_within_limit else '>'} limit {count(limit.value)}",
        short=f"yes: {noun} a minute"
        if is_within_limit
        else f"no: {count(need.amount)} {noun} a minute > {count(limit.value)}",
        evidence=weakest_of(need.evidence, limit.evidence),
    )


def volume_check(
    workload: Workload, route: Route, demand: MeasuredDemand, *, hours_per_month: float
) -> Iterator[ConstraintCheck]:
    """Accepted units per hour against (replica-hours of the minimum fleet + running) / serverless cost per unit.

    Only for dedicated and self-managed routes that declare a capacity. The hardware alone is a lower bound of
    the cost: volume below what that needs fails even while the running cost is unknown.
    """
    capacity = route.capacity
    if route.mode not in CAPACITY_MODES or not capacity.is_declared:
        return
    price, gpus, replicas = capacity.gpu_usd_per_hour, capacity.gpus_per_replica, capacity.min_replicas
    serverless = demand.serverless_usd_per_accepted_unit
    needed = required_volume(workload, demand)
    if price.value is None or gpus.value is None or replicas.value is None:
        why = "GPU price, GPUs per replica or least replicas are not declared"
    elif not serverless or needed is None:
        why = "volume or serverless cost per accepted unit is not known"
    else:
        hardware_usd_per_hour = float(price.value) * gpus.value * replicas.value
        running = route.ops_usd_per_month
        volume = needed.amount
        evidence = weakest_of(price.evidence, gpus.evidence, replicas.evidence, needed.evidence)
        least = hardware_usd_per_hour / serverless
        if running.value is None and volume >= least:
            why = "ops_usd_per_month of the route is not declared"
        else:
            usd_per_hour = hardware_usd_per_hour + float(running.value or 0) / hours_per_month
            yield _volume(usd_per_hour, serverless, volume, evidence)
            return
    yield _unknown(Constraint.MINIMUM_VOLUME, "enough volume to beat serverless", why, "minimum volume")


def _volume(usd_per_hour: float, serverless: float, volume: float, evidence: Evidence) -> ConstraintCheck:
    needed = usd_per_hour / serverless
    is_enough = volume >= needed
    return ConstraintCheck(
        constraint=Constraint.MINIMUM_VOLUME,
        verdict=Verdict.PASS if is_enough else Verdict.FAIL,
        required=f"{count(needed)} accepted units an hour",
        offered=f"{count(volume)} accepted units an hour",
        reason=(
            f"{usd(usd_per_hour)} an hour / {usd(serverless)} serverless needs {count(needed)}"
            f" accepted units an hour {'<=' if is_enough else '>'} has {count(volume)}"
        ),
        short="yes: volume" if is_enough else "no: volume too low",
        evidence=evidence,
    )


def latency_checks(workload: Workload, latency: MeasuredLatency | None) -> Iterator[ConstraintCheck]:
    """The route's own latency at the SLO's percentile against each declared objective; unmeasured is unknown."""
    measured = latency or MeasuredLatency()
    slo = workload.slo
    objectives = (
        ("first token", slo.ttft_ms, measured.ttft_ms),
        ("time per token", slo.tpot_ms, measured.tpot_ms),
        ("whole answer", slo.e2e_ms, measured.e2e_ms),
    )
    for name, limit_ms, taken_ms in objectives:
        if limit_ms is None:
            continue
        what = f"p{slo.percentile:g} {name}"
        required = f"{what} within {count(limit_ms)} ms"
        if taken_ms is None:
            yield _unknown(Constraint.LATENCY_CLASS, required, "not measured on this route", f"{name} latency")
            continue
        is_fast = taken_ms <= limit_ms
        yield ConstraintCheck(
            constraint=Constraint.LATENCY_CLASS,
            verdict=Verdict.PASS if is_fast else Verdict.FAIL,
            required=required,
            offered=f"{count(taken_ms)} ms",
            reason=f"{what} {count(taken_ms)} ms {'<=' if is_fast else '>'} limit {count(limit_ms)} ms",
            short=f"yes: {name} latency" if is_fast else f"no: {name} too slow",
            evidence=Evidence(label=Label.MEASURED, source="traces", as_of=measured.as_of),
        )


def deprecation_check(workload: Workload, route: Route, *, today: date) -> Iterator[ConstraintCheck]:
    """Fail from the day of deprecation on, warn when it comes within the horizon; no date, no check."""
    end = route.deprecated_on
    if end.value is None:
        return
    horizon_months = workload.planning.horizon_months
    is_over = end.value <= today
    is_near = is_within(end.value, today=today, horizon_months=horizon_months)
    verdict = Verdict.FAIL if is_over else Verdict.WARN if is_near else Verdict.PASS
    word = {Verdict.FAIL: "no: deprecated", Verdict.WARN: "warning: deprecated"}.get(verdict, "yes: serves until")
    yield ConstraintCheck(
        constraint=Constraint.DEPRECATION,
        verdict=verdict,
        required=f"in service for {count(horizon_months)} months",
        offered=f"until {end.value}",
        reason=f"deprecated on {end.value}, today is {today}, the horizon {count(horizon_months)} months",
        short=f"{word} {end.value}",
        evidence=end.evidence,
    )


def _unknown(
    constraint: Constraint, required: str, why: str, what: str, *, offered: str = "unknown"
) -> ConstraintCheck:
    return ConstraintCheck(
        constraint=constraint,
        verdict=Verdict.UNKNOWN,
        required=required,
        offered=offered,
        reason=f"needs {required}: {why}",
        short=f"not known: {what}",
        evidence=_UNKNOWN,
    )
