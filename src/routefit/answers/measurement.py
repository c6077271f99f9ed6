"""What to measure before a move, and what that is worth in USD.

The payback decision is drawn for the route that the recommendation names: the input that is worth most to know is
what to measure. Where no draw would change the decision, the first open question is what to answer, and it is
worth at most what the move is expected to bring: without an answer nobody moves.
Source: section 7 of the domain, last paragraph.
"""

from __future__ import annotations

import shlex

from routefit.answers.decide import Asked, decide
from routefit.answers.evaluation import Evaluation, Evaluator
from routefit.decisions.decision import Decision
from routefit.decisions.kinds import KINDS, Material
from routefit.errors import BadInputError, CannotTellError, UndefinedError
from routefit.funnel.recommendation import Measurement, Recommendation

_KIND = "payback"
_DRAWS = 100_000
"""Worth to about a hundredth of the spread of the net value; a line of an overview needs no more."""


def with_measurement(evaluator: Evaluator, evaluation: Evaluation, advice: Recommendation) -> Recommendation:
    """The recommendation; where it is to measure first, with what to measure."""
    if advice.action != "measure_first":
        return advice
    return advice.model_copy(update={"measure": measurement(evaluator, evaluation, advice)})


def measurement(evaluator: Evaluator, evaluation: Evaluation, advice: Recommendation) -> Measurement | None:
    """What to measure for the named route; None where nothing is named that could be."""
    first = next(iter(advice.would_change), None)
    horizon_months = evaluation.stakes.horizon_months
    found = _drawn(evaluator, evaluation, advice.route)
    if found is None:
        return None if first is None else Measurement(what=first, worth_usd=None, over_months=horizon_months)
    command = shlex.join(
        ["routefit", "decide", _KIND, "--workload", evaluation.workload.id, "--route", advice.route or ""]
    )
    worth = found.value_of_information
    if worth.measure_next is not None:
        return Measurement(
            what=_words(evaluation, advice.route or "", worth.measure_next),
            worth_usd=worth.inputs[0].worth_usd,
            over_months=horizon_months,
            input=worth.measure_next,
            command=command,
        )
    if first is None:
        return None
    expected_usd = max(0.0, found.monte_carlo.expected_net_usd.get("move", 0.0))
    return Measurement(
        what=first, worth_usd=expected_usd, is_at_most=True, over_months=horizon_months, command=command
    )


def _drawn(evaluator: Evaluator, evaluation: Evaluation, route: str | None) -> Decision | None:
    """The payback of a move to the route; None where it cannot be said."""
    if route is None or route == evaluation.stakes.current_route:
        return None
    try:
        return decide(
            Asked(_KIND), evaluator=evaluator, workload=evaluation.workload.id, route=route, draws=_DRAWS
        )
    except (CannotTellError, UndefinedError, BadInputError):
        return None


def _words(evaluation: Evaluation, route: str, name: str) -> str:
    unit, current = evaluation.workload.unit.name, evaluation.stakes.current_route
    known = {
        "target_lcpr_usd": f"the cost per {unit} of {route}",
        "current_lcpr_usd": f"the cost per {unit} of {current}",
        "target_acceptance_rate": f"the acceptance of {route}",
        "current_acceptance_rate": f"the acceptance of {current}",
        "units_per_month": f"how many units of {evaluation.workload.id} come a month",
    }
    if name in known:
        return known[name]
    return next(one.meaning for one in KINDS[_KIND].build(Material()).inputs if one.name == name)
