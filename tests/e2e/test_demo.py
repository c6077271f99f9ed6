"""`routefit demo` from end to end: the walk on stderr, front page and bill, a page with the same content."""

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
"""Lines of the front page by the columns of the terminal."""

MOST_BILL_LINES = 20
BILL = "The bill, in USD of the sample"
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
def done(folder: Path) -> subprocess.CompletedProcess[str]:
    finished = run(folder, "demo")
    assert finished.returncode == 0, finished.stderr
    return finished


@pytest.fixture(scope="module")
def screen(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout


def test_the_walk_names_its_commands_and_their_time(done: subprocess.CompletedProcess[str]) -> None:
    """Each command as a user would type it, in this order, each with what it found and the seconds it took."""
    commands = re.findall(r"^\$ routefit (.*) --project demo/project --as-of 2026-05-29$", done.stderr, re.M)
    assert commands == [
        "import litellm 'demo/raw/traces/litellm-*'",
        "discover --dry-run",
        "import scores demo/raw/scores.jsonl",
        "import outcomes 'demo/raw/outcomes-*'",
        "import invoices demo/raw/invoices.csv",
        "import capacity demo/raw/capacity.csv",
        "import calls 'demo/raw/calls-*'",
        "spend",
        "lcpr",
        "matrix",
        "status",
    ]
    assert len(re.findall(r"; \d+\.\d s$", done.stderr, re.M)) == len(commands) - 2 + 1
    assert "would propose {when: {key_alias: playground}, workload: playground}: 7,111 calls" in done.stderr
    assert "warning" not in done.stderr


def test_it_is_one_screen_and_the_bill(screen: str) -> None:
    front, _, bill = screen.partition(BILL)
    assert len(front.splitlines()) <= MOST_LINES[COLUMNS], front
    assert 0 < len(bill.splitlines()) <= MOST_BILL_LINES + 1, bill
    assert max(map(len, screen.splitlines())) <= COLUMNS


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
        pytest.param("routefit import invoices FILE", id="what to do next"),
        pytest.param("not invoiced -632.25 traced, and on no invoice: 2 providers", id="a bill that is not there"),
        pytest.param("not through the gateway 6.00 billed, and never traced", id="use past the gateway"),
        pytest.param("idle 33.17 capacity that nobody used", id="idle nights"),
        pytest.param("calls of claude-sonnet-4-5: log $212, price $109; the log takes cached", id="wrong cost"),
        pytest.param("billed but lost: 2,414 calls that ended: timeout", id="billed timeouts"),
        pytest.param("7,111 calls of no workload", id="a key of nobody"),
        pytest.param("127 calls without a known cost", id="a model without a price"),
        pytest.param("left out: 111.12 EUR of mistral", id="a disputed line"),
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


def test_the_escalation_cost_that_decides_support(folder: Path, screen: str) -> None:
    """The one figure on top, with its arithmetic: today's cost of a case + saving / more escalations."""
    assert "support" in screen
    names = ("--project", "demo/project", "--workload", "support", "--route", "oss-70b")
    shown = " ".join(run(folder, "decide", "serverless", *names).stdout.split())
    figures = json.loads(run(folder, "decide", "serverless", *names, "--format", "json").stdout)["result"]
    at, today = figures["break_even_escalation_usd"], figures["escalation_today_usd"]
    saving, more = figures["saving_usd_per_accepted_unit"], figures["more_escalations_per_accepted_unit"]
    assert today == 0.4
    assert at == pytest.approx(today + saving / more)
    assert f"An escalation may cost ${at:.3f} before the saving vanishes, and one costs $0.400 today" in shown
    arithmetic = f"$0.400 + ${saving:.6f} saved per accepted unit / {more:.4f} more escalations"
    assert arithmetic in shown
