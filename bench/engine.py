"""What the ratios divide by: the engine alone, on one thread, doing the least that the product must do.

Run as a child: `python -m bench.engine start`, `… read IN.jsonl OUT.parquet`, `… scan GLOB COLUMN...`.
"""

from __future__ import annotations

import sys

import duckdb

CALL_COLUMNS = {
    "call_id": "VARCHAR",
    "unit_id": "VARCHAR",
    "workload": "VARCHAR",
    "route": "VARCHAR",
    "provider": "VARCHAR",
    "model": "VARCHAR",
    "started_at": "TIMESTAMPTZ",
    "role": "VARCHAR",
    "attempt_no": "INTEGER",
    "input_tokens": "BIGINT",
    "cached_input_tokens": "BIGINT",
    "output_tokens": "BIGINT",
    "ttft_ms": "DOUBLE",
    "e2e_ms": "DOUBLE",
    "status": "VARCHAR",
    "customer": "VARCHAR",
}


def connect() -> duckdb.DuckDBPyConnection:
    """An engine in memory on one thread."""
    engine = duckdb.connect()
    engine.execute("SET threads = 1")
    engine.execute("SET TimeZone = 'UTC'")
    return engine


def read(source: str, target: str) -> None:
    """Typed JSON lines to Parquet, nothing checked."""
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in CALL_COLUMNS.items())
    with connect() as engine:
        engine.execute(
            f"COPY (SELECT * FROM read_json('{source}', format = 'newline_delimited', columns = {{{columns}}})) "
            f"TO '{target}' (FORMAT parquet, COMPRESSION zstd)"
        )


def scan(pattern: str, *columns: str) -> None:
    """Touch every value of the columns (all of them where none is named), and no more."""
    with connect() as engine:
        rows = engine.sql(f"SELECT * FROM read_parquet('{pattern}', union_by_name = true)")
        kinds = dict(zip(rows.columns, map(str, rows.types), strict=True))
        touched = ", ".join(touch(name, kinds[name]) for name in columns or rows.columns)
        engine.execute(f"SELECT {touched} FROM read_parquet('{pattern}', union_by_name = true)").fetchall()


def touch(name: str, kind: str) -> str:
    """The cheapest aggregate that must read every value of a column; no statistic of the file answers it."""
    if kind == "VARCHAR":
        return f"sum(strlen({name}))"
    if kind.startswith("TIMESTAMP"):
        return f"sum(epoch_us({name}))"
    if kind in {"BOOLEAN", "DATE"} or "[" in kind or kind.startswith(("STRUCT", "MAP")):
        return f"count({name})"
    return f"sum({name})"


if __name__ == "__main__":
    if sys.argv[1] == "start":
        connect().close()
    elif sys.argv[1] == "read":
        read(*sys.argv[2:])
    else:
        scan(*sys.argv[2:])
