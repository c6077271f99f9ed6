"""One candidate weighed against the current route: saving, payback, and everything that stands in the way.

Three tests of money, all on the monthly saving of section 7.1 of the domain:

    saving > 0
    saving - fixed cost outside the LCPR > 0         (commitment rule, for a more committed mode)
    migration / saving <= horizon                    (payback; and before the route is out of service)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import BaseModel, ConfigDict

from routefit.funnel.candidate import (
    Candidate,
    Obstacle,
    Stakes,
    own_obstacles,
    pair_obstacles,
    pair_of,
    unjudged_obstacle,
)
from routefit.funnel.comparison import RoutePair
from routefit.funnel.saving import Saving, monthly_saving, more_escalations_per_demanded_unit, payback_months
from routefit.funnel.stay_obstacles import stay_facts, stay_obstacles
from routefit.funnel.staying import StayConditions, stay_conditions
from routefit.funnel.words import count, usd


class Review(BaseModel):
    """A candidate with its saving against the current route and its obstacles; None is not known.

    `target_usd` is the LCPR that the saving is reckoned with: the candidate's, or, where the tasks that ran on
    both routes say that it is dearer, the current route's times the ratio on these. `conditions` are those for
    staying; None for a route that is excluded or of which no cost is known.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    candidate: Candidate
    target_usd: float | None
    saving: Saving | None
    net_usd_per_month: float | None
    payback_months: float | None
    obstacles: tuple[Obstacle, ...]
    conditions: StayConditions | None = None

    @property
    def is_ready(self) -> bool:
        """Nothing stands in the way."""
        return not self.obstacles

    @property
    def is_promising(self) -> bool:
        """It has a cost, only open questions stand in the way, and so far it does not fall short of the floor."""
        tested = self.candidate.screen
        falls_short = tested is not None and tested.rate is not None and tested.rate < tested.limit_rate
        has_cost = self.candidate.lcpr_usd is not None
        return has_cost and not falls_short and all(o.kind == "open" for o in self.obstacles)

    @property
    def rank(self) -> tuple[float, int, float, str]:
        """Ascending: the largest net saving first (the lowest LCPR while no volume is known), ties to the least
        committed mode."""
        lcpr_usd = self.candidate.lcpr_usd or 0.0
        worth = lcpr_usd if self.net_usd_per_month is None else -self.net_usd_per_month
        return worth, self.candidate.commitment, lcpr_usd, self.candidate.route


def review(
    candidate: Candidate, current: Candidate, current_lcpr_usd: float, stakes: Stakes, pairs: Sequence[RoutePair]
) -> Review:
    """The candidate against the current route."""
    obstacles = list(own_obstacles(candidate, has_floor=stakes.floor_rate is not None))
    saving = net = months = conditions = None
    lcpr_usd, volume = target_usd(candidate, current, current_lcpr_usd, pairs), stakes.accepted_units_per_month
    if lcpr_usd is not None:
        if volume is not None:
            saving = monthly_saving(
                current.cost(current_lcpr_usd), candidate.cost(lcpr_usd), accepted_units_per_month=volume
            )
            net = round(saving.usd_per_month - candidate.fixed_usd_outside_lcpr, 2)
            if stakes.migration_usd is not None:
                months = payback_months(stakes.migration_usd, saving.usd_per_month)
        if not candidate.is_excluded:
            obstacles.extend(_money(candidate, lcpr_usd, current, current_lcpr_usd, stakes, saving, months))
            if candidate.cell.state == "measured":
                obstacles.extend(pair_obstacles(candidate, current, pairs))
            obstacles.extend(_people(candidate, current, saving, volume))
            facts = stay_facts(candidate, stakes, saving, months)
            conditions = stay_conditions(facts, stakes.thresholds)
            if lcpr_usd < current_lcpr_usd:
                obstacles.extend(stay_obstacles(facts, stakes))
    return Review(
        candidate=candidate,
        target_usd=lcpr_usd,
        saving=saving,
        net_usd_per_month=net,
        payback_months=months,
        obstacles=tuple(obstacles),
        conditions=conditions,
    )


def target_usd(
    candidate: Candidate, current: Candidate, current_lcpr_usd: float, pairs: Sequence[RoutePair]
) -> float | None:
    """What an accepted unit of the workload would cost on the candidate, in USD; None is not known.

    Where the two routes share tasks, the rest of the candidate's units may have been easier: the ratio on the
    shared ones then says more than its own LCPR, and the dearer of both counts.
    """
    pair = pair_of(current.route, candidate.route, pairs)
    shares_tasks = pair is not None and pair.comparability.basis == "same_tasks"
    if candidate.lcpr_usd is None or pair is None or not shares_tasks or pair.comparison is None:
        return candidate.lcpr_usd
    if pair.comparison.ratio is None:
        return candidate.lcpr_usd
    return max(candidate.lcpr_usd, current_lcpr_usd * pair.comparison.ratio)


