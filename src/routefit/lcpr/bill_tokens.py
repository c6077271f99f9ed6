"""How many tokens a line bills, from its quantity and the words of its unit."""

from __future__ import annotations

import re

_UNIT = re.compile(
    r"(?:per\s+)?(?P<number>[0-9][0-9,]*)?\s*(?P<scale>k|thousands?|m|mm|mio|millions?|b|bn|billions?)?\s*-?\s*tok(?:en)?s?",
)
_SCALES = {"k": 10**3, "t": 10**3, "m": 10**6, "b": 10**9}


def billed_tokens(quantity: float | None, quantity_unit: str | None) -> int | None:
    """Tokens in whole numbers, as of 2.5 `1M tokens`; None where the line counts something else, or nothing."""
    found = _UNIT.fullmatch((quantity_unit or "").strip().casefold())
    if quantity is None or found is None:
        return None
    number = int((found["number"] or "1").replace(",", ""))
    return round(quantity * number * (_SCALES[found["scale"][0]] if found["scale"] else 1))
