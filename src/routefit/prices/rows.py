"""Declared prices as flat rows, and which rows exclude each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import combinations

from routefit.declared.price import Price
from routefit.errors import BadInputError
from routefit.lcpr.price import PriceRow
from routefit.units import day_start_at, pico_usd_from_usd, pico_usd_per_token_from_usd_per_mtok

_EARLIEST_AT = datetime.min.replace(tzinfo=UTC)


def in_order(rows: Iterable[PriceRow]) -> tuple[PriceRow, ...]:
    """Rows by start of validity, then by band."""
    return tuple(sorted(rows, key=lambda row: (row.valid_from or _EARLIEST_AT, row.tokens_from)))


def rows_of(prices: Iterable[Price]) -> tuple[PriceRow, ...]:
    """Declared prices of one model and one service tier as rows, sorted; `prices` must not overlap.

    A band reaches up to the next band in force, so a row is cut in time where a higher band starts or ends.
    Raises BadInputError for a price that is not 0 and yet rounds to 0 pico-USD.
    """
    given = tuple(prices)
    return in_order(row for price in given for row in _rows(price, given))


def optional_pico_usd_per_token(usd_per_mtok: Decimal | None) -> int | None:
    """USD per million tokens to whole pico-USD per token; None stays None."""
    return None if usd_per_mtok is None else pico_usd_per_token_from_usd_per_mtok(usd_per_mtok)


def overlaps(whose: str, prices: Iterable[Price]) -> list[str]:
    """One sentence for each pair of `prices` (of one model) that would price the same call."""
    return [
        f"two prices of {whose} overlap: {described(one)} and {described(other)}"
        for one, other in combinations(prices, 2)
        if one.overlaps(other)
    ]


def described(price: Price) -> str:
    """A declared price in words, so that a reader finds it in the file."""
    until = f"to {price.valid_to}" if price.valid_to else "with no end"
    source = f", source {price.source!r}" if price.source else ""
    return (
        f"[{price.service_tier}, from {price.valid_from} {until}, above {price.above_input_tokens} input tokens, "
        f"input {price.input_usd_per_mtok} and output {price.output_usd_per_mtok} USD per million{source}]"
    )


def _rows(price: Price, prices: Iterable[Price]) -> Iterator[PriceRow]:
    higher = [other for other in prices if other.above_input_tokens > price.above_input_tokens]
    edges = {day for other in higher for day in (other.valid_from, other.valid_to) if day and _holds(price, day)}
    starts = sorted({price.valid_from, *edges})
    for start, end in zip(starts, [*starts[1:], price.valid_to], strict=True):
        in_force = [_tokens_from(other) for other in higher if _holds(other, start)]
        yield _row(price, start, end, min(in_force, default=None))


def _holds(price: Price, on: date) -> bool:
    return price.valid_from <= on and (price.valid_to is None or on < price.valid_to)


def _row(price: Price, start: date, end: date | None, tokens_to: int | None) -> PriceRow:
    row = PriceRow(
        valid_from=day_start_at(start),
        valid_to=day_start_at(end) if end else None,
        tokens_from=_tokens_from(price),
        tokens_to=tokens_to,
        input_pico_usd_per_token=pico_usd_per_token_from_usd_per_mtok(price.input_usd_per_mtok),
        output_pico_usd_per_token=pico_usd_per_token_from_usd_per_mtok(price.output_usd_per_mtok),
        cache_read_pico_usd_per_token=optional_pico_usd_per_token(price.cache_read_usd_per_mtok),
        cache_write_pico_usd_per_token=optional_pico_usd_per_token(price.cache_write_usd_per_mtok),
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
