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

from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict

from routefit.errors import BadInputError
from routefit.funnel.candidate import Candidate, Obstacle, Stakes, own_obstacles, pair_obstacles, pair_of
from routefit.funnel.comparison import RoutePair
from routefit.funnel.review import Review, acceptance_rates, review
from routefit.funnel.verdict import Verdict
from routefit.funnel.words import count, percent, usd, usd_exact

_MOST_LINES = 5


class SetAside(BaseModel):
    """A route that was not recommended, and the first reason why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    route: str
    reason: str


class Recommendation(BaseModel):
    """`route` is where to move, what to measure, or (stay) the current route; None where there is none to name.

    `saving_usd_per_month` is that of the named route against the current one, before fixed costs outside its
    LCPR; None while not known, or when there is nothing to save against.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    action: Literal["move", "stay", "measure_first"]
    route: str | None
    why: tuple[str, ...]
    would_change: tuple[str, ...]
    saving_usd_per_month: float | None = None
    payback_months: float | None = None
    set_aside: tuple[SetAside, ...] = ()


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
    return _against_current(reviews, current, lcpr_usd, stakes, pairs)


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
        return Recommendation(
            action="stay",
            route=current.route,
            why=(
                _stay_line(reviews, current, current_lcpr_usd, stakes),
                *_cheaper_but(rest, current_lcpr_usd),
            ),
            would_change=tuple(_answers(rest))[:_MOST_LINES],
            saving_usd_per_month=0.0,
            set_aside=aside,
        )
    lines = [
        *_cost_lines(chosen, current, current_lcpr_usd, stakes, pairs),
        *_money_lines(chosen, current, current_lcpr_usd, stakes),
        *_passed_over(chosen, rest),
        *_cheaper_but(rest, chosen.candidate.lcpr_usd or 0.0),
    ]
    saving = chosen.saving.usd_per_month if chosen.saving else None
    if ready is not None:
        change = [*_flip_points(chosen, current, current_lcpr_usd, stakes), *_answers(rest, better_than=chosen)]
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
        SetAside(route=c.route, reason=_why_aside(c, own[c.route], stakes.unit_name))
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
            *_caveats(best),
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
        yield from pair_obstacles(best, other.route, pairs)
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


def _cost_lines(
    chosen: Review, current: Candidate, current_lcpr_usd: float, stakes: Stakes, pairs: Sequence[RoutePair]
) -> Iterator[str]:
    candidate, lcpr_usd = chosen.candidate, chosen.candidate.lcpr_usd or 0.0
    less = f": {percent(1 - lcpr_usd / current_lcpr_usd)} less" if lcpr_usd < current_lcpr_usd else ""
    at_least = "at least " if current.cell.is_lower_bound else ""
    yield (
        f"{candidate.route} costs {usd(lcpr_usd)} per {stakes.unit_name},"
        f" {current.route} {at_least}{usd(current_lcpr_usd)}{less}"
    )
    pair = pair_of(current.route, candidate.route, pairs)
    if pair is not None and pair.comparison is not None and pair.comparability.is_comparable:
        yield f"{pair.comparison.reason} ({pair.comparability.reason})"
    yield from _caveats(candidate)


def _caveats(candidate: Candidate) -> Iterator[str]:
    figures, measured_usd = candidate.figures, candidate.cell.lcpr_usd_per_accepted_unit
    if candidate.cell.is_lower_bound and measured_usd is not None and figures is not None:
        if figures.filled_lcpr_usd is not None:
            yield (
                f"{candidate.route} has {count(figures.unpriced_calls)} calls without a price; at the mean cost of"
                f" the others {usd(measured_usd)} becomes {usd(figures.filled_lcpr_usd)}"
            )
        else:
            yield f"{candidate.route} at {usd(measured_usd)} is a lower bound"
    if candidate.screen is not None and candidate.screen.verdict == "pass":
        small = f", only {candidate.screen.decided_cases} cases" if candidate.screen.is_small else ""
        yield f"{candidate.screen.words}{small}"
    for check in candidate.checks:
        if check.verdict is Verdict.WARN:
            yield f"{check.short} ({check.reason})"


def _money_lines(chosen: Review, current: Candidate, current_lcpr_usd: float, stakes: Stakes) -> Iterator[str]:
    saving, volume = chosen.saving, stakes.accepted_units_per_month
    if saving is None or volume is None:
        return
    target_usd = chosen.candidate.lcpr_usd or 0.0
    total = usd(saving.usd_per_month)
    if saving.demanded_units_per_month is None:
        yield (
            f"{count(volume)} accepted a month x"
            f" ({usd_exact(current_lcpr_usd)} - {usd_exact(target_usd)}) = {total} a month"
        )
    else:
        lost_usd = saving.elsewhere_usd_per_demanded_unit
        lost = f" - {usd_exact(lost_usd)} for what it does not accept" if lost_usd else ""
        yield (
            f"{count(round(saving.demanded_units_per_month))} demanded a month x"
            f" ({usd_exact(saving.current_usd_per_demanded_unit or 0.0)}"
            f" - {usd_exact(saving.target_usd_per_demanded_unit or 0.0)}{lost}) = {total} a month,"
            f" with {acceptance_rates(current, chosen.candidate)}"
        )
    if stakes.migration_usd is not None and chosen.payback_months is not None:
        sign = "<=" if chosen.payback_months <= stakes.horizon_months else ">"
        yield (
            f"{usd(stakes.migration_usd)} to migrate / {total} a month = {chosen.payback_months:.1f} months"
            f" {sign} horizon {count(stakes.horizon_months)} months"
        )
    fixed_usd = chosen.candidate.fixed_usd_outside_lcpr
    if fixed_usd and saving.usd_per_month > fixed_usd:
        yield f"{total} a month > {usd(fixed_usd)} a month of fixed cost that its LCPR does not hold"


