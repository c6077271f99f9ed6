"""Importing twice, in any order and in pieces gives the same rows; contradictions are named with both places."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routefit.ledger import duplicates
from routefit.ledger.import_summary import ImportSummary
from routefit.ledger.importing import import_file
from routefit.ledger.manifest import Manifest
from routefit.ledger.schema import TableKind
from routefit.ledger.tables import TABLES

NOW = datetime(2026, 7, 1, tzinfo=UTC)


def put(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def bring(ledger: Path, kind: TableKind, file: Path) -> ImportSummary:
    (summary,) = import_file(ledger, kind, file, now=NOW)
    return summary


def content(ledger: Path, kind: TableKind) -> list[tuple[Any, ...]]:
    names = TABLES[kind].stored_names
    with Manifest(ledger) as manifest:
        tables = [pq.read_table(s.path, partitioning=None).to_pylist() for s in manifest.visible(kind)]
    return sorted(tuple(str(row[name]) for name in (*names, "content_hash")) for table in tables for row in table)


def call(number: int) -> dict[str, Any]:
    day = 1 + number % 3
    return {"call_id": f"c{number}", "started_at": f"2026-06-0{day}T10:00:00Z", "input_tokens": number}


def outcome(number: int) -> dict[str, Any]:
    return {
        "unit_id": f"u{number // 2}",
        "accepted": [True, False, None][number % 3],
        "decided_at": f"2026-06-0{1 + number % 2}T10:00:00Z",
    }


@pytest.mark.parametrize(("kind", "row"), [("calls", call), ("outcomes", outcome)])
@settings(max_examples=12, deadline=None)
@given(
    numbers=st.lists(st.lists(st.integers(0, 12), min_size=1, max_size=6), min_size=1, max_size=3), data=st.data()
)
def test_pieces_in_any_order_and_twice_give_the_same_rows(
    kind: TableKind, row: Any, numbers: list[list[int]], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(numbers + numbers[:1]))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole = sorted({number for piece in numbers for number in piece})
        bring(folder / "whole", kind, put(folder / "whole.jsonl", [row(number) for number in whole]))
        for index, piece in enumerate(order):
            file = put(folder / f"{index}.jsonl", [row(number) for number in piece])
            summary = bring(folder / "pieces", kind, file)
            assert summary.read == summary.imported + summary.duplicate + summary.rejected
            assert summary.rejected == 0
        assert content(folder / "pieces", kind) == content(folder / "whole", kind)


def test_the_same_file_again_is_answered_at_once(tmp_path: Path) -> None:
    file = put(tmp_path / "a.jsonl", [call(1), {**call(2), "input_tokens": -1}])
    first = bring(tmp_path / "ledger", "calls", file)
    file = file.rename(tmp_path / "renamed.jsonl")
    again = bring(tmp_path / "ledger", "calls", file)
    assert again.is_already_imported
    assert (again.read, again.imported, again.duplicate, again.rejected) == (2, 0, 1, 1)
    assert again.rejects == first.rejects
    assert (again.first_day, again.last_day) == (first.first_day, first.last_day)


def test_a_conflict_is_rejected_with_both_places(tmp_path: Path) -> None:
    first = put(tmp_path / "first.jsonl", [call(0), call(1)])
    second = put(tmp_path / "second.jsonl", [call(2), call(0), {**call(1), "input_tokens": 99}])
    bring(tmp_path / "ledger", "calls", first)
    summary = bring(tmp_path / "ledger", "calls", second)
    assert (summary.imported, summary.duplicate, summary.rejected, summary.conflicts) == (1, 1, 1, 1)
    (reject,) = summary.rejects
    assert (reject.file, reject.line, reject.field, reject.value) == (str(second), 3, "call_id", "c1")
    assert f"{first}:2" in reject.reason


def test_a_conflict_inside_one_file_is_rejected_with_both_lines(tmp_path: Path) -> None:
    file = put(tmp_path / "a.jsonl", [call(0), call(0), {**call(0), "model": "other"}])
    summary = bring(tmp_path / "ledger", "calls", file)
    assert (summary.imported, summary.duplicate, summary.conflicts) == (1, 1, 1)
    assert summary.rejects[0].line == 3
    assert f"{file}:1" in summary.rejects[0].reason


def test_a_later_verdict_is_a_new_row_and_a_contradiction_a_conflict(tmp_path: Path) -> None:
    verdict = {"unit_id": "u", "accepted": True, "decided_at": "2026-06-01T00:00:00Z"}
    later = {**verdict, "accepted": False, "decided_at": "2026-06-02T00:00:00Z"}
    by_other = {**verdict, "accepted": False, "evaluated_by": "people"}
    contradiction = {**verdict, "accepted": False}
    bring(tmp_path / "ledger", "outcomes", put(tmp_path / "a.jsonl", [verdict]))
    file = put(tmp_path / "b.jsonl", [verdict, later, by_other, contradiction])
    summary = bring(tmp_path / "ledger", "outcomes", file)
    assert (summary.imported, summary.duplicate, summary.conflicts) == (2, 1, 1)
    assert "a later one needs a later decided_at" in summary.rejects[0].reason


def test_another_hash_function_is_noticed_and_the_digests_computed_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(tmp_path / "ledger", "calls", put(tmp_path / "a.jsonl", [call(0), call(1)]))
    monkeypatch.setattr("routefit.ledger.importing.hash_canary", lambda con: "another engine")
    monkeypatch.setattr(
        "routefit.ledger.staged_rows.content_hash_sql",
        lambda table: f"({duplicates.content_hash_sql(table)})",
    )
    rows = [call(0), {**call(1), "model": "other"}, call(2)]
    summary = bring(tmp_path / "ledger", "calls", put(tmp_path / "b.jsonl", rows))
    assert (summary.imported, summary.duplicate, summary.conflicts) == (1, 1, 1)
