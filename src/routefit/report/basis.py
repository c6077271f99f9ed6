"""What every figure of an answer rests on, in the lines above and below its tables."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from rich.console import RenderableType

from routefit.funnel.words import count, plural
from routefit.lcpr.cell import Window
from routefit.report.drawing import paragraph
from routefit.units import days_between

SYNTHETIC = "SYNTHETIC: made-up traffic. No figure is evidence on any real model or provider."


def window_words(window: Window) -> str:
    """`2026-05-01 to 2026-05-28 (28 days, UTC)`: both days are in it."""
    first, last = window.start.date(), (window.end - timedelta(microseconds=1)).date()
    days = plural(round(days_between(window.start, window.end)), "day")
    return f"{first} ({days}, UTC)" if first == last else f"{first} to {last} ({days}, UTC)"


def extent_words(sampled_unit_rate: float) -> str:
    """What sums of dollars are of: `window`, or `sample` where the ledger holds a share of the units."""
    return "sample" if sampled_unit_rate < 1 else "window"


def sample_words(sampled_unit_rate: float) -> str:
    """As `extent_words`, with the size of the sample: `sample (1 unit in 50)`."""
    extent = extent_words(sampled_unit_rate)
    return f"{extent} ({_one_in(sampled_unit_rate)})" if sampled_unit_rate < 1 else extent


def month_words(sampled_unit_rate: float) -> str:
    """What monthly figures are of; they are never of the sample."""
    return "a month at full volume" if sampled_unit_rate < 1 else "a month"


def basis_words(window: Window, *, sampled_unit_rate: float) -> str:
    """The window, and which share of the units the ledger holds."""
    sample = ""
    if sampled_unit_rate < 1:
        sample = f"; {_one_in(sampled_unit_rate)} of the real volume"
    return f"Window: {window_words(window)}{sample}"


def _one_in(sampled_unit_rate: float) -> str:
    return f"1 unit in {count(round(1 / sampled_unit_rate, 2))}"


def basis_lines(window: Window, *, is_synthetic: bool, sampled_unit_rate: float) -> Iterator[RenderableType]:
    """The banner of made-up data, then the window."""
    if is_synthetic:
        yield paragraph(SYNTHETIC, style="yellow")
    yield paragraph(basis_words(window, sampled_unit_rate=sampled_unit_rate))
