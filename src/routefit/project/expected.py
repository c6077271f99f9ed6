"""What a declared model expects at a place, in words for people."""

from __future__ import annotations

import types
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MinLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from routefit.declared.ranged import EXPECTED_NUMBER, EXPECTED_RATE, RangedNumber, RangedRate
from routefit.evidence import Fact
from routefit.project.document import Step

NOT_EMPTY = " that is not empty"
Bounds = Ge | Gt | Le | Lt | MinLen
WORD_OF_TYPE = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    Decimal: "a number",
    str: "text",
    date: "a date like 2026-01-31",
    RangedRate: EXPECTED_RATE,
    RangedNumber: EXPECTED_NUMBER,
}


def spelling(name: str, field: FieldInfo) -> str:
    """How the field is written in a file."""
    return field.alias or name


def fields_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The fields of a model by the spelling of the files."""
    return {spelling(name, field): field for name, field in model.model_fields.items()}


def is_fact(model: type[BaseModel]) -> bool:
    """Whether the model is a `Fact` of some type, which may also be written as its bare value."""
    return issubclass(model, Fact)


def alternatives(annotation: Any) -> tuple[Any, ...]:
    """The types that an annotation allows besides None, without their constraints."""
    if get_origin(annotation) is Annotated:
        return alternatives(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return tuple(found for part in get_args(annotation) for found in alternatives(part))
    return () if annotation is type(None) else (annotation,)


def model_in(annotation: Any) -> type[BaseModel] | None:
    """The model that an annotation allows, if any."""
    for option in alternatives(annotation):
        if isinstance(option, type) and issubclass(option, BaseModel):
            return option
    return None


def below(annotation: Any, step: Step) -> Any:
    """What is expected one step down, or None where the annotation has no such step."""
    for option in alternatives(annotation):
        if isinstance(option, type) and issubclass(option, BaseModel) and isinstance(step, str):
            field = fields_of(option).get(step)
            if field is not None:
                return Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
        if get_origin(option) is tuple and isinstance(step, int):
            return get_args(option)[0]
        if get_origin(option) is dict and isinstance(step, str):
            return get_args(option)[1]
    return None


def described(annotation: Any) -> str:
    """An annotation in words, with its bounds: `a number from 0 to 1`."""
    bounds = tuple(bounds_of(annotation))
    words: list[str] = []
    for option in alternatives(annotation):
        word = _word(option, bounds)
        if word not in words:
            words.append(word)
    return " or ".join(words)


def bounds_of(annotation: Any) -> Iterator[Bounds]:
    """The constraints of an annotation, wherever in it they stand."""
    if get_origin(annotation) in (Union, types.UnionType):
        for part in get_args(annotation):
            yield from bounds_of(part)
    if get_origin(annotation) is Annotated:
        inner, *constraints = get_args(annotation)
        yield from bounds_of(inner)
        for constraint in constraints:
            for bound in constraint.metadata if isinstance(constraint, FieldInfo) else (constraint,):
                if isinstance(bound, Bounds):
                    yield bound


def _word(option: Any, bounds: tuple[Bounds, ...]) -> str:
    if get_origin(option) is Literal:
        return f"one of {', '.join(str(value) for value in get_args(option))}"
    if get_origin(option) is tuple:
        return _list_word(get_args(option)[0])
    if get_origin(option) is dict:
        return "names with values"
    if isinstance(option, type) and issubclass(option, Enum):
        return f"one of {', '.join(str(member.value) for member in option)}"
    if isinstance(option, type) and issubclass(option, BaseModel):
        if is_fact(option):
            return described(option.model_fields["value"].annotation)
        return f"keys with values ({', '.join(fields_of(option))})"
    return f"{WORD_OF_TYPE.get(option, 'a value')}{_range_words(bounds)}"


def _list_word(item: Any) -> str:
    model = model_in(item)
    if model is not None:
        return f"a list of entries with keys ({', '.join(fields_of(model))})"
    word = described(item)
    return f"a list of {word.removeprefix('a ').removeprefix('one of ')}"


def _range_words(bounds: tuple[Bounds, ...]) -> str:
    low = next((bound for bound in bounds if isinstance(bound, Ge | Gt)), None)
    high = next((bound for bound in bounds if isinstance(bound, Le | Lt)), None)
    if any(isinstance(bound, MinLen) for bound in bounds):
        return NOT_EMPTY
    if isinstance(low, Ge) and isinstance(high, Le):
        return f" from {low.ge} to {high.le}"
    parts = []
    if low is not None:
        parts.append(f"{low.ge} or more" if isinstance(low, Ge) else f"above {low.gt}")
    if high is not None:
        parts.append(f"{high.le} or less" if isinstance(high, Le) else f"below {high.lt}")
    return f", {' and '.join(parts)}" if parts else ""
