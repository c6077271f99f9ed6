"""What a step of the demonstration found, in one line each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from routefit.answers.discover import DiscoverAnswer
from routefit.answers.importing import ImportAnswer
from routefit.answers.spend import SpendAnswer
from routefit.answers.status import StatusAnswer
from routefit.funnel.words import listed, plural
from routefit.report.matrix_table import coverage_words
from routefit.report.money import count, money

MOST_GROUPS = 3
"""So many proposals are named."""


def import_words(answer: ImportAnswer) -> str:
    """`79,230 rows of 4 files imported, 412 known already`."""
    imported = sum(one.imported for one in answer.files)
    duplicate = sum(one.duplicate for one in answer.files)
    known = f", {count(duplicate)} known already" if duplicate else ""
    return f"{plural(imported, 'row')} of {plural(len(answer.files), 'file')} imported{known}"


def discover_words(answer: DiscoverAnswer) -> Iterator[str]:
    """How many calls no rule fits, and what would be proposed for the dearest of them."""
    yield f"no rule fits {count(answer.open_calls)} of {plural(answer.calls, 'call')}"
    for group in answer.groups[:MOST_GROUPS]:
        when = ", ".join(f"{name}: {_value(value)}" for name, value in group.when.items())
        yield (
            f"would propose {{when: {{{when}}}, workload: {group.workload}}}: {plural(group.calls, 'call')}, "
            f"{money(group.usd)} of {listed(group.models)}"
        )


def _value(value: str | Sequence[str] | None) -> str:
    return value if isinstance(value, str) else listed(value or ())


def spend_words(answer: SpendAnswer) -> str:
    """`$9,570 traced, $67.42 invoiced by 2 billers`."""
    invoiced = "no invoice"
    if answer.statement.invoice_usd is not None:
        billers = len({one.biller for one in answer.periods})
        invoiced = f"{money(answer.statement.invoice_usd)} invoiced by {plural(billers, 'biller')}"
    return f"{money(answer.total_usd)} traced, {invoiced}"


def status_words(answer: StatusAnswer) -> Iterator[str]:
    """What `lcpr` and `matrix` give, which the front page is made of."""
    if answer.lcpr is not None:
        routes = len(answer.lcpr.cells)
        workloads = len({cell.workload for cell in answer.lcpr.cells})
        yield f"lcpr: {plural(routes, 'cost')} per result of {plural(workloads, 'workload')}"
    if answer.matrix is not None:
        yield f"matrix: {coverage_words(answer.matrix.coverage)}"
