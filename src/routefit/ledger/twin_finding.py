"""Which staged calls are second records of calls that another source logged.

The provider's response id decides where both records have one. Else two records are alike when both count the same
input and output tokens and started within two seconds of each other: where most of an import is alike, it holds
the calls of another source once more, and is refused until `sources` says who leads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from routefit.errors import BadInputError
from routefit.ledger.engine import quoted
from routefit.ledger.manifest import Segment
from routefit.ledger.staged_rows import merge_parts
from routefit.ledger.twins import Leads

ALIKE_MICROSECONDS = 2_000_000
REFUSED_RATE = 0.5
"""An import of which more than this share is alike to calls of another source is refused."""

TOLD_RATE = 0.05
LEAST_ALIKE_CALLS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundTwins:
    """Staged calls that became twins, those that were third records (left out), and what to tell."""

    twins: int = 0
    third_records: int = 0
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def take_twins(
    con: duckdb.DuckDBPyConnection,
    parts: Sequence[Path],
    known: Sequence[Segment],
    known_twins: Sequence[Segment],
    *,
    source_format: str,
    leads: Leads,
    into: Path,
) -> FoundTwins:
    """Move second records out of the staged files into `into`, one folder per day of the call they belong to.

    Raises `BadInputError` where most of the import are calls of another source and nobody says who leads.
    """
    others = [segment for segment in known if segment.source_format != source_format]
    if not others or not parts:
        return FoundTwins()
    files = ", ".join(quoted(part) for part in parts)
    staged = f"read_parquet([{files}], hive_partitioning = false)"
    _load_known(con, others, known_twins, staged)
    con.execute(f"CREATE OR REPLACE TEMP TABLE twin_pairs AS {_BY_RESPONSE_ID.format(staged=staged)}")
    alike = _pair_alike(con, staged)
    formats = sorted({segment.source_format for segment in others})
    total = _count(con, f"SELECT count(*) FROM {staged}") - _count(con, "SELECT count(*) FROM twin_pairs")
    is_declared = source_format in leads.declared or any(name in leads.declared for name in formats)
    warnings: tuple[str, ...] = ()
    if alike >= LEAST_ALIKE_CALLS and is_declared:
        con.execute("INSERT INTO twin_pairs SELECT * FROM alike_pairs")
    elif alike >= LEAST_ALIKE_CALLS and alike > REFUSED_RATE * total:
        raise BadInputError(
            f"{alike:,} of {total:,} calls look like calls that are known from {_listed(formats)}: the same tokens"
            " within two seconds, and no response id to tell",
            next_step="say in routefit.yaml who leads, such as"
            f" `sources: {{{formats[0]}: cost, {source_format}: structure}}`, and import the file again",
        )
    elif alike >= LEAST_ALIKE_CALLS and alike > TOLD_RATE * total:
        warnings = (
            f"{alike:,} of {total:,} calls look like calls that are known from {_listed(formats)} (the same tokens"
            " within two seconds); they count as calls of their own until `sources` says who leads",
        )
    return _move(con, parts, staged, source_format, into, warnings, formats)


def _load_known(
    con: duckdb.DuckDBPyConnection, others: Sequence[Segment], twins: Sequence[Segment], staged: str
) -> None:
    """`known_calls`: calls of other sources that started within a day of the staged ones."""
    ((first, last),) = con.execute(f"SELECT min(started_at)::DATE, max(started_at)::DATE FROM {staged}").fetchall()
    near = [s for s in others if s.day is not None and first is not None and (s.day - first).days >= -1]
    near = [s for s in near if s.day is not None and (s.day - last).days <= 1]
    if near:
        formats = " ".join(f"WHEN {quoted(s.path)} THEN {quoted(s.source_format)}" for s in near)
        files = ", ".join(quoted(s.path) for s in near)
        rows = (
            f"SELECT call_id, response_id, started_at, input_tokens, output_tokens, CASE filename {formats} END AS"
            f" format FROM read_parquet([{files}], filename = true, hive_partitioning = false)"
        )
    else:
        rows = (
            "SELECT CAST(NULL AS VARCHAR) AS call_id, CAST(NULL AS VARCHAR) AS response_id,"
            " CAST(NULL AS TIMESTAMP) AS started_at, CAST(NULL AS BIGINT) AS input_tokens,"
            " CAST(NULL AS BIGINT) AS output_tokens, CAST(NULL AS VARCHAR) AS format WHERE FALSE"
        )
    con.execute(f"CREATE OR REPLACE TEMP VIEW known_calls AS {rows}")
    taken = ", ".join(quoted(segment.path) for segment in twins)
    taken_rows = (
        f"SELECT of_call_id FROM read_parquet([{taken}], hive_partitioning = false)"
        if twins
        else "SELECT CAST(NULL AS VARCHAR) AS of_call_id WHERE FALSE"
    )
    con.execute(f"CREATE OR REPLACE TEMP VIEW known_twins AS {taken_rows}")


_BY_RESPONSE_ID = """
SELECT
    s.source_row,
    min(k.call_id) AS of_call_id,
    min(CAST(k.started_at AS DATE)) AS of_day,
    min(k.format) AS of_format
