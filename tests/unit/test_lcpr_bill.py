"""The invoice against the traces, rule by rule; amounts are whole USD written as pico-USD."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from routefit.evidence import Label
from routefit.lcpr.bill import Comparison, comparison
from routefit.lcpr.bill_allocation import apportioned, price_difference_shares
from routefit.lcpr.bill_buckets import buckets
from routefit.lcpr.bill_cells import cell_bills
from routefit.lcpr.bill_periods import InvoiceLine, invoice_periods
from routefit.lcpr.bill_statement import Spent, spend_rows, statement_of
from routefit.lcpr.bill_tokens import billed_tokens
from routefit.lcpr.bill_traces import Traced
from routefit.lcpr.cell import Window

USD = 10**12
MAY, JUNE = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
WHOLE = Window(start=MAY, end=JUNE)
ACME = {"acme": frozenset({"acme"})}


def line(usd: int, **given: Any) -> InvoiceLine:
    """A line of acme for May."""
    defaults: dict[str, Any] = {"biller": "acme", "start": MAY, "end": JUNE, "pico_usd": usd * USD}
    return InvoiceLine(**defaults | given)


def traced(usd: int, **given: Any) -> Traced:
    """Ten calls of big-1 on the 10th, 1,000 tokens, all priced."""
    defaults: dict[str, Any] = {
        "provider": "acme",
        "model": "big-1",
        "workload": "work",
        "route": "r",
        "is_grading": False,
        "from_at": MAY + 9 * DAY,
        "to_at": MAY + 10 * DAY,
        "calls": 10,
        "pico_usd": usd * USD,
        "known_tokens": 1_000,
        "calls_with_usage": 10,
    }
    return Traced(**defaults | given)


def compared(lines: list[InvoiceLine], calls: list[Traced], window: Window = WHOLE) -> Comparison:
    (period,) = invoice_periods(lines, ACME)
    return comparison(period, calls, window)


def in_usd(one: Comparison) -> tuple[float, float, float]:
    """(traced, not through the gateway, price difference) of the window."""
    inside = one.inside
    return (
        inside.traced_pico_usd / USD,
        inside.not_through_gateway_pico_usd / USD,
        inside.price_difference_pico_usd / USD,
    )


@pytest.mark.parametrize(
    ("lines", "calls", "expected"),
    [
        pytest.param([line(110)], [traced(100)], (100, 0, 10), id="a line without a model is a price difference"),
        pytest.param([line(90)], [traced(100)], (100, 0, -10), id="cheaper than traced is negative"),
        pytest.param(
            [line(100, model="big-1"), line(40, model="small-1")],
            [traced(100)],
            (100, 40, 0),
            id="a model that no call had did not go through the gateway",
        ),
        pytest.param(
            [line(200, model="big-1", quantity_tokens=2_000)],
            [traced(100)],
            (100, 100, 0),
            id="twice the tokens: half of the line",
        ),
        pytest.param(
            [line(100, model="big-1", quantity_tokens=800)],
            [traced(100)],
            (100, 0, 0),
            id="fewer tokens than traced are no use without a trace",
        ),
        pytest.param(
            [line(100, model="big-1", quantity_tokens=1_000)],
            [traced(100, known_tokens=500, calls_with_usage=5)],
            (100, 0, 0),
            id="calls without usage count at the mean of the others",
        ),
        pytest.param(
            [line(150, model="big-1", quantity_tokens=9_999)],
            [traced(100, known_tokens=0, calls_with_usage=0)],
            (100, 0, 50),
            id="where no call has usage nothing can be said of tokens",
        ),
        pytest.param([line(70)], [], (0, 70, 0), id="without any call all of it went elsewhere"),
        pytest.param(
            [line(110)],
            [traced(100), traced(30, provider="beta")],
            (100, 0, 10),
            id="other providers are not meant",
        ),
        pytest.param(
            [line(110)],
            [traced(60), traced(40, is_grading=True, workload="unattributed")],
            (100, 0, 10),
            id="grading and unattributed calls are in",
        ),
        pytest.param(
            [line(100), line(-20, model="small-1")],
            [traced(100)],
            (100, 0, -20),
            id="a refund of an untraced model is no negative use",
        ),
    ],
)
def test_the_difference_is_split(
    lines: list[InvoiceLine], calls: list[Traced], expected: tuple[float, float, float]
) -> None:
    assert in_usd(compared(lines, calls)) == expected


def test_edges_of_periods_are_instants() -> None:
    """A call an hour before the period's end in its own time zone is in, one after it is not."""
    end = datetime(2026, 5, 31, 22, tzinfo=UTC)
    before = traced(5, from_at=end - timedelta(hours=1), to_at=end)
    after = traced(7, from_at=end, to_at=end + timedelta(hours=2))
    assert in_usd(compared([line(5, start=MAY - timedelta(hours=2), end=end)], [before, after])) == (5, 0, 0)


