"""Rows that were not imported, with their place, value and reason; and the file that keeps them all."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import msgspec

FIRST_REJECTS = 20
"""So many rejects travel with a summary; the reject file has all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """One row that was refused."""

    file: str
    line: int
    field: str | None
    value: str | None
    reason: str

    def __str__(self) -> str:
        what = " ".join(part for part in (self.field, self.value) if part is not None)
        return f"{self.file}:{self.line}: {what + ' ' if what else 'the row '}{self.reason}"


class RejectLog:
    """Writes rejects as JSON Lines while they come; opens its file at the first one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self.first: list[Reject] = []
        self._stream: IO[bytes] | None = None

    def add(self, reject: Reject) -> None:
        """Write one reject down."""
        if self._stream is None:
            self._stream = self.path.open("wb")
        self._stream.write(msgspec.json.encode(dataclasses.asdict(reject)) + b"\n")
        self.count += 1
        if len(self.first) < FIRST_REJECTS:
            self.first.append(reject)

    def close(self) -> None:
        """Finish the file."""
        if self._stream is not None:
            self._stream.close()
