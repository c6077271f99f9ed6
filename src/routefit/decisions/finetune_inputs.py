"""The inputs of a fine-tune: what it costs, what it saves, how long it serves, and whether the team is ready."""

from __future__ import annotations

from routefit.decisions import repair_loop, training_cost
from routefit.decisions.given import Given, Input, Quantity
from routefit.decisions.horizon import HORIZON
from routefit.decisions.readiness import Condition
from routefit.evidence import Label

DAYS_PER_MONTH = 365.25 / 12

CONDITIONS: tuple[Condition, ...] = (
    Condition(name="has_representative_evals", words="an eval suite exists that represents production"),
    Condition(name="has_named_failure_mode", words="the failure to be cured has a name"),
    Condition(name="has_data_at_scale", words="labelled data or preference pairs exist at scale"),
    Condition(name="is_licence_permitting", words="the base model's licence permits the tuning and its use"),
    Condition(name="has_volume", words="the volume pays the iteration"),
    Condition(name="has_deployment_story", words="deploying the adapter does not double the cost"),
    Condition(name="has_base_passed_funnel", words="the base model passed the funnel"),
)
"""The readiness scorecard."""

INPUTS: tuple[Input, ...] = (
    *training_cost.INPUTS,
    Input(
        name="units_per_month",
        option="--units-per-month",
        quantity=Quantity.NUMBER,
        unit="units per month",
        meaning="accepted units of the workload that the adapter serves",
        is_required=True,
    ),
    *repair_loop.INPUTS,
    Input(
        name="adapters",
        option="--adapters",
        quantity=Quantity.NUMBER,
        unit="adapters",
        meaning="adapters that share the endpoint",
        default=Given(value=1.0, label=Label.ASSUMED, source="an endpoint of its own"),
        is_positive=True,
        is_whole=True,
    ),
    Input(
        name="endpoint_usd_per_month",
        option="--endpoint-usd-per-month",
        quantity=Quantity.USD,
        unit="USD per month",
        meaning="what the endpoint costs that serves the adapters",
    ),
    Input(
        name="base_deprecated_on",
        option="--base-deprecated-on",
        quantity=Quantity.DATE,
        unit="date",
        meaning="when the base model ends: the adapter does not carry over to its successor",
    ),
    Input(
        name="is_ready",
        option="--ready",
        opposite_option="--not-ready",
        quantity=Quantity.FLAG,
        meaning="whether every condition of the readiness scorecard holds that is not answered by itself",
    ),
    *training_cost.RARE_INPUTS,
    *repair_loop.RARE_INPUTS,
    HORIZON,
    Input(
        name="today_on",
        quantity=Quantity.DATE,
        unit="date",
        meaning="the day from which the base model's end is counted; by default --as-of, or today",
    ),
    Input(
        name="is_endpoint_extra",
        quantity=Quantity.FLAG,
        meaning="whether the adapter's share of the endpoint comes on top of what is paid today",
        default=Given(value=False, label=Label.ASSUMED, source="the endpoint is there anyway"),
    ),
    *(one.input for one in CONDITIONS),
)
"""Those with an option of their own first."""
