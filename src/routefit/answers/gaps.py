"""What is missing, each sized in USD of the window.

Calls without a known cost count at the mean cost of the same workload and model (else of the workload), units
without a verdict at their own cost, differences to the bill at what was found. None is a size nobody can know.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Literal

from routefit.answers.bill import Bill, LeftOutLine
from routefit.answers.lcpr import LcprAnswer
from routefit.answers.verdicts import judgements
from routefit.answers.workspace import Workspace
from routefit.funnel.words import listed
from routefit.lcpr.bill_buckets import buckets
from routefit.lcpr.bill_cells import NO_PROVIDER
from routefit.lcpr.cell import Cell, Frozen
from routefit.ledger.questions import UnpricedCalls, unpriced_calls
from routefit.ledger.spending import LostCalls
from routefit.ledger.view import UNATTRIBUTED
from routefit.units import PICO_USD_PER_USD, usd_from_pico_usd

GapKind = Literal[
    "no_price",
    "no_usage",
    "logged_zero",
    "no_capacity",
    "unattributed",
    "undecided",
    "not_invoiced",
    "not_through_gateway",
    "price_difference",
    "billed_but_lost",
    "idle",
    "left_out_line",
    "lost_judgements",
]

MOST_NAMES = 3
"""Of providers that stand in one line."""

OUTCOMES_COMMAND = "routefit import outcomes FILE"
INVOICES_COMMAND = "routefit import invoices FILE"
CAPACITY_COMMAND = "routefit import capacity FILE"

_CAUSES: dict[str, tuple[GapKind, str]] = {
    "unpriced_no_price": ("no_price", "no price known"),
    "unpriced_no_usage": ("no_usage", "no usage logged"),
    "unpriced_suspicious_zero": ("logged_zero", "cost logged as 0"),
    "unpriced_no_capacity": ("no_capacity", "paid by capacity of unknown cost"),
}


class Gap(Frozen):
    """Something that is missing; `usd` is its size in the window, None where nobody can know.

    `subject` is the model, workload, route or biller that it is about.
    """

    what: str
    calls: int
    usd: float | None
    remedy: str
    kind: GapKind
    subject: str | None = None


def gaps(
    workspace: Workspace,
    costs: LcprAnswer,
    bill: Bill,
    lost: Sequence[LostCalls],
    *,
    spend_usd: float,
    with_unread_scores: Collection[str],
) -> tuple[Gap, ...]:
    """Every gap, largest first, those of unknown size last.

    `spend_usd` is the known cost of the window's calls, `with_unread_scores` the workloads that have scores which
    no rule reads.
    """
    found = [
        *_unpriced(workspace, costs),
        *_unattributed(costs),
        *_undecided(costs.cells, with_unread_scores),
        *_not_invoiced(bill, spend_usd),
        *_differences(bill),
        *_left_out(bill.left_out),
        *_billed_but_lost(lost),
        *_idle(costs),
        *_lost_judgements(workspace, costs),
    ]
    return tuple(sorted(found, key=lambda gap: (-(gap.usd or 0.0), gap.what)))


# --- calls and units --------------------------------------------------------------------------------------


def _unpriced(workspace: Workspace, costs: LcprAnswer) -> Iterator[Gap]:
    found = unpriced_calls(workspace.ledger, costs.window.start.date(), costs.window.end.date())
    means = _workload_means(costs.cells)
    grouped: dict[tuple[str, str | None, str], list[UnpricedCalls]] = defaultdict(list)
    for one in found:
        grouped[one.workload, one.model, one.basis].append(one)
    for (workload, model, basis), group in grouped.items():
        calls = sum(one.calls for one in group)
        known = next((one.mean_pico_usd for one in group if one.mean_pico_usd is not None), None)
        mean_usd = means.get(workload) if known is None else known / PICO_USD_PER_USD
        at = "" if workload == UNATTRIBUTED else f" in {workload}"
        kind, cause = _CAUSES[basis]
        yield Gap(
            what=f"{model or 'calls without a model'}{at}: {cause}",
            calls=calls,
            usd=None if mean_usd is None else calls * mean_usd,
            remedy=_price_remedy(workspace, kind, model),
            kind=kind,
            subject=model,
        )


def _workload_means(cells: Sequence[Cell]) -> dict[str, float]:
    """USD per priced call of each workload."""
    sums: dict[str, tuple[float, int]] = defaultdict(lambda: (0.0, 0))
    for cell in cells:
        usd, calls = sums[cell.workload]
        sums[cell.workload] = (usd + (cell.cost_usd.inference or 0.0), calls + cell.calls - cell.unpriced_calls)
    return {name: usd / calls for name, (usd, calls) in sums.items() if calls and usd}


def _price_remedy(workspace: Workspace, kind: GapKind, model: str | None) -> str:
    if kind == "no_usage":
        return "log token usage of these calls (for streams: ask for usage at the end)"
    if kind == "logged_zero":
        return "log what they cost, or their tokens; if they are free, say is_free in the route"
    if kind == "no_capacity":
        return f"{CAPACITY_COMMAND}; gpu_usd_per_hour and gpus_per_replica in the route's capacity"
    suggestion = workspace.book.alias_suggestion(model) if model else None
    if suggestion:
        return f"add to routefit.yaml: {suggestion}"
    if model is None:
        return "log the model of these calls"
    return f"a price of {model} in prices/*.yaml"


def _unattributed(costs: LcprAnswer) -> Iterator[Gap]:
    if costs.unattributed.calls:
        yield Gap(
            what="calls of no workload",
            calls=costs.unattributed.calls,
            usd=costs.unattributed.cost_usd,
            remedy="routefit discover, or log the workload with each call",
            kind="unattributed",
        )


def _undecided(cells: Sequence[Cell], with_unread_scores: Collection[str]) -> Iterator[Gap]:
    by_workload: dict[str, list[Cell]] = defaultdict(list)
    for cell in cells:
        by_workload[cell.workload].append(cell)
    for workload, own in by_workload.items():
        units, undecided = sum(cell.units for cell in own), sum(cell.unknown_units for cell in own)
        if not undecided:
            continue
        sizes = [cell.usd_per_unit * cell.unknown_units for cell in own if cell.usd_per_unit is not None]
        of_all = f" of {units:,}" if undecided < units else ""
        meaning = f"say what its scores mean: verdict in workloads/{workload}.yaml"
        yield Gap(
            what=f"{undecided:,}{of_all} {'unit' if units == 1 else 'units'} of {workload} without a verdict",
            calls=sum(cell.calls if cell.unknown_units == cell.units else cell.unknown_units for cell in own),
            usd=sum(sizes) if sizes else None,
            remedy=meaning if workload in with_unread_scores else OUTCOMES_COMMAND,
            kind="undecided",
            subject=workload,
        )


def _lost_judgements(workspace: Workspace, costs: LcprAnswer) -> Iterator[Gap]:
    if costs.outcomes_without_call:
        yield Gap(
            what=f"{judgements(workspace, costs.outcomes_without_call)} of units without any call",
            calls=0,
            usd=None,
            remedy="import the calls of these units; until then they count for nothing",
            kind="lost_judgements",
        )
    if costs.ambiguous_outcomes:
        yield Gap(
            what=f"{judgements(workspace, costs.ambiguous_outcomes)} that fit several units",
            calls=0,
            usd=None,
            remedy="name workload and route in them",
            kind="lost_judgements",
        )


# --- the bill ---------------------------------------------------------------------------------------------


def _not_invoiced(bill: Bill, spend_usd: float) -> Iterator[Gap]:
    """What was traced and no invoice covers: all of it where no invoice touches the window."""
    if not bill.comparisons:
        if spend_usd:
            yield Gap(
                what=f"spend to hold against an invoice: {bill.reason}",
                calls=0,
                usd=spend_usd,
                remedy=INVOICES_COMMAND,
                kind="not_invoiced",
            )
        return
    by_provider: dict[str, int] = defaultdict(int)
    for one in bill.uncovered:
        by_provider[one.provider or NO_PROVIDER] += one.pico_usd
    names = [name for name, pico_usd in sorted(by_provider.items(), key=lambda item: -item[1]) if pico_usd]
    if names:
        yield Gap(
            what=f"calls on no invoice, of {_some(names)}",
            calls=sum(one.calls for one in bill.uncovered),
            usd=usd_from_pico_usd(sum(by_provider.values())),
            remedy=INVOICES_COMMAND,
            kind="not_invoiced",
            subject=names[0],
        )


def _differences(bill: Bill) -> Iterator[Gap]:
    """What was billed without a trace, and price differences of invoices that are off by more than 5%."""
    for bucket in buckets(bill.comparisons, (), ()):
        if bucket.kind in ("usage_without_trace", "alias_mismatch"):
            yield Gap(
                what=bucket.what,
                calls=bucket.calls or 0,
                usd=bucket.usd,
                remedy=bucket.remedy or "routefit spend",
                kind="not_through_gateway",
            )
    for one in bill.comparisons:
        difference_usd = usd_from_pico_usd(one.inside.price_difference_pico_usd)
        if difference_usd and not one.is_reconciled:
            yield Gap(
                what=f"{one.biller} bills {'more' if difference_usd > 0 else 'less'} for the same calls",
                calls=0,
                usd=abs(difference_usd),
                remedy="compare its prices with prices/*.yaml: routefit spend",
                kind="price_difference",
                subject=one.biller,
            )


def _left_out(lines: Sequence[LeftOutLine]) -> Iterator[Gap]:
    for line in lines:
        is_disputed = line.reason == "disputed"
        amount = "" if line.usd is not None else f" of {line.amount:,.2f} {line.currency}"
        about = f" for {line.what}" if line.what else ""
        yield Gap(
            what=f"a line{amount} of {line.biller}{about}: {line.reason}",
            calls=0,
            usd=None if line.usd is None else abs(line.usd),
            remedy="settle it with the biller" if is_disputed else "declare the rate of its currency",
            kind="left_out_line",
            subject=line.biller,
        )


def _billed_but_lost(lost: Sequence[LostCalls]) -> Iterator[Gap]:
    for one in lost:
        if one.pico_usd:
            yield Gap(
                what=f"calls gave no answer: {one.ended}",
                calls=one.calls,
                usd=usd_from_pico_usd(one.pico_usd),
                remedy="routefit spend",
                kind="billed_but_lost",
                subject=one.ended,
            )


def _idle(costs: LcprAnswer) -> Iterator[Gap]:
    for one in costs.capacity:
        if one.idle_pico_usd:
            billed = f", of {_usd_words(one.billed_pico_usd)} billed" if one.billed_pico_usd else ""
            yield Gap(
                what=f"{one.route} stood idle{billed}",
                calls=0,
                usd=usd_from_pico_usd(one.idle_pico_usd),
                remedy="fewer replicas where no call runs",
                kind="idle",
                subject=one.route,
            )
        if one.billed_pico_usd is None and not one.calls:
            yield Gap(
                what=f"{one.route} ran without a known price: {'; '.join(one.reasons)}",
                calls=0,
                usd=None,
                remedy=f"gpu_usd_per_hour and gpus_per_replica in capacity of routes/{one.route}.yaml",
                kind="no_capacity",
                subject=one.route,
            )


def _some(names: Sequence[str]) -> str:
    """`anthropic, openai and 4 more`."""
    return listed(
        names if len(names) <= MOST_NAMES else (*names[: MOST_NAMES - 1], f"{len(names) - MOST_NAMES + 1} more")
    )


def _usd_words(pico_usd: int) -> str:
    return f"${usd_from_pico_usd(pico_usd):,.0f}"
