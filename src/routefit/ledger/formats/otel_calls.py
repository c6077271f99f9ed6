"""A span that is a model call, as a row of `calls`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from routefit.ledger.formats.otel_attributes import (
    custom_tags,
    first_of,
    first_text,
    handed_on,
    plain_text,
    service_name,
)
from routefit.ledger.formats.otel_kinds import RESPONSE_ID, requested_model, served_model
from routefit.ledger.formats.otel_outcome import cut_off_class, error_columns
from routefit.ledger.formats.otel_sampling import sample_rate
from routefit.ledger.formats.otel_spans import Record, instant, nanoseconds
from routefit.ledger.formats.otel_usage import TokenCounts, usage_columns

PROVIDER = ("gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system", "ai.model.provider")
SESSION_ID = (
    "gen_ai.conversation.id",
    "session.id",
    "langfuse.session.id",
    "traceloop.association.properties.session_id",
    "ai.telemetry.metadata.sessionId",
)
CUSTOMER = (
    "user.id",
    "enduser.id",
    "langfuse.user.id",
    "traceloop.association.properties.user_id",
    "ai.telemetry.metadata.userId",
)
_COST = (
    "gen_ai.usage.cost",
    "gen_ai.usage.total_cost",
    "gen_ai.cost.total_cost",
    "operation.cost",
    "llm.cost.total",
    "llm.usage.cost",
)
_TIERS = (
    "gen_ai.openai.response.service_tier",
    "openai.response.service_tier",
    "gen_ai.response.service_tier",
    "gen_ai.openai.request.service_tier",
    "openai.request.service_tier",
    "gen_ai.request.service_tier",
)
_KNOWN_TIERS = {
    "default": "standard",
    "standard": "standard",
    "batch": "batch",
    "flex": "flex",
    "priority": "priority",
}
_STREAM = ("gen_ai.request.stream", "gen_ai.is_streaming", "llm.is_streaming")
_ENVIRONMENT = ("deployment.environment.name", "deployment.environment", "langfuse.environment")
_TRACE_NAME = ("langfuse.trace.name", "traceloop.workflow.name")
_PROMPT_NAME = ("gen_ai.prompt.name", "langfuse.observation.prompt.name")
_PROMPT_VERSION = ("gen_ai.prompt.version", "langfuse.observation.prompt.version")
_HTTP_STATUS = ("http.response.status_code", "http.status_code")
_FIRST_TOKEN_SECONDS = (
    "gen_ai.response.time_to_first_chunk",
    "gen_ai.client.operation.time_to_first_chunk",
    "gen_ai.server.time_to_first_token",
    "gen_ai.response.time_to_first_token",
)
_FIRST_TOKEN_MS = ("ai.response.msToFirstChunk",)
_FIRST_TOKEN_EVENTS = frozenset(
    (
        "First Token Stream Event",
        "gen_ai.content.completion.chunk",
        "llm.content.completion.chunk",
        "gen_ai.first_token",
        "first_token",
        "ai.stream.firstChunk",
    )
)
_ERROR_CODES = (2, "2", "STATUS_CODE_ERROR")
RESEND_COUNT = "http.request.resend_count"


def call_id(trace_id: Any, span_id: Any) -> str | None:
    """`TRACE:SPAN`: a span id is unique only within its trace."""
    return f"{trace_id}:{span_id}" if isinstance(trace_id, str) and isinstance(span_id, str) else None


def call_row(record: Record, operation: str, counts: TokenCounts, *, resends: int | None) -> dict[str, Any]:
    """The row of a call; what the span does not say is left out."""
    named, resource = record.attributes, record.resource
    started_at = record.field("startTimeUnixNano", "start_time_unix_nano")
    row = {
        "call_id": call_id(record.trace_id, record.span_id),
        "trace_id": record.trace_id,
        "parent_id": call_id(record.trace_id, record.parent_span_id),
        "session_id": first_text(named, SESSION_ID) or first_text(resource, ("session.id",)),
        "customer": first_text(named, CUSTOMER),
        "response_id": first_text(named, RESPONSE_ID),
        "provider": provider(named),
        "model": served_model(named),
        "requested_model": requested_model(named),
        "operation": operation,
        "service_tier": service_tier(first_of(named, _TIERS)),
        "started_at": instant(started_at),
        **_durations(record, nanoseconds(started_at)),
        **_ending(record),
        **usage_columns(counts),
        "cost_usd": first_of(named, _COST),
        "prompt_version": plain_text(first_text(named, _PROMPT_VERSION)),
        "stream": stream if isinstance(stream := first_of(named, _STREAM), bool) else None,
        "attributes": _attributes(record, resends),
    }
    return handed_on(row)


def provider(attributes: Mapping[str, Any]) -> str | None:
    """Who served, in lower case; a framework that names itself as the system is passed over."""
    for name in PROVIDER:
        value = first_text(attributes, (name,))
        if value and "agent" not in value.lower() and value.lower() != "langchain":
            return value.lower()
    return None


def service_tier(value: Any) -> str | None:
    """The tier in the ledger's words; None for `auto` and what is not known."""
    return _KNOWN_TIERS.get(value.lower()) if isinstance(value, str) else None


def _attributes(record: Record, resends: int | None) -> dict[str, Any]:
    named, resource = record.attributes, record.resource
    known = {
        "service": service_name(resource),
        "span_name": plain_text(record.field("name")),
        "environment": plain_text(first_text(named, _ENVIRONMENT) or first_text(resource, _ENVIRONMENT)),
        "trace_name": plain_text(first_text(named, _TRACE_NAME)),
        "prompt_name": plain_text(first_text(named, _PROMPT_NAME)),
        "sample_rate": call_sample_rate(record),
        "resend_count": resends,
    }
    kept = {name: value for name, value in known.items() if value is not None}
    return kept | custom_tags(resource) | custom_tags(named)


def call_sample_rate(record: Record) -> float | None:
    """The rate at which the span was sampled, where it is below 1."""
    rate = sample_rate(record.field("traceState", "trace_state"), record.attributes, record.resource)
    return rate if rate is not None and rate < 1 else None


def _durations(record: Record, start: int | None) -> dict[str, float | None]:
    """Milliseconds to the first token and to the end; an end that is absent or before the start is unknown."""
    end = nanoseconds(record.field("endTimeUnixNano", "end_time_unix_nano"))
    return {
        "ttft_ms": _first_token_ms(record, start),
        "e2e_ms": (end - start) / 1e6 if start and end and end >= start else None,
    }


def _first_token_ms(record: Record, start: int | None) -> float | None:
    for names, scale in ((_FIRST_TOKEN_SECONDS, 1000), (_FIRST_TOKEN_MS, 1)):
        value = first_of(record.attributes, names)
        try:
            return float(value) * scale
        except (TypeError, ValueError):
            continue
    for event, _ in record.events():
        at = nanoseconds(event.get("timeUnixNano") or event.get("time_unix_nano"))
        if str(event.get("name")) in _FIRST_TOKEN_EVENTS and start and at and at >= start:
            return (at - start) / 1e6
    return None


def _ending(record: Record) -> dict[str, Any]:
    named, status = record.attributes, record.field("status")
    code = status.get("code") if isinstance(status, dict) else None
    error = first_text(named, ("error.type",))
    if code in _ERROR_CODES or error:
        thrown = (attributes.get("exception.type") for _, attributes in record.events())
        error = error or next((one for one in thrown if isinstance(one, str)), None)
        return error_columns(error, http_status=first_of(named, _HTTP_STATUS))
    return {"status": "ok", "failure_class": cut_off_class(named)}
