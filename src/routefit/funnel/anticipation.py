"""Requirements over time: what holds today, and what will hold from each anticipated date on.

Anticipated entries add up in the order of their dates: each is laid over what held before it, and only what it
states changes. An entry whose date has come holds today.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from pydantic import BaseModel

from routefit.declared.model import Anticipated, Workload
from routefit.evidence import Fact

_PARTS = ("needs", "data", "slo", "demand", "tokens")
_DAYS_PER_MONTH = 365.25 / 12


def requirements(workload: Workload, *, today: date) -> Iterator[tuple[date | None, Workload]]:
    """(None, the workload as it stands today), then (date, the workload as it will stand) in date order."""
    entries = sorted(workload.anticipated, key=lambda entry: entry.on)
    for entry in entries:
        if entry.on <= today:
            workload = _laid_over(workload, entry)
    yield None, workload
    for entry in entries:
        if entry.on > today:
            workload = _laid_over(workload, entry)
            yield entry.on, workload


def is_within(on: date | None, *, today: date, horizon_months: float) -> bool:
    """Whether a requirement from `on` is in force before the horizon ends; today's always is."""
    return on is None or on <= today + timedelta(days=horizon_months * _DAYS_PER_MONTH)


def _laid_over(workload: Workload, entry: Anticipated) -> Workload:
    changed: dict[str, Any] = {}
    for part in _PARTS:
        stated = getattr(entry, part)
        if stated is not None:
            changed[part] = getattr(workload, part).model_copy(update=_stated(stated))
    return workload.model_copy(update=changed)


def _stated(part: BaseModel) -> dict[str, Any]:
    values = {name: getattr(part, name) for name in part.model_fields_set}
    return {
        name: value
        for name, value in values.items()
        if value is not None and not (isinstance(value, Fact) and not value.is_known)
    }
