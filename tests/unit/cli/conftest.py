"""A command line, and a project with an answer, for the tests of commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_line import CommandLine, write_json_lines
from small_project import call, outcome, write_project


@pytest.fixture
def routefit(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """`routefit ARGUMENTS` in an empty folder, 120 columns wide."""
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.chdir(tmp_path)
    return CommandLine(capsys, tmp_path)


@pytest.fixture
def calls_file(tmp_path: Path) -> Path:
    """120 calls: 60 units on each of two routes."""
    rows = [call(route, f"t-{number}") for route in ("dear", "cheap") for number in range(60)]
    return write_json_lines(tmp_path / "calls.jsonl", rows)


@pytest.fixture
def outcomes_file(tmp_path: Path) -> Path:
    """Verdicts on all units: 54 of 60 accepted on dear, 48 of 60 on cheap."""
    rows = [outcome("dear", f"t-{number}", accepted=number >= 6) for number in range(60)]
    rows += [outcome("cheap", f"t-{number}", accepted=number >= 12) for number in range(60)]
    return write_json_lines(tmp_path / "outcomes.jsonl", rows)


@pytest.fixture
def project(routefit: CommandLine, calls_file: Path, outcomes_file: Path) -> Path:
    """A project with these calls and verdicts."""
    directory = write_project(routefit.folder / "project")
    for kind, file in (("calls", calls_file), ("outcomes", outcomes_file)):
        ran = routefit("import", kind, file, "--project", directory)
        assert ran.exit_code == 0, ran.err
    return directory
