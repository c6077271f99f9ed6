"""The rules in SQL say of every ledger what the rules in Python say: costs, acceptance, and all totals."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ledger_cases as cases
from ledger_cases import Row
from routefit.declared.model import Workload
from routefit.lcpr.acceptance import AcceptanceRules
from routefit.lcpr.cost import CostBasis
from routefit.ledger.attribution import NO_RULES
from routefit.ledger.building import create_pricing
from routefit.ledger.capacity import create_capacity_rates
from routefit.ledger.cells import rules_table
from routefit.ledger.derived import DerivedFolder
from routefit.ledger.engine import connect, register_table, statement
from routefit.ledger.pricing import CallKey, KeyedPricing
from routefit.ledger.unit_relations import UnitRelations

ZERO_BASES = (CostBasis.FREE, CostBasis.GATEWAY_CACHE, CostBasis.NOT_BILLED)
_KEY = "workload, route, unit_id, is_shadow = 1"


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(threads=1) as connection:
        yield connection


def load_calls(
    engine: duckdb.DuckDBPyConnection, calls: Sequence[Row], keyed: Mapping[CallKey, KeyedPricing]
) -> None:
    """`costed_calls` over calls that are not stored anywhere."""
    engine.execute("DROP VIEW IF EXISTS costed_calls")
    register_table(engine, "facts", cases.arrow_calls(calls))
    engine.execute(f"CREATE OR REPLACE TEMP VIEW calls AS {NO_RULES.calls_sql('facts')}")
    create_pricing(engine, keyed.items())
    create_capacity_rates(engine)
    with tempfile.TemporaryDirectory() as ledger:
        relations = UnitRelations(engine, DerivedFolder(Path(ledger)), NO_RULES, "facts", ["facts"])
        relations.prepare(keyed)
        engine.execute(f"CREATE OR REPLACE TEMP VIEW priced_calls AS {statement('priced_calls')}")
        engine.execute(f"CREATE OR REPLACE TEMP TABLE uninferred_calls AS {statement('costed_calls')}")
    engine.execute(f"CREATE OR REPLACE TEMP VIEW costed_calls AS {statement('inferred_roles')}")


def load_units(
    engine: duckdb.DuckDBPyConnection, outcomes: Sequence[Row], rules: Mapping[str, Workload | None]
) -> None:
    """`accepted_units` over the units of `costed_calls`."""
    engine.execute(f"CREATE OR REPLACE TEMP TABLE customer_groups AS {statement('customer_groups')}")
    engine.execute(
        "CREATE OR REPLACE TEMP TABLE units AS SELECT *, CAST(first_started_at AS DATE) AS home_day "
        f"FROM ({statement('units')}) AS u"
    )
    register_table(engine, "outcome_rows_found", cases.arrow_outcomes(outcomes))
    engine.execute(
        "CREATE OR REPLACE TEMP VIEW outcome_targets AS "
        f"SELECT *, CAST(31 AS HUGEINT) * {1 << 122} "
        f"+ CAST(coalesce(epoch_us(decided_at), 0) AS HUGEINT) * {1 << 70} AS known_order FROM outcome_rows_found"
    )
    engine.execute(f"CREATE OR REPLACE TEMP TABLE outcomes_latest AS {statement('outcomes_latest')}")
    register_table(engine, "rules", rules_table(rules))
    engine.execute(f"CREATE OR REPLACE TEMP VIEW accepted_units AS {statement('acceptance')}")


def priced_ledgers() -> st.SearchStrategy[tuple[list[Row], dict[CallKey, KeyedPricing]]]:
    return cases.call_rows().flatmap(lambda calls: st.tuples(st.just(calls), cases.keyed_pricings(calls)))


def _check_costs(engine: duckdb.DuckDBPyConnection, ledger: tuple[list[Row], dict[CallKey, KeyedPricing]]) -> None:
    calls, keyed = ledger
    load_calls(engine, calls, keyed)
    rows = engine.execute(
        "SELECT call_id, call_pico_usd, basis, is_mismatch = 1, billed IS NULL AND basis = 'tokens' "
        "FROM costed_calls"
    ).fetchall()
    costs = {call["call_id"]: cases.cost_of(call, keyed) for call in calls}
    assert {row[0]: row[1:] for row in rows} == {
        call_id: (
            cost.pico_usd,
            "zero" if cost.basis in ZERO_BASES else cost.basis.value,
            cost.is_mismatch,
            cost.is_billing_unknown,
        )
        for call_id, cost in costs.items()
    }
    assert len(rows) == len(calls)


def _check_units(
    engine: duckdb.DuckDBPyConnection,
    ledger: tuple[list[Row], dict[CallKey, KeyedPricing]],
    outcomes: list[Row],
    rules: dict[str, Workload | None],
) -> None:
    calls, keyed = ledger
    load_calls(engine, calls, keyed)
    load_units(engine, outcomes, rules)
    found = engine.execute(f"SELECT {_KEY}, reason FROM accepted_units WHERE production_calls > 0").fetchall()
    latest = cases.latest_outcomes(outcomes)
    expected = {
        key: cases.reason_of(members, latest.get(key[:3], {}), AcceptanceRules.of(rules[key[0]]))
        for key, members in cases.units_of(calls, keyed).items()
        if any(member.role != "grader" for member in members)
    }
    assert {tuple(row[:4]): row[4] for row in found} == expected


def _check_totals(
    engine: duckdb.DuckDBPyConnection,
    ledger: tuple[list[Row], dict[CallKey, KeyedPricing]],
    outcomes: list[Row],
    rules: dict[str, Workload | None],
) -> None:
    # Grading that names no route is booked when cells are built, on all units at once; see test_ledger_refresh.
    calls = [call for call in ledger[0] if call["role"] != "grader" or call["route"]]
    load_calls(engine, calls, ledger[1])
    load_units(engine, outcomes, rules)
    found = cases.totals_in(engine.execute(statement("cells")))
    expected = cases.totals_by_cell(calls, outcomes, ledger[1], rules)
    assert found.keys() == expected.keys()
    assert [cases.differences(found[key], expected[key]) for key in found] == [{}] * len(found)


@settings(max_examples=40)
@given(ledger=priced_ledgers())
def test_cost_of_every_call_is_the_same_in_sql(
    engine: duckdb.DuckDBPyConnection, ledger: tuple[list[Row], dict[CallKey, KeyedPricing]]
) -> None:
    _check_costs(engine, ledger)


@settings(max_examples=40)
@given(ledger=priced_ledgers(), outcomes=cases.outcome_rows(), rules=cases.workloads())
def test_reason_of_every_unit_is_the_same_in_sql(
    engine: duckdb.DuckDBPyConnection,
    ledger: tuple[list[Row], dict[CallKey, KeyedPricing]],
    outcomes: list[Row],
    rules: dict[str, Workload | None],
) -> None:
    _check_units(engine, ledger, outcomes, rules)


@settings(max_examples=40)
@given(ledger=priced_ledgers(), outcomes=cases.outcome_rows(), rules=cases.workloads())
def test_totals_are_the_same_in_sql(
    engine: duckdb.DuckDBPyConnection,
    ledger: tuple[list[Row], dict[CallKey, KeyedPricing]],
    outcomes: list[Row],
    rules: dict[str, Workload | None],
) -> None:
    _check_totals(engine, ledger, outcomes, rules)


@pytest.mark.slow
@settings(max_examples=200)
@given(ledger=priced_ledgers(), outcomes=cases.outcome_rows(), rules=cases.workloads())
def test_sql_says_the_same_on_many_more_ledgers(
    engine: duckdb.DuckDBPyConnection,
    ledger: tuple[list[Row], dict[CallKey, KeyedPricing]],
    outcomes: list[Row],
    rules: dict[str, Workload | None],
) -> None:
    _check_costs(engine, ledger)
    _check_units(engine, ledger, outcomes, rules)
    _check_totals(engine, ledger, outcomes, rules)
