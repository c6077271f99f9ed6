"""Rows of another tool's format on their way into columns: checked as they come, one folder per day.

Every value passes the converters that the careful reader uses, so that there is one place that decides what is
acceptable. What many rows have in common is converted once. The rows lie in small plain files until the engine
writes each day as the ledger stores it; memory does not grow with the source.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from routefit.ledger.batch_check import BatchCheck
from routefit.ledger.careful_reader import stored_schema
from routefit.ledger.formats.format import FormatRow
from routefit.ledger.rejects import Reject, RejectLog
from routefit.ledger.row_check import RowCheck, Values
from routefit.ledger.row_rules import RowRefusedError
from routefit.ledger.schema import Table
from routefit.ledger.values import LeftOut

_BATCH_ROWS = 2_000
_ROWS_ONE_BY_ONE = 64
_ROWS_IN_MEMORY = 100_000
_DAY_FOLDER = "day={}"


class ConvertedRows:
    """Takes the rows of one kind; `folder` gets one folder per day (`no_day` for what has none)."""

    def __init__(
        self, table: Table, folder: Path, *, file_name: str, hash_key: str | None, rejects: RejectLog, no_day: str
    ) -> None:
        self.read = 0
        self.left_out = LeftOut()
        self.folder = folder
        self._rejects, self._file_name = rejects, file_name
        self._check = RowCheck(table, hash_key=hash_key, left_out=self.left_out)
        self._schema = stored_schema(table)
        self._columns = BatchCheck(table, self._schema, self._check) if table.kind == "calls" else None
        self._day_column = "started_at" if table.kind == "calls" else None
        self._no_day = no_day
        self._rows: list[FormatRow] = []
        self._batches: list[Any] = []
        self._kept = self._files = 0

    def add(self, found: FormatRow) -> None:
        """One row; a bad one goes to the rejects."""
        self._rows.append(found)
        if len(self._rows) >= _BATCH_ROWS:
            self._close_batch()

    def close(self) -> None:
        """Write what is still in memory."""
        self._close_batch()
        self._write()

    def days(self) -> Iterator[tuple[str, list[Path]]]:
        """The name of each day's folder, and the files in it."""
        if self.folder.exists():
            for day in sorted(self.folder.iterdir()):
                yield day.name, sorted(day.iterdir())

    def _close_batch(self) -> None:
        self.read += len(self._rows)
        self._take(self._rows)
        self._rows.clear()
        if self._kept >= _ROWS_IN_MEMORY:
            self._write()

    def _take(self, rows: list[FormatRow]) -> None:
        """All at once where they are plain; else in halves, and the last few one by one."""
        batch = self._columns(rows) if self._columns is not None else None
        if batch is not None:
            self._keep(batch)
        elif self._columns is not None and len(rows) > _ROWS_ONE_BY_ONE:
            half = len(rows) // 2
            self._take(rows[:half])
            self._take(rows[half:])
        else:
            self._take_one_by_one(rows)

    def _take_one_by_one(self, rows: list[FormatRow]) -> None:
        good: list[Values] = []
        for found in rows:
            try:
                good.append(self._check(found))
            except RowRefusedError as refused:
                self._rejects.add(
                    Reject(
                        file=self._file_name,
                        line=found.number,
                        field=refused.field,
                        value=refused.value,
                        reason=refused.reason,
                    )
                )
        if good:
            columns = zip(zip(*good, strict=True), self._schema.types, strict=True)
            arrays = [pa.array(values, type=kind) for values, kind in columns]
            self._keep(pa.RecordBatch.from_arrays(arrays, schema=self._schema))

    def _keep(self, batch: Any) -> None:
        self._batches.append(batch)
        self._kept += batch.num_rows

    def _write(self) -> None:
        if self._batches:
            table = pa.Table.from_batches(self._batches, schema=self._schema)
            self._batches.clear()
            self._kept = 0
            for day, rows in self._by_day(table):
                folder = self.folder / _DAY_FOLDER.format(day)
                folder.mkdir(parents=True, exist_ok=True)
                self._files += 1
                pq.write_table(
                    rows,
                    folder / f"{self._files:08d}.parquet",
                    compression="none",
                    use_dictionary=False,
                    write_statistics=False,
                )

    def _by_day(self, table: pa.Table) -> Iterator[tuple[str, pa.Table]]:
        if self._day_column is None:
            yield self._no_day, table
            return
        days = pc.cast(table[self._day_column], pa.date32(), safe=False)
        counts = sorted((one["values"], one["counts"]) for one in pc.value_counts(days).to_pylist())
        if len(counts) > 1:
            table = table.take(pc.sort_indices(days))
        start = 0
        for day, count in counts:
            yield day.isoformat(), table.slice(start, count)
            start += count
