"""The terms of the loaded cost per accepted unit, so that a reader sees what makes it.

    term per accepted unit = term / A = term x LCPR / total          USD per accepted unit

A is the number that the LCPR was divided by, also where it is extrapolated; the known terms add up to the LCPR.
Source: section 3 of the domain.
"""

from __future__ import annotations

from routefit.lcpr.cell import Cell, Frozen


class TermsUsd(Frozen):
    """The terms per accepted unit, in the words of the screen; None is undeclared or unknown."""

    model: float | None
    grading: float | None
    people: float | None
    running: float | None
    bill_difference: float | None


def terms_usd_per_accepted_unit(cell: Cell) -> TermsUsd | None:
    """The terms of a cell; None where it has no LCPR."""
    lcpr, cost = cell.lcpr_usd_per_accepted_unit, cell.cost_usd
    if lcpr is None:
        return None

    def per_unit(term_usd: float | None) -> float | None:
        if term_usd is None:
            return None
        return term_usd * lcpr / cost.total if cost.total else 0.0

    return TermsUsd(
        model=per_unit(cost.inference),
        grading=per_unit(cost.eval),
        people=per_unit(cost.human),
        running=per_unit(cost.ops),
        bill_difference=per_unit(cost.delta),
    )
