"""The invoice against the traces, per biller and invoice period.

    delta = invoice - traced cost = not through the gateway + price difference      USD, signed

The invoice is before credits, without tax and without disputed lines. The traced cost is that of ALL calls of the
providers that it bills for and that started in the period, grading and unattributed ones included.
Not through the gateway: lines that name a model of which no call was traced in the period; of lines that count
more tokens of a model than were traced, the share that was not; everything, where no call was traced at all.
Price difference: the rest. Only this belongs to traced calls and so enters the LCPR.
A window inside a period takes what belongs to its calls, and of the rest its share of the traced cost (where there
is none its share of the calls, else of the time).
Source: section 3 of the domain ("Delta"); decisions 0020 and 0021.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from routefit.evidence import Label, weakest
from routefit.lcpr.bill_allocation import part_pico_usd, price_difference_shares
from routefit.lcpr.bill_periods import InvoiceLine, InvoicePeriod
from routefit.lcpr.bill_traces import Traced, estimated_tokens, traced_pico_usd
from routefit.lcpr.cell import Window

EXPLAINED_RATE = 0.05
"""A difference of at most this share of the invoice is reconciled."""

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """invoice = traced + not through the gateway + price difference, in whole pico-USD; credits stand apart."""

    traced_pico_usd: int = 0
    not_through_gateway_pico_usd: int = 0
    price_difference_pico_usd: int = 0
    credits_pico_usd: int = 0

    @property
    def invoice_pico_usd(self) -> int:
        """What was billed before credits and without tax."""
        return self.traced_pico_usd + self.not_through_gateway_pico_usd + self.price_difference_pico_usd

    @property
    def delta_pico_usd(self) -> int:
        """Invoice minus traced cost."""
        return self.not_through_gateway_pico_usd + self.price_difference_pico_usd

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            traced_pico_usd=self.traced_pico_usd + other.traced_pico_usd,
            not_through_gateway_pico_usd=self.not_through_gateway_pico_usd + other.not_through_gateway_pico_usd,
            price_difference_pico_usd=self.price_difference_pico_usd + other.price_difference_pico_usd,
            credits_pico_usd=self.credits_pico_usd + other.credits_pico_usd,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Untraced:
    """What of a model's lines is not through the gateway; `model` None names no model."""

    model: str | None
    resembles: str | None
    pico_usd: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One invoice period against its traces: `whole` over the period, `inside` what of it belongs to the window.

    `shares` are the price difference of each group of traced calls in the window.
    """

    biller: str
    providers: frozenset[str]
    start: datetime
    end: datetime
    whole: Sums
    inside: Sums
    untraced: tuple[Untraced, ...]
    shares: tuple[tuple[Traced, int], ...]
    near_edge_pico_usd: int
    label: Label

    @property
    def delta_to_invoice_rate(self) -> float | None:
        """|delta| / invoice over the whole period; None without an amount."""
        return _share_rate(self.whole.delta_pico_usd, self.whole.invoice_pico_usd)

    @property
    def delta_to_traced_rate(self) -> float | None:
        """|delta| / traced cost over the whole period; None where nothing was traced."""
        return _share_rate(self.whole.delta_pico_usd, self.whole.traced_pico_usd)

    @property
    def is_reconciled(self) -> bool:
        """Whether the difference is at most 5% of the invoice."""
        rate = self.delta_to_invoice_rate
        return rate is not None and rate <= EXPLAINED_RATE


def comparison(period: InvoicePeriod, traced: Iterable[Traced], window: Window) -> Comparison:
    """The period's lines against the calls of its providers; `traced` may hold others, and a day around it."""
    own = [one for one in traced if one.provider in period.providers]
    inside = [one for one in own if one.is_within(period.start, period.end)]
    invoice_pico_usd = sum(line.pico_usd for line in period.lines)
    untraced = tuple(_untraced(period.lines, inside))
    traced_usd = traced_pico_usd(inside)
    not_through = sum(one.pico_usd for one in untraced)
    whole = Sums(
        traced_pico_usd=traced_usd,
        not_through_gateway_pico_usd=not_through,
        price_difference_pico_usd=invoice_pico_usd - traced_usd - not_through,
        credits_pico_usd=sum(line.credits_pico_usd for line in period.lines),
    )
    shares = price_difference_shares(whole.price_difference_pico_usd, inside)
    shown = tuple(
        (one, share) for one, share in zip(inside, shares, strict=True) if one.is_within(window.start, window.end)
    )
    return Comparison(
        biller=period.biller,
        providers=period.providers,
        start=period.start,
        end=period.end,
        whole=whole,
        inside=_inside(whole, shown, inside, period, window),
        untraced=untraced,
        shares=shown,
        near_edge_pico_usd=_near_edge_pico_usd(period, own, whole.delta_pico_usd),
        label=weakest(line.label for line in period.lines),
    )


