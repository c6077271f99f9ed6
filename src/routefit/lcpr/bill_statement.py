"""The bill as a statement that adds up, in whole pico-USD until it is shown.

    accepted + wasted + undecided + grading + idle = total                         traced, by the day of the call
    total + not invoiced + not through the gateway + price difference = invoice    before credits, without tax

Not invoiced is minus the traced cost that no invoice covers. Each call is in exactly one of: grading (a grader),
wasted (billed but lost, a retry, or of a rejected unit), undecided (its unit has no verdict), accepted.
Without any invoice the last three terms and the invoice are unknown.
Source: section 3 of the domain; section 7 of the architecture.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from routefit.lcpr.bill import Sums
from routefit.lcpr.cell import Frozen
from routefit.units import usd_from_pico_usd

Category = Literal["accepted", "wasted", "undecided", "grading", "idle"]
CATEGORIES: tuple[Category, ...] = get_args(Category)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What calls with the same key went for; `key` None is absent in the log."""

    key: str | None
    category: Category
    calls: int
    pico_usd: int
    unpriced_calls: int = 0


class SpendRow(Frozen):
    """One key's spend in USD, by what it went for; usd is the sum of the five.

    With `unpriced_calls`, whose cost nobody knows, each amount is a lower bound; where all are, it is unknown.
    """

    key: str | None
    calls: int
    unpriced_calls: int
    usd: float
    accepted_usd: float
    wasted_usd: float
    undecided_usd: float
    grading_usd: float
    idle_usd: float


class Statement(Frozen):
    """The lines of the statement in USD, down to the invoice; None is unknown. Credits are no part of the sum."""

    accepted_usd: float
    wasted_usd: float
    undecided_usd: float
    grading_usd: float
    idle_usd: float
    not_invoiced_usd: float | None
    not_through_gateway_usd: float | None
    price_difference_usd: float | None
    invoice_usd: float | None
    credits_usd: float | None
    reason: str | None


def spend_rows(spent: Iterable[Spent], *, is_in_order: bool = False) -> tuple[SpendRow, ...]:
    """One row for each key, the largest first, or (days and months) in the order of the keys."""
    calls: dict[str | None, int] = defaultdict(int)
    unpriced: dict[str | None, int] = defaultdict(int)
    sums: dict[str | None, dict[str, int]] = defaultdict(lambda: dict.fromkeys(CATEGORIES, 0))
    for one in spent:
        calls[one.key] += one.calls
        unpriced[one.key] += one.unpriced_calls
        sums[one.key][one.category] += one.pico_usd
    order = sorted(sums, key=lambda key: (key is None, key or ""))
    if not is_in_order:
        order.sort(key=lambda key: (-sum(sums[key].values()), -calls[key]))
    return tuple(
        SpendRow(
            key=key,
            calls=calls[key],
            unpriced_calls=unpriced[key],
            usd=usd_from_pico_usd(sum(sums[key].values())),
            **{f"{name}_usd": usd_from_pico_usd(amount) for name, amount in sums[key].items()},
        )
        for key in order
    )


def total_pico_usd(spent: Iterable[Spent]) -> int:
    """All that was traced."""
    return sum(one.pico_usd for one in spent)


def statement_of(spent: Iterable[Spent], billed: Sums | None, *, reason: str | None = None) -> Statement:
    """The statement of what was spent; `billed` None: there is no invoice, for this reason."""
    spent = tuple(spent)
    by_category = dict.fromkeys(CATEGORIES, 0)
    for one in spent:
        by_category[one.category] += one.pico_usd
    total = total_pico_usd(spent)
    uncovered = total if billed is None else total - billed.traced_pico_usd
    return Statement(
        **{f"{name}_usd": usd_from_pico_usd(amount) for name, amount in by_category.items()},
        not_invoiced_usd=usd_from_pico_usd(-uncovered),
        not_through_gateway_usd=usd_from_pico_usd(billed.not_through_gateway_pico_usd) if billed else None,
        price_difference_usd=usd_from_pico_usd(billed.price_difference_pico_usd) if billed else None,
        invoice_usd=usd_from_pico_usd(billed.invoice_pico_usd) if billed else None,
        credits_usd=usd_from_pico_usd(billed.credits_pico_usd) if billed else None,
        reason=reason,
    )
