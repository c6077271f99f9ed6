"""Chapters 15 and 17: where the saving of a serverless open route vanishes; and the page's figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_line import run_command
from explained_page import blocks_that_run, missing_lines
from move_cases import serverless

PAGE = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "serverless.md"
CHAPTER_17_RATES = (
    "current_first_pass_rate=0.91",
    "target_first_pass_rate=0.86",
    "current_repair_rate=0.052",
    "target_repair_rate=0.098",
    "current_repair_success_rate=0.87",
    "target_repair_success_rate=0.94",
    "current_escalation_rate=0.031",
    "target_escalation_rate=0.049",
    "current_cache_hit_rate=0.71",
    "target_cache_hit_rate=0.79",
)


def test_the_page_says_what_the_product_computes() -> None:
    """Every output on the page."""
    assert blocks_that_run(PAGE) == 3
    assert missing_lines(PAGE) == []


def test_chapter_17_with_all_its_rates() -> None:
    """44 cents an escalation decide; shares beyond 1 by a tenth of a point are a warning; the table as printed."""
    ran = run_command(
        *(
            "decide",
            "serverless",
            "--current-lcpr",
            "0.041",
            "--target-lcpr",
            "0.031",
            "--units-per-month",
            "500000",
        ),
        *("--migration-usd", "11000", "--current-acceptance-rate", "0.91", "--target-acceptance-rate", "0.86"),
        *(word for rate in CHAPTER_17_RATES for word in ("--set", rate)),
        *("--format", "json"),
    )
    assert ran.exit_code == 0, ran.err
    result = ran.json["result"]
    assert round(result["break_even_escalation_usd"], 2) == 0.44
    assert result["lcpr_gap_ratio"] == pytest.approx(0.244, abs=5e-4)
    assert [one for one in ran.json["warnings"] if "1.0011" in one]
    rows = {one["figure"]: (one["before"], one["after"]) for one in result["before_after"]}
    assert rows == {
        "cache_hit_rate": (0.71, 0.79),
        "pass_rate": (0.91, 0.86),
        "first_pass_rate": (0.91, 0.86),
        "repair_rate": (0.052, 0.098),
        "repair_success_rate": (0.87, 0.94),
        "escalation_rate": (0.031, 0.049),
        "people_usd_per_accepted_unit": (None, None),
        "lcpr_usd_per_accepted_unit": (0.041, 0.031),
    }


def test_chapter_17_cannot_hold_its_escalations() -> None:
    """2.40 USD x 0.031 / 0.91 = 0.082 alone."""
    (people,) = (one for one in serverless(failure_usd=2.4).before_after if one.figure.startswith("people"))
    assert people.before == pytest.approx(0.082, abs=5e-4)
    assert people.before is not None
    assert people.before > 0.041


@pytest.mark.parametrize(
    ("accepted_rate", "failure_usd"),
    [
        pytest.param(1.0, 1.667, id="the old route is always accepted"),
        pytest.param(0.95, 1.789, id="95% of the time: the 1.79 of the table"),
    ],
)
def test_chapter_15_cheaper_unless_failures_cost_more(accepted_rate: float, failure_usd: float) -> None:
    """80% cheaper, 30% fail: 0.286 of a call per accepted unit; 0.7 breaks even at this cost of a failure."""
    found = serverless(
        current_lcpr_usd=1 / accepted_rate,
        target_lcpr_usd=0.2 / 0.7,
        current_acceptance_rate=accepted_rate,
        target_acceptance_rate=0.7,
        current_escalation_rate=None,
        target_escalation_rate=None,
        failure_usd=failure_usd,
    )
    assert found.break_even_pass_rate == pytest.approx(0.7, abs=1e-4)
    assert found.target_usd_per_demanded_unit == pytest.approx(0.2)
    (costs,) = (one for one in found.before_after if one.figure.startswith("lcpr"))
    assert costs.after == pytest.approx(0.286, abs=5e-4)
