"""Which attributes of a span may be handed on: short plain values that users defined, never content or secrets.

Names are judged by their words, values by their shape. What is in doubt stays behind: an attribute that is not
kept costs a rule of attribution, one that is kept by mistake puts a prompt into the ledger.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import msgspec

from routefit.ledger.schema import MAX_ATTRIBUTE_CHARACTERS
from routefit.ledger.values import JsonNumber

Attributes = Mapping[str, Any]
PlainValue = str | bool | int | float


def word_set(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_CONTENT_ANYWHERE = word_set(
    """input inputs output outputs message messages content contents completion completions instruction
    instructions argument arguments args kwargs header headers authorization cookie cookies password secret
    apikey email mail history transcript credential credentials utterance utterances"""
)
_CONTENT_AT_THE_END = word_set(
    """prompt prompts text body query question answer request response description explanation comment feedback
    reasoning summary payload value data document documents template token key keys parameters schema definitions
    statement tool tools address phone thought url uri preview snippet raw string json cost usage"""
)
_PERSON = word_set(
    "user enduser customer end id ids uid name email login account username person author full first last"
)
_SECRET = re.compile(
    r"(?:^|[^A-Za-z0-9])"
    r"(?:sk-|pk-|rk-|key-|ghp_|gho_|github_pat_|glpat-|AKIA|AIza|Bearer\b|Basic |eyJ|xox[abp]-|hf_|lsv2_)",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[^\s@]@[^\s@]+\.[^\s@]")
_MOST_SPACES = 3
_NAMES_REMEMBERED = 4096
_CLASS_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_.:/]{0,99}|[1-5][0-9]{2}")
_ERROR_CLASS = re.compile(
    r"(?:[a-z_]+\.)*([A-Z][A-Za-z0-9]*(?:Error|Exception|Timeout|Exceeded|Limit))(?=[:(\s]|$)"
)

_FOREIGN = (
    "gen_ai.",
    "llm.",
    "ai.",
    "openinference.",
    "traceloop.",
    "langfuse.",
    "logfire.",
    "embedding.",
    "reranker.",
    "retrieval.",
    "exception.",
    "error.",
    "http.",
    "url.",
    "net.",
    "network.",
    "server.",
    "client.",
    "peer.",
    "db.",
    "rpc.",
    "thread.",
    "code.",
    "otel.",
    "telemetry.",
    "process.",
    "host.",
    "os.",
    "container.",
    "service.instance.",
    "sampling.",
    "sampler.",
    "tailsampling.",
    "gcp.vertex.",
    "session.",
    "operation.",
    "deployment.environment",
)
"""Namespaces of instrumentations: what is useful in them has a column of its own."""

_KEPT = frozenset(
    ("gen_ai.agent.name", "gen_ai.workflow.name", "ai.telemetry.functionId", "traceloop.entity.name")
)
_USERS_OWN = ("traceloop.association.properties.", "ai.telemetry.metadata.", "langfuse.trace.metadata.")
"""Namespaces under which users put attributes of their own."""

_HANDLED = frozenset(
    ("service.name", "SampleRate", "metadata", "tag.tags", "user.id", "enduser.id", "target", "traceId")
)


@lru_cache(maxsize=_NAMES_REMEMBERED)
def is_content_name(name: str) -> bool:
    """Whether an attribute of this name may hold content, a secret or the name of a person."""
    words = [word.lower() for word in _WORDS.findall(name)]
    return (
        not words
        or words[-1] in _CONTENT_AT_THE_END
        or not _CONTENT_ANYWHERE.isdisjoint(words)
        or _PERSON.issuperset(words)
    )


def plain_value(value: Any) -> PlainValue | None:
    """The value when it is plain and short; None for a list, prose, an e-mail address or what looks like a key."""
    if isinstance(value, JsonNumber):
        return float(value)
    if isinstance(value, bool | int | float):
        return value
    if not isinstance(value, str):
        return None
    text = value.strip()
    if (
        not 0 < len(text) <= MAX_ATTRIBUTE_CHARACTERS
        or text[0] in "{["
        or not text.isprintable()
        or text.count(" ") > _MOST_SPACES
        or _SECRET.search(text)
        or _EMAIL.search(text)
    ):
        return None
    return text


def plain_text(value: Any) -> str | None:
    """A plain value as text, or None."""
    return text if isinstance(text := plain_value(value), str) else None


def error_class(value: Any, *, is_message: bool = False) -> str | None:
    """The class of an error: one word such as `RateLimitError`; of a message only the class in front of it."""
    if not isinstance(value, str) or _SECRET.search(value[:MAX_ATTRIBUTE_CHARACTERS]):
        return None
    if _CLASS_WORD.fullmatch(value) and not (is_message and value.islower() and "_" not in value):
        return value
    found = _ERROR_CLASS.match(value)
    return found[1] if found else None


def user_tags(items: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """What users defined by name, as `tag.NAME`."""
    tags: dict[str, Any] = {}
    for name, value in items:
        if isinstance(name, str) and not is_content_name(name):
            kept = plain_value(value)
            if kept is not None:
                tags[f"tag.{name}"] = kept
    return tags


def list_tags(tags: Any) -> dict[str, Any]:
    """A list of tags: "k:v" and "k=v" become `tag.k: v`, a bare one `tag.NAME: "true"`."""
    if isinstance(tags, str):
        tags = json_or_none(tags)
    if not isinstance(tags, list):
        return {}
    pairs = []
    for tag in tags:
        if isinstance(tag, str) and plain_value(tag) is not None:
            name, sign, value = tag.partition(min((s for s in ":=" if s in tag), key=tag.index, default=":"))
            pairs.append((name.strip(), value.strip() if sign else "true"))
    return user_tags(pairs)


@lru_cache(maxsize=_NAMES_REMEMBERED)
def _own_name(name: str) -> str | None:
    """The name that a user gave an attribute; None for those of instrumentations."""
    if name.startswith(_USERS_OWN):
        return name.removeprefix(next(start for start in _USERS_OWN if name.startswith(start)))
    return name if name in _KEPT or not (name.startswith(_FOREIGN) or name in _HANDLED) else None


def custom_tags(attributes: Attributes) -> dict[str, Any]:
    """The attributes that users added to a span or a resource, as `tag.NAME`."""
    own = [(tag, value) for name, value in attributes.items() if (tag := _own_name(name)) is not None]
    tags = (
        user_tags(own) | list_tags(attributes.get("tag.tags")) | list_tags(attributes.get("langfuse.trace.tags"))
    )
    metadata = attributes.get("metadata")
    if isinstance(metadata, str):
        metadata = json_or_none(metadata)
    return tags | user_tags(metadata.items()) if isinstance(metadata, dict) else tags


def handed_on(row: dict[str, Any]) -> dict[str, Any]:
    """The columns that have a value, as they may be written: numbers as they stood, and nothing nested.

    A list or an object where a plain value belongs goes on without its content, so that the row is refused.
    """
    made: dict[str, Any] = {}
    for column, value in row.items():
        if value is None or value == "":
            continue
        if isinstance(value, list | dict) and column not in ("attributes", "other_usage"):
            made[column] = type(value)()
        else:
            made[column] = str(value) if isinstance(value, JsonNumber) else value
    return made


def json_or_none(text: str) -> Any:
    """The JSON value of a text, or None when it is not JSON."""
    try:
        return msgspec.json.decode(str(text))
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def first_of(attributes: Attributes, names: Iterable[str]) -> Any:
    """The first of these attributes that is present and not empty."""
    for name in names:
        value = attributes.get(name)
        if value is not None and value != "":
            return value
    return None


def first_text(attributes: Attributes, names: Iterable[str]) -> str | None:
    """The first of these attributes that is a text or a number, as text; "unknown" counts as absent."""
    value = first_of(attributes, names)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value.lower() != "unknown" else None


def service_name(resource: Attributes) -> str | None:
    """The service that a resource names; the SDK's own placeholder is none."""
    name = plain_text(resource.get("service.name"))
    return None if name is None or name.startswith("unknown_service") else name
