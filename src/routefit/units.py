"""Conversions between units; every function's name says from what to what.

Money is exact inside: whole pico-USD (10**-12 USD), so that a token at 0.30 USD per million tokens
costs 300,000 pico-USD and sums never round.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

PICO_USD_PER_USD = 10**12
"""pico-USD in one USD."""

TOKENS_PER_MTOK = 10**6
"""Tokens in a million tokens, the unit of price lists."""


def pico_usd_from_usd(usd: Decimal | int | str) -> int:
    """USD to whole pico-USD, halves away from zero."""
    return int((Decimal(usd) * PICO_USD_PER_USD).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def usd_from_pico_usd(pico_usd: int) -> float:
    """pico-USD to USD, as a float for showing and for statistics."""
    return pico_usd / PICO_USD_PER_USD


def pico_usd_per_token_from_usd_per_mtok(usd_per_mtok: Decimal | int | str) -> int:
    """USD per million tokens to whole pico-USD per token, halves away from zero."""
    return pico_usd_from_usd(Decimal(usd_per_mtok) / TOKENS_PER_MTOK)


def days_between(start: datetime, end: datetime) -> float:
    """Days in the half-open period [start, end)."""
    return (end - start) / timedelta(days=1)


def day_start_at(on: date) -> datetime:
    """The UTC instant at which a day begins."""
    return datetime(on.year, on.month, on.day, tzinfo=UTC)


def months_in(start: datetime, end: datetime) -> float:
    """Calendar months in [start, end): each day counts 1 / (days of its month), so a monthly amount prorates."""
    months, cursor = 0.0, start
    while cursor < end:
        first = cursor.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        following = (first + timedelta(days=32)).replace(day=1)
        upto = min(following, end)
        months += (upto - cursor) / (following - first)
        cursor = upto
    return months
