"""Goodput of a load test: accepted units per hour and replica within the latency objective (section 7.3)."""

from __future__ import annotations

from routefit.decisions.decision import Figures


class LatencyQuantiles(Figures):
    """Quantiles of one latency over the requests that were answered; None is not measured."""

    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None


class LoadStep(Figures):
    """One step of a load test, per replica where a name says so.

    `offered_per_s` and `concurrent_requests` are what the tool was told to send, for the whole fleet under test;
    None where the step is not defined by it. `utilization_rate` is the completed rate over the highest of the
    sweep. `within_slo_rate` is the share of answered and failed requests that met every declared limit, None
    where it cannot be computed; `is_within_slo` whether the objective's percentile of each latency is in its limit.
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
