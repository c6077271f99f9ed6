"""The page's decisions: those that the project asks for, with the figures of the command, and charts as images."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from command_line import run_command
from routefit.answers.report import ReportAnswer, report
from routefit.answers.workspace import Workspace
from routefit.report.decisions.telling import bar_words, certainty_lines, flip_lines
from routefit.report.page import page_html
from small_project import NOW, call, load, outcome, write_project

DECISIONS = """\
name: pages
decisions:
  - kind: payback
    workload: work
    route: cheap
    set: {current_lcpr_usd: 0.041, target_lcpr_usd: "0.025:0.031:0.042", units_per_month: 500000}
  - kind: dedicated
    file: dedicated.yaml
  - {kind: payback, workload: nobody}
  - {kind: caching, set: {inputt_usd_per_mtok: 3}}
"""

DEDICATED = """\
hardware_usd_per_hour: 2.95:3.20:4.30
ops_usd_per_hour: 0.50
goodput_per_hour: 800
serverless_usd_per_unit: 0.012
units_per_month: 345600
"""


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = write_project(tmp_path_factory.mktemp("decisions") / "project", config=DECISIONS)
    (found / "dedicated.yaml").write_text(DEDICATED)
    load(found, "calls", [call(route, f"t-{n}") for route in ("dear", "cheap") for n in range(40)])
    load(found, "outcomes", [outcome(r, f"t-{n}", accepted=n > 4) for r in ("dear", "cheap") for n in range(40)])
    return found


@pytest.fixture(scope="module")
def answer(directory: Path) -> ReportAnswer:
    with Workspace(directory, as_of=NOW) as workspace:
        return report(workspace)


@pytest.fixture(scope="module")
def html(answer: ReportAnswer) -> str:
    return page_html(answer, version="1")


def test_the_decisions_that_the_project_asks_for_in_its_order(answer: ReportAnswer, html: str) -> None:
    assert [(line.kind, line.decision is not None) for line in answer.decisions] == [
        ("payback", True),
        ("dedicated", True),
        ("payback", False),
        ("caching", False),
    ]
    titles = re.findall(r'<h3 id="decision-\d">([^<]+)', html)
    assert titles[0] == "Does the move pay for itself: work on cheap"
    assert titles[1] == "Dedicated GPUs: plain numbers"


def test_what_cannot_be_answered_says_why(html: str) -> None:
    assert "Cannot tell: no workload is called &#39;nobody&#39;" in html
    assert "did you mean &#39;input_usd_per_mtok&#39;?" in html


def test_its_figures_are_those_of_the_command(directory: Path, answer: ReportAnswer, html: str) -> None:
    """One seed, one window: the page and `routefit decide --format json` give the same document."""
    settings = ("current_lcpr_usd=0.041", "target_lcpr_usd=0.025:0.031:0.042", "units_per_month=500000")
    ran = run_command(
        *("decide", "payback", "--workload=work", "--route=cheap", "--format=json", "-q"),
        *(f"--set={setting}" for setting in settings),
        *("--project", directory, "--as-of", NOW.date().isoformat()),
    )
    found = answer.decisions[0].found
    assert found is not None
    assert ran.json["result"] == found.model_dump(mode="json")["result"]
    assert ran.json["monte_carlo"] == found.model_dump(mode="json")["monte_carlo"]
    for line in (*flip_lines(found), *certainty_lines(found), *bar_words(found.tornado[0])):
        assert line in html.replace("&#39;", "'").replace("&amp;", "&")


def test_charts_are_images_with_a_name_and_fetch_nothing(html: str) -> None:
    charts = re.findall(r"<svg class=\"chart\".*?</svg>", html, flags=re.S)
    assert len(charts) >= 6
    for chart in charts:
        head = chart.partition(">")[0]
        assert 'role="img"' in head
        assert re.search(r'aria-label="[^"]{20,}"', head)
        assert not re.search(r"<script|<image|href|url\(|@import|<style", chart)
        assert set(re.findall(r'font-family="([^"]+)"', chart)) <= {"sans-serif"}
        assert set(re.findall(r"#[0-9a-f]{6}", chart)) == set()
        assert "var(--ink)" in chart


def test_without_a_list_those_that_say_to_act(tmp_path: Path) -> None:
    directory = write_project(tmp_path / "project")
    load(directory, "calls", [call(route, f"t-{n}") for route in ("dear", "cheap") for n in range(40)])
    with Workspace(directory, as_of=NOW) as workspace:
        found = report(workspace).decisions
    assert len(found) <= 5
    assert all(line.found is not None and line.decision != "stay" for line in found)
