"""The page's charts of a dedicated fleet: the hours of the week against what it needs, and splits by replicas."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from routefit.decisions.decision import Decision
from routefit.decisions.dedicated_figures import DedicatedFigures
from routefit.decisions.hybrid import CurvePoint
from routefit.report import charts
from routefit.report.money import UNKNOWN, money, share

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_HOURS = 24
_STEP_RATIO = 0.35
"""A step of colour is so much of the required utilization."""


def dedicated_figures(found: Decision) -> Iterator[dict[str, object]]:
    """The figures of a `dedicated` decision; of others none."""
    result = found.result
    if not isinstance(result, DedicatedFigures):
        return
    if not result.is_load_flat and any(units is not None for units in result.hour_of_week_units):
        yield _heat_map(result)
    yield _splits(result)


def _heat_map(result: DedicatedFigures) -> dict[str, object]:
    required = result.required_utilization_ratio
    capacity = result.replicas * result.usable_units_per_replica_hour / result.max_utilization_rate
    rates = [None if units is None else units / capacity for units in result.hour_of_week_units]
    rows = [
        {"day": _DAYS[hour // _HOURS], "hour": hour % _HOURS, "step": _step(rate, required)}
        for hour, rate in enumerate(rates)
        if rate is not None
    ]
    known = [rate for rate in rates if rate is not None]
    above = sum(rate >= required for rate in known)
    caption = (
        f"Demand over the goodput of {result.replicas} replicas, hour by hour of the mean week: {above} of"
        f" {len(known)} hours reach the {share(required)} from which the fleet is cheaper (warm colours)"
    )
    return {
        "caption": caption,
        "svg": Markup(charts.heat_map(rows, days=_DAYS, title=caption)),
        "columns": ("day", "lowest hour", "mean", "highest hour"),
        "rows": [_day_row(day, rates[day * _HOURS : (day + 1) * _HOURS]) for day in range(len(_DAYS))],
    }


def _step(rate: float, required: float) -> int:
    """0 to 2 below what is required, 3 to 5 from there on; the further, the stronger."""
    if required <= 0:
        return len(charts.HEAT) - 1
    away = rate / required - 1
    most = len(charts.HEAT) // 2 - 1
    steps = min(most, int(abs(away) / _STEP_RATIO))
    return most + 1 + steps if away >= 0 else most - steps


def _day_row(day: int, rates: list[float | None]) -> tuple[str, ...]:
    known = [rate for rate in rates if rate is not None]
    if not known:
        return (_DAYS[day], UNKNOWN, UNKNOWN, UNKNOWN)
    return (_DAYS[day], share(min(known)), share(sum(known) / len(known)), share(max(known)))


def _splits(result: DedicatedFigures) -> dict[str, object]:
    by_replicas = result.hybrid.by_replicas
    caption = (
        f"USD a month by dedicated replicas, the rest served by the token: {result.hybrid.replicas} replicas at"
        f" {money(result.hybrid.usd_per_month)} are the cheapest"
    )
    return {
        "caption": caption,
        "svg": Markup(
            charts.steps(
                [{"x": split.replicas, "y": split.usd_per_month} for split in by_replicas],
                x="dedicated replicas",
                y="USD a month",
                best=result.hybrid.replicas,
                title=caption,
            )
        ),
        "columns": ("replicas", "USD a month"),
        "rows": [(str(split.replicas), money(split.usd_per_month)) for split in _shown(result)],
    }


def _shown(result: DedicatedFigures, most: int = 12) -> list[CurvePoint]:
    """Rows for all replicas, or so many around the best."""
    rows = list(result.hybrid.by_replicas)
    best = next(at for at, split in enumerate(rows) if split.replicas == result.hybrid.replicas)
    first = max(0, min(best - most // 2, len(rows) - most))
    return rows[first : first + most]
