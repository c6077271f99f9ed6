"""What a fine-tune of a workload's base model rests on: its repair loop, its volume, the end of the base model."""

from __future__ import annotations

from routefit.answers.decision_inputs.moves import current_route
from routefit.answers.decision_inputs.sourced import Sourced, of_fact, of_rate
from routefit.answers.evaluation import Evaluation, Evaluator, RouteEvaluation
from routefit.decisions.given import Given
from routefit.errors import CannotTellError
from routefit.evidence import Label, weakest


def finetune_inputs(evaluator: Evaluator, workload: str, route: str | None) -> Sourced:
    """The inputs of `finetune` for tuning the model of `route`, by default of the current route."""
    found = evaluator.evaluate(workload)
    base = _base(evaluator, found, route)
    given = {
        "units_per_month": accepted_units_per_month(found),
        "base_deprecated_on": of_fact(base.route.deprecated_on),
        "horizon_months": Given(
            value=float(found.workload.planning.horizon_months),
            label=Label.ASSUMED,
            source="planning.horizon_months",
        ),
        "has_base_passed_funnel": _has_passed(base),
        "endpoint_usd_per_month": _endpoint_usd_per_month(evaluator, base),
        **_repair_loop(evaluator, base),
    }
    return Sourced(given=given, route=base.route.id)


def accepted_units_per_month(found: Evaluation) -> Given:
    """The accepted units of a month, from declared demand or from the window's traffic."""
    units, declared = found.stakes.accepted_units_per_month, found.workload.demand.units_per_month
    if units is None:
        return Given(source="no accepted units")
    if declared.is_known:
        label = weakest((declared.label, Label.DERIVED))
        return Given(value=units, label=label, source="demand.units_per_month x acceptance", as_of=declared.as_of)
    label = Label.ESTIMATED if found.demand.is_sampled else Label.MEASURED
    return Given(value=units, label=label, source="traffic of the window", as_of=found.demand.as_of)


def _base(evaluator: Evaluator, found: Evaluation, route: str | None) -> RouteEvaluation:
    if route is None:
        return current_route(found)
    evaluator.workspace.route(route)
    base = found.route(route)
    if base is None or base.cell is None:
        raise CannotTellError(
            f"{found.workload.id}: {route} has no units in the window, so nobody knows what its answers fail at",
            next_step="--route ROUTE, one of `routefit matrix`, or numbers without --workload",
        )
    return base


def _has_passed(base: RouteEvaluation) -> Given:
    """Whether the base model is feasible and above the floor; unknown without a screen that decides."""
    if base.candidate.is_excluded:
        return Given(value=False, label=Label.MEASURED, source=base.candidate.cell.reason or "the funnel")
    if base.screen is None or base.screen.verdict != "pass":
        return Given(source="no screen that decides")
    return Given(value=True, label=Label.MEASURED, source=base.screen.words)


def _repair_loop(evaluator: Evaluator, base: RouteEvaluation) -> dict[str, Given]:
    """First-pass and repair rates as counted, and what a call costs on average."""
    cell, totals, as_of = base.cell, base.totals, evaluator.window.end.date()
    if cell is None or cell.rates.first_pass is None:
        return {}
    given = {
        "first_pass_before_rate": of_rate(
            totals.first_pass_units,
            totals.decided_units,
            source=f"{totals.decided_units:,} decided units on {cell.route}",
            as_of=as_of,
        )
    }
    if totals.repaired_decided_units:
        given["repair_success_rate"] = of_rate(
            totals.repaired_accepted_units,
            totals.repaired_decided_units,
            source=f"{totals.repaired_decided_units:,} repaired units on {cell.route}",
            as_of=as_of,
        )
    inference = cell.cost_usd.inference
    if inference is None or cell.is_lower_bound or not totals.production_calls or not totals.units:
        return given
    call_usd = inference / totals.production_calls
    source = f"mean cost of a call on {cell.route}"
    first_calls = totals.planned_calls / totals.units
    for name, usd in (("repair_usd_per_unit", call_usd), ("first_call_usd", call_usd * first_calls)):
        given[name] = Given(value=usd, label=Label.ESTIMATED, source=source, as_of=as_of)
    return given


def _endpoint_usd_per_month(evaluator: Evaluator, base: RouteEvaluation) -> Given:
    """What the least replicas of the base model's endpoint cost; unknown where it is paid by the token."""
    capacity = base.route.capacity
    price, gpus, replicas = capacity.gpu_usd_per_hour, capacity.gpus_per_replica, capacity.min_replicas
    if price.value is None or gpus.value is None or replicas.value is None:
        return Given(source=f"{base.route.id} declares no endpoint")
    hours = evaluator.workspace.project.config.defaults.hours_per_month
    return Given(
        value=float(price.value) * gpus.value * replicas.value * hours,
        label=weakest((price.label, gpus.label, replicas.label)),
        source=f"capacity of {base.route.id}",
        as_of=price.as_of,
    )
