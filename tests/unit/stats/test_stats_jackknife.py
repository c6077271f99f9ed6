import math

import numpy as np
import pytest

from routefit.errors import BadInputError
from routefit.stats.jackknife import (
    independent_log_ratio,
    jackknife,
    jackknife_log_ratio,
    jackknife_ratio,
)


def test_the_mean_of_equal_groups_has_its_textbook_error() -> None:
    """For a mean the jackknife is the usual standard error, s / sqrt(n)."""
    values = np.array([1.0, 2.0, 4.0, 7.0])
    interval = jackknife(lambda s: s[:, 0] / s[:, 1], np.stack([values, np.ones(4)], axis=1))
    assert interval.point == 3.5
    assert interval.standard_error == pytest.approx(values.std(ddof=1) / 2)
    assert interval.groups == 4


def test_a_total_is_scaled_back_to_the_whole() -> None:
    values = np.array([1.0, 2.0, 4.0, 7.0])
    interval = jackknife(lambda s: s[:, 0], values[:, np.newaxis])
    assert interval.standard_error == pytest.approx(4 * values.std(ddof=1) / 2)


def test_a_ratio_of_two_groups_by_hand() -> None:
    """Costs 1 and 3, one accepted unit each: without a group 3 and 1, d = 1, variance 1/2 x 2 = 1 (log scale)."""
    interval = jackknife_ratio([1.0, 3.0], [1.0, 1.0])
    logs = np.log([3.0, 1.0])
    error = math.sqrt(((logs - logs.mean()) ** 2).sum() / 2)
    assert interval.point == 2.0
    assert interval.degrees_of_freedom == 1
    assert interval.low == pytest.approx(2 * math.exp(-12.7062 * error), rel=1e-4)
    assert interval.high == pytest.approx(2 * math.exp(12.7062 * error), rel=1e-4)
    assert interval.standard_error == pytest.approx(2 * error)


def test_a_fixed_cost_moves_the_point_and_adds_no_spread_of_its_own() -> None:
    costs, units = np.full(10, 5.0), np.full(10, 2.0)
    interval = jackknife_ratio(costs, units, fixed_numerator=100.0)
    assert interval.point == pytest.approx(7.5)
    assert interval.low == pytest.approx(7.5)
    assert interval.high == pytest.approx(7.5)


def test_few_groups_that_hold_the_spread_cost_degrees_of_freedom() -> None:
    even = jackknife_ratio([1.0, 2.0] * 64, [1.0] * 128)
    one_large = jackknife_ratio([1.0] * 127 + [500.0], [1.0] * 128)
    assert even.degrees_of_freedom == 127
    assert one_large.degrees_of_freedom == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize(
    ("numerators", "denominators", "point"),
    [
        pytest.param([], [], None, id="no group at all"),
        pytest.param([2.0], [4.0], 0.5, id="one group has a point but no spread"),
        pytest.param([2.0, 1.0], [0.0, 0.0], None, id="nothing accepted"),
        pytest.param([2.0, 1.0, 3.0], [4.0, 0.0, 0.0], 1.5, id="all accepted units in one group"),
    ],
)
def test_undefined_is_none_never_0(
    numerators: list[float], denominators: list[float], point: float | None
) -> None:
    interval = jackknife_ratio(numerators, denominators)
    assert interval.point == point
    assert interval.low is None
    assert interval.high is None
    assert interval.standard_error is None


def test_a_negative_figure_takes_the_plain_scale() -> None:
    interval = jackknife_ratio([-1.0, -2.0, -3.0], [1.0, 1.0, 1.0])
    assert interval.low is not None
    assert interval.high is not None
    assert interval.high - -2.0 == pytest.approx(-2.0 - interval.low)


def test_paired_ratio_uses_what_the_tasks_have_in_common() -> None:
    """Route b costs half of a on every task: the ratio is exact although the tasks differ widely."""
    costs, ones = np.array([1.0, 10.0, 100.0, 3.0]), np.ones(4)
    paired = jackknife_log_ratio(costs, ones, costs / 2, ones)
    apart = independent_log_ratio(costs, ones, costs / 2, ones)
    assert paired.point == pytest.approx(0.5)
    assert paired.low == pytest.approx(0.5)
    assert paired.high == pytest.approx(0.5)
    assert apart.point == pytest.approx(0.5)
    assert apart.low is not None
    assert apart.high is not None
    assert apart.low < 0.1 < 1 < apart.high


def test_a_ratio_turned_round_is_the_reciprocal() -> None:
    rng = np.random.default_rng(7)
    a, b, accepted_a, accepted_b = rng.lognormal(size=(4, 40))
    forth = jackknife_log_ratio(a, accepted_a, b, accepted_b)
    back = jackknife_log_ratio(b, accepted_b, a, accepted_a)
    assert forth.low is not None
    assert back.high is not None
    assert forth.low == pytest.approx(1 / back.high)


def test_an_independent_ratio_without_a_denominator_is_undefined() -> None:
    assert independent_log_ratio([1.0, 2.0], [0.0, 0.0], [1.0, 2.0], [1.0, 1.0]).point is None
    lone = independent_log_ratio([1.0], [1.0], [1.0, 2.0], [1.0, 1.0])
    assert (lone.point, lone.low, lone.high) == (1.5, None, None)


def test_independent_samples_without_any_spread_agree_exactly() -> None:
    interval = independent_log_ratio([2.0, 2.0], [1.0, 1.0], [1.0, 1.0], [1.0, 1.0])
    assert (interval.low, interval.high) == pytest.approx((0.5, 0.5))


def test_lists_of_different_length_are_refused() -> None:
    with pytest.raises(BadInputError, match="one length"):
        jackknife_ratio([1.0, 2.0], [1.0])


def test_a_sum_that_is_not_finite_is_refused() -> None:
    with pytest.raises(BadInputError, match="finite"):
        jackknife_ratio([1.0, math.nan], [1.0, 1.0])
