"""Rows of a format as typed columns, a batch at a time: the short cut around checking value by value.

A column is taken only where every value of it is plainly what the careful converters would store; else the
batch is not taken at all, and its rows are looked at one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from routefit.ledger.schema import (
    FIRST_YEAR,
    LAST_YEAR,
    MAX_COUNT,
    MAX_NUMBER_EXCLUSIVE,
    MAX_TOKENS,
    MAX_USD_EXCLUSIVE,
    Column,
    Kind,
)

_TIME = r"^2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z$"
_YEARS = (FIRST_YEAR, LAST_YEAR)
_PICO_PER_USD = 1e12
_SURELY_EXACT_USD = 100.0
_NEAR_A_TIE = 0.05


class NotPlainError(Exception):
    """Some value of a batch needs a closer look."""


Values = Sequence[Any]
ToColumn = Callable[[Values], Any]
"""Takes the values of a column, None where absent; returns an Arrow array or raises `NotPlainError`."""


def plain_column(column: Column) -> ToColumn | None:
    """How a column of plain values becomes what is stored; None where each value must be converted."""
    match column.kind:
        case Kind.TEXT | Kind.ID:
            return _texts(column.max_characters)
        case Kind.CHOICE:
            return _choices(column.allowed)
        case Kind.TOKENS:
            return _wholes(pa.int64(), MAX_TOKENS)
        case Kind.COUNT:
            return _wholes(pa.int32(), MAX_COUNT)
        case Kind.AMOUNT:
            return _amounts
        case Kind.USD:
            return _pico_usd
        case Kind.INSTANT:
            return _instants
        case _:
            return None


def arrow_array(values: Values, kind: Any, *types: type) -> Any:
    """An Arrow array; `NotPlainError` where a value is of another type, or of none of the `types` named."""
    require(not types or {type(None), *types}.issuperset(map(type, values)))
    try:
        return pa.array(values, type=kind)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, UnicodeError) as error:
        raise NotPlainError from error


def require(condition: bool) -> None:
    """Raise `NotPlainError` unless the condition holds."""
    if not condition:
        raise NotPlainError


def _texts(most: int) -> ToColumn:
    def convert(values: Values) -> Any:
        array = arrow_array(values, pa.string(), str)
        if array.null_count < len(array):
            spread = pc.min_max(pc.utf8_length(array))
            require(spread["min"].as_py() > 0 and spread["max"].as_py() <= most)
        return array

    return convert


def _choices(allowed: tuple[str, ...]) -> ToColumn:
    known = {None, *allowed}

    def convert(values: Values) -> Any:
        array = arrow_array(values, pa.string(), str)
        require(known.issuperset(values))
        return array

    return convert


def _wholes(kind: Any, most: int) -> ToColumn:
    def convert(values: Values) -> Any:
        array = arrow_array(values, kind, int)
        if array.null_count < len(array):
            spread = pc.min_max(array)
            require(spread["min"].as_py() >= 0 and spread["max"].as_py() <= most)
        return array

    return convert


def _reals(values: Values, most_exclusive: float) -> Any:
    """Numbers from 0 to below the most; a comparison with what is no number does not hold."""
    array = arrow_array(values, pa.float64(), float, int)
    require(pc.all(pc.and_(pc.greater_equal(array, 0.0), pc.less(array, most_exclusive))).as_py() is not False)
    return array


def _amounts(values: Values) -> Any:
    return _reals(values, MAX_NUMBER_EXCLUSIVE)


def _pico_usd(values: Values) -> Any:
    """Whole pico-USD of the shortest decimal of each number, halves away from zero.

    Below 100 USD the product of doubles is off by less than 0.05 pico-USD, so only what lies that near to a tie
    needs the decimal.
    """
    array = _reals(values, min(_SURELY_EXACT_USD, MAX_USD_EXCLUSIVE))
    pico = array.fill_null(0.0).to_numpy(zero_copy_only=False) * _PICO_PER_USD
    whole = np.rint(pico)
    require(bool((np.abs(pico - whole) <= 0.5 - _NEAR_A_TIE).all()))
    absent = array.is_null().to_numpy(zero_copy_only=False)
    return pa.array(whole.astype(np.int64), mask=absent)


def _instants(values: Values) -> Any:
    array = arrow_array(values, pa.string(), str)
    require(pc.all(pc.match_substring_regex(array, _TIME)).as_py() is not False)
    try:
        instants = pc.cast(array, pa.timestamp("us", tz="UTC"))
    except pa.ArrowInvalid as error:
        raise NotPlainError from error
    if instants.null_count < len(instants):
        spread = pc.min_max(pc.year(instants))
        require(spread["min"].as_py() >= _YEARS[0] and spread["max"].as_py() <= _YEARS[1])
    return pc.cast(instants, pa.timestamp("us"))


def require_whole_calls(by_name: Mapping[str, Any]) -> None:
    """Every call is named, has a start, and no more cached and written tokens than input."""
    require(by_name["call_id"].null_count == 0 and by_name["started_at"].null_count == 0)
    cached, written = (pc.fill_null(by_name[name], 0) for name in ("cached_input_tokens", "cache_write_tokens"))
    fits = pc.less_equal(pc.add(cached, written), by_name["input_tokens"])
    require(pc.all(fits).as_py() is not False)
