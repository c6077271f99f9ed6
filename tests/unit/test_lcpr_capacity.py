"""What is billed on a day of a route that is paid by capacity, and what its calls are priced at."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from routefit.declared.model import Capacity
from routefit.evidence import Label
from routefit.lcpr.capacity import (
    DayRate,
    MinuteUse,
    NoRate,
    ReplicaRow,
    Weighing,
    busy_runs,
    busy_us,
    call_pico_usd,
    call_weight,
    day_rate,
    shared_out,
    supply_on,
)
from routefit.units import PICO_USD_PER_USD

ON = date(2026, 5, 2)
USD = PICO_USD_PER_USD
HOUR_US = 3_600_000_000


def capacity(**given: Any) -> Capacity:
    facts = {"gpu_usd_per_hour": {"value": "3", "label": "CONTRACTED"}, "gpus_per_replica": 2} | given
    return Capacity.model_validate(facts)


def row(start: str, end: str, replicas: str = "1") -> ReplicaRow:
    return ReplicaRow(
        datetime.fromisoformat(start).replace(tzinfo=UTC),
        datetime.fromisoformat(end).replace(tzinfo=UTC),
        Decimal(replicas),
    )


def use(minute: int, last_minute: int | None = None, **given: int) -> MinuteUse:
    facts = {"calls": 1, "timed_calls": 1, "busy_us": 1_000_000, "token_calls": 0} | given
    tokens = {"input_tokens": 0, "output_tokens": 0}
    return MinuteUse(minute=minute, last_minute=minute if last_minute is None else last_minute, **tokens | facts)


@pytest.mark.parametrize(
    ("rows", "given", "hours"),
    [
        pytest.param([row("2026-05-02", "2026-05-03")], {}, 24, id="a whole day"),
        pytest.param([row("2026-05-02", "2026-05-03", "0.5")], {}, 12, id="half a replica"),
        pytest.param([row("2026-05-01T23:00", "2026-05-02T01:00")], {}, 1, id="the part after midnight"),
        pytest.param([row("2026-05-02T23:00", "2026-05-04T01:00")], {}, 1, id="the part before midnight"),
        pytest.param([row("2026-05-01", "2026-05-09", "3")], {}, 72, id="a day within a long row"),
        pytest.param(
            [row("2026-05-02T08:00", "2026-05-02T11:30")], {"billing_window_minutes": 60}, 4, id="rounded up"
        ),
        pytest.param(
            [row("2026-05-02T08:00", "2026-05-02T11:00")], {"billing_window_minutes": 60}, 3, id="nothing to round"
        ),
        pytest.param(
            [row("2026-05-02T08:00", "2026-05-02T08:10", "2")],
            {"billing_window_minutes": 60},
            2,
            id="every replica is rounded up",
        ),
        pytest.param(
            [row("2026-05-02T22:00", "2026-05-03T00:30")],
            {"billing_window_minutes": 60},
            2,
            id="the rounding is booked on the last day, not here",
        ),
        pytest.param(
            [row("2026-05-01T23:30", "2026-05-02T01:00")],
            {"billing_window_minutes": 60},
            1.5,
            id="the rounding of the day before is booked here",
        ),
        pytest.param(
            [row("2026-05-01T00:10", "2026-05-02T00:00")],
            {"billing_window_minutes": 60, "min_replicas": 0},
            0,
            id="a row that ends at midnight is not of the next day",
        ),
        pytest.param([], {"min_replicas": 2}, 48, id="the least replicas, all day"),
        pytest.param(
            [row("2026-05-02T08:00", "2026-05-02T09:00")], {"min_replicas": 2}, 1, id="rows win over the least"
        ),
    ],
)
def test_replica_hours_of_a_day(rows: list[ReplicaRow], given: dict[str, Any], hours: float) -> None:
    supply = supply_on(ON, rows, capacity(**given), is_in_use=True)
    assert supply is not None
    assert supply.billed_replica_us == Fraction(str(hours)) * HOUR_US


def test_nobody_says_which_replicas_ran() -> None:
    assert supply_on(ON, [], capacity(), is_in_use=True) is None
    assert supply_on(ON, [], capacity(min_replicas=1), is_in_use=False) is None


def rate_of(given: dict[str, Any], *uses: MinuteUse, rows: tuple[ReplicaRow, ...] | None = None) -> DayRate:
    rows = (row("2026-05-02", "2026-05-03"),) if rows is None else rows
    return day_rate(supply_on(ON, rows, capacity(**given), is_in_use=True), capacity(**given), uses)


@pytest.mark.parametrize(
    ("uses", "minutes"),
    [
        pytest.param([use(0)], 1, id="one minute"),
        pytest.param([use(3), use(3, 4), use(3)], 2, id="a minute counts once, however many calls"),
        pytest.param([use(0, 9), use(5, 6), use(20)], 11, id="within a longer call"),
        pytest.param([use(1), use(2), use(4)], 3, id="neighbours"),
        pytest.param([use(1439)], 1, id="the last minute"),
        pytest.param([], 0, id="no call"),
    ],
)
def test_busy_minutes(uses: list[MinuteUse], minutes: int) -> None:
    assert sum(last - first + 1 for first, last in busy_runs(uses)) == minutes
    rate = rate_of({}, *uses)
    assert rate.busy_pico_usd == minutes * 6 * USD // 60
    assert rate.billed_pico_usd == 24 * 6 * USD


def test_only_the_part_of_a_minute_that_was_billed_is_busy() -> None:
    rows = (row("2026-05-02T08:00:30", "2026-05-02T08:02:00"),)
    rate = rate_of({}, use(8 * 60), rows=rows)
    assert rate.busy_pico_usd == 6 * USD // 120


def test_the_rounding_is_never_busy() -> None:
    rows = (row("2026-05-02T08:00", "2026-05-02T08:01"),)
    rate = rate_of({"billing_window_minutes": 60}, use(8 * 60, 9 * 60), rows=rows)
    assert (rate.billed_pico_usd, rate.busy_pico_usd) == (6 * USD, 6 * USD // 60)


@pytest.mark.parametrize(
    ("given", "rows", "reason"),
    [
        pytest.param({"gpu_usd_per_hour": None}, None, NoRate.NO_GPU_PRICE, id="no GPU price"),
        pytest.param({"gpus_per_replica": None}, None, NoRate.NO_GPUS, id="no GPUs"),
        pytest.param({}, (), NoRate.NO_REPLICAS, id="no rows, no least"),
        pytest.param({"min_replicas": 0}, (), NoRate.NONE_RUNNING, id="scaled to zero, yet calls"),
        pytest.param(
            {}, (row("2026-05-02T20:00", "2026-05-02T21:00"),), NoRate.NONE_RUNNING, id="replicas at another time"
        ),
        pytest.param({}, (row("2026-05-02", "2026-05-03", "9e99"),), NoRate.TOO_DEAR, id="a slip of the pen"),
    ],
)
def test_unknown_is_never_free(given: dict[str, Any], rows: tuple[ReplicaRow, ...] | None, reason: NoRate) -> None:
    rate = rate_of(given, use(60), rows=rows)
    assert (rate.busy_pico_usd, rate.reason, rate.has_rate) == (None, reason.value, False)
    assert call_pico_usd(rate, 1) is None


def test_a_gpu_that_is_declared_free_costs_nothing() -> None:
    rate = rate_of({"gpu_usd_per_hour": 0}, use(60))
    assert (rate.billed_pico_usd, rate.busy_pico_usd, rate.reason) == (0, 0, None)


@pytest.mark.parametrize(
    ("given", "rows", "label"),
    [
        pytest.param({}, None, Label.CONTRACTED, id="rows: the GPU price is the weaker"),
        pytest.param({"gpu_usd_per_hour": 3}, None, Label.ASSUMED, id="a bare price is assumed"),
        pytest.param({"min_replicas": 1}, (), Label.ESTIMATED, id="the least replicas are an estimate"),
        pytest.param(
            {"gpu_usd_per_hour": {"value": 3, "label": "MEASURED"}}, None, Label.MEASURED, id="all measured"
        ),
    ],
)
def test_label(given: dict[str, Any], rows: tuple[ReplicaRow, ...] | None, label: Label) -> None:
    assert rate_of(given, use(60), rows=rows).label is label


NO_TIME = {"timed_calls": 0, "busy_us": 0}


@pytest.mark.parametrize(
    ("given", "uses", "expected"),
    [
        pytest.param({}, [use(0, busy_us=10), use(1, busy_us=30)], (Weighing.BUSY_TIME, 40, 20), id="time"),
        pytest.param(
            {}, [use(0, calls=3, busy_us=10)], (Weighing.BUSY_TIME, 30, 10), id="the mean for those without time"
        ),
        pytest.param(
            {"output_to_input_ratio": 3},
            [use(0, **NO_TIME, token_calls=1, input_tokens=100, output_tokens=10)],
            (Weighing.TOKENS, 130_000, 130_000),
            id="tokens at the declared ratio",
        ),
        pytest.param(
            {},
            [use(0, calls=2, **NO_TIME, token_calls=1, input_tokens=100)],
            (Weighing.CALLS, 2, 1),
            id="no ratio: calls",
        ),
        pytest.param(
            {"output_to_input_ratio": 3},
            [use(0, calls=2, **NO_TIME)],
            (Weighing.CALLS, 2, 1),
            id="no tokens: calls",
        ),
        pytest.param(
            {}, [use(0, calls=2, timed_calls=2, busy_us=0)], (Weighing.CALLS, 2, 1), id="all took no time at all"
        ),
    ],
)
def test_what_is_weighed(
    given: dict[str, Any], uses: list[MinuteUse], expected: tuple[Weighing, int, int]
) -> None:
    rate = rate_of(given, *uses)
    assert (rate.weigh_by, rate.total_weight, rate.mean_weight) == expected


def test_weight_of_one_call() -> None:
    by_tokens = rate_of({"output_to_input_ratio": 3}, use(0, **NO_TIME, token_calls=1, input_tokens=100))
    assert call_weight(by_tokens, busy_us=None, input_tokens=2, output_tokens=None) == 2_000
    assert call_weight(by_tokens, busy_us=None, input_tokens=None, output_tokens=1) == 3_000
    assert call_weight(by_tokens, busy_us=None, input_tokens=None, output_tokens=None) == 100_000
    by_time = rate_of({}, use(0, busy_us=500))
    assert call_weight(by_time, busy_us=None, input_tokens=9, output_tokens=9) == 500
    assert call_weight(by_time, busy_us=7, input_tokens=9, output_tokens=9) == 7


@pytest.mark.parametrize(
    ("at", "e2e_ms", "expected"),
    [
        pytest.param("2026-05-02T08:00:00+00:00", 1.5, 1500, id="milliseconds"),
        pytest.param("2026-05-02T08:00:00+00:00", None, None, id="not measured"),
        pytest.param("2026-05-02T23:59:59+00:00", 5000.0, 1_000_000, id="capped at the end of the day"),
        pytest.param("2026-05-03T01:59:59+02:00", 5000.0, 1_000_000, id="the day is the UTC day"),
        pytest.param("2026-05-02T00:00:00+00:00", 1e300, 86_400_000_000, id="absurdly long"),
    ],
)
def test_time_in_flight(at: str, e2e_ms: float | None, expected: int | None) -> None:
    assert busy_us(datetime.fromisoformat(at), e2e_ms) == expected


def test_only_the_sampled_share_is_theirs() -> None:
    supply = supply_on(ON, [row("2026-05-02", "2026-05-03")], capacity(), is_in_use=True)
    rate = day_rate(supply, capacity(), [use(0)], sampled_unit_rate=0.02)
    assert (rate.billed_pico_usd, rate.label) == (24 * 6 * USD // 50, Label.ESTIMATED)


def test_largest_remainders_get_the_rest() -> None:
    assert shared_out(10, [1, 1, 1]) == [4, 3, 3]
    assert shared_out(10, [0, 0]) == [0, 0]
