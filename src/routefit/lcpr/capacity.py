"""What a call costs on a route that is paid by the replica-hour, and what is left idle.

    billed = replica-hours x GPUs per replica x USD per GPU-hour
    busy   = what was billed in those UTC minutes in which at least one call of the route was in flight
    cost of a call = busy x its weight / weight of all calls of the route on that day
    idle   = billed - cost of all calls

All for one route and one UTC day; money is whole pico-USD, every share is rounded down, and what that leaves
stays idle, so that shares and idle add up to what was billed. The weight is the time that a call was in flight
within its day (in microseconds; a call that did not measure it weighs the mean of those that did); where no call
measured it, its tokens, output counted at a declared ratio; else each call weighs the same.
Each row of replicas is rounded up to the billing window, and the rounding is billed on its last day.
What cannot be known (no GPU price, nobody says which replicas ran) is unknown, never 0.
Source: section 3 of the domain ("Priced by token or by capacity").
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from pydantic import BaseModel, ConfigDict

from routefit.declared.model import Capacity
from routefit.evidence import Label, weakest
from routefit.units import PICO_USD_PER_USD

MINUTE_US = 60_000_000
DAY_US = 24 * 60 * MINUTE_US
HOUR_US = 60 * MINUTE_US

MOST_USD_PER_DAY = 1_000_000
"""A route that would be billed more than this in a day is taken for a slip of the pen, and stays unpriced."""

TOKEN_PARTS = 1000
"""Tokens are weighed in thousandths, so that a ratio with three decimals stays whole."""


class Weighing(StrEnum):
    """What the busy cost of a day is shared by."""

    BUSY_TIME = "busy_time"
    TOKENS = "tokens"
    CALLS = "calls"


class NoRate(StrEnum):
    """Why the calls of a day have no known cost, in words."""

    NO_GPU_PRICE = "capacity.gpu_usd_per_hour is not declared"
    NO_GPUS = "capacity.gpus_per_replica is not declared"
    NO_REPLICAS = "no capacity row covers the day, and capacity.min_replicas is not declared"
    NONE_RUNNING = "no replica was billed in the minutes in which its calls ran"
    TOO_DEAR = f"more than {MOST_USD_PER_DAY:,} USD on one day: check the replicas and the GPU price"


@dataclass(frozen=True, slots=True)
class ReplicaRow:
    """So many replicas were billed in [start_at, end_at), aware UTC instants."""

    start_at: datetime
    end_at: datetime
    replicas: Decimal


@dataclass(frozen=True, slots=True)
class Piece:
    """A row of replicas within one day: [start_us, end_us) in microseconds since midnight."""

    start_us: int
    end_us: int
    replicas: Fraction


@dataclass(frozen=True, slots=True)
class Supply:
    """What ran on one UTC day; `rounding_replica_us` is billed beside it, `is_estimated` where no row says it."""

    pieces: tuple[Piece, ...]
    rounding_replica_us: Fraction
    is_estimated: bool

    @property
    def billed_replica_us(self) -> Fraction:
        """Replica-microseconds that were billed, rounding included."""
        return sum((p.replicas * (p.end_us - p.start_us) for p in self.pieces), self.rounding_replica_us)

    def replica_us_in(self, minutes: Iterable[tuple[int, int]]) -> Fraction:
        """Replica-microseconds within disjoint ascending runs of minutes, each [first, last]."""
        runs = [(first * MINUTE_US, (last + 1) * MINUTE_US) for first, last in minutes]
        found = Fraction(0)
        for piece in self.pieces:
            for start_us, end_us in runs:
                overlap_us = min(piece.end_us, end_us) - max(piece.start_us, start_us)
                if overlap_us > 0:
                    found += piece.replicas * overlap_us
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class MinuteUse:
    """The calls of a route that started in one minute of a day; None sums are of no call.

    `last_minute` is the last minute in which any of them was in flight. `timed_calls` measured their time in
    flight, `busy_us` in all; `token_calls` carry any token count.
    """

    minute: int
    last_minute: int
    calls: int
    timed_calls: int
    busy_us: int
    token_calls: int
    input_tokens: int
    output_tokens: int


class DayRate(BaseModel):
    """How the calls of one route on one UTC day are priced; amounts in pico-USD, None is unknown.

    A call costs `busy_pico_usd` x its weight / `total_weight`. `reason` says why there is no rate.
    """

    model_config = ConfigDict(frozen=True)

    billed_pico_usd: int | None
    busy_pico_usd: int | None
    weigh_by: Weighing
    total_weight: int
    mean_weight: int
    output_parts: int
    label: Label
    is_estimated: bool
    replica_hours: float | None
    busy_replica_hours: float | None
    reason: str | None

    @property
    def has_rate(self) -> bool:
        """Whether calls of the day have a known cost."""
        return self.busy_pico_usd is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class CellIdle:
    """What a cell bears of the idle capacity of the routes that served it, in USD, by the term that it goes to.

    `label` is the weakest behind it; `reasons` say what of its own route's capacity is not known.
    """

    inference_usd: float = 0.0
    eval_usd: float = 0.0
    label: Label = Label.UNKNOWN
    reasons: tuple[str, ...] = ()

    @property
    def usd(self) -> float:
        """Both parts."""
        return self.inference_usd + self.eval_usd


NO_IDLE = CellIdle()


def supply_on(on: date, rows: Iterable[ReplicaRow], capacity: Capacity, *, is_in_use: bool) -> Supply | None:
    """The replicas billed on a UTC day: what rows say, else the declared minimum where the route `is_in_use`.

    None is not known.
    """
    start_at = datetime(on.year, on.month, on.day, tzinfo=UTC)
    end_at = start_at + timedelta(days=1)
    touching = [row for row in rows if row.start_at < end_at and row.end_at > start_at]
    if touching:
        pieces = sorted((_piece(row, start_at, end_at) for row in touching), key=lambda piece: piece.start_us)
        rounding = sum((_rounding_replica_us(r, capacity) for r in touching if r.end_at <= end_at), Fraction(0))
        return Supply(tuple(pieces), rounding, is_estimated=False)
    if capacity.min_replicas.value is None or not is_in_use:
        return None
    return Supply((Piece(0, DAY_US, Fraction(capacity.min_replicas.value)),), Fraction(0), is_estimated=True)


def _piece(row: ReplicaRow, start_at: datetime, end_at: datetime) -> Piece:
    return Piece(
        start_us=_microseconds(max(row.start_at, start_at) - start_at),
        end_us=_microseconds(min(row.end_at, end_at) - start_at),
        replicas=Fraction(row.replicas),
    )


def _rounding_replica_us(row: ReplicaRow, capacity: Capacity) -> Fraction:
    minutes = capacity.billing_window_minutes.value
    if minutes is None:
        return Fraction(0)
    window_us, lasted_us = Fraction(str(minutes)) * MINUTE_US, _microseconds(row.end_at - row.start_at)
    return (math.ceil(lasted_us / window_us) * window_us - lasted_us) * Fraction(row.replicas)


def _microseconds(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


def busy_runs(uses: Iterable[MinuteUse]) -> Iterator[tuple[int, int]]:
    """The minutes in which a call was in flight, as disjoint ascending runs [first, last]."""
    first, last = 0, -2
    for use in sorted(uses, key=lambda use: use.minute):
        if use.minute > last + 1:
            if last >= 0:
                yield first, last
            first = use.minute
        last = max(last, use.last_minute)
    if last >= 0:
        yield first, last


def day_rate(
    supply: Supply | None, capacity: Capacity, uses: Sequence[MinuteUse], *, sampled_unit_rate: float = 1.0
) -> DayRate:
    """The rate of a route on a day with these calls; without a call all that was billed is idle.

    Where only the share `sampled_unit_rate` of the units was kept, the same share of what was billed is theirs.
    """
    per_replica_us = _pico_usd_per_replica_us(capacity, sampled_unit_rate)
    billed = None if supply is None or per_replica_us is None else supply.billed_replica_us * per_replica_us
    busy_us = None if supply is None else supply.replica_us_in(busy_runs(uses))
    reason = _no_rate(supply, capacity, billed=billed, busy_us=busy_us, has_calls=bool(uses))
    is_plausible = billed is not None and reason is not NoRate.TOO_DEAR
    has_rate = reason is None and busy_us is not None and per_replica_us is not None
    weigh_by, total, mean = _weights(uses, capacity)
    return DayRate(
        billed_pico_usd=math.floor(billed) if billed is not None and is_plausible else None,
        busy_pico_usd=math.floor((busy_us or 0) * (per_replica_us or 0)) if has_rate else None,
        weigh_by=weigh_by,
        total_weight=total,
        mean_weight=mean,
        output_parts=_output_parts(capacity) or 0,
        label=_label(supply, capacity, sampled_unit_rate)
        if billed is not None and is_plausible
        else Label.UNKNOWN,
        is_estimated=supply is not None and supply.is_estimated,
        replica_hours=None if supply is None else float(supply.billed_replica_us / HOUR_US),
        busy_replica_hours=None if busy_us is None else float(busy_us / HOUR_US),
        reason=None if reason is None else reason.value,
    )


def busy_us(started_at: datetime, e2e_ms: float | None) -> int | None:
    """How long a call was in flight within its UTC day, in whole microseconds; None is not measured."""
    if e2e_ms is None:
        return None
    at = started_at.astimezone(UTC)
    since_midnight = _microseconds(at - at.replace(hour=0, minute=0, second=0, microsecond=0))
    return min(math.floor(min(e2e_ms * 1000.0, float(DAY_US)) + 0.5), DAY_US - since_midnight)


def call_weight(rate: DayRate, *, busy_us: int | None, input_tokens: int | None, output_tokens: int | None) -> int:
    """The weight of one call in the sharing of its day."""
    if rate.weigh_by is Weighing.CALLS:
        return 1
    if rate.weigh_by is Weighing.BUSY_TIME:
        return rate.mean_weight if busy_us is None else busy_us
    if input_tokens is None and output_tokens is None:
        return rate.mean_weight
    return (input_tokens or 0) * TOKEN_PARTS + (output_tokens or 0) * rate.output_parts


def call_pico_usd(rate: DayRate, weight: int) -> int | None:
    """What a call of that weight costs, rounded down; None where the day has no rate."""
    return None if rate.busy_pico_usd is None else rate.busy_pico_usd * weight // rate.total_weight


def shared_out(amount: int, weights: Sequence[int]) -> list[int]:
    """`amount` in proportion to the weights, in whole parts that add up to it (largest remainders first).

    All zero where nothing has a weight: then nobody has a share.
    """
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    parts = [amount * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda at: (-(amount * weights[at] % whole), at))
    for at in by_remainder[: amount - sum(parts)]:
        parts[at] += 1
    return parts


def _pico_usd_per_replica_us(capacity: Capacity, sampled_unit_rate: float) -> Fraction | None:
    price, gpus = capacity.gpu_usd_per_hour.value, capacity.gpus_per_replica.value
    if price is None or gpus is None:
        return None
    return Fraction(price) * PICO_USD_PER_USD * Fraction(str(gpus)) * Fraction(str(sampled_unit_rate)) / HOUR_US


def _no_rate(
    supply: Supply | None,
    capacity: Capacity,
    *,
    billed: Fraction | None,
    busy_us: Fraction | None,
    has_calls: bool,
) -> NoRate | None:
    if not capacity.gpu_usd_per_hour.is_known:
        return NoRate.NO_GPU_PRICE
    if not capacity.gpus_per_replica.is_known:
        return NoRate.NO_GPUS
    if supply is None:
        return NoRate.NO_REPLICAS
    if billed is not None and billed > MOST_USD_PER_DAY * PICO_USD_PER_USD:
        return NoRate.TOO_DEAR
    return NoRate.NONE_RUNNING if has_calls and not busy_us else None


def _label(supply: Supply | None, capacity: Capacity, sampled_unit_rate: float) -> Label:
    """The weaker of the GPU price and what says which replicas ran; how many GPUs a replica has is a setting."""
    is_estimated = supply is None or supply.is_estimated or sampled_unit_rate < 1
    ran = Label.ESTIMATED if is_estimated else Label.MEASURED
    return weakest((ran, capacity.gpu_usd_per_hour.label))


def _output_parts(capacity: Capacity) -> int | None:
    ratio = capacity.output_to_input_ratio.value
    return None if ratio is None else round(ratio * TOKEN_PARTS)


def _weights(uses: Sequence[MinuteUse], capacity: Capacity) -> tuple[Weighing, int, int]:
    """(what is weighed, weight of all calls, weight of a call that did not measure it)."""
    calls = sum(use.calls for use in uses)
    timed, busy = sum(use.timed_calls for use in uses), sum(use.busy_us for use in uses)
    if busy:
        return Weighing.BUSY_TIME, busy + (calls - timed) * (busy // timed), busy // timed
    parts = _output_parts(capacity)
    if parts is not None:
        known = sum(use.token_calls for use in uses)
        tokens = sum(use.input_tokens * TOKEN_PARTS + use.output_tokens * parts for use in uses)
        if tokens:
            return Weighing.TOKENS, tokens + (calls - known) * (tokens // known), tokens // known
    return Weighing.CALLS, calls, 1
