"""Rows of other formats: a batch at once gives what checking value by value gives, or is not taken."""

from __future__ import annotations

import math
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import example, given
from hypothesis import strategies as st

from routefit.ledger.batch_check import BatchCheck
from routefit.ledger.careful_reader import read_carefully, stored_schema
from routefit.ledger.conversion import NO_DAY
from routefit.ledger.converted_rows import ConvertedRows
from routefit.ledger.formats.format import FormatRow, Shared
from routefit.ledger.rejects import RejectLog
from routefit.ledger.row_check import RowCheck
from routefit.ledger.row_rules import RowRefusedError
from routefit.ledger.schema import CALLS, Column, Kind
from routefit.ledger.values import JsonNumber, LeftOut

KEY = "k"
SHARED_NAMES = ("provider", "model", "operation", "status", "attempt_no", "attributes")
ODD = st.one_of(
    st.text(max_size=4),
    st.integers(-2, 2**70),
    st.floats(),
    st.booleans(),
    st.just([]),
    st.just("x" * 1_001),
    st.just(JsonNumber("1.5e-05")),
)
MEMBERS = st.dictionaries(
    st.sampled_from(["tag.a", "tag.b", 'q"', "tag.é"]),
    st.one_of(st.text(max_size=5), st.integers(), st.floats(), st.just("y" * 201), st.just([1]), st.none()),
    max_size=3,
)


def usual(column: Column) -> st.SearchStrategy[Any]:
    """Values as a format mostly hands them on."""
    match column.kind:
        case Kind.CHOICE:
            return st.sampled_from(column.allowed)
        case Kind.TOKENS | Kind.COUNT:
            return st.integers(0, 10_000)
        case Kind.AMOUNT:
            return st.floats(0, 1e6) | st.integers(0, 9)
        case Kind.USD:
            return st.floats(0, 200) | st.decimals(0, 1, places=13).map(float)
        case Kind.INSTANT:
            return st.datetimes(datetime(1999, 1, 1), datetime(2101, 1, 1)).map(lambda at: f"{at.isoformat()}Z")
        case Kind.BOOLEAN:
            return st.booleans()
        case Kind.OBJECT:
            return MEMBERS
        case _:
            return st.text(min_size=1, max_size=8)


@st.composite
def columns(draw: st.DrawFn, names: tuple[str, ...], *, is_odd: bool) -> dict[str, Any]:
    chosen = draw(st.lists(st.sampled_from(names), unique=True, max_size=9))
    return {name: draw(ODD if is_odd and draw(st.booleans()) else usual(CALLS.column(name))) for name in chosen}


@st.composite
def batches(draw: st.DrawFn) -> list[FormatRow]:
    is_odd = draw(st.booleans())
    parts = [Shared(draw(columns(SHARED_NAMES, is_odd=False))) for _ in range(2)]
    rows = []
    for number in range(1, draw(st.integers(1, 6)) + 1):
        own = {"call_id": f"c{number}", "started_at": "2026-06-01T08:00:00.5Z"}
        own |= draw(columns(CALLS.names, is_odd=is_odd))
        shared = draw(st.sampled_from([None, *parts]))
        rows.append(FormatRow(number=number, kind="calls", row=own, shared=shared))
    return rows


def one_by_one(rows: list[FormatRow]) -> tuple[list[list[Any]], dict[str, tuple[int, str]]]:
    check = RowCheck(CALLS, hash_key=KEY, left_out=LeftOut())
    good = []
    for row in rows:
        try:
            good.append(check(row))
        except RowRefusedError:
            continue
    return good, check.left_out.by_column


def whole(row: FormatRow) -> dict[str, Any]:
    """The row with what it shares, as a line of JSON would have it."""
    assert isinstance(row.row, dict)
    shared = row.shared.columns if row.shared else {}
    joined = dict(shared) | {name: value for name, value in row.row.items() if value is not None}
    for name, value in row.row.items():
        if isinstance(value, dict) and isinstance(part := shared.get(name), dict):
            joined[name] = part | value
    return joined


@given(batches())
@example([FormatRow(number=1, kind="calls", row={"call_id": "c", "started_at": "2026-02-30T00:00:00Z"})])
@example([FormatRow(number=1, kind="calls", row={"call_id": "c", "started_at": "2026-01-01T24:00:00Z"})])
@example([FormatRow(number=1, kind="calls", row={"call_id": "c", "started_at": "2026-01-01T23:59:60Z"})])
def test_a_batch_at_once_gives_what_its_rows_give(rows: list[FormatRow]) -> None:
    left_out = LeftOut()
    check = RowCheck(CALLS, hash_key=KEY, left_out=left_out)
    batch = BatchCheck(CALLS, stored_schema(CALLS), check)(rows)

    good, dropped = one_by_one(rows)

    if batch is None:
        assert not left_out.by_column
    else:
        assert [list(row.values()) for row in batch.to_pylist()] == good
        assert left_out.by_column == dropped


@given(batches())
def test_rows_and_rejects_are_those_of_the_careful_reader(rows: list[FormatRow]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours, theirs = RejectLog(folder / "ours"), RejectLog(folder / "theirs")
        converted = ConvertedRows(CALLS, folder / "rows", file_name="f", hash_key=KEY, rejects=ours, no_day=NO_DAY)
        for row in rows:
            converted.add(row)
        converted.close()
        spelled = [(row.number, {name: _ended(value) for name, value in whole(row).items()}) for row in rows]
        read_carefully(CALLS, spelled, file_name="f", hash_key=KEY, rejects=theirs, into=folder / "careful")
        for log in (ours, theirs):
            log.close()

        files = [file for _, days in converted.days() for file in days]
        tables = [pq.read_table(file, partitioning=None) for file in files]
        found = pa.concat_tables(tables).to_pylist() if tables else []
        expected = pq.read_table(folder / "careful").to_pylist()

    by_number = {row["source_row"]: row for row in found}
    assert len(by_number) == len(found)
    assert by_number == {row["source_row"]: row for row in expected}
    assert [one.line for one in ours.first] == [one.line for one in theirs.first]


def _ended(value: Any) -> Any:
    """The value as JSON can spell it: a number without an end is null."""
    if isinstance(value, dict):
        return {name: _ended(item) for name, item in value.items()}
    return None if type(value) is float and not math.isfinite(value) else value
