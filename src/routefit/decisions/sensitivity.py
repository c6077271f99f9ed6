"""How the inputs move a decision, one at a time: a tornado of net values, and the points where it flips.

    tornado bar   net USD of acting at the low and at the high end of an input; without a range at -20% and +20%
                  (rates clipped to 0..1)
    flip point    the nearest value below and above today's at which the decision is another

Source: section 7 of the domain, last paragraph.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from routefit.decisions.decision import FlipPoint, TornadoBar
from routefit.decisions.given import Given, Input, Quantity
from routefit.errors import RoutefitError

Decide: TypeAlias = Callable[[Mapping[str, Any]], str]
"""Values at one point to the decision there."""

_SHIFT_RATE = 0.2
_STEPS = 48
_FARTHEST_RATIO = 100.0
_BISECTIONS = 60


def tornado(
    net_usd: Callable[[Mapping[str, Any]], float],
    inputs: Sequence[Input],
    given: Mapping[str, Given],
    values: Mapping[str, Any],
) -> tuple[TornadoBar, ...]:
    """A bar for each numeric input that has a value, the longest first; those without effect are left out."""
    bars = [bar for one in _varied(inputs, given) if (bar := _bar(net_usd, one, given[one.name], values))]
    return tuple(sorted(bars, key=lambda bar: (-bar.swing_usd, bar.input)))


def _bar(
    net_usd: Callable[[Mapping[str, Any]], float], one: Input, given: Given, values: Mapping[str, Any]
) -> TornadoBar | None:
    value = float(values[one.name])
    if given.spread is not None:
        low, high = given.spread.low, given.spread.high
    else:
        low, high = value * (1 - _SHIFT_RATE), value * (1 + _SHIFT_RATE)
        if one.quantity is Quantity.RATE:
            high = min(high, 1.0)
    try:
        at_low, at_high = (float(net_usd({**values, one.name: end})) for end in (low, high))
    except RoutefitError:
        return None
    swing = abs(at_high - at_low)
    if not np.isfinite(swing) or swing <= 1e-9 * max(1.0, abs(at_low)):
        return None
    return TornadoBar(
        input=one.name,
        unit=one.unit,
        low=low,
        high=high,
        net_usd_at_low=at_low,
        net_usd_at_high=at_high,
        swing_usd=swing,
        is_range=given.spread is not None,
    )


def flip_points(
    decide: Decide, inputs: Sequence[Input], given: Mapping[str, Given], values: Mapping[str, Any]
) -> tuple[FlipPoint, ...]:
    """For each numeric input the nearest flip below and above, the relatively nearest input first."""
    found = [flip for one in _varied(inputs, given) for flip in _flips(decide, one, values)]
    return tuple(sorted(found, key=lambda flip: (_distance_ratio(flip), flip.input)))


def _varied(inputs: Sequence[Input], given: Mapping[str, Given]) -> Iterator[Input]:
    for one in inputs:
        if one.quantity.is_numeric and one.is_varied and one.name in given and given[one.name].is_known:
            yield one


def _flips(decide: Decide, one: Input, values: Mapping[str, Any]) -> Iterator[FlipPoint]:
    value = float(values[one.name])
    here = _decision(decide, one, values, value)
    for steps in (_below(value), _above(value, one.quantity)):
        near = value
        for far in steps:
            there = _decision(decide, one, values, far)
            if there is not None and there != here:
                at, decision = _between(decide, one, values, near, far, here)
                yield FlipPoint(input=one.name, unit=one.unit, value=value, flips_at=at, decision=decision)
                break
            near = far if there is not None else near


def _between(
    decide: Decide, one: Input, values: Mapping[str, Any], near: float, far: float, here: str | None
) -> tuple[float, str]:
    """The value nearest to `near` at which the decision is not `here`, and the decision there."""
    decision = _decision(decide, one, values, far) or ""
    for _ in range(_BISECTIONS):
        middle = round(near + (far - near) / 2) if one.is_whole else near + (far - near) / 2
        if middle in (near, far):
            break
        there = _decision(decide, one, values, middle)
        if there is None or there == here:
            near = middle
        else:
            far, decision = middle, there
    return far, decision


def _decision(decide: Decide, one: Input, values: Mapping[str, Any], amount: float) -> str | None:
    """None where the formula has no value."""
    try:
        return decide({**values, one.name: amount})
    except RoutefitError:
        return None


def _below(value: float) -> list[float]:
    """From just below the value down to 0."""
    return [value * (1 - step / _STEPS) for step in range(1, _STEPS + 1)] if value > 0 else []


def _above(value: float, quantity: Quantity) -> list[float]:
    """From just above the value up to 1 for a rate, else to a hundred times the value."""
    if quantity is Quantity.RATE:
        return [value + (1 - value) * step / _STEPS for step in range(1, _STEPS + 1)] if value < 1 else []
    if value <= 0:
        return [10.0**exponent for exponent in range(-6, 10)]
    return [value * _FARTHEST_RATIO ** (step / _STEPS) for step in range(1, _STEPS + 1)]


def _distance_ratio(flip: FlipPoint) -> float:
    return abs(flip.flips_at - flip.value) / abs(flip.value) if flip.value else abs(flip.flips_at)
