"""Commands that write declarations: what was found in the calls, and single candidates."""

from __future__ import annotations

from typing import Annotated

import typer

from routefit.cli import late
from routefit.cli.options import Days, Settings, command
from routefit.cli.reply import Reply
from routefit.cli.stage import project_dir, reply, shows_progress

ADD_HELP = "Declare one thing with what is publicly known of it."


def discover(
    settings: Settings,
    days: Days,
    is_dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Write nothing; show what would be written.", show_default=False),
    ] = False,
) -> Reply:
    """Propose workloads and routes for calls without one.

    Groups the calls that no rule and no log gives a workload by what they carry (team, key, tags, service, trace),
    writes rules, workloads and routes for them, and ends with the cost by workload. It asks nothing and overwrites
    nothing; running it again changes nothing.
    """
    directory = project_dir(settings)
    with late.progress.spinner("looking at the calls", is_shown=shows_progress(settings)) as say:
        answer = late.discover.discover(
            directory,
            start=days.start,
            end=days.end,
            as_of=late.workspace.instant_of(settings.as_of) if settings.as_of else None,
            is_dry_run=is_dry_run,
            on_progress=lambda done, of: say(f"bringing figures up to date: day {done} of {of}"),
        )
    replied = reply(settings, answer, late.discover_text.discover_text)
    if settings.is_json:
        return replied
    return Reply(replied.text + late.discover_text.proposed_text(answer))


def add_route(
    settings: Settings,
    name: Annotated[
        str, typer.Argument(metavar="PROVIDER/MODEL", help="As the price list spells it.", show_default=False)
    ],
    route_id: Annotated[
        str | None,
        typer.Option("--id", metavar="ID", help="The id; by default the model's name.", show_default=False),
    ] = None,
) -> Reply:
    """Declare a candidate route.

    Writes routes/ID.yaml with what the public catalog says; what it does not say stays UNKNOWN. A file that exists
    is never overwritten.
    """
    as_of = late.workspace.instant_of(settings.as_of) if settings.as_of else None
    answer = late.add_route.add_route(project_dir(settings), name, route_id=route_id, as_of=as_of)
    return reply(settings, answer, late.discover_text.added_route_text)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    command(app, examples=("routefit discover --dry-run", "routefit discover"))(discover)
    adding = typer.Typer(
        help=ADD_HELP,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )

    # A group of one command needs a callback, else its only command would be the group itself.
    @adding.callback()
    def _only() -> None:
        """Nothing of its own."""

    command(
        adding,
        "route",
        examples=(
            "routefit add route anthropic/claude-sonnet-4-5",
            "routefit add route groq/llama-3.3-70b-versatile --id oss-70b",
        ),
    )(add_route)
    app.add_typer(adding, name="add", help=ADD_HELP)
