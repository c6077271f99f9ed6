"""The application: its commands by subject, and what `routefit` alone does."""

from __future__ import annotations

from typing import Annotated

import typer

from routefit.cli import asking, deciding, proposing, showing, starting, writing
from routefit.cli.options import Days, Settings, declare
from routefit.cli.reply import Reply
from routefit.errors import BadInputError

HELP = """Which serving route to use for every LLM workload, proven from your own traces.

\b
Start with an example:      routefit demo
Start with your own data:   routefit init
                            routefit import litellm FILE...   (or otel, langfuse, calls)
                            routefit discover
Then ask:                   routefit status      where things stand, and what to do next
                            routefit lcpr        what one accepted result costs
                            routefit spend       where every dollar went
                            routefit matrix      every route on every workload
                            routefit diff        what changed a cost
                            routefit explain WORKLOAD ROUTE
                            routefit decide WORKLOAD    whether to act, and what would flip it

Without a command: `routefit status`, with the options below. The options of a command come after its name.
"""

app = typer.Typer(
    name="routefit",
    help=HELP,
    invoke_without_command=True,
    no_args_is_help=False,
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _alone(
    context: typer.Context,
    settings: Settings,
    days: Days,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", show_default=False, is_eager=True)
    ] = False,
) -> Reply | None:
    if version:
        typer.echo(f"routefit {showing.version()}")
        raise typer.Exit
    name = context.invoked_subcommand
    if name is None:
        return asking.status(settings, days)
    if (settings, days) != (Settings(), Days()):
        raise BadInputError(
            f"got options before the command {name}, expected them after it",
            next_step=f"routefit {name} --help",
        )
    return None


app.callback()(declare(_alone))
starting.add_to(app)
writing.add_to(app)
proposing.add_to(app)
asking.add_to(app)
deciding.add_to(app)
showing.add_to(app)
