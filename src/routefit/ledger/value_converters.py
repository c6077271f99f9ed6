"""Converters of values that are Python objects already: the short cut of the converters of `values`.

What a short cut takes is exactly what those converters give; everything else goes to them. A number without an
end, which JSON cannot spell, is as if absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from math import inf
from typing import Any

import msgspec

from routefit.ledger.schema import (
    FIRST_YEAR,
    LAST_YEAR,
    MAX_ATTRIBUTE_CHARACTERS,
    MAX_COUNT,
    MAX_NUMBER_EXCLUSIVE,
    MAX_TOKENS,
    MAX_USD_EXCLUSIVE,
    Column,
    Kind,
    Table,
)
from routefit.ledger.values import Converter, LeftOut, converters

_PERSONS_REMEMBERED = 32_768
_PICO_DIGITS = 12
_PLAIN_TIME_CHARACTERS = len("2026-06-01T00:00:00Z")


def value_converters(table: Table, *, hash_key: str | None, left_out: LeftOut) -> dict[str, Converter]:
    """One converter per column of the table, by name."""
    careful = converters(table, hash_key=hash_key, left_out=left_out)
    return {column.name: _quick(column, careful[column.name]) for column in table.columns}


def is_endless(value: Any) -> bool:
    """Whether the value is no number, or none that ends."""
    return type(value) is float and not -inf < value < inf


def _quick(column: Column, careful: Converter) -> Converter:
    match column.kind:
        case Kind.TEXT | Kind.ID:
            return _text(careful, column.max_characters)
        case Kind.IDENTIFIER_OF_A_PERSON:
            return _person(careful)
        case Kind.TOKENS:
            return _whole(careful, MAX_TOKENS)
        case Kind.COUNT:
            return _whole(careful, MAX_COUNT)
        case Kind.AMOUNT:
            return _amount(careful)
        case Kind.USD:
            return _pico_usd(careful)
        case Kind.INSTANT:
            return _instant(careful)
        case Kind.OBJECT:
            return _object(careful)
        case Kind.VALUE:
            return lambda value: None if is_endless(value) else careful(value)
        case _:
            return careful


def _text(careful: Converter, most: int) -> Converter:
    def convert(value: Any) -> Any:
        if type(value) is str and 0 < len(value) <= most:
            return value
        return None if is_endless(value) else careful(value)

    return convert


def _person(careful: Converter) -> Converter:
    remembered = lru_cache(_PERSONS_REMEMBERED)(careful)

    def convert(value: Any) -> Any:
        if type(value) is str:
            return remembered(value)
        return None if is_endless(value) else careful(value)

    return convert


def _whole(careful: Converter, most: int) -> Converter:
    def convert(value: Any) -> Any:
        return value if type(value) is int and 0 <= value <= most else careful(value)

    return convert


def _amount(careful: Converter) -> Converter:
    def convert(value: Any) -> Any:
        return value if type(value) is float and 0 <= value < MAX_NUMBER_EXCLUSIVE else careful(value)

    return convert


def _pico_usd(careful: Converter) -> Converter:
    """Exact by way of the shortest text of the number, as the careful converter does it."""

    def convert(value: Any) -> Any:
        if type(value) is float and 0 <= value < MAX_USD_EXCLUSIVE:
            number, _, exponent = repr(value).partition("e-")
            whole, _, fraction = number.partition(".")
            shift = _PICO_DIGITS - len(fraction) - int(exponent or 0)
            digits = whole + fraction
            if shift >= 0 and digits.isdigit():
                return int(digits) * 10**shift
        return careful(value)

    return convert


def _instant(careful: Converter) -> Converter:
    def convert(value: Any) -> Any:
        if type(value) is str and len(value) >= _PLAIN_TIME_CHARACTERS and value[-1] == "Z":
            try:
                at = datetime.fromisoformat(value[:-1])
            except ValueError:
                return careful(value)
            if at.tzinfo is None and FIRST_YEAR <= at.year <= LAST_YEAR:
                return at
        return careful(value)

    return convert


def _object(careful: Converter) -> Converter:
    encode = msgspec.json.Encoder().encode

    def convert(value: Any) -> Any:
        if type(value) is not dict:
            return careful(value)
        for name, item in value.items():
            if len(name) > MAX_ATTRIBUTE_CHARACTERS or not (
                type(item) is str and len(item) <= MAX_ATTRIBUTE_CHARACTERS
            ):
                return careful(_without_endless(value))
        return encode(value).decode()

    return convert


def _without_endless(value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: None if is_endless(item) else item for name, item in value.items()}
