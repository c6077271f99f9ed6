"""The bill of a window: what invoices say, held against what was traced, period by period.

This is where invoice lines meet the declarations: who bills for whom (`billers`), what a foreign currency is worth
(`fx`), and which traced model a line names.
"""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from routefit.answers.workspace import Workspace
from routefit.declared.model import ProjectConfig
from routefit.evidence import Label, weakest
from routefit.lcpr.bill import Comparison, Sums, comparison
from routefit.lcpr.bill_allocation import apportioned
from routefit.lcpr.bill_periods import ONE_DAY, InvoiceLine, InvoicePeriod, invoice_periods
from routefit.lcpr.bill_tokens import billed_tokens
from routefit.lcpr.bill_traces import Traced
from routefit.lcpr.cell import Frozen, Window
from routefit.ledger.formats.invoices import USD, is_model_spend
from routefit.ledger.spending import InvoiceFact, invoice_facts, traced_between
from routefit.ledger.view import UNATTRIBUTED
from routefit.prices.references import spelled_provider
from routefit.units import day_start_at, pico_usd_from_usd, usd_from_pico_usd

RESEMBLING_RATIO = 0.85
"""Names of models that agree to this much of their letters resemble each other."""

_MICROSECOND = timedelta(microseconds=1)


class LeftOutLine(Frozen):
    """An invoice line that is not compared: what it says, and why (disputed, or a currency without a rate)."""

    biller: str
    period: Window
    invoice_id: str | None
    line_id: str | None
    what: str | None
    amount: float
    currency: str
    usd: float | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """The comparisons that concern a window, and the traced calls in it that no invoice covers."""

    comparisons: tuple[Comparison, ...]
    uncovered: tuple[Traced, ...]
    left_out: tuple[LeftOutLine, ...]
    other_services_lines: int
    reason: str | None

    @property
    def billed(self) -> Sums | None:
        """What belongs to the window of all comparisons; None without any."""
        return sum((one.inside for one in self.comparisons), Sums()) if self.comparisons else None

    @property
    def explained_rate(self) -> float | None:
        """1 - sum of |delta| / sum of invoices, of what belongs to the window; at least 0, None without any."""
        billed = self.billed
        if billed is None or billed.invoice_pico_usd <= 0:
            return None
        gaps = sum(abs(one.inside.delta_pico_usd) for one in self.comparisons)
        return max(0.0, 1 - gaps / billed.invoice_pico_usd)


def bill_of(workspace: Workspace, window: Window) -> Bill:
    """What the invoices say about a window; without any it says that there are none, and reads no call."""
    facts = invoice_facts(workspace.ledger)
    models = [fact for fact in facts if is_model_spend(fact.service)]
    lines, left_out = _lines(workspace.project.config, models)
    providers = {name: _served_by(workspace.project.config, name) for name in {line.biller for line in lines}}
    periods = [
        period
        for period in invoice_periods(lines, providers)
        if period.start < window.end and window.start < period.end
    ]
    shown = tuple(one for one in left_out if one.period.start < window.end and window.start < one.period.end)
    others = len(facts) - len(models)
    if not periods:
        why = "no invoice covers any of these days" if lines else "no invoice was imported"
        return Bill(comparisons=(), uncovered=(), left_out=shown, other_services_lines=others, reason=why)
    traced = _named(workspace, _traced(workspace, window, periods))
    matched = _with_traced_models(workspace, periods, traced)
    return Bill(
        comparisons=tuple(comparison(period, traced, window) for period in matched),
        uncovered=tuple(
            one
            for one in traced
            if one.is_within(window.start, window.end) and not any(_covers(period, one) for period in matched)
        ),
        left_out=shown,
        other_services_lines=others,
        reason=None,
    )


def _covers(period: InvoicePeriod, traced: Traced) -> bool:
    return traced.provider in period.providers and traced.is_within(period.start, period.end)


# --- invoice lines ----------------------------------------------------------------------------------------


