import math

import pytest

from routefit.errors import BadInputError
from routefit.stats.balance import (
    standardised_difference,
    standardised_difference_error,
    standardised_rate_difference,
)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        pytest.param((100.0, 400.0), (102.0, 400.0), 0.1, id="a tenth of a standard deviation"),
        pytest.param((100.0, 400.0), (98.0, 400.0), -0.1, id="signed: b is lower"),
        pytest.param((100.0, 0.0), (110.0, 200.0), 1.0, id="the variances are averaged"),
        pytest.param((5.0, 0.0), (5.0, 0.0), 0.0, id="both constant and equal"),
        pytest.param((5.0, 0.0), (6.0, 0.0), math.inf, id="both constant and different"),
    ],
)
def test_standardised_difference(a: tuple[float, float], b: tuple[float, float], expected: float) -> None:
    assert standardised_difference(*a, *b) == pytest.approx(expected)


def test_rates_have_the_variance_of_a_share() -> None:
    assert standardised_rate_difference(0.5, 0.55) == pytest.approx(0.05 / math.sqrt((0.25 + 0.2475) / 2))


def test_the_noise_of_the_difference_shrinks_with_the_smaller_group() -> None:
    assert standardised_difference_error(0.0, 200, 200) == pytest.approx(0.1)
    assert standardised_difference_error(0.0, 20_000, 20_000) == pytest.approx(0.01)
    assert standardised_difference_error(0.0, 100, 10**9) == pytest.approx(0.1)


def test_an_infinite_difference_has_no_noise() -> None:
    assert standardised_difference_error(math.inf, 3, 4) == 0.0


def test_nonsense_is_refused() -> None:
    with pytest.raises(BadInputError, match="below 0"):
        standardised_difference(1, -1, 1, 1)
    with pytest.raises(BadInputError, match=r"0\.\.1"):
        standardised_rate_difference(1.2, 0.1)
    with pytest.raises(BadInputError, match="below 1"):
        standardised_difference_error(0.1, 0, 5)
