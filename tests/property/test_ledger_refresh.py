"""Derived rows never depend on how the ledger came to hold its facts: brought up to date equals built afresh."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ledger_cases as cases
from ledger_cases import Row
from routefit.declared.model import Workload
from routefit.lcpr.totals import Totals
from routefit.ledger import building, unit_files
from routefit.ledger.building import DayOfCalls, UnitsBuilder, create_pricing
from routefit.ledger.cells import CellsBuilder, rules_table
from routefit.ledger.derived import DerivedFolder, State, unit_names
from routefit.ledger.engine import connect, parquet
from routefit.ledger.judgements import JudgementFile, Judgements
from routefit.ledger.pricing import CallKey, KeyedPricing


@dataclass(frozen=True)
class Piece:
    """Some calls of one day, as one import brought them."""

    id: str
    on: date
    calls: tuple[Row, ...]


@dataclass(frozen=True, repr=False)
class Known:
    """What is known at one moment: the pieces of calls and of outcomes, how calls are priced, and the rules."""

    pieces: tuple[Piece, ...]
    outcomes: tuple[tuple[Row, ...], ...]
    keyed: dict[CallKey, KeyedPricing]
    rules: dict[str, Workload | None]

    def __repr__(self) -> str:
        return (
            f"Known({[piece.id for piece in self.pieces]}, {len(self.calls)} calls, {len(self.outcomes)} outcomes)"
        )

    @property
    def calls(self) -> list[Row]:
        return [call for piece in self.pieces for call in piece.calls]


@st.composite
def histories(draw: st.DrawFn, *, partial: bool) -> list[Known]:
    """Several moments of one ledger, in any order: days come and go, prices and aliases change and change back."""
    calls = draw(cases.call_rows(most=14))
    by_piece: dict[tuple[date, int], list[Row]] = {}
    for call in calls:
        key = call["started_at"].date(), draw(st.integers(0, 1))
        by_piece.setdefault(key, []).append(call)
    pieces = [Piece(f"{on}-{part}", on, tuple(rows)) for (on, part), rows in by_piece.items()]
    pricings = [draw(cases.keyed_pricings(calls)), draw(cases.keyed_pricings(calls).map(_with_another_alias))]
    rules = [draw(cases.workloads()), draw(cases.workloads())]
    outcomes = [tuple(draw(cases.outcome_rows(most=4)))]
    if partial:
        outcomes.append(tuple(draw(st.lists(partial_outcomes(), min_size=1, max_size=4))))
    return [
        Known(
            pieces=tuple(draw(st.lists(st.sampled_from(pieces), unique_by=lambda piece: piece.id, min_size=1))),
            outcomes=tuple(outcomes[: draw(st.integers(0, len(outcomes)))]),
            keyed=draw(st.sampled_from(pricings)),
            rules=draw(st.sampled_from(rules)),
        )
        for _ in range(draw(st.integers(2, 4)))
    ]


def _with_another_alias(keyed: dict[CallKey, KeyedPricing]) -> dict[CallKey, KeyedPricing]:
    """The same keys, those without a route assigned to another one."""
    return {
        key: target.model_copy(update={"route": "open"}) if key.route is None else target
        for key, target in keyed.items()
    }


@st.composite
def partial_outcomes(draw: st.DrawFn) -> Row:
    """An outcome that names its unit by part of its key, by a call, a trace or a session."""
    named = draw(
        st.sampled_from(
            [
                {"unit_id": "u1"},
                {"unit_id": "u2", "workload": "support"},
                {"call_id": "call-0"},
                {"call_id": "call-3", "route": "closed"},
                {"trace_id": "t1"},
                {"session_id": "s1", "workload": "coding"},
            ]
        )
    )
    return named | {"accepted": draw(st.booleans()), "decided_at": cases.FIRST_AT}


class Store:
    """A ledger folder without a manifest: facts are written once, derived rows are brought up to date."""

    def __init__(self, directory: Path, connection: duckdb.DuckDBPyConnection) -> None:
        self.folder = DerivedFolder(directory)
        self._directory = directory
        self._connection = connection

    def refresh(self, known: Known) -> State:
        builder = UnitsBuilder(self._connection, self.folder, self._days(known), known.keyed)
        with_units = builder.refresh(self.folder.best_base(builder.signatures))
        create_pricing(self._connection, known.keyed.items())
        outcomes = [
            JudgementFile(f"outcomes-{number}", self._write(f"outcomes-{number}", cases.arrow_outcomes(rows)))
            for number, rows in enumerate(known.outcomes)
        ]
        calls = [path for day in self._days(known) for path in day.paths]
        rules = rules_table(known.rules)
        judgements = Judgements(outcomes=outcomes)
        state = CellsBuilder(self._connection, self.folder, judgements, rules, calls).refresh(with_units)
        self.folder.save(state)
        return state

    def units(self, state: State) -> list[tuple[Any, ...]]:
        """Every stored unit with everything about it."""
        if not state.units:
            return []
        files = parquet(self.folder.path(name) for name in unit_names(state.units.values()))
        return self._connection.execute(f"SELECT * FROM {files} ORDER BY ALL").fetchall()

    def totals(self, state: State) -> dict[cases.CellKey, Totals]:
        if state.cells is None:
            return {}
        rows = self._connection.execute(f"SELECT * FROM {parquet([self.folder.path(state.cells)])}")
        return cases.totals_in(rows)

    def _days(self, known: Known) -> list[DayOfCalls]:
        days = []
        for on in sorted({piece.on for piece in known.pieces}):
            pieces = [piece for piece in known.pieces if piece.on == on]
            days.append(
                DayOfCalls(
                    on=on,
                    paths=tuple(self._write(piece.id, cases.arrow_calls(piece.calls)) for piece in pieces),
                    segment_ids=tuple(piece.id for piece in pieces),
                    rows=sum(len(piece.calls) for piece in pieces),
                    keys=frozenset(cases.key_of(call) for piece in pieces for call in piece.calls),
                )
            )
        return days

    def _write(self, name: str, rows: pa.Table) -> Path:
        path = self._directory / f"{name}.parquet"
        if not path.exists():
            pq.write_table(rows, path)
        return path


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(threads=1) as connection:
        yield connection


def _check(engine: duckdb.DuckDBPyConnection, history: Sequence[Known]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        store = Store(_made(Path(directory) / "kept"), engine)
        for number, known in enumerate(history):
            # In small batches and parts; what is built afresh is built at once.
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(building, "_BATCH_ROWS", 5)
                patch.setattr(unit_files, "PART_ROWS", 4)
                state = store.refresh(known)
            fresh = Store(_made(Path(directory) / str(number)), engine)
            expected = fresh.refresh(known)
            assert store.units(state) == fresh.units(expected)
            _assert_equal(store.totals(state), fresh.totals(expected))
            assert _counts(state) == _counts(expected)
            assert {on: units.last_on for on, units in state.units.items()} == {
                on: units.last_on for on, units in expected.units.items()
            }


def _made(directory: Path) -> Path:
    directory.mkdir()
    return directory


def _counts(state: State) -> tuple[int, int]:
    return state.outcomes_without_call, state.ambiguous_outcomes


def _assert_equal(found: Mapping[cases.CellKey, Totals], expected: Mapping[cases.CellKey, Totals]) -> None:
    assert found.keys() == expected.keys()
    assert {key: cases.differences(found[key], expected[key]) for key in found} == {key: {} for key in found}


@settings(max_examples=8)
@given(history=histories(partial=False))
def test_brought_up_to_date_equals_built_afresh(engine: duckdb.DuckDBPyConnection, history: list[Known]) -> None:
    _check(engine, history)


@settings(max_examples=8)
@given(history=histories(partial=True))
def test_outcomes_that_name_part_of_a_key_follow_the_units_of_all_days(
    engine: duckdb.DuckDBPyConnection, history: list[Known]
) -> None:
    _check(engine, history)


@settings(max_examples=8)
@given(history=histories(partial=False))
def test_stored_totals_are_those_of_the_rules_in_python(
    engine: duckdb.DuckDBPyConnection, history: list[Known]
) -> None:
    """After the round trip through Parquet, to the pico-USD, grading without a route included."""
    known = history[0]
    outcomes = [row for rows in known.outcomes for row in rows]
    with tempfile.TemporaryDirectory() as directory:
        store = Store(Path(directory), engine)
        found = store.totals(store.refresh(known))
    _assert_equal(found, cases.totals_by_cell(known.calls, outcomes, known.keyed, known.rules))


@pytest.mark.slow
@settings(max_examples=150)
@given(history=st.booleans().flatmap(lambda partial: histories(partial=partial)))
def test_many_more_histories(engine: duckdb.DuckDBPyConnection, history: list[Known]) -> None:
    _check(engine, history)