def test_overlapping_lines_are_one_period_and_neighbours_are_two() -> None:
    lines = [
        line(10),
        line(5, start=MAY + 20 * DAY, end=JUNE + 5 * DAY),
        line(3, start=JUNE + 5 * DAY, end=JUNE + 20 * DAY),
    ]
    periods = invoice_periods(lines, ACME)
    assert [(one.start, one.end, len(one.lines)) for one in periods] == [
        (MAY, JUNE + 5 * DAY, 2),
        (JUNE + 5 * DAY, JUNE + 20 * DAY, 1),
    ]


def test_lines_of_a_day_are_gathered_by_month() -> None:
    """An hourly export has no hourly invoices."""
    hours = [line(1, start=MAY + n * DAY, end=MAY + n * DAY + timedelta(hours=1)) for n in (0, 3, 30, 31)]
    periods = invoice_periods(hours, ACME)
    assert [(one.start, one.end) for one in periods] == [
        (MAY, MAY + 30 * DAY + timedelta(hours=1)),
        (JUNE, JUNE + timedelta(hours=1)),
    ]


def test_billers_of_one_provider_are_one() -> None:
    served = {"acme": frozenset({"acme"}), "cloud": frozenset({"acme", "beta"}), "else": frozenset({"else"})}
    periods = invoice_periods([line(1), line(2, biller="cloud"), line(4, biller="else")], served)
    assert [(one.biller, len(one.lines), sorted(one.providers)) for one in periods] == [
        ("acme + cloud", 2, ["acme", "beta"]),
        ("else", 1, ["else"]),
    ]


def test_unpriced_calls_get_the_difference_first_but_not_more_than_their_tokens_are_worth() -> None:
    """1,000 priced tokens cost 100: 300 unpriced ones are worth 30; the remaining 20 go by traced cost."""
    calls = [
        traced(75, known_tokens=600),
        traced(25, known_tokens=400),
        traced(0, known_tokens=300, unpriced_calls=10, unpriced_tokens=300),
    ]
    assert [share / USD for share in price_difference_shares(50 * USD, calls)] == [15, 5, 30]
    assert [share / USD for share in price_difference_shares(12 * USD, calls)] == [0, 0, 12]
    assert [share / USD for share in price_difference_shares(-8 * USD, calls)] == [-6, -2, 0]


def test_where_nothing_is_priced_unpriced_calls_get_all_of_it() -> None:
    calls = [
        traced(0, known_tokens=300, unpriced_calls=10, unpriced_tokens=300),
        traced(0, known_tokens=100, unpriced_calls=10, unpriced_tokens=100),
    ]
    assert [share / USD for share in price_difference_shares(40 * USD, calls)] == [30, 10]
    without_usage = [traced(0, known_tokens=0, calls_with_usage=0, unpriced_calls=n, calls=n) for n in (1, 3)]
    assert [share / USD for share in price_difference_shares(40 * USD, without_usage)] == [10, 30]


def test_shares_are_whole_and_leave_nothing() -> None:
    assert apportioned(10, [1, 1, 1]) == [4, 3, 3]
    assert apportioned(-10, [1, 1, 1]) == [-3, -3, -4]
    assert apportioned(7, [0, 0]) == [4, 3]
    assert apportioned(7, []) == []


def test_a_window_without_traces_takes_its_share_of_the_time() -> None:
    first_day = Window(start=MAY, end=MAY + DAY)
    assert in_usd(compared([line(31)], [], first_day)) == (0, 1, 0)


