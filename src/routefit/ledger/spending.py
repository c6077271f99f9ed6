"""Questions about money: what the calls of a window went for, and what invoices are held against.

Costs are booked on the day of the call here, for so they are billed; in the cells on the day of the first call.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import duckdb
import pyarrow as pa

from routefit.lcpr.bill_statement import Spent
from routefit.lcpr.bill_traces import Traced
from routefit.ledger.engine import json_key, parquet, quoted, register_table, statement
from routefit.ledger.schema import INVOICES
from routefit.ledger.view import LedgerView

TAG = "tag."

_KEYS = {
    "team": (
        "coalesce(nullif(json_extract_string(attributes, '$.team_alias'), ''), "
        "nullif(json_extract_string(attributes, '$.team_id'), ''))"
    ),
    "workload": "workload",
    "provider": "provider",
    "model": "model",
    "route": "nullif(route, '')",
    "day": "strftime(started_at, '%Y-%m-%d')",
    "month": "strftime(started_at, '%Y-%m')",
}

_IS_LOST = "CASE WHEN status <> 'ok' OR failure_class = 'cut_off' THEN 1 ELSE 0 END"
"""A call that gave no answer and may be billed all the same: an error, a timeout, cancelled, a cut stream."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceFact:
    """One imported line as it is stored; amounts in `currency` (None: USD)."""

    provider: str
    period_start: datetime
    period_end: datetime
    amount: Decimal | None
    amount_usd: Decimal | None
    currency: str | None
    invoice_id: str | None
    line_id: str | None
    model: str | None
    sku: str | None
    quantity: float | None
    quantity_unit: str | None
    credits_usd: Decimal | None
    credits: Decimal | None
    disputed: bool | None
    service: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LostCalls:
    """Calls that ended in the same way without an answer, and their known cost."""

    ended: str
    calls: int
    unpriced_calls: int
    pico_usd: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityUse:
    """What the calls with one key cost on a route that is paid by capacity, on one UTC day."""

    route: str
    on: date
    key: str | None
    pico_usd: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpentCalls:
    """What the calls of a window went for by key, those that were lost, and who used capacity."""

    spent: tuple[Spent, ...] = ()
    lost: tuple[LostCalls, ...] = ()
    uses: tuple[CapacityUse, ...] = ()


def invoice_facts(ledger: LedgerView) -> tuple[InvoiceFact, ...]:
    """Every invoice line that is known."""
    if not ledger.invoice_paths:
        return ()
    names = INVOICES.stored_names
    rows = ledger.engine().execute(
        f"SELECT {', '.join(names)} FROM {parquet(ledger.invoice_paths)} ORDER BY {', '.join(INVOICES.stored_key)}"
    )
    return tuple(_fact(dict(zip(names, row, strict=True))) for row in rows.fetchall())


def _fact(row: Mapping[str, Any]) -> InvoiceFact:
    aware: dict[str, Any] = {
        name: value.replace(tzinfo=UTC) if isinstance(value, datetime) else value for name, value in row.items()
    }
    return InvoiceFact(**aware)


def traced_between(ledger: LedgerView, edges: Iterable[datetime]) -> tuple[Traced, ...]:
    """Sums of the calls from the first edge to the last, apart between every two edges; as the log names them.

    A provider or model that the log does not name is the empty text.
    """
    spans = list(pairwise(sorted(set(edges))))
    if not spans:
        return ()
    naive = [{"from_at": start.replace(tzinfo=None), "to_at": end.replace(tzinfo=None)} for start, end in spans]
    schema = pa.schema([("from_at", pa.timestamp("us")), ("to_at", pa.timestamp("us"))])
    engine = ledger.view_calls(spans[0][0].date(), spans[-1][1].date() + timedelta(days=1))
    register_table(engine, "bill_spans", pa.Table.from_pylist(naive, schema=schema))
    return tuple(
        Traced(
            provider=provider or "",
            model=model,
            workload=workload,
            route=route,
            is_grading=bool(is_grading),
            from_at=from_at.replace(tzinfo=UTC),
            to_at=to_at.replace(tzinfo=UTC),
            calls=calls,
            pico_usd=int(pico_usd),
            known_tokens=known,
            calls_with_usage=with_usage,
            unpriced_calls=unpriced,
            unpriced_tokens=unpriced_tokens,
        )
        for (
            provider,
            model,
            workload,
            route,
            is_grading,
            from_at,
            to_at,
            calls,
            pico_usd,
            known,
            with_usage,
            unpriced,
            unpriced_tokens,
        ) in engine.execute(statement("spend_traced")).fetchall()
    )


