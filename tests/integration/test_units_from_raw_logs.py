"""Units of raw logs: failed calls that know only what was asked for, and sessions that idle rules cut."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from routefit.answers.lcpr import lcpr
from routefit.answers.workspace import Workspace
from small_project import FIRST_AT, NOW, call, load, outcome, write_project


def logged(number: int, minute: float, **columns: Any) -> dict[str, Any]:
    """A call of OpenAI's model that its log spells with a date, asked for without one."""
    row = {
        "call_id": f"c{number}",
        "started_at": (FIRST_AT + timedelta(minutes=minute)).isoformat(),
        "provider": "openai",
        "model": "gpt-4o-2024-08-06",
        "requested_model": "gpt-4o",
        "input_tokens": 1000,
        "output_tokens": 100,
    }
    return row | columns


def test_a_failure_that_knows_only_what_was_asked_for_stays_with_its_retry(tmp_path: Path) -> None:
    made = write_project(tmp_path / "p", workloads={}, routes={})
    rows = [logged(n, n, workload="w", trace_id=f"t{n}") for n in range(3)]
    failed = {"model": "gpt-4o", "status": "error", "input_tokens": None, "output_tokens": None}
    rows += [logged(10, 10, workload="w", trace_id="f", **failed), logged(11, 11, workload="w", trace_id="f")]
    load(made, "calls", rows)
    with Workspace(made, as_of=NOW) as workspace:
        (cell,) = lcpr(workspace).cells
    assert (cell.route, cell.units, cell.calls) == ("openai/gpt-4o-2024-08-06", 4, 5)
    assert cell.rates.retry == 0.25


RULES = """\
name: small
attribution:
  - {when: {key_alias: judge}, role: grader, workload: work, unit: session_id}
  - {when: {key_alias: app}, workload: work, unit: session_id, idle_minutes: 30}
"""


@pytest.mark.parametrize(
    ("judged_at", "piece"),
    [
        pytest.param(11.0, 0, id="within the first piece"),
        pytest.param(55.0, 0, id="after the first piece, before the second"),
        pytest.param(200.0, 1, id="long after the last call"),
    ],
)
def test_a_grading_counts_with_the_piece_of_the_session_before_it(
    tmp_path: Path, judged_at: float, piece: int
) -> None:
    """Two pieces, at 0 to 10 and 60 to 70 minutes."""
    made = write_project(tmp_path / "p", workloads={}, routes={}, config=RULES)
    app, judge = {"attributes": {"key_alias": "app"}}, {"attributes": {"key_alias": "judge"}}
    rows = [logged(n, minute, session_id="s", **app) for n, minute in enumerate((0, 10, 60, 70))]
    load(made, "calls", [*rows, logged(9, judged_at, session_id="s", **judge)])
    with Workspace(made, as_of=NOW) as workspace:
        (cell,) = lcpr(workspace).cells
        units = workspace.ledger.view_units(FIRST_AT.date(), NOW.date())
        assert units is not None
        named = "SELECT unit_id FROM units WHERE production_calls {} 0 ORDER BY first_started_at"
        pieces = [row[0] for row in units.execute(named.format(">")).fetchall()]
        graded = [row[0] for row in units.execute(named.format("=")).fetchall()]
    assert (cell.units, cell.calls) == (2, 5)
    assert cell.cost_usd.eval == pytest.approx(0.0035)
    assert graded == [pieces[piece]]


@pytest.mark.parametrize("named", [{"trace_id": "t1"}, {"unit_id": "u-1"}])
def test_a_verdict_without_a_route_is_of_the_unit_that_was_served(tmp_path: Path, named: dict[str, str]) -> None:
    """Not of its shadow copy on another route; a verdict that names that route is the copy's."""
    made = write_project(tmp_path / "p", workloads={})
    shadow = call("cheap", "u-1", role="shadow", trace_id="t1")
    load(made, "calls", [call("dear", "u-1", trace_id="t1"), shadow])
    load(made, "outcomes", [named | {"accepted": True}, outcome("cheap", "u-1", False)])
    with Workspace(made, as_of=NOW) as workspace:
        cells = {cell.route: cell for cell in lcpr(workspace).cells}
        assert workspace.ledger.ambiguous_outcomes == 0
    assert (cells["dear"].accepted_units, cells["dear"].rejected_units) == (1, 0)
    assert (cells["cheap"].accepted_units, cells["cheap"].rejected_units) == (0, 1)
