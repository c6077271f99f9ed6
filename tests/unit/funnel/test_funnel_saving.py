import pytest
from pydantic import ValidationError

from routefit.decisions import serverless_inputs
from routefit.decisions.people_terms import escalation_break_even
from routefit.funnel.saving import (
    RouteCost,
    monthly_saving,
    more_escalations_per_demanded_unit,
    payback_months,
    saving_usd_per_month,
)


def test_equal_acceptance_is_the_gap_times_the_accepted_units() -> None:
    """Chapter 17: (0.041 - 0.031) x 500,000 = 5,000 USD a month."""
    saving = monthly_saving(RouteCost(lcpr_usd=0.041), RouteCost(lcpr_usd=0.031), accepted_units_per_month=500_000)
    assert saving.usd_per_month == 5_000
    same = monthly_saving(
        RouteCost(lcpr_usd=0.041, acceptance_rate=0.9),
        RouteCost(lcpr_usd=0.031, acceptance_rate=0.9),
        accepted_units_per_month=500_000,
    )
    assert same.usd_per_month == 5_000


def test_lower_acceptance_is_finished_elsewhere_at_the_current_cost() -> None:
    """D = 500,000 / 0.91; what the target does not accept costs 0.041: D x 0.86 x (0.041 - 0.031)."""
    saving = monthly_saving(
        RouteCost(lcpr_usd=0.041, acceptance_rate=0.91),
        RouteCost(lcpr_usd=0.031, acceptance_rate=0.86),
        accepted_units_per_month=500_000,
    )
    assert saving.demanded_units_per_month == pytest.approx(549_450.55)
    assert saving.current_usd_per_demanded_unit == pytest.approx(0.03731)
    assert saving.target_usd_per_demanded_unit == pytest.approx(0.02666)
    assert saving.elsewhere_usd_per_demanded_unit == pytest.approx(0.05 * 0.041)
    assert saving.usd_per_month == pytest.approx(500_000 / 0.91 * 0.86 * 0.010, abs=0.01)


def test_higher_acceptance_earns_nothing_by_itself() -> None:
    saving = monthly_saving(
        RouteCost(lcpr_usd=0.040, acceptance_rate=0.5),
        RouteCost(lcpr_usd=0.039, acceptance_rate=1.0),
        accepted_units_per_month=1_000,
    )
    assert saving.usd_per_month == pytest.approx(2_000 * (0.020 - 0.039))


@pytest.mark.parametrize(
    ("migration_usd", "saving_usd", "months"),
    [
        pytest.param(11_000, 5_000, 2.2, id="chapter 17"),
        pytest.param(0, 5_000, 0, id="a free migration has paid at once"),
        pytest.param(11_000, 0, None, id="no saving: never"),
        pytest.param(11_000, -5, None, id="a loss: never"),
    ],
)
def test_payback(migration_usd: float, saving_usd: float, months: float | None) -> None:
    assert payback_months(migration_usd, saving_usd) == months


def test_an_acceptance_of_0_has_no_cost_per_demanded_unit() -> None:
    with pytest.raises(ValidationError, match="acceptance_rate"):
        RouteCost(lcpr_usd=0.04, acceptance_rate=0)


@pytest.mark.parametrize(
    ("rates", "acceptance", "break_even_usd"),
    [
        pytest.param((0.031, 0.049), (0.91, 0.86), 0.436475, id="chapter 17: where the saving vanishes"),
        pytest.param((0.031, 0.049), (0.9, 0.9), 0.5, id="equal acceptance: the gap over the difference"),
        pytest.param(
            (0.031, 0.049), (0.86, 0.91), 0.391667, id="better acceptance: nothing is finished elsewhere"
        ),
    ],
)
def test_the_escalation_cost_at_which_the_saving_vanishes_is_that_of_serverless(
    rates: tuple[float, float], acceptance: tuple[float, float], break_even_usd: float
) -> None:
    """One rule for the matrix and for `decide serverless`, whose figure comes from two savings."""
    saving_usd = saving_usd_per_month(
        demanded_units_per_month=1,
        current_usd_per_demanded_unit=0.041 * acceptance[0],
        target_usd_per_demanded_unit=0.031 * acceptance[1],
        shortfall_rate=max(0.0, acceptance[0] - acceptance[1]),
        shortfall_usd=0.041,
    )
    more = more_escalations_per_demanded_unit(*rates, *acceptance)
    values = {one.name: one.default.value if one.default else None for one in serverless_inputs.INPUTS}
    values |= {"current_lcpr_usd": 0.041, "target_lcpr_usd": 0.031, "units_per_month": 1.0}
    values |= {"current_acceptance_rate": acceptance[0], "target_acceptance_rate": acceptance[1]}
    values |= {"current_escalation_rate": rates[0], "target_escalation_rate": rates[1]}
    found = escalation_break_even(values)
    assert saving_usd / more == pytest.approx(break_even_usd, rel=1e-5)
    assert found is not None
    assert found.break_even_usd == pytest.approx(saving_usd / more)


def test_without_acceptance_rates_only_the_escalation_rates_differ() -> None:
    assert more_escalations_per_demanded_unit(0.031, 0.049, None, 0.9) == pytest.approx(0.018)
