"""Write the synthetic fleet to disk: a project folder, and the raw files that its user would import.

The volumes of `demonstration.FLEET` are real monthly ones; the files hold the share `unit_rate` of the units.
A day is drawn and written at a time, so memory does not grow with the number of days.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, fields
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from routefit.simulate.demonstration import FLEET
from routefit.simulate.project_files import write_project
from routefit.simulate.sinks import JsonLines, ParquetFile, joined
from routefit.simulate.spec import Copies, Lane, Traffic
from routefit.simulate.tables import calls_table, orphans_table, outcomes_table
from routefit.simulate.traffic import Calls, Floats, Ints, Units, draw_grading, draw_lane, draw_units, make_easy
from routefit.simulate.truth import FleetTruth, RouteTruth, call_costs_pico_usd, has_outcome, lane_truth
from routefit.units import day_start_at

DAYS_PER_MONTH = 30.4
HOUR_WEIGHTS = (
    2,
    1.5,
    1.2,
    1,
    1,
    1.4,
    2.2,
    3.5,
    5,
    6.4,
    7,
    7.2,
    6.9,
    6.8,
    7,
    6.9,
    6.4,
    5.6,
    4.8,
    4.2,
    3.8,
    3.4,
    3,
    1.6,
)
"""Relative traffic in each UTC hour."""
WEEKDAY_WEIGHTS = (1.12, 1.15, 1.14, 1.12, 1.08, 0.72, 0.67)
"""Relative traffic from Monday to Sunday, 1 on average."""
GOLDEN_RATIO = 0.6180339887498949
"""Its multiples modulo 1 fill the unit interval evenly."""
LAST_START_US = (23 * 60 + 40) * 60_000_000
"""No unit starts later in its day, so that a unit's calls stay within it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetFiles:
    """Where the fleet was written, and what its generator knows about it."""

    project_dir: Path
    call_files: tuple[Path, ...]
    outcome_files: tuple[Path, ...]
    truth: FleetTruth


@dataclass(frozen=True, slots=True)
class Drawn:
    """One lane's units, calls (gradings last), table of verdicts and totals of one day."""

    lane: Lane
    units: Units
    calls: Calls
    outcomes: Any
    truth: RouteTruth


@dataclass(frozen=True, slots=True)
class _Written:
    calls_path: Path
    outcomes_path: Path | None
    cells: dict[tuple[str | None, str], RouteTruth]
    outcomes: int
    orphans: int


@dataclass(frozen=True, slots=True)
class _Population:
    cumulative_weights: Floats
    homes: Ints


def write_fleet(
    directory: Path, *, seed: int = 7, days: int = 28, end_on: date, unit_rate: float = 0.02
) -> FleetFiles:
    """Write the fleet of the `days` full UTC days before `end_on` into `directory`, which is created.

    The project folder is `directory/project`, the raw files are in `directory/raw`. The same arguments give
    the same bytes. `unit_rate` is the share of the units that the files hold.
    """
    project_dir, raw_dir = directory / "project", directory / "raw"
    raw_dir.mkdir(parents=True, exist_ok=True)
    write_project(project_dir, end_on=end_on, unit_rate=unit_rate)
    start_on = end_on - timedelta(days=days)
    written = [
        _write_traffic(raw_dir, traffic, (seed, number), start_on, end_on, unit_rate)
        for number, traffic in enumerate(FLEET)
    ]
    return FleetFiles(
        project_dir=project_dir,
        call_files=tuple(one.calls_path for one in written),
        outcome_files=tuple(one.outcomes_path for one in written if one.outcomes_path is not None),
        truth=FleetTruth(
            start_at=day_start_at(start_on),
            end_at=day_start_at(end_on),
            unit_rate=unit_rate,
            cells={key: cell for one in written for key, cell in one.cells.items()},
            outcomes=sum(one.outcomes for one in written),
            outcomes_without_call=sum(one.orphans for one in written),
        ),
    )


def _write_traffic(
    raw_dir: Path, traffic: Traffic, seeds: tuple[int, int], start_on: date, end_on: date, unit_rate: float
) -> _Written:
    """One workload's files, day by day."""
    ending = "parquet" if traffic.storage == "parquet" else "jsonl.gz"
    calls_path = raw_dir / f"calls-{traffic.workload or 'unattributed'}.{ending}"
    outcomes_path = raw_dir / f"outcomes-{traffic.workload}.{ending}" if traffic.has_verdicts else None
    cells: defaultdict[tuple[str | None, str], RouteTruth] = defaultdict(RouteTruth)
    outcomes = orphans = 0
    with ExitStack() as stack:
        calls_sink = opened(stack, calls_path)
        outcomes_sink = None if outcomes_path is None else opened(stack, outcomes_path)
        for on, drawn in drawn_days(traffic, seeds, start_on, end_on, unit_rate):
            calls_sink.write(day_calls(traffic, on, drawn))
            for one in drawn:
                cells[traffic.workload, one.lane.name] += one.truth
            if outcomes_sink is not None:
                table = day_outcomes(traffic, on, drawn)
                outcomes += table.num_rows
                orphans += traffic.orphan_outcomes_per_day
                outcomes_sink.write(table)
    return _Written(calls_path, outcomes_path, dict(cells), outcomes, orphans)


