"""The break-even of a prompt cache as it is printed, the page's figures, and a real trace against it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from command_line import run_command
from explained_page import blocks_that_run, missing_lines

PRICES = ("--input-usd-per-mtok", "3.00", "--write-usd-per-mtok", "3.75", "--read-usd-per-mtok", "0.30")


def answer(*arguments: str) -> Any:
    """The JSON of one command."""
    return run_command("decide", "caching", *arguments, "--format", "json").json


def test_break_even() -> None:
    """3.00 / 3.75 / 0.30: N = 1.278 requests, h = 21.7%."""
    found = answer(*PRICES)
    assert found["result"]["break_even_requests"] == pytest.approx(1.278, abs=5e-4)
    assert found["result"]["break_even_hit_rate"] == pytest.approx(0.217, abs=5e-4)
    assert found["decision"] == "cache"
    flip = next(one for one in found["flip_points"] if one["input"] == "requests")
    assert flip["flips_at"] == pytest.approx(1.278, abs=5e-4)


def test_equal_prices_are_never_and_no_error() -> None:
    """p_in = p_read: nothing is divided by 0."""
    found = answer("--input-usd-per-mtok", "3", "--write-usd-per-mtok", "3", "--read-usd-per-mtok", "3")
    assert found["decision"] == "no_cache"
    assert (found["result"]["break_even_requests"], found["result"]["break_even_hit_rate"]) == (None, None)


@pytest.mark.shared_data
def test_the_page_says_what_the_product_computes(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every output on the page."""
    monkeypatch.chdir(root)
    page = root / "docs" / "explanation" / "caching.md"
    assert blocks_that_run(page) == 3
    assert missing_lines(page) == []


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("settings", "hit_rate", "decision"),
    [
        pytest.param((), 0.3736, "cache", id="a cache that forgets nothing"),
        pytest.param(("--set", "ttl_s=300"), 0.2934, "cache", id="five minutes"),
        pytest.param(("--set", "ttl_s=120"), 0.1954, "no_cache", id="two minutes: below the break-even"),
        pytest.param(("--set", "cache_tokens=5120000"), 0.2157, "no_cache", id="ten thousand blocks"),
    ],
)
def test_a_real_trace(shared_data: Path, settings: tuple[str, ...], hit_rate: float, decision: str) -> None:
    """An hour of conversations decides by its replayed hit rate."""
    trace = shared_data / "mooncake" / "conversation_trace.jsonl"
    found = answer(*PRICES, "--reuse", str(trace), *settings)
    assert found["result"]["hit_rate"] == pytest.approx(hit_rate, abs=5e-5)
    assert found["result"]["unlimited_hit_rate"] == pytest.approx(0.3736, abs=5e-5)
    assert found["decision"] == decision
