"""What own GPUs rest on: the fleet of a self-managed route, what it serves, and what else serves the workload."""

from __future__ import annotations

from routefit.answers.decision_inputs.sourced import Sourced, of_fact, of_lcpr
from routefit.answers.evaluation import Evaluation, Evaluator, RouteEvaluation
from routefit.answers.idle import IdleCapacity, idle
from routefit.decisions.given import Given
from routefit.decisions.spread import Lognormal
from routefit.declared.model import Capacity, Mode
from routefit.errors import CannotTellError
from routefit.evidence import Label, weakest
from routefit.lcpr.cell import Cell
from routefit.units import days_between

_TOKEN_MODES = (Mode.CLOSED_API, Mode.SERVERLESS_OPEN)
_HOURS_PER_DAY = 24


def self_managed_inputs(evaluator: Evaluator, workload: str, route: str | None) -> Sourced:
    """The inputs of `self-managed` for the workload on its self-managed route."""
    found = evaluator.evaluate(workload)
    own = _own_route(evaluator, found, route)
    config = evaluator.workspace.project.config
    billed = next((one for one in idle(evaluator.workspace, evaluator.window) if one.route == own.route.id), None)
    capacity = own.route.capacity
    share_rate = _share_rate(billed, workload)
    given = {
        "gpus": _gpus(evaluator, capacity, billed, share_rate),
        "gpu_usd_per_hour": of_fact(capacity.gpu_usd_per_hour),
        "hours_per_month": Given(
            value=float(config.defaults.hours_per_month), label=Label.ASSUMED, source="defaults.hours_per_month"
        ),
        "goodput_per_gpu_hour": _goodput(capacity),
        "accepted_units_per_month": _accepted_units(evaluator, own),
        "serverless_usd_per_unit": _cheapest(found, _TOKEN_MODES),
        "dedicated_usd_per_unit": _cheapest(found, (Mode.MANAGED_DEDICATED,)),
        "other_usd_per_unit": _people_and_grading(own),
        "is_running": _is_running(found, own),
    }
    warnings: tuple[str, ...] = ()
    if share_rate is not None and share_rate < 1:
        warnings = (
            f"{own.route.id} serves other workloads too: counted are {100 * share_rate:.0f}% of its GPUs,"
            " by the cost of the calls, and all of the engineering",
        )
    return Sourced(given=given, route=own.route.id, warnings=warnings)


def _own_route(evaluator: Evaluator, found: Evaluation, route: str | None) -> RouteEvaluation:
    """The self-managed route that was named, else today's, else the one with the most units of the workload."""
    name = found.workload.id
    if route is not None:
        evaluator.workspace.route(route)
    known = [one for one in found.routes if one.route.mode is Mode.SELF_MANAGED]
    asked = route or found.stakes.current_route
    named = next((one for one in known if one.route.id == asked), None)
    if named is not None:
        return named
    if route is not None:
        raise CannotTellError(
            f"{name}: {route} is not declared as self-managed",
            next_step=f"mode: self_managed in routes/{route}.yaml",
        )
    used = [one for one in known if one.totals.units]
    if not used:
        what = "runs nothing of it" if known else "is declared"
        which = ", ".join(one.route.id for one in known) if known else "no self-managed route"
        raise CannotTellError(
            f"{name}: {which} {what}", next_step="--route ROUTE, or numbers: routefit decide self-managed --help"
        )
    return max(used, key=lambda one: one.totals.units)


def _is_running(found: Evaluation, own: RouteEvaluation) -> Given:
    """Whether the workload runs on the fleet today; unknown where nobody says what it runs on."""
    current = found.stakes.current_route
    if current is None:
        return Given(source="planning.current_route is not declared")
    return Given(value=current == own.route.id, label=Label.ASSUMED, source="planning.current_route")


def _share_rate(billed: IdleCapacity | None, workload: str) -> float | None:
    """The workload's share of what the calls of the route cost; None where none has a cost."""
    if billed is None:
        return None
    busy = sum(share.busy_pico_usd for share in billed.shares)
    return sum(one.busy_pico_usd for one in billed.shares if one.workload == workload) / busy if busy else None


