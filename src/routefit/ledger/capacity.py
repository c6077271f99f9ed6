"""Days of routes that are paid by capacity: what was billed, how calls are priced, who caused the cost.

A rate depends only on the calls of its route and day, the replicas billed on that day and the declared facts. So
it is computed once, in one scan of the day's calls, and kept until one of these changes.
"""

from __future__ import annotations

import json
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from routefit.declared.model import Capacity
from routefit.lcpr.capacity import DayRate, MinuteUse, ReplicaRow, Supply, day_rate, supply_on
from routefit.ledger.derived import DerivedFolder, signature
from routefit.ledger.engine import statement
from routefit.ledger.pricing import CallKey, KeyedPricing

if TYPE_CHECKING:
    from routefit.ledger.building import DayOfCalls

FILE_NAME = "capacity_days.json"

_DAYS_KEPT = 5000
"""Known days beyond those of the ledger as it is now are forgotten when there are more than this."""

_PRICED_BY = {"gpu_usd_per_hour", "gpus_per_replica", "output_to_input_ratio"}
"""The declared facts that a rate depends on, beside those that the supply follows from."""


class CapacityShare(BaseModel):
    """What the calls of one workload on one assigned route ('' for grading of no known route) cost by capacity."""

    model_config = ConfigDict(frozen=True)

    workload: str
    route: str
    is_grading: bool
    calls: int
    pico_usd: int


class CapacityDay(BaseModel):
    """One route that is paid by capacity on one UTC day: its rate, and whose calls it priced."""

    model_config = ConfigDict(frozen=True)

    route: str
    on: date
    rate: DayRate
    calls: int
    shares: tuple[CapacityShare, ...]

    @property
    def busy_pico_usd(self) -> int:
        """The cost of all its calls."""
        return sum(share.pico_usd for share in self.shares)

    @property
    def idle_pico_usd(self) -> int | None:
        """What was billed beyond the cost of the calls; None where that is not known."""
        billed = self.rate.billed_pico_usd
        return None if billed is None else billed - self.busy_pico_usd


_KNOWN_DAYS: TypeAdapter[dict[str, tuple[CapacityDay, ...]]] = TypeAdapter(dict[str, tuple[CapacityDay, ...]])


def replica_rows(paths: Iterable[Path]) -> dict[str, tuple[ReplicaRow, ...]]:
    """The imported capacity rows by route, in order of time."""
    found: dict[str, list[ReplicaRow]] = defaultdict(list)
    for path in paths:
        for row in pq.read_table(path, columns=["route", "start_at", "end_at", "replicas"]).to_pylist():
            start_at, end_at = (row[name].replace(tzinfo=UTC) for name in ("start_at", "end_at"))
            found[row["route"]].append(ReplicaRow(start_at, end_at, Decimal(repr(row["replicas"]))))
    return {route: tuple(sorted(rows, key=lambda row: row.start_at)) for route, rows in sorted(found.items())}


@dataclass(frozen=True)
class Supplies:
    """What is known of the replicas of every route: declared facts and imported rows, by route.

    `sampled_unit_rate` is the share of the units that the ledger holds.
    """

    capacities: Mapping[str, Capacity] = field(default_factory=dict)
    rows: Mapping[str, Sequence[ReplicaRow]] = field(default_factory=dict)
    sampled_unit_rate: float = 1.0

    @property
    def routes(self) -> tuple[str, ...]:
        """Routes that are paid by capacity, in order."""
        declared = (name for name, capacity in self.capacities.items() if capacity.is_declared)
        return tuple(sorted({*declared, *self.rows}))

    def capacity(self, route: str) -> Capacity:
        """The declared facts of a route; all unknown where none are."""
        return self.capacities.get(route, Capacity())

    def by_day(self) -> dict[tuple[str, date], list[ReplicaRow]]:
        """The rows that touch each day of each route."""
        found: dict[tuple[str, date], list[ReplicaRow]] = defaultdict(list)
        for route, rows in self.rows.items():
            for row in rows:
                last_on = (row.end_at - timedelta(microseconds=1)).date()
                for on in _days(row.start_at.date(), last_on + timedelta(days=1)):
                    found[route, on].append(row)
        return found


