"""Whatever stands in a field of a span or an observation, the rest of the file goes in."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given

from odd_values import spoiled
from otel_traces import chat, event, request, span
from routefit.ledger.formats.format import Format, Notes
from routefit.ledger.formats.langfuse import Langfuse
from routefit.ledger.formats.otel import Otel
from routefit.ledger.source_file import scan

OTEL = request(
    span("a", chat(gen_ai__response__finish_reasons=["stop"], tag__tags=["x"]), parent="b", traceState="ot=th:8"),
    span("b", {"gen_ai.operation.name": "invoke_agent"}),
    span(
        "c",
        chat(error__type="E", metadata='{"k": 1}'),
        events=[
            event("gen_ai.evaluation.result", {"gen_ai.evaluation.name": "n", "gen_ai.evaluation.score.value": 1}),
            event("first_token", {}),
        ],
    ),
)
LANGFUSE = {
    "trace": {"id": "t", "timestamp": "2026-06-01T08:00:00Z", "tags": ["a:b"], "metadata": {"k": "v"}},
    "observations": [
        {
            "id": "o",
            "traceId": "t",
            "type": "GENERATION",
            "name": "n",
            "parentObservationId": "p",
            "startTime": "2026-06-01T08:00:00Z",
            "endTime": "2026-06-01T08:00:01Z",
            "completionStartTime": "2026-06-01T08:00:00.5Z",
            "model": "m",
            "modelParameters": {"service_tier": "flex"},
            "usageDetails": {"input": 1, "output": 2, "input_cached_tokens": 1, "total": 4},
            "usage": {"unit": "TOKENS", "input": 1},
            "costDetails": {"total": 0.1},
            "level": "ERROR",
            "statusMessage": "E: x",
            "promptName": "p",
            "promptVersion": 1,
            "metadata": {
                "attributes": {"gen_ai.system": "s"},
                "resourceAttributes": {"service.name": "s"},
                "tags": [],
            },
        },
        {"id": "p", "traceId": "t", "type": "AGENT", "startTime": "2026-06-01T08:00:00Z"},
    ],
    "scores": [
        {
            "id": "s",
            "traceId": "t",
            "observationId": "o",
            "sessionId": "z",
            "name": "n",
            "source": "API",
            "value": 1,
            "stringValue": "w",
            "dataType": "NUMERIC",
            "timestamp": "2026-06-01T09:00:00Z",
        }
    ],
}
GOOD_OTEL = request(span("good", chat(), trace="good"))
GOOD_LANGFUSE = {
    "id": "good",
    "traceId": "good",
    "type": "GENERATION",
    "startTime": "2026-06-01T08:00:00Z",
    "model": "m",
}


def good_calls(form: Format, good: dict[str, Any], odd: dict[str, Any]) -> int:
    """How many calls of the good line come through; rows can be written, and numbers are unique within a kind."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.jsonl"
        path.write_text(json.dumps(good) + "\n" + json.dumps(odd) + "\n")
        rows = list(form.rows(scan(path), Notes()))
    for found in rows:
        if isinstance(found.row, dict):
            msgspec.json.encode(found.row)
    assert len({(found.kind, found.number) for found in rows}) == len(rows)
    return sum(isinstance(one.row, dict) and one.row.get("trace_id") == "good" for one in rows)


@given(spoiled(OTEL))
def test_odd_values_of_spans_harm_no_other_line(odd: dict[str, Any]) -> None:
    assert good_calls(Otel(), GOOD_OTEL, odd) == 1


@given(spoiled(LANGFUSE))
def test_odd_values_of_observations_harm_no_other_line(odd: dict[str, Any]) -> None:
    assert good_calls(Langfuse(), GOOD_LANGFUSE, odd) == 1
