"""A cell of the matrix: one route on one workload, in one of five states, with the words it is shown in.

    infeasible > failed_screen > measured > estimated > unknown          the first that applies

A cell is measured only when traces and verdicts exist for that route on that workload. A constraint that is
unknown keeps the candidate, and its cell, but blocks a recommendation.
Source: field guide, chapter 15; section 6 of the domain.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from routefit.declared.model import Mode
from routefit.evidence import Label
from routefit.funnel.comparability import Comparability
from routefit.funnel.screen import Screen
from routefit.funnel.verdict import ConstraintCheck, Verdict, first_of
from routefit.funnel.words import plural, usd
from routefit.lcpr.requoting import Assumption

CellState = Literal["measured", "estimated", "infeasible", "failed_screen", "unknown"]
_Usd = Annotated[float, Field(allow_inf_nan=False)]


class CellEvidence(BaseModel):
    """The strict label of a cell, the badge that is shown, and whether one may decide on it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: Label = Label.UNKNOWN
    badge: Label = Label.UNKNOWN
    is_decision_grade: bool | None = None


class LcprFigures(BaseModel):
    """LCPR of one route on one workload, from its own traces or from re-quoted ones.

    `lcpr_usd_per_accepted_unit` None comes with its `reason` ("no price", "none accepted"). `is_lower_bound`:
    some calls have no price; `filled_lcpr_usd` is then the LCPR with these at the mean cost of the others.
    `at_least_usd` is what an accepted unit costs at least when no unit has a verdict yet; `if_all_accepted_usd`
    the LCPR if every unit without a verdict were accepted, None where none lacks one or a random sample stands
    for them. `is_refused`: the traces were chosen for what happened in them, and no rate of them holds. `has_cost`
    False: nothing is known of what its calls cost. `assumptions` are those of an estimate.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    lcpr_usd_per_accepted_unit: _Usd | None
    lcpr_low_usd: _Usd | None = None
    lcpr_high_usd: _Usd | None = None
    units: int = Field(default=0, ge=0)
    decided_units: int = Field(default=0, ge=0)
    is_refused: bool = False
    is_lower_bound: bool = False
    unpriced_calls: int = Field(default=0, ge=0)
    filled_lcpr_usd: _Usd | None = None
    at_least_usd: _Usd | None = None
    if_all_accepted_usd: _Usd | None = None
    has_cost: bool = True
    evidence: CellEvidence = CellEvidence()
    reason: str | None = None
    assumptions: tuple[Assumption, ...] = ()


class MatrixCell(BaseModel):
    """One cell; `words` is what the matrix shows, `reason` the sentence behind it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    route: str
    mode: Mode | None
    state: CellState
    lcpr_usd_per_accepted_unit: float | None
    lcpr_low_usd: float | None
    lcpr_high_usd: float | None
    is_lower_bound: bool
    units: int
    evidence: CellEvidence
    reason: str
    words: str
    assumptions: tuple[Assumption, ...] = ()


def matrix_cell(
    route: str,
    mode: Mode | None,
    *,
    checks: Sequence[ConstraintCheck] = (),
    screen: Screen | None = None,
    measured: LcprFigures | None = None,
    estimated: LcprFigures | None = None,
    comparability: Comparability | None = None,
) -> MatrixCell:
    """The cell of a route. `checks` are those that bind (today's and those within the horizon).

    `comparability` is the route's against the workload's current one: where there is no basis, a measured cell
    is shown in its words ("only easy traffic") instead of a figure that invites a comparison.
    The figures stay in their fields whatever the state.
    """
    state, reason, words = _state(checks, screen, measured, estimated, comparability)
    has_traces = measured is not None and (_is_measured(measured, estimated) or estimated is None)
    figures = (measured if has_traces else estimated) or LcprFigures(lcpr_usd_per_accepted_unit=None)
    return MatrixCell(
        route=route,
        mode=mode,
        state=state,
        lcpr_usd_per_accepted_unit=figures.lcpr_usd_per_accepted_unit,
        lcpr_low_usd=figures.lcpr_low_usd,
        lcpr_high_usd=figures.lcpr_high_usd,
        is_lower_bound=figures.is_lower_bound,
        units=measured.units if measured is not None else figures.units,
        evidence=figures.evidence,
        reason=reason,
        words=words,
        assumptions=figures.assumptions,
    )


def _state(
    checks: Sequence[ConstraintCheck],
    screen: Screen | None,
    measured: LcprFigures | None,
    estimated: LcprFigures | None,
    comparability: Comparability | None,
) -> tuple[CellState, str, str]:
    failed = first_of(checks, Verdict.FAIL)
    if failed is not None:
        when = "" if failed.on is None else f" from {failed.on}"
        return "infeasible", f"{failed.reason}{when}", f"{failed.short}{when}"
    if screen is not None and screen.verdict == "fail":
        return "failed_screen", screen.words, screen.words
    if measured is not None and measured.is_refused:
        return "unknown", "tail-sampled traces: no rate of them holds", "tail-sampled"
    if measured is not None and _is_measured(measured, estimated):
        if comparability is not None and not comparability.is_comparable:
            return "measured", comparability.reason, comparability.short
        return "measured", _why(measured), _shown(measured)
    if estimated is not None and estimated.lcpr_usd_per_accepted_unit is not None:
        return "estimated", estimated.reason or "re-quoted", f"{_shown(estimated)} estimated"
    if measured is not None and measured.units > 0:
        units = plural(measured.units, "unit")
        return "unknown", f"{units}, none with a verdict", _unjudged("no verdicts", measured)
    if estimated is not None and estimated.at_least_usd is not None:
        return "unknown", estimated.reason or "re-quoted", _unjudged("not tested", estimated)
    return "unknown", "no traces of this route on this workload", "not tested"


def _is_measured(measured: LcprFigures, estimated: LcprFigures | None) -> bool:
    """Verdicts of its own; where nothing is known of what its calls cost, an estimate says more."""
    can_be_estimated = estimated is not None and estimated.lcpr_usd_per_accepted_unit is not None
    return measured.decided_units > 0 and (measured.has_cost or not can_be_estimated)


def _shown(figures: LcprFigures) -> str:
    if figures.lcpr_usd_per_accepted_unit is None:
        return figures.reason or "no figure"
    return f"{'≥ ' if figures.is_lower_bound else ''}{usd(figures.lcpr_usd_per_accepted_unit)}"


def _unjudged(words: str, figures: LcprFigures) -> str:
    return words if figures.at_least_usd is None else f"{words}, ≥ {usd(figures.at_least_usd)}"


def _why(figures: LcprFigures) -> str:
    if figures.lcpr_usd_per_accepted_unit is None:
        return figures.reason or "no figure"
    if figures.is_lower_bound:
        calls = plural(figures.unpriced_calls, "call")
        verb = "counts" if figures.unpriced_calls == 1 else "count"
        return f"a lower bound: {calls} without a price {verb} as nothing"
    return figures.reason or f"{figures.decided_units:,} decided units"