def _passed_over(chosen: Review, rest: Sequence[Review]) -> Iterator[str]:
    """Routes that were ready and have a lower LCPR, but lose once fixed costs outside it are counted."""
    for other in rest:
        lcpr_usd, mine_usd = other.candidate.lcpr_usd, chosen.candidate.lcpr_usd
        if not other.is_ready or lcpr_usd is None or mine_usd is None or lcpr_usd >= mine_usd:
            continue
        if other.saving is None or other.net_usd_per_month is None or chosen.net_usd_per_month is None:
            continue
        sign = "=" if other.net_usd_per_month == chosen.net_usd_per_month else "<"
        yield (
            f"{other.candidate.route} at {usd(lcpr_usd)} saves {usd(other.saving.usd_per_month)} a month, less"
            f" {usd(other.candidate.fixed_usd_outside_lcpr)} of fixed cost that its LCPR does not hold"
            f" {sign} {usd(chosen.net_usd_per_month)} by {chosen.candidate.route}, which commits to less"
        )


def _cheaper_but(rest: Sequence[Review], than_usd: float) -> Iterator[str]:
    """Routes whose measured LCPR is lower, with the first reason why they are not the answer."""
    for other in sorted(rest, key=lambda r: r.rank):
        shown_usd = other.candidate.cell.lcpr_usd_per_accepted_unit
        if shown_usd is not None and shown_usd < than_usd and other.obstacles:
            yield f"{other.candidate.route} shows {usd(shown_usd)} but: {_decisive(other).reason}"


def _stay_line(reviews: Sequence[Review], current: Candidate, current_lcpr_usd: float, stakes: Stakes) -> str:
    cost = f"{usd(current_lcpr_usd)} per {stakes.unit_name}"
    usable = [r for r in reviews if not r.candidate.is_excluded]
    if not usable:
        return f"no other route is feasible: {current.route} stays at {cost}"
    known_usd = [r.candidate.lcpr_usd for r in usable if r.candidate.lcpr_usd is not None]
    if not known_usd:
        return f"no other feasible route has a known cost: {current.route} stays at {cost}"
    if min(known_usd) >= current_lcpr_usd:
        return f"{current.route} costs the least of the feasible routes: {cost}"
    return f"no route's advantage over {current.route} ({cost}) survives"


def _flip_points(chosen: Review, current: Candidate, current_lcpr_usd: float, stakes: Stakes) -> Iterator[str]:
    candidate = chosen.candidate
    if chosen.saving is not None and stakes.migration_usd is not None:
        most = chosen.saving.usd_per_month * stakes.horizon_months
        yield (
            f"a migration above {usd(most)} ({usd(chosen.saving.usd_per_month)} a month x"
            f" {count(stakes.horizon_months)} months)"
        )
    if candidate.acceptance_rate and candidate.lcpr_usd and current_lcpr_usd > 0:
        least = candidate.acceptance_rate * candidate.lcpr_usd / current_lcpr_usd
        yield (
            f"acceptance on {candidate.route} below {percent(least)}, at the same cost per demanded"
            f" {stakes.unit_name}: then it costs more than {current.route}"
        )


def _answers(rest: Sequence[Review], *, better_than: Review | None = None) -> Iterator[str]:
    """What would bring another route into play; with `better_than`, only routes that would save more."""
    for other in sorted(rest, key=lambda r: r.rank):
        if not other.obstacles:
            continue
        if better_than is not None and not (other.is_promising and other.rank < better_than.rank):
            continue
        yield f"{other.candidate.route}: {_decisive(other).remedy}"


def _decisive(reviewed: Review) -> Obstacle:
    """The obstacle to name: one that eliminates before one of money before an open question."""
    order = ("excluded", "dearer", "open")
    return min(reviewed.obstacles, key=lambda o: order.index(o.kind))


def _set_aside(rest: Sequence[Review], chosen: str) -> tuple[SetAside, ...]:
    return tuple(
        SetAside(
            route=r.candidate.route,
            reason=_decisive(r).reason if r.obstacles else f"saves less a month than {chosen}",
        )
        for r in rest
    )


def _why_aside(candidate: Candidate, obstacles: Sequence[Obstacle], unit_name: str) -> str:
    if obstacles:
        return obstacles[0].reason
    return f"costs more: {usd(candidate.lcpr_usd or 0.0)} per {unit_name}"
