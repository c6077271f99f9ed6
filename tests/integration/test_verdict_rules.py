"""Scores, tickets and labels of a project on disk: what becomes a verdict, when, and what it touches."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import small_project as small
from routefit.answers.checking import check
from routefit.answers.explain import explain
from routefit.answers.lcpr import lcpr
from routefit.answers.status import status
from routefit.answers.workspace import Workspace
from routefit.lcpr.cell import Cell

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
JUDGE = '  - {from: score, name: judge, accept: ">=0.7", sampled: random}\n'
TICKETS = "  - {from: ticket_status, accept: [resolved], reject: [reopened], settle_hours: 72}\n"
THUMBS = '  - {from: feedback, name: thumbs, accept: "==1"}\n'


def project(directory: Path, *rules: str, units: int = 40) -> Path:
    found = small.write_project(directory, workloads={"work": workload(*rules)})
    calls = [
        small.call(route, f"{route}-{i}", trace_id=f"t-{route}-{i}", session_id=f"s-{route}-{i // 2}")
        for route in ("dear", "cheap")
        for i in range(units)
    ]
    small.load(found, "calls", calls, now=AT)
    return found


def workload(*rules: str) -> str:
    return small.WORKLOAD + ("verdict:\n" + "".join(rules) if rules else "")


def redeclare(directory: Path, *rules: str) -> None:
    (directory / "workloads" / "work.yaml").write_text(workload(*rules))


def score(route: str, unit: int, value: Any, name: str | None = "judge", **columns: Any) -> dict[str, Any]:
    row = {"trace_id": f"t-{route}-{unit}", "value": value, "decided_at": AT.isoformat()}
    return row | ({"name": name} if name else {}) | columns


def cells(directory: Path, as_of: datetime | None = small.NOW) -> dict[str, Cell]:
    with Workspace(directory, as_of=as_of) as workspace:
        return {cell.route: cell for cell in lcpr(workspace).cells}


def counts(cell: Cell) -> tuple[int, int, int]:
    return cell.accepted_units, cell.rejected_units, cell.unknown_units


def units_and_cells(directory: Path) -> tuple[set[str], set[str]]:
    """The names of the derived files of the newest state."""
    with Workspace(directory, as_of=small.NOW) as workspace:
        report = workspace.rebuilt
    assert report is not None
    names = {path.name for path in (directory / "ledger" / "derived").glob("*.parquet")}
    return {n for n in names if n.startswith("units")}, {n for n in names if n.startswith("cells")}


def test_scores_without_a_rule_change_nothing(tmp_path: Path) -> None:
    """Toxicity and hallucination: low is good, and nobody said so."""
    directory = project(tmp_path / "p")
    before = cells(directory)
    rows = [score("dear", i, i / 40, name) for i in range(40) for name in ("toxicity", "hallucination")]
    small.load(directory, "scores", rows, now=AT)
    assert cells(directory) == before
    redeclare(directory, JUDGE)
    assert {route: counts(cell) for route, cell in cells(directory).items()} == {
        route: counts(cell) for route, cell in before.items()
    }
    with Workspace(directory, as_of=small.NOW) as workspace:
        found = status(workspace).judging
    assert [(one.name, one.scores, one.reason) for one in found.unread] == [
        ("score hallucination", 40, "no rule reads them"),
        ("score toxicity", 40, "no rule reads them"),
    ]


def test_a_rule_turns_scores_into_verdicts_by_any_id(tmp_path: Path) -> None:
    directory = project(tmp_path / "p", JUDGE)
    by_unit: dict[str, Any] = {"unit_id": "dear-0", "workload": "work", "route": "dear"}
    rows: list[dict[str, Any]] = [
        by_unit | {"name": "judge", "value": 0.9},
        {"unit_id": "dear-1", "name": "judge", "value": 0.1},
        {"call_id": "dear-dear-2", "name": "judge", "value": 0.8},
        {"trace_id": "t-dear-3", "name": "judge", "value": "0.70"},
        {"session_id": "s-dear-4", "name": "judge", "value": 0.9},
        {"trace_id": "t-nobody", "name": "judge", "value": 0.9},
        {"unit_id": "nobody-1", "workload": "work", "route": "dear", "name": "judge", "value": 0.9},
    ]
    small.load(directory, "scores", rows, now=AT)
    assert counts(cells(directory)["dear"]) == (3, 1, 36)
    with Workspace(directory, as_of=small.NOW) as workspace:
        answer = lcpr(workspace)
    assert (answer.ambiguous_outcomes, answer.outcomes_without_call) == (1, 2)


def test_scores_say_nothing_of_people(tmp_path: Path) -> None:
    directory = project(tmp_path / "p", JUDGE)
    small.load(directory, "scores", [score("dear", i, 0.9) for i in range(40)], now=AT)
    found = cells(directory)["dear"]
    assert (found.rates.acceptance, found.rates.escalation, found.cost_usd.human) == (1.0, None, None)


def test_precedence_an_outcome_then_the_rules_in_order(tmp_path: Path) -> None:
    directory = project(tmp_path / "p", TICKETS, JUDGE)
    small.load(
        directory,
        "scores",
        [score("dear", i, 0.9) for i in range(3)]
        + [score("dear", i, "reopened", None, **{"from": "ticket_status"}) for i in range(2)],
        now=AT,
    )
    assert counts(cells(directory)["dear"]) == (1, 2, 37)
    small.load(directory, "outcomes", [small.outcome("dear", "dear-0", True)], now=AT)
    assert counts(cells(directory)["dear"]) == (2, 1, 37)


def test_a_verdict_settles_with_the_clock_and_yesterday_stays_what_it_was(tmp_path: Path) -> None:
    directory = project(tmp_path / "p", TICKETS)
    resolved = [score("dear", i, "resolved", None, **{"from": "ticket_status"}) for i in range(10)]
    small.load(directory, "scores", resolved, now=AT)
    before, after = AT + timedelta(hours=71), AT + timedelta(hours=72)
    waiting = cells(directory, before)
    assert counts(waiting["dear"]) == (0, 0, 40)
    assert counts(cells(directory, after)["dear"]) == (10, 0, 30)
    assert cells(directory, before) == waiting
    reopened = score("dear", 0, "reopened", None, decided_at=after.isoformat(), **{"from": "ticket_status"})
    small.load(directory, "scores", [reopened], now=after + timedelta(hours=1), name="later")
    assert counts(cells(directory, after + timedelta(hours=2))["dear"]) == (9, 1, 30)
    assert counts(cells(directory, after)["dear"]) == (10, 0, 30)


def test_late_scores_labels_and_rules_touch_only_cells_and_give_what_a_fresh_build_gives(tmp_path: Path) -> None:
    directory = project(tmp_path / "p", JUDGE, THUMBS)
    cells(directory)
    units, first = units_and_cells(directory)
    versions = ("v3", "v4")
    for part in range(2):
        rows: Sequence[dict[str, Any]] = [
            score(r, i, i / 40, suite_version=versions[part])
            for r in ("dear", "cheap")
            for i in range(part, 40, 2)
        ]
        small.load(directory, "scores", rows, now=AT, name=f"scores-{part}")
        labels = [
            {"unit_id": f"dear-{i}", "workload": "work", "route": "dear", "accepted": i > 25}
            for i in range(part, 40, 2)
        ]
        small.load(directory, "labels", labels, now=AT, name=f"labels-{part}")
        cells(directory)
    assert units_and_cells(directory)[0] == units
    assert units_and_cells(directory)[1] > first
    grown = explained(directory)
    redeclare(directory, THUMBS)
    assert counts(cells(directory)["dear"]) == (0, 0, 40)
    redeclare(directory, JUDGE, THUMBS)
    assert explained(directory) == grown
    shutil.rmtree(directory / "ledger" / "derived")
    assert explained(directory) == grown


def explained(directory: Path, route: str = "dear") -> Any:
    with Workspace(directory, as_of=small.NOW) as workspace:
        return explain(workspace, workload="work", route=route).model_dump()


def test_versions_are_series_and_keep_a_cell_from_a_decision(tmp_path: Path) -> None:
    directory = project(tmp_path / "p", JUDGE)
    rows = [score("dear", i, 0.9 if i < 30 else 0.2, suite_version="v3" if i < 20 else "v4") for i in range(40)]
    rows += [score("cheap", i, 0.9, suite_version="v4") for i in range(40)]
    small.load(directory, "scores", rows, now=AT)
    found = explained(directory)
    assert [(s["suite_version"], s["units"], s["accepted_units"], s["rank"]) for s in found["series"]] == [
        ("v3", 20, 20, 1),
        ("v4", 20, 10, 1),
    ]
    assert found["series"][0]["first_decided_at"] == AT
    reasons = found["cell"]["evidence"]["reasons"]
    assert "judged by 2 versions of judge (v3: 20 units at 100%, v4: 20 units at 50%)" in reasons
    pair = explained(directory, "cheap")["pair"]
    assert pair["comparability"]["reason"] == "judged by different versions of judge: v4 against v3 and v4"
    assert pair["comparison"] is None


@pytest.mark.parametrize(("labelled", "is_enough"), [(29, False), (30, True)], ids=["29-are-few", "30-are-enough"])
def test_labels_make_a_grader_known(tmp_path: Path, labelled: int, is_enough: bool) -> None:
    directory = project(tmp_path / "p", JUDGE)
    small.load(directory, "scores", [score("dear", i, 0.9 if i < 30 else 0.2) for i in range(40)], now=AT)
    labels = [
        {"trace_id": f"t-dear-{i}", "accepted": i % 10 > 0, "labelled_by": "ann", "labelled_at": AT.isoformat()}
        for i in range(labelled)
    ]
    changed = {
        "trace_id": "t-dear-0",
        "accepted": True,
        "labelled_by": "ann",
        "labelled_at": small.NOW.isoformat(),
    }
    tied = {"trace_id": "t-dear-1", "accepted": False, "labelled_by": "bob", "labelled_at": AT.isoformat()}
    more = {"trace_id": "t-dear-39", "accepted": False, "labelled_by": "bob", "labelled_at": AT.isoformat()}
    small.load(directory, "labels", [*labels, changed, tied, more], now=AT)
    found = explained(directory)
    (rule,) = found["agreement"]
    assert rule["agreement"]["labelled_units"] == labelled
    assert rule["agreement"]["only_rule_accepts_units"] == len(range(10, labelled, 10))
    few = "only 29 units of judge labelled by people < 30"
    assert (few in found["cell"]["evidence"]["reasons"]) is not is_enough


def test_feedback_chose_itself_and_a_random_sample_did_not(tmp_path: Path) -> None:
    directory = project(tmp_path / "p", THUMBS, JUDGE)
    rows = [score("dear", i, True, "thumbs", **{"from": "feedback"}) for i in range(10)]
    rows += [score("dear", i, 0.9) for i in range(5, 20)]
    small.load(directory, "scores", rows, now=AT)
    with Workspace(directory, as_of=small.NOW) as workspace:
        groups = workspace.ledger.totals(AT.date(), AT.date() + timedelta(days=1))["work", "dear"].values()
    assert sum(g.self_selected_decided_units for g in groups) == 10
    assert sum(g.sampled_units for g in groups) == 10


def test_check_and_status_name_a_rule_whose_score_never_came(tmp_path: Path) -> None:
    directory = project(tmp_path / "p", JUDGE.replace("judge", "jugde"))
    assert [w.message for w in check(directory).warnings if "imported" in w.message] == []
    small.load(directory, "scores", [score("dear", 0, 0.9)], now=AT)
    said = "no score jugde was imported so far; did you mean 'judge'?"
    assert [(w.line, w.column, w.message) for w in check(directory).warnings if "imported" in w.message] == [
        (9, 5, said)
    ]
    with Workspace(directory, as_of=small.NOW) as workspace:
        assert status(workspace).judging.unseen_rules == (f"work: {said}",)
