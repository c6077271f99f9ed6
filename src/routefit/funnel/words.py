"""How figures are spelt inside reasons: money, shares, counts and comparisons, in plain words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

_EXACT_FIGURES = 9
_FEW = 6


def usd(amount_usd: float) -> str:
    """`$0.031`, `$1.42`, `$56,000`: three decimals below a dollar, more when the amount needs them to show."""
    sign = "-" if amount_usd < 0 else ""
    size = abs(amount_usd)
    if size >= 100:
        return f"{sign}${size:,.0f}"
    if size >= 1 or size == 0:
        return f"{sign}${size:,.2f}"
    decimals = max(3, 1 - math.floor(math.log10(size)))
    return f"{sign}${size:.{decimals}f}"


def usd_exact(amount_usd: float) -> str:
    """`$0.041`, `$0.037310`: up to six decimals, for a line whose arithmetic a reader may check."""
    whole, _, decimals = f"{abs(amount_usd):,.6f}".partition(".")
    kept = decimals if decimals[3:].strip("0") else decimals[:3]
    return f"{'-' if amount_usd < 0 else ''}${whole}.{kept}"


def count(number: float) -> str:
    """`120,000`; a fraction keeps at most two decimals."""
    return f"{number:,.0f}" if float(number).is_integer() or number >= 1000 else f"{number:,.2f}"


def percent(rate: float) -> str:
    """`71%`, from a share in 0..1."""
    return f"{100 * rate:.0f}%"


def percents_apart(rate: float, other_rate: float) -> tuple[str, str]:
    """Two shares with as many decimals as it takes to tell them apart: `84.6%` and `85.0%`."""
    for decimals in range(_EXACT_FIGURES):
        pair = f"{100 * rate:.{decimals}f}%", f"{100 * other_rate:.{decimals}f}%"
        if pair[0] != pair[1]:
            return pair
    return percent(rate), percent(other_rate)


def plural(number: float, noun: str) -> str:
    """`1 case`, `50 cases`."""
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"


def listed(names: Iterable[str], *, last: str = "and") -> str:
    """`image, audio and video`."""
    *first, end = list(names) or ["nothing"]
    return f"{', '.join(first)} {last} {end}" if first else end


def few(names: Sequence[str]) -> str:
    """`a, b, c`; of more than six the first three and how many more: a line shall stay one."""
    return ", ".join(names) if len(names) <= _FEW else f"{', '.join(names[:3])} and {len(names) - 3} more"
