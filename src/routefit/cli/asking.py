"""Commands that ask: each opens the project, gets one answer and draws it."""

from __future__ import annotations

import sys
from datetime import date
from typing import Annotated

import typer

from routefit.cli import late
from routefit.cli.options import Days, Settings, command, iso_date
from routefit.cli.reply import Reply
from routefit.cli.stage import drawn, opened, reply
from routefit.errors import NotAProjectError, RoutefitError


def status(settings: Settings, days: Days) -> Reply:
    """Where things stand, and what to do next.

    What is covered, what is missing and what that is worth, the verdicts, and at most three commands that are
    worth typing. The exit code is 0 whatever it finds, also without a project or data.
    """
    try:
        with opened(settings) as workspace:
            answer = late.status.status(workspace, start=days.start, end=days.end)
    except RoutefitError as error:
        reads_stdout = sys.stdout.isatty() and not settings.is_json
        if not reads_stdout and not isinstance(error, NotAProjectError):
            sys.stderr.write(f"error: {error}\n")
            sys.stderr.flush()
        if settings.is_json:
            return Reply(late.json_text.error_text(error))
        return Reply(drawn(late.status_text.not_ready_text(error)))
    hidden = frozenset({"lcpr", "matrix"})
    return reply(settings, answer, late.status_text.status_text, leave_out=hidden)


def lcpr(settings: Settings, days: Days) -> Reply:
    """What one accepted result costs.

    By workload and route: all that was spent (model calls, grading, people, running) over the results that were
    accepted.
    """
    with opened(settings) as workspace:
        answer = late.lcpr.lcpr(workspace, start=days.start, end=days.end)
    return reply(settings, answer, late.lcpr_table.lcpr_text)


def spend(
    settings: Settings,
    days: Days,
    by: Annotated[
        str,
        typer.Option(
            "--by",
            metavar="KEY",
            help="What a row stands for: team, owner, workload, provider, model, route, day, month or tag.KEY.",
        ),
    ] = "workload",
) -> Reply:
    """Where every dollar went, as a bill that adds up.

    What was traced went for accepted work, waste, grading and idle capacity; with what was not invoiced, not sent
    through the gateway, and billed at another price it is the invoice, to the cent.
    """
    with opened(settings) as workspace:
        answer = late.spend.spend(workspace, by=by, start=days.start, end=days.end)
    return reply(settings, answer, late.spend_table.spend_text)


def matrix(settings: Settings, days: Days) -> Reply:
    """Every route on every workload, and which to use.

    Each cell is a cost per accepted unit, or the reason in words why there is none; below, the recommendation for
    each workload with its reasons and what would change it.
    """
    with opened(settings) as workspace:
        answer = late.matrix.matrix(workspace, start=days.start, end=days.end)
    return reply(settings, answer, late.matrix_table.matrix_text)


def funnel(
    settings: Settings,
    days: Days,
    workload: Annotated[
        str | None, typer.Argument(metavar="[WORKLOAD]", help="By default all workloads.", show_default=False)
    ] = None,
) -> Reply:
    """Which candidates fell at which stage, and why.

    The stages are constraints, screen, economics, matrix. JSON is one
    object for a workload; for all it is `workloads`, a list of these.
    """
    with opened(settings) as workspace:
        answers = late.funnel.funnel(workspace, workload=workload, start=days.start, end=days.end)
    if not settings.is_json:
        return Reply(drawn(late.funnel_table.funnel_text(answers)))
    if workload is None:
        return Reply(late.json_text.json_list_text("workloads", answers))
    return Reply(late.json_text.json_text(answers[0]))


def diff(
    settings: Settings,
    days: Days,
    workload: Annotated[
        str | None, typer.Argument(metavar="[WORKLOAD]", help="By default all workloads.", show_default=False)
    ] = None,
    against_start: Annotated[
        date | None,
        typer.Option(
            "--against-from",
            metavar="DATE",
            help="First UTC day of the earlier window; by default as long before the later one as that is.",
            parser=iso_date("--against-from"),
            show_default=False,
        ),
    ] = None,
    against_end: Annotated[
        date | None,
        typer.Option(
            "--against-to",
            metavar="DATE",
            help="The UTC day after the last one of the earlier window.",
            parser=iso_date("--against-to"),
            show_default=False,
        ),
    ] = None,
) -> Reply:
    """What changed the cost per accepted result.

    Each workload's cost in a window against an earlier one, split into causes that sum to the change: prices,
    tokens, models, cache, retries, acceptance, people, running cost, volume, grading, the mix of routes.
    """
    with opened(settings) as workspace:
        answer = late.diff.diff(
            workspace,
            workload=workload,
            start=days.start,
            end=days.end,
            against_start=against_start,
            against_end=against_end,
        )
    return reply(settings, answer, late.diff_table.diff_text)


def explain(
    settings: Settings,
    days: Days,
    workload: Annotated[str, typer.Argument(metavar="WORKLOAD", help="A workload.", show_default=False)],
    route: Annotated[str, typer.Argument(metavar="ROUTE", help="A route.", show_default=False)],
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="ROUTE",
            help="The route to compare with; by default the workload's current one.",
            show_default=False,
        ),
    ] = None,
) -> Reply:
    """One cell of the matrix down to its inputs.

    Every input with its label, source and date, every requirement, and the difference to another route.
    """
    with opened(settings) as workspace:
        answer = late.explain.explain(
            workspace, workload=workload, route=route, against=against, start=days.start, end=days.end
        )
    return reply(settings, answer, late.explain_text.explain_text)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    command(app, examples=("routefit status", "routefit status --project acme-llm --format json"))(status)
    command(
        app,
        examples=(
            "routefit lcpr",
            "routefit lcpr --from 2026-05-01 --to 2026-05-29",
            "routefit lcpr --format json",
        ),
    )(lcpr)
    command(
        app,
        examples=(
            "routefit diff",
            "routefit diff support --from 2026-05-15 --to 2026-05-29 --against-from 2026-05-01",
        ),
    )(diff)
    command(
        app,
        examples=("routefit spend", "routefit spend --by team", "routefit spend --by tag.product --format json"),
    )(spend)
    command(app, examples=("routefit matrix", "routefit matrix --as-of 2026-05-29"))(matrix)
    command(app, examples=("routefit funnel", "routefit funnel support --format json"))(funnel)
    command(
        app, examples=("routefit explain support oss-70b", "routefit explain support oss-70b --against closed")
    )(explain)
