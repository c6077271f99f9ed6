"""Labels on numbers: how well is this known, from where, since when.

The order and the meaning of the labels follow section 4 of the domain description. `UNKNOWN` is a value
of its own: it never passes a constraint and is never 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, model_validator

T = TypeVar("T")

STALE_AFTER_DAYS = 90
"""A fact older than this is stale unless its refresh period says otherwise (OPINION of the source)."""


class Label(StrEnum):
    """How a number is known, from the strongest to the weakest."""

    MEASURED = "MEASURED"
    CONTRACTED = "CONTRACTED"
    PUBLIC = "PUBLIC"
    DERIVED = "DERIVED"
    ESTIMATED = "ESTIMATED"
    OPINION = "OPINION"
    ASSUMED = "ASSUMED"
    SYNTHETIC = "SYNTHETIC"
    UNKNOWN = "UNKNOWN"

    @property
    def weakness(self) -> int:
        """0 for the strongest label, growing towards UNKNOWN."""
        return list(Label).index(self)


def weakest(labels: Iterable[Label]) -> Label:
    """The strict label of a result: the weakest among its inputs; of nothing, UNKNOWN."""
    return max(labels, key=lambda label: label.weakness, default=Label.UNKNOWN)


class Evidence(BaseModel):
    """What one number rests on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: Label
    source: str | None = None
    as_of: date | None = None

    def is_stale(self, today: date, *, after_days: int = STALE_AFTER_DAYS) -> bool:
        """Whether the date of the evidence is more than `after_days` before `today`; undated is not stale."""
        return self.as_of is not None and (today - self.as_of).days > after_days


class Fact(BaseModel, Generic[T]):
    """A declared value with its evidence.

    In a file it is either a bare value (then ASSUMED) or `{value, label, source, as_of}`; absent or null is
    UNKNOWN.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: T | None = None
    label: Label = Label.UNKNOWN
    source: str | None = None
    as_of: date | None = None

    @model_validator(mode="before")
    @classmethod
    def _bare_value(cls, given: Any) -> Any:
        if isinstance(given, Fact):
            return given
        if isinstance(given, dict):
            if given.get("value") is None:
                return {**given, "label": Label.UNKNOWN}
            return {"label": Label.ASSUMED, **given}
        return {} if given is None else {"value": given, "label": Label.ASSUMED}

    @property
    def is_known(self) -> bool:
        """Whether there is a value at all."""
        return self.value is not None

    @property
    def evidence(self) -> Evidence:
        """The label, source and date without the value."""
        return Evidence(label=self.label, source=self.source, as_of=self.as_of)
