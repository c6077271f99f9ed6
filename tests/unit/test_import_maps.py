"""Maps: the grammar, what it does with rows, and what it says of its own mistakes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from routefit.errors import BadInputError
from routefit.ledger.expression import CASTS, MISSING, Row, parse_expression
from routefit.ledger.import_summary import ImportSummary
from routefit.ledger.importing import import_file
from routefit.ledger.manifest import Manifest
from routefit.ledger.mapping import load_mapping
from routefit.ledger.schema import TableKind
from routefit.ledger.values import Refused

ROOT = Path(__file__).resolve().parents[2]
SHARED_DATA = ROOT.parent / "shared" / "data"
NOW = datetime(2026, 7, 1, tzinfo=UTC)
VALUE: dict[str, Any] = {
    "a": {"b": [{"c": 5}, 7], "my key": 1, "x.y": 2},
    "n": None,
    "t": "2023-11-16 18:17:03.9799600",
    "s": "12",
    "path": {"x": "own"},
    "first": "from the row",
}
ROW = Row(VALUE, "k1", {"model": "glm"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a.b.0.c", 5, id="dotted path with an index"),
        pytest.param("$.a.b.1", 7, id="a path may start with the root"),
        pytest.param('a."my key"', 1, id="quoted name"),
        pytest.param('a."x.y"', 2, id="a dot inside a name"),
        pytest.param("a.b.9", MISSING, id="beyond the list"),
        pytest.param("nowhere.x", MISSING, id="absent"),
        pytest.param("n", None, id="null is not absent"),
        pytest.param("first", "from the row", id="a bare word is a path"),
        pytest.param("$key", "k1", id="key"),
        pytest.param("path.model", "glm", id="capture"),
        pytest.param('"path".x', "own", id="a field called path"),
        pytest.param("{path.model}/{s}-{{x}}", "glm/12-{x}", id="template"),
        pytest.param("{path.model}/{n}", None, id="template with null"),
        pytest.param("{path.model}/{nowhere}", MISSING, id="template with an absent part"),
        pytest.param("2026-06-30T00:00:00Z", "2026-06-30T00:00:00Z", id="a text that begins with a digit"),
        pytest.param("int(s)", 12, id="int"),
        pytest.param("str(a.b.1)", "7", id="str"),
        pytest.param("float(s)", "12", id="float keeps the digits"),
        pytest.param("bool({s})", Refused, id="a cast that fails"),
        pytest.param("bool(1)", True, id="bool of a constant"),
        pytest.param("utc(t)", datetime(2023, 11, 16, 18, 17, 3, 979960, UTC), id="naive with 7 decimals"),
        pytest.param("utc({s}x)", Refused, id="no time"),
        pytest.param("unix_s(1750000000.5)", datetime(2025, 6, 15, 15, 6, 40, 500000, UTC), id="seconds"),
        pytest.param("unix_ms(1750000000500)", datetime(2025, 6, 15, 15, 6, 40, 500000, UTC), id="milliseconds"),
        pytest.param("unix_s(int(1750000000))", datetime(2025, 6, 15, 15, 6, 40, tzinfo=UTC), id="nested casts"),
        pytest.param("unix_s(1750000000000000)", Refused, id="microseconds are no seconds"),
        pytest.param("int(n)", None, id="a cast of null is null"),
        pytest.param("int(nowhere)", MISSING, id="a cast of nothing is nothing"),
        pytest.param("int(a)", Refused, id="a cast of an object"),
    ],
)
def test_an_expression_finds_its_value(text: str, expected: Any) -> None:
    expression = parse_expression(text, ("model",))
    if expected is Refused:
        with pytest.raises(Refused):
            expression(ROW)
    else:
        assert expression(ROW) == expected


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


MAP = """\
files: "{service}/log*.json"
rows: items(data.rows)
calls:
  call_id: "{path.service}/{$key}"
  started_at: unix_s(at)
  role: {const: first}
  input_tokens: [usage.prompt_tokens, int(usage.input)]
  attributes: json(meta)
outcomes:
  unit_id: $key
  accepted: ok
