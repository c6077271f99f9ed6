"""Calls and outcomes of one lane and day as Arrow tables with the columns of the interchange format."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from routefit.simulate.spec import Lane, Serving, Traffic
from routefit.simulate.traffic import (
    ERROR,
    GRADER,
    NOT_MEASURED,
    OK,
    RATE_LIMITED,
    ROLES,
    STATUSES,
    TIMEOUT,
    Calls,
    Flags,
    Ints,
    Units,
    Verdicts,
)

SERIAL_DIGITS = 7
FAILURE_CLASSES = {ERROR: "server_error", TIMEOUT: "deadline_exceeded", RATE_LIMITED: "rate_limit"}
INSTANT = pa.timestamp("us", tz="UTC")


def calls_table(
    traffic: Traffic, lane: Lane, on: date, units: Units, calls: Calls, cost_pico_usd: Ints, serials_from: int
) -> Any:
    """The calls in the format's column names; a column that the log lacks altogether is left out."""
    count = len(calls)
    serials = serials_from + np.arange(count, dtype=np.int64)
    has_parent = calls.parent != NOT_MEASURED
    servings, serving = _servings(traffic, lane, calls)
    is_charged_back = np.isin(
        serving, [i for i, one in enumerate(servings) if one.chargeback_usd_per_mtok is not None]
    )
    columns: dict[str, Any] = {"call_id": _ids(f"{traffic.key}-c", on, serials)}
    if traffic.workload is not None:
        columns["unit_id"] = _ids(traffic.key, on, units.serial[calls.unit])
        columns["workload"] = _constant(traffic.workload, count)
        columns["route"] = _constant(lane.route, count)
    columns |= {
        "provider": _chosen([one.provider for one in servings], serving),
        "model": _chosen([one.model for one in servings], serving),
        "region": _chosen([one.region for one in servings], serving),
        "started_at": pa.array(calls.start_us).cast(INSTANT),
        "role": _chosen(ROLES, calls.role),
        "attempt_no": _measured(calls.attempt_no),
        "parent_id": _ids(f"{traffic.key}-c", on, serials_from + calls.parent, ~has_parent),
        "input_tokens": _measured(calls.input_tokens),
        "cached_input_tokens": _measured(calls.cached_input_tokens, calls.input_tokens),
        "cache_write_tokens": _measured(calls.cache_write_tokens, calls.input_tokens),
        "output_tokens": _measured(calls.output_tokens),
        "reasoning_tokens": _measured(calls.reasoning_tokens, calls.input_tokens),
        "ttft_ms": _measured(calls.ttft_ms),
        "e2e_ms": pa.array(calls.e2e_ms),
        "status": _chosen(STATUSES, calls.status),
        "failure_class": _chosen([FAILURE_CLASSES.get(i) for i in range(len(STATUSES))], calls.status),
        "cost_usd": pa.array(cost_pico_usd / 1e12, mask=~is_charged_back),
        "customer": _numbered(f"{traffic.key}-customer-", units.customer[calls.unit], 5),
        "stream": pa.array((calls.role != GRADER) & traffic.is_streaming),
    }
    return pa.table(columns)


def outcomes_table(
    traffic: Traffic, lane: Lane, on: date, units: Units, calls: Calls, verdicts: Verdicts, is_told: Flags
) -> Any:
    """The verdicts that are known, one row per unit."""
    is_answered = np.ones(len(units.serial), dtype=np.bool_)
    is_answered[calls.unit[calls.is_last & (calls.status != OK)]] = False
    is_finished = verdicts.is_escalated & traffic.is_verdict_of_people
    is_accepted = ((verdicts.is_good & is_answered) | is_finished)[is_told]
    is_escalated = verdicts.is_escalated[is_told]
    count = int(is_told.sum())
    columns: dict[str, Any] = {
        "unit_id": _ids(traffic.key, on, units.serial[is_told]),
        "workload": _constant(traffic.workload, count),
        "route": _constant(lane.name, count),
        "accepted": pa.array(is_accepted),
        "escalated": pa.array(is_escalated),
        "decided_at": pa.array(verdicts.decided_us[is_told]).cast(INSTANT),
        "evaluated_by": _constant(traffic.evaluated_by, count),
        "suite_version": _constant(traffic.suite, count),
    }
    if traffic.human_minutes is not None:
        columns["human_minutes"] = pa.array(verdicts.minutes[is_told], mask=~is_escalated)
    return pa.table(columns)


def orphans_table(traffic: Traffic, lane: Lane, on: date, decided_us: int) -> Any:
    """Verdicts on units of which no log holds a call."""
    count = traffic.orphan_outcomes_per_day
    return pa.table(
        {
            "unit_id": _ids(f"{traffic.key}-phone", on, np.arange(count, dtype=np.int64)),
            "workload": _constant(traffic.workload, count),
            "route": _constant(lane.name, count),
            "accepted": pa.array(np.ones(count, dtype=np.bool_)),
            "escalated": pa.array(np.zeros(count, dtype=np.bool_)),
            "decided_at": pa.array(np.full(count, decided_us)).cast(INSTANT),
            "evaluated_by": _constant(traffic.evaluated_by, count),
            "suite_version": _constant(traffic.suite, count),
        }
    )


def _servings(traffic: Traffic, lane: Lane, calls: Calls) -> tuple[list[Serving], Ints]:
    """Everyone who may serve this lane, and who served each call."""
    servings = [lane.serving, lane.fallback or lane.serving, traffic.grader or lane.serving]
    return servings, np.where(calls.role == GRADER, 2, np.where(calls.is_by_fallback, 1, 0))


def _ids(prefix: str, on: date, serials: Ints, is_missing: Flags | None = None) -> Any:
    return _numbered(f"{prefix}-{on:%Y%m%d}-", serials, SERIAL_DIGITS, is_missing)


def _numbered(prefix: str, serials: Ints, digits: int, is_missing: Flags | None = None) -> Any:
    numbers = pc.utf8_lpad(pa.array(serials, mask=is_missing).cast(pa.string()), digits, "0")
    return pc.binary_join_element_wise(prefix, numbers, "")


def _measured(values: Ints, known_where: Ints | None = None) -> Any:
    return pa.array(values, mask=(values if known_where is None else known_where) == NOT_MEASURED)


def _chosen(names: Sequence[str | None], index: npt.NDArray[Any]) -> Any:
    return pa.array(names, type=pa.string()).take(pa.array(index))


def _constant(value: str | None, count: int) -> Any:
    return pa.array([value], type=pa.string()).take(pa.array(np.zeros(count, dtype=np.int64)))
