"""Start a project folder."""

from __future__ import annotations

from pathlib import Path

from routefit.lcpr.cell import Frozen
from routefit.project import init_project, planned_files


class Initialised(Frozen):
    """What was written into the folder of a new project, and what was there already and was kept."""

    directory: Path
    name: str
    written: tuple[str, ...]
    kept: tuple[str, ...]


def initialise(directory: Path, *, name: str | None = None) -> Initialised:
    """Write the files of a new project; by default it is named like its folder.

    Raises ConflictError where a project exists, BadInputError where the folder cannot be written.
    """
    chosen = name if name is not None else directory.resolve().name or "project"
    written = init_project(directory, name=chosen)
    kept = [path for path in planned_files(directory) if path not in written]
    return Initialised(
        directory=directory,
        name=chosen,
        written=tuple(path.relative_to(directory).as_posix() for path in written),
        kept=tuple(path.relative_to(directory).as_posix() for path in kept),
    )
