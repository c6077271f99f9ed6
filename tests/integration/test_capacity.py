"""Routes that are paid by capacity, from imported rows to the cell that bears the idle hours."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

import small_project as small
from routefit.answers.evaluation import evaluator_of
from routefit.answers.idle import idle
from routefit.answers.importing import import_files
from routefit.answers.lcpr import LcprAnswer, lcpr
from routefit.answers.status import status
from routefit.answers.workspace import Workspace
from routefit.errors import BadInputError
from routefit.evidence import Label
from routefit.lcpr.cell import Cell
from routefit.units import PICO_USD_PER_USD

USD = PICO_USD_PER_USD
CONTRACTED = "{value: 3, label: CONTRACTED}"
LATER = small.NOW + timedelta(days=1)


def gpu(capacity: str) -> str:
    return f"id: gpu\nprovider: vllm\nmodel: own\nmode: self_managed\ncapacity: {{{capacity}}}\n"


def call(unit: int, **columns: Any) -> dict[str, Any]:
    """A call of 30 seconds on the GPU route, in the minute `4 x unit` of the first day."""
    return small.call("gpu", unit) | {"provider": "vllm", "model": "own", "e2e_ms": 30_000} | columns


def replicas(start: str, end: str, count: float = 1, route: str = "gpu") -> dict[str, Any]:
    return {"route": route, "start": start, "end": end, "replicas": count}


DAY = replicas("2026-06-01", "2026-06-02")


def project(
    directory: Path,
    *calls: dict[str, Any],
    capacity: str = f"gpu_usd_per_hour: {CONTRACTED}, gpus_per_replica: 2",
    rows: tuple[dict[str, Any], ...] = (DAY,),
    config: str = "name: small\n",
) -> Path:
    routes = small.ROUTES | ({"gpu": gpu(capacity)} if capacity else {})
    small.write_project(directory, routes=routes, config=config)
    small.load(directory, "calls", calls)
    if rows:
        small.load(directory, "capacity", rows)
    return directory


def answer(directory: Path) -> LcprAnswer:
    with Workspace(directory, as_of=LATER) as workspace:
        return lcpr(workspace)


def cell(found: LcprAnswer, route: str = "gpu", workload: str = "work") -> Cell:
    return next(one for one in found.cells if (one.workload, one.route) == (workload, route))


def test_a_cell_bears_its_busy_minutes_and_all_that_stood_idle(tmp_path: Path) -> None:
    directory = project(tmp_path / "p", *(call(unit) for unit in range(10)))
    small.load(directory, "outcomes", [small.outcome("gpu", unit, True) for unit in range(10)])
    found = answer(directory)
    (capacity,) = found.capacity
    one = cell(found)
    assert (capacity.billed_pico_usd, capacity.busy_pico_usd) == (144 * USD, USD)
    assert (capacity.replica_hours, capacity.units_per_replica_hour) == (24.0, 10 / 24)
    assert capacity.utilization_rate == pytest.approx(10 / (24 * 60))
    assert (one.cost_usd.inference, one.idle_usd) == (144.0, 143.0)
    assert one.lcpr_usd_per_accepted_unit == pytest.approx(14.4)
    assert one.evidence.badge is Label.CONTRACTED
    # The idle part is fixed: it has no variance of its own, but is divided by what was accepted.
    assert one.lcpr_low_usd is not None
    assert one.lcpr_low_usd <= 14.4


def test_workloads_share_by_time_and_grading_bears_its_part(tmp_path: Path) -> None:
    directory = project(
        tmp_path / "p",
        call(1),
        call(1, call_id="other", unit_id="o1", workload="other", e2e_ms=15_000),
        call(1, call_id="judge", role="grader", route=None, e2e_ms=15_000),
    )
    found = answer(directory)
    assert cell(found).cost_usd.inference == pytest.approx(72.0)
    assert cell(found).cost_usd.eval == pytest.approx(36.0)
    assert cell(found, workload="other").cost_usd.inference == pytest.approx(36.0)
    (capacity,) = found.capacity
    assert sum(share.idle_pico_usd for share in capacity.shares) == capacity.idle_pico_usd
    assert capacity.unshared_pico_usd == 0


def test_a_fallback_is_priced_where_it_was_served(tmp_path: Path) -> None:
    directory = project(
        tmp_path / "p",
        call(1, status="error"),
        call(1, call_id="there", role="fallback", provider="acme", model="big"),
        small.call("dear", 2, call_id="here", role="fallback", provider="vllm", model="own", e2e_ms=30_000),
    )
    found = answer(directory)
    # One of two calls of the same length: half of the idle hours, and the price of 1,000 + 100 tokens elsewhere.
    assert cell(found).cost_usd.inference == pytest.approx(72.0102)
    assert cell(found, "dear").cost_usd.inference == pytest.approx(72.0)


def test_without_rows_the_least_replicas_are_an_estimate(tmp_path: Path) -> None:
    directory = project(
        tmp_path / "p",
        call(1),
        call(2, started_at="2026-06-03T08:00:00Z"),
        capacity=f"gpu_usd_per_hour: {CONTRACTED}, gpus_per_replica: 1, min_replicas: 2",
        rows=(),
    )
    found = answer(directory)
    (capacity,) = found.capacity
    # The day between them was billed too.
    assert (capacity.billed_pico_usd, capacity.label) == (3 * 144 * USD, Label.ESTIMATED)
    assert cell(found).cost_usd.total == pytest.approx(432.0)
    assert {share.label for share in cell(found).evidence.dollars} == {Label.ESTIMATED}


@pytest.mark.parametrize(
    ("capacity", "rows", "reason"),
    [
        pytest.param("gpus_per_replica: 2", (DAY,), "gpu_usd_per_hour is not declared", id="no GPU price"),
        pytest.param("gpu_usd_per_hour: 3", (DAY,), "gpus_per_replica is not declared", id="no GPUs"),
        pytest.param("gpu_usd_per_hour: 3, gpus_per_replica: 1", (), "no capacity row covers", id="no replicas"),
        pytest.param("", (DAY,), "gpu_usd_per_hour is not declared", id="rows of a route that no file declares"),
    ],
)
def test_what_is_not_known_stays_unpriced(
    tmp_path: Path, capacity: str, rows: tuple[dict[str, Any], ...], reason: str
) -> None:
    directory = project(tmp_path / "p", call(1, cost_usd="0.5"), call(2), capacity=capacity, rows=rows)
    found = answer(directory)
    one = cell(found)
    assert (one.unpriced_calls, one.cost_usd.inference, one.idle_usd) == (2, None, None)
    assert any(reason in line for line in one.evidence.reasons)
    with Workspace(directory, as_of=LATER) as workspace:
        gaps = status(workspace).gaps
    assert any("paid by capacity" in gap.what and "import capacity" in gap.remedy for gap in gaps)


def test_idle_hours_without_any_call_are_nobodys(tmp_path: Path) -> None:
    directory = project(tmp_path / "p", small.call("dear", 1))
    (capacity,) = answer(directory).capacity
    assert (capacity.idle_pico_usd, capacity.unshared_pico_usd, capacity.shares) == (144 * USD, 144 * USD, ())


def test_late_rows_and_changed_prices_price_anew_and_back(tmp_path: Path) -> None:
    directory = project(tmp_path / "p", call(1), rows=())
    unknown = answer(directory)
    small.load(directory, "capacity", [DAY], now=small.NOW + timedelta(hours=1))
    known = answer(directory)
    assert cell(unknown).cost_usd.inference is None
    assert cell(known).cost_usd.inference == pytest.approx(144.0)
    file = directory / "routes" / "gpu.yaml"
    before = file.read_text()
    file.write_text(before.replace("value: 3", "value: 6"))
    assert cell(answer(directory)).cost_usd.inference == pytest.approx(288.0)
    file.write_text(before)
    assert answer(directory) == known
    with Workspace(directory, as_of=small.NOW) as workspace:
        assert cell(lcpr(workspace)).cost_usd.inference is None


def test_a_reported_cost_counts_where_the_route_says_so(tmp_path: Path) -> None:
    directory = project(tmp_path / "p", call(1, cost_usd="0.5"))
    file = directory / "routes" / "gpu.yaml"
    file.write_text(file.read_text() + "cost_source: reported\n")
    assert cell(answer(directory)).cost_usd.inference == pytest.approx(0.5)


def test_of_a_sampled_ledger_only_its_share_was_billed(tmp_path: Path) -> None:
    directory = project(tmp_path / "p", call(1), config="name: small\nsampling: {unit_rate: 0.5}\n")
    (capacity,) = answer(directory).capacity
    assert (capacity.billed_pico_usd, capacity.utilization_rate) == (72 * USD, None)


def test_nothing_is_quoted_onto_a_route_that_is_paid_by_capacity(tmp_path: Path) -> None:
    directory = project(tmp_path / "p", small.call("dear", 1))
    small.load(directory, "outcomes", [small.outcome("dear", 1, True)])
    with Workspace(directory, as_of=LATER) as workspace:
        estimates = evaluator_of(workspace).estimates
        project_files = workspace.project
        assert estimates.figures(project_files.workloads["work"], project_files.routes["gpu"]) is None
        assert estimates.figures(project_files.workloads["work"], project_files.routes["cheap"]) is not None


def test_a_window_takes_its_own_days(tmp_path: Path) -> None:
    directory = project(tmp_path / "p", call(1), rows=(replicas("2026-05-31", "2026-06-03", 2),))
    with Workspace(directory, as_of=LATER) as workspace:
        (capacity,) = idle(workspace, workspace.window(date(2026, 6, 1), date(2026, 6, 2)))
    assert capacity.billed_pico_usd == 288 * USD


# --- import ---------------------------------------------------------------------------------------------------

HEAD = "route,start,end,replicas\n"


def test_overlapping_rows_are_refused_with_both_places(tmp_path: Path) -> None:
    directory = project(tmp_path / "p", call(1), rows=())
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    first.write_text(
        f"{HEAD}gpu,2026-06-01,2026-06-02,1\ngpu,2026-06-01T23:00:00Z,2026-06-03,1\ngpu,2026-06-02,2026-06-03,1\n"
    )
    second.write_text(
        f"{HEAD}gpu,2026-06-02,2026-06-03,1\ngpu,2026-06-01,2026-06-02,2\ngpu,2026-06-02T12:00:00Z,2026-06-04,1\n"
        "dear,2026-06-02,2026-06-03,1\n"
    )
    (one,) = import_files(directory, [str(first)], kind="capacity", as_of=small.NOW).files
    assert (one.imported, one.rejected) == (2, 1)
    assert "first.csv:3: start 2026-06-01T23:00:00Z to 2026-06-03T00:00:00Z overlaps" in one.rejects[0].text
    assert "first.csv:2 (2026-06-01T00:00:00Z to 2026-06-02T00:00:00Z)" in one.rejects[0].text
    (two,) = import_files(directory, [str(second)], kind="capacity", as_of=small.NOW).files
    assert (two.imported, two.duplicate, two.rejected, two.conflicts) == (1, 1, 2, 1)
    assert "first.csv:4" in next(reject.text for reject in two.rejects if "overlaps" in reject.text)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        pytest.param("gpu,2026-06-01,2026-06-02,-1", "replicas -1 is negative", id="negative"),
        pytest.param("gpu,2026-06-02,2026-06-01,1", "is not after start", id="backwards"),
        pytest.param("gpu,2026-06-01,2026-06-01,1", "is not after start", id="empty"),
        pytest.param("gpu,2026-06-01,,1", "end is absent, but required", id="no end"),
        pytest.param("gpu,2026-06-01,2026-06-02,many", "replicas many is not a number", id="no number"),
    ],
)
def test_a_bad_row_is_refused(tmp_path: Path, line: str, words: str) -> None:
    directory = project(tmp_path / "p", call(1), rows=())
    file = tmp_path / "rows.csv"
    file.write_text(f"{HEAD}{line}\n")
    with pytest.raises(BadInputError, match=words):
        import_files(directory, [str(file)], kind="capacity", as_of=small.NOW)


def test_a_route_that_nothing_names_is_warned_of(tmp_path: Path) -> None:
    directory = project(tmp_path / "p", call(1), rows=())
    file = tmp_path / "rows.csv"
    file.write_text(f"{HEAD}gpuu,2026-06-01,2026-06-02,1\n")
    (one,) = import_files(directory, [str(file)], kind="capacity", as_of=small.NOW).files
    assert any("'gpuu'" in warning and "did you mean 'gpu'?" in warning for warning in one.warnings)
