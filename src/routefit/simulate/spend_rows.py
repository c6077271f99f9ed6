"""Calls as rows of LiteLLM's table of spend, with all its columns, also those that nobody needs."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Any

from routefit.simulate.team_traffic import Call
from routefit.units import PICO_USD_PER_USD

CANARY_KEY = "sk-canary-2718281828459045"
"""Stands where clients send their key, in the rows that hold requests; it must never leave them."""
CANARY_PROMPT = "the canary asks where the invoice of 31 February went"
"""Stands in every prompt and answer."""

COLUMNS = (
    "request_id",
    "call_type",
    "api_key",
    "spend",
    "total_tokens",
    "prompt_tokens",
    "completion_tokens",
    "startTime",
    "endTime",
    "request_duration_ms",
    "completionStartTime",
    "model",
    "model_id",
    "model_group",
    "custom_llm_provider",
    "api_base",
    "user",
    "metadata",
    "cache_hit",
    "cache_key",
    "request_tags",
    "team_id",
    "organization_id",
    "end_user",
    "requester_ip_address",
    "messages",
    "response",
    "session_id",
    "status",
    "mcp_namespaced_tool_name",
    "agent_id",
    "proxy_server_request",
)

_FAILURES = {
    "error": ("500", "InternalServerError"),
    "rate_limited": ("429", "RateLimitError"),
    "timeout": ("408", "Timeout"),
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BERLIN_SUMMER = timezone(timedelta(hours=2))


def spend_row(call: Call, *, zone: timezone | None, payload_characters: int) -> dict[str, Any]:
    """One row, nested columns as objects; `zone` None leaves times without an offset, as the table has them."""
    work, owner = call.work, call.judge or call.work
    is_counted = not call.is_usage_lost
    sent, answered = (call.input_tokens, call.output_tokens) if is_counted else (0, 0)
    key_alias = owner.key_alias
    request, answer, body = _payload(call, payload_characters)
    return {
        "request_id": call.request_id,
        "call_type": "aembedding" if call.is_embedding else "acompletion",
        "api_key": _key_hash(key_alias),
        "spend": call.gateway_pico_usd / PICO_USD_PER_USD,
        "total_tokens": sent + answered,
        "prompt_tokens": sent,
        "completion_tokens": answered,
        "startTime": _time(call.start_ms, zone),
        "endTime": _time(call.end_ms, zone),
        "request_duration_ms": call.end_ms - call.start_ms,
        "completionStartTime": _time(call.end_ms if call.first_ms is None else call.first_ms, zone),
        "model": call.model.name,
        "model_id": _key_hash(call.model.name)[:16],
        "model_group": _group(call),
        "custom_llm_provider": call.model.provider,
        "api_base": call.model.api_base,
        "user": f"service-{key_alias}@company.example",
        "metadata": _metadata(call, sent, answered),
        "cache_hit": str(call.is_gateway_hit),
        "cache_key": _key_hash(call.session_id)[:32] if work.gateway_hit_rate else "Cache OFF",
        "request_tags": _tags(call),
        "team_id": owner.team_id or "",
        "organization_id": "",
        "end_user": call.end_user or "",
        "requester_ip_address": "10.20.0.7",
        "messages": request,
        "response": answer,
        "session_id": call.session_id,
        "status": "success" if call.status == "ok" else "failure",
        "mcp_namespaced_tool_name": None,
        "agent_id": None,
        "proxy_server_request": body,
    }


def _group(call: Call) -> str:
    """What the client asked for; a fallback keeps the group of the first choice."""
    if call.is_embedding or call.judge is not None:
        return call.model.name
    return call.work.group


def _tags(call: Call) -> list[str]:
    tags = [f"feature:{call.work.feature}"] if call.work.feature else []
    if call.work.grouped_by == "ticket_id":
        tags.append(f"ticket_id:{call.unit_id}")
    return [*tags, *call.tags, "User-Agent: openai", "User-Agent: openai/1.99.1"]


def _metadata(call: Call, sent: int, answered: int) -> dict[str, Any]:
    owner = call.judge or call.work
    failure = _FAILURES.get(call.status)
    custom = {"task_id": call.unit_id} if call.work.grouped_by == "task_id" else None
    usage = _usage(call, sent, answered)
    return {
        "user_api_key": _key_hash(owner.key_alias),
        "user_api_key_alias": owner.key_alias,
        "user_api_key_team_id": owner.team_id,
        "user_api_key_team_alias": owner.team_alias,
        "user_api_key_org_id": None,
        "user_api_key_user_id": f"service-{owner.key_alias}@company.example",
        "spend_logs_metadata": custom,
        "requester_ip_address": "10.20.0.7",
        "applied_guardrails": [],
        "batch_models": None,
        "mcp_tool_call_metadata": None,
        "vector_store_request_metadata": None,
        "guardrail_information": None,
        "status": "failure" if failure else "success",
        "error_information": _error(call, failure) if failure else None,
        "usage_object": usage,
        "additional_usage_values": {name: value for name, value in (usage or {}).items() if name not in _COUNTED},
        "model_map_information": {"model_map_key": call.model.name, "model_map_value": {"max_tokens": 8192}},
        "cold_storage_object_key": None,
        "litellm_overhead_time_ms": 3.5,
        "cost_breakdown": None,
    }


_COUNTED = ("prompt_tokens", "completion_tokens", "total_tokens")


def _usage(call: Call, sent: int, answered: int) -> dict[str, Any] | None:
    """The provider's own report as the gateway keeps it; none where the stream was lost or the call failed."""
    if call.is_usage_lost or not sent:
        return None
    usage: dict[str, Any] = {
        "prompt_tokens": sent,
        "completion_tokens": answered,
        "total_tokens": sent + answered,
    }
    if call.model.provider in ("anthropic", "bedrock"):
        usage |= {
            "cache_read_input_tokens": call.cached_tokens,
            "cache_creation_input_tokens": call.written_tokens,
        }
    if not call.is_embedding:
        usage["prompt_tokens_details"] = {"cached_tokens": call.cached_tokens, "audio_tokens": None}
        usage["completion_tokens_details"] = {"reasoning_tokens": call.reasoning_tokens}
    if call.work.tier is not None and call.judge is None:
        usage["service_tier"] = call.work.tier
    return usage


