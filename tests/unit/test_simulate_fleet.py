"""The synthetic fleet: its files are valid, its truth is in them, its figures are those of the demonstration."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from routefit.declared.model import Project
from routefit.ledger.schema import CALLS, OUTCOMES
from routefit.prices import PriceBook
from routefit.project import load_project
from routefit.project.check import check_project
from routefit.simulate import FleetFiles, FleetTruth, RouteTruth, write_fleet
from routefit.simulate.demonstration import FLEET
from routefit.units import months_in

END_ON = date(2026, 5, 29)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> FleetFiles:
    """The fleet of the demonstration, at its full size."""
    return write_fleet(tmp_path_factory.mktemp("fleet"), end_on=END_ON)


@pytest.fixture(scope="module")
def project(fleet: FleetFiles) -> Project:
    return load_project(fleet.project_dir)


@pytest.fixture(scope="module")
def files(fleet: FleetFiles) -> Iterator[duckdb.DuckDBPyConnection]:
    """The raw files as the tables `calls` and `outcomes`."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for table, paths in (("calls", fleet.call_files), ("outcomes", fleet.outcome_files)):
            scans = " UNION ALL BY NAME ".join(f"SELECT * FROM {_scan(path)}" for path in paths)
            connection.execute(f"CREATE TABLE {table} AS {scans}")
        yield connection


def _scan(path: Path) -> str:
    if path.suffix == ".parquet":
        return f"read_parquet('{path}')"
    return f"(SELECT * FROM read_json('{path}', format = 'newline_delimited', sample_size = -1))"


def _one(files: duckdb.DuckDBPyConnection, sql: str) -> Any:
    row = files.execute(sql).fetchone()
    assert row is not None
    return row[0]


CALL_VIOLATIONS = {
    "no id or no start": "call_id IS NULL OR started_at IS NULL",
    "workload without unit": "workload IS NOT NULL AND unit_id IS NULL",
    "cached and written exceed input": "cached_input_tokens + cache_write_tokens > input_tokens",
    "reasoning exceeds output": "reasoning_tokens > output_tokens",
    "negative count": "least(input_tokens, cached_input_tokens, cache_write_tokens, output_tokens) < 0",
    "usage half present": "(input_tokens IS NULL) <> (output_tokens IS NULL)",
    "cached without input": "input_tokens IS NULL AND cached_input_tokens IS NOT NULL",
    "negative cost": "cost_usd < 0",
    "zero cost that tokens belie": "cost_usd = 0 AND input_tokens > 0",
    "unknown role": "role NOT IN ('first', 'step', 'retry', 'repair', 'fallback', 'grader', 'shadow')",
    "unknown status": "status NOT IN ('ok', 'error', 'timeout', 'rate_limited')",
    "failure without a class": "(status <> 'ok') <> (failure_class IS NOT NULL)",
    "first token after the end": "ttft_ms > e2e_ms OR e2e_ms <= 0",
    "attempt below 1": "attempt_no < 1",
    "retry of nothing": "role IN ('step', 'retry', 'repair', 'fallback', 'grader') AND parent_id IS NULL",
    "outside the window": f"started_at < TIMESTAMPTZ '{END_ON - timedelta(days=28)}' "
    f"OR started_at >= TIMESTAMPTZ '{END_ON}'",
    "EU data outside the EU": "workload = 'extraction' AND region <> 'eu'",
}


@pytest.mark.parametrize("condition", CALL_VIOLATIONS.values(), ids=CALL_VIOLATIONS.keys())
def test_no_call_breaks_a_rule_of_the_import(files: duckdb.DuckDBPyConnection, condition: str) -> None:
    assert _one(files, f"SELECT count(*) FROM calls WHERE {condition}") == 0


def test_call_ids_are_unique_and_parents_are_earlier_calls_of_the_same_unit(
    files: duckdb.DuckDBPyConnection,
) -> None:
    assert _one(files, "SELECT count(*) - count(DISTINCT call_id) FROM calls") == 0
    children = _one(files, "SELECT count(*) FROM calls WHERE parent_id IS NOT NULL")
    related = _one(
        files,
        """SELECT count(*) FROM calls AS child JOIN calls AS parent ON child.parent_id = parent.call_id
           WHERE child.unit_id IS NOT DISTINCT FROM parent.unit_id AND child.started_at >=
             parent.started_at + parent.e2e_ms * INTERVAL 1 MILLISECOND""",
    )
    assert children == related > 0


