"""Which staged rows are already in the ledger, and which contradict it.

The new keys probe the key columns of the stored files; nothing else of those is read. The same key with the
same content digest is a duplicate, with another one a conflict. The digest is the engine's own hash, a
rebuildable index: where a stored file was written under another hash (its canary differs), the digest is
computed anew from its content.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from routefit.ledger.engine import quoted
from routefit.ledger.fast_reader import identifier
from routefit.ledger.manifest import Segment
from routefit.ledger.schema import Table

_CANARY_SQL = "SELECT hash('routefit', 1::BIGINT, NULL, 0.5::DOUBLE, TIMESTAMP '2026-01-01', true)::VARCHAR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A staged row whose key another row has with other content."""

    row: int
    key: str
    other_source: str | None
    other_row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """What must not be added: rows that are there already, and rows that contradict."""

    duplicates: int
    conflicts: tuple[Conflict, ...]


NOTHING = Overlap(duplicates=0, conflicts=())


def hash_canary(con: duckdb.DuckDBPyConnection) -> str:
    """What the engine's hash makes of a fixed value; another answer means another hash function."""
    found = con.execute(_CANARY_SQL).fetchone()
    return str(found[0]) if found else ""


def content_hash_sql(table: Table) -> str:
    """The digest of a row's content, 63 bits."""
    return f"CAST(hash({', '.join(identifier(name) for name in table.stored_names)}) >> 1 AS BIGINT)"


def _key_hash_sql(table: Table) -> str:
    return f"hash({', '.join(identifier(name) for name in table.stored_key)})"


def _files(paths: Sequence[Path]) -> str:
    return f"read_parquet([{', '.join(quoted(str(path)) for path in paths)}], hive_partitioning = false)"


def drop_repeated(con: duckdb.DuckDBPyConnection, table: Table, parts: Sequence[Path]) -> Overlap:
    """Rows of the staged files whose key came earlier in the same import; they are removed from the files."""
    if not parts:
        return NOTHING
    found = con.execute(
        f"SELECT count(*) - count(DISTINCT {_key_hash_sql(table)}) FROM {_files(parts)}"
    ).fetchone()
    if not found or not found[0]:
        return NOTHING
    key = ", ".join(identifier(name) for name in table.stored_key)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE overlap AS SELECT source_row AS row, first_row AS other_row,"
        f" NULL::VARCHAR AS other_file, {_key_text(table)} AS key_text, content_hash = first_hash AS is_same"
        f" FROM (SELECT {key}, source_row, content_hash, first_value(source_row) OVER w AS first_row,"
        f" first_value(content_hash) OVER w AS first_hash FROM {_files(parts)}"
        f" WINDOW w AS (PARTITION BY {key} ORDER BY source_row)) WHERE source_row <> first_row"
    )
    return _drop(con, parts, {})


def drop_known(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    parts: Sequence[Path],
    segments: Sequence[Segment],
    canary: str,
) -> Overlap:
    """Rows of the staged files whose key is in the stored `segments`; they are removed from the staged files."""
    if not segments or not parts:
        return NOTHING
    is_current = all(segment.hash_canary == canary for segment in segments)
    digest = "content_hash" if is_current else content_hash_sql(table)
    key = [identifier(name) for name in table.stored_key]
    same_key = " AND ".join(f"staged.{name} IS NOT DISTINCT FROM known.{name}" for name in key)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE overlap AS SELECT staged.source_row AS row,"
        f" arg_min(known.source_row, (known.digest <> staged.content_hash, known.filename)) AS other_row,"
        f" arg_min(known.filename, (known.digest <> staged.content_hash, known.filename)) AS other_file,"
        f" any_value(staged.key_text) AS key_text, bool_or(known.digest = staged.content_hash) AS is_same"
        f" FROM (SELECT {', '.join(key)}, source_row, content_hash, {_key_text(table)} AS key_text,"
        f" {_key_hash_sql(table)} AS key_hash FROM {_files(parts)}) staged JOIN"
        f" (SELECT {', '.join(key)}, source_row, {digest} AS digest, filename, {_key_hash_sql(table)} AS key_hash"
        f" FROM {_files([segment.path for segment in segments])}) known"
        f" ON staged.key_hash = known.key_hash AND {same_key} GROUP BY staged.source_row"
    )
    return _drop(con, parts, {str(segment.path): segment.source_name for segment in segments})


def _key_text(table: Table) -> str:
    ids = [name for name in table.stored_key if name.endswith("_id")]
    texts = ", ".join(f"CAST({identifier(name)} AS VARCHAR)" for name in ids or table.stored_key)
    return f"coalesce({texts})" if ids else f"concat_ws(' ', {texts})"


def _drop(con: duckdb.DuckDBPyConnection, parts: Sequence[Path], sources: dict[str, str]) -> Overlap:
    found = con.execute("SELECT count(*) FILTER (is_same), count(*) FILTER (NOT is_same) FROM overlap").fetchone()
    duplicates, conflicts = found or (0, 0)
    if not duplicates and not conflicts:
        return NOTHING
    rows = con.execute(
        "SELECT row, key_text, other_file, other_row FROM overlap WHERE NOT is_same ORDER BY row"
    ).fetchall()
    for part in parts:
        _rewrite_without_overlap(con, part)
    return Overlap(
        duplicates=duplicates,
        conflicts=tuple(
            Conflict(row=row, key=key, other_source=sources.get(file) if file else None, other_row=other)
            for row, key, file, other in rows
        ),
    )


def _rewrite_without_overlap(con: duckdb.DuckDBPyConnection, part: Path) -> None:
    file = _files([part])
    found = con.execute(f"SELECT count(*) FROM {file} WHERE source_row IN (SELECT row FROM overlap)").fetchone()
    if found and found[0]:
        rewritten = part.with_suffix(".rewritten")
        con.execute(
            f"COPY (SELECT * FROM {file} WHERE source_row NOT IN (SELECT row FROM overlap))"
            f" TO {quoted(str(rewritten))} (FORMAT parquet)"
        )
        rewritten.replace(part)
