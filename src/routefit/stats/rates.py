"""Rates from counts: the Wilson bounds, the sample that decides, the chance that a screen passes.

Wilson (1927), with p = successes / n and z the normal quantile:

    bound = (p + z^2 / 2n -+ z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n)

It inverts the score test: the lower bound reaches a limit exactly when (p - limit) / sqrt(limit (1 - limit) / n)
reaches z. That gives the sample size in closed form.
"""

from __future__ import annotations

import math
from typing import Literal

from routefit.errors import BadInputError, UndefinedError
from routefit.stats.quantiles import normal_quantile, two_sided_level


def wilson_bounds(
    successes: float, n: int, *, confidence_rate: float = 0.95, sided: Literal[1, 2] = 2
) -> tuple[float, float]:
    """The lower and the upper Wilson bound of a rate.

    With `sided=1` each bound alone holds with `confidence_rate` (z 1.645 at 0.95), with `sided=2` both together
    (z 1.960). Raises UndefinedError for n = 0, BadInputError for successes outside 0..n.
    """
    if n == 0:
        raise UndefinedError("the rate of no cases has no bounds")
    if not 0 <= successes <= n:
        raise BadInputError(f"successes {successes} is not in 0..{n}")
    z = _z(confidence_rate, sided)
    rate = successes / n
    centre = rate + z * z / (2 * n)
    half = z * math.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return max(0.0, (centre - half) / scale), min(1.0, (centre + half) / scale)


def deciding_sample_size(rate: float, limit_rate: float, *, confidence_rate: float = 0.95) -> int | None:
    """The smallest n at which this rate would put the one-sided Wilson bound on its own side of the limit.

    n = z^2 limit (1 - limit) / (rate - limit)^2, rounded up. A rate above the limit must reach it with the
    lower bound, one below it must be left behind by the upper bound. None: rate and limit are equal (to twelve
    digits), no sample decides.
    """
    if not 0 <= rate <= 1 or not 0 <= limit_rate <= 1:
        raise BadInputError(f"rate {rate} or limit_rate {limit_rate} is not in 0..1")
    if math.isclose(rate, limit_rate, rel_tol=0, abs_tol=1e-12):
        return None
    z = normal_quantile(confidence_rate)
    needed = z * z * limit_rate * (1 - limit_rate) / (rate - limit_rate) ** 2
    return max(1, math.ceil(needed) if rate > limit_rate else math.floor(needed) + 1)


def passing_probability(true_rate: float, n: int, limit_rate: float, *, confidence_rate: float = 0.95) -> float:
    """The chance that the one-sided lower Wilson bound of n cases reaches the limit, given the true rate.

    Exact: the binomial probability of at least k successes, k the smallest count whose lower bound reaches the
    limit. A route that is truly at 0.90 passes a limit of 0.85 at 200 cases with 0.65.
    """
    if not 0 <= true_rate <= 1:
        raise BadInputError(f"true_rate {true_rate} is not in 0..1")
    reaching = (
        k for k in range(n + 1) if wilson_bounds(k, n, confidence_rate=confidence_rate, sided=1)[0] >= limit_rate
    )
    least = next(reaching, None)
    if least is None:
        return 0.0
    if least == 0:
        return 1.0
    from scipy.special import bdtrc

    return float(bdtrc(least - 1, n, true_rate))


def _z(confidence_rate: float, sided: Literal[1, 2]) -> float:
    return normal_quantile(confidence_rate if sided == 1 else two_sided_level(confidence_rate))
