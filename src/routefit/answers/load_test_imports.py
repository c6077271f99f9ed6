"""Imports of load tests: what they are about, and what came of them for the route."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping

from routefit.answers.goodput import measured_goodput
from routefit.answers.workspace import Workspace
from routefit.declared.model import Project
from routefit.errors import BadInputError, nearest_names
from routefit.ledger.formats.aiperf import AiPerf
from routefit.ledger.formats.format import Format
from routefit.ledger.formats.guidellm import GuideLlm
from routefit.ledger.formats.load_test import Subject
from routefit.ledger.import_summary import ImportSummary

TOOLS: Mapping[str, Callable[[Subject], Format]] = {"guidellm": GuideLlm, "aiperf": AiPerf}
"""The tools whose files are load tests, by the word after `routefit import`."""

_MOST_ROUTES = 5


def subject_given(
    kind: str | None, project: Project, *, route: str | None, workload: str | None, replicas: float | None
) -> Subject | None:
    """What a load test is about; None for other kinds. BadInputError without a route and for what cannot be."""
    if kind not in TOOLS:
        given = {"--route": route, "--workload": workload, "--replicas": replicas}
        extra = next((name for name, value in given.items() if value is not None), None)
        if extra is not None:
            raise BadInputError(
                f"{extra} says what a load test is about, expected only with {' or '.join(TOOLS)}, "
                f"got with {kind or 'a map'}",
                next_step=f"leave {extra} out: the rows of other kinds say it themselves",
            )
        return None
    if not route:
        names = ", ".join(sorted(project.routes)[:_MOST_ROUTES])
        raise BadInputError(
            "it is not said which route was tested: the files of load tests do not know it",
            next_step=f"`routefit import {kind} FILE --route ROUTE --workload WORKLOAD --replicas N`"
            + (f" (routes: {names})" if names else ""),
        )
    if replicas is not None and not (replicas > 0 and math.isfinite(replicas)):
        raise BadInputError(
            f"--replicas: got {replicas:g}, expected a number above 0: how many replicas served the test",
            next_step="--replicas 1",
        )
    return Subject(route=route, workload=workload or None, replicas=replicas)


def form_about(kind: str, subject: Subject) -> Format:
    """The format of a tool for files about one subject."""
    return TOOLS[kind](subject)


def next_after(subject: Subject) -> tuple[str, ...]:
    """What is worth typing after the import of a load test."""
    workload = subject.workload or "WORKLOAD"
    return (f"routefit decide dedicated --workload {workload} --route {subject.route}",)


def with_goodput(summary: ImportSummary, workspace: Workspace, subject: Subject) -> ImportSummary:
    """The summary with the goodput that the ledger now knows of the subject, and names that nothing else knows."""
    warnings = tuple(
        _unknown(name, known, folder)
        for name, known, folder in (
            (subject.route, workspace.route_names, "routes"),
            (subject.workload, workspace.workload_names, "workloads"),
        )
        if name is not None and name not in known
    )
    return dataclasses.replace(
        summary,
        warnings=(*summary.warnings, *warnings),
        notes=(*summary.notes, *goodput_notes(workspace, subject)),
    )


def goodput_notes(workspace: Workspace, subject: Subject) -> tuple[str, ...]:
    """What the newest test says, and why where it says nothing."""
    if subject.workload is None:
        return (
            "--workload was not given: the test counts for every workload that has none of its own on this route",
        )
    found = measured_goodput(workspace, subject.workload, subject.route)
    return () if found is None else (found.headline, *found.notes)


def _unknown(name: str, known: tuple[str, ...], folder: str) -> str:
    near = nearest_names(name, known)
    hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
    return f"no file in {folder}/ declares {name!r} and no call names it{hint}"
