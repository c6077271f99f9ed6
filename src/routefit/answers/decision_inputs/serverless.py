"""What a move to a serverless open route rests on: a move's inputs, prices of today, tokens of a unit, rates."""

from __future__ import annotations

from collections.abc import Iterator

from routefit.answers.decision_inputs.moves import current_route, move_inputs
from routefit.answers.decision_inputs.route_costs import cost_warnings
from routefit.answers.decision_inputs.sourced import Sourced, of_fact
from routefit.answers.evaluation import Evaluation, Evaluator, RouteEvaluation
from routefit.decisions.given import Given
from routefit.decisions.serverless import MOST_SHARES
from routefit.decisions.spread import Beta
from routefit.declared.model import Mode
from routefit.errors import CannotTellError
from routefit.evidence import Label
from routefit.lcpr.people import usd_per_case
from routefit.units import usd_from_pico_usd

_TOKENS_PER_MTOK = 1_000_000
_KNOWN_RATE = 0.9
"""The share of units whose tokens must be known before their mean says anything."""


def serverless_inputs(evaluator: Evaluator, workload: str, route: str | None) -> Sourced:
    """The inputs of `serverless` for a move of the workload from its current route to a serverless open one.

    Raises CannotTellError where the route is of another mode, or the workload has no such route.
    """
    found = evaluator.evaluate(workload)
    current = current_route(found)
    target = _target(evaluator, found, route)
    given = move_inputs(evaluator, found, current, target)
    for side, one in (("current", current), ("target", target)):
        given |= dict(_prices(evaluator, side, one))
        given |= dict(_tokens(side, one))
        given |= dict(_rates(side, one))
    given |= dict(_people(found, current, target))
    warnings = list(cost_warnings(found, current, target))
    for side, one in (("current", current), ("target", target)):
        if _shares(given, side) > MOST_SHARES:
            given.pop(f"{side}_repair_success_rate")
            warnings.append(f"{one.route.id}: units overlap that are repaired and escalated; repairs are left out")
    floor = found.workload.unit.quality_floor_rate
    if floor is not None:
        given["floor_rate"] = Given(value=floor, label=Label.ASSUMED, source="unit.quality_floor_rate")
    return Sourced(given=given, route=target.route.id, warnings=tuple(warnings))


def _target(evaluator: Evaluator, found: Evaluation, route: str | None) -> RouteEvaluation:
    """The route that was named, else the one that the matrix names, else the cheapest of the mode."""
    name = found.workload.id
    if route is not None:
        evaluator.workspace.route(route)
        one = found.route(route)
        if one is None or route == found.stakes.current_route:
            raise CannotTellError(f"{name}: {route} is its current route", next_step="--route another ROUTE")
        if one.route.mode not in (Mode.SERVERLESS_OPEN, None):
            raise CannotTellError(
                f"{route} is {one.route.mode}: this asks about open models that are paid by the token",
                next_step=f"routefit decide payback --workload {name} --route {route}",
            )
        return one
    usable = [one for one in found.routes if _is_usable(found, one)]
    named = [one for one in usable if one.route.id == found.recommendation.route]
    by_cost = sorted(usable, key=lambda one: (one.candidate.lcpr_usd or 0.0, one.route.id))
    if not (named or by_cost):
        raise CannotTellError(
            f"{name}: no open model on a serverless endpoint that is feasible and has a cost",
            next_step="mode: serverless_open in routes/*.yaml, or --route ROUTE",
        )
    return (named or by_cost)[0]


def _is_usable(found: Evaluation, one: RouteEvaluation) -> bool:
    is_other = one.route.id != found.stakes.current_route
    has_cost = one.candidate.lcpr_usd is not None
    return is_other and has_cost and one.route.mode is Mode.SERVERLESS_OPEN and not one.candidate.is_excluded


