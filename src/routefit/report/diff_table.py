"""What changed a cost between two windows, as tables: one for each workload, causes largest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table

from routefit.answers.diff import CostChange, DiffAnswer, WorkloadDiff
from routefit.lcpr.change import ChangePart
from routefit.report.basis import basis_lines, extent_words, window_words
from routefit.report.diff_words import (
    cause_words,
    change_usd_words,
    change_words,
    costs,
    ratio_words,
    signed,
    verdict,
    why_words,
)
from routefit.report.drawing import FirstThatFits, heading, indented, paragraph, stacked, table

BAR_COLUMNS = 10
"""The length of the longest bar."""

SHOWN_RATE = 0.02
"""Causes below this share of the largest are named together, in one line."""


def diff_text(answer: DiffAnswer) -> RenderableType:
    """Both windows, a table of causes for each workload and one of its routes."""
    return stacked(_parts(answer))


def _parts(answer: DiffAnswer) -> Iterator[RenderableType]:
    yield from basis_lines(
        answer.window, is_synthetic=answer.is_synthetic, sampled_unit_rate=answer.sampled_unit_rate
    )
    yield paragraph(f"Against: {window_words(answer.against)}")
    yield from (paragraph(f"{note[:1].upper()}{note[1:]}.") for note in answer.notes)
    for one in answer.workloads:
        yield paragraph("")
        yield from _workload(one, answer)
    if not answer.workloads:
        yield paragraph("No unit of any workload in these windows.")


def _workload(one: WorkloadDiff, answer: DiffAnswer) -> Iterator[RenderableType]:
    yield heading(f"{one.workload}: {change_words(one, one.unit_name)}")
    if one.change_usd is not None:
        yield indented(ratio_words(one, answer.confidence, extent_words(answer.sampled_unit_rate)))
        shown, rest = _shown(one.causes)
        if shown:
            yield Padding(_causes(shown), (0, 0, 0, 2))
        if rest:
            yield indented(f"Next to nothing: {', '.join(map(cause_words, rest))}.")
    yield from (indented(f"{reason[:1].upper()}{reason[1:]}.") for reason in one.reasons)
    if len(one.routes) > 1:
        yield paragraph("")
        drawings = [[_routes(one, says_why=True)], [_routes(one, says_why=False)]]
        yield Padding(FirstThatFits(drawings), (0, 0, 0, 2))


def _shown(causes: Sequence[ChangePart]) -> tuple[list[ChangePart], list[ChangePart]]:
    """The causes worth a line, and those that moved next to nothing."""
    largest_usd = max((abs(part.usd) for part in causes if part.usd is not None), default=0.0)
    shown = [
        part for part in causes if part.usd is not None and part.usd and abs(part.usd) >= SHOWN_RATE * largest_usd
    ]
    return shown, [part for part in causes if part.usd is not None and part not in shown]


def _causes(parts: Sequence[ChangePart]) -> Table:
    largest_usd = max(abs(part.usd or 0.0) for part in parts)
    drawing = table("cause", "change", "", "why", right=[1])
    for part in parts:
        usd = part.usd or 0.0
        bar = "█" * max(1, round(BAR_COLUMNS * abs(usd) / largest_usd))
        drawing.add_row(cause_words(part), signed(usd, of_usd=largest_usd), bar, why_words(part))
    return drawing


def _routes(one: WorkloadDiff, *, says_why: bool) -> Table:
    drawing = table("route", "was", "is", "change", "", "most by", right=[1, 2, 3])
    for route in one.routes:
        drawing.add_row(
            route.route,
            *costs(route),
            change_usd_words(route),
            verdict(route),
            _most_by(route, says_why=says_why),
        )
    return drawing


def _most_by(route: CostChange, *, says_why: bool) -> str:
    """The largest cause of a route, with what moved, or why there is no change."""
    if route.change_usd is None:
        return "; ".join(reason.removeprefix("not comparable: ") for reason in route.reasons)
    largest = next((part for part in route.causes if part.usd), None)
    if largest is None:
        return "nothing moved"
    return f"{cause_words(largest)}: {why_words(largest, most=1)}" if says_why else cause_words(largest)
