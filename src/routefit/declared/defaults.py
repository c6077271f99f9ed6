"""What a project takes for granted unless it says otherwise."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from routefit.declared.fields import (
    Declared,
    NonNegativeNumber,
    PositiveCount,
    PositiveNumber,
    Rate,
    Usd,
    number,
)
from routefit.evidence import Fact, Label

_CHAPTER_16 = "field guide, chapter 16"


class Defaults(Declared):
    """Defaults of every answer, and the thresholds of the rules with their evidence."""

    window_days: PositiveCount = 28
    confidence_rate: Annotated[float, number, Field(gt=0.5, lt=1)] = 0.95
    hours_per_month: PositiveNumber = 720
    screen_tolerance_rate: Rate = 0.0
    stale_after_days: PositiveCount = 90
    least_labelled_units: Fact[PositiveCount] = Fact(
        value=30, label=Label.OPINION, source="rule of thumb: 30 units put a rate within about 17 points"
    )
    self_managed_floor_usd_per_month: Fact[Usd] = Fact(
        value=Decimal(60_000), label=Label.OPINION, source="field guide, chapter 20: 2-3 loaded engineers"
    )
    migration_usd: Fact[Usd] = Fact(
        value=Decimal(56_000),
        label=Label.OPINION,
        source="field guide, chapters 16 and 20: 8 engineer-weeks (of 4-12) at 7,000 USD (30,000 USD a month)",
    )
    least_spend_usd_per_month: Fact[Usd] = Fact(value=Decimal(5_000), label=Label.OPINION, source=_CHAPTER_16)
    least_horizon_months: Fact[NonNegativeNumber] = Fact(value=6, label=Label.OPINION, source=_CHAPTER_16)
    most_estimated_payback_months: Fact[NonNegativeNumber] = Fact(value=6, label=Label.OPINION, source=_CHAPTER_16)
