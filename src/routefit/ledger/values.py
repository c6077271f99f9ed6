"""From a value as it stands in a file to the value that is stored, or the reason why not.

This is the truth about what is accepted; the fast reader may accept less (then the careful one decides) but
never anything else. A scalar is taken as it is written, so `12` and `"12"` are the same number and a CSV means
the same as a JSONL.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import msgspec

from routefit.errors import nearest_names
from routefit.ledger.schema import (
    FIRST_YEAR,
    LAST_YEAR,
    MAX_ATTRIBUTE_CHARACTERS,
    MAX_COUNT,
    MAX_MONEY_EXCLUSIVE,
    MAX_NUMBER_EXCLUSIVE,
    MAX_TEXT_CHARACTERS,
    MAX_TOKENS,
    MAX_USD_EXCLUSIVE,
    Column,
    Kind,
    Table,
)

Converter = Callable[[Any], Any]
"""Takes a value that is not None; returns what is stored (None: as if absent) or raises `Refused`."""

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WHOLE = re.compile(r"[+-]?[0-9]{1,15}(\.0*)?")
_PICO = Decimal("1e-12")
_PICO_DIGITS = 12
_USD_DIGITS = 6
_DATE_CHARACTERS = len("2026-06-01Z")
_LONGEST_NUMBER = 60
_SHOWN_CHARACTERS = 80
_MOST_SPACES_SHOWN = 2
_LONGEST_WORD_SHOWN = 20
SECRET_START = re.compile(r"sk-|key-|ghp_|AKIA|Bearer", re.IGNORECASE)
_TIME_OR_NUMBER = re.compile(r"[+-]?[0-9][0-9:.+-]*([TeE][0-9:.+-]+)?Z?")

NAIVE_TIME_ADVICE = "has no time zone: write it with Z or an offset, or import with a map that says utc(...)"


class Refused(Exception):  # noqa: N818 - a value is refused; nothing went wrong in the program
    """A value that the column does not take; the message is the reason."""


class JsonNumber(str):
    """A JSON number with a fraction or exponent, as it is written: money must not pass through a float."""

    __slots__ = ()


class LeftOut:
    """Counts what was dropped from JSON objects, to say it once per column."""

    def __init__(self) -> None:
        self.by_column: dict[str, tuple[int, str]] = {}

    def note(self, column: str, key: str) -> None:
        """One value under `key` was dropped."""
        count, first = self.by_column.get(column, (0, key))
        self.by_column[column] = (count + 1, first)

    def warnings(self) -> list[str]:
        """One sentence per column that lost something."""
        return [
            f"{column}: {count:,} value{'s' if count != 1 else ''} left out (nested, or longer than"
            f" {MAX_ATTRIBUTE_CHARACTERS} characters), first under {first[:_SHOWN_CHARACTERS]!r}"
            for column, (count, first) in self.by_column.items()
        ]


def shown(value: Any) -> str | None:
    """A value as a reject may show it: at most 80 characters, and nothing that could be a prompt or a secret."""
    if value is None:
        return None
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    try:
        text = scalar_text(value)
    except Refused:
        return type_word(value)
    is_prose = len(text) > _SHOWN_CHARACTERS or text.count(" ") > _MOST_SPACES_SHOWN or "\n" in text
    return masked(text) if is_prose or _is_like_a_secret(text) else text


def masked(text: str) -> str:
    """What is said of a text that is not shown."""
    return f"a text of {len(text):,} characters"


def type_word(value: Any) -> str:
    """What a value is that has no text of its own, as a file of typed columns may hold it."""
    if isinstance(value, bytes):
        return f"{len(value):,} bytes"
    if isinstance(value, date):
        return "a date without a time"
    return f"a value of the type {type(value).__name__}"


def _is_like_a_secret(text: str) -> bool:
    """A key or an address that stands in the wrong column must not reach a screen or a reject file."""
    if SECRET_START.match(text) or "@" in text:
        return True
    if len(text) <= _LONGEST_WORD_SHOWN or " " in text or _TIME_OR_NUMBER.fullmatch(text):
        return False
    return any(sign.isalpha() for sign in text) and any(sign.isdigit() for sign in text)


def scalar_text(value: Any) -> str:
    """The text of a scalar, the same for every file format; raises `Refused` for an object or a list."""
    if type(value) is str:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, JsonNumber):
        return repr(float(value))
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict | list):
        raise Refused(f"is {'an object' if isinstance(value, dict) else 'a list'}, expected a plain value")
    raise Refused(f"is {type_word(value)}, expected a plain value")


def _number_text(value: Any) -> str:
    text = str(value) if isinstance(value, JsonNumber) else scalar_text(value).strip()
    if isinstance(value, bool) or len(text) > _LONGEST_NUMBER or not _NUMBER.fullmatch(text):
        raise Refused("is not a number")
    return text


def _text(what: str, *, may_be_empty: bool, most: int = MAX_TEXT_CHARACTERS) -> Converter:
    def convert(value: Any) -> str | None:
        text = value if type(value) is str else scalar_text(value)
        if 0 < len(text) <= most:
            return text
        if text:
            raise Refused(f"has {len(text):,} characters, expected {what} of at most {most:,}")
        if may_be_empty:
            return None
        raise Refused(f"is empty, expected {what}; leave the field out when there is none")

    return convert


def _choice(allowed: tuple[str, ...]) -> Converter:
    known = frozenset(allowed)

    def convert(value: Any) -> str | None:
        if type(value) is str and value in known:
            return value
        text = scalar_text(value)
        if not text:
            return None
        near = nearest_names(text, allowed, most=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise Refused(f"is not known, expected one of {', '.join(allowed)}{hint}")

    return convert


def _whole(expected: str, most: int) -> Converter:
    def convert(value: Any) -> int:
        if type(value) is int:
            number = value
        else:
            text = _number_text(value)
            if not _WHOLE.fullmatch(text):
                raise Refused(f"is not {expected}")
            number = int(text.split(".")[0])
        if 0 <= number <= most:
            return number
        raise Refused(f"is {'negative' if number < 0 else 'too large'}, expected {expected}")

    return convert


def _real(expected: str, *, may_be_negative: bool) -> Converter:
    def convert(value: Any) -> float:
        number = float(_number_text(value))
        if not math.isfinite(number) or abs(number) >= MAX_NUMBER_EXCLUSIVE:
            raise Refused(f"is not finite, expected {expected}")
        if number < 0 and not may_be_negative:
            raise Refused(f"is negative, expected {expected}")
        return number

    return convert


def _pico_usd(value: Any) -> int:
    if type(value) is JsonNumber:
        whole, _, fraction = value.partition(".")
        if len(whole) <= _USD_DIGITS and len(fraction) <= _PICO_DIGITS and (whole + fraction).isdigit():
            return int(whole + fraction.ljust(_PICO_DIGITS, "0"))
    text = _number_text(value)
    usd = Decimal(text)
    if usd < 0:
        raise Refused("is negative, expected an amount of USD of at least 0")
    if usd >= MAX_USD_EXCLUSIVE:
        raise Refused(f"is too large, expected an amount of USD below {MAX_USD_EXCLUSIVE:,}")
    return int(usd.quantize(_PICO, rounding=ROUND_HALF_UP).scaleb(12))


def _money(value: Any) -> Decimal:
    amount = Decimal(_number_text(value))
    if abs(amount) >= MAX_MONEY_EXCLUSIVE:
        raise Refused(f"is too large, expected an amount of money below {MAX_MONEY_EXCLUSIVE:,}")
    return amount.quantize(_PICO, rounding=ROUND_HALF_UP)


def _score_value(most: int) -> Converter:
    """A number in its shortest spelling, true as 1 and false as 0, so that one rule reads every source."""
    text = _text("a value", may_be_empty=True, most=most)

    def convert(value: Any) -> str | None:
        if isinstance(value, bool):
            return "1" if value else "0"
        given: str | None = text(value)
        if given is None or len(given) > _LONGEST_NUMBER or not _NUMBER.fullmatch(given):
            return given
        return repr(float(given)).removesuffix(".0")

    return convert


def _edge(value: Any) -> datetime:
    """A date is midnight UTC."""
    if isinstance(value, date) and not isinstance(value, datetime):
        value = value.isoformat()
    text = scalar_text(value).strip()
    return _instant(f"{text}T00:00:00Z" if _DATE.fullmatch(text) else value)


def _instant(value: Any) -> datetime:
    if isinstance(value, datetime):
        at = value
    else:
        text = scalar_text(value).strip()
        try:
            if text.endswith("Z"):
                at = datetime.fromisoformat(text[:-1])
                if at.tzinfo is None and len(text) > _DATE_CHARACTERS and FIRST_YEAR <= at.year <= LAST_YEAR:
                    return at
            at = datetime.fromisoformat(text)
        except ValueError:
            raise Refused("is not an ISO 8601 time such as 2026-06-01T09:30:00Z") from None
    zone = at.tzinfo
    if zone is None:
        raise Refused(NAIVE_TIME_ADVICE)
    if not FIRST_YEAR - 1 <= at.year <= LAST_YEAR + 1:
        raise Refused(f"is not in the years {FIRST_YEAR} to {LAST_YEAR}")
    utc = at.replace(tzinfo=None) if zone is UTC else at.astimezone(UTC).replace(tzinfo=None)
    if not FIRST_YEAR <= utc.year <= LAST_YEAR:
        raise Refused(f"is not in the years {FIRST_YEAR} to {LAST_YEAR}")
    return utc


def _boolean(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    text = scalar_text(value).strip().lower()
    if text in ("true", "false"):
        return text == "true"
    if not text:
        return None
    raise Refused("is neither true nor false")


def _object(column: str, left_out: LeftOut) -> Converter:
    encode = msgspec.json.encode

    def convert(value: Any) -> str | None:
        if not isinstance(value, dict):
            value = _decoded_object(scalar_text(value))
        kept: dict[str, Any] = {}
        for key, item in value.items():
            plain = _plain(item)
            if plain is _NOT_PLAIN or len(key) > MAX_ATTRIBUTE_CHARACTERS:
                left_out.note(column, key)
            else:
                kept[key] = plain
        return encode(kept).decode() if kept or not value else None

    return convert


_NOT_PLAIN = object()


def _plain(item: Any) -> Any:
    if type(item) is str:
        return item if len(item) <= MAX_ATTRIBUTE_CHARACTERS else _NOT_PLAIN
    if item is None or isinstance(item, bool):
        return item
    if isinstance(item, JsonNumber):
        item = float(item)
    if isinstance(item, float):
        return item if math.isfinite(item) else _NOT_PLAIN
    if isinstance(item, int):
        return item if abs(item) < 1 << 63 else _NOT_PLAIN
    if isinstance(item, Decimal):
        return float(item)
    return item.isoformat() if isinstance(item, datetime) else _NOT_PLAIN


def _decoded_object(text: str) -> dict[str, Any]:
    try:
        value = _DECODER.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise Refused("is not a JSON object")
    return value


_DECODER = msgspec.json.Decoder(float_hook=JsonNumber)


def decode_json(data: bytes | str) -> Any:
    """JSON with fractions kept as they are written; raises msgspec.DecodeError, UnicodeError, RecursionError."""
    return _DECODER.decode(data)


def keyed_hash(hash_key: str) -> Converter:
    """The first 32 hexadecimal digits of sha256(key:value)."""
    check = _text("an id", may_be_empty=False)
    start = hashlib.sha256(f"{hash_key}:".encode())

    def convert(value: Any) -> str:
        digest = start.copy()
        digest.update(check(value).encode())
        return digest.hexdigest()[:32]

    return convert


def converter(column: Column, *, hash_key: str | None, left_out: LeftOut) -> Converter:
    """The converter of one column; `hash_key` None keeps identifiers of persons as they are."""
    match column.kind:
        case Kind.ID:
            return _text("an id", may_be_empty=False)
        case Kind.TEXT:
            return _text("a text", may_be_empty=True, most=column.max_characters)
        case Kind.IDENTIFIER_OF_A_PERSON:
            return _text("an id", may_be_empty=False) if hash_key is None else keyed_hash(hash_key)
        case Kind.CHOICE:
            return _choice(column.allowed)
        case Kind.TOKENS:
            return _whole(column.expected, MAX_TOKENS)
        case Kind.COUNT:
            return _whole(column.expected, MAX_COUNT)
        case Kind.AMOUNT | Kind.SCORE:
            return _real(column.expected, may_be_negative=column.kind is Kind.SCORE)
        case Kind.USD:
            return _pico_usd
        case Kind.MONEY:
            return _money
        case Kind.VALUE:
            return _score_value(column.max_characters)
        case Kind.INSTANT:
            return _instant
        case Kind.EDGE:
            return _edge
        case Kind.BOOLEAN:
            return _boolean
        case Kind.OBJECT:
            return _object(column.name, left_out)


def converters(table: Table, *, hash_key: str | None, left_out: LeftOut) -> dict[str, Converter]:
    """One converter per column of the table, by name."""
    return {column.name: converter(column, hash_key=hash_key, left_out=left_out) for column in table.columns}
