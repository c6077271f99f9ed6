"""The product's own builders on a fleet, apart from the import, each step in a child of its own.

`python -m bench.formula STEP FOLDER`; `raw`: cells from raw calls and outcomes, with all rules; `units`: units
from calls; `cells`: cells from these units and the outcomes. `prepare` writes the files that they read, as the
ledger stores them.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb

from bench.fleet import ROUTES, WORKLOADS, Fleet, calls_query, outcomes_query
from routefit.declared.model import Workload
from routefit.lcpr.cost import Pricing
from routefit.lcpr.price import PriceRow
from routefit.ledger.building import DayOfCalls, UnitsBuilder, create_pricing
from routefit.ledger.cells import CellsBuilder, rules_table
from routefit.ledger.derived import DerivedFolder, State
from routefit.ledger.engine import connect, quoted
from routefit.ledger.judgements import JudgementFile, Judgements
from routefit.ledger.pricing import CallKey, KeyedPricing
from routefit.ledger.schema import CALLS, OUTCOMES, Table
from routefit.units import pico_usd_per_token_from_usd_per_mtok

CALL_COLUMNS_READ = (
    *("call_id", "unit_id", "workload", "route", "provider", "model", "customer", "started_at", "role", "status"),
    *("input_tokens", "cached_input_tokens", "output_tokens", "ttft_ms", "e2e_ms"),
)
"""The columns of a fleet that the rules read; the scan that they are held against reads the same."""


UNITS_FILES = "built/derived/units-*.parquet"
"""The units that `prepare` builds."""


def prepare(fleet: Fleet, folder: Path) -> None:
    """The stored calls, whole and by day, the stored outcomes, and the units."""
    folder.mkdir(parents=True, exist_ok=True)
    with connect(threads=1) as engine:
        write(engine, stored(engine, CALLS, calls_query(fleet)), folder / "calls.parquet")
        write(engine, stored(engine, OUTCOMES, outcomes_query(fleet)), folder / "outcomes.parquet")
        days = engine.execute(
            f"SELECT DISTINCT CAST(started_at AS DATE) FROM {quoted(folder / 'calls.parquet')}"
        ).fetchall()
        for (on,) in days:
            rows = f"SELECT * FROM {quoted(folder / 'calls.parquet')} WHERE CAST(started_at AS DATE) = DATE '{on}'"
            write(engine, rows, folder / f"day-{on}.parquet")
        state = build_units(engine, folder, folder / "built")
    (folder / "state.json").write_text(state.model_dump_json())


def stored(engine: duckdb.DuckDBPyConnection, table: Table, given: str) -> str:
    """SQL of these rows in the columns in which the ledger stores them."""
    names = engine.sql(given).columns
    columns = ", ".join(
        f"CAST({column.name if column.name in names else 'NULL'} AS {column.sql_type}) AS {column.stored_name}"
        for column in table.columns
    )
    return f"SELECT {columns}, row_number() OVER () AS source_row FROM ({given})"


def write(engine: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    """The rows of a query as Parquet."""
    engine.execute(f"COPY ({query}) TO {quoted(path)} (FORMAT parquet)")


def keyed_pricing() -> Mapping[CallKey, KeyedPricing]:
    """Prices of the fleet's routes."""
    return {
        CallKey(workload, route, provider, model, None, None, None): KeyedPricing(
            workload=workload,
            route=route,
            is_region_allowed=True,
            pricing=Pricing(rows=(price_row(input_usd, output_usd),)),
        )
        for workload in WORKLOADS
        for route, (provider, model, _, input_usd, output_usd) in ROUTES.items()
    }


def workloads() -> dict[str, Workload | None]:
    """One workload with objectives and a cost of people, one with some of it, one that no file declares."""
    given: dict[str, dict[str, object]] = {
        "support": {"slo": {"ttft_ms": 850, "e2e_ms": 5000}, "human": {"usd_per_escalation": 0.4}},
        "extraction": {"slo": {"e2e_ms": 5000}, "unit": {"retry_budget": 2}},
    }
    declared = {name: Workload.model_validate({"id": name, **rest}) for name, rest in given.items()}
    return {name: declared.get(name) for name in WORKLOADS}


def price_row(input_usd: float, output_usd: float) -> PriceRow:
    """One price for all times and lengths; cached input at a tenth."""
    plain = pico_usd_per_token_from_usd_per_mtok(Decimal(str(input_usd)))
    return PriceRow(
        input_pico_usd_per_token=plain,
        output_pico_usd_per_token=pico_usd_per_token_from_usd_per_mtok(Decimal(str(output_usd))),
        cache_read_pico_usd_per_token=plain // 10,
    )


def days_of_calls(folder: Path) -> list[DayOfCalls]:
    """The fleet's calls by day."""
    keys = frozenset(keyed_pricing())
    return [
        DayOfCalls(
            on=date.fromisoformat(path.stem.removeprefix("day-")),
            paths=(path,),
            segment_ids=(path.stem,),
            rows=1,
            keys=keys,
        )
        for path in sorted(folder.glob("day-*.parquet"))
    ]


def build_units(engine: duckdb.DuckDBPyConnection, folder: Path, ledger_dir: Path) -> State:
    """Units from all calls, written."""
    builder = UnitsBuilder(engine, DerivedFolder(ledger_dir), days_of_calls(folder), keyed_pricing())
    return builder.refresh(State())


def build_cells(engine: duckdb.DuckDBPyConnection, folder: Path, ledger_dir: Path, state: State) -> State:
    """Cells from the units of a state and all outcomes, written."""
    create_pricing(engine, keyed_pricing().items())
    outcomes = [JudgementFile("outcomes", folder / "outcomes.parquet")]
    calls = [path for day in days_of_calls(folder) for path in day.paths]
    builder = CellsBuilder(
        engine, DerivedFolder(ledger_dir), Judgements(outcomes=outcomes), rules_table(workloads()), calls
    )
    return builder.refresh(state)


def start(_folder: Path) -> None:
    """What every child here does before it reads a row: imports, the engine, prices and rules."""
    with connect(threads=1):
        keyed_pricing()
        rules_table(workloads())


def raw(folder: Path) -> None:
    """Cells from calls and outcomes, all rules, as the first question over a new ledger builds them."""
    with tempfile.TemporaryDirectory() as ledger, connect(threads=1) as engine:
        build_cells(engine, folder, Path(ledger), build_units(engine, folder, Path(ledger)))


def units(folder: Path) -> None:
    """Units from calls."""
    with tempfile.TemporaryDirectory() as ledger, connect(threads=1) as engine:
        build_units(engine, folder, Path(ledger))


def cells(folder: Path) -> None:
    """Cells from the stored units and the outcomes."""
    state = State.model_validate_json((folder / "state.json").read_text())
    with connect(threads=1) as engine:
        built = build_cells(engine, folder, folder / "built", state)
        if built.cells is not None:
            DerivedFolder(folder / "built").path(built.cells).unlink()


if __name__ == "__main__":
    {"start": start, "raw": raw, "units": units, "cells": cells}[sys.argv[1]](Path(sys.argv[2]))
