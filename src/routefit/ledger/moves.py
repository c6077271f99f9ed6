"""What a rebuild moved: workloads that hold something else than at the last look at the ledger."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from routefit.ledger.derived import DerivedFolder, State
from routefit.ledger.engine import parquet


@dataclass(frozen=True, slots=True)
class WorkloadSums:
    """What the cells of a workload hold over all days; `pico_usd` is the known inference and grading."""

    units: int
    calls: int
    pico_usd: int


@dataclass(frozen=True, slots=True)
class WorkloadMove:
    """A workload whose sums are other ones than when the ledger was last looked at; None is not there."""

    workload: str
    before: WorkloadSums | None
    after: WorkloadSums | None


def workload_moves(
    connection: duckdb.DuckDBPyConnection, folder: DerivedFolder, before: State, after: State
) -> tuple[WorkloadMove, ...]:
    """The workloads whose sums differ between two states; none where `before` is the first look at the ledger."""
    if before.cells is None or before.cells == after.cells:
        return ()
    was, now = _sums(connection, folder, before), _sums(connection, folder, after)
    return tuple(
        WorkloadMove(name, was.get(name), now.get(name))
        for name in sorted({*was, *now})
        if was.get(name) != now.get(name)
    )


def _sums(connection: duckdb.DuckDBPyConnection, folder: DerivedFolder, state: State) -> dict[str, WorkloadSums]:
    if state.cells is None:
        return {}
    rows = connection.execute(
        "SELECT workload, CAST(sum(units) AS BIGINT), CAST(sum(calls) AS BIGINT), "
        "CAST(sum(inference_pico_usd + eval_pico_usd) AS DECIMAL(38, 0)) "
        f"FROM {parquet([folder.path(state.cells)])} GROUP BY workload"
    )
    return {name: WorkloadSums(units, calls, int(usd)) for name, units, calls, usd in rows.fetchall()}
