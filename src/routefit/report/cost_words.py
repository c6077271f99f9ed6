"""What one accepted result costs, in words and rows of text; `lcpr_table` and `page` lay them out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from routefit.answers.break_even import remedy, threshold
from routefit.answers.lcpr import LcprAnswer
from routefit.answers.terms import terms_usd_per_accepted_unit
from routefit.funnel.words import plural
from routefit.lcpr.cell import Cell
from routefit.report.basis import extent_words
from routefit.report.footnotes import Footnotes
from routefit.report.money import (
    UNKNOWN,
    count,
    money,
    money_range,
    share,
    terms_that_add_up,
    times,
)

TERMS = ("model", "grading", "people", "running")
"""The columns of the terms, in the order of the formula."""

BILL = "bill"
"""The column of the difference to the bill, where any cell of a table is invoiced."""

MOST_BREAK_EVENS = 6
"""So many pairs of routes of a workload are shown."""

UNJUDGED_COLUMNS: tuple[str, ...] = ("route", "per unit", "interval", "per accepted", "units", "evidence")


def by_workload(answer: LcprAnswer) -> tuple[tuple[Cell, ...], ...]:
    """The cells of each workload, in the order of the answer."""
    return tuple(
        tuple(cell for cell in answer.cells if cell.workload == workload)
        for workload in dict.fromkeys(cell.workload for cell in answer.cells)
    )


def is_judged(cells: Sequence[Cell]) -> bool:
    """Whether any unit of the workload was accepted."""
    return any(cell.accepted_units for cell in cells)


def term_columns(cells: Sequence[Cell]) -> tuple[str, ...]:
    """The columns of the terms of these cells."""
    return (*TERMS, *([BILL] if any(cell.cost_usd.delta is not None for cell in cells) else []))


def judged_columns(cells: Sequence[Cell]) -> tuple[str, ...]:
    """The columns of a workload's table; `attempt` is the naive model cost per attempt, `ratio` how many times as
    much the loaded cost is.
    """
    return ("route", "cost", "interval", *term_columns(cells), "accepted", "attempt", "ratio", "evidence")


def caption(cells: Sequence[Cell]) -> str:
    """The line above a workload's table; the unit is named here once."""
    first = cells[0]
    if is_judged(cells):
        return f"{first.workload}: US dollars per {first.unit_name}, loaded: {' + '.join(term_columns(cells))}"
    return f"{first.workload}: no verdicts, so US dollars per unit; per {first.unit_name} at least as much"


def interval_name(cells: Sequence[Cell]) -> str:
    """`95% interval`."""
    return f"{share(cells[0].confidence)} interval"


def judged_row(cell: Cell, notes: Footnotes, columns: Sequence[str]) -> tuple[str, ...]:
    """The texts of a row below `judged_columns`."""
    return (
        cell.route,
        cost(cell),
        money_range(cell.lcpr_low_usd, cell.lcpr_high_usd),
        *terms(cell, has_bill=BILL in columns),
        f"{count(cell.accepted_units)} of {count(cell.units)}",
        money(cell.naive_usd_per_attempt),
        times(cell.loaded_to_naive_ratio),
        evidence(cell, notes),
    )


def unjudged_row(cell: Cell, notes: Footnotes) -> tuple[str, ...]:
    """The texts of a row below `UNJUDGED_COLUMNS`."""
    least_usd = cell.bounds_usd.low
    return (
        cell.route,
        money(cell.usd_per_unit, is_lower_bound=cell.is_lower_bound),
        money_range(cell.usd_per_unit_low, cell.usd_per_unit_high),
        no_figure(cell) if least_usd is None else f"at least {money(least_usd)}",
        count(cell.units),
        evidence(cell, notes),
    )


def cost(cell: Cell) -> str:
    """`$0.031`, `≥ $1.42`, or why there is no figure."""
    if cell.lcpr_usd_per_accepted_unit is not None:
        return money(cell.lcpr_usd_per_accepted_unit, is_lower_bound=cell.is_lower_bound)
    if cell.bounds_usd.low is not None:
        return money(cell.bounds_usd.low, is_lower_bound=True)
    return no_figure(cell)


def no_figure(cell: Cell) -> str:
    """Why a cell has no cost per accepted unit."""
    if cell.units and cell.usd_per_unit is None:
        return "unpriced"
    return "no verdicts" if cell.unknown_units else "none accepted"


def terms(cell: Cell, *, has_bill: bool) -> tuple[str, ...]:
    """The terms per accepted unit as they stand below `term_columns`; a dash is undeclared or unknown."""
    found = terms_usd_per_accepted_unit(cell)
    if found is None or cell.lcpr_usd_per_accepted_unit is None:
        return (UNKNOWN,) * (len(TERMS) + has_bill)
    parts = (found.model, found.grading, found.people, found.running, *([found.bill_difference] * has_bill))
    return tuple(terms_that_add_up(parts, cell.lcpr_usd_per_accepted_unit))


def evidence(cell: Cell, notes: Footnotes) -> str:
    """The badge as a word, and the numbers of the notes."""
    badge = cell.evidence.badge.value.lower()
    marks = notes.marks(reasons(cell))
    return f"{badge} {marks}" if marks else badge


def reasons(cell: Cell) -> tuple[str, ...]:
    """What the figures themselves need said, and the reasons of the evidence."""
    own = []
    if cell.interval_unreliable:
        own.append("few units or few cases with people: the interval may be too narrow")
    if cell.is_extrapolated:
        own.append("acceptance extrapolated from the evaluated sample: ESTIMATED")
    if cell.unknown_units and cell.accepted_units and not cell.is_extrapolated:
        span = money_range(cell.bounds_usd.low, cell.bounds_usd.high)
        own.append(f"{plural(cell.unknown_units, 'unit')} without a verdict: {span} whatever they turn out to be")
    return (*own, *cell.evidence.reasons)


def break_even_lines(answer: LcprAnswer, workload: str) -> tuple[str, ...]:
    """How much worse the cheaper of two routes may be, in a workload without verdicts.

    One of the two is the current route, else the one with the most units; those with the most to gain come first,
    and those that are not shown are counted.
    """
    every = [one for one in answer.break_even if one.workload == workload]
    shown = sorted(
        (one for one in every if one.has_reference), key=lambda one: (one.relative_acceptance_rate, one.route)
    )[:MOST_BREAK_EVENS]
    rest = len(every) - len(shown)
    lines = [f"{threshold(one)}; {remedy(one)} would tell" for one in shown]
    return (*lines, *([f"and {plural(rest, 'more pair')}: routefit lcpr --format json"] if rest else []))


def left_out_lines(answer: LcprAnswer) -> Iterator[str]:
    """What the cells leave out: calls that belong to no workload, outcomes that belong to no call."""
    lost, extent = answer.unattributed, extent_words(answer.sampled_unit_rate)
    if lost.calls:
        usd = f", {money(lost.cost_usd)} of the {extent}" if lost.cost_usd else ""
        rate = answer.coverage.attributed_rate
        of_all = "" if rate is None else f" ({share(1 - rate)})"
        yield f"{plural(lost.calls, 'call')}{of_all}{usd} belong to no workload and are in no figure"
    if answer.outcomes_without_call:
        yield f"{_judgements(answer, answer.outcomes_without_call)} without any call: not counted"
    if answer.ambiguous_outcomes:
        yield f"{_judgements(answer, answer.ambiguous_outcomes)} that fit several units: left out"


def _judgements(answer: LcprAnswer, number: int) -> str:
    return f"{number:,} outcomes, scores or labels" if answer.has_scores else plural(number, "outcome")
