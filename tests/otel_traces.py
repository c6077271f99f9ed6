"""OTLP JSON by hand: spans, attributes and requests as the collector's file exporter writes them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

START_NS = 1_780_000_000_000_000_000
"""2026-05-28T20:26:40Z"""

TRACE = "5b8efff798038103d269b633813fc60c"


def typed(value: Any) -> dict[str, Any]:
    """A value as OTLP types it; whole numbers are texts."""
    match value:
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
        case list():
            return {"arrayValue": {"values": [typed(one) for one in value]}}
        case _:
            return {"stringValue": value}


def attributes(named: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Attributes as the list that OTLP has."""
    return [{"key": name, "value": typed(value)} for name, value in named.items()]


def span(
    span_id: str,
    named: Mapping[str, Any],
    *,
    parent: str = "",
    trace: str = TRACE,
    name: str = "chat m-1",
    milliseconds: int | None = 1500,
    events: Iterable[Mapping[str, Any]] = (),
    **fields: Any,
) -> dict[str, Any]:
    """A span of that many milliseconds; None is a span without an end."""
    made = {
        "traceId": trace,
        "spanId": span_id,
        "parentSpanId": parent,
        "name": name,
        "kind": 3,
        "startTimeUnixNano": str(START_NS),
        "attributes": attributes(named),
        "events": list(events),
        "status": {},
    }
    if milliseconds is not None:
        made["endTimeUnixNano"] = str(START_NS + milliseconds * 1_000_000)
    return made | fields


def event(name: str, named: Mapping[str, Any], *, after_ms: int = 0) -> dict[str, Any]:
    """An event of a span."""
    return {
        "name": name,
        "timeUnixNano": str(START_NS + after_ms * 1_000_000),
        "attributes": attributes(named),
    }


def request(*spans: Mapping[str, Any], resource: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """One export request."""
    named = {"service.name": "support-bot"} if resource is None else resource
    return {
        "resourceSpans": [
            {"resource": {"attributes": attributes(named)}, "scopeSpans": [{"scope": {}, "spans": list(spans)}]}
        ]
    }


def chat(**more: Any) -> dict[str, Any]:
    """The attributes of a model call in the current conventions; `__` in a name is a dot."""
    named = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "m-1",
        "gen_ai.response.model": "m-1-2026-01-01",
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 20,
    }
    return named | {name.replace("__", "."): value for name, value in more.items()}


def write_lines(path: Path, *requests: Mapping[str, Any]) -> Path:
    """A file of the collector's file exporter."""
    path.write_text("".join(json.dumps(one) + "\n" for one in requests))
    return path
