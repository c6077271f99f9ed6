"""Call keys and the flat price rows that the ledger joins them with.

A ledger of a hundred million calls has a few dozen distinct keys. Each is resolved once, in Python, to the
workload and route it belongs to and to how it is priced. Here that becomes rows that cover all of time and all
input lengths without gap or overlap, so that every call meets exactly one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import NamedTuple

import pyarrow as pa
from pydantic import BaseModel, ConfigDict

from routefit.evidence import Label
from routefit.lcpr.cost import Pricing
from routefit.lcpr.price import PriceRow

_EARLIEST = datetime(1, 1, 1)
_LATEST = datetime(9999, 12, 31)
_MOST_TOKENS = 2**62
_BILLED_CODES = {"none": 0, "input": 1, "partial": 2, "full": 2, None: None}


class CallKey(NamedTuple):
    """What decides where a call belongs and what it costs per token; None is absent in the log."""

    workload: str | None
    route: str | None
    provider: str | None
    model: str | None
    requested_model: str | None
    service_tier: str | None
    region: str | None


class KeyedPricing(BaseModel):
    """Where the calls of a key belong and how they are priced.

    `is_fallback`: another model served than the one that was asked for. `served_model` is one name for a model and
    its dated versions, where the log says that they were asked for by one name.
    """

    model_config = ConfigDict(frozen=True)

    workload: str
    route: str
    is_region_allowed: bool
    is_fallback: bool = False
    served_model: str | None = None
    pricing: Pricing

    @property
    def digest(self) -> str:
        """Changes when anything that is derived from it would."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]


_SCHEMA = pa.schema(
    [(f"key_{name}", pa.string()) for name in CallKey._fields]
    + [
        ("workload", pa.string()),
        ("route", pa.string()),
        ("is_region_allowed", pa.int16()),
        ("is_fallback", pa.int16()),
        ("served_model", pa.string()),
        ("valid_from", pa.timestamp("us")),
        ("valid_to", pa.timestamp("us")),
        ("tokens_from", pa.int64()),
        ("tokens_to", pa.int64()),
        ("input_pico_usd_per_token", pa.int64()),
        ("output_pico_usd_per_token", pa.int64()),
        ("cache_read_pico_usd_per_token", pa.int64()),
        ("cache_write_pico_usd_per_token", pa.int64()),
        ("pico_usd_per_request", pa.int64()),
        ("label", pa.string()),
        ("is_free", pa.int16()),
        ("prefers_reported", pa.int16()),
        ("capacity_route", pa.string()),
        ("billed_on_error", pa.int16()),
        ("billed_on_timeout", pa.int16()),
        ("billed_on_cancelled", pa.int16()),
    ]
)


def pricing_table(keyed: Iterable[tuple[CallKey, KeyedPricing]]) -> pa.Table:
    """The `pricing` relation of `sql/priced_calls.sql`: for every key rows that cover the whole plane."""
    rows = [_flat(key, target, *cell) for key, target in keyed for cell in covering_cells(target.pricing.rows)]
    return pa.Table.from_pylist(rows, schema=_SCHEMA)


def covering_cells(
    rows: Sequence[PriceRow],
) -> list[tuple[datetime, datetime, int, int, PriceRow | None]]:
    """(valid_from, valid_to, tokens_from, tokens_to, row) cells that tile time x input tokens; None is unpriced.

    Instants are naive UTC, as the ledger stores them. Of overlapping rows the first given wins.
    """
    instants = {_EARLIEST, _LATEST}
    tokens = {0, _MOST_TOKENS}
    for row in rows:
        instants |= {_naive(at) for at in (row.valid_from, row.valid_to) if at is not None}
        tokens |= {bound for bound in (row.tokens_from, row.tokens_to) if bound is not None}
    cells: list[tuple[datetime, datetime, int, int, PriceRow | None]] = []
    for start, end in pairwise(sorted(instants)):
        at = start.replace(tzinfo=UTC)
        for low, high in pairwise(sorted(tokens)):
            found = next((row for row in rows if row.holds(at=at, input_tokens=low)), None)
            cells.append((start, end, low, high, found))
    return cells


def _naive(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(tzinfo=None)


def _flat(
    key: CallKey,
    target: KeyedPricing,
    start: datetime,
    end: datetime,
    low: int,
    high: int,
    row: PriceRow | None,
) -> dict[str, object]:
    pricing = target.pricing
    flat: dict[str, object] = {f"key_{name}": value or "" for name, value in key._asdict().items()}
    flat |= {
        "workload": target.workload,
        "route": target.route,
        "is_region_allowed": int(target.is_region_allowed),
        "is_fallback": int(target.is_fallback),
        "served_model": target.served_model,
        "valid_from": start,
        "valid_to": end,
        "tokens_from": low,
        "tokens_to": high,
        "label": row.label.value if row else Label.UNKNOWN.value,
        "is_free": int(pricing.is_free),
        "prefers_reported": int(pricing.prefers_reported),
        "capacity_route": pricing.capacity_route,
        "billed_on_error": _BILLED_CODES[pricing.billed_on.error],
        "billed_on_timeout": _BILLED_CODES[pricing.billed_on.timeout],
        "billed_on_cancelled": _BILLED_CODES[pricing.billed_on.cancelled],
    }
    if row is not None:
        flat |= {
            name: getattr(row, name)
            for name in (
                "input_pico_usd_per_token",
                "output_pico_usd_per_token",
                "cache_read_pico_usd_per_token",
                "cache_write_pico_usd_per_token",
                "pico_usd_per_request",
            )
        }
    return flat
