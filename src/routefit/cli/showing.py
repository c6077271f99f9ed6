"""Commands that show everything at once: the page, and the demonstration from end to end."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from routefit.cli import demo_folder, late
from routefit.cli.atomic import write_whole
from routefit.cli.options import Days, Settings, command
from routefit.cli.reply import Reply
from routefit.cli.stage import drawn, opened
from routefit.cli.walk import Step, walk
from routefit.errors import BadInputError

if TYPE_CHECKING:
    from routefit.answers.report import ReportAnswer


def report(
    settings: Settings,
    days: Days,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where to; by default stdout.", show_default=False),
    ] = None,
) -> Reply:
    """One self-contained HTML page to forward.

    What is covered and what is missing, the bill, what an accepted result costs and which route to use: the
    content of `routefit status`, `spend`, `lcpr` and `matrix`, without scripts and without anything from
    elsewhere.
    """
    if settings.is_json and output is None:
        raise BadInputError(
            "the page is HTML, so --format json says only where it went", next_step="add -o FILE, or leave it out"
        )
    with opened(settings) as workspace:
        answer = late.report.report(workspace, start=days.start, end=days.end)
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

    Writes 28 days of synthetic traffic of four workloads as a company has it: a gateway's log, verdicts, scores,
    invoices and replicas. Imports them with the commands that you would type, and ends with the front page, the
    bill and an HTML page. Nothing of it is evidence about real models.
    """
    if settings.project is not None:
        raise BadInputError(
            f"got --project {settings.project}: the demonstration makes its own project",
            next_step=f"routefit demo {settings.project}",
        )
    folder = demo_folder.prepared(directory)
    end_on = settings.as_of or datetime.now(UTC).date()
    step = Step(settings, "writing 28 days of synthetic traffic")
    files = late.gateway_fleet.write_gateway_fleet(folder, end_on=end_on)
    step.done([f"{folder / demo_folder.RAW}: a gateway's log, verdicts, scores, invoices, replicas"])
    project = Settings(
        project=files.project_dir,
        as_of=settings.as_of,
        is_quiet=settings.is_quiet,
        output_format=settings.output_format,
    )
    answer = walk(project, folder)
    page = folder / demo_folder.PAGE
    write_whole(page, late.page.page_html(answer, version=version()))
    return _shown(settings, answer, folder=folder, page=page)


def version() -> str:
    """The installed version."""
    return late.metadata.version("routefit")


def _shown(settings: Settings, answer: ReportAnswer, *, folder: Path, page: Path) -> Reply:
    if settings.is_json:
        return Reply(late.json_text.json_text(answer.status, leave_out=frozenset({"lcpr", "matrix"})))
    text = drawn(late.status_text.status_text(answer.status))
    if answer.by_workload is not None:
        text += drawn(late.bill_screen.bill_screen(answer.by_workload))
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
