"""The rows of an answer as an Arrow table, to go on with in any other tool."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
from pydantic import BaseModel


def arrow_table(rows: Sequence[BaseModel], **shared: Sequence[object]) -> pa.Table:
    """One row per result; what is nested becomes columns such as `cost_usd_total`, lists of records stay lists.

    `shared` are further columns, in front, with one value per row. Unknown is null. No rows give no columns.
    """
    records = [dict(_flat(row.model_dump(mode="python"))) for row in rows]
    for name, values in reversed(shared.items()):
        records = [{name: value, **record} for value, record in zip(values, records, strict=True)]
    return pa.Table.from_pylist(records)


def _flat(record: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in record.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}_")
        else:
            yield f"{prefix}{name}", list(value) if isinstance(value, tuple) else value
