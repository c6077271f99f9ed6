"""What holds of every end of a route."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routefit.decisions.deprecation import Deprecation, DeprecationFigures
from routefit.decisions.leaving_options import LeavingOption
from routefit.declared.ranged import RangedNumber
from settled_numbers import settled

TODAY = date(2026, 6, 1)
AMOUNT = settled(0, 60)


@st.composite
def leaving(draw: st.DrawFn) -> tuple[LeavingOption, ...]:
    """Two to four options."""
    count = draw(st.integers(2, 4))
    return tuple(
        LeavingOption(
            name=f"option {place}",
            engineer_weeks=_exact(draw(AMOUNT)),
            one_time_usd=_exact(1_000 * draw(AMOUNT)),
            weeks=_exact(draw(AMOUNT)) if draw(st.booleans()) else None,
            usd_per_month_difference=draw(st.floats(-2_000, 2_000)),
        )
        for place in range(count)
    )


def _exact(amount: float) -> RangedNumber:
    return RangedNumber((amount, amount, amount))


def values(calculator: Deprecation, **changes: Any) -> dict[str, Any]:
    """All inputs at one point."""
    plain = {one.name: one.default.value if one.default else None for one in calculator.inputs}
    return plain | {"today_on": TODAY} | changes


def decided(calculator: Deprecation, at: dict[str, Any]) -> tuple[str, DeprecationFigures]:
    """The option with the highest net value, and the figures."""
    nets = calculator.net_usd(at)
    result = calculator.point(at).result
    assert isinstance(result, DeprecationFigures)
    return max(calculator.actions, key=lambda name: float(nets[name])), result


@given(leaving(), st.integers(-60, 400))
def test_the_cheapest_that_fits_else_the_least_late(options: tuple[LeavingOption, ...], left: int) -> None:
    """The net values say what the rule says."""
    calculator = Deprecation(options)
    name, found = decided(calculator, values(calculator, deprecated_on=TODAY + timedelta(days=left)))
    chosen = next(one for one in found.options if one.name == name)
    fitting = [one.total_usd for one in found.options if one.fits]
    if fitting:
        assert chosen.fits
        assert chosen.total_usd == pytest.approx(min(fitting))
    else:
        assert chosen.needed_days == min(one.needed_days for one in found.options)


@given(leaving(), st.integers(-60, 400), st.integers(0, 400))
def test_days_add_up(options: tuple[LeavingOption, ...], left: int, tested_ago: int) -> None:
    """Days left, days needed and days to spare; cover is never below what is left."""
    calculator = Deprecation(options)
    ends_on = TODAY + timedelta(days=left)
    at = values(calculator, deprecated_on=ends_on, fallback_tested_on=TODAY - timedelta(days=tested_ago))
    found = decided(calculator, at)[1]
    assert found.deprecated_on == TODAY + timedelta(days=found.days_left)
    assert found.days_of_cover >= max(0, found.days_left)
    assert found.days_of_cover <= max(found.days_left, 183, 0)
    for one in found.options:
        assert one.spare_days is not None
        assert one.start_by_on is not None
        assert one.needed_days + one.spare_days == found.days_left
        assert one.start_by_on + timedelta(days=one.needed_days) == ends_on
        assert one.fits == (one.spare_days >= 0)
        assert 7 * one.weeks <= one.needed_days + 1e-6


@given(leaving(), st.integers(0, 300), st.integers(1, 100))
def test_more_days_never_cost_more(options: tuple[LeavingOption, ...], left: int, more: int) -> None:
    """With a later end whatever fitted still fits, and the decision costs no more once something fits."""
    calculator = Deprecation(options)

    def cost_usd(days: int) -> float | None:
        name, found = decided(calculator, values(calculator, deprecated_on=TODAY + timedelta(days=days)))
        return next((one.total_usd for one in found.options if one.name == name and one.fits), None)

    early, late = cost_usd(left), cost_usd(left + more)
    if early is not None:
        assert late is not None
        assert late <= early + 1e-6


@given(leaving(), st.integers(0, 300))
def test_arrays_agree_with_numbers(options: tuple[LeavingOption, ...], left: int) -> None:
    """Draws of the point are the point."""
    calculator = Deprecation(options)
    at = values(calculator, deprecated_on=TODAY + timedelta(days=left))
    drawn = {name: np.full(3, one) if isinstance(one, float) else one for name, one in at.items()}
    for name, one in calculator.net_usd(drawn).items():
        assert one.tolist() == pytest.approx([float(calculator.net_usd(at)[name])] * 3)
