"""Chapters 15 to 17 as decisions: the worked move, the story of a half-finished migration, the public results."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from command_line import run_command
from explained_page import blocks_that_run, missing_lines
from move_cases import payback, shared_migration

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "explanation" / "payback.md"
MOVE = (
    "--current-lcpr",
    "0.041",
    "--target-lcpr",
    "0.031",
    "--units-per-month",
    "500000",
    "--migration-usd",
    "11000",
)


def test_the_page_says_what_the_product_computes() -> None:
    """Every output on the page."""
    assert blocks_that_run(PAGE) == 5
    assert missing_lines(PAGE) == []


def test_chapter_17_saves_24_percent_not_22() -> None:
    """0.041 to 0.031 on 500,000 accepted a month, for 11,000 USD."""
    found = run_command("decide", "payback", *MOVE, "--format", "json").json
    assert found["decision"] == "move"
    result = found["result"]
    assert result["saving_usd_per_month"] == pytest.approx(5_000)
    assert result["payback_months"] == pytest.approx(2.2)
    assert result["lcpr_gap_ratio"] == pytest.approx(0.244, abs=5e-4)


@pytest.mark.parametrize(("ramp", "months"), [("none", 2.2), ("fast", 2.87), ("mid", 3.53), ("slow", 4.42)])
def test_chapter_17_with_its_ramps(ramp: str, months: float) -> None:
    """2.9, 5.775 and 9.6 weeks of full saving are lost."""
    assert payback(ramp=ramp).payback_with_ramp_months == pytest.approx(months, abs=5e-3)


def test_chapter_16_printed_without_brackets() -> None:
    """cost / (gap x volume): 11,000 / 0.010 x 500,000 would be 5.5e11 months."""
    assert payback().payback_months == pytest.approx(11_000 / ((0.041 - 0.031) * 500_000))


def story(*moved: bool, **plan: Any) -> Any:
    """85,000 USD a month on three workloads, 35,000 promised; 120,000 spent in three months. The split is ours."""
    workloads = (
        {"name": "support", "current_lcpr_usd": 0.060, "target_lcpr_usd": 0.024, "units_per_month": 500_000},
        {"name": "tagging", "current_lcpr_usd": 0.010, "target_lcpr_usd": 0.005, "units_per_month": 2_000_000},
        {"name": "extraction", "current_lcpr_usd": 0.4375, "target_lcpr_usd": 0.1625, "units_per_month": 80_000},
    )
    said = [{**one, "is_realised": is_moved} for one, is_moved in zip(workloads, moved, strict=True)]
    return shared_migration(*said, migration_usd=120_000.0, **{"work_months": 3.0, "horizon_months": 6.0, **plan})


def test_chapter_16_story_is_85_to_35() -> None:
    found = story(True, True, False)
    assert sum(one.current_usd_per_month for one in found.by_workload) == pytest.approx(85_000)
    assert sum(one.target_usd_per_month for one in found.by_workload) == pytest.approx(35_000)
    assert found.promised_saving_usd_per_month == pytest.approx(50_000)


@pytest.mark.parametrize(
    ("moved", "plan", "net_usd", "needed_usd"),
    [
        pytest.param((True, True, True), {}, 30_000, 40_000, id="all moved: moving beats waiting"),
        pytest.param((True, True, False), {}, -36_000, 40_000, id="two moved: waiting was cheaper"),
        pytest.param(
            (True, True, True), {"work_months": 0.0}, 180_000, 20_000, id="all moved, saving from the first day"
        ),
        pytest.param((True, True, False), {"work_months": 0.0}, 48_000, 20_000, id="two moved on the first day"),
        pytest.param(
            (True, True, False), {"horizon_months": 12.0}, 132_000, 120_000 / 9, id="over a year it pays"
        ),
    ],
)
def test_chapter_16_waiting_is_cheaper_only_for_what_was_realised(
    moved: tuple[bool, bool, bool], plan: dict[str, float], net_usd: float, needed_usd: float
) -> None:
    """Within six months it takes 40,000 of the 50,000 a month, 80%: two workloads that save less do not pay."""
    found = story(*moved, **plan)
    assert found.net_usd_over_horizon == pytest.approx(net_usd)
    assert found.needed_saving_usd_per_month == pytest.approx(needed_usd)


def test_chapter_16_engineer_weeks_are_a_range() -> None:
    """4 to 12 engineer-weeks at 7,000 USD: 28,000 to 84,000, a range of the decision."""
    found = run_command("decide", "payback", *MOVE[:6], "--format", "json", "--draws", "20000").json
    (weeks,) = (one for one in found["evidence"]["inputs"] if one["input"] == "engineer_weeks")
    assert (weeks["low"], weeks["value"], weeks["high"], weeks["label"]) == (4, 8, 12, "OPINION")
    quantiles = found["monte_carlo"]["quantiles"]["payback_months"]
    assert 28_000 / 5_000 < quantiles["p05"] < quantiles["p50"] < quantiles["p95"] < 84_000 / 5_000


# --- public results ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Path:
    """The example's project with the published results of seven models, imported with the shipped map."""
    folder = tmp_path_factory.mktemp("index") / "project"
    example = ROOT / "examples/openhands_index"
    shutil.copytree(example / "project", folder)
    files = sorted((shared_data / "openhands_index/results").glob("*/instance_results/*.json"))
    ran = run_command("import", *files, "--map", example / "map.yaml", "--project", folder, "-q")
    assert ran.exit_code == 0, ran.err
    return folder


