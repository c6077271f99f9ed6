"""Everything that the page shows, asked once of one project: the front page, the bill by workload and by team, and
who judged.
"""

from __future__ import annotations

from datetime import date

from routefit.answers.decide_all import DecisionLine
from routefit.answers.decisions_asked import decisions_asked
from routefit.answers.spend import SpendAnswer, spend_by_each
from routefit.answers.status import StatusAnswer, status
from routefit.answers.verdicts import series_by_cell
from routefit.answers.workspace import Workspace
from routefit.lcpr.cell import Frozen
from routefit.lcpr.series import VerdictSeries

BILLED_BY = ("workload", "team")
"""The keys of the bills, in the order of `spend_by_each`."""


class CellSeries(Frozen):
    """The series of verdicts that decided units of one cell in the window, the most authoritative first."""

    workload: str
    route: str
    series: tuple[VerdictSeries, ...]


class ReportAnswer(Frozen):
    """The answers that the page shows; without calls there is a front page only."""

    status: StatusAnswer
    by_workload: SpendAnswer | None
    by_team: SpendAnswer | None
    series: tuple[CellSeries, ...]
    decisions: tuple[DecisionLine, ...] = ()


def report(workspace: Workspace, *, start: date | None = None, end: date | None = None) -> ReportAnswer:
    """The answers of one window; a project without calls is an answer too."""
    front = status(workspace, start=start, end=end)
    if front.window is None:
        return ReportAnswer(status=front, by_workload=None, by_team=None, series=())
    by_workload, by_team = spend_by_each(workspace, BILLED_BY, start=start, end=end)
    return report_of(workspace, front, by_workload, by_team)


def report_of(
    workspace: Workspace, front: StatusAnswer, by_workload: SpendAnswer, by_team: SpendAnswer
) -> ReportAnswer:
    """The same from answers about one window that are at hand: the front page, and the bill by `BILLED_BY`."""
    window = by_workload.window
    found = workspace.once(series_by_cell, window)
    return ReportAnswer(
        status=front,
        by_workload=by_workload,
        by_team=by_team,
        series=tuple(
            CellSeries(workload=workload, route=route, series=series)
            for (workload, route), series in found.items()
        ),
        decisions=decisions_asked(workspace, start=window.start.date(), end=window.end.date()),
    )
