"""A record of LiteLLM_SpendLogs as a call of the interchange format, or why it is none.

Most of what a record says, thousands of others say too: those columns are made once for all of them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from routefit.ledger.formats.litellm_attributes import custom_attributes
from routefit.ledger.formats.litellm_log import NO_USAGE, Metadata, SpendLog, Usage, tags_of
from routefit.ledger.formats.litellm_names import HEALTH_ACCOUNT, response_id
from routefit.ledger.formats.litellm_traits import CallKind, Traits, kind_of

_MILLISECOND = timedelta(milliseconds=1)
_STAMPED_LATE_MS = 2.0
_PLAIN_CHARACTERS = (19, 21, 22, 23)
_BEFORE_THE_TIME = ("T", " ")
_CACHE_HITS = ("True", "true", True)


def call_kind(log: SpendLog, metadata: Metadata) -> CallKind:
    """What the record has in common with others."""
    error, model_map, tags = metadata.error, metadata.model_map, log.request_tags
    has_tokens = bool(log.input_tokens or log.output_tokens)
    usage = metadata.usage or metadata.additional_usage
    return kind_of(
        Traits(
            log.call_type,
            log.model,
            log.model_group,
            log.provider,
            log.status,
            log.cache_hit in _CACHE_HITS,
            log.team_id,
            log.organization_id,
            tuple(tags if type(tags) is list else tags_of(log)) if tags else (),
            metadata.key_alias,
            metadata.team_alias,
            metadata.team_id,
            metadata.organization_alias,
            metadata.organization_id,
            metadata.status,
            metadata.original_model_group,
            metadata.user_agent,
            metadata.attempted_retries,
            bool(metadata.attempted_fallbacks),
            error is not None,
            error.error_class if error else None,
            error.error_code if error else None,
            error.llm_provider if error else None,
            model_map.model_map_key if model_map else None,
            usage.service_tier if usage and has_tokens else None,
            bool(log.mcp_tool),
            log.api_key == HEALTH_ACCOUNT,
            bool(log.spend_usd) or has_tokens,
            bool(log.output_tokens),
        )
    )


def own_columns(log: SpendLog, metadata: Metadata, kind: CallKind) -> dict[str, Any]:
    """The columns that are the record's own; what it says nothing about is left out."""
    started_at, start = _instant(log.started)
    row: dict[str, Any] = {"call_id": log.request_id, "started_at": started_at}
    if kind.is_refused and not log.spend_usd and log.input_tokens == 0 == log.output_tokens:
        # An error that the gateway books with 0 tokens and 0 cost is a known zero; else 0 tokens are "not told".
        row["input_tokens"] = row["output_tokens"] = 0
    elif log.input_tokens or log.output_tokens:
        _put_usage(row, log, metadata.usage or metadata.additional_usage or NO_USAGE)
    if start is not None:
        _put_latencies(row, log, start, failed=kind.is_failed)
    if log.spend_usd is not None:
        row["cost_usd"] = log.spend_usd
    if kind.has_answer and (answer := response_id(log.request_id, kind.provider)):
        row["response_id"] = answer
    if log.session_id:
        row["session_id"] = log.session_id
    if log.end_user:
        row["customer"] = log.end_user
    if metadata.custom and (named := custom_attributes(metadata.custom)):
        row["attributes"] = named
    return row


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


def _instant(text: str | None) -> tuple[str | None, datetime | None]:
    """The instant as the interchange format spells it, and in UTC without saying so.

    A text that is no time is handed on as it is: the readers refuse it with its place.
    """
    at = _time(text)
    if text is None or at is None:
        return text or None, None
    if at.tzinfo is not None:
        at = at.astimezone(UTC).replace(tzinfo=None)
    elif len(text) in _PLAIN_CHARACTERS and text[10] in _BEFORE_THE_TIME and text[13] == ":":
        return f"{text}Z" if text[10] == "T" else f"{text[:10]}T{text[11:]}Z", at
    return f"{at.isoformat()}Z", at


def _time(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


def _utc(text: str | None) -> datetime | None:
    """The time in UTC, without a zone so that differences are quick; one that names no zone is in UTC."""
    at = _time(text)
    return at if at is None or at.tzinfo is None else at.astimezone(UTC).replace(tzinfo=None)
