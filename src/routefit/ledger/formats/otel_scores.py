"""Events that carry the result of an evaluation, as rows of `scores`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from routefit.ledger.formats.otel_attributes import first_of, first_text, handed_on, plain_text, plain_value
from routefit.ledger.formats.otel_calls import call_id
from routefit.ledger.formats.otel_nesting import ClosedTree, span_key
from routefit.ledger.formats.otel_spans import Record, field, instant

EVALUATION = "gen_ai.evaluation.result"
_EVALUATOR = ("gen_ai.evaluation.evaluator.name", "gen_ai.evaluator.name")
_TIMES = ("timeUnixNano", "time_unix_nano", "observedTimeUnixNano", "observed_time_unix_nano")


def score_rows(record: Record, tree: ClosedTree) -> Iterator[dict[str, Any]]:
    """The evaluations that a span carries, or that a log record is."""
    if record.signal == "log":
        if is_evaluation(record.fields, record.attributes):
            yield _score_row(record, record.fields, record.attributes, tree)
        return
    for event, attributes in record.events():
        if is_evaluation(event, attributes):
            yield _score_row(record, event, attributes, tree)


def is_evaluation(fields: Mapping[str, Any], attributes: Mapping[str, Any]) -> bool:
    """Whether an event or a log record is the result of an evaluation."""
    name = field(fields, "eventName", "event_name", "name") or attributes.get("event.name")
    return bool(name == EVALUATION)


def _score_row(
    record: Record, event: Mapping[str, Any], attributes: Mapping[str, Any], tree: ClosedTree
) -> dict[str, Any]:
    value = plain_value(attributes.get("gen_ai.evaluation.score.value"))
    label = plain_text(attributes.get("gen_ai.evaluation.score.label"))
    row = {
        "from": "score",
        "name": plain_text(attributes.get("gen_ai.evaluation.name")),
        "value": label if value is None else value,
        "decided_at": instant(first_of(event, _TIMES)),
        "evaluated_by": plain_text(first_text(attributes, _EVALUATOR)),
        **_target(record.trace_id, record.span_id, tree),
    }
    return handed_on(row)


def _target(trace_id: Any, span_id: Any, tree: ClosedTree) -> dict[str, Any]:
    """The call when the span is one, or is in another file; the trace when it is another span."""
    key = span_key(trace_id, span_id)
    if span_id is not None and (tree.is_counted_call(key) or not tree.is_known(key)):
        return {"call_id": call_id(trace_id, span_id), "trace_id": trace_id}
    return {"trace_id": trace_id}