def _prices(evaluator: Evaluator, side: str, one: RouteEvaluation) -> Iterator[tuple[str, Given]]:
    """Standard prices in force today; none for a route that is paid by the hour."""
    workspace = evaluator.workspace
    if one.route.capacity.is_declared:
        return
    row = workspace.book.list_price(route=one.route, provider=None, model=None, at=workspace.now)
    if row is None:
        return
    features = one.route.price_features.value
    prices = {
        "input": row.input_pico_usd_per_token,
        "output": row.output_pico_usd_per_token,
        "cache_read": row.cache_read_pico_usd_per_token if features is None or "cache" in features else None,
    }
    for tokens, pico_usd in prices.items():
        if pico_usd is not None:
            yield (
                f"{side}_{tokens}_usd_per_mtok",
                Given(
                    value=usd_from_pico_usd(pico_usd * _TOKENS_PER_MTOK),
                    label=row.label,
                    source=row.source or f"price of {one.route.id}",
                    as_of=row.as_of,
                ),
            )


def _tokens(side: str, one: RouteEvaluation) -> Iterator[tuple[str, Given]]:
    totals = one.totals
    if one.cell is None or not totals.units or totals.input_known_units < _KNOWN_RATE * totals.units:
        return
    before = "" if side == "current" else "target_"
    for kind, tokens in (("input", totals.input_tokens), ("output", totals.output_tokens)):
        yield (
            f"{before}{kind}_tokens",
            Given(
                value=tokens / totals.units,
                label=Label.MEASURED,
                source=f"mean of {totals.units:,} units on {one.route.id}",
                as_of=one.cell.window.end.date(),
            ),
        )


def _rates(side: str, one: RouteEvaluation) -> Iterator[tuple[str, Given]]:
    """Rates of the cell; only the escalation rate is drawn, for only it changes what the move is worth."""
    if one.cell is None:
        return
    rates, totals = one.cell.rates, one.totals
    as_of, source = one.cell.window.end.date(), f"{one.cell.units:,} units on {one.route.id}"
    for name in ("cache_hit", "first_pass", "repair", "repair_success", "escalation"):
        rate = getattr(rates, name)
        if rate is None:
            continue
        is_drawn = name == "escalation" and totals.units
        spread = Beta(successes=totals.escalated_units, failures=totals.units - totals.escalated_units)
        yield (
            f"{side}_{name}_rate",
            Given(
                value=rate,
                spread=spread if is_drawn else None,
                label=Label.MEASURED,
                source=source,
                as_of=as_of,
            ),
        )


def _people(found: Evaluation, current: RouteEvaluation, target: RouteEvaluation) -> Iterator[tuple[str, Given]]:
    """What an escalation costs, and how much of it both LCPRs hold: all, or nothing where people are not in them.

    Measured people cost over escalated units of both routes, where it is known; else the declared cost of a case.
    """
    declared = of_fact(usd_per_case(found.workload.human), default_source="human.usd_per_escalation")
    cells = [one.cell for one in (current, target) if one.cell is not None]
    escalated = sum(one.totals.escalated_units for one in (current, target))
    is_inside = bool(cells) and all(cell.cost_usd.human is not None for cell in cells)
    if not is_inside or not escalated:
        yield "failure_usd", declared
        yield "people_in_lcpr_usd", Given(value=0.0, label=Label.MEASURED, source="no people in the costs")
        return
    each = sum(cell.cost_usd.human or 0.0 for cell in cells) / escalated
    is_declared = isinstance(declared.value, float) and abs(each - declared.value) <= 1e-6 * declared.value
    source = f"people over {escalated:,} escalated units on both routes"
    measured = Given(value=each, label=Label.MEASURED, source=source, as_of=cells[0].window.end.date())
    yield "failure_usd", declared if is_declared else measured
    yield "people_in_lcpr_usd", measured.model_copy(update={"value": declared.value if is_declared else each})


def _shares(given: dict[str, Given], side: str) -> float:
    """First passes, repaired and escalated units together; 0 where one of them is not known."""
    names = ("first_pass_rate", "repair_rate", "repair_success_rate", "escalation_rate")
    first, repair, success, escalated = (given.get(f"{side}_{name}", Given()).value for name in names)
    rates = [one for one in (first, repair, success, escalated) if isinstance(one, float)]
    return rates[0] + rates[1] * rates[2] + rates[3] if len(rates) == len(names) else 0.0
