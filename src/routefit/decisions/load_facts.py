"""What a load test recorded: one step of it, and how long its requests took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

LATENCIES = ("ttft", "tpot", "e2e")
"""Time to the first token, per further token, and to the end of the answer."""

QUANTILE_RATES = (0.5, 0.9, 0.95, 0.99)
"""The quantiles that tools report of the answered requests of a step."""


def quantile_key(latency: str, rate: float) -> str:
    """The name of a reported quantile, such as `ttft_p95_ms`."""
    return f"{latency}_p{rate * 100:g}_ms"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFacts:
    """One request that was answered or failed; None is not measured.

    `tpot_ms` is the mean time between tokens after the first. An answer of one token has none.
    """

    ttft_ms: float | None = None
    tpot_ms: float | None = None
    e2e_ms: float | None = None
    output_tokens: int | None = None
    is_failed: bool = False

    def latency_ms(self, name: str) -> float | None:
        """The latency of that name, one of `LATENCIES`."""
        return {"ttft": self.ttft_ms, "tpot": self.tpot_ms, "e2e": self.e2e_ms}[name]

    def has_no(self, name: str) -> bool:
        """Whether there is no such latency to hold to a limit: an answer of one token has no time per token."""
        return name == "tpot" and self.output_tokens is not None and self.output_tokens < 2


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFacts:
    """One step: what was sent, for how long, and what came back.

    `answered_requests` and `failed_requests` are what the tool counted; `requests` are those of them whose times
    it kept: all, a sample or none. `quantiles` are the tool's own, by `quantile_key`. None is not known.
    """

    tool: str
    tool_version: str | None = None
    test_id: str
    step_id: str
    started_at: datetime
    replicas: float | None = None
    strategy: str | None = None
    offered_requests_per_s: float | None = None
    concurrent_requests: float | None = None
    step_seconds: float | None = None
    answered_requests: int = 0
    failed_requests: int = 0
    quantiles: Mapping[str, float] = field(default_factory=dict)
    requests: tuple[RequestFacts, ...] = ()

    @property
    def answered(self) -> tuple[RequestFacts, ...]:
        """The answered requests whose times are known."""
        return tuple(one for one in self.requests if not one.is_failed)

    @property
    def is_complete(self) -> bool:
        """Whether the times of every answered request are known."""
        return len(self.answered) >= self.answered_requests > 0

    @property
    def name(self) -> str:
        """What was sent, in words: `constant 12/s`, `concurrent 8`, or when it started."""
        kind = self.strategy or "requests"
        if self.offered_requests_per_s is not None:
            return f"{kind} {self.offered_requests_per_s:.4g}/s"
        if self.concurrent_requests is not None:
            return f"{kind} {self.concurrent_requests:g}"
        return self.strategy or f"from {self.started_at:%H:%M:%S}"
