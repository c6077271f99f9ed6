"""One decision on the terminal: the answer, the naive one, what flips it, how sure it is, what it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import RenderableType

from routefit.decisions.decision import Decision, TornadoBar
from routefit.report.basis import basis_lines
from routefit.report.decisions.registry import words_of
from routefit.report.decisions.telling import (
    MOST_BARS,
    bar_words,
    certainty_lines,
    decision_words,
    evidence_rows,
    flip_lines,
    label_line,
    over_words,
    threshold_line,
)
from routefit.report.drawing import heading, indented, paragraph, stacked, table

_BAR_COLUMNS = 20


def decision_text(answer: Decision) -> RenderableType:
    """The whole answer."""
    return stacked(_parts(answer))


def subject_words(answer: Decision) -> str:
    """`payback of support on oss-70b`; of plain numbers only the kind."""
    words = answer.kind
    if answer.workload is not None:
        words += f" of {answer.workload}"
    return words + (f" on {answer.route}" if answer.route is not None else "")


def _parts(answer: Decision) -> Iterator[RenderableType]:
    words = words_of(answer)
    if answer.window is not None:
        yield from basis_lines(
            answer.window, is_synthetic=answer.is_synthetic, sampled_unit_rate=answer.sampled_unit_rate
        )
    yield heading(f"{subject_words(answer)}: {words.headline}")
    if words.key_figure:
        yield indented(words.key_figure)
    yield paragraph("")
    yield from _figures(words.figures)
    yield indented(words.naive, columns=11, hang="  naively: ")
    yield from _section(
        "What would flip it", flip_lines(answer), without="nothing within a hundred times its value"
    )
    yield from _tornado(answer)
    yield from _section("How sure it is", certainty_lines(answer))
    yield from _evidence(answer)
    yield from _section("Before you act", answer.warnings)


def _figures(rows: Iterable[tuple[str, str]]) -> Iterator[RenderableType]:
    listed = list(rows)
    if not listed:
        return
    drawing = table("figure", "value")
    for row in listed:
        drawing.add_row(*row)
    yield drawing


def _section(title: str, lines: Iterable[str], *, without: str = "") -> Iterator[RenderableType]:
    listed = list(lines) or ([without] if without else [])
    if not listed:
        return
    yield paragraph("")
    yield heading(title)
    yield from (indented(line, columns=4, hang="  -") for line in listed)


def _tornado(answer: Decision) -> Iterator[RenderableType]:
    bars = answer.tornado[:MOST_BARS]
    if not bars:
        return
    yield paragraph("")
    action = decision_words(answer.monte_carlo.acting)
    yield heading(f"What moves it: net USD of “{action}” {over_words(answer)}")
    drawing = table("input", "from and to", "at low", "at high", "swing", right=(2, 3))
    for bar in bars:
        drawing.add_row(*bar_words(bar), _bar(bar, bars[0]))
    yield drawing
    rest = len(answer.tornado) - len(bars)
    if rest > 0:
        yield indented(f"and {rest} more, shorter: --format json")


def _bar(bar: TornadoBar, longest: TornadoBar) -> str:
    return "█" * max(1, round(_BAR_COLUMNS * bar.swing_usd / longest.swing_usd))


def _evidence(answer: Decision) -> Iterator[RenderableType]:
    yield paragraph("")
    yield heading(f"What it rests on: {label_line(answer)}")
    drawing = table("input", "value", "label", "source", "as of")
    for row in evidence_rows(answer):
        drawing.add_row(*row)
    yield drawing
    thresholds = threshold_line(answer)
    if thresholds:
        yield indented(thresholds)
