"""Bring derived rows up to date and say what moved."""

from __future__ import annotations

from datetime import date, timedelta

from routefit.answers.attribution import AttributionAnswer, UnitsFormed, attribution, units_formed
from routefit.answers.workspace import Workspace
from routefit.lcpr.cell import Frozen
from routefit.ledger.moves import WorkloadMove, WorkloadSums
from routefit.units import usd_from_pico_usd


class Sums(Frozen):
    """Units, calls and known model and grading cost of a workload over the whole ledger."""

    units: int
    calls: int
    usd: float


class Move(Frozen):
    """A workload that holds something else than at the last look; None is not there."""

    workload: str
    before: Sums | None
    after: Sums | None


class RebuildAnswer(Frozen):
    """The days whose units were built again (an import, a price, an alias or a rule changed), and what moved.

    `attribution` and `units` look at the whole ledger; None in a ledger without calls.
    """

    rebuilt_days: tuple[date, ...]
    kept_days: int
    cells_rebuilt: bool
    calls: int
    outcomes: int
    moves: tuple[Move, ...]
    attribution: AttributionAnswer | None
    units: UnitsFormed | None


def rebuild(workspace: Workspace) -> RebuildAnswer:
    """What opening the workspace had to build; nothing when all was current."""
    report = workspace.rebuilt
    days = workspace.ledger.days_with_calls()
    end = days[-1] + timedelta(days=1) if days else None
    return RebuildAnswer(
        rebuilt_days=report.built_days if report else (),
        kept_days=report.kept_days if report else 0,
        cells_rebuilt=report.cells_rebuilt if report else False,
        calls=workspace.ledger.call_rows,
        outcomes=workspace.ledger.outcome_rows,
        moves=tuple(map(_move, report.moves)) if report else (),
        attribution=attribution(workspace, days[0], end) if end else None,
        units=units_formed(workspace, days[0], end) if end else None,
    )


def _move(move: WorkloadMove) -> Move:
    return Move(workload=move.workload, before=_sums(move.before), after=_sums(move.after))


def _sums(sums: WorkloadSums | None) -> Sums | None:
    if sums is None:
        return None
    return Sums(units=sums.units, calls=sums.calls, usd=usd_from_pico_usd(sums.pico_usd))
