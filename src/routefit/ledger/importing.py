"""Import of one file into the ledger.

Reading and checking happen in a staging folder without a lock. Then, one import at a time: what came in
meanwhile is compared, the files are made durable and renamed into place, and one commit makes them visible.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from routefit.errors import BadInputError, LedgerError
from routefit.ledger.conversion import convert
from routefit.ledger.converted_rows import ConvertedRows
from routefit.ledger.duplicates import (
    Overlap,
    drop_known,
    drop_repeated,
    hash_canary,
)
from routefit.ledger.formats.format import Format, Notes
from routefit.ledger.import_summary import ImportSummary, answered, counts_of
from routefit.ledger.manifest import Manifest, Segment, ledger_error
from routefit.ledger.mapping import Mapping
from routefit.ledger.rejects import Reject, RejectLog
from routefit.ledger.replica_overlaps import refuse_overlaps
from routefit.ledger.schema import Table, TableKind
from routefit.ledger.source_file import SourceFile, scan
from routefit.ledger.staged_rows import Progress, Staged, Stager
from routefit.ledger.staging import staging_folder, sweep_stores, sync_file
from routefit.ledger.tables import TABLES
from routefit.ledger.twin_finding import take_twins
from routefit.ledger.twins import NOBODY_LEADS, TWINS, Leads

MEMORY_LIMIT = "1GB"
"""What the engine may use; the rest spills into the staging folder."""

REJECTS = "rejects"
BY_DAY = ("calls", "twins")
"""Kinds whose rows are stored by UTC day."""

_TIME_OF_JUDGEMENT: dict[TableKind, str] = {
    "outcomes": "decided_at",
    "scores": "decided_at",
    "labels": "labelled_at",
}


def import_file(
    ledger_dir: Path,
    kind: TableKind | None,
    file: Path,
    *,
    mapping: Mapping | None = None,
    form: Format | None = None,
    leads: Leads = NOBODY_LEADS,
    strict: bool = False,
    keep_identifiers: bool = False,
    now: datetime,
    on_progress: Progress | None = None,
) -> tuple[ImportSummary, ...]:
    """Import one file; one summary per kind of row that it yields.

    `kind` may be None only with a mapping or another tool's format: then all that it yields. `leads` says which
    source counts where two logged the same call. `strict` refuses the whole file when any row is refused. Raises
    `BadInputError` when nothing could be imported, `LedgerError` when the ledger cannot be written.
    """
    tables = [TABLES[one] for one in form.kinds] if form is not None else _tables(kind, mapping)
    source = scan(file, counts_verdicts=any(table.kind == "outcomes" for table in tables))
    with Manifest(ledger_dir) as manifest:
        identities = {table.kind: _identity(source, table, mapping, form) for table in tables}
        earlier = {table.kind: manifest.imported(identities[table.kind]) for table in tables}
        fresh = [table for table in tables if earlier[table.kind] is None]
        job = _Job(
            manifest=manifest,
            source=source,
            mapping=mapping,
            form=form,
            source_format=form.name if form else "map" if mapping else tables[0].kind,
            strict=strict,
            hash_key=None if keep_identifiers else manifest.hash_key(),
            now=now,
            on_progress=on_progress,
            has_several=len(tables) > 1,
            leads=leads,
        )
        summaries = job.run(fresh, identities) if fresh else {}
        return tuple(
            summaries.get(table.kind) or answered(file, table.kind, earlier[table.kind] or {}) for table in tables
        )


def _tables(kind: TableKind | None, mapping: Mapping | None) -> list[Table]:
    if mapping is None:
        if kind is None:
            raise BadInputError(
                "it is not said whether the file holds calls or outcomes",
                next_step="`routefit import calls FILE` or `routefit import outcomes FILE`",
            )
        return [TABLES[kind]]
    if kind is not None and kind not in mapping.kinds:
        raise BadInputError(
            f"the map {mapping.file} does not yield {kind}, only {', '.join(mapping.kinds)}",
            next_step=f"add `{kind}:` to the map, or import {mapping.kinds[0]}",
        )
    return [TABLES[one] for one in mapping.kinds if kind in (None, one)]


def _identity(source: SourceFile, table: Table, mapping: Mapping | None, form: Format | None) -> str:
    shape = form.name if form else mapping.identity(source.path) if mapping else source.format
    return hashlib.sha256(f"{source.sha256}\0{table.kind}\0{shape}".encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class _Job:
    """One import while it runs."""

    manifest: Manifest
    source: SourceFile
    mapping: Mapping | None
    form: Format | None
    source_format: str
    strict: bool
    hash_key: str | None
    now: datetime
    on_progress: Progress | None
    has_several: bool
    leads: Leads
    notes: Notes = field(default_factory=Notes)

    def run(self, tables: list[Table], identities: dict[TableKind, str]) -> dict[TableKind, ImportSummary]:
        ledger_dir = self.manifest.ledger_dir
        with staging_folder(ledger_dir) as folder, _engine(folder) as con, ExitStack() as open_files:
            try:
                canary = hash_canary(con)
                compared = {table.kind: self.manifest.visible(table.kind) for table in tables}
                stager = Stager(
                    con=con,
                    source=self.source,
                    mapping=self.mapping,
                    hash_key=self.hash_key,
                    on_progress=self.on_progress,
                )
                rejects = {table.kind: RejectLog(folder / f"{table.kind}.rejects") for table in tables}
                for log in rejects.values():
                    open_files.callback(log.close)
                converted = self._converted(folder, rejects)
                staged = [
                    stager.stage(table, folder / table.kind, rejects[table.kind], converted.get(table.kind))
                    for table in tables
                ]
                for one in staged:
                    self._compare(one, drop_repeated(con, one.table, one.parts()))
                    known = [*compared[one.table.kind], *self._known_twins(one)]
                    self._compare(one, drop_known(con, one.table, one.parts(), known, canary))
                with self.manifest.writing():
                    sweep_stores(self.manifest)
                    for one in staged:
                        seen = {segment.id for segment in compared[one.table.kind]}
                        newer = [s for s in self.manifest.visible(one.table.kind) if s.id not in seen]
                        self._compare(one, drop_known(con, one.table, one.parts(), newer, canary))
                        refuse_overlaps(con, one, self.manifest.visible("capacity"), str(self.source.path))
                        if one.table.kind == "calls":
                            self._take_twins(con, one)
                    return self._commit(staged, identities, canary)
            except OSError as error:
                raise ledger_error(ledger_dir, error) from error
            except duckdb.Error as error:
                raise LedgerError(
                    f"the ledger {ledger_dir} cannot take {self.source.path} in: {error}",
                    next_step="check that the disk has room and that no file of the ledger was changed by hand",
                ) from error

    def _converted(self, folder: Path, rejects: dict[TableKind, RejectLog]) -> dict[TableKind, ConvertedRows]:
        """What the file of another format was converted to; nothing for the interchange format and maps."""
        if self.form is None:
            return {}
        report = self.on_progress
        return convert(
            self.source,
            self.form,
            folder,
            rejects,
            self.notes,
            hash_key=self.hash_key,
            on_rows=(lambda rows: report(rows, self.source.lines)) if report else None,
        )

    def _known_twins(self, staged: Staged) -> list[Segment]:
        """The second records that are known: a row of another export of them is no new call."""
        return self.manifest.visible("twins") if staged.table.kind == "calls" else []

    def _take_twins(self, con: duckdb.DuckDBPyConnection, staged: Staged) -> None:
        """Set the calls aside that another source logged too."""
        found = take_twins(
            con,
            staged.parts(),
            self.manifest.visible("calls"),
            self._known_twins(staged),
            source_format=self.source_format,
            leads=self.leads,
            into=staged.folder.parent / TWINS.kind,
        )
        staged.duplicates += found.third_records
        staged.warnings += found.warnings
        self.notes.remarks += found.notes

    def _compare(self, staged: Staged, overlap: Overlap) -> None:
        staged.duplicates += overlap.duplicates
        staged.conflicts += len(overlap.conflicts)
        for conflict in overlap.conflicts:
            other = conflict.other_source or str(self.source.path)
            time_column = _TIME_OF_JUDGEMENT.get(staged.table.kind)
            advice = f"; a later one needs a later {time_column}" if time_column else ""
            staged.rejects.add(
                Reject(
                    file=str(self.source.path),
                    line=conflict.row,
                    field=time_column or staged.table.key[0],
                    value=conflict.key[:80],
                    reason=f"is known with other content from {other}:{conflict.other_row}{advice}",
                )
            )

    def _commit(
        self, staged: list[Staged], identities: dict[TableKind, str], canary: str
    ) -> dict[TableKind, ImportSummary]:
        for one in staged:
            one.rejects.close()
        if self.strict and any(one.rejects.count for one in staged):
            self._refuse(staged, reason="--strict refuses a file with any bad row", keeps_rejects=False)
        for one in staged:
            one.reject_file = self._keep_rejects(one)
        if not any(one.read - one.rejects.count for one in staged):
            self._refuse(staged, reason="nothing of it could be imported", keeps_rejects=True)
        summaries = {}
        for one in staged:
            segments = self._place_parts(one.table, one.parts(), canary)
            if one.table.kind == "calls":
                twins = sorted((one.folder.parent / TWINS.kind).rglob("*.parquet"))
                segments += self._place_parts(TWINS, twins, canary)
            self.manifest.add_segments(segments)
            summary = self._summary(one, segments, is_first=one is staged[0])
            self.manifest.add_imported(
                identities[one.table.kind],
                kind=one.table.kind,
                source_name=str(self.source.path),
                source_sha256=self.source.sha256,
                added_at=self.now,
                counts=counts_of(summary),
            )
            summaries[one.table.kind] = summary
        return summaries

    def _refuse(self, staged: list[Staged], *, reason: str, keeps_rejects: bool) -> None:
        rejects = [reject for one in staged for reject in one.rejects.first][:5]
        count, read = sum(one.rejects.count for one in staged), sum(one.read for one in staged)
        warnings = [*self.notes.warnings, *self.notes.lines(), *(note for one in staged for note in one.warnings)]
        lines = "".join(f"\n  {line}" for line in (*rejects, *warnings[:5]))
        kept = next((one.reject_file for one in staged if one.reject_file), None)
        where = f"; all rejects are in {kept}" if keeps_rejects and kept else ""
        if not read:
            raise BadInputError(
                f"{self.source.path} has no rows; nothing was imported{lines}",
                next_step="give a file with at least one row",
            )
        raise BadInputError(
            f"{self.source.path}: {count:,} of {read:,} rows rejected, {reason}{lines}",
            next_step=f"correct the rows and import the file once more{where}",
        )

    def _keep_rejects(self, staged: Staged) -> Path | None:
        if not staged.rejects.count:
            return None
        folder = self.manifest.ledger_dir / REJECTS
        folder.mkdir(exist_ok=True)
        suffix = f"-{staged.table.kind}" if self.has_several else ""
        target = folder / f"{self.source.path.name}-{self.source.sha256[:8]}{suffix}.jsonl"
        staged.rejects.path.replace(target)
        return target

    def _place_parts(self, table: Table, parts: Sequence[Path], canary: str) -> list[Segment]:
        ledger_dir = self.manifest.ledger_dir
        segments, folders = [], {ledger_dir}
        for part in parts:
            import_id = part.parents[2].name
            rows = pq.read_metadata(part).num_rows
            if not rows:
                continue
            day = date.fromisoformat(part.parent.name.removeprefix("day=")) if table.kind in BY_DAY else None
            segment_id = "-".join([import_id, *([table.kind] if table.kind != "calls" else []), str(day or "")])
            target = ledger_dir / table.kind / (str(day) if day else "") / f"{import_id}.parquet"
            target.parent.mkdir(parents=True, exist_ok=True)
            sync_file(part)
            part.replace(target)
            folders |= {target.parent, ledger_dir / table.kind}
            segments.append(
                Segment(
                    id=segment_id,
                    kind=table.kind,
                    day=day,
                    path=target,
                    rows=rows,
                    source_name=str(self.source.path),
                    source_sha256=self.source.sha256,
                    source_format=self.source_format,
                    hash_canary=canary,
                    added_at=self.now,
                )
            )
        for folder in folders:
            sync_file(folder)
        return segments

    def _summary(self, staged: Staged, segments: list[Segment], *, is_first: bool) -> ImportSummary:
        days = [segment.day for segment in segments if segment.day]
        return ImportSummary(
            file=self.source.path,
            kind=staged.table.kind,
            read=staged.read,
            imported=sum(segment.rows for segment in segments),
            duplicate=staged.duplicates,
            rejected=staged.rejects.count,
            conflicts=staged.conflicts,
            warnings=tuple(staged.warnings) + (tuple(self.notes.warnings) if is_first else ()),
            notes=tuple(self.notes.lines()) if is_first else (),
            reject_file=staged.reject_file,
            rejects=tuple(staged.rejects.first),
            is_already_imported=False,
            first_day=min(days, default=None),
            last_day=max(days, default=None),
        )


@contextmanager
def _engine(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    con = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": str(folder / "spill"),
            "autoinstall_known_extensions": "false",
        },
    )
    try:
        con.execute("SET TimeZone = 'UTC'")
        yield con
    finally:
        con.close()
