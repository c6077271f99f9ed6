"""Chapter 22's team with 70 days of notice, and the page's figures."""

from __future__ import annotations

from pathlib import Path

from command_line import run_command
from explained_page import blocks_that_run, missing_lines


def test_a_team_with_seventy_days() -> None:
    """Six engineer-weeks of rewriting against four of integration and 11,000 USD: they took the competitor."""
    found = run_command(
        *("decide", "deprecation", "--deprecated-on", "2026-08-10", "--today", "2026-06-01"),
        *("--notice-days", "70", "--incumbent-pass-rate", "0.86", "--successor-pass-rate", "0.74"),
        *("--format", "json"),
    ).json
    assert found["decision"] == "switch"
    assert found["result"]["days_left"] == 70
    assert [(one["name"], one["total_usd"], one["weeks"], one["fits"]) for one in found["result"]["options"]] == [
        ("rewrite", 42_000, 6, True),
        ("switch", 39_000, 4, True),
    ]
    assert found["result"]["contract_gaps"] == [
        "notice: 70 days < 90 negotiated",
        "successor: passes 74% < 86%, the incumbent's bar",
    ]


def test_the_page_says_what_the_product_computes(root: Path) -> None:
    """Every output on the page."""
    page = root / "docs" / "explanation" / "deprecation.md"
    assert blocks_that_run(page) == 1
    assert missing_lines(page) == []
