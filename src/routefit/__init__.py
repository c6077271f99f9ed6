"""Which serving route to use for every LLM workload, proven from your own traces.

`routefit.open(DIR)` gives the same frozen answers as the command line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from routefit.answers.handle import Handle

__all__ = ["open"]


def open(directory: str | Path = ".", *, as_of: date | str | None = None) -> Handle:
    """The project in `directory`, or the nearest one above it, as known at the end of the UTC day `as_of` (now).

    Raises NotAProjectError where there is none.
    """
    from routefit.answers.handle import opened  # with it come duckdb and scipy, which `import routefit` must not

    return opened(directory, as_of=as_of)
