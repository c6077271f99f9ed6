"""What an accepted unit costs on the two routes of a move, and whether that carries a decision.

Calls without a known cost are not free: where a cost is a lower bound, they count at the mean cost of the others,
as in the recommendation, and the interval is mirrored about that. Where the routes share tasks and these say that
the target is dearer than its own units do, the shared ones count.
"""

from __future__ import annotations

from routefit.answers.decision_inputs.sourced import of_lcpr
from routefit.answers.evaluation import Evaluation, RouteEvaluation
from routefit.decisions.given import Given
from routefit.decisions.spread import Lognormal, Triangular
from routefit.evidence import Label, weakest
from routefit.funnel.candidate import pair_of
from routefit.funnel.review import target_usd
from routefit.lcpr.cell import Cell


def known_lcpr(cell: Cell) -> Given:
    """The LCPR of a cell; with its gaps filled where it is a lower bound."""
    filled, low = cell.filled_lcpr_usd, cell.lcpr_low_usd or cell.lcpr_usd_per_accepted_unit
    if not cell.is_lower_bound or filled is None:
        return of_lcpr(cell)
    is_spread = low is not None and 0 < low < filled
    return Given(
        value=filled,
        spread=Lognormal(mode=filled, low=low or 0.0, high=filled**2 / (low or 1.0)) if is_spread else None,
        label=weakest((cell.evidence.badge, Label.ESTIMATED)),
        source=f"{cell.units:,} units on {cell.route}, {cell.unpriced_calls:,} calls at the mean cost of others",
        as_of=cell.window.end.date(),
    )


def target_lcpr(found: Evaluation, current: RouteEvaluation, target: RouteEvaluation) -> Given:
    """The LCPR of the target: measured, else as the matrix estimates it; unknown where neither is there."""
    if target.cell is None or target.cell.lcpr_usd_per_accepted_unit is None:
        return _estimated(target)
    own = known_lcpr(target.cell)
    current_usd = current.candidate.lcpr_usd
    pair = pair_of(current.route.id, target.route.id, found.pairs)
    if current_usd is None or pair is None or pair.comparison is None:
        return own
    usd = target_usd(target.candidate, current.candidate, current_usd, found.pairs)
    if usd is None or not isinstance(own.value, float) or usd <= own.value:
        return own
    low, high = pair.comparison.low_ratio, pair.comparison.high_ratio
    is_spread = low is not None and high is not None and 0 < low < high
    return Given(
        value=usd,
        spread=Lognormal(mode=usd, low=current_usd * (low or 0.0), high=current_usd * (high or 0.0))
        if is_spread
        else None,
        label=own.label,
        source=f"the tasks that {current.route.id} and {target.route.id} share",
        as_of=own.as_of,
    )


def is_target_measured(found: Evaluation, current: RouteEvaluation, target: RouteEvaluation) -> bool:
    """Whether its own verdicts say what it costs, on traffic like the current route's, without open gaps."""
    cell = target.cell
    if cell is None or cell.lcpr_usd_per_accepted_unit is None:
        return False
    if cell.is_lower_bound and cell.filled_lcpr_usd is None:
        return False
    pair = pair_of(current.route.id, target.route.id, found.pairs)
    return pair is not None and pair.comparability.is_comparable


def cost_warnings(found: Evaluation, current: RouteEvaluation, target: RouteEvaluation) -> tuple[str, ...]:
    """What a reader must know before the two costs are held against each other."""
    said = []
    for one in (current, target):
        if one.cell is not None and one.cell.is_lower_bound:
            calls, name = one.cell.unpriced_calls, one.route.id
            how = "counted at the mean cost of the others"
            if one.cell.filled_lcpr_usd is None:
                how = "counted as nothing: its cost is a lower bound"
            said.append(f"{name}: {calls:,} calls without a known cost, {how}")
    pair = pair_of(current.route.id, target.route.id, found.pairs)
    if pair is not None and not pair.comparability.is_comparable:
        said.append(f"{target.route.id} is not comparable with {current.route.id}: {pair.comparability.reason}")
    if target.screen is not None and target.screen.verdict == "inconclusive":
        said.append(f"{target.route.id}: {target.screen.words}")
    return tuple(said)


def _estimated(target: RouteEvaluation) -> Given:
    cell = target.candidate.cell
    usd, low, high = cell.lcpr_usd_per_accepted_unit, cell.lcpr_low_usd, cell.lcpr_high_usd
    if usd is None:
        return Given(source=cell.reason)
    is_range = low is not None and high is not None and low <= usd <= high and low < high
    return Given(
        value=usd,
        spread=Triangular(low=low or 0.0, mode=usd, high=high or 0.0) if is_range else None,
        label=Label.ESTIMATED,
        source=cell.reason,
    )
