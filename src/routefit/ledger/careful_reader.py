"""The careful reader: row by row, each value checked, every refusal with its place and reason.

It reads what the fast reader would not take, mapped files, and JSON lists. It writes typed columns in batches,
so its memory does not grow with the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from routefit.errors import BadInputError, nearest_names
from routefit.ledger.line_decoder import LineDecoder
from routefit.ledger.rejects import Reject, RejectLog
from routefit.ledger.row_rules import RowRefusedError, is_whole, row_rule
from routefit.ledger.schema import SNIFFED_LINES, Column, Kind, Table
from routefit.ledger.shown_names import shown_name
from routefit.ledger.source_file import (
    BrokenRow,
    SourceFile,
    csv_rows,
    json_document,
    line_value,
    numbered_lines,
)
from routefit.ledger.values import Converter, LeftOut, Refused, converters, masked, shown

Rows = Iterable[tuple[int, Any]]
"""Line or row number, and the row as a dictionary, as the bytes of a JSON line, or as a `BrokenRow`."""

_BATCH_ROWS = 20_000
_MOST_UNKNOWN_NAMES = 20
_ARROW_TYPES = {
    "VARCHAR": pa.string(),
    "BIGINT": pa.int64(),
    "INTEGER": pa.int32(),
    "DOUBLE": pa.float64(),
    "TIMESTAMP": pa.timestamp("us"),
    "BOOLEAN": pa.bool_(),
    "DECIMAL(38, 12)": pa.decimal128(38, 12),
}


@dataclass(kw_only=True)
class CarefulResult:
    """What the careful reader saw."""

    read: int = 0
    kept: int = 0
    unknown_names: dict[str, None] = field(default_factory=dict)
    left_out: LeftOut = field(default_factory=LeftOut)


def source_rows(source: SourceFile) -> Rows:
    """The rows of a file in the interchange format."""
    match source.format:
        case "csv":
            return csv_rows(source)
        case "parquet":
            return _parquet_rows(source)
        case "json":
            return _document_rows(source)
        case "jsonl":
            return numbered_lines(source)


def _document_rows(source: SourceFile) -> Iterator[tuple[int, Any]]:
    document = json_document(source)
    return iter(enumerate(document if isinstance(document, list) else [document], start=1))


def _parquet_rows(source: SourceFile) -> Iterator[tuple[int, Any]]:
    try:
        file = pq.ParquetFile(source.path)
        number = 0
        for batch in file.iter_batches(batch_size=_BATCH_ROWS):
            columns = [_plain_column(column).to_pylist() for column in batch.columns]
            for values in zip(*columns, strict=True):
                number += 1
                yield number, dict(zip(batch.schema.names, values, strict=True))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise BadInputError(
            f"{source.path} cannot be read as Parquet: {error}", next_step="write the file again"
        ) from error


def _plain_column(column: Any) -> Any:
    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
        return pc.cast(column, pa.timestamp("us", tz=column.type.tz), safe=False)
    if pa.types.is_dictionary(column.type):
        return column.dictionary_decode()
    return column


def read_carefully(
    table: Table,
    rows: Rows,
    *,
    file_name: str,
    hash_key: str | None,
    rejects: RejectLog,
    into: Path,
    row_name: Callable[[], str | None] = lambda: None,
    on_rows: Callable[[int], None] | None = None,
) -> CarefulResult:
    """Write the good rows to the Parquet file `into` (stored columns and `source_row`) and the bad to `rejects`.

    `row_name` names the row that was just read, where rows have names of their own.
    """
    result = CarefulResult()
    check = _RowCheck(table, converters(table, hash_key=hash_key, left_out=result.left_out), result)
    schema = stored_schema(table)
    batch: list[tuple[Any, ...]] = []
    with pq.ParquetWriter(into, schema, compression="snappy") as writer:
        for number, row in rows:
            result.read += 1
            try:
                batch.append((*check(row), number))
            except RowRefusedError as refused:
                name = row_name()
                reason = refused.reason if name is None else f"{refused.reason} (row {name[:80]!r})"
                rejects.add(
                    Reject(file=file_name, line=number, field=refused.field, value=refused.value, reason=reason)
                )
            if len(batch) >= _BATCH_ROWS:
                _write(writer, schema, batch)
                result.kept += len(batch)
                batch.clear()
            if on_rows is not None and result.read % _BATCH_ROWS == 0:
                on_rows(result.read)
        _write(writer, schema, batch)
        result.kept += len(batch)
    return result


def stored_schema(table: Table) -> Any:
    """The Arrow schema of the stored columns and `source_row`."""
    columns = [(column.stored_name, _ARROW_TYPES[column.sql_type]) for column in table.columns]
    return pa.schema([*columns, ("source_row", pa.int64())])


def _write(writer: Any, schema: Any, batch: list[tuple[Any, ...]]) -> None:
    if batch:
        arrays = [
            pa.array(values, type=kind)
            for values, kind in zip(zip(*batch, strict=True), schema.types, strict=True)
        ]
        writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))


class _RowCheck:
    """Turns one row into the tuple of its stored values, in the order of the table's columns."""

    def __init__(self, table: Table, by_name: dict[str, Converter], result: CarefulResult) -> None:
        self._table = table
        self._converters = by_name
        self._unknown = result.unknown_names
        self._empty: dict[str, Any] = dict.fromkeys(table.names)
        self._decode_line = LineDecoder(table, by_name) if table.is_bulk else None
        self._lines = 0
        self._check_whole = row_rule(table)
        self._is_whole = is_whole(table)

    def __call__(self, row: Any) -> tuple[Any, ...]:
        if type(row) is not bytes:
            return self._closely(row)
        self._lines += 1
        if self._decode_line is not None and self._lines > SNIFFED_LINES:
            values = self._decode_line(row)
            if values is not None and self._is_whole(values):
                return tuple(values)
        return self._closely(line_value(row))

    def _closely(self, row: Any) -> tuple[Any, ...]:
        if type(row) is not dict:
            if isinstance(row, BrokenRow):
                raise RowRefusedError(row.reason, field=row.field, value=row.value)
            raise RowRefusedError("is not a JSON object")
        stored = self._empty.copy()
        by_name = self._converters
        for name, value in row.items():
            convert = by_name.get(name)
            if convert is None:
                if len(self._unknown) < _MOST_UNKNOWN_NAMES:
                    self._unknown[name] = None
            elif value is not None:
                try:
                    stored[name] = convert(value)
                except Refused as refused:
                    raise refusal(self._table.column(name), value, refused) from None
        self._check_whole(stored, row)
        return tuple(stored.values())


def refusal(column: Column, value: Any, refused: Refused) -> RowRefusedError:
    """The refusal of a row for one of its values, which is shown only where it may be."""
    if column.kind is Kind.IDENTIFIER_OF_A_PERSON:
        seen = masked(value) if isinstance(value, str) else None
    else:
        seen = shown(value)
    return RowRefusedError(str(refused), field=column.name, value=seen)


def unknown_column_warnings(table: Table, names: Iterable[str]) -> list[str]:
    """One sentence per column that the table does not have, with the nearest one that it has."""
    warnings = []
    for name in names:
        near = nearest_names(name, table.names, most=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        warnings.append(f"column {shown_name(name)!r} is not known and was left out{hint}")
    return warnings