def _error(call: Call, failure: tuple[str, str]) -> dict[str, str]:
    code, name = failure
    return {
        "error_code": code,
        "error_class": name,
        "llm_provider": call.model.provider,
        "error_message": f"litellm.{name}: request {call.request_id} failed",
        "traceback": "",
    }


def _payload(call: Call, characters: int) -> tuple[Any, Any, Any]:
    """Prompt, answer and request; empty unless the gateway was told to keep them."""
    if not characters:
        return {}, {}, {}
    start = call.start_ms % 997
    text = f"{CANARY_PROMPT}. {_prose(characters)[start : start + characters]}"
    messages = [{"role": "user", "content": text}]
    answer = {"id": call.request_id, "choices": [{"message": {"role": "assistant", "content": CANARY_PROMPT}}]}
    return messages, answer, {"headers": {"authorization": f"Bearer {CANARY_KEY}"}, "model": _group(call)}


@cache
def _prose(characters: int) -> str:
    """More than enough text, with line breaks and quotes as prompts have them."""
    words = 'please read the contract, "as signed", and list\nwhat was promised to whom, by when, and why; '
    return words * ((characters + 1_000) // len(words) + 1)


@cache
def _key_hash(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def _time(ms: int, zone: timezone | None) -> str:
    at = _EPOCH + timedelta(milliseconds=ms)
    if zone is None:
        return at.replace(tzinfo=None).isoformat(timespec="milliseconds")
    return at.astimezone(zone).isoformat(timespec="milliseconds")
