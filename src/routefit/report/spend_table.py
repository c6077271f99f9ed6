"""Where the money went, as a table by key and a statement down to the invoice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from routefit.answers.bill import LeftOutLine
from routefit.answers.spend import BilledPeriod, SpendAnswer
from routefit.funnel.words import listed, plural
from routefit.lcpr.bill_buckets import Bucket
from routefit.lcpr.bill_statement import CATEGORIES
from routefit.report.basis import basis_lines, extent_words, window_words
from routefit.report.drawing import FirstThatFits, heading, indented, paragraph, stacked, table
from routefit.report.mismatch_words import mismatch_lines
from routefit.report.money import UNKNOWN, count, money, share
from routefit.report.spend_figures import Figures, decimals_of, figures

NO_KEY = "(none)"
MOST_ROWS = 40
"""So many keys have a row of their own."""

MOST_BUCKETS = 8

_GLOSSES = {
    "accepted": "calls of accepted units",
    "wasted": "rejected units, retries, lost calls",
    "undecided": "units without a verdict",
    "grading": "judges and graders",
    "idle": "capacity that nobody used",
}

_SUMS = ("traced", "invoice")
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
    lines = [(row.key or NO_KEY, row.calls, amounts) for row, amounts in zip(answer.rows, shown.rows, strict=True)]
    if len(lines) > MOST_ROWS:
        rest = lines[MOST_ROWS:]
        sums = tuple(map(sum, zip(*(amounts for _, _, amounts in rest), strict=True)))
        lines = [*lines[:MOST_ROWS], (f"{len(rest):,} more", sum(calls for _, calls, _ in rest), sums)]
    for key, calls, amounts in lines:
        figure_texts = [shown.text(sum(amounts)), *(shown.text(amounts[at]) for at in used)]
        drawing.add_row(key, *([count(calls)] if has_calls else []), *figure_texts)
    if len(lines) > 1:
        totals = [sum(amounts[at] for _, _, amounts in lines) for at in used]
        calls_total = [count(sum(calls for _, calls, _ in lines))] if has_calls else []
        drawing.box, drawing.show_footer, drawing.footer_style = box.SIMPLE, True, "bold"
        footers = ("all", *calls_total, shown.text(shown.traced_units), *map(shown.text, totals))
        for column, footer in zip(drawing.columns, footers, strict=True):
            column.footer = footer
    return drawing


def _statement(answer: SpendAnswer, shown: Figures) -> Table:
    """A column of figures down to the invoice, with a rule above each sum."""
    lines = list(_statement_lines(answer, shown))
    rule = RULE * max(len(figure) for _, figure, _ in lines)
    drawing = Table(box=None, show_header=False, pad_edge=False, padding=(0, 3, 0, 0))
    drawing.add_column(no_wrap=True)
    drawing.add_column(justify="right", no_wrap=True)
    drawing.add_column(overflow="fold", style="dim")
    for name, figure, gloss in lines:
        is_sum = name in _SUMS
        if is_sum:
            drawing.add_row("", Text(rule, style="dim"), "")
        style = "bold" if is_sum else ""
        drawing.add_row(Text(f"  {name}", style=style), Text(figure, style=style), gloss)
    return drawing


def _statement_lines(answer: SpendAnswer, shown: Figures) -> Iterator[tuple[str, str, str]]:
    statement = answer.statement
    for name, amount in zip(CATEGORIES, shown.lines, strict=False):
        if amount or name == "accepted":
            yield name, shown.text(amount), _GLOSSES[name]
    yield "traced", shown.text(shown.traced_units), "by the day of the call"
    if statement.invoice_usd is None:
        yield "invoice", UNKNOWN, statement.reason or ""
        return
    left, untraced, difference = shown.lines[len(CATEGORIES) :]
    names = f": {listed(answer.not_invoiced)}" if answer.not_invoiced else ""
    yield "not invoiced", shown.text(left), f"traced, and on no invoice{names}"
    yield "not through the gateway", shown.text(untraced), "billed, and never traced"
    more = "less" if (difference or 0) < 0 else "more"
    yield "price difference", shown.text(difference), f"traced calls cost {more} on the bill"
    yield "invoice", shown.text(shown.invoice_units), "before credits, without tax"
    if statement.credits_usd:
        taken_off = round(-statement.credits_usd * 10**shown.decimals)
        yield "credits", shown.text(taken_off), "taken off later, in no line above"


def _invoices(periods: Sequence[BilledPeriod]) -> Table:
    drawing = table("biller", "period", "invoice", "traced", "difference", "of invoice", "", right=range(2, 6))
    for one in periods:
        drawing.add_row(
            one.biller,
            window_words(one.period).partition(" (")[0],
            *_amounts(one),
            share(_signed(one)),
            _judged(one),
        )
    return drawing


def _narrow_invoices(periods: Sequence[BilledPeriod]) -> Table:
    drawing = table("biller\nperiod", "invoice", "traced", "difference", "of invoice", right=range(1, 5))
    for one in periods:
        drawing.add_row(
            f"{one.biller}\n{window_words(one.period).partition(' (')[0]}",
            *_amounts(one),
            f"{share(_signed(one))}\n{_judged(one)}",
        )
    return drawing


def _signed(one: BilledPeriod) -> float | None:
    rate = one.delta_to_invoice_rate
    return rate if rate is None or one.delta_usd >= 0 else -rate


def _amounts(one: BilledPeriod) -> tuple[str, str, str]:
    return (f"{one.invoice_usd:,.2f}", f"{one.traced_usd:,.2f}", f"{one.delta_usd:,.2f}")


def _judged(one: BilledPeriod) -> str:
    return "reconciled" if one.is_reconciled else "over 5%"


def _differences(answer: SpendAnswer) -> Iterator[RenderableType]:
    if not answer.buckets:
        return
    yield paragraph("")
    yield heading("What lies behind it, largest first")
    found = _joined(answer.buckets)
    for bucket in found[:MOST_BUCKETS]:
        yield indented(_bucket_words(bucket), columns=4, hang="  -")
    rest = found[MOST_BUCKETS:]
    if rest:
        yield indented(f"and {plural(len(rest), 'smaller one')}: --format json", columns=4)


def _joined(found: Sequence[Bucket]) -> list[Bucket]:
    """The reasons with all providers that no invoice covers in one."""
    uncovered = [bucket for bucket in found if bucket.kind == "trace_without_usage"]
    if len(uncovered) < 2:
        return list(found)
    providers = listed(f"{bucket.subject} ({money(bucket.usd)})" for bucket in uncovered)
    joined = uncovered[0].model_copy(
        update={
            "usd": sum(bucket.usd for bucket in uncovered),
            "calls": sum(bucket.calls or 0 for bucket in uncovered),
            "what": f"calls that no invoice covers: {providers}",
        }
    )
    others = [bucket for bucket in found if bucket.kind != "trace_without_usage"]
    return sorted((joined, *others), key=lambda bucket: -abs(bucket.usd))


def _bucket_words(bucket: Bucket) -> str:
    what = bucket.what
    if bucket.calls is not None and what.startswith("calls "):
        what = plural(bucket.calls, "call") + what.removeprefix("calls")
    lost = "billed but lost: " if bucket.kind == "billed_but_lost" else ""
    amount = money(abs(bucket.usd))
    return f"{amount}: {lost}{what}{f'; {bucket.remedy}' if bucket.remedy else ''}"


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
        yield from (indented(_left_out_words(line), columns=4, hang="  -") for line in answer.left_out)
    if answer.other_services_lines:
        lines = plural(answer.other_services_lines, "invoice line")
        yield paragraph(f"{lines} of services that serve no models: not in the bill.")


def _left_out_words(line: LeftOutLine) -> str:
    amount = f"{line.amount:,.2f} {line.currency}"
    of = "".join(f", {text}" for text in (line.what, line.invoice_id and f"invoice {line.invoice_id}") if text)
    return f"{amount} of {line.biller}{of}, {window_words(line.period).partition(' (')[0]}: {line.reason}"
