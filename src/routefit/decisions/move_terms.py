"""What the work of a month costs on both sides of a move.

    current USD per month   = D x k_current          k = LCPR x a, loaded cost of a demanded unit
    target USD per month    = D x k_target
    shortfall USD per month = D x max(0, a_current - a_target) x s
    saving                  = current - target - shortfall

D demanded units a month, a acceptance, s what finishing a unit elsewhere costs when it is neither accepted nor
escalated (default: the current LCPR). Without acceptance rates the units are accepted ones, and a is 1 on both
sides. A route that accepts nothing has no cost per accepted unit: whatever figure was given for it, it saves
nothing. The terms of several workloads add up.
Source: field guide, chapter 17; section 7.1 of the domain.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from routefit.decisions.uncertainty import Arrays
from routefit.funnel.saving import saving_usd_per_month

NOTHING_RATE = 1e-9
"""Less accepted than one unit in a billion is nothing: a cost per accepted unit would overflow."""


@dataclass(frozen=True, slots=True)
class MoveTerms:
    """A month before and after, once all traffic has moved; each a number or an array of draws.

    `inference_usd_per_month` is the part of the current cost that follows the price of its tokens.
    """

    demanded_units_per_month: Any
    current_usd_per_month: Any
    target_usd_per_month: Any
    inference_usd_per_month: Any
    saving_usd_per_month: Any


def move_terms(values: Arrays) -> MoveTerms:
    """The terms of one workload, from its inputs."""
    units, inference_rate = values["units_per_month"], values["inference_share_rate"]
    current, target = values["current_acceptance_rate"], values["target_acceptance_rate"]
    lcpr_current, lcpr_target = values["current_lcpr_usd"], values["target_lcpr_usd"]
    has_rates = current is not None and target is not None
    k_current = lcpr_current * current if has_rates else lcpr_current
    k_target = lcpr_target * target if has_rates else lcpr_target
    shortfall = values["shortfall_usd"]
    saving = saving_usd_per_month(
        demanded_units_per_month=units,
        current_usd_per_demanded_unit=k_current,
        target_usd_per_demanded_unit=k_target,
        shortfall_rate=_shortfall_rate(current, target) if has_rates else 0.0,
        shortfall_usd=lcpr_current if shortfall is None else shortfall,
    )
    if has_rates and not ((is_accepting := target > NOTHING_RATE) is True or np.all(is_accepting)):
        saving = np.where(target > NOTHING_RATE, saving, np.minimum(saving, 0.0))
    return MoveTerms(
        demanded_units_per_month=units,
        current_usd_per_month=units * k_current,
        target_usd_per_month=units * k_target,
        inference_usd_per_month=units * k_current * inference_rate,
        saving_usd_per_month=saving,
    )


def _shortfall_rate(current_rate: Any, target_rate: Any) -> Any:
    """max(0, a_current - a_target)."""
    fewer = current_rate - target_rate
    return max(0.0, fewer) if isinstance(fewer, float) else np.maximum(0.0, fewer)


def total_terms(parts: Iterable[MoveTerms]) -> MoveTerms:
    """The terms of several workloads that share one migration."""
    demanded = current = target = inference = saving = 0.0
    for one in parts:
        demanded = demanded + one.demanded_units_per_month
        current = current + one.current_usd_per_month
        target = target + one.target_usd_per_month
        inference = inference + one.inference_usd_per_month
        saving = saving + one.saving_usd_per_month
    return MoveTerms(
        demanded_units_per_month=demanded,
        current_usd_per_month=current,
        target_usd_per_month=target,
        inference_usd_per_month=inference,
        saving_usd_per_month=saving,
    )
