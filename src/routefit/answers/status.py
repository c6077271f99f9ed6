"""Where things stand: what was read, what it covers, what is missing and its worth, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from routefit.answers.attribution import CallsPerUnit, UnitsFormed, attribution, units_formed
from routefit.answers.bill import bill_of
from routefit.answers.evaluation import evaluator_of
from routefit.answers.gaps import Gap, gaps
from routefit.answers.lcpr import Coverage, LcprAnswer
from routefit.answers.matrix import MatrixAnswer, matrix_of
from routefit.answers.next_steps import WITHOUT_CALLS, Next, next_steps, unjudged_usd
from routefit.answers.verdicts import Judging, judging
from routefit.answers.workspace import Workspace
from routefit.errors import Problem
from routefit.lcpr.cell import Frozen, Window
from routefit.ledger.scores_by_workload import WorkloadScores, scores_by_workload
from routefit.ledger.spending import invoice_facts, lost_calls
from routefit.project.check import stale_in


class Stale(Frozen):
    """Declared facts older than `defaults.stale_after_days`; the oldest stands in `oldest_place`, FILE:LINE."""

    facts: int
    oldest_as_of: date | None
    oldest_place: str | None
    oldest_path: str | None


class StatusAnswer(Frozen):
    """The front page; `window` is None in a project without calls.

    `bill_reason` says why no bill is explained, `capacity_rows` counts the imported spans of replicas, and
    `attribution_warnings` are of the rules of routefit.yaml.
    """

    project: str
    is_synthetic: bool
    sampled_unit_rate: float
    window: Window | None
    calls: int
    outcomes: int
    invoice_lines: int
    capacity_rows: int
    spend_usd: float | None
    coverage: Coverage
    bill_reason: str | None
    units: UnitsFormed
    attribution_warnings: tuple[str, ...]
    gaps: tuple[Gap, ...]
    stale: Stale
    next: tuple[Next, ...]
    lcpr: LcprAnswer | None
    matrix: MatrixAnswer | None
    judging: Judging


def status(workspace: Workspace, *, start: date | None = None, end: date | None = None) -> StatusAnswer:
    """Where the project stands; a project without calls is an answer too."""
    if not workspace.ledger.has_calls:
        return _empty(workspace)
    config = workspace.project.config
    evaluator = evaluator_of(workspace, start=start, end=end)
    costs, weighed = evaluator.answer, matrix_of(evaluator)
    first, last = costs.window.start.date(), costs.window.end.date()
    bill = workspace.once(bill_of, costs.window)
    judged = judging(workspace)
    unread = _unread(workspace, costs, judged)
    spend_usd = _spend_usd(costs)
    missing = gaps(
        workspace,
        costs,
        bill,
        lost_calls(workspace.ledger, first, last),
        spend_usd=spend_usd,
        with_unread_scores=unread,
    )
    return StatusAnswer(
        project=config.name,
        is_synthetic=config.is_synthetic,
        sampled_unit_rate=config.sampling.unit_rate,
        window=costs.window,
        calls=workspace.ledger.call_rows,
        outcomes=workspace.ledger.outcome_rows,
        invoice_lines=len(invoice_facts(workspace.ledger)),
        capacity_rows=sum(map(len, workspace.ledger.replica_rows.values())),
        spend_usd=spend_usd,
        coverage=costs.coverage,
        bill_reason=bill.reason,
        units=units_formed(workspace, first, last),
        attribution_warnings=attribution(workspace, first, last).warnings if config.attribution else (),
        gaps=missing,
        stale=_stale(workspace),
        next=next_steps(workspace, costs, weighed, missing, unread),
        lcpr=costs,
        matrix=weighed,
        judging=judged,
    )


def _empty(workspace: Workspace) -> StatusAnswer:
    return StatusAnswer(
        project=workspace.project.config.name,
        is_synthetic=workspace.project.config.is_synthetic,
        sampled_unit_rate=workspace.project.config.sampling.unit_rate,
        window=None,
        calls=0,
        outcomes=workspace.ledger.outcome_rows,
        invoice_lines=len(invoice_facts(workspace.ledger)),
        capacity_rows=sum(map(len, workspace.ledger.replica_rows.values())),
        spend_usd=None,
        coverage=Coverage(attributed_rate=None, priced_rate=None, judged_rate=None, bill_explained_rate=None),
        bill_reason=None,
        units=UnitsFormed(
            unit_key=None,
            one_call_share_rate=None,
            calls_per_unit=CallsPerUnit(p50=None, p99=None),
            by_workload=(),
            warnings=(),
        ),
        attribution_warnings=(),
        gaps=(),
        stale=_stale(workspace),
        next=WITHOUT_CALLS,
        lcpr=None,
        matrix=None,
        judging=judging(workspace),
    )


def _spend_usd(costs: LcprAnswer) -> float:
    """What the known part of the window's calls cost: inference and grading, unattributed ones included."""
    cells = sum((cell.cost_usd.inference or 0.0) + (cell.cost_usd.eval or 0.0) for cell in costs.cells)
    return cells + costs.unattributed.cost_usd


def _unread(workspace: Workspace, costs: LcprAnswer, judged: Judging) -> Mapping[str, tuple[WorkloadScores, ...]]:
    """The scores of workloads without any verdict that no rule of the workload reads."""
    if not judged.unread or not unjudged_usd(costs.cells):
        return {}
    found = scores_by_workload(workspace.ledger, costs.window.start.date(), costs.window.end.date())
    unread = {}
    for workload, kinds in found.items():
        declared = workspace.project.workloads.get(workload)
        rules = [(rule.source, rule.name) for rule in declared.verdict] if declared else []
        own = tuple(
            kind for kind in kinds if not any(s == kind.source and n in (None, kind.name) for s, n in rules)
        )
        if own:
            unread[workload] = own
    return unread


def _stale(workspace: Workspace) -> Stale:
    found = stale_in(workspace.directory, today=workspace.today)
    oldest = found[0] if found else None
    return Stale(
        facts=len(found),
        oldest_as_of=oldest.as_of if oldest else None,
        oldest_place=_place(oldest.problem) if oldest else None,
        oldest_path=oldest.problem.path if oldest else None,
    )


def _place(problem: Problem) -> str:
    return problem.file if problem.line is None else f"{problem.file}:{problem.line}"
