"""A file that is to be imported: its format, its digest and its rows, one by one.

A row that cannot be parsed is handed on as `BrokenRow` with its place, so that the rest of the file still goes
in. What breaks the whole file (a truncated gzip, no UTF-8 in a JSON list) raises `BadInputError`.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Collection, Iterable, Iterator, Set
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal, cast

import msgspec

from routefit.errors import BadInputError
from routefit.ledger.schema import MAX_LINE_BYTES
from routefit.ledger.shown_names import shown_name
from routefit.ledger.values import decode_json

Format = Literal["jsonl", "json", "csv", "parquet"]
_FORMATS: dict[str, Format] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".csv": "csv",
    ".parquet": "parquet",
}
_CHUNK_BYTES = 1 << 20
_BOM = b"\xef\xbb\xbf"
_OTHER_SEPARATORS = (";", "\t")
MAX_WHOLE_JSON_BYTES = 2_000_000_000
"""A JSON document that is not JSON Lines is read as a whole, up to this size."""


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A line that is no row; `reason` completes "the row ..."."""

    reason: str
    field: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """What is known of a file after reading its bytes once."""

    path: Path
    format: Format
    is_gzip: bool
    sha256: str
    size_bytes: int
    lines: int
    has_bom: bool
    null_verdicts: int

    def open(self) -> IO[bytes]:
        """The bytes of the file, unpacked."""
        return _open(self.path, is_gzip=self.is_gzip)


def _open(path: Path, *, is_gzip: bool) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path, "rb")) if is_gzip else path.open("rb")


def scan(path: Path, *, counts_verdicts: bool = False) -> SourceFile:
    """Read the file once for its digest, its number of lines and whether it is whole.

    `counts_verdicts` also counts the places where a verdict stands as null (outcomes need it).

    Raises `BadInputError` for a file that is absent, empty, of an unknown format or a broken gzip.
    """
    file_format, is_gzip = _format_of(path)
    try:
        if not path.is_file():
            raise BadInputError(f"{path} is not a file", next_step="give the path of an existing file")
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256") if is_gzip or file_format == "parquet" else None
        text = _TextScan(counts_verdicts=counts_verdicts)
        if file_format != "parquet":
            with _open(path, is_gzip=is_gzip) as stream:
                text.read(stream)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BadInputError(
            f"{path} is not a whole gzip file ({error}); nothing of it was imported",
            next_step="transfer or write the file again, then import it once more",
        ) from error
    except OSError as error:
        raise BadInputError(f"{path} cannot be read: {error.strerror}", next_step="check the path") from error
    size = path.stat().st_size
    if not size or (file_format != "parquet" and not text.size_bytes):
        raise BadInputError(f"{path} is empty", next_step="give a file with at least one row")
    return SourceFile(
        path=path,
        format=file_format if file_format != "json" or text.is_list_or_document else "jsonl",
        is_gzip=is_gzip,
        sha256=digest.hexdigest() if digest else text.digest.hexdigest(),
        size_bytes=size,
        lines=text.lines,
        has_bom=text.has_bom,
        null_verdicts=text.null_verdicts,
    )


def _format_of(path: Path) -> tuple[Format, bool]:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    is_gzip = bool(suffixes) and suffixes[-1] == ".gz"
    last = suffixes[-2 if is_gzip else -1] if len(suffixes) > is_gzip else ""
    if last not in _FORMATS or (is_gzip and last == ".parquet"):
        raise BadInputError(
            f"{path} has a format that is not known from its name",
            next_step="name it .jsonl, .ndjson, .json, .csv or .parquet (all but the last also with .gz)",
        )
    return _FORMATS[last], is_gzip


class _TextScan:
    """Counts over the bytes of a text file, in one pass and little memory."""

    _PATTERNS = (b'"accepted":null', b'"accepted": null')

    def __init__(self, *, counts_verdicts: bool) -> None:
        self._patterns = self._PATTERNS if counts_verdicts else ()
        self.digest = hashlib.sha256()
        self.lines = self.size_bytes = self.null_verdicts = 0
        self.has_bom = False
        self.is_list_or_document = False

    def read(self, stream: IO[bytes]) -> None:
        """Take the whole stream in."""
        tail, last = b"", b"\n"
        while chunk := stream.read(_CHUNK_BYTES):
            if not self.size_bytes:
                self._start(chunk)
            self.digest.update(chunk)
            self.size_bytes += len(chunk)
            self.lines += chunk.count(b"\n")
            for pattern in self._patterns:
                overlap = len(pattern) - 1
                self.null_verdicts += chunk.count(pattern)
                self.null_verdicts += (tail[-overlap:] + chunk[:overlap]).count(pattern)
            tail, last = (tail + chunk[-20:])[-20:], chunk[-1:]
        self.lines += last != b"\n"

    def _start(self, chunk: bytes) -> None:
        self.has_bom = chunk.startswith(_BOM)
        start = chunk.removeprefix(_BOM).lstrip()
        first_line = start.split(b"\n", 1)[0].rstrip()
        self.is_list_or_document = start.startswith(b"[") or not _is_whole_json(first_line)


