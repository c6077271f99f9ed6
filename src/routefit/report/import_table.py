"""What became of the rows of imported files."""

from __future__ import annotations

import os
from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table

from routefit.answers.importing import ImportAnswer, ImportedFile
from routefit.funnel.words import plural
from routefit.report.drawing import heading, indented, paragraph, stacked, table
from routefit.report.money import UNKNOWN, count

SHOWN_REJECTS = 5
"""So many rejected rows of a file are shown in full; its reject file has them all."""


def import_text(answer: ImportAnswer) -> RenderableType:
    """One line per file and kind, the first rejects in full, the files that failed, what to do next."""
    return stacked(_parts(answer))


def import_warnings(answer: ImportAnswer) -> tuple[str, ...]:
    """What stderr gets: each file's warnings, its rejects, and the files of which nothing came in."""
    return tuple(_warnings(answer))


def _parts(answer: ImportAnswer) -> Iterator[RenderableType]:
    yield _table(answer)
    for one in answer.files:
        yield from _rejects(one)
    for failed in answer.failed:
        yield heading(f"nothing of {failed.file} was imported")
        yield indented(failed.message)
    imported = sum(one.imported for one in answer.files)
    duplicate = sum(one.duplicate for one in answer.files)
    yield paragraph("")
    yield paragraph(f"{plural(imported, 'row')} imported, {count(duplicate)} known already.")
    if any(one.unpriced for one in answer.files):
        yield paragraph("Calls without a known cost make every figure they enter a lower bound.")
    yield paragraph("Next: routefit lcpr")


def _table(answer: ImportAnswer) -> Table:
    drawing = table(
        "file",
        "kind",
        "read",
        "imported",
        "duplicate",
        "rejected",
        "unpriced",
        "days",
        right=range(2, 7),
    )
    names = _short_names(answer.files)
    for one, name in zip(answer.files, names, strict=True):
        figures = (one.read, one.imported, one.duplicate, one.rejected, one.unpriced)
        drawing.add_row(name, one.kind, *map(count, figures), _days(one))
    return drawing


def _days(one: ImportedFile) -> str:
    if one.first_day is None or one.last_day is None:
        return UNKNOWN
    return f"{one.first_day}" if one.first_day == one.last_day else f"{one.first_day} to {one.last_day}"


def _short_names(files: tuple[ImportedFile, ...]) -> list[str]:
    """File names, and as much of their folders as tells them apart."""
    paths = list(dict.fromkeys(one.file for one in files))
    if len({path.name for path in paths}) == len(paths):
        return [one.file.name for one in files]
    common = os.path.commonpath([path.absolute().parent for path in paths])
    return [one.file.absolute().relative_to(common).as_posix() for one in files]


def _rejects(one: ImportedFile) -> Iterator[RenderableType]:
    if not one.rejected:
        return
    yield paragraph("")
    yield heading(f"{plural(one.rejected, 'row')} of {one.file.name} rejected")
    yield from (indented(reject.text) for reject in one.rejects[:SHOWN_REJECTS])
    if one.reject_file is not None:
        yield indented(f"all of them are in {one.reject_file}")


def _warnings(answer: ImportAnswer) -> Iterator[str]:
    for one in answer.files:
        yield from one.warnings
        if one.rejected:
            yield f"{one.file}: {plural(one.rejected, 'row')} of {count(one.read)} rejected"
    for failed in answer.failed:
        step = f"; next: {failed.next_step}" if failed.next_step else ""
        yield f"{failed.file}: nothing imported: {failed.message}{step}"
