"""Bring derived rows up to date and say what moved."""

from __future__ import annotations

from datetime import date

from routefit.answers.workspace import Workspace
from routefit.lcpr.cell import Frozen


class RebuildAnswer(Frozen):
    """The days whose units were built again (after an import, a price, an alias or a rule changed)."""

    rebuilt_days: tuple[date, ...]
    kept_days: int
    cells_rebuilt: bool
    calls: int
    outcomes: int


def rebuild(workspace: Workspace) -> RebuildAnswer:
    """What opening the workspace had to build; nothing when all was current."""
    report = workspace.rebuilt
    return RebuildAnswer(
        rebuilt_days=report.built_days if report else (),
        kept_days=report.kept_days if report else 0,
        cells_rebuilt=report.cells_rebuilt if report else False,
        calls=workspace.ledger.call_rows,
        outcomes=workspace.ledger.outcome_rows,
    )
