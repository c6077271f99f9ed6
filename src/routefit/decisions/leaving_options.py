"""What one can do when a route ends, and what each costs and takes.

    total USD = engineer-weeks x USD per week + one-time + difference a month x horizon months
    weeks     = as given, else engineer-weeks / engineers
    late days = max(0, ceil(7 x weeks) - days left)               0: it fits

Without options of one's own two are compared, as one published case had them: rewriting the prompts for the
successor, and switching to another provider.
Source: field guide, chapter 22, "involuntary migration"; section 7.9 of the domain.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator, Field

from routefit.decisions.given import Given, Input, Quantity
from routefit.decisions.spread import Triangular
from routefit.decisions.uncertainty import Arrays
from routefit.declared.fields import Declared, Name, number
from routefit.declared.ranged import NumberOrRange, RangedNumber
from routefit.evidence import Label

SignedNumber = Annotated[float, number, Field(ge=-1e15, le=1e15, allow_inf_nan=False)]

_CASE = "field guide, chapter 22: one team's case"


class LeavingOption(Declared):
    """One way out; amounts are numbers or ranges. `usd_per_month_difference` is signed: dearer is above 0.

    `is_on_same_notice`: it goes to a model that ends on the same notice, and so is no way out.
    """

    name: Name
    engineer_weeks: NumberOrRange = RangedNumber((0.0, 0.0, 0.0))
    engineer_usd_per_week: NumberOrRange | None = None
    one_time_usd: NumberOrRange = RangedNumber((0.0, 0.0, 0.0))
    weeks: NumberOrRange | None = None
    usd_per_month_difference: SignedNumber = 0.0
    is_on_same_notice: bool = False
    label: Label = Label.ASSUMED
    source: str | None = None

    @property
    def key(self) -> str:
        """The name as it begins the names of its inputs."""
        return re.sub(r"[^0-9a-z]+", "_", self.name.casefold()).strip("_")

    @property
    def inputs(self) -> tuple[Input, ...]:
        """Its amounts, so that they may be ranges and be overridden."""
        amounts = (
            (Quantity.NUMBER, "engineer_weeks", "weeks", "engineering time", self.engineer_weeks),
            (
                Quantity.USD,
                "engineer_usd_per_week",
                "USD per week",
                "cost of its engineers",
                self.engineer_usd_per_week,
            ),
            (Quantity.USD, "one_time_usd", "USD", "what else it costs once", self.one_time_usd),
            (Quantity.NUMBER, "weeks", "weeks", "calendar time until all traffic has moved", self.weeks),
        )
        return tuple(
            Input(
                name=f"{self.key}_{name}",
                quantity=quantity,
                unit=unit,
                meaning=f"option {self.name}: {meaning}",
                default=None if amount is None else self._given(amount),
            )
            for quantity, name, unit, meaning, amount in amounts
        )

    def total_usd(self, values: Arrays) -> Any:
        """USD until the horizon."""
        per_week = values[f"{self.key}_engineer_usd_per_week"]
        per_week = values["engineer_usd_per_week"] if per_week is None else per_week
        work = values[f"{self.key}_engineer_weeks"] * per_week + values[f"{self.key}_one_time_usd"]
        return work + self.usd_per_month_difference * values["horizon_months"]

    def needed_weeks(self, values: Arrays) -> Any:
        """Calendar weeks."""
        own = values[f"{self.key}_weeks"]
        return values[f"{self.key}_engineer_weeks"] / values["engineers"] if own is None else own

    def late_days(self, values: Arrays, *, left_days: int) -> Any:
        """Whole days that are missing; 0 where it fits."""
        needed_days = np.ceil(np.round(7 * np.asarray(self.needed_weeks(values), float), 9))
        return np.maximum(0.0, needed_days - left_days)

    def _given(self, amount: RangedNumber) -> Given:
        low, mode, high = amount.ends
        spread = Triangular(low=low, mode=mode, high=high) if low < high else None
        return Given(value=mode, spread=spread, label=self.label, source=self.source or "option of the file")


def _apart(options: tuple[LeavingOption, ...]) -> tuple[LeavingOption, ...]:
    if not options:
        raise ValueError("expected at least one option")
    by_key: dict[str, str] = {}
    for one in options:
        if not one.key:
            raise ValueError(f"expected names with a letter or a digit, {one.name!r} has none")
        if one.key in by_key:
            raise ValueError(
                f"expected each name once, {by_key[one.key]!r} and {one.name!r} are one in letters and digits"
            )
        by_key[one.key] = one.name
    return options


class LeavingOptions(Declared):
    """The options of a FILE.yaml."""

    options: Annotated[tuple[LeavingOption, ...], AfterValidator(_apart)]


DEFAULT_OPTIONS = (
    LeavingOption(name="rewrite", engineer_weeks=RangedNumber((6.0, 6.0, 6.0)), label=Label.OPINION, source=_CASE),
    LeavingOption(
        name="switch",
        engineer_weeks=RangedNumber((4.0, 4.0, 4.0)),
        one_time_usd=RangedNumber((11_000.0, 11_000.0, 11_000.0)),
        label=Label.OPINION,
        source=_CASE,
    ),
)
