"""The spend log of twelve teams, imported and attributed by a person's rules, gives back what its generator knows.

The limits, stated: where no client groups its calls, each call is a unit and no retry shows; what a failed call
was billed is not known without a declared route, so such calls have no cost (one refused for its rate costs 0).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from routefit.answers.bill import Bill, bill_of
from routefit.answers.workspace import Workspace
from routefit.lcpr.totals import Totals
from routefit.ledger.formats.invoices import Invoices
from routefit.ledger.formats.litellm import LiteLlm
from routefit.ledger.import_summary import ImportSummary
from routefit.ledger.importing import import_file
from routefit.simulate.spend_log import write_fleet
from routefit.simulate.spend_rows import CANARY_KEY, CANARY_PROMPT
from routefit.simulate.spend_truth import SpendLogTruth, WorkloadTruth
from twelve_teams_project import write_project

NOW = datetime(2026, 6, 20, 12, tzinfo=UTC)
WORKLOADS = (
    "support",
    "claims",
    "search-answers",
    "code-agent",
    "catalog-tags",
    "ad-copy",
    "campaign-mails",
    "extraction",
    "redaction",
    "translation",
    "internal-assistant",
    "contract-review",
    "meeting-notes",
    "unattributed",
)
PER_TOKEN = tuple(name for name in WORKLOADS if name != "internal-assistant")
"""Workloads on a declared route."""


class Company:
    """The imported fleet with its totals by workload."""

    def __init__(self, folder: Path, *, seed: int, rows: int, days: int = 28) -> None:
        self.truth: SpendLogTruth = write_fleet(
            folder / "raw", seed=seed, rows=rows, days=days, formats=("jsonl", "csv")
        )
        self.project_dir = write_project(folder / "project")
        ledger = self.project_dir / "ledger"
        self.imports: list[ImportSummary] = []
        for file in self.truth.files:
            self.imports += import_file(ledger, "calls", file, form=LiteLlm(), now=NOW)
        raw = folder / "raw"
        self.others = [
            *import_file(ledger, "scores", raw / "scores.jsonl", now=NOW),
            *import_file(ledger, "capacity", raw / "capacity.csv", now=NOW),
            *import_file(ledger, "invoices", raw / "invoices.csv", form=Invoices(), now=NOW),
        ]
        self.bill: Bill
        self.totals: defaultdict[str, Totals] = defaultdict(Totals)
        with Workspace(self.project_dir, as_of=NOW) as workspace:
            for (workload, _), groups in workspace.ledger.totals(self.truth.start_on, self.truth.end_on).items():
                for totals in groups.values():
                    self.totals[workload] += totals
            self.bill = bill_of(workspace, workspace.window(self.truth.start_on, self.truth.end_on))


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    return Company(tmp_path_factory.mktemp("company"), seed=7, rows=10_000, days=10)


def test_every_row_of_the_rotated_files_is_read_and_none_counts_twice(company: Company) -> None:
    assert sum(one.imported for one in company.imports) == company.truth.rows
    assert sum(one.duplicate for one in company.imports) == company.truth.duplicate_rows
    assert not any(one.rejected for one in (*company.imports, *company.others))
    assert company.others[0].imported == company.truth.scores


def test_the_rules_leave_nothing_over(company: Company) -> None:
    assert set(company.totals) == set(WORKLOADS) == set(company.truth.workloads)


FIGURES: dict[str, tuple[Callable[[WorkloadTruth], int], Callable[[Totals], int]]] = {
    "units": (lambda told: told.observable_units, lambda found: found.units),
    "calls": (lambda told: told.calls, lambda found: found.calls),
    "gradings": (lambda told: told.grader_calls, lambda found: found.grader_calls),
    "units with a retry": (
        lambda told: told.units_with_retry if told.is_grouped else 0,
        lambda found: found.retry_units,
    ),
    "units with a fallback": (lambda told: told.units_with_fallback, lambda found: found.fallback_units),
    "units with a repair": (lambda told: 0, lambda found: found.repair_units),
    "timeouts": (lambda told: told.timeout_calls, lambda found: found.timeout_calls),
    "grading cost": (lambda told: told.grading_pico_usd, lambda found: found.eval_pico_usd),
    "accepted units": (lambda told: told.accepted_units, lambda found: found.accepted_units),
    "rejected units": (lambda told: told.rejected_units, lambda found: found.failed_verdict_units),
}


@pytest.mark.parametrize("figure", FIGURES)
@pytest.mark.parametrize("workload", WORKLOADS)
def test_what_the_generator_knows_is_found_again(company: Company, workload: str, figure: str) -> None:
    told, found = FIGURES[figure]
    assert found(company.totals[workload]) == told(company.truth.workloads[workload])


@pytest.mark.parametrize("workload", PER_TOKEN)
def test_spend_of_a_workload_is_right_to_the_last_pico_usd(company: Company, workload: str) -> None:
    """In spite of what the gateway booked for cached tokens."""
    told, found = company.truth.workloads[workload], company.totals[workload]
    assert found.inference_pico_usd == told.pico_usd
    assert told.pico_usd > 0


def test_gateway_bookings_that_are_off_are_named_as_such(company: Company) -> None:
    off = {name for name, totals in company.totals.items() if totals.mismatch_pico_usd}
    assert off == {"support", "code-agent"}
    for name in off:
        told = company.truth.workloads[name]
        booked_too_much = told.gateway_pico_usd - told.pico_usd
        assert company.totals[name].mismatch_pico_usd == pytest.approx(booked_too_much, rel=0.02)


@pytest.mark.parametrize("workload", WORKLOADS)
def test_calls_without_a_cost_are_those_of_which_nobody_knows_one(company: Company, workload: str) -> None:
    told, found = company.truth.workloads[workload], company.totals[workload]
    assert found.unpriced_calls == told.calls_without_usage


def test_replicas_by_day_and_night_cost_more_than_the_calls_that_they_served(company: Company) -> None:
    found, capacity = company.totals["internal-assistant"], company.truth.capacity
    served_usd = found.inference_pico_usd / 1e12
    assert found.unpriced_calls == 0
    assert 0 < served_usd < (capacity.replica_hours - capacity.idle_replica_hours) * 4 * 2.50


def test_invoices_are_explained_by_what_was_traced_and_what_was_not(company: Company) -> None:
    """One in EUR with use beside the gateway, credits, a disputed line; one of a cloud that bills for another."""
    found = {one.biller: one for one in company.bill.comparisons}
    assert set(found) == {told.provider for told in company.truth.invoices}
    for told in company.truth.invoices:
        sums = found[told.provider].whole
        assert sums.traced_pico_usd == told.traced_pico_usd
        assert sums.invoice_pico_usd == told.invoiced_usd * 10**12
        assert sums.not_through_gateway_pico_usd == told.off_gateway_usd * 10**12
        assert sums.price_difference_pico_usd == told.price_difference_usd * 10**12
        assert sums.credits_pico_usd == told.credits_usd * 10**12
    (disputed,) = company.bill.left_out
    assert disputed.reason == "disputed"
    assert disputed.usd == pytest.approx(float(company.truth.invoices[0].disputed_usd))


@pytest.mark.parametrize("workload", WORKLOADS)
def test_a_unit_that_nothing_groups_is_one_call(company: Company, workload: str) -> None:
    told, found = company.truth.workloads[workload], company.totals[workload]
    if not told.is_grouped:
        assert found.one_call_units == found.units == told.production_calls
    else:
        assert found.one_call_units < found.units


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_spend_and_units_are_found_again_whatever_the_seed(tmp_path: Path, seed: int) -> None:
    company = Company(tmp_path, seed=seed, rows=1_500, days=4)
    told, found = company.truth.workloads, company.totals
    assert {name: found[name].units for name in told} == {name: one.observable_units for name, one in told.items()}
    assert {name: found[name].inference_pico_usd for name in PER_TOKEN} == {
        name: told[name].pico_usd for name in PER_TOKEN
    }


def test_neither_key_nor_prompt_nor_address_reaches_the_project(tmp_path: Path) -> None:
    truth = write_fleet(tmp_path / "raw", rows=300, days=2, payload_characters=2_000, formats=("jsonl", "csv"))
    project = write_project(tmp_path / "project")
    for file in truth.files:
        import_file(project / "ledger", "calls", file, form=LiteLlm(), now=NOW)
    with Workspace(project, as_of=NOW):
        pass
    needles = [text.encode() for text in (CANARY_KEY, CANARY_PROMPT, "@company.example", "10.20.0.7")]
    found = [(path, needle) for path, content in _contents(project) for needle in needles if needle in content]
    assert not found
    assert any(b"claims-prod" in content for _, content in _contents(project)), "attributes stand uncompressed"


def _contents(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file, and every column of a Parquet file as text, for its pages are compressed."""
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".parquet":
            with duckdb.connect() as connection:
                rows = connection.execute(f"SELECT * FROM read_parquet('{path}')").fetchall()
            yield path, repr(rows).encode()
        elif path.is_file():
            yield path, path.read_bytes()
