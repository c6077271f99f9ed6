"""Bars beside figures: where each part of a bar stands, in thousandths of the widest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

WHOLE_PERMILLE = 1000
NARROWEST_PERMILLE = 4.0
"""What costs anything can be seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a bar: the class that colours it, what it says, and where it stands."""

    kind: str
    title: str
    from_permille: float
    wide_permille: float


def stacked(parts: Sequence[tuple[str, str, int]], *, widest: int) -> tuple[Part, ...]:
    """The parts side by side, each of kind, title and amount; amounts of nothing or less are not drawn.

    `widest` is the amount that fills the whole width; amounts are in the smallest unit that is printed.
    """
    return tuple(_placed(parts, widest)) if widest > 0 else ()


def _placed(parts: Sequence[tuple[str, str, int]], widest: int) -> Iterator[Part]:
    before = 0
    for kind, title, amount in parts:
        if amount <= 0:
            continue
        at = WHOLE_PERMILLE * before / widest
        wide = max(WHOLE_PERMILLE * amount / widest, NARROWEST_PERMILLE)
        from_permille = min(at, WHOLE_PERMILLE - wide)
        yield Part(kind=kind, title=title, from_permille=round(from_permille, 1), wide_permille=round(wide, 1))
        before += amount


def covered(rate: float | None) -> tuple[Part, ...]:
    """A bar that is filled to a share; empty where it is not known."""
    if not rate:
        return ()
    wide = max(round(WHOLE_PERMILLE * rate, 1), NARROWEST_PERMILLE)
    return (Part(kind="covered", title="", from_permille=0.0, wide_permille=wide),)
