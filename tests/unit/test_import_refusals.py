"""What a refused value may show, what typed columns may hold, and that no prompt gets in by a column of words."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from routefit.errors import BadInputError
from routefit.ledger.import_summary import ImportSummary
from routefit.ledger.importing import import_file
from routefit.ledger.schema import TableKind
from routefit.ledger.shown_names import shown_name
from routefit.ledger.values import shown

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
AT = "2026-06-01T10:00:00Z"
INSTANTS = pa.array([datetime(2026, 6, 1, tzinfo=UTC)], pa.timestamp("us", tz="UTC"))


def bring(tmp_path: Path, file: Path, kind: TableKind = "calls") -> ImportSummary:
    (summary,) = import_file(tmp_path / "ledger", kind, file, now=NOW)
    return summary


def lines(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        pytest.param(
            {"call_id": ["c1"], "started_at": pa.array([date(2026, 6, 1)])},
            ":1: started_at a date without a time",
            id="days instead of instants",
        ),
        pytest.param(
            {"call_id": pa.array([b"secret"]), "started_at": INSTANTS}, ":1: call_id 6 bytes", id="binary id"
        ),
        pytest.param(
            {"call_id": ["c1"], "started_at": INSTANTS, "customer": pa.array([b"secret"])},
            ":1: customer is 6 bytes, expected a plain value",
            id="binary identifier of a person",
        ),
        pytest.param(
            {"call_id": ["c1"], "started_at": INSTANTS, "e2e_ms": pa.array([5], pa.duration("ms"))},
            ":1: e2e_ms a value of the type timedelta",
            id="duration",
        ),
    ],
)
def test_parquet_types_without_a_text_are_refused_row_by_row(
    columns: dict[str, Any], said: str, tmp_path: Path
) -> None:
    file = tmp_path / "calls.parquet"
    pq.write_table(pa.table(columns), file)
    with pytest.raises(BadInputError, match="1 of 1 rows rejected") as caught:
        bring(tmp_path, file)
    assert f"{file}{said}" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "secret",
    [
        "sk-CANARY",
        "key-CANARY",
        "ghp_CANARY",
        "AKIACANARY",
        "Bearer CANARY",
        "CANARYabcdefghij12345",
        "CANARY@patients.example",
    ],
)
def test_what_looks_like_a_key_or_an_address_is_never_shown(secret: str, tmp_path: Path) -> None:
    good = {"call_id": "good", "started_at": AT}
    summary = bring(tmp_path, lines(tmp_path / "calls.jsonl", good, {**good, "call_id": "b", "status": secret}))
    (reject,) = summary.rejects
    assert reject.value == f"a text of {len(secret)} characters"
    assert summary.reject_file is not None
    assert "CANARY" not in str(reject) + summary.reject_file.read_text()


@pytest.mark.parametrize(
    "value",
    [
        "frist",
        "2026-06-01T10:00:00.123456",
        "2026-06-01 10:00:00.123456",
        "1000000000.000000000001",
        "a-long-word-without-digits",
        "gpt-4.1-mini",
    ],
)
def test_ordinary_values_are_shown(value: str) -> None:
    assert shown(value) == value


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("input_tokens", id="one of ours"),
        pytest.param("gen_ai.usage.input_tokens", id="an attribute"),
        pytest.param("Usage Start Date (UTC)", id="of a bill"),
        pytest.param("Größe [MB]", id="in another language"),
        pytest.param("x_amortized_cost_usd_2025_v2", id="long, with digits"),
    ],
)
def test_names_of_columns_are_shown(name: str) -> None:
    assert shown_name(name) == name


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("why does my left knee hurt so", id="a prompt"),
        pytest.param("sk-canary-271828", id="a key"),
        pytest.param("AIzaSyD4c0ffee1234567890abcdef", id="a key without a known start"),
        pytest.param("jane@patients.example", id="an address"),
        pytest.param('{"role": "user"}', id="JSON"),
        pytest.param("2026-06-01T10:00:00Z", id="a time"),
        pytest.param("0.0123", id="a number"),
        pytest.param("", id="nothing"),
    ],
)
def test_values_in_the_place_of_names_are_not_shown(value: str) -> None:
    """As in a CSV that was written without its header."""
    assert shown_name(value) == f"a text of {len(value)} characters"


@pytest.mark.parametrize(
    ("kind", "column"),
    [
        ("calls", "failure_class"),
        ("calls", "prompt_version"),
        ("calls", "model_version"),
        ("outcomes", "reason"),
        ("outcomes", "evaluated_by"),
        ("outcomes", "suite_version"),
    ],
)
@pytest.mark.parametrize("suffix", ["jsonl", "csv"])
def test_no_prompt_is_stored_by_a_column_of_words(
    kind: TableKind, column: str, suffix: str, tmp_path: Path
) -> None:
    prompt = "CANARY you are a helpful assistant. " * 6
    good = {"call_id": "c1", "started_at": AT} if kind == "calls" else {"call_id": "c1", "accepted": "true"}
    rows = [{**good, column: "x" * 200}, {**good, "call_id": "c2", column: prompt}]
    file = tmp_path / f"rows.{suffix}"
    if suffix == "csv":
        file.write_text("".join(",".join(row) + "\n" for row in ([*good, column], *map(_fields, rows))))
    else:
        lines(file, *rows)
    summary = bring(tmp_path, file, kind)
    assert (summary.imported, summary.rejected) == (1, 1)
    assert summary.rejects[0].reason == "has 216 characters, expected a text of at most 200"
    kept = b"".join(path.read_bytes() for path in (tmp_path / "ledger").rglob("*") if path.is_file())
    assert b"CANARY" not in kept


def _fields(row: dict[str, str]) -> list[str]:
    return list(row.values())


@pytest.mark.parametrize(("sign", "name"), [(";", "';'"), ("\t", "tabs")], ids=["semicolon", "tab"])
def test_another_separator_is_named(sign: str, name: str, tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    file.write_text(sign.join(["call_id", "started_at", "workload, as text"]) + f"\nc1{sign}{AT}{sign}w\n")
    with pytest.raises(BadInputError, match=f"seems to be separated by {name}") as caught:
        bring(tmp_path, file)
    assert "write it with commas" in (caught.value.next_step or "")


def test_a_known_column_beside_an_odd_name_is_no_other_separator(tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    file.write_text(f"call_id,started_at,a;b\nc1,{AT},x\n")
    assert bring(tmp_path, file).imported == 1
