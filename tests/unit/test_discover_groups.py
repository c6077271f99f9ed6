"""Which calls `discover` takes for one workload, and what it takes for the unit."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from discover_cases import NOW, Row, by_workload, calls, discovered, project_with
from routefit.answers.discover_groups import groups_of
from routefit.answers.workspace import Workspace
from routefit.ledger.grouping import open_calls

TEAM = {"team_alias": "support"}


def found(
    tmp_path: Path, *rows: list[Row]
) -> dict[str | None, tuple[dict[str, object], str | tuple[str, ...], int]]:
    """By workload: the conditions of its rule, its unit and its calls."""
    groups = by_workload(discovered(project_with(tmp_path / "p", *rows)))
    return {name: (dict(group.when), group.unit, group.calls) for name, group in groups.items()}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(
            [calls("a", attributes=TEAM), calls("b", attributes={"team_alias": "search"})],
            {"support": {"team_alias": "support"}, "search": {"team_alias": "search"}},
            id="teams are workloads",
        ),
        pytest.param(
            [calls("a", attributes=TEAM | {"environment": "prod", "user_agent": "x", "tag.version": "3"})],
            {"support": {"team_alias": "support"}},
            id="constants say nothing",
        ),
        pytest.param(
            [
                calls("a", attributes=TEAM | {"tag.feature": "draft"}),
                calls("b", attributes=TEAM | {"tag.feature": "summary"}),
            ],
            {
                "support-draft": {"team_alias": "support", "tag.feature": "draft"},
                "support-summary": {"team_alias": "support", "tag.feature": "summary"},
            },
            id="a tag named like a feature splits a team of one model",
        ),
        pytest.param(
            [
                calls("a", attributes=TEAM | {'tag.my "own". feature': "x", "tag.a'b.feature": "draft"}),
                calls("b", attributes=TEAM | {'tag.my "own". feature': "x", "tag.a'b.feature": "it's"}),
            ],
            {
                "support-draft": {"team_alias": "support", "tag.a'b.feature": "draft"},
                "support-it-s": {"team_alias": "support", "tag.a'b.feature": "it's"},
            },
            id="quotes in names and values",
        ),
        pytest.param(
            [
                calls("a", attributes=TEAM | {"tag.feature": "draft", "key_alias": "k1", "trace_name": "t1"}),
                calls("b", attributes=TEAM | {"tag.feature": "summary", "key_alias": "k2", "trace_name": "t2"}),
            ],
            {
                "support-draft": {"team_alias": "support", "tag.feature": "draft"},
                "support-summary": {"team_alias": "support", "tag.feature": "summary"},
            },
            id="fields that determine each other count once",
        ),
        pytest.param(
            [
                calls("a", attributes=TEAM | {"key_alias": "alice"}),
                calls("b", attributes=TEAM | {"key_alias": "bob"}),
            ],
            {"support": {"team_alias": "support"}},
            id="keys of people who do the same are one workload",
        ),
        pytest.param(
            [
                calls("a", attributes=TEAM | {"key_alias": "alice"}),
                calls("b", attributes=TEAM | {"key_alias": "bob"}),
                calls("c", attributes=TEAM | {"key_alias": "batch"}, model="gpt-4o-mini"),
            ],
            {"alice": {"key_alias": ("alice", "bob")}, "batch": {"key_alias": "batch"}},
            id="another model is another workload; a key alone tells it apart",
        ),
        pytest.param(
            [
                calls("a", attributes=TEAM | {"key_alias": "short"}),
                calls("b", attributes=TEAM | {"key_alias": "long"}, input_tokens=9_000),
            ],
            {"short": {"key_alias": "short"}, "long": {"key_alias": "long"}},
            id="sizes clearly apart",
        ),
        pytest.param(
            [
                calls("a", 200, attributes=TEAM | {"key_alias": "main"}),
                calls("b", 4, attributes=TEAM | {"key_alias": "try"}, model="gpt-4o-mini"),
            ],
            {"support": {"team_alias": "support"}},
            id="a part without a share worth naming stays with its team",
        ),
        pytest.param(
            [
                calls("u@a", attributes=TEAM | {"span_name": "plan"}, unit="trace_id"),
                calls("u@b", attributes=TEAM | {"span_name": "act"}, unit="trace_id", model="gpt-4o-mini"),
            ],
            {"support": {"team_alias": "support"}},
            id="spans that share their traces are steps of one workload",
        ),
        pytest.param(
            [
                calls("u@a", attributes=TEAM | {"key_alias": "chat"}, unit="session_id"),
                calls(
                    "u@b",
                    attributes=TEAM | {"key_alias": "embed"},
                    unit="session_id",
                    model="text-embedding-3-small",
                    operation="embedding",
                    output_tokens=0,
                ),
            ],
            {"support": {"team_alias": "support"}},
            id="embeddings that share units with answers belong to them",
        ),
        pytest.param(
            [calls("a", attributes={"team_id": "t-1", "key_alias": "i18n"})],
            {"i18n": {"team_id": "t-1"}},
            id="a team without an alias is called like its only key",
        ),
        pytest.param(
            [calls("a", attributes={"key_alias": "playground"})],
            {"playground": {"key_alias": "playground"}},
            id="no team, but a key",
        ),
        pytest.param(
            [
                calls("a", attributes={"key_alias": "shared"}),
                calls("b", attributes=TEAM | {"key_alias": "shared"}, model="gpt-4o-mini"),
            ],
            {
                "shared": {"key_alias": "shared", "team_alias": None, "team_id": None},
                "support": {"team_alias": "support"},
            },
            id="a key that a team has too needs the team's absence",
        ),
        pytest.param(
            [
                calls("a", attributes={"service": "api", "span_name": f"chat {model}"}, model=model)
                for model in ("a",)
            ],
            {"api": {"service": "api"}},
            id="traces know services",
        ),
        pytest.param([calls("a"), calls("b", attributes={"tag.colour": "red"})], {}, id="no name at all"),
    ],
)
def test_workloads(tmp_path: Path, rows: list[list[Row]], expected: dict[str, dict[str, object]]) -> None:
    """The name of each workload and the conditions of its rule."""
    for number, part in enumerate(rows):
        for row in part:
            row["call_id"] = f"{number}:{row['call_id']}"
    assert {name: when for name, (when, _, _) in found(tmp_path, *rows).items()} == expected


@pytest.mark.parametrize(
    ("columns", "unit", "idle"),
    [
        pytest.param({"unit": "tag.ticket_id", "per_unit": 2}, "tag.ticket_id", None, id="a ticket"),
        pytest.param({"unit": "trace_id", "per_unit": 3}, "trace_id", None, id="a trace"),
        pytest.param({"unit": "session_id", "per_unit": 3}, "session_id", None, id="a session"),
        pytest.param({"unit": "unit_id", "per_unit": 2}, "unit_id", None, id="what the log calls a unit"),
        pytest.param({"unit": "session_id", "per_unit": 1}, "call_id", None, id="a new session for every call"),
        pytest.param({"unit": "tag.customer_id", "per_unit": 2}, "call_id", None, id="a customer is no unit"),
        pytest.param(
            {"unit": "session_id", "per_unit": 40, "every": timedelta(hours=3)},
            "session_id",
            60,
            id="sessions that go on for days are cut where they rest",
        ),
        pytest.param(
            {"unit": "trace_id", "per_unit": 150, "count": 300},
            "call_id",
            None,
            id="traces of hours join too much",
        ),
        pytest.param(
            {"unit": "trace_id", "per_unit": 30, "every": timedelta(hours=6)},
            "call_id",
            None,
            id="a trace of a week",
        ),
        pytest.param({}, "call_id", None, id="no key"),
    ],
)
def test_units(tmp_path: Path, columns: dict[str, Any], unit: str, idle: int | None) -> None:
    """The key that joins the calls of a unit, and the cut of what never ends."""
    rows = calls("a", **({"attributes": TEAM} | columns))
    directory = project_with(tmp_path / "p", rows)
    answer = discovered(directory)
    assert answer.groups[0].unit == unit
    assert (f"idle_minutes: {idle}" in (directory / "routefit.yaml").read_text()) == (idle is not None)
    is_joined = unit != "call_id"
    assert (answer.groups[0].calls_per_unit is not None) == (is_joined and idle is None)
    assert any("retries cannot be seen" in line for line in answer.left_unknown) == (not is_joined)


def test_keys_that_cover_a_part_are_tried_in_order(tmp_path: Path) -> None:
    """Tickets on half of the calls, sessions on the others."""
    rows = calls("a", attributes=TEAM, unit="tag.ticket_id", per_unit=3)
    rows += calls("b", attributes=TEAM, unit="session_id", per_unit=2)
    directory = project_with(tmp_path / "p", rows)
    answer = discovered(directory)
    assert answer.groups[0].unit == ("tag.ticket_id", "session_id")
    assert answer.costs[0].units == 20 + 30


def test_what_other_parts_leave_is_one_group(tmp_path: Path) -> None:
    """Four keys too small to be named together are the rest of their team, by a rule behind the others."""
    small = [calls(f"s{n}", 3, attributes=TEAM | {"key_alias": f"s{n}"}) for n in range(4)]
    directory = project_with(
        tmp_path / "p",
        calls("a", attributes=TEAM | {"key_alias": "chat"}),
        calls("b", attributes=TEAM | {"key_alias": "bulk"}, model="gpt-4o-mini"),
        *small,
    )
    answer = discovered(directory)
    assert {row.workload: row.calls for row in answer.costs} == {"chat": 60, "bulk": 60, "support": 12}
    assert [group.when for group in answer.groups if group.workload == "support"] == [{"team_alias": "support"}]


def test_a_ticket_comes_before_its_trace(tmp_path: Path) -> None:
    """Ids that people give say more than those of a tracer."""
    rows = calls("a", attributes=TEAM, unit="tag.ticket_id", per_unit=4)
    for number, row in enumerate(rows):
        row["trace_id"] = f"t-{number // 2}"
    assert found(tmp_path, rows)["support"][1] == "tag.ticket_id"


def test_a_judge_of_another_team_grades_whose_tickets_it_names(tmp_path: Path) -> None:
    """By the values of the key, not by its own team."""
    made = calls("w@made", attributes=TEAM, unit="tag.ticket_id", per_unit=1)
    other = calls("x@other", attributes={"team_alias": "search"}, unit="tag.ticket_id")
    judged = calls(
        "w@judged", 30, attributes={"team_alias": "quality", "key_alias": "judge-7"}, unit="tag.ticket_id"
    )
    groups = found(tmp_path, made, other, judged)
    assert groups["support (grader)"] == ({"key_alias": "judge-7"}, "tag.ticket_id", 30)
    assert set(groups) == {"support", "search", "support (grader)"}


def test_a_judge_in_the_trace_is_no_step(tmp_path: Path) -> None:
    """A span named like a judge grades the trace that it stands in."""
    made = calls("w@made", attributes={"service": "api", "span_name": "answer"}, unit="trace_id")
    judged = calls("w@judged", attributes={"service": "api", "span_name": "llm-as-judge"}, unit="trace_id")
    groups = found(tmp_path, made, judged)
    assert groups["api (grader)"][0] == {"service": "api", "span_name": "llm-as-judge"}
    assert groups["api"] == ({"service": "api"}, "trace_id", 60)


def test_retrieval_is_no_judge(tmp_path: Path) -> None:
    """`eval` counts only at the start of a word."""
    groups = found(tmp_path, calls("a", attributes=TEAM | {"key_alias": "retrieval"}))
    assert groups == {"support": ({"team_alias": "support"}, "call_id", 60)}


def test_a_judge_of_nobodys_units_is_left_to_people(tmp_path: Path) -> None:
    """No workload is guessed for it, and it is said what to write."""
    directory = project_with(
        tmp_path / "p",
        calls("a", attributes=TEAM),
        calls("b", attributes={"team_alias": "quality", "key_alias": "judge"}),
    )
    answer = discovered(directory)
    assert set(by_workload(answer)) == {"support"}
    assert any(
        line.startswith("{team_alias: quality, key_alias: judge} looks like a judge")
        for line in answer.left_unknown
    )
    assert answer.rest.small_calls == 60


def test_a_judge_of_the_same_team_is_never_production(tmp_path: Path) -> None:
    """The rule of its team would take it: it gets one before, that says its role only."""
    groups = found(
        tmp_path, calls("a", attributes=TEAM), calls("b", attributes=TEAM | {"key_alias": "eval-nightly"})
    )
    assert groups["None (grader)"][0] == {"key_alias": "eval-nightly"}
    assert groups["support"][2] == 60


def test_a_sample_finds_the_same(tmp_path: Path) -> None:
    """Every fourth call, and every fourth ticket whole: the groups and their keys stay, counts are scaled up."""
    directory = project_with(
        tmp_path / "p",
        calls("a", 900, attributes=TEAM, unit="tag.ticket_id", per_unit=3, every=timedelta(minutes=1)),
        calls("b", 300, attributes={"team_alias": "search"}, model="gpt-4o-mini", every=timedelta(minutes=1)),
    )
    with Workspace(directory, as_of=NOW) as workspace:
        window = workspace.window(None, None)
        sample = open_calls(workspace.ledger, window.start.date(), window.end.date(), most_calls=300)
        groups, nameless = groups_of(sample)
    assert sample.sampled_rate == 0.25
    assert [(dict(group.conditions), group.unit.name) for group in groups] == [
        ({"team_alias": ("support",)}, "tag.ticket_id"),
        ({"team_alias": ("search",)}, "call_id"),
    ]
    assert nameless == []
    assert groups[0].calls == pytest.approx(900, rel=0.25)
    assert groups[0].unit.calls_per_unit == pytest.approx(3, rel=0.35)
