"""Unusual figures are named with their range and never changed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from routefit.lcpr.sanity import unusual
from routefit.lcpr.totals import Totals

USD = 10**12


def totals(**fields: int) -> Totals:
    base = {"units": 100, "production_calls": 100, "inference_pico_usd": 10 * USD}
    return Totals(**(base | fields))


@pytest.mark.parametrize(
    ("given", "usd_per_case", "expected"),
    [
        pytest.param(totals(eval_pico_usd=1 * USD), None, [], id="grading at a tenth is usual"),
        pytest.param(
            totals(eval_pico_usd=4 * USD),
            None,
            ["grading cost / model cost (0.4) > usual (0.05 to 0.15)"],
            id="grading dearer than usual",
        ),
        pytest.param(
            totals(repair_units=2),
            None,
            ["units with a repair / units (0.02) < usual (0.05 to 0.12)"],
            id="few repairs",
        ),
        pytest.param(totals(), None, [], id="what did not occur is not judged"),
        pytest.param(
            totals(escalated_units=3),
            Decimal("50"),
            ["cost of one escalation / cost of one call (500) > usual (50 to 300)"],
            id="an escalation dearer than usual",
        ),
        pytest.param(totals(escalated_units=3), None, [], id="an undeclared cost is not judged"),
        pytest.param(totals(escalated_units=3), Decimal("10"), [], id="a hundred calls are usual"),
    ],
)
def test_unusual(given: Totals, usd_per_case: Decimal | None, expected: list[str]) -> None:
    assert list(unusual(given, usd_per_case)) == expected
