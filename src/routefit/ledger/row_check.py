"""One row of a format into its stored values, value by value, with the place and the reason of a refusal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from routefit.ledger.careful_reader import refusal
from routefit.ledger.formats.format import FormatRow, Shared
from routefit.ledger.row_rules import RowRefusedError, is_whole, row_rule
from routefit.ledger.schema import Kind, Table
from routefit.ledger.source_file import BrokenRow
from routefit.ledger.value_converters import is_endless, value_converters
from routefit.ledger.values import Converter, LeftOut, Refused

_SHARED_REMEMBERED = 8_192

Values = list[Any]
"""The stored values of one row in the order of the columns, then its number."""


class RowCheck:
    """Turns a row of a format into its stored values; raises `RowRefusedError`."""

    def __init__(self, table: Table, *, hash_key: str | None, left_out: LeftOut) -> None:
        self._table, self.left_out = table, left_out
        by_name = value_converters(table, hash_key=hash_key, left_out=left_out)
        self._converters = {name: (index, by_name[name]) for index, name in enumerate(table.names)}
        self._objects = frozenset(
            index for index, column in enumerate(table.columns) if column.kind is Kind.OBJECT
        )
        self.nothing: Values = [None] * (len(table.columns) + 1)
        self._shared: dict[Shared, Values] = {}
        self._check_whole = row_rule(table)
        self._is_whole: Callable[[Values], bool] = is_whole(table) if table.is_bulk else _is_never_sure

    def converter(self, name: str) -> Converter:
        """The converter of one column."""
        return self._converters[name][1]

    def __call__(self, found: FormatRow) -> Values:
        """The stored values of the row."""
        row = found.row
        if isinstance(row, BrokenRow):
            raise RowRefusedError(row.reason, field=row.field, value=row.value)
        values = (self.nothing if found.shared is None else self.shared_values(found.shared)).copy()
        by_name = self._converters
        for name, value in row.items():
            if value is not None:
                index, convert = by_name[name]
                try:
                    if index in self._objects and found.shared is not None:
                        values[index] = self.joined(name, found.shared, values[index], value)
                    else:
                        values[index] = convert(value)
                except Refused as refused:
                    if not is_endless(value):
                        raise refusal(self._table.column(name), value, refused) from None
        if not self._is_whole(values):
            self._check_whole(dict(zip(self._table.names, values, strict=False)), row)
        values[-1] = found.number
        return values

    def shared_values(self, shared: Shared) -> Values:
        """The stored values of the columns that rows share."""
        known = self._shared.get(shared)
        if known is not None:
            return known
        noted = dict(self.left_out.by_column)
        values = self.nothing.copy()
        for name, value in shared.columns.items():
            index, convert = self._converters[name]
            try:
                values[index] = convert(value)
            except Refused as refused:
                raise refusal(self._table.column(name), value, refused) from None
        if noted == self.left_out.by_column:
            if len(self._shared) >= _SHARED_REMEMBERED:
                self._shared.clear()
            self._shared[shared] = values
        return values

    def joined(self, name: str, shared: Shared, text: str | None, own: Any) -> str | None:
        """An object of which the rows share a part: its text `text`, then what is the row's own."""
        convert: Callable[[Any], str | None] = self._converters[name][1]
        part = shared.columns.get(name)
        if not part:
            return convert(own)
        if text is None or not isinstance(own, dict):
            return convert(own)
        if not own.keys().isdisjoint(part):
            return convert({**part, **own})
        rest = convert(own)
        return text if not rest or rest == "{}" else f"{text[:-1]},{rest[1:]}" if text != "{}" else rest


def _is_never_sure(_values: Values) -> bool:
    return False
