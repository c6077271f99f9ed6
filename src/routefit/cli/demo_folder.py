"""The demonstration's folder: only what an earlier demonstration wrote is ever removed."""

from __future__ import annotations

import shutil
from pathlib import Path

from routefit.errors import BadInputError, ConflictError

MARKER = ".routefit-demo"
"""Lies in a folder that `routefit demo` has made."""

PROJECT, RAW, PAGE = "project", "raw", "report.html"
OWN = (PROJECT, RAW, PAGE)
"""What the demonstration writes into its folder, and removes from it before it starts anew."""


def prepared(directory: Path) -> Path:
    """The folder, made or emptied of an earlier demonstration.

    Raises ConflictError for a folder with anything in it that is not the demonstration's, BadInputError for one
    that cannot be written.
    """
    try:
        if directory.exists() and not directory.is_dir():
            raise ConflictError(f"{directory} is a file, expected a folder", next_step="name another folder")
        _refuse_foreign(directory)
        directory.mkdir(parents=True, exist_ok=True)
        (directory / MARKER).write_text("made by `routefit demo`; its next run writes this folder anew\n")
        for name in OWN:
            _remove(directory / name)
    except OSError as error:
        raise BadInputError(
            f"{directory} cannot be written: {error.strerror}", next_step="name a folder that you may write to"
        ) from error
    return directory


def _refuse_foreign(directory: Path) -> None:
    if not directory.is_dir() or (directory / MARKER).is_file():
        return
    foreign = sorted(entry.name for entry in directory.iterdir())
    if foreign:
        raise ConflictError(
            f"{directory} holds {foreign[0]} and was not made by `routefit demo`: nothing was written",
            next_step="name a new or an empty folder",
        )


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
