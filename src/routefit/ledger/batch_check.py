"""A batch of calls into columns at once, where all of them are plain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from routefit.ledger.converted_columns import (
    NotPlainError,
    arrow_array,
    plain_column,
    require,
    require_whole_calls,
)
from routefit.ledger.formats.format import FormatRow, Shared
from routefit.ledger.row_check import RowCheck
from routefit.ledger.row_rules import RowRefusedError
from routefit.ledger.schema import Column, Kind, Table
from routefit.ledger.values import Refused

_NOTHING_SHARED = Shared({})
_SHARED_REMEMBERED = 8_192

OwnRows = list[dict[str, Any]]


class BatchCheck:
    """Gives what checking the calls one by one gives, or nothing."""

    def __init__(self, table: Table, schema: Any, check: RowCheck) -> None:
        self._columns = table.columns
        self._schema, self._check = schema, check
        self._shared = _SharedColumns(schema, check)
        self._plain = {column.name: plain_column(column) for column in table.columns}

    def __call__(self, rows: Sequence[FormatRow]) -> Any:
        """A record batch of the stored columns, or None when some row needs a closer look."""
        noted = dict(self._check.left_out.by_column)
        try:
            return self._batch(rows)
        except (NotPlainError, Refused, RowRefusedError):
            self._check.left_out.by_column = noted
            return None

    def _batch(self, rows: Sequence[FormatRow]) -> Any:
        own: OwnRows = [found.row for found in rows if type(found.row) is dict]
        require(len(own) == len(rows))
        shared = [found.shared or _NOTHING_SHARED for found in rows]
        own_names = frozenset[str]().union(*own)
        made = self._shared.columns(shared)
        objects = []
        for index, column in enumerate(self._columns):
            if column.name in own_names:
                if column.kind is Kind.OBJECT:
                    objects.append((index, column))
                else:
                    require(made[index].null_count == len(rows))
                    made[index] = self._own_column(column, own)
        require_whole_calls(dict(zip((column.name for column in self._columns), made, strict=True)))
        for index, column in objects:
            made[index] = self._object_column(column, own, shared, made[index])
        numbers = arrow_array([found.number for found in rows], pa.int64())
        return pa.RecordBatch.from_arrays([*made, numbers], schema=self._schema)

    def _own_column(self, column: Column, own: OwnRows) -> Any:
        name = column.name
        values = [row.get(name) for row in own]
        to_column = self._plain[name]
        if to_column is not None:
            return to_column(values)
        convert = self._check.converter(name)
        stored = [None if value is None else convert(value) for value in values]
        return arrow_array(stored, self._schema.field(column.stored_name).type)

    def _object_column(self, column: Column, own: OwnRows, shared: Sequence[Shared], texts: Any) -> Any:
        name, joined = column.name, self._check.joined
        stored = [
            text if (value := row.get(name)) is None else joined(name, part, text, value)
            for row, part, text in zip(own, shared, texts.to_pylist(), strict=True)
        ]
        return arrow_array(stored, pa.string())


class _SharedColumns:
    """What rows share, as columns of which each row takes its place; they grow with what is met."""

    def __init__(self, schema: Any, check: RowCheck) -> None:
        self._kinds, self._check = schema.types[:-1], check
        self._forget()

    def _forget(self) -> None:
        self._places: dict[Shared, int] = {}
        self._known = [pa.nulls(0, kind) for kind in self._kinds]

    def columns(self, shared: Sequence[Shared]) -> list[Any]:
        """The stored columns, without the rows' own values."""
        if len(self._places) > _SHARED_REMEMBERED:
            self._forget()
        new = [one for one in dict.fromkeys(shared) if one not in self._places]
        if new:
            self._learn(new)
        places = pa.array([self._places[one] for one in shared], pa.int32())
        return [
            pa.nulls(len(shared), kind) if known.null_count == len(known) else known.take(places)
            for kind, known in zip(self._kinds, self._known, strict=True)
        ]

    def _learn(self, new: Sequence[Shared]) -> None:
        stored = zip(*(self._check.shared_values(one)[:-1] for one in new), strict=True)
        self._known = [
            pa.concat_arrays([known, pa.array(values, type=kind)])
            for kind, known, values in zip(self._kinds, self._known, stored, strict=True)
        ]
        for one in new:
            self._places[one] = len(self._places)
