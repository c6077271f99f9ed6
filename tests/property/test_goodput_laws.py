"""Laws of goodput: what a sweep of any shape may and may not say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from routefit.decisions.goodput import goodput
from routefit.decisions.load_facts import RequestFacts, StepFacts
from routefit.decisions.load_step import is_within
from routefit.declared.model import Slo

AT = datetime(2026, 6, 10, 9, tzinfo=UTC)
LATENCIES_MS = st.one_of(st.none(), st.floats(1, 1_000))


@st.composite
def requests(draw: st.DrawFn) -> RequestFacts:
    return RequestFacts(
        ttft_ms=draw(LATENCIES_MS),
        e2e_ms=draw(st.floats(1, 1_000)),
        output_tokens=draw(st.integers(1, 20)),
        is_failed=draw(st.booleans()),
    )


@st.composite
def steps(draw: st.DrawFn) -> StepFacts:
    sent = tuple(draw(st.lists(requests(), min_size=1, max_size=12)))
    failed = sum(one.is_failed for one in sent)
    return StepFacts(
        tool="guidellm",
        test_id="t",
        step_id=str(draw(st.integers(0, 10**9))),
        started_at=AT,
        replicas=2.0,
        step_seconds=draw(st.floats(1, 100)),
        answered_requests=len(sent) - failed,
        failed_requests=failed,
        requests=sent,
    )


SWEEPS = st.lists(steps(), min_size=1, max_size=5)
SLOS = st.builds(
    lambda ttft, e2e, percentile: Slo.model_validate({"ttft_ms": ttft, "e2e_ms": e2e, "percentile": percentile}),
    st.floats(1, 1_000),
    st.floats(1, 1_000),
    st.floats(1, 99),
)


@given(SWEEPS, SLOS)
def test_the_product_is_what_one_step_was_measured_to_serve(sweep: list[StepFacts], slo: Slo) -> None:
    found = goodput(sweep, slo, acceptance_rate=1.0, calls_per_unit=1.0)
    units, eta_rate = found.goodput_units_per_replica_hour, found.max_utilization_rate
    if not any(step.is_within_slo for step in found.steps):
        assert (units, eta_rate) == (None, None)
        return
    if units is None:
        assert any(note.startswith("no times of single requests") for note in found.notes)
        return
    assert eta_rate is None or 0 < eta_rate <= 1
    served = [
        (step.within_slo_rate or 0)
        * step.requests
        / (step.requests - step.failed_requests)
        * (step.completed_requests_per_s or 0)
        * 3600
        / 2
        for step in found.steps
        if step.is_within_slo
    ]
    assert any(units * (eta_rate or 1.0) == pytest.approx(one) for one in served)


@given(SWEEPS, SLOS, st.floats(0.01, 1), st.floats(1, 10))
def test_acceptance_and_calls_scale_it(sweep: list[StepFacts], slo: Slo, acceptance: float, calls: float) -> None:
    plain = goodput(sweep, slo, acceptance_rate=1.0, calls_per_unit=1.0)
    scaled = goodput(sweep, slo, acceptance_rate=acceptance, calls_per_unit=calls)
    assert scaled.max_utilization_rate == plain.max_utilization_rate
    if plain.goodput_units_per_replica_hour is None:
        assert scaled.goodput_units_per_replica_hour is None
    else:
        expected = plain.goodput_units_per_replica_hour * acceptance / calls
        assert scaled.goodput_units_per_replica_hour == pytest.approx(expected)


@given(SWEEPS, SLOS)
def test_a_laxer_objective_never_lowers_the_usable_share(sweep: list[StepFacts], slo: Slo) -> None:
    laxer = slo.model_copy(update={"ttft_ms": (slo.ttft_ms or 0) * 2, "e2e_ms": (slo.e2e_ms or 0) * 2})
    strict = goodput(sweep, slo, acceptance_rate=1.0, calls_per_unit=1.0)
    lax = goodput(sweep, laxer, acceptance_rate=1.0, calls_per_unit=1.0)
    assert (lax.max_utilization_rate or 0.0) >= (strict.max_utilization_rate or 0.0)
    for before, after in zip(strict.steps, lax.steps, strict=True):
        if before.within_slo_rate is not None:
            assert after.within_slo_rate is not None
            assert after.within_slo_rate >= before.within_slo_rate


@given(steps(), SLOS)
def test_one_more_failure_never_brings_a_step_within(one: StepFacts, slo: Slo) -> None:
    worse = replace(
        one,
        failed_requests=one.failed_requests + 1,
        requests=(*one.requests, RequestFacts(is_failed=True)),
    )
    if is_within(one, slo) is False:
        assert is_within(worse, slo) is False


@given(SWEEPS, SLOS)
def test_the_order_of_steps_says_nothing(sweep: list[StepFacts], slo: Slo) -> None:
    rates = [(step.answered_requests / (step.step_seconds or 1)) for step in sweep]
    assume(len(set(rates)) == len(rates))
    turned = goodput(sweep[::-1], slo, acceptance_rate=None, calls_per_unit=None)
    assert turned == goodput(sweep, slo, acceptance_rate=None, calls_per_unit=None)