@pytest.mark.shared_data
def test_public_results_claude_opus_to_minimax(index: Path) -> None:
    """10,000 software tasks a month, a move of 8,000 to 30,000 USD: no measurement would change the decision."""
    asked = ("--workload", "swe-bench", "--route", "MiniMax-M3", "--project", index)
    typed = ("--units-per-month", "10000", "--migration-usd", "8000:12000:30000")
    ran = run_command("decide", "payback", *asked, *typed, "--format", "json")
    assert ran.exit_code == 0, ran.err
    found, result = ran.json, ran.json["result"]
    assert (found["decision"], found["route"]) == ("move", "MiniMax-M3")
    a_current, a_target = 384 / 500, 382 / 500
    k_current, k_target = 385.974965 / 500, 76.754344 / 500
    saving = 10_000 * (k_current - k_target - (a_current - a_target) * 385.974965 / 384)
    assert result["saving_usd_per_month"] == pytest.approx(saving, rel=1e-6)
    assert result["payback_months"] == pytest.approx(12_000 / saving, rel=1e-6)
    drawn = found["monte_carlo"]
    assert drawn["draws"] == 1_000_000
    assert drawn["probability_right"] > 0.99
    months = [drawn["quantiles"]["payback_months"][name] for name in ("p05", "p25", "p50", "p75", "p95")]
    assert months == sorted(months)
    assert 8_000 / saving < months[2] < 30_000 / saving
    assert drawn["histogram_of"] == "payback_months"
    replaced = {one["input"]: one["replaced"] for one in found["evidence"]["inputs"] if one["replaced"]}
    assert set(replaced) == {"units_per_month", "migration_usd"}
    assert found["tornado"][0]["input"] in (
        "current_lcpr_usd",
        "target_lcpr_usd",
        "units_per_month",
        "horizon_months",
    )


@pytest.mark.shared_data
def test_public_results_with_a_cost_that_could_turn_them(index: Path) -> None:
    """A move of 8,000 to 200,000 USD: what it costs is the first thing to find out."""
    asked = ("--workload", "swe-bench", "--route", "MiniMax-M3", "--project", index)
    typed = ("--units-per-month", "10000", "--migration-usd", "8000:40000:200000")
    found = run_command("decide", "payback", *asked, *typed, "--format", "json").json
    assert found["value_of_information"]["measure_next"] == "migration_usd"
    assert 0.5 < found["monte_carlo"]["probability_right"] < 0.9


@pytest.mark.shared_data
def test_public_results_where_measuring_is_worth_something(index: Path) -> None:
    """On gaia both costs are lower bounds: gaps count at the mean, and the target's cost is to be measured."""
    asked = ("--workload", "gaia", "--route", "MiniMax-M3", "--project", index)
    typed = ("--units-per-month", "10000", "--migration-usd", "2000:5000:30000", "--set", "monthly_spend_usd=6000")
    ran = run_command("decide", "payback", *asked, *typed, "--format", "json")
    assert ran.exit_code == 0, ran.err
    found = ran.json
    assert found["value_of_information"]["measure_next"] in ("target_lcpr_usd", "current_lcpr_usd")
    assert found["value_of_information"]["perfect_usd"] > 0
    assert 0.5 < found["monte_carlo"]["probability_right"] < 1
    assert any("MiniMax-M3: 7 calls without a known cost" in warning for warning in found["warnings"])
    labels = {one["input"]: one["label"] for one in found["evidence"]["inputs"]}
    assert labels["target_lcpr_usd"] == "ESTIMATED"
