"""The product's own SQL and pricing on a fleet, apart from import and storage, each step in a child of its own.

`python -m bench.formula STEP FOLDER`; `raw`: cells from raw calls, with all rules; `units`: units from calls,
written; `cells`: cells from these units. `prepare` writes the files that they read, in the columns of the ledger.
"""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path

import duckdb

from bench.fleet import ROUTES, WORKLOADS, Fleet, calls_query, outcomes_query
from routefit.declared.model import Workload
from routefit.lcpr.cost import Pricing
from routefit.lcpr.price import PriceRow
from routefit.ledger.building import create_pricing, register_table, view_costed_calls
from routefit.ledger.cells import rules_table
from routefit.ledger.engine import connect, parquet, statement
from routefit.ledger.pricing import CallKey, KeyedPricing
from routefit.ledger.schema import CALLS
from routefit.units import pico_usd_per_token_from_usd_per_mtok

CALL_COLUMNS_READ = (
    *("call_id", "unit_id", "workload", "route", "provider", "model", "customer", "started_at", "role", "status"),
    *("input_tokens", "cached_input_tokens", "output_tokens", "ttft_ms", "e2e_ms"),
)
"""The columns of a fleet that the rules read; the scan that they are held against reads the same."""


def prepare(fleet: Fleet, folder: Path) -> None:
    """The stored calls, the outcomes with their units' keys, the latest outcomes, and the units."""
    folder.mkdir(parents=True, exist_ok=True)
    with connect(threads=1) as engine:
        given = engine.sql(calls_query(fleet)).columns
        columns = ", ".join(
            f"CAST({column.name if column.name in given else 'NULL'} AS {column.sql_type}) AS {column.stored_name}"
            for column in CALLS.columns
        )
        write(engine, f"SELECT {columns} FROM ({calls_query(fleet)})", folder / "calls.parquet")
        targets = (
            "SELECT workload, route, unit_id, accepted, escalated, CAST(NULL AS BOOLEAN) AS within_slo, "
            "CAST(NULL AS BOOLEAN) AS compliant, CAST(NULL AS DOUBLE) AS human_minutes, "
            "CAST(NULL AS BIGINT) AS human_pico_usd, CAST(NULL AS VARCHAR) AS sampled, 1 AS known_order "
            f"FROM ({outcomes_query(fleet)})"
        )
        write(engine, targets, folder / "targets.parquet")
        view(engine, "outcome_targets", folder / "targets.parquet")
        write(engine, statement("outcomes_latest"), folder / "latest.parquet")
    units(folder)


def write(engine: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    """The rows of a query as Parquet."""
    engine.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")


def view(engine: duckdb.DuckDBPyConnection, name: str, path: Path) -> None:
    """A relation by that name on one Parquet file."""
    engine.execute(f"CREATE TEMP VIEW {name} AS SELECT * FROM {parquet([path])}")


def declare(engine: duckdb.DuckDBPyConnection) -> None:
    """The relations `pricing` and `rules`: prices of the fleet's routes; objectives and costs of its workloads."""
    keyed = {
        CallKey(workload, route, provider, model, None, None): KeyedPricing(
            workload=workload,
            route=route,
            is_region_allowed=True,
            pricing=Pricing(rows=(price_row(input_usd, output_usd),)),
        )
        for workload in WORKLOADS
        for route, (provider, model, _, input_usd, output_usd) in ROUTES.items()
    }
    create_pricing(engine, keyed.items())
    register_table(engine, "rules", rules_table(workloads()))


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


def units_query() -> str:
    """SQL of the units with the day that they belong to; needs `costed_calls`."""
    return f"SELECT *, CAST(first_started_at AS DATE) AS home_day FROM ({statement('units')}) AS u"


def view_calls(engine: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """The view `costed_calls` on the fleet's calls."""
    view_costed_calls(engine, [folder / "calls.parquet"])
    engine.execute("CREATE TEMP VIEW costed_calls AS SELECT * FROM all_calls")


def count_cells(engine: duckdb.DuckDBPyConnection) -> None:
    """All totals of all cells; needs `units`, `outcomes_latest` and `rules`."""
    engine.execute(f"CREATE TEMP VIEW accepted_units AS {statement('acceptance')}")
    engine.execute(statement("cells")).fetchall()


def start(_folder: Path) -> None:
    """What every child here does before it reads a row: imports, the engine, prices and rules."""
    with connect(threads=1) as engine:
        declare(engine)


def raw(folder: Path) -> None:
    """Cells straight from calls and outcomes, all rules, nothing stored in between."""
    with connect(threads=1) as engine:
        declare(engine)
        view_calls(engine, folder)
        engine.execute(f"CREATE TEMP VIEW units AS {units_query()}")
        engine.execute(
            f"CREATE TEMP VIEW outcome_targets AS SELECT * FROM {parquet([folder / 'targets.parquet'])}"
        )
        engine.execute(f"CREATE TEMP VIEW outcomes_latest AS {statement('outcomes_latest')}")
        count_cells(engine)


def units(folder: Path) -> None:
    """Units from calls, written."""
    with connect(threads=1) as engine:
        declare(engine)
        view_calls(engine, folder)
        write(engine, units_query(), folder / "units.parquet")


def cells(folder: Path) -> None:
    """Cells from the stored units and the latest outcomes."""
    with connect(threads=1) as engine:
        declare(engine)
        view(engine, "units", folder / "units.parquet")
        view(engine, "outcomes_latest", folder / "latest.parquet")
        count_cells(engine)


if __name__ == "__main__":
    {"start": start, "raw": raw, "units": units, "cells": cells}[sys.argv[1]](Path(sys.argv[2]))
