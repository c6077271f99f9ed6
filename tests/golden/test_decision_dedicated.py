"""Chapter 18: its table, the prices beside it, the opening story, the trough rule; and fourteen real days."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from command_line import run_command
from explained_page import blocks_that_run, missing_lines
from routefit.answers.decide import Asked, decide
from routefit.report.page_dedicated import dedicated_figures

PAGE = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "dedicated.md"
TABLE = (
    *("--hardware-usd-per-hour", "3.20", "--ops-usd-per-hour", "0.50", "--goodput-per-hour", "800"),
    *("--serverless-usd-per-unit", "0.012", "--max-utilization-rate", "1"),
)


def answer(*arguments: str) -> Any:
    """What one command prints as JSON; a later option goes before an earlier one."""
    ran = run_command("decide", "dedicated", *arguments, "--format", "json")
    assert ran.exit_code == 0, ran.err
    return ran.json


def load_file(folder: Path, units: list[float]) -> str:
    """A load of numbered hours."""
    path = folder / "load.csv"
    lines = "".join(f"{hour},{amount}\n" for hour, amount in enumerate(units))
    path.write_text(f"hour,units\n{lines}")
    return str(path)


def test_the_page_says_what_the_product_computes() -> None:
    """Every output on the page."""
    assert blocks_that_run(PAGE) == 4
    assert missing_lines(PAGE) == []


@pytest.mark.parametrize(
    ("units", "serverless_usd", "average_rate", "decision"),
    [
        pytest.param(345_600, 4_147.20, 0.60, "dedicated", id="stable around the clock at 60%"),
        pytest.param(168_000, 2_016.00, 0.2917, "serverless", id="ten hours a day at 70%: 300 hours, not 10-14"),
        pytest.param(153_600, 1_843.20, 0.2667, "serverless", id="eight hours a day at 80%"),
    ],
)
def test_table(units: int, serverless_usd: float, average_rate: float, decision: str) -> None:
    """3.20 + 0.50 an hour, 800 units, 0.012: 2,664 USD a month against what the units cost serverless."""
    found = answer(*TABLE, "--units-per-month", str(units))
    result = found["result"]
    assert found["decision"] == decision
    assert result["required_utilization_ratio"] == pytest.approx(0.3854, abs=5e-5)
    assert result["dedicated_usd_per_month"] == pytest.approx(2_664)
    assert result["serverless_usd_per_month"] == pytest.approx(serverless_usd)
    assert result["average_utilization_rate"] == pytest.approx(average_rate, abs=5e-5)


@pytest.mark.parametrize(
    ("hours", "share"),
    [pytest.param(10, 0.7, id="ten hours at 70%"), pytest.param(8, 0.8, id="eight hours at 80%")],
)
def test_the_diurnal_rows_by_the_hour(tmp_path: Path, hours: int, share: float) -> None:
    """The rows of the table as loads: the peak fits one replica, the average is the table's, the trough is 0."""
    load = load_file(tmp_path, ([800 * share] * hours + [0.0] * (24 - hours)) * 7)
    found = answer(*TABLE, "--load", load)
    result = found["result"]
    assert found["decision"] == "serverless"
    assert result["peak_replicas_needed"] == 1
    assert result["average_utilization_rate"] == pytest.approx(hours * share / 24)
    assert result["trough_utilization_rate"] == 0
    assert result["serverless_usd_per_month"] == pytest.approx(720 * 800 * hours * share / 24 * 0.012)


def test_bursts_of_four_times_the_mean(tmp_path: Path) -> None:
    """The row without figures: a fleet for the burst is dearer than serverless; one replica for the base pays."""
    load = load_file(tmp_path, ([400.0] * 21 + [1_600.0] * 3) * 7)
    found = answer(*TABLE, "--load", load)
    result = found["result"]
    assert result["peak_replicas_needed"] == 2
    assert found["decision"] == "hybrid"
    assert result["hybrid"]["replicas"] == 1
    assert result["hybrid"]["usd_per_month"] < result["dedicated_usd_per_month"]
    assert result["hybrid"]["usd_per_month"] < result["serverless_usd_per_month"]


@pytest.mark.parametrize(
    ("usd_per_hour", "required"),
    [
        pytest.param("2.95", 0.359, id="printed 35%"),
        pytest.param("3.20", 0.385, id="printed 39%"),
        pytest.param("3.625", 0.430, id="the midpoint, which is not 3.20"),
        pytest.param("4.30", 0.500, id="printed 45%"),
    ],
)
def test_threshold_at_other_prices(usd_per_hour: str, required: float) -> None:
    """(price + 0.50) / (800 x 0.012)."""
    found = answer(*TABLE, "--units-per-month", "345600", "--hardware-usd-per-hour", usd_per_hour)
    assert found["result"]["required_utilization_ratio"] == pytest.approx(required, abs=5e-4)


def test_break_even_over_the_price_of_the_hour() -> None:
    """0.60 x 800 x 0.012 - 0.50 = 5.26 USD, as a flip point too."""
    found = answer(*TABLE, "--units-per-month", "345600")
    assert found["result"]["break_even_hardware_usd_per_hour"] == pytest.approx(5.26)
    (flip,) = (one for one in found["flip_points"] if one["input"] == "hardware_usd_per_hour")
    assert (flip["flips_at"], flip["decision"]) == (pytest.approx(5.26), "serverless")


