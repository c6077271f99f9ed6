"""The cost of every split of the load between dedicated replicas and serverless.

    cost(b) = hours x (b x C_hw + C_ops if b > 0) + hours x mean of max(0, load - b x G x eta) x C_serverless
    best    = argmin over b = 0 .. replicas that the peak needs; ties to fewer

Counted out here; `Fleet.best_replicas` finds the same number by the marginal rule.
Source: section 7.3 of the domain.
"""

from __future__ import annotations

import numpy as np

from routefit.decisions.decision import Figures
from routefit.decisions.fleet import Fleet
from routefit.decisions.spread import FloatArray
from routefit.errors import BadInputError

MOST_REPLICAS = 1_000_000
"""More than any fleet: a figure of the load or of the goodput has another unit than it should."""

_CURVE_POINTS = 400
_TIE_RATE = 1e-12


class CurvePoint(Figures):
    """What a month costs with so many dedicated replicas."""

    replicas: int
    usd_per_month: float


class Split(Figures):
    """So many dedicated replicas, the rest of the load serverless."""

    replicas: int
    usd_per_month: float
    overflow_units_per_month: float


class Hybrid(Split):
    """The cheapest split, and the curve around it.

    `replicas` 0 is pure serverless. `by_replicas` has every number of replicas, beyond 400 of them in even steps
    with the best one among them.
    """

    by_replicas: tuple[CurvePoint, ...]


def best_split(fleet: Fleet, *, hours_per_month: float, shown_replicas: float | None = None) -> Hybrid:
    """The cheapest split; the curve reaches to `shown_replicas`, or to what the peak needs if that is more."""
    needed = int(max(fleet.replicas_needed, fleet.least_replicas))
    last = max(needed, int(shown_replicas or 0))
    if last > MOST_REPLICAS:
        raise BadInputError(
            f"the curve would have {last:,} replicas, expected at most {MOST_REPLICAS:,}",
            next_step="look at the units of the load and of --goodput-per-hour: accepted units an hour",
        )
    usd = np.asarray(fleet.usd_per_hour(np.arange(last + 1, dtype=float)), float) * hours_per_month
    allowed = usd[: needed + 1].copy()
    allowed[1 : int(fleet.least_replicas)] = np.inf
    best = _first_lowest(allowed)
    shown = _shown(last, best)
    return Hybrid.model_validate(
        {
            "replicas": best,
            "usd_per_month": float(usd[best]),
            "overflow_units_per_month": float(fleet.overflow_units(float(best))) * hours_per_month,
            "by_replicas": [
                {"replicas": place, "usd_per_month": amount}
                for place, amount in zip(shown, usd[shown].tolist(), strict=True)
            ],
        }
    )


def _first_lowest(usd: FloatArray) -> int:
    """The fewest replicas whose cost is the lowest but for rounding."""
    lowest = float(usd.min())
    return int(np.argmax(usd <= lowest + abs(lowest) * _TIE_RATE))


def _shown(last: int, best: int) -> list[int]:
    if last < _CURVE_POINTS:
        return list(range(last + 1))
    steps = np.linspace(0, last, _CURVE_POINTS).round().astype(int)
    return sorted({*steps.tolist(), best})