def _untraced(lines: Sequence[InvoiceLine], traced: Sequence[Traced]) -> Iterable[Untraced]:
    if not traced:
        # No call could be dearer or cheaper than thought: all of it went elsewhere.
        for model, own in _by_model(lines).items():
            yield Untraced(model=model, resembles=own[0].resembles, pico_usd=sum(line.pico_usd for line in own))
        return
    for model, own in _by_model(lines).items():
        calls = [one for one in traced if one.model == model]
        pico_usd = sum(line.pico_usd for line in own)
        if model is None or pico_usd <= 0:
            continue
        if not calls:
            yield Untraced(model=model, resembles=own[0].resembles, pico_usd=pico_usd)
            continue
        counted = [line for line in own if line.quantity_tokens is not None]
        billed_tokens = sum(line.quantity_tokens or 0 for line in counted)
        tokens = estimated_tokens(calls)
        if tokens is not None and billed_tokens > tokens:
            missing = part_pico_usd(sum(line.pico_usd for line in counted), billed_tokens - tokens, billed_tokens)
            yield Untraced(model=model, resembles=None, pico_usd=missing)


def _by_model(lines: Iterable[InvoiceLine]) -> dict[str | None, list[InvoiceLine]]:
    found: dict[str | None, list[InvoiceLine]] = defaultdict(list)
    for line in lines:
        found[line.model].append(line)
    return found


def _inside(
    whole: Sums,
    shown: Sequence[tuple[Traced, int]],
    inside: Sequence[Traced],
    period: InvoicePeriod,
    window: Window,
) -> Sums:
    part, parts = _share_of_window(whole, shown, inside, period, window)
    return Sums(
        traced_pico_usd=traced_pico_usd(one for one, _ in shown),
        not_through_gateway_pico_usd=part_pico_usd(whole.not_through_gateway_pico_usd, part, parts),
        price_difference_pico_usd=sum(share for _, share in shown),
        credits_pico_usd=part_pico_usd(whole.credits_pico_usd, part, parts),
    )


def _share_of_window(
    whole: Sums,
    shown: Sequence[tuple[Traced, int]],
    inside: Sequence[Traced],
    period: InvoicePeriod,
    window: Window,
) -> tuple[int, int]:
    """The window's share of the period, as a part and the whole of it."""
    if whole.traced_pico_usd:
        return traced_pico_usd(one for one, _ in shown), whole.traced_pico_usd
    if inside:
        return sum(one.calls for one, _ in shown), sum(one.calls for one in inside)
    overlap = min(period.end, window.end) - max(period.start, window.start)
    return max(0, overlap // _MICROSECOND), (period.end - period.start) // _MICROSECOND


def _near_edge_pico_usd(period: InvoicePeriod, own: Sequence[Traced], delta_pico_usd: int) -> int:
    """Cost of calls within a day of the edges whose inclusion (exclusion) would explain the difference, else 0."""
    day = timedelta(days=1)
    outward = delta_pico_usd > 0
    edges = (
        ((period.start - day, period.start), (period.end, period.end + day))
        if outward
        else ((period.start, period.start + day), (period.end - day, period.end))
    )
    found = sum(one.pico_usd for one in own if any(one.is_within(start, end) for start, end in edges))
    return found if delta_pico_usd and found >= abs(delta_pico_usd) else 0


def _share_rate(part_pico_usd: int, whole_pico_usd: int) -> float | None:
    return abs(part_pico_usd) / abs(whole_pico_usd) if whole_pico_usd else None
