"""The modules that take long to import, each loaded when a command first asks for it.

`routefit --help` has 0.3 s; duckdb, pyarrow, scipy and pydantic together take several times that. This is the only
place of the command line where an import is put off.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib import metadata as metadata

    from routefit.answers import add_route as add_route
    from routefit.answers import checking as checking
    from routefit.answers import decide as decide
    from routefit.answers import decide_all as decide_all
    from routefit.answers import diff as diff
    from routefit.answers import discover as discover
    from routefit.answers import evaluation as evaluation
    from routefit.answers import explain as explain
    from routefit.answers import funnel as funnel
    from routefit.answers import importing as importing
    from routefit.answers import initialise as initialise
    from routefit.answers import lcpr as lcpr
    from routefit.answers import matrix as matrix
    from routefit.answers import rebuild as rebuild
    from routefit.answers import report as report
    from routefit.answers import spend as spend
    from routefit.answers import status as status
    from routefit.answers import workspace as workspace
    from routefit.decisions import kinds as kinds
    from routefit.ledger import recognition as recognition
    from routefit.project import folder as folder
    from routefit.report import bill_screen as bill_screen
    from routefit.report import check_text as check_text
    from routefit.report import decision_inputs_text as decision_inputs_text
    from routefit.report import decision_text as decision_text
    from routefit.report import decisions_table as decisions_table
    from routefit.report import diff_table as diff_table
    from routefit.report import discover_text as discover_text
    from routefit.report import drawing as drawing
    from routefit.report import explain_text as explain_text
    from routefit.report import funnel_table as funnel_table
    from routefit.report import import_table as import_table
    from routefit.report import json_text as json_text
    from routefit.report import lcpr_table as lcpr_table
    from routefit.report import matrix_table as matrix_table
    from routefit.report import page as page
    from routefit.report import progress as progress
    from routefit.report import rebuild_text as rebuild_text
    from routefit.report import spend_table as spend_table
    from routefit.report import status_text as status_text
    from routefit.report import step_words as step_words
    from routefit.simulate import gateway_fleet as gateway_fleet

_HOMES = {
    "metadata": "importlib",
    "add_route": "routefit.answers",
    "checking": "routefit.answers",
    "diff": "routefit.answers",
    "discover": "routefit.answers",
    "explain": "routefit.answers",
    "funnel": "routefit.answers",
    "importing": "routefit.answers",
    "initialise": "routefit.answers",
    "lcpr": "routefit.answers",
    "matrix": "routefit.answers",
    "rebuild": "routefit.answers",
    "report": "routefit.answers",
    "spend": "routefit.answers",
    "status": "routefit.answers",
    "workspace": "routefit.answers",
    "decide": "routefit.answers",
    "decide_all": "routefit.answers",
    "evaluation": "routefit.answers",
    "decision_text": "routefit.report",
    "decisions_table": "routefit.report",
    "decision_inputs_text": "routefit.report",
    "kinds": "routefit.decisions",
    "recognition": "routefit.ledger",
    "folder": "routefit.project",
    "bill_screen": "routefit.report",
    "check_text": "routefit.report",
    "diff_table": "routefit.report",
    "discover_text": "routefit.report",
    "drawing": "routefit.report",
    "explain_text": "routefit.report",
    "funnel_table": "routefit.report",
    "import_table": "routefit.report",
    "json_text": "routefit.report",
    "lcpr_table": "routefit.report",
    "matrix_table": "routefit.report",
    "page": "routefit.report",
    "progress": "routefit.report",
    "rebuild_text": "routefit.report",
    "spend_table": "routefit.report",
    "status_text": "routefit.report",
    "step_words": "routefit.report",
    "gateway_fleet": "routefit.simulate",
}


def __getattr__(name: str) -> ModuleType:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return importlib.import_module(f"{_HOMES[name]}.{name}")
