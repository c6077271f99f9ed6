"""`decide self-managed` on the command line: from the ledger, from numbers, from both, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import small_project as small
from command_line import run_command

GPU = """\
id: gpu
provider: vllm
model: own
mode: self_managed
capacity: {gpu_usd_per_hour: {value: 3, label: CONTRACTED}, gpus_per_replica: 2GOODPUT}
"""
PLAIN = (
    *("--gpus", "100", "--gpu-usd-per-hour", "3.20", "--goodput-per-gpu-hour", "800", "--utilization-rate", "0.6"),
    *("--engineers", "2.5"),
)


def write_project(directory: Path, *, goodput: str = "", other: bool = False) -> Path:
    """100 units on the GPU route and 50 on `cheap` on one day, on which one replica of two GPUs ran."""
    workloads = {"work": small.WORKLOAD} | ({"more": small.WORKLOAD.replace("work", "more")} if other else {})
    routes = small.ROUTES | {"gpu": GPU.replace("GOODPUT", goodput)}
    small.write_project(directory, workloads=workloads, routes=routes)
    own = {"provider": "vllm", "model": "own", "e2e_ms": 30_000}
    calls = [small.call("gpu", unit) | own for unit in range(100)]
    calls += [small.call("cheap", unit) for unit in range(100, 150)]
    if other:
        calls += [small.call("gpu", 150 + unit) | own | {"workload": "more"} for unit in range(25)]
    small.load(directory, "calls", calls)
    outcomes = [small.outcome("gpu", unit, unit < 90) for unit in range(100)]
    outcomes += [small.outcome("cheap", unit, unit < 140) for unit in range(100, 150)]
    small.load(directory, "outcomes", outcomes)
    small.load(
        directory, "capacity", [{"route": "gpu", "start": "2026-06-01", "end": "2026-06-02", "replicas": 1}]
    )
    return directory


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a declared goodput of 20 units an hour and replica."""
    return write_project(tmp_path_factory.mktemp("own") / "p", goodput=", goodput_per_replica_hour: 20")


def run(*arguments: str | Path) -> Any:
    """One command, as JSON."""
    return run_command("decide", "self-managed", *arguments, "--format", "json")


def of_ledger(directory: Path, *arguments: str) -> Any:
    """The decision on the workload over its first day."""
    days = ("--from", "2026-06-01", "--to", "2026-06-02", "--as-of", "2026-06-20")
    return run("--workload", "work", "--project", directory, *days, *arguments)


def test_the_ledger_gives_fleet_and_units(project: Path) -> None:
    """Two GPUs at 3 USD, 90 accepted units a day, 10 an hour of goodput: 18.75% used."""
    found = of_ledger(project).json
    result = found["result"]
    assert found["route"] == "gpu"
    assert (result["gpus"], result["gpu_usd_per_hour"]) == (2, 3)
    assert result["gpu_usd_per_month"] == pytest.approx(2 * 3 * 720)
    assert result["accepted_units_per_month"] == pytest.approx(90 * 30)
    assert result["average_utilization_ratio"] == pytest.approx(90 / (2 * 24 * 10))
    assert result["idle_gpu_hours"] == pytest.approx(1440 * (1 - 0.1875))
    assert result["usd_per_accepted_unit"] == pytest.approx((4_320 + 75_000) / 2_700)
    assert result["is_running"] is False
    assert found["decision"] == "stay"


def test_the_alternative_is_the_cheapest_route_that_may_serve(project: Path) -> None:
    """`cheap`: 50 calls of 0.0012 USD over 40 accepted units; nobody runs managed dedicated."""
    found = of_ledger(project).json
    assert found["result"]["alternative_usd_per_unit"] == pytest.approx(50 * 0.0012 / 40)
    names = {one["input"] for one in found["evidence"]["inputs"]}
    assert "serverless_usd_per_unit" in names
    assert "dedicated_usd_per_unit" not in names


def test_without_a_goodput_the_units_as_counted_are_enough(tmp_path: Path) -> None:
    """The cost of a unit is known, the gate is not."""
    found = of_ledger(write_project(tmp_path / "p")).json["result"]
    assert found["usd_per_accepted_unit"] == pytest.approx((4_320 + 75_000) / 2_700)
    assert found["average_utilization_ratio"] is None
    assert found["clears_utilization_gate"] is None


