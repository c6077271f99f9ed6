"""One self-contained HTML page from coverage to the next command: no script, nothing from elsewhere."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from routefit.answers.report import ReportAnswer
from routefit.errors import CannotTellError
from routefit.funnel.words import plural
from routefit.report.basis import SYNTHETIC, basis_words, month_words, sample_words
from routefit.report.page_bill import bill
from routefit.report.page_costs import SERIES_COLUMNS, costs
from routefit.report.page_coverage import coverage
from routefit.report.page_decisions import decisions
from routefit.report.page_routes import matrix, verdict
from routefit.report.status_text import next_words
from routefit.report.verdicts import contrast_words, contrasts_of

TEMPLATES = Path(__file__).parent / "templates"


def page_html(answer: ReportAnswer, *, version: str) -> str:
    """The page; CannotTellError for a project without calls."""
    front, by_workload, by_team = answer.status, answer.by_workload, answer.by_team
    if (
        front.window is None
        or front.lcpr is None
        or front.matrix is None
        or by_workload is None
        or by_team is None
    ):
        raise CannotTellError(
            "there are no calls in the ledger yet, so there is nothing to report",
            next_step="routefit import calls FILE (or: routefit demo)",
        )
    month = month_words(front.sampled_unit_rate)
    page = {
        "title": f"{front.project}: where every dollar went, and which route to use for every workload",
        "banner": SYNTHETIC if front.is_synthetic else "",
        "basis": basis_words(front.window, sampled_unit_rate=front.sampled_unit_rate),
        "extent": sample_words(front.sampled_unit_rate),
        "coverage": coverage(answer, by_workload),
        "bill": bill(answer, by_workload, by_team),
        "series_columns": SERIES_COLUMNS,
        "costs": list(costs(answer, front.lcpr)),
        "matrix": matrix(front.matrix),
        "verdicts": [verdict(row, month) for row in front.matrix.workloads],
        "contrasts": [
            f"{row.workload}, {words}"
            for row, contrast in contrasts_of(front.matrix.workloads)
            for words in contrast_words(row.unit_name, contrast)
        ],
        "decisions": decisions(answer.decisions),
        "next": [{"command": one.command, "words": next_words(one, month=month)} for one in front.next],
        "footer": f"Written by routefit {version} from the project {front.project}; "
        f"{plural(front.calls, 'call')} and {plural(front.outcomes, 'outcome')} in its ledger.",
    }
    return _environment().get_template("page.html.j2").render(page=page)


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
