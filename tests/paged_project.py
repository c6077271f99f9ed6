"""A small project with all that the page shows: invoices, scores, labels, a GPU route, teams and lost calls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from billed_project import bill
from routefit.answers.report import ReportAnswer, report
from routefit.answers.workspace import Workspace
from small_project import NOW, ROUTES, WORKLOAD, call, load, outcome, write_project

GPU = """\
id: gpu
provider: vllm
model: own
mode: self_managed
capacity: {gpu_usd_per_hour: {value: 3, label: CONTRACTED}, gpus_per_replica: 2}
"""

DECISIONS = """\
decisions:
  - kind: payback
    set: {current_lcpr_usd: 0.041, target_lcpr_usd: "0.025:0.031:0.042", units_per_month: 500000}
  - kind: dedicated
    set: {hardware_usd_per_hour: "2.95:3.20:4.30", ops_usd_per_hour: 0.5, goodput_per_hour: 800,
          serverless_usd_per_unit: 0.012, units_per_month: 345600}
"""

VERDICTS = WORKLOAD + 'verdict:\n  - {from: score, name: judge, accept: ">=0.7", sampled: random}\n'
JUNE = {"provider": "acme", "period_start": "2026-06-01", "period_end": "2026-07-01"}
TEAMS = {"dear": "growth", "cheap": "support"}


def bare_project(directory: Path) -> Path:
    """Sixty units on each of two routes, and nothing else."""
    write_project(directory)
    load(directory, "calls", [call(route, f"{route}-{n}") for route in ("dear", "cheap") for n in range(60)])
    return directory


def full_project(directory: Path) -> Path:
    """All of it: forty units of each route are judged, every twelfth call ended in a timeout."""
    write_project(
        directory,
        workloads={"work": VERDICTS},
        routes=ROUTES | {"gpu": GPU},
        config=f"name: made up\nis_synthetic: true\n{DECISIONS}",
    )
    load(directory, "calls", [_called(route, n) for route in ("dear", "cheap", "gpu") for n in range(60)])
    load(directory, "outcomes", [outcome("gpu", f"gpu-{n}", n > 5) for n in range(40)])
    judged = [(route, n) for route in ("dear", "cheap") for n in range(40)]
    load(directory, "scores", [_score(route, n) for route, n in judged])
    load(directory, "labels", [_label(route, n) for route, n in judged if n < 20])
    hours = {"route": "gpu", "start": "2026-06-01", "end": "2026-06-02", "replicas": 1}
    load(directory, "capacity", [hours])
    bill(
        directory,
        [
            JUNE | {"model": "big", "amount_usd": "0.90", "invoice_id": "A-1", "credits_usd": "0.05"},
            JUNE | {"model": "unseen", "amount_usd": "0.25", "invoice_id": "A-1"},
            JUNE | {"model": "small", "amount_usd": "0.11", "invoice_id": "A-2", "disputed": True},
        ],
    )
    return directory


def asked(directory: Path) -> ReportAnswer:
    """The answers of the page about a project folder."""
    with Workspace(directory, as_of=NOW) as workspace:
        return report(workspace)


def _called(route: str, n: int) -> dict[str, Any]:
    found = call(route, f"{route}-{n}", trace_id=f"t-{route}-{n}")
    if route == "gpu":
        found |= {"provider": "vllm", "model": "own", "e2e_ms": 30_000}
    if route in TEAMS:
        found["attributes"] = {"team_alias": TEAMS[route]}
    return found | ({"status": "timeout"} if n % 12 == 11 else {})


def _score(route: str, n: int) -> dict[str, Any]:
    at = NOW.isoformat()
    return {"trace_id": f"t-{route}-{n}", "name": "judge", "value": 0.9 if n % 8 else 0.1, "decided_at": at}


def _label(route: str, n: int) -> dict[str, Any]:
    at = NOW.isoformat()
    return {"trace_id": f"t-{route}-{n}", "accepted": n % 8 != 0, "labelled_by": "ann", "labelled_at": at}
