"""A file that appears whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from routefit.errors import BadInputError


def write_whole(path: Path, text: str) -> None:
    """Write the text beside `path`, make it durable and rename it into place; BadInputError where that fails."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with beside.open("w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    except OSError as error:
        raise BadInputError(
            f"{path} cannot be written: {error.strerror}", next_step="name a file in a folder you may write to"
        ) from error
    finally:
        beside.unlink(missing_ok=True)
