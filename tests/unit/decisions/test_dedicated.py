"""The dedicated gate: formula, capacity, hybrid, terms, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from routefit.decisions.deciding import decide
from routefit.decisions.decision import Decision
from routefit.decisions.dedicated import LOAD, MEASURED_GOODPUT
from routefit.decisions.dedicated_figures import DedicatedFigures
from routefit.decisions.given import Given
from routefit.decisions.kinds import KINDS, Material
from routefit.decisions.load import HourlyLoad
from routefit.decisions.spread import Triangular
from routefit.errors import BadInputError, CannotTellError
from routefit.evidence import Label

PLAIN: dict[str, Any] = {
    "hardware_usd_per_hour": 3.20,
    "ops_usd_per_hour": 0.50,
    "goodput_per_hour": 800.0,
    "serverless_usd_per_unit": 0.012,
    "max_utilization_rate": 1.0,
}
DAYS = HourlyLoad(hourly_units=((2400.0,) * 10 + (100.0,) * 14) * 14)
"""Ten busy hours a day that need three replicas, fourteen quiet ones; for two weeks."""


def decided(
    load: HourlyLoad | None = DAYS,
    *,
    measured_goodput_per_hour: float | None = None,
    draws: int = 2_000,
    **changes: Any,
) -> Decision:
    """The decision on the plain numbers with changes; None takes a number away, a Triangular is a range."""
    given = {
        name: Given(value=one.mode, spread=one, label=Label.ASSUMED)
        if isinstance(one, Triangular)
        else Given(value=one, label=Label.ASSUMED)
        for name, one in {**PLAIN, **changes}.items()
        if one is not None
    }
    tables = {LOAD: load, MEASURED_GOODPUT: measured_goodput_per_hour}
    calculator = KINDS["dedicated"].build(Material(tables=tables))
    return decide(calculator, given, rng=np.random.default_rng(1), draws=draws)


def figures(load: HourlyLoad | None = DAYS, **changes: Any) -> DedicatedFigures:
    """The figures of that decision."""
    result = decided(load, **changes).result
    assert isinstance(result, DedicatedFigures)
    return result


def test_gate_divides_by_all_replicas() -> None:
    """Three replicas: (3.20 x 3 + 0.50) / (3 x 800 x 0.012), not over one replica's goodput."""
    found = figures()
    assert (found.replicas, found.peak_replicas_needed) == (3, 3)
    assert found.required_utilization_ratio == pytest.approx((3.20 * 3 + 0.50) / (3 * 800 * 0.012))
    assert found.dedicated_usd_per_month == pytest.approx(720 * (3 * 3.20 + 0.50))
    mean = (2400 * 10 + 100 * 14) / 24
    assert found.serverless_usd_per_month == pytest.approx(720 * mean * 0.012)
    assert found.average_utilization_rate == pytest.approx(mean / 2400)
    assert found.dedicated_usd_per_unit == pytest.approx(found.dedicated_usd_per_month / (720 * mean))


def test_more_replicas_need_a_smaller_share_of_each_for_running_costs() -> None:
    """Planned replicas are R; the price of running is shared among them."""
    one, four = figures(replicas=3.0), figures(replicas=4.0)
    assert one.required_utilization_ratio > four.required_utilization_ratio > 3.20 / (800 * 0.012)


def test_usable_share_bounds_what_is_served_and_needed() -> None:
    """At 0.7 the peak needs five replicas, and the average is over all of their goodput."""
    found = figures(max_utilization_rate=0.7)
    assert found.peak_replicas_needed == 5
    assert found.usable_units_per_replica_hour == pytest.approx(560)
    assert found.average_utilization_rate == pytest.approx((2400 * 10 + 100 * 14) / 24 / 4000)


def test_peak_at_exactly_the_usable_goodput_fits() -> None:
    """800 x 0.7 is a little less than 560 in binary; the fleet is full, not overfull."""
    found = figures(HourlyLoad(hourly_units=(560.0 * 3, 10.0)), max_utilization_rate=0.7)
    assert found.peak_replicas_needed == 3
    assert found.is_capacity_feasible


def test_too_few_replicas_are_infeasible_and_never_dedicated() -> None:
    """The average of what fits may clear the gate all the same."""
    full = HourlyLoad(hourly_units=(2400.0, 2300.0))
    decision = decided(full, replicas=2.0)
    found = decision.result
    assert isinstance(found, DedicatedFigures)
    assert found.average_utilization_rate > found.required_utilization_ratio
    assert not found.is_capacity_feasible
    assert decision.decision == "hybrid"
    assert any("needs 3 replicas" in warning for warning in decision.warnings)


def test_too_few_replicas_with_ranges_are_not_dedicated_either() -> None:
    """In draws the saving of such a fleet counts as a hybrid's."""
    full = HourlyLoad(hourly_units=(2400.0, 2300.0))
    decision = decided(full, replicas=2.0, hardware_usd_per_hour=Triangular(low=2, mode=3, high=4))
    assert decision.decision == "hybrid"
    assert decision.monte_carlo.expected_net_usd["dedicated"] <= 0


