"""What step-level routing rests on: a workload's trajectories on a route, its prices of today, its tiers."""

from __future__ import annotations

from datetime import timedelta

from routefit.answers.decision_inputs.sourced import Sourced, of_fact
from routefit.answers.evaluation import Evaluation, Evaluator, RouteEvaluation
from routefit.decisions.agent_structure import AgentStep, AgentSteps, tier_input
from routefit.decisions.given import Given
from routefit.decisions.tiers import DEFAULT_TIERS, Tier
from routefit.declared.model import Route, WorkloadClass
from routefit.declared.ranged import RangedNumber, RangedRate
from routefit.errors import CannotTellError
from routefit.evidence import Label
from routefit.lcpr.price import PriceRow
from routefit.ledger.trajectories import StepSums, Trajectories, trajectories

_HUMAN, _MACHINE = "human_facing", "machine_facing"
_BATCH = "batch"
_BESIDE_RATE = 0.5
"""Calls of one kind run beside each other where more of them overlap than not."""

_LEAST_CALLS_PER_UNIT = 1.5
_MS_PER_HOUR = 3_600_000


def agent_steps_inputs(evaluator: Evaluator, workload: str, route: str | None) -> Sourced:
    """The inputs of `agent-steps` for a workload on a route, by default the current one.

    Raises CannotTellError where the workload is not agentic, no call says who waits, or no price is known.
    """
    found = evaluator.evaluate(workload)
    # Before the trajectories: reading them takes a look at every call.
    _check_class(found)
    one = _route(evaluator, found, route)
    window = evaluator.window.start.date(), evaluator.window.end.date()
    taken = trajectories(evaluator.workspace.ledger, *window, workload=workload, route=one.route.id)
    _check(found, taken)
    row = evaluator.workspace.book.list_price(
        route=one.route, provider=None, model=None, at=evaluator.workspace.now
    )
    if row is None or one.route.capacity.is_declared:
        raise CannotTellError(
            f"{one.route.id}: no price per token is known, so that a step has no cost of its own",
            next_step=f"prices in routes/{one.route.id}.yaml, or --route ROUTE",
        )
    names = _names(taken.steps)
    tiers, tier_given = _tiers(evaluator, one.route, row)
    structure = AgentSteps(
        steps=tuple(
            AgentStep(
                name=name,
                facing=_MACHINE if step.facing == _MACHINE else _HUMAN,
                sequential=not _is_beside(step),
            )
            for name, step in names.items()
        ),
        tiers=tiers,
    )
    given = _prices(row) | tier_given | _demand(evaluator, found)
    as_of = window[1] - timedelta(days=1)
    for name, step in names.items():
        for figure, amount in (
            ("calls", step.calls),
            ("input_tokens", step.input_tokens),
            ("output_tokens", step.output_tokens),
            ("cached_tokens", step.cached_tokens if step.cache_known_calls else None),
        ):
            given[f"steps.{name}.{figure}"] = Given(
                value=None if amount is None else amount / taken.units,
                label=Label.UNKNOWN if amount is None else Label.MEASURED,
                source=f"mean of {taken.units:,} units on {one.route.id}",
                as_of=as_of,
            )
    return Sourced(
        given=given,
        structure=structure,
        route=one.route.id,
        warnings=tuple(_warnings(taken, tiers, one.route)),
    )


def _route(evaluator: Evaluator, found: Evaluation, route: str | None) -> RouteEvaluation:
    """The route that was named, else the current one, else the one with the most units."""
    if route is not None:
        evaluator.workspace.route(route)
    used = sorted((one for one in found.routes if one.cell), key=lambda one: -one.totals.units)
    name = route or found.stakes.current_route or (used[0].route.id if used else None)
    one = found.route(name) if name else None
    if one is None or one.cell is None:
        raise CannotTellError(
            f"{found.workload.id}: {name or 'no route'} has no units in the window", next_step="--route ROUTE"
        )
    return one


def _check_class(found: Evaluation) -> None:
    name, said = found.workload.id, found.workload.workload_class
    if said not in (None, WorkloadClass.AGENTIC):
        raise CannotTellError(
            f"{name} is {said.value.replace('_', ' ')}, not agentic: its units have no steps to move",
            next_step=f"class: agentic in workloads/{name}.yaml, if they do",
        )


def _check(found: Evaluation, taken: Trajectories) -> None:
    name, said = found.workload.id, found.workload.workload_class
    calls = sum(step.calls for step in taken.steps)
    if not taken.units:
        raise CannotTellError(f"{name}: no calls in the window", next_step="routefit import calls FILE")
    if said is None and calls / taken.units < _LEAST_CALLS_PER_UNIT:
        raise CannotTellError(
            f"{name}: {calls / taken.units:.2f} calls per unit: its units have no steps to move",
            next_step=f"class: agentic in workloads/{name}.yaml, if they do",
        )
    if not any(step.facing for step in taken.steps):
        raise CannotTellError(
            f"{name}: no call says who waits for it, so that none may wait",
            next_step="step_type (human_facing or machine_facing) in the calls, or FILE.yaml with steps",
        )


