"""Laws of the traffic generator, for any behaviour of a route."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from routefit.simulate.demonstration import SUPPORT
from routefit.simulate.spec import Behaviour, Lane
from routefit.simulate.traffic import (
    FIRST,
    GRADER,
    NOT_MEASURED,
    OK,
    REPAIR,
    Calls,
    Units,
    Verdicts,
    draw_grading,
    draw_lane,
    draw_units,
)
from routefit.simulate.truth import call_costs_pico_usd, lane_truth

shares = st.floats(0, 1)


@st.composite
def behaviours(draw: st.DrawFn) -> Behaviour:
    repair_rate = draw(st.floats(0, 0.5))
    return Behaviour(
        clean_rate=draw(st.floats(0, 1 - repair_rate)),
        repair_rate=repair_rate,
        repair_success_rate=draw(shares),
        escalation_rate=draw(shares),
        failure_rate=draw(shares),
        stuck_rate=draw(shares),
        fallback_rate=draw(shares),
        slow_rate=draw(shares),
        prefix_rate=draw(shares),
        cache_hit_rate=draw(shares),
        writes_cache=draw(st.booleans()),
        missing_usage_rate=draw(shares),
        judged_rate=draw(shares),
    )


def _drawn(
    seed: int, count: int, behaviour: Behaviour, offset: float = 0.5
) -> tuple[Lane, Units, Calls, Verdicts]:
    rng = np.random.default_rng(seed)
    lane = Lane(
        route="any", serving=SUPPORT.lanes[0].serving, behaviour=behaviour, fallback=SUPPORT.lanes[1].serving
    )
    starts = np.sort(rng.integers(0, 10**9, count))
    units = draw_units(rng, SUPPORT, count, np.zeros(count, dtype=np.int64), starts)
    return lane, units, *draw_lane(rng, SUPPORT, lane, units, offset)


@given(seed=st.integers(0, 2**32), count=st.integers(0, 60), behaviour=behaviours())
@settings(max_examples=80, deadline=None)
def test_calls_of_a_unit_are_a_chain_within_the_rules_of_the_import(
    seed: int, count: int, behaviour: Behaviour
) -> None:
    _, units, calls, _ = _drawn(seed, count, behaviour)
    assert (calls.cached_input_tokens + calls.cache_write_tokens <= np.maximum(calls.input_tokens, 0)).all()
    assert np.bincount(calls.unit[calls.is_last], minlength=count).tolist() == [1] * count
    assert np.bincount(calls.unit[calls.role == FIRST], minlength=count).tolist() == [1] * count
    assert ((calls.parent == NOT_MEASURED) == (calls.role == FIRST)).all()
    later = np.flatnonzero(calls.parent != NOT_MEASURED)
    before = calls.parent[later]
    assert (calls.unit[later] == calls.unit[before]).all()
    assert (calls.start_us[later] >= calls.start_us[before] + calls.e2e_ms[before] * 1_000).all()
    assert (calls.status[calls.role == REPAIR] == OK).all()
    assert (calls.start_us[calls.role == FIRST] == units.start_us).all()


@given(seed=st.integers(0, 2**32), count=st.integers(0, 60), behaviour=behaviours())
@settings(max_examples=80, deadline=None)
def test_parts_of_the_truth_add_up(seed: int, count: int, behaviour: Behaviour) -> None:
    lane, units, calls, verdicts = _drawn(seed, count, behaviour)
    truth = lane_truth(SUPPORT, lane, units, calls, verdicts, end_us=2 * 10**9)
    assert truth.units == truth.accepted_units + truth.rejected_units + truth.undecided_units == count
    assert truth.first_pass_units <= truth.accepted_units
    assert truth.repaired_units <= truth.repair_calls
    assert not (verdicts.is_good & verdicts.is_escalated).any()
    assert truth + truth == lane_truth(SUPPORT, lane, units, calls, verdicts, end_us=2 * 10**9) + truth
    cost = call_costs_pico_usd(SUPPORT, lane, calls)
    assert truth.inference_pico_usd == sum(int(one) for one in cost if one != NOT_MEASURED)
    assert truth.unpriced_calls == truth.calls_without_usage


@given(count=st.integers(1, 400), offset=st.floats(0, 0.999), rate=st.floats(0, 0.5))
@settings(max_examples=60, deadline=None)
def test_rates_are_met_to_within_one_unit(count: int, offset: float, rate: float) -> None:
    behaviour = Behaviour(
        clean_rate=1 - rate, repair_rate=rate, repair_success_rate=1, escalation_rate=0, failure_rate=0
    )
    _, _, calls, verdicts = _drawn(3, count, behaviour, offset)
    repaired = len(np.unique(calls.unit[calls.role == REPAIR]))
    assert abs(repaired - rate * count) <= 1
    assert verdicts.is_good.all()


@given(seed=st.integers(0, 2**32), count=st.integers(0, 60), behaviour=behaviours())
@settings(max_examples=40, deadline=None)
def test_a_judge_comes_after_the_answer_and_at_most_once(seed: int, count: int, behaviour: Behaviour) -> None:
    lane, units, calls, _ = _drawn(seed, count, behaviour)
    grading = draw_grading(np.random.default_rng(seed), lane, units, calls)
    assert len(np.unique(grading.unit)) == len(grading)
    assert (grading.role == GRADER).all()
    assert calls.is_last[grading.parent].all()
    assert (grading.start_us > calls.start_us[grading.parent]).all()
    assert (grading.input_tokens > 0).all()
