"""Do two groups of units look alike? The standardised difference of one property, and its noise.

    d = (mean_b - mean_a) / sqrt((variance_a + variance_b) / 2)          dimensionless

Below 0.1 is the usual sign of balance (Austin 2009). Its standard error, for n_a and n_b independent units, is
sqrt((n_a + n_b) / (n_a n_b) + d^2 / (2 (n_a + n_b))) (Hedges and Olkin 1985).
"""

from __future__ import annotations

import math

from routefit.errors import BadInputError


def standardised_difference(mean_a: float, variance_a: float, mean_b: float, variance_b: float) -> float:
    """d of b against a; without any spread, 0 for equal means, else infinite with the sign of the difference."""
    if variance_a < 0 or variance_b < 0:
        raise BadInputError(f"variance_a {variance_a} or variance_b {variance_b} is below 0")
    difference = mean_b - mean_a
    spread = math.sqrt((variance_a + variance_b) / 2)
    if spread:
        return difference / spread
    return math.copysign(math.inf, difference) if difference else 0.0


def standardised_rate_difference(rate_a: float, rate_b: float) -> float:
    """d of two shares, each with the variance rate (1 - rate)."""
    if not 0 <= rate_a <= 1 or not 0 <= rate_b <= 1:
        raise BadInputError(f"rate_a {rate_a} or rate_b {rate_b} is not in 0..1")
    return standardised_difference(rate_a, rate_a * (1 - rate_a), rate_b, rate_b * (1 - rate_b))


def standardised_difference_error(difference: float, n_a: int, n_b: int) -> float:
    """The standard error of d; 0 for an infinite d (no spread at all)."""
    if n_a < 1 or n_b < 1:
        raise BadInputError(f"n_a {n_a} or n_b {n_b} is below 1")
    if math.isinf(difference):
        return 0.0
    return math.sqrt((n_a + n_b) / (n_a * n_b) + difference**2 / (2 * (n_a + n_b)))
