"""The fast reader gives what the careful reader gives, on any file: it may take fewer rows, never other ones."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from routefit.ledger.careful_reader import read_carefully, source_rows
from routefit.ledger.fast_reader import (
    NotFastError,
    check_fast_rows,
    fast_rows_sql,
    passing_over_broken_lines,
)
from routefit.ledger.rejects import RejectLog
from routefit.ledger.schema import CALLS, OUTCOMES, Kind, Table
from routefit.ledger.source_file import scan
from thorough import examples

HASH_KEY = "a key 'with' quotes"


def careful(table: Table, path: Path) -> tuple[dict[int, dict[str, Any]], int]:
    source = scan(path)
    with tempfile.TemporaryDirectory() as folder:
        rejects = RejectLog(Path(folder) / "rejects.jsonl")
        into = Path(folder) / "rows.parquet"
        read_carefully(
            table,
            source_rows(source),
            file_name=str(path),
            hash_key=HASH_KEY,
            rejects=rejects,
            into=into,
        )
        rejects.close()
        rows = pq.read_table(into).to_pylist()
    return {row["source_row"]: row for row in rows}, rejects.count


def fast(table: Table, path: Path) -> tuple[dict[int, dict[str, Any]], int] | None:
    """Rows that the fast reader takes and the number it leaves; None when it leaves the whole file."""
    source = scan(path, counts_verdicts=table.kind == "outcomes")
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        try:
            sql, unknown = fast_rows_sql(table, source, hash_key=HASH_KEY)
            try:
                con.execute(f"CREATE TABLE rows AS {sql}")
            except duckdb.Error as error:
                if source.format != "jsonl" or "has duplicate key" in str(error):
                    return None
                con.execute(f"CREATE OR REPLACE TABLE rows AS {passing_over_broken_lines(sql)}")
            check_fast_rows(con, table, source, "rows", unknown)
        except (NotFastError, duckdb.Error):
            return None
        (left,) = con.execute("SELECT count(*) FROM rows WHERE needs_look").fetchone() or (0,)
        taken = con.execute("SELECT * EXCLUDE (needs_look) FROM rows WHERE NOT needs_look")
        names = [column[0] for column in taken.description or []]
        rows = [dict(zip(names, values, strict=True)) for values in taken.fetchall()]
    return {row["source_row"]: row for row in rows}, left


def assert_fast_is_right(table: Table, path: Path, *, must_take_all: bool = False) -> None:
    by_hand, rejected = careful(table, path)
    quick = fast(table, path)
    if quick is None:
        assert not must_take_all
        return
    taken, left = quick
    for number, row in taken.items():
        assert by_hand.get(number) == row
    assert len(taken) + left == len(by_hand) + rejected
    if must_take_all:
        assert left == 0


words = st.text(min_size=1, max_size=12)
plain_text = st.text(st.characters(codec="utf-8", exclude_characters='"\\\n\r\0[{'), min_size=1, max_size=12)
instants = st.datetimes().map(
    lambda at: at.replace(year=2000 + at.year % 100).isoformat() + "Z"
) | st.sampled_from(["2026-06-01T10:00:00+00:00", "2026-06-01T23:30:00.5-05:30", "2024-02-29T00:00:00.123456Z"])
costs = st.decimals(min_value=0, max_value=99, places=9).map(float) | st.sampled_from([0, 1e-7, 0.5, 3, 0.0])
CLEAN = {
    Kind.ID: plain_text,
    Kind.TEXT: plain_text,
    Kind.IDENTIFIER_OF_A_PERSON: plain_text,
    Kind.TOKENS: st.integers(0, 10**9),
    Kind.COUNT: st.integers(0, 10**6),
    Kind.AMOUNT: st.floats(0, 1e9) | st.integers(0, 10**9),
    Kind.SCORE: st.floats(-1e9, 1e9),
    Kind.USD: costs,
    Kind.INSTANT: instants,
    Kind.BOOLEAN: st.booleans(),
    Kind.OBJECT: st.dictionaries(
        plain_text, plain_text | st.integers(-(10**14), 10**14) | st.booleans() | st.none(), max_size=4
    ),
}
ODD: list[Any] = [
    1.6, 12.0, "12", "12.0", " 12 ", "1_000", "0x10", "1e3", 1e3, 1e22, -1, -0.0, 10**9 + 1, 10**30, True, "true",
    "True", "FALSE", "t", "", " ", "NaN", "nan", "inf", None, [], [1], {}, {"a": [1]}, {"a": 1.5, "b": "x" * 201},
    "[x", "{x", '{"a":1}', '{"a":1,"a":2}', "x" * 1001, "é" * 600, "x" * 201, "é" * 150,
    "\u0000", "a\nb", "𝒳", "2026-06-01T10:00:00",
    "2026-06-01 10:00:00Z", "2026-06-01T10:00:00.1234567Z", "2026-06-01T24:00:00Z", "1999-12-31T23:59:59Z",
    "2100-01-01T00:00:00Z", "2099-12-31T23:59:59-01:00", "2026-02-30T00:00:00Z", "2026-06-01T10:00:00+14:00",
    "2026-06-01T23:59:60Z", "2026-06-01", "20260601T100000Z", "2026-W23-1T10:00:00Z", "first",
    "First", "retry", "ok",
    0.1234567890125, 5e-13, 4.999e-13, 1.5e-12, 99.9999999999995, 150.25, 999999.999999, 1e6, "0.0000000000005",
    "0.00000000000049999999999999999999999999999999", 0.024265799999999997, ".5", "5.", "+5", 1e-5, 1e300, 1e-320,
    {"a\\b": "c\"d"}, {"k": 0.00001}, {"k": 1e16}, {"k": -0.0}, {"": ""}, {"n": None}, {"accepted": None},
]  # fmt: skip


def clean_rows(table: Table) -> st.SearchStrategy[dict[str, Any]]:
    fields = {
        c.name: st.sampled_from(c.allowed) if c.kind is Kind.CHOICE else CLEAN[c.kind] for c in table.columns
    }
    if table is OUTCOMES:
        return st.fixed_dictionaries(
            {"unit_id": fields["unit_id"], "accepted": st.booleans() | st.none()},
            optional={name: s for name, s in fields.items() if name not in ("unit_id", "accepted")},
        )
    return st.fixed_dictionaries(
        {"call_id": fields["call_id"], "started_at": fields["started_at"]},
        optional={
            name: s
            for name, s in fields.items()
            if name not in ("call_id", "started_at", "cached_input_tokens", "cache_write_tokens")
        },
    )


def any_rows(table: Table) -> st.SearchStrategy[dict[str, Any]]:
    spoilt = st.dictionaries(
        st.sampled_from([*table.names, "unknown", "Call_ID"]), st.sampled_from(ODD) | words, max_size=4
    )
    return st.tuples(clean_rows(table), spoilt).map(lambda pair: {**pair[0], **pair[1]})


def write_lines(path: Path, rows: list[Any], *, end: str = "\n") -> None:
    path.write_bytes("".join(json.dumps(row) + end for row in rows).encode())


def csv_text(table: Table, rows: list[dict[str, Any]], *, end: str = "\r\n") -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, table.names, extrasaction="ignore", lineterminator=end)
    writer.writeheader()
    for row in rows:
        writer.writerow({k: v if isinstance(v, str) or v is None else json.dumps(v) for k, v in row.items()})
    return out.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


@pytest.mark.parametrize("table", [CALLS, OUTCOMES], ids=["calls", "outcomes"])
@settings(max_examples=examples(60), deadline=None)
@given(data=st.data())
def test_clean_json_lines_are_read_alike_and_all_of_them_fast(
    table: Table, data: st.DataObject, folder: Path
) -> None:
    rows = data.draw(st.lists(clean_rows(table), min_size=1, max_size=6))
    path = folder / "clean.jsonl"
    write_lines(path, rows)
    is_plain = not any("attributes" in row or "other_usage" in row for row in rows)
    assert_fast_is_right(table, path, must_take_all=is_plain and table is CALLS)


@pytest.mark.parametrize("table", [CALLS, OUTCOMES], ids=["calls", "outcomes"])
@settings(max_examples=examples(300), deadline=None)
@given(data=st.data())
def test_any_json_lines_are_read_alike_or_left_to_the_careful_reader(
    table: Table, data: st.DataObject, folder: Path
) -> None:
    rows: list[Any] = data.draw(
        st.lists(any_rows(table) | st.sampled_from([[], 1, "x", None]), min_size=1, max_size=5)
    )
    path = folder / "any.jsonl"
    write_lines(path, rows)
    assert_fast_is_right(table, path)


@pytest.mark.parametrize("column", [*CALLS.columns], ids=lambda column: column.name)
def test_every_odd_value_in_every_column_of_calls(column: Any, folder: Path) -> None:
    path = folder / "odd.jsonl"
    base = {"call_id": "c", "started_at": "2026-06-01T10:00:00Z"}
    write_lines(path, [{**base, column.name: value} for value in ODD])
    assert_fast_is_right(CALLS, path)
    quick = fast(CALLS, path)
    assert quick is not None, "the engine must pass over single rows, not give up on the file"


@pytest.mark.parametrize("table", [CALLS, OUTCOMES], ids=["calls", "outcomes"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
@settings(max_examples=examples(100), deadline=None)
@given(data=st.data())
def test_csv_is_read_alike_or_left_to_the_careful_reader(
    table: Table, end: str, data: st.DataObject, folder: Path
) -> None:
    rows = data.draw(st.lists(any_rows(table), min_size=1, max_size=4))
    path = folder / "any.csv"
    path.write_bytes(csv_text(table, rows, end=end).encode("utf-8", "replace"))
    assert_fast_is_right(table, path)


ROW = b'{"call_id":"c","started_at":"2026-06-01T10:00:00Z"}'


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\xef\xbb\xbf" + ROW + b"\n", id="byte-order mark"),
        pytest.param(ROW + b"\r\n" + ROW.replace(b'"c"', b'"d"') + b"\r\n", id="crlf"),
        pytest.param(b"\n" + ROW + b"\n\n  \n" + ROW.replace(b'"c"', b'"d"'), id="blank lines"),
        pytest.param(ROW + b" " + ROW + b"\n", id="two rows on a line"),
        pytest.param(ROW[:-1] + b"\n" + ROW + b"\n", id="cut line"),
        pytest.param(b'{\n"call_id":"c",\n"started_at":"2026-06-01T10:00:00Z"}\n', id="one row on several lines"),
        pytest.param(ROW + b"\n\xff\xfe\n" + ROW + b"\n", id="no UTF-8"),
        pytest.param(b'{"call_id":"\\ud800","started_at":"2026-06-01T10:00:00Z"}\n' + ROW, id="lone surrogate"),
        pytest.param(b'{"call_id":"a","call_id":"b","started_at":"2026-06-01T10:00:00Z"}\n', id="a name twice"),
        pytest.param(ROW[:-1] + b',"cost_usd":NaN}\n' + ROW + b"\n", id="NaN"),
        pytest.param(ROW[:-1] + b',"ttft_ms":1e400}\n' + ROW + b"\n", id="infinite"),
        pytest.param(ROW[:-1] + b',"input_tokens":012}\n' + ROW + b"\n", id="leading zero"),
        pytest.param(ROW[:-1] + b',"input_tokens":5,}\n' + ROW + b"\n", id="trailing comma"),
        pytest.param(ROW[:-1] + b"} // x\n" + ROW + b"\n", id="comment"),
        pytest.param(b"[" + ROW + b"]\n" + ROW + b"\n", id="a list on a line"),
        pytest.param(ROW[:-1] + b',"attributes":{"a":{"b":1}}}\n', id="nested attributes"),
        pytest.param(ROW[:-1] + b',"attributes":{"a":"1","a":"2"}}\n', id="an attribute twice"),
        pytest.param(ROW[:-1] + b', "cost_usd" : 0.12345678901249999999999}\n', id="hidden tie"),
        pytest.param(ROW[:-1] + b', "cost_usd" : 55.0000000000005}\n', id="tie"),
        pytest.param(b"[" * 5000 + b"\n" + ROW + b"\n", id="deep nesting"),
    ],
)
def test_odd_files_are_read_alike_or_left_to_the_careful_reader(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "odd.jsonl"
    path.write_bytes(data)
    assert_fast_is_right(CALLS, path)


@settings(max_examples=examples(200), deadline=None)
@given(usd=st.decimals(min_value=0, max_value=99, places=14))
@example(usd="0.1234567890125")
@example(usd="0.0000000000004999999999999999999")
def test_money_is_rounded_alike(usd: Any, folder: Path) -> None:
    path = folder / "money.jsonl"
    text = usd if isinstance(usd, str) else f"{usd:f}"
    path.write_bytes(ROW[:-1] + f',"cost_usd":{text}}}\n'.encode())
    assert_fast_is_right(CALLS, path)
