"""What a recommendation weighs: the stakes, the candidates, and what stands in the way of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from routefit.funnel.comparison import Comparison, RoutePair
from routefit.funnel.matrix import LcprFigures, MatrixCell
from routefit.funnel.saving import RouteCost
from routefit.funnel.screen import Screen
from routefit.funnel.staying import Thresholds
from routefit.funnel.verdict import ConstraintCheck, Verdict
from routefit.funnel.words import count, percent, plural, usd

_Positive = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Stakes(BaseModel):
    """What is decided: the current route, the volume, what a move costs and how far ahead it counts.

    None is not known. `unit_name` is the workload's own ("resolved ticket"). `monthly_spend_usd` is what the calls
    of the current route cost at that volume, `price_decline_rate` by how much its prices fall in a year; the last
    three say whether it gets dearer, less reliable or worse.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    current_route: str | None = None
    accepted_units_per_month: _Positive | None = None
    horizon_months: Annotated[float, Field(gt=0)] = 12.0
    migration_usd: _Positive | None = None
    floor_rate: Annotated[float, Field(ge=0, le=1)] | None = None
    unit_name: str = "accepted result"
    monthly_spend_usd: _Positive | None = None
    has_evals: bool | None = None
    price_decline_rate: Annotated[float, Field(ge=0, le=1)] | None = None
    is_price_rising: bool | None = None
    is_reliability_falling: bool | None = None
    is_quality_falling: bool | None = None
    thresholds: Thresholds = Thresholds()


class Candidate(BaseModel):
    """One route of the workload.

    `checks` are those that bind: today's and those that come into force within the horizon.
    `fixed_usd_outside_lcpr` is what the route's mode costs a month beyond what its LCPR already holds (for a
    self-managed route the engineering floor less the running cost inside, `fixed_usd_inside_lcpr`); 0 for a route
    paid by the token.
    `has_people_cost`: what people cost on escalated units is in the LCPR, or none is.
    `months_of_service` is how long the route will still be served; None where no end is announced.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    cell: MatrixCell
    figures: LcprFigures | None = None
    checks: tuple[ConstraintCheck, ...] = ()
    screen: Screen | None = None
    acceptance_rate: Annotated[float, Field(ge=0, le=1)] | None = None
    escalation_rate: Annotated[float, Field(ge=0, le=1)] | None = None
    has_people_cost: bool = True
    fixed_usd_outside_lcpr: _Positive = 0.0
    fixed_usd_inside_lcpr: _Positive = 0.0
    months_of_service: _Positive | None = None

    @property
    def route(self) -> str:
        """The route's id."""
        return self.cell.route

    @property
    def commitment(self) -> int:
        """How committed its mode is; an undeclared mode counts as the least."""
        return self.cell.mode.commitment if self.cell.mode is not None else 0

    @property
    def fixed_words(self) -> str:
        """`$40,000 a month of fixed cost that its LCPR does not hold ($20,000 more are inside)`."""
        inside = self.fixed_usd_inside_lcpr
        more = f" ({usd(inside)} more are inside)" if inside else ""
        return f"{usd(self.fixed_usd_outside_lcpr)} a month of fixed cost that its LCPR does not hold{more}"

    @property
    def is_excluded(self) -> bool:
        """Whether a constraint or the screen eliminates it, whatever it costs."""
        is_failed = any(check.verdict is Verdict.FAIL for check in self.checks)
        return is_failed or self.cell.state in ("infeasible", "failed_screen")

    @property
    def lcpr_usd(self) -> float | None:
        """The LCPR to rank by: with unpriced calls at mean cost where that is known, else as measured."""
        filled = self.figures.filled_lcpr_usd if self.figures else None
        if self.cell.is_lower_bound and filled is not None:
            return filled
        return self.cell.lcpr_usd_per_accepted_unit

    @property
    def fill_ratio(self) -> float:
        """LCPR with its gaps filled / LCPR as measured; 1 where nothing is filled."""
        measured = self.cell.lcpr_usd_per_accepted_unit
        return self.lcpr_usd / measured if measured and self.lcpr_usd is not None else 1.0

    @property
    def unjudged_ratio(self) -> float:
        """LCPR as measured / LCPR if every unit without a verdict were accepted; 1 where none lacks one."""
        measured = self.cell.lcpr_usd_per_accepted_unit
        least = self.figures.if_all_accepted_usd if self.figures else None
        return measured / least if measured and least else 1.0

    def cost(self, lcpr_usd: float) -> RouteCost:
        """LCPR and acceptance, for a saving; an acceptance of 0 counts as not known."""
        return RouteCost(lcpr_usd=lcpr_usd, acceptance_rate=self.acceptance_rate or None)


