"""One step of a load test against a latency objective: its rate, quantiles, and share within the limits.

    completed rate = answered requests / seconds
    share within   = answered requests within every declared limit / (answered + failed requests)
    is within      = for each declared limit, the objective's percentile over answered and failed requests is
                     at most the limit; a failed request counts as slower than any

Requests that were still open when the step ended are in neither. A latency that was not measured is within no
limit. Where a tool kept the times of a sample only, or of none, whether the step is within follows from the
quantiles that it reports: from the nearest ones on either side, else it is unknown.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from routefit.decisions.decision import Figures
from routefit.decisions.load_facts import LATENCIES, QUANTILE_RATES, RequestFacts, StepFacts, quantile_key
from routefit.declared.model import Slo


class LatencyQuantiles(Figures):
    """Quantiles of one latency over the requests that were answered; None is not measured."""

    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None


class LoadStep(Figures):
    """One step of a load test; rates are of all replicas under test together.

    `offered_requests_per_s` and `concurrent_requests` are what the tool was told to send; None where the step is
    not defined by it. `utilization_rate` is the completed rate over the highest of the sweep. `within_slo_rate` is
    the share of answered and failed requests within every declared limit, None where it cannot be computed;
    `is_within_slo` whether the objective's percentile of each latency is within its limit.
    """

    name: str
    offered_requests_per_s: float | None = None
    concurrent_requests: float | None = None
    completed_requests_per_s: float | None = None
    utilization_rate: float | None = None
    requests: int = 0
    failed_requests: int = 0
    ttft: LatencyQuantiles = LatencyQuantiles()
    tpot: LatencyQuantiles = LatencyQuantiles()
    e2e: LatencyQuantiles = LatencyQuantiles()
    within_slo_rate: float | None = None
    is_within_slo: bool | None = None


def limits_ms(slo: Slo) -> dict[str, float]:
    """The declared limits by latency."""
    declared = {"ttft": slo.ttft_ms, "tpot": slo.tpot_ms, "e2e": slo.e2e_ms}
    return {name: float(limit) for name, limit in declared.items() if limit is not None}


def completed_requests_per_s(step: StepFacts) -> float | None:
    """Answered requests a second, of all replicas together; None where the step's length is not known."""
    return step.answered_requests / step.step_seconds if step.step_seconds else None


def load_step(step: StepFacts, slo: Slo, *, most_requests_per_s: float | None) -> LoadStep:
    """The figures of a step; `most_requests_per_s` is the highest completed rate of its sweep."""
    rate = completed_requests_per_s(step)
    share = answered_within_rate(step, slo)
    total = step.answered_requests + step.failed_requests
    ttft, tpot, e2e = (_quantiles(step, name) for name in LATENCIES)
    return LoadStep(
        name=step.name,
        offered_requests_per_s=step.offered_requests_per_s,
        concurrent_requests=step.concurrent_requests,
        completed_requests_per_s=rate,
        utilization_rate=rate / most_requests_per_s if rate is not None and most_requests_per_s else None,
        requests=total,
        failed_requests=step.failed_requests,
        ttft=ttft,
        tpot=tpot,
        e2e=e2e,
        within_slo_rate=share * step.answered_requests / total if share is not None and total else None,
        is_within_slo=is_within(step, slo),
    )


def answered_within_rate(step: StepFacts, slo: Slo) -> float | None:
    """The share of the answered requests within every declared limit; None without times or limits."""
    limits, answered = limits_ms(slo), step.answered
    if not limits or not answered or any(_is_never_measured(answered, name) for name in limits):
        return None
    within = sum(all(_is_request_within(one, name, limit) for name, limit in limits.items()) for one in answered)
    return within / len(answered)


def unmeasured_requests(step: StepFacts, slo: Slo) -> int:
    """Answered requests without a measured value for a declared limit."""
    limits = limits_ms(slo)
    return sum(any(_is_missing(one, name) for name in limits) for one in step.answered)


def is_within(step: StepFacts, slo: Slo) -> bool | None:
    """Whether the step meets the objective; None is unknown."""
    limits = limits_ms(slo)
    if not limits or not step.answered_requests + step.failed_requests:
        return None
    met = [_is_limit_met(step, name, limit, slo.percentile / 100) for name, limit in limits.items()]
    if False in met:
        return False
    return None if None in met else True


def _is_limit_met(step: StepFacts, name: str, limit_ms: float, rate: float) -> bool | None:
    if not step.answered_requests:
        return False
    if step.is_complete and not _is_never_measured(step.answered, name):
        within = sum(_is_request_within(one, name, limit_ms) for one in step.answered)
        over = sum(_is_over(one, name, limit_ms) for one in step.answered) + step.failed_requests
        total = len(step.answered) + step.failed_requests
        if within >= _least(rate, total):
            return True
        return False if over > total - _least(rate, total) else None
    return _is_met_by_quantiles(step, name, limit_ms, rate)


def _is_met_by_quantiles(step: StepFacts, name: str, limit_ms: float, rate: float) -> bool | None:
    """By the nearest reported quantiles; failed requests push the one that is needed among the answered up."""
    needed_rate = rate * (step.answered_requests + step.failed_requests) / step.answered_requests
    if needed_rate > 1:
        return False
    known = {
        one: step.quantiles[key] for one in QUANTILE_RATES if (key := quantile_key(name, one)) in step.quantiles
    }
    below = [ms for one, ms in known.items() if one <= needed_rate]
    above = [ms for one, ms in known.items() if one >= needed_rate]
    if below and max(below) > limit_ms:
        return False
    return True if above and min(above) <= limit_ms else None


def _least(rate: float, total: int) -> int:
    """How many of `total` must be within for the nearest-rank quantile to be."""
    return math.ceil(rate * total - 1e-9)


def _is_request_within(one: RequestFacts, name: str, limit_ms: float) -> bool:
    got_ms = one.latency_ms(name)
    return one.has_no(name) or (got_ms is not None and got_ms <= limit_ms)


def _is_over(one: RequestFacts, name: str, limit_ms: float) -> bool:
    got_ms = one.latency_ms(name)
    return not one.has_no(name) and got_ms is not None and got_ms > limit_ms


def _is_missing(one: RequestFacts, name: str) -> bool:
    return not one.has_no(name) and one.latency_ms(name) is None


def _is_never_measured(answered: Iterable[RequestFacts], name: str) -> bool:
    return all(_is_missing(one, name) for one in answered)


def _quantiles(step: StepFacts, name: str) -> LatencyQuantiles:
    measured = sorted(got_ms for one in step.answered if (got_ms := one.latency_ms(name)) is not None)
    if step.is_complete and measured:
        return LatencyQuantiles(p50_ms=_at(measured, 0.5), p95_ms=_at(measured, 0.95), p99_ms=_at(measured, 0.99))
    p50_ms, p95_ms, p99_ms = (step.quantiles.get(quantile_key(name, rate)) for rate in (0.5, 0.95, 0.99))
    return LatencyQuantiles(p50_ms=p50_ms, p95_ms=p95_ms, p99_ms=p99_ms)


def _at(measured_ms: Sequence[float], rate: float) -> float:
    """The nearest-rank quantile of sorted values."""
    return measured_ms[_least(rate, len(measured_ms)) - 1]
