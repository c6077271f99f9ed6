"""What became of the rows of an imported file, and how the manifest remembers it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from routefit.ledger.rejects import Reject
from routefit.ledger.schema import TableKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportSummary:
    """What became of the rows of one file: read = imported + duplicate + rejected.

    `conflicts` are those of the rejected whose key is known with other content; `rejects` are the first twenty.
    `notes` say which records of another tool's file are no rows, and why.
    """

    file: Path
    kind: TableKind
    read: int
    imported: int
    duplicate: int
    rejected: int
    conflicts: int
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    reject_file: Path | None
    rejects: tuple[Reject, ...]
    is_already_imported: bool
    first_day: date | None
    last_day: date | None


def answered(file: Path, kind: TableKind, counts: dict[str, Any]) -> ImportSummary:
    """The summary of a file that came in before, from what the manifest remembers."""
    day = {name: counts.get(name) for name in ("first_day", "last_day")}
    return ImportSummary(
        file=file,
        kind=kind,
        read=counts["read"],
        imported=0,
        duplicate=counts["imported"] + counts["duplicate"],
        rejected=counts["rejected"],
        conflicts=counts["conflicts"],
        warnings=(f"{file} is already imported",),
        notes=(),
        reject_file=Path(counts["reject_file"]) if counts["reject_file"] else None,
        rejects=tuple(Reject(**reject) for reject in counts["rejects"]),
        is_already_imported=True,
        first_day=date.fromisoformat(day["first_day"]) if day["first_day"] else None,
        last_day=date.fromisoformat(day["last_day"]) if day["last_day"] else None,
    )


def counts_of(summary: ImportSummary) -> dict[str, object]:
    """What the manifest remembers of a summary."""
    return {
        "read": summary.read,
        "imported": summary.imported,
        "duplicate": summary.duplicate,
        "rejected": summary.rejected,
        "conflicts": summary.conflicts,
        "reject_file": str(summary.reject_file) if summary.reject_file else None,
        "rejects": [dataclasses.asdict(reject) for reject in summary.rejects],
        "first_day": summary.first_day.isoformat() if summary.first_day else None,
        "last_day": summary.last_day.isoformat() if summary.last_day else None,
    }
