"""The points where a decision flips: for each input, the nearest value on either side at which it is another.

The search goes outward from today's value in growing steps, and halves the first step over which the decision
changes until nothing is left of it; so the value that it gives is one at which the decision really is another, and
a millionth of a millionth nearer it is not. A decision that flips there and back within one step is not seen.
Below it goes to 0; above to 1 for a rate, else to a hundred times the value.
Source: section 7 of the domain, last paragraph.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, Protocol

from routefit.decisions.decision import FlipPoint
from routefit.decisions.given import Given, Input, Quantity

_BELOW = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)
_ABOVE = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 9, 14, 19, 29, 49, 99)
_FROM_ZERO = tuple(10.0**exponent for exponent in range(-6, 10))
_NARROWEST_RATIO = 1e-12
_RESIDUE_RATIO = 1e-9


class DecidesAt(Protocol):
    """The decision with one input at another value; None where it has none there."""

    @property
    def here(self) -> str:
        """The decision of today."""
        ...

    def start(self, name: str) -> float:
        """Where the search begins: today's value, of an uncertain input the mean."""
        ...

    def __call__(self, name: str, amount: float) -> str | None:
        """The decision there."""
        ...


def flip_points(decides: DecidesAt, inputs: Sequence[Input], given: Mapping[str, Given]) -> tuple[FlipPoint, ...]:
    """For each numeric input the nearest flip below and above, the relatively nearest first."""
    found = [flip for one in varied(inputs, given) for flip in _flips(decides, one, given[one.name])]
    return tuple(sorted(found, key=lambda flip: (_distance_ratio(flip), flip.input, flip.side)))


def varied(inputs: Sequence[Input], given: Mapping[str, Given]) -> Iterator[Input]:
    """The inputs that are moved: numbers that are known and matter."""
    for one in inputs:
        if one.quantity.is_numeric and one.is_varied and one.name in given and given[one.name].is_known:
            yield one


def _number(given: Given) -> float:
    """The point of a numeric input."""
    if not isinstance(given.value, int | float):
        raise TypeError(f"not a number: {given.value!r}")
    return float(given.value)


def _flips(decides: DecidesAt, one: Input, given: Given) -> Iterator[FlipPoint]:
    start = decides.start(one.name)
    at_start = decides(one.name, start)
    if at_start is None:
        return
    for side in _SIDES:
        if at_start == decides.here:
            found = _first(decides, one, start, _steps(one, given, start, side))
        else:
            found = _at_start(decides, one, given, start, at_start, side)
        if found is not None:
            amount, decision = found
            yield FlipPoint(
                input=one.name,
                unit=one.unit,
                value=_number(given),
                flips_at=amount,
                side=side,
                decision=decision,
            )


_Side = Literal["below", "above"]
_SIDES: tuple[_Side, _Side] = ("below", "above")


def _at_start(
    decides: DecidesAt, one: Input, given: Given, start: float, at_start: str, side: _Side
) -> tuple[float, str] | None:
    """An input whose mean alone, without its range, decides otherwise: on the side where that goes on."""
    if given.spread is None:
        return None
    end = given.spread.low if side == "below" else given.spread.high
    return (start, at_start) if decides(one.name, end) == at_start else None


def _first(decides: DecidesAt, one: Input, start: float, steps: Sequence[float]) -> tuple[float, str] | None:
    """(value, decision) of the first flip over these steps."""
    near = start
    for far in steps:
        decision = decides(one.name, far)
        if decision is not None and decision != decides.here:
            return _between(decides, one, near, far, decision)
        if decision is not None:
            near = far
    return None


def _between(decides: DecidesAt, one: Input, near: float, far: float, decision: str) -> tuple[float, str]:
    """The value nearest to `near` at which the decision is not that of today, and the decision there."""
    near_first = near
    while abs(far - near) > _NARROWEST_RATIO * abs(far):
        middle = (near + far) / 2
        if one.is_whole:
            middle = float(round(middle))
        if middle in (near, far):
            break
        there = decides(one.name, middle)
        if there is None or there == decides.here:
            near = middle
        else:
            far, decision = middle, there
    if abs(far) < _RESIDUE_RATIO * abs(near_first) and decides(one.name, 0.0) == decision:
        return 0.0, decision
    return far, decision


def _steps(one: Input, given: Given, start: float, side: _Side) -> list[float]:
    """Outward from the start; the end of a range is among them."""
    if side == "below":
        found = [start * (1 - share) for share in _BELOW]
    elif one.quantity is Quantity.RATE:
        found = [start + (1 - start) * share for share in _BELOW]
    else:
        found = [start * (1 + ratio) for ratio in _ABOVE] if start > 0 else list(_FROM_ZERO)
    if given.spread is not None:
        found += [given.spread.low, given.spread.high]
    if one.is_whole:
        found = [*map(float, map(round, found)), start - 1, start + 1]
    if side == "below":
        return sorted({amount for amount in found if 0 <= amount < start}, reverse=True)
    return sorted({amount for amount in found if amount > start})


def _distance_ratio(flip: FlipPoint) -> float:
    return abs(flip.flips_at - flip.value) / abs(flip.value) if flip.value else abs(flip.flips_at)
