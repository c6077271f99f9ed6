"""A number of a file, or a range `low:mode:high` of it: what somebody who is not sure writes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator


@dataclass(frozen=True, slots=True)
class Ranged:
    """The ends (low, mode, high) in order; all three are the same where the number is certain."""

    ends: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class RangedRate(Ranged):
    """A share from 0 to 1."""


@dataclass(frozen=True, slots=True)
class RangedNumber(Ranged):
    """An amount of 0 or more."""


EXPECTED_RATE = "a number from 0 to 1, or a range low:mode:high"
EXPECTED_NUMBER = "a number of 0 or more, or a range low:mode:high"

R = TypeVar("R", bound=Ranged)


def ranged(kind: type[R], given: Any) -> R:
    """The value of a file as such a range; ValueError saying what was expected."""
    if isinstance(given, kind):
        return given
    expected = EXPECTED_RATE if issubclass(kind, RangedRate) else EXPECTED_NUMBER
    if isinstance(given, bool) or not isinstance(given, int | float | Decimal | str):
        raise ValueError(f"expected {expected}")
    ends = [_number(part, expected) for part in str(given).split(":")]
    if len(ends) not in (1, 3):
        raise ValueError(f"expected {expected}")
    if ends != sorted(ends):
        raise ValueError("expected a range low:mode:high in this order")
    low, mode, high = ends if len(ends) == 3 else ends * 3
    if low < 0 or (issubclass(kind, RangedRate) and high > 1):
        hint = f" ({high:g}% is {high / 100:g})" if 1 < high <= 100 and low >= 0 else ""
        raise ValueError(f"expected {expected}{hint}")
    return kind((low, mode, high))


def _number(part: str, expected: str) -> float:
    try:
        found = float(part)
    except ValueError:
        raise ValueError(f"expected {expected}") from None
    if not math.isfinite(found):
        raise ValueError(f"expected {expected}")
    return found


RateOrRange = Annotated[RangedRate, BeforeValidator(lambda given: ranged(RangedRate, given))]
NumberOrRange = Annotated[RangedNumber, BeforeValidator(lambda given: ranged(RangedNumber, given))]
