"""A prompt cache: break-evens, which hit rate decides, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from routefit.decisions.caching import CachingFigures
from routefit.decisions.deciding import decide
from routefit.decisions.decision import Decision
from routefit.decisions.given import Given
from routefit.decisions.kinds import KINDS, Material
from routefit.decisions.prefix_reuse import PrefixReplay, PrefixRequest, prefix_replay
from routefit.errors import BadInputError, CannotTellError, UndefinedError
from routefit.evidence import Label

PLAIN: dict[str, Any] = {
    "input_usd_per_mtok": 3.0,
    "write_usd_per_mtok": 3.75,
    "read_usd_per_mtok": 0.3,
    "prefix_tokens": 1_000.0,
    "requests": 1_000.0,
}
CHAT = prefix_replay(
    [
        PrefixRequest(0.0, 20, (1, 2)),
        PrefixRequest(10.0, 20, (1, 2)),
        PrefixRequest(100.0, 20, (1, 3)),
        PrefixRequest(110.0, 20, (1, 2)),
    ],
    block_tokens=10,
)
"""Half a minute after its first use everything is used again, or never."""


def decided(changes: dict[str, Any] | None = None, **material: Any) -> Decision:
    """The decision on the plain numbers with changes; None takes a number away."""
    values = {**PLAIN, **(changes or {})}
    given = {name: Given(value=one, label=Label.ASSUMED) for name, one in values.items() if one is not None}
    calculator = KINDS["caching"].build(Material(tables=material))
    return decide(calculator, given, rng=np.random.default_rng(1), draws=2_000)


def figures(changes: dict[str, Any] | None = None, **material: Any) -> CachingFigures:
    """The figures of that decision."""
    result = decided(changes, **material).result
    assert isinstance(result, CachingFigures)
    return result


@pytest.mark.parametrize(
    ("changes", "requests", "hit_rate"),
    [
        pytest.param({}, 1.2778, 0.2174, id="writing dearer than input"),
        pytest.param({"write_usd_per_mtok": None}, 1.0, 0.0, id="no price of writing: that of input"),
        pytest.param({"write_usd_per_mtok": 3.0}, 1.0, 0.0, id="writing like input: the first hit saves"),
        pytest.param({"write_usd_per_mtok": 0.3}, 0.0, 0.0, id="writing like reading: at once"),
        pytest.param({"read_usd_per_mtok": 3.0}, None, None, id="reading like input: never"),
        pytest.param({"read_usd_per_mtok": 3.5}, None, None, id="reading dearer than input: never"),
        pytest.param({"read_usd_per_mtok": 0.0}, 1.25, 0.2, id="reading free"),
        pytest.param(
            {"storage_usd_per_mtok_hour": 1.0, "hours": 2.7}, 2.2778, 0.2174, id="storage is earned by requests"
        ),
    ],
)
def test_break_evens(changes: dict[str, Any], requests: float | None, hit_rate: float | None) -> None:
    """N counts every request; h is over the prefix and leaves storage out."""
    found = figures(changes)
    assert found.break_even_requests == (None if requests is None else pytest.approx(requests, abs=5e-5))
    assert found.break_even_hit_rate == (None if hit_rate is None else pytest.approx(hit_rate, abs=5e-5))


def test_a_prefix_that_lives_through_all_requests() -> None:
    """One write, 999 reads of a million tokens in all."""
    found = figures()
    assert found.plain_usd == pytest.approx(3.0)
    assert found.cached_usd == pytest.approx((3.75 + 999 * 0.3) / 1000)
    assert found.write_requests == 1
    assert decided().decision == "cache"


@pytest.mark.parametrize(
    ("hit_rate", "share", "decision", "reported"),
    [
        pytest.param(0.22, 1.0, "cache", 0.2174, id="just above the break-even"),
        pytest.param(0.21, 1.0, "no_cache", 0.2174, id="just below it"),
        pytest.param(0.16, 0.7, "cache", 0.1522, id="on the scale of all input tokens"),
        pytest.param(0.15, 0.7, "no_cache", 0.1522, id="the same, just below"),
        pytest.param(0.0, 1.0, "no_cache", 0.2174, id="no hit: every request writes"),
    ],
)
def test_the_hit_rate_decides(hit_rate: float, share: float, decision: str, reported: float) -> None:
    """Over all input tokens, as a usage report counts them, against h x the eligible share."""
    found = decided({"hit_rate": hit_rate, "eligible_share_rate": share})
    assert found.decision == decision
    assert isinstance(found.result, CachingFigures)
    assert found.result.break_even_reported_hit_rate == pytest.approx(reported, abs=5e-5)
    assert found.result.write_requests == pytest.approx(1_000 * (1 - hit_rate / share))


@pytest.mark.parametrize(
    ("changes", "hits", "decision"),
    [
        pytest.param({}, 50 / 80, "cache", id="a cache that forgets nothing"),
        pytest.param({"ttl_s": 50.0}, 30 / 80, "cache", id="what is used again within 50 s"),
        pytest.param({"ttl_s": 9.0}, 0.0, "no_cache", id="a TTL below every gap"),
        pytest.param({"cache_tokens": 10.0}, 30 / 80, "cache", id="a cache of one block"),
        pytest.param({"hit_rate": 0.0}, 50 / 80, "cache", id="the replay goes before the report"),
    ],
)
def test_a_replay_decides(changes: dict[str, Any], hits: float, decision: str) -> None:
    """The hit rate of the replayed requests stands beside the break-even, and volume and prefix are theirs."""
    found = decided({"prefix_tokens": None, "requests": None, **changes}, reuse=CHAT)
    assert found.decision == decision
    assert isinstance(found.result, CachingFigures)
    assert found.result.hit_rate == found.result.replayed_hit_rate == pytest.approx(hits)
    assert found.result.hit_rate_source == "replay"
    assert (found.result.requests, found.result.prefix_tokens) == (4, 20)


def test_own_calls_replayed_are_over_the_prefix() -> None:
    """On the scale of a usage report they count with the eligible share."""
    own = CHAT.gaps
    found = figures({"ttl_s": 50.0, "eligible_share_rate": 0.5}, own_reuse=own)
    assert found.prefix_hit_rate == pytest.approx(30 / 80)
    assert found.hit_rate == found.replayed_hit_rate == pytest.approx(15 / 80)
    assert figures({"hit_rate": 0.4}, own_reuse=own).hit_rate_source == "measured"


def test_more_hits_than_there_is_prefix() -> None:
    """All of the prefix hits then, and the reader is told."""
    found = decided({"hit_rate": 0.9, "eligible_share_rate": 0.7})
    assert isinstance(found.result, CachingFigures)
    assert found.result.prefix_hit_rate == 1
    assert any("more input hits (0.900) than belongs to a shared prefix (0.7)" in one for one in found.warnings)


def test_what_is_not_looked_at_is_no_evidence() -> None:
    """Without a hit rate its scale says nothing; without storage the hours do not."""
    assert {"hours", "hit_rate", "ttl_s", "cache_tokens", "eligible_share_rate"}.isdisjoint(
        one.input for one in decided({"hours": 3.0, "ttl_s": 60.0}).evidence.inputs
    )


def test_the_naive_answer_writes_nothing() -> None:
    """The discount on all of it, the first request included."""
    naive = decided().naive.model_dump()
    assert naive["decision"] == "cache"
    assert naive["saving_usd"] == pytest.approx(2.7)
    assert decided({"read_usd_per_mtok": 3.0}).naive.decision == "no_cache"


def test_a_range_of_the_ttl_is_drawn() -> None:
    """Half of the draws lie below the gap of 10 s."""
    calculator = KINDS["caching"].build(Material(tables={"reuse": CHAT}))
    spread = next(one for one in calculator.inputs if one.name == "ttl_s").given("5:10:15")
    values = {name: one for name, one in PLAIN.items() if name not in ("prefix_tokens", "requests")}
    given = {name: Given(value=one, label=Label.ASSUMED) for name, one in values.items()}
    found = decide(calculator, given | {"ttl_s": spread}, rng=np.random.default_rng(1), draws=4_000)
    assert found.monte_carlo.draws == 4_000
    assert found.monte_carlo.quantiles["hit_rate"].p25 == 0
    assert found.monte_carlo.quantiles["hit_rate"].p75 == pytest.approx(30 / 80)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"input_usd_per_mtok": -1.0}, id="negative money"),
        pytest.param({"hit_rate": 1.2}, id="a rate above 1"),
        pytest.param({"eligible_share_rate": 0.0}, id="no share to divide by"),
        pytest.param({"requests": 0.0}, id="no requests"),
        pytest.param({"prefix_tokens": 0.0}, id="no prefix"),
    ],
)
def test_bad_values(changes: dict[str, Any]) -> None:
    """Each is refused by name."""
    with pytest.raises(BadInputError, match=next(iter(changes)).replace("_", "[_-]")):
        decided(changes)


def test_what_is_missing_is_named() -> None:
    """A price, and the hours where storage is billed."""
    with pytest.raises(CannotTellError, match="--read-usd-per-mtok"):
        decided({"read_usd_per_mtok": None})
    with pytest.raises(CannotTellError, match="how long the prefix is kept"):
        decided({"storage_usd_per_mtok_hour": 1.0})


def test_a_replay_without_requests_says_so() -> None:
    """Nothing was sent, so nothing hits."""
    empty = PrefixReplay((), 10)
    with pytest.raises(UndefinedError, match="no input tokens"):
        decided({"prefix_tokens": None}, reuse=empty)
