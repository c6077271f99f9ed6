"""Building derived rows: calls into units, units and outcomes into cells, touching only the days that changed.

A unit belongs to the day of its first call. When the calls of some days change (an import, another price, another
alias), these days are built again and with them every home day whose units have calls there; calls of units that
are at home elsewhere are left out. The result never depends on the order or the pieces in which calls arrived.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

from routefit.ledger.attribution import NO_RULES, Attribution
from routefit.ledger.derived import DerivedFolder, State, UnitsFiles, signature, unit_names
from routefit.ledger.engine import parquet, register_table, statement
from routefit.ledger.pricing import CallKey, KeyedPricing, pricing_table
from routefit.ledger.schema import CALLS
from routefit.ledger.unit_files import UNIT_HASH, UnitFilesWriter
from routefit.ledger.unit_relations import UnitRelations

_BATCH_ROWS = 3_000_000
"""Days are built together up to this many calls."""

DaysProgress = Callable[[int, int], None]
"""Called with the days done and all days to do."""


@dataclass(frozen=True, slots=True)
class DayOfCalls:
    """The calls of one UTC day: its files, the ids of all segments they are read from, rows and distinct keys."""

    on: date
    paths: tuple[Path, ...]
    segment_ids: tuple[str, ...]
    rows: int
    keys: frozenset[CallKey]


class UnitsBuilder:
    """Brings the units of a ledger up to date with its calls and their pricing."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        folder: DerivedFolder,
        days: Sequence[DayOfCalls],
        keyed: Mapping[CallKey, KeyedPricing],
        attribution: Attribution = NO_RULES,
        capacity_digests: Mapping[date, str] | None = None,
    ) -> None:
        self._connection = connection
        self._capacity_digests = capacity_digests or {}
        self._folder = folder
        self._days = {day.on: day for day in days}
        self._keyed = keyed
        self._attribution = attribution
        paths = [path for day in days for path in day.paths]
        segment_ids = (name for day in days for name in day.segment_ids)
        facts = attribution.facts_sql(paths) if paths else None
        relations = UnitRelations(connection, folder, attribution, facts, segment_ids)
        self._relations_by_day = relations.prepare(keyed)
        self.signatures = {day.on: self._signature(day) for day in days}

    def refresh(self, base: State, *, on_progress: DaysProgress | None = None) -> State:
        """The state whose units are those of the given calls; `base` itself when nothing changed.

        `on_progress` is told before each group of days how many are done.
        """
        changed = self._changed(base)
        if not changed:
            return base
        self._folder.prepare()
        create_pricing(self._connection, self._keyed.items())
        state, done_days = base, 0
        for batch in self._batches(changed):
            if on_progress is not None:
                on_progress(done_days, len(changed))
            state = self._rebuild(state, batch)
            done_days += len(batch)
        if on_progress is not None:
            on_progress(done_days, len(changed))
        return state

    def _changed(self, base: State) -> list[date]:
        every = sorted({*self.signatures, *base.day_signatures})
        return [on for on in every if base.day_signatures.get(on) != self.signatures.get(on)]

    def _signature(self, day: DayOfCalls) -> str:
        pricing = sorted(self._keyed[key].digest for key in day.keys)
        relations = self._relations_by_day.get(day.on, "")
        capacity = self._capacity_digests.get(day.on, "")
        return signature((*sorted(day.segment_ids), self._attribution.digest, relations, capacity, *pricing))

    def _batches(self, changed: Sequence[date]) -> list[list[date]]:
        """The changed days, in order, in groups of at most some million calls."""
        batches: list[list[date]] = []
        rows = 0
        for on in changed:
            day_rows = self._days[on].rows if on in self._days else 0
            if not batches or rows + day_rows > _BATCH_ROWS:
                batches.append([])
                rows = 0
            batches[-1].append(on)
            rows += day_rows
        return batches

    def _rebuild(self, state: State, batch: Sequence[date]) -> State:
        others = {on: units for on, units in state.units.items() if on not in batch}
        homes = {*batch, *self._touched(others, batch), *self._bereft(state, batch)}
        outside = {on: units for on, units in others.items() if on not in homes}
        spans = {
            on + timedelta(days=step)
            for on in homes
            if on in state.units
            for step in range(1, (state.units[on].last_on - on).days + 1)
        }
        conditions = self._conditions(homes, spans - homes, outside)
        writer = UnitFilesWriter(self._connection, self._folder, self._view_calls)
        built = writer.write(homes, sorted(homes | spans), conditions)
        signatures = dict(state.day_signatures)
        for on in batch:
            signatures.pop(on, None)
            if on in self.signatures:
                signatures[on] = self.signatures[on]
        return state.model_copy(update={"day_signatures": signatures, "units": outside | built})

    def _touched(self, others: Mapping[date, UnitsFiles], batch: Sequence[date]) -> set[date]:
        """Home days outside the batch whose units have, or had, calls on its days."""
        if not others:
            return set()
        first, last = min(batch), max(batch)
        reaching = {on for on, units in others.items() if on < first and units.last_on >= first}
        reaching |= {on for on, units in others.items() if first < on < last and units.last_on > on}
        self._view_calls(batch)
        files = self._files(others.values())
        sharing = self._connection.execute(
            f"SELECT DISTINCT home_day FROM {files} WHERE unit_hash IN (SELECT {UNIT_HASH} FROM all_calls)"
        ).fetchall()
        return reaching | {row[0] for row in sharing}

    def _bereft(self, state: State, batch: Sequence[date]) -> set[date]:
        """Days where units may be at home from now on whose calls on the batch's days are gone."""
        spanning = [state.units[on] for on in batch if on in state.units and state.units[on].last_on > on]
        if not spanning:
            return set()
        self._view_calls(batch)
        files = self._files(spanning)
        gone = self._connection.execute(
            f"SELECT home_day, max(last_on) FROM {files} WHERE last_on > home_day "
            f"AND unit_hash NOT IN (SELECT {UNIT_HASH} FROM all_calls) GROUP BY home_day"
        ).fetchall()
        return {
            home_day + timedelta(days=step)
            for home_day, last_on in gone
            for step in range(1, (last_on - home_day).days + 1)
        }

    def _files(self, units: Iterable[UnitsFiles]) -> str:
        return parquet(self._folder.path(name) for name in unit_names(units))

    def _conditions(self, homes: set[date], spans: set[date], outside: Mapping[date, UnitsFiles]) -> list[str]:
        """What leaves of the calls on `homes` and `spans` those of the units at home on `homes`."""
        conditions = []
        first = min(homes | spans)
        owners = [units for on, units in outside.items() if units.last_on > on and units.last_on >= first]
        if owners:
            files = self._files(owners)
            conditions.append(f"{UNIT_HASH} NOT IN (SELECT unit_hash FROM {files} WHERE last_on > home_day)")
        if spans:
            here = ", ".join(f"DATE '{on}'" for on in sorted(homes))
            on_homes = f"CAST(started_at AS DATE) IN ({here})"
            conditions.append(
                f"({on_homes} OR {UNIT_HASH} IN (SELECT {UNIT_HASH} FROM all_calls WHERE {on_homes}))"
            )
        return conditions

    def _view_calls(self, days: Sequence[date]) -> None:
        paths = [path for on in days if on in self._days for path in self._days[on].paths]
        view_costed_calls(self._connection, paths, self._attribution)


