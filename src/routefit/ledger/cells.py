"""Units and what judged them into cells: totals that add up, per home day, workload, route and jackknife group.

A late verdict touches only this step: units stay as they are. Cells of days whose units, judgements and rules did
not change are taken over from the state before. Beside the cells lie the series that their verdicts came from, and
how the rules agree with people.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa

from routefit.declared.model import Workload
from routefit.lcpr.acceptance import AcceptanceRules
from routefit.lcpr.people import usd_per_case
from routefit.ledger.attribution import NO_RULES, Attribution
from routefit.ledger.derived import DerivedFolder, State, signature, unit_names
from routefit.ledger.engine import parquet, quoted, register_table, statement
from routefit.ledger.judgements import JudgedUnits, Judgements, among
from routefit.ledger.verdict_rules import VerdictRules
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
    """Brings the cells of a ledger up to date with its units, what judged them, and the rules.

    `verdicts` holds the rules as seen at one instant: a verdict that settles later changes the cells then.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        folder: DerivedFolder,
        judgements: Judgements,
        rules: pa.Table,
        call_paths: Sequence[Path],
        attribution: Attribution = NO_RULES,
        verdicts: VerdictRules | None = None,
    ) -> None:
        self._connection = connection
        self._folder = folder
        self._judgements = judgements
        self._rules = rules
        self._verdicts = verdicts or VerdictRules()
        self._judged = JudgedUnits(connection, judgements, self._verdicts, call_paths, attribution)
        self._resolved_for: State | None = None

    def refresh(self, state: State) -> State:
        """The state with cells for its units; needs the connection's `pricing` when rows name no unit."""
        wanted = self._signatures(state)
        kept = [on for on, s in wanted.items() if state.cells and state.cell_signatures.get(on) == s]
        if len(kept) == len(wanted) and len(wanted) == len(state.cell_signatures):
            return state
        self._folder.prepare()
        self._prepare_outcomes(state)
        lost = self._judged.rows_without_call()
        uses = self._judged.score_uses()
        self._view_units(unit_names(units for on, units in state.units.items() if on not in kept))
        if _has_strays(state):
            self._connection.execute(f"CREATE OR REPLACE TEMP TABLE judged_units AS {statement('judged_units')}")
            self._view_units(unit_names(state.units.values()), books_grading=True)
        return state.model_copy(
            update={
                "cell_signatures": wanted,
                "cells": self._write("cells", state, state.cells, kept) if wanted else None,
                "series": self._write("verdict_series", state, state.series, kept) if wanted else None,
                "agreement": self._write("label_agreement", state, state.agreement, kept) if wanted else None,
                "score_uses": uses,
                "outcomes_without_call": lost,
                "ambiguous_outcomes": self._judged.ambiguous_rows,
            }
        )

    def view_shared_units(self, state: State, names: Sequence[str]) -> bool:
        """Make `accepted_units` show the units whose task ran on several routes; False without any."""
        execute = self._connection.execute
        self._view_units(names)
        execute(f"CREATE OR REPLACE TEMP TABLE shared_tasks AS {statement('shared_tasks')}")
        if execute("SELECT count(*) FROM shared_tasks").fetchall() == [(0,)]:
            return False
        # Only the outcomes of these tasks are looked at: resolving all of them costs more than the rest.
        self._prepare_outcomes(state, only="shared_tasks")
        self._view_units(names, only="shared_tasks")
        execute(f"CREATE OR REPLACE TEMP VIEW accepted_units AS {statement('acceptance')}")
        return True

    def view_accepted_units(self, state: State, names: Sequence[str]) -> None:
        """Make `accepted_units` show the units of these files as they were judged."""
        self._prepare_outcomes(state)
        self._view_units(names)
        self._connection.execute(f"CREATE OR REPLACE TEMP VIEW accepted_units AS {statement('acceptance')}")

    def _prepare_outcomes(self, state: State, *, only: str | None = None) -> None:
        """Fill `rules` and `outcomes_latest`, unless they hold all outcomes of this state already."""
        if only is None and self._resolved_for is state:
            return
        register_table(self._connection, "rules", self._rules)
        self._view_units(unit_names(state.units.values()))
        self._judged.resolve(only)
        self._resolved_for = state if only is None else None

    def _signatures(self, state: State) -> dict[date, str]:
        rules = hashlib.sha256(str(self._rules.to_pylist()).encode()).hexdigest()
        common = [rules, self._verdicts.digest, *(file.segment_id for file in self._judgements.files)]
        common += self._judgements.settled_marks(self._connection, self._verdicts)
        if _has_strays(state) or self._judgements.depends_on_all_units(self._folder.directory.parent):
            # What these belong to depends on the units of every day.
            common += sorted(unit_names(state.units.values()))
        return {on: signature((*units.names, *common)) for on, units in state.units.items()}

    def _view_units(self, names: Sequence[str], *, only: str | None = None, books_grading: bool = False) -> None:
        """Make `units` show these files; grading without a route on day, route and group of what it judged."""
        if not names:
            return
        units = f"SELECT * FROM {parquet(self._folder.path(name) for name in names)}{among(only)}"
        if books_grading:
            units = (
                "SELECT u.* REPLACE (coalesce(j.route, u.route) AS route, "
                "coalesce(j.home_day, u.home_day) AS home_day, coalesce(j.group_id, u.group_id) AS group_id) "
                f"FROM ({units}) AS u LEFT JOIN judged_units AS j "
                "ON u.workload = j.workload AND u.route = j.no_route AND u.unit_id = j.unit_id"
            )
        self._connection.execute(f"CREATE OR REPLACE TEMP VIEW units AS {units}")

    def _write(self, name: str, state: State, base: str | None, kept: Sequence[date]) -> str:
        """The statement's rows for units of days that are not kept, and those of `base` for the others."""
        file = self._folder.new_name(_FILES[name])
        self._connection.execute(f"CREATE OR REPLACE TEMP VIEW accepted_units AS {statement('acceptance')}")
        parts = [statement(name)] if len(kept) < len(state.units) or not base else []
        if kept and base:
            days = ", ".join(f"DATE '{on}'" for on in kept)
            parts.append(f"SELECT * FROM {parquet([self._folder.path(base)])} WHERE home_day IN ({days})")
        rows = " UNION ALL BY NAME ".join(f"({part})" for part in parts)
        self._connection.execute(
            f"COPY (SELECT * FROM ({rows}) AS derived ORDER BY ALL) "
            f"TO {quoted(self._folder.path(file))} (FORMAT parquet)"
        )
        return file


_FILES = {"cells": "cells", "verdict_series": "cells-series", "label_agreement": "cells-agreement"}
"""What the derived files are called."""


def _has_strays(state: State) -> bool:
    return any(units.stray_units for units in state.units.values())
