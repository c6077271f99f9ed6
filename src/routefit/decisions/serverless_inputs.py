"""The inputs of a move to an open model on a serverless endpoint: those of any move, token prices, and rates."""

from __future__ import annotations

from collections.abc import Iterator

from routefit.decisions.given import Given, Input, Quantity
from routefit.decisions.move_inputs import INPUTS as MOVE_INPUTS
from routefit.evidence import Label

SIDES = ("current", "target")

RATES = (
    ("cache_hit_rate", "share of the input tokens that the cache serves"),
    ("first_pass_rate", "share of units accepted at the first attempt"),
    ("repair_rate", "share of units with a repair"),
    ("repair_success_rate", "share of the repaired units that are accepted"),
    ("escalation_rate", "share of demanded units that a person finishes"),
)
"""Rates of both routes, by name without the side; only the escalation rate changes what the move is worth."""


def _token_prices() -> Iterator[Input]:
    for side in SIDES:
        for tokens in ("input", "output"):
            yield Input(
                name=f"{side}_{tokens}_usd_per_mtok",
                option=f"--{side}-{tokens}-usd-per-mtok",
                quantity=Quantity.USD,
                unit="USD per million tokens",
                meaning=f"list price of {tokens} tokens on the {side} route",
                is_varied=False,
            )


def _token_counts() -> Iterator[Input]:
    for side in SIDES:
        for tokens in ("input", "output"):
            is_current = side == "current"
            yield Input(
                name=f"{tokens}_tokens" if is_current else f"target_{tokens}_tokens",
                option=f"--{tokens}-tokens" if is_current else f"--target-{tokens}-tokens",
                quantity=Quantity.NUMBER,
                unit="tokens per unit",
                meaning=f"{tokens} tokens of a unit"
                + (" on the current route, cached ones included" if tokens == "input" and is_current else "")
                + ("" if is_current else " on the target route; by default as many as on the current one"),
                is_varied=False,
            )


def _rates() -> Iterator[Input]:
    for side in SIDES:
        for name, meaning in RATES:
            yield Input(
                name=f"{side}_{name}",
                quantity=Quantity.RATE,
                unit="share",
                meaning=f"{meaning}, on the {side} route",
                is_varied=name == "escalation_rate",
            )


def _cache_prices() -> Iterator[Input]:
    for side in SIDES:
        yield Input(
            name=f"{side}_cache_read_usd_per_mtok",
            quantity=Quantity.USD,
            unit="USD per million tokens",
            meaning=f"price of cached input tokens on the {side} route; by default that of its input tokens",
            is_varied=False,
        )


OWN_INPUTS: tuple[Input, ...] = (
    *_token_prices(),
    *_token_counts(),
    Input(
        name="failure_usd",
        option="--failure-usd",
        quantity=Quantity.USD,
        unit="USD per case",
        meaning="what a unit costs that the route does not finish: an escalation to a person",
    ),
    Input(
        name="floor_rate",
        option="--floor-rate",
        quantity=Quantity.RATE,
        unit="share",
        meaning="acceptance that the target must reach",
    ),
    Input(
        name="people_in_lcpr_usd",
        quantity=Quantity.USD,
        unit="USD per case",
        meaning="what both LCPRs hold already for an escalated unit; what it costs beyond this is added to them",
        default=Given(value=0.0, label=Label.ASSUMED, source="the LCPRs hold no people"),
        is_varied=False,
    ),
    *_rates(),
    *_cache_prices(),
)

INPUTS: tuple[Input, ...] = (
    *(one for one in (*MOVE_INPUTS, *OWN_INPUTS) if one.option),
    *(one for one in (*MOVE_INPUTS, *OWN_INPUTS) if not one.option),
)
