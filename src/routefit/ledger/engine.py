"""The embedded engine: connections with bounded memory, and the SQL statements that ship with the package."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from importlib import resources
from pathlib import Path

import duckdb
import pyarrow as pa

MEMORY_LIMIT = "2GB"


@cache
def statement(name: str) -> str:
    """The text of `ledger/sql/NAME.sql`."""
    return (resources.files("routefit.ledger") / "sql" / f"{name}.sql").read_text(encoding="utf-8")


@cache
def statements_digest() -> str:
    """Changes with any shipped statement and with the engine: derived rows of another version are built again."""
    folder = resources.files("routefit.ledger") / "sql"
    texts = sorted((file.name, file.read_text(encoding="utf-8")) for file in folder.iterdir())
    # The engine's hash stands in the rows as an index, and another engine may hash differently.
    return hashlib.sha256(repr((duckdb.__version__, texts)).encode()).hexdigest()[:16]


def connect(spill_dir: Path | None = None, *, threads: int | None = None) -> duckdb.DuckDBPyConnection:
    """A connection of its own that answers in UTC and spills to `spill_dir` beyond its memory limit."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
    connection.execute("SET preserve_insertion_order = false")
    connection.execute("SET enable_progress_bar = false")
    if threads is not None:
        connection.execute(f"SET threads = {threads}")
    if spill_dir is not None:
        connection.execute("SET temp_directory = ?", [str(spill_dir)])
    return connection


def quoted(text: object) -> str:
    """A text, or a path, as an SQL literal."""
    return "'" + str(text).replace("'", "''") + "'"


def parquet(paths: Iterable[Path], *, names_file: bool = False) -> str:
    """A relation over Parquet files, for use after FROM; there must be at least one.

    `names_file` adds the column `filename`.
    """
    options = ", filename = true" if names_file else ""
    return f"read_parquet([{', '.join(map(quoted, paths))}]{options})"


def json_key(name: str) -> str:
    """Where the value of that key lies in a JSON object, whatever letters the key has."""
    return "/" + name.replace("~", "~0").replace("/", "~1")


def register_table(connection: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
    """Make an Arrow table a temporary table of the connection."""
    connection.register("arrow_rows", table)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM arrow_rows")
    connection.unregister("arrow_rows")