def test_replicas_beyond_the_peak_are_named() -> None:
    """Nobody needs the fourth."""
    assert any("3 replicas of the 4 serve the peak" in warning for warning in decided(replicas=4.0).warnings)


@pytest.mark.parametrize(
    ("changes", "decision"),
    [
        pytest.param({}, "dedicated", id="busy hours pay for the third replica too"),
        pytest.param({"hardware_usd_per_hour": 4.1}, "hybrid", id="only the first also serves quiet hours"),
        pytest.param({"hardware_usd_per_hour": 4.8}, "serverless", id="above what even the first one serves"),
        pytest.param({"serverless_usd_per_unit": 0.003}, "serverless", id="a cheap token: no replica pays"),
        pytest.param({"goodput_per_hour": 700.0}, "hybrid", id="a fourth replica would only serve 300 of its 700"),
    ],
)
def test_decision(changes: dict[str, Any], decision: str) -> None:
    """The cheapest of serverless, all dedicated and a split."""
    assert decided(**changes).decision == decision


def test_above_the_usable_share_never() -> None:
    """u_required > eta: no load can fill a replica enough."""
    decision = decided(serverless_usd_per_unit=0.005, max_utilization_rate=0.7)
    found = decision.result
    assert isinstance(found, DedicatedFigures)
    assert found.required_utilization_ratio > 0.7
    assert found.is_never_cheaper
    assert decision.decision == "serverless"


def test_average_decides_and_the_trough_only_flags() -> None:
    """A trough of 4% below the required 35%: dedicated all the same, for the average is above."""
    decision = decided()
    found = decision.result
    assert isinstance(found, DedicatedFigures)
    assert found.trough_utilization_rate < found.required_utilization_ratio < found.average_utilization_rate
    assert found.is_trough_below_required
    assert decision.decision == "dedicated"


def test_hybrid_curve_reaches_to_what_was_asked() -> None:
    """From 0 to the larger of --max-replicas and what the peak needs; the best is the lowest."""
    found = figures(max_replicas=6.0).hybrid
    assert [point.replicas for point in found.by_replicas] == list(range(7))
    assert [point.replicas for point in figures(max_replicas=1.0).hybrid.by_replicas] == [0, 1, 2, 3]
    assert found.usd_per_month == min(point.usd_per_month for point in found.by_replicas)
    assert found.by_replicas[0].usd_per_month == pytest.approx(figures().serverless_usd_per_month)


def test_ties_go_to_fewer_replicas() -> None:
    """A second replica that costs exactly what it saves is not run."""
    load = HourlyLoad(hourly_units=(200.0, 100.0))
    found = figures(
        load,
        hardware_usd_per_hour=0.5,
        ops_usd_per_hour=0.0,
        goodput_per_hour=100.0,
        serverless_usd_per_unit=0.01,
    ).hybrid
    assert [point.usd_per_month for point in found.by_replicas] == pytest.approx([1080, 720, 720])
    assert found.replicas == 1


def test_a_large_fleet_has_a_thinned_curve_with_its_best_point() -> None:
    """Beyond 400 replicas in even steps."""
    load = HourlyLoad(hourly_units=tuple(float(hour * 10_000) for hour in range(1, 169)))
    found = figures(load).hybrid
    assert 400 <= len(found.by_replicas) <= 401
    assert found.replicas in {point.replicas for point in found.by_replicas}
    assert found.by_replicas[-1].replicas == figures(load).peak_replicas_needed == 2100


def test_fewer_replicas_than_may_run_are_no_split() -> None:
    """With at least two running, one alone is left out."""
    load = HourlyLoad(hourly_units=(800.0,) * 9 + (1600.0,))
    assert figures(load).hybrid.replicas == 1
    assert figures(load, min_replicas=2.0).hybrid.replicas in (0, 2)
    assert figures(load, min_replicas=2.0).replicas == 2


def test_commitment_beyond_the_horizon_is_paid_for_nothing() -> None:
    """36 months for a plan of 12: an hour that is used costs three times its price."""
    short, long = figures(commitment_months=6.0), figures(commitment_months=36.0)
    assert short.hardware_usd_per_hour == 3.20
    assert long.hardware_usd_per_hour == pytest.approx(9.60)
    assert long.dedicated_usd_per_month == pytest.approx(720 * (3 * 9.60 + 0.50))
    assert any("outlasts the horizon" in warning for warning in decided(commitment_months=36.0).warnings)


def test_break_even_price() -> None:
    """Put in as the price, both cost the same for what the fleet serves."""
    price = figures().break_even_hardware_usd_per_hour
    assert price is not None
    found = figures(hardware_usd_per_hour=price)
    assert found.dedicated_usd_per_month == pytest.approx(found.serverless_usd_per_month)
    assert figures(ops_usd_per_hour=1e6).break_even_hardware_usd_per_hour is None


