"""A made-up month of twelve teams, without a workload in any row, against the generator's truth."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from discover_cases import declared_texts
from routefit.answers.discover import DiscoverAnswer, discover
from routefit.answers.importing import import_files
from routefit.answers.initialise import initialise
from routefit.answers.matrix import matrix
from routefit.answers.workspace import Workspace
from routefit.ledger.formats.registry import FORMATS
from routefit.project import check_project, load_project
from routefit.simulate.spend_log import write_fleet
from routefit.simulate.spend_truth import SpendLogTruth
from twelve_teams_project import NAMES

AS_OF = datetime(2026, 6, 1, tzinfo=UTC)

pytestmark = pytest.mark.skipif("litellm" not in FORMATS, reason="the format litellm is not registered")


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SpendLogTruth, DiscoverAnswer]:
    """A project after the three commands, what the generator knows, and what the third command said."""
    folder = tmp_path_factory.mktemp("fleet")
    truth = write_fleet(folder / "raw", rows=12_000)
    initialise(folder / "acme")
    import_files(folder / "acme", [str(folder / "raw" / "traces")], kind="litellm", as_of=AS_OF)
    return folder / "acme", truth, discover(folder / "acme", as_of=AS_OF)


Fleet = tuple[Path, SpendLogTruth, DiscoverAnswer]


def test_every_call_finds_its_workload(fleet: Fleet) -> None:
    """Calls and units of each workload, gradings with the workload that they grade."""
    _, truth, answer = fleet
    found = {row.workload: (row.calls, row.units) for row in answer.costs}
    assert found == {NAMES[name]: (one.calls, one.observable_units) for name, one in truth.workloads.items()}


def test_gradings_are_no_production(fleet: Fleet) -> None:
    """The judge's own team has no workload; its rule says what it is."""
    directory, truth, answer = fleet
    (judge,) = [group for group in answer.groups if group.role == "grader"]
    assert (judge.workload, judge.when) == ("claims", {"key_alias": "judge-claims"})
    assert judge.calls == truth.workloads["claims"].grader_calls
    assert "quality" not in load_project(directory).workloads


def test_units_are_joined_by_what_the_clients_send(fleet: Fleet) -> None:
    """A ticket tag, a task in the metadata, a session; nothing where every request got a session of its own."""
    _, truth, answer = fleet
    units = {group.workload: group.unit for group in answer.groups if group.role is None}
    assert {units[NAMES[name]] for name, one in truth.workloads.items() if not one.is_grouped} <= {"call_id"}
    assert units["claims"] == units["legal"] == "tag.ticket_id"
    assert units["documents-extract"] == units["documents-redact"] == "tag.task_id"
    assert units["support-platform"] == units["developer-experience"] == "session_id"


def test_the_files_are_good_and_stay(fleet: Fleet) -> None:
    """No problem in them, a second run changes none, and the questions that follow are answered."""
    directory, _, answer = fleet
    assert check_project(directory).is_ok
    before = declared_texts(directory)
    again = discover(directory, as_of=AS_OF)
    assert declared_texts(directory) == before
    assert (again.groups, again.written) == ((), ())
    assert again.costs == answer.costs
    with Workspace(directory, as_of=AS_OF) as workspace:
        assert {line.workload for line in matrix(workspace).workloads} == {*NAMES.values()}


def test_the_server_of_ones_own_is_no_zero(fleet: Fleet) -> None:
    """Its calls have no cost until its capacity is known."""
    directory, _, answer = fleet
    (row,) = [row for row in answer.costs if row.workload == "it-workplace"]
    assert row.usd is None
    assert load_project(directory).routes["llama-3.3-70b-instruct"].mode == "self_managed"


def test_every_dollar_lands_where_it_was_spent(fleet: Fleet) -> None:
    """Known cost by workload, gradings included, is the generator's."""
    _, truth, answer = fleet
    found = {row.workload: row.usd or 0.0 for row in answer.costs}
    expected = {NAMES[name]: (one.pico_usd + one.grading_pico_usd) / 1e12 for name, one in truth.workloads.items()}
    assert found == pytest.approx(expected, rel=1e-12)
