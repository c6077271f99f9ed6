"""Figures that lie outside what is usual: a reason to look at the data, never to correct them.

    grading cost / inference cost                    0.05 to 0.15
    units with a repair / units                      0.05 to 0.12
    cost of one escalation / cost of one call        50 to 300

All three ranges are OPINION of the source. A part that did not occur is not judged.
Source: section 3 of the domain ("Sanity ranges").
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from routefit.lcpr.totals import Totals
from routefit.units import usd_from_pico_usd

USUAL_GRADING_RATIO = (0.05, 0.15)
USUAL_REPAIR_RATE = (0.05, 0.12)
USUAL_ESCALATION_RATIO = (50.0, 300.0)


def unusual(totals: Totals, usd_per_case: Decimal | None) -> Iterator[str]:
    """What is outside its usual range, as measured against the range; `usd_per_case` None is not declared."""
    inference_usd = usd_from_pico_usd(totals.inference_pico_usd)
    if totals.eval_pico_usd and inference_usd:
        ratio = usd_from_pico_usd(totals.eval_pico_usd) / inference_usd
        yield from _outside("grading cost / model cost", ratio, USUAL_GRADING_RATIO)
    if totals.repair_units and totals.units:
        yield from _outside("units with a repair / units", totals.repair_units / totals.units, USUAL_REPAIR_RATE)
    if totals.escalated_units and usd_per_case is not None and inference_usd:
        ratio = float(usd_per_case) / (inference_usd / totals.production_calls)
        yield from _outside("cost of one escalation / cost of one call", ratio, USUAL_ESCALATION_RATIO)


def _outside(name: str, ratio: float, usual: tuple[float, float]) -> Iterator[str]:
    low, high = usual
    if ratio < low:
        yield f"{name} ({ratio:.3g}) < usual ({low:g} to {high:g})"
    elif ratio > high:
        yield f"{name} ({ratio:.3g}) > usual ({low:g} to {high:g})"
