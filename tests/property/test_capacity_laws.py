"""Routes that are paid by capacity, on random ledgers: shares add up, SQL = Python, refreshed = fresh."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ledger_cases as cases
from ledger_cases import Rates, Row
from routefit.declared.model import Capacity
from routefit.lcpr.capacity import (
    DAY_US,
    MINUTE_US,
    DayRate,
    MinuteUse,
    ReplicaRow,
    busy_us,
    day_rate,
    shared_out,
    supply_on,
)
from routefit.lcpr.cost import CostBasis
from routefit.ledger.building import DayOfCalls, UnitsBuilder, create_pricing, view_costed_calls
from routefit.ledger.capacity import CapacityRates, Supplies
from routefit.ledger.cells import CellsBuilder, rules_table
from routefit.ledger.derived import DerivedFolder, State, unit_names
from routefit.ledger.engine import connect, parquet
from routefit.ledger.judgements import Judgements
from routefit.ledger.pricing import CallKey, KeyedPricing

ROUTES = ("gpu", "own")
RULES = dict.fromkeys(("support", "coding", "unattributed"))


@st.composite
def replica_rows(draw: st.DrawFn) -> tuple[ReplicaRow, ...]:
    """Rows of one route that do not overlap, over midnights and over parts of minutes."""
    length_us = (cases.DAYS + 1) * DAY_US
    marks = st.integers(0, length_us) | st.integers(0, length_us // MINUTE_US).map(lambda n: n * MINUTE_US)
    cuts = sorted(draw(st.sets(marks, max_size=6)))
    at = [cases.FIRST_AT - timedelta(hours=12) + timedelta(microseconds=cut) for cut in cuts]
    replicas = st.sampled_from(["0", "1", "2", "0.5", "0.1", "3"])
    rows = [ReplicaRow(start, end, Decimal(draw(replicas))) for start, end in pairwise(at)]
    return tuple(row for row in rows if draw(st.sampled_from([True, True, False])))


_capacities = st.builds(
    lambda price, label, gpus, least, window, ratio: Capacity.model_validate(
        {
            "gpu_usd_per_hour": None if price is None else {"value": price, "label": label},
            "gpus_per_replica": gpus,
            "min_replicas": least,
            "billing_window_minutes": window,
            "output_to_input_ratio": ratio,
        }
    ),
    price=st.sampled_from(["3.2", "0.000000007", "0", "1", "9", None]),
    label=st.sampled_from(["CONTRACTED", "PUBLIC", "MEASURED", "ASSUMED"]),
    gpus=st.sampled_from([1, 2, 8, 0.5, None]),
    least=st.sampled_from([None, 0, 1, 2]),
    window=st.sampled_from([None, 1, 7.5, 60, 1440]),
    ratio=st.sampled_from([None, 3, 0.25]),
)


@st.composite
def supplies(draw: st.DrawFn) -> Supplies:
    """What is declared and imported of both routes."""
    rows = {route: draw(replica_rows()) for route in ROUTES}
    return Supplies(
        capacities={route: draw(_capacities) for route in ROUTES},
        rows={route: found for route, found in rows.items() if found},
        sampled_unit_rate=draw(st.sampled_from([1.0, 1.0, 1.0, 0.02])),
    )


@st.composite
def keyed_pricings(draw: st.DrawFn, calls: Sequence[Row]) -> dict[CallKey, KeyedPricing]:
    """Some keys are served by a route that is paid by capacity; their token prices count nothing."""
    keyed = draw(cases.keyed_pricings(calls))
    served: dict[tuple[str | None, str | None], str | None] = {}
    found = {}
    for key, target in keyed.items():
        route = served.setdefault((key.provider, key.model), draw(st.sampled_from(["gpu", "gpu", "own", None])))
        pricing = target.pricing.model_copy(update={"capacity_route": route})
        found[key] = target.model_copy(update={"pricing": pricing})
    return found


@dataclass(frozen=True, repr=False)
class Known:
    """What is known at one moment."""

    calls: tuple[Row, ...]
    keyed: dict[CallKey, KeyedPricing]
    supplies: Supplies

    def __repr__(self) -> str:
        return f"Known({list(self.calls)}, {self.keyed}, {self.supplies})"

    def served(self) -> dict[tuple[str, date], list[Row]]:
        """The calls that each route served on each day, without those that a gateway answered or that are free."""
        found: dict[tuple[str, date], list[Row]] = defaultdict(list)
        for call in self.calls:
            pricing = self.keyed[cases.key_of(call)].pricing
            is_zero = pricing.is_free or call["served_from"] == "gateway_cache"
            if pricing.capacity_route is not None and not is_zero:
                found[pricing.capacity_route, call["started_at"].date()].append(call)
        return found

    def rates(self) -> dict[tuple[str | None, date], DayRate]:
        """The rate of each route and day by the rules in Python, call by call."""
        known = self.supplies
        found: dict[tuple[str | None, date], DayRate] = {}
        for (route, on), calls in self.served().items():
            supply = supply_on(on, known.rows.get(route, ()), known.capacity(route), is_in_use=True)
            found[route, on] = day_rate(
                supply,
                known.capacity(route),
                [_use(call) for call in calls],
                sampled_unit_rate=known.sampled_unit_rate,
            )
        return found


def _use(call: Row) -> MinuteUse:
    at: datetime = call["started_at"]
    since_us = (at - datetime(at.year, at.month, at.day, tzinfo=UTC)) // timedelta(microseconds=1)
    busy = busy_us(at, call["e2e_ms"])
    return MinuteUse(
        minute=since_us // MINUTE_US,
        last_minute=(since_us + max(busy or 0, 1) - 1) // MINUTE_US,
        calls=1,
        timed_calls=int(busy is not None),
        busy_us=busy or 0,
        token_calls=int((call["input_tokens"], call["output_tokens"]) != (None, None)),
        input_tokens=call["input_tokens"] or 0,
        output_tokens=call["output_tokens"] or 0,
    )


class Store:
    """A ledger folder whose derived rows are brought up to date; every segment holds one day of calls."""

    def __init__(self, directory: Path, connection: duckdb.DuckDBPyConnection) -> None:
        self.folder = DerivedFolder(directory)
        self.connection = connection
        self._directory = directory

    def refresh(self, known: Known) -> tuple[State, CapacityRates]:
        days = self._days(known)
        capacity = CapacityRates(self.folder, known.supplies, days, known.keyed)
        builder = UnitsBuilder(self.connection, self.folder, days, known.keyed, capacity_digests=capacity.digests)
        create_pricing(self.connection, known.keyed.items())
        capacity.create(self.connection, self._view, builder.signatures)
        state = builder.refresh(self.folder.best_base(builder.signatures))
        create_pricing(self.connection, known.keyed.items())
        paths = [path for day in days for path in day.paths]
        cells = CellsBuilder(self.connection, self.folder, Judgements(), rules_table(RULES), paths)
        state = cells.refresh(state)
        self.folder.save(state)
        self._view(paths)
        return state, capacity

    def _view(self, paths: Sequence[Path]) -> None:
        view_costed_calls(self.connection, paths)

    def units(self, state: State) -> list[tuple[Any, ...]]:
        files = parquet(self.folder.path(name) for name in unit_names(state.units.values()))
        return self.connection.execute(f"SELECT * FROM {files} ORDER BY ALL").fetchall()

    def totals(self, state: State) -> dict[cases.CellKey, Any]:
        assert state.cells is not None
        return cases.totals_in(self.connection.execute(f"FROM {parquet([self.folder.path(state.cells)])}"))

    def _days(self, known: Known) -> list[DayOfCalls]:
        by_day: dict[date, list[Row]] = defaultdict(list)
        for call in known.calls:
            by_day[call["started_at"].date()].append(call)
        days = []
        for on, calls in sorted(by_day.items()):
            name = f"{on}-" + "-".join(call["call_id"] for call in calls)
            path = self._directory / f"{name}.parquet"
            if not path.exists():
                pq.write_table(cases.arrow_calls(calls), path)
            keys = frozenset(map(cases.key_of, calls))
            days.append(DayOfCalls(on=on, paths=(path,), segment_ids=(name,), rows=len(calls), keys=keys))
        return days


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(threads=1) as connection:
        yield connection


@st.composite
def histories(draw: st.DrawFn, *, most: int) -> list[Known]:
    """Moments of one ledger: calls and replicas arrive late, GPU prices change and change back."""
    calls = draw(cases.call_rows(most=12))
    keyed = draw(keyed_pricings(calls))
    known = [draw(supplies()), draw(supplies())]
    # The rows of the one with the prices of the other: what a late import or a changed price looks like.
    known.append(Supplies(known[0].capacities, known[1].rows))
    history = []
    for _ in range(draw(st.integers(1, most))):
        some = draw(st.lists(st.sampled_from(calls), unique_by=lambda call: str(call["call_id"]), min_size=1))
        some.sort(key=lambda call: str(call["call_id"]))
        history.append(Known(tuple(some), keyed, draw(st.sampled_from(known))))
    return history


def _check_costs(engine: duckdb.DuckDBPyConnection, known: Known) -> None:
    """Every call costs what the rules in Python say; nothing is priced by the token on such a route."""
    with tempfile.TemporaryDirectory() as directory:
        _, capacity = Store(Path(directory), engine).refresh(known)
        rows = engine.execute("SELECT call_id, call_pico_usd, basis, is_mismatch FROM all_calls").fetchall()
    rates: Rates = known.rates()
    costs = {call["call_id"]: cases.cost_of(call, known.keyed, rates) for call in known.calls}
    zero = (CostBasis.FREE, CostBasis.GATEWAY_CACHE, CostBasis.NOT_BILLED)
    assert {row[0]: row[1:] for row in rows} == {
        name: (cost.pico_usd, "zero" if cost.basis in zero else cost.basis.value, int(cost.is_mismatch))
        for name, cost in costs.items()
    }
    for served in known.served().values():
        bases = {costs[call["call_id"]].basis for call in served}
        assert bases <= {CostBasis.CAPACITY, CostBasis.UNPRICED_NO_CAPACITY}
    _check_days(known, capacity, rates, {name: cost.pico_usd or 0 for name, cost in costs.items()})


def _check_days(known: Known, capacity: CapacityRates, rates: Rates, costs: Mapping[str, int]) -> None:
    """What was billed is what the calls cost and what stood idle, on every day, to the pico-USD."""
    first, last = cases.FIRST_AT.date() - timedelta(days=2), cases.FIRST_AT.date() + timedelta(days=9)
    days = {(day.route, day.on): day for day in capacity.days_in(first, last)}
    for key, calls in known.served().items():
        assert days[key].rate == rates[key]
        assert (days[key].calls, days[key].busy_pico_usd) == (len(calls), sum(costs[c["call_id"]] for c in calls))
    for day in days.values():
        billed, busy = day.rate.billed_pico_usd, day.rate.busy_pico_usd
        if billed is None:
            assert (day.idle_pico_usd, day.rate.has_rate, day.busy_pico_usd) == (None, False, 0)
            continue
        assert day.idle_pico_usd is not None
        assert day.idle_pico_usd >= 0
        assert day.busy_pico_usd + day.idle_pico_usd == billed
        if busy is not None and day.calls:
            # Every call is rounded down by less than one pico-USD.
            assert busy - day.calls < day.busy_pico_usd <= busy <= billed
    hours = sum(day.rate.replica_hours or 0.0 for day in days.values() if not day.rate.is_estimated)
    least = sum(
        float(row.replicas) * (row.end_at - row.start_at) / timedelta(hours=1)
        for rows in known.supplies.rows.values()
        for row in rows
    )
    assert hours >= least - 1e-9


def _check_history(engine: duckdb.DuckDBPyConnection, history: Sequence[Known]) -> None:
    """Brought up to date step by step, units and cells are those built at once, and those of Python."""
    with tempfile.TemporaryDirectory() as directory:
        kept = Store(Path(directory, "kept"), engine)
        Path(directory, "kept").mkdir()
        for number, known in enumerate(history):
            state, _ = kept.refresh(known)
            Path(directory, str(number)).mkdir()
            fresh = Store(Path(directory, str(number)), engine)
            expected, _ = fresh.refresh(known)
            assert kept.units(state) == fresh.units(expected)
            found = kept.totals(state)
            truth = cases.totals_by_cell(list(known.calls), [], known.keyed, RULES, known.rates())
            assert found.keys() == truth.keys()
            assert [cases.differences(found[key], truth[key]) for key in found] == [{}] * len(found)


@settings(max_examples=25)
@given(history=histories(most=1))
def test_shares_and_idle_add_up_to_what_was_billed(
    engine: duckdb.DuckDBPyConnection, history: list[Known]
) -> None:
    _check_costs(engine, history[0])


@settings(max_examples=8)
@given(history=histories(most=4))
def test_brought_up_to_date_equals_built_afresh(engine: duckdb.DuckDBPyConnection, history: list[Known]) -> None:
    _check_history(engine, history)


@pytest.mark.slow
@settings(max_examples=40)
@given(history=histories(most=3))
def test_many_more_ledgers(engine: duckdb.DuckDBPyConnection, history: list[Known]) -> None:
    _check_costs(engine, history[0])
    _check_history(engine, history)


@given(amount=st.integers(0, 10**18), weights=st.lists(st.integers(0, 10**16), max_size=8))
def test_an_amount_is_shared_without_a_rest(amount: int, weights: list[int]) -> None:
    parts = shared_out(amount, weights)
    assert sum(parts) == (amount if sum(weights) else 0)
    assert all(part >= 0 and (weight or not part) for part, weight in zip(parts, weights, strict=True))
