"""Chapter 21's story and its cache arithmetic, and section 10's row of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from explained_page import blocks_that_run, files_of, missing_lines
from routefit.answers.reuse_file import reuse_replay
from routefit.decisions.split import Source, in_proportion, input_cost_ratio
from split_cases import CHEAP, FAST, UNITS, split, split_figures


@pytest.mark.parametrize(
    ("discount_rate", "dearer_ratio"),
    [pytest.param(0.9, 1.69, id="at 90% off"), pytest.param(0.5, 1.21, id="at 50% off")],
)
def test_a_hit_rate_that_falls_from_72_to_45(discount_rate: float, dearer_ratio: float) -> None:
    """Input costs 69% more at 90% off, 21% more at 50% off."""
    source = Source(
        usd_per_unit=1.0,
        error_rate=0.0,
        acceptance_rate=1.0,
        hit_before=0.72,
        hit_after=0.45,
        known_at=0.7,
        cache_discount_rate=discount_rate,
        input_share_rate=1.0,
    )
    assert input_cost_ratio(source, 0.7, in_proportion) == pytest.approx(dearer_ratio, abs=0.005)


def test_the_story_of_the_chapter() -> None:
    """25% by the price lists, 10% in fact: 15 points are hidden, and they add up."""
    found = split_figures()
    assert found.naive_saving_ratio == pytest.approx(0.25)
    assert found.real_saving_ratio == pytest.approx(0.10, abs=0.001)
    hidden = found.hidden.model_dump()
    assert sum(hidden.values()) == pytest.approx(0.15, abs=0.001)
    assert max(hidden, key=lambda part: hidden[part]) == "cache"


def test_the_story_by_hand() -> None:
    """Each provider's cost of an accepted unit from the formula, and what the two come to."""
    found = split_figures()
    fragments = 1 - 0.55 + 0.55 * (1 - 0.5 * 0.45) / (1 - 0.5 * 0.72)
    k_fast, k_cheap = 0.010 / 0.99 * fragments, 0.010 * (1 - 0.25 / 0.7) / 0.95 * fragments
    fast = k_fast / 0.90 + 650 / (0.3 * UNITS)
    cheap = k_cheap / 0.885 + 650 / (0.7 * UNITS)
    assert found.lcpr_by_provider == pytest.approx({"fast": fast, "cheap": cheap})
    whole = (0.3 * 0.90 * fast + 0.7 * 0.885 * cheap) / (0.3 * 0.90 + 0.7 * 0.885)
    alone = 0.010 / 0.99 / 0.90 + 650 / UNITS
    assert found.split_usd_per_accepted_unit == pytest.approx(whole)
    assert found.baseline_usd_per_accepted_unit == pytest.approx(alone)
    assert found.real_saving_ratio == pytest.approx(1 - whole / alone)


def test_the_story_is_decided() -> None:
    """With parity measured the split pays, and all the traffic at the cheap one would pay more."""
    decision = split()
    assert decision.decision == "split"
    assert decision.naive.decision == "split"
    assert any("all the traffic at cheap costs less" in warning for warning in decision.warnings)
    assert split(FAST, CHEAP, has_parity=False).decision == "single"


@pytest.mark.shared_data
def test_a_real_trace_split_over_two_providers(shared_data: Path) -> None:
    """Mooncake's requests: 0.3736 of the input hits an unlimited cache, and less where each sees a half."""
    replay = reuse_replay(shared_data / "mooncake" / "conversation_trace.jsonl")
    unknown = {"cache_hit_before_rate": None, "cache_hit_after_rate": None}
    found = split_figures(
        {**FAST, **unknown, "share_rate": 0.5},
        {**CHEAP, **unknown, "share_rate": 0.5},
        tables={"reuse": replay},
        scenario="arbitrage",
    )
    whole = split_figures({**FAST, **unknown, "share_rate": 1.0}, tables={"reuse": replay})
    assert whole.hit_rate_by_provider["fast"] == pytest.approx(0.3736, abs=1e-4)
    assert found.hit_rate_by_provider["fast"] == pytest.approx(replay.hit_rate_at(0.5))
    assert replay.hit_rate_at(0.5) < 0.3736
    assert found.hidden.cache > 0


def test_the_page_says_what_is_computed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each figure of the explanation is printed by the command above it."""
    page = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "multi-source.md"
    files_of(page, tmp_path)
    monkeypatch.chdir(tmp_path)
    assert blocks_that_run(page) == 3
    assert missing_lines(page) == []
