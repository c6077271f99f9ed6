"""What importing one file does with its rows, good and bad."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from routefit.errors import BadInputError, LedgerError
from routefit.ledger.import_summary import ImportSummary
from routefit.ledger.importing import import_file
from routefit.ledger.manifest import HASH_KEY_VARIABLE, Manifest
from routefit.ledger.schema import MAX_LINE_BYTES, TableKind

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
CALL: dict[str, Any] = {"call_id": "c1", "started_at": "2026-06-01T10:00:00Z"}
OUTCOME: dict[str, Any] = {"unit_id": "u1", "accepted": True}


def put(path: Path, *rows: Any) -> Path:
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return path


def bring(
    tmp_path: Path,
    file: Path,
    kind: TableKind = "calls",
    *,
    strict: bool = False,
    keep: bool = False,
    now: datetime = NOW,
) -> ImportSummary:
    (summary,) = import_file(
        tmp_path / "ledger", kind, file, mapping=None, strict=strict, keep_identifiers=keep, now=now
    )
    return summary


def stored(tmp_path: Path, kind: TableKind = "calls") -> list[dict[str, Any]]:
    with Manifest(tmp_path / "ledger") as manifest:
        paths = [segment.path for segment in manifest.visible(kind)]
    rows = [row for path in paths for row in pq.read_table(path, partitioning=None).to_pylist()]
    return sorted(rows, key=lambda row: (row["source_row"], str(row)))


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        pytest.param("input_tokens", -1, "negative", id="negative tokens"),
        pytest.param("input_tokens", 1.6, "whole number", id="a fraction of a token"),
        pytest.param("output_tokens", 10**9 + 1, "too large", id="absurd tokens"),
        pytest.param("input_tokens", "many", "not a number", id="tokens in words"),
        pytest.param("input_tokens", True, "not a number", id="a boolean is no number"),
        pytest.param("input_tokens", [1], "a list", id="a list of tokens"),
        pytest.param("role", "frist", "did you mean 'first'", id="misspelt role"),
        pytest.param("status", "OK", "did you mean 'ok'", id="status in capitals"),
        pytest.param("started_at", "2026-06-01T10:00:00", "utc", id="naive time"),
        pytest.param("started_at", "yesterday", "ISO 8601", id="no time at all"),
        pytest.param("started_at", "1970-01-01T00:00:00Z", "2000 to 2099", id="the epoch"),
        pytest.param("started_at", "2100-01-01T00:00:00Z", "2000 to 2099", id="far future"),
        pytest.param("started_at", None, "absent", id="no time given"),
        pytest.param("call_id", None, "absent", id="no id"),
        pytest.param("call_id", "", "empty", id="empty id"),
        pytest.param("session_id", "", "empty", id="empty session id"),
        pytest.param("call_id", "x" * 1001, "1,001 characters", id="endless id"),
        pytest.param("ttft_ms", -0.5, "negative", id="negative latency"),
        pytest.param("e2e_ms", "inf", "not a number", id="infinite latency"),
        pytest.param("cost_usd", -0.01, "negative", id="negative cost"),
        pytest.param("cost_usd", 1_000_000, "too large", id="absurd cost"),
        pytest.param("cost_usd", "1_0", "not a number", id="underscores"),
        pytest.param("stream", "yes", "neither true nor false", id="yes is no boolean"),
        pytest.param("attributes", "[1]", "not a JSON object", id="attributes that are a list"),
        pytest.param("model", {"name": "x"}, "an object", id="nested model"),
    ],
)
def test_a_bad_value_rejects_its_row_and_says_where_and_why(
    field: str, value: Any, reason: str, tmp_path: Path
) -> None:
    good = {**CALL, "call_id": "good"}
    summary = bring(tmp_path, put(tmp_path / "calls.jsonl", good, {**CALL, field: value}))
    assert (summary.read, summary.imported, summary.rejected) == (2, 1, 1)
    (reject,) = summary.rejects
    assert (reject.file, reject.line, reject.field) == (str(tmp_path / "calls.jsonl"), 2, field)
    assert reason in reject.reason
    assert summary.reject_file is not None
    assert json.loads(summary.reject_file.read_text())["reason"] == reject.reason
    assert [row["call_id"] for row in stored(tmp_path)] == ["good"]


def test_cached_and_written_tokens_must_fit_into_the_input(tmp_path: Path) -> None:
    fits = {**CALL, "input_tokens": 10, "cached_input_tokens": 6, "cache_write_tokens": 4}
    unknown = {**CALL, "call_id": "c2", "cached_input_tokens": 6}
    more = {**fits, "call_id": "c3", "cache_write_tokens": 5}
    summary = bring(tmp_path, put(tmp_path / "calls.jsonl", fits, unknown, more))
    assert (summary.imported, summary.rejected) == (2, 1)
    assert "cached_input_tokens (6) + cache_write_tokens (5) > input_tokens (10)" in summary.rejects[0].reason


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        pytest.param('{"call_id": "x", "started', "not valid JSON", id="cut line"),
        pytest.param("[1, 2]", "not a JSON object", id="a list"),
        pytest.param(
            '{"call_id": "' + "x" * MAX_LINE_BYTES + '"}', "longer than 10 MB", id="line above the limit"
        ),
        pytest.param('{"call_id": NaN}', "not valid JSON", id="NaN"),
    ],
)
def test_a_line_that_is_no_row_is_rejected_and_the_rest_goes_in(line: str, reason: str, tmp_path: Path) -> None:
    summary = bring(tmp_path, put(tmp_path / "calls.jsonl", CALL, "", line, {**CALL, "call_id": "c2"}))
    assert (summary.read, summary.imported, summary.rejected) == (3, 2, 1)
    assert summary.rejects[0].line == 3
    assert reason in summary.rejects[0].reason
    assert [row["source_row"] for row in stored(tmp_path)] == [1, 4]


def test_strict_refuses_all_and_writes_nothing(tmp_path: Path) -> None:
    file = put(tmp_path / "calls.jsonl", CALL, {**CALL, "call_id": "c2", "input_tokens": -1})
    with pytest.raises(BadInputError, match=r"calls\.jsonl:2: input_tokens -1 is negative"):
        bring(tmp_path, file, strict=True)
    assert stored(tmp_path) == []
    assert not list((tmp_path / "ledger").rglob("*.parquet"))
    assert not (tmp_path / "ledger" / "rejects").exists()
    assert bring(tmp_path, file).imported == 1


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        pytest.param("calls.jsonl", b"", "is empty", id="empty file"),
        pytest.param("calls.jsonl", b"\n\n", "no rows", id="only blank lines"),
        pytest.param("calls.csv", b"call_id,started_at\n", "no rows", id="only a header"),
        pytest.param("calls.csv", b"call_id,call_id\na,b\n", "'call_id' twice", id="a column twice"),
        pytest.param("calls.json", b'[{"call_id": "x",\n }]', r"calls\.json:2", id="malformed document"),
        pytest.param("calls.txt", b"x", "format", id="unknown suffix"),
        pytest.param("calls.jsonl.gz", gzip.compress(b"x" * 9999)[:-6], "not a whole gzip", id="truncated gzip"),
        pytest.param("calls.jsonl.gz", b"not gzip", "not a whole gzip", id="no gzip"),
        pytest.param("calls.jsonl.gz", gzip.compress(b""), "is empty", id="empty gzip"),
        pytest.param("calls.parquet", b"PAR1 not really", "Parquet", id="no Parquet"),
        pytest.param("calls.jsonl", b'{"id": 1}\n', "did you mean|absent", id="all rejected"),
    ],
)
def test_a_file_of_which_nothing_can_be_imported_is_an_error(
    name: str, data: bytes, said: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(BadInputError, match=said) as caught:
        bring(tmp_path, tmp_path / name)
    assert caught.value.next_step
    assert stored(tmp_path) == []


def test_a_misspelt_required_column_names_the_nearest(tmp_path: Path) -> None:
    file = put(tmp_path / "calls.jsonl", {"call_id": "c", "startedat": "2026-06-01T10:00:00Z"})
    with pytest.raises(
        BadInputError, match="'startedat' is not known and was left out; did you mean 'started_at'"
    ):
        bring(tmp_path, file)


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="is not a file"):
        bring(tmp_path, tmp_path / "absent.jsonl")


def test_unknown_columns_warn_once_and_are_not_stored(tmp_path: Path) -> None:
    rows = [{**CALL, "call_id": f"c{i}", "prompt": "a secret text", "imput_tokens": 5} for i in range(3)]
    summary = bring(tmp_path, put(tmp_path / "calls.jsonl", *rows))
    assert summary.warnings == (
        "column 'prompt' is not known and was left out; did you mean 'prompt_version'?",
        "column 'imput_tokens' is not known and was left out; did you mean 'input_tokens'?",
    )
    stored_bytes = b"".join(path.read_bytes() for path in (tmp_path / "ledger").rglob("*") if path.is_file())
    assert b"a secret text" not in stored_bytes


def test_attributes_keep_short_plain_values_only(tmp_path: Path) -> None:
    attributes = {"team": "a", "n": 1, "prompt": "p" * 201, "messages": [{"content": "hello"}], "ok": None}
    summary = bring(tmp_path, put(tmp_path / "calls.jsonl", {**CALL, "attributes": attributes}))
    assert stored(tmp_path)[0]["attributes"] == '{"team":"a","n":1,"ok":null}'
    (warning,) = summary.warnings
    assert "2 values left out" in warning
    assert "'prompt'" in warning


def test_a_reject_never_shows_what_could_be_a_prompt(tmp_path: Path) -> None:
    canary = "please summarise the attached canary document for me"
    rows = [
        {**CALL, "call_id": "good"},
        {**CALL, "role": canary},
        {**CALL, "input_tokens": canary},
        {**CALL, "model": {"text": canary}},
        {**CALL, "customer": "", "reason": canary},
        '{"call_id": "' + canary,
    ]
    summary = bring(tmp_path, put(tmp_path / "calls.jsonl", *rows))
    assert summary.rejected == 5
    assert summary.reject_file is not None
    assert "canary" not in summary.reject_file.read_text()
    assert summary.rejects[0].value == f"a text of {len(canary)} characters"


@pytest.mark.parametrize(
    ("usd", "pico"),
    [
        pytest.param("1e-7", 100_000, id="exponent"),
        pytest.param("0.0000000000005", 1, id="half rounds away from zero"),
        pytest.param("0.00000000000049999999999999999999999999999999999999", 0, id="just below half"),
        pytest.param("0.12345678901249999999999", 123_456_789_012, id="a tie only as a float"),
        pytest.param("0.024265799999999997", 24_265_800_000, id="float noise"),
        pytest.param("999999.999999999999", 999_999_999_999_999_999, id="more digits than a float has"),
        pytest.param("0", 0, id="zero is zero"),
    ],
)
def test_money_is_exact_to_the_pico_after_a_round_trip(usd: str, pico: int, tmp_path: Path) -> None:
    line = json.dumps(CALL)[:-1] + f', "cost_usd": {usd}}}'
    bring(tmp_path, put(tmp_path / "calls.jsonl", line))
    table = tmp_path / "calls.csv"
    table.write_text(f"call_id,started_at,cost_usd\nc2,2026-06-01T10:00:00Z,{usd}\n")
    bring(tmp_path, table)
    assert {row["cost_pico_usd"] for row in stored(tmp_path)} == {pico}


def test_calls_lie_by_utc_day_and_times_are_utc(tmp_path: Path) -> None:
    late = {**CALL, "call_id": "c2", "started_at": "2026-06-01T23:30:00-02:00"}
    summary = bring(tmp_path, put(tmp_path / "calls.jsonl", CALL, late))
    assert str(summary.first_day) == "2026-06-01"
    assert str(summary.last_day) == "2026-06-02"
    with Manifest(tmp_path / "ledger") as manifest:
        segments = manifest.visible("calls")
    assert [(str(segment.day), segment.rows, segment.path.parent.name) for segment in segments] == [
        ("2026-06-01", 1, "2026-06-01"),
        ("2026-06-02", 1, "2026-06-02"),
    ]
    assert stored(tmp_path)[1]["started_at"] == datetime(2026, 6, 2, 1, 30)


def test_customers_are_hashed_with_a_key_unless_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = put(tmp_path / "calls.jsonl", {**CALL, "customer": "jane@example.com"})
    bring(tmp_path, file)
    (row,) = stored(tmp_path)
    assert len(row["customer"]) == 32
    assert "jane" not in row["customer"]
    monkeypatch.setenv(HASH_KEY_VARIABLE, "k")
    bring(tmp_path, put(tmp_path / "more.jsonl", {**CALL, "call_id": "c2", "customer": "jane@example.com"}))
    expected = hashlib.sha256(b"k:jane@example.com").hexdigest()[:32]
    assert {row["customer"] for row in stored(tmp_path)} > {expected}
    bring(tmp_path, put(tmp_path / "kept.jsonl", {**CALL, "call_id": "c3", "customer": "j"}), keep=True)
    assert "j" in {row["customer"] for row in stored(tmp_path)}


@pytest.mark.parametrize(
    ("tail", "reason"),
    [
        pytest.param('c2,2026-06-01T10:00:00Z,"sup', "unexpected end of data", id="a text that breaks off"),
        pytest.param('c2,"2026-06-01T10:00:00Z', "unexpected end of data", id="a time that breaks off"),
        pytest.param("c2,2026-06-01T10:0", "2 fields, expected the 3", id="a row that breaks off"),
        pytest.param('c2,2026-06-01T10:00:00Z,"sup"port\n', "expected after", id="text behind a quoted field"),
    ],
)
def test_a_broken_row_of_a_csv_is_refused_alone(tmp_path: Path, tail: str, reason: str) -> None:
    """As at the end of an export that was cut short: half a value is no value."""
    table = tmp_path / "calls.csv"
    table.write_text(f"call_id,started_at,workload\nc1,2026-06-01T10:00:00Z,support\n{tail}")
    summary = bring(tmp_path, table)
    assert (summary.imported, summary.rejected) == (1, 1)
    assert reason in summary.rejects[0].reason
    assert summary.rejects[0].line == 3


@pytest.mark.parametrize("form", ["jsonl", "ndjson", "json", "csv", "parquet", "jsonl.gz", "csv.gz", "json.gz"])
def test_every_format_gives_the_same_rows(form: str, tmp_path: Path) -> None:
    rows = [
        {**CALL, "input_tokens": 12, "cost_usd": 0.5, "stream": True, "model": "é"},
        {**CALL, "call_id": "c2", "input_tokens": None, "cost_usd": 1e-7, "stream": False, "model": "m"},
    ]
    path = tmp_path / f"calls.{form}"
    if form == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    else:
        if "csv" in form:
            text = "\n".join(
                [",".join(rows[0])]
                + [
                    ",".join(
                        "" if v is None else str(v).lower() if isinstance(v, bool) else str(v) for v in r.values()
                    )
                    for r in rows
                ]
            )
        elif form.startswith("json") and "jsonl" not in form:
            text = json.dumps(rows, indent=1)
        else:
            text = "\n".join(json.dumps(row) for row in rows)
        text = text.replace("2026-06-01t10:00:00z", "2026-06-01T10:00:00Z")
        path.write_bytes(gzip.compress(text.encode()) if form.endswith(".gz") else text.encode())
    bring(tmp_path, path)
    got = [
        (row["call_id"], row["input_tokens"], row["cost_pico_usd"], row["stream"], row["model"])
        for row in stored(tmp_path)
    ]
    assert got == [("c1", 12, 500_000_000_000, True, "é"), ("c2", None, 100_000, False, "m")]


def test_parquet_times_need_a_zone(tmp_path: Path) -> None:
    at = datetime(2026, 6, 1, 10, 0, 0, 5)
    for name, zone, kept in (("aware", "Europe/Rome", True), ("naive", None, False)):
        moment = at.replace(tzinfo=UTC) if zone else at
        table = pa.table({"call_id": [name], "started_at": pa.array([moment], pa.timestamp("us", tz=zone))})
        pq.write_table(table, tmp_path / f"{name}.parquet")
        if kept:
            bring(tmp_path, tmp_path / f"{name}.parquet")
        else:
            with pytest.raises(BadInputError, match="no time zone"):
                bring(tmp_path, tmp_path / f"{name}.parquet")
    assert [row["started_at"] for row in stored(tmp_path)] == [at]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        pytest.param({"unit_id": "u"}, "accepted is absent|is absent", id="no verdict at all"),
        pytest.param({"accepted": True}, "names nothing", id="about nothing"),
        pytest.param({"unit_id": "u", "accepted": "maybe"}, "neither true nor false", id="maybe"),
        pytest.param({**OUTCOME, "sampled": "some"}, "expected one of all, random", id="unknown sampling"),
        pytest.param({**OUTCOME, "human_usd": -1}, "negative", id="negative cost of people"),
    ],
)
def test_bad_outcomes_are_rejected(row: dict[str, Any], reason: str, tmp_path: Path) -> None:
    file = put(tmp_path / "outcomes.jsonl", {**OUTCOME, "unit_id": "good"}, row)
    summary = bring(tmp_path, file, "outcomes")
    assert (summary.imported, summary.rejected) == (1, 1)
    assert re.search(reason, str(summary.rejects[0]))


def test_an_unknown_verdict_is_null_and_present(tmp_path: Path) -> None:
    rows = [{"unit_id": "u1", "accepted": None}, OUTCOME | {"unit_id": "u2"}, {"unit_id": "u3", "accepted": False}]
    assert bring(tmp_path, put(tmp_path / "outcomes.jsonl", *rows), "outcomes").imported == 3
    assert [row["accepted"] for row in stored(tmp_path, "outcomes")] == [None, True, False]
    table = tmp_path / "outcomes.csv"
    table.write_text("unit_id,accepted\nv1,\nv2,true\nv3,false\n")
    assert bring(tmp_path, table, "outcomes").imported == 3


def test_the_ledger_cannot_be_made_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "ledger").write_text("in the way")
    with pytest.raises(LedgerError, match="cannot be written") as caught:
        bring(tmp_path, put(tmp_path / "calls.jsonl", CALL))
    assert caught.value.next_step


def test_a_read_only_manifest_is_named(tmp_path: Path) -> None:
    bring(tmp_path, put(tmp_path / "calls.jsonl", CALL))
    with Manifest(tmp_path / "ledger") as manifest:
        manifest._con.execute("PRAGMA query_only = ON")
        with pytest.raises(LedgerError, match="cannot be written"):
            manifest.set_setting("a", "b")


def test_what_was_known_at_an_instant_can_be_asked_for(tmp_path: Path) -> None:
    later = datetime(2026, 7, 2, tzinfo=UTC)
    bring(tmp_path, put(tmp_path / "a.jsonl", CALL))
    bring(tmp_path, put(tmp_path / "b.jsonl", {**CALL, "call_id": "c2"}), now=later)
    with Manifest(tmp_path / "ledger") as manifest:
        assert [len(manifest.visible("calls", as_of=at)) for at in (NOW.replace(hour=11), NOW, later)] == [0, 1, 2]
        assert manifest.latest_added_at() == later


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    import_file(
        tmp_path / "ledger",
        "calls",
        put(tmp_path / "calls.jsonl", CALL),
        now=NOW,
        on_progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(1, 1)]


def test_the_manifest_keeps_a_rollback_journal(tmp_path: Path) -> None:
    bring(tmp_path, put(tmp_path / "calls.jsonl", CALL))
    with sqlite3.connect(tmp_path / "ledger" / "manifest.sqlite") as con:
        assert con.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    con.close()
