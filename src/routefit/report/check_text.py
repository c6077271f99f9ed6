"""What `init` wrote and what `check` found, as text."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType

from routefit.answers.checking import Checked, Finding
from routefit.answers.initialise import Initialised
from routefit.funnel.words import plural
from routefit.report.drawing import heading, indented, paragraph, stacked


def initialised_text(answer: Initialised) -> RenderableType:
    """The files that were written, those that were kept, and the first commands."""
    return stacked(_initialised(answer))


def checked_text(answer: Checked) -> RenderableType:
    """Every problem, then every warning, then the verdict."""
    return stacked(_checked(answer))


def _initialised(answer: Initialised) -> Iterator[RenderableType]:
    yield heading(f"Started the project {answer.name} in {answer.directory}")
    yield from (indented(f"wrote {name}") for name in answer.written)
    yield from (indented(f"kept {name}, which was there already") for name in answer.kept)
    yield paragraph("Nothing has to be declared for a first answer.")
    yield paragraph("Next:")
    where = "" if str(answer.directory) == "." else f" --project {answer.directory}"
    yield indented(f"routefit import calls FILE...{where}")
    yield indented(f"routefit import outcomes FILE...{where}")


def _checked(answer: Checked) -> Iterator[RenderableType]:
    yield from _findings("problem", answer.problems)
    yield from _findings("warning", answer.warnings)
    counts = f"{plural(answer.files, 'file')}, {plural(len(answer.problems), 'problem')}"
    verdict = "the files can be used" if answer.is_ok else "nothing works until the problems are corrected"
    yield heading(f"{counts}, {plural(len(answer.warnings), 'warning')}: {verdict}")


def _findings(what: str, findings: tuple[Finding, ...]) -> Iterator[RenderableType]:
    yield from (paragraph(f"{what}: {finding.text}") for finding in findings)
