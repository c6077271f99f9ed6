"""The ledger as known at one instant: derived rows brought up to date, and what answers ask of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from routefit.declared.model import Workload
from routefit.lcpr.totals import TOTALS_FIELDS, Totals
from routefit.ledger.building import (
    DayOfCalls,
    DaysProgress,
    UnitsBuilder,
    create_pricing,
    view_costed_calls,
)
from routefit.ledger.cells import CellsBuilder, OutcomeFile, rules_table
from routefit.ledger.derived import DerivedFolder, State, unit_names
from routefit.ledger.engine import connect, parquet
from routefit.ledger.manifest import FILE_NAME, Manifest, Segment
from routefit.ledger.pricing import CallKey, KeyedPricing

UNATTRIBUTED = "unattributed"
"""The workload of calls that none was found for."""

CellKey = tuple[str, str]
"""(workload, route)"""


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """What a refresh built: the home days whose units were written again, and the days of cells."""

    built_days: tuple[date, ...]
    kept_days: int
    cells_rebuilt: bool


class LedgerView:
    """Reads a ledger folder; `refresh` must come before any question.

    `as_of` None is now; otherwise only what had been imported by that instant exists.
    """

    def __init__(self, ledger_dir: Path, *, as_of: datetime | None = None) -> None:
        self.directory = ledger_dir
        self._folder = DerivedFolder(ledger_dir)
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._state = State()
        self._cells: CellsBuilder | None = None
        self._calls: list[Segment] = []
        self._outcomes: list[Segment] = []
        if (ledger_dir / FILE_NAME).exists():
            with Manifest(ledger_dir) as manifest:
                self._calls = manifest.visible("calls", as_of=as_of)
                outcomes = manifest.visible("outcomes", as_of=as_of)
                self._outcomes = sorted(outcomes, key=lambda s: (s.added_at, s.id))

    def __enter__(self) -> LedgerView:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the engine go."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @property
    def has_calls(self) -> bool:
        """Whether anything was imported."""
        return bool(self._calls)

    @property
    def has_outcomes(self) -> bool:
        """Whether any outcome was imported."""
        return bool(self._outcomes)

    @property
    def call_rows(self) -> int:
        """Calls in the ledger."""
        return sum(segment.rows for segment in self._calls)

    @property
    def outcome_rows(self) -> int:
        """Outcomes in the ledger."""
        return sum(segment.rows for segment in self._outcomes)

    @property
    def newest_import_at(self) -> datetime | None:
        """When the newest of what is visible was imported."""
        return max((s.added_at for s in (*self._calls, *self._outcomes)), default=None)

    @property
    def outcomes_without_call(self) -> int:
        """Outcomes whose unit has no call; they never count as accepted."""
        return self._state.outcomes_without_call

    @property
    def ambiguous_outcomes(self) -> int:
        """Outcomes that fit several units and so were left out."""
        return self._state.ambiguous_outcomes

    # --- bringing derived rows up to date ---------------------------------------------------------------

    def call_keys(self) -> frozenset[CallKey]:
        """The distinct keys of all calls."""
        return frozenset(key for keys in self._keys_by_segment().values() for key in keys)

    def refresh(
        self,
        keyed: Mapping[CallKey, KeyedPricing],
        workloads: Mapping[str, Workload | None],
        *,
        on_progress: DaysProgress | None = None,
    ) -> RebuildReport:
        """Bring units and cells up to date with facts, prices and rules; cheap when nothing changed."""
        builder = UnitsBuilder(self._engine(), self._folder, self._days_of_calls(), keyed)
        base = self._folder.best_base(builder.signatures)
        with_units = builder.refresh(base, on_progress=on_progress)
        create_pricing(self._engine(), keyed.items())
        outcomes = [OutcomeFile(segment.id, segment.path) for segment in self._outcomes]
        call_paths = [segment.path for segment in self._calls]
        self._cells = CellsBuilder(self._engine(), self._folder, outcomes, rules_table(workloads), call_paths)
        self._state = self._cells.refresh(with_units)
        if self._state is not base:
            self._folder.save(self._state)
        same = {on for on, units in self._state.units.items() if base.units.get(on) == units}
        built = tuple(sorted({*self._state.units, *base.units} - same))
        return RebuildReport(built, len(same), self._state.cells != base.cells)

    def _engine(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            self._connection = connect(self._folder.directory / "spill")
        return self._connection

    def _keys_by_segment(self) -> dict[str, frozenset[CallKey]]:
        known = self._folder.known_keys()
        missing = [segment for segment in self._calls if segment.id not in known]
        if missing:
            columns = ", ".join(CallKey._fields)
            paths = {str(segment.path): segment.id for segment in missing}
            source = parquet(map(Path, paths)).replace("])", "], filename = true)")
            found: dict[str, set[CallKey]] = {segment.id: set() for segment in missing}
            for *key, file in (
                self._engine().execute(f"SELECT DISTINCT {columns}, filename FROM {source}").fetchall()
            ):
                found[paths[file]].add(CallKey(*key))
            known |= {segment_id: frozenset(keys) for segment_id, keys in found.items()}
            self._folder.save_keys(known)
        return {segment.id: known[segment.id] for segment in self._calls}

    def _days_of_calls(self) -> list[DayOfCalls]:
        keys = self._keys_by_segment()
        by_day: dict[date, list[Segment]] = defaultdict(list)
        for segment in self._calls:
            if segment.day is None:
                raise AssertionError(f"segment {segment.id} of calls has no day")
            by_day[segment.day].append(segment)
        return [
            DayOfCalls(
                on=on,
                paths=tuple(segment.path for segment in segments),
                segment_ids=tuple(segment.id for segment in segments),
                rows=sum(segment.rows for segment in segments),
                keys=frozenset(key for segment in segments for key in keys[segment.id]),
            )
            for on, segments in sorted(by_day.items())
        ]

    # --- questions --------------------------------------------------------------------------------------

    def days_with_units(self) -> list[date]:
        """The home days that have units, in order."""
        return sorted(self._state.units)

    def days_by_route(self, workload: str) -> dict[str, list[date]]:
        """For each route of a workload the home days of its units, in order."""
        if self._state.cells is None:
            return {}
        rows = self._engine().execute(
            f"SELECT DISTINCT route, home_day FROM {parquet([self._folder.path(self._state.cells)])} "
            "WHERE workload = ? ORDER BY ALL",
            [workload],
        )
        days: dict[str, list[date]] = defaultdict(list)
        for route, on in rows.fetchall():
            days[route].append(on)
        return dict(days)

    def totals(self, start: date, end: date) -> dict[CellKey, dict[int, Totals]]:
        """Totals by jackknife group of every cell with units at home in [start, end), unattributed too."""
        if self._state.cells is None:
            return {}
        sums = ", ".join(f"CAST(sum({name}) AS DECIMAL(38, 0)) AS {name}" for name in TOTALS_FIELDS)
        rows = self._engine().execute(
            f"SELECT workload, route, group_id, {sums} FROM {parquet([self._folder.path(self._state.cells)])} "
            "WHERE home_day >= ? AND home_day < ? GROUP BY workload, route, group_id ORDER BY ALL",
            [start, end],
        )
        cells: dict[CellKey, dict[int, Totals]] = defaultdict(dict)
        for workload, route, group_id, *values in rows.fetchall():
            counts = dict(zip(TOTALS_FIELDS, map(int, values), strict=True))
            cells[workload, route][group_id] = Totals(**counts)
        return dict(cells)

    def view_calls(self, start: date, end: date) -> duckdb.DuckDBPyConnection:
        """The connection with `all_calls` showing the costed calls that started in [start, end)."""
        days = [s.path for s in self._calls if s.day is not None and start <= s.day < end]
        view_costed_calls(self._engine(), days)
        return self._engine()

    def view_units(self, start: date, end: date) -> duckdb.DuckDBPyConnection | None:
        """The connection with `units` showing the units at home in [start, end); None without any."""
        names = self._unit_files(start, end)
        if not names:
            return None
        files = parquet(self._folder.path(name) for name in names)
        self._engine().execute(f"CREATE OR REPLACE TEMP VIEW units AS SELECT * FROM {files}")
        return self._engine()

    def view_shared_units(self, start: date, end: date) -> duckdb.DuckDBPyConnection | None:
        """The connection with `accepted_units` showing units of tasks on several routes; None without any."""
        names = self._unit_files(start, end)
        if self._cells is None or not names or not self._cells.view_shared_units(self._state, names):
            return None
        return self._engine()

    def _unit_files(self, start: date, end: date) -> list[str]:
        return unit_names(units for on, units in self._state.units.items() if start <= on < end)
