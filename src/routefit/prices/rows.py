"""Declared prices as flat rows, and which rows exclude each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import combinations

from routefit.declared.model import Price
from routefit.errors import BadInputError
from routefit.lcpr.price import PriceRow
from routefit.units import day_start_at, pico_usd_from_usd, pico_usd_per_token_from_usd_per_mtok

_EARLIEST_AT = datetime.min.replace(tzinfo=UTC)
_LATEST_AT = datetime.max.replace(tzinfo=UTC)


def in_order(rows: Iterable[PriceRow]) -> tuple[PriceRow, ...]:
    """Rows by start of validity, then by band."""
    return tuple(sorted(rows, key=lambda row: (row.valid_from or _EARLIEST_AT, row.tokens_from)))


def is_overlap(one: PriceRow, other: PriceRow) -> bool:
    """Whether some call would have both prices: the periods and the token bands both meet."""
    in_time = _starts(one) < _ends(other) and _starts(other) < _ends(one)
    below = one.tokens_to is None or other.tokens_from < one.tokens_to
    above = other.tokens_to is None or one.tokens_from < other.tokens_to
    return in_time and below and above


def rows_of(prices: Sequence[Price]) -> tuple[PriceRow, ...]:
    """Declared prices of one model and one service tier as rows, in the order of `prices`.

    A band reaches up to the next band of the same period. Raises BadInputError for a price that is not 0 and
    yet rounds to 0 pico-USD.
    """
    return tuple(_row(price, prices) for price in prices)


def overlaps(whose: str, prices: Sequence[Price]) -> list[str]:
    """One sentence for each pair of `prices` (of one model and one tier) that would price the same call."""
    pairs = combinations(zip(prices, rows_of(prices), strict=True), 2)
    return [
        f"two prices of {whose} overlap: {described(price)} and {described(other)}"
        for (price, row), (other, other_row) in pairs
        if is_overlap(row, other_row)
    ]


def described(price: Price) -> str:
    """A declared price in words, so that a reader finds it in the file."""
    until = f"to {price.valid_to}" if price.valid_to else "with no end"
    source = f", source {price.source!r}" if price.source else ""
    return (
        f"[{price.service_tier}, from {price.valid_from} {until}, above {price.above_input_tokens} input tokens, "
        f"input {price.input_usd_per_mtok} and output {price.output_usd_per_mtok} USD per million{source}]"
    )


def _row(price: Price, prices: Sequence[Price]) -> PriceRow:
    period = (price.valid_from, price.valid_to)
    higher = [
        _tokens_from(other)
        for other in prices
        if (other.valid_from, other.valid_to) == period and _tokens_from(other) > _tokens_from(price)
    ]
    row = PriceRow(
        valid_from=day_start_at(price.valid_from),
        valid_to=day_start_at(price.valid_to) if price.valid_to else None,
        tokens_from=_tokens_from(price),
        tokens_to=min(higher, default=None),
        input_pico_usd_per_token=pico_usd_per_token_from_usd_per_mtok(price.input_usd_per_mtok),
        output_pico_usd_per_token=pico_usd_per_token_from_usd_per_mtok(price.output_usd_per_mtok),
        cache_read_pico_usd_per_token=(
            None
            if price.cache_read_usd_per_mtok is None
            else pico_usd_per_token_from_usd_per_mtok(price.cache_read_usd_per_mtok)
        ),
        cache_write_pico_usd_per_token=(
            None
            if price.cache_write_usd_per_mtok is None
            else pico_usd_per_token_from_usd_per_mtok(price.cache_write_usd_per_mtok)
        ),
        pico_usd_per_request=pico_usd_from_usd(price.usd_per_request),
        label=price.label,
        source=price.source,
        as_of=price.as_of,
    )
    _refuse_vanished(price, row)
    return row


def _refuse_vanished(price: Price, row: PriceRow) -> None:
    pairs = {
        "input_usd_per_mtok": row.input_pico_usd_per_token,
        "output_usd_per_mtok": row.output_pico_usd_per_token,
        "cache_read_usd_per_mtok": row.cache_read_pico_usd_per_token,
        "cache_write_usd_per_mtok": row.cache_write_pico_usd_per_token,
        "usd_per_request": row.pico_usd_per_request,
    }
    for field, pico in pairs.items():
        if getattr(price, field) and pico == 0:
            raise BadInputError(
                f"{field} of the price {described(price)} is {getattr(price, field)}, expected 0 or at least one "
                "pico-USD (0.000001 USD per million tokens)",
                next_step="check the unit: token prices are USD per million tokens",
            )


def _tokens_from(price: Price) -> int:
    return price.above_input_tokens + 1 if price.above_input_tokens else 0


def _starts(row: PriceRow) -> datetime:
    return row.valid_from or _EARLIEST_AT


def _ends(row: PriceRow) -> datetime:
    return row.valid_to or _LATEST_AT
