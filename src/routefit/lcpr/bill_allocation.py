"""Sharing an amount out in whole pico-USD so that the shares add up to it.

    to unpriced = min(amount, unpriced tokens x traced cost / priced tokens)      where the amount is above 0
    rest        = amount - to unpriced, in proportion to traced cost

What the bill adds to traced calls belongs first to the calls whose cost nobody knows, by their tokens, at most at
the mean cost of a priced token; without any priced call there is no such limit. A negative amount takes nothing
from them. Where nothing has a cost the rest goes by tokens, else by calls.
Source: section 3 of the domain ("Delta"); decision 0021.
"""

from __future__ import annotations

from collections.abc import Sequence

from routefit.lcpr.bill_traces import Traced


def apportioned(amount_pico_usd: int, weights: Sequence[int]) -> list[int]:
    """The amount in proportion to the weights (none negative), by largest remainders; equal where all are 0."""
    if not weights:
        return []
    whole = sum(weights)
    weights = weights if whole else [1] * len(weights)
    whole = whole or len(weights)
    parts = [divmod(amount_pico_usd * weight, whole) for weight in weights]
    shares = [share for share, _ in parts]
    missing = amount_pico_usd - sum(shares)
    for index in sorted(range(len(parts)), key=lambda at: -parts[at][1])[:missing]:
        shares[index] += 1
    return shares


def part_pico_usd(amount_pico_usd: int, parts: int, of_parts: int) -> int:
    """So many parts of an amount; of no parts at all, nothing."""
    return apportioned(amount_pico_usd, [parts, of_parts - parts])[0] if of_parts else 0


def price_difference_shares(amount_pico_usd: int, traced: Sequence[Traced]) -> list[int]:
    """What each group of traced calls gets of the price difference, in their order."""
    to_unpriced = _to_unpriced(amount_pico_usd, traced)
    unpriced = apportioned(to_unpriced, _first_known(traced, ("unpriced_tokens", "unpriced_calls")))
    rest = apportioned(amount_pico_usd - to_unpriced, _first_known(traced, ("pico_usd", "known_tokens", "calls")))
    return [one + other for one, other in zip(unpriced, rest, strict=True)]


def _to_unpriced(amount_pico_usd: int, traced: Sequence[Traced]) -> int:
    traced_pico_usd = sum(one.pico_usd for one in traced)
    unpriced_calls = sum(one.unpriced_calls for one in traced)
    if amount_pico_usd <= 0 or not unpriced_calls:
        return 0
    if not traced_pico_usd:
        return amount_pico_usd
    priced_tokens = sum(one.known_tokens - one.unpriced_tokens for one in traced)
    unpriced_tokens = sum(one.unpriced_tokens for one in traced)
    if priced_tokens and unpriced_tokens:
        return min(amount_pico_usd, unpriced_tokens * traced_pico_usd // priced_tokens)
    priced_calls = sum(one.calls - one.unpriced_calls for one in traced)
    if not priced_calls:
        # What was traced is idle capacity alone: it says nothing of what a call costs.
        return amount_pico_usd
    return min(amount_pico_usd, unpriced_calls * traced_pico_usd // priced_calls)


def _first_known(traced: Sequence[Traced], names: Sequence[str]) -> list[int]:
    """The first of these figures that is not 0 for all."""
    for name in names:
        weights = [int(getattr(one, name)) for one in traced]
        if any(weights):
            return weights
    return [0] * len(traced)
