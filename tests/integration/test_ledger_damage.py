"""Files of the ledger that were cut off, emptied or removed: a named error with the file and a way out."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from command_line import CommandLine
from routefit.answers.workspace import Workspace
from routefit.errors import LedgerError
from routefit.ledger.damage import damage_in
from small_project import NOW, call, load, outcome, write_project

AGAIN = "import all files again"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    directory = write_project(tmp_path / "project")
    load(directory, "calls", [call("dear", number) for number in range(60)])
    load(directory, "outcomes", [outcome("dear", number, accepted=True) for number in range(60)])
    return directory


def _cut(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _view_calls_after(workspace: Workspace, happens: Callable[[], None]) -> duckdb.DuckDBPyConnection:
    happens()
    day = min(workspace.ledger.days_with_units())
    return workspace.ledger.view_calls(day, day + timedelta(days=1))


@pytest.mark.parametrize("kind", ["calls", "outcomes"])
@pytest.mark.parametrize("spoil", [_cut, _empty, Path.unlink], ids=["cut", "empty", "gone"])
def test_a_broken_file_is_named_with_a_next_step(
    project: Path, capsys: pytest.CaptureFixture[str], kind: str, spoil: Callable[[Path], None]
) -> None:
    (file,) = (project / "ledger" / kind).rglob("*.parquet")
    spoil(file)
    ran = CommandLine(capsys, project)("lcpr", "--project", project, "--format", "json")
    assert ran.exit_code == 2
    assert ran.json["error"]["code"] == "ledger"
    assert f"the file {file} of the ledger cannot be read: " in ran.err
    assert AGAIN in ran.json["error"]["next_step"]


def test_a_file_that_breaks_after_the_project_was_opened(project: Path) -> None:
    (file,) = (project / "ledger" / "calls").rglob("*.parquet")
    with pytest.raises(LedgerError, match="of the ledger cannot be read"), Workspace(project) as workspace:
        _view_calls_after(workspace, lambda: _cut(file))


def test_a_broken_derived_file_is_built_again_once_it_is_removed(project: Path) -> None:
    with Workspace(project):
        pass
    for file in (project / "ledger" / "derived").glob("*.parquet"):
        _cut(file)
    with pytest.raises(LedgerError) as caught, Workspace(project) as workspace:
        workspace.ledger.days_by_route("work")
    assert caught.value.next_step == (
        f"remove the folder {project / 'ledger' / 'derived'}; it is built again from the calls and outcomes"
    )


def test_a_fault_in_a_query_is_not_taken_for_a_broken_file(project: Path) -> None:
    with pytest.raises(duckdb.BinderException), Workspace(project) as workspace:
        _view_calls_after(workspace, lambda: None).execute("SELECT nothing FROM all_calls")


def test_files_elsewhere_are_not_of_the_ledger(tmp_path: Path) -> None:
    with pytest.raises(duckdb.IOException) as caught:
        duckdb.sql(f"FROM read_parquet('{tmp_path}/gone.parquet')")
    assert damage_in(tmp_path / "ledger", caught.value) is None


@pytest.mark.skipif(os.geteuid() == 0, reason="who is root may write everywhere")
def test_a_folder_that_cannot_be_written_is_not_called_damaged(tmp_path: Path) -> None:
    """Something may have to be built without a new import: a verdict settles with time."""
    directory = write_project(tmp_path / "p")
    load(directory, "calls", [call("dear", 1)], now=NOW)
    with Workspace(directory, as_of=NOW):
        pass
    (directory / "routefit.yaml").write_text("name: small\nattribution:\n  - {when: {}, owner: other}\n")
    derived = directory / "ledger" / "derived"
    derived.chmod(0o555)
    try:
        with pytest.raises(LedgerError, match=r"cannot write .*: Permission denied"):
            Workspace(directory, as_of=NOW)
    finally:
        derived.chmod(0o755)
