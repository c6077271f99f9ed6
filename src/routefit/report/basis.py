"""What every figure of an answer rests on, in the lines above and below its tables."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from rich.console import RenderableType

from routefit.funnel.words import count, plural
from routefit.lcpr.cell import Window
from routefit.report.drawing import paragraph
from routefit.units import days_between

SYNTHETIC = "SYNTHETIC: made-up traffic. No figure here is evidence about any real model or provider."


def window_words(window: Window) -> str:
    """`2026-05-01 to 2026-05-28 (28 days, UTC)`: both days are in it."""
    first, last = window.start.date(), (window.end - timedelta(microseconds=1)).date()
    days = plural(round(days_between(window.start, window.end)), "day")
    return f"{first} ({days}, UTC)" if first == last else f"{first} to {last} ({days}, UTC)"


def basis_words(window: Window, *, sampled_unit_rate: float) -> str:
    """The window, and which share of the units the ledger holds."""
    sample = ""
    if sampled_unit_rate < 1:
        sample = f"; 1 unit in {count(round(1 / sampled_unit_rate, 2))} of the real volume"
    return f"Window: {window_words(window)}{sample}"


def basis_lines(window: Window, *, is_synthetic: bool, sampled_unit_rate: float) -> Iterator[RenderableType]:
    """The banner of made-up data, then the window."""
    if is_synthetic:
        yield paragraph(SYNTHETIC, style="yellow")
    yield paragraph(basis_words(window, sampled_unit_rate=sampled_unit_rate))
