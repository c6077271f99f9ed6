"""An observation of Langfuse that is a model call, as a row of `calls`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from routefit.ledger.formats.langfuse_records import LangfuseRecord
from routefit.ledger.formats.langfuse_usage import cost_usd, other_usage, token_counts
from routefit.ledger.formats.otel_attributes import (
    custom_tags,
    first_of,
    first_text,
    handed_on,
    json_or_none,
    list_tags,
    plain_text,
    service_name,
    user_tags,
)
from routefit.ledger.formats.otel_calls import SESSION_ID, provider
from routefit.ledger.formats.otel_kinds import (
    RESPONSE_ID,
    is_call_event,
    requested_model,
    served_model,
    span_kind,
)
from routefit.ledger.formats.otel_nesting import CallSign
from routefit.ledger.formats.otel_outcome import cut_off_class, error_columns
from routefit.ledger.formats.otel_usage import usage_columns

_CALL_TYPES = {"GENERATION": "chat", "EMBEDDING": "embedding"}
_BORDER_TYPES = ("AGENT", "TOOL")
_OF_TELEMETRY = ("attributes", "resourceAttributes", "scope")
_OF_LIBRARIES = ("ls_", "langgraph_", "checkpoint_", "langfuse_")
_LANGCHAIN_PROVIDER = ("ls_provider", "provider")
_MILLISECOND = timedelta(milliseconds=1)
_NO_ENVIRONMENT = "default"
_KNOWN_TIERS = ("flex", "priority", "batch")


def operation(record: LangfuseRecord) -> str | None:
    """What kind of request the observation is; None when it is no model call."""
    kind = _type(record)
    found = _CALL_TYPES.get(kind)
    name = record.fields.get("name")
    if found is None or (is_call_event(name) and token_counts(record.fields).is_empty):
        return None
    by_name = span_kind(name, span_attributes(record)).operation
    return by_name if found == "chat" and by_name not in (None, "other") else found


def ends_nesting(record: LangfuseRecord) -> bool:
    """Whether a model call inside the observation is a call of its own."""
    return _type(record) in _BORDER_TYPES


def _type(record: LangfuseRecord) -> str:
    kind = record.fields.get("type")
    if isinstance(kind, str):
        return kind.upper()
    return "GENERATION" if record.fields.get("model") else "SPAN"


def trace_id(record: LangfuseRecord) -> Any:
    """The trace of an observation or a score."""
    return record.fields.get("traceId") or record.trace.get("id")


def call_sign(record: LangfuseRecord) -> CallSign:
    """What tells the call from another one."""
    return CallSign(usage=token_counts(record.fields).sign, response_id=_response_id(record), model=_model(record))


def call_row(record: LangfuseRecord, operation: str) -> dict[str, Any]:
    """The row of a call; what the export does not say is left out."""
    fields, named = record.fields, span_attributes(record)
    start, end = fields.get("startTime"), fields.get("endTime")
    counts = token_counts(fields)
    session = record.of_trace("sessionId", "sessionId")
    row = {
        "call_id": fields.get("id"),
        "trace_id": trace_id(record),
        "parent_id": fields.get("parentObservationId"),
        "session_id": session or first_text(named, SESSION_ID),
        "customer": record.of_trace("userId", "userId") or first_text(named, ("user.id",)),
        "response_id": _response_id(record),
        "provider": _provider(record),
        "model": _model(record),
        "requested_model": requested_model(named) or requested_model(_metadata(fields)),
        "operation": operation,
        "service_tier": _service_tier(fields),
        "started_at": utc_text(start),
        "ttft_ms": milliseconds(start, fields.get("completionStartTime")),
        "e2e_ms": milliseconds(start, end),
        **_ending(record, has_end=end is not None),
        **usage_columns(counts),
        "other_usage": other_usage(fields),
        "cost_usd": cost_usd(fields, counts),
        "prompt_version": plain_text(_as_text(fields.get("promptVersion"))),
        "attributes": _attributes(record),
    }
    return handed_on(row)


def _attributes(record: LangfuseRecord) -> dict[str, Any]:
    fields, environment = record.fields, record.of_trace("environment", "environment")
    known = {
        "service": service_name(_part(_metadata(fields), "resourceAttributes")),
        "span_name": plain_text(fields.get("name")),
        "environment": None if environment == _NO_ENVIRONMENT else plain_text(environment),
        "trace_name": plain_text(record.of_trace("name", "traceName")),
        "prompt_name": plain_text(fields.get("promptName")),
    }
    return (
        {name: value for name, value in known.items() if value is not None}
        | custom_tags(_part(_metadata(fields), "resourceAttributes"))
        | custom_tags(span_attributes(record))
        | _metadata_tags(_metadata(record.trace))
        | _metadata_tags(_metadata(fields))
        | list_tags(record.trace.get("tags"))
        | list_tags(fields.get("tags"))
    )


def _metadata_tags(metadata: Mapping[str, Any]) -> dict[str, Any]:
    own = {
        name: value
        for name, value in metadata.items()
        if name not in _OF_TELEMETRY and not name.startswith(_OF_LIBRARIES)
    }
    return user_tags(own.items()) | list_tags(metadata.get("tags"))


def _metadata(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = fields.get("metadata")
    return metadata if isinstance(metadata, dict) else {}


def span_attributes(record: LangfuseRecord) -> Mapping[str, Any]:
    """The attributes of the OpenTelemetry span that the observation was made of."""
    return _part(_metadata(record.fields), "attributes")


def _part(metadata: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = metadata.get(name)
    if isinstance(part, str):
        part = json_or_none(part)
    return part if isinstance(part, dict) else {}


def _model(record: LangfuseRecord) -> str | None:
    named = first_text(record.fields, ("model", "providedModelName", "modelId"))
    return named or served_model(span_attributes(record))


def _provider(record: LangfuseRecord) -> str | None:
    named = provider(span_attributes(record))
    if named is None:
        named = first_text(
            _metadata(record.fields), ("gen_ai.provider.name", "gen_ai.system", *_LANGCHAIN_PROVIDER)
        )
    return named.lower() if named else None


def _response_id(record: LangfuseRecord) -> str | None:
    return first_text(span_attributes(record), RESPONSE_ID)


def _service_tier(fields: Mapping[str, Any]) -> str | None:
    """The tier that was asked for, where it is one that is always the one billed."""
    parameters = fields.get("modelParameters")
    tier = parameters.get("service_tier") if isinstance(parameters, dict) else None
    return tier if tier in _KNOWN_TIERS else None


def _ending(record: LangfuseRecord, *, has_end: bool) -> dict[str, Any]:
    fields = record.fields
    if fields.get("level") == "ERROR":
        message = fields.get("statusMessage")
        return error_columns(
            first_text(span_attributes(record), ("error.type", "exception.type")),
            message if isinstance(message, str) else None,
        )
    if not has_end and token_counts(fields).is_empty:
        return {}
    cut_off = cut_off_class(span_attributes(record)) or cut_off_class(
        {"llm.finish_reason": first_of(_metadata(fields), ("finish_reason", "finishReason", "stop_reason"))}
    )
    return {"status": "ok", "failure_class": cut_off}


def _as_text(value: Any) -> str | None:
    return None if value is None else str(value)


def utc_text(value: Any) -> Any:
    """A time with its zone: the exports write UTC, some of them without saying so."""
    at = _instant(value)
    if at is None or at.tzinfo is not None:
        return value
    return f"{value.strip()}Z"


def milliseconds(start: Any, end: Any) -> float | None:
    """Milliseconds between two times; None when one is absent or the end lies before the start.

    `latency` is never used: it is in seconds in some exports and in milliseconds in others.
    """
    first, last = _instant(start), _instant(end)
    if first is None or last is None:
        return None
    first, last = (at if at.tzinfo else at.replace(tzinfo=UTC) for at in (first, last))
    return (last - first) / _MILLISECOND if last >= first else None


def _instant(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        return datetime.fromisoformat(value.strip())
    except ValueError:
        return None
