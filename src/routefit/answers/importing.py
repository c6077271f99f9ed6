"""Bring files of facts into a project's ledger, and say what became of their rows."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import cast

from routefit.answers.load_test_imports import TOOLS, form_about, next_after, subject_given, with_goodput
from routefit.answers.workspace import Workspace
from routefit.errors import BadInputError, LedgerError, RoutefitError, nearest_names
from routefit.lcpr.cell import Frozen
from routefit.ledger.building import view_costed_calls
from routefit.ledger.formats.invoices import Invoices
from routefit.ledger.formats.registry import FORMATS
from routefit.ledger.import_summary import ImportSummary
from routefit.ledger.importing import import_file
from routefit.ledger.manifest import Manifest
from routefit.ledger.mapping import Mapping, load_mapping
from routefit.ledger.recognition import recognised
from routefit.ledger.rejects import Reject
from routefit.ledger.schema import TableKind
from routefit.ledger.twins import Leads
from routefit.ledger.view import UNATTRIBUTED
from routefit.project import load_project

READ_SUFFIXES = (".jsonl", ".ndjson", ".json", ".csv", ".parquet")
"""What is read in a folder that is given without a map; each may be compressed (`.gz`)."""

RowProgress = Callable[[int, int], None]
"""Called with rows done and lines in the file (0 where it is not known beforehand)."""

FileProgress = Callable[[Path, int, int], RowProgress | None]
"""Called with a file, its number from 1 and how many there are; gives the progress of its rows."""


class RejectedRow(Frozen):
    """One row that was refused; `text` is the whole line as it is printed."""

    file: str
    line: int
    field: str | None
    value: str | None
    reason: str
    text: str


class ImportedFile(Frozen):
    """What became of the rows of one kind in one file: read = imported + duplicate + rejected.

    `unpriced` counts the calls in the ledger that came from this file and have no known cost; None for outcomes,
    and where the same content came in earlier under another name.
    """

    file: Path
    kind: TableKind
    read: int
    imported: int
    duplicate: int
    rejected: int
    conflicts: int
    unpriced: int | None
    first_day: date | None
    last_day: date | None
    is_already_imported: bool
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    reject_file: Path | None
    rejects: tuple[RejectedRow, ...]


class FailedFile(Frozen):
    """A file of which nothing was imported, and why."""

    file: Path
    code: str
    message: str
    next_step: str | None


class ImportAnswer(Frozen):
    """All files of one import, in the order in which they were read; `next` are commands worth typing."""

    files: tuple[ImportedFile, ...]
    failed: tuple[FailedFile, ...]
    rebuilt_days: int
    next: tuple[str, ...]


def import_files(
    directory: Path,
    given: Sequence[str],
    *,
    kind: str | None = None,
    map_file: Path | None = None,
    strict: bool = False,
    as_of: datetime | None = None,
    on_file: FileProgress | None = None,
    route: str | None = None,
    workload: str | None = None,
    replicas: float | None = None,
) -> ImportAnswer:
    """Import files, folders and patterns into the ledger of the project in `directory`.

    `kind` is a kind of row or the name of another tool's format; None is all that a map yields.
    Every file is imported as a whole or not at all, one after the other. A file that fails is reported beside the
    others; where all fail, the first error is raised. A ledger that cannot be written stops the import at once.
    `as_of` is the instant at which the import counts as known. `route`, `workload` and `replicas` say what a load
    test was about, which the files of its tool do not know; other kinds take none of them.
    """
    project = load_project(directory)
    mapping = load_mapping(map_file) if map_file is not None else None
    subject = subject_given(kind, project, route=route, workload=workload, replicas=replicas)
    form = FORMATS.get(kind) if kind is not None and mapping is None else None
    if isinstance(form, Invoices):
        form = Invoices(project.config.fx)
    if kind is not None and subject is not None:
        form = form_about(kind, subject)
    files = expanded(given, mapping)
    summaries: list[ImportSummary] = []
    failures: list[tuple[Path, RoutefitError]] = []
    for number, file in enumerate(files, start=1):
        try:
            summaries += import_file(
                directory / "ledger",
                None if form else cast("TableKind | None", kind),
                file,
                mapping=mapping,
                form=form,
                leads=Leads(project.config.sources),
                strict=strict,
                keep_identifiers=project.config.keep_identifiers,
                now=as_of or datetime.now(UTC),
                on_progress=on_file(file, number, len(files)) if on_file else None,
            )
        except LedgerError:
            raise
        except RoutefitError as error:
            failures.append((file, error if mapping else _with_the_fitting_word(error, file, kind)))
    if not summaries:
        raise failures[0][1]
    with Workspace(directory, as_of=as_of) as workspace:
        unpriced = unpriced_by_source(workspace)
        summaries = [_with_unknown_routes(summary, workspace) for summary in summaries]
        if subject is not None:
            summaries[-1] = with_goodput(summaries[-1], workspace, subject)
        rebuilt_days = len(workspace.rebuilt.built_days) if workspace.rebuilt else 0
        following = next_after(subject) if subject else _next(workspace, {summary.kind for summary in summaries})
    return ImportAnswer(
        files=tuple(_imported(summary, unpriced) for summary in summaries),
        failed=tuple(
            FailedFile(file=file, code=error.code, message=error.what, next_step=error.next_step)
            for file, error in failures
        ),
        rebuilt_days=rebuilt_days,
        next=following,
    )


def _with_unknown_routes(summary: ImportSummary, workspace: Workspace) -> ImportSummary:
    """Warns of capacity rows whose route nothing else names: nobody would ever see what they bill."""
    if summary.kind != "capacity":
        return summary
    names = workspace.route_names
    lost = [route for route in workspace.ledger.replica_rows if route not in names]
    return dataclasses.replace(summary, warnings=(*summary.warnings, *(_unknown_route(n, names) for n in lost)))


def _unknown_route(route: str, names: Sequence[str]) -> str:
    near = nearest_names(route, names)
    hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
    return f"no file in routes/ declares {route!r} and no call names it: its replicas price nothing{hint}"


HOLDS = {
    "calls": "calls",
    "outcomes": "outcomes",
    "scores": "scores",
    "labels": "labels of people",
    "invoices": "invoice lines",
    "capacity": "capacity rows",
    "guidellm": "a report of guidellm",
    "aiperf": "results of aiperf",
    "litellm": "the spend log of a LiteLLM gateway",
    "otel": "OpenTelemetry spans",
    "langfuse": "a Langfuse export",
}
"""What a file holds by the word after `routefit import`."""

FEW_UNATTRIBUTED_RATE = 0.05


def _with_the_fitting_word(error: RoutefitError, file: Path, kind: str | None) -> RoutefitError:
    """The error, or of a file that looks like another kind: which word to use."""
    word = recognised(file) if isinstance(error, BadInputError) else None
    if word is None or kind is None or word == kind:
        return error
    return BadInputError(
        f"{file} looks like {HOLDS[word]}, not like {HOLDS[kind]}; nothing of it was imported",
        next_step=f"`routefit import {word} {file}{' --route ROUTE' if word in TOOLS else ''}`",
    )


def _next(workspace: Workspace, kinds: Collection[TableKind]) -> tuple[str, ...]:
    """What is worth typing after an import of these kinds; where they stand in an order, the first comes first."""
    ledger = workspace.ledger
    if not ledger.has_calls:
        return ("routefit import litellm FILE", "routefit import calls FILE")
    if "calls" in kinds and _asks_for_rules(workspace):
        return ("routefit discover",)
    if "scores" in kinds and any(not use.read_scores for use in ledger.score_uses):
        return (MEANING, "routefit lcpr")
    if "invoices" in kinds:
        return ("routefit spend",)
    if "calls" in kinds and not (ledger.has_outcomes or ledger.score_rows):
        return ("routefit import outcomes FILE", "routefit lcpr")
    return ("routefit lcpr",)


MEANING = "verdict rules in workloads/*.yaml, which say what a score means"


def _asks_for_rules(workspace: Workspace) -> bool:
    """Whether calls have no workload, and not only the few that the rules of the project leave."""
    days = workspace.ledger.days_with_units()
    if not days:
        return False
    by_cell = workspace.ledger.totals(days[0], days[-1] + timedelta(days=1))
    calls: dict[bool, int] = defaultdict(int)
    for (workload, _), groups in by_cell.items():
        calls[workload == UNATTRIBUTED] += sum(totals.calls for totals in groups.values())
    few_rate = FEW_UNATTRIBUTED_RATE if workspace.project.config.attribution else 0.0
    return calls[True] > few_rate * (calls[True] + calls[False])


def expanded(given: Sequence[str], mapping: Mapping | None) -> tuple[Path, ...]:
    """The files that names, folders and patterns stand for, each once; BadInputError for what stands for none."""
    files = [file for name in given for file in _files_of(name, mapping)]
    if not files:
        where = f" {mapping.file}" if mapping else ""
        raise BadInputError(
            "no file to import was given",
            next_step=f"`routefit import --map{where} FILE...`" if mapping else "`routefit import KIND FILE...`",
        )
    return tuple(dict.fromkeys(files))


def unpriced_by_source(workspace: Workspace) -> dict[str, int]:
    """Calls without a known cost by the file that they came from."""
    if not workspace.ledger.has_calls:
        return {}
    by_source: dict[str, list[Path]] = defaultdict(list)
    with Manifest(workspace.directory / "ledger") as manifest:
        for segment in manifest.visible("calls"):
            by_source[segment.source_name].append(segment.path)
    engine = workspace.ledger.view_calls(workspace.today, workspace.today)
    found = {}
    for source_name, paths in by_source.items():
        view_costed_calls(engine, paths, workspace.ledger.attribution)
        (count,) = engine.execute("SELECT count(*) FROM all_calls WHERE call_pico_usd IS NULL").fetchone() or (0,)
        found[source_name] = int(count)
    return found


def _files_of(name: str, mapping: Mapping | None) -> Iterator[Path]:
    path = Path(name).expanduser()
    if path.is_dir():
        found = mapping.files_in(path) if mapping else _readable_in(path)
        if not found:
            fits = f"fits `files: {mapping.files}` of {mapping.file}" if mapping else "can be read"
            raise BadInputError(
                f"no file in {name} {fits}",
                next_step="name the files" if mapping is None else "correct `files` in the map, or name the files",
            )
        yield from found
    elif path.exists() or not _is_pattern(name):
        yield path
    else:
        start = Path(path.anchor)
        matches = sorted(start.glob(str(path.relative_to(start) if path.anchor else path)))
        if not matches:
            raise BadInputError(f"no file fits the pattern {name!r}", next_step="check the pattern")
        yield from (match for match in matches if match.is_file())


def _is_pattern(name: str) -> bool:
    return any(sign in name for sign in "*?[")


def _readable_in(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and path.name.removesuffix(".gz").endswith(READ_SUFFIXES)
    )


def _imported(summary: ImportSummary, unpriced: dict[str, int]) -> ImportedFile:
    # A file that came in earlier under another name has calls in the ledger that this name does not find.
    of_nothing = None if summary.is_already_imported else 0
    return ImportedFile(
        file=summary.file,
        kind=summary.kind,
        read=summary.read,
        imported=summary.imported,
        duplicate=summary.duplicate,
        rejected=summary.rejected,
        conflicts=summary.conflicts,
        unpriced=unpriced.get(str(summary.file), of_nothing) if summary.kind == "calls" else None,
        first_day=summary.first_day,
        last_day=summary.last_day,
        is_already_imported=summary.is_already_imported,
        warnings=summary.warnings,
        notes=summary.notes,
        reject_file=summary.reject_file,
        rejects=tuple(map(_rejected, summary.rejects)),
    )


def _rejected(reject: Reject) -> RejectedRow:
    return RejectedRow(
        file=reject.file,
        line=reject.line,
        field=reject.field,
        value=reject.value,
        reason=reject.reason,
        text=str(reject),
    )
