"""Which share of input tokens a prefix cache would have served, by replaying requests with their prefix blocks.

    hit rate = tokens of leading blocks that the cache still holds / all input tokens

A block stands for itself and all that comes before it, so it is held only while all its predecessors are. A block
is held while fewer than a cache's size of blocks were used more recently (LRU) and while its last use, read or
write, is at most the TTL ago. A request looks up first and then uses all of its blocks, its first block last, so
that what is evicted first is the end of a prefix. The last block of a request may be shorter than the others; it
counts with the tokens that it has.
`recency_blocks` of a lookup is the LRU stack distance: one replay answers every TTL and every size, and a longer
TTL or a larger cache never hits less.
Split over providers each request goes to one of them, by the hash of its session, else of its number; each has a
cache of its own.
Source: section 7.6 (hit rate at a split) and 7.8 of the domain.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from routefit.decisions.spread import FloatArray
from routefit.errors import BadInputError, UndefinedError


@dataclass(frozen=True, slots=True)
class PrefixRequest:
    """A request: when it came, how long its input is, its prefix blocks in order, its session where known."""

    arrived_s: float
    input_tokens: int
    blocks: tuple[Hashable, ...]
    session: str | None = None


@dataclass(frozen=True)
class ReuseGaps:
    """Lookups of blocks that had been used before: tokens, seconds since, blocks used more recently (itself too).

    `input_tokens` are those of all requests, so that an unlimited cache hits `tokens` / `input_tokens`.
    """

    tokens: FloatArray
    gap_s: FloatArray
    recency_blocks: FloatArray
    input_tokens: float
    requests: int
    block_tokens: int
    _curves: dict[tuple[str, float | None], tuple[FloatArray, FloatArray]] = field(
        default_factory=dict, repr=False, compare=False
    )

    @property
    def unlimited_hit_rate(self) -> float:
        """The hit rate of a cache that forgets nothing."""
        return float(self.hit_rate())

    def hit_rate(self, *, ttl_s: Any = None, cache_tokens: Any = None) -> Any:
        """Share of input tokens that hit; None is unlimited. Either limit, not both, may be an array.

        Raises BadInputError where both are arrays, UndefinedError where there are no input tokens.
        """
        if self.input_tokens <= 0:
            raise UndefinedError("a hit rate over no input tokens is undefined")
        blocks = None if cache_tokens is None else np.floor_divide(cache_tokens, self.block_tokens)
        is_many = isinstance(ttl_s, np.ndarray), isinstance(blocks, np.ndarray)
        if all(is_many):
            raise BadInputError(
                "got a range for the TTL and one for the size of the cache, expected at most one of them",
                next_step="give one of ttl_s and cache_tokens as a number",
            )
        if ttl_s is not None and blocks is not None and not any(is_many):
            is_held = (self.gap_s <= ttl_s) & (self.recency_blocks <= blocks)
            return float(self.tokens[is_held].sum()) / self.input_tokens
        if is_many[1] or ttl_s is None:
            needed, summed = self._curve("recency_blocks", ttl_s)
            limit = np.inf if blocks is None else blocks
        else:
            needed, summed = self._curve("gap_s", blocks)
            limit = ttl_s
        found = summed[np.searchsorted(needed, limit, side="right")] / self.input_tokens
        return found if any(is_many) else float(found)

    def _curve(
        self, over: Literal["gap_s", "recency_blocks"], other: float | None
    ) -> tuple[FloatArray, FloatArray]:
        """What lookups need of one limit, in order, and the tokens up to each; the other limit is `other`."""
        if (over, other) not in self._curves:
            needed, others = (self.gap_s, self.recency_blocks)[:: 1 if over == "gap_s" else -1]
            is_held = np.ones(len(needed), bool) if other is None else others <= other
            order = np.argsort(needed[is_held])
            summed = np.concatenate(([0.0], np.cumsum(self.tokens[is_held][order])))
            self._curves[over, other] = needed[is_held][order], summed
        return self._curves[over, other]


@dataclass(frozen=True)
class PrefixReplay:
    """Requests in the order of their arrival, and what a cache would have made of them."""

    requests: tuple[PrefixRequest, ...]
    block_tokens: int
    _gaps_at: dict[float, ReuseGaps] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def gaps(self) -> ReuseGaps:
        """The replay of all requests through one cache."""
        return reuse_gaps(self.requests, block_tokens=self.block_tokens)

    @property
    def source(self) -> str:
        """What it rests on, in words."""
        return f"{len(self.requests):,} requests replayed"

    def hit_rate(self, *, ttl_s: Any = None, cache_tokens: Any = None) -> Any:
        """Share of input tokens that hit with all requests at one provider."""
        return self.gaps.hit_rate(ttl_s=ttl_s, cache_tokens=cache_tokens)

    def hit_rate_at(
        self, share_rate: float, *, ttl_s: float | None = None, cache_tokens: float | None = None
    ) -> float:
        """Hit rate of a provider that gets this share of the requests; UndefinedError where it gets none.

        Shares are nested: who is in 0.3 is also in 0.5. A replay is kept for each share that was asked for.
        """
        if not 0 < share_rate <= 1:
            raise BadInputError(f"share: got {share_rate:g}, expected more than 0 and at most 1")
        if share_rate not in self._gaps_at:
            self._gaps_at[share_rate] = self._part(0.0, share_rate)
        return float(self._gaps_at[share_rate].hit_rate(ttl_s=ttl_s, cache_tokens=cache_tokens))

    def split_hit_rate(
        self, shares: Sequence[float], *, ttl_s: float | None = None, cache_tokens: float | None = None
    ) -> float:
        """Hit rate over all requests when each provider gets its share; the shares add up to 1."""
        edges = [0.0, *itertools.accumulate(shares)]
        if min(shares, default=-1) < 0 or abs(edges[-1] - 1) > 1e-9:
            raise BadInputError(f"shares: got {', '.join(f'{one:g}' for one in shares)}, expected a sum of 1")
        edges[-1] = 1.0
        parts = [self._part(low, high) for low, high in itertools.pairwise(edges)]
        hits = sum(
            part.hit_rate(ttl_s=ttl_s, cache_tokens=cache_tokens) * part.input_tokens
            for part in parts
            if part.input_tokens
        )
        return float(hits) / sum(part.input_tokens for part in parts)

    @cached_property
    def _places(self) -> FloatArray:
        """Where each request lies in [0, 1): by its session, else by its number."""
        keys = (one.session if one.session is not None else str(i) for i, one in enumerate(self.requests))
        return np.fromiter((_place(key) for key in keys), float, len(self.requests))

    def _part(self, low: float, high: float) -> ReuseGaps:
        chosen: NDArray[np.intp] = np.flatnonzero((self._places >= low) & (self._places < high))
        return reuse_gaps([self.requests[i] for i in chosen], block_tokens=self.block_tokens)


def prefix_replay(requests: Sequence[PrefixRequest], *, block_tokens: int) -> PrefixReplay:
    """The requests ordered by arrival, those of one instant as they were given."""
    return PrefixReplay(tuple(sorted(requests, key=lambda one: one.arrived_s)), block_tokens)


def reuse_gaps(requests: Sequence[PrefixRequest], *, block_tokens: int) -> ReuseGaps:
    """Gaps and stack distances of every lookup of a block that was used before, requests in order of arrival.

    Raises BadInputError where a block comes after another block than before: then it names no prefix.
    """
    last: dict[Hashable, int] = {}
    parents: dict[Hashable, Hashable] = {}
    held = _Held(len(requests))
    found: list[tuple[int, float, int]] = []
    for number, request in enumerate(requests):
        parent, group, place = None, -1, 0
        groups: dict[int, int] = {}
        for depth, block in enumerate(request.blocks):
            if parents.setdefault(block, parent) != parent:
                raise _no_prefix(block, number)
            before = last.get(block, -1)
            last[block] = number
            parent = block
            if before < 0:
                continue
            # Blocks last used by the same request lie together in the LRU order, earlier ones more recent.
            if before != group:
                group, place = before, held.after(before)
            place += 1
            groups[before] = groups.get(before, 0) + 1
            tokens = min(block_tokens, request.input_tokens - depth * block_tokens)
            if tokens > 0:
                found.append((tokens, request.arrived_s - requests[before].arrived_s, place))
        for before, moved in groups.items():
            held.add(before, -moved)
        held.add(number, len(request.blocks))
    table = np.array(found, float).reshape(-1, 3)
    return ReuseGaps(
        tokens=table[:, 0],
        gap_s=table[:, 1],
        recency_blocks=table[:, 2],
        input_tokens=float(sum(one.input_tokens for one in requests)),
        requests=len(requests),
        block_tokens=block_tokens,
    )


class _Held:
    """How many blocks were last used by each request; sums over later requests in logarithmic time (Fenwick)."""

    def __init__(self, requests: int) -> None:
        self._sums = [0] * (requests + 1)
        self._total_blocks = 0

    def add(self, request: int, blocks: int) -> None:
        """`blocks` more were last used by this request."""
        self._total_blocks += blocks
        place = request + 1
        while place < len(self._sums):
            self._sums[place] += blocks
            place += place & -place

    def after(self, request: int) -> int:
        """Blocks last used by later requests."""
        place, until = request + 1, 0
        while place > 0:
            until += self._sums[place]
            place -= place & -place
        return self._total_blocks - until


def _no_prefix(block: Hashable, number: int) -> BadInputError:
    return BadInputError(
        f"request {number + 1}: block {block!r} comes after another block than in an earlier request",
        next_step="a block's id is the hash of the block and of all before it, once in a request",
    )


def _place(key: str) -> float:
    """A number in [0, 1) that depends on nothing but the key."""
    return int.from_bytes(hashlib.md5(key.encode(), usedforsecurity=False).digest()[:6], "big") / (1 << 48)
