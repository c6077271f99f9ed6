"""A file of another format, row by row into typed columns, one folder per kind of row.

The format spells its rows as the interchange format does; the converters of that format decide what is acceptable.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from routefit.ledger.converted_rows import ConvertedRows
from routefit.ledger.formats.format import Format, Notes
from routefit.ledger.rejects import RejectLog
from routefit.ledger.schema import TableKind
from routefit.ledger.source_file import SourceFile
from routefit.ledger.tables import TABLES

NO_DAY = "1901-01-01"
"""Stands for the day of rows that are not stored by day."""

_REPORT_ROWS = 20_000


def convert(
    source: SourceFile,
    form: Format,
    folder: Path,
    rejects: Mapping[TableKind, RejectLog],
    notes: Notes,
    *,
    hash_key: str | None,
    on_rows: Callable[[int], None] | None = None,
) -> dict[TableKind, ConvertedRows]:
    """The rows of each kind that `rejects` has a log for; what cannot be taken goes there."""
    made = {
        kind: ConvertedRows(
            TABLES[kind],
            folder / f"{kind}.converted",
            file_name=str(source.path),
            hash_key=hash_key,
            rejects=rejects[kind],
            no_day=NO_DAY,
        )
        for kind in form.kinds
        if kind in rejects
    }
    with _no_search_for_cycles():
        for count, found in enumerate(form.rows(source, notes), start=1):
            if (rows := made.get(found.kind)) is not None:
                rows.add(found)
            if on_rows is not None and not count % _REPORT_ROWS:
                on_rows(count)
        for rows in made.values():
            rows.close()
    return made


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Rows are trees that go as soon as they are written; looking for cycles in them takes a tenth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
