"""One day of one lane of traffic, drawn column by column.

A unit is a chain of calls: planned calls one after the other, each of which may fail and be tried again, then
repairs. All randomness comes from the generator that the caller passes in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from routefit.simulate.spec import Behaviour, Lane, Serving, Traffic

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

ROLES = ("first", "step", "retry", "repair", "fallback", "shadow", "grader")
FIRST, STEP, RETRY, REPAIR, FALLBACK, SHADOW, GRADER = range(len(ROLES))
STATUSES = ("ok", "error", "timeout", "rate_limited")
OK, ERROR, TIMEOUT, RATE_LIMITED = range(len(STATUSES))

EASY_INPUT_RATIO = 0.25
REPAIR_INPUT_RATIO = 1.25
STEP_GROWTH_RATIO = 0.15
DEADLINE_MS = 30_000
NOT_MEASURED = -1
MICROSECONDS_PER_MS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """Units that arrive on one day: serial within the day, customer, start, size of input, planned calls."""

    serial: Ints
    customer: Ints
    start_us: Ints
    input_tokens: Floats
    planned: Ints

    def take(self, chosen: Any) -> Units:
        """The units at an index or under a mask."""
        return Units(
            serial=self.serial[chosen],
            customer=self.customer[chosen],
            start_us=self.start_us[chosen],
            input_tokens=self.input_tokens[chosen],
            planned=self.planned[chosen],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """What became of each unit: finished by a person, and fit for use without one."""

    is_good: Flags
    is_escalated: Flags
    decided_us: Ints
    minutes: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """Calls of the units of one lane and day; `unit` indexes the units, `parent` the calls.

    Token counts are of the call; NOT_MEASURED stands for what the log lacks. Of failed calls, `input_tokens`
    is what was sent. `is_last` marks the unit's accepting call.
    """

    unit: Ints
    parent: Ints
    role: Ints
    attempt_no: Ints
    start_us: Ints
    e2e_ms: Ints
    ttft_ms: Ints
    status: Ints
    input_tokens: Ints
    cached_input_tokens: Ints
    cache_write_tokens: Ints
    output_tokens: Ints
    reasoning_tokens: Ints
    is_last: Flags
    is_by_fallback: Flags

    def __len__(self) -> int:
        return len(self.unit)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chain:
    """Calls in the order of their making, before tokens and times are known."""

    unit: Ints
    position: Ints
    role: Ints
    status: Ints


def draw_units(
    rng: np.random.Generator, traffic: Traffic, arrivals: int, customers: Ints, starts_us: Ints
) -> Units:
    """Sizes and planned calls for `arrivals` units whose customers and starts are given."""
    scale = traffic.mean_input_tokens * np.exp(-(traffic.input_sigma**2) / 2)
    sizes = scale * np.exp(rng.normal(0.0, traffic.input_sigma, arrivals))
    planned = 1 + np.searchsorted(np.cumsum(traffic.planned_calls), rng.random(arrivals), side="right")
    return Units(
        serial=np.arange(arrivals, dtype=np.int64),
        customer=customers,
        start_us=starts_us,
        input_tokens=sizes,
        planned=np.minimum(planned, len(traffic.planned_calls)).astype(np.int64),
    )


def make_easy(units: Units) -> Units:
    """The same units with a short input and one planned call."""
    return Units(
        serial=units.serial,
        customer=units.customer,
        start_us=units.start_us,
        input_tokens=units.input_tokens * EASY_INPUT_RATIO,
        planned=np.ones_like(units.planned),
    )


def draw_lane(
    rng: np.random.Generator, traffic: Traffic, lane: Lane, units: Units, offset_rate: float
) -> tuple[Calls, Verdicts]:
    """The calls of the units on this lane, and what became of the units.

    Fates are spread evenly over the units, from `offset_rate` in [0, 1) on, and then shuffled: drawn freely, the
    rates of a small lane would stray far from its design at 1 unit in 50.
    """
    behaviour, count = lane.behaviour, len(units.serial)
    draw = (rng.permutation(count) + offset_rate) / max(count, 1)
    is_repaired = draw < behaviour.repair_rate
    is_repair_good = draw < behaviour.repair_rate * behaviour.repair_success_rate
    is_clean = ~is_repaired & (draw < behaviour.repair_rate + behaviour.clean_rate)
    failed_repairs = behaviour.repair_rate * (1 - behaviour.repair_success_rate)
    handed_over = max(0.0, behaviour.escalation_rate - failed_repairs)
    upto = behaviour.repair_rate + behaviour.clean_rate + handed_over
    is_handed_over = ~is_repaired & ~is_clean & (draw < upto)
    chain = _chain(rng, behaviour, units, is_repaired)
    calls = _calls(rng, traffic, lane, units, chain)
    end_us = _unit_ends_us(calls, count)
    delay_us = rng.exponential(traffic.verdict_delay_hours * 3_600e6, count).astype(np.int64)
    return calls, Verdicts(
        is_good=is_clean | is_repair_good,
        is_escalated=is_handed_over | (is_repaired & ~is_repair_good),
        decided_us=end_us + delay_us,
        minutes=np.round((traffic.human_minutes or 0.0) * rng.gamma(4.0, 0.25, count), 1),
    )


def draw_grading(rng: np.random.Generator, lane: Lane, units: Units, calls: Calls) -> Calls:
    """A judge's call for a random share of the units, after the unit's last call."""
    last = np.flatnonzero(calls.is_last)
    last = last[rng.random(len(last)) < lane.behaviour.judged_rate]
    count = len(last)
    e2e_ms = (900 * np.exp(rng.normal(0.0, 0.3, count))).astype(np.int64)
    nothing = np.zeros(count, dtype=np.int64)
    sent = np.maximum(calls.input_tokens[last], (units.input_tokens[calls.unit[last]]).astype(np.int64))
    return Calls(
        unit=calls.unit[last],
        parent=last,
        role=np.full(count, GRADER),
        attempt_no=np.full(count, NOT_MEASURED),
        start_us=calls.start_us[last] + (calls.e2e_ms[last] + 1_500) * MICROSECONDS_PER_MS,
        e2e_ms=e2e_ms,
        ttft_ms=np.full(count, NOT_MEASURED),
        status=nothing,
        input_tokens=sent + 600,
        cached_input_tokens=nothing,
        cache_write_tokens=nothing,
        output_tokens=rng.integers(80, 240, count),
        reasoning_tokens=nothing,
        is_last=np.zeros(count, dtype=np.bool_),
        is_by_fallback=np.zeros(count, dtype=np.bool_),
    )


def call_pico_usd(calls: Calls, serving: Serving) -> Ints:
    """What each call costs when `serving` serves it; NOT_MEASURED where that cannot be known.

    A refused call sent no tokens and costs nothing, whoever refused it.
    """
    known = calls.input_tokens != NOT_MEASURED
    if serving.chargeback_usd_per_mtok is not None:
        # The charge-back is booked in whole 1e-8 USD, which a double carries exactly enough.
        tokens = calls.input_tokens + calls.output_tokens
        cost = np.rint(tokens * serving.chargeback_usd_per_mtok * 100).astype(np.int64) * 10_000
        return np.where(known, cost, NOT_MEASURED)
    if serving.price is None:
        return np.where(calls.status == RATE_LIMITED, 0, NOT_MEASURED)
    price = serving.price
    read = price.input_pico_usd if price.cache_read_pico_usd is None else price.cache_read_pico_usd
    write = price.input_pico_usd if price.cache_write_pico_usd is None else price.cache_write_pico_usd
    plain = calls.input_tokens - calls.cached_input_tokens - calls.cache_write_tokens
    cost = (
        plain * price.input_pico_usd
        + calls.cached_input_tokens * read
        + calls.cache_write_tokens * write
        + calls.output_tokens * price.output_pico_usd
    )
    if serving.is_failure_billing_known:
        cost = np.where(calls.status == ERROR, 0, cost)
    return np.where(known, cost, NOT_MEASURED)


def _chain(rng: np.random.Generator, behaviour: Behaviour, units: Units, is_repaired: Flags) -> _Chain:
    count = len(units.serial)
    unit = np.repeat(np.arange(count, dtype=np.int64), units.planned)
    position = np.arange(len(unit)) - np.repeat(np.cumsum(units.planned) - units.planned, units.planned)
    is_failed = rng.random(len(unit)) < behaviour.failure_rate
    kinds = rng.choice(np.array([ERROR, TIMEOUT, RATE_LIMITED]), len(unit), p=[0.4, 0.3, 0.3])
    planned = (unit, position * 2, np.where(position == 0, FIRST, STEP), np.where(is_failed, kinds, OK))

    again = np.flatnonzero(is_failed)
    is_final = (position[again] == units.planned[unit[again]] - 1) & ~is_repaired[unit[again]]
    is_stuck = is_final & (rng.random(len(again)) < behaviour.stuck_rate)
    is_elsewhere = ~is_stuck & (rng.random(len(again)) < behaviour.fallback_rate)
    retries = (
        unit[again],
        position[again] * 2 + 1,
        np.where(is_elsewhere, FALLBACK, RETRY),
        np.where(is_stuck, ERROR, OK),
    )

    repaired = np.flatnonzero(is_repaired)
    repaired = np.repeat(repaired, 1 + (rng.random(len(repaired)) < 0.15))
    repairs = (
        repaired,
        1_000 + np.arange(len(repaired)),
        np.full(len(repaired), REPAIR),
        np.full(len(repaired), OK),
    )
    unit, position, role, status = (
        np.concatenate([planned[i], retries[i], repairs[i]]).astype(np.int64) for i in range(4)
    )
    order = np.lexsort((position, unit))
    return _Chain(unit=unit[order], position=position[order], role=role[order], status=status[order])


def _calls(rng: np.random.Generator, traffic: Traffic, lane: Lane, units: Units, chain: _Chain) -> Calls:
    behaviour, count = lane.behaviour, len(chain.unit)
    is_opening = np.ones(count, dtype=np.bool_)
    is_opening[1:] = chain.unit[1:] != chain.unit[:-1]
    is_last = np.roll(is_opening, -1)

    step = np.where(chain.role == REPAIR, units.planned[chain.unit] - 1, chain.position // 2)
    growth = (1 + STEP_GROWTH_RATIO * step) * np.where(chain.role == REPAIR, REPAIR_INPUT_RATIO, 1.0)
    input_tokens = np.maximum(20, units.input_tokens[chain.unit] * growth).astype(np.int64)
    output_mean = traffic.mean_output_tokens * behaviour.output_ratio
    output_tokens = np.maximum(4, output_mean * np.exp(rng.normal(-0.08, 0.4, count))).astype(np.int64)
    e2e_ms = (350 + output_tokens * 8 * np.exp(rng.normal(-0.02, 0.2, count))).astype(np.int64)
    ttft_ms = (450 * np.exp(rng.normal(-0.05, 0.3, count))).astype(np.int64)
    e2e_ms, ttft_ms = _within_slo(rng, traffic, behaviour, e2e_ms, ttft_ms)

    prefix = (input_tokens * behaviour.prefix_rate).astype(np.int64)
    is_hit = rng.random(count) < behaviour.cache_hit_rate
    is_ok = chain.status == OK
    is_served = is_ok & (chain.role != FALLBACK)
    cached = np.where(is_served & is_hit, prefix, 0)
    written = np.where(is_served & ~is_hit, prefix, 0) if behaviour.writes_cache else np.zeros_like(prefix)
    output_tokens = np.where(is_ok, output_tokens, 0)
    input_tokens = np.where(chain.status == RATE_LIMITED, 0, input_tokens)
    e2e_ms = np.where(chain.status == RATE_LIMITED, 40, np.where(chain.status == TIMEOUT, DEADLINE_MS, e2e_ms))
    lost = is_ok & (rng.random(count) < behaviour.missing_usage_rate)

    gap_ms = np.where(chain.role == STEP, traffic.think_ms * (0.5 + rng.random(count)), 600.0)
    starts = _starts_us(units, chain.unit, is_opening, e2e_ms, gap_ms)
    role = chain.role
    if lane.copies is not None and lane.copies.role == "shadow":
        role = np.full(count, SHADOW)
    return Calls(
        unit=chain.unit,
        parent=np.where(is_opening, NOT_MEASURED, np.arange(count) - 1),
        role=role,
        attempt_no=_attempt_numbers(chain, is_opening),
        start_us=starts,
        e2e_ms=e2e_ms,
        ttft_ms=np.where(is_ok & traffic.is_streaming, ttft_ms, NOT_MEASURED),
        status=chain.status,
        input_tokens=np.where(lost, NOT_MEASURED, input_tokens),
        cached_input_tokens=np.where(lost, 0, cached),
        cache_write_tokens=np.where(lost, 0, written),
        output_tokens=np.where(lost, NOT_MEASURED, output_tokens),
        reasoning_tokens=np.where(lost, 0, (output_tokens * behaviour.reasoning_rate).astype(np.int64)),
        is_last=is_last,
        is_by_fallback=chain.role == FALLBACK,
    )


def _within_slo(
    rng: np.random.Generator, traffic: Traffic, behaviour: Behaviour, e2e_ms: Ints, ttft_ms: Ints
) -> tuple[Ints, Ints]:
    """Latencies inside the workload's objectives, but for a share of `slow_rate`."""
    is_slow = rng.random(len(e2e_ms)) < behaviour.slow_rate
    if traffic.e2e_slo_ms is not None:
        inside = np.minimum(e2e_ms, int(traffic.e2e_slo_ms * 0.9))
        e2e_ms = np.where(is_slow, int(traffic.e2e_slo_ms * 1.2), inside)
    if traffic.ttft_slo_ms is not None:
        ttft_ms = np.minimum(ttft_ms, int(traffic.ttft_slo_ms * 0.8))
    return e2e_ms, np.minimum(ttft_ms, e2e_ms)


