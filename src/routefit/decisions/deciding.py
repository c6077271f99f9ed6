"""One calculator on given inputs: the point, the draws, the flips, and what each input rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from routefit.decisions.calculator import Calculator, Point, Values, point_for
from routefit.decisions.curve import curve
from routefit.decisions.decision import Decision, DecisionEvidence, InputEvidence, MonteCarlo
from routefit.decisions.expected import DecisionNear
from routefit.decisions.flips import flip_points
from routefit.decisions.given import Given, Input
from routefit.decisions.information import value_of_information
from routefit.decisions.sensitivity import tornado
from routefit.decisions.uncertainty import Draws, best_of, drawn, drawn_inputs, monte_carlo
from routefit.errors import BadInputError, CannotTellError, nearest_names
from routefit.evidence import weakest

DRAWS = 1_000_000
"""Draws where any input has a range; without one the point is drawn once."""


def decide(
    calculator: Calculator,
    given: Mapping[str, Given],
    *,
    rng: np.random.Generator,
    seed: int = 0,
    draws: int = DRAWS,
    workload: str | None = None,
    route: str | None = None,
) -> Decision:
    """The decision on these inputs; what is not given takes the default of its `Input`.

    `rng` draws inputs with a range; `seed` is what it was started with, for the record.

    Raises BadInputError for an input that is unknown or out of its range, CannotTellError where a required one is
    missing, UndefinedError where a formula has no value.
    """
    tried = _tried(calculator, given, rng=rng, draws=draws)
    values, point, staying = tried.values, tried.point, tried.staying
    simulated = monte_carlo(tried.found, seed=seed, staying=staying)
    decision = calculator.decision(simulated.decision, point)
    point = point_for(calculator, decision, values, point)
    near = DecisionNear(calculator, values, tried.found, here=decision, staying=staying, rng=tried.rng)
    flips = flip_points(near, calculator.inputs, tried.used)
    bars = tornado(
        lambda at: float(calculator.net_usd(at)[simulated.acting]), calculator.inputs, tried.used, values
    )
    return Decision(
        kind=calculator.kind,
        workload=workload,
        route=route,
        decision=decision,
        naive=point.naive,
        result=point.result,
        flip_points=flips,
        tornado=bars,
        curve=curve(near, flips, bars, calculator.inputs, acting=simulated.acting),
        monte_carlo=simulated,
        value_of_information=value_of_information(tried.found),
        evidence=_evidence(calculator, tried.used),
        warnings=(*point.warnings, *_on_average(calculator, values, simulated)),
        net_usd_over=point.net_usd_over or calculator.net_usd_over,
    )


def decision_of(
    calculator: Calculator, given: Mapping[str, Given], *, rng: np.random.Generator, draws: int = DRAWS
) -> str:
    """The decision alone, as `decide` makes it."""
    tried = _tried(calculator, given, rng=rng, draws=draws)
    return calculator.decision(best_of(tried.found.expected_net_usd), tried.point)


@dataclass(frozen=True, slots=True)
class _Tried:
    """The inputs as they are used, the point, and the draws; `rng` is what is left for the search for flips."""

    values: dict[str, Any]
    used: dict[str, Given]
    point: Point
    staying: str | None
    found: Draws
    rng: np.random.Generator


def _tried(calculator: Calculator, given: Mapping[str, Given], *, rng: np.random.Generator, draws: int) -> _Tried:
    complete = completed(calculator, given)
    values: dict[str, Any] = {name: one.value for name, one in complete.items()}
    point = calculator.point(values)
    unused = calculator.unused(values)
    used = {name: one for name, one in complete.items() if name not in unused}
    spreads = {name: one.spread for name, one in used.items() if one.spread is not None}
    draws = draws if spreads else 1
    # A stream for each input and one more: what is drawn for an input depends on no other.
    *streams, last_stream = rng.spawn(len(complete) + 1)
    inputs = drawn_inputs(
        spreads,
        whole=frozenset(one.name for one in calculator.inputs if one.is_whole),
        streams=dict(zip(complete, streams, strict=True)),
        draws=draws,
    )
    staying = calculator.actions[0] if calculator.has_staying else None
    found = drawn(calculator.net_usd, calculator.outcomes, values, inputs, staying=staying, draws=draws)
    return _Tried(values, used, point, staying, found, last_stream)


def decision_at(calculator: Calculator, values: Values) -> str:
    """The decision with every input at one value."""
    for one in calculator.inputs:
        if values.get(one.name) is not None:
            one.checked(Given(value=values[one.name]))
    return calculator.decision(_best(calculator, values), calculator.point(values))


def _on_average(calculator: Calculator, values: Values, simulated: MonteCarlo) -> Iterator[str]:
    """A warning where the average over the ranges says otherwise than the point."""
    at_point = _best(calculator, values)
    if simulated.decision != at_point:
        yield (
            f"with every input at its point {_words(at_point)} would be best; over their ranges it is"
            f" {_words(simulated.decision)} on average, and the average decides"
        )


def _words(action: str) -> str:
    return action.replace("_", " ")


def _best(calculator: Calculator, values: Values) -> str:
    nets = {action: float(amount) for action, amount in calculator.net_usd(values).items()}
    return best_of({calculator.actions[0]: 0.0, **nets} if calculator.has_staying else nets)


def completed(calculator: Calculator, given: Mapping[str, Given]) -> dict[str, Given]:
    """Every input of the calculator with its value, default or UNKNOWN, checked against its range."""
    known = {one.name: one for one in calculator.inputs}
    for name in given:
        if name not in known:
            near = nearest_names(name, known, most=1)
            raise BadInputError(
                f"{calculator.kind} has no input {name!r}",
                next_step=f"did you mean {near[0]!r}?" if near else f"its inputs: {', '.join(known)}",
            )
    complete = {name: one.checked(_or_default(one, given.get(name))) for name, one in known.items()}
    missing = [one for one in calculator.inputs if one.is_required and not complete[one.name].is_known]
    if missing:
        raise CannotTellError(
            f"{calculator.kind} needs {', '.join(f'{one.shown} ({one.meaning})' for one in missing)}",
            next_step=f"give {' '.join(f'{one.shown} …' for one in missing if one.option) or 'them by --set'}",
        )
    return complete


def _or_default(one: Input, given: Given | None) -> Given:
    if given is not None and given.is_known:
        return given
    return one.default or given or Given()


def _evidence(calculator: Calculator, used: Mapping[str, Given]) -> DecisionEvidence:
    known = [(one, used[one.name]) for one in calculator.inputs if one.name in used and used[one.name].is_known]
    return DecisionEvidence(
        label=weakest(given.label for _, given in known),
        inputs=tuple(
            InputEvidence(
                input=one.name,
                value=given.value,
                unit=one.unit,
                low=given.spread.low if given.spread else None,
                high=given.spread.high if given.spread else None,
                label=given.label,
                source=given.source,
                as_of=given.as_of,
                replaced=given.replaced,
                is_varied=one.is_varied,
            )
            for one, given in known
        ),
    )
