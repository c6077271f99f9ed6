"""What spend logs have in common: who served, who asked, how it ended. Each combination is thought about once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from routefit.ledger.formats.format import Shared
from routefit.ledger.formats.litellm_attributes import shared_attributes
from routefit.ledger.formats.litellm_log import HttpCode
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
    served,
    service_tier,
)

_COMBINATIONS_REMEMBERED = 8_192


class Traits(NamedTuple):
    """What of a record decides the columns that it shares with others; a text is as it stands in the export."""

    call_type: str | None
    model: str | None
    model_group: str | None
    provider: str | None
    status: str | None
    is_cache_hit: bool
    team_id: str | None
    organization_id: str | None
    tags: tuple[str, ...]
    key_alias: str | None
    team_alias: str | None
    metadata_team_id: str | None
    organization_alias: str | None
    metadata_organization_id: str | None
    metadata_status: str | None
    original_model_group: str | None
    user_agent: str | None
    attempted_retries: int | None
    has_fallbacks: bool
    has_error: bool
    error_class: str | None
    error_code: HttpCode | None
    error_provider: str | None
    model_map_key: str | None
    tier: str | None
    is_mcp_tool: bool
    has_health_key: bool
    has_usage: bool
    has_output: bool

    @property
    def is_failed(self) -> bool:
        """Whether the row or its metadata says failure."""
        return "failure" in (self.status, self.metadata_status)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallKind:
    """The columns that records share, or the reason why they are no calls of a model.

    `has_answer`: a provider answered, so the request id may be the provider's name for its answer. `is_refused`:
    the call ended in an error, which no provider is known to have answered.
    """

    reason_left_out: str | None
    shared: Shared
    provider: str | None
    is_failed: bool
    has_answer: bool
    is_refused: bool


@lru_cache(maxsize=_COMBINATIONS_REMEMBERED)
def kind_of(traits: Traits) -> CallKind:
    """What follows from these traits."""
    provider, model = served(traits.provider or traits.error_provider, traits.model, traits.model_map_key)
    failed = traits.is_failed
    row: dict[str, Any] = {
        "provider": provider,
        "model": model,
        "requested_model": traits.original_model_group or traits.model_group or (traits.model if failed else None),
        "attributes": _attributes(traits),
    }
    if traits.call_type:
        row["operation"] = operation(traits.call_type) or _unlisted_operation(traits)
    if failed or traits.has_error:
        row |= _failure(traits)
    elif traits.status or traits.metadata_status:
        row["status"] = "ok"
    retries = traits.attempted_retries
    if retries is not None and retries >= 0 and not traits.has_fallbacks:
        row["attempt_no"] = retries + 1
    if traits.is_cache_hit:
        row["served_from"] = "gateway_cache"
    if traits.tier:
        row["service_tier"] = service_tier(traits.tier)
    return CallKind(
        reason_left_out=_reason_left_out(traits),
        shared=Shared({name: value for name, value in row.items() if value not in (None, "", {})}),
        provider=provider,
        is_failed=failed,
        has_answer=not (failed or traits.is_cache_hit),
        is_refused=failed and row.get("status") == "error",
    )


def _attributes(traits: Traits) -> dict[str, str]:
    return shared_attributes(
        {
            "team_alias": traits.team_alias,
            "team_id": traits.team_id or traits.metadata_team_id,
            "key_alias": traits.key_alias,
            "organization": (
                traits.organization_alias or traits.organization_id or traits.metadata_organization_id
            ),
            "model_group": traits.model_group,
            "user_agent": traits.user_agent,
        },
        traits.tags,
    )


def _reason_left_out(traits: Traits) -> str | None:
    call_type = traits.call_type or ""
    if traits.is_mcp_tool or is_mcp(call_type):
        return "MCP tools, not models"
    if traits.has_health_key or HEALTH_ACCOUNT in (traits.key_alias, traits.team_id) or is_health_check(call_type):
        return "health checks of the gateway"
    if not traits.model and is_pass_through(call_type):
        return "passed through without a model"
    if not traits.model and traits.is_failed:
        return "failed before a model was chosen"
    if not call_type or operation(call_type) or is_pass_through(call_type) or traits.has_usage:
        return None
    return f"no call of a model ({name_or_none(call_type) or 'unknown call type'})"


def _unlisted_operation(traits: Traits) -> str:
    return "chat" if traits.has_output and is_pass_through(traits.call_type or "") else "other"


def _failure(traits: Traits) -> dict[str, str | None]:
    """How a request ended that failed, or that has an error all the same."""
    named = traits.error_class, traits.error_code
    if traits.is_failed:
        status = failed_status(*named)
    elif is_cancelled(*named):
        status = "cancelled"
    else:
        return {"status": "ok"}
    return {"status": status, "failure_class": failure_class(*named)}