def _starts_us(units: Units, unit: Ints, is_opening: Flags, e2e_ms: Ints, gap_ms: Floats) -> Ints:
    """Each call starts after the previous one of its unit has ended and a gap has passed."""
    wait = np.zeros(len(unit), dtype=np.int64)
    wait[1:] = (e2e_ms[:-1] + gap_ms[1:].astype(np.int64)) * MICROSECONDS_PER_MS
    elapsed = np.cumsum(wait)
    opening = elapsed[is_opening][np.cumsum(is_opening) - 1]
    starts: Ints = units.start_us[unit] + elapsed - opening
    return starts


def _attempt_numbers(chain: _Chain, is_opening: Flags) -> Ints:
    """1 for the first attempt of a unit, counting up over first, retry, repair and fallback; steps have none."""
    is_attempt = chain.role != STEP
    seen = np.cumsum(is_attempt)
    before = (seen - is_attempt)[is_opening][np.cumsum(is_opening) - 1]
    return np.where(is_attempt, seen - before, NOT_MEASURED)


def _unit_ends_us(calls: Calls, count: int) -> Ints:
    ends = np.zeros(count, dtype=np.int64)
    last = calls.is_last
    ends[calls.unit[last]] = calls.start_us[last] + calls.e2e_ms[last] * MICROSECONDS_PER_MS
    return ends
