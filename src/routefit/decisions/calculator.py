"""What a calculator is: inputs, the formula at one point, and the net value of its actions on draws."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Protocol, TypeAlias, runtime_checkable

from pydantic import SerializeAsAny

from routefit.decisions.decision import Figures, Naive
from routefit.decisions.given import Input
from routefit.decisions.uncertainty import Arrays

Values: TypeAlias = Mapping[str, Any]
"""Inputs by name at their points: a float, flag, word or date; None is UNKNOWN."""


NetUsdOver: TypeAlias = Literal["horizon", "month", "task", "run"]


class Point(Figures):
    """A calculator's answer at one point: its figures beside those of the common mistake.

    `net_usd_over` where what net USD are summed over depends on the inputs; None: as the calculator says.
    """

    result: SerializeAsAny[Figures]
    naive: SerializeAsAny[Naive]
    warnings: tuple[str, ...] = ()
    net_usd_over: NetUsdOver | None = None


class Calculator(Protocol):
    """One decision.

    `actions` are what one can do, in the order in which ties are broken; the first is staying where
    `has_staying`, and its net value is 0. All methods are pure; `point` refuses nonsense with BadInputError and
    undefined figures with UndefinedError.
    """

    @property
    def kind(self) -> str:
        """Its name after `routefit decide`."""
        ...

    @property
    def actions(self) -> tuple[str, ...]:
        """What one can do."""
        ...

    @property
    def has_staying(self) -> bool:
        """Whether the first action is to leave things as they are."""
        ...

    @property
    def net_usd_over(self) -> NetUsdOver:
        """What its net USD are summed over."""
        ...

    @property
    def inputs(self) -> tuple[Input, ...]:
        """All inputs, those with an option of their own first."""
        ...

    def unused(self, values: Values) -> frozenset[str]:
        """Inputs that the formula does not look at with these values: neither drawn nor evidence."""
        ...

    def point(self, values: Values) -> Point:
        """All figures at one point."""
        ...

    def net_usd(self, values: Arrays) -> Mapping[str, Any]:
        """Net USD of every action but staying, over `net_usd_over`; on floats or on arrays of one length."""
        ...

    def outcomes(self, values: Arrays) -> Mapping[str, Any]:
        """Further figures whose distribution is of interest (payback months; infinite where never)."""
        ...

    def decision(self, best: str, point: Point) -> str:
        """What to do, when `best` has the highest net value and `point` is what else is known."""
        ...


@runtime_checkable
class DecidesWithoutFigures(Protocol):
    """A calculator whose figures take long: the search for flips asks it thousands of times for a word alone."""

    def decision_from(self, best: str, values: Values) -> str:
        """As `decision` of `point`, with the same errors."""
        ...


@runtime_checkable
class SpeaksOfDecision(Protocol):
    """A calculator whose figures or warnings speak of what is to be done, which the draws may say otherwise."""

    def point_for(self, decision: str, values: Values) -> Point:
        """As `point`, for this decision."""
        ...


def point_for(calculator: Calculator, decision: str, values: Values, point: Point) -> Point:
    """The point as it reads when this is the decision."""
    return calculator.point_for(decision, values) if isinstance(calculator, SpeaksOfDecision) else point


def decision_from(calculator: Calculator, best: str, values: Values) -> str:
    """What to do at one point, when `best` has the highest net value; the errors of `point`."""
    if isinstance(calculator, DecidesWithoutFigures):
        return calculator.decision_from(best, values)
    return calculator.decision(best, calculator.point(values))
