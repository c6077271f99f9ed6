"""The delete-a-group jackknife: the interval of any figure that is a function of sums over units.

With m groups that hold units, theta the figure from all of them, and theta_g the figure from the sums without
group g, scaled by m / (m - 1) back to the whole:

    variance = (m - 1) / m x sum over g of (theta_g - mean of theta_g)^2
    interval = theta -+ t x sqrt(variance), t of m - 1 degrees of freedom

Groups are whole customers (or sessions), so units of one customer may resemble each other. A group without any
unit is not passed: it says nothing about the spread. Fewer than two groups, or a figure that is undefined
without some group: no interval. Source: Kott (2001); section 3 of the domain.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

from routefit.errors import BadInputError
from routefit.stats.quantiles import t_quantile, two_sided_level

Floats = npt.NDArray[np.float64]
Theta = Callable[[Floats], Floats]


class Interval(BaseModel):
    """A figure with its confidence interval; None is undefined, `groups` is m."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    point: float | None
    low: float | None = None
    high: float | None = None
    standard_error: float | None = None
    groups: int


def jackknife(theta: Theta, sums_by_group: npt.ArrayLike, *, confidence_rate: float = 0.95) -> Interval:
    """The interval of `theta`, a function of the column sums of `sums_by_group` (groups x columns).

    `theta` is called with an array (rows x columns) of such sums and answers one figure a row; nan or infinite
    is undefined. A constant (a fixed cost) belongs into `theta`, not into the sums.
    """
    sums = np.atleast_2d(np.asarray(sums_by_group, dtype=np.float64))
    if not np.isfinite(sums).all():
        raise BadInputError("a sum of a group is not a finite number")
    groups = len(sums) if sums.size else 0
    if groups == 0:
        return Interval(point=None, groups=0)
    whole = sums.sum(axis=0)
    point = _figures(theta, whole[np.newaxis, :])[0]
    if not math.isfinite(point):
        return Interval(point=None, groups=groups)
    error = _standard_error(theta, sums, whole)
    if error is None:
        return Interval(point=point, groups=groups)
    reach = t_quantile(two_sided_level(confidence_rate), groups - 1) * error
    return Interval(point=point, low=point - reach, high=point + reach, standard_error=error, groups=groups)


def jackknife_ratio(
    numerator_by_group: npt.ArrayLike,
    denominator_by_group: npt.ArrayLike,
    *,
    fixed_numerator: float = 0.0,
    confidence_rate: float = 0.95,
) -> Interval:
    """The interval of (sum of numerators + fixed) / sum of denominators, for example LCPR.

    `fixed_numerator` (running cost, say) is the same whatever units came. Where no numerator is negative the
    figure cannot be, and `low` is cut at 0.
    """
    sums = _columns(numerator_by_group, denominator_by_group)
    interval = jackknife(lambda s: (s[:, 0] + fixed_numerator) / s[:, 1], sums, confidence_rate=confidence_rate)
    if interval.low is None or interval.low >= 0 or fixed_numerator < 0 or (sums < 0).any():
        return interval
    return interval.model_copy(update={"low": 0.0})


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

    The jackknife runs on the log, which is symmetric in a and b; `point`, `low` and `high` are of the ratio,
    `standard_error` is of its log.
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
    variance = variance_a + variance_b
    spread = variance_a**2 / (log_a.groups - 1) + variance_b**2 / (log_b.groups - 1)
    reach = (
        t_quantile(two_sided_level(confidence_rate), variance**2 / spread) * math.sqrt(variance) if spread else 0.0
    )
    return _exponential(
        Interval(
            point=point,
            low=point - reach,
            high=point + reach,
            standard_error=math.sqrt(variance),
            groups=groups,
        )
    )


def _standard_error(theta: Theta, sums: Floats, whole: Floats) -> float | None:
    groups = len(sums)
    if groups < 2:
        return None
    without = _figures(theta, (whole - sums) * (groups / (groups - 1)))
    if not np.isfinite(without).all():
        return None
    return math.sqrt((groups - 1) / groups * float(((without - without.mean()) ** 2).sum()))


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
    def exp(value: float | None) -> float | None:
        return None if value is None else math.exp(min(value, 700.0))

    return log.model_copy(update={"point": exp(log.point), "low": exp(log.low), "high": exp(log.high)})
