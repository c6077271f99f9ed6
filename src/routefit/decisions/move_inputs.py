"""The inputs of a move from one route to another: what both cost, how much there is, and when staying is right."""

from __future__ import annotations

from routefit.decisions import migration_cost
from routefit.decisions.given import Given, Input, Quantity
from routefit.decisions.horizon import HORIZON
from routefit.decisions.ramp import RAMPS
from routefit.evidence import Label
from routefit.funnel.staying import (
    LEAST_HORIZON_MONTHS,
    LEAST_SPEND_USD_PER_MONTH,
    MOST_ESTIMATED_PAYBACK_MONTHS,
)

_CHAPTER = "field guide, chapter 16"


def _threshold(name: str, unit: str, meaning: str, amount: float) -> Input:
    return Input(
        name=name,
        quantity=Quantity.USD if "usd" in name else Quantity.NUMBER,
        unit=unit,
        meaning=meaning,
        default=Given(value=amount, label=Label.OPINION, source=_CHAPTER),
        is_varied=False,
    )


TRAFFIC_INPUTS: tuple[Input, ...] = (
    Input(
        name="current_lcpr_usd",
        option="--current-lcpr",
        quantity=Quantity.USD,
        unit="USD per accepted unit",
        meaning="loaded cost of an accepted unit on the current route",
        is_required=True,
        is_positive=True,
    ),
    Input(
        name="target_lcpr_usd",
        option="--target-lcpr",
        quantity=Quantity.USD,
        unit="USD per accepted unit",
        meaning="loaded cost of an accepted unit on the target route",
        is_required=True,
    ),
    Input(
        name="units_per_month",
        option="--units-per-month",
        quantity=Quantity.NUMBER,
        unit="units per month",
        meaning="demanded units where acceptance rates are given, else accepted ones",
        is_required=True,
    ),
    Input(
        name="current_acceptance_rate",
        option="--current-acceptance-rate",
        quantity=Quantity.RATE,
        unit="share",
        meaning="share of demanded units that the current route gets accepted",
        is_positive=True,
    ),
    Input(
        name="target_acceptance_rate",
        option="--target-acceptance-rate",
        quantity=Quantity.RATE,
        unit="share",
        meaning="share of demanded units that the target route gets accepted",
    ),
    Input(
        name="shortfall_usd",
        option="--shortfall-usd",
        quantity=Quantity.USD,
        unit="USD per unit",
        meaning="what a unit costs elsewhere that the target does not accept; by default the current LCPR",
    ),
)
"""What one workload costs on both routes; a portfolio has them for each of its workloads."""

PLAN_INPUTS: tuple[Input, ...] = (
    *migration_cost.INPUTS,
    HORIZON.model_copy(update={"option": "--horizon-months"}),
    Input(
        name="ramp",
        option="--ramp",
        quantity=Quantity.CHOICE,
        choices=tuple(RAMPS),
        meaning="how quickly traffic moves: none, fast (7 weeks), mid (10.5), slow (14)",
        default=Given(value="none", label=Label.ASSUMED, source="no ramp"),
    ),
    Input(
        name="monthly_spend_usd",
        option="--monthly-spend-usd",
        quantity=Quantity.USD,
        unit="USD per month",
        meaning="inference spend of the workload",
    ),
    Input(
        name="has_evals",
        option="--evals",
        opposite_option="--no-evals",
        quantity=Quantity.FLAG,
        meaning="whether an eval suite of the workload exists",
    ),
    Input(
        name="is_measured",
        option="--measured",
        opposite_option="--estimated",
        quantity=Quantity.FLAG,
        meaning="whether the target's cost was measured on this workload",
    ),
    Input(
        name="price_decline_rate",
        option="--price-decline-rate",
        quantity=Quantity.RATE,
        unit="share per year",
        meaning="how much cheaper the current route's inference gets each year",
    ),
    *migration_cost.PART_INPUTS,
    Input(
        name="work_months",
        quantity=Quantity.NUMBER,
        unit="months",
        meaning="months of work before any traffic moves",
        default=Given(value=0.0, label=Label.ASSUMED, source="the ramp starts at once"),
    ),
    Input(
        name="shadow_share_rate",
        quantity=Quantity.RATE,
        unit="share",
        meaning="share of the traffic that runs in the shadow during the first stage of the ramp",
    ),
    Input(
        name="inference_usd_per_unit",
        quantity=Quantity.USD,
        unit="USD per unit",
        meaning="inference of a unit on the current route: with it the monthly spend follows the volume",
        is_varied=False,
    ),
    Input(
        name="inference_share_rate",
        quantity=Quantity.RATE,
        unit="share",
        meaning="inference as a share of the current route's loaded cost, to which the price trend applies",
        default=Given(value=1.0, label=Label.ASSUMED, source="all of the cost is inference"),
    ),
    Input(
        name="is_blocked", quantity=Quantity.FLAG, meaning="whether a hard constraint rules the target route out"
    ),
    Input(name="blocked_by", quantity=Quantity.CHOICE, meaning="the constraint that rules it out, in words"),
    Input(name="is_price_rising", quantity=Quantity.FLAG, meaning="whether the current provider's price rises"),
    Input(
        name="is_reliability_falling",
        quantity=Quantity.FLAG,
        meaning="whether the current provider's reliability gets worse",
    ),
    Input(
        name="is_quality_falling",
        quantity=Quantity.FLAG,
        meaning="whether the current provider's quality gets worse",
    ),
    _threshold(
        "least_spend_usd_per_month",
        "USD per month",
        "below this spend staying is right",
        LEAST_SPEND_USD_PER_MONTH,
    ),
    _threshold("least_horizon_months", "months", "below this horizon staying is right", LEAST_HORIZON_MONTHS),
    _threshold(
        "most_estimated_payback_months",
        "months",
        "above this payback staying is right while the target's cost is only estimated",
        MOST_ESTIMATED_PAYBACK_MONTHS,
    ),
)
"""What the move costs, how it goes, and what speaks for staying."""

INPUTS: tuple[Input, ...] = (
    *(one for one in (*TRAFFIC_INPUTS, *PLAN_INPUTS) if one.option),
    *(one for one in (*TRAFFIC_INPUTS, *PLAN_INPUTS) if not one.option),
)
