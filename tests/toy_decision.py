"""A calculator whose answers are known in closed form: act for a gain less a cost, or stay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from routefit.decisions.calculator import Calculator, NetUsdOver, Point, Values
from routefit.decisions.deciding import decide
from routefit.decisions.decision import Decision, Figures, Naive
from routefit.decisions.given import Given, Input, Quantity
from routefit.decisions.spread import Spread
from routefit.decisions.uncertainty import Arrays
from routefit.evidence import Label


def _usd(name: str, *, default_usd: float = 0.0, **more: Any) -> Input:
    return Input(
        name=name,
        meaning=name,
        quantity=Quantity.USD,
        unit="USD",
        default=Given(value=default_usd, label=Label.ASSUMED),
        **more,
    )


class ToyFigures(Figures):
    """What acting brings."""

    net_usd: float


class Toy:
    """Net value of acting: gain - cost + pieces x 1 USD; `idle_usd` is looked at by nothing.

    From `ceiling_usd` of cost on, acting is ruled out whatever it brings.
    """

    kind = "toy"
    actions: tuple[str, ...] = ("stay", "act")
    has_staying = True
    net_usd_over: NetUsdOver = "month"

    @property
    def inputs(self) -> tuple[Input, ...]:
        return (
            _usd("gain_usd"),
            _usd("cost_usd"),
            _usd("idle_usd"),
            _usd("ceiling_usd", default_usd=1e9, is_varied=False),
            Input(
                name="pieces",
                meaning="pieces",
                quantity=Quantity.NUMBER,
                is_whole=True,
                default=Given(value=0.0, label=Label.ASSUMED),
            ),
        )

    def unused(self, values: Values) -> frozenset[str]:
        return frozenset()

    def point(self, values: Values) -> Point:
        net = float(self.net_usd(values)["act"])
        if values["cost_usd"] >= values["ceiling_usd"]:
            net = float("-inf")
        return Point(result=ToyFigures(net_usd=net), naive=Naive(decision="act", why="it always does"))

    def net_usd(self, values: Arrays) -> Mapping[str, Any]:
        return {"act": values["gain_usd"] - values["cost_usd"] + values["pieces"]}

    def outcomes(self, values: Arrays) -> Mapping[str, Any]:
        return {"share_left_ratio": np.divide(values["cost_usd"], np.maximum(values["gain_usd"], 1e-9))}

    def decision(self, best: str, point: Point) -> str:
        assert isinstance(point.result, ToyFigures)
        return "stay" if point.result.net_usd == float("-inf") else best


def toy(
    given: Mapping[str, float | Spread],
    *,
    calculator: Calculator | None = None,
    draws: int = 200_000,
    seed: int = 0,
) -> Decision:
    """The decision on plain numbers and distributions."""
    return decide(
        calculator or Toy(),
        {name: as_given(value) for name, value in given.items()},
        rng=np.random.default_rng(seed),
        seed=seed,
        draws=draws,
    )


def as_given(value: float | Spread) -> Given:
    """A plain number, or a distribution with its mode."""
    if isinstance(value, int | float):
        return Given(value=float(value), label=Label.ASSUMED)
    return Given(value=float(value.mode), spread=value, label=Label.ASSUMED)
