"""Inputs, amounts and flips of a decision in words."""

from __future__ import annotations

import re
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routefit.decisions.kinds import KINDS
from routefit.report.decisions.amounts import (
    flip_words,
    input_words,
    range_words,
    value_words,
    with_range_words,
)
from routefit.report.decisions.registry import WORDS


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("target_lcpr_usd", "target LCPR"),
        ("units_per_month", "units per month"),
        ("horizon_months", "horizon"),
        ("gpu_usd_per_hour", "GPU per hour"),
        ("has_evals", "evals"),
        ("cold_start_s", "cold start"),
        ("input_usd_per_mtok", "input per million tokens"),
        ("max_utilization_rate", "max utilization"),
        ("hours", "hours"),
    ],
)
def test_inputs(name: str, words: str) -> None:
    assert input_words(name) == words


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        pytest.param(0.0409731, "USD per accepted unit", "$0.041 per accepted unit", id="three digits"),
        pytest.param(3.2, "USD per hour", "$3.20 per hour", id="cents"),
        pytest.param(11000.0, "USD", "$11,000", id="thousands apart"),
        pytest.param(0.000000123, "USD per unit", "$0.000000123 per unit", id="never an exponent"),
        pytest.param(0.9616, "share", "96.2%", id="a share"),
        pytest.param(0.27, "share per year", "27% per year", id="a share of something"),
        pytest.param(12.0, "months", "12 months", id="a number with its unit"),
        pytest.param(1.0, "months", "1 month", id="one of them"),
        pytest.param(1.0, "accepted units per GPU-hour", "1 accepted unit per GPU-hour", id="one of them per"),
        pytest.param(1.0, "passes", "1 pass", id="one with an e"),
        pytest.param(1.0, "times", "1 times", id="a multiple is no count"),
        pytest.param(1.0, "tokens per second", "1 token per second", id="what is counted, not what it is per"),
        pytest.param(True, "", "yes", id="a flag"),
        pytest.param(None, "USD", "–", id="unknown is a dash"),
        pytest.param("mid", "", "mid", id="a word"),
    ],
)
def test_values(value: float | bool | str | None, unit: str, words: str) -> None:
    assert value_words(value, unit) == words


@pytest.mark.parametrize(
    ("value", "flips_at", "side", "unit", "words"),
    [
        (0.0307, 0.039081281, "above", "USD per accepted unit", "at $0.0391 per accepted unit or more"),
        (12.0, 5.9999999999956, "below", "months", "under 6 months"),
        (1.2, 1.2000000000012, "above", "USD per hour", "above $1.20 per hour"),
        (0.95, 0.17881, "below", "share", "at 17.8% or less"),
        (500_000.0, 93_960.4, "below", "units per month", "at 93,900 units per month or less"),
        (3.0, 4.0, "above", "replicas", "at 4 replicas or more"),
        (10.0, 0.0, "below", "USD", "at $0"),
        (0.9, 1.0, "above", "share", "at 100%"),
        (0.031, 0.03101, "above", "USD", "at $0.0311 or more"),
    ],
)
def test_flips(value: float, flips_at: float, side: Literal["below", "above"], unit: str, words: str) -> None:
    assert flip_words(value, flips_at, side, unit) == words


@given(
    value=st.floats(1e-6, 1e9),
    ratio=st.floats(1e-4, 10.0),
    side=st.sampled_from(["below", "above"]),
)
def test_a_shown_flip_lies_on_the_side_where_it_holds(
    value: float, ratio: float, side: Literal["below", "above"]
) -> None:
    """Rounded away from today's value, never towards it."""
    flips_at = value / (1 + ratio) if side == "below" else value * (1 + ratio)
    found = re.search(r"\$([\d,.]+)", flip_words(value, flips_at, side, "USD"))
    assert found is not None
    shown = float(found.group(1).replace(",", ""))
    assert shown <= flips_at * (1 + 1e-9) if side == "below" else shown >= flips_at * (1 - 1e-9)


def test_ranges() -> None:
    assert range_words(0.0273, 0.0345, "USD per unit") == "$0.0273 to $0.0345 per unit"
    assert range_words(0.95001, 0.95002, "share") == "95.001% to 95.002%"
    assert with_range_words(0.041, 0.038, 0.044, "USD per unit") == "$0.041 ($0.038 to $0.044) per unit"
    assert with_range_words(12.0, 6.0, 18.0, "months") == "12 (6 to 18) months"


def test_every_kind_has_words() -> None:
    assert WORDS.keys() == KINDS.keys()
