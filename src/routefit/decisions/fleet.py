"""What a fleet of dedicated replicas costs by the hour when serverless takes what does not fit.

    fits(b)        = b x G x eta                                        accepted units an hour
    usd(b)         = (b x C_hw + C_ops if b > 0) + mean over hours of max(0, load - fits(b)) x C_serverless
    needed         = ceil(peak / (G x eta))
    marginal rule  b* = number of b with s_b x C_serverless > C_hw,
                   s_b = mean over hours of min(max(load - fits(b - 1), 0), G x eta)

G accepted units an hour per replica under the SLO, eta the share of it that may be used, C_hw USD per replica-
hour, C_ops USD per hour, C_serverless USD per accepted unit. A commitment that outlasts the horizon is paid all
the same: C_hw is then multiplied by commitment / horizon. s_b never grows with b, so b* is found without
counting: the replicas that lie wholly below the load which more than C_hw / (C_serverless x G x eta) of the
hours exceed all pay, those wholly above it do not, and the one in between is looked at.
Everything works on floats and on arrays of draws alike. Source: section 7.3 of the domain.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from routefit.decisions.load import HourlyLoad

_ROUNDING = 1e-9
"""A peak that exceeds a whole number of replicas by no more than this part of one fits them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """Prices, goodput and load of a fleet; each a float or an array of draws.

    The load is `load_ratio` times `load`; `least_replicas` is how many run at least once any runs.
    """

    load: HourlyLoad
    load_ratio: Any
    hardware_usd_per_hour: Any
    ops_usd_per_hour: Any
    goodput_per_hour: Any
    max_utilization_rate: Any
    serverless_usd_per_unit: Any
    least_replicas: float = 1.0

    @classmethod
    def of(cls, load: HourlyLoad, mean_units_per_hour: Any, values: Mapping[str, Any]) -> Fleet:
        """The fleet of a calculator's inputs under a load of that mean."""
        hardware = values["hardware_usd_per_hour"]
        commitment = values["commitment_months"]
        if commitment is not None:
            hardware = hardware * np.maximum(1.0, commitment / values["horizon_months"])
        return cls(
            load=load,
            load_ratio=mean_units_per_hour / load.mean_units_per_hour,
            hardware_usd_per_hour=hardware,
            ops_usd_per_hour=values["ops_usd_per_hour"],
            goodput_per_hour=values["goodput_per_hour"],
            max_utilization_rate=values["max_utilization_rate"],
            serverless_usd_per_unit=values["serverless_usd_per_unit"],
            least_replicas=max(1.0, float(values["min_replicas"])),
        )

    @property
    def usable_units_per_hour(self) -> Any:
        """What one replica serves with its latency within the SLO."""
        return self.goodput_per_hour * self.max_utilization_rate

    @property
    def mean_units_per_hour(self) -> Any:
        """Accepted units of a mean hour."""
        return self.load_ratio * self.load.mean_units_per_hour

    @property
    def peak_units_per_hour(self) -> Any:
        """Accepted units of the highest hour."""
        return self.load_ratio * self.load.peak_units_per_hour

    @property
    def replicas_needed(self) -> Any:
        """Replicas that the highest hour needs."""
        return np.ceil(self.peak_units_per_hour / self.usable_units_per_hour - _ROUNDING)

    def dedicated_replicas(self, planned: Any) -> Any:
        """Replicas of a fleet that serves everything: as planned, else what the peak needs."""
        if planned is not None:
            return planned
        return np.maximum(self.replicas_needed, self.least_replicas)

    def overflow_units(self, replicas: Any) -> Any:
        """Accepted units of a mean hour that so many replicas cannot serve."""
        fits = replicas * self.usable_units_per_hour
        return self.load_ratio * self.load.mean_overflow_units(fits / self.load_ratio)

    def served_units(self, replicas: Any) -> Any:
        """Accepted units of a mean hour that so many replicas serve."""
        return self.mean_units_per_hour - self.overflow_units(replicas)

    def running_usd_per_hour(self, replicas: Any) -> Any:
        """What so many replicas cost in an hour; nothing where none runs."""
        return np.where(replicas > 0, replicas * self.hardware_usd_per_hour + self.ops_usd_per_hour, 0.0)

    def usd_per_hour(self, replicas: Any) -> Any:
        """What a mean hour costs with so many replicas, the rest served serverless."""
        left = self.overflow_units(replicas)
        return self.running_usd_per_hour(replicas) + left * self.serverless_usd_per_unit

    def paying_replicas(self) -> Any:
        """How many replicas each earn more than they cost, by the marginal rule; the cost of running aside."""
        return self._paying()[0]

    def mixed_usd_per_hour(self) -> Any:
        """What a mean hour costs with `mixed_replicas`."""
        replicas, left = self._paying()
        mixed = self._leaving_some(replicas)
        if np.any(mixed != replicas):
            left = self.overflow_units(mixed)
        return self.running_usd_per_hour(mixed) + left * self.serverless_usd_per_unit

    def _paying(self) -> tuple[Any, Any]:
        """(replicas by the marginal rule, what they leave of a mean hour)."""
        usable = self.usable_units_per_hour
        worth = self.serverless_usd_per_unit * usable
        hours = self.load.hours * self.hardware_usd_per_hour / worth
        below = np.floor(self.load_ratio * self.load.exceeded_units(hours) / usable)
        left, left_by_more = self.overflow_units(below), self.overflow_units(below + 1)
        pays = (left - left_by_more) * self.serverless_usd_per_unit > self.hardware_usd_per_hour
        return below + pays, np.where(pays, left_by_more, left)

    def best_replicas(self) -> Any:
        """The number of replicas, from 0 to what the peak needs, at which a mean hour costs least."""
        running = np.maximum(self.paying_replicas(), self.least_replicas)
        return np.where(self.usd_per_hour(running) < self.usd_per_hour(np.zeros(())), running, 0.0)

    def mixed_replicas(self) -> Any:
        """The best number of replicas that leaves something to serverless; 1 where no number does."""
        return self._leaving_some(self.paying_replicas())

    def _leaving_some(self, replicas: Any) -> Any:
        return np.clip(replicas, self.least_replicas, np.maximum(self.replicas_needed - 1, self.least_replicas))

    def fits(self, replicas: Any) -> Any:
        """Whether the highest hour fits so many replicas."""
        return replicas >= self.replicas_needed
