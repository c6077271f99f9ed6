"""The fast reader: the engine reads the file, converts and checks every row in one pass.

It takes only values in their canonical spelling and gives exactly what the careful reader gives. A row that it
does not take is marked and goes to the careful reader, which alone refuses rows; where the engine stumbles over
the file itself, `NotFastError` sends all of it there. All columns are read as text, because the engine's typed
readers turn 1.6 tokens into 2 and let a time without a zone pass.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from routefit.ledger.engine import quoted
from routefit.ledger.schema import (
    MAX_COUNT,
    MAX_LINE_BYTES,
    MAX_TOKENS,
    SNIFFED_LINES,
    TARGET_IDS,
    Column,
    Kind,
    Table,
)
from routefit.ledger.source_file import SourceFile, csv_header, json_line_values

_STOPPING, _PASSING_OVER = "ignore_errors = false", "ignore_errors = true"
_NAME_TWICE = "has duplicate key"

_NUMBER = r"[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?"
_TIME = (
    r"2[0-9]{3}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?"
    r"(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9])"
)
_MEMBER = r'"[^"\\]*":("[^"\\]*"|-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,6})?|true|false|null)'
_FLAT_OBJECT = r"\{(" + _MEMBER + r"(," + _MEMBER + r")*)?\}"


class NotFastError(Exception):
    """The file, or one row of it, needs the careful reader; the message says why (for people who debug)."""


def identifier(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def fast_rows_sql(table: Table, source: SourceFile, *, hash_key: str | None) -> tuple[str, list[str]]:
    """A SELECT of the stored columns, `source_row` and `needs_look` (not for this reader), and the unknown names.

    Raises `NotFastError` when the shape of the file already rules the fast reader out.
    """
    if not table.is_bulk:
        raise NotFastError("a small table is read row by row")
    if source.has_bom:
        raise NotFastError("the file starts with a byte-order mark")
    match source.format:
        case "jsonl":
            scan, unknown = _jsonl_scan(table, source)
        case "csv":
            scan, unknown = _csv_scan(table, source)
        case "parquet":
            scan, unknown = _parquet_scan(table, source)
        case "json":
            raise NotFastError("a JSON document is read as a whole")
    columns = ", ".join(
        f"{_stored(column, hash_key)} AS {identifier(column.stored_name)}" for column in table.columns
    )
    checks = [_refusal(column) for column in table.columns] + [_row_refusal(table)]
    cases = " ".join(f"WHEN {condition} THEN true" for condition in checks)
    return f"SELECT {columns}, source_row, CASE {cases} ELSE false END AS needs_look FROM ({scan})", unknown


def check_fast_rows(
    con: duckdb.DuckDBPyConnection, table: Table, source: SourceFile, staged: str, unknown: list[str]
) -> None:
    """Refuse what one row cannot show: rows that are not one line each, and verdicts that are absent, not null."""
    has_verdicts = table.kind == "outcomes"
    extra = (
        "count(*) FILTER (accepted IS NULL), count(*) FILTER (contains(attributes, '\"accepted\"'))"
        if has_verdicts
        else "0, 0"
    )
    found = con.execute(f"SELECT count(*), {extra} FROM {staged}").fetchone()
    rows, nulls, suspicious = found or (0, 0, 0)
    expected_lines = {"jsonl": rows, "csv": rows + 1}.get(source.format)
    if expected_lines is not None and expected_lines != source.lines:
        raise NotFastError("rows and lines differ in number")
    if source.format == "jsonl" and nulls and (nulls != source.null_verdicts or suspicious or unknown):
        raise NotFastError("a verdict may be absent")


def _jsonl_scan(table: Table, source: SourceFile) -> tuple[str, list[str]]:
    unknown: dict[str, None] = {}
    for number, row in json_line_values(source):
        if number > SNIFFED_LINES:
            break
        if type(row) is not dict:
            raise NotFastError(f"line {number} is no JSON object")
        unknown.update(dict.fromkeys(name for name in row if name not in table.names))
    columns = ", ".join(f"{identifier(name)}: 'VARCHAR'" for name in table.names)
    scan = (
        f"SELECT *, row_number() OVER () AS source_row FROM read_json({quoted(str(source.path))},"
        f" format = 'newline_delimited', maximum_object_size = {MAX_LINE_BYTES}, {_STOPPING},"
        f" columns = {{{columns}}})"
    )
    return scan, list(unknown)


def _csv_scan(table: Table, source: SourceFile) -> tuple[str, list[str]]:
    header = csv_header(source)
    known = [name for name in header if name in table.names]
    if table.kind == "outcomes" and "accepted" not in known:
        raise NotFastError("there is no column of verdicts")
    columns = ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in header)
    scan = (
        f"SELECT {_with_absent(table, {name: identifier(name) for name in known})},"
        f" row_number() OVER () + 1 AS source_row FROM read_csv({quoted(str(source.path))}, header = true,"
        f" auto_detect = false, delim = ',', quote = '\"', escape = '\"', nullstr = '', strict_mode = true,"
        f" max_line_size = {MAX_LINE_BYTES}, columns = {{{columns}}})"
    )
    return scan, [name for name in header if name not in table.names]


def _parquet_scan(table: Table, source: SourceFile) -> tuple[str, list[str]]:
    try:
        schema = pq.read_schema(source.path)
    except (OSError, ValueError) as error:
        raise NotFastError(f"no Parquet schema: {error}") from error
    if len(set(schema.names)) < len(schema.names):
        raise NotFastError("a column occurs twice")
    known: dict[str, str] = {}
    for field in schema:
        if field.name in table.names:
            known[field.name] = _parquet_text(field.name, str(field.type))
    if table.kind == "outcomes" and "accepted" not in known:
        raise NotFastError("there is no column of verdicts")
    scan = (
        f"SELECT {_with_absent(table, known)}, file_row_number + 1 AS source_row"
        f" FROM read_parquet({quoted(str(source.path))}, file_row_number = true)"
    )
    return scan, [name for name in schema.names if name not in table.names]


def _parquet_text(name: str, arrow_type: str) -> str:
    column = identifier(name)
    if arrow_type.startswith("timestamp[") and "tz=" in arrow_type:
        return f"strftime({column} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ')"
    if arrow_type in {"string", "large_string", "bool", "double", "int64", "int32", "int16", "int8"}:
        return f"CAST({column} AS VARCHAR)"
    raise NotFastError(f"column {name} has the type {arrow_type}")


def _with_absent(table: Table, known: dict[str, str]) -> str:
    return ", ".join(f"{known.get(name, 'CAST(NULL AS VARCHAR)')} AS {identifier(name)}" for name in table.names)


def _stored(column: Column, hash_key: str | None) -> str:
    name = identifier(column.name)
    match column.kind:
        case Kind.TOKENS | Kind.COUNT:
            return f"CAST(TRY_CAST({name} AS INTEGER) AS {column.sql_type})"
        case Kind.AMOUNT | Kind.SCORE:
            return f"TRY_CAST({name} AS DOUBLE)"
        case Kind.USD:
            return f"CAST({_usd(name)} * 1000000000000 AS BIGINT)"
        case Kind.INSTANT:
            return _instant(name)
        case Kind.BOOLEAN:
            return f"{name} = 'true'"
        case Kind.IDENTIFIER_OF_A_PERSON if hash_key is not None:
            return f"left(sha256({quoted(hash_key + ':')} || {name}), 32)"
        case _:
            return name


def _usd(name: str) -> str:
    return f"TRY_CAST({name} AS DECIMAL(18, 12))"


def _instant(name: str) -> str:
    return (
        f"CASE WHEN ends_with({name}, 'Z') THEN TRY_CAST({name} AS TIMESTAMP)"
        f" ELSE TRY_CAST({name} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' END"
    )


def _refusal(column: Column) -> str:
    """A condition that is true where the value needs the careful reader, and not true where it is absent."""
    name = identifier(column.name)
    match column.kind:
        case Kind.TEXT | Kind.ID | Kind.IDENTIFIER_OF_A_PERSON:
            starts_nested = f"({name} >= '[' AND {name} < '\\') OR ({name} >= '{{' AND {name} < '|')"
            return f"strlen({name}) NOT BETWEEN 1 AND {column.max_characters} OR {starts_nested}"
        case Kind.CHOICE:
            return f"{name} NOT IN ({', '.join(quoted(value) for value in column.allowed)})"
        case Kind.TOKENS | Kind.COUNT:
            most = MAX_TOKENS if column.kind is Kind.TOKENS else MAX_COUNT
            number = f"TRY_CAST({name} AS INTEGER)"
            return (
                f"({name} IS NOT NULL AND {number} IS NULL) OR {number} < 0 OR {number} > {most}"
                f" OR CAST({number} AS VARCHAR) <> {name}"
            )
        case Kind.AMOUNT | Kind.SCORE:
            sign = "-?" if column.kind is Kind.SCORE else ""
            return (
                f"({name} IS NOT NULL AND TRY_CAST({name} AS DOUBLE) IS NULL) OR strlen({name}) > 40"
                f" OR abs(TRY_CAST({name} AS DOUBLE)) > 1e30"
                f" OR NOT regexp_full_match({name}, {quoted(sign + _NUMBER)})"
            )
        case Kind.USD:
            return _usd_refusal(name)
        case Kind.INSTANT:
            required = f"{name} IS NULL OR " if column.is_required else ""
            return (
                f"{required}({name} IS NOT NULL AND {_instant(name)} IS NULL)"
                f" OR NOT regexp_full_match({name}, {quoted(_TIME)})"
                f" OR {_instant(name)} < TIMESTAMP '2000-01-01' OR {_instant(name)} >= TIMESTAMP '2100-01-01'"
            )
        case Kind.BOOLEAN:
            return f"{name} NOT IN ('true', 'false')"
        case Kind.MONEY | Kind.VALUE | Kind.EDGE:
            raise AssertionError(f"{column.name}: no bulk table has such a column")
        case Kind.OBJECT:
            return (
                f"{name} IS NOT NULL AND (NOT regexp_full_match({name}, {quoted(_FLAT_OBJECT)})"
                f' OR (strlen({name}) > 200 AND regexp_matches({name}, \'"[^"]{{201,}}"\'))'
                f" OR list_unique(json_keys({name})) <> len(json_keys({name})))"
            )


def _usd_refusal(name: str) -> str:
    """JSON numbers reach the engine's text through a double, which may hide a tie in the last pico-USD.

    Below 100 USD the text of the double rounds as the number in the file does, unless it is itself a tie.
    """
    usd = _usd(name)
    looks_like_a_tie = (
        f"(contains({name}, 'e') OR (ends_with({name}, '5') AND strlen({name}) - strpos({name}, '.') >= 13))"
    )
    return (
        f"({name} IS NOT NULL AND {usd} IS NULL) OR {usd} < 0 OR {usd} >= 100 OR strlen({name}) > 40"
        f" OR NOT regexp_full_match({name}, {quoted(_NUMBER)})"
        f" OR ({looks_like_a_tie} AND CAST({name} AS DECIMAL(18, 16)) * 10000000000000000 % 10000 = 5000)"
    )


def _row_refusal(table: Table) -> str:
    if table.kind == "outcomes":
        return f"coalesce({', '.join(TARGET_IDS)}) IS NULL"
    cached, written, whole = (
        f"coalesce(TRY_CAST({name} AS INTEGER), {absent})"
        for name, absent in (
            ("cached_input_tokens", 0),
            ("cache_write_tokens", 0),
            ("input_tokens", 2 * MAX_TOKENS),
        )
    )
    return f"call_id IS NULL OR {cached} + {written} > {whole}"


def stage_fast(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    source: SourceFile,
    *,
    hash_key: str | None,
    write: str,
    staged: str,
    folder: Path,
) -> list[str]:
    """Run `write` (a COPY with `{rows}` in the place of the SELECT) and check it; returns the unknown names."""
    rows, unknown = fast_rows_sql(table, source, hash_key=hash_key)
    try:
        try:
            con.execute(write.replace("{rows}", rows))
        except duckdb.Error as error:
            if source.format != "jsonl" or _NAME_TWICE in str(error):
                raise
            remove_staged(folder)
            con.execute(write.replace("{rows}", passing_over_broken_lines(rows)))
        check_fast_rows(con, table, source, staged, unknown)
    except duckdb.Error as error:
        raise NotFastError(str(error)) from error
    return unknown


def passing_over_broken_lines(rows: str) -> str:
    """The same SELECT, in which a line that is not JSON is a row without values (and so needs a look).

    Only a second choice: of a name that stands twice in a line it takes the first, the careful reader the last.
    """
    return rows.replace(_STOPPING, _PASSING_OVER)


def remove_staged(folder: Path) -> None:
    """Take away what a fast attempt has written."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_file():
            path.unlink()
        else:
            path.rmdir()
