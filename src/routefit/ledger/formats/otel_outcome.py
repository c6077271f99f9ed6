"""How a call ended, by the status, the errors and the finish reasons of its span."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from routefit.ledger.formats.otel_attributes import error_class, first_of, json_or_none, word_set

TRUNCATED = "truncated"
_CUT_OFF = word_set(
    """length max_tokens max_output_tokens token_limit model_length content_filter content_filtered safety
    recitation blocklist prohibited_content spii guardrail_intervened"""
)
_FINISH_REASONS = (
    "gen_ai.response.finish_reasons",
    "gen_ai.response.finish_reason",
    "llm.response.finish_reason",
    "llm.finish_reason",
    "ai.response.finishReason",
)
_TOO_MANY_REQUESTS = "429"
_TIMEOUTS = ("408", "504")


def error_columns(named: str | None, message: str | None = None, http_status: Any = None) -> dict[str, Any]:
    """Status and class of a failed call: `named` is the class that the source gives, `message` its words."""
    words = f"{named or ''} {message or ''}".lower().replace("_", "").replace(" ", "")
    if str(http_status) == _TOO_MANY_REQUESTS or any(w in words for w in ("ratelimit", "429", "toomanyrequests")):
        status = "rate_limited"
    elif str(http_status) in _TIMEOUTS or any(w in words for w in ("timeout", "timedout", "deadlineexceeded")):
        status = "timeout"
    elif "cancelled" in words or "canceled" in words:
        status = "cancelled"
    else:
        status = "error"
    return {"status": status, "failure_class": error_class(named) or error_class(message, is_message=True)}


def cut_off_class(attributes: Mapping[str, Any]) -> str | None:
    """`truncated` when every choice of the answer was cut short or filtered out."""
    reasons = first_of(attributes, _FINISH_REASONS)
    if isinstance(reasons, str) and reasons.startswith("["):
        reasons = json_or_none(reasons)
    if isinstance(reasons, str):
        reasons = [reasons]
    if not isinstance(reasons, list) or not reasons:
        return None
    words = [reason.lower().replace("-", "_") for reason in reasons if isinstance(reason, str)]
    return TRUNCATED if words and all(word in _CUT_OFF for word in words) else None
