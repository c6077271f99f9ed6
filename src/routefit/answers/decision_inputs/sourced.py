"""What the ledger and the declarations give to a decision."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from routefit.decisions.given import Given, Value
from routefit.decisions.spread import Beta, Lognormal
from routefit.evidence import Fact, Label
from routefit.lcpr.cell import Cell


@dataclass(frozen=True, slots=True)
class Sourced:
    """Inputs by name, what the kind works on besides (`Material`), the route that was meant, warnings."""

    given: dict[str, Given] = field(default_factory=dict)
    structure: BaseModel | None = None
    tables: dict[str, Any] = field(default_factory=dict)
    route: str | None = None
    warnings: tuple[str, ...] = ()


def of_fact(
    fact: Fact[Decimal] | Fact[float] | Fact[int] | Fact[date], *, default_source: str = "declared"
) -> Given:
    """A declared fact with its own evidence; unknown stays unknown."""
    value = fact.value
    plain: Value | None = float(value) if isinstance(value, Decimal | int | float) else value
    return Given(value=plain, label=fact.label, source=fact.source or default_source, as_of=fact.as_of)


def of_lcpr(cell: Cell) -> Given:
    """A measured LCPR, drawn from its interval; unknown where the cell has none."""
    usd, low, high = cell.lcpr_usd_per_accepted_unit, cell.lcpr_low_usd, cell.lcpr_high_usd
    if usd is None:
        return Given(source=f"{cell.route} has no cost per accepted unit")
    is_spread = low is not None and high is not None and 0 < low < high and usd > 0
    return Given(
        value=usd,
        spread=Lognormal(mode=usd, low=low or 0.0, high=high or 0.0, confidence_rate=cell.confidence)
        if is_spread
        else None,
        label=cell.evidence.badge,
        source=f"{cell.units:,} units on {cell.route}",
        as_of=cell.window.end.date(),
    )


def of_rate(successes: float, n: float, *, source: str, as_of: date | None = None) -> Given:
    """A rate counted in the ledger; unknown where nothing was counted."""
    if n <= 0:
        return Given(source=source)
    spread = Beta(successes=successes, failures=n - successes)
    return Given(value=successes / n, spread=spread, label=Label.MEASURED, source=source, as_of=as_of)