def _gpus(
    evaluator: Evaluator, capacity: Capacity, billed: IdleCapacity | None, share_rate: float | None
) -> Given:
    """GPUs that ran on average, as far as they served the workload; else the declared least."""
    per_replica, least = capacity.gpus_per_replica, capacity.min_replicas
    if per_replica.value is None:
        return Given(source="capacity.gpus_per_replica is not declared")
    share = 1.0 if share_rate is None else share_rate
    if billed is not None and billed.replica_hours:
        hours = days_between(evaluator.window.start, evaluator.window.end) * _HOURS_PER_DAY
        return Given(
            value=billed.replica_hours / hours * per_replica.value * share,
            label=weakest((billed.label, per_replica.label)),
            source=f"{billed.replica_hours:,.0f} replica-hours in the window",
            as_of=evaluator.window.end.date(),
        )
    if not least.value:
        return Given(source="nobody says which replicas ran")
    return Given(
        value=least.value * per_replica.value * share,
        label=weakest((least.label, per_replica.label, Label.ESTIMATED)),
        source="capacity.min_replicas",
        as_of=least.as_of,
    )


def _goodput(capacity: Capacity) -> Given:
    goodput, gpus = capacity.goodput_per_replica_hour, capacity.gpus_per_replica
    if goodput.value is None or gpus.value is None:
        return Given(source="capacity.goodput_per_replica_hour is not declared")
    return Given(
        value=goodput.value / gpus.value,
        label=weakest((goodput.label, gpus.label)),
        source=goodput.source or "capacity.goodput_per_replica_hour",
        as_of=goodput.as_of,
    )


def _accepted_units(evaluator: Evaluator, own: RouteEvaluation) -> Given:
    """Accepted units of a month on the route, at the pace of the window."""
    config, cell = evaluator.workspace.project.config, own.cell
    if cell is None or not cell.accepted_units:
        return Given(source=f"{own.route.id} has no accepted units")
    days = days_between(evaluator.window.start, evaluator.window.end)
    per_hour = cell.accepted_units / (days * _HOURS_PER_DAY) / config.sampling.unit_rate
    return Given(
        value=per_hour * config.defaults.hours_per_month,
        label=Label.ESTIMATED if config.sampling.unit_rate < 1 else Label.MEASURED,
        source=f"{cell.accepted_units:,} accepted units on {own.route.id}",
        as_of=evaluator.window.end.date(),
    )


def _cheapest(found: Evaluation, modes: tuple[Mode, ...]) -> Given:
    """The lowest cost among the routes of these modes that nothing eliminates, without the running cost."""
    costs = [
        (one.cell.lcpr_usd_per_accepted_unit, one.cell)
        for one in found.routes
        if one.route.mode in modes
        and one.cell is not None
        and not one.candidate.is_excluded
        and one.cell.lcpr_usd_per_accepted_unit is not None
        and not one.cell.is_lower_bound
    ]
    if not costs:
        return Given(source="no such route has a cost per accepted unit")
    return _without_running_cost(min(costs, key=lambda one: one[0])[1])


def _without_running_cost(cell: Cell) -> Given:
    """The cell's LCPR less its running cost, which a fleet's engineering stands for on the other side."""
    plain, total = of_lcpr(cell), cell.cost_usd.total
    if not isinstance(plain.value, float) or not total:
        return plain
    kept = 1 - (cell.cost_usd.ops or 0.0) / total
    source = f"{plain.source}, without running cost"
    if kept <= 0:
        return Given(source=f"{cell.route} costs nothing but its running")
    spread = plain.spread
    if isinstance(spread, Lognormal):
        ends = {name: getattr(spread, name) * kept for name in ("mode", "low", "high")}
        spread = spread.model_copy(update=ends)
    return plain.model_copy(update={"value": plain.value * kept, "spread": spread, "source": source})


def _people_and_grading(own: RouteEvaluation) -> Given:
    """What people and grading cost an accepted unit on the fleet's route."""
    cell = own.cell
    if cell is None or not cell.accepted_units:
        return Given(source=f"{own.route.id} has no accepted units")
    usd = (cell.cost_usd.human or 0.0) + (cell.cost_usd.eval or 0.0)
    return Given(
        value=usd / cell.accepted_units,
        label=cell.evidence.badge,
        source=f"people and grading on {cell.route}",
        as_of=cell.window.end.date(),
    )
