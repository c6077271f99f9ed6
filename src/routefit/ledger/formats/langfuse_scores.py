"""A score of Langfuse as a row of `scores`; what it means only a verdict rule says."""

from __future__ import annotations

from typing import Any

from routefit.ledger.formats.langfuse_calls import utc_text
from routefit.ledger.formats.langfuse_records import LangfuseRecord
from routefit.ledger.formats.otel_attributes import first_of, handed_on, plain_text, plain_value
from routefit.ledger.formats.otel_nesting import ClosedTree, span_key

FREE_TEXT = "scores whose value is free text"
OF_A_RUN = "scores about a dataset run, which is no traffic"
_TEXT_TYPES = ("TEXT", "CORRECTION")


def score_row(record: LangfuseRecord, tree: ClosedTree) -> dict[str, Any] | str:
    """The row, or why there is none."""
    fields = record.fields
    value = _value(record)
    if value is None:
        return FREE_TEXT
    target = _target(record, tree)
    if not target and fields.get("datasetRunId"):
        return OF_A_RUN
    row = {
        "score_id": fields.get("id"),
        "from": "score",
        "name": plain_text(fields.get("name")),
        "value": value,
        "decided_at": utc_text(first_of(fields, ("timestamp", "createdAt"))),
        "evaluated_by": plain_text(fields.get("source")),
        **target,
    }
    return handed_on(row)


def _value(record: LangfuseRecord) -> Any:
    """The number, truth value or word; None for a text."""
    kind, value, word = (record.fields.get(name) for name in ("dataType", "value", "stringValue"))
    if kind in _TEXT_TYPES:
        return None
    if kind == "BOOLEAN":
        return _truth(value if value is not None else word)
    if kind == "CATEGORICAL" and word not in (None, ""):
        return plain_value(word)
    return plain_value(value) if value is not None else plain_value(word)


def _truth(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    text = str(value).lower()
    if text in ("true", "false"):
        return text == "true"
    try:
        return float(text) != 0
    except ValueError:
        return None


def _target(record: LangfuseRecord, tree: ClosedTree) -> dict[str, Any]:
    """The call when the observation is one or is in another file; else the trace, else the session."""
    trace, observation = (record.fields.get(name) for name in ("traceId", "observationId"))
    if observation:
        key = span_key(trace, observation)
        if trace is None or tree.is_counted_call(key) or not tree.is_known(key):
            return {"call_id": observation, "trace_id": trace}
    if trace:
        return {"trace_id": trace}
    session = record.fields.get("sessionId")
    return {"session_id": session} if session else {}
