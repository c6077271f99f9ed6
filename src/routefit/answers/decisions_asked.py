"""The decisions that a project's page shows: those that it asks for, else those that say to do something."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from routefit.answers.decide import Asked, decide
from routefit.answers.decide_all import DecisionLine, decide_all, line_of
from routefit.answers.decision_file import as_text
from routefit.answers.evaluation import Evaluator, evaluator_of
from routefit.answers.workspace import Workspace
from routefit.decisions.kinds import KINDS
from routefit.declared.decision import DecisionRequest

MOST_UNASKED_DECISIONS = 5
"""So many are shown where the project asks for none."""


def decisions_asked(
    workspace: Workspace, *, start: date | None = None, end: date | None = None
) -> tuple[DecisionLine, ...]:
    """One line for each, in the order of routefit.yaml; one that cannot be answered says why."""
    asked = workspace.project.config.decisions
    if not asked:
        return tuple(_acts(workspace, start, end))[:MOST_UNASKED_DECISIONS]
    evaluator = evaluator_of(workspace, start=start, end=end)
    return tuple(_asked(evaluator, one) for one in asked)


def _acts(workspace: Workspace, start: date | None, end: date | None) -> Iterator[DecisionLine]:
    for line in decide_all(workspace, start=start, end=end).lines:
        if line.decision is not None and line.decision in (*KINDS[line.kind].acts, "measure_first"):
            yield line


def _asked(evaluator: Evaluator, request: DecisionRequest) -> DecisionLine:
    settings = {name: as_text(value) for name, value in request.set.items()}
    file = evaluator.workspace.directory / request.file if request.file is not None else None
    return line_of(
        request.kind,
        request.workload,
        request.route,
        lambda: decide(
            Asked(request.kind, settings=settings, file=file),
            evaluator=evaluator,
            workload=request.workload,
            route=request.route,
        ),
    )
