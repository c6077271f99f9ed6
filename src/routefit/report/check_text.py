"""What `init` wrote and what `check` found, as text."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from rich.console import RenderableType

from routefit.answers.checking import Checked, Finding
from routefit.answers.initialise import Initialised
from routefit.funnel.words import plural
from routefit.report.drawing import heading, indented, paragraph, stacked

_FIRST_STEPS = (
    ("routefit import litellm FILE...", "your calls; otel, langfuse and calls (a table of your own) are read too"),
    ("routefit discover", "which calls belong together: writes workloads, routes and rules for you"),
    ("routefit status", "what is covered, what is missing, what to do next"),
)


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
    yield heading("Next")
    where = "" if str(answer.directory) == "." else f" --project {shlex.quote(str(answer.directory))}"
    for line, why in _FIRST_STEPS:
        yield indented(f"{line}{where}")
        yield indented(why, columns=6)


def _checked(answer: Checked) -> Iterator[RenderableType]:
    yield from _findings("problem", answer.problems)
    yield from _findings("warning", answer.warnings)
    yield from (paragraph(f"warning: {warning}") for warning in answer.calls_warnings)
    counts = f"{plural(answer.files, 'file')}, {plural(len(answer.problems), 'problem')}"
    warnings = len(answer.warnings) + len(answer.calls_warnings)
    verdict = "the files can be used" if answer.is_ok else "nothing works until the problems are corrected"
    yield heading(f"{counts}, {plural(warnings, 'warning')}: {verdict}")


def _findings(what: str, findings: tuple[Finding, ...]) -> Iterator[RenderableType]:
    yield from (paragraph(f"{what}: {finding.text}") for finding in findings)
