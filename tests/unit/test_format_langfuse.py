"""Exports of Langfuse become calls and scores, whatever their shape; content stays behind."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from ledger_content import everything_in
from routefit.errors import BadInputError
from routefit.ledger.formats.format import Notes
from routefit.ledger.formats.langfuse import EVENT, NO_CALL, TRACES, WRAPPER, Langfuse
from routefit.ledger.formats.langfuse_scores import FREE_TEXT, OF_A_RUN
from routefit.ledger.import_summary import ImportSummary
from routefit.ledger.importing import import_file
from routefit.ledger.source_file import scan
from small_project import NOW

CANARY_PROMPT = "the purple walrus files its taxes at midnight"
CANARY_KEY = "sk-canary-4f1d9c77aa20"
CANARY_EMAIL = "walrus.keeper@example.org"

USAGE = {"input": 100, "output": 20, "total": 120}


def observation(**more: Any) -> dict[str, Any]:
    """A generation as the API spells it."""
    return {
        "id": "o-1",
        "traceId": "t-1",
        "type": "GENERATION",
        "name": "answer",
        "startTime": "2026-06-01T08:00:00.000Z",
        "endTime": "2026-06-01T08:00:01.500Z",
        "model": "m-1",
        "usageDetails": dict(USAGE),
        "costDetails": {"total": 0.0004},
        "level": "DEFAULT",
        "latency": 1.5,
        "metadata": {},
    } | more


def score(**more: Any) -> dict[str, Any]:
    return {
        "id": "s-1",
        "name": "helpful",
        "source": "ANNOTATION",
        "timestamp": "2026-06-01T09:00:00.000Z",
        "traceId": "t-1",
        "dataType": "NUMERIC",
        "value": 0.5,
    } | more


TRACE = {
    "id": "t-1",
    "timestamp": "2026-06-01T08:00:00.000Z",
    "name": "support",
    "userId": "u-1",
    "sessionId": "s-9",
    "tags": ["beta", "team:care", "tier=gold"],
    "metadata": json.dumps({"feature": "refunds", "email": CANARY_EMAIL}),
    "environment": "prod",
}


def write(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value))
    return path


def write_lines(path: Path, *rows: Mapping[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def write_csv(path: Path, *rows: Mapping[str, Any]) -> Path:
    """A CSV in which objects and lists stand as JSON, as the blob storage export writes it."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(dict.fromkeys(name for row in rows for name in row)), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({k: json.dumps(v) if isinstance(v, dict | list) else v for k, v in row.items()})
    path.write_text(text.getvalue())
    return path


def read(path: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]], Notes]:
    notes = Notes()
    rows: dict[str, list[dict[str, Any]]] = {"calls": [], "scores": []}
    for found in Langfuse().rows(scan(path), notes):
        assert isinstance(found.row, dict), found
        rows[found.kind].append(found.row)
    return rows["calls"], rows["scores"], notes


def one_call(folder: Path, **more: Any) -> dict[str, Any]:
    calls, _, _ = read(write(folder / "one.json", [observation(**more)]))
    assert len(calls) == 1
    return calls[0]


def imported(folder: Path, file: Path) -> dict[str, ImportSummary]:
    return {one.kind: one for one in import_file(folder / "ledger", None, file, form=Langfuse(), now=NOW)}


# --- what a call says -------------------------------------------------------------------------------------