def test_one_verdict_for_a_unit_on_a_route(files: duckdb.DuckDBPyConnection) -> None:
    assert _one(files, "SELECT count(*) - count(DISTINCT (workload, route, unit_id)) FROM outcomes") == 0
    assert _one(files, "SELECT count(*) FROM outcomes WHERE accepted IS NULL OR decided_at IS NULL") == 0
    assert _one(files, f"SELECT count(*) FROM outcomes WHERE decided_at >= TIMESTAMPTZ '{END_ON}'") == 0
    assert _one(files, "SELECT count(*) FROM outcomes WHERE human_minutes IS NOT NULL AND NOT escalated") == 0


def test_columns_are_those_of_the_interchange_format(files: duckdb.DuckDBPyConnection) -> None:
    for table in (CALLS, OUTCOMES):
        columns = {row[0] for row in files.execute(f"DESCRIBE {table.kind}").fetchall()}
        assert columns <= set(table.names)


def test_json_lines_carry_utc_times_and_whole_tokens(fleet: FleetFiles) -> None:
    path = next(path for path in fleet.call_files if path.name == "calls-support.jsonl.gz")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            assert row["started_at"].endswith("Z")
            assert None not in row.values()
            assert isinstance(row.get("input_tokens", 0), int)


# --- truth --------------------------------------------------------------------------------------------------

CALL_TOTALS = """
SELECT workload, coalesce(route, provider || '/' || model) AS route,
    count(*) FILTER (parent_id IS NULL) AS units, count(*) AS calls,
    count(*) FILTER (role = 'grader') AS grader_calls, count(*) FILTER (role = 'shadow') AS shadow_calls,
    count(*) FILTER (role = 'retry') AS retry_calls, count(*) FILTER (role = 'repair') AS repair_calls,
    count(*) FILTER (role = 'fallback') AS fallback_calls, count(*) FILTER (status <> 'ok') AS failed_calls,
    count(*) FILTER (input_tokens IS NULL) AS calls_without_usage,
    count(DISTINCT CASE WHEN role = 'retry' THEN coalesce(unit_id, parent_id) END) AS retried_units,
    count(DISTINCT CASE WHEN role = 'repair' THEN unit_id END) AS repaired_units
FROM calls GROUP BY ALL
"""


def test_truth_counts_what_the_files_hold(fleet: FleetFiles, files: duckdb.DuckDBPyConnection) -> None:
    cursor = files.execute(CALL_TOTALS)
    names = [column[0] for column in cursor.description]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    assert {(row["workload"], row["route"]) for row in rows} == set(fleet.truth.cells)
    for row in rows:
        cell = fleet.truth.cells[row.pop("workload"), row.pop("route")]
        assert row == {name: getattr(cell, name) for name in row}
    assert fleet.truth.outcomes == _one(files, "SELECT count(*) FROM outcomes")
    assert fleet.truth.outcomes_without_call == _one(
        files, "SELECT count(*) FROM outcomes ANTI JOIN calls USING (workload, route, unit_id)"
    )


ACCEPTANCE = """
WITH last_calls AS (
    SELECT workload, coalesce(route, provider || '/' || model) AS route, unit_id,
        max_by(status, started_at) AS status, max_by(e2e_ms, started_at) AS e2e_ms,
        max_by(ttft_ms, started_at) AS ttft_ms,
        bool_or(role IN ('retry', 'repair', 'fallback')) AS has_more_attempts
    FROM calls WHERE workload IS NOT NULL AND role <> 'grader' GROUP BY ALL
), judged AS (
    SELECT u.*, o.accepted, o.escalated,
        u.status <> 'ok' OR u.e2e_ms > s.e2e_ms OR coalesce(u.ttft_ms > s.ttft_ms, FALSE) AS is_unfit
    FROM last_calls AS u LEFT JOIN outcomes AS o USING (workload, route, unit_id)
    JOIN slo AS s USING (workload)
)
SELECT workload, route, count(*) AS units,
    count(*) FILTER (accepted AND NOT escalated AND NOT is_unfit) AS accepted,
    count(*) FILTER (is_unfit OR (accepted IS NOT NULL AND (NOT accepted OR escalated))) AS rejected,
    count(*) FILTER (escalated) AS escalated,
    count(*) FILTER (accepted AND NOT escalated AND NOT is_unfit AND NOT has_more_attempts) AS first_pass
FROM judged GROUP BY ALL
"""


