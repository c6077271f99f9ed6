"""What each provider of a workload's routes served, and how close together the calls come that share a prefix."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from routefit.decisions.earlier_calls import EarlierCalls
from routefit.ledger.engine import statement
from routefit.ledger.view import LedgerView
from routefit.units import day_start_at


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedSums:
    """Sums over the production calls of one (route, provider, model); the empty text is a name that no log gives.

    Money and tokens are those of answered calls, tokens of those that also say what was cached. A unit counts by
    the share of its answered calls that were given here, so units may be fractions.
    """

    route: str
    provider: str
    model: str
    calls: int
    failed_calls: int
    unpriced_calls: int
    pico_usd: int
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    cache_known_calls: int
    units: float
    decided_units: float
    accepted_units: float


def served_sums(ledger: LedgerView, start: date, end: date, *, workload: str) -> tuple[ServedSums, ...]:
    """The sums of the calls that started in [start, end), for every route of the workload."""
    engine = ledger.view_spent_calls(start, end)
    if engine is None:
        return ()
    since = day_start_at(start).replace(tzinfo=None)
    rows = engine.execute(statement("provider_sums"), [workload, since, workload]).fetchall()
    return tuple(
        ServedSums(
            route=route,
            provider=provider,
            model=model,
            calls=int(calls),
            failed_calls=int(failed),
            unpriced_calls=int(unpriced),
            pico_usd=int(pico_usd),
            input_tokens=int(inputs),
            cached_tokens=int(cached),
            output_tokens=int(outputs),
            cache_known_calls=int(known),
            units=float(units),
            decided_units=float(decided),
            accepted_units=float(accepted),
        )
        for (
            route,
            provider,
            model,
            calls,
            failed,
            unpriced,
            pico_usd,
            inputs,
            cached,
            outputs,
            known,
            units,
            decided,
            accepted,
        ) in rows
    )


def earlier_calls(
    ledger: LedgerView, start: date, end: date, *, workload: str, route: str, ttl_s: float
) -> EarlierCalls | None:
    """How many calls of the same prompt version came within `ttl_s` before each; None without any call."""
    engine = ledger.view_calls(start, end)
    rows = engine.execute(statement("earlier_calls"), [round(ttl_s * 1e6), workload, route]).fetchall()
    if not rows:
        return None
    return EarlierCalls(
        by_count=tuple((int(earlier), float(tokens)) for earlier, tokens, _ in rows),
        calls=sum(int(calls) for _, _, calls in rows),
        ttl_s=ttl_s,
    )
