"""The page's first section: how much is covered, and what is missing in USD."""

from __future__ import annotations

from collections.abc import Iterator

from routefit.answers.report import ReportAnswer
from routefit.answers.spend import SpendAnswer
from routefit.answers.status import StatusAnswer
from routefit.funnel.words import plural
from routefit.report.cost_words import left_out_lines
from routefit.report.judging_lines import judging_lines
from routefit.report.money import UNKNOWN, count, money, share
from routefit.report.page_bars import covered
from routefit.report.status_lines import stale_line, units_line
from routefit.report.status_text import read_line

MOST_GAPS = 15
"""So many gaps have a row."""


def coverage(answer: ReportAnswer, bill: SpendAnswer) -> dict[str, object]:
    """What the template shows of it."""
    front = answer.status
    smaller = len(front.gaps) - MOST_GAPS
    return {
        "read": read_line(front),
        "measures": [
            {
                "name": name,
                "rate": share(rate),
                "of": of if rate is not None else "not known",
                "bar": covered(rate),
                "missing": missing,
            }
            for name, rate, of, missing in _measures(front, bill)
        ],
        "gaps": [
            {
                "usd": UNKNOWN if gap.usd is None else money(gap.usd),
                "what": gap.what,
                "calls": count(gap.calls) if gap.calls else UNKNOWN,
                "remedy": gap.remedy,
            }
            for gap in front.gaps[:MOST_GAPS]
        ],
        "more": f"and {plural(smaller, 'smaller one')}: routefit status --format json" if smaller > 0 else "",
        "notes": list(_notes(front)),
    }


def _notes(front: StatusAnswer) -> Iterator[str]:
    """What else stands in the way of the figures; agreement with people stands with each workload."""
    formed, stale = units_line(front.units), stale_line(front)
    if formed is not None:
        yield f"units {formed}"
    yield from left_out_lines(front.lcpr) if front.lcpr else ()
    yield from front.attribution_warnings
    yield from judging_lines(front.judging.model_copy(update={"agreement": ()}))
    yield from front.units.warnings
    if stale is not None:
        yield f"stale: {stale}"


def _measures(front: StatusAnswer, bill: SpendAnswer) -> Iterator[tuple[str, float | None, str, str]]:
    rates = front.coverage
    lost = front.lcpr.unattributed if front.lcpr else None
    if lost is None or not lost.calls:
        without = "nothing: every call has its workload"
    else:
        without = f"{money(lost.cost_usd)}: {plural(lost.calls, 'call')} of no workload"
    yield "attributed", rates.attributed_rate, "of calls have a workload", without
    unpriced = bill.unpriced_calls
    yield (
        "priced",
        rates.priced_rate,
        "of calls have a known cost",
        f"{plural(unpriced, 'call')} without a cost: every sum is a lower bound" if unpriced else "nothing",
    )
    undecided = bill.statement.undecided_usd
    yield (
        "judged",
        rates.judged_rate,
        "of units have a verdict",
        f"{money(undecided)} went to units without a verdict" if undecided else "nothing",
    )
    yield "bill explained", rates.bill_explained_rate, "of what was invoiced", _unexplained(bill)


def _unexplained(bill: SpendAnswer) -> str:
    found = bill.statement
    if found.invoice_usd is None:
        return f"{found.reason}: routefit import invoices FILE"
    parts = []
    if found.not_through_gateway_usd:
        parts.append(f"{money(found.not_through_gateway_usd)} billed and never traced")
    if found.price_difference_usd:
        parts.append(f"{money(abs(found.price_difference_usd))} of price difference")
    if found.not_invoiced_usd:
        parts.append(f"{money(abs(found.not_invoiced_usd))} traced that no invoice covers")
    return "; ".join(parts) or "nothing"
