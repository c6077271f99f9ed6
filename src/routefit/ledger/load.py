"""Accepted demand of a workload by the hour, from the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from routefit.decisions.load import HourlyLoad
from routefit.evidence import Label
from routefit.ledger.engine import statement
from routefit.ledger.view import LedgerView
from routefit.units import day_start_at

_HOUR = timedelta(hours=1)


def accepted_units_by_hour(
    ledger: LedgerView,
    start: date,
    end: date,
    workload: str,
    *,
    passed_rates: Mapping[str, float] | None = None,
    sampled_unit_rate: float = 1.0,
) -> HourlyLoad:
    """The accepted units of a workload by UTC hour of their first call, over every hour of [start, end).

    All routes together, without shadow copies; an hour without work is 0. `passed_rates` holds, for routes of
    which only a random share was evaluated, the share of eligible units that passed: those count with it.
    Where the ledger holds only the share `sampled_unit_rate` of the units, hours are scaled up and ESTIMATED.
    """
    hours = (end - start).days * 24
    units = [0.0] * hours
    passed = passed_rates or {}
    for route, hour_at, accepted, eligible in _rows(ledger, start, end, workload):
        place = (hour_at.replace(tzinfo=UTC) - day_start_at(start)) // _HOUR
        if 0 <= place < hours:
            units[place] += eligible * passed[route] if route in passed else accepted
    is_estimated = sampled_unit_rate < 1 or bool(passed)
    return HourlyLoad(
        hourly_units=tuple(one / sampled_unit_rate for one in units),
        starts_at=day_start_at(start),
        label=Label.ESTIMATED if is_estimated else Label.MEASURED,
        source=_source(start, end, is_sampled=sampled_unit_rate < 1, is_extrapolated=bool(passed)),
        as_of=end - timedelta(days=1),
    )


def _rows(ledger: LedgerView, start: date, end: date, workload: str) -> list[tuple[str, datetime, int, int]]:
    engine = ledger.view_accepted_units(start, end)
    return [] if engine is None else engine.execute(statement("hourly_units"), [workload]).fetchall()


def _source(start: date, end: date, *, is_sampled: bool, is_extrapolated: bool) -> str:
    words = f"accepted units by hour, {start} to {end - timedelta(days=1)}"
    if is_extrapolated:
        words += ", extrapolated from the evaluated ones"
    return f"{words}, scaled from a sample of the units" if is_sampled else words