def _people(
    candidate: Candidate, current: Candidate, saving: Saving | None, volume: float | None
) -> Iterator[Obstacle]:
    """More escalations at a cost that nobody declared could eat the saving."""
    new_rate, old_rate = candidate.escalation_rate, current.escalation_rate
    if new_rate is None or old_rate is None or new_rate <= old_rate:
        return
    if candidate.has_people_cost and current.has_people_cost:
        return
    vanishes = ""
    if saving is not None and volume and saving.usd_per_month > 0:
        rates = current.acceptance_rate, candidate.acceptance_rate
        demanded = saving.demanded_units_per_month or volume / (1.0 if None in rates else rates[0] or 1.0)
        more = demanded * more_escalations_per_demanded_unit(old_rate, new_rate, *rates)
        vanishes = f"; the saving vanishes at {usd(saving.usd_per_month / more)} a case"
    yield Obstacle(
        kind="open",
        reason=(
            f"escalations {new_rate:.1%} > {old_rate:.1%} on {current.route}, and what one costs is not declared"
            f"{vanishes}"
        ),
        remedy="declare human.usd_per_escalation",
    )


def _money(
    candidate: Candidate,
    lcpr_usd: float,
    current: Candidate,
    current_lcpr_usd: float,
    stakes: Stakes,
    saving: Saving | None,
    months: float | None,
) -> Iterator[Obstacle]:
    unit = stakes.unit_name
    measured_usd = candidate.cell.lcpr_usd_per_accepted_unit
    if measured_usd is not None and measured_usd < current_lcpr_usd <= lcpr_usd:
        yield Obstacle(
            kind="open",
            reason=(
                f"{usd(measured_usd)} per {unit} holds only while its calls without a price count as nothing: at"
                f" the mean cost of the others it is {usd(lcpr_usd)} >= {usd(current_lcpr_usd)} on {current.route}"
            ),
            remedy="find what these calls cost",
        )
        return
    if lcpr_usd >= current_lcpr_usd > lcpr_usd / candidate.unjudged_ratio:
        yield from unjudged_obstacle(candidate)
        return
    if lcpr_usd >= current_lcpr_usd:
        yield Obstacle(
            kind="dearer",
            reason=f"{usd(lcpr_usd)} per {unit} >= {usd(current_lcpr_usd)} on {current.route}",
            remedy=f"a cost below {usd(current_lcpr_usd)} per {unit}",
        )
        return
    if saving is None:
        yield Obstacle(
            kind="open",
            reason="how much of the work comes a month is not known",
            remedy="declare demand.units_per_month",
        )
        return
    if saving.usd_per_month <= 0:
        yield Obstacle(
            kind="dearer",
            reason=f"at {acceptance_rates(current, candidate)} the saving is {usd(saving.usd_per_month)} a month",
            remedy=f"a lower cost per demanded {unit}",
        )
        return
    yield from _commitment(candidate, lcpr_usd, current, current_lcpr_usd, saving)
    yield from _payback(candidate, stakes, saving, months)


def _commitment(
    candidate: Candidate, lcpr_usd: float, current: Candidate, current_lcpr_usd: float, saving: Saving
) -> Iterator[Obstacle]:
    fixed_usd = candidate.fixed_usd_outside_lcpr
    if candidate.commitment <= current.commitment or saving.usd_per_month > fixed_usd:
        return
    needed = fixed_usd / (current_lcpr_usd - lcpr_usd)
    yield Obstacle(
        kind="dearer",
        reason=(f"saves {usd(saving.usd_per_month)} a month <= {candidate.fixed_words}"),
        remedy=f"more than {count(round(needed))} accepted a month",
    )


def _payback(candidate: Candidate, stakes: Stakes, saving: Saving, months: float | None) -> Iterator[Obstacle]:
    if stakes.migration_usd is None or months is None:
        yield Obstacle(
            kind="open", reason="what the migration costs is not known", remedy="declare planning.migration_usd"
        )
        return
    if months > stakes.horizon_months:
        most = saving.usd_per_month * stakes.horizon_months
        yield Obstacle(
            kind="dearer",
            reason=(
                f"{usd(stakes.migration_usd)} to migrate / {usd(saving.usd_per_month)} a month"
                f" = {months:.1f} months > horizon {count(stakes.horizon_months)} months"
            ),
            remedy=f"a migration of {usd(most)} or less",
        )
        return
    left = candidate.months_of_service
    if left is not None and months >= left:
        yield Obstacle(
            kind="dearer",
            reason=f"pays back in {months:.1f} months, and is out of service in {left:.1f}",
            remedy=f"a migration below {usd(saving.usd_per_month * left)}, or a successor of {candidate.route}",
        )


def acceptance_rates(current: Candidate, target: Candidate) -> str:
    """The two acceptance rates in words."""
    shown = ["unknown" if c.acceptance_rate is None else f"{c.acceptance_rate:.1%}" for c in (current, target)]
    return f"acceptance {shown[0]} on {current.route} and {shown[1]} on {target.route}"
