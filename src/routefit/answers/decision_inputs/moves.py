"""What a move from the current route to another rests on: costs, acceptance rates, volume, conditions."""

from __future__ import annotations

from routefit.answers.decision_inputs.route_costs import (
    cost_warnings,
    is_target_measured,
    known_lcpr,
    target_lcpr,
)
from routefit.answers.decision_inputs.sourced import Sourced, of_fact, of_rate
from routefit.answers.evaluation import Evaluation, Evaluator, RouteEvaluation
from routefit.decisions.given import Given
from routefit.errors import CannotTellError
from routefit.evidence import Label
from routefit.funnel.verdict import Verdict
from routefit.lcpr.cell import Cell

_THRESHOLDS = ("least_spend_usd_per_month", "least_horizon_months", "most_estimated_payback_months")


def payback_inputs(evaluator: Evaluator, workload: str, route: str | None) -> Sourced:
    """The inputs of `payback` for a move of the workload from its current route to `route`."""
    found = evaluator.evaluate(workload)
    current = current_route(found)
    target = target_route(evaluator, found, route)
    return Sourced(
        given=move_inputs(evaluator, found, current, target),
        route=target.route.id,
        warnings=cost_warnings(found, current, target),
    )


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
        what = f"{route} is its current route" if route else "the matrix names no route to move to"
        raise CannotTellError(f"{found.workload.id}: {what}", next_step="--route ROUTE, one of `routefit matrix`")
    return target


def move_inputs(
    evaluator: Evaluator, found: Evaluation, current: RouteEvaluation, target: RouteEvaluation
) -> dict[str, Given]:
    """Both routes' costs and rates, volume, migration and the conditions for staying."""
    workload, defaults = found.workload, evaluator.workspace.project.config.defaults
    as_of = evaluator.window.end.date()
    has_verdicts = target.screen is not None
    given = {
        "target_lcpr_usd": target_lcpr(found, current, target),
        "units_per_month": _units_per_month(found, current),
        "migration_usd": _migration(evaluator, found),
        "horizon_months": Given(
            value=float(workload.planning.horizon_months), label=Label.ASSUMED, source="planning.horizon_months"
        ),
        "has_evals": Given(
            value=workload.eval.suite is not None or has_verdicts,
            label=Label.MEASURED if has_verdicts else Label.ASSUMED,
            source="verdicts against the floor" if has_verdicts else "eval.suite",
        ),
        "is_measured": Given(
            value=is_target_measured(found, current, target), label=Label.MEASURED, source="traces", as_of=as_of
        ),
        "is_blocked": _is_blocked(target),
        "blocked_by": Given(value=target.candidate.cell.words, label=Label.MEASURED, source="the funnel"),
        **_pushes(found),
        "price_decline_rate": of_fact(current.route.price_decline_rate, default_source="price_decline_rate"),
        **{name: of_fact(getattr(defaults, name), default_source=f"defaults.{name}") for name in _THRESHOLDS},
        **_acceptance_rates(current, target),
    }
    if current.cell is not None:
        given["current_lcpr_usd"] = known_lcpr(current.cell)
        given |= _inference(current.cell)
    return given


def _pushes(found: Evaluation) -> dict[str, Given]:
    """Whether the current route gets dearer, less reliable or worse; unknown stays unknown."""
    said = {
        "is_price_rising": (found.stakes.is_price_rising, "price list of the current route"),
        "is_reliability_falling": (found.stakes.is_reliability_falling, "failed calls of both windows"),
        "is_quality_falling": (found.stakes.is_quality_falling, "verdicts of both windows"),
    }
    return {
        name: Given(value=value, label=Label.UNKNOWN if value is None else Label.MEASURED, source=source)
        for name, (value, source) in said.items()
    }


def _acceptance_rates(current: RouteEvaluation, target: RouteEvaluation) -> dict[str, Given]:
    """Both, or neither: one alone says nothing of the other."""
    found = {}
    for side, one in (("current", current), ("target", target)):
        as_of = one.cell.window.end.date() if one.cell else None
        found[f"{side}_acceptance_rate"] = of_rate(
            one.totals.accepted_units,
            one.totals.decided_units,
            source=f"{one.totals.decided_units:,} decided units on {one.route.id}",
            as_of=as_of,
        )
    return found if all(one.is_known for one in found.values()) else {}


def _is_blocked(target: RouteEvaluation) -> Given:
    """True where a constraint or the screen rules it out; unknown while a constraint is."""
    is_open = any(check.verdict is Verdict.UNKNOWN for check in target.candidate.checks)
    if is_open and not target.candidate.is_excluded:
        return Given(source="a constraint of the funnel is unknown")
    return Given(value=target.candidate.is_excluded, label=Label.MEASURED, source="the funnel")


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


def _inference(cell: Cell) -> dict[str, Given]:
    """What a unit's inference costs, and its share of the whole: unknown where some calls have no known cost."""
    inference, total = cell.cost_usd.inference, cell.cost_usd.total
    if inference is None or cell.is_lower_bound or not cell.units:
        return {"inference_usd_per_unit": Given(source=f"what {cell.route} costs is not known in full")}
    source, as_of = f"inference of {cell.units:,} units on {cell.route}", cell.window.end.date()
    each = Given(value=inference / cell.units, label=cell.evidence.badge, source=source, as_of=as_of)
    if not total or inference > total:
        return {"inference_usd_per_unit": each}
    share = Given(value=inference / total, label=cell.evidence.badge, source=source, as_of=as_of)
    return {"inference_usd_per_unit": each, "inference_share_rate": share}