def test_a_generation_of_a_trace_fills_the_columns(tmp_path: Path) -> None:
    generation = observation(
        parentObservationId="o-0",
        completionStartTime="2026-06-01T08:00:00.250Z",
        promptName="greeting",
        promptVersion=3,
        modelParameters={"service_tier": "flex", "instructions": CANARY_PROMPT},
        metadata={
            "ls_provider": "openai",
            "ls_model_name": "m",
            "attributes": {"gen_ai.response.id": "chatcmpl-7"},
            "resourceAttributes": {"service.name": "support-bot"},
        },
    )
    calls, _, _ = read(write(tmp_path / "t.json", {"trace": TRACE, "observations": [generation]}))
    call = calls[0]
    assert str(call.pop("cost_usd")) == "0.0004"
    assert call == {
        "call_id": "o-1",
        "trace_id": "t-1",
        "parent_id": "o-0",
        "session_id": "s-9",
        "customer": "u-1",
        "response_id": "chatcmpl-7",
        "provider": "openai",
        "model": "m-1",
        "requested_model": "m",
        "operation": "chat",
        "service_tier": "flex",
        "started_at": "2026-06-01T08:00:00.000Z",
        "ttft_ms": 250.0,
        "e2e_ms": 1500.0,
        "status": "ok",
        "input_tokens": 100,
        "output_tokens": 20,
        "prompt_version": "3",
        "attributes": {
            "service": "support-bot",
            "span_name": "answer",
            "environment": "prod",
            "trace_name": "support",
            "prompt_name": "greeting",
            "tag.feature": "refunds",
            "tag.beta": "true",
            "tag.team": "care",
            "tag.tier": "gold",
        },
    }


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        pytest.param({"input": 100, "output": 20, "total": 120}, (100, None, None, 20, None), id="plain"),
        pytest.param({"input": 9, "total": 9}, (9, None, None, None, None), id="no output is unknown, not 0"),
        pytest.param(
            {"input": 40, "input_cached_tokens": 60, "output": 20, "total": 120},
            (100, 60, None, 20, None),
            id="the total says that cached tokens stand beside the input",
        ),
        pytest.param(
            {"input": 100, "prompt_details.cache_read": 60, "output": 20, "total": 120},
            (100, 60, None, 20, None),
            id="the total says that cached tokens are inside the input",
        ),
        pytest.param(
            {"input": 10, "cache_read_input_tokens": 900, "cache_creation_input_tokens": 50, "output": 20},
            (960, 900, 50, 20, None),
            id="no total, but more cached than input",
        ),
        pytest.param(
            {"input": 6, "output": 2055, "completion_details.reasoning": 1104, "total": 2061},
            (6, None, None, 2055, 1104),
            id="reasoning inside the output",
        ),
        pytest.param(
            {"input": 6, "output": 951, "output_reasoning_tokens": 1104, "total": 2061},
            (6, None, None, 2055, 1104),
            id="reasoning beside the output",
        ),
        pytest.param(
            {"input": 30, "input_audio": 70, "output": 20, "total": 120},
            (100, None, None, 20, None),
            id="audio beside the input",
        ),
        pytest.param({"prompt_tokens": 7, "completion_tokens": 3}, (7, None, None, 3, None), id="other names"),
        pytest.param(
            {"input_tokens": 7, "output_tokens": 3, "total_tokens": 10}, (7, None, None, 3, None), id="with tokens"
        ),
    ],
)
def test_usage_under_any_name(tmp_path: Path, usage: dict[str, int], expected: tuple[int | None, ...]) -> None:
    call = one_call(tmp_path, usageDetails=usage)
    names = ("input_tokens", "cached_input_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens")
    assert tuple(call.get(name) for name in names) == expected


@pytest.mark.parametrize(
    ("fields", "input_tokens"),
    [
        pytest.param({"usageDetails": {}, "inputUsage": 12, "outputUsage": 3}, 12, id="older columns"),
        pytest.param(
            {"usageDetails": {}, "inputUsage": 0, "outputUsage": 0, "totalUsage": 0}, None, id="zeros: none"
        ),
        pytest.param(
            {"usageDetails": None, "promptTokens": 12, "completionTokens": 3}, 12, id="the oldest columns"
        ),
        pytest.param(
            {"usageDetails": None, "usage": {"input": 12, "output": 3, "unit": "TOKENS"}}, 12, id="nested"
        ),
        pytest.param({"usageDetails": {"input": 0, "output": 0, "total": 0}}, 0, id="stated zeros are known"),
    ],
)
def test_usage_of_older_exports(tmp_path: Path, fields: dict[str, Any], input_tokens: int | None) -> None:
    assert one_call(tmp_path, **fields).get("input_tokens") == input_tokens


def test_usage_in_another_unit_is_no_tokens(tmp_path: Path) -> None:
    call = one_call(tmp_path, usageDetails={}, usage={"input": 500, "total": 500, "unit": "CHARACTERS"})
    assert (call.get("input_tokens"), call["other_usage"]) == (None, {"characters": 500})


