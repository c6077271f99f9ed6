"""Declared prices as rows: sorted, without overlap, whatever is declared."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from routefit.declared.model import Price
from routefit.lcpr.price import PriceRow
from routefit.prices.rows import overlaps, rows_of

FIRST_DAY = date(2026, 1, 1)
FAR = datetime(9999, 1, 1, tzinfo=UTC)


@st.composite
def prices(draw: st.DrawFn) -> Price:
    start = draw(st.integers(0, 9))
    days = draw(st.none() | st.integers(1, 5))
    return Price(
        valid_from=FIRST_DAY + timedelta(days=start),
        valid_to=None if days is None else FIRST_DAY + timedelta(days=start + days),
        above_input_tokens=draw(st.sampled_from([0, 1, 10, 200])),
        input_usd_per_mtok=Decimal(draw(st.integers(1, 9))),
        output_usd_per_mtok=Decimal(2),
    )


@st.composite
def exclusive_prices(draw: st.DrawFn) -> list[Price]:
    kept: list[Price] = []
    for price in draw(st.lists(prices(), max_size=8)):
        if not any(price.overlaps(other) for other in kept):
            kept.append(price)
    return kept


def is_overlap(one: PriceRow, other: PriceRow) -> bool:
    assert one.valid_from is not None
    assert other.valid_from is not None
    in_time = one.valid_from < (other.valid_to or FAR) and other.valid_from < (one.valid_to or FAR)
    in_length = one.tokens_from < (other.tokens_to or 10**9) and other.tokens_from < (one.tokens_to or 10**9)
    return in_time and in_length


@given(exclusive_prices())
def test_rows_are_sorted_and_never_overlap(declared: list[Price]) -> None:
    rows = rows_of(declared)
    assert list(rows) == sorted(rows, key=lambda row: (row.valid_from, row.tokens_from))
    assert not any(is_overlap(one, other) for one, other in combinations(rows, 2))


@given(exclusive_prices(), st.integers(0, 15), st.sampled_from([0, 1, 2, 10, 11, 200, 201]))
def test_the_highest_band_in_force_prices_a_call(declared: list[Price], day: int, input_tokens: int) -> None:
    on = FIRST_DAY + timedelta(days=day)
    in_force = [
        price
        for price in declared
        if price.valid_from <= on
        and (price.valid_to is None or on < price.valid_to)
        and (price.above_input_tokens == 0 or input_tokens > price.above_input_tokens)
    ]
    expected = max(in_force, key=lambda price: price.above_input_tokens, default=None)
    at = datetime(on.year, on.month, on.day, 23, 59, tzinfo=UTC)
    found = [row for row in rows_of(declared) if row.holds(at=at, input_tokens=input_tokens)]
    assert [row.input_pico_usd_per_token for row in found] == (
        [expected.input_usd_per_mtok * 10**6] if expected else []
    )


@given(st.lists(prices(), min_size=2, max_size=6))
def test_overlaps_names_each_pair_that_would_price_one_call(declared: list[Price]) -> None:
    expected = sum(one.overlaps(other) for one, other in combinations(declared, 2))
    assert len(overlaps("x", declared)) == expected