def test_truth_accepts_what_the_acceptance_rule_accepts(
    fleet: FleetFiles, files: duckdb.DuckDBPyConnection, project: Project
) -> None:
    files.execute("CREATE OR REPLACE TABLE slo (workload VARCHAR, e2e_ms DOUBLE, ttft_ms DOUBLE)")
    for workload in project.workloads.values():
        slo = workload.slo
        files.execute("INSERT INTO slo VALUES (?, ?, ?)", [workload.id, slo.e2e_ms or 1e12, slo.ttft_ms or 1e12])
    for workload, route, units, accepted, rejected, escalated, first_pass in files.execute(ACCEPTANCE).fetchall():
        cell = fleet.truth.cells[workload, route]
        assert (units, accepted, rejected, escalated) == (
            cell.units,
            cell.accepted_units,
            cell.rejected_units,
            cell.escalated_units,
        ), (workload, route)
        if not cell.shadow_calls:
            assert first_pass == cell.first_pass_units
        assert cell.accepted_units + cell.rejected_units + cell.undecided_units == cell.units


COST = """
SELECT c.workload, coalesce(c.route, c.provider || '/' || c.model) AS route,
    sum(CASE WHEN c.role <> 'grader' THEN cost END)::HUGEINT AS inference,
    sum(CASE WHEN c.role = 'grader' THEN cost END)::HUGEINT AS grading,
    count(*) FILTER (cost IS NULL) AS unpriced
FROM (
    SELECT calls.*,
        CASE
            WHEN cost_usd IS NOT NULL THEN round(cost_usd * 1e12)::BIGINT
            WHEN status = 'rate_limited' THEN 0
            WHEN status = 'error' AND calls.route <> 'haiku-easy' THEN 0
            ELSE (input_tokens - cached_input_tokens - cache_write_tokens) * p.input
                + cached_input_tokens * p.cache_read + cache_write_tokens * p.cache_write
                + output_tokens * p.output
        END AS cost
    FROM calls LEFT JOIN list_prices AS p USING (provider, model)
) AS c GROUP BY ALL
"""


def test_truth_costs_what_the_price_book_says(
    fleet: FleetFiles, files: duckdb.DuckDBPyConnection, project: Project
) -> None:
    """The generator's prices are those that the project's own price book finds, to the pico-USD."""
    files.execute(
        "CREATE OR REPLACE TABLE list_prices (provider VARCHAR, model VARCHAR, input BIGINT, output BIGINT, "
        "cache_read BIGINT, cache_write BIGINT)"
    )
    book = PriceBook(project)
    oss_eu = project.routes["oss-eu"]
    for provider, model in sorted(_served_models()):
        route = oss_eu if provider == oss_eu.provider else None
        row = book.list_price(route=route, provider=provider, model=model, at=fleet.truth.start_at)
        if row is not None:
            plain = row.input_pico_usd_per_token
            read, write = row.cache_read_pico_usd_per_token, row.cache_write_pico_usd_per_token
            files.execute(
                "INSERT INTO list_prices VALUES (?, ?, ?, ?, ?, ?)",
                [
                    provider,
                    model,
                    plain,
                    row.output_pico_usd_per_token,
                    plain if read is None else read,
                    plain if write is None else write,
                ],
            )
    for workload, route_name, inference, grading, unpriced in files.execute(COST).fetchall():
        cell = fleet.truth.cells[workload, route_name]
        expected = (cell.inference_pico_usd, cell.grading_pico_usd, cell.unpriced_calls)
        assert (inference or 0, grading or 0, unpriced) == expected, (workload, route_name)


def _served_models() -> set[tuple[str, str]]:
    named = (
        serving
        for traffic in FLEET
        for lane in traffic.lanes
        for serving in (lane.serving, lane.fallback, traffic.grader)
    )
    return {(serving.provider, serving.model) for serving in named if serving is not None}


# --- what the demonstration shows ---------------------------------------------------------------------------


