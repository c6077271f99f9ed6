"""Builders of candidates and pairs for the tests of the recommendation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from routefit.declared.model import Mode
from routefit.evidence import Evidence, Label
from routefit.funnel.candidate import Candidate
from routefit.funnel.comparability import Comparability
from routefit.funnel.comparison import PairSums, RoutePair, compare
from routefit.funnel.matrix import LcprFigures, matrix_cell
from routefit.funnel.screen import screen
from routefit.funnel.verdict import Constraint, ConstraintCheck, Verdict

COMMON_TASKS = Comparability(basis="same_tasks", reason="500 common tasks", shared_units=500)
EASY = Comparability(basis=None, reason="only easy traffic: fewer calls", short="only easy traffic")
SPREAD = (0.8, 0.9, 1.0, 1.1, 1.2, 1.0, 0.95, 1.05)


def check(verdict: Verdict, short: str = "no: EU residency", on: date | None = None) -> ConstraintCheck:
    return ConstraintCheck(
        constraint=Constraint.RESIDENCY,
        verdict=verdict,
        required="a region among EU",
        offered="US",
        reason="needs a region among EU, offers US",
        short=short,
        evidence=Evidence(label=Label.PUBLIC),
        on=on,
    )


def candidate(
    route: str,
    lcpr_usd: float | None,
    mode: Mode | None = Mode.CLOSED_API,
    *,
    accepted: int = 470,
    decided: int = 500,
    floor_rate: float | None = 0.85,
    checks: Sequence[ConstraintCheck] = (),
    acceptance_rate: float | None = None,
    fixed_usd_outside_lcpr: float = 0.0,
    filled_lcpr_usd: float | None = None,
    unpriced_calls: int = 0,
    estimated_usd: float | None = None,
    if_all_accepted_usd: float | None = None,
    months_of_service: float | None = None,
) -> Candidate:
    figures = LcprFigures(
        lcpr_usd_per_accepted_unit=lcpr_usd,
        units=decided,
        decided_units=decided,
        is_lower_bound=unpriced_calls > 0,
        unpriced_calls=unpriced_calls,
        filled_lcpr_usd=filled_lcpr_usd,
        if_all_accepted_usd=if_all_accepted_usd,
        reason=None if lcpr_usd is not None else "no price",
    )
    estimate = None if estimated_usd is None else LcprFigures(lcpr_usd_per_accepted_unit=estimated_usd)
    result = None
    if floor_rate is not None:
        result = screen(accepted_cases=accepted, decided_cases=decided, floor_rate=floor_rate)
    cell = matrix_cell(
        route,
        mode,
        checks=checks,
        screen=result,
        measured=figures if decided else None,
        estimated=estimate,
    )
    return Candidate(
        cell=cell,
        figures=figures if decided else estimate,
        checks=tuple(checks),
        screen=result,
        acceptance_rate=acceptance_rate,
        fixed_usd_outside_lcpr=fixed_usd_outside_lcpr,
        months_of_service=months_of_service,
    )


def pair(
    a: Candidate, b: Candidate, *, comparability: Comparability = COMMON_TASKS, noise: float = 0.0
) -> RoutePair:
    """b against a on common tasks whose costs agree but for `noise` (relative, alternating)."""
    base_a = a.cell.lcpr_usd_per_accepted_unit or 0.0
    base_b = b.cell.lcpr_usd_per_accepted_unit or 0.0
    swing = [1 + noise if place % 2 else 1 - noise for place in range(len(SPREAD))]
    sums = PairSums(
        cost_a_usd=tuple(base_a * s for s in SPREAD),
        accepted_a=(1.0,) * len(SPREAD),
        cost_b_usd=tuple(base_b * s * w for s, w in zip(SPREAD, swing, strict=True)),
        accepted_b=(1.0,) * len(SPREAD),
        is_paired=True,
    )
    return RoutePair(
        a=a.route,
        b=b.route,
        comparability=comparability,
        comparison=compare(sums) if comparability.is_comparable else None,
    )


def all_pairs(candidates: Sequence[Candidate]) -> list[RoutePair]:
    return [pair(a, b) for i, a in enumerate(candidates) for b in candidates[i + 1 :]]
