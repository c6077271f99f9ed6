"""What a call costs, on what it rests, and when nobody knows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from routefit.declared.model import BilledOn
from routefit.lcpr.cost import CallUsage, CostBasis, Pricing, call_cost, token_cost_pico_usd
from routefit.lcpr.price import PriceRow

NOON = datetime(2026, 5, 12, 12, tzinfo=UTC)
ROW = PriceRow(
    input_pico_usd_per_token=3_000_000,
    output_pico_usd_per_token=15_000_000,
    cache_read_pico_usd_per_token=300_000,
    cache_write_pico_usd_per_token=3_750_000,
)
PLAIN = 1_000 * 3_000_000 + 100 * 15_000_000
"""What the call below costs without any cached token."""

INPUT_ONLY = 1_000 * 3_000_000


@dataclass(frozen=True, kw_only=True)
class Case:
    """A call (1,000 tokens in, 100 out, where nothing else is said), its pricing, and its cost in pico-USD."""

    costs_pico_usd: int | None
    basis: CostBasis
    call: dict[str, Any] = field(default_factory=dict)
    pricing: dict[str, Any] = field(default_factory=dict)
    is_mismatch: bool = False
    is_billing_unknown: bool = False


CASES = {
    "tokens at the price in force": Case(costs_pico_usd=PLAIN, basis=CostBasis.TOKENS),
    "cached and written tokens are part of the input": Case(
        call={"cached_input_tokens": 400, "cache_write_tokens": 100},
        costs_pico_usd=500 * 3_000_000 + 400 * 300_000 + 100 * 3_750_000 + 100 * 15_000_000,
        basis=CostBasis.TOKENS,
    ),
    "cached tokens without a price of their own are plain input": Case(
        call={"cached_input_tokens": 400, "cache_write_tokens": 100},
        pricing={
            "rows": (
                ROW.model_copy(
                    update={"cache_read_pico_usd_per_token": None, "cache_write_pico_usd_per_token": None}
                ),
            )
        },
        costs_pico_usd=PLAIN,
        basis=CostBasis.TOKENS,
    ),
    "a fee per request is part of it": Case(
        pricing={"rows": (ROW.model_copy(update={"pico_usd_per_request": 7}),)},
        costs_pico_usd=PLAIN + 7,
        basis=CostBasis.TOKENS,
    ),
    "no tokens and no cost: unknown, not 0": Case(
        call={"input_tokens": None, "output_tokens": None},
        costs_pico_usd=None,
        basis=CostBasis.UNPRICED_NO_USAGE,
    ),
    "output tokens missing on a chat: unknown": Case(
        call={"output_tokens": None}, costs_pico_usd=None, basis=CostBasis.UNPRICED_NO_USAGE
    ),
    "output tokens missing on an embedding: there are none": Case(
        call={"output_tokens": None, "operation": "embedding"},
        costs_pico_usd=INPUT_ONLY,
        basis=CostBasis.TOKENS,
    ),
    "output tokens missing on a rerank: there are none": Case(
        call={"output_tokens": None, "operation": "rerank"}, costs_pico_usd=INPUT_ONLY, basis=CostBasis.TOKENS
    ),
    "no price and no report": Case(pricing={"rows": ()}, costs_pico_usd=None, basis=CostBasis.UNPRICED_NO_PRICE),
    "no price: the report counts": Case(
        call={"reported_pico_usd": 5}, pricing={"rows": ()}, costs_pico_usd=5, basis=CostBasis.REPORTED
    ),
    "no usage: the report counts": Case(
        call={"input_tokens": None, "output_tokens": None, "reported_pico_usd": 5},
        costs_pico_usd=5,
        basis=CostBasis.REPORTED,
    ),
    "a reported 0 for positive tokens is suspicious, the tokens count": Case(
        call={"reported_pico_usd": 0}, costs_pico_usd=PLAIN, basis=CostBasis.TOKENS
    ),
    "a reported 0 for positive tokens without a price is unknown": Case(
        call={"reported_pico_usd": 0},
        pricing={"rows": ()},
        costs_pico_usd=None,
        basis=CostBasis.UNPRICED_SUSPICIOUS_ZERO,
    ),
    "a reported 0 without any tokens is unknown": Case(
        call={"input_tokens": None, "output_tokens": None, "reported_pico_usd": 0},
        costs_pico_usd=None,
        basis=CostBasis.UNPRICED_SUSPICIOUS_ZERO,
    ),
    "a reported 0 for 0 tokens is a known zero": Case(
        call={"input_tokens": 0, "output_tokens": 0, "reported_pico_usd": 0},
        pricing={"rows": ()},
        costs_pico_usd=0,
        basis=CostBasis.REPORTED,
    ),
    "a reported 0 on a route declared free": Case(
        call={"reported_pico_usd": 0}, pricing={"is_free": True}, costs_pico_usd=0, basis=CostBasis.FREE
    ),
    "the gateway's own cache costs nothing, whatever it replays": Case(
        call={"served_from": "gateway_cache", "reported_pico_usd": 0},
        costs_pico_usd=0,
        basis=CostBasis.GATEWAY_CACHE,
    ),
    "a price is preferred to a report that agrees to 1%": Case(
        call={"reported_pico_usd": PLAIN + PLAIN // 100}, costs_pico_usd=PLAIN, basis=CostBasis.TOKENS
    ),
    "a report more than 1% above the price is a mismatch": Case(
        call={"reported_pico_usd": PLAIN + PLAIN // 100 + 1},
        costs_pico_usd=PLAIN,
        basis=CostBasis.TOKENS,
        is_mismatch=True,
    ),
    "a report more than 1% below the price is a mismatch": Case(
        call={"reported_pico_usd": PLAIN - PLAIN // 100 - 1},
        costs_pico_usd=PLAIN,
        basis=CostBasis.TOKENS,
        is_mismatch=True,
    ),
    "the report is preferred where the project says so, still held against the price": Case(
        call={"reported_pico_usd": 2 * PLAIN},
        pricing={"prefers_reported": True},
        costs_pico_usd=2 * PLAIN,
        basis=CostBasis.REPORTED,
        is_mismatch=True,
    ),
    "a suspicious 0 is not preferred either": Case(
        call={"reported_pico_usd": 0},
        pricing={"prefers_reported": True},
        costs_pico_usd=PLAIN,
        basis=CostBasis.TOKENS,
    ),
    "an error that is not billed": Case(
        call={"status": "error"},
        pricing={"billed_on": BilledOn(error="none")},
        costs_pico_usd=0,
        basis=CostBasis.NOT_BILLED,
    ),
    "an error that is not billed, but was reported to cost": Case(
        call={"status": "error", "reported_pico_usd": 9},
        pricing={"billed_on": BilledOn(error="none"), "rows": ()},
        costs_pico_usd=9,
        basis=CostBasis.REPORTED,
    ),
    "a timeout that is billed for its input": Case(
        call={"status": "timeout", "output_tokens": None},
        pricing={"billed_on": BilledOn(timeout="input")},
        costs_pico_usd=INPUT_ONLY,
        basis=CostBasis.TOKENS,
    ),
    "a cancelled call that is billed for what it used": Case(
        call={"status": "cancelled"},
        pricing={"billed_on": BilledOn(cancelled="partial")},
        costs_pico_usd=PLAIN,
        basis=CostBasis.TOKENS,
    ),
    "what an error is billed is not declared: in full, and said so": Case(
        call={"status": "error"}, costs_pico_usd=PLAIN, basis=CostBasis.TOKENS, is_billing_unknown=True
    ),
    "what an error is billed is not declared, but a preferred report settles it": Case(
        call={"status": "error", "reported_pico_usd": 9},
        pricing={"prefers_reported": True},
        costs_pico_usd=9,
        basis=CostBasis.REPORTED,
        is_mismatch=True,
    ),
    "a rate-limited call without usage was never served": Case(
        call={"status": "rate_limited", "input_tokens": None, "output_tokens": None},
        costs_pico_usd=0,
        basis=CostBasis.NOT_BILLED,
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_cost_of_a_call(case: Case) -> None:
    call = CallUsage(**{"started_at": NOON, "input_tokens": 1_000, "output_tokens": 100} | case.call)
    cost = call_cost(call, Pricing(**{"rows": (ROW,)} | case.pricing))
    assert (cost.pico_usd, cost.basis) == (case.costs_pico_usd, case.basis)
    assert (cost.is_mismatch, cost.is_billing_unknown) == (case.is_mismatch, case.is_billing_unknown)


@pytest.mark.parametrize("basis", CostBasis, ids=lambda basis: basis.value)
def test_a_basis_is_priced_unless_it_says_why_not(basis: CostBasis) -> None:
    assert basis.is_priced is (
        basis.value in {"capacity", "tokens", "reported", "free", "gateway_cache", "not_billed"}
    )


LONG = PriceRow(tokens_from=200_001, input_pico_usd_per_token=6_000_000, output_pico_usd_per_token=22_500_000)
SHORT = ROW.model_copy(update={"tokens_to": 200_001})


@pytest.mark.parametrize(
    ("input_tokens", "per_token"),
    [(200_000, 3_000_000), (200_001, 6_000_000)],
    ids=["the last token of the normal band", "one more prices the whole call by the long band"],
)
def test_long_context_band(input_tokens: int, per_token: int) -> None:
    call = CallUsage(started_at=NOON, input_tokens=input_tokens, output_tokens=0)
    assert call_cost(call, Pricing(rows=(SHORT, LONG))).pico_usd == input_tokens * per_token


@pytest.mark.parametrize(
    ("started_at", "costs"),
    [
        (NOON - timedelta(days=2), PLAIN),
        (NOON - timedelta(days=1), None),
        (NOON - timedelta(microseconds=1), None),
        (NOON, 2 * PLAIN),
    ],
    ids=[
        "the old price",
        "the old price ended: a gap is unknown",
        "a moment before the new price: still a gap",
        "the new price from its first moment",
    ],
)
def test_price_in_force_at_the_time_of_the_call(started_at: datetime, costs: int | None) -> None:
    old = ROW.model_copy(update={"valid_to": NOON - timedelta(days=1)})
    new = PriceRow(valid_from=NOON, input_pico_usd_per_token=6_000_000, output_pico_usd_per_token=30_000_000)
    call = CallUsage(started_at=started_at, input_tokens=1_000, output_tokens=100)
    assert call_cost(call, Pricing(rows=(old, new))).pico_usd == costs


def test_parts_of_the_formula_add_up() -> None:
    """The published example: 0.30 USD per million cached tokens, 3.75 written, 3.00 plain."""
    assert (
        token_cost_pico_usd(
            ROW,
            input_tokens=1_000_000,
            cached_input_tokens=500_000,
            cache_write_tokens=100_000,
            output_tokens=0,
        )
        == (1_200_000 + 150_000 + 375_000) * 1_000_000
    )


@pytest.mark.parametrize(
    "bad",
    [{"input_tokens": -1}, {"reported_pico_usd": -1}, {"status": "exploded"}],
    ids=["negative tokens", "negative cost", "unknown status"],
)
def test_nonsense_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CallUsage(**{"started_at": NOON} | bad)