@pytest.mark.parametrize(
    ("fields", "cost"),
    [
        pytest.param({"costDetails": {"total": 0.0004}, "totalCost": 9}, "0.0004", id="the details lead"),
        pytest.param({"costDetails": None, "totalCost": 0.00011}, "0.00011", id="the column"),
        pytest.param({"costDetails": {}, "totalCost": 0}, None, id="0 without details is not known"),
        pytest.param(
            {"costDetails": {"total": 0}, "usageDetails": {}, "totalCost": 0},
            None,
            id="0 without usage is not known",
        ),
        pytest.param({"costDetails": {"total": 0}}, "0", id="a stated 0 is handed on"),
    ],
)
def test_cost(tmp_path: Path, fields: dict[str, Any], cost: str | None) -> None:
    found = one_call(tmp_path, **fields).get("cost_usd")
    assert (None if found is None else str(found)) == cost


@pytest.mark.parametrize(
    ("fields", "status", "failure_class"),
    [
        pytest.param({}, "ok", None, id="ok"),
        pytest.param({"level": "WARNING"}, "ok", None, id="a warning is no failure"),
        pytest.param(
            {"level": "ERROR", "statusMessage": f"RateLimitError: {CANARY_PROMPT}"},
            "rate_limited",
            "RateLimitError",
            id="the class in front of a message",
        ),
        pytest.param(
            {"level": "ERROR", "statusMessage": f"Request timed out: {CANARY_PROMPT}"},
            "timeout",
            None,
            id="a timeout",
        ),
        pytest.param({"level": "ERROR", "statusMessage": CANARY_PROMPT}, "error", None, id="never the message"),
        pytest.param({"level": "ERROR", "statusMessage": "walrus"}, "error", None, id="one word of a message"),
        pytest.param({"level": "ERROR"}, "error", None, id="no message"),
        pytest.param({"metadata": {"finish_reason": "length"}}, "ok", "truncated", id="cut short"),
        pytest.param(
            {"metadata": {"attributes": {"gen_ai.response.finish_reasons": ["content_filter"]}}},
            "ok",
            "truncated",
            id="filtered",
        ),
        pytest.param({"endTime": None, "usageDetails": {}}, None, None, id="neither end nor usage: unknown"),
    ],
)
def test_how_a_call_ended(
    tmp_path: Path, fields: dict[str, Any], status: str | None, failure_class: str | None
) -> None:
    call = one_call(tmp_path, **fields)
    assert (call.get("status"), call.get("failure_class")) == (status, failure_class)


@pytest.mark.parametrize("latency", [1500, 1.5, 77, None])
def test_duration_is_end_minus_start_whatever_latency_says(tmp_path: Path, latency: float | None) -> None:
    assert one_call(tmp_path, latency=latency)["e2e_ms"] == 1500.0


def test_an_absent_end_is_unknown(tmp_path: Path) -> None:
    assert "e2e_ms" not in one_call(tmp_path, endTime=None, latency=1500)
    assert "e2e_ms" not in one_call(tmp_path, endTime="2026-06-01T07:00:00Z")


# --- what counts ------------------------------------------------------------------------------------------


def test_only_generations_and_embeddings_are_calls(tmp_path: Path) -> None:
    kinds = ("SPAN", "EVENT", "AGENT", "TOOL", "CHAIN", "RETRIEVER", "EVALUATOR", "GUARDRAIL", "EMBEDDING")
    rows = [observation(id=kind, type=kind) for kind in kinds] + [observation()]
    calls, _, notes = read(write(tmp_path / "x.json", {"data": rows, "meta": {"page": 1}}))
    assert [(call["call_id"], call["operation"]) for call in calls] == [
        ("EMBEDDING", "embedding"),
        ("o-1", "chat"),
    ]
    assert notes.left_out == {NO_CALL: 8}


