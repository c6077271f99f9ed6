"""Idle capacity in the cells and on the bill of the same window is the same amount of the same workloads."""

from __future__ import annotations

from pathlib import Path

import pytest

from routefit.answers.lcpr import lcpr
from routefit.answers.spend import spend
from routefit.answers.workspace import Workspace
from small_project import NOW, call, load, write_project

OWN = """\
id: own
provider: hosted_vllm
model: tuned
mode: self_managed
capacity: {gpu_usd_per_hour: 3.00, gpus_per_replica: 2}
"""


def test_days_without_a_call_are_borne_by_those_who_use_the_route(tmp_path: Path) -> None:
    """Three days of one replica; two workloads call on the first two days, not equally; nobody on the third."""
    made = write_project(tmp_path / "p", workloads={}, routes={"own": OWN})
    rows = [
        {"route": "own", "start": f"2026-06-0{on}", "end": f"2026-06-0{on + 1}", "replicas": 1} for on in (1, 2, 3)
    ]
    load(made, "capacity", rows)
    used = {"a": ("2026-06-01T09:00:00Z", 60_000), "b": ("2026-06-02T09:00:00Z", 180_000)}
    load(
        made,
        "calls",
        [
            call(
                "own",
                f"{name}-1",
                workload=name,
                provider="hosted_vllm",
                model="tuned",
                started_at=at,
                e2e_ms=e2e_ms,
            )
            for name, (at, e2e_ms) in used.items()
        ],
    )
    with Workspace(made, as_of=NOW) as workspace:
        costs = lcpr(workspace, start=NOW.date().replace(day=1), end=NOW.date().replace(day=4))
        bill = spend(workspace, start=NOW.date().replace(day=1), end=NOW.date().replace(day=4))
        by_team = spend(workspace, by="team", start=NOW.date().replace(day=1), end=NOW.date().replace(day=4))
    in_cells = {cell.workload: cell.idle_usd for cell in costs.cells}
    on_bill = {row.key: row.idle_usd for row in bill.rows}
    assert on_bill == pytest.approx(in_cells)
    assert bill.total_usd == pytest.approx(3 * 24 * 6.00)
    assert on_bill["b"] > 2 * on_bill["a"] > 0
    assert sum(row.idle_usd for row in by_team.rows) == pytest.approx(sum(on_bill.values()))
