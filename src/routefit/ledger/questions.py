"""Questions about a window's calls and units that totals cannot answer: demand, segments, shared tasks, gaps."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from routefit.ledger.engine import json_key, statement
from routefit.ledger.view import CellKey, LedgerView


@dataclass(frozen=True, slots=True)
class Demand:
    """How much a workload asks for; None is not measured.

    Per-minute rates are nearest-rank over all minutes from the first call to the last, empty ones included;
    calls of one single minute say nothing of a rate.
    """

    calls: int
    input_p95: float | None
    input_p99: float | None
    output_p99: float | None
    p95_requests_per_minute: float | None
    p95_tokens_per_minute: float | None


@dataclass(frozen=True, slots=True)
class SharedGroup:
    """Sums over the decided tasks that two routes share, of one jackknife group."""

    cost_a_pico_usd: int
    cost_b_pico_usd: int
    accepted_a: int
    accepted_b: int
    both_accepted: int
    units: int

    @property
    def turned(self) -> SharedGroup:
        """The same group with the routes the other way round."""
        return SharedGroup(
            cost_a_pico_usd=self.cost_b_pico_usd,
            cost_b_pico_usd=self.cost_a_pico_usd,
            accepted_a=self.accepted_b,
            accepted_b=self.accepted_a,
            both_accepted=self.both_accepted,
            units=self.units,
        )


@dataclass(frozen=True, slots=True)
class UnpricedCalls:
    """Calls of one key without a known cost, with the mean cost of priced ones of the same workload and model."""

    workload: str
    route: str
    provider: str | None
    model: str | None
    basis: str
    calls: int
    mean_pico_usd: float | None


def demand_by_workload(ledger: LedgerView, start: date, end: date) -> dict[str, Demand]:
    """Demand of every workload from its calls that started in [start, end)."""
    engine = ledger.view_calls(start, end)
    minutes: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for workload, calls, tokens, count in engine.execute(statement("minutes")).fetchall():
        minutes[workload].append((calls, int(tokens), count))
    found = {}
    for workload, calls, inputs, output_p99, first, last in engine.execute(statement("demand")).fetchall():
        total = _minutes_between(first, last)
        has_rate, has_tokens = total > 1, bool(inputs and inputs[0] is not None)
        found[workload] = Demand(
            calls=calls,
            input_p95=inputs[0] if inputs else None,
            input_p99=inputs[1] if inputs else None,
            output_p99=output_p99,
            p95_requests_per_minute=_p95(((c, n) for c, _, n in minutes[workload]), total) if has_rate else None,
            p95_tokens_per_minute=(
                _p95(((t, n) for _, t, n in minutes[workload]), total) if has_rate and has_tokens else None
            ),
        )
    return found


def _minutes_between(first: datetime, last: datetime) -> int:
    start = first.replace(second=0, microsecond=0)
    return int((last - start) / timedelta(minutes=1)) + 1


def _p95(counted: Iterable[tuple[int, int]], total: int) -> float:
    """Nearest rank among `total` minutes of which those not counted are empty."""
    by_value = sorted(counted)
    rank = math.ceil(0.95 * total) - (total - sum(minutes for _, minutes in by_value))
    for value, minutes in by_value:
        rank -= minutes
        if rank <= 0:
            return float(value) if rank + minutes > 0 else 0.0
    return 0.0


def segment_counts(
    ledger: LedgerView, start: date, end: date, workload: str, segments: Sequence[str]
) -> dict[str, dict[str, dict[str, int]]]:
    """{route: {segment: {value: units}}} of a workload; a segment is a key of `attributes`."""
    engine = ledger.view_calls(start, end)
    found: dict[str, dict[str, dict[str, int]]] = defaultdict(dict)
    for segment in segments:
        name = segment.removeprefix("tag.")
        rows = engine.execute(
            "SELECT route, value, count(DISTINCT unit_id) FROM (SELECT route, unit_id, "
            "coalesce(json_extract_string(attributes, ?), json_extract_string(attributes, ?)) AS value "
            "FROM all_calls WHERE workload = ? AND role <> 'grader') AS tagged "
            "WHERE value IS NOT NULL GROUP BY route, value ORDER BY ALL",
            [json_key(name), json_key(f"tag.{name}"), workload],
        ).fetchall()
        for route, value, units in rows:
            found[route].setdefault(segment, {})[value] = units
    return dict(found)


def shared_tasks(ledger: LedgerView, start: date, end: date) -> dict[tuple[str, str, str], list[SharedGroup]]:
    """{(workload, route a, route b): groups} for every two routes that decided the same tasks, a before b."""
    engine = ledger.view_shared_units(start, end)
    if engine is None:
        return {}
    engine.execute(f"CREATE OR REPLACE TEMP TABLE shared_units AS {statement('shared_units')}")
    pairs: dict[tuple[str, str, str], list[SharedGroup]] = defaultdict(list)
    for workload, a, b, _, cost_a, cost_b, accepted_a, accepted_b, both, units in engine.execute(
        statement("pairs")
    ).fetchall():
        group = SharedGroup(int(cost_a), int(cost_b), accepted_a, accepted_b, both, units)
        pairs[workload, a, b].append(group)
    return dict(pairs)


def unpriced_calls(ledger: LedgerView, start: date, end: date) -> list[UnpricedCalls]:
    """Every group of calls without a known cost, with what such a call costs elsewhere in the ledger."""
    rows = ledger.view_calls(start, end).execute(
        "SELECT workload, route, provider, model, basis, count(*), sum(call_pico_usd) FROM all_calls "
        "GROUP BY workload, route, provider, model, basis ORDER BY ALL"
    )
    groups = rows.fetchall()
    priced: dict[tuple[str, str | None], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for workload, _, _, model, basis, calls, pico_usd in groups:
        if not basis.startswith("unpriced") and pico_usd:
            known_calls, known_pico_usd = priced[workload, model]
            priced[workload, model] = (known_calls + calls, known_pico_usd + int(pico_usd))
    return [
        UnpricedCalls(workload, route, provider, model, basis, calls, _mean(priced.get((workload, model))))
        for workload, route, provider, model, basis, calls, _ in groups
        if basis.startswith("unpriced")
    ]


def _mean(sums: tuple[int, int] | None) -> float | None:
    return sums[1] / sums[0] if sums and sums[0] else None


def dearest_share(ledger: LedgerView, start: date, end: date, *, rate: float = 0.01) -> dict[CellKey, float]:
    """The share of a cell's inference and grading cost that its dearest `rate` of units take."""
    engine = ledger.view_units(start, end)
    if engine is None:
        return {}
    rows = engine.execute(
        "SELECT workload, route, sum(CASE WHEN place <= ceil(units * ?) THEN usd ELSE 0 END) / sum(usd) FROM ("
        "SELECT workload, route, usd, count(*) OVER (PARTITION BY workload, route) AS units, "
        "row_number() OVER (PARTITION BY workload, route ORDER BY usd DESC) AS place FROM ("
        "SELECT workload, route, "
        "CAST(coalesce(inference_pico_usd, 0) + coalesce(eval_pico_usd, 0) AS DOUBLE) AS usd FROM units "
        "WHERE production_calls > 0) AS costs) AS ranked "
        "GROUP BY workload, route HAVING sum(usd) > 0",
        [rate],
    ).fetchall()
    return {(workload, route): share for workload, route, share in rows}
