"""All decisions that apply to workloads, one line each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from routefit.answers.decide import Asked, decide
from routefit.answers.decision_inputs.registry import FROM_LEDGER
from routefit.answers.evaluation import Evaluator, evaluator_of
from routefit.answers.workspace import Workspace
from routefit.decisions.decision import Decision
from routefit.decisions.kinds import KINDS
from routefit.errors import RoutefitError
from routefit.lcpr.cell import Frozen, Window

_DRAWS = 100_000
"""A line of an overview needs no more: a share of draws is then known to half a point."""


class DecisionLine(Frozen):
    """One kind on one workload and route: the decision, or why there is none; without a workload plain numbers."""

    workload: str | None
    route: str | None
    kind: str
    question: str
    decision: str | None
    reason: str | None
    next_step: str | None
    found: Decision | None


class DecisionsAnswer(Frozen):
    """The lines by workload, in the order of the kinds."""

    window: Window
    is_synthetic: bool
    sampled_unit_rate: float
    lines: tuple[DecisionLine, ...]


def decide_all(
    workspace: Workspace, *, workload: str | None = None, start: date | None = None, end: date | None = None
) -> DecisionsAnswer:
    """What applies to a workload, or to each of them."""
    if workload is not None:
        workspace.workload(workload)
    evaluator = evaluator_of(workspace, start=start, end=end)
    names = workspace.workload_names if workload is None else (workload,)
    return DecisionsAnswer(
        window=evaluator.window,
        is_synthetic=workspace.project.config.is_synthetic,
        sampled_unit_rate=workspace.project.config.sampling.unit_rate,
        lines=tuple(_line(evaluator, name, kind) for name in names for kind in KINDS if kind in FROM_LEDGER),
    )


def _line(evaluator: Evaluator, workload: str, kind: str) -> DecisionLine:
    return line_of(
        kind,
        workload,
        None,
        lambda: decide(Asked(kind), evaluator=evaluator, workload=workload, draws=_DRAWS),
    )


def line_of(kind: str, workload: str | None, route: str | None, answered: Callable[[], Decision]) -> DecisionLine:
    """The line of one decision; an error becomes its reason."""
    try:
        found = answered()
    except RoutefitError as error:
        return DecisionLine(
            workload=workload,
            route=route,
            kind=kind,
            question=KINDS[kind].question,
            decision=None,
            reason=error.what,
            next_step=error.next_step,
            found=None,
        )
    return DecisionLine(
        workload=workload,
        route=found.route,
        kind=kind,
        question=KINDS[kind].question,
        decision=found.decision,
        reason=None,
        next_step=None,
        found=found,
    )
