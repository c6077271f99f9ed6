"""What one accepted result costs, as tables: one for each workload, in its own unit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table

from routefit.answers.lcpr import LcprAnswer
from routefit.answers.terms import terms_usd_per_accepted_unit
from routefit.funnel.words import plural
from routefit.lcpr.break_even import BreakEven
from routefit.lcpr.cell import Cell
from routefit.report.basis import basis_lines
from routefit.report.drawing import FirstThatFits, heading, indented, paragraph, stacked, table
from routefit.report.footnotes import Footnotes
from routefit.report.money import UNKNOWN, count, exact_share, money, money_range, share, terms_that_add_up, times

TERMS = ("model", "grading", "people", "running")
"""The columns of the terms, in the order of the formula."""


def lcpr_text(answer: LcprAnswer) -> RenderableType:
    """The window, a table for each workload, and what the tables do not cover."""
    return stacked(_parts(answer))


def coverage_lines(answer: LcprAnswer) -> Iterator[str]:
    """What the cells leave out: calls that belong to no workload, outcomes that belong to no call."""
    lost = answer.unattributed
    if lost.calls:
        cost = f", {money(lost.cost_usd)}" if lost.cost_usd else ""
        who = f"{plural(lost.calls, 'call')} ({share_of_calls(answer)}){cost}"
        yield f"{who} belong to no workload: in no figure above"
    if answer.outcomes_without_call:
        yield f"{plural(answer.outcomes_without_call, 'outcome')} without any call: not counted"
    if answer.ambiguous_outcomes:
        yield f"{plural(answer.ambiguous_outcomes, 'outcome')} that fit several units: left out"


def share_of_calls(answer: LcprAnswer) -> str:
    """The share of the calls that belong to no workload."""
    rate = answer.coverage.attributed_rate
    return UNKNOWN if rate is None else share(1 - rate)


def break_even_words(one: BreakEven) -> str:
    """How much worse the cheaper route may be before it stops being cheaper."""
    bound = f"{one.qualifier} " if one.qualifier else ""
    words = (
        f"{one.route} stays cheaper than {one.against} as long as it gets more than "
        f"{bound}{exact_share(one.relative_acceptance_rate)} of {one.against}'s acceptance"
    )
    if one.failure_usd is not None:
        words += f"; at {money(one.failure_usd)} a failure: {exact_share(one.at_failure_cost_rate)}"
    return words


def no_figure_words(cell: Cell) -> str:
    """Why a cell has no cost per accepted unit."""
    if cell.units and cell.usd_per_unit is None:
        return "unpriced"
    return "no verdicts" if cell.unknown_units else "none accepted"


def _parts(answer: LcprAnswer) -> Iterator[RenderableType]:
    yield from basis_lines(
        answer.window, is_synthetic=answer.is_synthetic, sampled_unit_rate=answer.sampled_unit_rate
    )
    for workload in dict.fromkeys(cell.workload for cell in answer.cells):
        cells = [cell for cell in answer.cells if cell.workload == workload]
        yield paragraph("")
        if any(cell.accepted_units for cell in cells):
            yield from _judged(cells, is_synthetic=answer.is_synthetic)
        else:
            pairs = [one for one in answer.break_even if one.workload == workload]
            yield from _without_verdicts(cells, pairs, is_synthetic=answer.is_synthetic)
    if not answer.cells:
        yield paragraph("No unit of any workload in this window.")
    yield paragraph("")
    yield from (paragraph(f"{line}.") for line in coverage_lines(answer))


def _judged(cells: Sequence[Cell], *, is_synthetic: bool) -> Iterator[RenderableType]:
    first = cells[0]
    yield heading(
        f"{first.workload}: US dollars per {first.unit_name}, loaded: model + grading + people + running"
    )
    notes = Footnotes(map(reasons_of, cells))
    yield FirstThatFits(
        [
            [_wide(cells, notes, is_synthetic=is_synthetic)],
            [_narrow(cells, notes, is_synthetic=is_synthetic)],
        ]
    )
    yield from notes.lines()


def _wide(cells: Sequence[Cell], notes: Footnotes, *, is_synthetic: bool) -> Table:
    drawing = table(
        "route",
        "cost",
        f"{share(cells[0].confidence)} interval",
        *TERMS,
        "accepted",
        "attempt",
        "ratio",
        "evidence",
        right=range(1, 10),
    )
    for cell in cells:
        drawing.add_row(
            cell.route,
            cost_words(cell),
            money_range(cell.lcpr_low_usd, cell.lcpr_high_usd),
            *_terms(cell),
            f"{count(cell.accepted_units)} of {count(cell.units)}",
            money(cell.naive_usd_per_attempt),
            times(cell.loaded_to_naive_ratio),
            evidence_words(cell, notes, is_synthetic=is_synthetic),
        )
    return drawing


def _narrow(cells: Sequence[Cell], notes: Footnotes, *, is_synthetic: bool) -> Table:
    """In two lines: the evidence below the route, the interval below its figure, the ratio below its attempt."""
    drawing = table(
        "route\nevidence",
        f"cost\n{share(cells[0].confidence)} interval",
        *TERMS,
        "accepted\nof units",
        "attempt\nratio",
        right=range(1, 8),
        gap=1,
    )
    for cell in cells:
        drawing.add_row(
            f"{cell.route}\n{evidence_words(cell, notes, is_synthetic=is_synthetic)}",
            f"{cost_words(cell)}\n{money_range(cell.lcpr_low_usd, cell.lcpr_high_usd)}",
            *_terms(cell),
            f"{count(cell.accepted_units)}\n{count(cell.units)}",
            f"{money(cell.naive_usd_per_attempt)}\n{times(cell.loaded_to_naive_ratio)}",
        )
    return drawing


def _without_verdicts(
    cells: Sequence[Cell], pairs: Sequence[BreakEven], *, is_synthetic: bool
) -> Iterator[RenderableType]:
    first = cells[0]
    notes = Footnotes(map(reasons_of, cells))
    yield heading(f"{first.workload}: no verdicts, so US dollars per unit; per {first.unit_name} at least as much")
    interval = f"{share(first.confidence)} interval"
    drawing = table("route", "per unit", interval, "per accepted", "units", "evidence", right=range(1, 5))
    for cell in cells:
        drawing.add_row(
            cell.route,
            money(cell.usd_per_unit, is_lower_bound=cell.is_lower_bound),
            money_range(cell.usd_per_unit_low, cell.usd_per_unit_high),
            no_figure_words(cell) if cell.bounds_usd.low is None else f"at least {money(cell.bounds_usd.low)}",
            count(cell.units),
            evidence_words(cell, notes, is_synthetic=is_synthetic),
        )
    yield drawing
    yield from (indented(f"{break_even_words(one)}.") for one in pairs)
    yield from notes.lines()


def cost_words(cell: Cell) -> str:
    """`$0.031`, `≥ $1.42`, or why there is no figure."""
    if cell.lcpr_usd_per_accepted_unit is not None:
        return money(cell.lcpr_usd_per_accepted_unit, is_lower_bound=cell.is_lower_bound)
    if cell.bounds_usd.low is not None:
        return money(cell.bounds_usd.low, is_lower_bound=True)
    return no_figure_words(cell)


def evidence_words(cell: Cell, notes: Footnotes, *, is_synthetic: bool) -> str:
    """The badge as a word, and the numbers of the notes."""
    badge = "synthetic" if is_synthetic else cell.evidence.badge.value.lower()
    marks = notes.marks(reasons_of(cell))
    return f"{badge} {marks}" if marks else badge


def reasons_of(cell: Cell) -> tuple[str, ...]:
    """The evidence's reasons, and what the figures themselves need said."""
    own = []
    if cell.interval_unreliable:
        own.append("few units or few cases with people: the interval may be too narrow")
    if cell.is_extrapolated:
        own.append("acceptance extrapolated from the evaluated sample: ESTIMATED")
    if cell.unknown_units and cell.accepted_units and not cell.is_extrapolated:
        low, high = cell.bounds_usd.low, cell.bounds_usd.high
        own.append(f"{plural(cell.unknown_units, 'unit')} without a verdict: {money_range(low, high)} in any case")
    return (*own, *cell.evidence.reasons)


def _terms(cell: Cell) -> list[str]:
    terms = terms_usd_per_accepted_unit(cell)
    if terms is None or cell.lcpr_usd_per_accepted_unit is None:
        return [UNKNOWN] * 4
    parts = (terms.model, terms.grading, terms.people, terms.running)
    return terms_that_add_up(parts, cell.lcpr_usd_per_accepted_unit)
