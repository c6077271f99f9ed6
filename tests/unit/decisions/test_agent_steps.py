"""Step-level routing: tiers, the cache, the chain, checkpoint, queue, limits, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from command_line import run_command
from routefit.decisions.agent_steps import AgentStepsCalculator
from routefit.decisions.queue_wait import queue_wait
from routefit.errors import BadInputError, CannotTellError
from split_cases import step, task, task_figures

FILE = """\
prices: {input_usd_per_mtok: 3, output_usd_per_mtok: 15, cache_read_usd_per_mtok: 0.3}
steps:
  - {name: plan, calls: 2, input_tokens: 40000, output_tokens: 3000, cached_tokens: 0, facing: human_facing}
  - {name: evals, calls: 8, input_tokens: 160000:200000:260000, output_tokens: 8000, cached_tokens: 0,
     facing: machine_facing, sequential: false}
"""


def tiers_of(**given: Any) -> dict[str, str]:
    """Step to tier of a plan."""
    return {one.step: one.tier for one in task_figures(*given.pop("steps"), **given).plan}


def test_today_by_hand() -> None:
    """0.2 million at 3 USD and 0.01 million at 15 USD; half of it in batch."""
    found = task_figures(step("edit", calls=1), deadline_hours=24.0)
    assert found.today_usd_per_task == pytest.approx(0.75)
    assert found.routed_usd_per_task == pytest.approx(0.375)
    assert found.saving_ratio == pytest.approx(0.5)
    assert found.chain_hours == pytest.approx(24)
    assert found.is_deadline_met is True


@pytest.mark.parametrize(
    ("cached_tokens", "tier"),
    [
        pytest.param(100_000, "batch", id="half of the input is cached: half price is less"),
        pytest.param(190_000, "real-time", id="nearly all of it is: batch would be dearer"),
    ],
)
def test_a_tier_without_the_cache_can_be_dearer(cached_tokens: int, tier: str) -> None:
    """It bills cached tokens as input."""
    one = step("edit", calls=1, cached_tokens=cached_tokens, output_tokens=0)
    assert tiers_of(steps=[one], deadline_hours=24.0) == {"edit": tier}


def test_a_tier_that_stacks_keeps_the_cache() -> None:
    """Half of what the step costs with its cache."""
    batch = {"discount_rate": 0.5, "window_hours": 24, "stacks_with_cache": True}
    found = task_figures(step("edit", cached_tokens=200_000), tiers={"batch": batch})
    assert found.saving_ratio == pytest.approx(0.5)
    assert found.plan[0].tier == "batch"


def test_steps_that_people_wait_for_take_the_shortest_window() -> None:
    """However cheap another is."""
    people = step("plan", facing="human_facing")
    assert tiers_of(steps=[people, step("edit")]) == {"plan": "real-time", "edit": "batch"}


def test_equal_cost_moves_nothing() -> None:
    """Async and background cost what today costs: moving is never forced."""
    no_batch = {"now": {"discount_rate": 0, "window_hours": 0.001, "stacks_with_cache": True}}
    no_batch["later"] = {"discount_rate": 0, "window_hours": 1, "stacks_with_cache": True}
    decision = task(step("edit"), tiers=no_batch)
    assert decision.decision == "stay"
    assert tiers_of(steps=[step("edit")], tiers=no_batch) == {"edit": "now"}


def test_the_chain_adds_up_and_branches_take_their_longest() -> None:
    """Two calls in a row, then two steps beside each other."""
    tiers = {
        "now": {"discount_rate": 0, "window_hours": 0.001, "stacks_with_cache": True},
        "slow": {"discount_rate": 0.5, "window_hours": 6, "stacks_with_cache": True},
    }
    steps = [step("a", calls=2), step("b", calls=9, sequential=False), step("c", calls=3, sequential=False)]
    assert task_figures(*steps, tiers=tiers, deadline_hours=30.0).chain_hours == pytest.approx(18)


def test_the_cheapest_plan_that_fits_moves_what_saves_most() -> None:
    """Only one of two steps fits into a day: the dearer one."""
    steps = [step("small", calls=1, input_tokens=1000), step("large", calls=1)]
    assert tiers_of(steps=steps, deadline_hours=30.0) == {"small": "real-time", "large": "batch"}


def test_a_deadline_that_not_even_today_meets() -> None:
    """Nothing moves, and it is said."""
    decision = task(step("edit", calls=7200), deadline_hours=0.5)
    assert decision.decision == "stay"
    assert any("at its quickest > deadline" in warning for warning in decision.warnings)
    assert task_figures(step("edit", calls=7200), deadline_hours=0.5).is_deadline_met is False


def test_no_deadline_is_said() -> None:
    """Ten calls in batch take ten days, and nobody asked."""
    found = task(step("edit"))
    assert any("no deadline was given" in warning for warning in found.warnings)
    assert task_figures(step("edit")).is_deadline_met is None
    assert task_figures(step("edit")).chain_hours == pytest.approx(240)


def test_net_usd_over_a_horizon() -> None:
    """Tasks a month times months, less what rerouting costs once."""
    found = task(step("edit"), tasks_per_month=1000.0, horizon_months=12.0, migration_usd=2_000.0)
    assert found.net_usd_over == "horizon"
    assert found.monte_carlo.expected_net_usd["reroute"] == pytest.approx(0.375 * 12_000 - 2_000)
    assert task(step("edit")).net_usd_over == "task"
    dear = task(step("edit"), tasks_per_month=1000.0, horizon_months=12.0, migration_usd=20_000.0)
    assert dear.decision == "stay"


@pytest.mark.parametrize(
    ("given", "is_worth_it", "words"),
    [
        pytest.param({"state_gb": 1.0}, True, "replay", id="an hour of a disk is cheap"),
        pytest.param({"state_gb": 50.0, "memory_tier": "hbm"}, False, "<= writing", id="an hour of HBM is not"),
        pytest.param({"state_gb": 50.0, "most_state_gb": 20.0}, False, "too large", id="too large"),
        pytest.param({}, None, "state_gb is not given", id="size not known"),
    ],
)
def test_checkpoints(given: dict[str, Any], is_worth_it: bool | None, words: str) -> None:
    """10% of tasks are interrupted, half of a task is replayed, the state is kept for an hour."""
    found = task_figures(step("edit"), interrupt_rate=0.1, keep_hours=1.0, **given).checkpoint
    assert found is not None
    assert found.is_worth_it is is_worth_it
    assert words in found.reason
    assert found.replay_usd_per_task == pytest.approx(0.1 * 0.5 * 0.375)


def test_no_interrupts_no_checkpoint() -> None:
    """Nobody asked."""
    assert task_figures(step("edit")).checkpoint is None


def test_an_unstable_queue_is_an_answer() -> None:
    """Five servers' work for four: it grows for ever."""
    found = queue_wait(arrivals_per_hour=30.0, service_minutes=10.0, servers=4)
    assert (found.is_stable, found.wait_p95_minutes, found.depth_mean) == (False, None, None)
    assert found.reason is not None
    assert "at least 6" in found.reason
    decision = task(step("edit"), arrivals_per_hour=30.0, service_minutes=10.0, servers=4)
    assert any("unstable" in warning for warning in decision.warnings)
    with pytest.raises(BadInputError, match="servers"):
        queue_wait(arrivals_per_hour=30.0, service_minutes=10.0, servers=0)


