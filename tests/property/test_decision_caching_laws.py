"""What holds of a prompt cache and of every replay of a prefix tree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from routefit.decisions.caching import Caching, CachingFigures, break_even_requests
from routefit.decisions.prefix_reuse import PrefixReplay, PrefixRequest, prefix_replay
from split_cases import amounts

PRICE = st.floats(0.01, 50)


def values(**changes: Any) -> dict[str, Any]:
    """All inputs of the calculator at one point."""
    calculator = Caching()
    plain = {one.name: one.default.value if one.default else None for one in calculator.inputs}
    return plain | changes


@st.composite
def replays(draw: st.DrawFn) -> PrefixReplay:
    """Requests that walk down a tree: a block's id is the path to it."""
    rows = draw(
        st.lists(
            st.tuples(st.floats(0, 50), st.lists(st.integers(0, 2), min_size=1, max_size=6), st.integers(1, 10)),
            min_size=1,
            max_size=14,
        )
    )
    requests = [
        PrefixRequest(at, 10 * (len(path) - 1) + tail, tuple(tuple(path[: i + 1]) for i in range(len(path))))
        for at, path, tail in rows
    ]
    return prefix_replay(requests, block_tokens=10)


def held(replay: PrefixReplay, *, ttl_s: float, blocks: int) -> float:
    """The hit rate by keeping the blocks of a cache in a list, the least recently used first."""
    cache: dict[Any, float] = {}
    hits = 0
    for request in replay.requests:
        run = 0
        for block in request.blocks:
            if block not in cache or request.arrived_s - cache[block] > ttl_s:
                break
            run += 1
        hits += min(10 * run, request.input_tokens)
        for block in reversed(request.blocks):
            cache.pop(block, None)
            cache[block] = request.arrived_s
        while len(cache) > blocks:
            cache.pop(next(iter(cache)))
    return hits / sum(one.input_tokens for one in replay.requests)


@given(replays(), amounts(60), st.integers(0, 30))
def test_distances_agree_with_a_cache_that_is_kept(replay: PrefixReplay, ttl_s: float, blocks: int) -> None:
    """One replay answers every TTL and size as the plain simulation of each does."""
    found = replay.hit_rate(ttl_s=ttl_s, cache_tokens=10.0 * blocks)
    assert found == pytest.approx(held(replay, ttl_s=ttl_s, blocks=blocks))


@given(replays(), st.lists(amounts(60), min_size=2, max_size=5))
def test_more_cache_never_hits_less(replay: PrefixReplay, limits: list[float]) -> None:
    """Longer, larger, and without limits most of all; the same on arrays."""
    rising = np.array(sorted(limits))
    for rates in (replay.hit_rate(ttl_s=rising), replay.hit_rate(cache_tokens=5 * rising)):
        assert (np.diff(rates) >= 0).all()
        assert rates[-1] <= replay.hit_rate()


@given(replays(), st.integers(1, 4))
def test_splitting_never_hits_more(replay: PrefixReplay, providers: int) -> None:
    """A provider has seen only its own requests."""
    assert replay.split_hit_rate([1 / providers] * providers) <= replay.hit_rate() + 1e-12


@given(PRICE, PRICE, PRICE, amounts(5), amounts(48), st.floats(1, 1e6))
def test_break_even_requests_save_nothing(
    p_in: float, p_write: float, p_read: float, storage: float, hours: float, tokens: float
) -> None:
    """Put back in, N requests cost the same with a cache and without; one more pays."""
    assume(p_in - p_read > 1e-3)
    at = values(
        input_usd_per_mtok=p_in,
        write_usd_per_mtok=p_write,
        read_usd_per_mtok=p_read,
        storage_usd_per_mtok_hour=storage,
        hours=hours,
        prefix_tokens=tokens,
    )
    requests = break_even_requests(at)
    assert requests is not None
    assume(requests > 0)
    calculator = Caching()
    spent = requests * p_in * tokens / 1e6
    assert calculator.net_usd(at | {"requests": requests})["cache"] == pytest.approx(0, abs=1e-9 * max(1.0, spent))
    assert calculator.net_usd(at | {"requests": requests + 1})["cache"] > 0


@given(PRICE, PRICE, amounts(0.95), st.floats(0.01, 1), st.floats(1, 1e6))
def test_the_break_even_hit_rate_saves_nothing(
    p_in: float, premium: float, read_ratio: float, share: float, requests: float
) -> None:
    """On the scale of a usage report, with the eligible share."""
    p_write, p_read = p_in + premium, p_in * read_ratio
    at = values(
        input_usd_per_mtok=p_in,
        write_usd_per_mtok=p_write,
        read_usd_per_mtok=p_read,
        eligible_share_rate=share,
        requests=requests,
        hit_rate=0.0,
    )
    calculator = Caching()
    result = calculator.point(at).result
    assert isinstance(result, CachingFigures)
    limit = result.break_even_reported_hit_rate
    assert limit is not None
    spent = requests * p_in
    assert calculator.net_usd(at | {"hit_rate": limit})["cache"] == pytest.approx(0, abs=1e-9 * max(1.0, spent))


@given(PRICE, PRICE, amounts(40))
def test_reading_that_costs_no_less_never_pays(p_in: float, p_write: float, more: float) -> None:
    """Whatever writing costs."""
    at = values(input_usd_per_mtok=p_in, write_usd_per_mtok=p_write, read_usd_per_mtok=p_in + more)
    calculator = Caching()
    point = calculator.point(at)
    assert break_even_requests(at) is None
    assert calculator.decision("cache", point) == "no_cache"
