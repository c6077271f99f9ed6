"""Declared facts whose date is too long ago."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import BaseModel

from routefit.declared.model import Price
from routefit.errors import Problem
from routefit.evidence import Evidence, Fact
from routefit.project.document import Document, Steps
from routefit.project.expected import spelling


@dataclass(frozen=True, slots=True)
class StaleFact:
    """A fact, or all prices of one date in a file, that was last looked up on `as_of`; `problem` says where."""

    as_of: date
    problem: Problem


def stale_facts(document: Document, model: BaseModel, *, today: date, after_days: int) -> Iterator[StaleFact]:
    """One for each known fact of a model that is dated more than `after_days` before `today`."""
    for steps, fact in _facts(model, ()):
        if fact.is_known and fact.evidence.is_stale(today, after_days=after_days) and fact.as_of is not None:
            words = _stale_words(fact.as_of, today, after_days)
            yield StaleFact(fact.as_of, document.report(steps, words))


def stale_prices(
    document: Document, prices: Iterable[Price], *, today: date, after_days: int
) -> Iterator[StaleFact]:
    """One for each date at which prices that are in force on `today` were last looked up too long ago."""
    first_at: dict[date, int] = {}
    for index, row in enumerate(prices):
        is_in_force = row.valid_from <= today and (row.valid_to is None or today < row.valid_to)
        evidence = Evidence(label=row.label, as_of=row.as_of)
        if is_in_force and row.as_of is not None and evidence.is_stale(today, after_days=after_days):
            first_at.setdefault(row.as_of, index)
    for as_of, index in first_at.items():
        steps: Steps = ("prices", index)
        words = f"in force but {_stale_words(as_of, today, after_days)}"
        yield StaleFact(as_of, document.report(steps, words))


def _stale_words(as_of: date, today: date, after_days: int) -> str:
    days = (today - as_of).days
    limit = f"{after_days} (defaults.stale_after_days)"
    return f"stale: as of {as_of}, {days} days ago > {limit}; confirm it and renew its date"


def _facts(value: Any, steps: Steps) -> Iterator[tuple[Steps, Fact[Any]]]:
    if isinstance(value, Fact):
        yield steps, value
    elif isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            yield from _facts(getattr(value, name), (*steps, spelling(name, field)))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _facts(item, (*steps, str(key)))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _facts(item, (*steps, index))
