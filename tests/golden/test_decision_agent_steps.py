"""Section 10, row Ch21: step savings of 30 to 50% need 60 to 100% of the cost batchable, and in time."""

from __future__ import annotations

from pathlib import Path

import pytest

from explained_page import blocks_that_run, files_of, missing_lines
from routefit.decisions.queue_wait import queue_wait, waiting_rate
from routefit.decisions.tiers import DEFAULT_TIERS, needed_cost_share_ratio
from split_cases import step, task, task_figures


@pytest.mark.parametrize(
    ("saving_ratio", "share_ratio"), [pytest.param(0.3, 0.6, id="30%"), pytest.param(0.5, 1.0, id="50%")]
)
def test_what_a_step_saving_needs(saving_ratio: float, share_ratio: float) -> None:
    """At 50% off a saving needs twice its share of the cost."""
    assert needed_cost_share_ratio(saving_ratio, 0.5) == pytest.approx(share_ratio)


@pytest.mark.parametrize(
    ("people_tokens", "saving_ratio"),
    [pytest.param(400_000 / 3, 0.3, id="60% batchable"), pytest.param(0, 0.5, id="all of it batchable")],
)
def test_what_is_batchable_decides_the_saving(people_tokens: float, saving_ratio: float) -> None:
    """A task of nothing but input: the part of people stays, half of the rest is saved."""
    people = step("plan", calls=1, facing="human_facing", input_tokens=people_tokens, output_tokens=0)
    found = task_figures(people, step("edit", calls=1, output_tokens=0), deadline_hours=30.0)
    assert found.saving_ratio == pytest.approx(saving_ratio)
    assert found.batch_eligible_share_rate == pytest.approx(2 * saving_ratio)


def test_the_chain_has_a_deadline() -> None:
    """Twenty calls that wait for one another take twenty days in batch: the saving of the chapter is not there."""
    found = task(step("edit", calls=20), deadline_hours=24.0)
    assert found.decision == "stay"
    assert found.naive.decision == "reroute"
    beside = task(step("edit", calls=20, sequential=False), deadline_hours=24.0)
    assert beside.decision == "reroute"
    assert task_figures(step("edit", calls=20), deadline_hours=480.0).chain_hours == pytest.approx(480)


def test_the_surfaces_of_the_chapter() -> None:
    """TTFT under 500 ms, 60 s, a day at half the price, best effort."""
    hours = {
        name: None if tier.window_hours is None else tier.window_hours.ends[1]
        for name, tier in DEFAULT_TIERS.items()
    }
    assert hours == {"real-time": 0.5 / 3600, "async": 60 / 3600, "batch": 24.0, "background": None}
    assert DEFAULT_TIERS["batch"].discount_rate.ends == (0.5, 0.5, 0.5)


@pytest.mark.parametrize(
    ("offered", "servers", "rate"),
    [
        pytest.param(0.5, 1, 0.5, id="one server: rho"),
        pytest.param(2.0, 3, 0.4444, id="two servers' work for three"),
        pytest.param(20.0, 25, 0.2091, id="twenty for twenty-five"),
    ],
)
def test_published_values_of_erlangs_c(offered: float, servers: int, rate: float) -> None:
    """C(3, 2) = 4/9; one server waits with probability rho."""
    assert waiting_rate(offered, servers) == pytest.approx(rate, abs=2e-4)


def test_one_server_by_hand() -> None:
    """M/M/1 at rho 0.5 and 10 minutes: 0.5 waiting, 10 minutes on average, p95 at 20 x ln(0.5 / 0.05) minutes."""
    found = queue_wait(arrivals_per_hour=3.0, service_minutes=10.0, servers=1)
    assert found.depth_mean == pytest.approx(0.5)
    assert found.wait_mean_minutes == pytest.approx(10.0)
    assert found.wait_p95_minutes == pytest.approx(20 * 2.302585, rel=1e-6)


def test_the_page_says_what_is_computed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each figure of the explanation is printed by the command above it."""
    page = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "agent-steps.md"
    files_of(page, tmp_path)
    monkeypatch.chdir(tmp_path)
    assert blocks_that_run(page) == 3
    assert missing_lines(page) == []
