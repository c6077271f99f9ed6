"""The demonstration's fleet through a gateway's log, scores and replicas gives back what its generator knows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from routefit.answers.workspace import Workspace
from routefit.lcpr.totals import Totals
from routefit.ledger.formats.invoices import Invoices
from routefit.ledger.formats.litellm import LiteLlm
from routefit.ledger.import_summary import ImportSummary
from routefit.ledger.importing import import_file
from routefit.project import load_project
from routefit.project.check import check_project
from routefit.simulate.fleet import write_fleet
from routefit.simulate.gateway_fleet import GatewayFleetFiles, write_gateway_fleet
from routefit.simulate.gateway_project import CAPACITY_ROUTE
from routefit.simulate.truth import RouteTruth

pytestmark = pytest.mark.slow

END_ON = date(2026, 5, 29)
NOW = datetime(2026, 6, 20, 12, tzinfo=UTC)
DAYS, UNIT_RATE = 14, 0.004

Cells = dict[tuple[str, str], Totals]


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> GatewayFleetFiles:
    return write_gateway_fleet(tmp_path_factory.mktemp("gateway"), end_on=END_ON, days=DAYS, unit_rate=UNIT_RATE)


@pytest.fixture(scope="module")
def imports(fleet: GatewayFleetFiles) -> list[ImportSummary]:
    ledger = fleet.project_dir / "ledger"
    summaries = [one for file in fleet.logs for one in import_file(ledger, "calls", file, form=LiteLlm(), now=NOW)]
    for file in fleet.call_files:
        summaries += import_file(ledger, "calls", file, now=NOW, keep_identifiers=True)
    for file in fleet.outcome_files:
        summaries += import_file(ledger, "outcomes", file, now=NOW)
    summaries += import_file(ledger, "scores", fleet.scores, now=NOW)
    summaries += import_file(ledger, "capacity", fleet.capacity, now=NOW)
    summaries += import_file(ledger, "invoices", fleet.invoices, form=Invoices(), now=NOW)
    return summaries


@pytest.fixture(scope="module")
def cells(fleet: GatewayFleetFiles, imports: list[ImportSummary]) -> Iterator[Cells]:
    truth = fleet.truth
    with Workspace(fleet.project_dir, as_of=NOW) as workspace:
        by_group = workspace.ledger.totals(truth.start_at.date(), truth.end_at.date())
        yield {key: sum(groups.values(), Totals()) for key, groups in by_group.items()}


def test_every_file_goes_in_and_rotation_counts_nothing_twice(
    fleet: GatewayFleetFiles, imports: list[ImportSummary]
) -> None:
    assert not any(one.rejected for one in imports)
    assert sum(one.imported for one in imports if one.kind == "calls") == fleet.truth.calls
    assert sum(one.duplicate for one in imports) == 3 * 40


FIGURES: dict[str, tuple[Callable[[RouteTruth], int], Callable[[Totals], int]]] = {
    "units": (lambda told: told.units, lambda found: found.units),
    "accepted": (lambda told: told.accepted_units, lambda found: found.accepted_units),
    "escalated": (lambda told: told.escalated_units, lambda found: found.escalated_units),
    "first pass": (lambda told: told.first_pass_units, lambda found: found.first_pass_units),
    "retried": (lambda told: told.retried_units, lambda found: found.retry_units),
    "repaired": (lambda told: told.repaired_units, lambda found: found.repair_units),
    "production calls": (lambda told: told.calls - told.grader_calls, lambda found: found.production_calls),
}


@pytest.mark.parametrize("figure", FIGURES)
def test_the_log_gives_back_what_the_generator_knows(fleet: GatewayFleetFiles, cells: Cells, figure: str) -> None:
    told, found = FIGURES[figure]
    expected = {
        (workload or "unattributed", route): told(one) for (workload, route), one in fleet.truth.cells.items()
    }
    assert {key: found(cells.get(key, Totals())) for key in expected} == expected


def test_cost_of_every_cell_is_right_to_the_last_pico_usd(fleet: GatewayFleetFiles, cells: Cells) -> None:
    for (workload, route), told in fleet.truth.cells.items():
        if route != CAPACITY_ROUTE:
            assert cells[workload or "unattributed", route].inference_pico_usd == told.inference_pico_usd, route


def test_gradings_of_tickets_are_all_there(fleet: GatewayFleetFiles, cells: Cells) -> None:
    """A grading names its ticket, not the route: of a ticket with a copy it may stay without one."""
    graded = sum(one.grading_pico_usd for one in fleet.truth.cells.values())
    assert sum(totals.eval_pico_usd for totals in cells.values()) == graded > 0


def test_the_in_house_route_is_paid_by_its_replicas(cells: Cells) -> None:
    totals = cells["classification", CAPACITY_ROUTE]
    assert totals.unpriced_calls == 0
    billed_usd = (24 * 16 + 8 * 8) * DAYS * 2.50 * UNIT_RATE
    assert billed_usd * 0.3 < totals.inference_pico_usd / 1e12 <= billed_usd


def test_it_is_the_traffic_of_the_canonical_files(fleet: GatewayFleetFiles, tmp_path: Path) -> None:
    canonical = write_fleet(tmp_path, end_on=END_ON, days=DAYS, unit_rate=UNIT_RATE)
    assert fleet.truth.cells == canonical.truth.cells


def test_the_log_does_not_say_workload_route_or_unit_as_such(fleet: GatewayFleetFiles) -> None:
    with fleet.logs[0].open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    assert not any({"workload", "route", "unit_id", "role"} & set(row) for row in rows)
    assert {row["metadata"]["user_api_key_alias"] for row in rows} == {
        "support-prod",
        "judge-support",
        "documents-prod",
        "summaries-prod",
        "playground",
    }


def test_the_declared_files_are_in_order(fleet: GatewayFleetFiles) -> None:
    assert check_project(fleet.project_dir, today=END_ON).is_ok
    project = load_project(fleet.project_dir)
    assert len(project.config.attribution) == 6
    assert project.routes[CAPACITY_ROUTE].capacity.is_declared


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    contents = []
    for name in ("one", "again"):
        write_gateway_fleet(tmp_path / name, end_on=END_ON, days=2, unit_rate=0.0005)
        contents.append(
            {
                path.relative_to(tmp_path / name): path.read_bytes()
                for path in sorted((tmp_path / name).rglob("*"))
                if path.is_file()
            }
        )
    assert contents[0] == contents[1]
    assert len(contents[0]) > 20
