"""LiteLLM's spend logs: the table LiteLLM_SpendLogs as CSV, JSON Lines or a JSON list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any

from routefit.errors import BadInputError
from routefit.ledger.formats.format import FormatRow, Notes
from routefit.ledger.formats.litellm_call import call_kind, own_columns
from routefit.ledger.formats.litellm_log import (
    COLUMNS,
    NO_METADATA,
    REQUIRED_COLUMNS,
    SpendLog,
    log_of_line,
    log_of_value,
    logs_of_document,
    logs_of_lines,
    metadata_of,
)
from routefit.ledger.schema import MAX_LINE_BYTES, TableKind
from routefit.ledger.shown_names import shown_name
from routefit.ledger.source_file import (
    MAX_WHOLE_JSON_BYTES,
    BrokenRow,
    SourceFile,
    check_separator,
    csv_header,
    csv_rows,
    json_document,
    line_value,
    numbered_lines,
)

_LOOKED_AT_FIRST = 20
_BLOCK_BYTES = 1 << 17
_BOM = b"\xef\xbb\xbf"
_PAGE = "data"
_NEXT_STEP = (
    "export the table as the page on importing LiteLLM shows; a record has request_id and startTime, and mostly"
    " call_type, model, spend, prompt_tokens, completion_tokens, metadata (`/spend/logs` needs summarize=false)"
)
_MISSED = {
    "metadata": "cached tokens, aliases of teams and keys, and why a request failed stay unknown",
    "spend": "no cost is reported",
    "prompt_tokens": "input tokens stay unknown",
    "completion_tokens": "output tokens stay unknown",
    "model": "no model is known",
    "status": "failures show only where the metadata names them",
    "session_id": "requests of one session cannot be grouped by it",
}

Record = SpendLog | BrokenRow
Numbered = tuple[int, Record]


class LiteLlm:
    """The format `litellm`; it yields calls."""

    name = "litellm"
    kinds: tuple[TableKind, ...] = ("calls",)

    def rows(self, source: SourceFile, notes: Notes) -> Iterator[FormatRow]:
        """Every call of the file in order; `BadInputError` when it is no export of spend logs."""
        left_out_usd = 0.0
        for number, log in _checked(_records(source, notes), source):
            if isinstance(log, BrokenRow):
                yield FormatRow(number=number, kind="calls", row=log)
                continue
            metadata = metadata_of(log)
            if metadata is None:
                notes.warn("metadata of some records is no JSON object and was passed over")
                metadata = NO_METADATA
            kind = call_kind(log, metadata)
            if kind.reason_left_out is None:
                row = own_columns(log, metadata, kind)
                yield FormatRow(number=number, kind="calls", row=row, shared=kind.shared)
            else:
                notes.leave_out(kind.reason_left_out)
                left_out_usd += log.spend_usd or 0.0
        if left_out_usd > 0:
            notes.warn(f"the records left out cost {left_out_usd:,.6f} USD, which no call will explain")


def _records(source: SourceFile, notes: Notes) -> Iterable[Numbered]:
    match source.format:
        case "csv":
            return _csv_records(source, notes)
        case "jsonl":
            return _line_records(source, notes)
        case "json":
            return _document_records(source, notes)
        case "parquet":
            raise BadInputError(
                f"{source.path}: spend logs are read as CSV, JSON Lines or a JSON list, not as Parquet",
                next_step="export the table as the page on importing LiteLLM shows",
            )


def _checked(records: Iterable[Numbered], source: SourceFile) -> Iterator[Numbered]:
    """The records, when at least one of the first looks like a spend log."""
    rest = iter(records)
    first = list(islice(rest, _LOOKED_AT_FIRST))
    read = [log for _, log in first if isinstance(log, SpendLog)]
    if read and not any(log.request_id and log.started for log in read):
        missing = [
            name
            for name, is_there in zip(
                REQUIRED_COLUMNS,
                (any(log.request_id for log in read), any(log.started for log in read)),
                strict=True,
            )
            if not is_there
        ] or ["both request_id and startTime"]
        raise BadInputError(
            f"{source.path} is no export of LiteLLM_SpendLogs: none of its first {len(read)}"
            f" record{'' if len(read) == 1 else 's'} has {' or '.join(missing)}",
            next_step=_NEXT_STEP,
        )
    return chain(first, rest)


def _line_records(source: SourceFile, notes: Notes) -> Iterator[Numbered]:
    first = next((line for _, line in numbered_lines(source) if isinstance(line, bytes)), b"")
    value = line_value(first)
    if isinstance(value, dict):
        if source.lines == 1 and isinstance(value.get(_PAGE), list):
            yield from _value_records(value[_PAGE], notes)
            return
        _warn_of_missing(value, notes)
    number = 0
    for lines in _blocks(source):
        logs = logs_of_lines(lines)
        if logs is not None:
            yield from enumerate(logs, start=number + 1)
            number += len(logs)
            continue
        for line in lines.split(b"\n")[:-1]:
            number += 1
            if line.strip():
                yield number, _log_of(line, notes)


def _blocks(source: SourceFile) -> Iterator[bytes]:
    """The file in blocks of whole lines; of a line that is too long only the start, which is too long still."""
    with source.open() as stream:
        is_first = True
        while block := stream.read(_BLOCK_BYTES):
            if is_first:
                block, is_first = block.removeprefix(_BOM), False
            if not block.endswith(b"\n"):
                tail = stream.readline(MAX_LINE_BYTES + 1)
                rest = tail
                while len(rest) >= MAX_LINE_BYTES and not rest.endswith(b"\n"):
                    rest = stream.readline(MAX_LINE_BYTES)
                block += tail if tail.endswith(b"\n") else tail + b"\n"
            yield block


def _log_of(line: bytes, notes: Notes) -> Record:
    """The record of a line, also of one that psql wrote in its text format, with every backslash doubled."""
    if len(line) > MAX_LINE_BYTES:
        return BrokenRow(f"is longer than {MAX_LINE_BYTES // 10**6} MB")
    log = log_of_line(line)
    if isinstance(log, BrokenRow) and b"\\\\" in line:
        undone = log_of_line(line.replace(b"\\\\", b"\\"))
        if isinstance(undone, SpendLog):
            notes.warn("some lines were written by COPY in text format; their doubled backslashes were undone")
            return undone
    return log


def _document_records(source: SourceFile, notes: Notes) -> Iterator[Numbered]:
    if source.size_bytes <= MAX_WHOLE_JSON_BYTES:
        with source.open() as stream:
            logs = logs_of_document(stream.read())
        if logs is not None:
            yield from enumerate(logs, start=1)
            return
    document = json_document(source)
    if isinstance(document, dict) and isinstance(document.get(_PAGE), list):
        document = document[_PAGE]
    yield from _value_records(document if isinstance(document, list) else [document], notes)


def _value_records(values: list[Any], notes: Notes) -> Iterator[Numbered]:
    for number, value in enumerate(values, start=1):
        if number == 1 and isinstance(value, dict):
            _warn_of_missing(value, notes)
        yield number, log_of_value(value)


def _csv_records(source: SourceFile, notes: Notes) -> Iterator[Numbered]:
    check_separator(source, COLUMNS)
    header = csv_header(source)
    by_folded = {name.casefold(): name for name in COLUMNS}
    spelled = {name: by_folded.get(name.strip().casefold()) for name in header}
    missing = [name for name in REQUIRED_COLUMNS if name not in spelled.values()]
    if missing:
        raise BadInputError(
            f"{source.path}:1 has no column {' and no column '.join(missing)}; found {_shown(header)}",
            next_step=_NEXT_STEP,
        )
    _warn_of_missing({name: None for name in spelled.values() if name}, notes)
    for number, row in csv_rows(source):
        if isinstance(row, BrokenRow):
            yield number, row
        else:
            yield number, log_of_value({known: row[name] for name, known in spelled.items() if known})


def _warn_of_missing(record: Mapping[str, Any], notes: Notes) -> None:
    for name, consequence in _MISSED.items():
        if name not in record:
            notes.warn(f"the export has no column {name}: {consequence}")


def _shown(names: list[str], most: int = 8) -> str:
    return ", ".join(map(shown_name, names[:most])) + (" …" if len(names) > most else "")
