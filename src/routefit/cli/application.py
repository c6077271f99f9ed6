"""The application: its commands by subject, and what `routefit` alone does."""

from __future__ import annotations

from typing import Annotated

import typer

from routefit.cli import asking, showing, starting, writing
from routefit.cli.options import Days, Settings
from routefit.cli.reply import Reply

HELP = """Which serving route to use for every LLM workload, proven from your own traces.

\b
Start with an example:      routefit demo
Start with your own data:   routefit init
                            routefit import calls FILE...
                            routefit import outcomes FILE...
Then ask:                   routefit lcpr | matrix | explain WORKLOAD ROUTE

Without a command: `routefit status`. Options come after the name of the command.
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


@app.callback()
def _alone(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", show_default=False, is_eager=True)
    ] = False,
) -> Reply | None:
    if version:
        typer.echo(f"routefit {showing.version()}")
        raise typer.Exit
    return asking.status(Settings(), Days()) if context.invoked_subcommand is None else None


starting.add_to(app)
writing.add_to(app)
asking.add_to(app)
showing.add_to(app)
