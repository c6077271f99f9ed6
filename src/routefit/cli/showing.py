"""Commands that show everything at once: the page, and the demonstration from end to end."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from routefit.cli import demo_folder, late
from routefit.cli.atomic import write_whole
from routefit.cli.options import Days, Settings, command
from routefit.cli.reply import Reply
from routefit.cli.stage import drawn, opened, project_dir, shows_progress, warn
from routefit.errors import BadInputError

if TYPE_CHECKING:
    from routefit.answers.status import StatusAnswer

IMPORTS = ("calls", "outcomes")


def report(
    settings: Settings,
    days: Days,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where to; by default stdout.", show_default=False),
    ] = None,
) -> Reply:
    """One self-contained HTML page to forward.

    The content of `routefit status`, `lcpr` and `matrix`, without scripts and without anything from elsewhere.
    """
    if settings.is_json and output is None:
        raise BadInputError(
            "the page is HTML, so --format json says only where it went", next_step="add -o FILE, or leave it out"
        )
    with opened(settings) as workspace:
        answer = late.status.status(workspace, start=days.start, end=days.end)
    html = late.page.page_html(answer, version=version())
    if output is None:
        return Reply(html)
    write_whole(output, html)
    if settings.is_json:
        return Reply(late.json_text.document_text({"file": str(output), "bytes": len(html.encode())}))
    return Reply(f"wrote {output}\n")


def demo(
    settings: Settings,
    directory: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="A new folder, or that of an earlier demonstration.")
    ] = Path("demo"),
) -> Reply:
    """The whole way on a made-up fleet, in a minute.

    Writes 28 days of synthetic traffic of four workloads as raw files, imports them with the commands that you
    would type, and ends with the front page and an HTML page. Nothing of it is evidence about real models.
    """
    if settings.project is not None:
        raise BadInputError(
            f"got --project {settings.project}: the demonstration makes its own project",
            next_step=f"routefit demo {settings.project}",
        )
    folder = demo_folder.prepared(directory)
    end_on = settings.as_of or datetime.now(UTC).date()
    with _step(settings, "writing 28 days of synthetic traffic"):
        files = late.fleet.write_fleet(folder, end_on=end_on)
    project = Settings(
        project=files.project_dir,
        as_of=settings.as_of,
        is_quiet=settings.is_quiet,
        output_format=settings.output_format,
    )
    for kind in IMPORTS:
        _import(project, kind, folder)
    with _step(settings, _typed("status", project)), opened(project) as workspace:
        answer = late.status.status(workspace)
    page = folder / demo_folder.PAGE
    write_whole(page, late.page.page_html(answer, version=version()))
    return _shown(settings, answer, folder=folder, page=page)


def version() -> str:
    """The installed version."""
    return late.metadata.version("routefit")


def _import(settings: Settings, kind: str, folder: Path) -> None:
    pattern = str(folder / demo_folder.RAW / f"{kind}-*")
    with (
        _step(settings, _typed(f"import {kind} {shlex.quote(pattern)}", settings)),
        late.progress.ImportProgress(is_shown=shows_progress(settings)) as progress,
    ):
        answer = late.importing.import_files(
            project_dir(settings),
            [pattern],
            kind="calls" if kind == "calls" else "outcomes",
            as_of=late.workspace.instant_of(settings.as_of) if settings.as_of else None,
            on_file=progress.file,
        )
    warn(settings, late.import_table.import_warnings(answer))


def _typed(words: str, settings: Settings) -> str:
    as_of = "" if settings.as_of is None else f" --as-of {settings.as_of}"
    return f"$ routefit {words} --project {settings.project}{as_of}"


@contextmanager
def _step(settings: Settings, what: str) -> Iterator[None]:
    """Say on stderr what comes next, unless `-q`."""
    if not settings.is_quiet:
        sys.stderr.write(f"{what}\n")
        sys.stderr.flush()
    yield


def _shown(settings: Settings, answer: StatusAnswer, *, folder: Path, page: Path) -> Reply:
    if settings.is_json:
        return Reply(late.json_text.json_text(answer, leave_out=frozenset({"lcpr", "matrix"})))
    text = drawn(late.status_text.status_text(answer))
    project = shlex.quote(str(folder / demo_folder.PROJECT))
    ending = f"The same as a page: {page}; to go on: cd {project}, then routefit matrix"
    return Reply(f"{text}{drawn(late.drawing.paragraph(ending))}")


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    command(
        app,
        examples=(
            "routefit report -o report.html",
            "routefit report --from 2026-05-01 --to 2026-05-29 > may.html",
        ),
    )(report)
    command(app, examples=("routefit demo", "routefit demo /tmp/fleet --as-of 2026-05-29"))(demo)
