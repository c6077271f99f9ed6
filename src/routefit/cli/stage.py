"""Between a command and the terminal: which project, how wide, in colour or not, and what goes to stderr."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from routefit.cli import late
from routefit.cli.exit_codes import ExitCode
from routefit.cli.options import Settings
from routefit.cli.reply import Reply
from routefit.errors import NotAProjectError

if TYPE_CHECKING:
    from pydantic import BaseModel
    from rich.console import RenderableType

    from routefit.answers.workspace import Workspace

M = TypeVar("M", bound="BaseModel")

PIPE_COLUMNS = 100
"""Columns of a table that no terminal shows; COLUMNS overrides it."""


def project_dir(settings: Settings) -> Path:
    """The folder that `--project` names, else the nearest project upward; NotAProjectError without one."""
    if settings.project is None:
        return late.folder.find_project(Path.cwd())
    if not late.folder.has_config(settings.project):
        raise NotAProjectError(
            f"no {late.folder.CONFIG_NAMES[0]} in {settings.project}",
            next_step=f"`routefit init {settings.project}` to start a project there, or name another folder",
        )
    return settings.project


def opened(settings: Settings) -> Workspace:
    """The project and its ledger as known at `--as-of`, with progress while derived rows are rebuilt."""
    as_of = late.workspace.instant_of(settings.as_of) if settings.as_of else None
    with late.progress.spinner("reading the ledger", is_shown=shows_progress(settings)) as say:
        return late.workspace.Workspace(
            project_dir(settings),
            as_of=as_of,
            on_progress=lambda done, days: say(f"bringing figures up to date: day {done} of {days}"),
        )


def reply(
    settings: Settings,
    answer: M,
    render: Callable[[M], RenderableType],
    *,
    leave_out: frozenset[str] = frozenset(),
    exit_code: ExitCode = ExitCode.ANSWERED,
) -> Reply:
    """The answer as one JSON document, less what other commands give, or as a drawing as wide as the terminal."""
    if settings.is_json:
        return Reply(late.json_text.json_text(answer, leave_out=leave_out), exit_code)
    return Reply(drawn(render(answer)), exit_code)


def drawn(renderable: RenderableType) -> str:
    """The text of tables and paragraphs for stdout."""
    return late.drawing.drawn(renderable, width=terminal_columns(), has_colour=has_colour())


def terminal_columns() -> int:
    """Columns of the terminal; COLUMNS, where set, leads."""
    return shutil.get_terminal_size((PIPE_COLUMNS, 24)).columns


def has_colour() -> bool:
    """Whether stdout is a terminal and NO_COLOR is not set."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def shows_progress(settings: Settings) -> bool:
    """Whether somebody watches stderr."""
    return sys.stderr.isatty() and not settings.is_quiet


def warn(settings: Settings, warnings: Iterable[str]) -> None:
    """Warnings on stderr, unless `-q`."""
    if not settings.is_quiet:
        for warning in warnings:
            sys.stderr.write(f"warning: {warning}\n")
        sys.stderr.flush()
