"""Charts as static SVG that stands in the page: no script, generic fonts, and the page's colours, light and dark.

A chart is drawn in stand-in colours, which are then replaced by the variables of the page's style sheet.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import altair as alt
import vl_convert

_INK, _SOFT, _RULE = "#010101", "#020202", "#030303"
GOOD, BAD, MARK = "#040404", "#050505", "#060606"
HEAT = tuple(f"#0701{step:02x}" for step in range(6))
"""Three steps below what is needed, three above it."""

_WIDTH_PX = 560

_VARIABLES = {
    _INK: "--ink",
    _SOFT: "--soft",
    _RULE: "--rule",
    GOOD: "--both",
    BAD: "--wasted",
    MARK: "--difference",
    **{colour: f"--heat{step}" for step, colour in enumerate(HEAT)},
}

_COLOUR = re.compile("|".join(_VARIABLES))
_ROLES = re.compile(r' (?:role|aria-roledescription|aria-label|aria-hidden|class)="[^"]*"')
_ROOT = re.compile(r"^<svg [^>]*?(width=\"[\d.]+\" height=\"[\d.]+\" viewBox=\"[^\"]+\")[^>]*>")

_PAPER = re.compile(r'<rect [^>]*fill="transparent"[^>]*/>')

_CONFIG: dict[str, Any] = {
    "background": "transparent",
    "font": "sans-serif",
    "padding": {"left": 20, "right": 20, "top": 5, "bottom": 5},
    "view": {"stroke": None},
    "axis": {
        "labelColor": _INK,
        "titleColor": _SOFT,
        "titleFontWeight": "normal",
        "titleFontSize": 12,
        "labelFontSize": 12,
        "gridColor": _RULE,
        "domainColor": _SOFT,
        "tickColor": _SOFT,
        "labelLimit": 260,
    },
}

Rows = Sequence[Mapping[str, object]]


def svg(chart: alt.LayerChart | alt.FacetChart | alt.Chart, *, title: str) -> str:
    """The chart as an element of the page; `title` says what it shows."""
    spec = chart.properties(width=_WIDTH_PX).configure(**_CONFIG).to_dict()
    drawn = _PAPER.sub("", _ROLES.sub("", vl_convert.vegalite_to_svg(spec)))
    drawn = _COLOUR.sub(lambda found: f"var({_VARIABLES[found.group()]})", drawn)
    head = f'<svg class="chart" role="img" aria-label="{escape(title)}" '
    return _ROOT.sub(lambda found: f"{head}{found.group(1)}>", drawn)


def line(rows: Rows, *, x: str, y: str, marks: Rows, title: str, number_format: str) -> str:
    """A line over `x`; each of `marks` is an upright with its `words` beside it."""
    axis = alt.Axis(format=number_format, tickCount=8)
    drawn = (
        alt.Chart(_data(rows))
        .mark_line(color=GOOD, strokeWidth=2.5)
        .encode(
            x=alt.X("x:Q", title=x, axis=axis, scale=alt.Scale(zero=False, nice=False)),
            y=alt.Y("y:Q", title=y, axis=alt.Axis(format="$~s")),
        )
    )
    return svg(alt.layer(_level(0.0), drawn, *_uprights(marks)).properties(height=220), title=title)


def bars(rows: Rows, *, x: str, base_usd: float, title: str) -> str:
    """Bars from `low` to `high` of each `name`, in order, about an upright at `base_usd`."""
    data = alt.Chart(_data(rows))
    names = alt.Y("name:N", sort=None, title=None)
    parts = [
        data.mark_bar(color=colour, height=14).encode(
            y=names, x=alt.X(f"{end}:Q", title=x, axis=alt.Axis(format="$~s", tickCount=6)), x2=alt.X2("base:Q")
        )
        for end, colour in (("low", BAD), ("high", GOOD))
    ]
    upright = alt.Chart(_data([{"x": base_usd}])).mark_rule(color=_INK).encode(x="x:Q")
    chart = alt.layer(*parts, upright).properties(height=max(60, 26 * len(rows)))
    return svg(chart, title=title)


def histogram(rows: Rows, *, x: str, marks: Rows, title: str, is_usd: bool = False) -> str:
    """Shares of the draws between `low` and `high`."""
    drawn = (
        alt.Chart(_data(rows))
        .mark_bar(color=GOOD, orient="vertical")
        .encode(
            x=alt.X(
                "low:Q",
                bin="binned",
                title=x,
                axis=alt.Axis(format="$~s" if is_usd else "~g"),
                scale=alt.Scale(zero=False),
            ),
            x2=alt.X2("high:Q"),
            y=alt.Y("share:Q", title="share of the draws", axis=alt.Axis(format="%")),
        )
    )
    return svg(alt.layer(drawn, *_uprights(marks)).properties(height=180), title=title)


def steps(rows: Rows, *, x: str, y: str, best: object, title: str) -> str:
    """A bar for each whole number; the best one stands out."""
    colour = alt.condition(alt.datum.x == best, alt.value(GOOD), alt.value(_SOFT))
    drawn = (
        alt.Chart(_data(rows))
        .mark_bar()
        .encode(
            x=alt.X("x:O", title=x, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
            y=alt.Y("y:Q", title=y, axis=alt.Axis(format="$~s")),
            color=colour,
        )
    )
    return svg(drawn.properties(height=200), title=title)


def heat_map(rows: Rows, *, days: Sequence[str], title: str) -> str:
    """Hours across, days down; `step` is the place in `HEAT`."""
    drawn = (
        alt.Chart(_data(rows))
        .mark_rect()
        .encode(
            x=alt.X("hour:O", title="hour of the day (UTC)", axis=alt.Axis(labelAngle=0, labelOverlap=True)),
            y=alt.Y("day:N", sort=list(days), title=None),
            color=alt.Color(
                "step:O", scale=alt.Scale(domain=list(range(len(HEAT))), range=list(HEAT)), legend=None
            ),
        )
    )
    return svg(drawn.properties(height=170), title=title)


def _level(amount: float) -> alt.Chart:
    chart: alt.Chart = alt.Chart(_data([{"y": amount}])).mark_rule(color=_INK).encode(y="y:Q")
    return chart


def _uprights(marks: Rows) -> list[alt.Chart]:
    if not marks:
        return []
    data = alt.Chart(_data(marks))
    rule = data.mark_rule(color=MARK, strokeWidth=2, strokeDash=[5, 3]).encode(x="x:Q")
    words = data.mark_text(color=_INK, align="left", dx=5, dy=8, fontSize=12, baseline="top").encode(
        x="x:Q", y=alt.value(0), text="words:N"
    )
    return [rule, words]


def _data(rows: Rows) -> alt.InlineData:
    return alt.InlineData(values=[dict(row) for row in rows])
