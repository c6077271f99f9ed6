"""The cost of one call: by capacity where its route is paid so; else by tokens, else as reported, else unknown.

    cost = (input - cached - written) x input price + cached x cache-read price + written x cache-write price
         + output x output price + fee per request

Above the line stands what the provider bills for this call; a failed call is billed as its route declares.
On a route that is paid by capacity a call costs its share of what was billed that day (`lcpr/capacity.py`), never
anything by its tokens, and what a gateway reported for it counts for nothing.
What has neither a usable price nor a usable report is `unpriced`: unknown, never 0.
The same rule stands in SQL in `ledger/sql/priced_calls.sql` and `costed_calls.sql`; a property test holds both
equal.

Source: chapter 16 of the field guide; section 3 of the domain ("Missing is not zero").
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from routefit.declared.model import BilledOn
from routefit.lcpr.capacity import DayRate, busy_us, call_pico_usd, call_weight
from routefit.lcpr.price import PriceRow

PRICE_MISMATCH_RATE = 0.01
"""A reported cost that differs from the token cost by more than this share is a price mismatch."""

OPERATIONS_WITHOUT_OUTPUT = ("embedding", "rerank")
"""Operations whose missing output tokens mean none, not unknown."""

Billed = Literal["none", "input", "partial", "full"]


class CostBasis(StrEnum):
    """What the cost of a call rests on."""

    CAPACITY = "capacity"
    TOKENS = "tokens"
    REPORTED = "reported"
    FREE = "free"
    GATEWAY_CACHE = "gateway_cache"
    NOT_BILLED = "not_billed"
    UNPRICED_NO_USAGE = "unpriced_no_usage"
    UNPRICED_NO_PRICE = "unpriced_no_price"
    UNPRICED_NO_CAPACITY = "unpriced_no_capacity"
    UNPRICED_SUSPICIOUS_ZERO = "unpriced_suspicious_zero"

    @property
    def is_priced(self) -> bool:
        """Whether the cost is known."""
        return not self.value.startswith("unpriced")


class CallUsage(BaseModel):
    """What one call used and reported; None is unknown. Counts in tokens, `reported_pico_usd` in pico-USD."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    started_at: datetime
    status: Literal["ok", "error", "timeout", "rate_limited", "cancelled"] = "ok"
    operation: str | None = None
    served_from: str | None = None
    input_tokens: int | None = Field(default=None, ge=0)
    cached_input_tokens: int | None = Field(default=None, ge=0)
    cache_write_tokens: int | None = Field(default=None, ge=0)
    output_tokens: int | None = Field(default=None, ge=0)
    e2e_ms: float | None = Field(default=None, ge=0)
    reported_pico_usd: int | None = Field(default=None, ge=0)