class Obstacle(BaseModel):
    """Why a route cannot be recommended now, and what would answer it.

    `excluded` eliminates; `open` is a question that measuring or declaring answers; `dearer` is an answer.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["excluded", "open", "dearer"]
    reason: str
    remedy: str


def own_obstacles(candidate: Candidate, *, has_floor: bool) -> Iterator[Obstacle]:
    """What stands in the way of a route by itself, before any other route is looked at."""
    if candidate.is_excluded:
        yield _exclusion(candidate)
        return
    for check in candidate.checks:
        if check.verdict is Verdict.UNKNOWN:
            yield Obstacle(kind="open", reason=check.reason, remedy=f"declare it: {check.short}")
    if candidate.cell.state == "unknown":
        yield Obstacle(kind="open", reason=candidate.cell.words, remedy="run it on some of the units")
    elif candidate.cell.state == "estimated":
        yield Obstacle(kind="open", reason="its cost is only estimated", remedy="measure it on some of the units")
    elif candidate.lcpr_usd is None:
        yield Obstacle(kind="open", reason=candidate.cell.reason, remedy="find what its calls cost")
    if has_floor:
        yield from _screen_obstacle(candidate)
    else:
        yield Obstacle(
            kind="open", reason="no quality floor is declared", remedy="declare unit.quality_floor_rate"
        )
    figures = candidate.figures
    is_unfilled = figures is None or figures.filled_lcpr_usd is None
    if candidate.cell.is_lower_bound and is_unfilled:
        calls = figures.unpriced_calls if figures else 0
        yield Obstacle(
            kind="open",
            reason=f"its cost is a lower bound: {plural(calls, 'call')} without a price",
            remedy="find what these calls cost",
        )


def pair_obstacles(
    candidate: Candidate, reference_route: Candidate, pairs: Sequence[RoutePair]
) -> Iterator[Obstacle]:
    """What stands in the way of calling the candidate cheaper than the reference route."""
    reference = reference_route.route
    pair = pair_of(reference, candidate.route, pairs)
    if pair is None or not pair.comparability.is_comparable:
        why = pair.comparability.reason if pair else "the two were not compared"
        known_remedy = pair.comparability.remedy if pair else ""
        yield Obstacle(
            kind="open",
            reason=f"not comparable with {reference}: {why}",
            remedy=known_remedy or f"run both on the same units, or assign units to {candidate.route} by chance",
        )
        return
    comparison = pair.comparison
    if comparison is None or comparison.high_ratio is None:
        why = comparison.reason if comparison else "no interval of the ratio"
        yield Obstacle(kind="open", reason=f"against {reference}: {why}", remedy="more units on both routes")
        return
    # Common tasks are compared where both have a verdict; else a missing one could turn the ratio either way.
    is_paired = pair.comparability.basis == "same_tasks"
    own_ratio, other_ratio = (
        (1.0, 1.0) if is_paired else (candidate.unjudged_ratio, reference_route.unjudged_ratio)
    )
    high_ratio = comparison.high_ratio * candidate.fill_ratio
    if comparison.verdict == "dearer":
        if (comparison.low_ratio or 0.0) < own_ratio:
            yield from unjudged_obstacle(candidate)
            return
        yield Obstacle(
            kind="dearer",
            reason=f"against {reference}: {comparison.reason}",
            remedy=f"a lower cost than {reference}",
        )
    elif high_ratio >= 1:
        yield Obstacle(
            kind="open",
            reason=f"against {reference}: {_not_surely_cheaper(comparison, candidate.fill_ratio)}",
            remedy="more units on both routes",
        )
    elif high_ratio * other_ratio >= 1:
        yield from unjudged_obstacle(reference_route)


def unjudged_obstacle(candidate: Candidate) -> Iterator[Obstacle]:
    """That the units of a route without a verdict could turn the comparison."""
    figures = candidate.figures
    if figures is None or figures.if_all_accepted_usd is None:
        return
    judged = f"{count(figures.decided_units)} of {plural(figures.units, 'unit')}"
    yield Obstacle(
        kind="open",
        reason=(
            f"only {judged} on {candidate.route} decided: between {usd(figures.if_all_accepted_usd)} and"
            f" {usd(figures.lcpr_usd_per_accepted_unit or 0.0)} there"
        ),
        remedy=f"verdicts for the others on {candidate.route}, or a random sample declared in eval.sample_rate",
    )


def _not_surely_cheaper(comparison: Comparison, fill_ratio: float) -> str:
    high = comparison.high_ratio
    if high is None or high >= 1:
        return comparison.reason
    return (
        f"up to {high:.3g} times the cost as measured, but up to {high * fill_ratio:.3g} times"
        " once its calls without a price count at the mean cost of the others"
    )


def pair_of(a: str, b: str, pairs: Sequence[RoutePair]) -> RoutePair | None:
    """What is known about b against a, turned round where it was recorded the other way."""
    for pair in pairs:
        if (pair.a, pair.b) == (a, b):
            return pair
        if (pair.a, pair.b) == (b, a):
            turned = pair.comparison.reversed() if pair.comparison else None
            said = pair.comparability
            if not said.is_comparable:
                said = said.model_copy(update={"reason": f"{pair.b} against {pair.a}: {said.reason}"})
            return RoutePair(a=a, b=b, comparability=said, comparison=turned)
    return None


def _exclusion(candidate: Candidate) -> Obstacle:
    failed = [check for check in candidate.checks if check.verdict is Verdict.FAIL]
    if failed:
        when = "" if failed[0].on is None else f" from {failed[0].on}"
        reason = f"{failed[0].short}{when} ({failed[0].reason})"
        return Obstacle(kind="excluded", reason=reason, remedy=f"a change in: {failed[0].reason}")
    if candidate.screen is not None:
        return _failed(candidate.screen)
    return Obstacle(kind="excluded", reason=candidate.cell.words, remedy=f"a change in: {candidate.cell.words}")


def _screen_obstacle(candidate: Candidate) -> Iterator[Obstacle]:
    result = candidate.screen
    if result is None or result.verdict == "no_data":
        yield Obstacle(kind="open", reason="not tested against the floor", remedy="screen 50-200 cases")
    elif result.verdict == "inconclusive":
        needed = result.further_cases
        remedy = f"{plural(needed, 'more case')}" if needed else f"over {count(2_000)} cases, or a tolerance"
        yield Obstacle(kind="open", reason=result.words, remedy=remedy)
    elif result.verdict == "fail":
        yield _failed(result)


def _failed(result: Screen) -> Obstacle:
    remedy = f"acceptance of {percent(result.floor_rate)} or more"
    return Obstacle(kind="excluded", reason=result.words, remedy=remedy)
