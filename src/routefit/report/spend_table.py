"""Where the money went, as a table by key and a statement down to the invoice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from routefit.answers.spend import BilledPeriod, SpendAnswer
from routefit.funnel.words import plural
from routefit.lcpr.bill_statement import CATEGORIES
from routefit.report.basis import basis_lines, extent_words, window_words
from routefit.report.bill_words import (
    NO_KEY,
    bucket_words,
    joined_buckets,
    judged,
    left_out_words,
    signed_rate,
    statement_lines,
)
from routefit.report.drawing import FirstThatFits, heading, indented, paragraph, stacked, table
from routefit.report.mismatch_words import mismatch_lines
from routefit.report.money import count, share
from routefit.report.spend_figures import Figures, decimals_of, figures

MOST_ROWS = 40
"""So many keys have a row of their own."""

MOST_BUCKETS = 8

RULE = "─"


def spend_text(answer: SpendAnswer) -> RenderableType:
    """The rows, the statement, the invoices, and why they differ from the traces."""
    return stacked(_parts(answer))


def _parts(answer: SpendAnswer) -> Iterator[RenderableType]:
    yield from basis_lines(
        answer.window, is_synthetic=answer.is_synthetic, sampled_unit_rate=answer.sampled_unit_rate
    )
    exact = figures(answer, decimals=decimals_of(answer))
    yield paragraph("")
    yield heading(f"Spend by {answer.by}, in US dollars of the {extent_words(answer.sampled_unit_rate)}")
    choices = [[_rows(answer, exact, has_calls=True)]]
    if exact.traced_units >= 100 * 10**exact.decimals:
        choices.append([_rows(answer, figures(answer, decimals=0), has_calls=True)])
        choices.append([_rows(answer, figures(answer, decimals=0), has_calls=False)])
    else:
        choices.append([_rows(answer, exact, has_calls=False)])
    yield FirstThatFits(choices)
    if answer.unpriced_calls:
        yield indented(
            f"{plural(answer.unpriced_calls, 'call')} without a known cost: every figure is a lower bound"
        )
    yield paragraph("")
    yield heading("The bill")
    yield _statement(answer, exact)
    if answer.statement.reason:
        yield indented(f"{answer.statement.reason}: routefit import invoices FILE")
    if answer.periods:
        yield paragraph("")
        yield heading("Invoices against traces, whole periods")
        yield FirstThatFits([[_invoices(answer.periods)], [_narrow_invoices(answer.periods)]])
    yield from _differences(answer)
    yield from _mismatches(answer)
    yield from _left_out(answer)


def _rows(answer: SpendAnswer, shown: Figures, *, has_calls: bool) -> Table:
    used = [at for at in range(len(CATEGORIES)) if any(row[at] for row in shown.rows)] or [0]
    columns = [answer.by, *(["calls"] if has_calls else []), "spent", *(CATEGORIES[at] for at in used)]
    drawing = table(*columns, right=range(1, len(columns)))
    lines = [
        (row.key or NO_KEY, row.calls, row.unpriced_calls, amounts)
        for row, amounts in zip(answer.rows, shown.rows, strict=True)
    ]
    if len(lines) > MOST_ROWS:
        rest = lines[MOST_ROWS:]
        sums = tuple(map(sum, zip(*(amounts for *_, amounts in rest), strict=True)))
        calls, unpriced = sum(calls for _, calls, *_ in rest), sum(unpriced for _, _, unpriced, _ in rest)
        lines = [*lines[:MOST_ROWS], (f"{len(rest):,} more", calls, unpriced, sums)]
    for key, calls, unpriced, amounts in lines:
        is_unknown = 0 < calls == unpriced and not any(amounts)
        spent = [sum(amounts), *(amounts[at] for at in used)]
        figure_texts = [shown.text(None if is_unknown else amount) for amount in spent]
        drawing.add_row(key, *([count(calls)] if has_calls else []), *figure_texts)
    if len(lines) > 1:
        totals = [sum(amounts[at] for *_, amounts in lines) for at in used]
        calls_total = [count(sum(calls for _, calls, *_ in lines))] if has_calls else []
        drawing.box, drawing.show_footer, drawing.footer_style = box.SIMPLE, True, "bold"
        footers = ("all", *calls_total, shown.text(shown.traced_units), *map(shown.text, totals))
        for column, footer in zip(drawing.columns, footers, strict=True):
            column.footer = footer
    return drawing


def _statement(answer: SpendAnswer, shown: Figures) -> Table:
    """A column of figures down to the invoice, with a rule above each sum."""
    lines = list(statement_lines(answer, shown))
    rule = RULE * max(len(shown.text(line.printed_units)) for line in lines)
    drawing = Table(box=None, show_header=False, pad_edge=False, padding=(0, 3, 0, 0))
    drawing.add_column(no_wrap=True)
    drawing.add_column(justify="right", no_wrap=True)
    drawing.add_column(overflow="fold", style="dim")
    for line in lines:
        if line.is_sum:
            drawing.add_row("", Text(rule, style="dim"), "")
        style = "bold" if line.is_sum else ""
        figure = Text(shown.text(line.printed_units), style=style)
        drawing.add_row(Text(f"  {line.name}", style=style), figure, line.gloss)
    return drawing


def _invoices(periods: Sequence[BilledPeriod]) -> Table:
    drawing = table("biller", "period", "invoice", "traced", "difference", "of invoice", "", right=range(2, 6))
    for one in periods:
        drawing.add_row(
            one.biller,
            window_words(one.period).partition(" (")[0],
            *_amounts(one),
            share(signed_rate(one)),
            judged(one),
        )
    return drawing


def _narrow_invoices(periods: Sequence[BilledPeriod]) -> Table:
    drawing = table("biller\nperiod", "invoice", "traced", "difference", "of invoice", right=range(1, 5))
    for one in periods:
        drawing.add_row(
            f"{one.biller}\n{window_words(one.period).partition(' (')[0]}",
            *_amounts(one),
            f"{share(signed_rate(one))}\n{judged(one)}",
        )
    return drawing


def _amounts(one: BilledPeriod) -> tuple[str, str, str]:
    return (f"{one.invoice_usd:,.2f}", f"{one.traced_usd:,.2f}", f"{one.delta_usd:,.2f}")


def _differences(answer: SpendAnswer) -> Iterator[RenderableType]:
    if not answer.buckets:
        return
    yield paragraph("")
    yield heading("What lies behind it, largest first")
    found = joined_buckets(answer.buckets)
    for bucket in found[:MOST_BUCKETS]:
        yield indented(bucket_words(bucket), columns=4, hang="  -")
    rest = found[MOST_BUCKETS:]
    if rest:
        yield indented(f"and {plural(len(rest), 'smaller one')}: --format json", columns=4)


def _mismatches(answer: SpendAnswer) -> Iterator[RenderableType]:
    if answer.mismatches:
        counts = "the log's cost counts" if answer.mismatches[0].counts_reported else "the price counts"
        yield paragraph("")
        yield heading(f"The log says another cost than the price, by over 1%; {counts} here")
        yield from (indented(line, columns=4, hang="  -") for line in mismatch_lines(answer.mismatches))


def _left_out(answer: SpendAnswer) -> Iterator[RenderableType]:
    if answer.left_out:
        yield paragraph("")
        yield heading("Invoice lines that are left out")
        yield from (indented(left_out_words(line), columns=4, hang="  -") for line in answer.left_out)
    if answer.other_services_lines:
        lines = plural(answer.other_services_lines, "invoice line")
        yield paragraph(f"{lines} of services that serve no models: not in the bill.")
