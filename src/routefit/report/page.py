"""One self-contained HTML page with the content of the front page: no script, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from routefit.answers.lcpr import LcprAnswer
from routefit.answers.matrix import MatrixAnswer, MatrixRow
from routefit.answers.status import StatusAnswer
from routefit.errors import CannotTellError
from routefit.funnel.matrix import MatrixCell
from routefit.funnel.words import plural
from routefit.report.basis import SYNTHETIC, basis_words, month_words, sample_words
from routefit.report.cost_words import (
    UNJUDGED_COLUMNS,
    break_even_lines,
    by_workload,
    caption,
    is_judged,
    judged_columns,
    judged_row,
    left_out_lines,
    reasons,
    unjudged_row,
)
from routefit.report.footnotes import Footnotes
from routefit.report.idle_words import capacity_lines, idle_row
from routefit.report.matrix_table import NO_CELL, cell_words, coverage_words, routes_of
from routefit.report.money import UNKNOWN, count, money
from routefit.report.status_text import coverage_line, next_words, read_line
from routefit.report.verdicts import contrast_words, contrasts_of, verdict_words

TEMPLATES = Path(__file__).parent / "templates"


def page_html(answer: StatusAnswer, *, version: str) -> str:
    """The page; CannotTellError for a project without calls."""
    if answer.window is None or answer.lcpr is None or answer.matrix is None:
        raise CannotTellError(
            "there are no calls in the ledger yet, so there is nothing to report",
            next_step="routefit import calls FILE (or: routefit demo)",
        )
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    month = month_words(answer.sampled_unit_rate)
    page = {
        "title": f"{answer.project}: which route to use for every workload",
        "banner": SYNTHETIC if answer.is_synthetic else "",
        "basis": [basis_words(answer.window, sampled_unit_rate=answer.sampled_unit_rate)],
        "read": read_line(answer),
        "extent": sample_words(answer.sampled_unit_rate),
        "coverage": [
            coverage_line(answer),
            *capacity_lines(answer.lcpr.capacity),
            *left_out_lines(answer.lcpr),
            *answer.units.warnings,
        ],
        "gaps": [
            {
                "usd": UNKNOWN if gap.usd is None else money(gap.usd),
                "what": gap.what,
                "calls": count(gap.calls) if gap.calls else UNKNOWN,
                "remedy": gap.remedy,
            }
            for gap in answer.gaps
        ],
        "costs": list(_costs(answer.lcpr)),
        "verdicts": [_verdict(row, month) for row in answer.matrix.workloads],
        "contrasts": [
            line
            for row, contrast in contrasts_of(answer.matrix.workloads)
            for line in (f"{row.workload}, {words}" for words in contrast_words(row.unit_name, contrast))
        ],
        "next": [{"command": one.command, "words": next_words(one, month=month)} for one in answer.next],
        "footer": f"Written by routefit {version} from the project {answer.project}; "
        f"{plural(answer.calls, 'call')} and {plural(answer.outcomes, 'outcome')} in its ledger.",
        **_matrix(answer.matrix),
    }
    return environment.get_template("page.html.j2").render(page=page)


def _costs(answer: LcprAnswer) -> Iterator[dict[str, object]]:
    for cells in by_workload(answer):
        notes = Footnotes(map(reasons, cells))
        if is_judged(cells):
            columns = judged_columns(cells)
            rows = [judged_row(cell, notes, columns) for cell in cells]
        else:
            columns = UNJUDGED_COLUMNS
            rows = [unjudged_row(cell, notes) for cell in cells]
        idle = [idle_row(cell, columns=len(columns), per_accepted=is_judged(cells)) for cell in cells]
        yield {
            "caption": caption(cells),
            "columns": columns,
            "rows": [row for pair in zip(rows, idle, strict=True) for row in pair if row is not None],
            "lines": break_even_lines(answer, cells[0].workload),
            "notes": list(notes.notes),
            "shared": [notes.shared_words] if notes.shared else [],
        }


def _matrix(answer: MatrixAnswer) -> dict[str, object]:
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


def _verdict(row: MatrixRow, month: str) -> dict[str, object]:
    return {
        "workload": row.workload,
        "action": row.recommendation.action,
        "words": verdict_words(row, month=month),
        "why": row.recommendation.why,
        "would_change": row.recommendation.would_change,
    }
