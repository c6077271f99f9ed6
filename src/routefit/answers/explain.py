"""One cell, down to its inputs: every figure with label, source and date, and the difference to another route."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from routefit.answers.evaluation import Evaluation, Evaluator, RouteEvaluation, evaluator_of
from routefit.answers.verdicts import agreement_by_workload
from routefit.answers.workspace import Workspace
from routefit.declared.model import Route, Workload
from routefit.errors import CannotTellError, RoutefitError, UnknownNameError
from routefit.evidence import Fact, Label
from routefit.funnel.candidate import pair_of
from routefit.funnel.comparison import RoutePair
from routefit.funnel.matrix import MatrixCell
from routefit.funnel.screen import Screen
from routefit.funnel.verdict import ConstraintCheck
from routefit.lcpr.cell import Cell, Frozen, Window
from routefit.lcpr.people import usd_per_case
from routefit.lcpr.price import PriceRow
from routefit.lcpr.requote_assumptions import range_words
from routefit.lcpr.sanity import unusual
from routefit.lcpr.series import RuleAgreement, VerdictSeries
from routefit.ledger.questions import dearest_share
from routefit.units import PICO_USD_PER_USD, TOKENS_PER_MTOK


class Input(Frozen):
    """One input of a cell, as text with its unit, and what it rests on; value None is unknown."""

    name: str
    value: str | None
    label: Label
    source: str | None
    as_of: date | None


class ExplainAnswer(Frozen):
    """Everything behind one cell; `pair` is the comparison with `against` (by default the current route).

    `unusual` lists figures outside their usual range: a reason to look, never to correct.
    `series` are the judges of the cell's units in the window; `agreement` says how the workload's grading rules
    agree with people, over all that is known.
    """

    workload: str
    route: str
    unit_name: str
    window: Window
    is_synthetic: bool
    sampled_unit_rate: float
    matrix_cell: MatrixCell
    cell: Cell | None
    inputs: tuple[Input, ...]
    checks: tuple[ConstraintCheck, ...]
    screen: Screen | None
    dearest_percent_share_rate: float | None
    unusual: tuple[str, ...]
    against: str | None
    pair: RoutePair | None
    series: tuple[VerdictSeries, ...]
    agreement: tuple[RuleAgreement, ...]


def explain(
    workspace: Workspace,
    *,
    workload: str,
    route: str,
    against: str | None = None,
    start: date | None = None,
    end: date | None = None,
) -> ExplainAnswer:
    """The cell of `workload` on `route`; UnknownNameError for names that nothing carries.

    CannotTellError where the route is known but the window holds none of its units.
    """
    workspace.workload(workload)
    for name in (route, against):
        if name is not None:
            workspace.route(name)
    evaluator = evaluator_of(workspace, start=start, end=end)
    evaluation = evaluator.evaluate(workload)
    one = evaluation.route(route)
    if one is None:
        raise _no_cell(workspace, evaluator, evaluation, route)
    against = against or _default_reference(evaluation, route)
    first, last = evaluator.window.start.date(), evaluator.window.end.date()
    return ExplainAnswer(
        workload=workload,
        route=route,
        unit_name=evaluation.workload.unit.name,
        window=evaluator.window,
        is_synthetic=workspace.project.config.is_synthetic,
        sampled_unit_rate=workspace.project.config.sampling.unit_rate,
        matrix_cell=one.candidate.cell,
        cell=one.cell,
        inputs=tuple(_inputs(workspace, evaluation, one)),
        checks=one.checks,
        screen=one.screen,
        dearest_percent_share_rate=dearest_share(workspace.ledger, first, last).get((workload, route)),
        unusual=tuple(unusual(one.totals, usd_per_case(evaluation.workload.human).value)),
        against=against,
        pair=pair_of(against, route, evaluation.pairs) if against else None,
        series=evaluator.series.get((workload, route), ()),
        agreement=agreement_by_workload(workspace).get(workload, ()),
    )


def _no_cell(workspace: Workspace, evaluator: Evaluator, evaluation: Evaluation, route: str) -> RoutefitError:
    workload = evaluation.workload.id
    days_by_route = workspace.ledger.days_by_route(workload)
    if route not in days_by_route:
        known = {*days_by_route, *(one.route.id for one in evaluation.routes)}
        return UnknownNameError(f"route of workload {workload}", route, known)
    days = days_by_route[route]
    start, end = evaluator.window.start.date(), evaluator.window.end.date()
    return CannotTellError(
        f"there are no units of {workload} on {route} in the window {start} to {end} (the end is exclusive)",
        next_step=f"data lie on {_days_word(days)}: --from {days[0]} --to {days[-1] + timedelta(days=1)}",
    )


def _days_word(days: Sequence[date]) -> str:
    if len(days) == 1:
        return str(days[0])
    return f"{len(days)} days from {days[0]} to {days[-1]}"


def _default_reference(evaluation: Evaluation, route: str) -> str | None:
    current = evaluation.stakes.current_route
    return current if current != route else None


def _inputs(workspace: Workspace, evaluation: Evaluation, one: RouteEvaluation) -> Iterator[Input]:
    yield from _traces(evaluation, one)
    yield from _assumptions(one)
    yield from _prices(workspace, one)
    yield from _workload_facts(evaluation.workload)
    yield from _route_facts(one.route)


def _traces(evaluation: Evaluation, one: RouteEvaluation) -> Iterator[Input]:
    totals, as_of = one.totals, evaluation.demand.as_of
    if not totals.units:
        return
    measured: tuple[tuple[str, int | None], ...] = (
        ("units", totals.units),
        ("accepted units", totals.accepted_units),
        ("rejected units", totals.rejected_units),
        ("units without a verdict", totals.unknown_units),
        ("production calls", totals.production_calls),
        ("calls without a known cost", totals.unpriced_calls),
        ("grading calls", totals.grader_calls),
        ("escalated units", totals.escalated_units if totals.sees_people else None),
        ("input tokens", totals.input_tokens if totals.input_known_units else None),
        ("cached input tokens", totals.cached_input_tokens if totals.cache_known_input_tokens else None),
        ("output tokens", totals.output_tokens or None),
    )
    for name, count in measured:
        if count is None:
            source = "no outcome says it" if name == "escalated units" else "the calls carry none"
            yield Input(name=name, value=None, label=Label.UNKNOWN, source=source, as_of=as_of)
        else:
            yield Input(name=name, value=f"{count:,}", label=Label.MEASURED, source="traces", as_of=as_of)


def _assumptions(one: RouteEvaluation) -> Iterator[Input]:
    """What an estimate assumes of the route, with its range."""
    for assumed in one.candidate.cell.assumptions:
        yield Input(
            name=assumed.words, value=range_words(assumed), label=assumed.label, source=assumed.source, as_of=None
        )


def _prices(workspace: Workspace, one: RouteEvaluation) -> Iterator[Input]:
    resolved = workspace.book.resolve(route=one.route, provider=None, model=None, service_tier=None)
    if not resolved.rows:
        yield Input(name="token prices", value=None, label=Label.UNKNOWN, source=resolved.reason, as_of=None)
    for row in resolved.rows:
        if row.holds(at=workspace.now, input_tokens=row.tokens_from):
            yield from _price(row)


def _price(row: PriceRow) -> Iterator[Input]:
    band = f" above {row.tokens_from - 1:,} input tokens" if row.tokens_from else ""
    prices = (
        ("input price", row.input_pico_usd_per_token),
        ("output price", row.output_pico_usd_per_token),
        ("cache-read price", row.cache_read_pico_usd_per_token),
        ("cache-write price", row.cache_write_pico_usd_per_token),
    )
    for name, pico_usd in prices:
        if pico_usd is not None:
            usd = pico_usd * TOKENS_PER_MTOK / PICO_USD_PER_USD
            yield Input(
                name=f"{name}{band}",
                value=f"{usd:g} USD per million tokens",
                label=row.label,
                source=row.source,
                as_of=row.as_of,
            )


def _workload_facts(workload: Workload) -> Iterator[Input]:
    facts: tuple[tuple[str, Fact[Any], str], ...] = (
        ("cost of an escalation", workload.human.usd_per_escalation, "USD per case"),
        ("minutes per escalation", workload.human.minutes_per_escalation, "minutes"),
        ("hourly rate", workload.human.usd_per_hour, "USD per hour"),
        ("running cost of the workload", workload.ops.usd_per_month, "USD a month"),
        ("demand", workload.demand.units_per_month, "units a month"),
    )
    for name, fact, unit in facts:
        yield _fact(name, fact, unit)


_CAPACITY_FACTS = (
    ("gpu_usd_per_hour", "GPU price", "USD per GPU-hour"),
    ("gpus_per_replica", "GPUs of a replica", ""),
    ("min_replicas", "least replicas", ""),
    ("billing_window_minutes", "billing window", "minutes"),
)


def _route_facts(route: Route) -> Iterator[Input]:
    yield _fact("running cost of the route", route.ops_usd_per_month, "USD a month")
    if route.capacity.is_declared:
        yield from (_fact(name, getattr(route.capacity, key), unit) for key, name, unit in _CAPACITY_FACTS)
    for name in sorted(type(route).model_fields):
        fact = getattr(route, name)
        if isinstance(fact, Fact) and fact.is_known and name != "ops_usd_per_month":
            yield _fact(name.replace("_", " "), fact, "")


def _fact(name: str, fact: Fact[Any], unit: str) -> Input:
    value = None
    if fact.is_known:
        value = f"{_shown(fact.value)} {unit}".strip()
    return Input(name=name, value=value, label=fact.label, source=fact.source, as_of=fact.as_of)


def _shown(value: object) -> str:
    """A declared value as people write it: `yes`, `none`, `eu, us`, `20,000`, `0.25`."""
    match value:
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ", ".join(map(_shown, value)) or "none"
        case int() | float() | Decimal():
            return f"{value:,.0f}" if value == int(value) else f"{value:,}"
        case _:
            return str(value)
