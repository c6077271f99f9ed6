"""A file of another format, written once more as JSON Lines of the interchange format, one file per kind of row.

The readers of the interchange format take it from there, so there is one place that decides what is acceptable.
Each line ends in the number of the row in the source, which is where rejects and conflicts point to.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import msgspec

from routefit.ledger.formats.format import Format, Notes
from routefit.ledger.rejects import Reject, RejectLog
from routefit.ledger.schema import TableKind
from routefit.ledger.source_file import BrokenRow, SourceFile, numbered_lines

SOURCE_ROW = "source_row"
"""The last column of a converted line."""

_REPORT_ROWS = 20_000
_NUMBER_START = f'"{SOURCE_ROW}":'.encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """The rows of one kind: the file to read them from, and how many rows of the source could not be read."""

    source: SourceFile
    broken: int


def convert(
    source: SourceFile,
    form: Format,
    folder: Path,
    rejects: Mapping[TableKind, RejectLog],
    notes: Notes,
    *,
    on_rows: Callable[[int], None] | None = None,
) -> dict[TableKind, Converted]:
    """Write one file per kind into `folder`; what the format cannot read goes to the rejects of its kind."""
    encode = msgspec.json.Encoder().encode
    lines, broken = dict.fromkeys(form.kinds, 0), dict.fromkeys(form.kinds, 0)
    paths = {kind: folder / f"{kind}.jsonl" for kind in form.kinds}
    with ExitStack() as open_files:
        writers = {kind: open_files.enter_context(path.open("wb")).write for kind, path in paths.items()}
        for found in form.rows(source, notes):
            kind, row = found.kind, found.row
            if isinstance(row, BrokenRow):
                broken[kind] += 1
                refused = Reject(
                    file=str(source.path),
                    line=found.number,
                    field=row.field,
                    value=row.value,
                    reason=row.reason,
                )
                rejects[kind].add(refused)
                continue
            row[SOURCE_ROW] = found.number
            writers[kind](encode(row) + b"\n")
            lines[kind] += 1
            if on_rows is not None and lines[kind] % _REPORT_ROWS == 0:
                on_rows(sum(lines.values()))
    return {
        kind: Converted(
            source=dataclasses.replace(
                source,
                path=paths[kind],
                format="jsonl",
                is_gzip=False,
                has_bom=False,
                has_source_rows=True,
                size_bytes=paths[kind].stat().st_size,
                lines=lines[kind],
            ),
            broken=broken[kind],
        )
        for kind in form.kinds
    }


def converted_lines(source: SourceFile) -> Iterator[tuple[int, bytes | BrokenRow]]:
    """The lines of a converted file with the numbers of their rows in the source."""
    for number, line in numbered_lines(source):
        if isinstance(line, BrokenRow):
            yield number, line
            continue
        content, _, tail = line.rpartition(_NUMBER_START)
        yield int(tail[: tail.index(b"}")]), content.rstrip(b",") + b"}"