def create_pricing(connection: duckdb.DuckDBPyConnection, keyed: Iterable[tuple[CallKey, KeyedPricing]]) -> None:
    """The table `pricing` that calls are joined with."""
    register_table(connection, "pricing", pricing_table(keyed))


def view_costed_calls(
    connection: duckdb.DuckDBPyConnection, paths: Sequence[Path], attribution: Attribution = NO_RULES
) -> None:
    """The view `all_calls`: the calls of these files, attributed, with unit key and cost.

    Needs the table `pricing` and the relations of `UnitRelations`; where calls are paid by capacity, also the
    rates of their days in `capacity_rates`.
    """
    if paths:
        connection.execute(f"CREATE OR REPLACE TEMP VIEW facts AS SELECT * FROM {attribution.facts_sql(paths)}")
    else:
        columns = ", ".join(f"CAST(NULL AS {c.sql_type}) AS {c.stored_name}" for c in CALLS.columns)
        connection.execute(f"CREATE OR REPLACE TEMP VIEW facts AS SELECT {columns} WHERE FALSE")
    connection.execute(f"CREATE OR REPLACE TEMP VIEW calls AS {attribution.calls_sql('facts')}")
    connection.execute(statement("capacity_rates"))
    connection.execute(f"CREATE OR REPLACE TEMP VIEW priced_calls AS {statement('priced_calls')}")
    connection.execute(f"CREATE OR REPLACE TEMP VIEW all_calls AS {statement('costed_calls')}")
