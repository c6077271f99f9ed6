"""OTLP JSON becomes calls and scores: what counts, what it says, and what never leaves the file."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ledger_content import everything_in
from otel_traces import START_NS, TRACE, attributes, chat, event, request, span, write_lines
from routefit.errors import BadInputError
from routefit.ledger.formats.format import Notes
from routefit.ledger.formats.otel import AROUND, EVENT, LOGS, METRICS, OTHER, OUTSIDE, WRAPPER, Otel
from routefit.ledger.import_summary import ImportSummary
from routefit.ledger.importing import import_file
from routefit.ledger.source_file import BrokenRow, scan
from small_project import NOW

CANARY_PROMPT = "the purple walrus files its taxes at midnight"
CANARY_KEY = "sk-canary-4f1d9c77aa20"
CANARY_EMAIL = "walrus.keeper@example.org"


def read(path: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]], Notes]:
    """The call rows, the score rows and the notes of a file."""
    notes = Notes()
    rows: dict[str, list[dict[str, Any]]] = {"calls": [], "scores": []}
    for found in Otel().rows(scan(path), notes):
        assert isinstance(found.row, dict), found
        rows[found.kind].append(found.row)
    return rows["calls"], rows["scores"], notes


def one_call(folder: Path, named: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    resource = fields.pop("resource", None)
    path = write_lines(folder / "one.jsonl", request(span("aa01", named, **fields), resource=resource))
    calls, _, _ = read(path)
    assert len(calls) == 1
    return calls[0]


def imported(folder: Path, file: Path) -> dict[str, ImportSummary]:
    return {one.kind: one for one in import_file(folder / "ledger", None, file, form=Otel(), now=NOW)}


# --- what a call says -------------------------------------------------------------------------------------


def test_a_call_of_the_current_conventions_fills_the_columns(tmp_path: Path) -> None:
    named = chat(
        gen_ai__response__id="chatcmpl-7",
        gen_ai__conversation__id="conv-1",
        user__id="u-1",
        gen_ai__openai__response__service_tier="flex",
        gen_ai__request__stream=True,
        gen_ai__prompt__name="greeting",
        gen_ai__agent__name="planner",
    )
    resource = {"service.name": "support-bot", "deployment.environment.name": "prod", "team": "care"}
    assert one_call(tmp_path, named, parent="aa00", resource=resource) == {
        "call_id": f"{TRACE}:aa01",
        "trace_id": TRACE,
        "parent_id": f"{TRACE}:aa00",
        "session_id": "conv-1",
        "customer": "u-1",
        "response_id": "chatcmpl-7",
        "provider": "openai",
        "model": "m-1-2026-01-01",
        "requested_model": "m-1",
        "operation": "chat",
        "service_tier": "flex",
        "started_at": "2026-05-28T20:26:40.000000Z",
        "e2e_ms": 1500.0,
        "status": "ok",
        "input_tokens": 100,
        "output_tokens": 20,
        "stream": True,
        "attributes": {
            "service": "support-bot",
            "span_name": "chat m-1",
            "environment": "prod",
            "prompt_name": "greeting",
            "tag.team": "care",
            "tag.gen_ai.agent.name": "planner",
        },
    }


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        pytest.param(
            {"gen_ai.system": "openai", "gen_ai.request.model": "m", "gen_ai.usage.prompt_tokens": 7,
             "gen_ai.usage.completion_tokens": 3},
            {"provider": "openai", "input_tokens": 7, "output_tokens": 3, "operation": "chat"},
            id="conventions before 1.27, without an operation",
        ),
        pytest.param(
            {"openinference.span.kind": "LLM", "llm.model_name": "m", "llm.provider": "OpenAI",
             "llm.token_count.prompt": 7, "llm.token_count.completion": 3,
             "llm.token_count.prompt_details.cache_read": 5},
            {"provider": "openai", "model": "m", "input_tokens": 7, "cached_input_tokens": 5, "output_tokens": 3},
            id="OpenInference",
        ),
        pytest.param(
            {"llm.request.type": "completion", "gen_ai.system": "Anthropic", "gen_ai.response.model": "m",
             "llm.usage.total_tokens": 10, "gen_ai.usage.prompt_tokens": 7, "gen_ai.usage.completion_tokens": 3},
            {"provider": "anthropic", "model": "m", "input_tokens": 7, "operation": "chat"},
            id="OpenLLMetry",
        ),
        pytest.param(
            {"gen_ai.operation.name": "embeddings", "gen_ai.request.model": "e", "gen_ai.usage.input_tokens": 9},
            {"operation": "embedding", "input_tokens": 9},
            id="an embedding",
        ),
        pytest.param(
            {"gen_ai.system": "gcp.vertex.agent", "llm.provider": "google", "openinference.span.kind": "LLM",
             "llm.model_name": "g"},
            {"provider": "google"},
            id="a framework that names itself as the system is passed over",
        ),
    ],
)  # fmt: skip
def test_older_and_other_spellings_say_the_same(
    tmp_path: Path, named: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert expected.items() <= one_call(tmp_path, named).items()


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        pytest.param({"cache_read.input_tokens": 60}, (100, 60, None, 20, None), id="cache read, dotted"),
        pytest.param({"cache_read_input_tokens": 60}, (100, 60, None, 20, None), id="cache read, underscored"),
        pytest.param({"cached_input_tokens": 60}, (100, 60, None, 20, None), id="cached"),
        pytest.param({"cache_creation.input_tokens": 30}, (100, None, 30, 20, None), id="written, dotted"),
        pytest.param({"cache_creation_input_tokens": 30}, (100, None, 30, 20, None), id="written, underscored"),
        pytest.param(
            {"cache_read_input_tokens": 900, "cache_creation_input_tokens": 50},
            (1050, 900, 50, 20, None),
            id="more cached than input: Anthropic's input without its cached tokens",
        ),
        pytest.param(
            {"cache_read_input_tokens": 60, "total_tokens": 180},
            (160, 60, None, 20, None),
            id="the total says that cached tokens stand beside the input",
        ),
        pytest.param(
            {"reasoning.output_tokens": 15, "total_tokens": 120}, (100, None, None, 20, 15), id="reasoning inside"
        ),
        pytest.param(
            {"reasoning_tokens": 500}, (100, None, None, 520, 500), id="more reasoning than output: beside it"
        ),
    ],
)
def test_input_includes_cached_tokens_and_output_includes_reasoning(
    tmp_path: Path, counts: dict[str, int], expected: tuple[int | None, ...]
) -> None:
    call = one_call(tmp_path, chat() | {f"gen_ai.usage.{name}": count for name, count in counts.items()})
    names = ("input_tokens", "cached_input_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens")
    assert tuple(call.get(name) for name in names) == expected


def test_cached_tokens_that_were_added_are_said(tmp_path: Path) -> None:
    named = chat(gen_ai__usage__cache_read_input_tokens=900)
    path = write_lines(tmp_path / "a.jsonl", request(span("a1", named), span("a2", named)))
    assert read(path)[2].warnings == [OUTSIDE]


@pytest.mark.parametrize(
    ("named", "fields", "status", "failure_class"),
    [
        pytest.param({}, {}, "ok", None, id="status unset is no error"),
        pytest.param({}, {"status": {"code": 2, "message": CANARY_PROMPT}}, "error", None, id="never its message"),
        pytest.param(
            {"error.type": "RateLimitError"}, {}, "rate_limited", "RateLimitError", id="an error without a status"
        ),
        pytest.param(
            {"error.type": "openai.APITimeoutError"},
            {"status": {"code": "STATUS_CODE_ERROR"}},
            "timeout",
            "openai.APITimeoutError",
            id="a status by its name",
        ),
        pytest.param({"error.type": "429"}, {}, "rate_limited", "429", id="an HTTP status as the error"),
        pytest.param(
            {"http.response.status_code": 429}, {"status": {"code": 2}}, "rate_limited", None, id="an HTTP status"
        ),
        pytest.param(
            {"error.type": "asyncio.CancelledError"}, {}, "cancelled", "asyncio.CancelledError", id="cancelled"
        ),
        pytest.param({"error.type": CANARY_PROMPT}, {}, "error", None, id="prose is no class"),
        pytest.param(
            {},
            {
                "status": {"code": 2},
                "events": [
                    event("exception", {"exception.type": "BadRequestError", "exception.message": CANARY_PROMPT})
                ],
            },
            "error",
            "BadRequestError",
            id="the class of the exception event",
        ),
        pytest.param({"gen_ai.response.finish_reasons": ["length"]}, {}, "ok", "truncated", id="cut short"),
        pytest.param(
            {"gen_ai.response.finish_reasons": '["content_filter"]'}, {}, "ok", "truncated", id="as JSON text"
        ),
        pytest.param(
            {"gen_ai.response.finish_reasons": ["length", "stop"]}, {}, "ok", None, id="one choice is whole"
        ),
    ],
)
def test_how_a_call_ended(
    tmp_path: Path, named: dict[str, Any], fields: dict[str, Any], status: str, failure_class: str | None
) -> None:
    call = one_call(tmp_path, chat() | named, **fields)
    assert (call["status"], call.get("failure_class")) == (status, failure_class)


def test_a_span_without_an_end_has_an_unknown_duration(tmp_path: Path) -> None:
    assert "e2e_ms" not in one_call(tmp_path, chat(), milliseconds=None)
    assert "e2e_ms" not in one_call(tmp_path, chat(), endTimeUnixNano="0")
    assert "e2e_ms" not in one_call(tmp_path, chat(), milliseconds=-5)


@pytest.mark.parametrize(
    ("named", "events"),
    [
        pytest.param({"gen_ai.response.time_to_first_chunk": 0.25}, [], id="an attribute in seconds"),
        pytest.param({"ai.response.msToFirstChunk": 250.0}, [], id="an attribute in milliseconds"),
        pytest.param({}, [event("First Token Stream Event", {}, after_ms=250)], id="an event"),
    ],
)
def test_time_to_the_first_token(tmp_path: Path, named: dict[str, Any], events: list[Any]) -> None:
    assert one_call(tmp_path, chat() | named, events=events)["ttft_ms"] == pytest.approx(250.0)


# --- what counts ------------------------------------------------------------------------------------------


def test_agents_tools_and_http_requests_are_no_calls(tmp_path: Path) -> None:
    agent = {"gen_ai.operation.name": "invoke_agent", "gen_ai.usage.input_tokens": 100}
    path = write_lines(
        tmp_path / "agent.jsonl",
        request(
            span("c1", chat(), parent="a1"),
            span("h1", {"http.request.method": "POST", "http.response.status_code": 200}, parent="c1"),
            span("t1", {"gen_ai.operation.name": "execute_tool"}, parent="a1"),
        ),
        request(span("a1", agent), span("w1", {"traceloop.span.kind": "workflow"})),
    )
    calls, _, notes = read(path)
    assert [call["call_id"] for call in calls] == [f"{TRACE}:c1"]
    assert notes.left_out == {AROUND: 3, OTHER: 1}


SDK, FRAMEWORK = "5d0000", "f00000"


@pytest.mark.parametrize(
    ("outer", "inner", "between", "counted"),
    [
        pytest.param(chat(), chat(), (), [SDK], id="framework around SDK, equal usage"),
        pytest.param(
            chat(gen_ai__response__id="r", gen_ai__usage__input_tokens=1),
            chat(gen_ai__response__id="r"),
            ({},),
            [SDK],
            id="the same response, with a plain span between",
        ),
        pytest.param(
            chat(gen_ai__usage__input_tokens=777), chat(), (), [SDK], id="a framework that adds up wrongly"
        ),
        pytest.param(chat(), chat(), ({}, {}), [SDK], id="equal usage, two spans between"),
        pytest.param(
            chat(gen_ai__usage__input_tokens=777),
            chat(),
            ({},),
            [FRAMEWORK, SDK],
            id="other usage, a span between",
        ),
        pytest.param(
            chat(),
            chat(),
            ({"gen_ai.operation.name": "execute_tool"},),
            [FRAMEWORK, SDK],
            id="a tool that calls a model makes a call of its own",
        ),
        pytest.param(
            chat(gen_ai__usage__input_tokens=9),
            chat(gen_ai__request__model="x", gen_ai__response__model="x"),
            (),
            [FRAMEWORK, SDK],
            id="another model with other usage",
        ),
        pytest.param(
            chat(gen_ai__response__id="a", gen_ai__usage__input_tokens=9),
            chat(gen_ai__response__id="b"),
            (),
            [FRAMEWORK, SDK],
            id="other responses with other usage",
        ),
    ],
)
def test_of_nested_spans_of_one_call_only_the_innermost_counts(
    tmp_path: Path,
    outer: dict[str, Any],
    inner: dict[str, Any],
    between: tuple[dict[str, Any], ...],
    counted: list[str],
) -> None:
    """The inner span stands first and in another line, as exporters write it: it ends first."""
    chain = [FRAMEWORK, *(f"b{number}" for number in range(len(between))), SDK]
    plain = [span(chain[n + 1], named, parent=chain[n], name="work") for n, named in enumerate(between)]
    path = write_lines(
        tmp_path / "nested.jsonl",
        request(span(SDK, inner, parent=chain[-2])),
        request(*plain),
        request(span(FRAMEWORK, outer)),
    )
    calls, _, notes = read(path)
    assert sorted(call["call_id"].rpartition(":")[2] for call in calls) == sorted(counted)
    assert notes.left_out[WRAPPER] == 2 - len(counted)


def test_three_layers_around_one_call_count_once(tmp_path: Path) -> None:
    spans = [span("c", chat(), parent="b"), span("b", chat(), parent="a"), span("a", chat())]
    calls, _, notes = read(write_lines(tmp_path / "x.jsonl", request(*spans)))
    assert [call["call_id"] for call in calls] == [f"{TRACE}:c"]
    assert notes.left_out == {WRAPPER: 2}


def test_the_same_span_ids_in_two_traces_are_two_calls(tmp_path: Path) -> None:
    spans = [span("a", chat(), trace="t1"), span("b", chat(), parent="a", trace="t2")]
    assert len(read(write_lines(tmp_path / "x.jsonl", request(*spans)))[0]) == 2


def test_a_response_id_of_several_calls_names_no_response(tmp_path: Path) -> None:
    spans = [span(one, chat(gen_ai__response__id="run_1"), parent="root") for one in ("a", "b")]
    spans.append(span("c", chat(gen_ai__response__id="resp_2")))
    calls = read(write_lines(tmp_path / "x.jsonl", request(*spans)))[0]
    assert [call.get("response_id") for call in calls] == [None, None, "resp_2"]


def test_marks_of_moments_of_a_call_are_no_calls(tmp_path: Path) -> None:
    named = {"openinference.span.kind": "LLM", "llm.model_name": "m"}
    spans = [
        span("a", named | {"llm.token_count.prompt": 9}, name="backend.openai.chat.start-1"),
        span("b", named, name="backend.openai.chat.success-1"),
    ]
    calls, _, notes = read(write_lines(tmp_path / "x.jsonl", request(*spans)))
    assert (len(calls), notes.left_out) == (1, {EVENT: 1})


def test_requests_sent_again_inside_a_span_are_said(tmp_path: Path) -> None:
    http = span("h", {"http.request.resend_count": 2}, parent="a", name="POST")
    path = write_lines(
        tmp_path / "x.jsonl",
        request(http, span("a", chat()), span("b", chat(http__request__resend_count=1), trace="t2")),
        request(span("c", chat(), trace="t3")),
    )
    calls, _, notes = read(path)
    assert [call["attributes"].get("resend_count") for call in calls] == [2, 1, None]
    assert len(notes.warnings) == 1
    assert notes.warnings[0].startswith("2 calls sent the request again")


def test_usage_on_agents_alone_is_said(tmp_path: Path) -> None:
    agent = {"gen_ai.operation.name": "invoke_agent", "gen_ai.usage.input_tokens": 100}
    calls, _, notes = read(write_lines(tmp_path / "x.jsonl", request(span("a", agent))))
    assert not calls
    assert "no span is a model call, but 1 spans of agents" in notes.warnings[0]


# --- sampling ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "named", "rate"),
    [
        pytest.param({"traceState": "ot=th:c"}, {}, 0.25, id="a threshold without its zeros"),
        pytest.param({"traceState": "vendor=1,ot=rv:8a;th:8"}, {}, 0.5, id="among others"),
        pytest.param({"trace_state": "ot=th:e6666666666668"}, {}, 0.1, id="14 digits, the other spelling"),
        pytest.param({"traceState": "ot=th:0"}, {}, None, id="all of them"),
        pytest.param({}, {"sampling.probability": 0.2}, 0.2, id="an attribute"),
        pytest.param({}, {"SampleRate": 20}, 0.05, id="one in twenty"),
        pytest.param({}, {"SampleRate": 1}, None, id="one in one"),
        pytest.param({}, {"sampler.type": "probabilistic", "sampler.param": 0.5}, 0.5, id="Jaeger's"),
    ],
)
def test_head_sampling_is_kept_and_said_with_its_setting(
    tmp_path: Path, fields: dict[str, Any], named: dict[str, Any], rate: float | None
) -> None:
    path = write_lines(tmp_path / "x.jsonl", request(span("a", chat() | named, **fields)))
    calls, _, notes = read(path)
    assert calls[0]["attributes"].get("sample_rate") == (None if rate is None else pytest.approx(rate))
    expected = [] if rate is None else [f"sampling: {{unit_rate: {rate:g}, method: head}}"]
    assert [setting in warning for warning in notes.warnings for setting in expected] == [True] * len(expected)
    assert len(notes.warnings) == len(expected)


def test_several_rates_are_not_one(tmp_path: Path) -> None:
    spans = [span("a", chat(), traceState="ot=th:8"), span("b", chat()), span("c", chat(), traceState="ot=th:c")]
    warnings = read(write_lines(tmp_path / "x.jsonl", request(*spans)))[2].warnings
    assert len(warnings) == 1
    assert "several rates: 0.25 (1 calls), 0.5 (1 calls), 1 (1 calls)" in warnings[0]


def test_tail_sampling_is_said(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "x.jsonl", request(span("a", chat(tailsampling__policy="errors"))))
    assert "sampling: {method: tail}" in read(path)[2].warnings[0]


# --- scores -----------------------------------------------------------------------------------------------


def evaluation(**named: Any) -> dict[str, Any]:
    return event(
        "gen_ai.evaluation.result",
        {f"gen_ai.evaluation.{name.replace('__', '.')}": value for name, value in named.items()},
        after_ms=9000,
    )


def test_evaluations_become_scores_about_the_call_or_the_trace(tmp_path: Path) -> None:
    on_call = evaluation(name="relevance", score__value=0.9, score__label="pass", explanation=CANARY_PROMPT)
    on_agent = evaluation(name="solved", score__label="yes")
    path = write_lines(
        tmp_path / "x.jsonl",
        request(
            span("a", chat(), events=[on_call]),
            span("b", {"gen_ai.operation.name": "invoke_agent"}, events=[on_agent]),
        ),
    )
    _, scores, _ = read(path)
    at = "2026-05-28T20:26:49.000000Z"
    assert scores == [
        {"from": "score", "name": "relevance", "value": 0.9, "decided_at": at, "call_id": f"{TRACE}:a",
         "trace_id": TRACE},
        {"from": "score", "name": "solved", "value": "yes", "decided_at": at, "trace_id": TRACE},
    ]  # fmt: skip


def test_evaluations_among_log_records_are_taken(tmp_path: Path) -> None:
    record = {
        "timeUnixNano": str(START_NS),
        "eventName": "gen_ai.evaluation.result",
        "traceId": TRACE,
        "spanId": "elsewhere",
        "body": {"stringValue": CANARY_PROMPT},
        "attributes": attributes({"gen_ai.evaluation.name": "judge", "gen_ai.evaluation.score.value": 1}),
    }
    other = {"body": {"stringValue": CANARY_PROMPT}, "attributes": []}
    logs = {"resourceLogs": [{"resource": {}, "scopeLogs": [{"logRecords": [record, other]}]}]}
    calls, scores, notes = read(write_lines(tmp_path / "x.jsonl", logs, {"resourceMetrics": [{}]}))
    assert (calls, notes.left_out) == ([], {LOGS: 1, METRICS: 1})
    assert [(score["call_id"], score["value"]) for score in scores] == [(f"{TRACE}:elsewhere", 1)]


# --- spellings of the file --------------------------------------------------------------------------------


def snake(value: Any) -> Any:
    """The same document with the snake_case names of the protocol."""
    if isinstance(value, list):
        return [snake(one) for one in value]
    if isinstance(value, dict):
        return {
            "".join(f"_{c.lower()}" if c.isupper() else c for c in key): snake(one) for key, one in value.items()
        }
    return value


def test_every_spelling_of_a_file_gives_the_same_calls(tmp_path: Path) -> None:
    document = request(span("a", chat(gen_ai__response__finish_reasons=["stop"])), span("b", {}, parent="a"))
    expected = read(write_lines(tmp_path / "lines.jsonl", document))[0]
    assert len(expected) == 1
    one_line, indented, packed = tmp_path / "a.json", tmp_path / "b.json", tmp_path / "c.jsonl.gz"
    one_line.write_text(json.dumps(document))
    indented.write_text("\ufeff" + json.dumps(document, indent=2))
    packed.write_bytes(gzip.compress(json.dumps(document).encode() + b"\n"))
    snaked = write_lines(tmp_path / "snake.jsonl", snake(document))
    assert [read(path)[0] for path in (one_line, indented, packed, snaked)] == [expected] * 4


def test_lines_longer_than_what_was_looked_at_are_lines_all_the_same(tmp_path: Path) -> None:
    long = request(span("a", chat(padding="x" * 1_200_000)))
    path = write_lines(tmp_path / "export.json", long, request(span("b", chat())))
    assert scan(path).format == "json"
    assert len(read(path)[0]) == 2


def test_one_document_longer_than_a_line_may_be_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    path.write_text(json.dumps(request(span("a", chat(padding="x" * 11_000_000)))))
    assert len(read(path)[0]) == 1


# --- bad files --------------------------------------------------------------------------------------------


def test_a_file_that_was_cut_loses_only_its_last_line(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "cut.jsonl", request(span("a", chat())), request(span("b", chat())))
    path.write_bytes(path.read_bytes()[:-40])
    summary = imported(tmp_path, path)["calls"]
    assert (summary.read, summary.imported, summary.rejected) == (2, 1, 1)
    assert summary.rejects[0].reason.startswith("in line 2 is not valid JSON")


def test_a_document_that_was_cut_is_refused_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "cut.json"
    path.write_text(json.dumps(request(span("a", chat())), indent=1)[:-30])
    with pytest.raises(BadInputError, match=r"cut\.json:\d+:\d+ is not valid JSON"):
        imported(tmp_path, path)


@pytest.mark.parametrize(
    ("name", "text", "got"),
    [
        pytest.param("a.jsonl", '{"call_id": "c", "model": "m"}\n', "an object with call_id, model", id="calls"),
        pytest.param("a.json", '[{"trace": 1}]', "a list", id="a list"),
        pytest.param("a.csv", "a,b\n1,2\n", "is csv", id="a table"),
        pytest.param("a.jsonl", "so it goes\n", "no line that can be read", id="text"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_what_was_expected(
    tmp_path: Path, name: str, text: str, got: str
) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(BadInputError, match="expected OTLP JSON") as caught:
        imported(tmp_path, path)
    assert got in str(caught.value)


@pytest.mark.parametrize(
    "text", ['{"resourceSpans": []}\n', '{"resourceSpans": [{"scopeSpans": [{"spans": []}]}]}\n']
)
def test_an_empty_export_says_that_it_has_no_rows(tmp_path: Path, text: str) -> None:
    path = tmp_path / "empty.jsonl"
    path.write_text(text)
    with pytest.raises(BadInputError, match="has no rows"):
        imported(tmp_path, path)


def test_a_line_of_another_kind_among_spans_is_rejected(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "x.jsonl", request(span("a", chat())), {"level": "info"})
    rows = list(Otel().rows(scan(path), Notes()))
    assert isinstance(rows[1].row, BrokenRow)
    assert "in line 2 is no export request" in rows[1].row.reason


def test_odd_values_harm_only_their_own_span(tmp_path: Path) -> None:
    odd = span("b", chat(gen_ai__usage__input_tokens="many"), startTimeUnixNano="yesterday", status="x", events={})
    odd["attributes"] += [
        "nonsense",
        {"key": 1},
        {"key": "n", "value": None},
        {"key": "m", "value": {"intValue": "?"}},
    ]
    headless = {"name": "chat", "attributes": attributes(chat())}
    path = write_lines(tmp_path / "x.jsonl", request(span("a", chat()), odd, headless))
    summary = imported(tmp_path, path)["calls"]
    assert (summary.read, summary.imported, summary.rejected) == (3, 1, 2)
    assert {reject.field for reject in summary.rejects} == {"started_at", "call_id"}


# --- what never leaves the file ---------------------------------------------------------------------------


def test_no_prompt_key_or_address_reaches_the_ledger(tmp_path: Path) -> None:
    content = {
        "gen_ai.input.messages": json.dumps([{"role": "user", "content": CANARY_PROMPT}]),
        "gen_ai.prompt.0.content": CANARY_PROMPT,
        "gen_ai.system_instructions": CANARY_PROMPT,
        "gen_ai.tool.call.arguments": CANARY_PROMPT,
        "llm.input_messages.0.message.content": CANARY_PROMPT,
        "input.value": CANARY_PROMPT,
        "traceloop.entity.input": CANARY_PROMPT,
        "traceloop.association.properties.last_message": "walrus",
        "app.query": CANARY_PROMPT,
        "app.note": CANARY_PROMPT,
        "app.auth": f"Bearer {CANARY_KEY}",
        "app.credential_used": CANARY_KEY,
        "app.variant": CANARY_KEY,
        "app.caller": CANARY_EMAIL,
        "user.email": CANARY_EMAIL,
        "user.id": CANARY_EMAIL,
        "metadata": json.dumps({"prompt": CANARY_PROMPT, "api_key": CANARY_KEY, "owner_hint": CANARY_EMAIL}),
        "tag.tags": [CANARY_KEY, CANARY_PROMPT],
        "error.type": CANARY_KEY,
    }
    said = [
        event("gen_ai.user.message", {"content": CANARY_PROMPT}),
        event("exception", {"exception.message": CANARY_PROMPT, "exception.type": CANARY_KEY}),
        evaluation(name="judge", score__value=1, score__label=CANARY_PROMPT, explanation=CANARY_PROMPT),
    ]
    bad = span("b", chat() | content, startTimeUnixNano=CANARY_PROMPT)
    path = write_lines(
        tmp_path / "canary.jsonl",
        request(span("a", chat() | content, events=said, name=CANARY_PROMPT), bad, resource=content),
    )
    summaries = imported(tmp_path, path)
    assert (summaries["calls"].imported, summaries["scores"].imported) == (1, 1)
    held = everything_in(tmp_path / "ledger") + repr(summaries)
    for canary in ("purple walrus", "canary-4f1d9c77aa20", "walrus.keeper"):
        assert canary not in held


def test_what_users_defined_is_kept_under_their_names(tmp_path: Path) -> None:
    named = {
        "feature": "refunds",
        "app.tenant_tier": "gold",
        "app.is_trial": False,
        "traceloop.association.properties.team": "care",
        "metadata": json.dumps({"release_train": 7, "nested": {"x": 1}}),
        "tag.tags": ["beta", "region:eu", "kind=a:b"],
        "http.route": "/chat",
        "gen_ai.request.temperature": 0.5,
    }
    tags = one_call(tmp_path, chat() | named)["attributes"]
    assert {name: value for name, value in tags.items() if name.startswith("tag.")} == {
        "tag.feature": "refunds",
        "tag.app.tenant_tier": "gold",
        "tag.app.is_trial": False,
        "tag.team": "care",
        "tag.release_train": 7,
        "tag.beta": "true",
        "tag.region": "eu",
        "tag.kind": "a:b",
    }


def test_importing_the_same_traces_twice_gives_them_once(tmp_path: Path) -> None:
    """Rotated files overlap: the span that both hold is a duplicate."""
    first = write_lines(tmp_path / "a.jsonl", request(span("a", chat()), span("b", chat())))
    second = write_lines(tmp_path / "b.jsonl", request(span("b", chat())), request(span("c", chat())))
    assert imported(tmp_path, first)["calls"].imported == 2
    again = imported(tmp_path, second)["calls"]
    assert (again.imported, again.duplicate, again.rejected) == (1, 1, 0)
