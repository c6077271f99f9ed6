"""What the traces say of calls that are alike to the bill: same provider, model, cell and span of time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """Sums over calls that started in [from_at, to_at), in whole pico-USD.

    A span never crosses the edge of a window or of an invoice period. `known_tokens` are input and output of the
    calls with usage, `unpriced_tokens` those of them without a known cost. `route` is empty for grading calls that
    name none.
    """

    provider: str
    model: str | None
    workload: str
    route: str
    is_grading: bool
    from_at: datetime
    to_at: datetime
    calls: int
    pico_usd: int
    known_tokens: int = 0
    calls_with_usage: int = 0
    unpriced_calls: int = 0
    unpriced_tokens: int = 0

    def is_within(self, start: datetime, end: datetime) -> bool:
        """Whether its span lies in [start, end)."""
        return start <= self.from_at and self.to_at <= end


def traced_pico_usd(traced: Iterable[Traced]) -> int:
    """The known cost of these calls."""
    return sum(one.pico_usd for one in traced)


def estimated_tokens(traced: Iterable[Traced]) -> int | None:
    """Tokens of these calls, those without usage at the mean of the others; None where none has usage."""
    traced = tuple(traced)
    with_usage = sum(one.calls_with_usage for one in traced)
    if not with_usage:
        return None
    return sum(one.known_tokens for one in traced) * sum(one.calls for one in traced) // with_usage
