"""What an accepted unit costs when its traffic is split over providers, and which split is the cheapest.

    k_p    = usd_per_unit x 1 / (1 - error_rate) x (1 - i + i (1 - d h(x_p)) / (1 - d h_before)) + routing
    LCPR_p = k_p / acceptance_p + ops_p / (x_p V)
    LCPR   = sum of x_p a_p LCPR_p / sum of x_p a_p = sum of (x_p k_p + a_p ops_p / V) / sum of x_p a_p

x share of the traffic, i input's share of the cost, d cache discount, h hit rate (before: with all the traffic), V
accepted units a month. A provider without traffic costs nothing, and no routing layer stands before a single one.
Hit rate at another share than the one it is known for: it grows with the share as `shape` does (in proportion, or
as a replay of prefix reuse says), through `hit_after` at `known_at` and `hit_before` at 1.
All figures may be floats or arrays of one length.
Source: field guide, chapter 21; section 7.6 of the domain.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations
from typing import Any, TypeAlias

import numpy as np

from routefit.decisions.spread import FloatArray

Shape: TypeAlias = Callable[[Any], Any]
"""Share of the traffic to a hit rate, up to a factor."""

PARTS = ("retries", "quality", "cache", "ops", "routing")
"""What a split hides, in the order in which the parts are switched on."""


def in_proportion(share: Any) -> Any:
    """The hit rate grows with the share of the traffic."""
    return share


_MOST_POINTS = 2000
_FINE_STEPS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One provider of a split; None for ops and for all of the cache's figures is: not counted."""

    usd_per_unit: Any
    error_rate: Any
    acceptance_rate: Any
    hit_before: Any = None
    hit_after: Any = None
    known_at: Any = 1.0
    cache_discount_rate: Any = None
    input_share_rate: Any = None
    ops_usd_per_month: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Providers, and what is common to them; `counted` are the parts that are looked at."""

    sources: tuple[Source, ...]
    units_per_month: Any
    routing_usd_per_unit: Any = 0.0
    is_failure_billed: bool = True
    has_fragments: bool = True
    shape: Shape = in_proportion
    counted: frozenset[str] = frozenset(PARTS)

    def unit_usd(self, source: Source, share: Any) -> Any:
        """Loaded cost of a demanded unit at the provider, without routing."""
        usd = source.usd_per_unit
        if "retries" in self.counted and self.is_failure_billed:
            usd = usd / at_least(1 - source.error_rate, 1e-12)
        if "cache" in self.counted and self.has_fragments:
            i = 0.0 if source.input_share_rate is None else source.input_share_rate
            usd = usd * (1 - i + i * input_cost_ratio(source, share, self.shape))
        return usd

    def lcpr_usd(self, shares: Sequence[Any]) -> Any:
        """USD per accepted unit at these shares; infinite where nothing is accepted."""
        used: list[Any] = [(share > 0) * 1 for share in shares]
        cost: Any = 0.0
        accepted: Any = 0.0
        for source, share, is_used in zip(self.sources, shares, used, strict=True):
            rate = source.acceptance_rate if "quality" in self.counted else 1.0
            cost = cost + share * self.unit_usd(source, share)
            if "ops" in self.counted and source.ops_usd_per_month is not None:
                cost = cost + is_used * rate * source.ops_usd_per_month / self.units_per_month
            accepted = accepted + share * rate
        if "routing" in self.counted:
            cost = cost + (sum(used) > 1) * self.routing_usd_per_unit
        return chosen(accepted > 0, cost / at_least(accepted, 1e-300), math.inf)

    def provider_lcpr_usd(self, place: int, shares: Sequence[float]) -> float | None:
        """USD per accepted unit at one provider of a split; None without traffic or without accepted units."""
        source, share = self.sources[place], shares[place]
        if share <= 0 or source.acceptance_rate <= 0:
            return None
        routing = self.routing_usd_per_unit if sum(one > 0 for one in shares) > 1 else 0.0
        ops = source.ops_usd_per_month / (share * self.units_per_month) if source.ops_usd_per_month else 0.0
        return float((self.unit_usd(source, share) + routing) / source.acceptance_rate + ops)

    def alone_usd(self, place: int) -> Any:
        """USD per accepted unit with all traffic at one provider."""
        return self.lcpr_usd([1.0 if one == place else 0.0 for one in range(len(self.sources))])


def input_cost_ratio(source: Source, share: Any, shape: Shape) -> Any:
    """What input costs at this share, over what it costs with all the traffic: (1 - d h) / (1 - d h_before)."""
    if source.cache_discount_rate is None or source.hit_before is None:
        return 1.0
    discount = source.cache_discount_rate
    return (1 - discount * hit_rate(source, share, shape)) / at_least(1 - discount * source.hit_before, 1e-12)


def hit_rate(source: Source, share: Any, shape: Shape) -> Any:
    """Hit rate of a provider that gets this share of the traffic."""
    before, after, known = source.hit_before, source.hit_after, source.known_at
    at, whole = shape(share), shape(1.0)
    if after is None or known >= 1:
        return before * _over(at, whole)
    if known <= 0:
        return after + (before - after) * _over(at, whole)
    middle = shape(known)
    # A provider that hits more with less traffic (it gets the repetitive part) does not lose that below.
    below = chosen(after > before, after, after * _over(at, middle))
    above = after + (before - after) * _over(at - middle, whole - middle)
    return chosen(share <= known, below, above)


def _over(part: Any, whole: Any) -> Any:
    return part / whole if whole > 0 else 1.0


def naive_saving_ratio(split: Split, shares: Sequence[Any], place: int) -> float:
    """What the price lists say: 1 - sum of share x USD per unit / that at `place`."""
    return saving_ratio(_only(split, frozenset()), shares, place)


def saving_ratio(split: Split, shares: Sequence[Any], place: int) -> float:
    """1 - LCPR of the split / LCPR of the provider at `place` alone, over the parts that are counted."""
    return 1 - float(split.lcpr_usd(shares)) / float(split.alone_usd(place))


def hidden_parts(split: Split, shares: Sequence[Any], place: int) -> dict[str, float]:
    """How much of the naive saving each part takes, switched on one after the other; they add up exactly."""
    found, counted = {}, frozenset[str]()
    before = naive_saving_ratio(split, shares, place)
    for part in PARTS:
        counted |= {part}
        after = saving_ratio(_only(split, counted), shares, place)
        found[part] = before - after
        before = after
    return found


def _only(split: Split, counted: frozenset[str]) -> Split:
    return replace(split, counted=counted)


def best_shares(split: Split, *, given: Sequence[float], most: Sequence[float]) -> tuple[float, ...]:
    """The cheapest shares found: those given, each provider alone, and a grid of all splits within `most`.

    Two providers: steps of a hundredth, then of a hundredth of that around the best. More: the finest grid of at
    most 2,000 splits, so 20 steps for three providers and 10 for five. Ties go to what comes first, so to the
    shares given, then to a single provider.
    """
    n = len(split.sources)
    steps = _FINE_STEPS if n == 2 else _steps_of(n)
    candidates = np.concatenate([np.array([given]), np.eye(n), _simplex(n, steps)])
    best = _cheapest(split, candidates, most)
    if n != 2:
        return best
    near = best[0] + np.linspace(-1, 1, 2 * _FINE_STEPS + 1) / steps
    first = np.clip(near, 0.0, 1.0)
    return _cheapest(split, np.concatenate([np.array([best]), np.column_stack([first, 1 - first])]), most)


def _cheapest(split: Split, candidates: FloatArray, most: Sequence[float]) -> tuple[float, ...]:
    is_within = (candidates <= np.asarray(most) + 1e-9).all(axis=1)
    kept = np.concatenate([candidates[:1], candidates[is_within]])
    usd = np.asarray(split.lcpr_usd(list(kept.T)))
    # A difference in the last digits is none.
    best = int(np.argmax(usd <= usd.min() * (1 + 1e-12)))
    return tuple(float(share) for share in kept[best])


def _steps_of(n: int) -> int:
    steps = 20
    while steps > 1 and math.comb(steps + n - 1, n - 1) > _MOST_POINTS:
        steps -= 1
    return steps


@cache
def _simplex(n: int, steps: int) -> FloatArray:
    """Every way to deal `steps` equal parts out to `n` providers."""
    if n == 1:
        return np.ones((1, 1))
    bars = np.array(list(combinations(range(steps + n - 1), n - 1)), float)
    edges = np.column_stack([np.full(len(bars), -1.0), bars, np.full(len(bars), steps + n - 1.0)])
    return np.asarray((np.diff(edges, axis=1) - 1) / steps)


def normalised(shares: Mapping[str, Any], baseline: str) -> dict[str, Any]:
    """Shares that add up to 1: what is not with the others is with the baseline; above 1 the others shrink."""
    others = {name: share for name, share in shares.items() if name != baseline}
    total = sum(others.values())
    shrunk = {name: share / at_least(total, 1.0) for name, share in others.items()}
    return {name: shrunk[name] if name in shrunk else at_least(1 - total, 0.0) for name in shares}


def chosen(is_first: Any, first: Any, other: Any) -> Any:
    """`first` where it is so, else `other`; plain numbers stay plain, for arrays cost them dearly."""
    if isinstance(is_first, np.ndarray):
        return np.where(is_first, first, other)
    return first if is_first else other


def at_least(amount: Any, least: Any) -> Any:
    """No less than so much."""
    return chosen(amount >= least, amount, least)
