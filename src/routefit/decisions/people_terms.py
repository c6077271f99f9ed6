"""People in the cost of a move: what an escalation adds, and at which cost of one the saving vanishes.

    LCPR with people = LCPR as given + (f - i) x e / a
    break-even of an escalation = f + saving / (D x dE)

f USD a failure costs, i what both LCPRs hold for one already, e escalated units per demanded one, a acceptance,
D demanded units a month, dE by how much the saving per demanded unit falls for each USD that an escalation
costs more. With acceptance on the target no higher and the default shortfall

    break-even = f + (LCPR_current - LCPR_target) / (e_target / a_target - e_current / a_current)

Where the target escalates less, a dearer escalation speaks for it: the break-even is then where saving begins.
Source: section 7.2 of the domain; field guide, chapter 17 (section 10: an LCPR of 0.041 USD cannot hold 0.031
escalations at 2.40 USD, which come to 0.082 USD alone: people are a term of their own, and 0.44 USD is where the
saving vanishes).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from routefit.decisions.calculator import Values
from routefit.decisions.move_terms import NOTHING_RATE, move_terms
from routefit.decisions.uncertainty import Arrays
from routefit.errors import BadInputError
from routefit.funnel import words


@dataclass(frozen=True, slots=True)
class EscalationBreakEven:
    """Where the saving vanishes; per unit that the target accepts, so that the arithmetic can be checked.

    `break_even_usd` = `today_usd` + `saving_usd_per_accepted_unit` / `more_escalations_per_accepted_unit`; None
    where no cost of an escalation from 0 on makes the saving vanish.
    """

    today_usd: float
    saving_usd_per_accepted_unit: float
    more_escalations_per_accepted_unit: float
    break_even_usd: float | None


def with_people(values: Arrays) -> dict[str, Any]:
    """The inputs with both LCPRs as they are when a failure costs `failure_usd`."""
    failure = values["failure_usd"]
    if failure is None:
        return dict(values)
    more = failure - values["people_in_lcpr_usd"]
    if isinstance(more, float) and more == 0:
        return dict(values)
    changed = dict(values)
    for side in ("current", "target"):
        each = escalations_per_accepted_unit(values, side)
        if each is not None:
            usd = values[f"{side}_lcpr_usd"] + more * each
            changed[f"{side}_lcpr_usd"] = max(0.0, usd) if isinstance(usd, float) else np.maximum(0.0, usd)
    return changed


def escalations_per_accepted_unit(values: Arrays, side: str) -> Any:
    """e / a; None where either is not known, 0 where nothing is accepted (then no LCPR counts)."""
    escalated, accepted = values[f"{side}_escalation_rate"], values[f"{side}_acceptance_rate"]
    if escalated is None or accepted is None:
        return None
    is_accepting = accepted > NOTHING_RATE
    if is_accepting is True or np.all(is_accepting):
        return escalated / accepted
    return np.where(is_accepting, escalated / np.where(is_accepting, accepted, 1.0), 0.0)


def refuse_too_many_people(values: Values) -> None:
    """BadInputError where an LCPR is said to hold more people than it has dollars."""
    inside = values["people_in_lcpr_usd"]
    for side in ("current", "target"):
        each, lcpr = escalations_per_accepted_unit(values, side), values[f"{side}_lcpr_usd"]
        if each is not None and inside * float(each) > lcpr * (1 + 1e-9):
            alone = words.usd(inside * float(each))
            raise BadInputError(
                f"people_in_lcpr_usd: got {inside:g}, but the escalations of the {side} route come to {alone} per"
                f" accepted unit alone, and its LCPR is {words.usd(lcpr)}",
                next_step="leave it out, and give --failure-usd: people are then added to both LCPRs",
            )


def escalation_break_even(values: Values) -> EscalationBreakEven | None:
    """None where escalation or acceptance is not known on either side, or the target accepts nothing."""
    sides = [escalations_per_accepted_unit(values, side) for side in ("current", "target")]
    accepted, units = values["target_acceptance_rate"], values["units_per_month"]
    if any(each is None for each in sides) or accepted <= NOTHING_RATE or not units:
        return None
    failure, inside = values["failure_usd"], values["people_in_lcpr_usd"]
    today = float(inside if failure is None else failure)

    def saving_usd(failure_usd: float) -> float:
        terms = move_terms(with_people({**values, "failure_usd": failure_usd}))
        return float(terms.saving_usd_per_month) / float(units * accepted)

    saving = saving_usd(today)
    more = saving - saving_usd(today + 1)
    at = today + saving / more if abs(more) > 1e-12 else None
    return EscalationBreakEven(
        today_usd=today,
        saving_usd_per_accepted_unit=saving,
        more_escalations_per_accepted_unit=more,
        break_even_usd=at if at is not None and at >= 0 else None,
    )