def drawn_days(
    traffic: Traffic, seeds: tuple[int, int], start_on: date, end_on: date, unit_rate: float
) -> Iterator[tuple[date, list[Drawn]]]:
    """One workload's traffic, a UTC day at a time."""
    base = _population(np.random.default_rng(seeds), traffic)
    for day in range((end_on - start_on).days):
        on = start_on + timedelta(days=day)
        rng = np.random.default_rng((*seeds, day))
        units, lane_of = _arrivals(rng, traffic, base, on, unit_rate)
        yield on, _draw_day(rng, traffic, units, lane_of, on, day, end_on)


def opened(stack: ExitStack, path: Path) -> JsonLines | ParquetFile:
    """The writer for a path's ending, closed with the stack."""
    if path.suffix == ".parquet":
        return stack.enter_context(ParquetFile(path))
    return stack.enter_context(JsonLines(path))


def _population(rng: np.random.Generator, traffic: Traffic) -> _Population:
    """Customers of unequal size, each at home on one lane."""
    weights = np.cumsum(np.exp(rng.normal(0.0, 0.8, traffic.customers)))
    return _Population(weights / weights[-1], _random_lanes(traffic, rng.random(traffic.customers)))


def _arrivals(
    rng: np.random.Generator, traffic: Traffic, base: _Population, on: date, unit_rate: float
) -> tuple[Units, Ints]:
    """A day's units and the lane of each."""
    mean = traffic.units_per_month / DAYS_PER_MONTH * WEEKDAY_WEIGHTS[on.weekday()] * unit_rate
    count = int(rng.poisson(mean))
    customers = np.searchsorted(base.cumulative_weights, rng.random(count)).astype(np.int64)
    units = draw_units(rng, traffic, count, customers, _start_us(on) + _times_of_day_us(rng, count))
    is_sticky = traffic.sticky == "customer"
    lane_of = base.homes[customers] if is_sticky else _random_lanes(traffic, rng.random(count))
    for number, lane in enumerate(traffic.lanes):
        if lane.takes_easy_only:
            lane_of = np.where(rng.random(count) < lane.share_rate, number, lane_of)
    return units, lane_of


def _draw_day(
    rng: np.random.Generator, traffic: Traffic, units: Units, lane_of: Ints, on: date, day: int, end_on: date
) -> list[Drawn]:
    """Every lane's calls, outcomes and totals of one day; a lane of copies follows the lane that it copies."""
    drawn: list[Drawn] = []
    end_us = _start_us(end_on)
    for number, lane in enumerate(traffic.lanes):
        chosen = units.take(lane_of == number)
        if lane.takes_easy_only:
            chosen = make_easy(chosen)
        if lane.copies is not None:
            source = next(one.units for one in drawn if one.lane.name == lane.copies.of)
            rate = lane.copies.rate if _is_copied(lane.copies, day) else 0.0
            chosen = source.take(rng.random(len(source.serial)) < rate)
        calls, verdicts = draw_lane(rng, traffic, lane, chosen, (day + number) * GOLDEN_RATIO % 1.0)
        if traffic.grader is not None:
            calls = _with(calls, draw_grading(rng, lane, chosen, calls))
        told = has_outcome(traffic, verdicts, end_us)
        outcomes = outcomes_table(traffic, lane, on, chosen, calls, verdicts, told)
        truth = lane_truth(traffic, lane, chosen, calls, verdicts, end_us)
        drawn.append(Drawn(lane, chosen, calls, outcomes, truth))
    return drawn


def _is_copied(copies: Copies, day: int) -> bool:
    return day >= copies.skipped_days and (copies.days is None or day < copies.skipped_days + copies.days)


def day_calls(traffic: Traffic, on: date, drawn: Sequence[Drawn]) -> Any:
    """One table of a day's calls, numbered through over its lanes."""
    tables, serial = [], 0
    for one in drawn:
        cost = call_costs_pico_usd(traffic, one.lane, one.calls)
        tables.append(calls_table(traffic, one.lane, on, one.units, one.calls, cost, serial))
        serial += len(one.calls)
    return joined(tables)


def day_outcomes(traffic: Traffic, on: date, drawn: Sequence[Drawn]) -> Any:
    """One table of the verdicts on a day's units, with those whose unit has no call."""
    tables = [one.outcomes for one in drawn]
    if traffic.orphan_outcomes_per_day:
        tables.append(orphans_table(traffic, traffic.lanes[0], on, _start_us(on) + LAST_START_US // 2))
    return joined(tables)


def _with(calls: Calls, more: Calls) -> Calls:
    return Calls(
        **{f.name: np.concatenate([getattr(calls, f.name), getattr(more, f.name)]) for f in fields(calls)}
    )


def _random_lanes(traffic: Traffic, draws: Floats) -> Ints:
    """The lane that each draw falls into, among the lanes that get a random share of the traffic."""
    shares = [0.0 if lane.takes_easy_only else lane.share_rate for lane in traffic.lanes]
    edges = np.cumsum(shares) / sum(shares)
    return np.searchsorted(edges, draws, side="right").astype(np.int64)


def _times_of_day_us(rng: np.random.Generator, count: int) -> Ints:
    """Sorted instants within a day, following the hours' weights."""
    edges = np.concatenate([[0.0], np.cumsum(HOUR_WEIGHTS)]) / sum(HOUR_WEIGHTS)
    hours = np.interp(np.sort(rng.random(count)), edges, np.arange(25))
    return np.asarray(np.minimum(hours / 24, 1.0) * LAST_START_US, dtype=np.int64)


def _start_us(on: date) -> int:
    return round(day_start_at(on).timestamp()) * 1_000_000
