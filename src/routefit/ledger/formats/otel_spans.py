"""The spans and log records of OTLP JSON: a request per line, as the collector's file exporter writes, or one.

Names are taken in both spellings of the protocol (`traceId`, `trace_id`), attributes as the list of keys and typed
values. Numbers of 64 bits stand there as texts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from routefit.errors import BadInputError
from routefit.ledger.formats.otel_usage import counts_in
from routefit.ledger.schema import MAX_LINE_BYTES
from routefit.ledger.shown_names import shown_name
from routefit.ledger.source_file import BrokenRow, SourceFile, json_document, json_line_values, line_value

Signal = Literal["span", "log", "metric"]

_RESOURCES: dict[str, Signal] = {
    "resourceSpans": "span",
    "resource_spans": "span",
    "batches": "span",
    "resourceLogs": "log",
    "resource_logs": "log",
    "resourceMetrics": "metric",
    "resource_metrics": "metric",
}
_SCOPES: dict[Signal, tuple[str, ...]] = {
    "span": ("scopeSpans", "scope_spans", "instrumentationLibrarySpans"),
    "log": ("scopeLogs", "scope_logs"),
}
_RECORDS: dict[Signal, tuple[str, ...]] = {"span": ("spans",), "log": ("logRecords", "log_records")}
EXPECTED = (
    'expected OTLP JSON: {"resourceSpans": [...]} in each line, as the collector\'s file exporter writes it,'
    " or as one document"
)
_FINDING = "set `format: json` in the collector's file exporter, or export the traces as OTLP JSON"
_NANOSECONDS = 10**9


class Record(NamedTuple):
    """A span or a log record, with the attributes of what emitted it."""

    signal: Signal
    fields: Mapping[str, Any]
    attributes: Mapping[str, Any]
    resource: Mapping[str, Any]

    def field(self, *spellings: str) -> Any:
        """A field of the record under the first of these spellings that it has; "" is absent."""
        return field(self.fields, *spellings)

    @property
    def trace_id(self) -> Any:
        """The trace, as it is spelled."""
        return self.fields.get("traceId") or self.fields.get("trace_id")

    @property
    def span_id(self) -> Any:
        """The span, as it is spelled; of a log record the span that it belongs to."""
        return self.fields.get("spanId") or self.fields.get("span_id")

    @property
    def parent_span_id(self) -> Any:
        """The span above, or None at the root of a trace."""
        return self.fields.get("parentSpanId") or self.fields.get("parent_span_id") or None

    def events(self) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
        """The events of a span with their attributes."""
        for event in listed(self.field("events")):
            yield event, attributes_of(event)


def field(fields: Mapping[str, Any], *spellings: str) -> Any:
    """A field under the first of these spellings that is present; "" is absent."""
    for spelling in spellings:
        value = fields.get(spelling)
        if value is not None and value != "":
            return value
    return None


def listed(value: Any) -> Iterator[Mapping[str, Any]]:
    """The objects of a list; nothing of what is no list."""
    return (one for one in value if isinstance(one, dict)) if isinstance(value, list) else iter(())


def attributes_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of a record by name."""
    found: dict[str, Any] = {}
    pairs = fields.get("attributes")
    for pair in pairs if type(pairs) is list else ():
        if type(pair) is not dict:
            continue
        key, value = pair.get("key"), pair.get("value")
        if isinstance(key, str) and type(value) is dict:
            text = value.get("stringValue")
            found[key] = _any_value(value) if text is None else text
    return found


def _any_value(value: Mapping[str, Any]) -> Any:
    """The plain value of a typed one; lists stay lists, objects and bytes are no attribute to keep."""
    kind, content = next(iter(value.items()), ("", None))
    if kind in ("intValue", "int_value"):
        return _whole(content)
    if kind in ("arrayValue", "array_value"):
        return [_any_value(one) for one in listed(content.get("values") if isinstance(content, dict) else None)]
    return content if kind.startswith(("string", "double", "bool")) else None


def _whole(content: Any) -> int | None:
    try:
        return int(content)
    except (TypeError, ValueError):
        return None


def records(source: SourceFile) -> Iterator[Record | BrokenRow]:
    """Every span, log record and metric of the file; raises `BadInputError` when it is not OTLP JSON."""
    is_first = True
    for line, document in _documents(source):
        if isinstance(document, BrokenRow):
            yield BrokenRow(f"in line {line} {document.reason}")
        elif isinstance(document, dict) and not _RESOURCES.keys().isdisjoint(document):
            yield from _records_of(document)
        elif is_first:
            raise BadInputError(
                f"{source.path} holds no OpenTelemetry spans; {EXPECTED}; got {_shape(document)}",
                next_step=_FINDING,
            )
        else:
            yield BrokenRow(f"in line {line} is no export request; {EXPECTED}; got {_shape(document)}")
        is_first = is_first and isinstance(document, BrokenRow)
    if is_first:
        raise BadInputError(
            f"{source.path} holds no line that can be read; {EXPECTED}",
            next_step=f"{_FINDING}; name the file .json when it is one document over several lines",
        )


def _documents(source: SourceFile) -> Iterator[tuple[int, Any]]:
    if source.format in ("csv", "parquet"):
        raise BadInputError(f"{source.path} is {source.format}; {EXPECTED}", next_step=_FINDING)
    if is_one_document(source):
        yield 1, json_document(source)
    else:
        yield from json_line_values(source)


def is_one_document(source: SourceFile) -> bool:
    """Whether a JSON file is to be read as a whole, and not line by line.

    A first line too long to be looked at when the file was scanned is read here.
    """
    if source.lines == 1 and ".json" in (suffix.lower() for suffix in source.path.suffixes):
        return True
    if source.format != "json":
        return False
    with source.open() as stream:
        first = stream.readline(MAX_LINE_BYTES)
    starts_list = first.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"[")
    return starts_list or isinstance(line_value(first.removeprefix(b"\xef\xbb\xbf")), BrokenRow)


def _records_of(document: Mapping[str, Any]) -> Iterator[Record]:
    for name, signal in _RESOURCES.items():
        for block in listed(document.get(name)):
            if signal == "metric":
                yield Record(signal=signal, fields={}, attributes={}, resource={})
                continue
            resource_fields = block.get("resource")
            resource = attributes_of(resource_fields) if isinstance(resource_fields, dict) else {}
            for scope in (one for spelling in _SCOPES[signal] for one in listed(block.get(spelling))):
                for fields in (one for spelling in _RECORDS[signal] for one in listed(scope.get(spelling))):
                    yield Record(signal=signal, fields=fields, attributes=attributes_of(fields), resource=resource)


def _shape(value: Any) -> str:
    if isinstance(value, dict):
        names = ", ".join(shown_name(str(name)) for name in list(value)[:4])
        return f"an object with {names}" if names else "an empty object"
    return f"a {type(value).__name__}"


def nanoseconds(value: Any) -> int | None:
    """A time in nanoseconds since 1970; None when it is absent, 0 or no number."""
    return (int(value) if isinstance(value, str) and value.isdecimal() else counts_in(value)) or None


def instant(value: Any) -> str | None:
    """A time in nanoseconds as ISO 8601 in UTC to the microsecond; what is no such time stays as it is."""
    at = nanoseconds(value)
    if at is None:
        return value if isinstance(value, str) and value != "0" else None
    seconds, rest = divmod(at, _NANOSECONDS)
    try:
        whole = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return str(value)
    return f"{whole:%Y-%m-%dT%H:%M:%S}.{rest // 1000:06d}Z"
