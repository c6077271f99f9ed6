"""The manifest: which Parquet files make up the ledger, since when, and what was imported.

A SQLite database in `ledger/manifest.sqlite`. A file counts only when its row is committed here, so an import
over many days is visible as a whole or not at all, and what was known on a day can be asked for later.
Rollback journal with full synchronisation: a commit that returned survives a killed process and a power cut.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from routefit.errors import LedgerError
from routefit.ledger.schema import TableKind

FILE_NAME = "manifest.sqlite"
BUSY_SECONDS = 60.0
"""How long an import waits for another one that is committing."""

HASH_KEY_VARIABLE = "ROUTEFIT_HASH_KEY"
"""Environment variable that holds the key of customer hashes, where several ledgers must agree on it."""

_VERSION = 2
"""Of the tables here and of the columns of the stored facts."""

_SCHEMA = f"""
PRAGMA user_version = {_VERSION};
CREATE TABLE IF NOT EXISTS segments (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    day TEXT,
    path TEXT NOT NULL UNIQUE,
    rows INTEGER NOT NULL,
    source_name TEXT NOT NULL,
    source_sha256 TEXT NOT NULL,
    source_format TEXT NOT NULL,
    hash_canary TEXT NOT NULL,
    added_at INTEGER NOT NULL,
    superseded_at INTEGER
);
CREATE INDEX IF NOT EXISTS segments_by_kind_and_day ON segments (kind, day);
CREATE TABLE IF NOT EXISTS imported_files (
    identity TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    source_name TEXT NOT NULL,
    source_sha256 TEXT NOT NULL,
    added_at INTEGER NOT NULL,
    counts TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One immutable Parquet file of the ledger; `day` is the UTC day of its calls, None for other rows.

    `source_format` is the kind or format that the user named at the import: `calls`, `litellm`, `map` and so on.
    """

    id: str
    kind: TableKind
    day: date | None
    path: Path
    rows: int
    source_name: str
    source_sha256: str
    source_format: str
    hash_canary: str
    added_at: datetime
    superseded_at: datetime | None = None


class Manifest:
    """The manifest of one ledger folder; use it as a context manager or close it."""

    def __init__(self, ledger_dir: Path, *, busy_seconds: float = BUSY_SECONDS) -> None:
        """Open or create it; LedgerError where that cannot be done."""
        self.ledger_dir = ledger_dir
        try:
            ledger_dir.mkdir(parents=True, exist_ok=True)
            self._con = sqlite3.connect(
                ledger_dir / FILE_NAME, timeout=busy_seconds, isolation_level=None, check_same_thread=False
            )
            try:
                self._con.execute("PRAGMA synchronous = FULL")
                if not self._has_schema():
                    self._con.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
                self._refuse_other_version()
            except BaseException:
                self._con.close()
                raise
        except (OSError, sqlite3.Error) as error:
            raise ledger_error(ledger_dir, error) from error

    def __enter__(self) -> Manifest:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the database go."""
        self._con.close()

    def _refuse_other_version(self) -> None:
        (found,) = self._con.execute("PRAGMA user_version").fetchone()
        if found != _VERSION:
            raise LedgerError(
                f"the ledger {self.ledger_dir} was written by {'an older' if found < _VERSION else 'a newer'}"
                " version of routefit",
                next_step="move the folder away and import the files again"
                if found < _VERSION
                else "use that version, or import the files into another project",
            )

    def _has_schema(self) -> bool:
        found = self._con.execute(
            "SELECT count(*) FROM sqlite_master WHERE type = 'table'"
            " AND name IN ('segments', 'imported_files', 'settings')"
        ).fetchone()
        return bool(found[0] == 3)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """The one write transaction: entered by one process at a time, rolled back on any exception."""
        try:
            self._con.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            raise ledger_error(self.ledger_dir, error) from error
        try:
            yield
            self._con.execute("COMMIT")
        except BaseException as error:
            if self._con.in_transaction:
                self._con.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise ledger_error(self.ledger_dir, error) from error
            raise

    def visible(self, kind: TableKind, *, as_of: datetime | None = None) -> list[Segment]:
        """The segments that were part of the ledger at `as_of` (now, when None), by day and time of import."""
        condition = "superseded_at IS NULL"
        parameters: list[str] = [kind]
        if as_of is not None:
            at = str(_microseconds(as_of))
            condition = (
                "added_at <= CAST(? AS INTEGER) AND (superseded_at IS NULL OR superseded_at > CAST(? AS INTEGER))"
            )
            parameters += [at, at]
        rows = self._query(
            "SELECT id, kind, day, path, rows, source_name, source_sha256, source_format, hash_canary, added_at,"
            " superseded_at"
            f" FROM segments WHERE kind = ? AND {condition} ORDER BY day, added_at, id",
            parameters,
        )
        return [self._segment(row) for row in rows]

    def _segment(
        self, row: tuple[str, TableKind, str | None, str, int, str, str, str, str, int, int | None]
    ) -> Segment:
        segment_id, kind, day, path, rows, source_name, sha256, form, canary, added_at, superseded_at = row
        return Segment(
            id=segment_id,
            kind=kind,
            day=date.fromisoformat(day) if day else None,
            path=self.ledger_dir / path,
            rows=rows,
            source_name=source_name,
            source_sha256=sha256,
            source_format=form,
            hash_canary=canary,
            added_at=_instant(added_at),
            superseded_at=None if superseded_at is None else _instant(superseded_at),
        )

    def paths(self) -> set[Path]:
        """Every file that the manifest knows, superseded ones included."""
        return {self.ledger_dir / path for (path,) in self._query("SELECT path FROM segments", [])}

    def add_segments(self, segments: Iterable[Segment]) -> None:
        """Enter segments; only inside `writing`."""
        self._con.executemany(
            "INSERT INTO segments VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
            [
                (
                    segment.id,
                    segment.kind,
                    segment.day.isoformat() if segment.day else None,
                    segment.path.relative_to(self.ledger_dir).as_posix(),
                    segment.rows,
                    segment.source_name,
                    segment.source_sha256,
                    segment.source_format,
                    segment.hash_canary,
                    _microseconds(segment.added_at),
                )
                for segment in segments
            ],
        )

    def imported(self, identity: str) -> dict[str, object] | None:
        """What the summary of an earlier import of the same content said, or None."""
        rows = self._query("SELECT counts FROM imported_files WHERE identity = ?", [identity])
        return json.loads(rows[0][0]) if rows else None

    def add_imported(
        self,
        identity: str,
        *,
        kind: TableKind,
        source_name: str,
        source_sha256: str,
        added_at: datetime,
        counts: dict[str, object],
    ) -> None:
        """Remember that a file was imported; only inside `writing`."""
        self._con.execute(
            "INSERT OR REPLACE INTO imported_files VALUES (?, ?, ?, ?, ?, ?)",
            (identity, kind, source_name, source_sha256, _microseconds(added_at), json.dumps(counts)),
        )

    def latest_added_at(self) -> datetime | None:
        """When the youngest segment was added."""
        (latest,) = self._query("SELECT max(added_at) FROM segments", [])[0]
        return None if latest is None else _instant(latest)

    def setting(self, name: str) -> str | None:
        """A remembered value, or None."""
        rows = self._query("SELECT value FROM settings WHERE name = ?", [name])
        return rows[0][0] if rows else None

    def set_setting(self, name: str, value: str) -> None:
        """Remember a value, in the place of an earlier one."""
        try:
            self._con.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))
        except sqlite3.Error as error:
            raise ledger_error(self.ledger_dir, error) from error

    def hash_key(self) -> str:
        """The key of customer hashes: from the environment, else made at the first import and kept here."""
        given = os.environ.get(HASH_KEY_VARIABLE)
        if given:
            return given
        known = self.setting("hash_key")
        if known is not None:
            return known  # nothing is written then: a question may look at a ledger that it cannot write to
        try:
            self._con.execute("INSERT OR IGNORE INTO settings VALUES ('hash_key', ?)", (secrets.token_hex(32),))
        except sqlite3.Error as error:
            raise ledger_error(self.ledger_dir, error) from error
        key = self.setting("hash_key")
        if key is None:
            raise LedgerError(f"{self.ledger_dir / FILE_NAME} did not keep the key of customer hashes")
        return key

    def _query(self, sql: str, parameters: Sequence[str]) -> list[Any]:
        try:
            return self._con.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise ledger_error(self.ledger_dir, error) from error


def ledger_error(ledger_dir: Path, error: OSError | sqlite3.Error) -> LedgerError:
    """The named error for what the operating system or SQLite refused."""
    text = str(error)
    if "locked" in text or "busy" in text:
        return LedgerError(
            f"another process has been writing to {ledger_dir} for more than the time to wait",
            next_step="wait until it has finished, then import once more",
        )
    is_denied = isinstance(error, OSError) or "readonly" in text or "unable to open" in text
    reason = error.strerror if isinstance(error, OSError) and error.strerror else text
    return LedgerError(
        f"the ledger {ledger_dir} cannot be {'written' if is_denied else 'used'}: {reason}",
        next_step="check that the folder exists, may be written to and has room",
    )


def _microseconds(at: datetime) -> int:
    delta = at - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def _instant(microseconds: int) -> datetime:
    seconds, rest = divmod(microseconds, 1_000_000)
    return datetime.fromtimestamp(seconds, tz=UTC).replace(microsecond=rest)
