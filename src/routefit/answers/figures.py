"""What the matrix takes from a measured cell."""

from __future__ import annotations

from routefit.funnel.matrix import CellEvidence, LcprFigures
from routefit.lcpr.cell import Cell
from routefit.lcpr.totals import Totals


def figures_of(cell: Cell, totals: Totals) -> LcprFigures:
    """The figures of a cell with the totals that it was made of."""
    reason = None
    is_refused = totals.decided_units > 0 and cell.rates.acceptance is None
    if cell.lcpr_usd_per_accepted_unit is None:
        reason = "no known cost" if cell.usd_per_unit is None else "nothing accepted"
    return LcprFigures(
        lcpr_usd_per_accepted_unit=cell.lcpr_usd_per_accepted_unit,
        lcpr_low_usd=cell.lcpr_low_usd,
        lcpr_high_usd=cell.lcpr_high_usd,
        units=cell.units,
        # A failed call decides a unit without any verdict; the quality gate has then still not run.
        decided_units=totals.decided_units if totals.evaluated_units and not is_refused else 0,
        is_refused=is_refused,
        is_lower_bound=cell.is_lower_bound,
        unpriced_calls=cell.unpriced_calls,
        filled_lcpr_usd=cell.filled_lcpr_usd,
        at_least_usd=cell.bounds_usd.low,
        if_all_accepted_usd=None if cell.is_extrapolated or not cell.unknown_units else cell.bounds_usd.low,
        evidence=CellEvidence(
            label=cell.evidence.label,
            badge=cell.evidence.badge,
            is_decision_grade=cell.evidence.decision_grade,
        ),
        has_cost=cell.usd_per_unit is not None,
        reason=reason,
    )
