"""A fleet that is imported and costed gives the generator's own totals, to the unit and the pico-USD."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from routefit.answers.workspace import Workspace
from routefit.lcpr.totals import Totals
from routefit.ledger.importing import import_file
from routefit.simulate import FleetFiles, write_fleet

END_ON = date(2026, 5, 29)
NOW = datetime(2026, 5, 29, 8, tzinfo=UTC)

TRUTH_BY_TOTAL = {
    "units": "units",
    "accepted_units": "accepted_units",
    "rejected_units": "rejected_units",
    "unknown_units": "undecided_units",
    "escalated_units": "escalated_units",
    "first_pass_units": "first_pass_units",
    "retry_units": "retried_units",
    "repair_units": "repaired_units",
    "calls": "calls",
    "grader_calls": "grader_calls",
    "unpriced_calls": "unpriced_calls",
    "billing_unknown_calls": "unknown_billing_calls",
    "inference_pico_usd": "inference_pico_usd",
    "eval_pico_usd": "grading_pico_usd",
}
"""The ledger's name of a total, and the generator's."""


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> FleetFiles:
    """Nine days, so that the repeated documents are in; a tenth of the demonstration's sample of units."""
    return write_fleet(tmp_path_factory.mktemp("fleet"), days=9, end_on=END_ON, unit_rate=0.002)


@pytest.fixture(scope="module")
def totals(fleet: FleetFiles) -> dict[tuple[str | None, str], Totals]:
    ledger_dir = fleet.project_dir / "ledger"
    for path in fleet.call_files:
        _import_all(ledger_dir, "calls", path)
    for path in fleet.outcome_files:
        _import_all(ledger_dir, "outcomes", path)
    with Workspace(fleet.project_dir) as workspace:
        found = workspace.ledger.totals(fleet.truth.start_at.date(), fleet.truth.end_at.date())
        assert workspace.ledger.outcomes_without_call == fleet.truth.outcomes_without_call
        return {
            (None if workload == "unattributed" else workload, route): sum(groups.values(), Totals())
            for (workload, route), groups in found.items()
        }


def _import_all(ledger_dir: Path, kind: Any, path: Path) -> None:
    (summary,) = import_file(ledger_dir, kind, path, now=NOW)
    assert (summary.rejected, summary.duplicate, summary.conflicts, summary.warnings) == (0, 0, 0, ())
    assert summary.imported == summary.read > 0


def test_every_cell_of_the_generator_is_a_cell_of_the_ledger(
    fleet: FleetFiles, totals: dict[tuple[str | None, str], Totals]
) -> None:
    assert set(totals) == {key for key, cell in fleet.truth.cells.items() if cell.units}


@pytest.mark.parametrize(("total", "truth"), TRUTH_BY_TOTAL.items(), ids=TRUTH_BY_TOTAL)
def test_ledger_finds_what_the_generator_knows(
    fleet: FleetFiles, totals: dict[tuple[str | None, str], Totals], total: str, truth: str
) -> None:
    assert {key: getattr(cell, total) for key, cell in totals.items()} == {
        key: getattr(cell, truth) for key, cell in fleet.truth.cells.items() if cell.units
    }
