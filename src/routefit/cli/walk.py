"""The walk of the demonstration: the commands that a user would type, on stderr with what each found and took."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from routefit.cli import demo_folder, late
from routefit.cli.options import Settings
from routefit.cli.stage import opened, project_dir, shows_progress, warn

if TYPE_CHECKING:
    from routefit.answers.report import ReportAnswer

GATEWAY = ("litellm",)
"""What is there first: the gateway's log."""

OTHERS = ("scores", "outcomes", "invoices", "capacity", "calls")
"""The largest file comes last, so that what is derived from it is derived once."""

FILES = {
    "litellm": "traces/litellm-*",
    "scores": "scores.jsonl",
    "outcomes": "outcomes-*",
    "invoices": "invoices.csv",
    "capacity": "capacity.csv",
    "calls": "calls-*",
}
"""The word after `import`, and its files in the folder of raw ones."""


class Step:
    """One step on stderr: its name before it starts, what it found and how long it took when it is done."""

    def __init__(self, settings: Settings, *names: str) -> None:
        self._is_quiet = settings.is_quiet
        self._started_s = time.monotonic()
        self._say(*names)

    def done(self, found: Iterable[str]) -> None:
        """Say the lines, the last with the time."""
        *lines, last = found
        self._say(*(f"  {line}" for line in lines), f"  {last}; {time.monotonic() - self._started_s:.1f} s")

    def _say(self, *lines: str) -> None:
        if not self._is_quiet:
            sys.stderr.write("".join(f"{line}\n" for line in lines))
            sys.stderr.flush()


def walk(project: Settings, folder: Path) -> ReportAnswer:
    """Import what lies in `folder`, then ask; the answers that the page shows."""
    for kind in GATEWAY:
        _import(project, kind, folder)
    _discover(project)
    for kind in OTHERS:
        _import(project, kind, folder)
    return _asked(project)


def _import(settings: Settings, kind: str, folder: Path) -> None:
    pattern = str(folder / demo_folder.RAW / FILES[kind])
    step = Step(settings, _typed(f"import {kind} {shlex.quote(pattern)}", settings))
    with late.progress.ImportProgress(is_shown=shows_progress(settings)) as progress:
        answer = late.importing.import_files(
            project_dir(settings),
            [pattern],
            kind=kind,
            as_of=late.workspace.instant_of(settings.as_of) if settings.as_of else None,
            on_file=progress.file,
        )
    step.done([late.step_words.import_words(answer)])
    warn(settings, late.import_table.import_warnings(answer))


def _discover(settings: Settings) -> None:
    step = Step(settings, _typed("discover --dry-run", settings))
    as_of = late.workspace.instant_of(settings.as_of) if settings.as_of else None
    step.done(
        late.step_words.discover_words(late.discover.discover(project_dir(settings), as_of=as_of, is_dry_run=True))
    )


def _asked(settings: Settings) -> ReportAnswer:
    step = Step(settings, _typed("spend", settings))
    with opened(settings) as workspace:
        by_workload, by_team = late.spend.spend_by_each(workspace, late.report.BILLED_BY)
        step.done([late.step_words.spend_words(by_workload)])
        # The front page holds what `lcpr` and `matrix` give: asked for once, they are not reckoned three times.
        step = Step(settings, *(_typed(question, settings) for question in ("lcpr", "matrix", "status")))
        front = late.status.status(workspace)
        step.done(late.step_words.status_words(front))
        return late.report.report_of(workspace, front, by_workload, by_team)


def _typed(words: str, settings: Settings) -> str:
    as_of = "" if settings.as_of is None else f" --as-of {settings.as_of}"
    return f"$ routefit {words} --project {settings.project}{as_of}"
