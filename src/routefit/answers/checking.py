"""Whether the declared files of a project can be used, with every problem of every file."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from routefit.answers.attribution import attribution, units_formed
from routefit.answers.workspace import Workspace
from routefit.errors import LedgerError, Problem, RoutefitError
from routefit.lcpr.cell import Frozen
from routefit.ledger.judgements import score_kinds
from routefit.ledger.manifest import FILE_NAME
from routefit.project import check_project


class Finding(Frozen):
    """One thing in one place of a file; `text` is the whole line as it is printed."""

    file: str
    line: int | None
    column: int | None
    path: str
    message: str
    text: str


class Checked(Frozen):
    """Problems keep a project from working until they are corrected; nothing waits for warnings.

    `calls_warnings` are what the imported calls say of the attribution rules and of the units that they form.
    """

    directory: Path
    files: int
    is_ok: bool
    problems: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    calls_warnings: tuple[str, ...]


def check(directory: Path, *, today: date | None = None) -> Checked:
    """Everything that can be said about the declared files of a project, as of `today` (None: this UTC day)."""
    scores = _score_kinds(directory / "ledger")
    report = check_project(directory, today=today or datetime.now(UTC).date(), scores=scores)
    return Checked(
        directory=directory,
        files=report.files,
        is_ok=report.is_ok,
        problems=tuple(map(_finding, report.problems)),
        warnings=tuple(map(_finding, report.warnings)),
        calls_warnings=_calls_warnings(directory) if report.is_ok else (),
    )


def _calls_warnings(directory: Path) -> tuple[str, ...]:
    """Rules that match nothing or everything, fields that no call has, keys that group nothing or too much.

    A ledger that cannot be read is no fault of the files: it is one warning more.
    """
    if not (directory / "ledger" / FILE_NAME).exists():
        return ()
    try:
        with Workspace(directory) as workspace:
            days = workspace.ledger.days_with_calls()
            if not days:
                return ()
            start, end = days[0], days[-1] + timedelta(days=1)
            rules = attribution(workspace, start, end).warnings if workspace.project.config.attribution else ()
            return (*rules, *units_formed(workspace, start, end).warnings)
    except RoutefitError as error:
        return (f"the imported calls could not be looked at: {error.what}",)


def _score_kinds(ledger_dir: Path) -> tuple[tuple[str, str | None], ...]:
    """None where the ledger cannot be read: the files can be checked all the same."""
    try:
        return score_kinds(ledger_dir)
    except LedgerError:
        return ()


def _finding(problem: Problem) -> Finding:
    return Finding(
        file=problem.file,
        line=problem.line,
        column=problem.column,
        path=problem.path,
        message=problem.message,
        text=str(problem),
    )
