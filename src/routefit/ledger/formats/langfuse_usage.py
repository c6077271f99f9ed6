"""Usage and cost of an observation under the many names that exports have for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from routefit.ledger.formats.otel_attributes import first_of
from routefit.ledger.formats.otel_usage import TokenCounts, counts_in

_INPUT = ("input", "input_tokens", "inputTokens", "prompt_tokens", "promptTokens", "prompt")
_OUTPUT = ("output", "output_tokens", "outputTokens", "completion_tokens", "completionTokens", "completion")
_TOTAL = ("total", "total_tokens", "totalTokens")
_TOKENS = "TOKENS"
_INPUT_SIDE = ("input", "prompt")
_OUTPUT_SIDE = ("output", "completion")


def token_counts(fields: Mapping[str, Any]) -> TokenCounts:
    """The token counts: from the details, else from the older columns, whose zeros together mean "none given"."""
    details = fields.get("usageDetails")
    if isinstance(details, dict) and details:
        return _of_details(details)
    usage = fields.get("usage")
    if isinstance(usage, dict) and usage.get("unit") in (None, _TOKENS):
        found = _of_details({name: value for name, value in usage.items() if "ost" not in name})
        if not found.is_empty:
            return found
    if other_usage(fields) is not None:
        return TokenCounts()
    counts = [
        counts_in(first_of(fields, names))
        for names in (
            ("inputUsage", "promptTokens"),
            ("outputUsage", "completionTokens"),
            ("totalUsage", "totalTokens"),
        )
    ]
    return TokenCounts(input=counts[0], output=counts[1], total=counts[2]) if any(counts) else TokenCounts()


def _of_details(details: Mapping[str, Any]) -> TokenCounts:
    """Counts by name; each further name is a part of the input or of the output."""
    parts = dict.fromkeys(("cached", "written", "other_input", "reasoning", "other_output"), 0)
    seen = set()
    for name, value in details.items():
        count = counts_in(value)
        if count is None or name in (*_INPUT, *_OUTPUT, *_TOTAL):
            continue
        part = _part(name.lower())
        if part:
            parts[part] += count
            seen.add(part)
    return TokenCounts(
        input=counts_in(first_of(details, _INPUT)),
        output=counts_in(first_of(details, _OUTPUT)),
        total=counts_in(first_of(details, _TOTAL)),
        cached=parts["cached"] if "cached" in seen else None,
        written=parts["written"] if "written" in seen else None,
        reasoning=parts["reasoning"] if "reasoning" in seen else None,
        other_input=parts["other_input"],
        other_output=parts["other_output"],
    )


def _part(name: str) -> str | None:
    if "cache" in name:
        return "written" if any(word in name for word in ("creation", "write", "written")) else "cached"
    if "reasoning" in name or "thought" in name:
        return "reasoning"
    if name.startswith(_INPUT_SIDE):
        return "other_input"
    return "other_output" if name.startswith(_OUTPUT_SIDE) else None


def other_usage(fields: Mapping[str, Any]) -> dict[str, Any] | None:
    """Usage that was counted in another unit than tokens, such as characters or images."""
    usage = fields.get("usage")
    nested = usage if isinstance(usage, dict) else {}
    unit = nested.get("unit") or fields.get("unit")
    if not isinstance(unit, str) or unit == _TOKENS:
        return None
    total = counts_in(nested.get("total") or fields.get("totalUsage"))
    return {unit.lower(): total} if total else None


def cost_usd(fields: Mapping[str, Any], counts: TokenCounts) -> Any:
    """The cost; a 0 that stands without any usage or details is how the exports spell "not known"."""
    details = fields.get("costDetails")
    stated = details.get("total") if isinstance(details, dict) else None
    if stated is not None:
        return None if _is_zero(stated) and counts.is_empty else stated
    cost = first_of(fields, ("totalCost", "calculatedTotalCost"))
    return None if _is_zero(cost) else cost


def _is_zero(cost: Any) -> bool:
    try:
        return float(cost) == 0
    except (TypeError, ValueError):
        return False
