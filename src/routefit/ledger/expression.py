"""Expressions of a map: how one column's value is found in a row.

    constant     a number, true, false, null, a text that begins with a digit or a sign, or {const: anything}
    path         `usage.input_tokens`, a name with other characters in double quotes: `meta."my key".id`
    $key         the key of the row in its dictionary, else the number of the row in the file, from 1
    path.NAME    a capture of the file's path
    template     a text with any of these in braces: `{path.model}/{$key}`
    cast         int float str bool json utc unix_s unix_ms, around any of these: `utc(TIMESTAMP)`
    alternatives a list of these: the first that is there and not null

`MISSING` is a path that the row does not have; it is not the same as null.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec

from routefit.ledger.values import JsonNumber, Refused, decode_json, scalar_text


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()


@dataclass(frozen=True, slots=True)
class Row:
    """What an expression can see: the row's value, its key and the captures of the file's path."""

    value: Any
    key: str
    captures: Mapping[str, str]


Expression = Callable[[Row], Any]
"""Gives the value, None, or MISSING; raises `Refused` when a cast fails."""


class ExpressionError(ValueError):
    """A text that is no expression; the message says what was expected."""


_SEGMENT = r'(?:[A-Za-z_][A-Za-z0-9_-]*|"[^"]+")'
_PATH = re.compile(rf"(?:\$\.)?{_SEGMENT}(?:\.(?:{_SEGMENT}|[0-9]+))*")
_SEGMENTS = re.compile(r'"([^"]+)"|([^."]+)')
_CAPTURE = re.compile(r"path\.([A-Za-z_][A-Za-z0-9_]*)")
_CAST = re.compile(r"([a-z_]+)\((.*)\)", re.DOTALL)
_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_LONG_FRACTION = re.compile(r"(:[0-9]{2}[.,][0-9]{6})[0-9]+")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_EPOCH_SECONDS = 10**11


def constant(value: Any) -> Expression:
    """Always this value."""
    return lambda _row: value


def alternatives(choices: Sequence[Expression]) -> Expression:
    """The first that is there and not null; else null if any was there, else MISSING."""

    def find(row: Row) -> Any:
        found: Any = MISSING
        for choice in choices:
            value = choice(row)
            if value is not MISSING and value is not None:
                return value
            found = None if value is None else found
        return found

    return find


def parse_expression(text: str, captures: Sequence[str]) -> Expression:
    """The expression that a text of a map stands for; ExpressionError with what was expected instead."""
    text = text.strip()
    cast = _CAST.fullmatch(text)
    if cast:
        return _cast(cast[1], parse_expression(cast[2], captures))
    if "{" in text or "}" in text:
        return _template(text, captures)
    if text == "$key":
        return lambda row: row.key
    capture = _CAPTURE.fullmatch(text)
    if capture:
        return _capture(capture[1], captures)
    if _PATH.fullmatch(text):
        return path_expression(text)
    if text[:1].isdigit() or text[:1] in ("+", "-"):
        return constant(text)
    raise ExpressionError(
        f"got {text!r}, expected a path such as usage.input_tokens (names with other characters in double"
        " quotes), $key, path.NAME, a cast such as utc(time), or {const: a text}"
    )


def path_expression(text: str) -> Expression:
    """A dotted path into the row; numbers count into lists, from 0."""
    segments = [quoted or plain for quoted, plain in _SEGMENTS.findall(text.removeprefix("$."))]

    def find(row: Row) -> Any:
        value = row.value
        for segment in segments:
            if isinstance(value, dict):
                value = value.get(segment, MISSING)
            elif isinstance(value, list) and segment.isdecimal() and int(segment) < len(value):
                value = value[int(segment)]
            else:
                return MISSING
        return value

    return find


def is_path(text: str) -> bool:
    """Whether a text is a dotted path."""
    return _PATH.fullmatch(text) is not None


def _capture(name: str, captures: Sequence[str]) -> Expression:
    if name not in captures:
        known = ", ".join(f"path.{capture}" for capture in captures) or "none: `files` captures nothing"
        raise ExpressionError(f"got path.{name}, which `files` does not capture; expected one of {known}")
    return lambda row: row.captures[name]


def _template(text: str, captures: Sequence[str]) -> Expression:
    parts: list[str | Expression] = []
    end = 0
    for match in _PLACEHOLDER.finditer(text):
        parts.append(text[end : match.start()])
        end = match.end()
        if match[0] in ("{{", "}}"):
            parts.append(match[0][0])
        elif match[1] is None:
            raise ExpressionError(f"got a lone {match[0]!r}, expected it doubled or as part of {{expression}}")
        else:
            parts.append(parse_expression(match[1], captures))
    parts.append(text[end:])

    def join(row: Row) -> Any:
        texts = []
        for part in parts:
            value = part if isinstance(part, str) else part(row)
            if value is MISSING or value is None:
                return value
            texts.append(scalar_text(value))
        return "".join(texts)

    return join


def _cast(name: str, inner: Expression) -> Expression:
    convert = _CASTS.get(name)
    if convert is None:
        raise ExpressionError(f"got the cast {name}(...), expected one of {', '.join(_CASTS)}")

    def cast(row: Row) -> Any:
        value = inner(row)
        return value if value is MISSING or value is None else convert(value)

    return cast


def _number(value: Any) -> Decimal:
    text = str(value) if isinstance(value, JsonNumber) else scalar_text(value).strip()
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise Refused("is not a number") from None
    if not number.is_finite():
        raise Refused("is not a finite number")
    return number


def _to_int(value: Any) -> int:
    number = _number(value)
    if abs(number) >= 10**18 or number != number.to_integral_value():
        raise Refused("is not a whole number")
    return int(number)


def _to_float(value: Any) -> Any:
    return JsonNumber(_number(value))


def _to_bool(value: Any) -> bool:
    text = scalar_text(value).strip().lower()
    if text in ("true", "t", "yes", "y", "1", "1.0"):
        return True
    if text in ("false", "f", "no", "n", "0", "0.0"):
        return False
    raise Refused("is neither true nor false")


def _to_json(value: Any) -> Any:
    if isinstance(value, dict | list):
        return value
    try:
        return decode_json(scalar_text(value))
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise Refused("is not JSON") from None


def _to_utc(value: Any) -> datetime:
    text = _LONG_FRACTION.sub(r"\1", scalar_text(value).strip())
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Refused("is not an ISO 8601 time such as 2026-06-01 09:30:00") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _from_epoch(value: Any, *, per_second: int) -> datetime:
    microseconds = _number(value) * (1_000_000 // per_second)
    if abs(microseconds) >= _MAX_EPOCH_SECONDS * 1_000_000:
        raise Refused("is too far from 1970 to be a time")
    return _EPOCH + timedelta(microseconds=int(microseconds))


_CASTS: dict[str, Callable[[Any], Any]] = {
    "int": _to_int,
    "float": _to_float,
    "str": scalar_text,
    "bool": _to_bool,
    "json": _to_json,
    "utc": _to_utc,
    "unix_s": lambda value: _from_epoch(value, per_second=1),
    "unix_ms": lambda value: _from_epoch(value, per_second=1_000),
}

CASTS = tuple(_CASTS)
"""The names of the casts."""
