"""A record of LiteLLM_SpendLogs as a call of the interchange format, or why it is none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from routefit.ledger.formats.litellm_attributes import attributes
from routefit.ledger.formats.litellm_log import (
    NO_ERROR,
    NO_USAGE,
    ErrorInformation,
    Metadata,
    SpendLog,
    Usage,
)
from routefit.ledger.formats.litellm_names import (
    HEALTH_ACCOUNT,
    failed_status,
    failure_class,
    is_cancelled,
    is_health_check,
    is_mcp,
    is_pass_through,
    name_or_none,
    operation,
    response_id,
    served,
    service_tier,
)

_MILLISECOND = timedelta(milliseconds=1)
_STAMPED_LATE_MS = 2.0
_PLAIN_CHARACTERS = (19, 21, 22, 23)
_NO_ZONE = ("", ".")
_CACHE_HITS = ("True", "true", True)


def reason_left_out(log: SpendLog, metadata: Metadata) -> str | None:
    """Why a record is no call of a model; None when it is one."""
    call_type = log.call_type or ""
    if log.mcp_tool or is_mcp(call_type):
        return "MCP tools, not models"
    if HEALTH_ACCOUNT in (metadata.key_alias, log.api_key, log.team_id) or is_health_check(call_type):
        return "health checks of the gateway"
    if not log.model and is_pass_through(call_type):
        return "passed through without a model"
    if not log.model and is_failed(log, metadata):
        return "failed before a model was chosen"
    if not call_type or operation(call_type) or is_pass_through(call_type):
        return None
    if log.spend_usd or log.input_tokens or log.output_tokens:
        return None
    return f"no call of a model ({name_or_none(call_type) or 'unknown call type'})"


def is_failed(log: SpendLog, metadata: Metadata) -> bool:
    """Whether the row or its metadata says failure."""
    return log.status == "failure" or metadata.status == "failure"


def call_of(log: SpendLog, metadata: Metadata) -> dict[str, Any]:
    """The call; a column that the record says nothing about is left out."""
    error, model_map = metadata.error, metadata.model_map
    failed = log.status == "failure" or metadata.status == "failure"
    provider, model = served(
        log.provider or (error.llm_provider if error else None),
        log.model,
        model_map.model_map_key if model_map else None,
    )
    started_at, start = _instant(log.started)
    row: dict[str, Any] = {"call_id": log.request_id, "started_at": started_at}
    if provider:
        row["provider"] = provider
    if model:
        row["model"] = model
    requested = metadata.original_model_group or log.model_group or (log.model if failed else None)
    if requested:
        row["requested_model"] = requested
    if log.call_type:
        row["operation"] = operation(log.call_type) or _unlisted_operation(log)
    if log.input_tokens or log.output_tokens:
        _put_usage(row, log, metadata.usage or metadata.additional_usage or NO_USAGE)
    if start is not None:
        _put_latencies(row, log, start, failed=failed)
    if log.spend_usd is not None:
        row["cost_usd"] = log.spend_usd
    if failed or error is not None:
        _put_failure(row, error or NO_ERROR, failed=failed)
    elif log.status or metadata.status:
        row["status"] = "ok"
    retries = metadata.attempted_retries
    if retries is not None and retries >= 0 and not metadata.attempted_fallbacks:
        row["attempt_no"] = retries + 1
    if log.cache_hit in _CACHE_HITS:
        row["served_from"] = "gateway_cache"
    elif not failed and (answer := response_id(log.request_id, provider)):
        row["response_id"] = answer
    if log.session_id:
        row["session_id"] = log.session_id
    if log.end_user:
        row["customer"] = log.end_user
    named = attributes(log, metadata)
    if named:
        row["attributes"] = named
    return row


def _unlisted_operation(log: SpendLog) -> str:
    return "chat" if log.output_tokens and is_pass_through(log.call_type or "") else "other"


def _put_usage(row: dict[str, Any], log: SpendLog, usage: Usage) -> None:
    """Tokens, cached and written ones inside input; where their sum is larger than input they stood beside it."""
    whole = log.input_tokens or 0
    cached, written = usage.cache_read_tokens, usage.cache_write_tokens
    details = usage.prompt_details or usage.input_details
    if details is not None:
        cached = cached or details.cached_tokens
        written = written or details.cache_creation_tokens or details.cache_write_tokens
    if cached is not None:
        row["cached_input_tokens"] = cached
    if written is not None:
        row["cache_write_tokens"] = written
    beside = (cached or 0) + (written or 0)
    row["input_tokens"] = whole + beside if beside > whole else whole
    row["output_tokens"] = log.output_tokens or 0
    spoken = usage.completion_details or usage.output_details
    if spoken is not None and spoken.reasoning_tokens is not None:
        row["reasoning_tokens"] = spoken.reasoning_tokens
    if usage.service_tier and (billed := service_tier(usage.service_tier)):
        row["service_tier"] = billed


def _put_latencies(row: dict[str, Any], log: SpendLog, start: datetime, *, failed: bool) -> None:
    """Milliseconds; LiteLLM stamps many failures only when it logs them, and unstreamed answers at their end."""
    end = _utc(log.ended)
    if end is None:
        if log.request_duration_ms is not None:
            row["e2e_ms"] = log.request_duration_ms
        return
    e2e_ms = (end - start) / _MILLISECOND
    if e2e_ms >= 0 and not (failed and e2e_ms < _STAMPED_LATE_MS):
        row["e2e_ms"] = e2e_ms
    if not log.first_token or log.first_token == log.ended or failed:
        return
    first = _utc(log.first_token)
    if first is not None and start < first < end:
        row["ttft_ms"] = (first - start) / _MILLISECOND


def _put_failure(row: dict[str, Any], error: ErrorInformation, *, failed: bool) -> None:
    if failed:
        row["status"] = failed_status(error.error_class, error.error_code)
    elif is_cancelled(error.error_class, error.error_code):
        row["status"] = "cancelled"
    else:
        row["status"] = "ok"
        return
    why = failure_class(error.error_class, error.error_code)
    if why:
        row["failure_class"] = why


def _instant(text: str | None) -> tuple[str | None, datetime | None]:
    """The instant as the interchange format spells it, and in UTC without saying so.

    A text that is no time is handed on as it is: the readers refuse it with its place.
    """
    at = _utc(text)
    if text is None or at is None:
        return text or None, None
    if (
        len(text) in _PLAIN_CHARACTERS
        and text[4] == "-"
        and text[13] == ":"
        and text[19:20] in _NO_ZONE
        and text[-1] != "Z"
    ):
        return f"{text[:10]}T{text[11:]}Z", at
    return f"{at.isoformat()}Z", at


def _utc(text: str | None) -> datetime | None:
    """The time in UTC, without a zone so that differences are quick; one that names no zone is in UTC."""
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is None else at.astimezone(UTC).replace(tzinfo=None)
