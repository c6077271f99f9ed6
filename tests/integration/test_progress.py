"""Who waits for derived rows hears which day is at hand."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from routefit.answers.workspace import Workspace
from routefit.ledger import building
from small_project import FIRST_AT, call, load, write_project


def heard(directory: Path) -> list[tuple[int, int]]:
    """What one opening of the project says."""
    said: list[tuple[int, int]] = []
    with Workspace(directory, on_progress=lambda done, days: said.append((done, days))):
        return said


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Three days with two calls each."""
    directory = write_project(tmp_path / "project")
    rows = [
        call("dear", f"t-{number}", started_at=(FIRST_AT + timedelta(days=number % 3)).isoformat())
        for number in range(6)
    ]
    load(directory, "calls", rows)
    return directory


def test_days_are_counted_up_to_all(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "_BATCH_ROWS", 2)
    assert heard(project) == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_nothing_is_said_when_nothing_is_to_be_done(project: Path) -> None:
    assert heard(project)
    assert heard(project) == []


def test_a_new_price_is_brought_up_to_date_and_heard(project: Path) -> None:
    heard(project)
    route = project / "routes" / "dear.yaml"
    route.write_text(route.read_text().replace("10.00", "20.00"))
    assert heard(project)[-1] == (3, 3)
