"""The page's blocks of each workload: cost of an accepted result, how units were formed, and who judged them."""

from __future__ import annotations

from collections.abc import Iterator

from routefit.answers.lcpr import LcprAnswer
from routefit.answers.report import ReportAnswer
from routefit.report.cost_words import (
    UNJUDGED_COLUMNS,
    break_even_lines,
    by_workload,
    caption,
    is_judged,
    judged_columns,
    judged_row,
    reasons,
    unjudged_row,
)
from routefit.report.footnotes import Footnotes
from routefit.report.idle_words import idle_row
from routefit.report.judging_lines import agreement_words, series_rows
from routefit.report.rebuild_text import unit_words

SERIES_COLUMNS = ("route", "verdicts from", "who", "version", "units", "accepted", "from", "to")


def costs(answer: ReportAnswer, found: LcprAnswer) -> Iterator[dict[str, object]]:
    """One block for each workload, in the order of the answer."""
    for cells in by_workload(found):
        workload = cells[0].workload
        notes = Footnotes(map(reasons, cells))
        if is_judged(cells):
            columns = judged_columns(cells)
            rows = [judged_row(cell, notes, columns) for cell in cells]
        else:
            columns = UNJUDGED_COLUMNS
            rows = [unjudged_row(cell, notes) for cell in cells]
        idle = [idle_row(cell, columns=len(columns), per_accepted=is_judged(cells)) for cell in cells]
        yield {
            "workload": workload,
            "caption": caption(cells),
            "columns": columns,
            "rows": [row for pair in zip(rows, idle, strict=True) for row in pair if row is not None],
            "lines": break_even_lines(found, workload),
            "notes": list(notes.notes),
            "shared": [notes.shared_words] if notes.shared else [],
            "units": [unit_words(one) for one in answer.status.units.by_workload if one.workload == workload],
            "series": list(_series(answer, workload)),
            "agreement": [
                agreement_words(one.rule) for one in answer.status.judging.agreement if one.workload == workload
            ],
        }


def _series(answer: ReportAnswer, workload: str) -> Iterator[tuple[str, ...]]:
    for cell in answer.series:
        if cell.workload == workload:
            yield from ((cell.route, *row) for row in series_rows(cell.series))
