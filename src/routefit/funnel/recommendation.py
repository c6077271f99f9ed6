"""Which route to use: move, stay, or measure first; with the arithmetic and what would change it.

The recommended route is the one with the largest monthly saving, net of fixed costs outside its LCPR (ties go to
the less committed mode), among those that are measured, feasible today and within the horizon, above the floor,
without an unknown constraint, comparable with the current route, and cheaper beyond the interval of the ratio,
the migration's payback and the commitment rule. A route that fails on nothing but open questions, and promises
a saving, makes it `measure_first`; else it is `stay`.

A current route that is itself infeasible or fails the screen cannot be stayed on; then, and where no current
route is declared, the candidates are ranked among themselves, and one that is clearly the cheapest is a `move`.
Source: field guide, chapters 15-17; section 6 of the domain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict

from routefit.errors import BadInputError
from routefit.funnel.candidate import Candidate, Obstacle, Stakes, own_obstacles, pair_obstacles
from routefit.funnel.comparison import RoutePair
from routefit.funnel.reasons import (
    caveats,
    cheaper_but,
    cost_lines,
    decisive,
    flip_points,
    is_no_news,
    money_lines,
    passed_over,
)
from routefit.funnel.review import Review, review
from routefit.funnel.verdict import Verdict
from routefit.funnel.words import plural, usd

_MOST_LINES = 5


class SetAside(BaseModel):
    """A route that was not recommended, and the first reason why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    route: str
    reason: str


class Measurement(BaseModel):
    """What to measure before deciding, what it is worth in USD over the horizon, and the command that shows it.

    `worth_usd` None is not known; `is_at_most` where nothing but the move itself bounds it. `input` is the one of
    the payback decision that it would tell; None where another question comes first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    what: str
    worth_usd: float | None
    over_months: float
    is_at_most: bool = False
    input: str | None = None
    command: str | None = None


class Recommendation(BaseModel):
    """`route` is where to move, what to measure, or (stay) the current route; None where there is none to name.

    `saving_usd_per_month` is that of the named route against the current one, before fixed costs outside its
    LCPR; None while not known, or when there is nothing to save against. `stay_reasons`, `push_reasons` and
    `unknown_conditions` are those of chapter 16 for that route, or (stay) for the best of the others. `measure` is
    what a `measure_first` would measure.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    action: Literal["move", "stay", "measure_first"]
    route: str | None
    why: tuple[str, ...]
    would_change: tuple[str, ...]
    saving_usd_per_month: float | None = None
    payback_months: float | None = None
    set_aside: tuple[SetAside, ...] = ()
    stay_reasons: tuple[str, ...] = ()
    push_reasons: tuple[str, ...] = ()
    unknown_conditions: tuple[str, ...] = ()
    measure: Measurement | None = None


def recommend(
    candidates: Sequence[Candidate], stakes: Stakes, *, pairs: Sequence[RoutePair] = ()
) -> Recommendation:
    """The recommendation for one workload; `candidates` holds the current route too.

    Raises BadInputError when a route appears twice.
    """
    routes = [candidate.route for candidate in candidates]
    if len(set(routes)) < len(routes):
        raise BadInputError(f"a route appears twice among the candidates: {sorted(routes)}")
    current = next((c for c in candidates if c.route == stakes.current_route), None)
    others = [c for c in candidates if c is not current]
    if current is None:
        named = stakes.current_route
        note = f"nothing is known of the current route {named}" if named else "no current route is declared"
        return _among_themselves(others, stakes, pairs, note)
    barred = _barred(current, stakes)
    if barred is not None:
        return _among_themselves(others, stakes, pairs, f"{current.route} cannot be stayed on: {barred.reason}")
    lcpr_usd = current.cell.lcpr_usd_per_accepted_unit
    if lcpr_usd is None:
        return Recommendation(
            action="measure_first",
            route=current.route,
            why=(f"what {current.route} costs per {stakes.unit_name} is not known: {current.cell.reason}",),
            would_change=(f"a cost per {stakes.unit_name} of {current.route}",),
        )
    reviews = [review(c, current, lcpr_usd, stakes, pairs) for c in others]
    advice = _against_current(reviews, current, lcpr_usd, stakes, pairs)
    return _with_conditions(advice, reviews)


def _with_conditions(advice: Recommendation, reviews: Sequence[Review]) -> Recommendation:
    """The conditions for staying: those of the named route, else of the one that would save most."""
    ranked = sorted(reviews, key=lambda r: (r.candidate.route != advice.route, r.rank))
    conditions = next((r.conditions for r in ranked if r.conditions is not None), None)
    return advice if conditions is None else advice.model_copy(update=dict(conditions))


