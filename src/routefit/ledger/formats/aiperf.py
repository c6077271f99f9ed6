"""Results of aiperf: `profile_export.jsonl` (one record per request), `profile_export_aiperf.json` (aggregates).

aiperf writes both for every run. The records hold the times of each request and no settings; the aggregates hold
the load, the version and quantiles and no requests. Each is a step of its own here; the two of one run are put
together where they are asked for (`decisions.load_sweep`).

Read are the records of all releases, and aggregates without a schema (to 0.5) or of schema 1.x (0.6 to 0.13). The
start in the aggregates has no offset: it is taken as UTC. Headers, payloads and messages of errors are never read.
"""

from __future__ import annotations

from collections.abc import Iterator

from routefit.errors import BadInputError
from routefit.ledger.formats.aiperf_aggregates import TOOL, aggregate_row, answered_and_failed
from routefit.ledger.formats.aiperf_records import Runs, record_row, step_rows
from routefit.ledger.formats.format import FormatRow, Notes
from routefit.ledger.formats.load_test import Subject, document_of, refuse_without_answers, subject_of
from routefit.ledger.schema import TableKind
from routefit.ledger.source_file import BrokenRow, SourceFile, json_line_values

EXPECTED = "profile_export.jsonl or profile_export_aiperf.json"

_LOOKED_AT_FIRST = 20


class AiPerf:
    """Reads the results of aiperf about one subject."""

    kinds: tuple[TableKind, ...] = ("load_tests",)

    def __init__(self, subject: Subject | None = None) -> None:
        self._subject = subject
        self.name = subject.named(TOOL) if subject else TOOL

    def rows(self, source: SourceFile, notes: Notes) -> Iterator[FormatRow]:
        """Every step and request; `BadInputError` when the file is none of the two or nothing was answered."""
        subject = subject_of(self._subject, TOOL, source)
        if source.format == "jsonl" and _holds_records(source):
            yield from _records(source, subject, notes)
            return
        document = document_of(source, TOOL, EXPECTED)
        row = aggregate_row(document, source, notes)
        refuse_without_answers(*answered_and_failed(document), TOOL, source)
        yield FormatRow(number=1, kind="load_tests", row={**subject.columns, **row})


def _holds_records(source: SourceFile) -> bool:
    """Whether the file has records of requests; BadInputError for the raw ones, which have no latencies."""
    for place, (_, value) in enumerate(json_line_values(source)):
        if place >= _LOOKED_AT_FIRST:
            break
        if isinstance(value, dict) and isinstance(value.get("metadata"), dict):
            if "request_start_ns" in value["metadata"] and "metrics" in value:
                return True
            if "payload" in value or "responses" in value:
                raise BadInputError(
                    f"{source.path} holds raw requests without their latencies, expected {EXPECTED}",
                    next_step="import profile_export.jsonl of the same run",
                )
    return False


def _records(source: SourceFile, subject: Subject, notes: Notes) -> Iterator[FormatRow]:
    runs = Runs.of(value for _, value in json_line_values(source))
    refuse_without_answers(*runs.answered_and_failed, TOOL, source)
    for number, value in json_line_values(source):
        if isinstance(value, BrokenRow):
            yield FormatRow(number=number, kind="load_tests", row=value)
            continue
        row = record_row(value, runs, notes)
        if row is not None:
            whole = row if isinstance(row, BrokenRow) else {**subject.columns, **row}
            yield FormatRow(number=number, kind="load_tests", row=whole)
    for number, row in enumerate(step_rows(runs), start=source.lines + 1):
        yield FormatRow(number=number, kind="load_tests", row={**subject.columns, **row})