FROM {staged} AS s INNER JOIN known_calls AS k ON s.response_id = k.response_id
GROUP BY s.source_row
"""

_ALIKE = f"""
SELECT source_row, of_call_id, of_day, of_format
FROM (
    SELECT *, row_number() OVER (PARTITION BY of_call_id ORDER BY apart_us, source_row) AS place_of_call
    FROM (
        SELECT s.source_row, k.call_id AS of_call_id, CAST(k.started_at AS DATE) AS of_day, k.format AS of_format,
            abs(epoch_us(s.started_at) - epoch_us(k.started_at)) AS apart_us,
            row_number() OVER (PARTITION BY s.source_row
                ORDER BY abs(epoch_us(s.started_at) - epoch_us(k.started_at)), k.call_id) AS place_of_row
        FROM {{staged}} AS s INNER JOIN known_calls AS k
            ON s.input_tokens = k.input_tokens AND s.output_tokens = k.output_tokens
            AND s.input_tokens > 0
            AND (s.response_id IS NULL OR k.response_id IS NULL)
            AND abs(epoch_us(s.started_at) - epoch_us(k.started_at)) <= {ALIKE_MICROSECONDS}
        WHERE s.source_row NOT IN (SELECT source_row FROM twin_pairs)
            AND k.call_id NOT IN (SELECT of_call_id FROM twin_pairs)
    ) AS near
    WHERE place_of_row = 1
) AS nearest
WHERE place_of_call = 1
"""


def _pair_alike(con: duckdb.DuckDBPyConnection, staged: str) -> int:
    con.execute(f"CREATE OR REPLACE TEMP TABLE alike_pairs AS {_ALIKE.format(staged=staged)}")
    return _count(con, "SELECT count(*) FROM alike_pairs")


def _move(
    con: duckdb.DuckDBPyConnection,
    parts: Sequence[Path],
    staged: str,
    source_format: str,
    into: Path,
    warnings: tuple[str, ...],
    formats: Sequence[str],
) -> FoundTwins:
    paired = _count(con, "SELECT count(*) FROM twin_pairs")
    if not paired:
        return FoundTwins(warnings=warnings)
    # Of several records of one call the first is its twin; a call that has one already takes no other.
    con.execute(
        "CREATE OR REPLACE TEMP TABLE first_twins AS SELECT min(source_row) AS source_row, of_call_id,"
        " min(of_day) AS of_day, min(of_format) AS of_format FROM twin_pairs"
        " WHERE of_call_id NOT IN (SELECT of_call_id FROM known_twins) GROUP BY of_call_id"
    )
    twins = _count(con, "SELECT count(*) FROM first_twins")
    if twins:
        into.mkdir()
        con.execute(
            f"COPY (SELECT s.*, p.of_call_id, p.of_format, {quoted(source_format)} AS twin_format, p.of_day AS day"
            f" FROM {staged} AS s INNER JOIN first_twins AS p ON s.source_row = p.source_row)"
            f" TO {quoted(into)} (FORMAT parquet, PARTITION_BY (day))"
        )
        merge_parts(con, into)
    for part in parts:
        rest = part.with_suffix(".rest")
        con.execute(
            f"COPY (SELECT * FROM read_parquet({quoted(part)}, hive_partitioning = false)"
            f" WHERE source_row NOT IN (SELECT source_row FROM twin_pairs)) TO {quoted(rest)} (FORMAT parquet)"
        )
        rest.replace(part)
    note = f"{twins:,} calls are known from {_listed(formats)} too: each is one call, read from both records"
    return FoundTwins(twins=twins, third_records=paired - twins, warnings=warnings, notes=(note,) if twins else ())


def _count(con: duckdb.DuckDBPyConnection, query: str) -> int:
    found = con.execute(query).fetchone()
    return int(found[0]) if found else 0


def _listed(names: Sequence[str]) -> str:
    return " and ".join(names)
