"""The conditions for staying, as what stands in the way of one candidate.

Too little spend, too short a plan, a long payback on an estimate and a price trend that closes the gap are answers
(`dearer`): staying is right. A missing eval suite is a question (`open`): verdicts answer it. What a constraint
blocks and what pays back beyond the horizon stand in the way already. What nobody could judge is listed, and
blocks nothing.
Source: field guide, chapter 16; section 7.1 of the domain.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from routefit.funnel.candidate import Candidate, Obstacle, Stakes
from routefit.funnel.saving import Saving, gap_closes_months
from routefit.funnel.staying import StayCondition, StayFacts, judged_conditions

_ANSWERED_ELSEWHERE = ("constraint", "payback")


def stay_facts(
    candidate: Candidate, stakes: Stakes, saving: Saving | None, payback_months: float | None
) -> StayFacts:
    """What the conditions look at, for a move to the candidate."""
    was_tested = candidate.screen is not None and candidate.screen.decided_cases > 0
    saves = saving is not None and saving.usd_per_month > 0
    closes = None
    if saves and saving is not None and stakes.price_decline_rate is not None:
        closes = gap_closes_months(
            saving_usd_per_month=saving.usd_per_month,
            inference_usd_per_month=stakes.monthly_spend_usd or 0.0,
            price_decline_rate=stakes.price_decline_rate,
        )
    return StayFacts(
        monthly_spend_usd=stakes.monthly_spend_usd,
        has_evals=True if was_tested else stakes.has_evals,
        is_blocked=candidate.is_excluded,
        horizon_months=stakes.horizon_months,
        is_measured=candidate.cell.state == "measured",
        is_payback_known=stakes.migration_usd is not None and saving is not None,
        payback_months=payback_months,
        has_price_trend=stakes.price_decline_rate is not None and stakes.monthly_spend_usd is not None,
        gap_closes_months=closes,
        is_price_rising=stakes.is_price_rising,
        is_reliability_falling=stakes.is_reliability_falling,
        is_quality_falling=stakes.is_quality_falling,
    )


def stay_obstacles(facts: StayFacts, stakes: Stakes) -> Iterator[Obstacle]:
    """One obstacle for every condition that holds and that nothing else says."""
    for condition in judged_conditions(facts, stakes.thresholds):
        if condition.holds and condition.name not in _ANSWERED_ELSEWHERE:
            yield Obstacle(kind=_kind(condition), reason=condition.reason, remedy=condition.remedy)


def _kind(condition: StayCondition) -> Literal["open", "dearer"]:
    return "open" if condition.name == "evals" else "dearer"
