"""What a request can be attributed by: aliases, tags and custom metadata; never content, keys or persons."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from routefit.ledger.schema import MAX_ATTRIBUTE_CHARACTERS
from routefit.ledger.values import JsonNumber

_USER_AGENT = "user-agent"
_CLIENT = "user_agent"
_MAX_NAME_CHARACTERS = 100
_SECRET = re.compile(
    r"(?<![A-Za-z0-9])(sk-|AKIA[A-Z0-9]|ASIA[A-Z0-9]|AIza|eyJ[A-Za-z0-9_-]{8}|github_pat_"
    r"|(pk-|rk-|ghp_|gho_|glpat-|hf_|xox[abprs]-)[A-Za-z0-9_-]{8})"
    r"|[Bb]earer\s|[Bb]asic\s[A-Za-z0-9+/=]{8}|-----BEGIN"
)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]")
_LAST_PART = re.compile(r"[.:/\s]")
_CONTENT_OR_PERSON = frozenset(
    {
        "api_key",
        "apikey",
        "arguments",
        "authorization",
        "body",
        "completion",
        "content",
        "cookie",
        "credential",
        "credentials",
        "email",
        "end_user",
        "end_user_id",
        "headers",
        "input",
        "ip",
        "ip_address",
        "message",
        "messages",
        "output",
        "password",
        "prompt",
        "question",
        "answer",
        "query",
        "response",
        "secret",
        "system_prompt",
        "text",
        "token",
        "user",
        "user_email",
        "user_id",
        "user_name",
        "username",
    }
)


def custom_attributes(custom: Mapping[str, Any]) -> dict[str, Any]:
    """Custom metadata as `tag.NAME`, in the order of the names."""
    found: dict[str, Any] = {}
    for name in sorted(custom) if len(custom) > 1 else custom:
        value = custom[name]
        if isinstance(value, JsonNumber):
            value = float(value)
        if _is_plain(value) and _may_be_named(name):
            found[f"tag.{name}"] = value
    return found


def shared_attributes(named: Mapping[str, str | None], raw_tags: Iterable[str]) -> dict[str, str]:
    """The well-known names that are known and harmless, then the tags as `tag.NAME`."""
    client, tags = _named_tags(raw_tags)
    known = {**named, _CLIENT: named.get(_CLIENT) or client}
    found = {name: text for name, text in known.items() if text and is_harmless(text)}
    return found | dict(tags)


def _is_plain(value: Any) -> bool:
    if type(value) is str:
        return value != "" and is_harmless(value)
    return type(value) in (int, float, bool)


def _named_tags(raw_tags: Iterable[str]) -> tuple[str | None, tuple[tuple[str, str], ...]]:
    """The client that LiteLLM's own tags name, and the other tags by name in order; the first of a name counts."""
    user_agent: str | None = None
    tags: dict[str, str] = {}
    for named in map(_tag, raw_tags):
        if named is None:
            continue
        if named[0] == _USER_AGENT:
            user_agent = user_agent or named[1]
        else:
            tags.setdefault(*named)
    return user_agent, tuple(sorted(tags.items()))


@lru_cache(maxsize=16384)
def _tag(raw: str) -> tuple[str, str] | None:
    """`k:v` and `k=v` as name and value, a bare tag as "true"; LiteLLM's own tag of the client apart."""
    ends = [at for at in (raw.find(":"), raw.find("=")) if at > 0]
    name = raw[: min(ends)].strip() if ends else raw.strip()
    text = raw[min(ends) + 1 :].strip() if ends else "true"
    if name.casefold() == _USER_AGENT:
        return (_USER_AGENT, text) if text and is_harmless(text) else None
    return (f"tag.{name}", text) if text and _may_be_named(name) and is_harmless(text) else None


@lru_cache(maxsize=4096)
def _may_be_named(name: str) -> bool:
    if not name or len(name) > _MAX_NAME_CHARACTERS or not is_harmless(name):
        return False
    return _LAST_PART.split(name.casefold().replace("-", "_"))[-1] not in _CONTENT_OR_PERSON


def is_harmless(text: str) -> bool:
    """Whether a text is short, and neither looks like a key nor names a person by e-mail."""
    return (
        len(text) <= MAX_ATTRIBUTE_CHARACTERS
        and not _SECRET.search(text)
        and not ("@" in text and _EMAIL.search(text))
    )
