"""What a split does to a prefix cache, from how close together calls come that share a prefix.

    hit at share x = sum of input tokens x (1 - (1 - x)^n) / sum of input tokens

n earlier calls of the same prefix within the time to live; each goes to the same provider with probability x, and
one of them is enough. It is a shape: how much of a prefix is shared is not in it.
Source: section 7.6 of the domain (hit rate at a split by replaying reuse gaps).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from routefit.errors import UndefinedError


@dataclass(frozen=True, slots=True)
class EarlierCalls:
    """`by_count` holds (earlier calls within the time to live, input tokens of the calls that have so many)."""

    by_count: tuple[tuple[int, float], ...]
    calls: int
    ttl_s: float

    def hit_rate_at(self, share_rate: float) -> float:
        """The hit rate at a share of the traffic; UndefinedError without any input."""
        counts = np.array([count for count, _ in self.by_count], float)
        tokens = np.array([amount for _, amount in self.by_count], float)
        if tokens.sum() <= 0:
            raise UndefinedError("a hit rate over no input tokens is undefined")
        return float((tokens * (1 - (1 - share_rate) ** counts)).sum() / tokens.sum())

    @property
    def source(self) -> str:
        """What it rests on, in words."""
        return f"gaps between {self.calls:,} calls of one prompt version, kept for {self.ttl_s:g} s"
