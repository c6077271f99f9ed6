"""Commands that write the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from routefit.cli import late
from routefit.cli.exit_codes import ExitCode
from routefit.cli.options import Settings, command
from routefit.cli.reply import Reply
from routefit.cli.stage import opened, project_dir, reply, shows_progress, warn
from routefit.errors import BadInputError, nearest_names

if TYPE_CHECKING:
    from routefit.answers.importing import ImportAnswer

WORDS = (
    "litellm",
    "otel",
    "langfuse",
    "calls",
    "outcomes",
    "scores",
    "labels",
    "invoices",
    "capacity",
    "guidellm",
    "aiperf",
)
"""What may stand after `routefit import`."""

AUTO = "auto"
"""In the place of a kind: all that the map yields."""


def import_files(
    settings: Settings,
    given: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="KIND FILE",
            help="What the files hold, in one of the words above (with --map also auto, or left out: all that the "
            "map yields). Then files, folders or quoted patterns.",
            show_default=False,
        ),
    ] = None,
    map_file: Annotated[
        Path | None,
        typer.Option("--map", metavar="MAP.yaml", help="How other JSON, JSONL or CSV becomes calls and outcomes."),
    ] = None,
    is_strict: Annotated[
        bool, typer.Option("--strict", help="Refuse a whole file when any of its rows is bad.", show_default=False)
    ] = False,
    route: Annotated[
        str | None, typer.Option("--route", metavar="ROUTE", help="Load tests: the route that was tested.")
    ] = None,
    workload: Annotated[
        str | None,
        typer.Option("--workload", metavar="WORKLOAD", help="Load tests: the workload whose requests were sent."),
    ] = None,
    replicas: Annotated[
        float | None,
        typer.Option("--replicas", metavar="N", help="Load tests: how many replicas served; 1 where not given."),
    ] = None,
) -> Reply:
    """Import files of calls, verdicts, invoices, capacity and load tests.

    Read are JSON Lines, JSON, CSV and Parquet, also compressed with gzip. Good rows go in; bad
    ones are listed and kept in a reject file. Importing a file again changes nothing.

    \b
    Files of other tools, as they are:
      litellm    the spend log of a LiteLLM gateway
      otel       OpenTelemetry spans as OTLP JSON
      langfuse   observations and scores out of Langfuse
      guidellm   load tests of a route: its JSON report
      aiperf     load tests of a route: profile_export.jsonl and profile_export_aiperf.json

    \b
    Tables of your own:
      calls      model calls, one a row
      outcomes   whether a unit of work was accepted
      scores     judgements that verdict rules turn into verdicts: scores, feedback, tickets
      labels     what people said of units that graders judged too
      invoices   lines of a provider's invoice, also in the FOCUS columns
      capacity   replicas of your own servers, and when they ran
    """
    kind, files = kind_and_files(given or [], has_map=map_file is not None)
    directory = project_dir(settings)
    with late.progress.ImportProgress(is_shown=shows_progress(settings)) as progress:
        answer = late.importing.import_files(
            directory,
            files,
            kind=kind,
            map_file=map_file,
            strict=is_strict,
            as_of=late.workspace.instant_of(settings.as_of) if settings.as_of else None,
            on_file=progress.file,
            route=route,
            workload=workload,
            replicas=replicas,
        )
    warn(settings, late.import_table.import_warnings(answer))
    return reply(settings, answer, late.import_table.import_text, exit_code=exit_code(answer, is_strict=is_strict))


def rebuild(settings: Settings) -> Reply:
    """Bring derived figures up to date, and say what moved.

    Every question does so by itself; this only says it. Changed prices, aliases and rules are applied to the facts
    that were imported: nothing has to be imported again.
    """
    with opened(settings) as workspace:
        answer = late.rebuild.rebuild(workspace)
    return reply(settings, answer, late.rebuild_text.rebuild_text)


def kind_and_files(given: Sequence[str], *, has_map: bool) -> tuple[str | None, list[str]]:
    """What the first word says about the rest; None is all that the map yields."""
    words = list(given)
    first = words[0] if words else ""
    kind = next((word for word in WORDS if word == first), None)
    if kind is not None:
        return kind, words[1:]
    if first == AUTO and has_map:
        return None, words[1:]
    if has_map:
        return None, words
    if not words:
        raise BadInputError(
            f"no file to import was given, expected one of {', '.join(WORDS)} and a file",
            next_step="`routefit import litellm FILE...` or `routefit import calls FILE...`",
        )
    if len(words) > 1 and not Path(first).exists():
        near = nearest_names(first, WORDS, most=1)
        guess = near[0] if near else late.recognition.recognised(Path(words[1])) or WORDS[0]
        raise BadInputError(
            f"got the kind {first!r}, expected one of {', '.join(WORDS)}",
            next_step=f"`routefit import {guess} {' '.join(words[1:3])}`",
        )
    fitting = late.recognition.recognised(Path(first))
    raise BadInputError(
        f"it is not said what {first} holds: {', '.join(WORDS)}",
        next_step=f"`routefit import {fitting or 'calls'} {first}`{'' if fitting else ', or give a --map'}",
    )


def exit_code(answer: ImportAnswer, *, is_strict: bool) -> ExitCode:
    """Not 0 where nothing of a file was imported, though others were.

    With `--strict` also where a file that was imported before without it had bad rows.
    """
    has_rejects = any(one.rejected for one in answer.files)
    return ExitCode.BAD_INPUT if answer.failed or (is_strict and has_rejects) else ExitCode.ANSWERED


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    command(
        app,
        "import",
        examples=(
            "routefit import litellm spend-logs.csv",
            "routefit import otel 'traces/*.jsonl.gz'",
            "routefit import calls calls.csv",
            "routefit import outcomes verdicts.csv.gz",
            "routefit import invoices invoice-2026-05.csv",
            "routefit import guidellm benchmarks.json --route dedicated --workload support --replicas 1",
            "routefit import --map maps/eval-runs.yaml results/",
        ),
    )(import_files)
    command(app, examples=("routefit rebuild", "routefit rebuild --format json"))(rebuild)
