"""How the calls of a workload use a prompt cache, and how close together they come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from routefit.decisions.prefix_reuse import ReuseGaps
from routefit.ledger.engine import statement
from routefit.ledger.view import LedgerView


@dataclass(frozen=True, slots=True)
class CacheUse:
    """Production calls of a workload on a route that say how long their input was, and what of it was cached.

    `cached_tokens` and `written_tokens` are None where no call says anything of them.
    """

    calls: int
    input_tokens: int
    cached_tokens: int | None
    written_tokens: int | None


def cache_use(ledger: LedgerView, start: date, end: date, *, workload: str, route: str) -> CacheUse:
    """What the calls that started in [start, end) read from a cache and wrote to it."""
    ((calls, *tokens),) = (
        ledger.view_calls(start, end)
        .execute(
            "SELECT count(*), coalesce(sum(input_tokens), 0), sum(cached_input_tokens), sum(cache_write_tokens) "
            "FROM all_calls WHERE workload = ? AND route = ? AND role NOT IN ('grader', 'shadow') "
            "AND input_tokens IS NOT NULL",
            [workload, route],
        )
        .fetchall()
    )
    inputs, cached, written = (None if one is None else int(one) for one in tokens)
    return CacheUse(calls, inputs or 0, cached, written)


def prefix_gaps(
    ledger: LedgerView, start: date, end: date, *, workload: str, route: str, prefix_tokens: int
) -> ReuseGaps:
    """The gaps between the calls, as if all of one prompt version shared a prefix of so many tokens.

    Seconds are rounded up. The tokens are those of the prefix alone: the hit rate is one over the prefix.
    """
    engine = ledger.view_calls(start, end)
    rows = engine.execute(statement("prefix_gaps"), [prefix_tokens, workload, route]).fetchall()
    again = [(float(tokens), float(gap)) for gap, _, tokens in rows if gap is not None]
    table = np.array(again, float).reshape(-1, 2)
    return ReuseGaps(
        tokens=table[:, 0],
        gap_s=table[:, 1],
        recency_blocks=np.ones(len(again)),
        input_tokens=float(sum(tokens for _, _, tokens in rows)),
        requests=sum(calls for _, calls, _ in rows),
        block_tokens=prefix_tokens,
    )
