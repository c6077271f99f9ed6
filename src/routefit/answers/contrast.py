"""What token prices said against what the traces say, for one workload.

The route that looks cheapest on the price list, held against the one that is recommended, or else cheapest per
accepted unit. A list price is blended by the workload's own input and output tokens; where the calls carry no
tokens, a route counts as the cheapest on the list only when no other is below it in input or in output.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from routefit.answers.evaluation import Evaluation, RouteEvaluation
from routefit.answers.workspace import Workspace
from routefit.declared.model import Mode
from routefit.lcpr.cell import Frozen
from routefit.units import PICO_USD_PER_USD, TOKENS_PER_MTOK


class ListPrice(Frozen):
    """A route's list price now, in USD per million tokens; `blended` is None where the calls carry no tokens."""

    input_usd_per_mtok: float
    output_usd_per_mtok: float
    blended_usd_per_mtok: float | None


class Contrast(Frozen):
    """The route with the lowest token price, the one with the lowest cost per accepted unit, and how they compare.

    `lcpr_ratio` is the former's cost per accepted unit over the latter's; `is_at_least` when the former's cost is
    a lower bound. `by_traces_price` is None for a route that is not paid by the token.
    """

    by_token_price_route: str
    by_token_price: ListPrice
    by_token_price_lcpr_usd: float
    by_traces_route: str
    by_traces_price: ListPrice | None
    by_traces_lcpr_usd: float
    lcpr_ratio: float
    is_at_least: bool


def contrast(workspace: Workspace, evaluation: Evaluation) -> Contrast | None:
    """The contrast among measured routes, failed ones included; None when the price list does not mislead."""
    measured = [one for one in evaluation.routes if _counts(one)]
    prices = {one.route.id: _list_price(workspace, evaluation, one) for one in measured}
    cheapest = _cheapest_on_list(measured, prices)
    best = _best_by_traces(evaluation, measured)
    if cheapest is None or best is None or _lcpr_usd(cheapest) <= _lcpr_usd(best):
        return None
    list_price = prices[cheapest.route.id]
    if list_price is None:
        return None
    return Contrast(
        by_token_price_route=cheapest.route.id,
        by_token_price=list_price,
        by_token_price_lcpr_usd=_lcpr_usd(cheapest),
        by_traces_route=best.route.id,
        by_traces_price=prices[best.route.id],
        by_traces_lcpr_usd=_lcpr_usd(best),
        lcpr_ratio=_lcpr_usd(cheapest) / _lcpr_usd(best),
        is_at_least=cheapest.candidate.cell.is_lower_bound,
    )


def _counts(one: RouteEvaluation) -> bool:
    """It has a figure from its own traces, and not on traffic of another kind."""
    cell = one.candidate.cell
    is_of_other_traffic = cell.state == "measured" and not cell.words.lstrip("≥ ").startswith("$")
    is_judged = cell.state in ("measured", "failed_screen")
    return is_judged and bool(cell.lcpr_usd_per_accepted_unit) and not is_of_other_traffic


def _best_by_traces(evaluation: Evaluation, measured: Sequence[RouteEvaluation]) -> RouteEvaluation | None:
    """The route that is recommended, else the cheapest of those that did not fail, at a known cost."""
    advice = evaluation.recommendation
    if advice.action == "move":
        return next((one for one in measured if one.route.id == advice.route), None)
    sound = [one for one in measured if one.candidate.cell.state == "measured"]
    return min((one for one in sound if not one.candidate.cell.is_lower_bound), key=_lcpr_usd, default=None)


def _lcpr_usd(one: RouteEvaluation) -> float:
    return one.candidate.cell.lcpr_usd_per_accepted_unit or 0.0


def _list_price(workspace: Workspace, evaluation: Evaluation, one: RouteEvaluation) -> ListPrice | None:
    if one.route.mode not in (Mode.CLOSED_API, Mode.SERVERLESS_OPEN, None):
        return None
    row = workspace.book.list_price(route=one.route, provider=None, model=None, at=workspace.now)
    if row is None:
        return None
    input_usd = _usd_per_mtok(row.input_pico_usd_per_token)
    output_usd = _usd_per_mtok(row.output_pico_usd_per_token)
    inputs = sum(other.totals.input_tokens for other in evaluation.routes)
    outputs = sum(other.totals.output_tokens for other in evaluation.routes)
    tokens = inputs + outputs
    return ListPrice(
        input_usd_per_mtok=input_usd,
        output_usd_per_mtok=output_usd,
        blended_usd_per_mtok=(inputs * input_usd + outputs * output_usd) / tokens if tokens else None,
    )


def _usd_per_mtok(pico_usd_per_token: int) -> float:
    return pico_usd_per_token * TOKENS_PER_MTOK / PICO_USD_PER_USD


def _cheapest_on_list(
    measured: Sequence[RouteEvaluation], prices: Mapping[str, ListPrice | None]
) -> RouteEvaluation | None:
    listed = [(one, price) for one in measured if (price := prices[one.route.id]) is not None]
    if len(listed) < 2:
        return None
    if all(price.blended_usd_per_mtok is not None for _, price in listed):
        return min(listed, key=lambda pair: (pair[1].blended_usd_per_mtok or 0.0, pair[0].route.id))[0]
    lowest_input = min(price.input_usd_per_mtok for _, price in listed)
    lowest_output = min(price.output_usd_per_mtok for _, price in listed)
    return next(
        (
            one
            for one, price in listed
            if (price.input_usd_per_mtok, price.output_usd_per_mtok) == (lowest_input, lowest_output)
        ),
        None,
    )
