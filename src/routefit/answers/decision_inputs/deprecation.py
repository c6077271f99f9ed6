"""What is known of a route that ends: its dates, the contract, what was measured, and what could take over."""

from __future__ import annotations

from datetime import date, timedelta

from routefit.answers.decision_inputs.sourced import Sourced, of_fact, of_rate
from routefit.answers.evaluation import Evaluation, Evaluator, RouteEvaluation
from routefit.decisions.given import Given
from routefit.declared.contract import Contract
from routefit.errors import CannotTellError
from routefit.evidence import Label

_TERMS = {
    "negotiated_notice_days": "deprecation_notice_days",
    "successor_bar_rate": "successor_eval_threshold_rate",
    "test_window_days": "successor_test_window_days",
}
"""Inputs by the key of the contract that gives them."""


def deprecation_inputs(evaluator: Evaluator, workload: str, route: str | None) -> Sourced:
    """The inputs of `deprecation` for a route of the workload, by default the one in use that ends first.

    Raises CannotTellError where no end is declared.
    """
    if route is not None:
        evaluator.workspace.route(route)
    found = evaluator.evaluate(workload)
    one = _ending(found, route)
    ends_on = one.route.deprecated_on.value
    if ends_on is None:
        raise _no_end(found, one.route.id)
    given = {
        "deprecated_on": of_fact(one.route.deprecated_on, default_source="deprecated_on"),
        "notice_days": of_fact(one.route.deprecation_notice_days, default_source="deprecation_notice_days"),
        "eval_baseline_on": _baseline(evaluator, workload, one),
        "incumbent_pass_rate": _pass_rate(evaluator, one),
        **_terms(evaluator, one),
        **_fallback(evaluator, found, one, ends_on),
    }
    successor = _successor(found, one, ends_on)
    if successor is not None:
        given["successor_pass_rate"] = _pass_rate(evaluator, successor)
    return Sourced(given=given, route=one.route.id)


def _ending(found: Evaluation, route: str | None) -> RouteEvaluation:
    """The route that was named, else the current one, else the one with units that ends first."""
    name = route or found.stakes.current_route
    one = found.route(name) if name else None
    if route is not None or (one is not None and one.route.deprecated_on.is_known):
        if one is None:
            raise _no_end(found, name)
        return one
    used = [
        (one.route.deprecated_on.value, one.route.id, one)
        for one in found.routes
        if one.cell is not None and one.route.deprecated_on.value is not None
    ]
    if not used:
        raise _no_end(found, name)
    return min(used, key=lambda ending: ending[:2])[2]


def _no_end(found: Evaluation, route: str | None) -> CannotTellError:
    return CannotTellError(
        f"{found.workload.id}: {route or 'no route'} has no declared end",
        next_step=f"deprecated_on in routes/{route or 'ROUTE'}.yaml",
    )


def _baseline(evaluator: Evaluator, workload: str, one: RouteEvaluation) -> Given:
    """The day of the last verdict of the window, else of the last unit that has one."""
    series = evaluator.series.get((workload, one.route.id), ())
    judged = [found.last_decided_at for found in series if found.last_decided_at is not None]
    if judged:
        last_on, source = max(judged).date(), "the last verdict"
    elif one.totals.decided_units:
        days = evaluator.workspace.ledger.days_by_route(workload).get(one.route.id, [])
        days = [on for on in days if on < evaluator.window.end.date()]
        if not days:
            return Given(source="no verdicts")
        last_on, source = days[-1], "the last day with judged units"
    else:
        return Given(source="no verdicts")
    return Given(value=min(last_on, evaluator.workspace.today), label=Label.MEASURED, source=source)


def _pass_rate(evaluator: Evaluator, one: RouteEvaluation) -> Given:
    decided = one.totals.decided_units
    source = f"{decided:,} decided units on {one.route.id}"
    rate = of_rate(one.totals.accepted_units, decided, source=source, as_of=_last_on(evaluator))
    # Held against a bar, not drawn: no option's cost depends on it.
    return rate.model_copy(update={"spread": None})


def _last_on(evaluator: Evaluator) -> date:
    return evaluator.window.end.date() - timedelta(days=1)


def _terms(evaluator: Evaluator, one: RouteEvaluation) -> dict[str, Given]:
    """What the contracts of today say of the route; one that names it goes before one about its provider."""
    workspace = evaluator.workspace
    contracts = [
        contract
        for contract in workspace.project.contracts.values()
        if contract.covers(route=one.route.id, provider=one.route.provider, on=workspace.today)
    ]
    contracts.sort(key=lambda contract: (not contract.routes, contract.id))
    return {name: given for name, key in _TERMS.items() if (given := _term(contracts, key)) is not None}


def _term(contracts: list[Contract], key: str) -> Given | None:
    for contract in contracts:
        fact = getattr(contract, key)
        if fact.is_known:
            return of_fact(fact, default_source=f"{key} in the contract {contract.id}")
    return None


def _fallback(evaluator: Evaluator, found: Evaluation, one: RouteEvaluation, ends_on: date) -> dict[str, Given]:
    """The other route that last had traffic, one that outlives the end before one that does not."""
    days = evaluator.workspace.ledger.days_by_route(found.workload.id)
    others = [other for other in found.routes if other.route.id != one.route.id and days.get(other.route.id)]
    if not others:
        return {}
    chosen = max(others, key=lambda other: (not _ends_by(other, ends_on), days[other.route.id][-1]))
    name, today = chosen.route.id, evaluator.workspace.today
    tested = Given(
        value=min(days[name][-1], today),
        label=Label.MEASURED,
        source=f"the last traffic of {name} on the workload",
    )
    given = {"fallback_tested_on": tested}
    if chosen.route.deprecated_on.is_known:
        given["fallback_deprecated_on"] = of_fact(chosen.route.deprecated_on, default_source="deprecated_on")
    if _ends_by(chosen, ends_on):
        label, source = chosen.route.deprecated_on.label, f"{name} ends on {chosen.route.deprecated_on.value}"
        given["is_fallback_on_same_notice"] = Given(value=True, label=label, source=source)
    return given


def _successor(found: Evaluation, one: RouteEvaluation, ends_on: date) -> RouteEvaluation | None:
    """The same provider's other route with the most decided units, when it outlives the end."""
    others = [
        other
        for other in found.routes
        if other.route.id != one.route.id
        and other.route.provider is not None
        and other.route.provider == one.route.provider
        and other.totals.decided_units
        and not _ends_by(other, ends_on)
    ]
    return max(others, key=lambda other: other.totals.decided_units, default=None)


def _ends_by(other: RouteEvaluation, ends_on: date) -> bool:
    own = other.route.deprecated_on.value
    return own is not None and own <= ends_on
