"""Bars of the page: parts stand side by side, fill what they should, and nothing sticks out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routefit.report.page_bars import NARROWEST_RATE, covered, stacked

ROUNDING_RATE = 0.00011


@pytest.mark.parametrize(
    ("amounts", "widest", "expected"),
    [
        pytest.param([60, 40], 100, [(0.0, 0.6), (0.6, 0.4)], id="parts-of-the-widest-fill-it"),
        pytest.param([60, 40], 200, [(0.0, 0.3), (0.3, 0.2)], id="half-of-the-widest-fills-half"),
        pytest.param([0, 5], 5, [(0.0, 1.0)], id="nothing-is-not-drawn"),
        pytest.param([-5, 5], 5, [(0.0, 1.0)], id="less-than-nothing-is-not-drawn"),
        pytest.param([999_999, 1], 1_000_000, [(0.0, 1.0), (0.996, 0.004)], id="a-crumb-at-the-end-is-seen"),
        pytest.param([0], 0, [], id="no-money-no-bar"),
    ],
)
def test_parts_stand_where_their_amounts_say(
    amounts: list[int], widest: int, expected: list[tuple[float, float]]
) -> None:
    found = stacked([("kind", "title", amount) for amount in amounts], widest_units=widest)
    assert [(part.from_rate, part.wide_rate) for part in found] == expected


@given(amounts=st.lists(st.integers(-1000, 10**12), max_size=8), more=st.integers(0, 10**12))
def test_no_part_sticks_out(amounts: list[int], more: int) -> None:
    widest = sum(amount for amount in amounts if amount > 0) + more
    for part in stacked([("kind", "title", amount) for amount in amounts], widest_units=widest):
        assert part.from_rate >= 0
        assert part.wide_rate >= NARROWEST_RATE
        assert part.from_rate + part.wide_rate <= 1 + ROUNDING_RATE


@pytest.mark.parametrize(
    ("rate", "wide"),
    [(None, []), (0.0, []), (0.5, [0.5]), (1.0, [1.0])],
    ids=["unknown", "none", "half", "all"],
)
def test_a_share_fills_its_bar(rate: float | None, wide: list[float]) -> None:
    assert [part.wide_rate for part in covered(rate)] == wide
