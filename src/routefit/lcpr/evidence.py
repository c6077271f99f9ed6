"""What a cell's dollars rest on, and whether that is good enough to decide on.

Decision-grade needs all of: more than 95% of the calls attributed and priced; the invoice reconciled, or not
invoiced and said so; a quality gate that exists and ran; fresh data and prices; fewer than two key inputs assumed
or unknown; a grader that is the gate with known agreement with people.
Source: section 4 of the domain.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from routefit.declared.model import Workload
from routefit.evidence import Fact, Label, weakest
from routefit.lcpr.bill import EXPLAINED_RATE
from routefit.lcpr.cell import CellEvidence, CostUsd, DollarShare
from routefit.lcpr.gate import gate_reasons
from routefit.lcpr.people import usd_per_case
from routefit.lcpr.totals import Totals
from routefit.units import usd_from_pico_usd

if TYPE_CHECKING:
    from routefit.lcpr.assembly import CellContext

BADGE_RATE = 0.05
"""An input below this share of the cost does not decide the badge."""

COVERAGE_RATE = 0.95
"""Decision-grade needs more than this share of calls attributed and priced."""

_PRICE_LABELS = (Label.MEASURED, Label.CONTRACTED, Label.PUBLIC, Label.ESTIMATED, Label.ASSUMED)


def cell_evidence(totals: Totals, cost: CostUsd, context: CellContext, *, is_extrapolated: bool) -> CellEvidence:
    """Labels, shares and the reasons that keep a cell from decision-grade."""
    dollars = tuple(_dollars(totals, cost, context))
    unknown = totals.is_lower_bound or cost.human is None or cost.ops is None or cost.inference is None
    labels = [share.label for share in dollars if share.rate]
    heavy = [share.label for share in dollars if abs(share.rate) >= BADGE_RATE]
    if is_extrapolated:
        labels.append(Label.ESTIMATED)
        heavy.append(Label.ESTIMATED)
    against = tuple(_not_good_enough(totals, cost, context))
    notes = tuple(_notes(totals, cost, context))
    return CellEvidence(
        label=Label.UNKNOWN if unknown else weakest(labels),
        badge=weakest(heavy),
        dollars=dollars,
        decision_grade=not against,
        reasons=against + notes,
    )


def _dollars(totals: Totals, cost: CostUsd, context: CellContext) -> Iterator[DollarShare]:
    if not cost.total:
        return
    for label, pico_usd in zip(_PRICE_LABELS, _by_price_label(totals), strict=True):
        if pico_usd:
            yield DollarShare(
                label=label, rate=usd_from_pico_usd(pico_usd) / cost.total, source=_PRICE_SOURCES[label]
            )
    if context.bill.delta_usd:
        rate = context.bill.delta_usd / cost.total
        yield DollarShare(label=context.bill.label, rate=rate, source="difference to the invoice")
    if context.idle.usd:
        yield DollarShare(
            label=context.idle.label, rate=context.idle.usd / cost.total, source="capacity that stood idle"
        )
    if totals.human_measured_pico_usd:
        usd = usd_from_pico_usd(totals.human_measured_pico_usd)
        yield DollarShare(label=Label.MEASURED, rate=usd / cost.total, source="people, as recorded")
    declared_human = totals.human_pico_usd - totals.human_measured_pico_usd
    if declared_human and context.workload is not None:
        human = context.workload.human
        label = weakest(fact.label for fact in (usd_per_case(human), human.usd_per_hour) if fact.is_known)
        usd = usd_from_pico_usd(declared_human)
        yield DollarShare(label=label, rate=usd / cost.total, source="cost of an escalation")
    if cost.ops:
        yield DollarShare(label=context.ops.label, rate=cost.ops / cost.total, source="running cost")


_PRICE_SOURCES = {
    Label.MEASURED: "cost as reported",
    Label.CONTRACTED: "contracted prices",
    Label.PUBLIC: "public prices",
    Label.ESTIMATED: "estimated replica-hours",
    Label.ASSUMED: "assumed prices",
}


def _by_price_label(totals: Totals) -> tuple[int, ...]:
    known = (
        totals.measured_cost_pico_usd,
        totals.contracted_cost_pico_usd,
        totals.public_cost_pico_usd,
        totals.estimated_cost_pico_usd,
    )
    return (*known, totals.inference_pico_usd + totals.eval_pico_usd - sum(known))


def _not_good_enough(totals: Totals, cost: CostUsd, context: CellContext) -> Iterator[str]:
    if context.is_tail_sampled:
        yield "tail-sampled traces were chosen for what happened in them: no rate, no cost per result holds"
    attributed = context.attributed_rate
    if attributed is not None and attributed <= COVERAGE_RATE:
        yield f"attributed calls {attributed:.1%} <= {COVERAGE_RATE:.0%}"
    priced = 1 - totals.unpriced_calls / totals.production_calls if totals.production_calls else 0.0
    if priced <= COVERAGE_RATE:
        yield f"priced calls {priced:.1%} <= {COVERAGE_RATE:.0%}"
    yield from _bill_reasons(context)
    yield from _gate_reasons(totals, context.workload)
    yield from gate_reasons(
        context.workload,
        context.series,
        context.agreements,
        least_labelled_units=context.least_labelled_units,
    )
    yield from _staleness(context)
    weak = _weak_inputs(totals, cost, context)
    if len(weak) >= 2:
        yield f"{len(weak)} key inputs assumed or unknown: {', '.join(weak)}"


def _bill_reasons(context: CellContext) -> Iterator[str]:
    """The invoices that traces do not explain; one that is not there yet does not stand against a decision."""
    for gap in context.bill.gaps:
        shown = "no amount" if gap.delta_to_invoice_rate is None else f"{gap.delta_to_invoice_rate:.1%}"
        traced = gap.delta_to_traced_rate
        other = "" if traced is None else f" ({traced:.1%} of the traced cost)"
        yield f"bill of {gap.biller} differs by {shown} of the invoice > {EXPLAINED_RATE:.0%}{other}"


def _gate_reasons(totals: Totals, workload: Workload | None) -> Iterator[str]:
    if workload is None or workload.unit.quality_floor_rate is None:
        yield "no quality floor is declared"
    if not totals.evaluated_units:
        yield "no verdicts: the quality gate did not run"


def _staleness(context: CellContext) -> Iterator[str]:
    limit = timedelta(days=context.stale_after_days)
    age = context.today - context.window.end.date()
    if age > limit:
        yield f"data are {_plural(age.days, 'day')} old > {limit.days}"
    prices = context.route.prices if context.route else ()
    dated = [
        price.as_of for price in prices if price.as_of is not None and _is_current(price.valid_to, context.today)
    ]
    if dated and context.today - min(dated) > limit:
        yield f"a price of the route is {_plural((context.today - min(dated)).days, 'day')} old > {limit.days}"


def _is_current(valid_to: date | None, today: date) -> bool:
    return valid_to is None or valid_to > today


def _weak_inputs(totals: Totals, cost: CostUsd, context: CellContext) -> list[str]:
    weak = []
    human: Fact[Decimal] = usd_per_case(context.workload.human) if context.workload else Fact[Decimal]()
    needs_case = totals.human_measured_pico_usd == 0
    inputs = (("cost of an escalation", human.label, needs_case), ("running cost", context.ops.label, True))
    for name, label, matters in inputs:
        if matters and label in (Label.ASSUMED, Label.UNKNOWN):
            weak.append(name)
    assumed = usd_from_pico_usd(_by_price_label(totals)[-1])
    if context.idle.label is Label.ASSUMED:
        assumed += context.idle.usd
    if cost.total and assumed / cost.total >= BADGE_RATE:
        weak.append("prices")
    return weak


def _plural(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _notes(totals: Totals, cost: CostUsd, context: CellContext) -> Iterator[str]:
    if context.bill.delta_usd is None:
        yield "not invoiced: the difference to the bill is not known"
    elif context.bill.not_invoiced:
        yield f"not invoiced: {', '.join(context.bill.not_invoiced)}"
    if cost.human is None:
        is_declared = context.workload is not None and usd_per_case(context.workload.human).is_known
        why = "no outcome says who needed any" if is_declared else "no cost of an escalation is declared"
        yield f"people: {why}, counted as nothing"
    if totals.human_unknown_cases and cost.human is not None:
        yield f"people: {_plural(totals.human_unknown_cases, 'case')} of unknown cost, counted as nothing"
    if cost.ops is None:
        yield "running cost: none is declared, counted as nothing"
    if totals.is_unpriced:
        yield "unpriced: no call has a known cost above 0"
    if totals.unpriced_calls:
        yield f"{totals.unpriced_calls:,} of {totals.production_calls:,} calls without a known cost: a lower bound"
    yield from (f"paid by capacity: {reason}" for reason in context.idle.reasons)
    if totals.unpriced_grader_calls:
        yield f"{_plural(totals.unpriced_grader_calls, 'grading call')} without a known cost: a lower bound"
    if totals.billing_unknown_calls:
        failed = _plural(totals.billing_unknown_calls, "failed call")
        yield f"{failed}: what they are billed is not declared; in full here"
    if totals.mismatch_calls:
        yield f"{_plural(totals.mismatch_calls, 'call')} whose reported cost differs from their price by over 1%"
    if totals.shadow_units:
        yield f"{totals.shadow_units:,} of {totals.units:,} units are shadow copies: MEASURED (shadow)"
