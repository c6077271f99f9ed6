"""What people cost when a unit escalates.

    C_human = sum over units of: USD as recorded, else minutes x USD per hour, else one case at its declared cost

An escalated unit with none of the three has an unknown cost: it is counted, named, and adds nothing.
Source: section 3 of the domain (C_human), chapter 17 of the field guide (2.40 USD a case).
"""

from __future__ import annotations

from decimal import Decimal

from routefit.declared.model import Human
from routefit.evidence import Fact, Label, weakest


def usd_per_case(human: Human) -> Fact[Decimal]:
    """The declared cost of one escalation in USD, from the case rate or from minutes and the hourly rate."""
    if human.usd_per_escalation.is_known:
        return human.usd_per_escalation
    minutes, rate = human.minutes_per_escalation, human.usd_per_hour
    if minutes.value is None or rate.value is None:
        return Fact[Decimal]()
    return Fact[Decimal](
        value=Decimal(str(minutes.value)) * rate.value / 60,
        label=weakest((minutes.label, rate.label, Label.DERIVED)),
        source="minutes per escalation x USD per hour",
        as_of=min((d for d in (minutes.as_of, rate.as_of) if d), default=None),
    )
