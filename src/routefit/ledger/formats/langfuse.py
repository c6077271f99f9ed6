"""Langfuse exports: observations as calls, scores as scores.

Read twice: first for the tree of observations, which says what is a call; then for the rows.
"""

from __future__ import annotations

from collections.abc import Iterator

from routefit.ledger.formats.format import FormatRow, Notes
from routefit.ledger.formats.langfuse_calls import call_row, call_sign, ends_nesting, operation, trace_id
from routefit.ledger.formats.langfuse_records import LangfuseFile, LangfuseRecord
from routefit.ledger.formats.langfuse_scores import score_row
from routefit.ledger.formats.otel_nesting import CallTree, ClosedTree, SpanKey, span_key
from routefit.ledger.schema import TableKind
from routefit.ledger.source_file import SourceFile

NO_CALL = "observations that are no model call (spans, agents, tools, chains; their usage repeats that of calls)"
WRAPPER = "generations around another generation of the same call (the innermost counts)"
EVENT = "generations that only mark a moment of a model call"
TRACES = "traces without their observations, which are what is counted"


class Langfuse:
    """Reads the exports of Langfuse."""

    name = "langfuse"
    kinds: tuple[TableKind, ...] = ("calls", "scores")

    def rows(self, source: SourceFile, notes: Notes) -> Iterator[FormatRow]:
        """The calls and scores of the file; raises `BadInputError` when it is no export of Langfuse."""
        file = LangfuseFile(source)
        tree = _tree(file)
        for record in file.records():
            if isinstance(record, tuple):
                yield FormatRow(number=record[0], kind="calls", row=record[1])
            elif record.kind == "observation":
                yield from _call(record, tree, notes)
            elif record.kind == "trace":
                notes.leave_out(TRACES)
            else:
                row = score_row(record, tree)
                if isinstance(row, str):
                    notes.leave_out(row)
                else:
                    yield FormatRow(number=record.number, kind="scores", row=row)


def _tree(file: LangfuseFile) -> ClosedTree:
    tree = CallTree()
    for record in file.records():
        if isinstance(record, tuple) or record.kind != "observation":
            continue
        key, above = _key(record), record.fields.get("parentObservationId")
        parent = span_key(trace_id(record), above) if above and not ends_nesting(record) else None
        if operation(record):
            tree.add_call(key, parent, call_sign(record))
        else:
            tree.add_span(key, parent)
    return tree.closed()


def _key(record: LangfuseRecord) -> SpanKey:
    return span_key(trace_id(record), record.fields.get("id"))


def _call(record: LangfuseRecord, tree: ClosedTree, notes: Notes) -> Iterator[FormatRow]:
    kind = operation(record)
    if kind is None:
        notes.leave_out(EVENT if record.fields.get("type") == "GENERATION" else NO_CALL)
    elif tree.is_wrapper(_key(record)):
        notes.leave_out(WRAPPER)
    else:
        row = call_row(record, kind)
        if tree.is_shared(row.get("response_id")):
            del row["response_id"]
        yield FormatRow(number=record.number, kind="calls", row=row)