def _is_whole_json(line: bytes) -> bool:
    try:
        decode_json(line)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return False
    return True


def numbered_lines(source: SourceFile) -> Iterator[tuple[int, bytes | BrokenRow]]:
    """The lines of a text file with their numbers from 1; blank ones are passed over."""
    with source.open() as stream:
        number = 0
        while line := stream.readline(MAX_LINE_BYTES + 1):
            number += 1
            if number == 1:
                line = line.removeprefix(_BOM)
            if len(line) > MAX_LINE_BYTES and not line.endswith(b"\n"):
                while (rest := stream.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
                    pass
                yield number, BrokenRow(f"is longer than {MAX_LINE_BYTES // 10**6} MB")
            elif not line.isspace():
                yield number, line


def json_line_values(source: SourceFile) -> Iterator[tuple[int, Any]]:
    """The JSON value of each line, or `BrokenRow`."""
    for number, line in numbered_lines(source):
        yield number, line if isinstance(line, BrokenRow) else line_value(line)


def line_value(line: bytes) -> Any:
    """The JSON value of one line, or `BrokenRow`."""
    try:
        return decode_json(line)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        return BrokenRow(f"is not valid JSON: {error}")


def json_document(source: SourceFile) -> Any:
    """The JSON value of the whole file; `BadInputError` with line and column when it is malformed."""
    if source.size_bytes > MAX_WHOLE_JSON_BYTES:
        raise BadInputError(
            f"{source.path} has {source.size_bytes:,} bytes; a JSON document is read as a whole, up to"
            f" {MAX_WHOLE_JSON_BYTES:,}",
            next_step="write it as JSON Lines (one row per line, .jsonl)",
        )
    with source.open() as stream:
        data = stream.read().removeprefix(_BOM)
    try:
        return decode_json(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise BadInputError(
            f"{source.path}{_place_of_json_error(data)} is not valid JSON: {error}; nothing of it was imported",
            next_step="correct the file, or write it as JSON Lines so that good lines can go in",
        ) from error


def _place_of_json_error(data: bytes) -> str:
    try:
        json.loads(data)
    except json.JSONDecodeError as error:
        return f":{error.lineno}:{error.colno}"
    except (UnicodeDecodeError, RecursionError, ValueError):
        return ""
    return ""


def chosen_rows(rows: Iterable[tuple[int, Any]], numbers: Set[int]) -> Iterator[tuple[int, Any]]:
    """Only the rows with these numbers."""
    return ((number, row) for number, row in rows if number in numbers)


def csv_header(source: SourceFile) -> list[str]:
    """The column names of a CSV; `BadInputError` when there is none or a name occurs twice."""
    with source.open() as stream:
        line = stream.readline(MAX_LINE_BYTES).removeprefix(_BOM)
    try:
        header = next(csv.reader([line.decode()], strict=True), [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInputError(
            f"{source.path}:1 is no CSV header: {error}", next_step="save it as CSV in UTF-8"
        ) from error
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice or not header:
        what = f"names the column {shown_name(twice[0])!r} twice" if twice else "has no column names"
        raise BadInputError(f"{source.path}:1 {what}", next_step="give every column one name of its own")
    return header


def check_separator(source: SourceFile, known: Collection[str]) -> None:
    """`BadInputError` for a CSV whose header names none of `known` because it is separated by another sign."""
    header = csv_header(source)
    found = next((sign for sign in _OTHER_SEPARATORS if any(sign in name for name in header)), None)
    if found and not any(name in known for name in header):
        shown = "tabs" if found == "\t" else f"'{found}'"
        raise BadInputError(
            f"{source.path}:1 names no column that is known; the file seems to be separated by {shown}",
            next_step="write it with commas (CSV), or as JSON Lines",
        )


def csv_rows(source: SourceFile) -> Iterator[tuple[int, dict[str, str | None] | BrokenRow]]:
    """The rows of a CSV by column name, with the line on which each starts; empty fields are None."""
    header = csv_header(source)
    csv.field_size_limit(MAX_LINE_BYTES)
    with source.open() as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="\n")
        reader = csv.reader(text, strict=True)
        next(reader)
        while True:
            number = reader.line_num + 1
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield number, BrokenRow(f"is not valid CSV: {error}")
                continue
            if fields:
                yield number, _csv_row(header, fields)


def _csv_row(header: list[str], fields: list[str]) -> dict[str, str | None] | BrokenRow:
    if len(fields) != len(header):
        return BrokenRow(f"has {len(fields)} fields, expected the {len(header)} of the header")
    try:
        "".join(fields).encode()
    except UnicodeEncodeError:
        return BrokenRow("is not UTF-8")
    return {name: field or None for name, field in zip(header, fields, strict=True)}
