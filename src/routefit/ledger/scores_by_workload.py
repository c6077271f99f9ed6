"""To which workloads the scores belong: by the workload that they name, else by the calls whose ids they carry."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from routefit.ledger.engine import parquet
from routefit.ledger.manifest import FILE_NAME, Manifest
from routefit.ledger.view import LedgerView

_IDS = ("unit_id", "call_id", "trace_id", "session_id")


@dataclass(frozen=True, slots=True)
class WorkloadScores:
    """So many scores of one kind and name concern calls of one workload."""

    source: str
    name: str | None
    scores: int


def scores_by_workload(ledger: LedgerView, start: date, end: date) -> dict[str, tuple[WorkloadScores, ...]]:
    """The scores of calls that started in [start, end), the most frequent first.

    A score without a call is left out; one that fits several workloads counts for the first by name.
    """
    if not ledger.score_rows or not (ledger.directory / FILE_NAME).exists():
        return {}
    with Manifest(ledger.directory) as manifest:
        paths = [segment.path for segment in manifest.visible("scores", as_of=ledger.newest_import_at)]
    scores = parquet(paths)
    engine = ledger.view_calls(start, end)
    joins = " ".join(
        f"LEFT JOIN (SELECT {name} AS id, min(workload) AS workload FROM all_calls "
        f"WHERE {name} IN (SELECT {name} FROM {scores}) GROUP BY {name}) AS by_{name} ON s.{name} = by_{name}.id"
        for name in _IDS
    )
    rows = engine.execute(
        "SELECT workload, judgement, name, count(*) AS scores FROM ("
        f"SELECT coalesce(s.workload, {', '.join(f'by_{name}.workload' for name in _IDS)}) AS workload, "
        f"coalesce(s.judgement, 'score') AS judgement, s.name FROM {scores} AS s {joins}) AS found "
        "WHERE workload IS NOT NULL GROUP BY workload, judgement, name ORDER BY scores DESC, judgement, name"
    ).fetchall()
    found: dict[str, list[WorkloadScores]] = defaultdict(list)
    for workload, source, name, count in rows:
        found[workload].append(WorkloadScores(source, name, count))
    return {workload: tuple(kinds) for workload, kinds in found.items()}
