"""Laws of the dedicated gate: a hybrid is never dearer, more demand needs no fewer replicas, searches agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from routefit.decisions.autoscaling import autoscaled
from routefit.decisions.calculator import Calculator
from routefit.decisions.deciding import decide, decision_at
from routefit.decisions.decision import Decision
from routefit.decisions.dedicated import LOAD
from routefit.decisions.dedicated_figures import DedicatedFigures
from routefit.decisions.given import Given
from routefit.decisions.kinds import KINDS, Material
from routefit.decisions.load import HourlyLoad
from routefit.decisions.spread import Triangular
from routefit.evidence import Label
from settled_numbers import settled
from thorough import examples

hours = st.lists(settled(0, 5_000) | st.just(0.0), min_size=1, max_size=60).filter(lambda one: sum(one) > 1)
loads = hours.map(lambda one: HourlyLoad(hourly_units=tuple(one)))
prices = st.fixed_dictionaries(
    {
        "hardware_usd_per_hour": st.floats(0.2, 20),
        "ops_usd_per_hour": settled(0, 20),
        "goodput_per_hour": st.floats(50, 5_000),
        "serverless_usd_per_unit": st.floats(1e-4, 0.1),
        "max_utilization_rate": st.floats(0.1, 1),
        "min_replicas": st.none() | st.integers(1, 4).map(float),
        "commitment_months": st.none() | settled(0, 48),
    }
)
planned = st.none() | st.integers(1, 12).map(float)


def calculator_of(load: HourlyLoad) -> Calculator:
    """The gate under that load."""
    return KINDS["dedicated"].build(Material(tables={LOAD: load}))


def decided(load: HourlyLoad, values: dict[str, Any]) -> Decision:
    """The decision on fixed numbers."""
    known = {name: Given(value=one, label=Label.ASSUMED) for name, one in values.items() if one is not None}
    return decide(calculator_of(load), known, rng=np.random.default_rng(0), draws=1_000)


def decision_there(load: HourlyLoad, values: dict[str, Any]) -> str:
    """The decision at that point alone."""
    return decision_at(calculator_of(load), completed_with(load, values))


def completed_with(load: HourlyLoad, values: dict[str, Any]) -> dict[str, Any]:
    """Every input by name: these values over the defaults."""
    defaults = {one.name: one.default.value if one.default else None for one in calculator_of(load).inputs}
    return {**defaults, **{name: one for name, one in values.items() if one is not None}}


def figures(load: HourlyLoad, values: dict[str, Any]) -> DedicatedFigures:
    """The figures at that point."""
    point = calculator_of(load).point(completed_with(load, values))
    assert isinstance(point.result, DedicatedFigures)
    return point.result


@settings(max_examples=examples(500), deadline=None)
@given(load=loads, values=prices)
def test_a_hybrid_is_never_dearer_than_the_best_pure_choice(load: HourlyLoad, values: dict[str, Any]) -> None:
    """Nor than any number of replicas between."""
    found = figures(load, values)
    pure = min(found.serverless_usd_per_month, found.dedicated_usd_per_month)
    assert found.hybrid.usd_per_month <= pure * (1 + 1e-9)
    least = int(values["min_replicas"] or 1)
    allowed = [one.usd_per_month for one in found.hybrid.by_replicas if one.replicas == 0 or one.replicas >= least]
    assert found.hybrid.usd_per_month <= min(allowed) * (1 + 1e-9)


@settings(max_examples=examples(500), deadline=None)
@given(load=loads, values=prices, more=st.data())
def test_more_demand_never_needs_fewer_replicas(
    load: HourlyLoad, values: dict[str, Any], more: st.DataObject
) -> None:
    """Whichever hours it falls on."""
    added = more.draw(st.lists(settled(0, 5_000), min_size=load.hours, max_size=load.hours))
    larger = HourlyLoad(hourly_units=tuple(a + b for a, b in zip(load.hourly_units, added, strict=True)))
    before, after = figures(load, values), figures(larger, values)
    assert after.peak_replicas_needed >= before.peak_replicas_needed
    assert after.serverless_usd_per_month >= before.serverless_usd_per_month * (1 - 1e-12)
    assert after.hybrid.usd_per_month >= before.hybrid.usd_per_month * (1 - 1e-9)


@settings(max_examples=examples(500), deadline=None)
@given(load=loads, values=prices)
def test_marginal_rule_and_counting_out_agree(load: HourlyLoad, values: dict[str, Any]) -> None:
    """The same number of replicas, but for ties within rounding, where both cost the same."""
    found = figures(load, values)
    costs = {one.replicas: one.usd_per_month for one in found.hybrid.by_replicas}
    assume(found.marginal_rule_replicas in costs)
    assert costs[found.marginal_rule_replicas] == pytest.approx(found.hybrid.usd_per_month, rel=1e-9)
    assert found.hybrid.replicas <= max(found.peak_replicas_needed, int(values["min_replicas"] or 1))


@settings(max_examples=examples(300), deadline=None)
@given(load=loads, values=prices, more_of=st.floats(0.01, 100))
def test_the_scale_of_units_does_not_matter(load: HourlyLoad, values: dict[str, Any], more_of: float) -> None:
    """Units counted in dozens: as many replicas, as many dollars."""
    other = {
        **values,
        "goodput_per_hour": values["goodput_per_hour"] * more_of,
        "serverless_usd_per_unit": values["serverless_usd_per_unit"] / more_of,
        "mean_units_per_hour": load.mean_units_per_hour * more_of,
    }
    one, same = figures(load, values), figures(load, other)
    assert same.required_utilization_ratio == pytest.approx(one.required_utilization_ratio)
    assert same.serverless_usd_per_month == pytest.approx(one.serverless_usd_per_month)
    assert same.hybrid.usd_per_month == pytest.approx(one.hybrid.usd_per_month)


@settings(max_examples=examples(300), deadline=None)
@given(load=loads, values=prices)
def test_dedicated_is_cheaper_exactly_above_the_required_utilization(
    load: HourlyLoad, values: dict[str, Any]
) -> None:
    """Where the peak fits, and but for a rounding."""
    found = figures(load, values)
    assert found.is_capacity_feasible
    assume(abs(found.average_utilization_rate / found.required_utilization_ratio - 1) > 1e-9)
    is_cheaper = found.dedicated_usd_per_month < found.serverless_usd_per_month
    assert is_cheaper is (found.average_utilization_rate > found.required_utilization_ratio)


@settings(max_examples=examples(300), deadline=None)
@given(load=loads, values=prices, replicas=planned)
def test_what_the_peak_does_not_fit_is_never_dedicated(
    load: HourlyLoad, values: dict[str, Any], replicas: float | None
) -> None:
    """And what cannot pay at any load is not either."""
    complete = {**values, "replicas": replicas}
    decision, result = decision_there(load, complete), figures(load, complete)
    if decision == "dedicated":
        assert result.is_capacity_feasible
        assert not result.is_never_cheaper
        assert result.average_utilization_rate > result.required_utilization_ratio
    if decision == "serverless":
        assert result.hybrid.usd_per_month >= result.serverless_usd_per_month * (1 - 1e-9) or replicas is not None


@settings(max_examples=examples(30), deadline=None)
@given(load=loads, values=prices, replicas=planned)
def test_a_range_of_no_width_is_its_point(
    load: HourlyLoad, values: dict[str, Any], replicas: float | None
) -> None:
    """Draws, point and decision agree."""
    plain = decided(load, {**values, "replicas": replicas})
    as_ranges = {
        name: Given(value=one, spread=Triangular(low=one, mode=one, high=one), label=Label.ASSUMED)
        for name, one in values.items()
        if one is not None and name != "min_replicas"
    }
    for name, one in (("replicas", replicas), ("min_replicas", values["min_replicas"])):
        if one is not None:
            as_ranges[name] = Given(value=one, label=Label.ASSUMED)
    found = decide(calculator_of(load), as_ranges, rng=np.random.default_rng(0), draws=1_000)
    assert (found.decision, found.result) == (plain.decision, plain.result)
    for action, usd in plain.monte_carlo.expected_net_usd.items():
        assert found.monte_carlo.expected_net_usd[action] == pytest.approx(usd, rel=1e-9, abs=1e-6)


@settings(max_examples=examples(100), deadline=None)
@given(load=loads, values=prices)
def test_arrays_and_floats_agree(load: HourlyLoad, values: dict[str, Any]) -> None:
    """Each draw is the formula at its values."""
    calculator = calculator_of(load)
    at = completed_with(load, values)
    factors = np.array([0.5, 0.9, 1.0, 1.3])
    varied = ("hardware_usd_per_hour", "goodput_per_hour", "serverless_usd_per_unit")
    together = calculator.net_usd({**at, **{name: at[name] * factors for name in varied}})
    for place, factor in enumerate(factors):
        alone = calculator.net_usd({**at, **{name: at[name] * factor for name in varied}})
        for action, usd in alone.items():
            assert together[action][place] == pytest.approx(float(usd), rel=1e-9, abs=1e-6)


@settings(max_examples=examples(30), deadline=None)
@given(load=loads, values=prices)
def test_a_flip_point_put_back_flips(load: HourlyLoad, values: dict[str, Any]) -> None:
    """At each flip point the decision is the one that it names."""
    for flip in decided(load, values).flip_points:
        assert decision_there(load, {**values, flip.input: flip.flips_at}) == flip.decision


@settings(max_examples=examples(500), deadline=None)
@given(load=loads, fits=settled(0, 10_000))
def test_overflow_is_what_exceeds(load: HourlyLoad, fits: float) -> None:
    """The sums over sorted hours against each hour by itself."""
    slow = sum(max(0.0, one - fits) for one in load.hourly_units) / load.hours
    assert float(load.mean_overflow_units(fits)) == pytest.approx(slow, rel=1e-9, abs=1e-6)


@settings(max_examples=examples(500), deadline=None)
@given(
    load=loads,
    usable=st.floats(50, 5_000),
    window=st.none() | st.floats(0.5, 600),
    cold_start=st.none() | settled(0, 1_200),
    spike=st.none() | st.floats(1, 7_200),
)
def test_a_fleet_that_follows_the_load_never_runs_more_than_its_peak(
    load: HourlyLoad, usable: float, window: float | None, cold_start: float | None, spike: float | None
) -> None:
    """No hour of a replica is paid twice, and none that is worked goes unpaid where it starts in time."""
    found = autoscaled(
        np.asarray(load.hourly_units),
        usable,
        billing_window_minutes=window,
        cold_start_s=cold_start,
        spike_s=spike,
    )
    peak = np.ceil(load.peak_units_per_hour / usable)
    assert min(found.worked_hours, found.warming_hours, found.wasted_hours or 0.0) >= 0
    assert (found.wasted_hours is None) is (window is None)
    if spike is not None:
        assert found.billed_hours <= peak + 1e-6
