"""What a move from the current route to another rests on: costs, acceptance rates, volume, conditions."""

from __future__ import annotations

from routefit.answers.decision_inputs.sourced import Sourced, of_fact, of_lcpr, of_rate
from routefit.answers.evaluation import Evaluation, Evaluator, RouteEvaluation
from routefit.decisions.given import Given
from routefit.decisions.spread import Triangular
from routefit.errors import CannotTellError
from routefit.evidence import Label
from routefit.lcpr.cell import Cell
from routefit.units import months_in


def payback_inputs(evaluator: Evaluator, workload: str, route: str | None) -> Sourced:
    """The inputs of `payback` for a move of the workload from its current route to `route`."""
    found = evaluator.evaluate(workload)
    current, target = current_route(found), target_route(evaluator, found, route)
    return Sourced(given=move_inputs(evaluator, found, current, target), route=target.route.id)


def current_route(found: Evaluation) -> RouteEvaluation:
    """The workload's route of today; CannotTellError where none is declared or it has no units."""
    name = found.stakes.current_route
    current = found.route(name) if name else None
    if current is None or current.cell is None:
        what = f"{name} has no units in the window" if name else "no current route is declared"
        raise CannotTellError(
            f"{found.workload.id}: {what}",
            next_step=f"planning.current_route in workloads/{found.workload.id}.yaml",
        )
    return current


def target_route(evaluator: Evaluator, found: Evaluation, route: str | None) -> RouteEvaluation:
    """The route that was named, else the one that the matrix names; CannotTellError without either."""
    if route is not None:
        evaluator.workspace.route(route)
    name = route or found.recommendation.route
    target = found.route(name) if name and name != found.stakes.current_route else None
    if target is None:
        raise CannotTellError(
            f"{found.workload.id}: no route to move to", next_step="--route ROUTE, one of `routefit matrix`"
        )
    return target


def move_inputs(
    evaluator: Evaluator, found: Evaluation, current: RouteEvaluation, target: RouteEvaluation
) -> dict[str, Given]:
    """Both routes' costs and rates, volume, migration and the conditions for staying."""
    workload, window = found.workload, evaluator.window
    as_of = window.end.date()
    given = {
        "target_lcpr_usd": _target_lcpr(target),
        "units_per_month": _units_per_month(found, current),
        "migration_usd": _migration(evaluator, found),
        "horizon_months": Given(
            value=float(workload.planning.horizon_months), label=Label.ASSUMED, source="planning.horizon_months"
        ),
        "has_evals": Given(
            value=workload.eval.suite is not None or target.screen is not None,
            label=Label.MEASURED if target.screen is not None else Label.ASSUMED,
            source="verdicts against the floor" if target.screen is not None else "eval.suite",
        ),
        "is_measured": Given(
            value=target.candidate.cell.state == "measured", label=Label.MEASURED, source="traces", as_of=as_of
        ),
        "is_blocked": Given(value=target.candidate.is_excluded, label=Label.MEASURED, source="the funnel"),
    }
    if current.cell is not None:
        given["current_lcpr_usd"] = of_lcpr(current.cell)
        given["monthly_spend_usd"] = _monthly_spend(evaluator, current.cell)
    for name, one in (("current", current), ("target", target)):
        decided = one.totals.accepted_units, one.totals.decided_units
        source = f"{decided[1]:,} decided units on {one.route.id}"
        given[f"{name}_acceptance_rate"] = of_rate(*decided, source=source, as_of=as_of)
    if not all(given[f"{name}_acceptance_rate"].is_known for name in ("current", "target")):
        for name in ("current", "target"):
            given.pop(f"{name}_acceptance_rate")
    return given


def _target_lcpr(target: RouteEvaluation) -> Given:
    if target.cell is not None and target.cell.lcpr_usd_per_accepted_unit is not None:
        return of_lcpr(target.cell)
    cell = target.candidate.cell
    usd, low, high = cell.lcpr_usd_per_accepted_unit, cell.lcpr_low_usd, cell.lcpr_high_usd
    if usd is None:
        return Given(source=cell.reason)
    is_range = low is not None and high is not None and low <= usd <= high and low < high
    return Given(
        value=usd,
        spread=Triangular(low=low or 0.0, mode=usd, high=high or 0.0) if is_range else None,
        label=Label.ESTIMATED,
        source=cell.reason,
    )


def _units_per_month(found: Evaluation, current: RouteEvaluation) -> Given:
    declared = found.workload.demand.units_per_month
    if declared.is_known:
        return of_fact(declared, default_source="demand.units_per_month")
    accepted, rate = found.stakes.accepted_units_per_month, current.cell.rates.acceptance if current.cell else None
    if accepted is None:
        return Given(source="no accepted units")
    return Given(
        value=accepted / rate if rate else accepted,
        label=Label.ESTIMATED if found.demand.is_sampled else Label.MEASURED,
        source="traffic of the window",
        as_of=found.demand.as_of,
    )


def _migration(evaluator: Evaluator, found: Evaluation) -> Given:
    declared = found.workload.planning.migration_usd
    if declared.is_known:
        return of_fact(declared, default_source="planning.migration_usd")
    return of_fact(evaluator.workspace.project.config.defaults.migration_usd)


def _monthly_spend(evaluator: Evaluator, cell: Cell) -> Given:
    inference = cell.cost_usd.inference
    months = months_in(evaluator.window.start, evaluator.window.end)
    if inference is None or cell.is_lower_bound or not months:
        return Given(source=f"what {cell.route} costs is not known in full")
    unit_rate = evaluator.workspace.project.config.sampling.unit_rate
    return Given(
        value=inference / months / unit_rate,
        label=cell.evidence.badge,
        source=f"inference of {cell.route} in the window",
        as_of=evaluator.window.end.date(),
    )
