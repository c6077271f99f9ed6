"""Serving tiers for the steps of an agent's task: how soon each answers, and what it takes off the price.

    USD of a step on a tier that stacks with the cache
        = (1 - discount) x ((input - cached) x p_in + cached x p_read + output x p_out)
    on one that does not, cached tokens are billed as input
        = (1 - discount) x (input x p_in + output x p_out)

Tokens are totals over the step's calls; a price of cached tokens that is not known is that of input. So a tier
that does not stack can be dearer than none: at 50% off and cached tokens at a tenth, above 56% cached input for a
step that is almost all input.
A share s of the cost on a tier with discount d saves s x d: a saving of 30 to 50% at 50% off needs 60 to 100% of
the cost there (the printed text does not say so: section 10 of the domain, row Ch21).
Source: field guide, chapter 21; section 7.7 of the domain.
"""

from __future__ import annotations

from typing import Any

from routefit.declared.fields import Declared
from routefit.declared.ranged import NumberOrRange, RangedNumber, RangedRate, RateOrRange

REAL_TIME = "real-time"

_MTOK = 1e6


class Tier(Declared):
    """One surface; `window_hours` None is best effort: no promise. Whether it stacks unknown: it does not."""

    discount_rate: RateOrRange
    window_hours: NumberOrRange | None = None
    stacks_with_cache: bool | None = None


def _tier(discount_rate: float, window_hours: float | None, *, stacks_with_cache: bool) -> Tier:
    return Tier(
        discount_rate=RangedRate((discount_rate,) * 3),
        window_hours=None if window_hours is None else RangedNumber((window_hours,) * 3),
        stacks_with_cache=stacks_with_cache,
    )


DEFAULT_TIERS: dict[str, Tier] = {
    REAL_TIME: _tier(0.0, 0.5 / 3600, stacks_with_cache=True),
    "async": _tier(0.0, 60 / 3600, stacks_with_cache=True),
    "batch": _tier(0.5, 24.0, stacks_with_cache=False),
    "background": _tier(0.0, None, stacks_with_cache=True),
}
"""TTFT within 500 ms; an answer within 60 s; a day at half the price; when there is room."""

DEFAULTS_SOURCE = "field guide, chapter 21"


def with_today(tiers: dict[str, Tier] | None) -> dict[str, Tier]:
    """The tiers of a file instead of the default ones.

    Where none of them is undiscounted and keeps the cache, real-time stands beside them:
    there all steps are today.
    """
    if not tiers:
        return DEFAULT_TIERS
    if any(is_undiscounted(tier) for tier in tiers.values()):
        return tiers
    return {REAL_TIME: DEFAULT_TIERS[REAL_TIME], **tiers}


def is_undiscounted(tier: Tier) -> bool:
    """Whether a step costs on it what it costs today."""
    is_prompt = tier.window_hours is not None
    return tier.discount_rate.ends[2] == 0 and bool(tier.stacks_with_cache) and is_prompt


def step_usd(
    *,
    input_tokens: Any,
    cached_tokens: Any,
    output_tokens: Any,
    input_usd_per_mtok: Any,
    output_usd_per_mtok: Any,
    cache_read_usd_per_mtok: Any,
    discount_rate: Any = 0.0,
    is_stacking: bool = True,
) -> Any:
    """USD of a step's calls on a tier; with the defaults what they cost today."""
    read_usd_per_mtok = input_usd_per_mtok if cache_read_usd_per_mtok is None else cache_read_usd_per_mtok
    cached = cached_tokens if is_stacking else 0.0
    plain = (input_tokens - cached) * input_usd_per_mtok + cached * read_usd_per_mtok
    return (1 - discount_rate) * (plain + output_tokens * output_usd_per_mtok) / _MTOK


def needed_cost_share_ratio(saving_ratio: float, discount_rate: float) -> float:
    """Which share of the cost must move for such a saving; above 1 there is no such saving."""
    return saving_ratio / discount_rate
