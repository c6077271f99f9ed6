import statistics

import pytest

from routefit.errors import BadInputError, UndefinedError
from routefit.stats.quantiles import nearest_rank, normal_quantile, t_quantile, two_sided_level


@pytest.mark.parametrize(
    ("values", "percentile", "expected"),
    [
        pytest.param([7], 95, 7, id="one value is every percentile"),
        pytest.param([3, 1, 2], 50, 2, id="unsorted input"),
        pytest.param(list(range(1, 101)), 95, 95, id="rank 95 of 100"),
        pytest.param(list(range(1, 101)), 55, 55, id="55 of 100: binary rounding must not push it to 56"),
        pytest.param(list(range(1, 1001)), 99.9, 999, id="a percentile with a decimal"),
        pytest.param(list(range(1, 21)), 95, 19, id="rank 19 of 20, no interpolation"),
        pytest.param([4, 9], 0, 4, id="percentile 0 is the smallest"),
        pytest.param([4, 9], 100, 9, id="percentile 100 is the largest"),
    ],
)
def test_nearest_rank(values: list[int], percentile: float, expected: int) -> None:
    assert nearest_rank(values, percentile) == expected


def test_a_percentile_of_nothing_is_undefined_not_zero() -> None:
    with pytest.raises(UndefinedError, match="of no values"):
        nearest_rank([], 95)


def test_a_percentile_outside_its_range_names_the_value() -> None:
    with pytest.raises(BadInputError, match="101"):
        nearest_rank([1], 101)


def test_normal_quantile_one_and_two_sided() -> None:
    assert normal_quantile(0.95) == pytest.approx(1.6449, abs=1e-4)
    assert normal_quantile(two_sided_level(0.95)) == pytest.approx(1.9600, abs=1e-4)


@pytest.mark.parametrize(
    ("degrees_of_freedom", "expected"),
    [
        pytest.param(1, 12.706, id="two groups"),
        pytest.param(10, 2.228, id="published table"),
        pytest.param(127, 1.979, id="128 groups"),
    ],
)
def test_t_quantile(degrees_of_freedom: float, expected: float) -> None:
    assert t_quantile(0.975, degrees_of_freedom) == pytest.approx(expected, abs=1e-3)


def test_t_quantile_tends_to_the_normal() -> None:
    assert t_quantile(0.975, 1e7) == pytest.approx(statistics.NormalDist().inv_cdf(0.975), abs=1e-5)


@pytest.mark.parametrize(("rate", "freedom"), [(0.0, 5.0), (1.0, 5.0), (0.975, 0.0)])
def test_t_quantile_refuses_nonsense(rate: float, freedom: float) -> None:
    with pytest.raises(BadInputError):
        t_quantile(rate, freedom)


@pytest.mark.parametrize("rate", [0.0, 1.0, 1.5])
def test_levels_outside_the_open_interval_are_refused(rate: float) -> None:
    with pytest.raises(BadInputError):
        normal_quantile(rate)
    with pytest.raises(BadInputError):
        two_sided_level(rate)
