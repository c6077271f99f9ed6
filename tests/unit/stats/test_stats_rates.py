import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routefit.errors import BadInputError, UndefinedError
from routefit.stats.rates import deciding_sample_size, passing_probability, wilson_bounds


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        pytest.param(81, 263, 0.2553, 0.3662, id="published example (Newcombe 1998)"),
        pytest.param(15, 148, 0.0624, 0.1605, id="published example (Newcombe 1998), low rate"),
        pytest.param(0, 20, 0.0, 0.1611, id="no success still has an upper bound"),
        pytest.param(29, 29, 0.8830, 1.0, id="all successes still have a lower bound"),
    ],
)
def test_wilson_two_sided(successes: int, n: int, low: float, high: float) -> None:
    assert wilson_bounds(successes, n) == pytest.approx((low, high), abs=1e-4)


def test_one_sided_bounds_are_nearer_than_two_sided() -> None:
    low_1, high_1 = wilson_bounds(170, 200, sided=1)
    low_2, high_2 = wilson_bounds(170, 200, sided=2)
    assert low_2 < low_1 < 0.85 < high_1 < high_2


def test_no_cases_are_undefined() -> None:
    with pytest.raises(UndefinedError):
        wilson_bounds(0, 0)


def test_more_successes_than_cases_are_refused() -> None:
    with pytest.raises(BadInputError, match=r"21.*0\.\.20"):
        wilson_bounds(21, 20)


def test_the_clear_rule_of_a_signal_needs_10300_verdicts_without_tolerance() -> None:
    """At 90% power a true 0.86 against 0.85 takes 10,300; at today's rate alone (50% power) about a third."""
    assert deciding_sample_size(0.86, 0.85) == 3450


@pytest.mark.parametrize("rate", [0.0, 0.5, 0.71, 0.84, 0.86, 0.9, 1.0])
def test_the_deciding_sample_decides_and_one_less_does_not(rate: float) -> None:
    needed = deciding_sample_size(rate, 0.85)
    assert needed is not None

    def decides(n: int) -> bool:
        low, high = wilson_bounds(rate * n, n, sided=1)
        return low >= 0.85 - 1e-12 if rate > 0.85 else high < 0.85

    assert decides(needed)
    assert needed == 1 or not decides(needed - 1)


def test_a_rate_on_the_limit_is_never_decided() -> None:
    assert deciding_sample_size(0.85, 0.85) is None


def test_power_of_the_screen_at_200_cases() -> None:
    """Domain section 6: floor 0.85, no tolerance, truly 0.90: passes with probability 0.65."""
    assert passing_probability(0.90, 200, 0.85) == pytest.approx(0.65, abs=0.005)


def test_power_is_the_exact_binomial_tail() -> None:
    least = next(k for k in range(201) if wilson_bounds(k, 200, sided=1)[0] >= 0.85)
    tail = math.fsum(math.comb(200, k) * 0.9**k * 0.1 ** (200 - k) for k in range(least, 201))
    assert passing_probability(0.9, 200, 0.85) == pytest.approx(tail, rel=1e-9)


@pytest.mark.parametrize(
    ("true_rate", "n", "limit", "expected"),
    [
        pytest.param(0.2, 10, 0.0, 1.0, id="a limit of 0 is always reached"),
        pytest.param(1.0, 5, 0.99, 0.0, id="too few cases can never pass"),
        pytest.param(0.9, 5000, 0.85, 1.0, id="thousands of cases do not overflow"),
    ],
)
def test_power_at_the_ends(true_rate: float, n: int, limit: float, expected: float) -> None:
    assert passing_probability(true_rate, n, limit) == pytest.approx(expected)


@given(n=st.integers(1, 5000), share=st.floats(0, 1))
def test_bounds_hold_the_rate_and_stay_within_0_and_1(n: int, share: float) -> None:
    successes = round(share * n)
    low, high = wilson_bounds(successes, n)
    assert 0 <= low <= successes / n + 1e-12
    assert successes / n - 1e-12 <= high <= 1


@given(n=st.integers(1, 2000), k=st.integers(0, 1999))
def test_one_more_success_never_lowers_a_bound(n: int, k: int) -> None:
    k = min(k, n - 1)
    assert wilson_bounds(k, n, sided=1) <= wilson_bounds(k + 1, n, sided=1)
