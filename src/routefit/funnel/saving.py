"""What a move saves a month and when it has paid for itself.

    D      = accepted units per month / a_current                       demanded units per month
    saving = D x (k_current - k_target) - D x max(0, a_current - a_target) x s          USD per month
    k      = LCPR x a, the loaded cost per demanded unit; s = LCPR_current
    payback months = migration USD / saving                             None: no saving, never

a is acceptance, s what finishing elsewhere costs when the target does not accept. With equal acceptance, or where
an acceptance is not known, saving = (LCPR_current - LCPR_target) x accepted units per month.
Source: field guide, chapters 16 and 17; section 7.1 of the domain (and section 10: the printed payback lacks the
brackets).
"""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

_Rate = Annotated[float, Field(gt=0, le=1)]
_Usd = Annotated[float, Field(allow_inf_nan=False)]


class RouteCost(BaseModel):
    """LCPR (USD per accepted unit) and acceptance of a route."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lcpr_usd: _Usd
    acceptance_rate: _Rate | None = None


class Saving(BaseModel):
    """USD per month, with the figures that lead there; `demanded_units_per_month` None: acceptance not used."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    usd_per_month: float
    demanded_units_per_month: float | None
    current_usd_per_demanded_unit: float | None
    target_usd_per_demanded_unit: float | None
    elsewhere_usd_per_demanded_unit: float | None


def saving_usd_per_month(
    *,
    demanded_units_per_month: Any,
    current_usd_per_demanded_unit: Any,
    target_usd_per_demanded_unit: Any,
    shortfall_rate: Any,
    shortfall_usd: Any,
) -> Any:
    """The formula, on numbers or on arrays of one length; `shortfall_rate` is max(0, a_current - a_target)."""
    gap_usd = current_usd_per_demanded_unit - target_usd_per_demanded_unit
    return demanded_units_per_month * (gap_usd - shortfall_rate * shortfall_usd)


def monthly_saving(current: RouteCost, target: RouteCost, *, accepted_units_per_month: float) -> Saving:
    """Saving per month of moving all the work; rounded to the cent."""
    a_current, a_target = current.acceptance_rate, target.acceptance_rate
    if a_current is None or a_target is None or a_current == a_target:
        plain = (current.lcpr_usd - target.lcpr_usd) * accepted_units_per_month
        return Saving(
            usd_per_month=round(plain, 2),
            demanded_units_per_month=None,
            current_usd_per_demanded_unit=None,
            target_usd_per_demanded_unit=None,
            elsewhere_usd_per_demanded_unit=None,
        )
    demanded = accepted_units_per_month / a_current
    k_current, k_target = current.lcpr_usd * a_current, target.lcpr_usd * a_target
    shortfall_rate = max(0.0, a_current - a_target)
    elsewhere = shortfall_rate * current.lcpr_usd
    saving = saving_usd_per_month(
        demanded_units_per_month=demanded,
        current_usd_per_demanded_unit=k_current,
        target_usd_per_demanded_unit=k_target,
        shortfall_rate=shortfall_rate,
        shortfall_usd=current.lcpr_usd,
    )
    return Saving(
        usd_per_month=round(saving, 2),
        demanded_units_per_month=demanded,
        current_usd_per_demanded_unit=k_current,
        target_usd_per_demanded_unit=k_target,
        elsewhere_usd_per_demanded_unit=elsewhere,
    )


def more_escalations_per_demanded_unit(
    current_escalation_rate: float,
    target_escalation_rate: float,
    current_acceptance_rate: float | None,
    target_acceptance_rate: float | None,
) -> float:
    """By how much the saving of a demanded unit falls for each USD that an escalation costs more.

    e_target - e_current + max(0, a_current - a_target) x e_current / a_current: the units that are finished
    elsewhere are escalated there as often as on the current route. Without acceptance rates the last part is 0.
    """
    a_current, a_target = current_acceptance_rate, target_acceptance_rate
    more = target_escalation_rate - current_escalation_rate
    if a_current is None or a_target is None:
        return more
    return more + max(0.0, a_current - a_target) * current_escalation_rate / a_current


def payback_months(migration_usd: float, saving_usd_per_month: float) -> float | None:
    """Months until the saving has paid the migration; 0 for a free one, None where nothing is saved."""
    if saving_usd_per_month <= 0:
        return None
    return migration_usd / saving_usd_per_month


def gap_closes_months(
    *, saving_usd_per_month: float, inference_usd_per_month: float, price_decline_rate: float
) -> float | None:
    """Months until a price that falls by `price_decline_rate` a year has eaten the saving; None: never.

    inference x (1 - (1 - d)^(t / 12)) = saving, solved for t.
    """
    if not price_decline_rate or inference_usd_per_month <= saving_usd_per_month:
        return None
    if price_decline_rate >= 1:
        return 0.0
    months = 12 * math.log1p(-saving_usd_per_month / inference_usd_per_month) / math.log1p(-price_decline_rate)
    return months if math.isfinite(months) else None
