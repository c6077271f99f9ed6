"""Whether a move pays for itself in time.

    saving per month = D x (k_current - k_target) - D x max(0, a_current - a_target) x s
    payback months   = migration USD / saving per month                   None: nothing is saved, never
    with ramp        = payback months + months that the ramp loses
    net over horizon = integral of the saving from the end of the lag to the horizon - migration - shadow

D demanded units a month, a acceptance, k = LCPR x a the loaded cost of a demanded unit, s what finishing a unit
elsewhere costs when it is neither accepted nor escalated (default: the current LCPR). Without acceptance rates
`units_per_month` are accepted units, and the saving is (LCPR_current - LCPR_target) x units. A price trend d
shrinks the inference part of the current route by (1 - d) a year. Shadow: its share of D x k_target for as long as
it runs.
Source: field guide, chapter 16 (its printed formula lacks the brackets: section 10 of the domain) and 17; section
7.1 of the domain.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np

from routefit.decisions import migration_cost
from routefit.decisions.calculator import Point, Values
from routefit.decisions.decision import Figures, Naive
from routefit.decisions.given import Input
from routefit.decisions.move_inputs import INPUTS
from routefit.decisions.ramp import lag_months, shadow_months
from routefit.decisions.uncertainty import Arrays
from routefit.errors import BadInputError
from routefit.funnel.saving import payback_months, saving_usd_per_month
from routefit.funnel.staying import StayConditions, StayFacts, Thresholds, stay_conditions


class PaybackFigures(Figures):
    """A move in figures; months are None for "never".

    `payback_with_trend_months` counts the ramp and the price trend; None also where no trend is given.
    `gap_closes_months` is when the trend has eaten the saving.
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
    demanded_units_per_month: float
    current_usd_per_demanded_unit: float
    target_usd_per_demanded_unit: float
    payback_with_trend_months: float | None = None
    gap_closes_months: float | None = None


class PaybackNaive(Naive):
    """The gap times the volume: nothing to pay for the move, no ramp, every unit as good as before."""

    saving_usd_per_month: float
    net_usd_over_horizon: float


class Payback:
    """Move to the target route, or stay on the current one."""

    kind: ClassVar[str] = "payback"
    actions: ClassVar[tuple[str, ...]] = ("stay", "move")
    has_staying: ClassVar[bool] = True
    net_usd_over: ClassVar[Literal["horizon"]] = "horizon"

    @property
    def inputs(self) -> tuple[Input, ...]:
        """All inputs."""
        return INPUTS

    def unused(self, values: Values) -> frozenset[str]:
        """The parts of a migration whose total is given, and what stands for a trend that is not."""
        names = set(migration_cost.unused(values))
        if not values["price_decline_rate"]:
            names.add("inference_share_rate")
        return frozenset(names)

    def point(self, values: Values) -> Point:
        """The figures of a move."""
        figures, conditions = move_figures(values)
        plain = (values["current_lcpr_usd"] - values["target_lcpr_usd"]) * values["units_per_month"]
        naive = PaybackNaive(
            decision="move" if plain > 0 else "stay",
            why="counts the gap on every unit from the first day, and nothing for the move",
            saving_usd_per_month=plain,
            net_usd_over_horizon=plain * values["horizon_months"],
        )
        return Point(result=figures, naive=naive, warnings=move_warnings(values, conditions))

    def net_usd(self, values: Arrays) -> Mapping[str, Any]:
        """Net USD of the move over the horizon."""
        return {"move": net_usd_over_horizon(values)}

    def outcomes(self, values: Arrays) -> Mapping[str, Any]:
        """Months until the move has paid for itself; infinite for never."""
        return {"payback_months": drawn_payback_months(values)}

    def decision(self, best: str, point: Point) -> str:
        """Stay for any reason of the chapter; measure first where only an estimate speaks for the move."""
        if not isinstance(point.result, PaybackFigures):
            raise TypeError(f"not a payback: {type(point.result).__name__}")
        return move_decision(best, point.result)


def move_decision(best: str, figures: PaybackFigures) -> str:
    """move, stay or measure_first."""
    if best != "move" or figures.stay_reasons:
        return "stay"
    return "measure_first" if figures.is_target_measured is False else "move"