def _against_current(
    reviews: Sequence[Review],
    current: Candidate,
    current_lcpr_usd: float,
    stakes: Stakes,
    pairs: Sequence[RoutePair],
) -> Recommendation:
    ready = min((r for r in reviews if r.is_ready), key=lambda r: r.rank, default=None)
    promising = min((r for r in reviews if r.is_promising), key=lambda r: r.rank, default=None)
    chosen = ready or promising
    rest = [r for r in reviews if r is not chosen]
    aside = _set_aside(rest, chosen.candidate.route if chosen else current.route)
    if chosen is None:
        doubt = _current_in_doubt(reviews, current, current_lcpr_usd, stakes)
        if doubt is not None:
            return doubt.model_copy(update={"set_aside": aside})
        return Recommendation(
            action="stay",
            route=current.route,
            why=(
                _stay_line(reviews, current, current_lcpr_usd, stakes),
                *cheaper_but(rest, current_lcpr_usd),
            ),
            would_change=tuple(_answers(rest))[:_MOST_LINES],
            saving_usd_per_month=0.0,
            set_aside=aside,
        )
    lines = [
        *cost_lines(chosen, current, current_lcpr_usd, stakes, pairs),
        *money_lines(chosen, current, current_lcpr_usd, stakes),
        *passed_over(chosen, rest),
        *cheaper_but(rest, chosen.candidate.lcpr_usd or 0.0),
    ]
    saving = chosen.saving.usd_per_month if chosen.saving else None
    if ready is not None:
        change = [*flip_points(chosen, current, current_lcpr_usd, stakes), *_answers(rest, better_than=chosen)]
        return Recommendation(
            action="move",
            route=chosen.candidate.route,
            why=tuple(lines),
            would_change=tuple(change)[:_MOST_LINES],
            saving_usd_per_month=saving,
            payback_months=chosen.payback_months,
            set_aside=aside,
        )
    open_questions = [f"{chosen.candidate.route}: {o.reason}" for o in chosen.obstacles]
    change = [f"{chosen.candidate.route}: {o.remedy}" for o in chosen.obstacles]
    return Recommendation(
        action="measure_first",
        route=chosen.candidate.route,
        why=(*open_questions, *lines),
        would_change=(*dict.fromkeys(change), *_answers(rest))[:_MOST_LINES],
        saving_usd_per_month=saving,
        payback_months=chosen.payback_months,
        set_aside=aside,
    )


def _current_in_doubt(
    reviews: Sequence[Review], current: Candidate, current_lcpr_usd: float, stakes: Stakes
) -> Recommendation | None:
    """Measure the current route first, where it leads only because its unpriced calls count as nothing."""
    filled_usd = current.lcpr_usd
    if not current.cell.is_lower_bound or current.figures is None or filled_usd is None:
        return None
    known = [
        (r.candidate.lcpr_usd, r.candidate.route)
        for r in reviews
        if r.candidate.lcpr_usd is not None and not r.candidate.is_excluded
    ]
    least = min((one for one in known if current_lcpr_usd <= one[0] < filled_usd), default=None)
    if least is None:
        return None
    calls = plural(current.figures.unpriced_calls, "call")
    return Recommendation(
        action="measure_first",
        route=current.route,
        why=(
            f"{current.route} costs at least {usd(current_lcpr_usd)} per {stakes.unit_name}: {calls} without a"
            f" price count as nothing; at the mean cost of the others it is {usd(filled_usd)}",
            f"{least[1]} costs {usd(least[0])}",
        ),
        would_change=(f"{current.route}: find what these calls cost",),
    )


def _among_themselves(
    candidates: Sequence[Candidate], stakes: Stakes, pairs: Sequence[RoutePair], note: str
) -> Recommendation:
    has_floor = stakes.floor_rate is not None
    ranked = sorted(
        (c for c in candidates if not c.is_excluded and c.lcpr_usd is not None),
        key=lambda c: _monthly_rank(c, stakes),
    )
    own = {c.route: tuple(own_obstacles(c, has_floor=has_floor)) for c in candidates}
    if not ranked:
        return Recommendation(
            action="measure_first",
            route=None,
            why=(note, "no other route is feasible and has a cost"),
            would_change=tuple(f"{route}: {o[0].remedy}" for route, o in own.items() if o)[:_MOST_LINES],
            set_aside=tuple(SetAside(route=route, reason=o[0].reason) for route, o in own.items() if o),
        )
    best, *rest = ranked
    obstacles = [*own[best.route], *_against_rest(best, rest, stakes, pairs)]
    lcpr_usd = best.lcpr_usd or 0.0
    aside = tuple(
        SetAside(route=c.route, reason=_why_aside(c, own[c.route], lcpr_usd, stakes.unit_name))
        for c in candidates
        if c is not best
    )
    cheaper = [
        f"{c.route} shows {usd(c.cell.lcpr_usd_per_accepted_unit)} but: {own[c.route][0].reason}"
        for c in candidates
        if c is not best
        and own[c.route]
        and c.cell.lcpr_usd_per_accepted_unit is not None
        and c.cell.lcpr_usd_per_accepted_unit < lcpr_usd
    ]
    return Recommendation(
        action="measure_first" if obstacles else "move",
        route=best.route,
        why=(
            note,
            f"{best.route} costs the least: {usd(lcpr_usd)} per {stakes.unit_name}",
            *(f"{best.route}: {o.reason}" for o in obstacles),
            *(_first_without_questions(rest, own, stakes.unit_name) if obstacles else ()),
            *caveats(best),
            *cheaper,
        ),
        would_change=tuple(dict.fromkeys(f"{best.route}: {o.remedy}" for o in obstacles))[:_MOST_LINES],
        set_aside=aside,
    )


