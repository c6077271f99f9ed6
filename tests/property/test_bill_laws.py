"""The bill adds up: on random traces and invoices, in every window, and through real ledgers."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from billed_project import NOW, bill, billed_project, priced, verdict
from routefit.answers.lcpr import lcpr
from routefit.answers.spend import KEYS, spend
from routefit.answers.workspace import Workspace
from routefit.lcpr.bill import Sums, comparison
from routefit.lcpr.bill_allocation import apportioned, part_pico_usd, price_difference_shares
from routefit.lcpr.bill_cells import cell_bills
from routefit.lcpr.bill_periods import InvoiceLine, invoice_periods
from routefit.lcpr.bill_traces import Traced, traced_pico_usd
from routefit.lcpr.cell import Window
from routefit.report.spend_figures import decimals_of, figures, rounded_parts
from small_project import load
from thorough import examples

FIRST_AT = datetime(2026, 5, 1, tzinfo=UTC)
DAYS = 6
PROVIDERS = ("acme", "beta", "gamma")
MODELS = ("big-1", "small-1")

_amounts = st.integers(-(10**14), 10**15)
_days = st.integers(0, DAYS - 1)


@st.composite
def traced_groups(draw: st.DrawFn) -> list[Traced]:
    """Sums of calls of single days."""
    found = []
    for _ in range(draw(st.integers(0, 8))):
        on, calls = draw(_days), draw(st.integers(1, 9))
        unpriced, with_usage = draw(st.integers(0, calls)), draw(st.integers(0, calls))
        tokens = draw(st.integers(0, 10**6)) if with_usage else 0
        found.append(
            Traced(
                provider=draw(st.sampled_from(PROVIDERS)),
                model=draw(st.sampled_from(MODELS)),
                workload=draw(st.sampled_from(["work", "other"])),
                route=draw(st.sampled_from(["r", "s", ""])),
                is_grading=draw(st.booleans()),
                from_at=FIRST_AT + timedelta(days=on),
                to_at=FIRST_AT + timedelta(days=on + 1),
                calls=calls,
                pico_usd=draw(st.integers(0, 10**15)) if unpriced < calls else 0,
                known_tokens=tokens,
                calls_with_usage=with_usage,
                unpriced_calls=unpriced,
                unpriced_tokens=draw(st.integers(0, tokens)) if unpriced else 0,
            )
        )
    return found


@st.composite
def invoice_lines(draw: st.DrawFn) -> list[InvoiceLine]:
    """Lines of whole days of a few billers."""
    found = []
    for _ in range(draw(st.integers(0, 5))):
        start = draw(_days)
        found.append(
            InvoiceLine(
                biller=draw(st.sampled_from(["acme", "cloud"])),
                start=FIRST_AT + timedelta(days=start),
                end=FIRST_AT + timedelta(days=draw(st.integers(start + 1, DAYS))),
                pico_usd=draw(_amounts),
                model=draw(st.sampled_from([None, *MODELS, "unheard-of"])),
                quantity_tokens=draw(st.none() | st.integers(0, 10**7)),
                credits_pico_usd=draw(st.integers(0, 10**12)),
            )
        )
    return found


BILLERS = {"acme": frozenset({"acme"}), "cloud": frozenset({"beta", "acme"})}


@given(_amounts, st.lists(st.integers(0, 10**18), min_size=1, max_size=9))
def test_what_is_shared_out_is_what_there_was(amount: int, weights: Sequence[int]) -> None:
    shares = apportioned(amount, weights)
    assert sum(shares) == amount
    whole = sum(weights)
    if whole:
        assert all(
            abs(share * whole - amount * weight) < whole for share, weight in zip(shares, weights, strict=True)
        )


@given(_amounts, st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_part_and_the_rest_are_the_whole(amount: int, part: int, rest: int) -> None:
    whole = part + rest
    assert abs(part_pico_usd(amount, part, whole) * whole - amount * part) < whole


@given(_amounts, traced_groups())
def test_the_price_difference_goes_to_calls_without_rest(amount: int, traced: list[Traced]) -> None:
    shares = price_difference_shares(amount, traced)
    assert sum(shares) == (amount if traced else 0)
    if amount <= 0:
        assert all(share <= 0 for share in shares)
    else:
        assert all(share >= 0 for share in shares)


@given(invoice_lines(), traced_groups(), _days, _days)
def test_the_statement_is_the_invoice_in_every_window(
    lines: list[InvoiceLine], traced: list[Traced], start: int, days: int
) -> None:
    """Traced + not through the gateway + price difference = invoice, and windows that tile a period make it up."""
    billers = {line.biller: BILLERS[line.biller] for line in lines}
    periods = invoice_periods(lines, billers)
    everything = Window(start=FIRST_AT, end=FIRST_AT + timedelta(days=DAYS))
    assert sum(line.pico_usd for period in periods for line in period.lines) == sum(
        line.pico_usd for line in lines
    )
    for period in periods:
        whole = comparison(period, traced, everything)
        assert whole.whole == whole.inside
        assert whole.inside.invoice_pico_usd == sum(line.pico_usd for line in period.lines)
        inside = [
            one for one in traced if one.provider in period.providers and one.is_within(period.start, period.end)
        ]
        assert whole.inside.traced_pico_usd == traced_pico_usd(inside)
        cut = FIRST_AT + timedelta(days=start + 1)
        parts = [
            comparison(period, traced, Window(start=everything.start, end=cut)).inside,
            comparison(period, traced, Window(start=cut, end=everything.end)).inside,
        ]
        both = sum(parts, Sums())
        assert both.traced_pico_usd == whole.inside.traced_pico_usd
        assert both.price_difference_pico_usd == whole.inside.price_difference_pico_usd
        assert abs(both.invoice_pico_usd - whole.inside.invoice_pico_usd) <= 1, "one pico-USD of rounding"


@given(invoice_lines(), traced_groups())
def test_no_call_is_held_against_two_invoices(lines: list[InvoiceLine], traced: list[Traced]) -> None:
    periods = invoice_periods(lines, {line.biller: BILLERS[line.biller] for line in lines})
    for one in traced:
        holding = [p for p in periods if one.provider in p.providers and one.is_within(p.start, p.end)]
        assert len(holding) <= 1


@given(invoice_lines(), traced_groups())
def test_the_cells_share_the_whole_price_difference(lines: list[InvoiceLine], traced: list[Traced]) -> None:
    everything = Window(start=FIRST_AT, end=FIRST_AT + timedelta(days=DAYS))
    periods = invoice_periods(lines, {line.biller: BILLERS[line.biller] for line in lines})
    compared = [comparison(period, traced, everything) for period in periods]
    cells = {(workload, route): 1 for workload in ("work", "other") for route in ("r", "s")}
    bills = cell_bills(compared, (), cells)
    found = sum(one.delta_usd or 0.0 for one in bills.values())
    expected = sum(one.inside.price_difference_pico_usd for one in compared if one.shares) / 10**12
    assert abs(found - expected) < 1e-6 * max(
        1.0, sum(abs(share) for c in compared for _, share in c.shares) / 1e12
    )


@given(st.lists(_amounts, min_size=1, max_size=9), st.sampled_from([1, 10**6, 10**10, 10**12]))
def test_rounded_parts_add_up_to_the_rounded_sum(parts: list[int], unit: int) -> None:
    rounded = rounded_parts(parts, unit)
    assert abs(sum(rounded) * unit - sum(parts)) * 2 <= unit
    assert all(abs(one * unit - part) <= unit for one, part in zip(rounded, parts, strict=True))


# --- through real ledgers ---------------------------------------------------------------------------------


@st.composite
def calls_and_verdicts(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    calls, verdicts = [], []
    for number in range(draw(st.integers(1, 10))):
        hours = draw(st.integers(0, DAYS * 24 - 1))
        calls.append(
            priced(
                number,
                draw(st.sampled_from(["0.01", "1.234567890123", "33.333333", None])),
                on=(FIRST_AT + timedelta(hours=hours)).isoformat(),
                unit_id=f"u{draw(st.integers(0, 3))}",
                provider=draw(st.sampled_from([*PROVIDERS, None])),
                model=draw(st.sampled_from(MODELS)),
                workload=draw(st.sampled_from(["work", None])),
                role=draw(st.sampled_from([None, "first", "retry", "grader", "shadow", "fallback"])),
                status=draw(st.sampled_from(["ok", "ok", "timeout", "cancelled"])),
                attributes=draw(st.sampled_from([None, {"team_id": "t1"}, {"team_alias": "A", "tag.k": "v"}])),
            )
        )
    for unit in range(4):
        if draw(st.booleans()):
            verdicts.append(verdict(unit, draw(st.booleans())))
    return calls, verdicts


@st.composite
def bills(draw: st.DrawFn) -> list[dict[str, Any]]:
    found = []
    for number in range(draw(st.integers(1, 4))):
        start = draw(_days)
        found.append(
            {
                "provider": draw(st.sampled_from(["acme", "Cloud", "nobody"])),
                "period_start": (FIRST_AT + timedelta(days=start, hours=draw(st.integers(0, 3)))).isoformat(),
                "period_end": (FIRST_AT + timedelta(days=draw(st.integers(start + 1, DAYS)))).isoformat(),
                "amount": str(draw(st.decimals(-5, 500, places=6))),
                "currency": draw(st.sampled_from([None, "EUR"])),
                "model": draw(st.sampled_from([None, "big-1", "unheard-of"])),
                "disputed": draw(st.sampled_from([None, None, True])),
                "line_id": str(number),
            }
        )
    return found


@settings(max_examples=examples(60))
@given(calls_and_verdicts(), bills(), _days, st.integers(1, DAYS), st.sampled_from([*KEYS]))
def test_the_bill_of_a_ledger_adds_up_to_the_cent(
    known: tuple[list[dict[str, Any]], list[dict[str, Any]]],
    lines: list[dict[str, Any]],
    start: int,
    days: int,
    by: str,
) -> None:
    calls, verdicts = known
    with tempfile.TemporaryDirectory() as folder:
        config = "fx: {EUR: 1.09}\nbillers: {cloud: [beta, gamma]}\n"
        directory = billed_project(Path(folder) / "p", config)
        load(directory, "calls", calls, now=NOW)
        if verdicts:
            load(directory, "outcomes", verdicts, now=NOW)
        bill(directory, lines)
        first = date(2026, 5, 1) + timedelta(days=start)
        with Workspace(directory, as_of=NOW) as workspace:
            answer = spend(workspace, by=by, start=first, end=first + timedelta(days=days))
            costs = lcpr(workspace, start=first, end=first + timedelta(days=days))
    statement = answer.statement
    lines_usd = statement.model_dump(exclude={"invoice_usd", "credits_usd", "reason"})
    assert abs(sum(row.usd for row in answer.rows) - answer.total_usd) < 1e-6
    for name in ("accepted", "wasted", "undecided", "grading", "idle"):
        of_rows = sum(getattr(row, f"{name}_usd") for row in answer.rows)
        assert abs(of_rows - getattr(statement, f"{name}_usd")) < 1e-6
    if statement.invoice_usd is not None:
        assert abs(sum(lines_usd.values()) - statement.invoice_usd) < 1e-6
    shown = figures(answer, decimals=decimals_of(answer))
    assert all(sum(row[at] for row in shown.rows) == (shown.lines[at] or 0) for at in range(5) if shown.rows)
    in_cells = sum(cell.cost_usd.delta or 0.0 for cell in costs.cells)
    if statement.price_difference_usd is not None and all(call["workload"] for call in calls):
        has_lost_grading = any(call["role"] == "grader" for call in calls)
        assert has_lost_grading or abs(in_cells - statement.price_difference_usd) < 1e-6
