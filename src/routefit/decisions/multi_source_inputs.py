"""The inputs of a split that are common to all its providers."""

from __future__ import annotations

from routefit.decisions.given import Given, Input, Quantity
from routefit.evidence import Label

FAILOVER_NAMES = frozenset({"failover_activation_rate", "failover_latency_delta_ms", "unserved_usd_per_unit"})
"""What only failover looks at."""

COMMON_INPUTS: tuple[Input, ...] = (
    Input(
        name="routing_usd_per_unit",
        option="--routing-usd-per-unit",
        quantity=Quantity.USD,
        unit="USD per unit",
        meaning="what the routing layer costs for each unit, where traffic is split",
    ),
    Input(
        name="units_per_month",
        option="--units-per-month",
        quantity=Quantity.NUMBER,
        unit="units per month",
        meaning="accepted units of all providers together; without it net USD are those of one unit",
        is_positive=True,
    ),
    Input(
        name="scenario",
        option="--scenario",
        quantity=Quantity.CHOICE,
        choices=("failover", "workload", "arbitrage"),
        meaning="why there are several providers: as a stand-in, one for each workload, or to save within one",
        default=Given(value="arbitrage", label=Label.ASSUMED, source="a split of one workload's traffic"),
    ),
    Input(
        name="has_parity",
        option="--parity",
        opposite_option="--no-parity",
        quantity=Quantity.FLAG,
        meaning="whether the providers were measured to give outputs of the same quality",
    ),
    Input(
        name="failed_calls_billed",
        quantity=Quantity.FLAG,
        meaning="whether a failed call is billed, so that its retry comes on top",
        default=Given(value=True, label=Label.ASSUMED, source="billed unless said otherwise"),
    ),
    Input(
        name="failover_activation_rate",
        quantity=Quantity.RATE,
        unit="share",
        meaning="share of the traffic that the others serve because the baseline does not",
    ),
    Input(
        name="failover_latency_delta_ms",
        quantity=Quantity.NUMBER,
        unit="ms",
        meaning="how much slower an answer is after failing over",
        is_varied=False,
    ),
    Input(
        name="unserved_usd_per_unit",
        quantity=Quantity.USD,
        unit="USD per unit",
        meaning="what a unit costs that nobody serves; without it availability has no price",
    ),
    Input(
        name="routing_ms",
        quantity=Quantity.NUMBER,
        unit="ms",
        meaning="what the routing layer adds to the latency of an answer",
        is_varied=False,
    ),
    Input(
        name="slo_ms",
        quantity=Quantity.NUMBER,
        unit="ms",
        meaning="the latency that the workload promises",
        is_varied=False,
    ),
)
