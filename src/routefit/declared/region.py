"""Whether a region lies within the allowed ones; the same rule for calls and for routes."""

from __future__ import annotations

from collections.abc import Iterable


def is_region_within(region: str, allowed: Iterable[str]) -> bool:
    """'eu' allows 'eu', 'EU' and 'eu-west-1', but not 'europe'."""
    name = region.casefold()
    return any(name == one.casefold() or name.startswith(f"{one.casefold()}-") for one in allowed)
