"""Workloads by routes: what each combination costs, or in words why there is no figure, and what to do."""

from __future__ import annotations

from datetime import date
from typing import Literal

import pyarrow as pa

from routefit.answers.arrow import arrow_table
from routefit.answers.break_even import remedy, sentences
from routefit.answers.contrast import Contrast, contrast
from routefit.answers.evaluation import Evaluation, Evaluator, evaluator_of
from routefit.answers.measurement import with_measurement
from routefit.answers.workspace import Workspace
from routefit.funnel.matrix import MatrixCell
from routefit.funnel.recommendation import Recommendation
from routefit.lcpr.cell import Frozen, Window

State = Literal["measured", "estimated", "infeasible", "failed_screen", "unknown"]


class MatrixRow(Frozen):
    """One workload: its cells, the recommendation, and what token prices alone would have said.

    `accepted_units_per_month` is the volume that the money is reckoned on; None is not known.
    """

    workload: str
    unit_name: str
    current_route: str | None
    accepted_units_per_month: float | None
    cells: tuple[MatrixCell, ...]
    recommendation: Recommendation
    contrast: Contrast | None


class MatrixCoverage(Frozen):
    """How many cells of the matrix are in which state."""

    measured: int
    estimated: int
    infeasible: int
    failed_screen: int
    unknown: int


class MatrixAnswer(Frozen):
    """The routefit matrix over a window."""

    window: Window
    is_synthetic: bool
    sampled_unit_rate: float
    workloads: tuple[MatrixRow, ...]
    coverage: MatrixCoverage

    def to_arrow(self) -> pa.Table:
        """The cells as an Arrow table, one row each, with their workload and its unit in front."""
        rows = [(row, cell) for row in self.workloads for cell in row.cells]
        return arrow_table(
            [cell for _, cell in rows],
            workload=[row.workload for row, _ in rows],
            unit_name=[row.unit_name for row, _ in rows],
        )


def matrix(workspace: Workspace, *, start: date | None = None, end: date | None = None) -> MatrixAnswer:
    """The matrix of every workload that is declared or has calls; CannotTellError without any calls."""
    return matrix_of(evaluator_of(workspace, start=start, end=end))


def matrix_of(evaluator: Evaluator) -> MatrixAnswer:
    """The matrix from an evaluator that may serve other answers too."""
    workspace = evaluator.workspace
    rows = tuple(matrix_row(evaluator, evaluator.evaluate(name)) for name in workspace.workload_names)
    states = [cell.state for row in rows for cell in row.cells]
    return MatrixAnswer(
        window=evaluator.window,
        is_synthetic=workspace.project.config.is_synthetic,
        sampled_unit_rate=workspace.project.config.sampling.unit_rate,
        workloads=rows,
        coverage=MatrixCoverage(
            measured=states.count("measured"),
            estimated=states.count("estimated"),
            infeasible=states.count("infeasible"),
            failed_screen=states.count("failed_screen"),
            unknown=states.count("unknown"),
        ),
    )


def matrix_row(evaluator: Evaluator, evaluation: Evaluation) -> MatrixRow:
    """One row of the matrix from a workload's evaluation."""
    return MatrixRow(
        workload=evaluation.workload.id,
        unit_name=evaluation.workload.unit.name,
        current_route=evaluation.stakes.current_route,
        accepted_units_per_month=evaluation.stakes.accepted_units_per_month,
        cells=tuple(one.candidate.cell for one in evaluation.routes),
        recommendation=with_measurement(evaluator, evaluation, _with_break_even(evaluator, evaluation)),
        contrast=contrast(evaluator.workspace, evaluation),
    )


def _with_break_even(evaluator: Evaluator, evaluation: Evaluation) -> Recommendation:
    """Without any verdict the recommendation says what a verdict is worth: how bad the cheaper route may be."""
    advice = evaluation.recommendation
    found = [
        one
        for one in evaluator.answer.break_even
        if one.workload == evaluation.workload.id
        and evaluation.stakes.current_route in (None, one.against)
        and not one.is_either_lower_bound
    ]
    if advice.action != "measure_first" or not found:
        return advice
    best = min(found, key=lambda one: one.usd_per_unit)
    return advice.model_copy(
        update={"route": best.route, "why": sentences(best), "would_change": (remedy(best), *advice.would_change)}
    )
