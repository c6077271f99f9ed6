"""Replaying requests through a prefix cache: what hits, with which limits, and split over providers."""

from __future__ import annotations

import numpy as np
import pytest

from routefit.decisions.prefix_reuse import PrefixReplay, PrefixRequest, prefix_replay
from routefit.errors import BadInputError, UndefinedError


def _replay(*rows: tuple[float, int, tuple[int, ...]]) -> PrefixReplay:
    return prefix_replay([PrefixRequest(*row) for row in rows], block_tokens=10)


CHAT = _replay(
    (0.0, 25, (1, 2, 3)),
    (10.0, 35, (1, 2, 3, 4)),
    (20.0, 15, (1, 9)),
    (100.0, 40, (1, 2, 3, 4)),
)


@pytest.mark.parametrize(
    ("ttl_s", "cache_tokens", "hit_tokens"),
    [
        pytest.param(None, None, 30 + 10 + 40, id="everything that was seen before"),
        pytest.param(80, None, 30 + 10 + 10, id="a read refreshes the first block, the others are 90 s old"),
        pytest.param(9, None, 0, id="all gaps are longer than the TTL"),
        pytest.param(10, None, 30 + 10, id="a gap of exactly the TTL hits"),
        pytest.param(None, 50, 30 + 10 + 40, id="five blocks hold all five"),
        pytest.param(None, 40, 30 + 10 + 30, id="the end of a prefix goes first"),
        pytest.param(None, 10, 10 + 10 + 10, id="one block holds the first"),
        pytest.param(None, 9, 0, id="a cache below one block holds nothing"),
        pytest.param(80, 10, 10 + 10 + 10, id="both limits hold"),
    ],
)
def test_what_hits(ttl_s: float | None, cache_tokens: float | None, hit_tokens: int) -> None:
    """The leading blocks that are still held."""
    assert CHAT.hit_rate(ttl_s=ttl_s, cache_tokens=cache_tokens) == pytest.approx(hit_tokens / 115)


def test_the_last_block_counts_with_the_tokens_it_has() -> None:
    """A prefix of 15 tokens seen again hits 15, not 20."""
    assert _replay((0, 15, (1, 2)), (1, 15, (1, 2))).hit_rate() == 0.5


def test_many_limits_at_once_are_each_alone() -> None:
    """Draws of a TTL or of a size cost one replay."""
    ttls, sizes = np.array([9.0, 10.0, 80.0, 1e9]), np.array([9.0, 10.0, 40.0, 50.0])
    assert CHAT.hit_rate(ttl_s=ttls).tolist() == [CHAT.hit_rate(ttl_s=one) for one in ttls.tolist()]
    assert CHAT.hit_rate(cache_tokens=sizes, ttl_s=80.0).tolist() == [
        CHAT.hit_rate(cache_tokens=one, ttl_s=80.0) for one in sizes.tolist()
    ]
    with pytest.raises(BadInputError, match="at most one"):
        CHAT.hit_rate(ttl_s=ttls, cache_tokens=sizes)


def test_order_is_that_of_arrival() -> None:
    """A file need not be sorted."""
    assert prefix_replay(CHAT.requests[::-1], block_tokens=10).hit_rate() == CHAT.hit_rate()


def test_a_session_stays_at_one_provider() -> None:
    """With every session of its own, nothing is lost by splitting."""
    rows = [
        PrefixRequest(float(turn), 10 * (turn + 1), tuple((user, t) for t in range(turn + 1)), session=str(user))
        for turn in range(5)
        for user in range(40)
    ]
    by_session = prefix_replay(rows, block_tokens=10)
    by_number = prefix_replay(
        [PrefixRequest(one.arrived_s, one.input_tokens, one.blocks) for one in rows], block_tokens=10
    )
    assert by_session.split_hit_rate([0.5, 0.5]) == pytest.approx(by_session.hit_rate())
    assert by_number.split_hit_rate([0.5, 0.5]) < by_number.hit_rate()
    assert by_number.hit_rate_at(1.0) == by_number.hit_rate()
    assert by_number.hit_rate_at(0.3) < by_number.hit_rate_at(0.7)


@pytest.mark.parametrize("share_rate", [0.0, 1.5])
def test_a_share_that_is_none(share_rate: float) -> None:
    """A provider without traffic has no hit rate."""
    with pytest.raises(BadInputError, match="share"):
        CHAT.hit_rate_at(share_rate)


def test_shares_add_up() -> None:
    """A split leaves no request out."""
    with pytest.raises(BadInputError, match="sum of 1"):
        CHAT.split_hit_rate([0.5, 0.4])


def test_no_tokens_no_rate() -> None:
    """Undefined, not 0."""
    with pytest.raises(UndefinedError):
        _replay().hit_rate()


def test_a_block_that_names_no_prefix() -> None:
    """The same id after another block is a hash of the block alone."""
    with pytest.raises(BadInputError, match="block 2 comes after another block"):
        _replay((0, 20, (1, 2)), (1, 20, (3, 2))).hit_rate()
