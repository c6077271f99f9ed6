"""The ledger as known at one instant: derived rows brought up to date, and what answers ask of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path

import duckdb

from routefit.decisions.load_facts import StepFacts
from routefit.declared.model import AttributionRule, Workload
from routefit.lcpr.capacity import ReplicaRow
from routefit.lcpr.totals import TOTALS_FIELDS, Totals
from routefit.ledger.attribution import Attribution
from routefit.ledger.building import (
    DayOfCalls,
    DaysProgress,
    UnitsBuilder,
    create_pricing,
    view_costed_calls,
)
from routefit.ledger.capacity import CapacityDay, CapacityRates, Supplies, replica_rows
from routefit.ledger.cells import CellsBuilder, rules_table
from routefit.ledger.derived import DerivedFolder, ScoreUse, State, unit_names
from routefit.ledger.engine import connect, parquet
from routefit.ledger.judgements import JudgementFile, Judgements
from routefit.ledger.load_tests import SubjectKey, load_tests
from routefit.ledger.manifest import FILE_NAME, Manifest, Segment
from routefit.ledger.moves import WorkloadMove, workload_moves
from routefit.ledger.pricing import CallKey, KeyedPricing
from routefit.ledger.twins import Leads
from routefit.ledger.unit_files import find_units_without_roles, view_calls_with_roles
from routefit.ledger.verdict_rules import VerdictRules

UNATTRIBUTED = "unattributed"
"""The workload of calls that none was found for."""

CellKey = tuple[str, str]
"""(workload, route)"""


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """What a refresh built: the home days whose units were written again, and what moved by workload."""

    built_days: tuple[date, ...]
    kept_days: int
    cells_rebuilt: bool
    moves: tuple[WorkloadMove, ...]


class LedgerView:
    """Reads a ledger folder; `refresh` must come before any question.

    `as_of` None is now; otherwise only what had been imported by that instant exists.
    """

    def __init__(
        self,
        ledger_dir: Path,
        *,
        as_of: datetime | None = None,
        rules: Sequence[AttributionRule] = (),
        sources: Mapping[str, str] | None = None,
        keep_identifiers: bool = False,
    ) -> None:
        self.directory = ledger_dir
        self.attribution = Attribution(tuple(rules))
        self._twins: list[Segment] = []
        self._folder = DerivedFolder(ledger_dir)
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._state = State()
        self._cells: CellsBuilder | None = None
        self._capacity: CapacityRates | None = None
        self._roles_known_of: tuple[date, date] | None = None
        self._replicas: list[Segment] = []
        self._calls: list[Segment] = []
        self._outcomes: list[Segment] = []
        self._scores: list[Segment] = []
        self._labels: list[Segment] = []
        self._invoices: list[Segment] = []
        self._load_tests: list[Segment] = []
        if (ledger_dir / FILE_NAME).exists():
            with Manifest(ledger_dir) as manifest:
                hash_key = manifest.hash_key() if rules and not keep_identifiers else None
                self._calls = manifest.visible("calls", as_of=as_of)
                self._twins = manifest.visible("twins", as_of=as_of)
                self.attribution = Attribution(tuple(rules), hash_key, Leads(sources or {}), self._twins_of())
                self._replicas = manifest.visible("capacity", as_of=as_of)
                self._outcomes = _as_known(manifest.visible("outcomes", as_of=as_of))
                self._scores = _as_known(manifest.visible("scores", as_of=as_of))
                self._labels = _as_known(manifest.visible("labels", as_of=as_of))
                self._invoices = manifest.visible("invoices", as_of=as_of)
                self._load_tests = _as_known(manifest.visible("load_tests", as_of=as_of))

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
    def score_rows(self) -> int:
        """Scores in the ledger, of every kind."""
        return sum(segment.rows for segment in self._scores)

    @property
    def label_rows(self) -> int:
        """Labels of people in the ledger."""
        return sum(segment.rows for segment in self._labels)

    @property
    def score_uses(self) -> tuple[ScoreUse, ...]:
        """What the verdict rules read of each kind and name of score, the most frequent first."""
        return self._state.score_uses

    @property
    def newest_import_at(self) -> datetime | None:
        """When the newest of what is visible was imported."""
        return max(
            (s.added_at for s in (*self._calls, *self._outcomes, *self._scores, *self._labels)), default=None
        )

    @property
    def outcomes_without_call(self) -> int:
        """Outcomes whose unit has no call; they never count as accepted."""
        return self._state.outcomes_without_call

    @property
    def ambiguous_outcomes(self) -> int:
        """Outcomes that fit several units and so were left out."""
        return self._state.ambiguous_outcomes

    @property
    def invoice_paths(self) -> tuple[Path, ...]:
        """Where the imported invoice lines lie."""
        return tuple(segment.path for segment in self._invoices)

    @cached_property
    def load_tests(self) -> Mapping[SubjectKey, tuple[StepFacts, ...]]:
        """The steps of imported load tests by workload (None where no one was named) and route."""
        return load_tests(segment.path for segment in self._load_tests)

    @cached_property
    def replica_rows(self) -> Mapping[str, tuple[ReplicaRow, ...]]:
        """The imported capacity rows by route."""
        return replica_rows(segment.path for segment in self._replicas)

    # --- bringing derived rows up to date ---------------------------------------------------------------

    def call_keys(self) -> frozenset[CallKey]:
        """The distinct keys of all calls."""
        return frozenset(key for keys in self._keys_by_segment().values() for key in keys)

    def refresh(
        self,
        keyed: Mapping[CallKey, KeyedPricing],
        workloads: Mapping[str, Workload | None],
        *,
        supplies: Supplies | None = None,
        now: datetime | None = None,
        on_progress: DaysProgress | None = None,
    ) -> RebuildReport:
        """Bring units and cells up to date with facts, prices and rules; cheap when nothing changed.

        `supplies` is what is known of routes that are paid by the replica-hour.
        """
        days = self._days_of_calls()
        self._capacity = CapacityRates(self._folder, supplies or Supplies(), days, keyed)
        builder = UnitsBuilder(self._engine(), self._folder, days, keyed, self.attribution, self._capacity.digests)
        if self._capacity.digests:
            create_pricing(self._engine(), keyed.items())
        self._capacity.create(self._engine(), self._view_files, builder.signatures)
        base = self._folder.best_base(builder.signatures)
        before = self._folder.newest()
        with_units = builder.refresh(base, on_progress=on_progress)
        create_pricing(self._engine(), keyed.items())
        judgements = Judgements(
            outcomes=_files(self._outcomes), scores=_files(self._scores), labels=_files(self._labels)
        )
        call_paths = [segment.path for segment in self._calls]
        self._cells = CellsBuilder(
            self._engine(),
            self._folder,
            judgements,
            rules_table(workloads),
            call_paths,
            self.attribution,
            VerdictRules.of(workloads, now or datetime.now(UTC)),
        )
        self._state = self._cells.refresh(with_units)
        if self._state is not base:
            self._folder.save(self._state)
        same = {on for on, units in self._state.units.items() if base.units.get(on) == units}
        built = tuple(sorted({*self._state.units, *base.units} - same))
        moves = workload_moves(self._engine(), self._folder, before, self._state)
        return RebuildReport(built, len(same), self._state.cells != base.cells, moves)

    def _engine(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            self._connection = connect(self._folder.directory / "spill")
        return self._connection

    def _keys_by_segment(self) -> dict[str, frozenset[CallKey]]:
        known = self._folder.known_keys(self.attribution.digest)
        names = {segment.id: self._read_as(segment) for segment in self._calls}
        missing = [segment for segment in self._calls if names[segment.id] not in known]
        if missing:
            columns = ", ".join(CallKey._fields)
            paths = {str(segment.path): names[segment.id] for segment in missing}
            facts = self.attribution.facts_sql([segment.path for segment in missing], names_file=True)
            calls = self.attribution.calls_sql(facts, cuts_sessions=False)
            found: dict[str, set[CallKey]] = {name: set() for name in paths.values()}
            for *key, file in (
                self._engine().execute(f"SELECT DISTINCT {columns}, filename FROM ({calls}) AS c").fetchall()
            ):
                found[paths[file]].add(CallKey(*(value or None for value in key)))
            known |= {name: frozenset(keys) for name, keys in found.items()}
            self._folder.save_keys(known, self.attribution.digest)
        return {segment.id: known[names[segment.id]] for segment in self._calls}

    def _twins_of(self) -> dict[Path, tuple[Path, ...]]:
        """For each file of calls the files with second records of its day."""
        by_day: dict[date | None, list[Path]] = defaultdict(list)
        for twin in self._twins:
            by_day[twin.day].append(twin.path)
        return {segment.path: tuple(by_day[segment.day]) for segment in self._calls if segment.day in by_day}

    def _read_as(self, segment: Segment) -> str:
        """A name of the segment together with the second records that are read into it."""
        return "+".join([segment.id, *sorted(twin.id for twin in self._twins if twin.day == segment.day)])

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
                segment_ids=tuple(self._read_as(segment) for segment in segments),
                rows=sum(segment.rows for segment in segments),
                keys=frozenset(key for segment in segments for key in keys[segment.id]),
            )
            for on, segments in sorted(by_day.items())
        ]

    # --- questions --------------------------------------------------------------------------------------

    def view_verdicts(self) -> tuple[duckdb.DuckDBPyConnection, Path | None, Path | None]:
        """The connection, and where the verdicts' series and agreement with labels lie; None without any."""
        series, agreement = self._state.series, self._state.agreement
        path = self._folder.path
        return self._engine(), path(series) if series else None, path(agreement) if agreement else None

    def days_with_units(self) -> list[date]:
        """The home days that have units, in order."""
        return sorted(self._state.units)

    def days_with_calls(self) -> list[date]:
        """The days on which calls started, in order."""
        return sorted({segment.day for segment in self._calls if segment.day is not None})

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
        self._view_files([s.path for s in self._calls if s.day is not None and start <= s.day < end])
        return self._engine()

    def _view_files(self, paths: Sequence[Path]) -> None:
        view_costed_calls(self._engine(), paths, self.attribution)

    def capacity_days(self, start: date, end: date) -> tuple[CapacityDay, ...]:
        """The days in [start, end) of every route that is paid by capacity; none before `refresh`."""
        return tuple(self._capacity.days_in(start, end)) if self._capacity else ()

    def view_units(self, start: date, end: date) -> duckdb.DuckDBPyConnection | None:
        """The connection with `units` showing the units at home in [start, end); None without any."""
        names = self._unit_files(start, end)
        if not names:
            return None
        files = parquet(self._folder.path(name) for name in names)
        self._engine().execute(f"CREATE OR REPLACE TEMP VIEW units AS SELECT * FROM {files}")
        return self._engine()

    def view_accepted_units(self, start: date, end: date) -> duckdb.DuckDBPyConnection | None:
        """The connection with `accepted_units` showing units at home in [start, end); None without any."""
        names = self._unit_files(start, end)
        if self._cells is None or not names:
            return None
        self._cells.view_accepted_units(self._state, names)
        return self._engine()

    def view_spent_calls(self, start: date, end: date) -> duckdb.DuckDBPyConnection | None:
        """The connection with `accepted_units` and `calls_with_roles` of units with a call in [start, end).

        None without any. Earlier calls of such units are shown too: roles that nobody gave follow from them.
        """
        touching = {on: units for on, units in self._state.units.items() if on < end and units.last_on >= start}
        if self._cells is None or not touching:
            return None
        self._cells.view_accepted_units(self._state, unit_names(touching.values()))
        engine = self.view_calls(min(touching), end)
        if self._roles_known_of != (min(touching), end):
            find_units_without_roles(engine)
            self._roles_known_of = min(touching), end
        view_calls_with_roles(engine)
        return engine

    def engine(self) -> duckdb.DuckDBPyConnection:
        """The connection that questions are asked on."""
        return self._engine()

    def view_shared_units(self, start: date, end: date) -> duckdb.DuckDBPyConnection | None:
        """The connection with `accepted_units` showing units of tasks on several routes; None without any."""
        names = self._unit_files(start, end)
        if self._cells is None or not names or not self._cells.view_shared_units(self._state, names):
            return None
        return self._engine()

    def _unit_files(self, start: date, end: date) -> list[str]:
        return unit_names(units for on, units in self._state.units.items() if start <= on < end)


def _as_known(segments: Sequence[Segment]) -> list[Segment]:
    """In the order in which they became known."""
    return sorted(segments, key=lambda segment: (segment.added_at, segment.id))


def _files(segments: Sequence[Segment]) -> list[JudgementFile]:
    return [JudgementFile(segment.id, segment.path) for segment in segments]
