"""The replay of a real trace of 12,031 requests gives its published figure."""

from __future__ import annotations

from pathlib import Path

import pytest

from routefit.answers.reuse_file import reuse_replay


@pytest.mark.shared_data
def test_a_real_trace_of_an_hour(shared_data: Path) -> None:
    """37.36% of input tokens hit an unlimited cache; limits and a split over two providers take from it."""
    replay = reuse_replay(shared_data / "mooncake" / "conversation_trace.jsonl")
    assert len(replay.requests) == 12_031
    assert replay.block_tokens == 512
    assert replay.hit_rate() == pytest.approx(0.3736, abs=5e-5)
    assert replay.hit_rate(ttl_s=300) == pytest.approx(0.2934, abs=5e-5)
    assert replay.hit_rate(cache_tokens=10_000 * 512) == pytest.approx(0.2157, abs=5e-5)
    assert replay.split_hit_rate([0.5, 0.5]) == pytest.approx(0.2721, abs=5e-5)
    assert replay.hit_rate_at(0.5) == pytest.approx(0.2765, abs=5e-5)
