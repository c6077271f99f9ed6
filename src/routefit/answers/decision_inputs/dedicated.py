"""What the dedicated gate rests on: the accepted load by hour, the cheapest serverless cost, a route's replicas.

Scope of the comparison: inference of the serverless route against hardware and running cost of the dedicated one.
People, grading and the workload's own running cost come with either and stay out of both. Goodput and load count
the same units: where the two routes get different shares accepted, the goodput is converted.
"""

from __future__ import annotations

from collections.abc import Iterator

from routefit.answers.decision_inputs.sourced import Sourced, of_fact
from routefit.answers.evaluation import Evaluation, Evaluator, RouteEvaluation
from routefit.answers.goodput import MeasuredGoodput, measured_goodput
from routefit.decisions.dedicated import LOAD, MEASURED_GOODPUT
from routefit.decisions.given import Given
from routefit.decisions.load import HourlyLoad
from routefit.decisions.spread import Lognormal
from routefit.declared.model import Mode
from routefit.errors import CannotTellError
from routefit.evidence import Label, weakest
from routefit.lcpr.cell import Cell

_TOKEN_MODES = (Mode.CLOSED_API, Mode.SERVERLESS_OPEN)
_CAPACITY_MODES = (Mode.MANAGED_DEDICATED, Mode.SELF_MANAGED)
_ALIKE_RATE = 0.02
"""Acceptance rates that differ by less count as the same."""


def dedicated_inputs(evaluator: Evaluator, workload: str, route: str | None) -> Sourced:
    """The inputs of `dedicated` for a workload, on the route that was named or the one that is paid by the hour.

    Raises CannotTellError where nothing of the workload was accepted, or the route is paid by the token.
    """
    found = evaluator.evaluate(workload)
    load = evaluator.traffic.load(workload)
    if not load.total_units:
        raise CannotTellError(
            f"{workload}: no unit was accepted in the window, so there is no load and no cost per accepted unit",
            next_step=f"import outcomes, or declare the verdict in workloads/{workload}.yaml",
        )
    target = _target(evaluator, found, route)
    serverless = _cheapest_serverless(found)
    horizon = float(found.workload.planning.horizon_months)
    hours: float = evaluator.workspace.project.config.defaults.hours_per_month
    given = {
        "mean_units_per_hour": _mean_units_per_hour(found, load, hours_per_month=hours),
        "serverless_usd_per_unit": Given(source="no comparable route that is paid by the token has a known cost"),
        "hours_per_month": Given(value=hours, label=Label.ASSUMED, source="defaults.hours_per_month"),
        "horizon_months": Given(value=horizon, label=Label.ASSUMED, source="planning.horizon_months"),
    }
    if serverless is not None:
        given["serverless_usd_per_unit"] = inference_usd_per_accepted_unit(serverless)
    tables: dict[str, object] = {LOAD: load}
    warnings: list[str] = []
    if target is not None:
        tested = measured_goodput(evaluator.workspace, workload, target.route.id)
        given |= _replica_facts(target, hours_per_month=hours)
        given |= _goodput(target, tested)
        given["goodput_per_hour"] = _in_the_same_units(given["goodput_per_hour"], target, serverless)
        measured_units = given["goodput_per_hour"].value
        if tested is not None and given["goodput_per_hour"].label is Label.MEASURED:
            tables[MEASURED_GOODPUT] = measured_units
            warnings += [f"load test: {note}" for note in tested.notes]
    return Sourced(
        given=given,
        tables=tables,
        route=target.route.id if target is not None else None,
        warnings=tuple(warnings),
    )


def _mean_units_per_hour(found: Evaluation, load: HourlyLoad, *, hours_per_month: float) -> Given:
    """The declared demand at the current route's acceptance, else the mean of the window's hours."""
    declared = found.workload.demand.units_per_month
    accepted = found.stakes.accepted_units_per_month
    if declared.is_known and accepted is not None:
        source = (
            f"demand.units_per_month ({declared.source or 'declared'}) at today's acceptance; hours of the ledger"
        )
        return Given(value=accepted / hours_per_month, label=declared.label, source=source, as_of=declared.as_of)
    return Given(value=load.mean_units_per_hour, label=load.label, source=load.source, as_of=load.as_of)


def inference_usd_per_accepted_unit(cell: Cell) -> Given:
    """The inference of a cell per accepted unit: its LCPR times the share of inference, the interval likewise."""
    usd, total, inference = cell.lcpr_usd_per_accepted_unit, cell.cost_usd.total, cell.cost_usd.inference
    if not usd or not total or not inference:
        return Given(source=f"what {cell.route} costs is not known")
    share = inference / total
    low, high = cell.lcpr_low_usd, cell.lcpr_high_usd
    spread = None
    if low is not None and high is not None and 0 < low < high:
        spread = Lognormal(mode=usd * share, low=low * share, high=high * share, confidence_rate=cell.confidence)
    return Given(
        value=usd * share,
        spread=spread,
        label=cell.evidence.badge,
        source=f"inference of {cell.units:,} units on {cell.route}",
        as_of=cell.window.end.date(),
    )