def test_a_shared_fleet_counts_by_its_use(tmp_path: Path) -> None:
    """100 of 125 calls of equal length: four fifths of the two GPUs."""
    found = of_ledger(write_project(tmp_path / "p", other=True)).json
    assert found["result"]["gpus"] == pytest.approx(1.6, rel=0.02)
    assert any("serves other workloads too" in warning for warning in found["warnings"])


def test_a_typed_number_goes_before_the_ledger(project: Path) -> None:
    """And says what it replaces."""
    found = of_ledger(project, "--gpus", "4").json
    by_name = {one["input"]: one for one in found["evidence"]["inputs"]}
    assert by_name["gpus"]["replaced"].startswith("2 GPUs")
    assert found["result"]["gpus"] == 4


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        pytest.param(("--route", "cheap"), "cheap is not declared as self-managed", id="another mode"),
        pytest.param(("--route", "none"), "no route is called 'none'", id="no such route"),
    ],
)
def test_routes_that_do_not_apply(project: Path, flags: tuple[str, ...], words: str) -> None:
    """In plain words."""
    ran = of_ledger(project, *flags)
    assert ran.exit_code in (2, 3)
    assert words in ran.err


def test_a_workload_without_a_fleet_says_so(tmp_path: Path) -> None:
    """Exit 3, and a reason in the overview."""
    directory = small.write_project(tmp_path / "p")
    small.load(directory, "calls", [small.call("dear", unit) for unit in range(10)])
    ran = of_ledger(directory)
    assert ran.exit_code == 3
    assert "no self-managed route is declared" in ran.err
    lines = run_command("decide", "work", "--project", directory, "--as-of", "2026-06-20", "--format", "json").json
    line = next(one for one in lines["lines"] if one["kind"] == "self-managed")
    assert "no self-managed route is declared" in line["reason"]


@pytest.mark.parametrize(
    ("flags", "exit_code", "words"),
    [
        pytest.param(("--gpu-usd-per-hour", "3"), 3, "--gpus", id="no fleet"),
        pytest.param(("--gpus", "8"), 3, "--gpu-usd-per-hour", id="no price"),
        pytest.param((*PLAIN, "--utilization-rate", "60"), 2, "60% is 0.6", id="a percentage"),
        pytest.param((*PLAIN, "--gpus", "0"), 2, "more than 0", id="a fleet of none"),
        pytest.param(
            (*PLAIN, "--set", "network_usd_per_month=-1"), 2, "network_usd_per_month", id="negative money"
        ),
        pytest.param((*PLAIN, "--engineers", "3:2:4"), 2, "in this order", id="a reversed range"),
        pytest.param((*PLAIN, "--set", "spares=1"), 2, "no input 'spares'", id="an unknown name"),
    ],
)
def test_refusals(flags: tuple[str, ...], exit_code: int, words: str) -> None:
    """Missing is 3, what cannot be is 2."""
    ran = run(*flags)
    assert ran.exit_code == exit_code
    assert words in ran.err


@pytest.mark.parametrize(
    ("flags", "exit_code", "words"),
    [
        pytest.param(
            ("--set", "serverless_usd_per_unit=0.012"),
            0,
            "self manage: $0.0088 an accepted unit",
            id="self manage",
        ),
        pytest.param((), 1, "stay: not compared: no alternative is known", id="nothing compared"),
        pytest.param(
            ("--set", "serverless_usd_per_unit=0.005"), 1, "stay: $0.0088 an accepted unit >=", id="stay"
        ),
        pytest.param(
            ("--set", "oncall_engineers=1", "--set", "engine_majors_behind=3"),
            0,
            "devolve: 2 signals",
            id="devolve",
        ),
        pytest.param(
            ("--set", "serverless_usd_per_unit=0.005", "--set", "is_running=true"),
            0,
            "a month too much",
            id="runs",
        ),
    ],
)
def test_words_and_exit_code(flags: tuple[str, ...], exit_code: int, words: str) -> None:
    """The headline on the terminal; `--exit-code` is 0 for what acts."""
    ran = run_command("decide", "self-managed", *PLAIN, *flags, "-q", "--exit-code")
    assert ran.exit_code == exit_code
    assert words in " ".join(ran.out.split())
