"""The files of a spend log: rotated, so that each begins with the last rows of the one before."""

from __future__ import annotations

import csv
import json
from collections import deque
from collections.abc import Sequence
from contextlib import AbstractContextManager
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Literal

import msgspec

from routefit.simulate.spend_rows import BERLIN_SUMMER, COLUMNS, spend_row
from routefit.simulate.team_traffic import Call

LogFormat = Literal["jsonl", "csv"]

OVERLAP_ROWS = 40


class RotatedLog(AbstractContextManager["RotatedLog"]):
    """Writes calls to `litellm-01`, `litellm-02`, ...; a new file from each of `cuts_ms` on.

    Formats take turns. Every second file was exported with times in a zone two hours east, the others have times
    without an offset, which are UTC.
    """

    def __init__(
        self, directory: Path, *, formats: Sequence[LogFormat], cuts_ms: Sequence[int], payload_characters: int
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.files: list[Path] = []
        self.rows = self.duplicate_rows = 0
        self._directory = directory
        self._formats = formats
        self._cuts_ms = deque(cuts_ms)
        self._payload_characters = payload_characters
        self._recent: deque[Call] = deque(maxlen=OVERLAP_ROWS)
        self._file: _Lines | _Csv | None = None

    def write(self, call: Call) -> None:
        """Append a call; calls come in the order of their start."""
        if self._file is None:
            self._open()
        if self._cuts_ms and call.start_ms >= self._cuts_ms[0]:
            while self._cuts_ms and call.start_ms >= self._cuts_ms[0]:
                self._cuts_ms.popleft()
            self._open()
            for earlier in self._recent:
                self._put(earlier)
            self.duplicate_rows += len(self._recent)
        self._put(call)
        self._recent.append(call)
        self.rows += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def _open(self) -> None:
        if self._file is not None:
            self._file.close()
        ending = self._formats[len(self.files) % len(self._formats)]
        path = self._directory / f"litellm-{len(self.files) + 1:02}.{ending}"
        self.files.append(path)
        self._file = _Csv(path) if ending == "csv" else _Lines(path)

    def _put(self, call: Call) -> None:
        if self._file is None:
            raise AssertionError("no file is open")
        zone = None if len(self.files) % 2 else BERLIN_SUMMER
        self._file.write(spend_row(call, zone=zone, payload_characters=self._payload_characters))


class _Lines:
    """As `row_to_json` prints rows."""

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("wb")
        self._encode = msgspec.json.Encoder().encode

    def write(self, row: dict[str, Any]) -> None:
        self._file.write(self._encode(row) + b"\n")

    def close(self) -> None:
        self._file.close()


class _Csv:
    """As `COPY ... TO ... WITH CSV HEADER` prints rows: JSON as text, times with a space, null as nothing."""

    def __init__(self, path: Path) -> None:
        self._file = TextIOWrapper(path.open("wb"), encoding="utf-8", newline="")
        self._writer = csv.writer(self._file, lineterminator="\n")
        self._writer.writerow(COLUMNS)

    def write(self, row: dict[str, Any]) -> None:
        self._writer.writerow([_csv_value(name, row[name]) for name in COLUMNS])

    def close(self) -> None:
        self._file.close()


def _csv_value(name: str, value: Any) -> Any:
    if isinstance(value, dict | list):
        return json.dumps(value)
    if name in ("startTime", "endTime", "completionStartTime"):
        return value.replace("T", " ")
    return value
