"""Values as YAML that reads back as the same values, for files that people go on editing."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

_PLAIN = re.compile(r"[A-Za-z](?:[A-Za-z0-9_./@ +-]*[A-Za-z0-9_/+-])?")
_NOT_TEXT = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})

Value = str | int | None | Sequence[str] | Mapping[str, "Value"]


def scalar(text: str) -> str:
    """A text as a plain word where nothing else could be read into it, else in double quotes."""
    if _PLAIN.fullmatch(text) and text.casefold() not in _NOT_TEXT:
        return text
    return json.dumps(text, ensure_ascii=not text.isprintable())


def flow(value: Value) -> str:
    """A value on one line: `{when: {team_alias: support}, unit: trace_id}`."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return scalar(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(name)}: {flow(inner)}" for name, inner in value.items()) + "}"
    return "[" + ", ".join(map(scalar, value)) + "]"


def comment(text: str) -> str:
    """A text as it may stand in a comment: one line."""
    return " ".join(text.split())
