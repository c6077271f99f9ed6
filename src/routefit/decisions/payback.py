"""Whether a move pays for itself in time.

    saving per month = D x (k_current - k_target) - D x max(0, a_current - a_target) x s
    payback months   = (migration + shadow USD) / saving per month       None: nothing is saved, never
    with ramp        = payback months + months of work before it + months that the ramp loses
    net over horizon = saving from the end of that lag to the horizon - migration - shadow

The saving is that of `move_terms`, the rest that of `move_value`; without acceptance rates `units_per_month` are
accepted units, and the saving is (LCPR_current - LCPR_target) x units. Several workloads may share the migration
(`portfolio`).
Decision: stay for any reason of the chapter, or when the expected net value is not above 0; measure first where a
move is worth it and the target's cost is only estimated; else move.
Source: field guide, chapter 16 (its printed formula lacks the brackets: section 10 of the domain) and 17; section
7.1 of the domain.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from routefit.decisions import migration_cost
from routefit.decisions.calculator import NetUsdOver, Point, Values
from routefit.decisions.decision import Figures, Naive
from routefit.decisions.given import Input
from routefit.decisions.move_inputs import INPUTS
from routefit.decisions.move_terms import MoveTerms, move_terms
from routefit.decisions.move_value import (
    drawn_payback_months,
    gap_closes_months,
    net_usd_over_horizon,
    once_usd,
    payback_with_trend_months,
    shadow_usd,
    start_months,
)
from routefit.decisions.ramp import shadow_months
from routefit.decisions.uncertainty import Arrays
from routefit.errors import BadInputError
from routefit.funnel.saving import payback_months
from routefit.funnel.staying import StayConditions, StayFacts, Thresholds, stay_conditions


class PaybackFigures(Figures):
    """A move in figures; months are None for "never".

    `payback_with_trend_months` counts ramp and price trend; None also where no trend is given.
    `gap_closes_months` is when the trend has eaten the saving. `needed_saving_usd_per_month` is the saving that
    makes moving and staying worth the same; None where the horizon ends before any traffic has moved, or with a
    trend. What belongs to one demanded unit is None for several workloads.
    """

    saving_usd_per_month: float
    lcpr_gap_ratio: float
    payback_months: float | None
    payback_with_ramp_months: float | None
    net_usd_over_horizon: float
    migration_usd: float
    stay_reasons: tuple[str, ...]
    push_reasons: tuple[str, ...]
    unknown_conditions: tuple[str, ...]
    is_target_measured: bool | None
    horizon_months: float
    shadow_usd: float
    demanded_units_per_month: float | None
    current_usd_per_demanded_unit: float | None
    target_usd_per_demanded_unit: float | None
    payback_with_trend_months: float | None = None
    gap_closes_months: float | None = None
    needed_saving_usd_per_month: float | None = None


class PaybackNaive(Naive):
    """The gap times the volume: nothing to pay for the move, no ramp, every unit as good as before."""

    saving_usd_per_month: float
    net_usd_over_horizon: float


class Payback:
    """Move to the target route, or stay on the current one."""

    kind: str = "payback"
    actions: tuple[str, ...] = ("stay", "move")
    has_staying: bool = True
    net_usd_over: NetUsdOver = "horizon"

    @property
    def inputs(self) -> tuple[Input, ...]:
        """All inputs."""
        return INPUTS

    def unused(self, values: Values) -> frozenset[str]:
        """The parts of a migration whose total is given, and what stands for a trend or a ramp that is not."""
        return unused_plan(values)

    def point(self, values: Values) -> Point:
        """The figures of a move."""
        refuse_one_rate(values)
        terms = move_terms(values)
        conditions = move_conditions(values, terms)
        figures = PaybackFigures(**move_figures(values, terms, conditions))
        return Point(
            result=figures, naive=payback_naive(values), warnings=move_warnings(values, terms, conditions)
        )

    def net_usd(self, values: Arrays) -> Mapping[str, Any]:
        """Net USD of the move over the horizon."""
        return {"move": net_usd_over_horizon(values, move_terms(values))}

    def outcomes(self, values: Arrays) -> Mapping[str, Any]:
        """Months until the move has paid for itself; infinite for never."""
        return {"payback_months": drawn_payback_months(values, move_terms(values))}

    def decision(self, best: str, point: Point) -> str:
        """Stay for any reason of the chapter; measure first where only an estimate speaks for the move."""
        return move_decision(best, point.result)


def move_decision(best: str, figures: Figures) -> str:
    """move, stay or measure_first."""
    if not isinstance(figures, PaybackFigures):
        raise TypeError(f"not a payback: {type(figures).__name__}")
    if best != "move" or figures.stay_reasons:
        return "stay"
    return "measure_first" if figures.is_target_measured is False else "move"


def unused_plan(values: Values) -> frozenset[str]:
    """Inputs of the plan that are not looked at with these values."""
    names = set(migration_cost.unused(values))
    if not values["price_decline_rate"]:
        names.add("inference_share_rate")
    if not shadow_months(values["ramp"]):
        names.add("shadow_share_rate")
    if not values["is_blocked"]:
        names.add("blocked_by")
    if values["monthly_spend_usd"] is not None:
        names.add("inference_usd_per_unit")
    return frozenset(names)


def refuse_one_rate(values: Values, *, of: str = "") -> None:
    """BadInputError where only one acceptance rate is given."""
    rates = (values["current_acceptance_rate"], values["target_acceptance_rate"])
    if (rates[0] is None) != (rates[1] is None):
        raise BadInputError(
            f"{of}got one acceptance rate, expected both or neither",
            next_step="--current-acceptance-rate and --target-acceptance-rate together",
        )


def payback_naive(values: Values) -> PaybackNaive:
    """What the gap says when nothing has to be paid for it."""
    plain = (values["current_lcpr_usd"] - values["target_lcpr_usd"]) * values["units_per_month"]
    return PaybackNaive(
        decision="move" if plain > 0 else "stay",
        why="counts the gap on every unit from the first day, and nothing for the move",
        saving_usd_per_month=plain,
        net_usd_over_horizon=plain * values["horizon_months"],
    )


def move_conditions(values: Values, terms: MoveTerms) -> StayConditions:
    """What speaks for staying and against it."""
    months = payback_months(float(once_usd(values, terms)), float(terms.saving_usd_per_month))
    return stay_conditions(
        StayFacts(
            monthly_spend_usd=monthly_spend_usd(values),
            has_evals=values["has_evals"],
            is_blocked=values["is_blocked"],
            blocked_by=values["blocked_by"],
            horizon_months=values["horizon_months"],
            is_measured=values["is_measured"],
            is_payback_known=True,
            payback_months=months,
            has_price_trend=values["price_decline_rate"] is not None,
            gap_closes_months=gap_closes_months(values, terms),
            is_price_rising=values["is_price_rising"],
            is_reliability_falling=values["is_reliability_falling"],
            is_quality_falling=values["is_quality_falling"],
        ),
        Thresholds(
            least_spend_usd_per_month=values["least_spend_usd_per_month"],
            least_horizon_months=values["least_horizon_months"],
            most_estimated_payback_months=values["most_estimated_payback_months"],
        ),
    )


def needed_saving_usd_per_month(values: Values, terms: MoveTerms) -> float | None:
    """What the move costs once / months of saving within the horizon."""
    months = values["horizon_months"] - float(start_months(values))
    return float(once_usd(values, terms)) / months if months > 0 else None


def monthly_spend_usd(values: Values) -> float | None:
    """Inference spend of a month: as given, else what a unit takes times the volume; None is not known."""
    given, each, units = (
        values.get(n) for n in ("monthly_spend_usd", "inference_usd_per_unit", "units_per_month")
    )
    if given is None and each is not None and units is not None:
        return float(each * units)
    return None if given is None else float(given)


def move_figures(values: Values, terms: MoveTerms, conditions: StayConditions) -> dict[str, Any]:
    """The fields of `PaybackFigures` at one point."""
    saving, units = float(terms.saving_usd_per_month), float(terms.demanded_units_per_month)
    months = payback_months(float(once_usd(values, terms)), saving)
    has_trend = bool(values["price_decline_rate"])
    return {
        "saving_usd_per_month": saving,
        "lcpr_gap_ratio": 1 - values["target_lcpr_usd"] / values["current_lcpr_usd"],
        "payback_months": months,
        "payback_with_ramp_months": None if months is None else months + start_months(values),
        "net_usd_over_horizon": float(net_usd_over_horizon(values, terms)),
        "migration_usd": float(migration_cost.migration_usd(values)),
        "stay_reasons": conditions.stay_reasons,
        "push_reasons": conditions.push_reasons,
        "unknown_conditions": conditions.unknown_conditions,
        "is_target_measured": values["is_measured"],
        "horizon_months": values["horizon_months"],
        "shadow_usd": float(shadow_usd(values, terms)),
        "demanded_units_per_month": units,
        "current_usd_per_demanded_unit": float(terms.current_usd_per_month) / units if units else None,
        "target_usd_per_demanded_unit": float(terms.target_usd_per_month) / units if units else None,
        "payback_with_trend_months": payback_with_trend_months(values, terms) if has_trend else None,
        "gap_closes_months": gap_closes_months(values, terms),
        "needed_saving_usd_per_month": None if has_trend else needed_saving_usd_per_month(values, terms),
    }


def move_warnings(values: Values, terms: MoveTerms, conditions: StayConditions) -> tuple[str, ...]:
    """What a reader must know of the inputs."""
    found = []
    lost = migration_cost.not_counted(values)
    if lost:
        found.append(f"the migration counts engineering time only; not named: {', '.join(lost)}")
    if shadow_months(values["ramp"]) and values["shadow_share_rate"] is None:
        found.append("shadow traffic is not counted: --set shadow_share_rate=0.05:0.075:0.1 (5 to 10% is usual)")
    if values.get("target_acceptance_rate") == 0:
        found.append("the target accepts nothing: whatever its cost, it saves nothing")
    closes, horizon = gap_closes_months(values, terms), values["horizon_months"]
    if closes is not None and closes < horizon:
        found.append(
            f"the falling price eats the saving after {closes:.1f} of {horizon:g} months: the loss of the months"
            " after it is counted"
        )
    if conditions.stay_reasons and conditions.push_reasons:
        found.append(f"speaks against staying: {', '.join(conditions.push_reasons)}")
    return tuple(found)
