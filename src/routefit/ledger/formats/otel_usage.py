"""Token counts of a span or an observation, brought to the ledger's meaning.

Input includes cached and written tokens, output includes reasoning. Instrumentations disagree on both, so the
total decides where there is one: the parts that add up to it are the ones that stand beside each other.
Without a total, parts that are more than their whole cannot be inside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenCounts:
    """Counts as a source gives them; None is unknown. `other_*` are further parts, such as audio tokens."""

    input: int | None = None
    cached: int | None = None
    written: int | None = None
    other_input: int = 0
    output: int | None = None
    reasoning: int | None = None
    other_output: int = 0
    total: int | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known of either side."""
        return all(one is None for one in (self.input, self.output, self.cached, self.written))

    @property
    def sign(self) -> tuple[int, int] | None:
        """What two spans of the same call have in common; None when there is nothing to compare."""
        sides = self.input or 0, self.output or 0
        return sides if any(sides) else None


def usage_columns(counts: TokenCounts) -> dict[str, int | None]:
    """The usage columns of a call."""
    input_parts = (counts.cached or 0) + (counts.written or 0) + counts.other_input
    output_parts = (counts.reasoning or 0) + counts.other_output
    adds_input, adds_output = _beside(counts, input_parts, output_parts)
    return {
        "input_tokens": _sum(counts.input, input_parts if adds_input else 0),
        "cached_input_tokens": counts.cached,
        "cache_write_tokens": counts.written,
        "output_tokens": _sum(counts.output, output_parts if adds_output else 0),
        "reasoning_tokens": counts.reasoning,
    }


def has_parts_outside(counts: TokenCounts) -> bool:
    """Whether cached and written tokens were counted beside the input, not inside."""
    return usage_columns(counts)["input_tokens"] != counts.input


def _beside(counts: TokenCounts, input_parts: int, output_parts: int) -> tuple[bool, bool]:
    given = (counts.input or 0) + (counts.output or 0)
    if counts.total:
        for adds_input, adds_output in ((False, False), (True, True), (True, False), (False, True)):
            if given + adds_input * input_parts + adds_output * output_parts == counts.total:
                return adds_input, adds_output
    cached = (counts.cached or 0) + (counts.written or 0)
    return (
        counts.input is not None and cached > counts.input,
        counts.output is not None and (counts.reasoning or 0) > counts.output,
    )


def _sum(count: int | None, parts: int) -> int | None:
    return count if not parts else (count or 0) + parts


def counts_in(value: Any) -> int | None:
    """A count as JSON, CSV and attributes spell it; None when it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return int(number) if number.is_integer() and number >= 0 else None
