"""Quantiles: of data by nearest rank, of the normal and of Student's t distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from statistics import NormalDist
from typing import TypeVar

from routefit.errors import BadInputError, UndefinedError

N = TypeVar("N", int, float)


def nearest_rank(values: Sequence[N], percentile: float) -> N:
    """The smallest value that at least `percentile` per cent of the values do not exceed.

    The value of rank ceil(percentile / 100 x n) in ascending order, rank 1 at least: always one of the values,
    never an interpolation. `values` need not be sorted; `percentile` lies in 0..100.

    Raises UndefinedError for no values, BadInputError for a percentile outside 0..100.
    """
    if not 0 <= percentile <= 100:
        raise BadInputError(f"percentile {percentile} is not in 0..100")
    if not len(values):
        raise UndefinedError(f"the {percentile}th percentile of no values has no value")
    rank = math.ceil(Decimal(repr(percentile)) * len(values) / 100)
    return sorted(values)[max(rank, 1) - 1]


def two_sided_level(confidence_rate: float) -> float:
    """The cumulative probability at the upper end of a two-sided interval: 0.975 for 0.95."""
    if not 0 < confidence_rate < 1:
        raise BadInputError(f"confidence_rate {confidence_rate} is not between 0 and 1")
    return 1 - (1 - confidence_rate) / 2


def normal_quantile(probability_rate: float) -> float:
    """The standard normal value below which the given share of the distribution lies (1.645 for 0.95)."""
    if not 0 < probability_rate < 1:
        raise BadInputError(f"probability_rate {probability_rate} is not between 0 and 1")
    return NormalDist().inv_cdf(probability_rate)


@lru_cache(maxsize=1024)
def t_quantile(probability_rate: float, degrees_of_freedom: float) -> float:
    """Student's t value below which the given share lies; the degrees of freedom need not be whole.

    Raises BadInputError for a share outside 0..1 or degrees of freedom of 0 or less.
    """
    if not 0 < probability_rate < 1:
        raise BadInputError(f"probability_rate {probability_rate} is not between 0 and 1")
    if not degrees_of_freedom > 0:
        raise BadInputError(f"degrees_of_freedom {degrees_of_freedom} is not above 0")
    from scipy.special import stdtrit

    return float(stdtrit(degrees_of_freedom, probability_rate))
