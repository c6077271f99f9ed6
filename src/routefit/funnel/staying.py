"""When staying is the right decision whatever a move would save, and what pushes the other way.

Stay when any holds: the spend is small; there is no eval suite; a constraint blocks the target; the horizon is
short; the payback is long while the target's cost is only estimated; the payback lies beyond the horizon; the
current provider's price trend closes the gap first. A condition whose input is not given is unknown: listed, and
no reason to stay. The push: the current provider's price, reliability or quality gets worse.
Source: field guide, chapter 16; section 7.1 of the domain. The thresholds are OPINION.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from routefit.funnel.words import count, usd

_Positive = Annotated[float, Field(ge=0, allow_inf_nan=False)]

LEAST_SPEND_USD_PER_MONTH = 5_000.0
LEAST_HORIZON_MONTHS = 6.0
MOST_ESTIMATED_PAYBACK_MONTHS = 6.0


class Thresholds(BaseModel):
    """From where on a condition holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    least_spend_usd_per_month: _Positive = LEAST_SPEND_USD_PER_MONTH
    least_horizon_months: _Positive = LEAST_HORIZON_MONTHS
    most_estimated_payback_months: _Positive = MOST_ESTIMATED_PAYBACK_MONTHS


class StayFacts(BaseModel):
    """What the conditions look at; None is not known.

    `payback_months` None with `is_payback_known` is "never". `gap_closes_months` is when the price trend of the
    current route has eaten the gap; None with `has_price_trend` is "never".
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    monthly_spend_usd: _Positive | None = None
    has_evals: bool | None = None
    is_blocked: bool | None = None
    blocked_by: str | None = None
    horizon_months: _Positive | None = None
    is_measured: bool | None = None
    is_payback_known: bool = False
    payback_months: _Positive | None = None
    has_price_trend: bool = False
    gap_closes_months: _Positive | None = None
    is_price_rising: bool | None = None
    is_reliability_falling: bool | None = None
    is_quality_falling: bool | None = None


class StayConditions(BaseModel):
    """Reasons to stay, reasons to go, and the conditions that nobody could judge, in words."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stay_reasons: tuple[str, ...]
    push_reasons: tuple[str, ...]
    unknown_conditions: tuple[str, ...]


def stay_conditions(facts: StayFacts, thresholds: Thresholds | None = None) -> StayConditions:
    """All conditions, in the order of the chapter."""
    limits = thresholds or Thresholds()
    judged = list(_conditions(facts, limits))
    pushes = (
        (facts.is_price_rising, "the current provider's price rises"),
        (facts.is_reliability_falling, "the current provider's reliability gets worse"),
        (facts.is_quality_falling, "the current provider's quality gets worse"),
    )
    return StayConditions(
        stay_reasons=tuple(reason for verdict, reason in judged if verdict is True),
        push_reasons=tuple(words for verdict, words in pushes if verdict),
        unknown_conditions=tuple(reason for verdict, reason in judged if verdict is None),
    )


def _conditions(facts: StayFacts, limits: Thresholds) -> Iterator[tuple[bool | None, str]]:
    """(holds, or None where unknown; the reason, or what is not known)."""
    spend, least = facts.monthly_spend_usd, limits.least_spend_usd_per_month
    if spend is None:
        yield None, "what is spent a month"
    else:
        yield spend < least, f"spend of {usd(spend)} a month < {usd(least)}"
    if facts.has_evals is None:
        yield None, "whether an eval suite exists"
    else:
        yield not facts.has_evals, "no eval suite"
    if facts.is_blocked is None:
        yield None, "whether a constraint blocks the target"
    else:
        yield facts.is_blocked, f"a constraint blocks the target: {facts.blocked_by or 'as declared'}"
    horizon = facts.horizon_months
    if horizon is None:
        yield None, "how far ahead the plan reaches"
    else:
        least_months = limits.least_horizon_months
        yield horizon < least_months, f"horizon of {count(horizon)} months < {count(least_months)}"
    yield from _payback(facts, limits)
    yield from _trend(facts)


def _payback(facts: StayFacts, limits: Thresholds) -> Iterator[tuple[bool | None, str]]:
    months, horizon = facts.payback_months, facts.horizon_months
    if not facts.is_payback_known:
        yield None, "when it pays back"
        return
    shown = "never pays back" if months is None else f"pays back in {months:.1f} months"
    most = limits.most_estimated_payback_months
    is_long = months is None or months > most
    if facts.is_measured is None:
        yield None, "whether the target's cost is measured"
    else:
        yield (
            is_long and not facts.is_measured,
            f"{shown} > {count(most)} while the target's cost is only estimated",
        )
    if horizon is not None:
        is_beyond = months is None or months > horizon
        yield is_beyond, f"{shown} > horizon of {count(horizon)} months" if months is not None else shown


def _trend(facts: StayFacts) -> Iterator[tuple[bool | None, str]]:
    if not facts.has_price_trend:
        yield None, "how the current provider's price moves"
        return
    closes, months = facts.gap_closes_months, facts.payback_months
    is_first = closes is not None and (months is None or closes < months)
    closing = "" if closes is None else f" in {closes:.1f} months"
    yield is_first, f"the current provider's falling price closes the gap{closing}, before it pays back"
