"""What a value means under a verdict rule, and which rules cannot be read."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from routefit.declared.model import VerdictRule
from routefit.declared.verdict import Meaning, meaning_of, number_of, overlap, parsed
from routefit.lcpr.verdict import Score, Verdict, deciding_verdict, rule_verdict

NOW = datetime(2026, 6, 20, 12, tzinfo=UTC)


def meaning(rank: int = 1, source: str = "score", **given: Any) -> Meaning:
    return meaning_of(rank, VerdictRule.model_validate({"from": source, "name": "judge"} | given))


def score(value: str, hours_ago: float | None = 0, place: int = 0, **given: Any) -> Score:
    at = None if hours_ago is None else NOW - timedelta(hours=hours_ago)
    return Score(**{"source": "score", "name": "judge", "value": value, "decided_at": at, "place": place} | given)


@pytest.mark.parametrize(
    ("source", "given", "value", "expected"),
    [
        pytest.param("score", {"accept": ">=0.7"}, "0.7", True, id="at-the-limit"),
        pytest.param("score", {"accept": ">=0.7"}, "0.69", False, id="a-comparison-alone-rejects-the-rest"),
        pytest.param("score", {"accept": ">=0.7"}, "n/a", None, id="no-number-decides-nothing"),
        pytest.param("score", {"accept": ">=0.7"}, None, None, id="no-value-decides-nothing"),
        pytest.param("score", {"accept": ">=0.7", "reject": "<0.5"}, "0.6", None, id="between-both"),
        pytest.param("score", {"accept": ">=0.7", "reject": "<0.5"}, "0.4", False, id="rejected-by-comparison"),
        pytest.param("score", {"reject": "<0.5"}, "0.9", None, id="not-rejected-is-not-accepted"),
        pytest.param("feedback", {"accept": "==1"}, "true", True, id="true-is-1"),
        pytest.param("feedback", {"accept": "==1"}, "False", False, id="false-is-0"),
        pytest.param("ticket_status", {"accept": ["resolved"]}, "Resolved", True, id="case-does-not-matter"),
        pytest.param("ticket_status", {"accept": ["resolved"]}, "open", None, id="an-open-ticket-is-no-failure"),
        pytest.param(
            "ticket_status", {"accept": "resolved", "reject": ["reopened"]}, "reopened", False, id="word"
        ),
        pytest.param("test", {"accept": "pass"}, "skipped", False, id="a-test-that-does-not-pass-fails"),
        pytest.param(
            "test", {"accept": "pass", "reject": "fail"}, "skipped", None, id="unless-failing-is-declared"
        ),
        pytest.param("grader", {"accept": "good"}, "so-so", None, id="a-grader's-other-word"),
    ],
)
def test_value(source: str, given: dict[str, Any], value: str | None, expected: bool | None) -> None:
    assert meaning(source=source, **given).verdict(value) is expected


@pytest.mark.parametrize(
    ("written", "said"),
    [
        pytest.param(">= high", "expected a number after >=", id="no-number"),
        pytest.param(">=", "expected a number after >=", id="nothing-to-compare-with"),
        pytest.param("=1", 'expected "==1" for equality', id="single-equals"),
        pytest.param("0.7", 'such as "==0.7" or ">=0.7"', id="a-bare-number"),
        pytest.param("true", 'expected "==1"', id="a-truth-value"),
        pytest.param((), "expected a comparison", id="no-words"),
        pytest.param(("",), "expected a comparison", id="an-empty-word"),
        pytest.param((" resolved",), "without spaces", id="a-space"),
        pytest.param((">=0.7", "resolved"), "a comparison stands alone", id="a-comparison-among-words"),
        pytest.param(">=1e999", "expected a number after >=", id="too-large-a-number"),
    ],
)
def test_what_is_no_test(written: str | tuple[str, ...], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        parsed(written)


@pytest.mark.parametrize(
    ("accept", "reject", "common"),
    [
        pytest.param(">=0.7", "<0.7", None, id="complements"),
        pytest.param(">=0.7", "<=0.7", "0.69999999999999996", id="one-point"),
        pytest.param(">0.5", "<0.7", True, id="a-stretch"),
        pytest.param(">0.7", "<0.5", None, id="a-gap"),
        pytest.param("!=0", "==0", None, id="all-but-one"),
        pytest.param("!=0", "<0", True, id="all-but-one-and-a-half-line"),
        pytest.param("==1", "==0", None, id="two-points"),
        pytest.param(("open", "Done"), ("done",), "done", id="a-word-in-both"),
        pytest.param((">=1"), ("resolved", "reopened"), None, id="a-number-is-no-word"),
    ],
)
def test_overlap(accept: Any, reject: Any, common: str | bool | None) -> None:
    found = overlap(parsed(accept), parsed(reject))
    assert (found is not None) if common is True else found == common


def test_numbers_are_read_as_written_and_nothing_else() -> None:
    assert [
        number_of(text) for text in ("0.5", "-1", "+2e-1", "TRUE", "1e308", ".5", "1_0", "nan", "inf", "")
    ] == [
        0.5,
        -1.0,
        0.2,
        1.0,
        *[None] * 6,
    ]


RULE: dict[str, Any] = {"accept": "resolved", "reject": "reopened", "settle_hours": 72}


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        pytest.param([score("resolved", 72)], True, id="settles-after-exactly-72-hours"),
        pytest.param([score("resolved", 71.99)], None, id="not-settled-yet"),
        pytest.param([score("reopened", 0)], False, id="a-rejection-counts-at-once"),
        pytest.param([score("resolved", 100), score("reopened", 1)], False, id="contradicted-later"),
        pytest.param([score("resolved", 100), score("open", 1)], None, id="another-value-later-is-unknown"),
        pytest.param([score("reopened", 100), score("resolved", 1)], None, id="resolved-again-and-waiting"),
        pytest.param([score("resolved", 100), score("resolved", 1)], True, id="confirmed-needs-no-new-wait"),
        pytest.param([score("resolved", None)], None, id="without-a-time-it-never-settles"),
        pytest.param(
            [score("reopened", 5, 1), score("resolved", 100, 2)], False, id="decided-later-beats-imported-later"
        ),
        pytest.param(
            [score("resolved", 80, 2), score("reopened", 80, 1)], True, id="of-equal-times-imported-later"
        ),
    ],
)
def test_settling(scores: list[Score], expected: bool | None) -> None:
    found = rule_verdict(meaning(**RULE), scores, now=NOW)
    assert (found.accepted if found else None) is expected


def test_the_first_rule_that_says_anything_decides_and_an_outcome_comes_before() -> None:
    rules = [
        meaning(1, source="ticket_status", name=None, **RULE),
        meaning(2, accept=">=0.7"),
    ]
    waiting = Score(source="ticket_status", name=None, value="resolved", decided_at=NOW, place=0)
    judged = [waiting, score("0.2", evaluated_by="llm", suite_version="v3")]
    found = deciding_verdict(None, rules, judged, now=NOW)
    assert found is not None
    assert (found.accepted, found.rank, found.evaluated_by, found.suite_version) == (False, 2, "llm", "v3")
    settled = deciding_verdict(None, rules, judged, now=NOW + timedelta(hours=72))
    assert settled is not None
    assert (settled.accepted, settled.rank) == (True, 1)
    outcome = Verdict(accepted=False, rank=0, sampled="all", decided_at=None)
    assert deciding_verdict(outcome, rules, judged, now=NOW) is outcome


def test_scores_that_no_rule_reads_say_nothing() -> None:
    toxic = [score("0.9", name="toxicity"), score("1", name="hallucination")]
    assert deciding_verdict(None, [meaning(accept=">=0.7")], toxic, now=NOW) is None
    assert deciding_verdict(None, [], toxic, now=NOW) is None


@pytest.mark.parametrize(
    ("source", "of_rule", "of_score", "expected"),
    [
        pytest.param("score", "random", "all", "random", id="the-rule-says-it"),
        pytest.param("score", None, "stratified", "stratified", id="else-the-score"),
        pytest.param("score", None, None, "all", id="else-all"),
        pytest.param("feedback", None, None, "self_selected", id="feedback-chose-itself"),
    ],
)
def test_sampling(source: str, of_rule: str | None, of_score: Any, expected: str) -> None:
    assert meaning(source=source, accept="==1", sampled=of_rule).sampling(of_score) == expected
