"""Commands that ask: each opens the project, gets one answer and draws it."""

from __future__ import annotations

import typer

from routefit.cli import late
from routefit.cli.options import Days, Settings, command
from routefit.cli.reply import Reply
from routefit.cli.stage import opened, reply


def status(settings: Settings, days: Days) -> Reply:
    """Where things stand, and what to do next; always exit code 0."""
    return Reply("")


def lcpr(settings: Settings, days: Days) -> Reply:
    """What one accepted result costs.

    By workload and route: all that was spent (model calls, grading, people, running) over the results that were
    accepted.
    """
    with opened(settings) as workspace:
        answer = late.lcpr.lcpr(workspace, start=days.start, end=days.end)
    return reply(settings, answer, late.lcpr_table.lcpr_text)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    command(
        app,
        examples=(
            "routefit lcpr",
            "routefit lcpr --from 2026-05-01 --to 2026-05-29",
            "routefit lcpr --format json",
        ),
    )(lcpr)
