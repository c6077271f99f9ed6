"""Writing declared files: new ones are never written over others, a changed one appears whole or not at all."""

from __future__ import annotations

import os
import shutil
import uuid
from pathlib import Path

from routefit.errors import BadInputError, ConflictError
from routefit.project.appending import Additions, with_additions
from routefit.project.folder import CONFIG_NAMES


def write_new(directory: Path, file: str, text: str) -> bool:
    """Write a file of a project that does not exist yet; False, and nothing is touched, where it does."""
    path = directory / file
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() or path.is_symlink():
            return False
        _write_whole(path, text)
    except OSError as error:
        raise _not_writable(path, error) from error
    return True


def add_route_file(directory: Path, file: str, text: str) -> None:
    """Write a new file; ConflictError, naming it, where it exists."""
    if not write_new(directory, file, text):
        raise ConflictError(
            f"{directory / file} exists already, nothing was written",
            next_step="edit that file, or name another id with --id",
        )


def has_same_text(directory: Path, file: str, text: str) -> bool:
    """Whether the file exists and says exactly this."""
    try:
        return (directory / file).read_text(encoding="utf-8") == text
    except (OSError, UnicodeDecodeError):
        return False


def config_file(directory: Path) -> str:
    """The name of the project's own file."""
    return next((name for name in CONFIG_NAMES if (directory / name).is_file()), CONFIG_NAMES[0])


def config_with(directory: Path, additions: Additions) -> str:
    """The text of routefit.yaml with the additions; nothing is written."""
    file = config_file(directory)
    text = (directory / file).read_bytes().decode("utf-8")
    return with_additions(text, additions, file=file)


def add_to_config(directory: Path, additions: Additions) -> None:
    """Add to routefit.yaml; its comments and its order stay."""
    path = (directory / config_file(directory)).resolve()
    text = config_with(directory, additions)
    try:
        _write_whole(path, text)
    except OSError as error:
        raise _not_writable(path, error) from error


def _write_whole(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}.tmp")
    try:
        with beside.open("w", encoding="utf-8", newline="") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        if path.exists():
            shutil.copymode(path, beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _not_writable(path: Path, error: OSError) -> BadInputError:
    return BadInputError(
        f"{path} cannot be written: {error.strerror}", next_step="make its folder one that you may write to"
    )
