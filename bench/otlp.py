"""OTLP JSON of GenAI spans for measuring, and the engine alone reading it.

Run as a child: `python -m bench.otlp IN.jsonl OUT.parquet`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from bench.engine import connect
from bench.fleet import Fleet

SHARE_OF_CALLS = 8
"""One call for so many of the fleet: each comes with the spans of an agent and of an HTTP request."""

CALLS_PER_LINE = 20

_VALUE = 'STRUCT("stringValue" VARCHAR, "intValue" VARCHAR, "doubleValue" DOUBLE, "boolValue" BOOLEAN)'
_ATTRIBUTES = f'STRUCT("key" VARCHAR, "value" {_VALUE})[]'
_SPAN = (
    '"traceId" VARCHAR, "spanId" VARCHAR, "parentSpanId" VARCHAR, "name" VARCHAR, "startTimeUnixNano" VARCHAR,'
    f' "endTimeUnixNano" VARCHAR, "attributes" {_ATTRIBUTES}, "status" STRUCT("code" INTEGER)'
)
_REQUESTS = (
    f'STRUCT("resource" STRUCT("attributes" {_ATTRIBUTES}), "scopeSpans" STRUCT("spans" STRUCT({_SPAN})[])[])[]'
)
_TEXTS = {
    "gen_ai.operation.name": "operation",
    "gen_ai.provider.name": "provider",
    "gen_ai.request.model": "requested_model",
    "gen_ai.response.model": "model",
    "gen_ai.response.id": "response_id",
    "gen_ai.conversation.id": "session_id",
    "enduser.id": "customer",
    "ticket.id": "ticket",
}
_COUNTS = {
    "gen_ai.usage.input_tokens": "input_tokens",
    "gen_ai.usage.output_tokens": "output_tokens",
    "gen_ai.usage.cache_read.input_tokens": "cached_input_tokens",
}


def write_traces(fleet: Fleet, folder: Path) -> Path:
    """The file of traces of this fleet in the order of time, without prompts; made once."""
    path = folder / f"otlp-{fleet.name}.jsonl"
    if path.exists():
        return path
    with connect() as engine:
        engine.execute(
            f"COPY ({_requests_query(fleet)}) TO '{path}'"
            " (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x01')"
        )
    return path


def _text(name: str, value: str) -> str:
    return f"""'{{"key":"{name}","value":{{"stringValue":"' || {value} || '"}}}}'"""


def _whole(name: str, value: str) -> str:
    return f"""'{{"key":"{name}","value":{{"intValue":"' || {value} || '"}}}}'"""


def _span(span_id: str, parent: str, name: str, start: str, end: str, attributes: list[str]) -> str:
    listed = " || ',' || ".join(attributes)
    return f"""
        '{{"traceId":"' || trace || '","spanId":"' || {span_id} || '","parentSpanId":"' || {parent}
        || '","flags":257,"name":"{name}","kind":3,"startTimeUnixNano":"' || {start}
        || '","endTimeUnixNano":"' || {end} || '","attributes":[' || {listed}
        || '],"events":[],"status":{{}}}}'"""


def _requests_query(fleet: Fleet) -> str:
    start_ns = f"(1777593600000 + h % {fleet.days * 86_400_000}) * 1000000"
    agent = _span(
        "left(md5('a' || i), 16)",
        "''",
        "invoke_agent triage",
        "start_ns",
        "(start_ns + 9400000000)",
        [_text("gen_ai.operation.name", "'invoke_agent'"), _text("gen_ai.agent.name", "'triage'")],
    )
    call = _span(
        "left(md5('c' || i), 16)",
        "left(md5('a' || i), 16)",
        "chat gpt-4o-mini",
        "(start_ns + 1000000)",
        "(start_ns + (300 + h % 9000) * 1000000)",
        [
            _text("gen_ai.operation.name", "'chat'"),
            _text("gen_ai.provider.name", "'openai'"),
            _text("gen_ai.request.model", "'gpt-4o-mini'"),
            _text("gen_ai.response.model", "'gpt-4o-mini-2024-07-18'"),
            _text("gen_ai.response.id", "'chatcmpl-' || md5('r' || i)"),
            _text("gen_ai.conversation.id", "'conversation-' || h % 9000"),
            _text("enduser.id", "'customer-' || h % 5000"),
            _text("ticket.id", "'T-' || h % 1000000"),
            _text("server.address", "'api.openai.com'"),
            _whole("server.port", "443"),
            _whole("gen_ai.usage.input_tokens", "(100 + h % 8000)"),
            _whole("gen_ai.usage.output_tokens", "(10 + h % 900)"),
            _whole("gen_ai.usage.cache_read.input_tokens", "(h % 100)"),
        ],
    )
    request = _span(
        "left(md5('h' || i), 16)",
        "left(md5('c' || i), 16)",
        "POST",
        "(start_ns + 2000000)",
        "(start_ns + (290 + h % 9000) * 1000000)",
        [
            _text("http.request.method", "'POST'"),
            _text("url.full", "'https://api.openai.com/v1/chat/completions'"),
            _whole("http.response.status_code", "200"),
        ],
    )
    resource = ",".join(
        f'{{"key":"{name}","value":{{"stringValue":"{value}"}}}}'
        for name, value in (
            ("service.name", "support-api"),
            ("telemetry.sdk.language", "python"),
            ("deployment.environment.name", "production"),
        )
    )
    return f"""
        WITH drawn AS (
            SELECT range AS i, CAST(hash(range, {fleet.seed}) >> 2 AS BIGINT) AS h
            FROM range({max(1, fleet.calls // SHARE_OF_CALLS)})
        ), timed AS (
            SELECT i, h, md5('t' || i) AS trace, {start_ns} AS start_ns FROM drawn ORDER BY start_ns, i
        ), spans AS (
            SELECT row_number() OVER (ORDER BY start_ns, i) // {CALLS_PER_LINE} AS line, start_ns,
                {agent} || ',' || {call} || ',' || {request} AS three
            FROM timed
        )
        SELECT '{{"resourceSpans":[{{"resource":{{"attributes":[{resource}]}},"scopeSpans":[{{"scope":'
            || '{{"name":"opentelemetry.instrumentation.openai_v2","version":"2.1"}},"spans":['
            || string_agg(three, ',' ORDER BY start_ns) || ']}}]}}]}}' AS line
        FROM spans GROUP BY spans.line ORDER BY spans.line
    """


def read(source: str, target: str) -> None:
    """Typed requests, unnested to spans, to Parquet of the columns that an import stores; nothing checked."""
    texts = ", ".join(f'{_attribute(key)}."stringValue" AS {name}' for key, name in _TEXTS.items())
    counts = ", ".join(f'CAST({_attribute(key)}."intValue" AS BIGINT) AS {name}' for key, name in _COUNTS.items())
    with connect() as engine:
        engine.execute(f"""
            COPY (
                SELECT s."traceId" || ':' || s."spanId" AS call_id, s."traceId" AS trace_id,
                    s."parentSpanId" AS parent_id, s.name AS span_name,
                    make_timestamp_ns(CAST(s."startTimeUnixNano" AS BIGINT)) AS started_at,
                    (CAST(s."endTimeUnixNano" AS BIGINT) - CAST(s."startTimeUnixNano" AS BIGINT)) / 1e6 AS e2e_ms,
                    s.status.code AS status, {texts}, {counts}
                FROM (
                    SELECT s, list_transform(s.attributes, lambda one: one.key) AS keys FROM (
                        SELECT unnest(scopes.spans) AS s FROM (
                            SELECT unnest(requests."scopeSpans") AS scopes FROM (
                                SELECT unnest("resourceSpans") AS requests
                                FROM read_json('{source}', format = 'newline_delimited',
                                    columns = {{"resourceSpans": '{_REQUESTS}'}})
                            )
                        )
                    )
                )
                WHERE list_contains(keys, 'gen_ai.response.id')
            ) TO '{target}' (FORMAT parquet, COMPRESSION zstd)
        """)


def _attribute(key: str) -> str:
    return f"s.attributes[list_position(keys, '{key}')].value"


if __name__ == "__main__":
    read(*sys.argv[1:])
