"""Who judged the units, how well graders agree with people, and what becomes of the scores."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime

from routefit.answers.workspace import Workspace
from routefit.declared.model import VerdictRule
from routefit.declared.verdict import rule_words
from routefit.funnel.words import plural
from routefit.lcpr.agreement import AgreementCounts, agreement
from routefit.lcpr.cell import Frozen, Window
from routefit.lcpr.series import OUTCOME, RuleAgreement, VerdictSeries
from routefit.ledger.engine import parquet
from routefit.ledger.view import CellKey
from routefit.project.verdict_rules import unseen_words

_MEASURED_SOURCES = ("score", "grader", "test")
"""What people check; a ticket's status and a user's feedback come from people themselves."""


class UnreadScores(Frozen):
    """Scores of one kind and name: how many there are, and why they say nothing of acceptance."""

    name: str
    scores: int
    reason: str


class WorkloadAgreement(Frozen):
    """How one rule of a workload agrees with people."""

    workload: str
    rule: RuleAgreement


class Judging(Frozen):
    """What the imported scores and labels come to, whatever the window."""

    scores: int
    labels: int
    unread: tuple[UnreadScores, ...]
    unseen_rules: tuple[str, ...]
    agreement: tuple[WorkloadAgreement, ...]


def judging(workspace: Workspace) -> Judging:
    """Scores that became no verdict, rules that nothing meets, and the agreement of the others with people."""
    return Judging(
        scores=workspace.ledger.score_rows,
        labels=workspace.ledger.label_rows,
        unread=unread_scores(workspace),
        unseen_rules=unseen_rules(workspace),
        agreement=tuple(
            WorkloadAgreement(workload=workload, rule=rule)
            for workload, rules in agreement_by_workload(workspace).items()
            for rule in rules
        ),
    )


def judgements(workspace: Workspace, number: int) -> str:
    """`3 outcomes`, and where there are scores or labels too, `3 outcomes, scores or labels`."""
    if workspace.ledger.score_rows or workspace.ledger.label_rows:
        return f"{number:,} outcomes, scores or labels"
    return plural(number, "outcome")


def series_by_cell(workspace: Workspace, window: Window) -> dict[CellKey, tuple[VerdictSeries, ...]]:
    """The series of verdicts that decided units at home in the window, the most authoritative first."""
    engine, path, _ = workspace.ledger.view_verdicts()
    if path is None:
        return {}
    rows = engine.execute(
        "SELECT workload, route, rank, evaluated_by, suite_version, CAST(sum(units) AS BIGINT), "
        "CAST(sum(accepted_units) AS BIGINT), min(CASE WHEN dated_units > 0 THEN first_decided_us END), "
        f"max(CASE WHEN dated_units > 0 THEN last_decided_us END) FROM {parquet([path])} "
        "WHERE home_day >= ? AND home_day < ? GROUP BY ALL "
        "ORDER BY workload, route, rank, evaluated_by, suite_version",
        [window.start.date(), window.end.date()],
    ).fetchall()
    found: dict[CellKey, list[VerdictSeries]] = defaultdict(list)
    for workload, route, rank, evaluated_by, version, units, accepted, first, last in rows:
        rule = _rule(workspace, workload, rank)
        found[workload, route].append(
            VerdictSeries(
                source=rule.source if rule else OUTCOME,
                name=rule.name if rule else None,
                rank=rank,
                evaluated_by=evaluated_by,
                suite_version=version,
                units=units,
                accepted_units=accepted,
                first_decided_at=_instant(first),
                last_decided_at=_instant(last),
            )
        )
    return {key: tuple(series) for key, series in found.items()}


def agreement_by_workload(workspace: Workspace) -> dict[str, tuple[RuleAgreement, ...]]:
    """How the grading rules of each workload agree with labels, over all that is known, version by version."""
    engine, _, path = workspace.ledger.view_verdicts()
    if path is None:
        return {}
    sums = ", ".join(f"CAST(sum({name}) AS BIGINT) AS {name}" for name in AgreementCounts.model_fields)
    rows = engine.execute(
        f"SELECT workload, rank, suite_version, {sums} FROM {parquet([path])} "
        "GROUP BY workload, rank, suite_version ORDER BY workload, rank, suite_version"
    ).fetchall()
    found: dict[str, list[RuleAgreement]] = defaultdict(list)
    for workload, rank, version, *counted in rows:
        rule = _rule(workspace, workload, rank)
        if rule is None or rule.source not in _MEASURED_SOURCES:
            continue
        counts = AgreementCounts(**dict(zip(AgreementCounts.model_fields, counted, strict=True)))
        found[workload].append(
            RuleAgreement(
                source=rule.source,
                name=rule.name,
                rank=rank,
                suite_version=version,
                agreement=agreement(counts) if counts.labelled_units else None,
            )
        )
    return {workload: tuple(rules) for workload, rules in found.items()}


def unread_scores(workspace: Workspace) -> tuple[UnreadScores, ...]:
    """Scores that became no verdict, most first: no rule reads them, they decide nothing, or have not settled."""
    found = []
    for use in workspace.ledger.score_uses:
        name = rule_words(use.source, use.name)
        if not use.read_scores:
            found.append(UnreadScores(name=name, scores=use.scores, reason="no rule reads them"))
        if use.undecided_scores:
            reason = "neither accepted nor rejected by their rule"
            found.append(UnreadScores(name=name, scores=use.undecided_scores, reason=reason))
        if use.unsettled_scores:
            reason = "accepting, but not settled yet"
            found.append(UnreadScores(name=name, scores=use.unsettled_scores, reason=reason))
    return tuple(sorted(found, key=lambda one: (-one.scores, one.name)))


def unseen_rules(workspace: Workspace) -> tuple[str, ...]:
    """Rules whose score never came, with the nearest name that did; none where no scores came at all."""
    present = [(use.source, use.name) for use in workspace.ledger.score_uses]
    return tuple(
        f"{workload.id}: {said}"
        for workload in workspace.project.workloads.values()
        for rule in workload.verdict
        if present and (said := unseen_words(rule, present)) is not None
    )


def _rule(workspace: Workspace, workload: str, rank: int) -> VerdictRule | None:
    declared = workspace.project.workloads.get(workload)
    return declared.verdict[rank - 1] if declared is not None and 0 < rank <= len(declared.verdict) else None


def _instant(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else datetime.fromtimestamp(microseconds / 1e6, tz=UTC)