def _lcpr_usd(truth: FleetTruth, project: Project, workload: str, route: str) -> float:
    """(inference + grading + people + running) / accepted, running shared by units; USD per accepted unit."""
    cell, declared = truth.cells[workload, route], project.workloads[workload]
    case_usd = float(declared.human.usd_per_escalation.value or 0)
    month_usd = float(declared.ops.usd_per_month.value or 0) * truth.unit_rate
    units = sum(one.units for (name, _), one in truth.cells.items() if name == workload)
    ops_usd = month_usd * months_in(truth.start_at, truth.end_at) * cell.units / units
    traced_usd = (cell.inference_pico_usd + cell.grading_pico_usd) / 1e12
    return (traced_usd + cell.escalated_units * case_usd + ops_usd) / cell.accepted_units


@pytest.mark.parametrize(
    ("workload", "route", "expected_usd", "within"),
    [
        pytest.param("support", "closed", 0.041, 0.04, id="chapter 17: the closed baseline"),
        pytest.param("support", "oss-70b", 0.031, 0.06, id="chapter 17: the open canary"),
        pytest.param("support", "mini", 0.057, 0.08, id="lowest token price, dearest result"),
        pytest.param("support", "dedicated-70b", 0.034, 0.12, id="chapter 15: shadow on dedicated"),
        pytest.param("extraction", "closed-eu", 0.058, 0.06, id="chapter 15: extraction"),
        pytest.param("classification", "closed-small", 0.012, 0.01, id="chapter 15: classification, closed"),
        pytest.param("classification", "oss-8b", 0.009, 0.01, id="chapter 15: classification, serverless"),
        pytest.param("classification", "dedicated-8b", 0.006, 0.01, id="chapter 15: classification, dedicated"),
        pytest.param("classification", "self-8b", 0.0051, 0.01, id="chapter 15: classification, self-managed"),
    ],
)
def test_loaded_cost_comes_near_the_published_figure(
    fleet: FleetFiles, project: Project, workload: str, route: str, expected_usd: float, within: float
) -> None:
    assert _lcpr_usd(fleet.truth, project, workload, route) == pytest.approx(expected_usd, rel=within)


def test_self_managed_wins_by_less_than_its_engineering_floor(fleet: FleetFiles, project: Project) -> None:
    gap_usd = _lcpr_usd(fleet.truth, project, "classification", "dedicated-8b") - _lcpr_usd(
        fleet.truth, project, "classification", "self-8b"
    )
    assert 0.0008 < gap_usd < 0.00095
    floor = project.config.defaults.self_managed_floor_usd_per_month.value
    demand = project.workloads["classification"].demand.units_per_month.value
    assert floor is not None
    assert demand is not None
    assert gap_usd * demand < float(floor)


def test_the_lowest_token_price_belongs_to_the_dearest_result(fleet: FleetFiles, project: Project) -> None:
    book, at = PriceBook(project), fleet.truth.start_at
    rows = {
        name: book.list_price(route=route, provider=route.provider, model=route.model, at=at)
        for name, route in project.routes.items()
    }
    prices = {
        name: (row.input_pico_usd_per_token, row.output_pico_usd_per_token)
        for name, row in rows.items()
        if row is not None
    }
    assert all(prices["mini"][0] < price[0] for name, price in prices.items() if name != "mini")
    assert all(prices["mini"][1] < price[1] for name, price in prices.items() if name != "mini")
    costs = {
        route: _lcpr_usd(fleet.truth, project, "support", route)
        for route in ("closed", "oss-70b", "mini", "haiku-easy", "dedicated-70b")
    }
    assert max(costs, key=costs.__getitem__) == "mini"
    assert min(costs, key=costs.__getitem__) == "haiku-easy"
    assert costs["mini"] > 1.25 * costs["closed"]


def test_rates_of_support_follow_chapter_17(fleet: FleetFiles) -> None:
    closed, oss = fleet.truth.cells["support", "closed"], fleet.truth.cells["support", "oss-70b"]
    assert _first_pass_rate(closed) == pytest.approx(0.91, abs=0.01)
    assert _first_pass_rate(oss) == pytest.approx(0.86, abs=0.015)
    assert closed.repaired_units / closed.units == pytest.approx(0.052, abs=0.004)
    assert oss.repaired_units / oss.units == pytest.approx(0.098, abs=0.004)
    assert closed.escalated_units / closed.units == pytest.approx(0.031, abs=0.003)
    assert oss.escalated_units / oss.units == pytest.approx(0.049, abs=0.004)


