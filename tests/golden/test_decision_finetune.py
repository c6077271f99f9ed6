"""Chapter 19: the training run, the payback under a day, the story of the repair loop; and the page's figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from command_line import run_command
from explained_page import blocks_that_run, missing_lines

PAGE = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "finetune.md"
NO_HIDDEN = ("--data-usd", "0", "--eval-usd", "0", "--iteration-usd-per-month", "0", "--ready")


def result(*arguments: str) -> Any:
    """The `result` of one command."""
    return run_command("decide", "finetune", *arguments, "--format", "json").json["result"]


def test_the_page_says_what_the_product_computes() -> None:
    """Every output on the page."""
    assert blocks_that_run(PAGE) == 3
    assert missing_lines(PAGE) == []


def test_training_run() -> None:
    """50,000 examples x 1,500 tokens x 0.48 USD per million = 36 USD; the chapter prints "under 40"."""
    found = result(
        *("--training-tokens", str(50_000 * 1_500), "--epochs", "1", "--set", "base_model_b_parameters=7"),
        *("--units-per-month", "300000", "--saving-usd-per-unit", "0.003", *NO_HIDDEN),
    )
    assert found["upfront_usd"] == pytest.approx(36)


@pytest.mark.parametrize(
    ("usd_per_unit", "days"),
    [
        pytest.param(0.06, 1.0, id="a unit at 0.06: exactly a day"),
        pytest.param(0.12, 0.5, id="a dearer unit: half a day"),
        pytest.param(0.059, 1.017, id="a cheaper unit: more than a day"),
        pytest.param(0.02, 3.0, id="a unit at 0.02: three days"),
    ],
)
def test_payback_under_a_day_needs_units_of_six_cents(usd_per_unit: float, days: float) -> None:
    """30 USD of training, 10,000 units a day of which each saves 5%."""
    found = result(
        *("--training-tokens", "62500000", "--usd-per-mtok", "0.48", *NO_HIDDEN),
        *("--units-per-month", str(10_000 * 30), "--saving-usd-per-unit", str(0.05 * usd_per_unit)),
    )
    assert found["upfront_usd"] == pytest.approx(30)
    assert found["payback_months"] * 30 == pytest.approx(days, rel=1e-3)


def test_story() -> None:
    """62% to 89% first pass, 12% of the repairs fail: calls -19.6%, per accepted unit -22.2%, not -31%."""
    found = result(
        *("--training-tokens", "75000000", "--usd-per-mtok", "0.48", "--units-per-month", "300000", *NO_HIDDEN),
        *("--first-pass-before-rate", "0.62", "--first-pass-after-rate", "0.89", "--repair-usd-per-unit", "0.01"),
        *("--set", "first_call_usd=0.01", "--set", "repair_success_rate=0.88"),
    )
    loop = found["repair_loop"]
    assert loop["calls_per_unit_before"] == pytest.approx(1.38)
    assert loop["calls_per_unit_after"] == pytest.approx(1.11)
    assert loop["calls_per_unit_change_ratio"] == pytest.approx(-0.196, abs=5e-4)
    assert loop["calls_per_accepted_unit_change_ratio"] == pytest.approx(-0.222, abs=5e-4)
    before = 0.0138 / 0.9544
    assert found["saving_usd_per_unit"] == pytest.approx(0.222 * before, rel=2e-3)


def test_break_even_volume_of_the_chapter() -> None:
    """Below 200 requests a day the iteration costs more than it saves: at 0.01 USD a unit saved that is 60 USD."""
    found = result(
        *("--training-tokens", "62500000", "--usd-per-mtok", "0.48", "--data-usd", "0", "--eval-usd", "0"),
        *(
            "--iteration-usd-per-month",
            "60",
            "--units-per-month",
            "6000",
            "--saving-usd-per-unit",
            "0.01",
            "--ready",
        ),
    )
    assert found["break_even_units_per_month"] == pytest.approx(200 * 30)
    assert found["payback_months"] is None
