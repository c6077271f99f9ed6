"""Money, shares and intervals as they are shown: two or three significant digits, never more than is known.

Single amounts are spelt as in the reasons of `funnel.words`, so that one figure looks the same in every line.
Unknown is a dash, never 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from routefit.funnel.words import usd

CENTS_DECIMALS = 2
ROUNDED_FROM_USD = 1_000
MOST_DECIMALS = 12

UNKNOWN = "–"
"""Shown for what is not known."""


def money(amount_usd: float | None, *, is_lower_bound: bool = False) -> str:
    """`$0.031`, `$1.42`, `$12,400`; `≥ $1.42` for a lower bound; a dash for an unknown amount."""
    if amount_usd is None:
        return UNKNOWN
    shown = usd(_rounded(amount_usd))
    if _is_whole_cents(amount_usd) and len(shown.partition(".")[2]) > CENTS_DECIMALS:
        shown = shown[: shown.index(".") + 1 + CENTS_DECIMALS]
    return f"{'≥ ' if is_lower_bound else ''}{shown}"


def money_range(low_usd: float | None, high_usd: float | None) -> str:
    """`$0.029–0.035`: with so many decimals that the ends differ; an open end is said; a dash without any."""
    if low_usd is None or high_usd is None:
        if low_usd is not None:
            return f"from {usd(low_usd)}"
        return UNKNOWN if high_usd is None else f"up to {usd(high_usd)}"
    low, high = usd(low_usd), usd(high_usd)
    decimals = max(_decimals(low_usd), _decimals(high_usd))
    # Ends that only rounding of the machine tells apart are one figure.
    is_one = math.isclose(low_usd, high_usd, rel_tol=1e-9)
    while low == high and decimals < MOST_DECIMALS and not is_one:
        decimals += 1
        low, high = (f"${end:,.{decimals}f}" for end in (low_usd, high_usd))
    return f"{low}–{high.removeprefix('$')}"


LEAST_SHOWN_RATE = 0.00001
"""A share nearer to nothing or to all is not spelled out."""


def share(rate: float | None) -> str:
    """`86%`, `15.3%`, `0.4%`: whole above 20%; else the decimals that keep it from 0% and 100%, three at most."""
    if rate is None:
        return UNKNOWN
    percent = 100 * rate
    if percent in (0, 100):
        return f"{percent:.0f}%"
    if 20 <= percent < 99.5:
        return f"{percent:.0f}%"
    edge = min(percent, 100 - percent) if 0 < percent < 100 else percent
    if abs(edge) < 100 * LEAST_SHOWN_RATE:
        return "under 0.001%" if edge == percent else "over 99.999%"
    decimals = max(1, -math.floor(math.log10(abs(edge))))
    return f"{percent:.{decimals}f}%"


def times(ratio: float | None) -> str:
    """`1.65x`, `12x`, `1,460x`: how many times as much."""
    if ratio is None:
        return UNKNOWN
    if ratio >= 100:
        return f"{ratio:,.0f}x"
    return f"{ratio:.0f}x" if ratio >= 10 else f"{ratio:.1f}x" if ratio >= 2 else f"{ratio:.2f}x"


def count(number: int | None) -> str:
    """`12,400`; a dash for unknown."""
    return UNKNOWN if number is None else f"{number:,}"


def _decimals(amount_usd: float) -> int:
    return len(usd(amount_usd).partition(".")[2])


def terms_that_add_up(terms_usd: Sequence[float | None], total_usd: float) -> list[str]:
    """Terms with one decimal more than their total, rounded so that what is shown adds up to the rounded total.

    The largest remainders are rounded up (Hamilton's method); an unknown term is a dash and counts as nothing.
    """
    decimals = _decimals(total_usd) + 1
    scale = 10**decimals
    floors = [0 if term is None else math.floor(term * scale) for term in terms_usd]
    pairs = list(zip(terms_usd, floors, strict=True))
    remainders = [-1.0 if term is None else term * scale - floor for term, floor in pairs]
    missing = round(sum(term for term in terms_usd if term is not None) * scale) - sum(floors)
    for index in sorted(range(len(floors)), key=lambda i: -remainders[i])[:missing]:
        floors[index] += 1
    return [
        UNKNOWN if term is None else "0" if term == 0 else f"{floor / scale:,.{decimals}f}"
        for term, floor in zip(terms_usd, floors, strict=True)
    ]


def _rounded(amount_usd: float) -> float:
    """Three significant digits from a thousand dollars up; smaller amounts are rounded by `usd`."""
    if abs(amount_usd) < ROUNDED_FROM_USD:
        return amount_usd
    return round(amount_usd, 2 - math.floor(math.log10(abs(amount_usd))))


def _is_whole_cents(amount_usd: float) -> bool:
    return math.isclose(100 * amount_usd, round(100 * amount_usd), abs_tol=1e-9) and round(100 * amount_usd) != 0
