"""Where a project's files are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from routefit.errors import NotAProjectError, Problem

CONFIG_NAMES = ("routefit.yaml", "routefit.yml")
SUFFIXES = (".yaml", ".yml")
FOLDERS = ("workloads", "routes", "prices")


def find_project(start: Path) -> Path:
    """The nearest folder, from `start` upward, that holds routefit.yaml.

    Raises NotAProjectError when there is none.
    """
    begin = start.expanduser().resolve()
    for directory in (begin, *begin.parents):
        if has_config(directory):
            return directory
    raise NotAProjectError(
        f"no {CONFIG_NAMES[0]} in {begin} or any folder above it",
        next_step="`routefit init` to start a project here, or `--project DIR` to name one",
    )


def has_config(directory: Path) -> bool:
    """Whether the folder is a project."""
    return any((directory / name).is_file() for name in CONFIG_NAMES)


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
