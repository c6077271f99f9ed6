"""A new project folder: files to fill in, with examples that are comments."""

from __future__ import annotations

import json
from pathlib import Path

from routefit.errors import BadInputError, ConflictError
from routefit.project.folder import CONFIG_NAMES, has_config
from routefit.project.templates import CONFIG, GITIGNORE, PRICES, ROUTES, WORKLOADS


def planned_files(directory: Path) -> tuple[Path, ...]:
    """The files of a new project, in the order in which a newcomer meets them."""
    return tuple(directory / name for name in _texts("name"))


def init_project(directory: Path, *, name: str) -> tuple[Path, ...]:
    """Writes the files of a new project and returns those that were written.

    What exists is kept: `planned_files(directory)` less the returned ones. Nothing that is written declares a
    workload, a route or a price.
    Raises ConflictError where a project exists, BadInputError where the folder cannot be written.
    """
    if not name.strip() or not name.isprintable():
        raise BadInputError(
            f"got the name {name!r}, expected printable text that is not empty", next_step="name the project"
        )
    if directory.exists() and not directory.is_dir():
        raise BadInputError(f"{directory} is a file, expected a folder", next_step="name another folder")
    if has_config(directory):
        raise ConflictError(
            f"{directory} is a project already, nothing was written",
            next_step="`routefit check` to see what it declares, or name another folder",
        )
    written: list[Path] = []
    for file, text in _texts(name).items():
        path = directory / file
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as stream:
                stream.write(text)
        except FileExistsError:
            if path.exists() or path.is_symlink():
                continue
            raise BadInputError(
                f"{path.parent} is a file, expected a folder", next_step="rename it, or name another folder"
            ) from None
        except OSError as error:
            raise BadInputError(
                f"{path} cannot be written: {error.strerror}", next_step="name a folder that you may write to"
            ) from error
        written.append(path)
    return tuple(written)


def _texts(name: str) -> dict[str, str]:
    """File names and contents; routefit.yaml comes last, so that an interrupted start can be repeated."""
    return {
        "workloads/README.md": WORKLOADS,
        "routes/README.md": ROUTES,
        "prices/README.md": PRICES,
        ".gitignore": GITIGNORE,
        CONFIG_NAMES[0]: CONFIG.format(name=json.dumps(name, ensure_ascii=False)),
    }
