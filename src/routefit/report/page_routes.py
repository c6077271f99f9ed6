"""The page's matrix of workloads and routes, and which route to use."""

from __future__ import annotations

from collections.abc import Sequence

from routefit.answers.matrix import MatrixAnswer, MatrixRow
from routefit.funnel.matrix import MatrixCell
from routefit.report.matrix_table import NO_CELL, cell_words, coverage_words, routes_of
from routefit.report.verdicts import condition_words, measure_words, verdict_words


def matrix(answer: MatrixAnswer) -> dict[str, object]:
    """What the template shows of the matrix."""
    by_workload = [{cell.route: cell for cell in row.cells} for row in answer.workloads]
    return {
        "matrix_coverage": coverage_words(answer.coverage),
        "matrix_heads": [{"workload": row.workload, "unit_name": row.unit_name} for row in answer.workloads],
        "matrix_rows": [
            {
                "route": route,
                "mode": mode,
                "cells": [
                    _cell(row, cells.get(route)) for row, cells in zip(answer.workloads, by_workload, strict=True)
                ],
            }
            for route, mode in routes_of(answer.workloads)
        ],
    }


def _cell(row: MatrixRow, cell: MatrixCell | None) -> dict[str, str]:
    if cell is None:
        return {"classes": "", "reason": "", "words": NO_CELL}
    classes: Sequence[str] = [cell.state]
    if cell.route == row.current_route:
        classes = [*classes, "current"]
    if row.recommendation.action == "move" and cell.route == row.recommendation.route:
        classes = [*classes, "chosen"]
    return {"classes": " ".join(classes), "reason": cell.reason, "words": cell_words(row, cell)}


def verdict(row: MatrixRow, month: str) -> dict[str, object]:
    """What the template shows of one recommendation; `month` says what monthly figures are of."""
    measure = measure_words(row)
    return {
        "workload": row.workload,
        "action": row.recommendation.action,
        "words": verdict_words(row, month=month),
        "why": (*row.recommendation.why, *condition_words(row), *([] if measure is None else [measure])),
        "would_change": row.recommendation.would_change,
    }
