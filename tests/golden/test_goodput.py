"""The page on goodput holds what the product computes, and the three loads that it explains by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

import load_tests as made
from command_line import run_command
from explained_page import blocks_that_run, missing_lines
from routefit.answers.goodput import measured_goodput
from routefit.answers.workspace import Workspace


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The page's project, with the report of its three loads."""
    run_command("init", tmp_path / "acme")
    (tmp_path / "acme" / "workloads" / "support.yaml").write_text(
        "id: support\nslo: {ttft_ms: 200, percentile: 95}\n"
    )
    (tmp_path / "acme" / "routes" / "own-gpus.yaml").write_text("id: own-gpus\nmode: self_managed\n")
    made.write_report(tmp_path / "acme" / "benchmarks.json")
    monkeypatch.chdir(tmp_path / "acme")
    return tmp_path / "acme"


def test_the_page_says_what_the_product_computes(root: Path, project: Path) -> None:
    page = root / "docs" / "explanation" / "goodput.md"
    assert blocks_that_run(page) == 1
    assert missing_lines(page) == []
    with Workspace(project) as workspace:
        found = measured_goodput(workspace, "support", "own-gpus")
    assert found is not None
    text = page.read_text()
    for step in found.steps:
        row = (
            f"| {step.offered_requests_per_s:g}/s | {step.requests} | {step.within_slo_rate:.0%} "
            f"| {step.completed_requests_per_s:g}/s | {step.utilization_rate:.0%} "
            f"| {'yes' if step.is_within_slo else 'no'} |"
        )
        assert row in text
    units, eta_rate = found.goodput_units_per_replica_hour, found.max_utilization_rate
    assert units is not None
    assert eta_rate is not None
    assert f"eta is {eta_rate:g}, and G is 25 x 3600 x 0.99 = {units:,.0f} an hour" in text
    assert f"20 x 3600 x 0.99 = {units * eta_rate:,.0f}" in text
    assert f"{units * eta_rate * eta_rate:,.0f} an hour in the example" in text, "discounted twice"
