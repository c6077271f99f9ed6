"""The bill on a third of a screen: the statement without its rows, and what a finance partner asks about first."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table

from routefit.answers.spend import SpendAnswer
from routefit.funnel.words import plural
from routefit.ledger.view import UNATTRIBUTED
from routefit.report.basis import sample_words
from routefit.report.bill_words import bucket_words, left_out_words, statement_lines
from routefit.report.drawing import heading, indented, stacked
from routefit.report.mismatch_words import mismatch_lines
from routefit.report.money import money
from routefit.report.spend_figures import decimals_of, figures

NOT_INVOICED = "not invoiced"


def bill_screen(answer: SpendAnswer) -> RenderableType:
    """The statement, then one line for each kind of thing that is wrong with the log or the invoices."""
    return stacked(_parts(answer))


def _parts(answer: SpendAnswer) -> Iterator[RenderableType]:
    yield heading(f"The bill, in USD of the {sample_words(answer.sampled_unit_rate)}; with rows: routefit spend")
    yield _statement(answer)
    yield from (indented(line, columns=4, hang="  -") for line in _questions(answer))


def _statement(answer: SpendAnswer) -> Table:
    shown = figures(answer, decimals=decimals_of(answer))
    drawing = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    drawing.add_column(no_wrap=True)
    drawing.add_column(justify="right", no_wrap=True)
    drawing.add_column(overflow="fold", style="dim")
    for line in statement_lines(answer, shown):
        gloss = line.gloss
        if line.name == NOT_INVOICED and answer.not_invoiced:
            gloss = f"traced, and on no invoice: {plural(len(answer.not_invoiced), 'provider')}"
        drawing.add_row(
            f"  {line.name}", shown.text(line.printed_units), gloss, style="bold" if line.is_sum else None
        )
    return drawing


def _questions(answer: SpendAnswer) -> Iterator[str]:
    """The largest of each kind: a wrong cost in the log, lost calls, nobody's calls, no price, a disputed line."""
    yield from list(mismatch_lines(answer.mismatches))[:1]
    lost = [bucket for bucket in answer.buckets if bucket.kind == "billed_but_lost"]
    yield from map(bucket_words, lost[:1])
    yield from (
        f"{money(row.usd)}: {plural(row.calls, 'call')} of no workload"
        for row in answer.rows
        if answer.by == "workload" and row.key in (None, UNATTRIBUTED)
    )
    if answer.unpriced_calls:
        yield f"unknown: {plural(answer.unpriced_calls, 'call')} without a known cost: figures are at least this"
    yield from (f"left out: {left_out_words(line)}" for line in answer.left_out[:1])