def _lines(
    config: ProjectConfig, facts: Iterable[InvoiceFact]
) -> tuple[tuple[InvoiceLine, ...], tuple[LeftOutLine, ...]]:
    """The lines to compare, and those that are left out."""
    lines, left_out = [], []
    spellings: dict[str, str] = {}
    for fact in facts:
        biller = spellings.setdefault(spelled_provider(fact.provider), fact.provider)
        usd = _usd(config, fact.amount_usd, fact.amount, fact.currency)
        if fact.disputed or usd is None:
            reason = "disputed" if fact.disputed else f"routefit.yaml has no rate for {fact.currency} in fx"
            left_out.append(_left_out(fact, biller, usd, reason))
            continue
        credits = _usd(config, fact.credits_usd, fact.credits, fact.currency) or Decimal(0)
        lines.append(
            InvoiceLine(
                biller=biller,
                start=fact.period_start,
                end=fact.period_end,
                pico_usd=pico_usd_from_usd(usd),
                model=fact.model,
                quantity_tokens=_sampled(config, billed_tokens(fact.quantity, fact.quantity_unit)),
                credits_pico_usd=pico_usd_from_usd(credits),
                label=_label(config, fact),
            )
        )
    return tuple(lines), tuple(left_out)


def _usd(
    config: ProjectConfig, usd: Decimal | None, amount: Decimal | None, currency: str | None
) -> Decimal | None:
    """An amount in USD, of a sampled ledger the sample's share of it; None where its currency has no rate."""
    if usd is None:
        if amount is None:
            return None
        rate = _rate(config, currency)
        if rate is None:
            return None
        usd = amount * rate
    return usd * Decimal(str(config.sampling.unit_rate))


def _sampled(config: ProjectConfig, tokens: int | None) -> int | None:
    return None if tokens is None else round(tokens * config.sampling.unit_rate)


def _rate(config: ProjectConfig, currency: str | None) -> Decimal | None:
    if currency in (None, USD):
        return Decimal(1)
    declared = {name.upper(): fact.value for name, fact in config.fx.items()}.get(currency or "")
    return None if declared is None else Decimal(str(declared))


def _label(config: ProjectConfig, fact: InvoiceFact) -> Label:
    """An invoice is measured; a declared rate, and a sample, weaken it."""
    labels = [Label.MEASURED]
    if fact.amount_usd is None and fact.currency not in (None, USD):
        labels += [rate.label for name, rate in config.fx.items() if name.upper() == fact.currency]
    if config.sampling.unit_rate < 1:
        labels.append(Label.ESTIMATED)
    return weakest(labels)


def _left_out(fact: InvoiceFact, biller: str, usd: Decimal | None, reason: str) -> LeftOutLine:
    is_usd = fact.amount is None
    return LeftOutLine(
        biller=biller,
        period=Window(start=fact.period_start, end=fact.period_end),
        invoice_id=fact.invoice_id,
        line_id=fact.line_id,
        what=fact.model or fact.sku,
        amount=float((fact.amount_usd if is_usd else fact.amount) or 0),
        currency=USD if is_usd else fact.currency or USD,
        usd=None if usd is None else float(usd),
        reason=reason,
    )


def _served_by(config: ProjectConfig, biller: str) -> frozenset[str]:
    """The providers that a biller bills for, in the price book's spelling; by default itself."""
    declared = {spelled_provider(name): served for name, served in config.billers.items()}
    return frozenset(map(spelled_provider, declared.get(spelled_provider(biller), (biller,))))


# --- traced calls -----------------------------------------------------------------------------------------


def _traced(workspace: Workspace, window: Window, periods: Iterable[InvoicePeriod]) -> tuple[Traced, ...]:
    """All calls, and idle capacity, of the window and of the periods with a day around each."""
    edges = {window.start, window.end}
    for period in periods:
        for at in (period.start, period.end):
            edges |= {at - ONE_DAY, at, at + ONE_DAY}
    idle = idle_days(workspace, min(edges).date(), max(edges).date())
    return (*traced_between(workspace.ledger, edges), *(part for day in idle for part in day.parts))


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleDay:
    """What stood idle on one route on one UTC day, in the parts of those who used the route on that day."""

    route: str
    on: date
    parts: tuple[Traced, ...]

    @property
    def pico_usd(self) -> int:
        """All that stood idle."""
        return sum(part.pico_usd for part in self.parts)


