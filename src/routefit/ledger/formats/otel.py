"""OpenTelemetry traces with the GenAI conventions, old and new, as OTLP JSON.

Read twice: first for the tree of spans, which says what is a call; then for the rows. A row's number is that of
the span (or log record) in the file, counted from 1, for one line holds many.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from routefit.ledger.formats.format import FormatRow, Notes
from routefit.ledger.formats.otel_calls import RESEND_COUNT, call_row, call_sample_rate
from routefit.ledger.formats.otel_kinds import SpanKind, call_sign, span_kind, token_counts
from routefit.ledger.formats.otel_nesting import CallTree, ClosedTree, span_key
from routefit.ledger.formats.otel_sampling import SamplingSeen
from routefit.ledger.formats.otel_scores import score_rows
from routefit.ledger.formats.otel_spans import Record, records
from routefit.ledger.formats.otel_usage import counts_in, has_parts_outside
from routefit.ledger.schema import TableKind
from routefit.ledger.source_file import BrokenRow, SourceFile

AROUND = "spans of agents, tools and workflows (their usage repeats that of their model calls)"
WRAPPER = "spans of a model call around another span of the same call (the innermost counts)"
EVENT = "spans that only mark a moment of a model call"
OTHER = "spans of other work (HTTP requests, functions, databases)"
LOGS = "log records that are no evaluations"
METRICS = "metrics"
OUTSIDE = "some calls count cached tokens beside their input tokens; they were added to the input"


class Otel:
    """Reads OTLP JSON."""

    name = "otel"
    kinds: tuple[TableKind, ...] = ("calls", "scores")

    def rows(self, source: SourceFile, notes: Notes) -> Iterator[FormatRow]:
        """The calls and scores of the file; raises `BadInputError` when it is not OTLP JSON."""
        tree, resends = _tree(source)
        reader = _Reader(tree=tree, resends=resends, notes=notes)
        for number, record in enumerate(records(source), start=1):
            if isinstance(record, BrokenRow):
                yield FormatRow(number=number, kind="calls", row=record)
            else:
                yield from reader.rows(number, record)
        reader.report()


def _tree(source: SourceFile) -> tuple[ClosedTree, Mapping[int, int]]:
    """The spans of the file, and how often the HTTP requests of a call were sent again."""
    tree, resends = CallTree(), dict[int, int]()
    for record in records(source):
        if isinstance(record, BrokenRow) or record.signal != "span":
            continue
        key, kind = span_key(record.trace_id, record.span_id), span_kind(record.field("name"), record.attributes)
        above = record.parent_span_id
        parent = None if above is None or kind.is_border else span_key(record.trace_id, above)
        if kind.operation:
            tree.add_call(key, parent, call_sign(record.attributes))
        else:
            tree.add_span(key, parent)
        again = counts_in(record.attributes.get(RESEND_COUNT))
        sent = key if kind.operation else parent
        if again and sent:
            resends[sent] = max(resends.get(sent, 0), again)
    return tree.closed(), resends


class _Reader:
    """Makes rows of records, and keeps count of what is to be said at the end."""

    def __init__(self, *, tree: ClosedTree, resends: Mapping[int, int], notes: Notes) -> None:
        self._tree, self._resends, self._notes = tree, resends, notes
        self._sampling = SamplingSeen()
        self._calls = self._resent = self._agents_with_usage = self._scores = 0

    def rows(self, number: int, record: Record) -> Iterator[FormatRow]:
        scores = list(score_rows(record, self._tree))
        for score in scores:
            self._scores += 1
            yield FormatRow(number=self._scores, kind="scores", row=score)
        if record.signal == "span":
            yield from self._call(number, record)
        elif not scores:
            self._notes.leave_out(LOGS if record.signal == "log" else METRICS)

    def _call(self, number: int, record: Record) -> Iterator[FormatRow]:
        key, kind = span_key(record.trace_id, record.span_id), span_kind(record.field("name"), record.attributes)
        if kind.operation is None or self._tree.is_wrapper(key):
            self._leave_out(kind, record.attributes)
            return
        self._calls += 1
        resends = self._resends.get(key)
        self._resent += resends is not None
        self._sampling.take(call_sample_rate(record), record.attributes)
        counts = token_counts(record.attributes)
        if has_parts_outside(counts):
            self._notes.warn(OUTSIDE)
        row = call_row(record, kind.operation, counts, resends=resends)
        if self._tree.is_shared(row.get("response_id")):
            del row["response_id"]
        yield FormatRow(number=number, kind="calls", row=row)

    def _leave_out(self, kind: SpanKind, attributes: Mapping[str, Any]) -> None:
        if kind.operation:
            self._notes.leave_out(WRAPPER)
        elif kind.is_event:
            self._notes.leave_out(EVENT)
        elif kind.is_around_calls:
            self._agents_with_usage += not token_counts(attributes).is_empty
            self._notes.leave_out(AROUND)
        else:
            self._notes.leave_out(OTHER)

    def report(self) -> None:
        """Say what concerns the file as a whole."""
        self._sampling.report(self._notes)
        if self._resent:
            self._notes.warn(
                f"{self._resent:,} call{'s' if self._resent > 1 else ''} sent the request again inside one span"
                " (attribute resend_count): what the failed requests cost is in no trace"
            )
        if self._agents_with_usage and not self._calls:
            self._notes.warn(
                f"no span is a model call, but {self._agents_with_usage:,} spans of agents or workflows carry"
                " usage, which may be sums: instrument the model client too, so that each call has its span"
            )