class Pricing(BaseModel):
    """How the calls of one (route, provider, model, tier) are priced.

    `capacity_route` is the route that served them where it is paid by capacity; `rows` are none then.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: tuple[PriceRow, ...] = ()
    billed_on: BilledOn = BilledOn()
    is_free: bool = False
    prefers_reported: bool = False
    capacity_route: str | None = None


class CallCost(BaseModel):
    """The cost of a call in pico-USD with its basis; `pico_usd` is None exactly when it is unpriced.

    `token_pico_usd` is the cost by tokens where it is known, to be held against the report. `is_billing_unknown`:
    the call failed, and its tokens are counted in full because nobody declared what its route bills for that.
    """

    model_config = ConfigDict(frozen=True)

    pico_usd: int | None
    basis: CostBasis
    token_pico_usd: int | None = None
    is_mismatch: bool = False
    is_billing_unknown: bool = False


def token_cost_pico_usd(
    row: PriceRow,
    *,
    input_tokens: int,
    cached_input_tokens: int,
    cache_write_tokens: int,
    output_tokens: int,
) -> int:
    """The cost of a call by its tokens, in pico-USD; cached and written tokens are part of the input."""
    read = row.cache_read_pico_usd_per_token
    write = row.cache_write_pico_usd_per_token
    plain = row.input_pico_usd_per_token
    return (
        (input_tokens - cached_input_tokens - cache_write_tokens) * plain
        + cached_input_tokens * (plain if read is None else read)
        + cache_write_tokens * (plain if write is None else write)
        + output_tokens * row.output_pico_usd_per_token
        + row.pico_usd_per_request
    )


def call_cost(call: CallUsage, pricing: Pricing, *, capacity_rate: DayRate | None = None) -> CallCost:
    """The cost of `call` under `pricing`; unknown stays unknown and says why.

    `capacity_rate` is that of the route `pricing.capacity_route` on the UTC day of the call.
    """
    if call.served_from == "gateway_cache":
        return CallCost(pico_usd=0, basis=CostBasis.GATEWAY_CACHE)
    if pricing.is_free:
        return CallCost(pico_usd=0, basis=CostBasis.FREE)
    if pricing.capacity_route is not None:
        return _by_capacity(call, capacity_rate)
    billed = _billed(call, pricing.billed_on)
    if billed == "none" and not call.reported_pico_usd:
        return CallCost(pico_usd=0, basis=CostBasis.NOT_BILLED)
    by_tokens = _by_tokens(call, pricing.rows, billed)
    reported = _usable_report(call)
    if by_tokens is None and reported is None:
        return CallCost(pico_usd=None, basis=_why_unpriced(call, pricing.rows))
    takes_report = reported is not None and (by_tokens is None or pricing.prefers_reported)
    return CallCost(
        pico_usd=reported if takes_report else by_tokens,
        basis=CostBasis.REPORTED if takes_report else CostBasis.TOKENS,
        token_pico_usd=by_tokens,
        is_mismatch=_is_mismatch(by_tokens, reported),
        is_billing_unknown=billed is None and not takes_report,
    )


def _by_capacity(call: CallUsage, rate: DayRate | None) -> CallCost:
    if rate is None or not rate.has_rate:
        return CallCost(pico_usd=None, basis=CostBasis.UNPRICED_NO_CAPACITY)
    weight = call_weight(
        rate,
        busy_us=busy_us(call.started_at, call.e2e_ms),
        input_tokens=call.input_tokens,
        output_tokens=call.output_tokens,
    )
    return CallCost(pico_usd=call_pico_usd(rate, weight), basis=CostBasis.CAPACITY)


def _billed(call: CallUsage, billed_on: BilledOn) -> Billed | None:
    if call.status == "ok":
        return "full"
    if call.status == "rate_limited":
        return "full" if call.input_tokens else "none"
    by_status = {"error": billed_on.error, "timeout": billed_on.timeout, "cancelled": billed_on.cancelled}
    return by_status[call.status]


def _by_tokens(call: CallUsage, rows: tuple[PriceRow, ...], billed: Billed | None) -> int | None:
    if call.input_tokens is None:
        return None
    output_tokens = call.output_tokens
    has_no_output = output_tokens is None and call.operation in OPERATIONS_WITHOUT_OUTPUT
    if billed == "input" or has_no_output:
        output_tokens = 0
    if output_tokens is None:
        return None
    for row in rows:
        if row.holds(at=call.started_at, input_tokens=call.input_tokens):
            return token_cost_pico_usd(
                row,
                input_tokens=call.input_tokens,
                cached_input_tokens=call.cached_input_tokens or 0,
                cache_write_tokens=call.cache_write_tokens or 0,
                output_tokens=output_tokens,
            )
    return None


def _usable_report(call: CallUsage) -> int | None:
    """The reported cost, unless it is a 0 that the tokens do not bear out."""
    if call.reported_pico_usd == 0 and not (call.input_tokens == 0 and not call.output_tokens):
        return None
    return call.reported_pico_usd


def _why_unpriced(call: CallUsage, rows: tuple[PriceRow, ...]) -> CostBasis:
    if call.reported_pico_usd == 0:
        return CostBasis.UNPRICED_SUSPICIOUS_ZERO
    has_price = any(row.holds(at=call.started_at, input_tokens=call.input_tokens or 0) for row in rows)
    return CostBasis.UNPRICED_NO_USAGE if has_price else CostBasis.UNPRICED_NO_PRICE


def _is_mismatch(by_tokens: int | None, reported: int | None) -> bool:
    if by_tokens is None or reported is None:
        return False
    # Multiplied out in integers so that SQL and Python agree to the last pico-USD.
    return abs(reported - by_tokens) * 100 > by_tokens
