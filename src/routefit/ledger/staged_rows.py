"""One file's rows on their way in: read fast where possible, carefully where not, one file per day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from routefit.ledger.careful_reader import (
    CarefulResult,
    Rows,
    read_carefully,
    source_rows,
    unknown_column_warnings,
)
from routefit.ledger.conversion import NO_DAY
from routefit.ledger.converted_rows import ConvertedRows
from routefit.ledger.duplicates import content_hash_sql
from routefit.ledger.engine import quoted
from routefit.ledger.fast_reader import NotFastError, remove_staged, stage_fast
from routefit.ledger.mapping import MappedRows, Mapping
from routefit.ledger.rejects import RejectLog
from routefit.ledger.schema import Table
from routefit.ledger.source_file import SourceFile, check_separator, chosen_rows

Progress = Callable[[int, int], None]
"""Called with rows done and lines in the file (0 where it is not known beforehand)."""


@dataclass(kw_only=True)
class Staged:
    """One kind of row of the file, staged and compared with what is known."""

    table: Table
    folder: Path
    read: int
    warnings: list[str]
    rejects: RejectLog
    duplicates: int = 0
    conflicts: int = 0
    reject_file: Path | None = None

    def parts(self) -> list[Path]:
        """The staged files, one per day of calls."""
        return sorted(self.folder.rglob("*.parquet"))


@dataclass(frozen=True, kw_only=True)
class Stager:
    """Stages the rows of one file."""

    con: duckdb.DuckDBPyConnection
    source: SourceFile
    mapping: Mapping | None
    hash_key: str | None
    on_progress: Progress | None

    def stage(
        self, table: Table, folder: Path, rejects: RejectLog, converted: ConvertedRows | None = None
    ) -> Staged:
        """Read, check and write one kind of row of the file, or of what it was converted to."""
        folder.mkdir()
        staged = Staged(table=table, folder=folder, read=0, warnings=[], rejects=rejects)
        if converted is not None:
            self._stage_converted(staged, converted)
            return staged
        if self.mapping is not None:
            self._stage_mapped(staged, MappedRows(self.mapping, table.kind, self.source))
            return staged
        if self.source.format == "csv":
            check_separator(self.source, table.names)
        self._stage_rows(staged, self.source)
        return staged

    def _stage_rows(self, staged: Staged, source: SourceFile) -> None:
        try:
            self._stage_fast(staged, source)
        except NotFastError:
            remove_staged(staged.folder)
            self._stage_carefully(staged, source_rows(source))

    def _stage_converted(self, staged: Staged, converted: ConvertedRows) -> None:
        """Write each day as the ledger stores it."""
        for name, files in converted.days():
            day = staged.folder / name
            day.mkdir()
            paths = ", ".join(quoted(str(path)) for path in files)
            self.con.execute(
                f"COPY (SELECT *, {content_hash_sql(staged.table)} AS content_hash"
                f" FROM read_parquet([{paths}], hive_partitioning = false))"
                f" TO {quoted(str(day / 'converted.parquet'))} (FORMAT parquet)"
            )
            for path in files:
                path.unlink()
        staged.read += converted.read
        staged.warnings += converted.left_out.warnings()
        self._report(staged.read)

    def _stage_fast(self, staged: Staged, source: SourceFile) -> None:
        folder = staged.folder
        unknown = stage_fast(
            self.con,
            staged.table,
            source,
            hash_key=self.hash_key,
            write=_write_sql(staged.table, folder),
            staged=_staged_sql(folder),
            folder=folder,
        )
        taken = sum(pq.read_metadata(part).num_rows for part in staged.parts())
        numbers = _take_numbers_to_look_at(self.con, folder)
        staged.read = taken - len(numbers)
        staged.warnings += unknown_column_warnings(staged.table, unknown)
        self._report(staged.read)
        if numbers:
            self._stage_carefully(staged, chosen_rows(source_rows(source), numbers), seen=unknown)
        else:
            merge_parts(self.con, folder)

    def _stage_mapped(self, staged: Staged, rows: MappedRows) -> None:
        self._stage_carefully(staged, rows, row_name=lambda: rows.current_key)
        staged.warnings += rows.warnings()

    def _stage_carefully(
        self,
        staged: Staged,
        rows: Rows,
        *,
        row_name: Callable[[], str | None] = lambda: None,
        seen: Sequence[str] = (),
    ) -> None:
        flat = staged.folder.with_suffix(".flat")
        result: CarefulResult = read_carefully(
            staged.table,
            rows,
            file_name=str(self.source.path),
            hash_key=self.hash_key,
            rejects=staged.rejects,
            into=flat,
            row_name=row_name,
            on_rows=self._report,
        )
        if result.kept:
            select = f"SELECT *, false AS needs_look FROM read_parquet({quoted(str(flat))})"
            self.con.execute(_write_sql(staged.table, staged.folder).replace("{rows}", select))
        merge_parts(self.con, staged.folder)
        staged.read += result.read
        names = [name for name in result.unknown_names if name not in seen]
        staged.warnings += unknown_column_warnings(staged.table, names) + result.left_out.warnings()

    def _report(self, rows: int) -> None:
        if self.on_progress:
            self.on_progress(rows, self.source.lines)


_TO_LOOK_AT = date(1900, 1, 1)


def _write_sql(table: Table, folder: Path) -> str:
    """A COPY of `{rows}` into one folder per day, and one for rows that the careful reader must look at."""
    day = "CAST(started_at AS DATE)" if table.kind == "calls" else f"DATE '{NO_DAY}'"
    return (
        f"COPY (SELECT * EXCLUDE (needs_look), {content_hash_sql(table)} AS content_hash,"
        f" CASE WHEN needs_look THEN DATE '{_TO_LOOK_AT}' ELSE {day} END AS day FROM ({{rows}}))"
        f" TO {quoted(str(folder))} (FORMAT parquet, PARTITION_BY (day), APPEND)"
    )


def _take_numbers_to_look_at(con: duckdb.DuckDBPyConnection, folder: Path) -> frozenset[int]:
    """The numbers of the rows that the fast reader did not take; its rows are removed."""
    marked = folder / f"day={_TO_LOOK_AT}"
    if not marked.exists():
        return frozenset()
    rows = con.execute(f"SELECT source_row FROM {_staged_sql(marked)}").fetchall()
    remove_staged(marked)
    marked.rmdir()
    return frozenset(number for (number,) in rows)


def _staged_sql(folder: Path) -> str:
    return f"read_parquet({quoted(str(folder))} || '/**/*.parquet', hive_partitioning = false)"


def merge_parts(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Leave one file per day; the engine may have written a day in several."""
    for day in sorted(path for path in folder.iterdir() if path.is_dir()):
        parts = sorted(day.glob("*.parquet"))
        if len(parts) > 1:
            files = ", ".join(quoted(str(part)) for part in parts)
            merged = day / "merged"
            con.execute(
                f"COPY (FROM read_parquet([{files}], hive_partitioning = false)) TO {quoted(str(merged))}"
                " (FORMAT parquet)"
            )
            for part in parts:
                part.unlink()
            merged.rename(day / "merged.parquet")
