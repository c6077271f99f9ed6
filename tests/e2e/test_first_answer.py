"""The story of a newcomer, command by command, each in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

END_AT = datetime(2026, 5, 20, tzinfo=UTC)
REPORTED_USD = {"closed": 0.04, "open": 0.01}
ACCEPTED_OF_TEN = {"closed": 9, "open": 8}


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`routefit ARGUMENTS` in a folder, in a pipe."""
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    command = [sys.executable, "-m", "routefit", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def write_tables(folder: Path, *, units: int) -> None:
    """Calls with reported costs and verdicts: the same tasks on two routes, 9 and 8 of ten accepted."""
    with (folder / "calls.jsonl").open("w") as calls, (folder / "outcomes.csv").open("w") as outcomes:
        outcomes.write("unit_id,workload,route,accepted\n")
        for route, cost_usd in REPORTED_USD.items():
            for number in range(units):
                row = {
                    "call_id": f"{route}-{number}",
                    "unit_id": f"ticket-{number}",
                    "workload": "support",
                    "route": route,
                    "started_at": (END_AT - timedelta(minutes=number + 1)).isoformat(),
                    "cost_usd": cost_usd,
                    "customer": f"customer-{number % 50}",
                }
                calls.write(json.dumps(row) + "\n")
                accepted = str(number % 10 < ACCEPTED_OF_TEN[route]).lower()
                outcomes.write(f"ticket-{number},support,{route},{accepted}\n")


def test_from_tables_to_a_recommendation(tmp_path: Path) -> None:
    """Nothing is declared but what the last step asks for; every figure is 0.04 / 0.9 and 0.01 / 0.8."""
    write_tables(tmp_path, units=600)
    assert run(tmp_path, "init").returncode == 0
    for kind, file in (("calls", "calls.jsonl"), ("outcomes", "outcomes.csv")):
        done = run(tmp_path, "import", kind, file)
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        assert "1,200 rows imported" in done.stdout

    cells = {cell["route"]: cell for cell in json.loads(run(tmp_path, "lcpr", "--format", "json").stdout)["cells"]}
    assert cells["closed"]["lcpr_usd_per_accepted_unit"] == pytest.approx(0.04 / 0.9)
    assert cells["open"]["lcpr_usd_per_accepted_unit"] == pytest.approx(0.01 / 0.8)
    assert cells["open"]["cost_usd"]["human"] is None
    assert any("people" in reason for reason in cells["open"]["evidence"]["reasons"])

    undeclared = json.loads(run(tmp_path, "matrix", "--format", "json").stdout)["workloads"][0]
    assert undeclared["recommendation"]["action"] == "measure_first"
    assert any("no quality floor" in line for line in undeclared["recommendation"]["why"])

    (tmp_path / "workloads" / "support.yaml").write_text(
        "id: support\n"
        "unit: {name: resolved ticket, quality_floor_rate: 0.75}\n"
        "demand: {units_per_month: 200000}\n"
        "planning: {current_route: closed, migration_usd: 5000}\n"
    )
    assert run(tmp_path, "check").returncode == 0
    done = run(tmp_path, "matrix")
    assert "support: measure open first" in done.stdout
    assert "open: declare it: not known: limit of requests a minute" in done.stdout
    (tmp_path / "routes" / "open.yaml").write_text("id: open\nlimits: {requests_per_minute: 1000}\n")

    done = run(tmp_path, "matrix")
    assert "support: move from closed to open: saves about $" in done.stdout
    assert "$0.044 (now)" in done.stdout
    assert "$0.013" in done.stdout or "$0.012" in done.stdout

    done = run(tmp_path, "report", "-o", "page.html")
    assert done.returncode == 0
    assert "support: move from closed to open" in (tmp_path / "page.html").read_text()


def test_interrupted_import_leaves_nothing_half_written(tmp_path: Path) -> None:
    """Ctrl-C while a file is read: exit 130, a short message, and the next import goes as if nothing was."""
    write_tables(tmp_path, units=60_000)
    assert run(tmp_path, "init").returncode == 0
    command = [sys.executable, "-m", "routefit", "import", "calls", "calls.jsonl"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    staging = tmp_path / "ledger"
    give_up_at = time.monotonic() + 60
    while not staging.exists() and process.poll() is None and time.monotonic() < give_up_at:
        os.sched_yield()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode in (130, -signal.SIGINT), err  # Python may pass the signal on: 130 in a shell
    assert (out, err) == ("", "error: interrupted; nothing is half-written\n")
    done = run(tmp_path, "import", "calls", "calls.jsonl", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["files"][0]["imported"] == 120_000
