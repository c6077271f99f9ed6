"""Chapter 20: raw price, lease and operational tax as computed, its sensitivities, and the page's figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from command_line import run_command
from explained_page import blocks_that_run, missing_lines

PAGE = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "self-managed.md"


def answer(*arguments: str) -> Any:
    """The answer of one command."""
    return run_command("decide", "self-managed", *arguments, "--format", "json").json


def test_the_page_says_what_the_product_computes() -> None:
    """Every output on the page."""
    assert blocks_that_run(PAGE) == 6
    assert missing_lines(PAGE) == []


def test_raw_price() -> None:
    """2.50 USD an hour at 1,000 tokens a second: 0.694 USD per million tokens, where 0.009 is printed."""
    found = answer("--gpus", "8", "--gpu-usd-per-hour", "2.50", "--tokens-per-second", "1000")
    assert found["result"]["raw_usd_per_mtok"] == pytest.approx(0.694, abs=5e-4)
    assert found["naive"]["raw_usd_per_mtok"] == found["result"]["raw_usd_per_mtok"]
    assert found["naive"]["decision"] == "self_manage"


def test_lease() -> None:
    """Eight H100 at 25,500 USD a month: 4.43 USD a GPU-hour."""
    found = answer("--gpus", "8", "--set", "fleet_usd_per_month=25500")["result"]
    assert found["gpu_usd_per_hour"] == pytest.approx(4.43, abs=5e-3)


@pytest.mark.parametrize(
    ("gpus", "engineers", "tax_ratio"),
    [
        pytest.param(10, 2, 2.60, id="10 GPUs, two engineers"),
        pytest.param(10, 3, 3.91, id="10 GPUs, three engineers"),
        pytest.param(100, 2, 0.26, id="100 GPUs, two engineers"),
        pytest.param(100, 3, 0.39, id="100 GPUs, three engineers"),
    ],
)
def test_operational_tax(gpus: int, engineers: int, tax_ratio: float) -> None:
    """At 3.20 USD x 720 hours; 30 to 50% and 5 to 10% are printed."""
    found = answer("--gpus", str(gpus), "--gpu-usd-per-hour", "3.20", "--engineers", str(engineers))["result"]
    assert found["operational_tax_ratio"] == pytest.approx(tax_ratio, abs=5e-3)


@pytest.mark.parametrize(
    ("target_tax_ratio", "gpus"),
    [
        pytest.param(0.3, 109, id="the default: 75,000 / (0.3 x 2,304) = 108.5"),
        pytest.param(0.5, 66, id="half: 65.1"),
        pytest.param(3.2552083333333335, 10, id="that of ten GPUs"),
    ],
)
def test_fleet_of_a_tax(target_tax_ratio: float, gpus: int) -> None:
    """The smallest whole fleet whose tax is no more than that."""
    flags = ("--gpu-usd-per-hour", "3.20", "--set", f"target_tax_ratio={target_tax_ratio}")
    assert answer("--gpus", "10", *flags)["result"]["gpus_for_tax_ratio"] == gpus
    taxes = [answer("--gpus", str(n), *flags)["result"]["operational_tax_ratio"] for n in (gpus, gpus - 1)]
    assert taxes[0] <= target_tax_ratio * (1 + 1e-9) < taxes[1]


def test_sensitivities_of_the_chapter() -> None:
    """Engineer cost, utilization and goodput stand in the tornado, and each flips the decision."""
    found = answer(
        *("--gpus", "100", "--gpu-usd-per-hour", "3.20", "--goodput-per-gpu-hour", "800"),
        *("--utilization-rate", "0.6", "--engineers", "2.5", "--set", "serverless_usd_per_unit=0.012"),
    )
    assert found["decision"] == "self_manage"
    names = {"engineer_usd_per_month", "utilization_rate", "goodput_per_gpu_hour"}
    assert names <= {bar["input"] for bar in found["tornado"]}
    flips = {flip["input"]: flip["flips_at"] for flip in found["flip_points"] if flip["decision"] == "stay"}
    units_usd = 100 * 720 * 800 * 0.012
    assert flips["utilization_rate"] == pytest.approx(305_400 / units_usd)
    assert flips["goodput_per_gpu_hour"] == pytest.approx(800 * 305_400 / (0.6 * units_usd))
    assert flips["engineer_usd_per_month"] == pytest.approx((0.6 * units_usd - 230_400) / 2.5)