@pytest.mark.parametrize(
    ("changes", "viable", "pool_usd"),
    [
        pytest.param({}, None, None, id="neither is known"),
        pytest.param({"cold_start_s": 60.0}, None, None, id="no spike"),
        pytest.param({"spike_s": 60.0}, None, None, id="no cold start"),
        pytest.param({"cold_start_s": 60.0, "spike_s": 60.0}, True, 0.0, id="just in time"),
        pytest.param({"cold_start_s": 600.0, "spike_s": 300.0}, False, 720 * 3 * 3.20, id="up after the spike"),
    ],
)
def test_autoscaling(changes: dict[str, Any], viable: bool | None, pool_usd: float | None) -> None:
    """A cold start that outlasts the spike leaves a warm pool for the peak."""
    found = figures(**changes)
    assert found.is_autoscaling_viable is viable
    assert found.warm_pool_usd_per_month == (None if pool_usd is None else pytest.approx(pool_usd))
    assert (found.autoscaled_usd_per_month is None) == (viable is False)


@pytest.mark.parametrize(
    ("measured", "flag", "is_measured"),
    [
        pytest.param(None, None, False, id="nobody says"),
        pytest.param(None, True, True, id="somebody says so"),
        pytest.param(800.0, None, True, id="a load test measured it"),
        pytest.param(900.0, None, False, id="typed over what a load test measured"),
        pytest.param(800.0, False, False, id="somebody says that it does not count"),
    ],
)
def test_goodput_that_nobody_measured_is_flagged(
    measured: float | None, flag: bool | None, is_measured: bool
) -> None:
    """A benchmark of somebody else's prompts is no goodput."""
    decision = decided(measured_goodput_per_hour=measured, is_goodput_measured=flag)
    assert any("goodput was not measured" in warning for warning in decision.warnings) is not is_measured


def test_units_per_month_are_a_flat_load_that_goes_first() -> None:
    """And the answer says that the hours are not used."""
    decision = decided(units_per_month=345_600.0)
    found = decision.result
    assert isinstance(found, DedicatedFigures)
    assert found.mean_units_per_hour == found.peak_units_per_hour == pytest.approx(480)
    assert found.is_load_flat
    assert any("load by hour is not used" in warning for warning in decision.warnings)


def test_another_mean_scales_every_hour() -> None:
    """Twice the mean, twice the peak, the same shape."""
    once, twice = figures(), figures(mean_units_per_hour=2 * DAYS.mean_units_per_hour)
    assert twice.peak_units_per_hour == pytest.approx(2 * once.peak_units_per_hour)
    assert twice.peak_replicas_needed == 6
    assert twice.trough_utilization_rate == pytest.approx(once.trough_utilization_rate)


def test_a_day_is_less_than_a_week() -> None:
    """Nights are there, weekends are not: said."""
    assert any(
        "less than a week" in one for one in decided(HourlyLoad(hourly_units=DAYS.hourly_units[:24])).warnings
    )


@pytest.mark.parametrize(
    ("load", "changes", "words"),
    [
        pytest.param(None, {}, "needs a load", id="no load at all"),
        pytest.param(HourlyLoad(hourly_units=(0.0, 0.0)), {}, "no unit is accepted", id="nothing accepted"),
        pytest.param(None, {"units_per_month": 0.0}, "no unit is accepted", id="no units a month"),
        pytest.param(DAYS, {"ops_usd_per_hour": None}, "--ops-usd-per-hour", id="running cost unknown"),
        pytest.param(DAYS, {"goodput_per_hour": None}, "--goodput-per-hour", id="goodput unknown"),
    ],
)
def test_unknown_is_no_answer(load: HourlyLoad | None, changes: dict[str, Any], words: str) -> None:
    """Exit 3, with what is missing."""
    with pytest.raises(CannotTellError, match=words):
        decided(load, **changes)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"hardware_usd_per_hour": 0.0}, id="hardware for nothing"),
        pytest.param({"serverless_usd_per_unit": 0.0}, id="nothing to compare with"),
        pytest.param({"goodput_per_hour": 0.0}, id="a replica that serves nothing"),
        pytest.param({"max_utilization_rate": 0.0}, id="nothing of it usable"),
        pytest.param({"max_utilization_rate": 1.01}, id="more than all of it"),
        pytest.param({"ops_usd_per_hour": -1.0}, id="negative money"),
        pytest.param({"horizon_months": 0.0}, id="no horizon"),
        pytest.param({"replicas": 2.5}, id="half a replica"),
        pytest.param({"goodput_per_hour": 1e-6}, id="another unit: billions of replicas"),
    ],
)
def test_nonsense_is_refused(changes: dict[str, Any]) -> None:
    """Exit 2, naming the input."""
    with pytest.raises(BadInputError):
        decided(**changes)
