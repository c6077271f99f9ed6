"""The sentences of a recommendation: every line is a comparison or an arithmetic with its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from routefit.funnel.candidate import Candidate, Obstacle, Stakes, pair_of
from routefit.funnel.comparison import RoutePair
from routefit.funnel.review import Review, acceptance_rates
from routefit.funnel.verdict import Verdict
from routefit.funnel.words import count, percent, plural, usd, usd_exact


def cost_lines(
    chosen: Review, current: Candidate, current_lcpr_usd: float, stakes: Stakes, pairs: Sequence[RoutePair]
) -> Iterator[str]:
    """What both routes cost, how sure the difference is, and what to know about the target."""
    candidate, lcpr_usd = chosen.candidate, chosen.target_usd or 0.0
    less = f": {percent(1 - lcpr_usd / current_lcpr_usd)} less" if lcpr_usd < current_lcpr_usd else ""
    at_least = "at least " if current.cell.is_lower_bound else ""
    yield (
        f"{candidate.route} costs {usd(lcpr_usd)} per {stakes.unit_name},"
        f" {current.route} {at_least}{usd(current_lcpr_usd)}{less}"
    )
    pair = pair_of(current.route, candidate.route, pairs)
    if pair is not None and pair.comparison is not None and pair.comparability.is_comparable:
        yield f"{pair.comparison.reason} ({pair.comparability.reason})"
    if candidate.lcpr_usd is not None and lcpr_usd > candidate.lcpr_usd * (1 + 1e-9):
        yield (
            f"on all its units {candidate.route} costs {usd(candidate.lcpr_usd)}; the tasks that ran on both"
            " routes say more"
        )
    yield from caveats(candidate)


def caveats(candidate: Candidate) -> Iterator[str]:
    """What a reader must know of a route: filled prices, its screen, warnings."""
    figures, measured_usd = candidate.figures, candidate.cell.lcpr_usd_per_accepted_unit
    if candidate.cell.is_lower_bound and measured_usd is not None and figures is not None:
        if figures.filled_lcpr_usd is not None:
            yield (
                f"{candidate.route} has {plural(figures.unpriced_calls, 'call')} without a price; at the mean cost"
                f" of the others {usd(measured_usd)} becomes {usd(figures.filled_lcpr_usd)}"
            )
        else:
            yield f"{candidate.route} at {usd(measured_usd)} is a lower bound"
    if candidate.screen is not None and candidate.screen.verdict == "pass":
        small = f", only {candidate.screen.decided_cases} cases" if candidate.screen.is_small else ""
        yield f"{candidate.screen.words}{small}"
    for check in candidate.checks:
        if check.verdict is Verdict.WARN:
            yield f"{check.short} ({check.reason})"


def money_lines(chosen: Review, current: Candidate, current_lcpr_usd: float, stakes: Stakes) -> Iterator[str]:
    """The saving a month, the payback, and fixed costs that the saving must beat."""
    saving, volume = chosen.saving, stakes.accepted_units_per_month
    if saving is None or volume is None:
        return
    target_usd = chosen.target_usd or 0.0
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
        yield f"{total} a month > {chosen.candidate.fixed_words}"


def passed_over(chosen: Review, rest: Sequence[Review]) -> Iterator[str]:
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


def is_no_news(reviewed: Review) -> bool:
    """Whether it is an excluded route without traces: nothing was hoped of it."""
    return reviewed.candidate.is_excluded and reviewed.candidate.figures is None


def cheaper_but(rest: Sequence[Review], than_usd: float) -> Iterator[str]:
    """Routes with a lower LCPR, with the first reason why they are not the answer."""
    for other in sorted(rest, key=lambda r: r.rank):
        shown_usd = other.candidate.cell.lcpr_usd_per_accepted_unit
        if shown_usd is not None and shown_usd < than_usd and other.obstacles and not is_no_news(other):
            yield f"{other.candidate.route} shows {usd(shown_usd)} but: {decisive(other).reason}"


def flip_points(chosen: Review, current: Candidate, current_lcpr_usd: float, stakes: Stakes) -> Iterator[str]:
    """The figures at which a move would stop paying."""
    candidate = chosen.candidate
    if chosen.saving is not None and stakes.migration_usd is not None:
        most = chosen.saving.usd_per_month * stakes.horizon_months
        yield (f"a migration above {usd(most)}, the saving of {count(stakes.horizon_months)} months")
    if candidate.acceptance_rate and candidate.lcpr_usd and current_lcpr_usd > 0:
        least = candidate.acceptance_rate * candidate.lcpr_usd / current_lcpr_usd
        if stakes.floor_rate is not None and stakes.floor_rate > least:
            yield f"acceptance on {candidate.route} below the floor of {percent(stakes.floor_rate)}"
            return
        yield (
            f"acceptance on {candidate.route} below {percent(least)}, at the same cost per demanded"
            f" {stakes.unit_name}: then it costs more than {current.route}"
        )


def decisive(reviewed: Review) -> Obstacle:
    """The obstacle to name: one that eliminates before one of money before an open question."""
    order = ("excluded", "dearer", "open")
    return min(reviewed.obstacles, key=lambda o: order.index(o.kind))
