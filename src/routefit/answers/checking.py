"""Whether the declared files of a project can be used, with every problem of every file."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from routefit.errors import LedgerError, Problem
from routefit.lcpr.cell import Frozen
from routefit.ledger.judgements import score_kinds
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
    """Problems keep a project from working until they are corrected; nothing waits for warnings."""

    directory: Path
    files: int
    is_ok: bool
    problems: tuple[Finding, ...]
    warnings: tuple[Finding, ...]


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
    )


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
