"""Inputs of a decision and their values as they are shown: `target LCPR`, `$0.0391 per accepted unit or more`."""

from __future__ import annotations

import math
from typing import Literal

from routefit.decisions.given import Value
from routefit.report.money import UNKNOWN

_DIGITS = 3
_MOST_DIGITS = 9
_NEXT_TO_RATIO = 1e-9
"""A flip so near to a round value is the one next to it: `under 6 months`."""

_UNIT_WORDS = ("usd", "rate", "ratio", "months", "hours", "minutes", "days", "s", "on")
_SPELLED = {"lcpr": "LCPR", "gpu": "GPU", "gpus": "GPUs", "mtok": "million tokens", "p95": "p95"}
_NEVER_ONE = ("times", "billion parameters")
_YES_OR_NO = ("is", "has")


def input_words(name: str) -> str:
    """`target_lcpr_usd` as `target LCPR`, `gpu_usd_per_hour` as `GPU per hour`."""
    first, *rest = name.split("_")
    words = rest if first in _YES_OR_NO and rest else [first, *rest]
    kept = [word for word in words if word != "usd"]
    while len(kept) > 1 and kept[-1] in _UNIT_WORDS and kept[-2] != "per":
        kept.pop()
    return " ".join(_SPELLED.get(word, word) for word in kept)


def value_words(value: Value | None, unit: str) -> str:
    """`$0.0391 per accepted unit`, `95.2%`, `12 months`, `yes`, `2026-05-29`."""
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, int | float):
        return str(value)
    return amount_words(_rounded(float(value), _DIGITS), unit)


def bare_words(value: Value | None, unit: str) -> str:
    """The same, of money and shares without what stands after the amount: `$0.0391`, `12 months`."""
    return value_words(value, _bare(unit) or unit)


def range_words(low: float, high: float, unit: str) -> str:
    """`$0.0273 to $0.0345 per accepted unit`."""
    ends = [_rounded(end, _DIGITS) for end in (low, high)]
    if ends[0] == ends[1] and low != high:
        ends = [_rounded(end, 2 * _DIGITS) for end in (low, high)]
    return f"{amount_words(ends[0], _bare(unit))} to {amount_words(ends[1], unit)}"


def with_range_words(value: Value | None, low: float, high: float, unit: str) -> str:
    """`$0.041 ($0.038 to $0.044) per accepted unit`."""
    kind = _bare(unit)
    tail = unit.removeprefix(kind)
    return f"{value_words(value, kind)} ({range_words(low, high, kind)}){tail if kind else f' {unit}'.rstrip()}"


def flip_words(value: float, flips_at: float, side: Literal["below", "above"], unit: str) -> str:
    """`at $0.0391 per accepted unit or more`, `under 6 months`: rounded away from today's value."""
    for digits in range(_DIGITS, _MOST_DIGITS):
        near = _rounded(flips_at, digits)
        if near and abs(near - flips_at) <= _NEXT_TO_RATIO * abs(near) and near != flips_at:
            return f"{'under' if side == 'below' else 'above'} {amount_words(near, unit)}"
        shown = _outward(flips_at, digits, side)
        if shown != _rounded(value, digits):
            break
    if shown == 0 or (shown == 1 and _is_share(unit)):
        return f"at {amount_words(shown, unit)}"
    return f"at {amount_words(shown, unit)} or {'less' if side == 'below' else 'more'}"


def amount_words(amount: float, unit: str) -> str:
    """An amount that is rounded already, with its unit."""
    if unit.startswith("USD"):
        return f"{_usd(amount)}{unit.removeprefix('USD')}"
    if _is_share(unit):
        return f"{_number(100 * amount)}%{unit.removeprefix('share')}"
    return f"{_number(amount)} {_unit_words(amount, unit)}".strip()


def _unit_words(amount: float, unit: str) -> str:
    """`months` of several, `month` of one; what stands behind `per` or `of` stays."""
    counted, per, rest = unit.partition(" per ")
    if amount != 1 or not counted.endswith("s") or counted in _NEVER_ONE:
        return unit
    return f"{counted.removesuffix('es') if counted.endswith('sses') else counted.removesuffix('s')}{per}{rest}"


def _bare(unit: str) -> str:
    """What stands with the amount itself: `USD` of `USD per month`."""
    return "USD" if unit.startswith("USD") else "share" if _is_share(unit) else ""


def _is_share(unit: str) -> bool:
    return unit == "share" or unit.startswith("share ")


def _usd(amount: float) -> str:
    sign = "-" if amount < 0 else ""
    size = abs(amount)
    shown = _number(size)
    # $3.20, but $0.0391 and $11,000 as they are.
    one_decimal = 1 <= size < 100 and len(shown.partition(".")[2]) == 1
    return f"{sign}${shown}{'0' if one_decimal else ''}"


def _number(amount: float) -> str:
    """Thousands apart, no zeros at the end, never an exponent."""
    if amount and abs(amount) < 1:
        shown = f"{amount:.{_MOST_DIGITS - math.floor(math.log10(abs(amount)))}f}"
    else:
        shown = f"{amount:,.6f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def _rounded(amount: float, digits: int) -> float:
    """So many significant digits; whole numbers keep theirs up to a million."""
    if not amount or not math.isfinite(amount):
        return amount
    places = digits - 1 - math.floor(math.log10(abs(amount)))
    if amount == round(amount) and abs(amount) < 1e6:
        return amount
    return round(amount, places)


def _outward(amount: float, digits: int, side: Literal["below", "above"]) -> float:
    """Rounded away from today's value."""
    if not amount or amount == round(amount):
        return amount
    places = digits - 1 - math.floor(math.log10(abs(amount)))
    near = round(amount, places)
    step = 10.0**-places
    if side == "below" and near > amount:
        near = round(near - step, places)
    elif side == "above" and near < amount:
        near = round(near + step, places)
    return near
