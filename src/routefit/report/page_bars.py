"""Bars beside figures: where each part of a bar stands, in shares of the widest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

DECIMALS = 4
NARROWEST_RATE = 0.004
"""What costs anything can be seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a bar: the class that colours it, what it says, and where it stands."""

    kind: str
    title: str
    from_rate: float
    wide_rate: float


def stacked(parts: Sequence[tuple[str, str, int]], *, widest_units: int) -> tuple[Part, ...]:
    """The parts side by side, each of kind, title and amount; amounts of nothing or less are not drawn.

    `widest_units` is the amount that fills the whole width; amounts are in the smallest unit that is printed.
    """
    return tuple(_placed(parts, widest_units)) if widest_units > 0 else ()


def _placed(parts: Sequence[tuple[str, str, int]], widest: int) -> Iterator[Part]:
    before = 0
    for kind, title, amount in parts:
        if amount <= 0:
            continue
        at_rate = before / widest
        wide_rate = max(amount / widest, NARROWEST_RATE)
        from_rate = min(at_rate, 1 - wide_rate)
        yield Part(
            kind=kind, title=title, from_rate=round(from_rate, DECIMALS), wide_rate=round(wide_rate, DECIMALS)
        )
        before += amount


def covered(rate: float | None) -> tuple[Part, ...]:
    """A bar that is filled to a share; empty where it is not known."""
    if not rate:
        return ()
    wide_rate = max(round(rate, DECIMALS), NARROWEST_RATE)
    return (Part(kind="covered", title="", from_rate=0.0, wide_rate=wide_rate),)