@pytest.mark.parametrize("replicas", [pytest.param(2, id="two replicas"), pytest.param(10, id="ten replicas")])
def test_gate_of_several_replicas_divides_by_all_of_their_goodput(replicas: int) -> None:
    """Dividing by one replica's goodput would ask for more than all of it."""
    found = answer(*TABLE, "--units-per-month", "345600", "--replicas", str(replicas))
    required = found["result"]["required_utilization_ratio"]
    assert required == pytest.approx((3.20 * replicas + 0.50) / (replicas * 800 * 0.012))
    assert required < 0.3854


def test_the_story_that_opens_the_chapter_is_caught() -> None:
    """2 million a day at 800 an hour: 105 replicas, not 2; a replica costs 2,304 USD a month, not 5,040."""
    found = answer(
        *("--hardware-usd-per-hour", "3.20", "--ops-usd-per-hour", "0", "--goodput-per-hour", "800"),
        *("--serverless-usd-per-unit", "0.0007", "--max-utilization-rate", "1"),
        *("--units-per-month", str(2_000_000 * 30), "--replicas", "2"),
    )
    result = found["result"]
    assert result["serverless_usd_per_month"] == pytest.approx(42_000)
    assert result["peak_replicas_needed"] == 105
    assert result["dedicated_usd_per_month"] == pytest.approx(2 * 2_304)
    assert result["is_capacity_feasible"] is False
    assert found["decision"] == "serverless"
    assert result["is_never_cheaper"] is True
    assert result["hybrid"]["by_replicas"][-1] == {
        "replicas": 105,
        "usd_per_month": pytest.approx(105 * 2_304),
    }
    assert any("needs 105 replicas at 800 each, 2 are planned" in one for one in found["warnings"])


def test_the_story_at_a_price_that_pays_is_still_no_matter_of_two_replicas() -> None:
    """At 0.006 a request dedicated pays, with 105 replicas; the two that were bought are a hybrid at best."""
    story = (
        *("--hardware-usd-per-hour", "3.20", "--ops-usd-per-hour", "0", "--goodput-per-hour", "800"),
        *("--serverless-usd-per-unit", "0.006", "--max-utilization-rate", "1", "--units-per-month", "60000000"),
    )
    assert answer(*story)["decision"] == "hybrid"
    assert answer(*story, "--replicas", "2")["decision"] == "hybrid"
    assert answer(*story)["result"]["hybrid"]["replicas"] == 104


def test_trough_rule(tmp_path: Path) -> None:
    """A trough of 0 and an average above: the printed rule says serverless, the average says dedicated."""
    load = load_file(tmp_path, ([800.0] * 18 + [0.0] * 6) * 7)
    found = answer(*TABLE, "--load", load)
    assert found["result"]["trough_utilization_rate"] == 0
    assert found["result"]["is_trough_below_required"] is True
    assert found["result"]["average_utilization_rate"] == pytest.approx(0.75)
    assert found["decision"] == "dedicated"
    assert found["result"]["dedicated_usd_per_month"] < found["result"]["serverless_usd_per_month"]


def fourteen_days(folder: Path, shared_data: Path) -> str:
    """Requests per second over 600 s windows into hourly units, 90% accepted (ASSUMED)."""
    hours: dict[int, float] = defaultdict(float)
    with (shared_data / "servegen/m-large_aggregate_rate.csv").open() as file:
        for row in csv.DictReader(file):
            requests = float(row["req_per_s_sum_over_clients"]) * 600
            hours[int(row["t_seconds"]) // 3600] += 0.9 * requests
    return load_file(folder, [hours[hour] for hour in range(len(hours))])


@pytest.mark.shared_data
def test_fourteen_real_days(tmp_path: Path, shared_data: Path) -> None:
    """The peak needs 212 replicas, the average says 114, and 88 pay."""
    found = answer(
        *("--load", fourteen_days(tmp_path, shared_data), "--hardware-usd-per-hour", "3.20"),
        *("--ops-usd-per-hour", "10", "--goodput-per-hour", "8000", "--serverless-usd-per-unit", "0.0008"),
    )
    result = found["result"]
    assert result["load_hours"] == 336
    assert result["mean_units_per_hour"] == pytest.approx(0.9 * 705_038.17, rel=1e-6)
    assert result["peak_replicas_needed"] == 212
    assert len(result["hour_of_week_units"]) == 168
    assert all(units > 0 for units in result["hour_of_week_units"])
    assert result["trough_utilization_rate"] < result["average_utilization_rate"]
    assert result["average_utilization_rate"] < result["required_utilization_ratio"]
    assert found["decision"] == "hybrid"
    assert result["hybrid"]["replicas"] == result["marginal_rule_replicas"] == 88
    curve = [point["usd_per_month"] for point in result["hybrid"]["by_replicas"]]
    assert len(curve) == 213
    assert min(curve) == pytest.approx(result["hybrid"]["usd_per_month"])


@pytest.mark.shared_data
def test_fourteen_real_days_draw_their_heat_map(tmp_path: Path, shared_data: Path) -> None:
    """168 hours of the mean week against what the fleet needs, and the curve by replicas."""
    asked = Asked(
        "dedicated",
        typed={
            "hardware_usd_per_hour": "3.20",
            "ops_usd_per_hour": "10",
            "goodput_per_hour": "8000",
            "serverless_usd_per_unit": "0.0008",
        },
        tables={"load": Path(fourteen_days(tmp_path, shared_data))},
    )
    heat_map, curve = dedicated_figures(decide(asked))
    assert ": 23 of 168 hours" in str(heat_map["caption"])
    assert "of 168 hours reach the 51%" in str(heat_map["caption"])
    assert str(heat_map["svg"]).count("<path") >= 168
    assert "88 replicas" in str(curve["caption"])
