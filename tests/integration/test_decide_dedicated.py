"""The dedicated gate from a ledger: the load by hour, the cheapest serverless cost, a route's capacity."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

import small_project as small
from command_line import Ran, run_command
from routefit.answers.workspace import Workspace
from routefit.decisions.load import HourlyLoad
from routefit.evidence import Label
from routefit.ledger.load import accepted_units_by_hour

FLEET = """\
id: fleet
provider: host
model: small
mode: managed_dedicated
ops_usd_per_month: {value: 360, label: CONTRACTED}
context_tokens: 100000
limits: {requests_per_minute: 1000, tokens_per_minute: 1000000}
capacity:
  gpu_usd_per_hour: {value: 1.5, label: CONTRACTED, source: order form}
  gpus_per_replica: 2
  min_replicas: 1
  goodput_per_replica_hour: 2000
  max_utilization_rate: 0.8
  billing_window_minutes: 5
  cold_start_s: 600
"""
DAY = date(2026, 6, 1)


DEMAND = "demand: {units_per_month: 1000000}\n"


def project(directory: Path, *, units: int = 60, fleet: str = FLEET, has_demand: bool = False) -> Path:
    """Units every four minutes on dear and cheap, of which each third on either is not accepted."""
    workload = small.WORKLOAD if has_demand else small.WORKLOAD.replace(DEMAND, "")
    small.write_project(directory, workloads={"work": workload}, routes={**small.ROUTES, "fleet": fleet})
    calls = [small.call(route, f"{route}-{unit}") for route in ("dear", "cheap") for unit in range(units)]
    small.load(directory, "calls", calls)
    verdicts = [
        small.outcome(route, f"{route}-{unit}", unit % 3 > 0)
        for route in ("dear", "cheap")
        for unit in range(units)
    ]
    small.load(directory, "outcomes", verdicts)
    return directory


def load_of(directory: Path, **options: Any) -> HourlyLoad:
    """The load of the first two days."""
    with Workspace(directory, as_of=small.NOW) as workspace:
        return accepted_units_by_hour(workspace.ledger, DAY, date(2026, 6, 3), "work", **options)


def decided(directory: Path, *arguments: str) -> Ran:
    """`decide dedicated` on the project."""
    names = ("--project", str(directory), "--workload", "work", "--from", "2026-06-01", "--to", "2026-06-02")
    return run_command("decide", "dedicated", *names, *arguments, "--format", "json", "--draws", "1000")


def test_hours_hold_the_accepted_units_of_all_routes(tmp_path: Path) -> None:
    """By the hour of the first call; every other hour of the window is 0."""
    load = load_of(project(tmp_path / "p"))
    started = [datetime.fromisoformat(small.call("dear", unit)["started_at"]) for unit in range(60) if unit % 3]
    hours = Counter(at.hour for at in started if at.date() == DAY)
    assert load.hours == 48
    assert [load.hourly_units[hour] for hour in range(24)] == [2 * hours[hour] for hour in range(24)]
    assert load.total_units == 2 * sum(unit % 3 > 0 for unit in range(60))
    assert (load.label, load.as_of) == (Label.MEASURED, date(2026, 6, 2))
    assert load.starts_at is not None
    assert load.starts_at.date() == DAY


def test_a_repair_belongs_to_the_hour_of_its_units_first_call(tmp_path: Path) -> None:
    """A unit is counted once, where it began."""
    directory = small.write_project(tmp_path / "p")
    late = {"call_id": "again", "role": "repair", "started_at": "2026-06-01T11:00:00+00:00"}
    small.load(directory, "calls", [small.call("dear", 1), small.call("dear", 1, **late)])
    small.load(directory, "outcomes", [small.outcome("dear", 1, True)])
    assert [hour for hour, units in enumerate(load_of(directory).hourly_units) if units] == [8]


def test_shadow_copies_are_no_demand(tmp_path: Path) -> None:
    """The same units again on another route, in the shadow."""
    directory = small.write_project(tmp_path / "p")
    small.load(directory, "calls", [small.call("dear", 1), small.call("cheap", 1, role="shadow")])
    small.load(directory, "outcomes", [small.outcome("dear", 1, True), small.outcome("cheap", 1, True)])
    assert load_of(directory).total_units == 1


def test_a_sample_is_scaled_and_a_random_share_of_verdicts_extrapolated(tmp_path: Path) -> None:
    """Both are estimates, and say so."""
    directory = project(tmp_path / "p")
    whole, sampled = load_of(directory), load_of(directory, sampled_unit_rate=0.1)
    assert sampled.total_units == pytest.approx(10 * whole.total_units)
    assert sampled.label is Label.ESTIMATED
    extrapolated = load_of(directory, passed_rates={"cheap": 0.5})
    assert extrapolated.total_units == pytest.approx(40 + 0.5 * 60)
    assert extrapolated.label is Label.ESTIMATED


def test_a_workload_without_accepted_units_has_a_load_of_zeros(tmp_path: Path) -> None:
    """And no decision: exit 3."""
    directory = small.write_project(tmp_path / "p", routes={**small.ROUTES, "fleet": FLEET})
    small.load(directory, "calls", [small.call("dear", 1)])
    assert load_of(directory).total_units == 0
    ran = decided(directory)
    assert ran.exit_code == 3
    assert "no unit was accepted" in ran.err


def test_from_names(tmp_path: Path) -> None:
    """Hardware, running cost and terms of the fleet, the cheaper of the two token routes, the load by hour."""
    found = decided(project(tmp_path / "p")).json
    inputs = {one["input"]: one for one in found["evidence"]["inputs"]}
    assert found["route"] == "fleet"
    assert inputs["hardware_usd_per_hour"]["value"] == pytest.approx(3.0)
    assert inputs["hardware_usd_per_hour"]["label"] == "ASSUMED"
    assert inputs["ops_usd_per_hour"]["value"] == pytest.approx(0.5)
    assert inputs["goodput_per_hour"]["value"] == 2000
    assert inputs["max_utilization_rate"]["value"] == 0.8
    assert inputs["billing_window_minutes"]["value"] == 5
    assert inputs["cold_start_s"]["value"] == 600
    assert inputs["serverless_usd_per_unit"]["value"] == pytest.approx(60 * 0.0012 / 40)
    assert "cheap" in inputs["serverless_usd_per_unit"]["source"]
    assert inputs["mean_units_per_hour"]["value"] == pytest.approx(80 / 24)
    assert inputs["mean_units_per_hour"]["label"] == "MEASURED"
    assert found["decision"] == "serverless"
    assert any("goodput was not measured" in one for one in found["warnings"])


def test_a_declared_demand_scales_the_hours(tmp_path: Path) -> None:
    """A million demanded units at today's acceptance of two in three."""
    found = decided(project(tmp_path / "p", has_demand=True)).json
    (mean,) = (one for one in found["evidence"]["inputs"] if one["input"] == "mean_units_per_hour")
    assert mean["value"] == pytest.approx(1_000_000 * 2 / 3 / 720)
    assert mean["label"] == "ASSUMED"
    assert found["result"]["peak_units_per_hour"] > mean["value"]


