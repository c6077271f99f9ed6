"""Price mismatches: calls whose log reports another cost than their price gives, and what would explain it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from routefit.ledger.engine import statement
from routefit.ledger.view import LedgerView


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Calls of one model that differ for one cause; which of the two costs counts, `cost_source` says."""

    provider: str | None
    model: str | None
    cause: str
    calls: int
    reported_pico_usd: int
    priced_pico_usd: int


def mismatches(ledger: LedgerView, start: date, end: date) -> tuple[Mismatch, ...]:
    """The mismatches of the calls that started in [start, end), the largest difference first."""
    rows = ledger.view_calls(start, end).execute(statement("mismatches")).fetchall()
    found = [
        Mismatch(provider, model, cause, calls, int(reported), int(priced))
        for provider, model, cause, calls, reported, priced in rows
    ]
    return tuple(sorted(found, key=lambda one: -abs(one.reported_pico_usd - one.priced_pico_usd)))
