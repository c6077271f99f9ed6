"""The words in which a synthetic fleet is described: workloads, lanes of traffic, behaviour, serving, prices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPrice:
    """Whole pico-USD per token: 1 USD per million tokens is 1,000,000."""

    input_pico_usd: int
    output_pico_usd: int
    cache_read_pico_usd: int | None = None
    cache_write_pico_usd: int | None = None


def usd_per_mtok(
    input_usd_per_mtok: float,
    output_usd_per_mtok: float,
    cache_read_usd_per_mtok: float | None = None,
    cache_write_usd_per_mtok: float | None = None,
) -> TokenPrice:
    """Prices in USD per million tokens as whole pico-USD per token."""
    read, write = (
        None if price is None else round(price * 1_000_000)
        for price in (cache_read_usd_per_mtok, cache_write_usd_per_mtok)
    )
    return TokenPrice(
        input_pico_usd=round(input_usd_per_mtok * 1_000_000),
        output_pico_usd=round(output_usd_per_mtok * 1_000_000),
        cache_read_pico_usd=read,
        cache_write_pico_usd=write,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """Who serves a call and what it costs: token prices, else an internal charge-back per million tokens.

    A serving with neither is one whose cost nobody knows.
    Token-priced failures bill nothing on an error and the input on a timeout; where that is not known they count
    with what they used, as they do on a charge-back.
    """

    provider: str
    model: str
    region: str
    price: TokenPrice | None = None
    chargeback_usd_per_mtok: float | None = None
    is_failure_billing_known: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How a route does its work; every rate is a probability.

    `clean_rate`: accepted without a repair. `repair_rate`: needs a repair, which succeeds at
    `repair_success_rate`, else a person finishes it. `escalation_rate`: all units that a person finishes.
    `failure_rate` is per planned call, and `stuck_rate` the share of failures whose retry fails as well.
    """

    clean_rate: float
    repair_rate: float
    repair_success_rate: float
    escalation_rate: float
    failure_rate: float
    stuck_rate: float = 0.03
    fallback_rate: float = 0.0
    slow_rate: float = 0.001
    prefix_rate: float = 0.0
    cache_hit_rate: float = 0.0
    writes_cache: bool = False
    output_ratio: float = 1.0
    reasoning_rate: float = 0.0
    missing_usage_rate: float = 0.0
    judged_rate: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """Repeats of another lane's units under the same unit ids: a shadow, or a test on the same tasks."""

    of: str
    rate: float
    role: Literal["first", "shadow"]
    skipped_days: int = 0
    days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """Traffic of one workload on one assigned route; `route` None leaves the assignment out of the log."""

    route: str | None
    serving: Serving
    behaviour: Behaviour
    share_rate: float = 0.0
    copies: Copies | None = None
    takes_easy_only: bool = False
    fallback: Serving | None = None

    @property
    def name(self) -> str:
        """The route that the ledger shows: as assigned, else provider/model."""
        return self.route or f"{self.serving.provider}/{self.serving.model}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """One workload's traffic at its real volume; `workload` None is traffic that nothing attributes."""

    workload: str | None
    key: str
    units_per_month: int
    customers: int
    sticky: Literal["customer", "unit"]
    lanes: tuple[Lane, ...]
    mean_input_tokens: float
    input_sigma: float
    mean_output_tokens: float
    planned_calls: tuple[float, ...]
    """Probability of 1, 2, 3, ... planned calls in a unit."""
    think_ms: float
    is_streaming: bool
    has_verdicts: bool
    verdict_delay_hours: float = 0.0
    evaluated_by: str = "test"
    suite: str | None = None
    ttft_slo_ms: float | None = None
    e2e_slo_ms: float | None = None
    human_minutes: float | None = None
    is_verdict_of_people: bool = False
    """Whether the verdict is on what the person made of it: then an escalated unit has a good verdict."""
    grader: Serving | None = None
    orphan_outcomes_per_day: int = 0
    storage: Literal["jsonl", "parquet"] = "jsonl"
