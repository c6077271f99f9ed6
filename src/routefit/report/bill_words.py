"""The lines of a bill in words; `spend_table` and the page lay them out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from routefit.answers.bill import LeftOutLine
from routefit.answers.spend import BilledPeriod, SpendAnswer
from routefit.funnel.words import listed, plural
from routefit.lcpr.bill_buckets import Bucket
from routefit.lcpr.bill_statement import CATEGORIES
from routefit.report.basis import window_words
from routefit.report.money import money
from routefit.report.spend_figures import Figures

NO_KEY = "(none)"
"""Calls in whose log the key is absent."""

CATEGORY_GLOSSES = {
    "accepted": "calls of accepted units",
    "wasted": "rejected units, retries, lost calls",
    "undecided": "units without a verdict",
    "grading": "judges and graders",
    "idle": "capacity that nobody used",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """One line of the statement: `printed_units` counts the smallest unit that is printed, None is not known.

    A sum is the sum of the lines above it; a line that stands apart is in no sum.
    """

    name: str
    printed_units: int | None
    gloss: str
    is_sum: bool = False
    is_apart: bool = False


def statement_lines(answer: SpendAnswer, shown: Figures) -> Iterator[StatementLine]:
    """The statement from accepted work down to the invoice, without lines of categories that cost nothing."""
    statement = answer.statement
    for name, amount in zip(CATEGORIES, shown.lines, strict=False):
        if amount or name == "accepted":
            yield StatementLine(name=name, printed_units=amount, gloss=CATEGORY_GLOSSES[name])
    yield StatementLine(
        name="traced", printed_units=shown.traced_units, gloss="by the day of the call", is_sum=True
    )
    if statement.invoice_usd is None:
        yield StatementLine(name="invoice", printed_units=None, gloss=statement.reason or "", is_sum=True)
        return
    left, untraced, difference = shown.lines[len(CATEGORIES) :]
    names = f": {listed(answer.not_invoiced)}" if answer.not_invoiced else ""
    more = "less" if (difference or 0) < 0 else "more"
    yield StatementLine(name="not invoiced", printed_units=left, gloss=f"traced, and on no invoice{names}")
    yield StatementLine(name="not through the gateway", printed_units=untraced, gloss="billed, and never traced")
    yield StatementLine(
        name="price difference", printed_units=difference, gloss=f"traced calls cost {more} on the bill"
    )
    yield StatementLine(
        name="invoice", printed_units=shown.invoice_units, gloss="before credits, without tax", is_sum=True
    )
    if statement.credits_usd:
        taken_off = round(-statement.credits_usd * 10**shown.decimals)
        yield StatementLine(
            name="credits", printed_units=taken_off, gloss="taken off later, in no line above", is_apart=True
        )


def signed_rate(one: BilledPeriod) -> float | None:
    """The difference as a share of the invoice, negative where the traces show more."""
    rate = one.delta_to_invoice_rate
    return rate if rate is None or one.delta_usd >= 0 else -rate


def judged(one: BilledPeriod) -> str:
    """Whether the difference is small enough."""
    return "reconciled" if one.is_reconciled else "over 5%"


def joined_buckets(found: Sequence[Bucket]) -> list[Bucket]:
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


def bucket_words(bucket: Bucket) -> str:
    """`$12.30: billed but lost: 40 calls that ended: timeout`, with the remedy."""
    what = bucket.what
    if bucket.calls is not None and what.startswith("calls "):
        what = plural(bucket.calls, "call") + what.removeprefix("calls")
    lost = "billed but lost: " if bucket.kind == "billed_but_lost" else ""
    amount = money(abs(bucket.usd))
    return f"{amount}: {lost}{what}{f'; {bucket.remedy}' if bucket.remedy else ''}"


def left_out_words(line: LeftOutLine) -> str:
    """`12.00 USD of acme, ..., 2026-05-01 to 2026-05-31: disputed`."""
    amount = f"{line.amount:,.2f} {line.currency}"
    of = "".join(f", {text}" for text in (line.what, line.invoice_id and f"invoice {line.invoice_id}") if text)
    return f"{amount} of {line.biller}{of}, {window_words(line.period).partition(' (')[0]}: {line.reason}"
