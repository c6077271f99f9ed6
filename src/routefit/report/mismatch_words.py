"""Calls whose log reports another cost than their price gives, in words."""

from __future__ import annotations

from collections.abc import Iterator

from routefit.answers.spend import PriceMismatch
from routefit.funnel.words import plural
from routefit.report.money import money, times

_CAUSES = {
    "cached_as_input": "the log takes cached tokens for fresh input",
    "cached_for_nothing": "the log takes cached tokens for nothing",
    "cached_twice": "the log counts cached tokens twice",
    "written_as_input": "the log takes tokens written to a cache for plain input",
    "at_half": "the log says half, as for a batch",
    "at_double": "the log says double",
    "failed_call": "failed calls, of which the log counts another part",
}

MOST = 4


def mismatch_lines(found: tuple[PriceMismatch, ...]) -> Iterator[str]:
    """`$12.30: 2,988 calls of claude-sonnet: log $54.10, price $41.80; the log takes cached tokens ...`."""
    for one in found[:MOST]:
        model = one.model or "no model"
        ratio = one.reported_usd / one.priced_usd if one.priced_usd else None
        cause = _CAUSES.get(one.cause) or f"the log says {times(ratio)} of the price"
        yield (
            f"{money(abs(one.reported_usd - one.priced_usd))}: {plural(one.calls, 'call')} of {model}: "
            f"log {money(one.reported_usd)}, price {money(one.priced_usd)}; {cause}"
        )
    if len(found) > MOST:
        yield f"and {plural(len(found) - MOST, 'smaller one')}: --format json"
