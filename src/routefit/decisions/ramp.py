"""How much of the saving a ramp loses: traffic that is not yet on the new route saves nothing.

    weeks lost = sum over stages of weeks x (1 - share on the new route);    months = weeks / (52 / 12)

The first stage has share 0: it is the shadow, and costs its share of the new route's price.
Source: field guide, chapters 17 and 22; section 7.1 of the domain.
"""

from __future__ import annotations

WEEKS_PER_MONTH = 52 / 12

RAMPS: dict[str, tuple[tuple[float, float], ...]] = {
    "none": (),
    "fast": ((1, 0.0), (2, 0.25), (4, 0.9)),
    "mid": ((1.5, 0.0), (3, 0.175), (6, 0.7)),
    "slow": ((2, 0.0), (4, 0.1), (8, 0.5)),
}
"""Ramp: (weeks, share on the new route) by stage."""


def lag_months(ramp: str) -> float:
    """Months of full saving that the ramp loses."""
    return sum(weeks * (1 - share) for weeks, share in RAMPS[ramp]) / WEEKS_PER_MONTH


def shadow_months(ramp: str) -> float:
    """How long the new route runs in the shadow."""
    return sum(weeks for weeks, share in RAMPS[ramp] if share == 0) / WEEKS_PER_MONTH