def _first_pass_rate(cell: RouteTruth) -> float:
    return cell.first_pass_units / (cell.accepted_units + cell.rejected_units)


def test_planted_gaps_are_there(fleet: FleetFiles, files: duckdb.DuckDBPyConnection, project: Project) -> None:
    cells = fleet.truth.cells
    alias = cells["summaries", "openai/prod-summarize-x2"]
    assert 0 < alias.unpriced_calls <= alias.calls
    assert alias.inference_pico_usd == 0
    mini = cells["support", "mini"]
    assert mini.calls_without_usage / mini.calls == pytest.approx(0.03, abs=0.01)
    assert all(cell.accepted_units == 0 for (workload, _), cell in cells.items() if workload == "summaries")
    assert fleet.truth.unattributed_calls / fleet.truth.calls == pytest.approx(0.005, abs=0.001)
    assert fleet.truth.outcomes_without_call == 28
    assert cells["support", "closed"].undecided_units > 0
    assert cells["support", "haiku-easy"].unknown_billing_calls > 0
    assert [name for name, route in project.routes.items() if route.billed_on.error is None] == ["haiku-easy"]
    mix = dict(
        files.execute(
            "SELECT route, avg(input_tokens) FROM calls WHERE workload = 'support' AND role = 'first' GROUP BY 1"
        ).fetchall()
    )
    assert mix["haiku-easy"] < 0.3 * mix["closed"]


def test_the_failed_candidate_ran_the_incumbents_own_tasks(
    fleet: FleetFiles, files: duckdb.DuckDBPyConnection
) -> None:
    cell = fleet.truth.cells["extraction", "oss-eu"]
    assert 150 <= cell.units <= 250
    assert cell.accepted_units / (cell.accepted_units + cell.rejected_units) == pytest.approx(0.71, abs=0.02)
    shared = _one(
        files,
        """SELECT count(DISTINCT a.unit_id) FROM calls AS a SEMI JOIN
           (SELECT unit_id FROM calls WHERE route = 'closed-eu') AS b USING (unit_id) WHERE a.route = 'oss-eu'""",
    )
    assert shared == cell.units


# --- files --------------------------------------------------------------------------------------------------


def test_volume_is_one_unit_in_fifty_of_the_real_one(fleet: FleetFiles) -> None:
    units = sum(cell.units for (workload, _), cell in fleet.truth.cells.items() if workload == "classification")
    assert units / fleet.truth.unit_rate / 28 == pytest.approx(2_000_000, rel=0.01)
    assert fleet.truth.start_at == datetime(2026, 5, 1, tzinfo=UTC)
    assert fleet.truth.end_at == datetime(2026, 5, 29, tzinfo=UTC)


def test_files_stay_small(fleet: FleetFiles) -> None:
    paths = (*fleet.call_files, *fleet.outcome_files)
    assert sum(path.stat().st_size for path in paths) < 60_000_000


def test_the_project_is_valid_and_says_that_it_is_made_up(fleet: FleetFiles, project: Project) -> None:
    assert check_project(fleet.project_dir, today=END_ON).problems == ()
    assert project.config.is_synthetic
    assert project.config.sampling.unit_rate == fleet.truth.unit_rate
    assert set(project.workloads) == {traffic.workload for traffic in FLEET if traffic.workload}
    assert {lane.route for traffic in FLEET for lane in traffic.lanes if lane.route} == set(project.routes)


def test_declared_files_name_no_address(fleet: FleetFiles) -> None:
    for path in sorted(fleet.project_dir.rglob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        assert "://" not in text
        assert str(Path.home()) not in text
        assert "$" not in text


def _digests(directory: Path, seed: int) -> dict[str, str]:
    write_fleet(directory, seed=seed, days=2, end_on=END_ON, unit_rate=0.0005)
    return {
        str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    first = _digests(tmp_path / "a", 7)
    assert _digests(tmp_path / "b", 7) == first
    other = _digests(tmp_path / "c", 8)
    assert {name for name in first if other[name] != first[name]} == {
        name for name in first if name.startswith("raw/")
    }


def test_writing_again_replaces(tmp_path: Path) -> None:
    assert _digests(tmp_path, 7) == _digests(tmp_path, 7)
