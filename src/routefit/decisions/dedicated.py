"""Whether replicas that are paid by the hour beat paying by the token: the dedicated utilization gate.

    u_required = (C_hw x R + C_ops) / (R x G x C_serverless)
    average    = mean(min(load, R x G x eta)) / (R x G)
    dedicated is cheaper when average > u_required and the peak fits:  peak <= R x G x eta
    u_required > eta: never

C_hw USD per replica-hour, R replicas (what the peak needs unless planned otherwise), C_ops USD per hour, G
accepted units per replica-hour under the SLO, C_serverless USD per accepted unit in the same scope, eta the
share of G that may be used. Load and G are both in accepted units. The trough (lowest hour of the mean week)
below u_required is what makes a hybrid interesting; the average decides on pure dedicated. Net USD is over the
horizon, against serverless. In draws a hybrid is a split that leaves something to serverless, with the best
number of replicas of each draw; a planned fleet that the peak does not fit saves nothing of its own: what it
saves is a hybrid's.
Source: field guide, chapter 18; section 7.3 of the domain. Rows of its section 10 that are followed here: the gate
divides by R x G, not by the goodput of one replica; the average decides, not the trough; the printed thresholds at
other prices are 35.9% and 50.0%; the opening story needs 105 replicas, not 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np

from routefit.decisions.calculator import Point, Values
from routefit.decisions.dedicated_figures import (
    DedicatedFigures,
    dedicated_figures,
    dedicated_naive,
    required_utilization_ratio,
)
from routefit.decisions.dedicated_inputs import INPUTS
from routefit.decisions.dedicated_warnings import dedicated_warnings
from routefit.decisions.fleet import Fleet
from routefit.decisions.given import Input
from routefit.decisions.load import HourlyLoad
from routefit.decisions.uncertainty import Arrays
from routefit.errors import CannotTellError

LOAD = "load"
"""The name of the load among the tables of a calculator."""

MEASURED_GOODPUT = "measured_goodput_per_hour"
"""The name of the goodput that a load test measured, among the tables."""


class Dedicated:
    """Stay serverless, move to dedicated replicas, or run some replicas and leave the rest to serverless."""

    kind: ClassVar[str] = "dedicated"
    actions: ClassVar[tuple[str, ...]] = ("serverless", "dedicated", "hybrid")
    has_staying: ClassVar[bool] = True
    net_usd_over: ClassVar[Literal["horizon"]] = "horizon"

    def __init__(self, load: HourlyLoad | None = None, *, measured_goodput_per_hour: float | None = None) -> None:
        self._load = load
        self._measured_goodput_per_hour = measured_goodput_per_hour

    @property
    def inputs(self) -> tuple[Input, ...]:
        """All inputs."""
        return INPUTS

    def unused(self, values: Values) -> frozenset[str]:
        """The mean of the hours where a flat load is given, and the curve's length."""
        names = {"max_replicas", "is_goodput_measured"}
        if values["units_per_month"] is not None:
            names.add("mean_units_per_hour")
        if values["replicas"] is not None:
            names.add("min_replicas")
        return frozenset(names)

    def point(self, values: Values) -> Point:
        """All figures; CannotTellError without a load."""
        fleet = self.fleet(values)
        figures = dedicated_figures(fleet, values, is_goodput_measured=self._is_goodput_measured(values))
        warnings = dedicated_warnings(figures, values, is_load_replaced=self._is_load_replaced(values))
        return Point(result=figures, naive=dedicated_naive(fleet, values), warnings=warnings)

    def net_usd(self, values: Arrays) -> Mapping[str, Any]:
        """Net USD over the horizon of all dedicated, and of the best split that leaves something to serverless."""
        fleet = self.fleet(values)
        planned = fleet.dedicated_replicas(values["replicas"])
        hours = values["horizon_months"] * values["hours_per_month"]
        serverless = fleet.mean_units_per_hour * fleet.serverless_usd_per_unit
        if values["replicas"] is None:
            # As many as the peak needs leave nothing.
            dedicated = hours * (serverless - fleet.running_usd_per_hour(planned))
        else:
            dedicated = hours * (serverless - fleet.usd_per_hour(planned))
            dedicated = np.where(fleet.fits(planned), dedicated, np.minimum(0.0, dedicated))
        hybrid = hours * (serverless - fleet.mixed_usd_per_hour())
        # Where one replica serves the peak there is nothing to split.
        hybrid = np.where(fleet.replicas_needed > fleet.least_replicas, hybrid, dedicated)
        return {"dedicated": dedicated, "hybrid": hybrid}

    def outcomes(self, values: Arrays) -> Mapping[str, Any]:
        """Replicas that the peak needs, and the utilization from which a dedicated fleet pays."""
        fleet = self.fleet(values)
        replicas = fleet.dedicated_replicas(values["replicas"])
        return {
            "peak_replicas_needed": fleet.replicas_needed,
            "required_utilization_ratio": required_utilization_ratio(fleet, replicas),
        }

    def decision(self, best: str, point: Point) -> str:
        """The best action; never dedicated where the peak does not fit."""
        if not isinstance(point.result, DedicatedFigures):
            raise TypeError(f"not a dedicated gate: {type(point.result).__name__}")
        if best == "dedicated" and not point.result.is_capacity_feasible:
            return "hybrid" if point.result.hybrid.replicas else "serverless"
        return best

    def fleet(self, values: Arrays) -> Fleet:
        """The fleet under the load; CannotTellError where there is none, or nothing is accepted."""
        flat, mean = values["units_per_month"], values["mean_units_per_hour"]
        if flat is not None:
            mean, load = flat / values["hours_per_month"], HourlyLoad.flat(1.0)
        elif self._load is not None:
            load = self._load
            mean = load.mean_units_per_hour if mean is None else mean
        elif mean is not None:
            load = HourlyLoad.flat(1.0)
        else:
            raise CannotTellError(
                "dedicated needs a load", next_step="--load FILE.csv (hour,units), or --units-per-month UNITS"
            )
        if not load.total_units or (np.ndim(mean) == 0 and not mean):
            raise CannotTellError(
                "no unit is accepted in any hour, so no cost per accepted unit can be compared",
                next_step="import outcomes or declare the verdict; or give --load, or --units-per-month",
            )
        return Fleet.of(load, mean, values)

    def _is_load_replaced(self, values: Values) -> bool:
        return self._load is not None and values["units_per_month"] is not None

    def _is_goodput_measured(self, values: Values) -> bool:
        if values["is_goodput_measured"] is not None:
            return bool(values["is_goodput_measured"])
        return self._measured_goodput_per_hour is not None and (
            values["goodput_per_hour"] == self._measured_goodput_per_hour
        )
