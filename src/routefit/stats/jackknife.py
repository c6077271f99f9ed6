"""The delete-a-group jackknife: the interval of any figure that is a function of sums over units.

With m groups that hold units, theta the figure from all of them, theta_g the figure from the sums without group
g (scaled by m / (m - 1) back to the whole), and d_g = theta_g - mean of theta_g:

    variance = (m - 1) / m x sum of d_g^2
    interval = theta -+ t x sqrt(variance), t with df degrees of freedom
    df       = min(m - 1, 2 m / (kurtosis - 1)), kurtosis = m x sum of d_g^4 / (sum of d_g^2)^2

Groups are whole customers (or sessions), so units of one customer may resemble each other. A group without any
unit is not passed: it says nothing about the spread. df falls below m - 1 when a few groups hold most of the
spread, for then the variance itself is poorly known (Satterthwaite). A positive figure takes its interval on the
log scale: costs are skewed, and a plain interval misses more truths above it than below.
Fewer than two groups, or a figure that is undefined without some group: no interval.
Source: Kott (2001); section 3 of the domain; measured coverage in docs/explanation/interval.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

from routefit.errors import BadInputError
from routefit.stats.quantiles import t_quantile, two_sided_level

Floats = npt.NDArray[np.float64]
Theta = Callable[[Floats], Floats]

_LARGEST_EXPONENT = 700.0  # math.exp overflows at 710; an interval that wide says nothing anyway


class Interval(BaseModel):
    """A figure with its confidence interval; None is undefined, `groups` is m."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    point: float | None
    low: float | None = None
    high: float | None = None
    standard_error: float | None = None
    degrees_of_freedom: float | None = None
    groups: int


def jackknife(
    theta: Theta,
    sums_by_group: npt.ArrayLike,
    *,
    confidence_rate: float = 0.95,
    scale: Literal["plain", "log"] = "plain",
) -> Interval:
    """The interval of `theta`, a function of the column sums of `sums_by_group` (groups x columns).

    `theta` is called with an array (rows x columns) of such sums and answers one figure a row; nan or infinite
    is undefined. A constant (a fixed cost) belongs into `theta`, not into the sums. With `scale="log"` the
    interval is taken on the log wherever all figures are positive, else on the plain scale.
    """
    sums = np.atleast_2d(np.asarray(sums_by_group, dtype=np.float64))
    if not np.isfinite(sums).all():
        raise BadInputError("a sum of a group is not a finite number")
    groups = len(sums) if sums.size else 0
    if groups == 0:
        return Interval(point=None, groups=0)
    whole = sums.sum(axis=0)
    point = float(_figures(theta, whole[np.newaxis, :])[0])
    if not math.isfinite(point):
        return Interval(point=None, groups=groups)
    if groups == 1:
        return Interval(point=point, groups=1)
    without = _figures(theta, (whole - sums) * (groups / (groups - 1)))
    if not np.isfinite(without).all():
        return Interval(point=point, groups=groups)
    if scale == "log" and point > 0 and (without > 0).all():
        return _exponential(_symmetric(math.log(point), np.log(without), confidence_rate))
    return _symmetric(point, without, confidence_rate)


def jackknife_ratio(
    numerator_by_group: npt.ArrayLike,
    denominator_by_group: npt.ArrayLike,
    *,
    fixed_numerator: float = 0.0,
    confidence_rate: float = 0.95,
) -> Interval:
    """The interval of (sum of numerators + fixed) / sum of denominators, for example LCPR; on the log scale.

    `fixed_numerator` (running cost, say) is the same whatever units came.
    """
    sums = _columns(numerator_by_group, denominator_by_group)
    return jackknife(
        lambda s: (s[:, 0] + fixed_numerator) / s[:, 1], sums, confidence_rate=confidence_rate, scale="log"
    )


