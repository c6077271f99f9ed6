"""Commands that begin and check a project."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from routefit.cli import late
from routefit.cli.exit_codes import ExitCode
from routefit.cli.options import Settings, command
from routefit.cli.reply import Reply
from routefit.cli.stage import project_dir, reply
from routefit.errors import BadInputError


def init(
    settings: Settings,
    directory: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="The folder; it is created. By default this one.")
    ] = None,
) -> Reply:
    """Start a project folder.

    Writes routefit.yaml and folders with examples to fill in. Nothing has to be declared for a first answer.
    What exists is kept; a project that exists is refused.
    """
    if directory is not None and settings.project is not None:
        raise BadInputError(
            f"got two folders, {directory} and --project {settings.project}", next_step="name one of them"
        )
    chosen = directory or settings.project or Path()
    return reply(settings, late.initialise.initialise(chosen), late.check_text.initialised_text)


def check(settings: Settings) -> Reply:
    """Check the declared files.

    Names all problems at once, each with file, line and column. Problems end with exit code 2; warnings do not.
    """
    answer = late.checking.check(project_dir(settings), today=settings.as_of)
    code = ExitCode.ANSWERED if answer.is_ok else ExitCode.BAD_INPUT
    return reply(settings, answer, late.check_text.checked_text, exit_code=code)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    command(app, examples=("routefit init", "routefit init acme-llm"))(init)
    command(app, examples=("routefit check", "routefit check --project acme-llm --format json"))(check)
