"""Writers whose files are byte-identical for the same rows: gzipped JSON lines and Parquet."""

from __future__ import annotations

import gzip
import json
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

_ID_COLUMNS = ("call_id", "unit_id", "parent_id")


class JsonLines(AbstractContextManager["JsonLines"]):
    """One JSON object per row, without its nulls, gzipped with neither a time nor a name inside."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._gzip = gzip.GzipFile(filename="", fileobj=self._file, mode="wb", compresslevel=6, mtime=0)

    def write(self, table: Any) -> None:
        """Append the table's rows."""
        for row in table.to_pylist():
            present = {name: value for name, value in row.items() if value is not None}
            line = json.dumps(present, default=_utc_text, separators=(",", ":"))
            self._gzip.write(line.encode() + b"\n")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._gzip.close()
        self._file.close()


class ParquetFile(AbstractContextManager["ParquetFile"]):
    """Parquet with zstd, a row group for each table written; the first table sets the columns."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: Any = None

    def write(self, table: Any) -> None:
        """Append the table's rows."""
        if self._writer is None:
            ids = [name for name in table.column_names if name in _ID_COLUMNS]
            self._writer = pq.ParquetWriter(
                self._path,
                table.schema,
                compression="zstd",
                use_dictionary=[name for name in table.column_names if name not in ids],
                column_encoding=dict.fromkeys(ids, "DELTA_BYTE_ARRAY"),
            )
        self._writer.write_table(table)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer is not None:
            self._writer.close()


def joined(tables: list[Any]) -> Any:
    """Tables as one, in one chunk; a column that some of them lack is null there."""
    return pa.concat_tables(tables, promote_options="default").combine_chunks()


def _utc_text(value: Any) -> str:
    if not isinstance(value, datetime):
        raise TypeError(f"cannot write {value!r} as JSON")
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