"""


def bring(
    tmp_path: Path, file: Path, mapping: str = MAP, *, kind: TableKind | None = None
) -> tuple[ImportSummary, ...]:
    loaded = load_mapping(write(tmp_path / "map.yaml", mapping))
    return import_file(tmp_path / "ledger", kind, file, mapping=loaded, now=NOW)


def stored(tmp_path: Path, kind: TableKind) -> list[dict[str, Any]]:
    with Manifest(tmp_path / "ledger") as manifest:
        paths = [segment.path for segment in manifest.visible(kind)]
    return [row for path in paths for row in pq.read_table(path, partitioning=None).to_pylist()]


def document(**rows: Any) -> str:
    return json.dumps({"data": {"rows": rows}}, indent=1)


AT = 1750000000


def test_one_file_yields_calls_and_outcomes(tmp_path: Path) -> None:
    text = document(
        k1={"at": AT, "usage": {"prompt_tokens": None, "input": "12"}, "meta": '{"team":"a"}', "ok": True},
        k2={"at": AT + 1, "usage": {"prompt_tokens": 3}, "ok": None},
    )
    calls, outcomes = bring(tmp_path, write(tmp_path / "chat" / "log1.json", text))
    assert (calls.kind, calls.imported, outcomes.kind, outcomes.imported) == ("calls", 2, "outcomes", 2)
    rows = stored(tmp_path, "calls")
    assert [(row["call_id"], row["role"], row["input_tokens"], row["attributes"]) for row in rows] == [
        ("chat/k1", "first", 12, '{"team":"a"}'),
        ("chat/k2", "first", 3, None),
    ]
    assert [row["accepted"] for row in stored(tmp_path, "outcomes")] == [True, None]


def test_a_bad_row_names_file_and_key(tmp_path: Path) -> None:
    file = write(
        tmp_path / "chat" / "log.json",
        document(good={"at": AT, "ok": True}, bad={"at": "noon", "ok": "maybe"}, gone={"at": AT}),
    )
    calls, outcomes = bring(tmp_path, file)
    assert [str(reject) for reject in calls.rejects] == [
        f"{file}:2: started_at of the map: is not a number (row 'bad')"
    ]
    assert [(reject.line, reject.field) for reject in outcomes.rejects] == [(2, "accepted"), (3, "accepted")]
    assert "is absent" in outcomes.rejects[1].reason


def test_the_same_content_under_another_path_is_another_import(tmp_path: Path) -> None:
    text = document(k1={"at": AT, "ok": True})
    bring(tmp_path, write(tmp_path / "chat" / "log.json", text), kind="calls")
    (again,) = bring(tmp_path, write(tmp_path / "chat" / "log2.json", text), kind="calls")
    assert again.is_already_imported
    (other,) = bring(tmp_path, write(tmp_path / "code" / "log.json", text), kind="calls")
    assert (other.is_already_imported, other.imported) == (False, 1)


def test_a_path_that_is_found_in_no_row_warns(tmp_path: Path) -> None:
    file = write(tmp_path / "chat" / "log.json", document(k1={"at": AT, "ok": True}))
    calls, _ = bring(tmp_path, file, MAP.replace("{const: first}", "first"))
    assert any("'role' was found in no row" in warning for warning in calls.warnings)


@pytest.mark.parametrize(
    ("name", "text", "rows"),
    [
        pytest.param("x.csv", 'n,"my at"\n1,5\n2,6\n', "$", id="csv"),
        pytest.param("x.jsonl", '{"n":1,"my at":5}\n\n{"n":2,"my at":6}\n', "$", id="jsonl"),
        pytest.param("x.json", '[{"n":1,"my at":5},\n{"n":2,"my at":6}]', "$", id="list"),
        pytest.param("x.json", '{"a":{"b":[{"n":1,"my at":5},{"n":2,"my at":6}]}}', "a.b", id="list at a path"),
        pytest.param(
            "x.jsonl", '{"b":[{"n":1,"my at":5}]}\n{"b":[{"n":2,"my at":6}]}\n', "b", id="lists in lines"
        ),
    ],
)
def test_rows_of_every_kind_of_file(name: str, text: str, rows: str, tmp_path: Path) -> None:
    mapping = (
        f"files: 'x.*'\nrows: {rows}\ncalls:\n  call_id: 'c{{$key}}'\n  started_at: 2026-06-01T00:00:00Z\n"
        "  input_tokens: n\n  ttft_ms: '\"my at\"'\n"
    )
    (summary,) = bring(tmp_path, write(tmp_path / name, text), mapping)
    assert summary.imported == 2
    got = sorted((row["call_id"], row["input_tokens"], row["ttft_ms"]) for row in stored(tmp_path, "calls"))
    assert got == [("c1", 1, 5.0), ("c2", 2, 6.0)]


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        pytest.param("files: [", ["1:9", "YAML"], id="no YAML"),
        pytest.param("- a\n", ["1:1", "expected a mapping"], id="a list"),
        pytest.param(
            "files: a/{b}.json\nrows: a b\ncall:\n  x: y\n",
            ["2:7: rows: got 'a b'", "3:1: call: got 'call', expected one of", "neither `calls` nor"],
            id="several problems at once",
        ),
        pytest.param(
            "files: a\ncalls:\n  call_id: path.x\n  started_at: day(x)\n  modell: y\n  route: a b\n",
            [
                "3:12: calls.call_id: got path.x, which `files` does not capture",
                "4:15: calls.started_at: got the cast day(...), expected one of int",
                "5:3: calls.modell: is no column of calls; did you mean 'model'?",
                "6:10: calls.route: got 'a b', expected a path",
            ],
            id="bad expressions",
        ),
        pytest.param("files: a\ncalls:\n  call_id: x\n", ["2:1: calls.started_at: is absent"], id="required"),
        pytest.param("files: a\noutcomes:\n  accepted: x\n", ["outcomes: names nothing"], id="about nothing"),
        pytest.param("calls: {call_id: a, started_at: b}\n", ["files: is absent"], id="no files"),
        pytest.param("files: 'a{'\ncalls: {call_id: a, started_at: b}\n", ["1:8: files:"], id="lone brace"),
        pytest.param(
            "files: a\ncalls:\n  call_id: '{x'\n  started_at: {what: x}\n",
            ["3:12: calls.call_id: got a lone '{'", "4:15: calls.started_at: got a mapping"],
            id="broken template and mapping",
        ),
    ],
)
def test_problems_of_a_map_come_all_at_once_with_their_place(
    text: str, problems: list[str], tmp_path: Path
) -> None:
    file = write(tmp_path / "map.yaml", text)
    with pytest.raises(BadInputError) as caught:
        load_mapping(file)
    for problem in problems:
        assert problem in str(caught.value)
    assert str(file) in str(caught.value)


def test_a_file_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="does not fit `files"):
        bring(tmp_path, write(tmp_path / "other.json", "{}"))


def test_rows_of_the_wrong_shape_are_named(tmp_path: Path) -> None:
    file = write(tmp_path / "chat" / "log.json", '{"data": {"rows": [1]}}')
    with pytest.raises(BadInputError, match="`rows` found a list, expected a dictionary"):
        bring(tmp_path, file, kind="calls")


def test_every_cast_is_documented() -> None:
    text = (ROOT / "docs" / "reference" / "map-grammar.md").read_text()
    assert all(f"| `{cast}` |" in text for cast in CASTS)


def shared(name: str) -> Path:
    folder = SHARED_DATA / name
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent")
    return folder


@pytest.mark.shared_data
def test_the_openhands_index_is_imported_completely(tmp_path: Path) -> None:
    folder = shared("openhands_index")
    mapping = load_mapping(ROOT / "examples" / "openhands_index" / "map.yaml")
    files = mapping.files_in(folder)
    assert len(files) == 14
    summaries = [one for file in files for one in import_file(tmp_path, None, file, mapping=mapping, now=NOW)]
    for kind in mapping.kinds:
        of_kind = [summary for summary in summaries if summary.kind == kind]
        assert sum(summary.imported for summary in of_kind) == 7 * 500 + 7 * 165
        assert [(summary.rejected, summary.warnings) for summary in of_kind] == [(0, ())] * 14
    with Manifest(tmp_path) as manifest:
        rows = [
            row
            for segment in manifest.visible("calls")
            for row in pq.read_table(segment.path, partitioning=None).to_pylist()
        ]
    opus = [row for row in rows if (row["route"], row["workload"]) == ("claude-opus-4-6", "swe-bench")]
    assert sum(row["cost_pico_usd"] for row in opus) == 385_974_965_250_000
    gaia = [row for row in rows if (row["route"], row["workload"]) == ("claude-opus-4-6", "gaia")]
    assert sum(row["cost_pico_usd"] is None for row in gaia) == 4
    assert sum(row["cost_pico_usd"] == 0 for row in gaia) == 12


@pytest.mark.shared_data
def test_the_azure_trace_is_imported_completely(tmp_path: Path) -> None:
    folder = shared("azure_llm_2023")
    mapping = load_mapping(ROOT / "examples" / "azure_llm_2023" / "map.yaml")
    counts = {}
    for file in mapping.files_in(folder):
        (summary,) = import_file(tmp_path, None, file, mapping=mapping, now=NOW)
        counts[file.stem[-4:]] = (summary.read, summary.imported)
        assert summary.warnings == ()
    assert counts == {"code": (8819, 8819), "conv": (19366, 19366)}
    with Manifest(tmp_path) as manifest:
        tables = [pq.read_table(s.path, partitioning=None).to_pylist() for s in manifest.visible("calls")]
    first = min(row["started_at"] for table in tables for row in table if row["workload"] == "code")
    assert first == datetime(2023, 11, 16, 18, 17, 3, 979960)
