"""Why invoice and traces differ: what was found, sized in USD, the largest first.

The sizes are what was found in the window. They explain the difference, they do not add up to it: a price
difference may be the calls of a neighbouring day, and calls that were lost are traced and billed.
Source: section 5 of the domain ("Reconciliation buckets").
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Literal

from routefit.lcpr.bill import Comparison
from routefit.lcpr.bill_allocation import apportioned
from routefit.lcpr.bill_cells import NO_PROVIDER
from routefit.lcpr.bill_traces import Traced
from routefit.lcpr.cell import Frozen
from routefit.units import usd_from_pico_usd

BucketKind = Literal[
    "usage_without_trace",
    "trace_without_usage",
    "price_mismatch",
    "alias_mismatch",
    "credit_or_commitment",
    "period_edge",
    "billed_but_lost",
]


class Bucket(Frozen):
    """One reason for a difference: its size in USD (signed for a price mismatch), and what to do about it.

    `subject` is the provider, where it is about one.
    """

    kind: BucketKind
    subject: str | None = None
    usd: float
    calls: int | None
    what: str
    remedy: str | None


EDGE_RATE = 0.01
"""A smaller difference needs no calls from beyond the period's edge to explain it."""


def buckets(
    comparisons: Iterable[Comparison], uncovered: Iterable[Traced], lost: Iterable[Bucket]
) -> tuple[Bucket, ...]:
    """Every reason that was found."""
    found = [bucket for one in comparisons for bucket in _of_comparison(one)]
    found += [*_without_usage(uncovered), *lost]
    return tuple(sorted(found, key=lambda bucket: (-abs(bucket.usd), bucket.kind, bucket.what)))


def _of_comparison(one: Comparison) -> Iterator[Bucket]:
    inside, biller = one.inside, one.biller
    shares = apportioned(inside.not_through_gateway_pico_usd, [max(0, part.pico_usd) for part in one.untraced])
    for part, pico_usd in zip(one.untraced, shares, strict=True):
        if not pico_usd:
            continue
        usd, model = usd_from_pico_usd(pico_usd), part.model or "lines without a model"
        if part.resembles is None:
            what = f"{biller} bills {model} that no trace shows"
            yield _bucket("usage_without_trace", usd, what, "send these calls through the gateway, or import them")
        else:
            yield _bucket(
                "alias_mismatch",
                usd,
                f"{biller} bills {model}, the traces have {part.resembles}",
                f'if they are the same, in routefit.yaml: model_aliases: {{"{model}": "{part.resembles}"}}',
            )
    if inside.price_difference_pico_usd:
        usd = usd_from_pico_usd(inside.price_difference_pico_usd)
        than = "dearer" if usd > 0 else "cheaper"
        yield _bucket("price_mismatch", usd, f"calls of {biller} are {than} on the bill than traced", None)
    if inside.credits_pico_usd:
        usd = usd_from_pico_usd(inside.credits_pico_usd)
        yield _bucket("credit_or_commitment", usd, f"credits of {biller}, in none of the lines above", None)
    if one.near_edge_pico_usd and abs(one.delta_to_invoice_rate or 1.0) >= EDGE_RATE:
        where = "just outside" if one.whole.delta_pico_usd > 0 else "at the edges of"
        yield _bucket(
            "period_edge",
            usd_from_pico_usd(one.near_edge_pico_usd),
            f"calls {where} the period of {biller}, within a day: enough to explain its difference",
            "check in which time zone the period is meant",
        )


def _without_usage(uncovered: Iterable[Traced]) -> Iterator[Bucket]:
    by_provider: dict[str, list[Traced]] = defaultdict(list)
    for one in uncovered:
        by_provider[one.provider].append(one)
    for provider, own in sorted(by_provider.items()):
        yield Bucket(
            kind="trace_without_usage",
            subject=provider or NO_PROVIDER,
            usd=usd_from_pico_usd(sum(one.pico_usd for one in own)),
            calls=sum(one.calls for one in own),
            what=f"calls of {provider or NO_PROVIDER} that no invoice covers",
            remedy="routefit import invoices FILE, or name the biller in routefit.yaml: billers",
        )


def _bucket(kind: BucketKind, usd: float, what: str, remedy: str | None) -> Bucket:
    return Bucket(kind=kind, usd=usd, calls=None, what=what, remedy=remedy)
