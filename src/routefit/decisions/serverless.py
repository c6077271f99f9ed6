"""Whether a move to an open model on a serverless endpoint pays, with the token-price gap beside the LCPR gap.

    saving, payback, net       those of `payback`, with people in both LCPRs (`people_terms`)
    break-even pass rate       = (c + h) / (LCPR_current + h)          None: never, c is above the current LCPR
    break-even escalation USD  where the saving vanishes (`people_terms`)

c is what a demanded unit costs on the target without the cost of failures (LCPR_target x a_target, less the people
that it holds), h the cost of one failure; while h is not known the pass rate is that of h = 0, and a lower bound.
Units accepted at the first attempt, repaired ones and escalated ones are parts of all units: together they may
exceed 1 by half a point, which rounding explains, and no more.
Decision: as `payback`; also stay where the target's acceptance is below the floor.
Source: field guide, chapter 17 (section 10 of the domain: the saving is 24.4%, not "about 22%"; the shares are
1.0011; the LCPR cannot hold escalations at 2.40 USD); section 7.2 of the domain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from routefit.decisions.calculator import NetUsdOver, Point, Values
from routefit.decisions.decision import Figures, Naive
from routefit.decisions.given import Input
from routefit.decisions.move_terms import move_terms
from routefit.decisions.move_value import drawn_payback_months, net_usd_over_horizon
from routefit.decisions.payback import (
    PaybackFigures,
    monthly_spend_usd,
    move_conditions,
    move_decision,
    move_figures,
    move_warnings,
    payback_naive,
    refuse_one_rate,
    unused_plan,
)
from routefit.decisions.people_terms import (
    EscalationBreakEven,
    escalation_break_even,
    escalations_per_accepted_unit,
    refuse_too_many_people,
    with_people,
)
from routefit.decisions.serverless_inputs import INPUTS, SIDES
from routefit.decisions.token_gap import token_gap_ratio, token_usd_per_unit
from routefit.decisions.uncertainty import Arrays
from routefit.errors import BadInputError
from routefit.funnel.staying import StayConditions
from routefit.funnel.words import percents_apart

MOST_SHARES = 1.005
"""Beyond this, rounding no longer explains that the parts of all units exceed them."""


class BeforeAfter(Figures):
    """One figure on the current route and on the target, in the unit that its name ends in; None is not known."""

    figure: str
    before: float | None
    after: float | None


class ServerlessFigures(PaybackFigures):
    """A move in figures, with what the price lists say and what would make the saving vanish.

    `token_cost_gap_ratio` is the token-price gap with both routes' cache hits. `failure_usd` None: not known.
    `is_pass_rate_at_least`: the break-even pass rate is a lower bound, for a failure costs something.
    `break_even_escalation_usd` = `escalation_today_usd` + `saving_usd_per_accepted_unit` /
    `more_escalations_per_accepted_unit`.
    """

    token_price_gap_ratio: float | None
    token_cost_gap_ratio: float | None
    current_token_usd_per_unit: float | None
    target_token_usd_per_unit: float | None
    break_even_pass_rate: float | None
    is_pass_rate_at_least: bool
    target_pass_rate: float | None
    floor_rate: float | None
    failure_usd: float | None
    break_even_escalation_usd: float | None
    escalation_today_usd: float | None
    saving_usd_per_accepted_unit: float | None
    more_escalations_per_accepted_unit: float | None
    before_after: tuple[BeforeAfter, ...]


class ServerlessNaive(Naive):
    """The token-price gap, taken for the saving."""

    token_price_gap_ratio: float | None
    saving_usd_per_month: float
    net_usd_over_horizon: float


class Serverless:
    """Move to the serverless open route, or stay on the current one."""

    kind: str = "serverless"
    actions: tuple[str, ...] = ("stay", "move")
    has_staying: bool = True
    net_usd_over: NetUsdOver = "horizon"

    @property
    def inputs(self) -> tuple[Input, ...]:
        """All inputs."""
        return INPUTS

    def unused(self, values: Values) -> frozenset[str]:
        """What a move does not look at, and what LCPRs hold for an escalation where no failure has a cost."""
        names = set(unused_plan(values))
        if values["failure_usd"] is None and not values["people_in_lcpr_usd"]:
            names.add("people_in_lcpr_usd")
        return frozenset(names)

    def point(self, values: Values) -> Point:
        """The figures of a move."""
        refuse_one_rate(values)
        refuse_too_many_people(values)
        loaded = with_people(values)
        terms = move_terms(loaded)
        conditions = _with_floor(values, move_conditions(loaded, terms))
        result = ServerlessFigures(
            **move_figures(loaded, terms, conditions),
            **_own_figures(values, loaded, escalation_break_even(values)),
        )
        warnings = (*_warnings(values), *move_warnings(loaded, terms, conditions))
        return Point(result=result, naive=_naive(values, result.token_price_gap_ratio), warnings=warnings)

    def net_usd(self, values: Arrays) -> Mapping[str, Any]:
        """Net USD of the move over the horizon."""
        loaded = with_people(values)
        return {"move": net_usd_over_horizon(loaded, move_terms(loaded))}

    def outcomes(self, values: Arrays) -> Mapping[str, Any]:
        """Months until the move has paid for itself; infinite for never."""
        loaded = with_people(values)
        return {"payback_months": drawn_payback_months(loaded, move_terms(loaded))}

    def decision(self, best: str, point: Point) -> str:
        """As a payback."""
        return move_decision(best, point.result)


def break_even_pass_rate(values: Values) -> float | None:
    """(c + h) / (LCPR_current + h); None where c is not known, or above the current LCPR: never."""
    accepted, escalated = values["target_acceptance_rate"], values["target_escalation_rate"]
    if accepted is None:
        return None
    inside = values["people_in_lcpr_usd"] * escalated if escalated is not None else 0.0
    without_failures = max(0.0, values["target_lcpr_usd"] * accepted - inside)
    failure = values["failure_usd"]
    h = float(values["people_in_lcpr_usd"] if failure is None else failure)
    rate = (without_failures + h) / (float(with_people(values)["current_lcpr_usd"]) + h)
    return rate if rate <= 1 else None


def _own_figures(values: Values, loaded: Values, found: EscalationBreakEven | None) -> dict[str, Any]:
    return {
        "token_price_gap_ratio": token_gap_ratio(values, is_cached=False),
        "token_cost_gap_ratio": token_gap_ratio(values, is_cached=True),
        "current_token_usd_per_unit": token_usd_per_unit(values, "current", is_cached=False),
        "target_token_usd_per_unit": token_usd_per_unit(values, "target", is_cached=False),
        "break_even_pass_rate": break_even_pass_rate(values),
        "is_pass_rate_at_least": values["failure_usd"] is None and not values["people_in_lcpr_usd"],
        "target_pass_rate": values["target_acceptance_rate"],
        "floor_rate": values["floor_rate"],
        "failure_usd": values["failure_usd"],
        "break_even_escalation_usd": found.break_even_usd if found else None,
        "escalation_today_usd": found.today_usd if found else None,
        "saving_usd_per_accepted_unit": found.saving_usd_per_accepted_unit if found else None,
        "more_escalations_per_accepted_unit": found.more_escalations_per_accepted_unit if found else None,
        "before_after": tuple(_before_after(values, loaded)),
    }


def _before_after(values: Values, loaded: Values) -> Iterator[BeforeAfter]:
    def row(figure: str, before: Any, after: Any) -> BeforeAfter:
        plain = [None if one is None else float(one) for one in (before, after)]
        return BeforeAfter(figure=figure, before=plain[0], after=plain[1])

    names = {
        "cache_hit_rate": "cache_hit_rate",
        "pass_rate": "acceptance_rate",
        "first_pass_rate": "first_pass_rate",
        "repair_rate": "repair_rate",
        "repair_success_rate": "repair_success_rate",
        "escalation_rate": "escalation_rate",
    }
    for figure, name in names.items():
        yield row(figure, *(values[f"{side}_{name}"] for side in SIDES))
    people = [_people_usd(values, side) for side in SIDES]
    yield row("people_usd_per_accepted_unit", *people)
    yield row("lcpr_usd_per_accepted_unit", *(loaded[f"{side}_lcpr_usd"] for side in SIDES))


def _people_usd(values: Values, side: str) -> float | None:
    """What people cost per accepted unit."""
    each = escalations_per_accepted_unit(values, side)
    failure = values["people_in_lcpr_usd"] or None if values["failure_usd"] is None else values["failure_usd"]
    return None if each is None or failure is None else float(failure * each)


def _with_floor(values: Values, conditions: StayConditions) -> StayConditions:
    """The conditions with the quality floor among them; without a floor it is none."""
    floor, accepted = values["floor_rate"], values["target_acceptance_rate"]
    if floor is None:
        return conditions
    if accepted is None:
        unknown = (*conditions.unknown_conditions, "whether the target reaches the floor")
        return conditions.model_copy(update={"unknown_conditions": unknown})
    if accepted >= floor:
        return conditions
    shown, limit = percents_apart(accepted, floor)
    reasons = (*conditions.stay_reasons, f"the target passes {shown} < floor of {limit}")
    return conditions.model_copy(update={"stay_reasons": reasons})


def _warnings(values: Values) -> Iterator[str]:
    for side in SIDES:
        yield from _shares_warning(values, side)
    failure = values["failure_usd"]
    rates = [values[f"{side}_escalation_rate"] for side in SIDES]
    if failure and any(escalations_per_accepted_unit(values, side) is None for side in SIDES):
        yield "what failures cost is not in the saving: escalation and acceptance rates of both routes are needed"
    if failure is None and not values["people_in_lcpr_usd"] and any(rates):
        yield "people cost nothing here: what an escalation costs is not known (--failure-usd)"


def _shares_warning(values: Values, side: str) -> Iterator[str]:
    """What first passes, repaired and escalated units come to, where that is more than all; beyond it an error."""
    first = values[f"{side}_first_pass_rate"]
    first = values[f"{side}_acceptance_rate"] if first is None else first
    repair, success = values[f"{side}_repair_rate"], values[f"{side}_repair_success_rate"]
    escalated = values[f"{side}_escalation_rate"]
    if first is None or repair is None or success is None or escalated is None:
        return
    shares = first + repair * success + escalated
    said = (
        f"{side}: {first:g} at once + {repair:g} x {success:g} repaired + {escalated:g} escalated = {shares:.4f}"
    )
    if shares > MOST_SHARES:
        raise BadInputError(
            f"{said} of all units, expected at most 1",
            next_step=f"where the acceptance rate holds repaired units: --set {side}_first_pass_rate=RATE",
        )
    if shares > 1 + 1e-9:
        yield f"{said} of all units: more than all, by rounding"


def _naive(values: Values, gap_ratio: float | None) -> ServerlessNaive:
    """The token-price gap on the whole bill; without prices the gap of the LCPRs, as in a payback."""
    if gap_ratio is None:
        plain = payback_naive(values)
        return ServerlessNaive(token_price_gap_ratio=None, **plain.model_dump())
    spend = monthly_spend_usd(values)
    if spend is None:
        spend = float(move_terms(values).current_usd_per_month)
    saving = gap_ratio * spend
    return ServerlessNaive(
        decision="move" if saving > 0 else "stay",
        why="takes the gap of the token prices for the saving: no cache, repairs, escalations, and no move to pay",
        token_price_gap_ratio=gap_ratio,
        saving_usd_per_month=saving,
        net_usd_over_horizon=saving * values["horizon_months"],
    )
