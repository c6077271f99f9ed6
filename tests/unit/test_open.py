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


def test_a_decision_of_plain_numbers(directory: Path) -> None:
    """Numbers, text and three numbers as a range: the same as on the command line."""
    project = routefit.open(directory)
    found = project.decide(
        "payback",
        set={
            "current_lcpr_usd": 0.041,
            "target_lcpr_usd": (0.025, 0.031, 0.042),
            "units_per_month": 500_000,
            "migration_usd": "8000:11000:20000",
            "has_evals": True,
        },
        draws=2000,
        seed=3,
    )
    assert found.decision == "move"
    ranged = {one.input for one in found.evidence.inputs if one.low is not None}
    assert ranged == {"target_lcpr_usd", "migration_usd"}
    assert (found.monte_carlo.draws, found.monte_carlo.seed) == (2000, 3)
    assert found.window is None


def test_a_decision_of_a_workload(directory: Path) -> None:
    project = routefit.open(directory, as_of="2026-06-20")
    found = project.decide(
        "payback", workload="work", route="cheap", set={"target_lcpr_usd": 0.001, "migration_usd": 5}
    )
    assert (found.workload, found.route) == ("work", "cheap")
    assert found.window is not None
    line = project.decide_all("work").lines[0]
    assert (line.workload, line.kind) == ("work", "payback")


def test_a_decision_that_is_none(directory: Path) -> None:
    project = routefit.open(directory)
    with pytest.raises(UnknownNameError, match="payback"):
        project.decide("paybak")
    with pytest.raises(BadInputError, match="target_lcpr"):
        project.decide("payback", set={"targt_lcpr_usd": 1})
    with pytest.raises(BadInputError, match="workload"):
        project.decide("payback", route="cheap")