def move_figures(values: Values) -> tuple[PaybackFigures, StayConditions]:
    """All figures of a move at one point; BadInputError where only one acceptance rate is given."""
    rates = (values["current_acceptance_rate"], values["target_acceptance_rate"])
    if (rates[0] is None) != (rates[1] is None):
        raise BadInputError(
            "got one acceptance rate, expected both or neither",
            next_step="--current-acceptance-rate and --target-acceptance-rate together",
        )
    saving = float(monthly_saving_usd(values))
    cost = float(migration_cost.migration_usd(values))
    shadow = float(shadow_usd(values))
    months = payback_months(cost + shadow, saving)
    demanded, k_current, k_target = (float(one) for one in _demanded(values))
    trend = values["price_decline_rate"]
    closes = gap_closes_months(values)
    conditions = stay_conditions(
        StayFacts(
            monthly_spend_usd=values["monthly_spend_usd"],
            has_evals=values["has_evals"],
            is_blocked=values["is_blocked"],
            horizon_months=values["horizon_months"],
            is_measured=values["is_measured"],
            is_payback_known=True,
            payback_months=months,
            has_price_trend=trend is not None,
            gap_closes_months=closes,
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
    figures = PaybackFigures(
        saving_usd_per_month=saving,
        lcpr_gap_ratio=1 - values["target_lcpr_usd"] / values["current_lcpr_usd"],
        payback_months=months,
        payback_with_ramp_months=None if months is None else months + lag_months(values["ramp"]),
        net_usd_over_horizon=float(net_usd_over_horizon(values)),
        migration_usd=cost,
        stay_reasons=conditions.stay_reasons,
        push_reasons=conditions.push_reasons,
        unknown_conditions=conditions.unknown_conditions,
        is_target_measured=values["is_measured"],
        horizon_months=values["horizon_months"],
        shadow_usd=shadow,
        demanded_units_per_month=demanded,
        current_usd_per_demanded_unit=k_current,
        target_usd_per_demanded_unit=k_target,
        payback_with_trend_months=_payback_with_trend_months(values, cost + shadow) if trend else None,
        gap_closes_months=closes,
    )
    return figures, conditions


def move_warnings(values: Values, conditions: StayConditions) -> tuple[str, ...]:
    """What a reader must know of the inputs."""
    found = []
    lost = migration_cost.not_counted(values)
    if lost:
        found.append(f"the migration counts engineering time only; not named: {', '.join(lost)}")
    if values["target_acceptance_rate"] == 0:
        found.append("the target accepts nothing")
    if conditions.stay_reasons and conditions.push_reasons:
        found.append(f"speaks against staying: {', '.join(conditions.push_reasons)}")
    return tuple(found)


def monthly_saving_usd(values: Arrays) -> Any:
    """USD per month once all traffic has moved, at today's prices."""
    demanded, k_current, k_target = _demanded(values)
    shortfall = values["shortfall_usd"] if values["shortfall_usd"] is not None else values["current_lcpr_usd"]
    lost = 0.0
    if values["current_acceptance_rate"] is not None:
        lost = np.maximum(0.0, values["current_acceptance_rate"] - values["target_acceptance_rate"])
    return saving_usd_per_month(
        demanded_units_per_month=demanded,
        current_usd_per_demanded_unit=k_current,
        target_usd_per_demanded_unit=k_target,
        shortfall_rate=lost,
        shortfall_usd=shortfall,
    )


def net_usd_over_horizon(values: Arrays) -> Any:
    """The saving between the end of the ramp's lag and the horizon, less migration and shadow."""
    horizon = values["horizon_months"]
    lag = np.minimum(lag_months(values["ramp"]), horizon)
    saved = saved_usd(values, horizon) - saved_usd(values, lag)
    return saved - migration_cost.migration_usd(values) - shadow_usd(values)


def saved_usd(values: Arrays, months: Any) -> Any:
    """What all traffic on the target would have saved after so many months, with the price trend."""
    plain = monthly_saving_usd(values) * months
    decline = values["price_decline_rate"]
    if decline is None:
        return plain
    demanded, k_current, _ = _demanded(values)
    inference = demanded * k_current * values["inference_share_rate"]
    # Mean of 1 - (1 - d)^(t / 12) over the months; without a decline, and at d = 1, the limits of the formula.
    force = -np.log1p(-np.minimum(decline, 1 - 1e-12)) / 12
    rate = np.maximum(force * months, 1e-12)
    return plain - inference * months * (1 - -np.expm1(-rate) / rate)


def gap_closes_months(values: Values) -> float | None:
    """When the trend has eaten today's saving; None: never, or no trend."""
    decline = values["price_decline_rate"]
    saving = float(monthly_saving_usd(values))
    if not decline or saving <= 0:
        return None
    demanded, k_current, _ = _demanded(values)
    inference = float(demanded * k_current * values["inference_share_rate"])
    if inference <= saving:
        return None
    return 0.0 if decline >= 1 else 12 * math.log(1 - saving / inference) / math.log(1 - decline)


def shadow_usd(values: Arrays) -> Any:
    """What running in the shadow costs: its share of the target's cost for the first stage."""
    share = values["shadow_share_rate"]
    if share is None:
        return 0.0
    demanded, _, k_target = _demanded(values)
    return share * demanded * k_target * shadow_months(values["ramp"])


def drawn_payback_months(values: Arrays) -> Any:
    """Months; infinite where nothing is saved."""
    saving = np.asarray(monthly_saving_usd(values), float)
    cost = np.asarray(migration_cost.migration_usd(values) + shadow_usd(values), float)
    return np.where(saving > 0, cost / np.where(saving > 0, saving, 1.0), np.inf)


def _demanded(values: Arrays) -> tuple[Any, Any, Any]:
    """(demanded units a month, loaded cost of one on the current route, on the target)."""
    current, target = values["current_acceptance_rate"], values["target_acceptance_rate"]
    if current is None or target is None:
        return values["units_per_month"], values["current_lcpr_usd"], values["target_lcpr_usd"]
    return values["units_per_month"], values["current_lcpr_usd"] * current, values["target_lcpr_usd"] * target


def _payback_with_trend_months(values: Values, cost_usd: float) -> float | None:
    """When saving less trend has paid the cost, the ramp's lag included; None: never."""
    lag = lag_months(values["ramp"])

    def left_usd(months: float) -> float:
        return cost_usd - float(saved_usd(values, months) - saved_usd(values, lag))

    best = gap_closes_months(values)
    far = best if best is not None else 1200.0
    if far <= lag or left_usd(far) > 0:
        return None
    near = lag
    for _ in range(80):
        middle = (near + far) / 2
        near, far = (middle, far) if left_usd(middle) > 0 else (near, middle)
    return far