def _target(evaluator: Evaluator, found: Evaluation, route: str | None) -> RouteEvaluation | None:
    """The named route; else of those paid by the hour the recommended one, or one with a price; None without any.

    That the funnel rules it out counts last: too little volume is what is asked here.
    """
    if route is not None:
        evaluator.workspace.route(route)
        named = found.route(route)
        if named is not None and named.route.mode in _TOKEN_MODES:
            raise CannotTellError(
                f"{route} is paid by the token: there are no replicas to fill",
                next_step="--route ROUTE of mode managed_dedicated or self_managed",
            )
        return named
    by_hour = [one for one in found.routes if one.route.mode in _CAPACITY_MODES]

    def rank(one: RouteEvaluation) -> tuple[bool, bool, bool]:
        is_priced = one.route.capacity.gpu_usd_per_hour.is_known
        return one.route.id != found.recommendation.route, not is_priced, one.candidate.is_excluded

    return min(by_hour, key=rank, default=None)


def _cheapest_serverless(found: Evaluation) -> Cell | None:
    """The cell with the lowest inference per accepted unit among token-priced routes that may be compared."""
    cells = [one.cell for one in _comparable(found) if one.cell is not None]
    known = [
        (float(usd), cell)
        for cell in cells
        if isinstance(usd := inference_usd_per_accepted_unit(cell).value, float)
    ]
    return min(known, key=lambda pair: pair[0])[1] if known else None


def _comparable(found: Evaluation) -> Iterator[RouteEvaluation]:
    """Token-priced routes that nothing excludes, but those with other traffic than the route of reference."""
    reference = found.pairs[0].a if found.pairs else None
    apart = {pair.b for pair in found.pairs if pair.a == reference and not pair.comparability.is_comparable}
    for one in found.routes:
        if one.route.mode in _TOKEN_MODES and not one.candidate.is_excluded and one.route.id not in apart:
            yield one


def _replica_facts(target: RouteEvaluation, *, hours_per_month: float) -> dict[str, Given]:
    capacity = target.route.capacity
    price, gpus = capacity.gpu_usd_per_hour, capacity.gpus_per_replica
    given = {
        "hardware_usd_per_hour": Given(source=f"routes/{target.route.id}.yaml: capacity"),
        "ops_usd_per_hour": Given(source=f"routes/{target.route.id}.yaml: ops_usd_per_month"),
        "billing_window_minutes": of_fact(capacity.billing_window_minutes),
        "cold_start_s": of_fact(capacity.cold_start_s),
    }
    if price.value is not None and gpus.value is not None:
        given["hardware_usd_per_hour"] = Given(
            value=float(price.value) * gpus.value,
            label=weakest((price.label, gpus.label)),
            source=f"{price.value} USD per GPU-hour x {gpus.value:g} ({price.source or 'declared'})",
            as_of=price.as_of,
        )
    running = target.route.ops_usd_per_month
    if running.value is not None:
        given["ops_usd_per_hour"] = Given(
            value=float(running.value) / hours_per_month,
            label=running.label,
            source=f"{running.value} USD a month / {hours_per_month:g} hours ({running.source or 'declared'})",
            as_of=running.as_of,
        )
    if capacity.min_replicas.is_known:
        given["min_replicas"] = of_fact(capacity.min_replicas)
    if capacity.max_utilization_rate.value:
        given["max_utilization_rate"] = of_fact(capacity.max_utilization_rate)
    return given


def _goodput(target: RouteEvaluation, tested: MeasuredGoodput | None) -> dict[str, Given]:
    """Goodput and usable share: measured by a load test, else as declared."""
    given = {"goodput_per_hour": of_fact(target.route.capacity.goodput_per_replica_hour)}
    if tested is None:
        return given
    source = f"load test by {tested.source}"
    measured = (
        ("goodput_per_hour", tested.goodput_units_per_replica_hour),
        ("max_utilization_rate", tested.max_utilization_rate),
    )
    for name, value in measured:
        if value:
            given[name] = Given(value=value, label=Label.MEASURED, source=source, as_of=tested.as_of)
    return given


def _in_the_same_units(goodput: Given, target: RouteEvaluation, serverless: Cell | None) -> Given:
    """The goodput in units that the serverless route gets accepted, as the load counts them.

    A replica that serves G accepted units an hour takes G / a demanded ones, a its acceptance rate; of those the
    serverless route gets (G / a) x its own rate accepted. Unchanged where the rates are alike or not known.
    """
    own = target.cell.rates.acceptance if target.cell is not None else None
    other = serverless.rates.acceptance if serverless is not None else None
    if serverless is None or not own or not other or abs(own - other) < _ALIKE_RATE:
        return goodput
    if not isinstance(goodput.value, float):
        return goodput
    words = (
        f"{goodput.source} x {other:.4g} / {own:.4g}, the acceptance of {serverless.route} and {target.route.id}"
    )
    return goodput.model_copy(update={"value": goodput.value * other / own, "source": words})
