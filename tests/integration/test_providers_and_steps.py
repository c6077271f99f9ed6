"""Splits and steps from a ledger: who served what at which price, and the trajectories of an agentic workload."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn

import pytest

from command_line import run_command
from routefit.answers.decision_inputs import agent_steps, multi_source
from small_project import FIRST_AT, call, load, outcome, write_project

WORKLOAD = """\
id: work
owner: team
CLASS
unit: {name: answer, quality_floor_rate: 0.5}
planning: {current_route: open, horizon_months: 12}
caching: {ttl_s: 600}
"""

ROUTE = """\
id: open
provider: one
model: open-70b
mode: serverless_open
billed_on: {error: full, timeout: full, cancelled: full}
prices:
  - {valid_from: 2026-01-01, input_usd_per_mtok: 2.00, output_usd_per_mtok: 4.00,
     cache_read_usd_per_mtok: 0.20, label: PUBLIC, source: page}
"""

SNAPSHOT = """\
prices:
  - {provider: two, model: open-70b, valid_from: 2026-01-01, input_usd_per_mtok: 1.00, output_usd_per_mtok: 2.00,
     cache_read_usd_per_mtok: 0.10, label: PUBLIC, source: page}
"""


def served(unit: int, provider: str, **columns: Any) -> dict[str, Any]:
    """A call of 1,000 input tokens, half of them cached, and 100 output tokens."""
    return call("open", unit, provider=provider, model="open-70b", cached_input_tokens=500) | columns


def split_calls() -> Iterator[dict[str, Any]]:
    """200 units at `one`, 200 at `two`; every tenth call to `two` fails first and is made again there."""
    for unit in range(400):
        provider = "one" if unit % 2 else "two"
        if provider == "two" and unit % 20 == 0:
            failed = served(unit, provider, call_id=f"failed-{unit}", status="error")
            yield failed | {"started_at": (FIRST_AT + timedelta(minutes=4 * unit, seconds=-30)).isoformat()}
        yield served(unit, provider, role="retry" if provider == "two" and unit % 20 == 0 else "first")


@pytest.fixture(scope="module")
def split_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One route that two providers serve at two prices; one unit in ten is rejected."""
    directory = tmp_path_factory.mktemp("split") / "project"
    write_project(directory, workloads={"work": WORKLOAD.replace("CLASS\n", "")}, routes={"open": ROUTE})
    (directory / "prices").mkdir()
    (directory / "prices" / "two.yaml").write_text(SNAPSHOT)
    load(directory, "calls", split_calls())
    load(directory, "outcomes", (outcome("open", unit, unit % 10 != 7) for unit in range(400)), name="verdicts")
    return directory


def test_a_split_from_the_ledger(split_project: Path) -> None:
    """Shares, errors, acceptance, hit rates and prices of both, each with its label."""
    ran = run_command(
        "decide", "multi-source", "--workload", "work", "--project", split_project, "--as-of", "2026-06-20",
        "--format", "json",
    )  # fmt: skip
    assert ran.exit_code == 0, ran.err
    result = ran.json["result"]
    assert result["baseline"] == "one"
    assert result["shares"] == pytest.approx({"one": 0.5, "two": 0.5})
    used = {one["input"]: one for one in ran.json["evidence"]["inputs"]}
    assert used["providers.two.error_rate"]["value"] == pytest.approx(20 / 220)
    assert used["providers.one.error_rate"]["value"] == 0
    assert used["providers.one.acceptance_rate"]["value"] == pytest.approx(0.8)
    assert used["providers.two.acceptance_rate"]["value"] == 1
    assert used["providers.two.cache_hit_after_rate"]["value"] == pytest.approx(0.5)
    assert used["providers.two.cache_hit_after_rate"]["label"] == "MEASURED"
    assert used["providers.two.cache_discount_rate"]["value"] == pytest.approx(0.9)
    assert ran.json["warnings"]
    assert ran.json["route"] == "open"


def test_the_price_of_a_unit_is_put_back_to_whole_caches(split_project: Path) -> None:
    """What was paid at today's hit rate comes out again at today's share."""
    ran = run_command(
        "decide", "multi-source", "--workload", "work", "--project", split_project, "--as-of", "2026-06-20",
        "--set", "failed_calls_billed=false", "--format", "json",
    )  # fmt: skip
    paid_usd = (500 * 2.00 + 500 * 0.20 + 100 * 4.00) / 1e6
    assert ran.json["result"]["lcpr_by_provider"]["one"] == pytest.approx(paid_usd / 0.8)


def test_one_provider_is_no_split(split_project: Path, tmp_path: Path) -> None:
    """Exit 3, with who serves it all."""
    directory = write_project(
        tmp_path / "project", workloads={"work": WORKLOAD.replace("CLASS\n", "")}, routes={"open": ROUTE}
    )
    load(directory, "calls", (served(unit, "one") for unit in range(20)))
    ran = run_command(
        "decide", "multi-source", "--workload", "work", "--project", directory, "--as-of", "2026-06-20"
    )
    assert ran.exit_code == 3
    assert "one serves all units" in ran.err


