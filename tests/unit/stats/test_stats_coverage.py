"""How often does the 95% interval hold the truth? Simulated fleets with the shape of real ones."""

import math

import numpy as np
import pytest

from routefit.stats.jackknife import Floats, independent_log_ratio, jackknife_log_ratio, jackknife_ratio

RUNS = 4_000
GROUPS = 128
COST_SIGMA = 1.2
CUSTOMER_SIGMA = 0.5
ACCEPTANCE_RATE = 0.86
TRUE_LCPR_USD = math.exp(COST_SIGMA**2 / 2) / ACCEPTANCE_RATE


def fleet(rng: np.random.Generator, units: int, units_per_customer: int) -> tuple[Floats, Floats]:
    """Cost and accepted units by hash group; customers differ in cost and in acceptance (beta, sd 0.076)."""
    customers = units // units_per_customer
    own = np.repeat(np.arange(customers), units_per_customer)
    shared_sigma = CUSTOMER_SIGMA if units_per_customer > 1 else 0.0
    own_sigma = math.sqrt(COST_SIGMA**2 - shared_sigma**2)
    log_cost = rng.normal(0, 1, customers)[own] * shared_sigma + rng.normal(0, own_sigma, units)
    rate = rng.beta(20 * ACCEPTANCE_RATE, 20 * (1 - ACCEPTANCE_RATE), customers)[own]
    is_accepted = rng.random(units) < rate
    group = rng.integers(0, GROUPS, customers)[own]
    used = np.bincount(group, minlength=GROUPS) > 0
    costs: Floats = np.bincount(group, np.exp(log_cost), GROUPS).astype(np.float64)
    accepted: Floats = np.bincount(group, is_accepted, GROUPS).astype(np.float64)
    return costs[used], accepted[used]


@pytest.mark.parametrize("units", [500, 2_000])
@pytest.mark.parametrize("units_per_customer", [1, 25])
def test_the_interval_of_lcpr_covers(units: int, units_per_customer: int) -> None:
    rng = np.random.default_rng(20_261_124)
    held = 0
    for _ in range(RUNS):
        interval = jackknife_ratio(*fleet(rng, units, units_per_customer))
        assert interval.low is not None
        assert interval.high is not None
        held += interval.low <= TRUE_LCPR_USD <= interval.high
    print(f"{units:,} units, {units_per_customer} to a customer: {held / RUNS:.1%} of {RUNS:,} hold the truth")
    assert 0.93 <= held / RUNS <= 0.97, held / RUNS


def test_with_20_customers_the_normal_quantile_is_not_enough() -> None:
    """Why t: 500 units of 20 customers fall into about 19 groups, and 1.96 standard errors cover below 93%."""
    rng = np.random.default_rng(20_261_124)
    held = 0
    for _ in range(RUNS):
        interval = jackknife_ratio(*fleet(rng, 500, 25))
        assert interval.point is not None
        assert interval.standard_error is not None
        held += abs(interval.point - TRUE_LCPR_USD) <= 1.96 * interval.standard_error
    print(f"500 units, 25 to a customer, 1.96 standard errors: {held / RUNS:.1%} of {RUNS:,} hold the truth")
    assert held / RUNS < 0.93


def test_a_unit_level_error_would_cover_far_less_than_promised() -> None:
    """Why groups of customers: treating 25 units of a customer as independent misses one truth in five."""
    rng = np.random.default_rng(5)
    held = 0
    for _ in range(500):
        customers = np.repeat(np.arange(80), 25)
        cost = np.exp(rng.normal(0, 0.8, 80)[customers] + rng.normal(0, 0.9, 2_000))
        interval = jackknife_ratio(cost, np.ones(2_000))
        assert interval.low is not None
        assert interval.high is not None
        held += interval.low <= math.exp((0.8**2 + 0.9**2) / 2) <= interval.high
    assert held / 500 < 0.8


def test_equal_routes_are_called_different_one_time_in_twenty() -> None:
    rng = np.random.default_rng(3)
    wrong_apart = wrong_paired = 0
    for _ in range(RUNS):
        apart = independent_log_ratio(*fleet(rng, 1_000, 25), *fleet(rng, 2_000, 1))
        assert apart.low is not None
        assert apart.high is not None
        wrong_apart += not apart.low <= 1 <= apart.high
        difficulty = rng.normal(0, 0.9, 500)
        cost_a, cost_b = np.exp(difficulty + rng.normal(0, 0.8, (2, 500)))
        accepted_a, accepted_b = rng.random((2, 500)) < ACCEPTANCE_RATE
        paired = jackknife_log_ratio(cost_a, accepted_a, cost_b, accepted_b)
        assert paired.low is not None
        assert paired.high is not None
        wrong_paired += not paired.low <= 1 <= paired.high
    assert 0.03 <= wrong_apart / RUNS <= 0.07, wrong_apart / RUNS
    assert 0.03 <= wrong_paired / RUNS <= 0.07, wrong_paired / RUNS
