"""Units and outcomes into cells: totals that add up, per home day, workload, route and jackknife group.

A late verdict touches only this step: units stay as they are. Cells of days whose units, outcomes and rules did
not change are taken over from the state before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from routefit.declared.model import Workload
from routefit.lcpr.acceptance import AcceptanceRules
from routefit.lcpr.people import usd_per_case
from routefit.ledger.building import register_table, view_costed_calls
from routefit.ledger.damage import damage_error
from routefit.ledger.derived import DerivedFolder, State, signature, unit_names
from routefit.ledger.engine import parquet, quoted, statement
from routefit.ledger.schema import OUTCOMES
from routefit.units import pico_usd_from_usd

_RULES_SCHEMA = pa.schema(
    [
        ("workload", pa.string()),
        ("human_gate", pa.bool_()),
        ("retry_budget", pa.int64()),
        ("slo_ttft_ms", pa.float64()),
        ("slo_tpot_ms", pa.float64()),
        ("slo_e2e_ms", pa.float64()),
        ("slo_is_unit_scope", pa.bool_()),
        ("human_pico_usd_per_case", pa.int64()),
        ("human_pico_usd_per_hour", pa.int64()),
    ]
)


@dataclass(frozen=True, slots=True)
class OutcomeFile:
    """One stored segment of outcomes; they are given in the order in which they became known."""

    segment_id: str
    path: Path


def rules_table(workloads: Mapping[str, Workload | None]) -> pa.Table:
    """The `rules` relation of `sql/acceptance.sql`: one row per workload, declared or not."""
    return pa.Table.from_pylist(
        [_rules_row(name, workload) for name, workload in sorted(workloads.items())], schema=_RULES_SCHEMA
    )


def _rules_row(name: str, workload: Workload | None) -> dict[str, object]:
    rules = AcceptanceRules.of(workload)
    return {
        "workload": name,
        "human_gate": rules.human_gate,
        "retry_budget": rules.retry_budget,
        "slo_ttft_ms": rules.slo.ttft_ms,
        "slo_tpot_ms": rules.slo.tpot_ms,
        "slo_e2e_ms": rules.slo.e2e_ms,
        "slo_is_unit_scope": rules.slo.scope == "unit",
        "human_pico_usd_per_case": _pico(usd_per_case(workload.human).value) if workload else None,
        "human_pico_usd_per_hour": _pico(workload.human.usd_per_hour.value) if workload else None,
    }


def _pico(usd: Decimal | None) -> int | None:
    return None if usd is None else pico_usd_from_usd(usd)


class CellsBuilder:
    """Brings the cells of a ledger up to date with its units, outcomes and acceptance rules."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        folder: DerivedFolder,
        outcomes: Sequence[OutcomeFile],
        rules: pa.Table,
        call_paths: Sequence[Path],
    ) -> None:
        self._connection = connection
        self._folder = folder
        self._outcomes = tuple(outcomes)
        self._rules = rules
        self._call_paths = call_paths

    def refresh(self, state: State) -> State:
        """The state with cells for its units; needs the connection's `pricing` when outcomes name no unit."""
        wanted = self._signatures(state)
        kept = [on for on, s in wanted.items() if state.cells and state.cell_signatures.get(on) == s]
        if len(kept) == len(wanted) and len(wanted) == len(state.cell_signatures):
            return state
        self._folder.prepare()
        ambiguous = self._prepare_outcomes(state)
        lost = self._outcomes_without_call()
        self._view_units(unit_names(units for on, units in state.units.items() if on not in kept))
        if _has_strays(state):
            self._connection.execute(f"CREATE OR REPLACE TEMP TABLE judged_units AS {statement('judged_units')}")
            self._view_units(unit_names(state.units.values()), books_grading=True)
        name = self._write(state, kept) if wanted else None
        return state.model_copy(
            update={
                "cell_signatures": wanted,
                "cells": name,
                "outcomes_without_call": lost,
                "ambiguous_outcomes": ambiguous,
            }
        )

    def view_shared_units(self, state: State, names: Sequence[str]) -> bool:
        """Make `accepted_units` show the units whose task ran on several routes; False without any."""
        execute = self._connection.execute
        self._view_units(names)
        execute(f"CREATE OR REPLACE TEMP TABLE shared_tasks AS {statement('shared_tasks')}")
        if self._one("SELECT count(*) FROM shared_tasks") == (0,):
            return False
        # Only the outcomes of these tasks are looked at: resolving all of them costs more than the rest.
        self._prepare_outcomes(state, only="shared_tasks")
        self._view_units(names, only="shared_tasks")
        execute(f"CREATE OR REPLACE TEMP VIEW accepted_units AS {statement('acceptance')}")
        return True

    def _prepare_outcomes(self, state: State, *, only: str | None = None) -> int:
        """Fill `rules` and `outcomes_latest`; the number of outcomes that fit several units."""
        register_table(self._connection, "rules", self._rules)
        self._view_units(unit_names(state.units.values()))
        return self._resolve_outcomes(only)

    def _signatures(self, state: State) -> dict[date, str]:
        rules = hashlib.sha256(str(self._rules.to_pylist()).encode()).hexdigest()
        ledger_dir = self._folder.directory.parent
        common = [rules, *(file.segment_id for file in self._outcomes)]
        if _has_strays(state) or any(_names_no_unit(file.path, ledger_dir) for file in self._outcomes):
            # What these belong to depends on the units of every day.
            common += sorted(unit_names(state.units.values()))
        return {on: signature((*units.names, *common)) for on, units in state.units.items()}

    def _view_units(self, names: Sequence[str], *, only: str | None = None, books_grading: bool = False) -> None:
        """Make `units` show these files; grading without a route on day, route and group of what it judged."""
        if not names:
            return
        units = f"SELECT * FROM {parquet(self._folder.path(name) for name in names)}{_among(only)}"
        if books_grading:
            units = (
                "SELECT u.* REPLACE (coalesce(j.route, u.route) AS route, "
                "coalesce(j.home_day, u.home_day) AS home_day, coalesce(j.group_id, u.group_id) AS group_id) "
                f"FROM ({units}) AS u LEFT JOIN judged_units AS j "
                "ON u.workload = j.workload AND u.route = j.no_route AND u.unit_id = j.unit_id"
            )
        self._connection.execute(f"CREATE OR REPLACE TEMP VIEW units AS {units}")

    def _resolve_outcomes(self, only: str | None) -> int:
        """Fill `outcomes_latest`; the number of outcomes that fit several units and so were left out."""
        execute = self._connection.execute
        if self._outcomes:
            source = parquet(file.path for file in self._outcomes).replace("])", "], filename = true)")
            order = "list_position([" + ", ".join(f"{quoted(f.path)}" for f in self._outcomes) + "], filename)"
        else:
            columns = ", ".join(f"CAST(NULL AS {c.sql_type}) AS {c.stored_name}" for c in OUTCOMES.columns)
            source, order = f"(SELECT {columns}, CAST(NULL AS BIGINT) AS source_row WHERE FALSE)", "0"
        # Later decided wins, then later imported, then later in its file.
        execute(
            "CREATE OR REPLACE TEMP VIEW outcome_rows AS SELECT *, "
            f"CAST(coalesce(epoch_us(decided_at), 0) AS HUGEINT) * 1180591620717411303424 "
            f"+ CAST({order} AS HUGEINT) * 1099511627776 + source_row AS known_order FROM {source}"
        )
        ambiguous = self._match_partial_outcomes()
        execute(
            "CREATE OR REPLACE TEMP VIEW outcome_targets AS "
            f"SELECT * FROM ({statement('outcome_targets')}) AS targets{_among(only)}"
        )
        execute(f"CREATE OR REPLACE TEMP TABLE outcomes_latest AS {statement('outcomes_latest')}")
        return ambiguous

    def _match_partial_outcomes(self) -> int:
        execute = self._connection.execute
        by_unit, by_call = self._one(
            "SELECT count(CASE WHEN unit_id IS NOT NULL AND (workload IS NULL OR route IS NULL) THEN 1 END), "
            "count(CASE WHEN unit_id IS NULL THEN 1 END) FROM outcome_rows"
        )
        unit_keys = "SELECT DISTINCT workload, route, unit_id FROM units WHERE production_calls > 0"
        execute(f"CREATE OR REPLACE TEMP VIEW unit_keys AS {unit_keys}{'' if by_unit else ' AND FALSE'}")
        view_costed_calls(self._connection, self._call_paths if by_call else [])
        execute(
            "CREATE OR REPLACE TEMP VIEW call_keys AS SELECT DISTINCT workload, route, unit_id, call_id, "
            "trace_id, session_id FROM all_calls WHERE role <> 'grader'"
        )
        if not by_unit and not by_call:
            execute(
                "CREATE OR REPLACE TEMP TABLE outcome_matches AS SELECT known_order, workload, route, unit_id "
                "FROM outcome_rows WHERE FALSE"
            )
            return 0
        execute(f"CREATE OR REPLACE TEMP TABLE outcome_matches AS {statement('outcome_matches')}")
        several = "SELECT known_order FROM outcome_matches GROUP BY known_order HAVING count(*) > 1"
        (ambiguous,) = self._one(f"SELECT count(*) FROM ({several}) AS several")
        return ambiguous

    def _outcomes_without_call(self) -> int:
        (lost,) = self._one(
            "SELECT count(*) FROM outcomes_latest AS o ANTI JOIN units AS u "
            "ON o.workload = u.workload AND o.route = u.route AND o.unit_id = u.unit_id"
        )
        (unmatched,) = self._one(
            "SELECT count(*) FROM outcome_rows AS o ANTI JOIN outcome_matches AS m "
            "ON o.known_order = m.known_order WHERE o.unit_id IS NULL OR o.workload IS NULL OR o.route IS NULL"
        )
        return lost + unmatched

    def _write(self, state: State, kept: Sequence[date]) -> str:
        name = self._folder.new_name("cells")
        self._connection.execute(f"CREATE OR REPLACE TEMP VIEW accepted_units AS {statement('acceptance')}")
        parts = [statement("cells")] if len(kept) < len(state.units) else []
        if kept and state.cells:
            days = ", ".join(f"DATE '{on}'" for on in kept)
            base = parquet([self._folder.path(state.cells)])
            parts.append(f"SELECT * FROM {base} WHERE home_day IN ({days})")
        rows = " UNION ALL BY NAME ".join(f"({part})" for part in parts)
        self._connection.execute(
            f"COPY (SELECT * FROM ({rows}) AS cells ORDER BY home_day, workload, route, group_id) "
            f"TO {quoted(self._folder.path(name))} (FORMAT parquet)"
        )
        return name

    def _one(self, query: str) -> tuple[int, ...]:
        (row,) = self._connection.execute(query).fetchall()
        return tuple(int(value) for value in row)


def _has_strays(state: State) -> bool:
    return any(units.stray_units for units in state.units.values())


def _names_no_unit(path: Path, ledger_dir: Path) -> bool:
    """Whether some outcome of the file lacks workload, route or unit id; read from the file's statistics."""
    try:
        metadata = pq.read_metadata(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise damage_error(ledger_dir, path, str(error).strip()) from error
    keys = [at for at, name in enumerate(metadata.schema.names) if name in ("workload", "route", "unit_id")]
    found = [
        metadata.row_group(group).column(at).statistics for group in range(metadata.num_row_groups) for at in keys
    ]
    return any(statistics is None or statistics.null_count != 0 for statistics in found)


def _among(tasks: str | None) -> str:
    """A condition that keeps only the tasks of that table."""
    return f" WHERE (workload, unit_id) IN (SELECT (workload, unit_id) FROM {tasks})" if tasks else ""
