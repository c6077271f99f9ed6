"""What holds of every kind of decision: inputs around those of its examples, some of them uncertain."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from routefit.decisions.calculator import Calculator
from routefit.decisions.deciding import decide, decision_at, decision_of
from routefit.decisions.decision import Decision
from routefit.decisions.given import Given, Input, Quantity
from routefit.decisions.kinds import KINDS, Material
from routefit.decisions.spread import Triangular
from routefit.errors import RoutefitError
from routefit.evidence import Label
from thorough import examples

DRAWS = 4_000


def examples_of(kind: str) -> list[dict[str, Given]]:
    """The inputs of its examples that need no project and no file."""
    inputs = KINDS[kind].build(Material()).inputs
    by_option = {one.option: one for one in inputs if one.option}
    by_name = {one.name: one for one in inputs}
    found = []
    for example in KINDS[kind].examples:
        words = shlex.split(example)[3:]
        given: dict[str, Given] = {}
        for option, value in zip(words, [*words[1:], ""], strict=True):
            if option == "--set":
                name, _, value = value.partition("=")
                given[name] = by_name[name].given(value)
            elif option in by_option and by_option[option].quantity is not Quantity.FLAG:
                given[by_option[option].name] = by_option[option].given(value)
        if given and "--workload" not in words and not any(word.endswith((".yaml", ".csv")) for word in words):
            found.append(given)
    return found


PLAIN_KINDS = [kind for kind in KINDS if examples_of(kind)]
"""Kinds that plain numbers are enough for; the others have lists in a file."""


@st.composite
def around(draw: st.DrawFn, one: Input, example: Given | None) -> Given | None:
    """A value near that of the example, or none where the input may be left out."""
    if example is None and not draw(st.booleans()):
        return None
    if one.quantity is Quantity.FLAG:
        return Given(value=draw(st.booleans()), label=Label.ASSUMED)
    if one.choices:
        return Given(value=draw(st.sampled_from(one.choices)), label=Label.ASSUMED)
    if not one.quantity.is_numeric:
        return example
    known = example or one.default
    near = float(known.value) if known is not None and isinstance(known.value, int | float) else 1.0
    value = near * draw(st.sampled_from([0.2, 0.5, 0.8, 1.0, 1.0, 1.25, 2.0, 5.0]))
    value = min(value, 1.0) if one.quantity is Quantity.RATE else value
    value = max(float(round(value)), 1.0) if one.is_whole else value
    return Given(value=value, label=Label.ASSUMED)


@st.composite
def cases(draw: st.DrawFn, kind: str) -> dict[str, Given]:
    """Inputs that the kind takes."""
    example = draw(st.sampled_from(examples_of(kind)))
    calculator = KINDS[kind].build(Material())
    found = {one.name: draw(around(one, example.get(one.name))) for one in calculator.inputs}
    return {name: one for name, one in found.items() if one is not None}


def widened(given: Mapping[str, Given], inputs: tuple[Input, ...], wide_ratio: float) -> dict[str, Given]:
    """Every other number as a range."""
    found = dict(given)
    for one in inputs[::2]:
        value = given[one.name].value if one.name in given else None
        if (
            one.quantity.is_numeric
            and one.is_varied
            and isinstance(value, float)
            and value > 0
            and not one.is_whole
        ):
            high = min(value * wide_ratio, 1.0) if one.quantity is Quantity.RATE else value * wide_ratio
            spread = Triangular(low=value / wide_ratio, mode=value, high=max(high, value))
            found[one.name] = given[one.name].model_copy(update={"spread": spread})
    return found


def pinned(given: Mapping[str, Given], inputs: tuple[Input, ...]) -> dict[str, Given]:
    """With defaults that are ranges at their points."""
    uncertain = [one for one in inputs if one.default is not None and one.default.spread is not None]
    fixed = {one.name: Given(value=one.default.value, label=Label.ASSUMED) for one in uncertain if one.default}
    return {**fixed, **given}


def decided(calculator: Calculator, given: Mapping[str, Given], *, seed: int = 0, draws: int = DRAWS) -> Decision:
    return decide(calculator, given, rng=np.random.default_rng(seed), seed=seed, draws=draws)


def redecided(calculator: Calculator, given: Mapping[str, Given]) -> str:
    return decision_of(calculator, given, rng=np.random.default_rng(0), draws=DRAWS)


def answered(calculator: Calculator, given: Mapping[str, Given]) -> Decision:
    """The decision, where the inputs are ones that it takes."""
    try:
        return decided(calculator, given)
    except RoutefitError:
        assume(False)
        raise


def with_value(given: Mapping[str, Given], name: str, value: float) -> dict[str, Given]:
    return {**given, name: Given(value=value, label=Label.ASSUMED)}


@pytest.mark.parametrize("kind", PLAIN_KINDS)
@settings(max_examples=examples(60))
@given(data=st.data())
def test_a_flip_point_put_back_in_flips_the_decision(kind: str, data: st.DataObject) -> None:
    calculator = KINDS[kind].build(Material())
    given = data.draw(cases(kind))
    found = answered(calculator, given)
    for flip in found.flip_points:
        again = with_value(given, flip.input, flip.flips_at)
        assert redecided(calculator, again) == flip.decision != found.decision, flip
        assert (flip.flips_at < flip.value) == (flip.side == "below")


@pytest.mark.parametrize("kind", PLAIN_KINDS)
@settings(max_examples=examples(60))
@given(data=st.data())
def test_a_flip_point_of_uncertain_inputs_flips_the_decision(kind: str, data: st.DataObject) -> None:
    calculator = KINDS[kind].build(Material())
    given = widened(data.draw(cases(kind)), calculator.inputs, 1.5)
    found = answered(calculator, given)
    for flip in found.flip_points:
        again = with_value(given, flip.input, flip.flips_at)
        assert redecided(calculator, again) == flip.decision != found.decision, flip


@pytest.mark.parametrize("kind", PLAIN_KINDS)
@settings(max_examples=examples(60))
@given(data=st.data(), wide_ratio=st.sampled_from([1.05, 1.5, 4.0]))
def test_what_the_draws_say_hangs_together(kind: str, data: st.DataObject, wide_ratio: float) -> None:
    calculator = KINDS[kind].build(Material())
    given = widened(data.draw(cases(kind)), calculator.inputs, wide_ratio)
    found = answered(calculator, given)
    worth = [one.worth_usd for one in found.value_of_information.inputs]
    assert all(0 < usd <= found.value_of_information.perfect_usd for usd in worth)
    assert worth == sorted(worth, reverse=True)
    assert 0 <= found.monte_carlo.probability_right <= 1
    assert found.monte_carlo.expected_net_usd[found.monte_carlo.decision] == max(
        found.monte_carlo.expected_net_usd.values()
    )
    for quantiles in found.monte_carlo.quantiles.values():
        ordered = [float("inf") if one is None else one for one in quantiles.model_dump().values()]
        assert ordered == sorted(ordered)
    assert sum(one.share_rate for one in found.monte_carlo.histogram) <= 1 + 1e-9
    swings = [bar.swing_usd for bar in found.tornado]
    assert swings == sorted(swings, reverse=True)
    rates = {one.name for one in calculator.inputs if one.quantity is Quantity.RATE}
    assert all(0 <= bar.low <= bar.high <= 1 for bar in found.tornado if bar.input in rates)
    assert {one.input for one in found.value_of_information.inputs} <= {one.input for one in found.evidence.inputs}


@pytest.mark.parametrize("kind", PLAIN_KINDS)
@settings(max_examples=examples(60))
@given(data=st.data())
def test_ranges_without_width_agree_with_the_point(kind: str, data: st.DataObject) -> None:
    calculator = KINDS[kind].build(Material())
    given = pinned(data.draw(cases(kind)), calculator.inputs)
    exact = answered(calculator, given)
    found = decided(calculator, widened(given, calculator.inputs, 1.0), draws=1000)
    assert found.decision == exact.decision
    assert found.monte_carlo.expected_net_usd == pytest.approx(
        exact.monte_carlo.expected_net_usd, rel=1e-9, abs=1e-6
    )
    assert found.value_of_information.perfect_usd == pytest.approx(0.0, abs=1e-6)
    assert found.result == exact.result


@pytest.mark.parametrize("kind", PLAIN_KINDS)
@settings(max_examples=examples(60))
@given(data=st.data())
def test_the_point_decides_as_the_draws_of_the_point(kind: str, data: st.DataObject) -> None:
    """`decision_at`, the scalar way, and one draw say the same."""
    calculator = KINDS[kind].build(Material())
    given = data.draw(cases(kind))
    found = answered(calculator, given)
    values: dict[str, Any] = {one.name: one.default.value if one.default else None for one in calculator.inputs}
    values |= {name: one.value for name, one in given.items()}
    assert decision_at(calculator, values) == found.decision