def idle_days(workspace: Workspace, start: date, end: date) -> tuple[IdleDay, ...]:
    """Idle capacity of the days in [start, end), borne by those who used the route in these days, as in the cells.

    A route that nobody used in any of them is nobody's.
    """
    days = workspace.ledger.capacity_days(start, end)
    used: dict[str, dict[tuple[str, str, bool], int]] = defaultdict(lambda: defaultdict(int))
    for day in days:
        for share in day.shares:
            used[day.route][share.workload, share.route, share.is_grading] += share.pico_usd
    found = []
    for day in days:
        if not day.idle_pico_usd:
            continue
        declared = workspace.project.routes.get(day.route)
        whose = {key: pico_usd for key, pico_usd in sorted(used[day.route].items()) if pico_usd}
        whose = whose or {(UNATTRIBUTED, day.route, False): 1}
        amounts = apportioned(day.idle_pico_usd, list(whose.values()))
        parts = tuple(
            Traced(
                provider=(declared.provider if declared else None) or "",
                model=declared.model if declared else None,
                workload=workload,
                route=route,
                is_grading=is_grading,
                from_at=day_start_at(day.on),
                to_at=day_start_at(day.on) + _MICROSECOND,
                calls=0,
                pico_usd=amount,
            )
            for (workload, route, is_grading), amount in zip(whose, amounts, strict=True)
        )
        found.append(IdleDay(route=day.route, on=day.on, parts=parts))
    return tuple(found)


def _named(workspace: Workspace, traced: Iterable[Traced]) -> tuple[Traced, ...]:
    """Calls with the provider in the price book's spelling; what the log does not name is the route's."""
    named = []
    for one in traced:
        route = workspace.project.routes.get(one.route)
        provider = one.provider or (route.provider if route else None) or ""
        model = one.model or (route.model if route else None)
        named.append(replace(one, provider=spelled_provider(provider) if provider else "", model=model))
    return tuple(_one_name_per_model(workspace, named))


def _one_name_per_model(workspace: Workspace, traced: Iterable[Traced]) -> Iterator[Traced]:
    """Where the log spells one model in several ways, the first of them in the order of the alphabet."""
    traced = tuple(traced)
    names: dict[tuple[str, str], str] = {}
    by_provider: dict[str, list[str]] = defaultdict(list)
    for provider, model in sorted({(one.provider, one.model) for one in traced if one.model}):
        known = by_provider[provider]
        same = next((name for name in known if workspace.book.is_same_model(provider, model, name)), None)
        names[provider, model] = same or model
        if same is None:
            known.append(model)
    for one in traced:
        yield replace(one, model=names[one.provider, one.model]) if one.model else one


# --- lines meet traces ------------------------------------------------------------------------------------


def _with_traced_models(
    workspace: Workspace, periods: Iterable[InvoicePeriod], traced: Iterable[Traced]
) -> tuple[InvoicePeriod, ...]:
    """The periods with each line's model in the spelling of the traces, where they have it."""
    models: dict[str, set[str]] = defaultdict(set)
    for one in traced:
        if one.model:
            models[one.provider].add(one.model)
    matched = []
    for period in periods:
        known = {provider: models[provider] for provider in sorted(period.providers)}
        found = {
            line.model: _traced_model(workspace, line.model, known)
            for line in period.lines
            if line.model is not None
        }
        lines = tuple(
            line if line.model is None else line.model_copy(update=_naming(line.model, found[line.model]))
            for line in period.lines
        )
        matched.append(period.model_copy(update={"lines": lines}))
    return tuple(matched)


def _naming(model: str, found: tuple[str | None, str | None]) -> dict[str, str | None]:
    same, near = found
    return {"model": same or model, "resembles": near}


def _traced_model(
    workspace: Workspace, model: str, known: Mapping[str, set[str]]
) -> tuple[str | None, str | None]:
    """The traced model that a line names; else the one that its name resembles."""
    for provider, names in known.items():
        for name in sorted(names):
            if workspace.book.is_same_model(provider, model, name):
                return name, None
    spelled = {_letters(name): name for names in known.values() for name in sorted(names)}
    near = difflib.get_close_matches(_letters(model), spelled, n=1, cutoff=RESEMBLING_RATIO)
    return None, spelled[near[0]] if near else None


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")


def usd_of(traced: Iterable[Traced]) -> float:
    """The known cost of calls in USD."""
    return usd_from_pico_usd(sum(one.pico_usd for one in traced))
