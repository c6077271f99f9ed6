"""The ledger from import to totals: pieces and order, verdicts by any id, grading, concurrent refreshes."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from routefit.answers.lcpr import LcprAnswer, latency_by_cell, lcpr
from routefit.answers.workspace import Workspace
from routefit.lcpr.totals import Totals, total_of
from routefit.ledger.importing import import_file

Row = dict[str, Any]
Cells = dict[tuple[str, str], dict[int, Totals]]

START = datetime(2026, 5, 1, tzinfo=UTC)
NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
FIRST, LAST = date(2026, 5, 1), date(2026, 6, 1)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "routefit.yaml").write_text("name: acme\n")
    return tmp_path


def call(number: int, **given: Any) -> Row:
    """A priced call of the workload support on the route closed, one an hour, each a unit of its own."""
    return {
        "call_id": f"c{number}",
        "unit_id": f"u{number}",
        "workload": "support",
        "route": "closed",
        "started_at": (START + timedelta(hours=number)).isoformat(),
        "cost_usd": 0.5,
        "input_tokens": 10,
    } | given


def take_in(project: Path, kind: Any, rows: Iterable[Row], *, name: str = "rows", at: datetime = NOW) -> None:
    path = project / f"{name}-{kind}.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    (summary,) = import_file(project / "ledger", kind, path, keep_identifiers=True, now=at)
    assert summary.rejected == 0


def cells_in(project: Path, *, as_of: datetime | None = None) -> Cells:
    with Workspace(project, as_of=as_of) as workspace:
        return workspace.ledger.totals(FIRST, LAST)


def answer(project: Path) -> LcprAnswer:
    with Workspace(project) as workspace:
        return lcpr(workspace)


def sums(cells: Cells) -> dict[tuple[str, str], Totals]:
    return {key: total_of(groups.values()) for key, groups in cells.items()}


# --- pieces and order ---------------------------------------------------------------------------------------


def _traffic() -> list[Row]:
    retry = {"role": "retry", "cost_usd": 0.1}
    return [
        *(call(number, customer=f"k{number % 3}") for number in range(0, 60, 5)),
        call(30, call_id="r1", unit_id="u5", **retry),
        call(59, call_id="r2", unit_id="u0", **retry),
        call(2, call_id="earlier", unit_id="u40", cost_usd=0.25),
    ]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)], ids=str)
def test_pieces_in_any_order_and_repeated_give_the_same_cells(tmp_path: Path, order: Sequence[int]) -> None:
    rows = _traffic()
    whole, pieces = tmp_path / "whole", tmp_path / "pieces"
    for folder in (whole, pieces):
        folder.mkdir()
        (folder / "routefit.yaml").write_text("name: acme\n")
    take_in(whole, "calls", rows)
    expected = cells_in(whole)
    for part in order:
        take_in(pieces, "calls", rows[part::3], name=str(part))
        cells_in(pieces)
    take_in(pieces, "calls", rows[order[0] :: 3] + rows[order[1] :: 3], name="again")
    assert cells_in(pieces) == expected
    assert sums(expected)["support", "closed"].units == 12


def test_a_unit_is_at_home_on_the_day_of_its_first_known_call(project: Path) -> None:
    """Also in the past, when its first call was not known yet: it moves back to a day that did not change."""
    take_in(project, "calls", [call(30, unit_id="u")], name="second day", at=NOW)
    take_in(project, "calls", [call(1, unit_id="u")], name="first day", at=NOW + timedelta(days=1))
    for as_of, home, calls in ((None, 1, 2), (NOW, 2, 1), (None, 1, 2)):
        with Workspace(project, as_of=as_of) as workspace:
            found = workspace.ledger.totals(date(2026, 5, home), date(2026, 5, home + 1))
            assert sums(found)["support", "closed"].calls == calls
            assert total_of(sums(workspace.ledger.totals(FIRST, LAST)).values()).units == 1


def test_parts_add_up_to_the_whole(project: Path) -> None:
    take_in(project, "calls", [call(n, route=f"r{n % 2}", role=[None, "retry"][n % 2]) for n in range(100)])
    with Workspace(project) as workspace:
        whole = sums(workspace.ledger.totals(FIRST, LAST))
        days = [FIRST + timedelta(days=n) for n in range(31)]
        daily = [sums(workspace.ledger.totals(on, on + timedelta(days=1))) for on in days]
    assert whole == {key: total_of(day[key] for day in daily if key in day) for key in whole}
    assert total_of(whole.values()).inference_pico_usd == 100 * 5 * 10**11


def test_money_is_exact_to_the_pico_where_floats_and_64_bits_are_not(project: Path) -> None:
    usd = ["999999.999999999999", "999998.000000000001", "0.000000000001"] * 10
    path = project / "calls.csv"
    lines = [f"c{n},u{n % 7},w,r,{START.isoformat()},{amount},1" for n, amount in enumerate(usd)]
    path.write_text("\n".join(["call_id,unit_id,workload,route,started_at,cost_usd,input_tokens", *lines]) + "\n")
    import_file(project / "ledger", "calls", path, now=NOW)
    total = sums(cells_in(project))["w", "r"].inference_pico_usd
    assert total == sum(int(amount.replace(".", "")) for amount in usd) > 2**63


# --- verdicts -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "named",
    [{"unit_id": "u1"}, {"call_id": "c1"}, {"trace_id": "t1"}, {"session_id": "s1"}],
    ids=lambda named: next(iter(named)),
)
def test_a_verdict_finds_its_unit_by_any_id(project: Path, named: Row) -> None:
    take_in(project, "calls", [call(n, trace_id=f"t{n}", session_id=f"s{n}") for n in range(3)])
    take_in(project, "outcomes", [named | {"accepted": True}])
    found = sums(cells_in(project))["support", "closed"]
    assert (found.accepted_units, found.no_verdict_units) == (1, 2)


def test_a_verdict_that_fits_several_units_is_left_out_and_counted(project: Path) -> None:
    take_in(project, "calls", [call(1), call(2, unit_id="u1", route="open"), call(3)])
    take_in(project, "outcomes", [{"unit_id": "u1", "accepted": True}, {"unit_id": "nobody", "accepted": True}])
    found = answer(project)
    assert (found.ambiguous_outcomes, found.outcomes_without_call) == (1, 1)
    assert [cell.accepted_units for cell in found.cells] == [0, 0]


def test_a_verdict_becomes_ambiguous_when_its_task_turns_up_on_another_route(project: Path) -> None:
    take_in(project, "calls", [call(1)])
    take_in(project, "outcomes", [{"unit_id": "u1", "accepted": True}])
    assert sums(cells_in(project))["support", "closed"].accepted_units == 1
    take_in(project, "calls", [call(99, unit_id="u1", route="open")], name="later")
    assert sums(cells_in(project))["support", "closed"].accepted_units == 0


@pytest.mark.parametrize("name", ["a])b", "it's", "x[1]*?", "day=1"])
def test_a_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    project = tmp_path / name
    project.mkdir()
    (project / "routefit.yaml").write_text("name: acme\n")
    take_in(project, "calls", [call(1), call(2)])
    take_in(project, "outcomes", [{"unit_id": "u1", "accepted": True}, {"call_id": "c2", "accepted": False}])
    found = total_of(cells_in(project)["support", "closed"].values())
    assert (found.calls, found.accepted_units, found.failed_verdict_units) == (2, 1, 1)


def test_the_latest_verdict_counts_and_the_past_stays_as_it_was_known(project: Path) -> None:
    take_in(project, "calls", [call(1)])
    verdict = {"unit_id": "u1", "accepted": True, "decided_at": "2026-05-02T00:00:00Z"}
    take_in(project, "outcomes", [verdict], name="first", at=NOW)
    reopened = verdict | {"accepted": False, "decided_at": "2026-05-03T00:00:00Z"}
    take_in(project, "outcomes", [reopened], name="second", at=NOW + timedelta(days=1))
    key = "support", "closed"
    assert sums(cells_in(project))[key].failed_verdict_units == 1
    assert sums(cells_in(project, as_of=NOW))[key].accepted_units == 1
    assert sums(cells_in(project))[key].failed_verdict_units == 1


# --- grading ------------------------------------------------------------------------------------------------


def _grading(number: int, **given: Any) -> Row:
    row = call(number, call_id=f"g{number}", role="grader", provider="judge", model="large", cost_usd=0.01)
    return {name: value for name, value in row.items() if name != "route"} | given


def test_grading_without_a_route_counts_with_the_unit_that_it_judged(project: Path) -> None:
    take_in(project, "calls", [call(1), call(2)])
    take_in(project, "calls", [_grading(200, unit_id="u1"), _grading(2)], name="judge")
    found = answer(project)
    (cell,) = found.cells
    assert (cell.units, cell.cost_usd.inference, cell.cost_usd.eval) == (2, 1.0, 0.02)
    assert found.unattributed.calls == 0


@pytest.mark.parametrize(
    "judged",
    [{"unit_id": "u1"}, {"unit_id": "nobody"}],
    ids=["a task that ran on two routes", "a unit without any call"],
)
def test_grading_of_nobody_in_particular_is_in_no_cell_but_said(project: Path, judged: Row) -> None:
    take_in(project, "calls", [call(1), call(3, unit_id="u1", route="open"), _grading(2, **judged)])
    found = answer(project)
    assert [(cell.route, cell.cost_usd.eval) for cell in found.cells] == [("closed", 0.0), ("open", 0.0)]
    assert (found.unattributed.calls, found.unattributed.cost_usd) == (1, 0.01)
    assert found.coverage.attributed_rate == 2 / 3


def test_grading_with_a_route_counts_there_even_when_its_unit_has_no_call(project: Path) -> None:
    take_in(project, "calls", [call(1), _grading(2, unit_id="elsewhere", route="closed")])
    (cell,) = answer(project).cells
    assert (cell.units, cell.cost_usd.eval) == (1, 0.01)


# --- what calls say -----------------------------------------------------------------------------------------


def test_one_call_to_a_region_that_is_not_allowed_rejects_the_unit(project: Path) -> None:
    workload = project / "workloads" / "support.yaml"
    workload.parent.mkdir()
    workload.write_text("id: support\ndata: {regions: [eu]}\n")
    regions = ["eu", "eu-west-1", "us-east-1", None]
    take_in(project, "calls", [call(n, unit_id="one", region=region) for n, region in enumerate(regions)])
    take_in(project, "calls", [call(9, region="eu-west-1")], name="other")
    take_in(project, "outcomes", [{"unit_id": unit, "accepted": True} for unit in ("one", "u9")])
    found = sums(cells_in(project))["support", "closed"]
    assert (found.region_not_allowed_units, found.accepted_units) == (1, 1)


def test_latency_that_nobody_believes_breaks_nothing(project: Path) -> None:
    take_in(project, "calls", [call(1, e2e_ms=1e299, ttft_ms=1e299)])
    take_in(project, "outcomes", [{"unit_id": "u1", "accepted": True, "human_minutes": 1e299}])
    assert sums(cells_in(project))["support", "closed"].human_unknown_cases == 1


@pytest.mark.parametrize("count", [1, 20, 101])
def test_latency_quantiles_are_nearest_rank(project: Path, count: int) -> None:
    take_in(project, "calls", [call(0, call_id=f"c{n}", unit_id=f"u{n}", e2e_ms=n + 1) for n in range(count)])
    with Workspace(project) as workspace:
        found = latency_by_cell(workspace, workspace.window(None, None))["support", "closed"]
    ranks = [math.ceil(percent * count / 100) for percent in (50, 95, 99)]
    assert [found.e2e.p50, found.e2e.p95, found.e2e.p99] == ranks
    assert found.ttft.p50 is None


def test_running_cost_shared_by_a_cost_that_nobody_knows_goes_by_units(project: Path) -> None:
    workload = project / "workloads" / "support.yaml"
    workload.parent.mkdir()
    workload.write_text("id: support\nops: {usd_per_month: 31, allocation: by_cost}\n")
    take_in(project, "calls", [call(n, route=["closed", "open"][n % 2], cost_usd=None) for n in range(48)])
    assert [cell.cost_usd.ops for cell in answer(project).cells] == [1.0, 1.0]


# --- several at once ----------------------------------------------------------------------------------------


def test_refreshes_at_once_all_give_the_answer(project: Path) -> None:
    take_in(project, "calls", [call(n) for n in range(48)])
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(cells_in, [project] * 6))
    assert all(cells == found[0] for cells in found)
    assert sums(found[0])["support", "closed"].units == 48


def _declare(project: Path, usd: int) -> None:
    folder = project / "workloads"
    folder.mkdir(exist_ok=True)
    (folder / "support.yaml").write_text(f"id: support\nhuman: {{usd_per_escalation: {usd}}}\n")


def test_a_reader_keeps_its_files_while_others_replace_and_sweep(project: Path) -> None:
    take_in(project, "calls", [call(n) for n in range(3)])
    _declare(project, 0)
    with Workspace(project) as reader:
        before = reader.ledger.totals(FIRST, LAST)
        long_ago = time.time() - 7_200
        for path in (project / "ledger" / "derived").glob("*.parquet"):
            os.utime(path, (long_ago, long_ago))
        for usd in range(1, 8):
            _declare(project, usd)
            cells_in(project)
        assert reader.ledger.totals(FIRST, LAST) == before


def test_files_that_no_state_names_are_swept_after_an_hour(project: Path) -> None:
    take_in(project, "calls", [call(1)])
    cells_in(project)
    derived = project / "ledger" / "derived"
    orphans = [derived / "units-left.parquet", derived / "units-new.parquet"]
    for orphan in orphans:
        orphan.write_bytes(b"")
    long_ago = time.time() - 7_200
    os.utime(orphans[0], (long_ago, long_ago))
    take_in(project, "calls", [call(2)], name="more")
    cells_in(project)
    assert [orphan.exists() for orphan in orphans] == [False, True]
