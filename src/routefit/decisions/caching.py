"""Whether a prompt cache pays: when a prefix is used often enough, and hits often enough, to earn its writing.

    N = (p_write - p_read + hours x p_storage) / (p_in - p_read)     requests at which caching breaks even
    h = (p_write - p_in) / (p_write - p_read)                        hit rate over the prefix at which it does
    h x eligible share                                               the same over all input tokens, as reported
    saving USD = P / 1e6 x (R p_in - W p_write - (R - W) p_read - hours x p_storage)

N counts every request, the writing one too. p are USD per million tokens, P the prefix tokens of a request, R the
requests, W those that write: 1 where no hit rate is known (the prefix lives through all of them), else
R x (1 - hit rate over the prefix). Never (None) where p_in <= p_read; h is 0 where p_write <= p_in.
The hit rate that decides is that of a replay (`prefix_reuse`), else the measured one, else that of the workload's
own calls replayed as if they shared one prefix.
Source: field guide, chapter 7 of its part 2, as section 7.8 of the domain gives it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np

from routefit.decisions.caching_inputs import HITS, PRICES, use_inputs
from routefit.decisions.calculator import Point, Values
from routefit.decisions.decision import Figures, Naive
from routefit.decisions.given import Input
from routefit.decisions.prefix_reuse import PrefixReplay, ReuseGaps
from routefit.decisions.uncertainty import Arrays
from routefit.errors import CannotTellError

HitSource = Literal["replay", "measured", "own_calls"]


class CachingFigures(Figures):
    """A cache in figures; None for "never", and for a hit rate that nobody knows.

    `hit_rate` is the one that decides, over all input tokens, `prefix_hit_rate` the same over the shared prefix;
    `write_requests` is how many requests write it.
    """

    break_even_requests: float | None
    break_even_hit_rate: float | None
    break_even_reported_hit_rate: float | None
    saving_usd: float
    plain_usd: float
    cached_usd: float
    requests: float
    prefix_tokens: float
    write_requests: float
    write_usd_per_mtok: float
    hit_rate: float | None
    hit_rate_source: HitSource | None
    prefix_hit_rate: float | None
    replayed_hit_rate: float | None
    unlimited_hit_rate: float | None
    measured_hit_rate: float | None


class CachingNaive(Naive):
    """The discount on every request: nobody writes the prefix, and it never expires."""

    saving_usd: float


class Caching:
    """Cache a shared prefix, or send it plain every time.

    `replay` are requests of a file, `own` the gaps between the workload's own calls, over their prefix tokens.
    """

    kind: ClassVar[str] = "caching"
    actions: ClassVar[tuple[str, ...]] = ("no_cache", "cache")
    has_staying: ClassVar[bool] = True
    net_usd_over: ClassVar[Literal["run"]] = "run"

    def __init__(self, *, replay: PrefixReplay | None = None, own: ReuseGaps | None = None) -> None:
        self._replay = replay
        self._own = own

    @property
    def inputs(self) -> tuple[Input, ...]:
        """All inputs."""
        return (*PRICES, *use_inputs(is_replayed=self._replay is not None), *HITS)

    def unused(self, values: Values) -> frozenset[str]:
        """The time kept where storage is free, and what no hit rate depends on."""
        names = set() if values["storage_usd_per_mtok_hour"] else {"hours"}
        source = self._source(values)
        if source != "measured":
            names.add("hit_rate")
        if source not in ("replay", "own_calls"):
            names |= {"ttl_s", "cache_tokens"}
        return frozenset(names if source else names | {"eligible_share_rate"})

    def point(self, values: Values) -> Point:
        """All figures; CannotTellError where storage is billed for an unknown time."""
        if values["storage_usd_per_mtok_hour"] and values["hours"] is None:
            raise CannotTellError(
                "storage is billed by the hour, and how long the prefix is kept is not known",
                next_step="--hours HOURS",
            )
        figures = self._figures(values)
        plain = values["input_usd_per_mtok"] - values["read_usd_per_mtok"]
        naive = CachingNaive(
            decision="cache" if plain > 0 else "no_cache",
            why="takes the discount on every request: it forgets who writes the prefix, and that it expires",
            saving_usd=plain * figures.requests * figures.prefix_tokens / 1e6,
        )
        return Point(result=figures, naive=naive, warnings=tuple(_warnings(values, figures)))

    def net_usd(self, values: Arrays) -> Mapping[str, Any]:
        """What caching saves over the requests."""
        return {"cache": self._plain_usd(values) - self._cached_usd(values)}

    def outcomes(self, values: Arrays) -> Mapping[str, Any]:
        """The hit rate that decides, where one is known."""
        found = self._prefix_hit_rate(values)
        return {} if found is None else {"hit_rate": found * values["eligible_share_rate"]}

    def decision(self, best: str, point: Point) -> str:
        """cache or no_cache; never a cache whose reads are no cheaper than plain input."""
        if not isinstance(point.result, CachingFigures):
            raise TypeError(f"not a cache: {type(point.result).__name__}")
        return "no_cache" if point.result.break_even_requests is None else best

    def _figures(self, values: Values) -> CachingFigures:
        break_even = break_even_hit_rate(values)
        hit, share = self._prefix_hit_rate(values), values["eligible_share_rate"]
        limits = {"ttl_s": values["ttl_s"], "cache_tokens": values["cache_tokens"]}
        replayed = None
        if self._replay is not None:
            replayed = float(self._replay.hit_rate(**limits))
        elif self._own is not None:
            replayed = float(self._own.hit_rate(**limits)) * share
        whole = self._replay.gaps.unlimited_hit_rate if self._replay is not None else None
        plain, cached = float(self._plain_usd(values)), float(self._cached_usd(values))
        return CachingFigures(
            break_even_requests=break_even_requests(values),
            break_even_hit_rate=break_even,
            break_even_reported_hit_rate=None if break_even is None else break_even * share,
            saving_usd=plain - cached,
            plain_usd=plain,
            cached_usd=cached,
            requests=self._requests(values),
            prefix_tokens=self._prefix_tokens(values),
            write_requests=float(self._write_requests(values)),
            write_usd_per_mtok=write_usd_per_mtok(values),
            hit_rate=None if hit is None else float(hit) * share,
            hit_rate_source=self._source(values),
            prefix_hit_rate=None if hit is None else float(hit),
            replayed_hit_rate=replayed,
            unlimited_hit_rate=whole,
            measured_hit_rate=values["hit_rate"],
        )

    def _source(self, values: Values) -> HitSource | None:
        if self._replay is not None:
            return "replay"
        if values["hit_rate"] is not None:
            return "measured"
        return "own_calls" if self._own is not None else None

    def _prefix_hit_rate(self, values: Arrays) -> Any:
        """The hit rate over the shared prefix; None where no hit rate is known."""
        limits = {"ttl_s": values["ttl_s"], "cache_tokens": values["cache_tokens"]}
        if self._replay is not None:
            return np.minimum(1.0, self._replay.hit_rate(**limits) / values["eligible_share_rate"])
        if values["hit_rate"] is not None:
            return np.minimum(1.0, values["hit_rate"] / values["eligible_share_rate"])
        return None if self._own is None else self._own.hit_rate(**limits)

    def _requests(self, values: Arrays) -> Any:
        if values["requests"] is None and self._replay is not None:
            return float(self._replay.gaps.requests)
        return values["requests"]

    def _prefix_tokens(self, values: Arrays) -> Any:
        if values["prefix_tokens"] is None and self._replay is not None:
            gaps = self._replay.gaps
            return gaps.input_tokens / gaps.requests * values["eligible_share_rate"]
        return values["prefix_tokens"]

    def _write_requests(self, values: Arrays) -> Any:
        hit = self._prefix_hit_rate(values)
        return 1.0 if hit is None else self._requests(values) * (1 - hit)

    def _plain_usd(self, values: Arrays) -> Any:
        return self._requests(values) * values["input_usd_per_mtok"] * self._prefix_tokens(values) / 1e6

    def _cached_usd(self, values: Arrays) -> Any:
        writes = self._write_requests(values)
        reads = self._requests(values) - writes
        usd_per_mtok = writes * write_usd_per_mtok(values) + reads * values["read_usd_per_mtok"]
        return (usd_per_mtok + kept_usd_per_mtok(values)) * self._prefix_tokens(values) / 1e6


def break_even_requests(values: Values) -> float | None:
    """N; None where reads are no cheaper than plain input."""
    gap = values["input_usd_per_mtok"] - values["read_usd_per_mtok"]
    if gap <= 0:
        return None
    over = write_usd_per_mtok(values) - values["read_usd_per_mtok"] + kept_usd_per_mtok(values)
    return max(0.0, float(over / gap))


def break_even_hit_rate(values: Values) -> float | None:
    """h, storage left out; 0 where writing costs no more than plain input, None where reads are no cheaper."""
    if values["input_usd_per_mtok"] <= values["read_usd_per_mtok"]:
        return None
    premium = write_usd_per_mtok(values) - values["input_usd_per_mtok"]
    return 0.0 if premium <= 0 else float(premium / (write_usd_per_mtok(values) - values["read_usd_per_mtok"]))


def write_usd_per_mtok(values: Arrays) -> Any:
    """The price of writing; that of plain input where none is given."""
    own = values["write_usd_per_mtok"]
    return values["input_usd_per_mtok"] if own is None else own


def kept_usd_per_mtok(values: Arrays) -> Any:
    """What keeping a million tokens costs for the hours that they are kept."""
    hours = values["hours"]
    return 0.0 if hours is None else hours * values["storage_usd_per_mtok_hour"]


def _warnings(values: Values, figures: CachingFigures) -> list[str]:
    found = []
    if values["write_usd_per_mtok"] is None:
        found.append("no price for writing to the cache: it is taken to be that of plain input")
    over_input = {"replay": figures.replayed_hit_rate, "measured": figures.measured_hit_rate}
    hit, share = over_input.get(figures.hit_rate_source or ""), values["eligible_share_rate"]
    if hit is not None and hit > share:
        found.append(f"more input hits ({hit:.3f}) than belongs to a shared prefix ({share:g}): all of that hits")
    return found
