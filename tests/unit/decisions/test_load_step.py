"""One step of a load test against a latency objective."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from routefit.decisions.load_facts import RequestFacts, StepFacts
from routefit.decisions.load_step import LatencyQuantiles, answered_within_rate, is_within, load_step
from routefit.declared.model import Slo

AT = datetime(2026, 6, 10, 9, tzinfo=UTC)


def slo(percentile: float = 95, **limits: float) -> Slo:
    return Slo.model_validate({"percentile": percentile, **limits})


def fast(**known: Any) -> RequestFacts:
    return RequestFacts(**{"ttft_ms": 100.0, "tpot_ms": 40.0, "e2e_ms": 500.0, "output_tokens": 11, **known})


def step(*requests: RequestFacts, **known: Any) -> StepFacts:
    answered = sum(not one.is_failed for one in requests)
    facts = {
        "tool": "guidellm",
        "test_id": "t",
        "step_id": "s",
        "started_at": AT,
        "step_seconds": 10.0,
        "answered_requests": answered,
        "failed_requests": len(requests) - answered,
    }
    return StepFacts(**{**facts, **known, "requests": requests})


FAILED = RequestFacts(is_failed=True)
SLOW = fast(ttft_ms=1_000.0)


@pytest.mark.parametrize(
    ("requests", "percentile", "expected"),
    [
        pytest.param([fast()] * 19 + [SLOW], 95, True, id="exactly the percentile"),
        pytest.param([fast()] * 18 + [SLOW] * 2, 95, False, id="one more is over"),
        pytest.param([fast()] * 19 + [FAILED], 95, True, id="a failed one is as slow as can be, and one may be"),
        pytest.param([fast()] * 18 + [FAILED, SLOW], 95, False, id="failed and slow ones add up"),
        pytest.param([fast(ttft_ms=200.0)] * 20, 95, True, id="the limit itself is within"),
        pytest.param([fast(ttft_ms=None)] * 20, 95, None, id="never measured is unknown"),
        pytest.param([fast()] * 19 + [fast(ttft_ms=None)], 95, True, id="unmeasured, but it does not matter"),
        pytest.param([fast()] * 18 + [fast(ttft_ms=None)] * 2, 95, None, id="unmeasured, and it decides"),
        pytest.param(
            [fast()] * 17 + [SLOW] * 2 + [fast(ttft_ms=None)], 95, False, id="over whatever was not measured"
        ),
        pytest.param([FAILED] * 3, 95, False, id="nothing was answered"),
        pytest.param([], 95, None, id="nothing was sent"),
    ],
)
def test_whether_a_step_is_within(requests: list[RequestFacts], percentile: float, expected: bool | None) -> None:
    assert is_within(step(*requests), slo(percentile, ttft_ms=200)) is expected


def test_every_limit_must_hold() -> None:
    one = step(*[fast()] * 20)
    assert is_within(one, slo(ttft_ms=200, e2e_ms=600)) is True
    assert is_within(one, slo(ttft_ms=200, e2e_ms=400)) is False
    assert is_within(one, slo()) is None, "no limit says nothing"


def test_an_answer_of_one_token_has_no_time_per_token() -> None:
    one = step(*[fast(tpot_ms=None, output_tokens=1)] * 4)
    assert is_within(one, slo(tpot_ms=1)) is True
    assert answered_within_rate(one, slo(tpot_ms=1)) == 1.0


@pytest.mark.parametrize(
    ("quantiles", "failed", "expected"),
    [
        pytest.param({"ttft_p95_ms": 150.0}, 0, True, id="the quantile itself"),
        pytest.param({"ttft_p95_ms": 250.0}, 0, False, id="the quantile itself is over"),
        pytest.param({"ttft_p99_ms": 150.0}, 0, True, id="a higher one is within"),
        pytest.param({"ttft_p90_ms": 250.0}, 0, False, id="a lower one is over"),
        pytest.param({"ttft_p90_ms": 150.0, "ttft_p99_ms": 250.0}, 0, None, id="between the two"),
        pytest.param({"ttft_p95_ms": 150.0, "ttft_p99_ms": 250.0}, 2, None, id="failures ask for a higher one"),
        pytest.param({"ttft_p95_ms": 150.0, "ttft_p99_ms": 180.0}, 2, True, id="which is within too"),
        pytest.param({"ttft_p99_ms": 150.0}, 20, False, id="more failed than may be slow"),
        pytest.param({}, 0, None, id="none was reported"),
    ],
)
def test_aggregates_alone(quantiles: dict[str, float], failed: int, expected: bool | None) -> None:
    one = step(answered_requests=100, failed_requests=failed, quantiles=quantiles)
    assert is_within(one, slo(ttft_ms=200)) is expected
    assert answered_within_rate(one, slo(ttft_ms=200)) is None, "the share needs the requests"


def test_figures_of_a_step() -> None:
    found = load_step(
        step(*[fast()] * 30, *[SLOW] * 10, *[FAILED] * 10), slo(ttft_ms=200), most_requests_per_s=8.0
    )
    assert (found.completed_requests_per_s, found.utilization_rate) == (4.0, 0.5)
    assert (found.requests, found.failed_requests) == (50, 10)
    assert found.within_slo_rate == 0.6, "30 of 50"
    assert found.ttft == LatencyQuantiles(p50_ms=100.0, p95_ms=1_000.0, p99_ms=1_000.0)


def test_a_sample_speaks_for_all_answered_requests() -> None:
    one = step(*[fast()] * 3, SLOW, answered_requests=400, failed_requests=100, quantiles={"ttft_p50_ms": 90.0})
    found = load_step(one, slo(ttft_ms=200), most_requests_per_s=None)
    assert found.within_slo_rate == pytest.approx(0.75 * 0.8)
    assert found.ttft.p50_ms == 90.0, "the quantiles of all are the tool's"
    assert found.utilization_rate is None


def test_a_step_without_a_length_has_no_rate() -> None:
    assert (
        load_step(step(fast(), step_seconds=None), slo(), most_requests_per_s=1.0).completed_requests_per_s is None
    )


@pytest.mark.parametrize(
    ("known", "name"),
    [
        pytest.param({"strategy": "constant", "offered_requests_per_s": 12.5}, "constant 12.5/s", id="a rate"),
        pytest.param({"strategy": "concurrent", "concurrent_requests": 8.0}, "concurrent 8", id="streams"),
        pytest.param({"strategy": "throughput"}, "throughput", id="as much as it can"),
        pytest.param({}, "from 09:00:00", id="nothing is known"),
    ],
)
def test_steps_are_named_by_their_load(known: dict[str, Any], name: str) -> None:
    assert step(**known).name == name
