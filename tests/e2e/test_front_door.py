"""Raw files to the bill in three commands, without a line of YAML written by hand, seen from the command line.

The limits, stated: where no client groups its calls each call is a unit, and neither its retries nor what the
scores of a unit mean can be seen; a fallback shows where the gateway says what was asked for; calls of a server of
one's own and calls whose usage was lost have no known cost; a small workload may stay without a rule in a small
log, so the fleet has a few thousand rows.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from command_line import Ran, run_command
from routefit.simulate.spend_log import write_fleet
from routefit.simulate.spend_truth import SpendLogTruth
from twelve_teams_project import NAMES

pytestmark = pytest.mark.slow

AS_OF = "2026-06-01"
ROWS = 6_000

SELF_MANAGED = "internal-assistant"


class Company(NamedTuple):
    """The project of the twelve teams after the three commands."""

    directory: Path
    truth: SpendLogTruth
    commands: tuple[Ran, ...]


def ask(directory: Path, *arguments: str) -> Ran:
    """One command on a project, as of a fixed day."""
    return run_command(*arguments, "--project", directory, "--as-of", AS_OF)


def answer(directory: Path, *arguments: str) -> Any:
    """The JSON of one command that must succeed without a word on stderr."""
    ran = ask(directory, *arguments, "--format", "json")
    assert (ran.exit_code, ran.err) == (0, "")
    return ran.json


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    folder = tmp_path_factory.mktemp("company")
    truth = write_fleet(folder / "raw", rows=ROWS, formats=("jsonl", "csv"))
    directory = folder / "acme"
    commands = (
        run_command("init", directory),
        ask(directory, "import", "litellm", str(folder / "raw" / "traces"), "--format", "json"),
        ask(directory, "discover"),
    )
    return Company(directory, truth, commands)


@pytest.fixture(scope="module")
def cells(company: Company) -> dict[str, dict[str, Any]]:
    """The cell of each workload; none of them is served on two assigned routes."""
    found: list[dict[str, Any]] = answer(company.directory, "lcpr")["cells"]
    assert len({cell["workload"] for cell in found}) == len(found)
    return {cell["workload"]: cell for cell in found}


@pytest.fixture(scope="module")
def spent(company: Company) -> dict[str, dict[str, Any]]:
    """What was spent by workload."""
    return {row["key"]: row for row in answer(company.directory, "spend")["rows"]}


def test_three_commands_end_in_a_table_of_costs(company: Company) -> None:
    assert [(ran.exit_code, ran.err) for ran in company.commands] == [(0, "")] * 3
    table = company.commands[-1].out.rpartition("─\n")[2]
    assert set(NAMES.values()) <= set(table.split())


def test_every_row_is_read_and_the_overlaps_of_rotated_files_count_once(company: Company) -> None:
    imported = company.commands[1].json
    assert sum(file["imported"] for file in imported["files"]) == company.truth.rows
    assert sum(file["duplicate"] for file in imported["files"]) == company.truth.duplicate_rows
    assert not imported["failed"]
    again = ask(
        company.directory, "import", "litellm", str(company.truth.files[0].parent), "--format", "json"
    ).json
    assert all(file["is_already_imported"] for file in again["files"])


@pytest.mark.parametrize("by", ["workload", "team", "owner", "tag.feature", "day"])
def test_spend_is_what_the_generator_spent_however_it_is_cut(company: Company, by: str) -> None:
    spent = answer(company.directory, "spend", "--by", by)
    assert sum(row["calls"] for row in spent["rows"]) == company.truth.rows
    assert sum(row["usd"] for row in spent["rows"]) == pytest.approx(company.truth.pico_usd / 1e12, abs=1e-9)
    assert spent["total_usd"] == pytest.approx(company.truth.pico_usd / 1e12, abs=1e-9)


@pytest.mark.parametrize("workload", NAMES)
def test_spend_of_a_workload_is_right(company: Company, spent: dict[str, dict[str, Any]], workload: str) -> None:
    """To the pico-USD, in spite of what the gateway booked for cached tokens."""
    told, found = company.truth.workloads[workload], spent[NAMES[workload]]
    assert found["calls"] == told.calls
    assert found["usd"] == pytest.approx((told.pico_usd + told.grading_pico_usd) / 1e12, abs=1e-12)
    assert found["grading_usd"] == pytest.approx(told.grading_pico_usd / 1e12, abs=1e-12)


@pytest.mark.parametrize("workload", NAMES)
def test_units_and_roles_of_a_workload_are_right(
    company: Company, cells: dict[str, dict[str, Any]], workload: str
) -> None:
    told, cell = company.truth.workloads[workload], cells[NAMES[workload]]
    attempts = told.production_calls - told.step_calls if told.is_grouped else told.production_calls
    assert (cell["units"], cell["calls"], cell["attempts"]) == (told.observable_units, told.calls, attempts)
    if told.is_grouped:
        assert cell["rates"]["retry"] * cell["units"] == pytest.approx(told.units_with_retry)
    else:
        assert cell["rates"]["retry"] is None, "what cannot be seen is unknown, never 0"
    assert cell["rates"]["timeout"] * told.production_calls == pytest.approx(told.timeout_calls)


@pytest.mark.parametrize("workload", NAMES)
def test_what_a_unit_costs_is_known_as_far_as_its_calls_are(
    company: Company, cells: dict[str, dict[str, Any]], workload: str
) -> None:
    """No verdict was given: the cost per unit is known, that per accepted one is at least as much."""
    told, cell = company.truth.workloads[workload], cells[NAMES[workload]]
    assert cell["unknown_units"] + cell["rejected_units"] == cell["units"]
    assert cell["lcpr_usd_per_accepted_unit"] is None
    errors = told.failed_calls - told.timeout_calls - told.rate_limited_calls
    if workload == SELF_MANAGED:
        assert cell["usd_per_unit"] is None
        assert cell["unpriced_calls"] == told.calls - told.rate_limited_calls - errors
        return
    usd = (told.pico_usd + told.grading_pico_usd) / 1e12
    assert cell["unpriced_calls"] == told.calls_without_usage
    assert cell["is_lower_bound"] == (cell["unpriced_calls"] > 0)
    assert cell["usd_per_unit"] == pytest.approx(usd / told.observable_units, rel=1e-9)
    assert cell["bounds_usd"]["low"] == pytest.approx(
        usd / (cell["accepted_units"] + cell["unknown_units"]), rel=1e-9
    )
    assert cell["bounds_usd"]["high"] is None


@pytest.mark.parametrize("command", ["status", "lcpr", "spend", "diff", "matrix", "funnel", "report", "check"])
def test_every_question_is_answered_afterwards(company: Company, command: str) -> None:
    arguments = (command, "--project", company.directory, *(() if command == "check" else ("--as-of", AS_OF)))
    ran = run_command(*arguments)
    assert ran.exit_code == 0, ran.err
    assert ran.out


@pytest.mark.parametrize("workload", ["support-platform", "claims", "it-workplace"])
def test_a_cell_is_explained(company: Company, cells: dict[str, dict[str, Any]], workload: str) -> None:
    explained = answer(company.directory, "explain", workload, cells[workload]["route"])
    assert explained["cell"]["units"] == cells[workload]["units"]


def test_discover_once_more_changes_nothing(company: Company) -> None:
    before = {path: path.read_bytes() for path in company.directory.rglob("*.yaml")}
    again = answer(company.directory, "discover")
    assert (again["groups"], again["written"]) == ([], [])
    assert {path: path.read_bytes() for path in company.directory.rglob("*.yaml")} == before
    assert {row["workload"] for row in again["costs"]} == set(NAMES.values())


def test_every_call_has_a_workload_and_what_is_missing_is_named(company: Company) -> None:
    status = answer(company.directory, "status")
    assert status["coverage"]["attributed_rate"] == 1.0
    assert status["coverage"]["judged_rate"] in (0.0, None)
    assert status["coverage"]["bill_explained_rate"] is None
    unpriced = sum(gap["calls"] for gap in status["gaps"] if "cost" in gap["what"] or "price" in gap["what"])
    own = company.truth.workloads[SELF_MANAGED]
    refused = own.failed_calls - own.timeout_calls
    assert unpriced >= own.calls - refused
    assert 1 <= len(status["next"]) <= 3


@pytest.mark.shared_data
def test_thirteen_traces_of_langfuse(tmp_path: Path, shared_data: Path) -> None:
    """One trace of one framework each: thirteen units; agent spans do not count again; scores are no verdicts."""
    directory = tmp_path / "traces"
    ran = [
        run_command("init", directory),
        ask(directory, "import", "langfuse", str(shared_data / "langfuse_framework_traces")),
        ask(directory, "discover"),
    ]
    assert [one.exit_code for one in ran] == [0, 0, 0], [one.err for one in ran]
    found = answer(directory, "lcpr", "--from", "2024-05-01", "--to", AS_OF)["cells"]
    assert sum(cell["units"] for cell in found) == 13
    assert sum(cell["calls"] for cell in found) == 24
    assert sum(cell["accepted_units"] for cell in found) == 0
    costs = answer(directory, "discover", "--from", "2024-05-01", "--to", AS_OF)["costs"]
    assert Counter(row["units"] for row in costs) == {1: 13}
    for command in ("status", "spend"):
        assert ask(directory, command).exit_code == 0


@pytest.mark.shared_data
def test_requests_without_any_attribute(tmp_path: Path, root: Path, shared_data: Path) -> None:
    """The map gives two workloads; nothing says a model, so that nothing has a cost, and nothing is proposed."""
    directory = tmp_path / "azure"
    files = sorted(map(str, (shared_data / "azure_llm_2023").glob("*.csv")))
    ran = [
        run_command("init", directory),
        ask(directory, "import", *files, "--map", str(root / "examples" / "azure_llm_2023" / "map.yaml")),
        ask(directory, "discover"),
    ]
    assert [one.exit_code for one in ran] == [0, 0, 0], [one.err for one in ran]
    proposed = answer(directory, "discover")
    assert (proposed["groups"], proposed["written"]) == ([], [])
    costs = {row["workload"]: (row["calls"], row["units"], row["usd"]) for row in proposed["costs"]}
    assert costs == {"code": (8_819, 8_819, None), "conv": (19_366, 19_366, None)}
    for cell in answer(directory, "lcpr")["cells"]:
        assert (cell["usd_per_unit"], cell["unpriced_calls"]) == (None, cell["calls"])
        assert cell["rates"]["retry"] is None
    for command in ("status", "spend", "matrix", "report"):
        assert ask(directory, command).exit_code == 0
