"""What became of the rows of imported files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table

from routefit.answers.importing import ImportAnswer, ImportedFile
from routefit.funnel.words import plural
from routefit.report.drawing import FirstThatFits, heading, indented, paragraph, stacked, table
from routefit.report.import_rows import MOST_SINGLE_FILES, import_rows
from routefit.report.money import count

SHOWN_REJECTS = 5
"""So many rejected rows of a file are shown in full; its reject file has them all."""


def import_text(answer: ImportAnswer) -> RenderableType:
    """One line per file and kind, the first rejects in full, the files that failed, what to do next."""
    return stacked(_parts(answer))


def import_warnings(answer: ImportAnswer) -> tuple[str, ...]:
    """What stderr gets: each file's warnings, its rejects, and the files of which nothing came in."""
    return tuple(_warnings(answer))


def _parts(answer: ImportAnswer) -> Iterator[RenderableType]:
    yield _drawings(answer)
    yield from _notes(answer)
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
    yield paragraph(f"Next: {_next_words(answer.next)}")


def _next_words(following: Sequence[str]) -> str:
    """Commands are alternatives; what has to be written comes before them."""
    is_written_first = not following[0].startswith("routefit ")
    return (", then " if is_written_first else " or ").join(following)


def _drawings(answer: ImportAnswer) -> FirstThatFits:
    """In one line each; else with the days below each other; else with names that wrap too."""
    return FirstThatFits(
        [
            [_table(answer, is_rigid=True)],
            [_table(answer, is_rigid=True, has_tall_days=True)],
            [_table(answer, has_tall_days=True)],
        ]
    )


def _table(answer: ImportAnswer, *, is_rigid: bool = False, has_tall_days: bool = False) -> Table:
    figures = ("read", "imported", "duplicate", "rejected", "unpriced")
    rows = import_rows(answer.files)
    is_grouped = any(row.files > 1 for row in rows)
    heads = ("file or folder", "files", "kind") if is_grouped else ("file", "kind")
    right = range(len(heads), len(heads) + len(figures))
    drawing = table(
        *heads,
        *figures,
        "days",
        right=(1, *right) if is_grouped else right,
        is_rigid=is_rigid,
        gap_columns=1 if has_tall_days else 2,
    )
    for row in rows:
        names = (row.name, count(row.files), row.kind) if is_grouped else (row.name, row.kind)
        days = row.days.replace(" to ", "\n") if has_tall_days else row.days
        drawing.add_row(*names, *map(count, row.figures), days)
    return drawing


def _notes(answer: ImportAnswer) -> Iterator[RenderableType]:
    """What of the files is no row, and why: of single files each, of many the sums of what they say alike."""
    noted = [one for one in answer.files if one.notes]
    if not noted:
        return
    yield paragraph("")
    for one in noted[:MOST_SINGLE_FILES]:
        yield from (indented(f"{one.file.name}: {note}") for note in one.notes)
    if len(noted) > MOST_SINGLE_FILES:
        yield indented(f"{plural(len(noted) - MOST_SINGLE_FILES, 'more file')} with notes: --format json")


def _rejects(one: ImportedFile) -> Iterator[RenderableType]:
    if not one.rejected:
        return
    yield paragraph("")
    yield heading(f"{plural(one.rejected, 'row')} of {one.file.name} rejected")
    yield from (indented(reject.text) for reject in one.rejects[:SHOWN_REJECTS])
    if one.reject_file is not None:
        yield indented(f"all of them are in {one.reject_file}")


def _warnings(answer: ImportAnswer) -> Iterator[str]:
    is_grouped = len({one.file for one in answer.files}) > MOST_SINGLE_FILES
    for one in answer.files:
        if not (is_grouped and one.is_already_imported):
            yield from one.warnings
        if one.rejected:
            yield f"{one.file}: {plural(one.rejected, 'row')} of {count(one.read)} rejected"
    known = len({one.file for one in answer.files if one.is_already_imported})
    if is_grouped and known:
        yield f"{plural(known, 'file')} {'is' if known == 1 else 'are'} already imported"
    for failed in answer.failed:
        step = f"; next: {failed.next_step}" if failed.next_step else ""
        yield f"{failed.file}: nothing imported: {failed.message}{step}"
