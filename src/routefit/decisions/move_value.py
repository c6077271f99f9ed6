"""What a move is worth over a horizon: the saving from the day the traffic has moved, less what the move costs.

    lag          = months of work before the ramp + months that the ramp loses
    net          = saved(horizon) - saved(lag) - migration - shadow          saved(T) = S x T without a trend
    with a trend = S x T - inference x T x (1 - mean of (1 - d)^(t / 12) over 0..T)
    shadow       = its share of the target's cost, for as long as the first stage runs

S is the saving of a month at today's prices, d how much cheaper the current route's inference gets in a year. The
saving starts all at once after the lag: exact from the end of the ramp on, and late before it. When the trend has
eaten the saving the loss of the months after it counts too: a plan is bound to its horizon, and moving back costs
a migration of its own. So with a trend a longer horizon may be worth less.
Source: section 7.1 of the domain.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from routefit.decisions import migration_cost
from routefit.decisions.calculator import Values
from routefit.decisions.move_terms import MoveTerms
from routefit.decisions.ramp import lag_months, shadow_months
from routefit.decisions.uncertainty import Arrays
from routefit.funnel import saving as funnel_saving

_BISECTIONS = 80
_FARTHEST_MONTHS = 1200.0


def start_months(values: Arrays) -> Any:
    """Months that save nothing: the work before the ramp, and what the ramp loses."""
    return values["work_months"] + lag_months(values["ramp"])


def net_usd_over_horizon(values: Arrays, terms: MoveTerms) -> Any:
    """The saving between the end of the lag and the horizon, less what the move costs."""
    horizon = values["horizon_months"]
    lag = np.minimum(start_months(values), horizon)
    saved = saved_usd(values, terms, horizon) - saved_usd(values, terms, lag)
    return saved - once_usd(values, terms)


def once_usd(values: Arrays, terms: MoveTerms) -> Any:
    """What the move costs once: migration and shadow traffic."""
    return migration_cost.migration_usd(values) + shadow_usd(values, terms)


def shadow_usd(values: Arrays, terms: MoveTerms) -> Any:
    """What running in the shadow costs: its share of the target's cost for the first stage."""
    share = values["shadow_share_rate"]
    if share is None:
        return 0.0
    return share * terms.target_usd_per_month * shadow_months(values["ramp"])


def saved_usd(values: Arrays, terms: MoveTerms, months: Any) -> Any:
    """What all traffic on the target would have saved after so many months, with the price trend."""
    plain = terms.saving_usd_per_month * months
    decline = values["price_decline_rate"]
    if decline is None:
        return plain
    return plain - terms.inference_usd_per_month * months * (1 - _mean_price_ratio(decline, months))


def gap_closes_months(values: Values, terms: MoveTerms) -> float | None:
    """When the trend has eaten today's saving; None: never, no trend, or nothing to eat."""
    decline, saving = values["price_decline_rate"], float(terms.saving_usd_per_month)
    if not decline or saving <= 0:
        return None
    return funnel_saving.gap_closes_months(
        saving_usd_per_month=saving,
        inference_usd_per_month=float(terms.inference_usd_per_month),
        price_decline_rate=decline,
    )


def drawn_payback_months(values: Arrays, terms: MoveTerms) -> Any:
    """Months; infinite where nothing is saved."""
    saving = np.asarray(terms.saving_usd_per_month, float)
    cost = np.asarray(once_usd(values, terms), float)
    return np.where(saving > 0, cost / np.where(saving > 0, saving, 1.0), np.inf)


def payback_with_trend_months(values: Values, terms: MoveTerms) -> float | None:
    """When the saving less the price trend has paid for the move, the lag included; None: never."""
    lag, cost = float(start_months(values)), float(once_usd(values, terms))
    saving, inference = float(terms.saving_usd_per_month), float(terms.inference_usd_per_month)
    force = -math.log1p(-min(values["price_decline_rate"], 1 - 1e-15)) / 12
    start_rate = math.exp(-force * lag)

    def left_usd(months: float) -> float:
        # From the lag on, the inference that a falling price would have saved anyway is taken off.
        since = months - lag
        paid_rate_months = start_rate * -math.expm1(-force * since) / force if force else since
        return cost - saving * since + inference * (since - paid_rate_months)

    closes = gap_closes_months(values, terms)
    far = closes if closes is not None else _FARTHEST_MONTHS
    if far <= lag or left_usd(far) > 0:
        return None
    near = lag
    for _ in range(_BISECTIONS):
        middle = (near + far) / 2
        near, far = (middle, far) if left_usd(middle) > 0 else (near, middle)
    return far


def _mean_price_ratio(decline: Any, months: Any) -> Any:
    """Mean of (1 - d)^(t / 12) over the months: 1 without a decline, 0 for one of 100%."""
    rate = -np.log1p(-np.minimum(decline, 1 - 1e-15)) / 12 * months
    small = np.maximum(rate, 1e-12)
    return np.where(np.asarray(decline) >= 1, 0.0, -np.expm1(-small) / small)