def test_cells_get_their_part_and_name_who_is_missing() -> None:
    one = compared(
        [line(120, label=Label.ASSUMED)], [traced(60), traced(40, route="s"), traced(0, route="", is_grading=True)]
    )
    missing = [traced(9, provider="beta"), traced(9, provider="", route="x")]
    found = cell_bills([one], missing, {("work", "r"): 1, ("work", "s"): 0})
    assert found["work", "r"].delta_usd == 12
    assert found["work", "s"].delta_usd == 8
    assert found["work", "x"].delta_usd is None
    assert found["work", "r"].not_invoiced == ("beta",)
    assert found["work", "x"].not_invoiced == ("(no provider)",)
    assert found["work", "r"].label is Label.ASSUMED
    (gap,) = found["work", "r"].gaps
    assert (gap.delta_to_invoice_rate, gap.delta_to_traced_rate) == (20 / 120, 20 / 100)


def test_grading_that_names_no_route_is_shared_by_the_cost_of_grading() -> None:
    one = compared([line(110)], [traced(100, route="", is_grading=True)])
    found = cell_bills([one], (), {("work", "r"): 3, ("work", "s"): 1, ("other", "r"): 9})
    assert {key: part.delta_usd for key, part in found.items()} == {("work", "r"): 7.5, ("work", "s"): 2.5}


def test_reasons_are_named_and_the_largest_comes_first() -> None:
    one = compared(
        [
            line(100, model="big-1", credits_pico_usd=3 * USD),
            line(40, model="small-1"),
            line(25, model="bigg-1", resembles="big-1"),
        ],
        [traced(98), traced(80, from_at=MAY - DAY, to_at=MAY)],
    )
    found = buckets([one], [traced(9, provider="beta")], ())
    assert [(bucket.kind, bucket.usd) for bucket in found] == [
        ("period_edge", 80.0),
        ("usage_without_trace", 40.0),
        ("alias_mismatch", 25.0),
        ("trace_without_usage", 9.0),
        ("credit_or_commitment", 3.0),
        ("price_mismatch", 2.0),
    ]
    alias = next(bucket for bucket in found if bucket.kind == "alias_mismatch")
    assert 'model_aliases: {"bigg-1": "big-1"}' in (alias.remedy or "")


def test_calls_at_the_edge_that_explain_too_little_are_no_reason() -> None:
    one = compared([line(140)], [traced(100), traced(39, from_at=JUNE, to_at=JUNE + DAY)])
    assert one.near_edge_pico_usd == 0


@pytest.mark.parametrize(
    ("quantity", "unit", "tokens"),
    [
        pytest.param(1_200, "tokens", 1_200, id="plain"),
        pytest.param(2.5, "1M tokens", 2_500_000, id="millions with a number"),
        pytest.param(2.5, "Mtok", 2_500_000, id="the unit of price lists"),
        pytest.param(3, "1K Tokens", 3_000, id="thousands"),
        pytest.param(3, "1,000 tokens", 3_000, id="a number alone"),
        pytest.param(0.5, "million tokens", 500_000, id="in words"),
        pytest.param(5, "Requests", None, id="something else"),
        pytest.param(5, None, None, id="no unit"),
        pytest.param(None, "tokens", None, id="no quantity"),
    ],
)
def test_tokens_of_a_line(quantity: float | None, unit: str | None, tokens: int | None) -> None:
    assert billed_tokens(quantity, unit) == tokens


def test_rows_are_largest_first_and_time_is_in_order() -> None:
    spent = [
        Spent(key=key, category="accepted", calls=1, pico_usd=usd * USD)
        for key, usd in (("b", 2), (None, 9), ("a", 2), ("c", 5))
    ]
    assert [row.key for row in spend_rows(spent)] == [None, "c", "a", "b"]
    assert [row.key for row in spend_rows(spent, is_in_order=True)] == ["a", "b", "c", None]


def test_a_statement_without_an_invoice_has_unknowns() -> None:
    found = statement_of(
        [Spent(key="a", category="idle", calls=0, pico_usd=USD)], None, reason="none was imported"
    )
    assert (found.idle_usd, found.not_invoiced_usd) == (1.0, -1.0)
    assert found.invoice_usd is found.price_difference_usd is found.not_through_gateway_usd is None
    assert found.reason == "none was imported"


def test_idle_capacity_alone_says_nothing_of_what_a_call_costs() -> None:
    """All calls unpriced, a cost all the same: what the bill adds is theirs."""
    calls = traced(0, unpriced_calls=10, known_tokens=0, calls_with_usage=0)
    idle = traced(5, calls=0, known_tokens=0, calls_with_usage=0)
    assert price_difference_shares(3 * USD, [calls, idle]) == [3 * USD, 0]
