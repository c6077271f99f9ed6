"""The modules that take long to import, each loaded when a command first asks for it.

`routefit --help` has 0.3 s; duckdb, pyarrow, scipy and pydantic together take several times that. This is the only
place of the command line where an import is put off.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from routefit.answers import checking as checking
    from routefit.answers import importing as importing
    from routefit.answers import initialise as initialise
    from routefit.answers import lcpr as lcpr
    from routefit.answers import workspace as workspace
    from routefit.project import folder as folder
    from routefit.report import check_text as check_text
    from routefit.report import drawing as drawing
    from routefit.report import import_table as import_table
    from routefit.report import json_text as json_text
    from routefit.report import lcpr_table as lcpr_table
    from routefit.report import progress as progress

_PACKAGES = {
    "routefit.answers": ("checking", "importing", "initialise", "lcpr", "workspace"),
    "routefit.project": ("folder",),
    "routefit.report": ("check_text", "drawing", "import_table", "json_text", "lcpr_table", "progress"),
}
_HOMES = {name: package for package, names in _PACKAGES.items() for name in names}


def __getattr__(name: str) -> ModuleType:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return importlib.import_module(f"{_HOMES[name]}.{name}")
