"""One record of LiteLLM_SpendLogs: only the fields that a call is made of.

Everything else, prompts and answers above all, is passed over while a line is decoded and never becomes a value.
LiteLLM changed types and nesting over its versions; a record that the strict decoder does not take is read
field by field, and what is not of the expected type there counts as not logged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from routefit.ledger.source_file import BrokenRow
from routefit.ledger.values import decode_json

_Log = TypeVar("_Log", bound=msgspec.Struct)
_NESTED_NAMES = ("prompt_details", "completion_details", "input_details", "output_details")


HttpCode = str | int
"""An HTTP status as LiteLLM writes it: a name, no quantity."""


class TokenDetails(msgspec.Struct, gc=False):
    """What a provider tells of its input or output tokens."""

    cached_tokens: int | None = None
    cache_creation_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None


class Usage(
    msgspec.Struct,
    gc=False,
    rename={
        "prompt_details": "prompt_tokens_details",
        "completion_details": "completion_tokens_details",
        "input_details": "input_tokens_details",
        "output_details": "output_tokens_details",
        "cache_read_tokens": "cache_read_input_tokens",
        "cache_write_tokens": "cache_creation_input_tokens",
    },
):
    """`usage_object` or `additional_usage_values` of the metadata."""

    prompt_details: TokenDetails | None = None
    completion_details: TokenDetails | None = None
    input_details: TokenDetails | None = None
    output_details: TokenDetails | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    service_tier: str | None = None


class ModelMapInformation(msgspec.Struct, gc=False):
    """Under which name LiteLLM looked the price up: the base model of an Azure deployment."""

    model_map_key: str | None = None


class ErrorInformation(msgspec.Struct, gc=False):
    """Why a request failed, as names; message and traceback quote prompts and are not read."""

    error_code: HttpCode | None = None
    error_class: str | None = None
    llm_provider: str | None = None


class Metadata(
    msgspec.Struct,
    gc=False,
    rename={
        "key_alias": "user_api_key_alias",
        "team_alias": "user_api_key_team_alias",
        "team_id": "user_api_key_team_id",
        "organization_alias": "user_api_key_org_alias",
        "organization_id": "user_api_key_org_id",
        "custom": "spend_logs_metadata",
        "additional_usage": "additional_usage_values",
        "usage": "usage_object",
        "error": "error_information",
        "model_map": "model_map_information",
    },
):
    """The JSON column `metadata`."""

    key_alias: str | None = None
    team_alias: str | None = None
    team_id: str | None = None
    organization_alias: str | None = None
    organization_id: str | None = None
    custom: dict[str, Any] | None = None
    additional_usage: Usage | None = None
    usage: Usage | None = None
    error: ErrorInformation | None = None
    model_map: ModelMapInformation | None = None
    status: str | None = None
    attempted_retries: int | None = None
    attempted_fallbacks: int | None = None
    original_model_group: str | None = None
    user_agent: str | None = None


class SpendLog(
    msgspec.Struct,
    gc=False,
    rename={
        "started": "startTime",
        "ended": "endTime",
        "first_token": "completionStartTime",
        "spend_usd": "spend",
        "input_tokens": "prompt_tokens",
        "output_tokens": "completion_tokens",
        "provider": "custom_llm_provider",
        "mcp_tool": "mcp_namespaced_tool_name",
    },
):
    """One row of the table; a text is as it stands in the export."""

    request_id: str | None = None
    call_type: str | None = None
    api_key: str | None = None
    spend_usd: float | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    started: str | None = None
    ended: str | None = None
    first_token: str | None = None
    request_duration_ms: int | None = None
    model: str | None = None
    model_group: str | None = None
    provider: str | None = None
    metadata: Metadata | str | None = None
    cache_hit: str | bool | None = None
    request_tags: list[str] | str | None = None
    team_id: str | None = None
    organization_id: str | None = None
    end_user: str | None = None
    session_id: str | None = None
    status: str | None = None
    mcp_tool: str | None = None


REQUIRED_COLUMNS = ("request_id", "startTime")
"""Without these no record is a call."""

COLUMNS = tuple(field.encode_name for field in msgspec.structs.fields(SpendLog))
"""The columns that are read, as the table spells them."""

NO_METADATA = Metadata()
NO_USAGE = Usage()
NO_ERROR = ErrorInformation()

_MUST_FIT = ("request_id", "startTime", "spend", "prompt_tokens", "completion_tokens")
_decode_log = msgspec.json.Decoder(SpendLog).decode
_decode_lines = msgspec.json.Decoder(SpendLog).decode_lines
_decode_logs = msgspec.json.Decoder(list[SpendLog]).decode
_decode_metadata = msgspec.json.Decoder(Metadata).decode
_decode_tags = msgspec.json.Decoder(list[str]).decode
_UNREADABLE = (msgspec.DecodeError, UnicodeError, RecursionError)


def log_of_line(line: bytes) -> SpendLog | BrokenRow:
    """The record of one line of JSON Lines; raises nothing."""
    try:
        return _decode_log(line)
    except msgspec.ValidationError:
        return log_of_value(decode_json(line))
    except _UNREADABLE as error:
        return BrokenRow(f"is not valid JSON: {error}")


def logs_of_lines(lines: bytes) -> list[SpendLog] | None:
    """The records of whole lines at once, or None when they need a look one by one."""
    try:
        logs = _decode_lines(lines)
    except _UNREADABLE:
        return None
    return logs if len(logs) == lines.count(b"\n") else None


def logs_of_document(data: bytes) -> list[SpendLog] | None:
    """The records of a JSON list, or None when they need a look one by one (or the list is broken)."""
    try:
        return _decode_logs(data)
    except _UNREADABLE:
        return None


def log_of_value(value: Any) -> SpendLog | BrokenRow:
    """The record of a decoded JSON value or of a CSV row, in which numbers may be texts."""
    if not isinstance(value, dict):
        return BrokenRow("is not a JSON object")
    try:
        return msgspec.convert(value, SpendLog, strict=False)
    except msgspec.ValidationError:
        pass
    fields = {field.encode_name: field for field in msgspec.structs.fields(SpendLog)}
    for name in _MUST_FIT:
        if name in value and not _fits(value[name], fields[name].type):
            return BrokenRow("is not of the type that LiteLLM writes there", field=name)
    metadata, tags = value.get("metadata"), value.get("request_tags")
    log = _what_fits(SpendLog, value)
    if isinstance(metadata, dict):
        log.metadata = _metadata_of(metadata)
    if isinstance(tags, list):
        log.request_tags = [tag for tag in tags if isinstance(tag, str)]
    return log


def metadata_of(log: SpendLog) -> Metadata | None:
    """The metadata of a record, also where it stands as a text; None when that text is no JSON object."""
    metadata = log.metadata
    if isinstance(metadata, Metadata):
        return metadata
    if not metadata:
        return NO_METADATA
    try:
        return _decode_metadata(metadata)
    except msgspec.ValidationError:
        value = decode_json(metadata)
    except _UNREADABLE:
        return None
    if isinstance(value, str):
        return metadata_of(SpendLog(metadata=value))
    return _metadata_of(value) if isinstance(value, dict) else None


def tags_of(log: SpendLog) -> list[str]:
    """The request tags of a record, also where they stand as a text."""
    tags = log.request_tags
    if not isinstance(tags, str):
        return tags or []
    try:
        return _decode_tags(tags)
    except msgspec.ValidationError:
        value = decode_json(tags)
    except _UNREADABLE:
        return []
    if isinstance(value, str):
        return tags_of(SpendLog(request_tags=value))
    return [tag for tag in value if isinstance(tag, str)] if isinstance(value, list) else []


def _metadata_of(value: Mapping[str, Any]) -> Metadata:
    metadata = _what_fits(Metadata, value)
    for name, encoded in (("usage", "usage_object"), ("additional_usage", "additional_usage_values")):
        usage = value.get(encoded)
        if isinstance(usage, dict):
            setattr(metadata, name, _usage_of(usage))
    error, model_map = value.get("error_information"), value.get("model_map_information")
    if isinstance(error, dict):
        metadata.error = _what_fits(ErrorInformation, error)
    if isinstance(model_map, dict):
        metadata.model_map = _what_fits(ModelMapInformation, model_map)
    return metadata


def _usage_of(value: Mapping[str, Any]) -> Usage:
    usage = _what_fits(Usage, value)
    for field in msgspec.structs.fields(Usage):
        details = value.get(field.encode_name)
        if field.name in _NESTED_NAMES and isinstance(details, dict):
            setattr(usage, field.name, _what_fits(TokenDetails, details))
    return usage


def _what_fits(kind: type[_Log], value: Mapping[str, Any]) -> _Log:
    fields = msgspec.structs.fields(kind)
    return kind(
        **{
            field.name: msgspec.convert(value[field.encode_name], field.type, strict=False)
            for field in fields
            if field.encode_name in value and _fits(value[field.encode_name], field.type)
        }
    )


def _fits(value: Any, kind: Any) -> bool:
    try:
        msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError:
        return False
    return True