@pytest.mark.parametrize(
    ("outer", "between", "counted"),
    [
        pytest.param({}, None, ["o-1"], id="equal usage"),
        pytest.param(
            {"usageDetails": {"input": 777, "output": 9}}, None, ["o-1"], id="a framework that adds up wrongly"
        ),
        pytest.param({"usageDetails": {}}, None, ["o-1"], id="a framework without usage"),
        pytest.param({}, "SPAN", ["o-1"], id="equal usage with a span between"),
        pytest.param({}, "TOOL", ["o-1", "outer"], id="a tool's call is its own"),
        pytest.param({"model": "x", "usageDetails": {"input": 9}}, None, ["o-1", "outer"], id="another model"),
    ],
)
def test_a_generation_around_a_generation_counts_once(
    tmp_path: Path, outer: dict[str, Any], between: str | None, counted: list[str]
) -> None:
    rows = [observation(parentObservationId="mid" if between else "outer"), observation(id="outer", **outer)]
    if between:
        rows.append(observation(id="mid", type=between, parentObservationId="outer", usageDetails={}))
    calls, _, notes = read(write_lines(tmp_path / "x.jsonl", *rows))
    assert sorted(call["call_id"] for call in calls) == counted
    assert notes.left_out[WRAPPER] == 2 - len(counted)


def test_marks_of_moments_of_a_call_are_no_calls(tmp_path: Path) -> None:
    rows = [
        observation(id="a", name="backend.openai.chat.start-1", usageDetails={"input": 9}),
        observation(id="b", name="backend.openai.chat.success-1", usageDetails={}),
        observation(id="c", name="backend.openai.chat.finish-1", usageDetails={}),
    ]
    calls, _, notes = read(write(tmp_path / "x.json", rows))
    assert ([call["call_id"] for call in calls], notes.left_out) == (["a"], {EVENT: 2})


# --- scores -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        pytest.param({"value": 0.5}, 0.5, id="a number"),
        pytest.param({"value": 0, "stringValue": None}, 0, id="0 is a value"),
        pytest.param({"dataType": "BOOLEAN", "value": 1, "stringValue": "True"}, True, id="true"),
        pytest.param({"dataType": "BOOLEAN", "value": 0, "stringValue": "False"}, False, id="false"),
        pytest.param({"dataType": "CATEGORICAL", "value": 2, "stringValue": "good"}, "good", id="a word"),
    ],
)
def test_values_of_scores(tmp_path: Path, fields: dict[str, Any], value: Any) -> None:
    _, scores, _ = read(write(tmp_path / "s.json", {"data": [score(comment=CANARY_PROMPT, **fields)]}))
    found = scores[0].pop("value")
    assert (type(value)(found), isinstance(found, bool)) == (value, isinstance(value, bool))
    assert scores == [
        {
            "score_id": "s-1",
            "from": "score",
            "name": "helpful",
            "decided_at": "2026-06-01T09:00:00.000Z",
            "evaluated_by": "ANNOTATION",
            "trace_id": "t-1",
        }
    ]


@pytest.mark.parametrize(
    ("fields", "target"),
    [
        pytest.param({}, {"trace_id": "t-1"}, id="a trace"),
        pytest.param({"observationId": "o-1"}, {"call_id": "o-1", "trace_id": "t-1"}, id="a call"),
        pytest.param({"observationId": "span"}, {"trace_id": "t-1"}, id="an observation that is no call"),
        pytest.param({"observationId": "outer"}, {"trace_id": "t-1"}, id="a generation that counts elsewhere"),
        pytest.param(
            {"observationId": "afar"}, {"call_id": "afar", "trace_id": "t-1"}, id="an observation of another file"
        ),
        pytest.param({"traceId": None, "sessionId": "s-9"}, {"session_id": "s-9"}, id="a session"),
    ],
)
def test_targets_of_scores(tmp_path: Path, fields: dict[str, Any], target: dict[str, str]) -> None:
    rows = [
        observation(parentObservationId="outer"),
        observation(id="outer"),
        observation(id="span", type="SPAN"),
    ]
    path = write(tmp_path / "x.json", {"trace": TRACE, "observations": rows, "scores": [score(**fields)]})
    _, scores, _ = read(path)
    assert {
        name: scores[0].get(name) for name in ("call_id", "trace_id", "session_id") if name in scores[0]
    } == target


