"""`routefit demo` from end to end: one screen, and a page with the same content."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

MOST_LINES = {100: 36, 80: 40}
COLUMNS = 100
AS_OF = "2026-05-29"
"""The fleet of a fixed day: the figures below are those of the generator."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


def run(folder: Path, *arguments: str, columns: int = COLUMNS) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"COLUMNS": str(columns)}
    command = [sys.executable, "-m", "routefit", *arguments, "--as-of", AS_OF]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def screen(folder: Path) -> str:
    """What stdout got; stderr has the commands that a user would type."""
    done = run(folder, "demo")
    assert done.returncode == 0, done.stderr
    for kind in ("calls", "outcomes"):
        assert f"$ routefit import {kind} 'demo/raw/{kind}-*' --project demo/project" in done.stderr
    assert "warning" not in done.stderr
    return done.stdout


def test_it_is_one_screen(screen: str) -> None:
    lines = screen.splitlines()
    assert len(lines) <= MOST_LINES[COLUMNS], screen
    assert max(map(len, lines)) <= COLUMNS


def test_it_is_one_screen_of_a_narrow_terminal_too(folder: Path, screen: str) -> None:
    lines = run(folder, "status", "--project", "demo/project", columns=80).stdout.splitlines()
    assert len(lines) <= MOST_LINES[80], lines
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("SYNTHETIC: made-up traffic.", id="what it is"),
        pytest.param("Window: 2026-05-01 to 2026-05-28 (28 days, UTC); 1 unit in 50", id="window and sample"),
        pytest.param("Missing, in USD of the sample (1 unit in 50)", id="what is missing"),
        pytest.param("support, per resolved ticket: closed $0.041 (now)", id="what it costs"),
        pytest.param("oss-70b $0.031", id="what the candidate costs"),
        pytest.param("haiku-easy only easy traffic", id="not comparable"),
        pytest.param("failed test: ", id="below the floor"),
        pytest.param("support: move from closed to oss-70b: saves about $", id="verdict with its money"),
        pytest.param("extraction: stay on closed-eu", id="residency leaves one"),
        pytest.param("classification: move from closed-small to dedicated-8b", id="commitment that pays"),
        pytest.param("summaries: measure oss-70b first", id="no verdicts"),
        pytest.param("token prices: mini at $0.0", id="what token prices said"),
        pytest.param("traces: mini costs ≥ $0.05", id="what the traces say"),
        pytest.param("routefit import outcomes FILE", id="what to do next"),
        pytest.param("demo/report.html", id="where the page is"),
    ],
)
def test_the_screen_says(screen: str, words: str) -> None:
    assert words in " ".join(screen.split())


def test_the_page_has_the_same_verdicts(folder: Path, screen: str) -> None:
    html = (folder / "demo" / "report.html").read_text()
    verdicts = re.findall(r"- (\w+: move from .*? a month);", " ".join(screen.split()))
    assert len(verdicts) == 2
    assert all(f"<h3>{verdict} at full volume</h3>" in html for verdict in verdicts)
    assert "no: EU residency" in html


def test_questions_give_the_figures_of_the_screen(folder: Path, screen: str) -> None:
    done = run(folder, "matrix", "--project", "demo/project", "--format", "json")
    rows = {row["workload"]: row for row in json.loads(done.stdout)["workloads"]}
    cells = {cell["route"]: cell for cell in rows["support"]["cells"]}
    assert f"closed {cells['closed']['words']} (now)" in screen
    assert f"oss-70b {cells['oss-70b']['words']}" in screen
    saving_usd = rows["support"]["recommendation"]["saving_usd_per_month"]
    assert f"saves about ${round(saving_usd, -1):,.0f} a month" in screen
