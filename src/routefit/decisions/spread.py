"""How sure an input is: the distribution that its value is drawn from.

    triangular   `low:mode:high` as typed; the ends are the ends
    lognormal    an LCPR of the ledger: its point is the median, its interval the quantiles
    beta         a rate of the ledger: Jeffreys' Beta(successes + 1/2, failures + 1/2)

Inputs are drawn independently. `low` and `high` are the range that a tornado shows: the ends of a triangle, the
95% interval of an estimate.
Source: section 7 of the domain, last paragraph.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from routefit.stats.quantiles import normal_quantile, two_sided_level

FloatArray: TypeAlias = NDArray[np.float64]

_Finite = Annotated[float, Field(allow_inf_nan=False)]
_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Triangular(BaseModel):
    """A range as somebody typed it; `low` <= `mode` <= `high`, in the unit of the input."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    shape: Literal["triangular"] = "triangular"
    low: _Finite
    mode: _Finite
    high: _Finite

    @model_validator(mode="after")
    def _is_in_order(self) -> Triangular:
        if not self.low <= self.mode <= self.high:
            raise ValueError(f"low {self.low:g} <= mode {self.mode:g} <= high {self.high:g} does not hold")
        return self

    def draw(self, rng: np.random.Generator, n: int) -> FloatArray:
        """`n` draws."""
        if self.low == self.high:
            return np.full(n, self.low)
        return rng.triangular(self.low, self.mode, self.high, n)


class Lognormal(BaseModel):
    """A positive estimate with its interval; `mode` is the estimate, which is the median of the draws."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    shape: Literal["lognormal"] = "lognormal"
    mode: _Positive
    low: _Positive
    high: _Positive
    confidence_rate: Annotated[float, Field(gt=0, lt=1)] = 0.95

    @property
    def sigma_ratio(self) -> float:
        """The standard deviation of the logarithm."""
        return math.log(self.high / self.low) / (2 * normal_quantile(two_sided_level(self.confidence_rate)))

    def draw(self, rng: np.random.Generator, n: int) -> FloatArray:
        """`n` draws."""
        return np.asarray(self.mode * np.exp(self.sigma_ratio * rng.standard_normal(n)))


class Beta(BaseModel):
    """A rate counted in the ledger: so many of `n` units; `low` and `high` are its 95% interval."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    shape: Literal["beta"] = "beta"
    successes: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    failures: Annotated[float, Field(ge=0, allow_inf_nan=False)]

    @property
    def mode(self) -> float:
        """The rate as counted."""
        return self.successes / (self.successes + self.failures)

    @property
    def low(self) -> float:
        """Lower end of the 95% interval."""
        return self._quantile(0.025)

    @property
    def high(self) -> float:
        """Upper end of the 95% interval."""
        return self._quantile(0.975)

    def draw(self, rng: np.random.Generator, n: int) -> FloatArray:
        """`n` draws."""
        return rng.beta(self.successes + 0.5, self.failures + 0.5, n)

    def _quantile(self, probability_rate: float) -> float:
        from scipy.special import betaincinv

        return float(betaincinv(self.successes + 0.5, self.failures + 0.5, probability_rate))

    @model_validator(mode="after")
    def _has_units(self) -> Beta:
        if self.successes + self.failures <= 0:
            raise ValueError("a rate of no units")
        return self


Spread: TypeAlias = Annotated[Triangular | Lognormal | Beta, Field(discriminator="shape")]
