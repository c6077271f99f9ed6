"""Where a project's files are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from routefit.errors import NotAProjectError, Problem, nearest_names

CONFIG_NAMES = ("routefit.yaml", "routefit.yml")
SUFFIXES = (".yaml", ".yml")
FOLDERS = ("workloads", "routes", "prices", "contracts")
LATER_FOLDERS = ("invoices", "migrations")


def find_project(start: Path) -> Path:
    """The nearest folder, from `start` upward, that holds routefit.yaml.

    Raises NotAProjectError when there is none.
    """
    begin = start.expanduser().resolve()
    for directory in (begin, *begin.parents) if _exists(begin) else ():
        if has_config(directory):
            return directory
    raise NotAProjectError(
        f"no {CONFIG_NAMES[0]} in {begin} or any folder above it",
        next_step="`routefit init` to start a project here, or `--project DIR` to name one",
    )


def has_config(directory: Path) -> bool:
    """Whether the folder is a project; one that may not be looked into is none."""
    try:
        return any((directory / name).is_file() for name in CONFIG_NAMES)
    except OSError:
        return False


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False


@dataclass(frozen=True, slots=True)
class FolderListing:
    """The files of one of the folders: those that are read, and what is passed over."""

    declared: tuple[Path, ...]
    ignored: tuple[Path, ...]
    problems: tuple[Problem, ...] = ()


def list_folder(directory: Path, folder: str) -> FolderListing:
    """What lies in `folder` of a project, by name; hidden files and README files are not mentioned."""
    try:
        entries = sorted((directory / folder).iterdir())
    except FileNotFoundError:
        return FolderListing((), ())
    except OSError as error:
        problem = Problem(folder, None, None, "", f"cannot be read: {error.strerror}, expected a folder")
        return FolderListing((), (), (problem,))
    seen = [entry for entry in entries if not entry.name.startswith((".", "README"))]
    declared = tuple(entry for entry in seen if entry.suffix in SUFFIXES)
    return FolderListing(declared, tuple(entry for entry in seen if entry not in declared))


def unread_folders(directory: Path) -> tuple[Problem, ...]:
    """Folders of a project that look as if they were meant to be read, but are not."""
    found: list[Problem] = []
    for name in sorted(entry.name for entry in directory.iterdir() if entry.is_dir()):
        if name in LATER_FOLDERS:
            found.append(Problem(name, None, None, "", "is not read by this version"))
        elif name not in FOLDERS and (near := nearest_names(name, FOLDERS, most=1)):
            found.append(Problem(name, None, None, "", f"is not read; did you mean {near[0]}/?"))
    return tuple(found)
