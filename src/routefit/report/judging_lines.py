"""Who judged, how well graders agree with people, and what became of the scores, in lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from routefit.answers.verdicts import Judging
from routefit.declared.verdict import rule_words
from routefit.funnel.words import count, plural
from routefit.lcpr.series import RuleAgreement, VerdictSeries
from routefit.report.money import UNKNOWN, share

MOST_UNREAD_KINDS = 3


def judging_lines(judging: Judging) -> Iterator[str]:
    """For the front page: scores that became no verdict, rules that nothing meets, agreement with people."""
    for one in judging.unread[:MOST_UNREAD_KINDS]:
        yield f"{one.name}: {plural(one.scores, 'score')}, {one.reason}"
    rest = judging.unread[MOST_UNREAD_KINDS:]
    if rest:
        yield f"{plural(len(rest), 'more kind')} of scores that became no verdict: --format json"
    for said in judging.unseen_rules:
        yield f"verdict rule of {said}"
    for labelled in judging.agreement:
        yield f"{labelled.workload}: {agreement_words(labelled.rule)}"


def agreement_words(rule: RuleAgreement) -> str:
    """`score judge v4 agrees with people on 92% of 120 units (at least 86%, kappa 0.81); ...`"""
    name = " ".join(part for part in (rule_words(rule.source, rule.name), rule.suite_version) if part)
    found = rule.agreement
    if found is None:
        return f"{name}: no unit has both a label and a verdict"
    kappa = "kappa not defined" if found.kappa is None else f"kappa {found.kappa:.2f}"
    return (
        f"{name} agrees with people on {share(found.agreement_rate)} of {plural(found.labelled_units, 'unit')} "
        f"(at least {share(found.agreement_low_rate)}, {kappa}); it alone accepts "
        f"{count(found.only_rule_accepts_units)}, people alone {count(found.only_people_accept_units)}"
    )


def series_rows(series: Sequence[VerdictSeries]) -> Iterator[tuple[str, ...]]:
    """One row per series: source, who, version, units, accepted share, from, to."""
    for one in series:
        days = [None if at is None else str(at.date()) for at in (one.first_decided_at, one.last_decided_at)]
        source = rule_words(one.source, one.name)
        yield (
            source if not one.rank else f"{source} (rule {one.rank})",
            one.evaluated_by or UNKNOWN,
            one.suite_version or UNKNOWN,
            count(one.units),
            share(one.accepted_units / one.units),
            days[0] or UNKNOWN,
            days[1] or UNKNOWN,
        )
