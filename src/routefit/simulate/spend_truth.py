"""What the generator of a spend log knows about it, so that a ledger can be held against it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from routefit.simulate.team_traffic import Call


@dataclass(slots=True, kw_only=True)
class WorkloadTruth:
    """Totals of one workload in the log; amounts at list prices, of the calls whose cost anybody can know.

    A billed timeout costs its input; a hit in the gateway's own cache costs nothing; `calls_without_usage` and
    `capacity_calls` are in no amount. `gateway_pico_usd` is what the gateway booked for production and grading.
    Retries count where they happened; where `is_grouped` is false no log shows them, and every call is a unit.
    """

    is_grouped: bool
    units: int = 0
    calls: int = 0
    grader_calls: int = 0
    step_calls: int = 0
    retry_calls: int = 0
    fallback_calls: int = 0
    failed_calls: int = 0
    timeout_calls: int = 0
    rate_limited_calls: int = 0
    gateway_hits: int = 0
    embedding_calls: int = 0
    calls_without_usage: int = 0
    capacity_calls: int = 0
    units_with_retry: int = 0
    units_with_fallback: int = 0
    pico_usd: int = 0
    grading_pico_usd: int = 0
    gateway_pico_usd: int = 0
    accepted_units: int = 0
    rejected_units: int = 0

    @property
    def production_calls(self) -> int:
        """Calls that are no grading."""
        return self.calls - self.grader_calls

    @property
    def observable_units(self) -> int:
        """Units that the log can show."""
        return self.units if self.is_grouped else self.production_calls

    def add(self, calls: list[Call]) -> None:
        """Count the calls of one unit."""
        self.units += 1
        self.units_with_retry += any(call.role == "retry" for call in calls)
        self.units_with_fallback += any(call.role == "fallback" for call in calls)
        for call in calls:
            self._add(call)

    def _add(self, call: Call) -> None:
        is_grading, cost = call.role == "grader", call.pico_usd
        self.calls += 1
        self.grader_calls += is_grading
        self.step_calls += call.role == "step"
        self.retry_calls += call.role == "retry"
        self.fallback_calls += call.role == "fallback"
        self.failed_calls += call.status != "ok"
        self.timeout_calls += call.status == "timeout"
        self.rate_limited_calls += call.status == "rate_limited"
        self.gateway_hits += call.is_gateway_hit
        self.embedding_calls += call.is_embedding
        self.calls_without_usage += call.is_usage_lost
        self.capacity_calls += call.model.price is None
        self.gateway_pico_usd += call.gateway_pico_usd
        if is_grading:
            self.grading_pico_usd += cost or 0
        else:
            self.pico_usd += cost or 0


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceTruth:
    """One invoice against the log of its period; amounts of the invoice in USD at `usd_per_unit`.

    `invoiced_usd` is before credits and without the disputed line; `price_difference_usd` is what the traced
    calls were billed above list prices, `off_gateway_usd` what was used without the gateway.
    """

    provider: str
    serving_provider: str
    currency: str
    usd_per_unit: Decimal
    invoiced_usd: Decimal
    traced_pico_usd: int
    price_difference_usd: Decimal
    off_gateway_usd: Decimal
    credits_usd: Decimal
    disputed_usd: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityTruth:
    """Replica-hours of the in-house route, and those in which it served nobody."""

    route: str
    workload: str
    replica_hours: int
    idle_replica_hours: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendLogTruth:
    """The generator's totals over the UTC days [start_on, end_on).

    `rows` are different calls, `duplicate_rows` those that an overlapping file repeats. `spend_pico_usd` is by
    provider of the gateway. `files` are the logs in the order of their writing.
    """

    seed: int
    start_on: date
    end_on: date
    rows: int
    duplicate_rows: int
    scores: int
    files: tuple[Path, ...]
    workloads: dict[str, WorkloadTruth]
    provider_pico_usd: dict[str, int]
    invoices: tuple[InvoiceTruth, ...]
    capacity: CapacityTruth

    @property
    def pico_usd(self) -> int:
        """All known cost, grading included."""
        return sum(one.pico_usd + one.grading_pico_usd for one in self.workloads.values())

    def write(self, path: Path) -> None:
        """The same as JSON; paths by their names, amounts of invoices as text."""
        content = asdict(self) | {"files": [file.name for file in self.files]}
        path.write_text(json.dumps(content, indent=1, default=str) + "\n", encoding="utf-8")