class CapacityRates:
    """The rates of a ledger's days; `digests` say for each day with such calls what its rates depend on."""

    def __init__(
        self,
        folder: DerivedFolder,
        supplies: Supplies,
        days: Sequence[DayOfCalls],
        keyed: Mapping[CallKey, KeyedPricing],
    ) -> None:
        self._folder = folder
        self._supplies = supplies
        self._rows = supplies.by_day() if supplies.rows else {}
        routes_by_day = {day.on: _served_by(day, keyed) for day in days}
        self._days = tuple(day for day in days if routes_by_day[day.on])
        self._spans = _spans(routes_by_day)
        self._known: dict[tuple[str, date], CapacityDay] = {}
        self.digests = {day.on: self._digest(day.on, routes_by_day[day.on]) for day in self._days}

    def create(
        self,
        connection: duckdb.DuckDBPyConnection,
        view_calls: Callable[[Sequence[Path]], None],
        signatures: Mapping[date, str],
    ) -> None:
        """Fill the table `capacity_rates`; needs `pricing` where there are such calls.

        `view_calls` makes `all_calls` show the calls of these files; `signatures` say what a day came from.
        """
        create_capacity_rates(connection)
        if not self._days:
            return
        known = self._read()
        kept = {}
        for day in self._days:
            found = known.get(signatures[day.on])
            if found is None:
                found = self._computed(connection, view_calls, day)
            else:
                _insert(connection, found)
            kept[signatures[day.on]] = found
            self._known |= {(one.route, one.on): one for one in found}
        if not kept.keys() <= known.keys():
            self._write(kept if len(known) > _DAYS_KEPT else known | kept)

    def days_in(self, start: date, end: date) -> Iterator[CapacityDay]:
        """Every day of [start, end) on which a route that is paid by capacity was billed or served calls.

        The declared minimum of replicas runs from the first to the last day with calls of the route.
        """
        for route in self._supplies.routes:
            for on in _days(start, end):
                found = self._known.get((route, on))
                supply = None if found else self._supply(route, on)
                if found is not None:
                    yield found
                elif supply is not None:
                    rate = self._rate(route, supply, ())
                    yield CapacityDay(route=route, on=on, rate=rate, calls=0, shares=())

    def _supply(self, route: str, on: date) -> Supply | None:
        first, last = self._spans.get(route, (date.max, date.min))
        rows = self._rows.get((route, on), ())
        return supply_on(on, rows, self._supplies.capacity(route), is_in_use=first <= on <= last)

    def _rate(self, route: str, supply: Supply | None, uses: Sequence[MinuteUse]) -> DayRate:
        capacity, sampled_unit_rate = self._supplies.capacity(route), self._supplies.sampled_unit_rate
        return day_rate(supply, capacity, uses, sampled_unit_rate=sampled_unit_rate)

    def _digest(self, on: date, routes: Iterable[str]) -> str:
        parts = [str(self._supplies.sampled_unit_rate)]
        for route in sorted(routes):
            facts = self._supplies.capacity(route).model_dump_json(include=_PRICED_BY)
            parts.append(f"{route} {facts} {self._supply(route, on)}")
        return signature(parts)

    def _computed(
        self,
        connection: duckdb.DuckDBPyConnection,
        view_calls: Callable[[Sequence[Path]], None],
        day: DayOfCalls,
    ) -> tuple[CapacityDay, ...]:
        view_calls(day.paths)
        found = []
        for route, uses in _uses(connection).items():
            rate = self._rate(route, self._supply(route, day.on), uses)
            calls = sum(use.calls for use in uses)
            found.append(CapacityDay(route=route, on=day.on, rate=rate, calls=calls, shares=()))
        _insert(connection, found)
        shares = _shares(connection)
        return tuple(one.model_copy(update={"shares": tuple(shares.get(one.route, ()))}) for one in found)

    def _read(self) -> dict[str, tuple[CapacityDay, ...]]:
        try:
            return _KNOWN_DAYS.validate_json((self._folder.directory / FILE_NAME).read_bytes())
        except (OSError, ValidationError, json.JSONDecodeError):
            return {}  # absent, cut short or of another version: computed again

    def _write(self, known: dict[str, tuple[CapacityDay, ...]]) -> None:
        self._folder.prepare()
        temporary = self._folder.directory / f".{FILE_NAME}.{uuid.uuid4().hex[:12]}"
        temporary.write_bytes(_KNOWN_DAYS.dump_json(known))
        temporary.replace(self._folder.directory / FILE_NAME)


def create_capacity_rates(connection: duckdb.DuckDBPyConnection, days: Iterable[CapacityDay] = ()) -> None:
    """The table `capacity_rates` with the rates of these days, and no others."""
    connection.execute(statement("capacity_rates"))
    connection.execute("DELETE FROM capacity_rates")
    _insert(connection, days)


def _insert(connection: duckdb.DuckDBPyConnection, days: Iterable[CapacityDay]) -> None:
    rows = [
        (
            day.route,
            day.on,
            day.rate.busy_pico_usd,
            day.rate.weigh_by.value,
            day.rate.total_weight,
            day.rate.mean_weight,
            day.rate.output_parts,
            day.rate.label.value,
        )
        for day in days
        if day.rate.has_rate and day.rate.total_weight
    ]
    if rows:
        connection.executemany("INSERT INTO capacity_rates VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)


def _uses(connection: duckdb.DuckDBPyConnection) -> dict[str, list[MinuteUse]]:
    uses: dict[str, list[MinuteUse]] = defaultdict(list)
    for route, minute, last, calls, timed, busy_us, with_tokens, tokens_in, tokens_out in connection.execute(
        statement("capacity_uses")
    ).fetchall():
        uses[route].append(
            MinuteUse(
                minute=minute,
                last_minute=last,
                calls=calls,
                timed_calls=timed,
                busy_us=int(busy_us),
                token_calls=with_tokens,
                input_tokens=int(tokens_in),
                output_tokens=int(tokens_out),
            )
        )
    return uses


def _shares(connection: duckdb.DuckDBPyConnection) -> dict[str, list[CapacityShare]]:
    shares: dict[str, list[CapacityShare]] = defaultdict(list)
    for served_by, workload, route, is_grading, calls, pico_usd in connection.execute(
        statement("capacity_shares")
    ).fetchall():
        share = CapacityShare(
            workload=workload, route=route, is_grading=is_grading, calls=calls, pico_usd=int(pico_usd)
        )
        shares[served_by].append(share)
    return shares


def _served_by(day: DayOfCalls, keyed: Mapping[CallKey, KeyedPricing]) -> frozenset[str]:
    found = (keyed[key].pricing.capacity_route for key in day.keys)
    return frozenset(route for route in found if route is not None)


def _spans(routes_by_day: Mapping[date, frozenset[str]]) -> dict[str, tuple[date, date]]:
    """The first and the last day with calls of each route."""
    spans: dict[str, tuple[date, date]] = {}
    for on in sorted(routes_by_day):
        for route in routes_by_day[on]:
            spans[route] = (spans.get(route, (on, on))[0], on)
    return spans


def _days(start: date, end: date) -> Iterator[date]:
    while start < end:
        yield start
        start += timedelta(days=1)
