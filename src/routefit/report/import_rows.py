"""The lines of an import's table: each file, or of many files their folders with sums."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from routefit.answers.importing import ImportedFile
from routefit.report.money import UNKNOWN

MOST_SINGLE_FILES = 12
"""Of more files than this, only those with something to look at stand alone; there are as many folders at most."""

NAME_COLUMNS = 27
"""Of a name, so that a line fits into 100 columns."""


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One line: read, imported, duplicate, rejected and unpriced rows of a file or of the files of a folder."""

    name: str
    kind: str
    files: int
    figures: tuple[int | None, ...]
    days: str


def import_rows(files: Sequence[ImportedFile]) -> tuple[ImportRow, ...]:
    """The lines in the order of the files; every row of every file is in exactly one of them."""
    if len({one.file for one in files}) <= MOST_SINGLE_FILES:
        return tuple(_row(name, one.kind, [one]) for one, name in zip(files, _short_names(files), strict=True))
    single = [one for one in files if _needs_a_look(one)]
    rest = [one for one in files if not _needs_a_look(one)]
    grouped: dict[tuple[PurePath, str], list[ImportedFile]] = defaultdict(list)
    seen = _seen([one.file for one in files])
    for folder, one in zip(_folders([seen[one.file] for one in rest]), rest, strict=True):
        grouped[folder, one.kind].append(one)
    rows = [_row(_shortened(seen[one.file].as_posix()), one.kind, [one]) for one in single]
    rows += [_row(_shortened(f"{folder.as_posix()}/"), kind, ones) for (folder, kind), ones in grouped.items()]
    return tuple(rows)


def _needs_a_look(one: ImportedFile) -> bool:
    """Whether rows were rejected or something was warned of; that it is known already is no warning among many."""
    return bool(one.rejected or (one.warnings and not one.is_already_imported))


def _row(name: str, kind: str, ones: Sequence[ImportedFile]) -> ImportRow:
    figures = (
        _sum(one.read for one in ones),
        _sum(one.imported for one in ones),
        _sum(one.duplicate for one in ones),
        _sum(one.rejected for one in ones),
        _sum(one.unpriced for one in ones),
    )
    first = min((one.first_day for one in ones if one.first_day), default=None)
    last = max((one.last_day for one in ones if one.last_day), default=None)
    days = UNKNOWN if first is None or last is None else f"{first}" if first == last else f"{first} to {last}"
    return ImportRow(name, kind, len(ones), figures, days)


def _sum(numbers: Iterable[int | None]) -> int | None:
    """Unknown where one of them is."""
    known = list(numbers)
    return None if None in known else sum(number for number in known if number is not None)


def _folders(paths: Sequence[PurePath]) -> list[PurePath]:
    """The folder of each path; as many levels up as it takes to have few of them."""
    folders = [path.parent for path in paths]
    while len(set(folders)) > MOST_SINGLE_FILES:
        deepest = max(len(folder.parts) for folder in folders)
        folders = [folder.parent if len(folder.parts) == deepest else folder for folder in folders]
    return folders


def _seen(files: Sequence[Path]) -> dict[Path, PurePath]:
    """Each path as seen from the working directory, else from the folder that holds all of them."""
    here = Path.cwd()
    paths = {file: file.absolute() for file in files}
    if not all(path.is_relative_to(here) for path in paths.values()):
        here = Path(os.path.commonpath([path.parent for path in paths.values()]))
    return {file: path.relative_to(here) for file, path in paths.items()}


def _shortened(name: str) -> str:
    """At most so many columns, with an ellipsis in the middle."""
    if len(name) <= NAME_COLUMNS:
        return name
    half = (NAME_COLUMNS - 1) // 2
    return f"{name[:half]}…{name[-half:]}"


def _short_names(files: Sequence[ImportedFile]) -> list[str]:
    """File names, and as much of their folders as tells them apart."""
    paths = list(dict.fromkeys(one.file for one in files))
    if len({path.name for path in paths}) == len(paths):
        return [one.file.name for one in files]
    common = os.path.commonpath([path.absolute().parent for path in paths])
    return [one.file.absolute().relative_to(common).as_posix() for one in files]
