"""A ledger that holds a share of the traces: volumes are scaled, and a tail sample gives no rate."""

from __future__ import annotations

from pathlib import Path

import pytest

from routefit.answers.lcpr import lcpr
from routefit.answers.matrix import matrix
from routefit.answers.workspace import Workspace
from small_project import NOW, WORKLOAD, call, load, outcome, write_project


def project(folder: Path, sampling: str) -> Path:
    """Forty units on `dear`, half of them accepted."""
    workload = WORKLOAD.replace("demand: {units_per_month: 1000000}\n", "")
    config = f"name: small\nsampling: {sampling}\n"
    made = write_project(folder / sampling, config=config, workloads={"work": workload})
    load(made, "calls", [call("dear", f"u-{number}") for number in range(40)])
    load(made, "outcomes", [outcome("dear", f"u-{number}", number % 2 == 0) for number in range(40)])
    return made


@pytest.mark.parametrize("method", ["hash", "head"])
def test_a_sample_chosen_beforehand_keeps_rates_and_scales_volumes(tmp_path: Path, method: str) -> None:
    volumes = []
    for unit_rate in (1.0, 0.1):
        made = project(tmp_path, f"{{unit_rate: {unit_rate}, method: {method}}}")
        with Workspace(made, as_of=NOW) as workspace:
            (cell,) = lcpr(workspace).cells
            (row,) = matrix(workspace).workloads
        assert cell.rates.acceptance == 0.5
        assert cell.lcpr_usd_per_accepted_unit == pytest.approx(0.0204)
        volumes.append(row.accepted_units_per_month or 0.0)
    assert volumes[1] == pytest.approx(10 * volumes[0])


def test_a_tail_sample_gives_amounts_and_no_rate(tmp_path: Path) -> None:
    """What failed or was slow is in it more often than in the whole."""
    with Workspace(project(tmp_path, "{method: tail}"), as_of=NOW) as workspace:
        answer = lcpr(workspace)
        (row,) = matrix(workspace).workloads
    (cell,) = answer.cells
    assert (cell.units, cell.accepted_units) == (40, 20)
    assert cell.cost_usd.inference == pytest.approx(40 * 0.0102)
    assert cell.lcpr_usd_per_accepted_unit is cell.naive_usd_per_attempt is cell.usd_per_unit is None
    assert set(cell.rates.model_dump().values()) == {None}
    assert (cell.bounds_usd.low, cell.bounds_usd.high) == (None, None)
    assert cell.latency_ms.e2e.p95 is None
    assert not cell.evidence.decision_grade
    assert "tail-sampled" in cell.evidence.reasons[0]
    assert answer.break_even == ()
    assert {one.route: one.words for one in row.cells}["dear"] == "tail-sampled"
    assert row.recommendation.action == "measure_first"