def test_a_typed_number_goes_before_the_ledgers_and_says_so(tmp_path: Path) -> None:
    """A thousand times the load on replicas of ten times the goodput pays."""
    typed = ("--set", "mean_units_per_hour=4000", "--goodput-per-hour", "20000")
    found = decided(project(tmp_path / "p"), *typed).json
    (mean,) = (one for one in found["evidence"]["inputs"] if one["input"] == "mean_units_per_hour")
    assert mean["label"] == "ASSUMED"
    assert "MEASURED" in mean["replaced"]
    assert found["decision"] in ("dedicated", "hybrid")


def test_a_load_file_goes_before_the_ledger(tmp_path: Path) -> None:
    """With its own label."""
    file = tmp_path / "load.csv"
    file.write_text("hour,units\n0,4000\n1,3000\n")
    found = decided(project(tmp_path / "p"), "--load", str(file)).json
    assert found["result"]["load_hours"] == 2
    assert found["result"]["mean_units_per_hour"] == 3500


@pytest.mark.parametrize(
    ("arguments", "exit_code", "words"),
    [
        pytest.param(("--route", "cheap"), 3, "cheap is paid by the token", id="a route without replicas"),
        pytest.param(("--route", "fleet2"), 2, "fleet2", id="no such route"),
    ],
)
def test_routes_that_cannot_be_weighed(
    tmp_path: Path, arguments: tuple[str, ...], exit_code: int, words: str
) -> None:
    """Said with the name."""
    ran = decided(project(tmp_path / "p"), *arguments)
    assert ran.exit_code == exit_code
    assert words in ran.err


def test_unknown_capacity_is_named_and_may_be_typed(tmp_path: Path) -> None:
    """A route that declares nothing of its replicas: exit 3, unless numbers are given."""
    bare = "id: fleet\nprovider: host\nmodel: small\nmode: managed_dedicated\n"
    directory = project(tmp_path / "p", fleet=bare)
    ran = decided(directory)
    assert ran.exit_code == 3
    assert "--hardware-usd-per-hour" in ran.err
    typed = ("--hardware-usd-per-hour", "3", "--ops-usd-per-hour", "0.5", "--goodput-per-hour", "2000")
    assert decided(directory, *typed).exit_code == 0


def test_in_the_overview(tmp_path: Path) -> None:
    """`decide WORKLOAD` has its line."""
    directory = project(tmp_path / "p")
    found = run_command("decide", "work", "--project", str(directory), "--format", "json").json
    assert any(one["kind"] == "dedicated" and one["decision"] == "serverless" for one in found["lines"])