def test_texts_and_dataset_runs_are_no_scores(tmp_path: Path) -> None:
    rows = [
        score(dataType="TEXT", value=None, stringValue="nice"),
        score(dataType="CATEGORICAL", stringValue=f"{CANARY_PROMPT} and then some more"),
        score(traceId=None, datasetRunId="r"),
        score(),
    ]
    _, scores, notes = read(write(tmp_path / "x.json", rows))
    assert (len(scores), notes.left_out) == (1, {FREE_TEXT: 2, OF_A_RUN: 1})


# --- shapes of the file -----------------------------------------------------------------------------------


def blob(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record as the blob storage export spells it: other names, times without a zone."""
    names = {"model": "provided_model_name"}
    spelled = {}
    for name, value in record.items():
        snake = "".join(f"_{c.lower()}" if c.isupper() else c for c in name)
        is_time = isinstance(value, str) and value.endswith("Z")
        spelled[names.get(name, snake)] = value[:-1].replace("T", " ") + "000" if is_time else value
    return spelled


def test_every_shape_gives_the_same_calls_and_scores(tmp_path: Path) -> None:
    trace = {"id": "t-1", "timestamp": "2026-06-01T08:00:00.000Z"}
    of_trace = {"userId": "u-1", "sessionId": "s-9", "tags": ["beta"]}
    plain, enriched = observation(), observation(traceName="support", **of_trace)
    whole = trace | of_trace | {"name": "support"}
    shapes = [
        write(tmp_path / "a.json", {"trace": whole, "observations": [plain], "scores": [score()]}),
        write(tmp_path / "b.json", whole | {"observations": [plain], "scores": [score(traceId=None)]}),
        write(tmp_path / "c.json", {"trace": whole | {"scores": [score()]}, "observations": [plain]}),
        write(tmp_path / "d.json", {"data": [enriched, score()]}),
        write(tmp_path / "e.json", [enriched, score()]),
        write_lines(tmp_path / "f.jsonl", enriched, score()),
        write_lines(tmp_path / "g.jsonl", blob(enriched), blob(score())),
        write_lines(tmp_path / "h.jsonl", {"trace": whole, "observations": [plain], "scores": [score()]}),
    ]
    found = []
    for path in shapes:
        calls, scores, _ = read(path)
        for row in (*calls, *scores):
            row |= {
                name: datetime.fromisoformat(row[name]) for name in ("started_at", "decided_at") if name in row
            }
        found.append((calls, scores))
    assert len(found[0][0]) == len(found[0][1]) == 1
    assert found == [found[0]] * len(shapes)


def test_csv_exports_of_observations_and_of_scores(tmp_path: Path) -> None:
    observations = write_csv(
        tmp_path / "o.csv",
        blob(observation(input=f"{CANARY_PROMPT}\nand more", tags=["beta"], metadata={"feature": "x"})),
        blob(observation(id="o-2", type="SPAN", usageDetails=None)),
    )
    scores = write_csv(tmp_path / "s.csv", blob(score()), blob(score(id="s-2", dataType="BOOLEAN", value=1)))
    summary = imported(tmp_path, observations)["calls"]
    assert (summary.read, summary.imported, summary.notes) == (1, 1, (f"1 record left out: {NO_CALL}",))
    calls, _, _ = read(observations)
    assert calls[0]["attributes"] == {"span_name": "answer", "tag.feature": "x", "tag.beta": "true"}
    assert (calls[0]["input_tokens"], calls[0]["e2e_ms"], str(calls[0]["cost_usd"])) == (100, 1500.0, "0.0004")
    assert imported(tmp_path, scores)["scores"].imported == 2


def test_traces_alone_are_no_calls(tmp_path: Path) -> None:
    _, _, notes = read(write(tmp_path / "x.json", {"data": [TRACE | {"observations": ["o-1"]}]}))
    assert notes.left_out == {TRACES: 1}


def test_a_trace_without_model_calls_keeps_its_scores(tmp_path: Path) -> None:
    _, scores, _ = read(write(tmp_path / "x.json", TRACE | {"observations": [], "scores": [score(traceId=None)]}))
    assert [one["trace_id"] for one in scores] == ["t-1"]


# --- bad files --------------------------------------------------------------------------------------------


def test_lines_that_were_cut_lose_only_the_last(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "x.jsonl", observation(), observation(id="o-2"))
    path.write_bytes(path.read_bytes()[:-25])
    summary = imported(tmp_path, path)["calls"]
    assert (summary.read, summary.imported, summary.rejected) == (2, 1, 1)
    assert (summary.rejects[0].line, summary.rejects[0].reason[:18]) == (2, "is not valid JSON:")


def test_a_document_that_was_cut_is_refused_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps({"trace": TRACE, "observations": [observation()]}, indent=1)[:-40])
    with pytest.raises(BadInputError, match=r"x\.json:\d+:\d+ is not valid JSON"):
        imported(tmp_path, path)


@pytest.mark.parametrize(
    ("name", "text", "got"),
    [
        pytest.param("a.jsonl", '{"call_id": "c", "model": "m"}\n', "an object with call_id, model", id="calls"),
        pytest.param("a.json", '{"resourceSpans": []}', "an object with resourceSpans", id="OpenTelemetry"),
        pytest.param("a.json", '["x"]', "no object", id="a list of texts"),
        pytest.param("a.csv", "a,b\n1,2\n", "none of the columns", id="a table"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_what_was_expected(
    tmp_path: Path, name: str, text: str, got: str
) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(BadInputError, match="expected a Langfuse export") as caught:
        imported(tmp_path, path)
    assert got in str(caught.value)


@pytest.mark.parametrize("value", [[], {"data": [], "meta": {}}, {"trace": TRACE, "observations": []}])
def test_an_empty_export_says_that_it_has_no_rows(tmp_path: Path, value: Any) -> None:
    with pytest.raises(BadInputError, match="has no rows"):
        imported(tmp_path, write(tmp_path / "x.json", value))


def test_odd_values_harm_only_their_own_row(tmp_path: Path) -> None:
    rows = [
        observation(),
        observation(id=None),
        observation(id="o-3", startTime="yesterday"),
        observation(id="o-4", usageDetails={"input": "many"}, metadata="{broken", tags="x", costDetails=[1]),
        observation(id="o-5", usageDetails={"input": -4}, metadata=[1], modelParameters="?"),
    ]
    summary = imported(tmp_path, write_lines(tmp_path / "x.jsonl", *rows))["calls"]
    assert (summary.imported, summary.rejected) == (3, 2)
    assert {reject.field for reject in summary.rejects} == {"call_id", "started_at"}


# --- what never leaves the file ---------------------------------------------------------------------------


def test_no_prompt_key_or_address_reaches_the_ledger(tmp_path: Path) -> None:
    content = {"role": "user", "content": CANARY_PROMPT}
    metadata = {
        "email": CANARY_EMAIL,
        "caller": CANARY_EMAIL,
        "last_question": "walrus",
        "note": CANARY_PROMPT,
        "variant": CANARY_KEY,
        "attributes": {"input.value": CANARY_PROMPT, "app.variant": CANARY_KEY, "user.email": CANARY_EMAIL},
        "scope": {"attributes": {"public_key": "pk-lf-canary-4f1d9c77aa20"}},
        "tags": [CANARY_KEY, CANARY_PROMPT],
    }
    trace = TRACE | {"name": CANARY_PROMPT, "input": content, "metadata": metadata, "userId": CANARY_EMAIL}
    generation = observation(
        name=CANARY_KEY,
        input=[content],
        output=content,
        metadata=json.dumps(metadata),
        modelParameters={"instructions": CANARY_PROMPT, "user": CANARY_EMAIL},
        level="ERROR",
        statusMessage=f"{CANARY_KEY} {CANARY_PROMPT}",
    )
    told = score(comment=CANARY_PROMPT, authorUserId=CANARY_EMAIL, metadata=metadata)
    bad = observation(id="o-2", startTime=CANARY_PROMPT)
    path = write(tmp_path / "x.json", {"trace": trace, "observations": [generation, bad], "scores": [told]})
    summaries = imported(tmp_path, path)
    assert (summaries["calls"].imported, summaries["scores"].imported) == (1, 1)
    held = everything_in(tmp_path / "ledger") + repr(summaries)
    for canary in ("purple walrus", "canary-4f1d9c77aa20", "walrus.keeper"):
        assert canary not in held