def spent_by(
    ledger: LedgerView, start: date, end: date, keys: Sequence[str], owners: Mapping[str, str]
) -> tuple[SpentCalls, ...]:
    """What the calls that started in [start, end) went for, by each of the keys in turn; the calls are read once.

    A key is team, owner, workload, provider, model, route, day, month or tag.KEY; `owners` are those that the
    workloads declare.
    """
    engine = ledger.view_spent_calls(start, end)
    if engine is None:
        return tuple(SpentCalls() for _ in keys)
    columns = ", ".join(_key_column(key, owners) for key in keys)

    def view(calls: str) -> None:
        engine.execute(
            "CREATE OR REPLACE TEMP VIEW spent_calls AS "
            f"SELECT *, [{columns}] AS spend_key, {_IS_LOST} AS is_lost FROM {calls} "
            f"WHERE started_at >= TIMESTAMP '{start}' AND started_at < TIMESTAMP '{end}'"
        )

    view("calls_with_roles")
    spent = engine.execute(statement("spend")).fetchall()
    # What a call is for does not matter to these, and telling roles apart costs more than the rest.
    view("all_calls")
    uses = engine.execute(statement("spend_capacity")).fetchall()
    lost = _lost(engine)
    return tuple(
        SpentCalls(
            spent=tuple(
                Spent(
                    key=names[at], category=category, calls=calls, pico_usd=int(pico_usd), unpriced_calls=unpriced
                )
                for names, category, calls, unpriced, pico_usd in spent
            ),
            lost=lost,
            uses=tuple(
                CapacityUse(route=route, on=on, key=names[at], pico_usd=int(pico_usd))
                for route, on, names, pico_usd in uses
            ),
        )
        for at in range(len(keys))
    )


def lost_calls(ledger: LedgerView, start: date, end: date) -> tuple[LostCalls, ...]:
    """The calls that started in [start, end) and gave no answer, by how they ended."""
    engine = ledger.view_calls(start, end)
    engine.execute(f"CREATE OR REPLACE TEMP VIEW spent_calls AS SELECT *, {_IS_LOST} AS is_lost FROM all_calls")
    return _lost(engine)


def _lost(engine: duckdb.DuckDBPyConnection) -> tuple[LostCalls, ...]:
    return tuple(
        LostCalls(ended=ended, calls=calls, unpriced_calls=unpriced, pico_usd=int(pico_usd))
        for ended, calls, unpriced, pico_usd in engine.execute(statement("spend_lost")).fetchall()
    )


def _key_column(key: str, owners: Mapping[str, str]) -> str:
    return _owner_key(owners) if key == "owner" else _tag_key(key) if key.startswith(TAG) else _KEYS[key]


def tag_names(ledger: LedgerView, start: date, end: date) -> Sequence[str]:
    """The keys that calls of the window are tagged with, as `tag.KEY`."""
    rows = ledger.view_calls(start, end).execute(
        "SELECT DISTINCT name FROM (SELECT unnest(json_keys(attributes)) AS name FROM all_calls "
        "WHERE attributes IS NOT NULL) AS names ORDER BY name"
    )
    return [name if name.startswith(TAG) else TAG + name for (name,) in rows.fetchall()]


def _tag_key(by: str) -> str:
    name = by.removeprefix(TAG)
    keys = (quoted(json_key(spelling)) for spelling in (TAG + name, name))
    values = (f"nullif(json_extract_string(attributes, {key}), '')" for key in keys)
    return f"coalesce({', '.join(values)})"


def _owner_key(owners: Mapping[str, str]) -> str:
    cases = " ".join(f"WHEN {quoted(name)} THEN {quoted(owner)}" for name, owner in sorted(owners.items()))
    return f"coalesce(owner, CASE workload {cases} END)" if cases else "owner"
