"""What all declared models share: frozen, strict about keys and numbers, absent is unknown."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from routefit.evidence import Fact


def _not_a_truth_value(given: Any) -> Any:
    if isinstance(given, bool):
        raise PydanticCustomError("not_a_number", "expected a number, not true or false")
    return given


number = BeforeValidator(_not_a_truth_value)
"""Refuses true and false where a number is expected; Python would read them as 1 and 0."""

Rate = Annotated[float, number, Field(ge=0, le=1)]
PositiveRate = Annotated[float, number, Field(gt=0, le=1)]
Usd = Annotated[Decimal, number, Field(ge=0, allow_inf_nan=False)]
Count = Annotated[int, number, Field(ge=0)]
PositiveCount = Annotated[int, number, Field(gt=0)]
PositiveNumber = Annotated[float, number, Field(gt=0, allow_inf_nan=False)]
NonNegativeNumber = Annotated[float, number, Field(ge=0, allow_inf_nan=False)]
Name = Annotated[str, Field(min_length=1)]


class Declared(BaseModel):
    """Base of all declared models: frozen, and an unknown key is an error.

    A key without a value (null) is read as absent where the field has a default; a `Fact` reads null as UNKNOWN.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, given: Any) -> Any:
        if not isinstance(given, dict) or None not in given.values():
            return given
        return {key: value for key, value in given.items() if value is not None or not cls._has_default(key)}

    @classmethod
    def _has_default(cls, key: str) -> bool:
        field = cls.model_fields.get(key)
        return field is not None and not field.is_required() and not isinstance(field.default, Fact)
