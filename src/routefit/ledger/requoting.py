"""The calls of workloads as other routes would price them, in one scan of the ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from routefit.lcpr.requoting import BandUse
from routefit.ledger.building import create_pricing
from routefit.ledger.engine import statement
from routefit.ledger.pricing import CallKey, KeyedPricing
from routefit.ledger.unit_relations import UNIT_ROUTES
from routefit.ledger.view import CellKey, LedgerView


@dataclass(frozen=True, slots=True)
class Requoted:
    """What the billed calls of a cell use, by the price of the candidate; `unpriced_calls` carry no usage."""

    uses: tuple[BandUse, ...]
    unpriced_calls: int


def requote(
    ledger: LedgerView,
    start: date,
    end: date,
    targets: Sequence[tuple[CallKey, KeyedPricing]],
    original: Mapping[CallKey, KeyedPricing],
) -> dict[CellKey, Requoted]:
    """{(workload, target route): what the calls that started in [start, end) use there}.

    `targets` says for each key of the calls to re-quote, and each target route, how it would be priced there.
    Grading and shadow calls are left out. The ledger's own pricing is put back afterwards.
    """
    engine = ledger.view_calls(start, end)
    create_pricing(engine, targets)
    # The targets say to which route a call goes; what its unit was assigned to does not matter here.
    engine.execute(f"ALTER VIEW {UNIT_ROUTES} RENAME TO set_aside")
    engine.execute(f"CREATE TEMP VIEW {UNIT_ROUTES} AS SELECT * FROM set_aside WHERE FALSE")
    try:
        rows = engine.execute(statement("requote")).fetchall()
    finally:
        create_pricing(engine, original.items())
        engine.execute(f"DROP VIEW {UNIT_ROUTES}")
        engine.execute(f"ALTER VIEW set_aside RENAME TO {UNIT_ROUTES}")
    uses: dict[CellKey, list[BandUse]] = defaultdict(list)
    unpriced: dict[CellKey, int] = defaultdict(int)
    for workload, route, is_rework, plain, cached, written, fee, *sums in rows:
        calls, inputs, cached_inputs, writes, output_pico_usd, lost = map(int, (one or 0 for one in sums))
        unpriced[workload, route] += lost
        if lost:
            continue
        uses[workload, route].append(
            BandUse(
                is_rework=bool(is_rework),
                calls=calls,
                input_tokens=inputs,
                cached_input_tokens=cached_inputs,
                cache_write_tokens=writes,
                output_pico_usd=output_pico_usd,
                input_pico_usd_per_token=plain,
                cache_read_pico_usd_per_token=cached,
                cache_write_pico_usd_per_token=written,
                pico_usd_per_request=fee,
            )
        )
    return {key: Requoted(tuple(uses[key]), lost) for key, lost in unpriced.items()}
