"""The net value of acting over the input that decides most, as a line to draw.

The input is that of the nearest flip, without a flip that of the longest bar of the tornado. The line reaches past
today's value, its range and the nearest flip, as far as the input may go.
"""

from __future__ import annotations

from collections.abc import Sequence

from routefit.decisions.decision import Curve, CurvePoint, FlipPoint, TornadoBar
from routefit.decisions.expected import DecisionNear
from routefit.decisions.given import Input, Quantity

_POINTS = 41
_MARGIN_RATE = 0.25


def curve(
    near: DecisionNear,
    flips: Sequence[FlipPoint],
    bars: Sequence[TornadoBar],
    inputs: Sequence[Input],
    *,
    acting: str,
) -> Curve | None:
    """The line; None where no input moves anything."""
    moving = {bar.input: bar for bar in bars}
    name = next((flip.input for flip in flips if flip.input in moving), bars[0].input if bars else None)
    if name is None:
        return None
    bar = moving[name]
    one = next(one for one in inputs if one.name == name)
    marks = [bar.low, bar.high, *[flip.flips_at for flip in flips if flip.input == name][:1]]
    margin = _MARGIN_RATE * (max(marks) - min(marks))
    low, high = max(0.0, min(marks) - margin), max(marks) + margin
    if one.quantity is Quantity.RATE:
        high = min(high, 1.0)
    values = [low + (high - low) * step / (_POINTS - 1) for step in range(_POINTS)]
    if one.is_whole:
        values = sorted({float(round(value)) for value in values})
    nets = [(value, near.net_usd(name, value, acting)) for value in values]
    points = tuple(CurvePoint(value=value, net_usd=net) for value, net in nets if net is not None)
    return Curve(input=name, unit=one.unit, points=points) if len(points) > 1 else None
