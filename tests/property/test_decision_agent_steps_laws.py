"""Laws of step-level routing, of the queue and of the checkpoint."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from routefit.decisions.agent_steps import AgentStepsCalculator
from routefit.decisions.agent_structure import AgentSteps
from routefit.decisions.chain import ChainStep, Choice, chain_hours, cheapest_plan
from routefit.decisions.deciding import completed
from routefit.decisions.given import Given
from routefit.decisions.queue_wait import queue_wait
from split_cases import PRICES, amounts, step, task_figures

tokens = st.integers(1, 1_000_000)


@st.composite
def steps(draw: st.DrawFn) -> list[dict[str, Any]]:
    """One to five steps of any kind."""
    found = []
    for place in range(draw(st.integers(1, 5))):
        inputs = draw(tokens)
        found.append(
            step(
                f"s{place}",
                calls=draw(st.integers(1, 40)),
                input_tokens=inputs,
                output_tokens=draw(tokens),
                cached_tokens=int(inputs * draw(amounts(1.0))),
                facing=draw(st.sampled_from(["human_facing", "machine_facing"])),
                sequential=draw(st.booleans()),
            )
        )
    return found


@st.composite
def tiers(draw: st.DrawFn) -> dict[str, Any]:
    """Today's tier and up to three others."""
    found = {"now": {"discount_rate": 0, "window_hours": 0.001, "stacks_with_cache": True}}
    for place in range(draw(st.integers(0, 3))):
        found[f"t{place}"] = {
            "discount_rate": draw(amounts(0.9)),
            "window_hours": draw(st.floats(0.0001, 48.0)),
            "stacks_with_cache": draw(st.booleans()),
        }
    return found


@given(steps(), tiers(), st.none() | st.floats(0.001, 1000.0))
def test_a_plan_never_costs_more_than_today(
    given_steps: list[dict[str, Any]], given_tiers: dict[str, Any], deadline: float | None
) -> None:
    """Moving is never forced."""
    found = task_figures(*given_steps, tiers=given_tiers, deadline_hours=deadline)
    assert found.routed_usd_per_task <= found.today_usd_per_task * (1 + 1e-9)
    assert 0 <= found.batch_eligible_share_rate <= 1 + 1e-9


@given(steps(), tiers(), st.floats(0.001, 500.0), st.floats(1.0, 10.0))
def test_a_longer_deadline_never_costs_more(
    given_steps: list[dict[str, Any]], given_tiers: dict[str, Any], deadline: float, longer_ratio: float
) -> None:
    """What fits a deadline fits a longer one, and none at all costs least; today's chain must fit for that."""
    short = task_figures(*given_steps, tiers=given_tiers, deadline_hours=deadline)
    assume(short.is_deadline_met)
    long = task_figures(*given_steps, tiers=given_tiers, deadline_hours=deadline * longer_ratio)
    free = task_figures(*given_steps, tiers=given_tiers)
    assert long.routed_usd_per_task <= short.routed_usd_per_task * (1 + 1e-9)
    assert free.routed_usd_per_task <= long.routed_usd_per_task * (1 + 1e-9)
    assert short.chain_hours is not None
    assert short.chain_hours <= deadline * (1 + 1e-9)


@given(steps(), tiers(), st.none() | st.floats(0.001, 500.0))
def test_the_word_alone_is_that_of_the_figures(
    given_steps: list[dict[str, Any]], given_tiers: dict[str, Any], deadline: float | None
) -> None:
    """What the search for flips asks for."""
    content = {"prices": PRICES, "steps": given_steps, "tiers": given_tiers}
    calculator = AgentStepsCalculator(AgentSteps.model_validate(content))
    given_deadline = {} if deadline is None else {"deadline_hours": Given(value=deadline)}
    values = {name: one.value for name, one in completed(calculator, given_deadline).items()}
    point = calculator.point(values)
    for best in calculator.actions:
        assert calculator.decision_from(best, values) == calculator.decision(best, point)


choices = st.lists(
    st.builds(Choice, tier=st.just("t"), usd=st.integers(0, 20).map(float), hours=st.integers(0, 12).map(float)),
    min_size=1,
    max_size=3,
).map(tuple)
chains = st.lists(st.builds(ChainStep, choices=choices, is_sequential=st.booleans()), min_size=1, max_size=5)


@given(chains, st.integers(0, 40).map(float))
def test_the_search_agrees_with_brute_force(chain: list[ChainStep], deadline: float) -> None:
    """The cheapest of all assignments that fit, or none where none fits."""
    is_sequential = [one.is_sequential for one in chain]
    costs = [
        sum(choice.usd for choice in plan)
        for plan in product(*(one.choices for one in chain))
        if chain_hours([choice.hours for choice in plan], is_sequential) <= deadline
    ]
    found = cheapest_plan(chain, deadline)
    assert (found is None) == (not costs)
    if found is not None:
        assert sum(choice.usd for choice in found) == pytest.approx(min(costs))
        assert chain_hours([choice.hours for choice in found], is_sequential) <= deadline


@given(st.floats(0.1, 200.0), st.floats(0.1, 120.0), st.integers(1, 60), st.integers(1, 5))
def test_more_servers_never_wait_longer(arrivals: float, minutes: float, servers: int, more: int) -> None:
    """The 95th percentile falls, and so does the depth; an unstable queue stays without either."""
    few = queue_wait(arrivals_per_hour=arrivals, service_minutes=minutes, servers=servers)
    many = queue_wait(arrivals_per_hour=arrivals, service_minutes=minutes, servers=servers + more)
    assert few.is_stable == (arrivals * minutes / 60 < servers)
    if few.wait_p95_minutes is None or few.depth_mean is None:
        assert few.reason is not None
        return
    assert many.wait_p95_minutes is not None
    assert many.depth_mean is not None
    assert many.wait_p95_minutes <= few.wait_p95_minutes + 1e-9
    assert many.depth_mean <= few.depth_mean + 1e-9


@given(amounts(1.0), amounts(100.0))
def test_a_checkpoint_is_worth_it_below_its_own_limit(interrupts: float, state: float) -> None:
    """And above it, it is not."""
    found = task_figures(step("edit"), interrupt_rate=interrupts, state_gb=state, keep_hours=24.0).checkpoint
    assert found is not None
    assert found.worth_it_below_gb is not None
    assume(abs(found.worth_it_below_gb - state) > 1e-9)
    assert found.is_worth_it is (state < found.worth_it_below_gb)