def _against_rest(
    best: Candidate, rest: Sequence[Candidate], stakes: Stakes, pairs: Sequence[RoutePair]
) -> Iterator[Obstacle]:
    for other in rest:
        if other.cell.state == "estimated" or (other.lcpr_usd or 0.0) < (best.lcpr_usd or 0.0):
            continue
        yield from pair_obstacles(best, other, pairs)
    if stakes.accepted_units_per_month is None and any(c.fixed_usd_outside_lcpr for c in (best, *rest)):
        yield Obstacle(
            kind="open",
            reason="how much of the work comes a month is not known, so fixed costs cannot be weighed",
            remedy="declare demand.units_per_month",
        )


def _monthly_rank(candidate: Candidate, stakes: Stakes) -> tuple[float, int, str]:
    lcpr_usd = candidate.lcpr_usd or 0.0
    volume = stakes.accepted_units_per_month
    if volume is None:
        return lcpr_usd, candidate.commitment, candidate.route
    total_usd = round(lcpr_usd * volume + candidate.fixed_usd_outside_lcpr, 2)
    return total_usd, candidate.commitment, candidate.route


def _barred(current: Candidate, stakes: Stakes) -> Obstacle | None:
    obstacles = own_obstacles(current, has_floor=stakes.floor_rate is not None)
    return next((o for o in obstacles if o.kind == "excluded"), None)


def _stay_line(reviews: Sequence[Review], current: Candidate, current_lcpr_usd: float, stakes: Stakes) -> str:
    at_least = "at least " if current.cell.is_lower_bound else ""
    cost = f"{at_least}{usd(current_lcpr_usd)} per {stakes.unit_name}"
    usable = [r for r in reviews if not r.candidate.is_excluded]
    if not usable:
        may_serve = any(not any(check.verdict is Verdict.FAIL for check in r.candidate.checks) for r in reviews)
        why = "no other route that may serve it passes its test" if may_serve else "no other route is feasible"
        return f"{why}: {current.route} stays at {cost}"
    known_usd = [r.candidate.lcpr_usd for r in usable if r.candidate.lcpr_usd is not None]
    if not known_usd:
        return f"no other feasible route has a known cost: {current.route} stays at {cost}"
    if min(known_usd) >= current_lcpr_usd:
        return f"{current.route} costs the least of the feasible routes: {cost}"
    return f"no route's advantage over {current.route} ({cost}) survives"


def _answers(rest: Sequence[Review], *, better_than: Review | None = None) -> Iterator[str]:
    """What would bring another route into play; with `better_than`, only routes that would save more."""
    for other in sorted(rest, key=lambda r: r.rank):
        if not other.obstacles or is_no_news(other):
            continue
        if better_than is not None and not (other.is_promising and other.rank < better_than.rank):
            continue
        yield f"{other.candidate.route}: {decisive(other).remedy}"


def _set_aside(rest: Sequence[Review], chosen: str) -> tuple[SetAside, ...]:
    return tuple(
        SetAside(
            route=r.candidate.route,
            reason=decisive(r).reason if r.obstacles else f"saves less a month than {chosen}",
        )
        for r in rest
    )


def _why_aside(candidate: Candidate, obstacles: Sequence[Obstacle], best_usd: float, unit_name: str) -> str:
    excluded = next((o.reason for o in obstacles if o.kind == "excluded"), None)
    if excluded is not None:
        return excluded
    if candidate.lcpr_usd is not None and candidate.lcpr_usd >= best_usd:
        return f"costs more: {usd(candidate.lcpr_usd)} per {unit_name}"
    return obstacles[0].reason if obstacles else "costs more once fixed costs outside its LCPR count"


def _first_without_questions(
    rest: Sequence[Candidate], own: Mapping[str, Sequence[Obstacle]], unit_name: str
) -> Iterator[str]:
    free = next((c for c in rest if not own[c.route]), None)
    if free is not None:
        yield f"{free.route} is the cheapest without an open question: {usd(free.lcpr_usd or 0.0)} per {unit_name}"
