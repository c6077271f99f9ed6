"""`routefit.open`: the answers of the command line, in Python."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

import routefit
from routefit.errors import BadInputError, CannotTellError, NotAProjectError, UnknownNameError
from small_project import NOW, call, load, outcome, write_project


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = write_project(tmp_path_factory.mktemp("open") / "project")
    load(project, "calls", [call(route, f"t-{n}") for route in ("dear", "cheap") for n in range(40)])
    load(project, "outcomes", [outcome("dear", f"t-{n}", accepted=n > 3) for n in range(40)])
    return project


def test_import_is_light() -> None:
    code = (
        "import routefit, sys; "
        "sys.exit(str([m for m in ('duckdb', 'scipy', 'pydantic') if m in sys.modules] or ''))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""


def test_the_same_questions(directory: Path) -> None:
    project = routefit.open(directory / "workloads", as_of="2026-06-20")
    cells = {cell.route: cell for cell in project.lcpr().cells}
    assert cells["dear"].lcpr_usd_per_accepted_unit == pytest.approx(0.0102 * 40 / 36)
    assert [row.workload for row in project.matrix().workloads] == ["work"]
    assert [answer.workload for answer in project.funnel()] == ["work"]
    assert project.funnel("work") == project.funnel()
    assert project.explain("work", "cheap").against == "dear"
    assert project.status().calls == 80
    assert repr(project) == f"routefit.open({str(directory)!r}, as_of='2026-06-20')"


def test_tables_are_arrow(directory: Path) -> None:
    project = routefit.open(directory)
    table = project.lcpr(start="2026-06-01", end=date(2026, 6, 2)).to_arrow()
    assert table.num_rows == 2
    assert table.column("route").to_pylist() == ["cheap", "dear"]
    assert table.column("cost_usd_total").to_pylist() == pytest.approx([0.048, 0.408])
    assert table.column("cost_usd_delta").to_pylist() == [None, None]
    matrix = project.matrix().to_arrow()
    assert matrix.column_names[:3] == ["workload", "unit_name", "route"]
    assert matrix.num_rows == 3


def test_as_of_before_the_import_knows_nothing(directory: Path) -> None:
    before = date(NOW.year, NOW.month, NOW.day - 1)
    with pytest.raises(CannotTellError):
        routefit.open(directory, as_of=before).lcpr()


@pytest.mark.parametrize("given", ["soon", "2026-02-30"])
def test_wrong_dates(directory: Path, given: str) -> None:
    with pytest.raises(BadInputError, match="start: got"):
        routefit.open(directory).lcpr(start=given)


def test_wrong_names_and_places(directory: Path, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'work'"):
        routefit.open(directory).funnel("wrok")
    with pytest.raises(NotAProjectError):
        routefit.open(tmp_path)
