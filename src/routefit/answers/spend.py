"""Where the money went: the bill of a window as a statement that adds up, by the key asked for.

Calls count on their own day. What is not known of a call (a team that no log names) is a row without a key.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

import pyarrow as pa

from routefit.answers.arrow import arrow_table
from routefit.answers.bill import Bill, IdleDay, LeftOutLine, bill_of, idle_days
from routefit.answers.workspace import Workspace
from routefit.errors import BadInputError, UnknownNameError, nearest_names
from routefit.evidence import Label
from routefit.lcpr.bill import Comparison
from routefit.lcpr.bill_allocation import apportioned
from routefit.lcpr.bill_buckets import Bucket, buckets
from routefit.lcpr.bill_cells import NO_PROVIDER
from routefit.lcpr.bill_statement import (
    SpendRow,
    Spent,
    Statement,
    spend_rows,
    statement_of,
    total_pico_usd,
)
from routefit.lcpr.bill_traces import Traced
from routefit.lcpr.cell import Frozen, Window
from routefit.ledger.mismatches import Mismatch, mismatches
from routefit.ledger.spending import TAG, CapacityUse, LostCalls, SpentCalls, spent_by, tag_names
from routefit.units import usd_from_pico_usd

KEYS = ("team", "owner", "workload", "provider", "model", "route", "day", "month")
"""What a row of the bill may stand for, beside `tag.KEY`."""


class BilledPeriod(Frozen):
    """One biller's invoice period against the traces, whole and (`*_in_window_usd`) what belongs to the window."""

    biller: str
    providers: tuple[str, ...]
    period: Window
    invoice_usd: float
    traced_usd: float
    delta_usd: float
    not_through_gateway_usd: float
    price_difference_usd: float
    credits_usd: float
    invoice_in_window_usd: float
    delta_to_invoice_rate: float | None
    delta_to_traced_rate: float | None
    is_reconciled: bool
    label: Label


class Lost(Frozen):
    """Calls that were traced as an error, a timeout, cancelled or cut off, and what they cost all the same.

    Of `unpriced_calls` it is not known whether they were billed.
    """

    ended: str
    calls: int
    unpriced_calls: int
    usd: float


class PriceMismatch(Frozen):
    """Calls of a model whose log reports another cost than their price gives, by over 1%, and a likely cause.

    `counts_reported` says which of the two entered the figures.
    """

    provider: str | None
    model: str | None
    cause: str
    calls: int
    reported_usd: float
    priced_usd: float
    counts_reported: bool


class SpendAnswer(Frozen):
    """The bill of a window: rows by key, the statement, and why invoice and traces differ."""

    window: Window
    is_synthetic: bool
    sampled_unit_rate: float
    by: str
    rows: tuple[SpendRow, ...]
    statement: Statement
    total_usd: float
    unpriced_calls: int
    not_invoiced: tuple[str, ...]
    periods: tuple[BilledPeriod, ...]
    lost: tuple[Lost, ...]
    mismatches: tuple[PriceMismatch, ...]
    buckets: tuple[Bucket, ...]
    left_out: tuple[LeftOutLine, ...]
    other_services_lines: int

    def to_arrow(self) -> pa.Table:
        """The rows as an Arrow table."""
        return arrow_table(self.rows)


def spend(
    workspace: Workspace, *, by: str = "workload", start: date | None = None, end: date | None = None
) -> SpendAnswer:
    """The bill of the window; CannotTellError without calls, UnknownNameError for a tag that nothing carries."""
    return spend_by_each(workspace, (by,), start=start, end=end)[0]


def spend_by_each(
    workspace: Workspace, keys: Sequence[str], *, start: date | None = None, end: date | None = None
) -> tuple[SpendAnswer, ...]:
    """The bill of the window by each of the keys: the same answers as one by one, and the calls are read once."""
    window = workspace.window(start, end)
    first, last = window.start.date(), window.end.date()
    for key in keys:
        _check_key(workspace, key, first, last)
    found = spent_by(workspace.ledger, first, last, keys, _owners(workspace))
    days = idle_days(workspace, first, last)
    bill = workspace.once(bill_of, window)
    differing = tuple(
        _mismatch(one, counts_reported=workspace.project.config.cost_source == "reported")
        for one in mismatches(workspace.ledger, first, last)
    )
    return tuple(
        _answer(workspace, key, window, calls, (*calls.spent, *_idle(key, days, calls.uses)), bill, differing)
        for key, calls in zip(keys, found, strict=True)
    )


def _answer(
    workspace: Workspace,
    by: str,
    window: Window,
    calls: SpentCalls,
    spent: Sequence[Spent],
    bill: Bill,
    differing: tuple[PriceMismatch, ...],
) -> SpendAnswer:
    return SpendAnswer(
        window=window,
        is_synthetic=workspace.project.config.is_synthetic,
        sampled_unit_rate=workspace.project.config.sampling.unit_rate,
        by=by,
        rows=spend_rows(spent, is_in_order=by in ("day", "month")),
        statement=statement_of(spent, bill.billed, reason=bill.reason),
        total_usd=usd_from_pico_usd(total_pico_usd(spent)),
        unpriced_calls=sum(one.unpriced_calls for one in spent),
        not_invoiced=_not_invoiced(bill),
        periods=tuple(map(_period, bill.comparisons)),
        lost=tuple(map(_lost, calls.lost)),
        mismatches=differing,
        buckets=buckets(bill.comparisons, bill.uncovered, _lost_buckets(calls.lost)),
        left_out=bill.left_out,
        other_services_lines=bill.other_services_lines,
    )


