"""When staying is the right decision whatever a move would save, and what pushes the other way.

Stay when any holds: the spend is small; there is no eval suite; a constraint blocks the target; the horizon is
short; the payback is long while the target's cost is only estimated; the payback lies beyond the horizon; the
current provider's price trend closes the gap first. A condition whose input is not given is unknown: listed, and
no reason to stay. The push: the current provider's price, reliability or quality gets worse.
Source: field guide, chapter 16; section 7.1 of the domain. The thresholds are OPINION.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

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


class StayCondition(BaseModel):
    """One condition: whether it holds (None is not known), the reason or what is not known, what would lift it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Literal["spend", "evals", "constraint", "horizon", "estimated", "payback", "trend"]
    holds: bool | None
    reason: str
    remedy: str = ""


def judged_conditions(facts: StayFacts, thresholds: Thresholds | None = None) -> tuple[StayCondition, ...]:
    """Every condition, in the order of the chapter."""
    return tuple(_conditions(facts, thresholds or Thresholds()))


def stay_conditions(facts: StayFacts, thresholds: Thresholds | None = None) -> StayConditions:
    """What holds, what pushes the other way, and what nobody could judge."""
    judged = judged_conditions(facts, thresholds)
    pushes = (
        (facts.is_price_rising, "the current provider's price rises"),
        (facts.is_reliability_falling, "the current provider's reliability gets worse"),
        (facts.is_quality_falling, "the current provider's quality gets worse"),
    )
    return StayConditions(
        stay_reasons=tuple(one.reason for one in judged if one.holds is True),
        push_reasons=tuple(words for verdict, words in pushes if verdict),
        unknown_conditions=tuple(one.reason for one in judged if one.holds is None),
    )


def _conditions(facts: StayFacts, limits: Thresholds) -> Iterator[StayCondition]:
    spend, least = facts.monthly_spend_usd, limits.least_spend_usd_per_month
    if spend is None:
        yield StayCondition(name="spend", holds=None, reason="what is spent a month")
    else:
        yield StayCondition(
            name="spend",
            holds=spend < least,
            reason=f"spend of {usd(spend)} a month < {usd(least)}",
            remedy=f"a spend of {usd(least)} a month",
        )
    has_evals = facts.has_evals
    yield StayCondition(
        name="evals",
        holds=None if has_evals is None else not has_evals,
        reason="whether an eval suite exists" if has_evals is None else "no eval suite",
        remedy="verdicts on its units, or eval.suite",
    )
    blocked, by = facts.is_blocked, facts.blocked_by or "as declared"
    yield StayCondition(
        name="constraint",
        holds=blocked,
        reason="whether a constraint blocks the target"
        if blocked is None
        else f"a constraint blocks the target: {by}",
    )
    horizon, least_months = facts.horizon_months, limits.least_horizon_months
    if horizon is None:
        yield StayCondition(name="horizon", holds=None, reason="how far ahead the plan reaches")
    else:
        yield StayCondition(
            name="horizon",
            holds=horizon < least_months,
            reason=f"horizon of {count(horizon)} months < {count(least_months)}",
            remedy=f"a plan for {count(least_months)} months",
        )
    yield from _payback(facts, limits)
    yield _trend(facts)


def _payback(facts: StayFacts, limits: Thresholds) -> Iterator[StayCondition]:
    months, horizon = facts.payback_months, facts.horizon_months
    if not facts.is_payback_known:
        yield StayCondition(name="payback", holds=None, reason="when it pays back")
        return
    shown = "never pays back" if months is None else f"pays back in {months:,.1f} months"
    most = limits.most_estimated_payback_months
    is_long = months is None or months > most
    if facts.is_measured is None:
        yield StayCondition(name="estimated", holds=None, reason="whether the target's cost is measured")
    else:
        yield StayCondition(
            name="estimated",
            holds=is_long and not facts.is_measured,
            reason=f"{shown} > {count(most)} while the target's cost is only estimated",
            remedy=f"a measured cost, or a payback of {count(most)} months",
        )
    if horizon is not None:
        yield StayCondition(
            name="payback",
            holds=months is None or months > horizon,
            reason=f"{shown} > horizon of {count(horizon)} months" if months is not None else shown,
        )


def _trend(facts: StayFacts) -> StayCondition:
    if not facts.has_price_trend:
        return StayCondition(name="trend", holds=None, reason="how the current provider's price moves")
    closes, months = facts.gap_closes_months, facts.payback_months
    closing = "" if closes is None else f" in {closes:,.1f} months"
    return StayCondition(
        name="trend",
        holds=closes is not None and (months is None or closes < months),
        reason=f"the current provider's falling price closes the gap{closing}, before it pays back",
        remedy="a payback before that, or a price that falls more slowly",
    )
