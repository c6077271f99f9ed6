import pytest
from pydantic import ValidationError

from routefit.funnel.saving import RouteCost, monthly_saving, payback_months


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