def trajectory(unit: int) -> Iterator[dict[str, Any]]:
    """A plan that a person reads, four steps in a row, and two subagents beside each other."""
    at = FIRST_AT + timedelta(hours=unit)
    base = {"unit_id": str(unit), "provider": "one", "model": "open-70b", "route": "open", "workload": "work"}
    rows = [("first", "human_facing", 0)] + [("step", "machine_facing", 60 * n) for n in range(1, 5)]
    rows += [("subagent", "machine_facing", 400), ("subagent", "machine_facing", 401)]
    for place, (role, facing, seconds) in enumerate(rows):
        yield base | {
            "call_id": f"{unit}-{place}",
            "role": role,
            "step_type": facing,
            "started_at": (at + timedelta(seconds=seconds)).isoformat(),
            "e2e_ms": 20_000,
            "input_tokens": 10_000,
            "cached_input_tokens": 0,
            "output_tokens": 500,
        }


@pytest.fixture(scope="module")
def agentic_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty units of seven calls."""
    directory = tmp_path_factory.mktemp("agentic") / "project"
    workload = WORKLOAD.replace("CLASS", "class: agentic")
    write_project(directory, workloads={"work": workload}, routes={"open": ROUTE})
    load(directory, "calls", (row for unit in range(30) for row in trajectory(unit)))
    load(directory, "outcomes", (outcome("open", unit, True) for unit in range(30)), name="verdicts")
    return directory


def test_steps_from_the_ledger(agentic_project: Path) -> None:
    """Steps by role, in the order in which they come; subagents overlap, so they run beside each other."""
    ran = run_command(
        "decide", "agent-steps", "--workload", "work", "--project", agentic_project, "--as-of", "2026-06-20",
        "--deadline-hours", "30", "--format", "json",
    )  # fmt: skip
    assert ran.exit_code == 0, ran.err
    plan = {one["step"]: one for one in ran.json["result"]["plan"]}
    assert list(plan) == ["first", "step", "subagent"]
    assert [one["tier"] for one in plan.values()] == ["real-time", "real-time", "batch"]
    assert ran.json["result"]["today_usd_per_task"] == pytest.approx(7 * (10_000 * 2.00 + 500 * 4.00) / 1e6)
    used = {one["input"]: one for one in ran.json["evidence"]["inputs"]}
    assert used["steps.step.calls"]["value"] == 4
    assert used["steps.step.calls"]["label"] == "MEASURED"
    assert used["prices.input_usd_per_mtok"]["label"] == "PUBLIC"
    assert ran.json["net_usd_over"] == "horizon"


def test_calls_that_do_not_say_who_waits(tmp_path: Path) -> None:
    """None may wait then: exit 3."""
    workload = WORKLOAD.replace("CLASS", "class: agentic")
    directory = write_project(tmp_path / "project", workloads={"work": workload}, routes={"open": ROUTE})
    load(directory, "calls", (row | {"step_type": None} for unit in range(5) for row in trajectory(unit)))
    ran = run_command(
        "decide", "agent-steps", "--workload", "work", "--project", directory, "--as-of", "2026-06-20"
    )
    assert ran.exit_code == 3
    assert "who waits" in ran.err


def test_what_does_not_apply_says_why(split_project: Path) -> None:
    """In the overview of a workload."""
    ran = run_command("decide", "work", "--project", split_project, "--as-of", "2026-06-20", "--format", "json")
    lines = {one["kind"]: one for one in ran.json["lines"]}
    assert lines["multi-source"]["decision"] is not None
    assert "no steps to move" in lines["agent-steps"]["reason"]


def unread(*_: object, **__: object) -> NoReturn:
    """A scan over every call, where none is needed."""
    raise AssertionError("the calls were read")


@pytest.mark.parametrize(
    ("kind", "words"),
    [("multi-source", "one serves all units"), ("agent-steps", "not agentic")],
    ids=["one provider by the keys", "another class by its declaration"],
)
def test_what_cannot_apply_reads_no_calls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, words: str
) -> None:
    """The answer stands in the declaration or in the keys; reading the calls of a month takes seconds."""
    monkeypatch.setattr(multi_source, "served_sums", unread)
    monkeypatch.setattr(agent_steps, "trajectories", unread)
    workload = WORKLOAD.replace("CLASS", "class: human_waiting_streaming")
    directory = write_project(tmp_path / "project", workloads={"work": workload}, routes={"open": ROUTE})
    load(directory, "calls", (served(unit, "one") for unit in range(20)))
    ran = run_command("decide", kind, "--workload", "work", "--project", directory, "--as-of", "2026-06-20")
    assert ran.exit_code == 3
    assert words in ran.err
