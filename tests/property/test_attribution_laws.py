"""Attribution: the SQL says what the rule says, and rules that come back bring the same cells back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

import ledger_cases as cases
from routefit.answers.workspace import Workspace
from routefit.declared.model import AttributionRule
from routefit.ledger.attribution import Attribution
from routefit.ledger.engine import connect, register_table
from routefit.units import usd_from_pico_usd
from small_project import FIRST_AT, NOW, load, write_project

TEAMS = ("a", "ab", "b_c", "B%", "")
VALUES = st.sampled_from([None, *TEAMS])


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(threads=1) as connection:
        yield connection


_patterns = st.sampled_from(["a", "a*", "?b", "*_*", "*%", "b_c", "*", "z"])
_rules = st.lists(
    st.fixed_dictionaries(
        {"when": st.dictionaries(st.sampled_from(["team_alias", "tag.x", "model"]), st.none() | _patterns)},
        optional={
            "workload": st.sampled_from(["one", "two", "tag.x", "team_alias"]),
            "unit": st.sampled_from(["tag.x", "trace_id", ["tag.y", "session_id"]]),
            "role": st.sampled_from(["grader", "step"]),
        },
    ),
    max_size=4,
)


def holds(when: dict[str, str | None], fields: dict[str, str | None]) -> bool:
    """Whether all conditions hold."""
    for name, wanted in when.items():
        value = fields[name]
        if (value is None) != (wanted is None):
            return False
        if value is not None and wanted is not None and not fnmatchcase(value, wanted):
            return False
    return True


@given(rules=_rules, team=VALUES, x=VALUES, model=st.sampled_from([None, "a", "zz"]))
def test_the_first_rule_that_holds_sets_what_it_names(
    engine: duckdb.DuckDBPyConnection,
    rules: list[dict[str, Any]],
    team: str | None,
    x: str | None,
    model: str | None,
) -> None:
    fields = {"team_alias": team, "tag.x": x, "tag.y": None, "model": model, "trace_id": "t", "session_id": None}
    attributes = {name: fields[name] for name in ("team_alias", "tag.x") if fields[name] is not None}
    fields |= {name: value or None for name, value in fields.items()}
    row = {
        "call_id": "c",
        "started_at": FIRST_AT,
        "model": model,
        "trace_id": "t",
        "attributes": json.dumps(attributes),
    }
    register_table(engine, "facts", cases.arrow_calls([row]))
    compiled = Attribution(tuple(AttributionRule.model_validate(rule) for rule in rules))
    ((number, workload, unit_id, role),) = engine.execute(
        f"SELECT rule_no, workload, unit_id, role FROM ({compiled.calls_sql('facts')}) AS c"
    ).fetchall()
    expected = next((place for place, rule in enumerate(rules, 1) if holds(rule["when"], fields)), 0)
    assert number == expected
    rule = rules[expected - 1] if expected else {}
    said = rule.get("workload")
    assert workload == (None if said is None else fields.get(said, said))
    assert role == rule.get("role")
    keys = rule.get("unit", [])
    found = [fields[key] for key in ([keys] if isinstance(keys, str) else keys) if fields[key] is not None]
    assert unit_id == ((found or ["c"])[0] if keys else None)


def _calls(draw: st.DrawFn) -> list[dict[str, Any]]:
    return [
        {
            "call_id": f"c{number}",
            "started_at": f"2026-06-0{draw(st.integers(1, 4))}T0{draw(st.integers(0, 9))}:00:00Z",
            "provider": "acme",
            "model": draw(st.sampled_from(["big", "small"])),
            "trace_id": draw(st.sampled_from(["t1", "t2", "t3"])),
            "status": draw(st.sampled_from(["ok", "error"])),
            "input_tokens": 10,
            "output_tokens": draw(st.integers(0, 3)),
            "cost_usd": "0.25",
            "attributes": {
                "team_alias": draw(st.sampled_from(["a", "ab", "b"])),
                "tag.x": draw(st.sampled_from(["u1", "u2", ""])),
            },
        }
        for number in range(draw(st.integers(1, 10)))
    ]


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[list[dict[str, Any]]]]:
    """Calls, and two sets of rules."""
    with_idle = _rules.map(
        lambda rules: [{**rule, "idle_minutes": 90} if "unit" in rule else rule for rule in rules]
    )
    return _calls(draw), [draw(_rules), draw(with_idle)]


@given(history=histories())
def test_rules_changed_and_back_give_the_same_cells(
    history: tuple[list[dict[str, Any]], list[list[dict[str, Any]]]],
) -> None:
    """Changed twice and back; calls and their cost are kept whatever the rules are."""
    calls, (first, second) = history
    with TemporaryDirectory() as folder:
        project = write_project(Path(folder) / "p", workloads={}, routes={})
        load(project, "calls", calls)
        seen = [_cells(project, rules) for rules in (first, second, first, second)]
    assert seen[2] == seen[0]
    assert seen[3] == seen[1]
    for cells in seen:
        totals = [totals for groups in cells.values() for totals in groups.values()]
        assert sum(one.calls for one in totals) == len(calls)
        cost = sum(one.inference_pico_usd + one.eval_pico_usd for one in totals)
        assert usd_from_pico_usd(cost) == pytest.approx(0.25 * len(calls))


def _cells(project: Path, rules: list[dict[str, Any]]) -> dict[Any, Any]:
    with (project / "routefit.yaml").open("w") as stream:
        YAML().dump({"name": "small", "attribution": rules}, stream)
    with Workspace(project, as_of=NOW) as workspace:
        days = workspace.ledger.days_with_units()
        return workspace.ledger.totals(days[0], days[-1].replace(year=2027))
