"""How much each input moves a decision by itself: a tornado of net values.

    bar   net USD of acting at the low and at the high end of an input, all others at their points; without a range
          at -20% and +20%: rates clipped to 0..1, whole numbers by one at least

Source: section 7 of the domain, last paragraph.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from routefit.decisions.decision import TornadoBar
from routefit.decisions.flips import varied
from routefit.decisions.given import Given, Input, Quantity
from routefit.errors import RoutefitError

_SHIFT_RATE = 0.2
_NARROWEST_RATIO = 1e-9


def tornado(
    net_usd: Callable[[Mapping[str, Any]], float],
    inputs: Sequence[Input],
    given: Mapping[str, Given],
    values: Mapping[str, Any],
) -> tuple[TornadoBar, ...]:
    """A bar for each numeric input that has a value, the longest first; those without effect are left out."""
    bars = [bar for one in varied(inputs, given) if (bar := _bar(net_usd, one, given[one.name], values))]
    return tuple(sorted(bars, key=lambda bar: (-bar.swing_usd, bar.input)))


def _bar(
    net_usd: Callable[[Mapping[str, Any]], float], one: Input, given: Given, values: Mapping[str, Any]
) -> TornadoBar | None:
    low, high = _ends(one, given, float(values[one.name]))
    try:
        with np.errstate(all="ignore"):
            at_low, at_high = (float(net_usd({**values, one.name: end})) for end in (low, high))
    except (RoutefitError, ArithmeticError):
        return None
    swing = abs(at_high - at_low)
    if not math.isfinite(swing) or swing <= _NARROWEST_RATIO * max(1.0, abs(at_low)):
        return None
    return TornadoBar(
        input=one.name,
        unit=one.unit,
        low=low,
        high=high,
        net_usd_at_low=_without_residue(at_low, swing),
        net_usd_at_high=_without_residue(at_high, swing),
        swing_usd=swing,
        is_range=given.spread is not None,
    )


def _without_residue(net_usd: float, swing_usd: float) -> float:
    """0 for what is left over of a subtraction that comes out even."""
    return net_usd if abs(net_usd) > _NARROWEST_RATIO * swing_usd else 0.0


def _ends(one: Input, given: Given, value: float) -> tuple[float, float]:
    if given.spread is not None:
        return given.spread.low, given.spread.high
    low, high = value * (1 - _SHIFT_RATE), value * (1 + _SHIFT_RATE)
    if one.quantity is Quantity.RATE:
        high = min(high, 1.0)
    if one.is_whole:
        low, high = float(math.floor(low)), float(math.ceil(high))
        low = max(low, 1.0) if one.is_positive else low
    return low, high
