"""Goodput and usable share of a sweep, and which steps make up the newest one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from routefit.decisions.goodput import Goodput, goodput, objective_words
from routefit.decisions.load_facts import RequestFacts, StepFacts
from routefit.decisions.load_sweep import joined, newest_sweep
from routefit.declared.model import Slo

AT = datetime(2026, 6, 10, 9, tzinfo=UTC)
SLO = Slo.model_validate({"ttft_ms": 200, "percentile": 95})


def step(rate: float, within: float, *, name: str | None = None, **known: Any) -> StepFacts:
    """100 seconds at a completed rate, of which this share is within the objective."""
    answered = round(rate * 100)
    fast = round(answered * within)
    requests = [RequestFacts(ttft_ms=100.0, e2e_ms=400.0)] * fast
    requests += [RequestFacts(ttft_ms=900.0, e2e_ms=1_200.0)] * (answered - fast)
    facts = {
        "tool": "guidellm",
        "test_id": "t",
        "step_id": name or f"{rate:g}",
        "started_at": AT,
        "replicas": 1.0,
        "step_seconds": 100.0,
        "answered_requests": answered,
        "requests": tuple(requests),
    }
    return StepFacts(**{**facts, **known})


SWEEP = (step(2, 1.0), step(8, 0.98), step(10, 0.4))


def found(*steps: StepFacts, slo: Slo = SLO, acceptance: float | None = 1.0, calls: float | None = 1.0) -> Goodput:
    return goodput(steps, slo, acceptance_rate=acceptance, calls_per_unit=calls)


def test_the_best_step_within_the_objective() -> None:
    result = found(*SWEEP)
    assert result.max_utilization_rate == 0.8
    assert result.goodput_units_per_replica_hour == pytest.approx(10 * 3600 * 0.98)
    assert 10 * 0.8 == 8, "G x eta is what the step was measured to serve"
    assert [one.utilization_rate for one in result.steps] == [0.2, 0.8, 1.0]
    assert [one.is_within_slo for one in result.steps] == [True, True, False]
    assert (result.requests, result.notes) == (2_000, ())


def test_replicas_acceptance_and_calls_per_unit() -> None:
    two = tuple(step(rate, share, replicas=2.0) for rate, share in ((2, 1.0), (8, 0.98), (10, 0.4)))
    result = found(*two, acceptance=0.5, calls=4.0)
    assert result.goodput_units_per_replica_hour == pytest.approx(10 * 3600 * 0.98 / 2 * 0.5 / 4)


def test_one_step_is_no_sweep() -> None:
    result = found(step(8, 0.98))
    assert result.goodput_units_per_replica_hour == pytest.approx(8 * 3600 * 0.98)
    assert result.max_utilization_rate is None
    assert result.notes == ("one step is no sweep: how far a replica may be used is unknown",)


def test_no_step_within_the_objective_is_unknown() -> None:
    result = found(step(8, 0.9), step(10, 0.4))
    assert (result.goodput_units_per_replica_hour, result.max_utilization_rate) == (None, None)
    (note,) = result.notes
    assert note.startswith("no step is within the objective (p95 of ttft within 200 ms)")
    assert "p95 of ttft 900 ms: test at a lighter load" in note


def test_failures_are_named_where_no_step_is_within() -> None:
    (note,) = found(step(1, 1.0, failed_requests=50)).notes
    assert "50 of 150 failed" in note


def test_the_heaviest_load_within_says_that_the_limit_lies_higher() -> None:
    result = found(step(2, 1.0), step(8, 1.0))
    assert result.max_utilization_rate == 1.0
    assert result.notes == ("the heaviest load tested is still within the objective: the limit lies higher",)


@pytest.mark.parametrize(
    ("result", "part"),
    [
        pytest.param(found(*SWEEP, acceptance=None), "no verdicts on this route", id="no acceptance"),
        pytest.param(found(*SWEEP, calls=None), "one request is taken as one unit", id="no units"),
        pytest.param(found(step(2, 1.0, replicas=None)), "1 is assumed", id="no number of replicas"),
        pytest.param(
            found(step(2, 1.0, answered_requests=400, quantiles={"ttft_p95_ms": 100.0})),
            "200 of 400 answered requests: a sample",
            id="a sample",
        ),
    ],
)
def test_what_was_assumed_is_noted(result: Goodput, part: str) -> None:
    assert result.goodput_units_per_replica_hour is not None
    assert any(part in note for note in result.notes)


def test_requests_without_a_latency_count_as_outside() -> None:
    lost = RequestFacts(e2e_ms=400.0)
    one = step(2, 1.0)
    result = found(step(2, 1.0, requests=(*one.requests[:-2], lost, lost)))
    assert result.goodput_units_per_replica_hour == pytest.approx(2 * 3600 * 198 / 200)
    assert result.notes[0].startswith("2 answered requests lack a latency")


def test_aggregates_give_the_usable_share_and_no_goodput() -> None:
    light = step(2, 1.0, requests=(), quantiles={"ttft_p95_ms": 100.0})
    heavy = step(4, 1.0, requests=(), quantiles={"ttft_p95_ms": 900.0})
    result = found(light, heavy)
    assert (result.goodput_units_per_replica_hour, result.max_utilization_rate) == (None, 0.5)
    assert "no times of single requests" in result.notes[-1]


def test_an_objective_of_whole_units_is_not_held_to_single_requests() -> None:
    slo = Slo.model_validate({"ttft_ms": 200, "scope": "unit"})
    assert found(*SWEEP, slo=slo, calls=1.0).goodput_units_per_replica_hour is not None
    result = found(*SWEEP, slo=slo, calls=2.5)
    assert (result.goodput_units_per_replica_hour, result.max_utilization_rate) == (None, None)
    assert "whole units" in result.notes[0]


def test_without_an_objective_nothing_is_said() -> None:
    result = found(*SWEEP, slo=Slo())
    assert result.goodput_units_per_replica_hour is None
    assert result.notes == ("no latency objective is declared: add `slo:` to the workload",)
    assert [one.within_slo_rate for one in result.steps] == [None, None, None]
    assert objective_words(Slo()) == "no objective"


def test_a_step_that_answered_nothing_is_the_idlest() -> None:
    result = found(*SWEEP, step(0, 1.0, failed_requests=20))
    assert result.max_utilization_rate == 0.8
    assert (result.steps[0].utilization_rate, result.steps[0].is_within_slo) == (0.0, False)


# --- which steps ----------------------------------------------------------------------------------------


def run(hours: float, test: str, **known: Any) -> StepFacts:
    return step(1, 1.0, name=f"{test}-{hours:g}", test_id=test, started_at=AT + timedelta(hours=hours), **known)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        pytest.param(
            [run(0, "a"), run(1, "a"), run(48, "b"), run(49, "b")], ["b-48", "b-49"], id="the newest sweep"
        ),
        pytest.param(
            [run(0, "a"), run(1, "a"), run(2, "b")], ["b-2"], id="a single run is none of a sweep before"
        ),
        pytest.param([run(0, "a"), run(1, "b"), run(2, "c")], ["a-0", "b-1", "c-2"], id="runs of one day"),
        pytest.param([run(0, "a"), run(30, "b")], ["b-30"], id="runs of other days"),
        pytest.param([run(0, "a", replicas=2.0), run(1, "b")], ["b-1"], id="another number of replicas"),
        pytest.param([run(0, "a", tool="aiperf"), run(1, "b")], ["b-1"], id="another tool"),
        pytest.param([], [], id="none"),
    ],
)
def test_the_newest_sweep(steps: list[StepFacts], expected: list[str]) -> None:
    assert [one.step_id for one in newest_sweep(steps)] == expected


def pair(**known: Any) -> tuple[StepFacts, StepFacts]:
    """The requests of a run, and its aggregates."""
    requests = step(2, 0.5, name="requests", tool="aiperf")
    aggregates = {
        "name": "aggregates",
        "tool": "aiperf",
        "requests": (),
        "quantiles": {"e2e_p50_ms": 800.0, "e2e_p99_ms": 1_200.0},
        "tool_version": "0.13.0",
    }
    return requests, step(2, 0.5, **{**aggregates, **known})


def test_requests_and_aggregates_of_one_run_are_one_step() -> None:
    (one,) = joined(pair())
    assert (one.step_id, one.tool_version, len(one.requests)) == ("aggregates", "0.13.0", 200)


@pytest.mark.parametrize(
    "known",
    [
        pytest.param({"answered_requests": 199}, id="another number"),
        pytest.param({"quantiles": {"e2e_p50_ms": 801.0, "e2e_p99_ms": 1_200.0}}, id="another median"),
        pytest.param({"quantiles": {"e2e_p50_ms": 800.0}}, id="a quantile that is not reported"),
        pytest.param({"replicas": 2.0}, id="another number of replicas"),
    ],
)
def test_other_aggregates_are_a_step_of_their_own(known: dict[str, Any]) -> None:
    assert {one.step_id for one in joined(pair(**known))} == {"requests", "aggregates"}


def test_each_run_is_joined_once() -> None:
    requests, aggregates = pair()
    same = step(2, 0.5, name="again", tool="aiperf", requests=(), quantiles=aggregates.quantiles)
    assert len(joined([requests, aggregates, same])) == 2
