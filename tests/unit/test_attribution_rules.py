"""What attribution rules make of the fields of a call."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

import ledger_cases as cases
from routefit.declared.model import AttributionRule
from routefit.ledger.attribution import Attribution, field_names, is_field
from routefit.ledger.engine import connect, register_table

KEY = "key"


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(threads=1) as connection:
        yield connection


def attributed(
    engine: duckdb.DuckDBPyConnection, call: dict[str, Any], *rules: dict[str, Any], hash_key: str | None = KEY
) -> dict[str, Any]:
    """The call after these rules, by column."""
    row = {"call_id": "c1", "started_at": cases.FIRST_AT} | call
    register_table(engine, "facts", cases.arrow_calls([row]))
    compiled = Attribution(tuple(AttributionRule.model_validate(rule) for rule in rules), hash_key)
    found = engine.execute(compiled.calls_sql("facts"))
    names = [column[0] for column in found.description]
    (values,) = found.fetchall()
    return dict(zip(names, values, strict=True))


SUPPORT = '{"team_alias":"support-eu","key_alias":"prod","tag.ticket_id":"T1","tag.app.part":"x","size":3}'


@pytest.mark.parametrize(
    ("when", "matches"),
    [
        pytest.param({"team_alias": "support-eu"}, True, id="the very value"),
        pytest.param({"team_alias": "support*"}, True, id="a star is any text"),
        pytest.param({"team_alias": "support-??"}, True, id="a question mark is one character"),
        pytest.param({"team_alias": "support"}, False, id="a pattern is the whole value, not a part"),
        pytest.param({"team_alias": "Support*"}, False, id="upper and lower case differ"),
        pytest.param({"team_alias": "support_eu*"}, False, id="an underscore is no wildcard"),
        pytest.param({"team_alias": "%"}, False, id="a percent sign is no wildcard"),
        pytest.param({"team_alias": ["sales", "support*"]}, True, id="one of several"),
        pytest.param({"team_alias": "support*", "key_alias": "test"}, False, id="all conditions must hold"),
        pytest.param({"tag.ticket_id": "*"}, True, id="present"),
        pytest.param({"ticket_id": "T1"}, True, id="a tag without its prefix"),
        pytest.param({"tag.key_alias": "prod"}, True, id="an attribute with the prefix"),
        pytest.param({"tag.app.part": "x"}, True, id="a dot inside a key"),
        pytest.param({"tag.size": "3"}, True, id="a number as it is written"),
        pytest.param({"tag.absent": None}, True, id="absent"),
        pytest.param({"team_alias": None}, False, id="not absent"),
        pytest.param({"model": "gpt-*"}, True, id="a column"),
        pytest.param({"customer": "jane"}, True, id="a customer by the plain id, though a hash is stored"),
        pytest.param({"end_user": "jane"}, True, id="the gateway's word for a customer"),
        pytest.param({"customer": "john"}, False, id="another customer"),
        pytest.param({}, True, id="no condition is any call"),
        pytest.param({"quote's": "*"}, False, id="a quote in a name is a name"),
    ],
)
def test_when(engine: duckdb.DuckDBPyConnection, when: dict[str, Any], matches: bool) -> None:
    hashed = engine.execute("SELECT left(sha256('key:jane'), 32)").fetchall()[0][0]
    call = {"model": "gpt-4o", "attributes": SUPPORT, "customer": hashed}
    found = attributed(engine, call, {"when": when, "workload": "w"})
    assert (found["workload"], found["rule_no"]) == (("w", 1) if matches else (None, 0))


@pytest.mark.parametrize(
    ("call", "rule", "expected"),
    [
        pytest.param({}, {"workload": "w"}, {"workload": "w"}, id="a name"),
        pytest.param({}, {"workload": "tag.app.part"}, {"workload": "x"}, id="a name from a tag"),
        pytest.param({}, {"workload": "team_alias"}, {"workload": "support-eu"}, id="a name from a field"),
        pytest.param(
            {"workload": "logged"},
            {"workload": "tag.none"},
            {"workload": "logged"},
            id="an empty field says nothing",
        ),
        pytest.param(
            {"workload": "logged"}, {"workload": "w"}, {"workload": "w"}, id="a rule comes before the log"
        ),
        pytest.param(
            {"workload": "logged"}, {"role": "grader"}, {"workload": "logged"}, id="what it does not name"
        ),
        pytest.param(
            {"trace_id": "t"},
            {"unit": "tag.ticket_id"},
            {"unit_id": "T1", "unit_key": "tag.ticket_id"},
            id="a key",
        ),
        pytest.param(
            {"trace_id": "t"},
            {"unit": ["tag.none", "trace_id"]},
            {"unit_id": "t", "unit_key": "trace_id"},
            id="the first key that is there",
        ),
        pytest.param(
            {"trace_id": "t"},
            {"unit": "tag.none"},
            {"unit_id": "c1", "unit_key": "call_id"},
            id="without its key a call is a unit of its own",
        ),
        pytest.param(
            {"session_id": "s"},
            {"workload": "w"},
            {"unit_id": None, "unit_key": "session_id"},
            id="without a key the usual ones",
        ),
        pytest.param({"role": "retry"}, {"role": "grader"}, {"role": "grader"}, id="a role"),
        pytest.param({}, {"owner": "Jane's"}, {"owner": "Jane's"}, id="an owner with a quote"),
        pytest.param({}, {"owner": "team_alias"}, {"owner": "support-eu"}, id="an owner from a field"),
    ],
)
def test_what_a_rule_sets(
    engine: duckdb.DuckDBPyConnection, call: dict[str, Any], rule: dict[str, Any], expected: dict[str, Any]
) -> None:
    found = attributed(engine, {"attributes": SUPPORT} | call, {"when": {"team_alias": "support*"}} | rule)
    assert {name: found[name] for name in expected} == expected


def test_the_first_match_wins(engine: duckdb.DuckDBPyConnection) -> None:
    rules = ({"when": {"key_alias": "prod"}, "role": "step"}, {"when": {}, "workload": "rest", "role": "grader"})
    found = attributed(engine, {"attributes": SUPPORT}, *rules)
    assert (found["workload"], found["role"], found["rule_no"]) == (None, "step", 1)


def test_a_customer_from_a_tag_is_hashed(engine: duckdb.DuckDBPyConnection) -> None:
    rule = {"when": {}, "customer": "tag.ticket_id"}
    hashed = attributed(engine, {"attributes": SUPPORT}, rule)["customer"]
    assert hashed == engine.execute("SELECT left(sha256('key:T1'), 32)").fetchall()[0][0]
    assert attributed(engine, {"attributes": SUPPORT}, rule, hash_key=None)["customer"] == "T1"


def test_calls_without_attributes_match_no_tag(engine: duckdb.DuckDBPyConnection) -> None:
    assert attributed(engine, {}, {"when": {"tag.x": "*"}, "workload": "w"})["rule_no"] == 0


@pytest.mark.parametrize(
    "name", ["", "*", "a*", 'q"q', "it's", "end\\", 'a\\"b', "x/y", "~1", "$.x", "[0]", "a\nb", "ü☃"]
)
def test_a_tag_may_have_any_name(engine: duckdb.DuckDBPyConnection, name: str) -> None:
    call = {"attributes": json.dumps({f"tag.{name}": "here", "other": "there"})}
    rule = {"when": {f"tag.{name}": "*", "other": "there"}, "unit": f"tag.{name}"}
    found = attributed(engine, call, rule)
    assert (found["rule_no"], found["unit_id"], found["unit_key"]) == (1, "here", f"tag.{name}")
    assert attributed(engine, {"attributes": '{"other":"there"}'}, rule)["rule_no"] == 0


def test_a_tag_without_a_text_says_nothing(engine: duckdb.DuckDBPyConnection) -> None:
    call = {"attributes": '{"tag.w":"","tag.t":""}'}
    assert attributed(engine, call, {"when": {"tag.w": "*"}, "workload": "w"})["rule_no"] == 0
    found = attributed(engine, call, {"when": {"tag.w": None}, "workload": "tag.w", "unit": "tag.t"})
    assert (found["rule_no"], found["workload"], found["unit_id"]) == (1, None, "c1")


def test_field_names() -> None:
    rule = AttributionRule.model_validate(
        {"when": {"team_alias": "a"}, "workload": "tag.w", "unit": ["trace_id", "tag.t"], "owner": "Jane"}
    )
    assert field_names(rule) == ("team_alias", "trace_id", "tag.t", "tag.w")
    assert [name for name in ("model", "team_alias", "tag.x", "support") if is_field(name)] == [
        "model",
        "team_alias",
        "tag.x",
    ]
