"""Agreement with people, series of versions, and what they keep from a decision."""

from __future__ import annotations

from typing import Any

import pytest

from routefit.declared.model import Workload
from routefit.errors import UndefinedError
from routefit.lcpr.agreement import AgreementCounts, agreement
from routefit.lcpr.gate import gate_reasons
from routefit.lcpr.series import RuleAgreement, VerdictSeries, judged_differently, several_versions


def counts(both: int, neither: int, only_rule: int, only_people: int) -> AgreementCounts:
    return AgreementCounts(
        both_accept_units=both,
        both_reject_units=neither,
        only_rule_accepts_units=only_rule,
        only_people_accept_units=only_people,
    )


def test_the_textbook_case() -> None:
    """Cohen's own shape: 20 and 15 agreed of 50, kappa (0.7 - 0.5) / 0.5."""
    found = agreement(counts(20, 15, 5, 10))
    assert found.agreement_rate == pytest.approx(0.7)
    assert found.kappa == pytest.approx(0.4)
    assert found.agreement_low_rate == pytest.approx(0.5624, abs=1e-4)
    assert (found.only_rule_accepts_units, found.only_people_accept_units) == (5, 10)


@pytest.mark.parametrize(
    ("given", "rate", "kappa"),
    [
        pytest.param(counts(95, 0, 5, 0), 0.95, 0.0, id="accepting-everything-agrees-by-habit"),
        pytest.param(counts(10, 0, 0, 0), 1.0, None, id="one-word-only-leaves-nothing-to-agree-on"),
        pytest.param(counts(5, 5, 0, 0), 1.0, 1.0, id="perfect"),
        pytest.param(counts(0, 0, 5, 5), 0.0, -1.0, id="always-wrong"),
    ],
)
def test_kappa(given: AgreementCounts, rate: float, kappa: float | None) -> None:
    found = agreement(given)
    assert found.agreement_rate == pytest.approx(rate)
    assert found.kappa == (None if kappa is None else pytest.approx(kappa))


def test_no_labelled_unit_has_no_agreement() -> None:
    with pytest.raises(UndefinedError):
        agreement(counts(0, 0, 0, 0))


def series(version: str | None, units: int = 100, accepted: int = 86, **given: Any) -> VerdictSeries:
    defaults: dict[str, Any] = {
        "source": "score",
        "name": "judge",
        "rank": 1,
        "evaluated_by": None,
        "first_decided_at": None,
        "last_decided_at": None,
    }
    return VerdictSeries(
        **defaults | {"suite_version": version, "units": units, "accepted_units": accepted} | given
    )


def test_two_versions_of_a_judge_are_named_with_their_units() -> None:
    found = list(several_versions([series("v3", 400, 344), series("v4", 200, 162)]))
    assert found == ["judged by 2 versions of judge (v3: 400 units at 86%, v4: 200 units at 81%)"]


def test_two_judges_of_one_version_each_are_no_mixture() -> None:
    assert list(several_versions([series("v3", evaluated_by="a"), series("v4", evaluated_by="b")])) == []
    assert list(several_versions([series("v3"), series("v4", rank=2)])) == []


def test_routes_judged_by_different_versions_are_told_apart() -> None:
    assert (
        judged_differently([series("v3")], [series("v4")])
        == "judged by different versions of judge: v4 against v3"
    )
    assert judged_differently([series("v3")], [series("v3")]) is None
    assert judged_differently([series("v3")], [series("v4", evaluated_by="other")]) is None
    assert judged_differently([series(None)], [series("v3"), series(None)]) == (
        "judged by different versions of judge: no version and v3 against no version"
    )


def labelled(units: int, version: str | None = "v3") -> RuleAgreement:
    found = agreement(counts(units, 0, 0, 0)) if units else None
    return RuleAgreement(source="score", name="judge", rank=1, suite_version=version, agreement=found)


@pytest.mark.parametrize(
    ("rule", "judged", "agreements", "expected"),
    [
        pytest.param(
            {}, [series("v3")], [], ["how well judge v3 agrees with people is not known"], id="no-labels"
        ),
        pytest.param(
            {}, [series("v3")], [labelled(29)], ["only 29 units of judge v3 labelled by people < 30"], id="few"
        ),
        pytest.param({}, [series("v3")], [labelled(30)], [], id="enough"),
        pytest.param(
            {},
            [series("v4")],
            [labelled(500, "v3")],
            ["how well judge v4 agrees with people is not known"],
            id="labels-of-another-version-do-not-count",
        ),
        pytest.param({}, [], [], [], id="a-score-that-decided-nothing"),
        pytest.param(
            {"from": "grader"},
            [],
            [],
            ["how well judge agrees with people is not known"],
            id="a-grader-that-comes-first",
        ),
        pytest.param({"from": "test"}, [series(None, source="test")], [], [], id="a-test-is-exact"),
        pytest.param({"sampled": "self_selected"}, [series(None)], [], [], id="feedback-comes-from-people"),
    ],
)
def test_what_a_grader_keeps_from_a_decision(
    rule: dict[str, str], judged: list[VerdictSeries], agreements: list[RuleAgreement], expected: list[str]
) -> None:
    declared = {"from": "score", "name": "judge", "accept": ">=0.7"} | rule
    workload = Workload.model_validate({"id": "support", "verdict": [declared]})
    assert list(gate_reasons(workload, judged, agreements, least_labelled_units=30)) == expected
