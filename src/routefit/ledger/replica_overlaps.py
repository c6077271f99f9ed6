"""Capacity rows of one route must not overlap in time: the same replicas would be billed twice.

What came first stays, in the ledger and then in the file; a later row that overlaps it is refused with both
places.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow.parquet as pq

from routefit.ledger.engine import quoted
from routefit.ledger.manifest import Segment
from routefit.ledger.rejects import Reject
from routefit.ledger.staged_rows import Staged


class _Span(NamedTuple):
    start_at: datetime
    end_at: datetime
    place: str


def refuse_overlaps(
    con: duckdb.DuckDBPyConnection, staged: Staged, known: Sequence[Segment], source_name: str
) -> None:
    """Take capacity rows out that overlap a row of the ledger or an earlier one of the file; rejects say why.

    Rows of any other kind stay as they are.
    """
    if staged.table.kind != "capacity":
        return
    taken: dict[str, list[_Span]] = defaultdict(list)
    for segment in known:
        for _, route, span in _spans(segment.path, segment.source_name):
            insort(taken[route], span)
    for part in staged.parts():
        refused = []
        for row, route, span in sorted(_spans(part, source_name)):
            other = _overlapping(taken[route], span)
            if other is None:
                insort(taken[route], span)
                continue
            refused.append(row)
            staged.rejects.add(_reject(source_name, row, route, span, other))
        if refused:
            _rewrite_without(con, part, refused)


def _spans(path: Path, source_name: str) -> Iterator[tuple[int, str, _Span]]:
    for row in pq.read_table(path, columns=["source_row", "route", "start_at", "end_at"]).to_pylist():
        place = f"{source_name}:{row['source_row']}"
        yield row["source_row"], row["route"], _Span(row["start_at"], row["end_at"], place)


def _overlapping(taken: Sequence[_Span], span: _Span) -> _Span | None:
    """The first of the disjoint, ordered spans that overlaps this one."""
    at = bisect_left(taken, span)
    for other in taken[max(at - 1, 0) : at + 1]:
        if other.start_at < span.end_at and span.start_at < other.end_at:
            return other
    return None


def _reject(source_name: str, row: int, route: str, span: _Span, other: _Span) -> Reject:
    return Reject(
        file=source_name,
        line=row,
        field="start",
        value=f"{span.start_at.isoformat()}Z to {span.end_at.isoformat()}Z",
        reason=f"overlaps replicas of route {route} that are known from {other.place}"
        f" ({other.start_at.isoformat()}Z to {other.end_at.isoformat()}Z); give each period of a route once",
    )


def _rewrite_without(con: duckdb.DuckDBPyConnection, part: Path, rows: Sequence[int]) -> None:
    rewritten = part.with_suffix(".rewritten")
    numbers = ", ".join(map(str, rows))
    con.execute(
        f"COPY (SELECT * FROM read_parquet({quoted(str(part))}, hive_partitioning = false)"
        f" WHERE source_row NOT IN ({numbers})) TO {quoted(str(rewritten))} (FORMAT parquet)"
    )
    rewritten.replace(part)