def jackknife_log_ratio(
    numerator_a_by_group: npt.ArrayLike,
    denominator_a_by_group: npt.ArrayLike,
    numerator_b_by_group: npt.ArrayLike,
    denominator_b_by_group: npt.ArrayLike,
    *,
    fixed_numerator_a: float = 0.0,
    fixed_numerator_b: float = 0.0,
    confidence_rate: float = 0.95,
) -> Interval:
    """(num_b / den_b) / (num_a / den_a), paired: element g of all four arrays belongs to the same group.

    The jackknife runs on the log, which is symmetric in a and b; all fields are of the ratio itself.
    """
    sums = _columns(numerator_a_by_group, denominator_a_by_group, numerator_b_by_group, denominator_b_by_group)

    def log_ratio(s: Floats) -> Floats:
        ratio_a = (s[:, 0] + fixed_numerator_a) / s[:, 1]
        ratio_b = (s[:, 2] + fixed_numerator_b) / s[:, 3]
        return np.asarray(np.log(ratio_b / ratio_a), dtype=np.float64)

    return _exponential(jackknife(log_ratio, sums, confidence_rate=confidence_rate))


def independent_log_ratio(
    numerator_a_by_group: npt.ArrayLike,
    denominator_a_by_group: npt.ArrayLike,
    numerator_b_by_group: npt.ArrayLike,
    denominator_b_by_group: npt.ArrayLike,
    *,
    fixed_numerator_a: float = 0.0,
    fixed_numerator_b: float = 0.0,
    confidence_rate: float = 0.95,
) -> Interval:
    """The same ratio from two independent samples: two jackknives, their variances added on the log scale.

    The degrees of freedom are Welch-Satterthwaite's; `groups` is the smaller of the two counts.
    """
    log_a = _log_of_ratio(numerator_a_by_group, denominator_a_by_group, fixed_numerator_a)
    log_b = _log_of_ratio(numerator_b_by_group, denominator_b_by_group, fixed_numerator_b)
    groups = min(log_a.groups, log_b.groups)
    if log_a.point is None or log_b.point is None:
        return Interval(point=None, groups=groups)
    point = log_b.point - log_a.point
    if log_a.standard_error is None or log_b.standard_error is None:
        return _exponential(Interval(point=point, groups=groups))
    variance_a, variance_b = log_a.standard_error**2, log_b.standard_error**2
    spread = variance_a**2 / _known(log_a.degrees_of_freedom) + variance_b**2 / _known(log_b.degrees_of_freedom)
    freedom = (variance_a + variance_b) ** 2 / spread if spread else float(groups - 1)
    error = math.sqrt(variance_a + variance_b)
    return _exponential(_around(point, error, freedom, groups, confidence_rate))


def _symmetric(point: float, without: Floats, confidence_rate: float) -> Interval:
    groups = len(without)
    squares = (without - without.mean()) ** 2
    total = float(squares.sum())
    error = math.sqrt((groups - 1) / groups * total)
    kurtosis = groups * float((squares**2).sum()) / total**2 if total**2 else 1.0
    freedom = min(groups - 1.0, 2 * groups / (kurtosis - 1) if kurtosis > 1 else math.inf)
    return _around(point, error, freedom, groups, confidence_rate)


def _around(point: float, error: float, freedom: float, groups: int, confidence_rate: float) -> Interval:
    reach = t_quantile(two_sided_level(confidence_rate), freedom) * error
    return Interval(
        point=point,
        low=point - reach,
        high=point + reach,
        standard_error=error,
        degrees_of_freedom=freedom,
        groups=groups,
    )


def _figures(theta: Theta, sums: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(theta(sums), dtype=np.float64)


def _columns(*columns: npt.ArrayLike) -> Floats:
    arrays = [np.asarray(column, dtype=np.float64) for column in columns]
    lengths = {array.shape for array in arrays}
    if len(lengths) > 1 or arrays[0].ndim != 1:
        raise BadInputError(f"sums by group must be lists of one length, got shapes {sorted(lengths)}")
    return np.stack(arrays, axis=1)


def _log_of_ratio(numerator: npt.ArrayLike, denominator: npt.ArrayLike, fixed: float) -> Interval:
    return jackknife(lambda s: np.log((s[:, 0] + fixed) / s[:, 1]), _columns(numerator, denominator))


def _exponential(log: Interval) -> Interval:
    """From the log scale back; the standard error becomes that of the figure to first order."""
    point = _exp(log.point)
    error = None if point is None or log.standard_error is None else point * log.standard_error
    return log.model_copy(
        update={"point": point, "low": _exp(log.low), "high": _exp(log.high), "standard_error": error}
    )


def _exp(value: float | None) -> float | None:
    return None if value is None else math.exp(min(value, _LARGEST_EXPONENT))


def _known(freedom: float | None) -> float:
    if freedom is None:
        raise BadInputError("an interval with a standard error must carry its degrees of freedom")
    return freedom