def test_limits_of_the_tiers_warn() -> None:
    """10,000 calls a day in batch, and agents beside interactive traffic."""
    steps = [step("plan", facing="human_facing"), step("edit")]
    found = task(
        *steps,
        tasks_per_month=30_437.5,
        batch_requests_limit_per_day=5_000.0,
        limit_tokens_per_minute=200_000.0,
        interactive_tokens_per_minute=100_000.0,
    )
    warnings = " ".join(found.warnings)
    assert "take 5,000 calls a day, the plan sends 10,000" in warnings
    assert "together > the shared limit (200,000)" in warnings


def test_a_flip_at_nothing_is_at_nothing() -> None:
    """A discount of any size saves; what is left over of halving towards 0 is 0."""
    found = task(step("edit"))
    assert found.decision == "reroute"
    flips = {one.input: one.flips_at for one in found.flip_points if one.side == "below"}
    assert flips["tiers.batch.discount_rate"] == 0


def test_what_cannot_be() -> None:
    """More cached than there is; too many servers; no steps; no price."""
    more: dict[str, Any] = {"steps.edit.cached_tokens": 300_000.0}
    with pytest.raises(BadInputError, match="cached_tokens"):
        task(step("edit"), **more)
    with pytest.raises(BadInputError, match="servers: got 1,000,000,000"):
        task(step("edit"), arrivals_per_hour=5.0, service_minutes=3.0, servers=1e9)
    with pytest.raises(CannotTellError, match="steps"):
        AgentStepsCalculator().point({})
    with pytest.raises(CannotTellError, match=r"prices\.output_usd_per_mtok"):
        task(step("edit"), prices={"input_usd_per_mtok": 3})


def test_a_file_on_the_command_line(tmp_path: Path) -> None:
    """Ranges are drawn; text and JSON; --exit-code."""
    path = tmp_path / "steps.yaml"
    path.write_text(FILE)
    ran = run_command("decide", "agent-steps", path, "--deadline-hours", "24.1", "--format", "json")
    assert ran.exit_code == 0
    assert ran.json["decision"] == "reroute"
    assert [one["tier"] for one in ran.json["result"]["plan"]] == ["real-time", "batch"]
    assert ran.json["monte_carlo"]["draws"] > 1
    assert "on batch" in run_command("decide", "agent-steps", path, "--deadline-hours", "24.1").out
    assert run_command("decide", "agent-steps", path, "--deadline-hours", "1", "--exit-code").exit_code == 1


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        pytest.param("facing: human_facing", "facing: people", "one of human_facing, machine_facing", id="facing"),
        pytest.param("calls: 2", "calls: -2", "0 or more", id="negative calls"),
        pytest.param("160000:200000:260000", "260000:200000:160000", "in this order", id="a reversed range"),
        pytest.param("name: evals", "name: plan", "expected each name once", id="a name twice"),
        pytest.param(
            "cached_tokens: 0", "cached_tokens: 50000", "no more than input_tokens", id="cached beyond input"
        ),
    ],
)
def test_a_file_that_is_wrong(tmp_path: Path, old: str, new: str, words: str) -> None:
    """Exit 2, with the place."""
    path = tmp_path / "steps.yaml"
    path.write_text(FILE.replace(old, new, 1))
    ran = run_command("decide", "agent-steps", path)
    assert ran.exit_code == 2
    assert words in ran.err
    assert "steps.yaml:" in ran.err
