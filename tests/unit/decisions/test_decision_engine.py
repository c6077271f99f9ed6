"""Draws, worth of information, tornado and flips on a calculator whose answers are known in closed form."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from scipy import integrate, stats

from routefit.decisions.decision import FlipPoint
from routefit.decisions.spread import Beta, Lognormal, Spread, Triangular
from routefit.decisions.uncertainty import Arrays
from toy_decision import Toy, toy

GAIN = Triangular(low=40, mode=90, high=200)


def distribution(spread: Spread) -> stats.rv_continuous:
    """The same distribution, by scipy."""
    if isinstance(spread, Triangular):
        width = spread.high - spread.low
        return stats.triang((spread.mode - spread.low) / width, loc=spread.low, scale=width)
    if isinstance(spread, Lognormal):
        return stats.lognorm(spread.sigma_ratio, scale=spread.mode)
    return stats.beta(spread.successes + 0.5, spread.failures + 0.5)


@pytest.mark.parametrize(
    ("gain", "cost_usd"),
    [
        pytest.param(GAIN, 100.0, id="acting is best on average"),
        pytest.param(GAIN, 130.0, id="staying is best on average"),
        pytest.param(Lognormal(mode=100, low=60, high=166), 95.0, id="a cost of the ledger, a long tail above"),
        pytest.param(Beta(successes=30, failures=70), 0.31, id="a rate of the ledger"),
    ],
)
def test_worth_agrees_with_the_integral(gain: Spread, cost_usd: float) -> None:
    """EVPI = E[max(gain - cost, 0)] - max(E[gain] - cost, 0); with one uncertain input its worth is all of it."""
    of = distribution(gain)
    above, _ = integrate.quad(of.sf, cost_usd, of.ppf(1 - 1e-12))
    exact = above - max(of.mean() - cost_usd, 0.0)
    found = toy({"gain_usd": gain, "cost_usd": cost_usd}, draws=1_000_000)
    assert found.value_of_information.perfect_usd == pytest.approx(exact, rel=0.01)
    assert [one.input for one in found.value_of_information.inputs] == ["gain_usd"]
    # Fifty bins cannot tell what lies on both sides of the cost within one of them.
    assert found.value_of_information.inputs[0].worth_usd == pytest.approx(exact, rel=0.02)
    assert found.monte_carlo.probability_right == pytest.approx(max(of.sf(cost_usd), of.cdf(cost_usd)), abs=0.002)
    net = found.monte_carlo.quantiles["net_usd"]
    assert [net.p05, net.p50, net.p95] == pytest.approx(
        [of.ppf(q) - cost_usd for q in (0.05, 0.5, 0.95)], abs=0.01 * of.std()
    )


@pytest.mark.parametrize("seed", range(40))
def test_an_irrelevant_input_is_worth_nothing(seed: int) -> None:
    """Also where acting and staying are next to equal, and chance decides which is best in a bin."""
    idle = Triangular(low=0, mode=50, high=100)
    found = toy({"gain_usd": GAIN, "cost_usd": 110.0, "idle_usd": idle}, draws=20_000, seed=seed)
    assert "idle_usd" not in [one.input for one in found.value_of_information.inputs]
    assert "idle_usd" not in [bar.input for bar in found.tornado]
    assert "idle_usd" not in [flip.input for flip in found.flip_points]


def test_of_two_inputs_the_one_that_decides_is_measured_first() -> None:
    found = toy({"gain_usd": GAIN, "cost_usd": Triangular(low=105, mode=110, high=115)})
    worth = {one.input: one.worth_usd for one in found.value_of_information.inputs}
    assert found.value_of_information.measure_next == "gain_usd"
    assert worth["gain_usd"] > 10 * worth.get("cost_usd", 0.0)
    assert found.value_of_information.perfect_usd >= max(worth.values())


def test_a_sure_decision_needs_no_measurement() -> None:
    found = toy({"gain_usd": GAIN, "cost_usd": 10.0})
    assert (found.decision, found.monte_carlo.probability_right) == ("act", 1.0)
    assert found.value_of_information.model_dump() == {"perfect_usd": 0.0, "inputs": (), "measure_next": None}


def test_without_a_range_the_point_is_all_there_is() -> None:
    found = toy({"gain_usd": 100, "cost_usd": 60})
    assert found.monte_carlo.draws == 1
    assert found.monte_carlo.expected_net_usd == {"stay": 0.0, "act": 40.0}
    assert found.monte_carlo.quantiles["net_usd"].p05 == found.monte_carlo.quantiles["net_usd"].p95 == 40.0
    assert found.monte_carlo.histogram == ()


def test_a_range_without_width_is_a_number() -> None:
    exactly = toy({"gain_usd": 100, "cost_usd": 60})
    found = toy({"gain_usd": Triangular(low=100, mode=100, high=100), "cost_usd": 60})
    assert found.monte_carlo.expected_net_usd == pytest.approx(exactly.monte_carlo.expected_net_usd)
    assert found.value_of_information == exactly.value_of_information
    assert [flip.flips_at for flip in found.flip_points] == pytest.approx(
        [flip.flips_at for flip in exactly.flip_points], rel=1e-6
    )


def test_never_is_no_number() -> None:
    """A quantile that is infinite is null, and the histogram shows the finite ones as shares of all draws."""
    found = toy({"gain_usd": Triangular(low=0, mode=0, high=1), "cost_usd": 0.5})
    shares = found.monte_carlo.quantiles["share_left_ratio"]
    assert shares.p05 is not None
    assert all(math.isfinite(one.high) for one in found.monte_carlo.histogram)
    assert sum(one.share_rate for one in found.monte_carlo.histogram) == pytest.approx(0.99, abs=0.002)


def test_the_histogram_has_the_draws_between_its_ends() -> None:
    found = toy({"gain_usd": GAIN, "cost_usd": 50.0})
    assert found.monte_carlo.histogram_of == "share_left_ratio"
    assert len(found.monte_carlo.histogram) == 40
    bins = found.monte_carlo.histogram
    assert all(before.high == after.low for before, after in itertools.pairwise(bins))


@pytest.mark.parametrize(
    ("given", "flips"),
    [
        pytest.param(
            {"gain_usd": 100, "cost_usd": 60},
            {("gain_usd", "below"): 60.0, ("cost_usd", "above"): 100.0},
            id="the decision is another where the net value is none, ties to staying",
        ),
        pytest.param(
            {"gain_usd": 100, "cost_usd": 60, "ceiling_usd": 70},
            {("gain_usd", "below"): 60.0, ("cost_usd", "above"): 70.0},
            id="a threshold comes before the net value",
        ),
        pytest.param(
            {"gain_usd": 0, "cost_usd": 60},
            {("gain_usd", "above"): 60.0, ("pieces", "above"): 61.0},
            id="today's value is 0, and whole numbers stay whole",
        ),
        pytest.param(
            {"gain_usd": 50, "cost_usd": 60, "pieces": 12},
            {("gain_usd", "below"): 48.0, ("cost_usd", "above"): 62.0, ("pieces", "below"): 10.0},
            id="a whole number goes down to the tie, where staying wins",
        ),
    ],
)
def test_flip_points(given: dict[str, float], flips: dict[tuple[str, str], float]) -> None:
    found = toy(given)
    by_side = {(flip.input, flip.side): flip.flips_at for flip in found.flip_points}
    assert by_side == pytest.approx(flips, rel=1e-9)
    for flip in found.flip_points:
        assert toy({**given, flip.input: flip.flips_at}).decision == flip.decision != found.decision


def test_the_nearest_flip_is_first() -> None:
    found = toy({"gain_usd": 100, "cost_usd": 60})
    distances = [abs(flip.flips_at - flip.value) / flip.value for flip in found.flip_points]
    assert distances == sorted(distances)


@pytest.mark.parametrize("seed", range(5))
def test_flips_of_uncertain_inputs_are_those_of_the_average(seed: int) -> None:
    """E[gain] is 110, its mode 90: from the mean on the cost is too high, and put back in it flips."""
    given: dict[str, float | Spread] = {"gain_usd": GAIN, "cost_usd": Triangular(low=50, mode=60, high=70)}
    found = toy(given, seed=seed)
    flips: dict[str, FlipPoint] = {flip.input: flip for flip in found.flip_points}
    assert flips["cost_usd"].flips_at == pytest.approx(110, rel=0.01)
    assert flips["gain_usd"].flips_at == pytest.approx(60, rel=0.01)
    for flip in found.flip_points:
        assert toy({**given, flip.input: flip.flips_at}, seed=seed).decision == flip.decision != found.decision


def test_an_average_that_decides_otherwise_than_the_point_is_said() -> None:
    found = toy({"gain_usd": GAIN, "cost_usd": 100.0})
    assert found.decision == "act"
    assert found.warnings == (
        "with every input at its point stay would be best; over their ranges it is act on average, and the average"
        " decides",
    )


def test_the_tornado_goes_over_the_range_else_a_fifth_either_way() -> None:
    found = toy({"gain_usd": GAIN, "cost_usd": 60.0, "pieces": 2})
    bars = {
        bar.input: (bar.low, bar.high, bar.net_usd_at_low, bar.net_usd_at_high, bar.is_range)
        for bar in found.tornado
    }
    assert bars == {
        "gain_usd": (40, 200, -18, 142, True),
        "cost_usd": (48, 72, 44, 20, False),
        "pieces": (1, 3, 31, 33, False),
    }
    assert [bar.input for bar in found.tornado] == ["gain_usd", "cost_usd", "pieces"]


def test_same_seed_same_answer() -> None:
    given: dict[str, float | Spread] = {"gain_usd": GAIN, "cost_usd": Triangular(low=50, mode=60, high=70)}
    assert toy(given, seed=3).model_dump_json() == toy(given, seed=3).model_dump_json()
    assert toy(given, seed=3).monte_carlo.expected_net_usd != toy(given, seed=4).monte_carlo.expected_net_usd


def test_another_range_on_one_input_leaves_the_draws_of_the_others() -> None:
    """So a change is not mixed with chance: the mean moves by just what the number moves."""
    before = toy({"gain_usd": GAIN, "cost_usd": 60}).monte_carlo.expected_net_usd["act"]
    after = toy({"gain_usd": GAIN, "cost_usd": 50}).monte_carlo.expected_net_usd["act"]
    assert after - before == pytest.approx(10, abs=1e-9)


def test_whole_numbers_are_drawn_whole() -> None:
    found = toy({"gain_usd": 0, "pieces": Triangular(low=1, mode=2, high=4), "cost_usd": 2.5})
    assert found.monte_carlo.quantiles["net_usd"].p50 in (-0.5, 0.5)


class WithoutValue(Toy):
    """A formula that has no value anywhere."""

    def net_usd(self, values: Arrays) -> dict[str, Any]:
        return {"act": np.full(np.shape(values["gain_usd"]), np.nan)}


def test_no_action_wins_where_it_has_no_value() -> None:
    found = toy({"gain_usd": GAIN}, calculator=WithoutValue())
    assert found.decision == "stay"
    assert found.monte_carlo.probability_right == 1.0
    assert found.value_of_information.perfect_usd == 0.0