def _check_key(workspace: Workspace, by: str, start: date, end: date) -> None:
    if by in KEYS:
        return
    if by.startswith(TAG) and len(by) > len(TAG):
        known = tag_names(workspace.ledger, start, end)
        if by not in known:
            raise UnknownNameError("tag", by, known)
        return
    near = nearest_names(by, KEYS, most=1)
    raise BadInputError(
        f"--by: got {by!r}, expected one of {', '.join(KEYS)}, or tag.KEY",
        next_step=f"routefit spend --by {near[0] if near else KEYS[2]}",
    )


def _owners(workspace: Workspace) -> Mapping[str, str]:
    return {name: one.owner for name, one in workspace.project.workloads.items() if one.owner}


def _idle(by: str, days: Iterable[IdleDay], uses: Iterable[CapacityUse]) -> list[Spent]:
    """Idle capacity under the keys that say where it stood; else under those of the calls of the window."""
    used: dict[str, list[CapacityUse]] = defaultdict(list)
    for use in uses:
        used[use.route].append(use)
    found = []
    for day in days:
        for part in day.parts:
            is_place = by in _PLACES
            by_key = {_where_idle(by, day, part): 1} if is_place else _users(used[day.route])
            shares = apportioned(part.pico_usd, list(by_key.values()))
            found += [
                Spent(key=key, category="idle", calls=0, pico_usd=share)
                for key, share in zip(by_key, shares, strict=True)
            ]
    return found


_PLACES = ("workload", "provider", "model", "route", "day", "month")
"""Keys that idle capacity has of itself; a team, an owner or a tag has used it."""


def _where_idle(by: str, day: IdleDay, part: Traced) -> str | None:
    places = {
        "workload": part.workload,
        "provider": part.provider or None,
        "model": part.model,
        "route": day.route,
        "day": day.on.isoformat(),
        "month": f"{day.on:%Y-%m}",
    }
    return places.get(by)


def _users(uses: Iterable[CapacityUse]) -> dict[str | None, int]:
    """Who used a route in the window, by the cost of the calls; nobody is the key that is absent."""
    by_key: dict[str | None, int] = defaultdict(int)
    for use in uses:
        by_key[use.key] += use.pico_usd
    return {key: pico_usd for key, pico_usd in by_key.items() if pico_usd} or {None: 1}


def _not_invoiced(bill: Bill) -> tuple[str, ...]:
    return tuple(sorted({one.provider or NO_PROVIDER for one in bill.uncovered if one.pico_usd}))


def _period(one: Comparison) -> BilledPeriod:
    return BilledPeriod(
        biller=one.biller,
        providers=tuple(sorted(one.providers)),
        period=Window(start=one.start, end=one.end),
        invoice_usd=usd_from_pico_usd(one.whole.invoice_pico_usd),
        traced_usd=usd_from_pico_usd(one.whole.traced_pico_usd),
        delta_usd=usd_from_pico_usd(one.whole.delta_pico_usd),
        not_through_gateway_usd=usd_from_pico_usd(one.whole.not_through_gateway_pico_usd),
        price_difference_usd=usd_from_pico_usd(one.whole.price_difference_pico_usd),
        credits_usd=usd_from_pico_usd(one.whole.credits_pico_usd),
        invoice_in_window_usd=usd_from_pico_usd(one.inside.invoice_pico_usd),
        delta_to_invoice_rate=one.delta_to_invoice_rate,
        delta_to_traced_rate=one.delta_to_traced_rate,
        is_reconciled=one.is_reconciled,
        label=one.label,
    )


def _lost(one: LostCalls) -> Lost:
    return Lost(
        ended=one.ended, calls=one.calls, unpriced_calls=one.unpriced_calls, usd=usd_from_pico_usd(one.pico_usd)
    )


def _mismatch(one: Mismatch, *, counts_reported: bool) -> PriceMismatch:
    return PriceMismatch(
        provider=one.provider,
        model=one.model,
        cause=one.cause,
        calls=one.calls,
        reported_usd=usd_from_pico_usd(one.reported_pico_usd),
        priced_usd=usd_from_pico_usd(one.priced_pico_usd),
        counts_reported=counts_reported,
    )


def _lost_buckets(lost: Iterable[LostCalls]) -> Iterator[Bucket]:
    """Lost calls of known cost; what is not known to be billed explains no difference."""
    for one in lost:
        if one.pico_usd:
            yield Bucket(
                kind="billed_but_lost",
                usd=usd_from_pico_usd(one.pico_usd),
                calls=one.calls - one.unpriced_calls,
                what=f"calls that ended: {one.ended}",
                remedy=None,
            )
