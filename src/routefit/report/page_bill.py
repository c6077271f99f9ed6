"""The page's bill: the statement, spend by workload and by team, and why invoice and traces differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from routefit.answers.idle import IdleCapacity
from routefit.answers.report import ReportAnswer
from routefit.answers.spend import BilledPeriod, SpendAnswer
from routefit.funnel.words import plural
from routefit.lcpr.bill_statement import CATEGORIES
from routefit.report.basis import extent_words, window_words
from routefit.report.bill_words import (
    CATEGORY_GLOSSES,
    NO_KEY,
    StatementLine,
    joined_buckets,
    judged,
    left_out_words,
    signed_rate,
    statement_lines,
)
from routefit.report.idle_words import capacity_lines
from routefit.report.mismatch_words import mismatch_lines
from routefit.report.money import UNKNOWN, count, share
from routefit.report.page_bars import Part, stacked
from routefit.report.spend_figures import Figures, decimals_of, figures, rounded_parts
from routefit.units import PICO_USD_PER_USD

MOST_ROWS = 40
"""So many keys have a row of their own."""

_BUCKET_NAMES = {
    "usage_without_trace": "billed, never traced",
    "trace_without_usage": "traced, on no invoice",
    "price_mismatch": "another price",
    "alias_mismatch": "another name",
    "credit_or_commitment": "credit",
    "period_edge": "edge of the period",
    "billed_but_lost": "billed but lost",
}


def bill(answer: ReportAnswer, by_workload: SpendAnswer, by_team: SpendAnswer) -> dict[str, object]:
    """What the template shows of it."""
    decimals = decimals_of(by_workload)
    shown = figures(by_workload, decimals=decimals)
    lines = list(statement_lines(by_workload, shown))
    return {
        "extent": extent_words(by_workload.sampled_unit_rate),
        "unpriced": _unpriced(by_workload),
        "statement": [_statement_row(line, shown) for line in lines],
        "bars": _bars(lines, shown),
        "by": [
            _spend(by_workload, shown),
            _spend(by_team, figures(by_team, decimals=decimals)),
        ],
        "idle": list(capacity_lines(_capacity(answer))),
        **_differences(by_workload, decimals),
    }


def _capacity(answer: ReportAnswer) -> tuple[IdleCapacity, ...]:
    return answer.status.lcpr.capacity if answer.status.lcpr else ()


def _unpriced(answer: SpendAnswer) -> str:
    if not answer.unpriced_calls:
        return ""
    return f"{plural(answer.unpriced_calls, 'call')} without a known cost: every figure is a lower bound"


def _statement_row(line: StatementLine, shown: Figures) -> dict[str, object]:
    name = "accepted work" if line.name == "accepted" else line.name
    return {
        "name": name,
        "figure": shown.text(line.printed_units),
        "gloss": line.gloss,
        "kind": "" if line.is_sum or line.is_apart else line.name.replace(" ", "_"),
        "classes": "sum" if line.is_sum else "apart" if line.is_apart else "",
    }


def _bars(lines: Sequence[StatementLine], shown: Figures) -> list[dict[str, object]]:
    """What was traced by what it went for, and the invoice by where it comes from, on one scale."""
    printed = {line.name: line.printed_units or 0 for line in lines}
    invoice = next(line.printed_units for line in lines if line.name == "invoice")
    traced = printed["traced"]
    widest = max(traced, invoice or 0)
    found = [_bar("traced", [(name, printed.get(name, 0)) for name in CATEGORIES], traced, widest, shown)]
    if invoice is not None:
        difference = printed["price difference"]
        both = traced + printed["not invoiced"] + min(difference, 0)
        untraced = printed["not through the gateway"]
        if both >= 0 and untraced >= 0:
            parts = [
                ("traced and invoiced", both),
                ("not through the gateway", untraced),
                ("price difference", difference),
            ]
            found.append(_bar("invoice", parts, invoice, widest, shown))
    return found


def _bar(
    name: str, parts: Sequence[tuple[str, int]], whole: int, widest: int, shown: Figures
) -> dict[str, object]:
    named = [(part.replace(" ", "_"), f"{part} {shown.text(amount)}", amount) for part, amount in parts]
    return {"name": name, "figure": shown.text(whole), "parts": stacked(named, widest_units=widest)}


def _spend(answer: SpendAnswer, shown: Figures) -> dict[str, object]:
    used = [at for at in range(len(CATEGORIES)) if any(row[at] for row in shown.rows)] or [0]
    lines = [(row.key or NO_KEY, row.calls, amounts) for row, amounts in zip(answer.rows, shown.rows, strict=True)]
    if len(lines) > MOST_ROWS:
        rest = lines[MOST_ROWS:]
        lines = [*lines[:MOST_ROWS], (f"{len(rest):,} more", sum(row[1] for row in rest), _sums(rest))]
    widest = max((sum(amounts) for _, _, amounts in lines), default=0)
    return {
        "by": answer.by,
        "is_known": any(row.key is not None for row in answer.rows),
        "categories": [{"name": CATEGORIES[at], "gloss": CATEGORY_GLOSSES[CATEGORIES[at]]} for at in used],
        "rows": [
            {
                "key": key,
                "calls": count(calls),
                "spent": shown.text(sum(amounts)),
                "bar": _row_bar(amounts, widest, shown),
                "amounts": [shown.text(amounts[at]) for at in used],
            }
            for key, calls, amounts in lines
        ],
        "all": {
            "calls": count(sum(calls for _, calls, _ in lines)),
            "spent": shown.text(shown.traced_units),
            "amounts": [shown.text(_sums(lines)[at]) for at in used] if lines else [],
        },
    }


def _sums(lines: Sequence[tuple[str, int, tuple[int, ...]]]) -> tuple[int, ...]:
    return tuple(map(sum, zip(*(amounts for _, _, amounts in lines), strict=True)))


def _row_bar(amounts: Sequence[int], widest: int, shown: Figures) -> tuple[Part, ...]:
    named = [
        (name, f"{name}: {shown.text(amount)}", amount) for name, amount in zip(CATEGORIES, amounts, strict=True)
    ]
    return stacked(named, widest_units=widest)


def _differences(answer: SpendAnswer, decimals: int) -> dict[str, object]:
    counts = "the log's cost counts" if any(m.counts_reported for m in answer.mismatches) else "the price counts"
    others = plural(answer.other_services_lines, "invoice line")
    unit = PICO_USD_PER_USD // 10**decimals
    return {
        "periods": [_period(one, decimals) for one in answer.periods],
        "lost": list(_lost(answer, unit, decimals)),
        "buckets": [
            {
                "kind": _BUCKET_NAMES[bucket.kind],
                "usd": _printed(bucket.usd, decimals),
                "calls": UNKNOWN if bucket.calls is None else count(bucket.calls),
                "what": bucket.what,
                "remedy": bucket.remedy or UNKNOWN,
            }
            for bucket in joined_buckets(answer.buckets)
            if bucket.kind != "billed_but_lost"
        ],
        "mismatch_title": f"The log says another cost than the price, by over 1%; {counts} here",
        "mismatches": list(mismatch_lines(answer.mismatches)),
        "left_out": [left_out_words(line) for line in answer.left_out],
        "other_services": f"{others} of services that serve no models: not in the bill."
        if answer.other_services_lines
        else "",
    }


def _period(one: BilledPeriod, decimals: int) -> dict[str, str]:
    """One row that adds up as it is printed: traced, never traced and the price difference make the invoice."""
    unit = PICO_USD_PER_USD // 10**decimals
    parts = (one.traced_usd, one.not_through_gateway_usd, one.price_difference_usd)
    printed = rounded_parts([round(usd * PICO_USD_PER_USD) for usd in parts], unit)
    return {
        "biller": one.biller,
        "period": window_words(one.period).partition(" (")[0],
        "traced": _text(printed[0], decimals),
        "untraced": _text(printed[1], decimals),
        "difference": _text(printed[2], decimals),
        "invoice": _text(sum(printed), decimals),
        "rate": share(signed_rate(one)),
        "judged": judged(one),
        "label": one.label.value,
    }


def _lost(answer: SpendAnswer, unit_pico_usd: int, decimals: int) -> Iterator[dict[str, str]]:
    amounts = rounded_parts([round(one.usd * PICO_USD_PER_USD) for one in answer.lost], unit_pico_usd)
    for one, amount in zip(answer.lost, amounts, strict=True):
        yield {"ended": one.ended, "calls": count(one.calls), "usd": _text(amount, decimals)}
    if len(amounts) > 1:
        calls = sum(one.calls for one in answer.lost)
        yield {"ended": "all", "calls": count(calls), "usd": _text(sum(amounts), decimals)}


def _printed(usd: float, decimals: int) -> str:
    return f"{usd:,.{decimals}f}"


def _text(printed: int, decimals: int) -> str:
    return f"{printed / 10**decimals:,.{decimals}f}"
