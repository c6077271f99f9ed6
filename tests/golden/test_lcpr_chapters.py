"""Published figures of the loaded cost per accepted result, as the explanation of the formula gives them."""

from __future__ import annotations

import pytest

from routefit.errors import UndefinedError
from routefit.lcpr.break_even import verdicts_needed
from routefit.lcpr.cell import lcpr_usd_per_accepted_unit, ratio

MONTH = {
    "inference_usd": 14_200.0,
    "eval_usd": 800.0,
    "human_usd": 1_000.0,
    "ops_usd": 2_500.0,
    "delta_usd": 650.0,
}


def test_a_month_with_all_five_terms() -> None:
    """14,200 traced, 14,850 invoiced, 82,000 accepted of 100,000 attempts."""
    loaded_usd = lcpr_usd_per_accepted_unit(**MONTH, accepted_units=82_000)
    naive_usd = ratio(MONTH["inference_usd"], 100_000)
    assert sum(MONTH.values()) == 19_150
    assert loaded_usd == pytest.approx(0.23354, abs=5e-6)
    assert naive_usd == pytest.approx(0.142)
    assert ratio(loaded_usd, naive_usd or 0.0) == pytest.approx(1.645, abs=5e-4)


@pytest.mark.parametrize("accepted_units", [0, -1])
def test_without_an_accepted_unit_it_is_undefined(accepted_units: int) -> None:
    """Neither 0 nor infinity."""
    with pytest.raises(UndefinedError, match="LCPR is undefined"):
        lcpr_usd_per_accepted_unit(**MONTH, accepted_units=accepted_units)


@pytest.mark.parametrize(
    ("break_even_rate", "floor_rate", "verdicts"),
    [
        pytest.param(0.1989, 0.65, 30, id="far from the break-even the least number decides"),
        pytest.param(0.9, 0.85, 87, id="close to it takes more"),
        pytest.param(0.9, None, 122, id="without a floor an acceptance of 0.8 is assumed"),
        pytest.param(0.99, 0.85, 9_454, id="next to it takes thousands"),
    ],
)
def test_verdicts_that_would_decide(break_even_rate: float, floor_rate: float | None, verdicts: int) -> None:
    """n = 2 (1 - a) / a (z / ln(1 / break-even))^2, at least 30."""
    assert verdicts_needed(break_even_rate, floor_rate) == verdicts