def _names(steps: tuple[StepSums, ...]) -> dict[str, StepSums]:
    """Each kind of call by a name: its role, and what tells it from others of that role."""
    found: dict[str, StepSums] = {}
    for step in steps:
        same_role = [one for one in steps if one.role == step.role]
        words = [step.role]
        if len({one.operation for one in same_role}) > 1:
            words.append(step.operation)
        if len({one.facing for one in same_role}) > 1:
            words.append((step.facing or "unknown").removesuffix("_facing"))
        found[" ".join(words)] = step
    return found


def _is_beside(step: StepSums) -> bool:
    return bool(step.following_calls) and step.overlapping_calls / step.following_calls > _BESIDE_RATE


def _prices(row: PriceRow) -> dict[str, Given]:
    def price(pico_usd_per_token: int | None) -> Given:
        if pico_usd_per_token is None:
            return Given(source="no price is listed")
        return Given(value=pico_usd_per_token / 1e6, label=row.label, source=row.source, as_of=row.as_of)

    return {
        "prices.input_usd_per_mtok": price(row.input_pico_usd_per_token),
        "prices.output_usd_per_mtok": price(row.output_pico_usd_per_token),
        "prices.cache_read_usd_per_mtok": price(row.cache_read_pico_usd_per_token),
    }


def _tiers(evaluator: Evaluator, route: Route, row: PriceRow) -> tuple[dict[str, Tier] | None, dict[str, Given]]:
    """The default tiers as this route has them: no batch where its features name none, its listed batch price."""
    features = route.price_features.value
    if features is not None and _BATCH not in features:
        return {name: tier for name, tier in DEFAULT_TIERS.items() if name != _BATCH}, {}
    listed = evaluator.workspace.book.resolve(route=route, provider=None, model=None, service_tier=_BATCH).rows
    now = evaluator.workspace.now
    batch = next((one for one in listed if one.holds(at=now, input_tokens=one.tokens_from)), None)
    if batch is None or not row.input_pico_usd_per_token:
        return None, {}
    discount = 1 - batch.input_pico_usd_per_token / row.input_pico_usd_per_token
    if not 0 <= discount <= 1:
        return None, {}
    read, batch_read = row.cache_read_pico_usd_per_token, batch.cache_read_pico_usd_per_token
    stacks = read is not None and batch_read is not None and batch_read <= read * (1 - discount) * 1.01
    tier = Tier(
        discount_rate=RangedRate((discount,) * 3),
        window_hours=RangedNumber((24.0,) * 3),
        stacks_with_cache=stacks,
    )
    given = Given(value=discount, label=batch.label, source=batch.source, as_of=batch.as_of)
    return {**DEFAULT_TIERS, _BATCH: tier}, {tier_input(_BATCH, "discount_rate"): given}


def _demand(evaluator: Evaluator, found: Evaluation) -> dict[str, Given]:
    """Tasks a month, horizon, and the deadline that a latency objective of the whole unit is."""
    given = {
        "horizon_months": Given(
            value=float(found.workload.planning.horizon_months),
            label=Label.ASSUMED,
            source="planning.horizon_months",
        )
    }
    declared = found.workload.demand.units_per_month
    if declared.is_known:
        given["tasks_per_month"] = of_fact(declared, default_source="demand.units_per_month")
    else:
        units = sum(one.totals.units for one in found.routes if one.cell is not None)
        days = (evaluator.window.end - evaluator.window.start) / timedelta(days=1)
        rate = evaluator.workspace.project.config.sampling.unit_rate
        given["tasks_per_month"] = Given(
            value=units / days * (365.25 / 12) / rate if units else None,
            label=Label.MEASURED if rate == 1 else Label.ESTIMATED,
            source="units of the window",
            as_of=evaluator.window.end.date(),
        )
    slo = found.workload.slo
    if slo.scope == "unit" and slo.e2e_ms is not None:
        given["deadline_hours"] = Given(
            value=slo.e2e_ms / _MS_PER_HOUR, label=Label.ASSUMED, source="slo.e2e_ms of the whole unit"
        )
    return given


def _warnings(taken: Trajectories, tiers: dict[str, Tier] | None, route: Route) -> list[str]:
    found: list[str] = []
    calls = sum(step.calls for step in taken.steps)
    unknown = sum(step.calls for step in taken.steps if step.facing is None)
    if unknown:
        found.append(
            f"{100 * unknown / calls:.0f}% of the calls do not say who waits for them: they count as human-facing"
        )
    without = sum(step.calls_without_usage for step in taken.steps)
    if without:
        found.append(f"{without:,} of {calls:,} calls say nothing of their tokens: they count as none")
    if tiers is not None and _BATCH not in tiers:
        found.append(f"the price features of {route.id} name no batch: there is no discounted tier")
    return found
