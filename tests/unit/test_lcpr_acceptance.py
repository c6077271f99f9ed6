"""When a unit counts as accepted, and which reason counts when it does not."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from routefit.declared.model import Slo, Workload
from routefit.lcpr.acceptance import (
    NO_ANSWER_FAILURES,
    AcceptanceRules,
    OutcomeFacts,
    Reason,
    UnitFacts,
    reason_not_accepted,
    tpot_ms,
)

SLO = Slo(ttft_ms=850, tpot_ms=50, e2e_ms=5_000)
RULES = AcceptanceRules(retry_budget=1, slo=SLO)
GOOD_UNIT: dict[str, Any] = {
    "accepting_ttft_ms": 400.0,
    "accepting_e2e_ms": 4_400.0,
    "accepting_output_tokens": 101,
    "unit_e2e_ms": 9_000.0,
    "retries": 1,
}
GOOD_OUTCOME: dict[str, Any] = {"accepted": True, "escalated": False, "within_slo": True, "compliant": True}

BREACHES: dict[Reason, tuple[dict[str, Any], dict[str, Any]]] = {
    Reason.FAILED_VERDICT: ({}, {"accepted": False}),
    Reason.ESCALATED: ({}, {"escalated": True}),
    Reason.NO_USABLE_ANSWER: ({"accepting_status": "error"}, {}),
    Reason.SLO_EXCEEDED: ({"accepting_e2e_ms": 5_000.1}, {}),
    Reason.OUTSIDE_SLO: ({}, {"within_slo": False}),
    Reason.NOT_COMPLIANT: ({}, {"compliant": False}),
    Reason.REGION_NOT_ALLOWED: ({"is_region_allowed": False}, {}),
    Reason.OVER_RETRY_BUDGET: ({"retries": 2}, {}),
    Reason.NO_VERDICT: ({}, {"accepted": None}),
    Reason.SLO_NOT_MEASURED: ({"accepting_ttft_ms": None}, {}),
}
"""What is wrong with an otherwise good unit, in the order in which reasons are tried."""


def reason(unit: dict[str, Any], outcome: dict[str, Any], rules: AcceptanceRules = RULES) -> Reason | None:
    return reason_not_accepted(UnitFacts(**GOOD_UNIT | unit), OutcomeFacts(**GOOD_OUTCOME | outcome), rules)


def test_a_good_unit_is_accepted() -> None:
    assert reason({}, {}) is None


@pytest.mark.parametrize("expected", BREACHES, ids=lambda reason: reason.value)
def test_each_reason_alone(expected: Reason) -> None:
    unit, outcome = BREACHES[expected]
    assert reason(unit, outcome) is expected


@pytest.mark.parametrize(
    ("first", "second"),
    [pair for pair in pairwise(BREACHES) if Reason.NO_VERDICT is not pair[1]]
    + [(Reason.OVER_RETRY_BUDGET, Reason.NO_VERDICT)],
    ids=lambda reason: reason.value,
)
def test_the_first_reason_in_order_counts(first: Reason, second: Reason) -> None:
    unit = BREACHES[second][0] | BREACHES[first][0]
    outcome = BREACHES[second][1] | BREACHES[first][1]
    assert reason(unit, outcome) is first


def test_reasons_are_tried_in_the_order_in_which_they_are_listed() -> None:
    assert list(BREACHES) == list(Reason)


@pytest.mark.parametrize("expected", Reason, ids=lambda reason: reason.value)
def test_only_missing_knowledge_is_no_rejection(expected: Reason) -> None:
    assert expected.is_rejection is (expected not in {Reason.NO_VERDICT, Reason.SLO_NOT_MEASURED})


@pytest.mark.parametrize(
    ("unit", "outcome", "rules", "expected"),
    [
        ({}, {"escalated": True}, RULES.model_copy(update={"human_gate": True}), None),
        ({}, {"escalated": None, "within_slo": None, "compliant": None}, RULES, None),
        ({"accepting_status": "error"}, {"accepted": None}, RULES, Reason.NO_USABLE_ANSWER),
        ({"accepting_failure_class": "overloaded"}, {}, RULES, None),
        ({"retries": 99}, {}, RULES.model_copy(update={"retry_budget": None}), None),
        ({"accepting_e2e_ms": 5_000.0}, {}, RULES, None),
        (
            {"accepting_ttft_ms": None, "accepting_e2e_ms": 5_000.1},
            {},
            RULES,
            Reason.SLO_EXCEEDED,
        ),
        ({"accepting_ttft_ms": None, "accepting_e2e_ms": None}, {}, AcceptanceRules(), None),
        ({"accepting_ttft_ms": None}, {"accepted": None}, RULES, Reason.NO_VERDICT),
    ],
    ids=[
        "people are the gate: an escalation is how it is accepted",
        "flags that nobody gave reject nothing",
        "without any verdict a failed call still rejects",
        "a failure class that left a usable answer",
        "no retry budget is no limit",
        "exactly at the objective is within it",
        "one objective exceeded outweighs another that was not measured",
        "no objective needs no measurement",
        "no verdict comes before an objective that was not measured",
    ],
)
def test_edges(
    unit: dict[str, Any], outcome: dict[str, Any], rules: AcceptanceRules, expected: Reason | None
) -> None:
    assert reason(unit, outcome, rules) is expected


@pytest.mark.parametrize("failure_class", NO_ANSWER_FAILURES)
def test_an_answer_that_was_cut_off_or_broke_its_schema_is_none(failure_class: str) -> None:
    assert reason({"accepting_failure_class": failure_class}, {}) is Reason.NO_USABLE_ANSWER


@pytest.mark.parametrize("status", ["error", "timeout", "rate_limited", "cancelled"])
def test_a_last_call_that_failed_gave_no_answer(status: str) -> None:
    assert reason({"accepting_status": status}, {}) is Reason.NO_USABLE_ANSWER


@pytest.mark.parametrize(
    ("scope", "unit", "expected"),
    [
        ("attempt", {"unit_e2e_ms": 60_000.0}, None),
        ("unit", {"unit_e2e_ms": 5_000.1}, Reason.SLO_EXCEEDED),
        ("unit", {"unit_e2e_ms": 5_000.0, "accepting_e2e_ms": 5_000.0}, None),
        ("unit", {"unit_e2e_ms": None}, Reason.SLO_NOT_MEASURED),
    ],
    ids=[
        "an attempt is held to its own time, however long the unit took",
        "a unit is held to its whole time",
        "a unit just within its time",
        "the time of the whole unit is not known",
    ],
)
def test_scope_of_the_objective(scope: str, unit: dict[str, Any], expected: Reason | None) -> None:
    rules = RULES.model_copy(update={"slo": SLO.model_copy(update={"scope": scope})})
    assert reason(unit, {}, rules) is expected


@pytest.mark.parametrize(
    ("ttft", "e2e", "tokens", "expected"),
    [
        (400.0, 4_400.0, 101, 40.0),
        (400.0, 4_400.0, 1, None),
        (None, 4_400.0, 101, None),
        (400.0, None, 101, None),
        (400.0, 4_400.0, None, None),
    ],
    ids=["over the tokens after the first", "one token has no time between", "no ttft", "no e2e", "no tokens"],
)
def test_time_per_output_token(
    ttft: float | None, e2e: float | None, tokens: int | None, expected: float | None
) -> None:
    assert tpot_ms(ttft_ms=ttft, e2e_ms=e2e, output_tokens=tokens) == expected


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ({"accepting_output_tokens": 50}, Reason.SLO_EXCEEDED),
        ({"accepting_output_tokens": 1}, None),
        ({"accepting_output_tokens": 0}, None),
        ({"accepting_output_tokens": None}, Reason.SLO_NOT_MEASURED),
    ],
    ids=["too slow between tokens", "one token is in time", "no token is in time", "tokens not known"],
)
def test_objective_on_the_time_between_tokens(unit: dict[str, Any], expected: Reason | None) -> None:
    assert reason(unit, {}) is expected


def test_a_workload_that_no_file_declares_has_no_rules() -> None:
    assert AcceptanceRules.of(None) == AcceptanceRules()


def test_rules_are_those_of_the_workload() -> None:
    workload = Workload.model_validate(
        {
            "id": "support",
            "unit": {"human_gate": True, "retry_budget": 2},
            "slo": {"e2e_ms": 5000, "scope": "unit"},
        }
    )
    assert AcceptanceRules.of(workload) == AcceptanceRules(
        human_gate=True, retry_budget=2, slo=Slo(e2e_ms=5_000, scope="unit")
    )
