"""What the price lists say of a move: the tokens of a unit at the prices of both routes.

    list price of a unit = (input tokens x input price + output tokens x output price) / 1,000,000
    token-price gap      = 1 - target's / current's
    with the cache       = the same, with the cached share of the input at the price of cached tokens

Source: field guide, chapter 17; section 7.2 of the domain.
"""

from __future__ import annotations

from routefit.decisions.calculator import Values
from routefit.errors import BadInputError

_TOKENS_PER_MTOK = 1_000_000


def token_gap_ratio(values: Values, *, is_cached: bool) -> float | None:
    """1 - target / current; None where a price or a count is not known, BadInputError for tokens that are free."""
    current = token_usd_per_unit(values, "current", is_cached=is_cached)
    target = token_usd_per_unit(values, "target", is_cached=is_cached)
    if current is None or target is None:
        return None
    if current == 0:
        raise BadInputError(
            "the tokens of a unit cost nothing on the current route: there is no gap to a price of 0",
            next_step="--current-input-usd-per-mtok and --input-tokens above 0, or leave the prices out",
        )
    return 1 - target / current


def token_usd_per_unit(values: Values, side: str, *, is_cached: bool) -> float | None:
    """USD of the tokens of a unit; None where a price or a count is not known.

    `is_cached`: with the cache, whose hit rate must then be known; without a price of its own a cached token
    costs as much as any input token.
    """
    of_input, of_output = values[f"{side}_input_usd_per_mtok"], values[f"{side}_output_usd_per_mtok"]
    inputs, outputs = _tokens(values, side, "input"), _tokens(values, side, "output")
    hit = values[f"{side}_cache_hit_rate"] if is_cached else 0.0
    if any(one is None for one in (of_input, of_output, inputs, outputs, hit)):
        return None
    read = values[f"{side}_cache_read_usd_per_mtok"]
    cached = of_input if read is None else read
    usd_of_input = float(inputs or 0) * (float(hit) * float(cached) + (1 - float(hit)) * float(of_input))
    return (usd_of_input + float(outputs or 0) * float(of_output)) / _TOKENS_PER_MTOK


def _tokens(values: Values, side: str, kind: str) -> float | None:
    """Tokens of a unit; the target's default to the current route's."""
    own = values[f"target_{kind}_tokens"] if side == "target" else None
    found: float | None = values[f"{kind}_tokens"] if own is None else own
    return found
