"""The observations and scores of a Langfuse export, whatever its shape.

Shapes: one trace with its observations (`{"trace", "observations"}`, or the trace of the API), the API's lists
(`{"data": [...]}`), a JSON list, JSON Lines and CSV as the blob storage and batch exports write them. Names come
in both spellings (`startTime`, `start_time`); here they have the first one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from routefit.errors import BadInputError
from routefit.ledger.formats.otel_attributes import json_or_none
from routefit.ledger.formats.otel_spans import is_one_document, listed
from routefit.ledger.shown_names import shown_name
from routefit.ledger.source_file import (
    BrokenRow,
    SourceFile,
    check_separator,
    csv_header,
    csv_rows,
    json_document,
    json_line_values,
)

RecordKind = Literal["observation", "score", "trace"]
EXPECTED = (
    'expected a Langfuse export: a trace with its observations, a list of observations or scores, {"data": [...]}'
    " of the API, or JSON Lines or CSV of the blob storage export"
)
_NEXT_STEP = "export observations (enriched, where offered) and scores from Langfuse, then import each file"
_COLUMNS = ("startTime", "start_time", "traceId", "trace_id", "dataType", "data_type")
_JSON_COLUMNS = ("metadata", "tags", "usageDetails", "costDetails", "usage", "providedCostDetails")


@dataclass(frozen=True, slots=True, kw_only=True)
class LangfuseRecord:
    """One record by its camel-case names; `trace` is what is known of the trace around an observation."""

    number: int
    kind: RecordKind
    fields: Mapping[str, Any]
    trace: Mapping[str, Any] = field(default_factory=dict)

    def of_trace(self, name: str, own_name: str) -> Any:
        """A field of the trace, which an enriched observation carries itself under `own_name`."""
        value = self.fields.get(own_name)
        return value if value not in (None, "") else self.trace.get(name)


class LangfuseFile:
    """A file whose records can be gone through more than once."""

    def __init__(self, source: SourceFile) -> None:
        self._source = source
        self._document: Any = None
        self._is_document = source.format in ("json", "jsonl") and is_one_document(source)

    def records(self) -> Iterator[LangfuseRecord | tuple[int, BrokenRow]]:
        """Every record with its number; raises `BadInputError` when the file is no Langfuse export."""
        number, is_first = 0, True
        for line, value in self._values():
            for found in [value] if isinstance(value, BrokenRow) else _unfolded(value):
                number = max(number + 1, line)
                if isinstance(found, BrokenRow):
                    yield number, found
                    continue
                kind, fields, trace = found
                if kind is not None:
                    yield LangfuseRecord(number=number, kind=kind, fields=fields, trace=trace)
                elif is_first:
                    raise BadInputError(
                        f"{self._source.path} is no Langfuse export; {EXPECTED}; got {_shape(fields)}",
                        next_step=_NEXT_STEP,
                    )
                else:
                    yield number, BrokenRow(f"is neither an observation nor a score; got {_shape(fields)}")
                is_first = False

    def _values(self) -> Iterator[tuple[int, Any]]:
        match self._source.format:
            case "parquet":
                raise BadInputError(f"{self._source.path} is parquet; {EXPECTED}", next_step=_NEXT_STEP)
            case "csv":
                check_separator(self._source, _COLUMNS)
                if not set(_COLUMNS) & set(csv_header(self._source)):
                    raise BadInputError(
                        f"{self._source.path} has none of the columns {', '.join(_COLUMNS)}; {EXPECTED}",
                        next_step=_NEXT_STEP,
                    )
                yield from csv_rows(self._source)
            case _ if self._is_document:
                if self._document is None:
                    self._document = json_document(self._source)
                yield 0, self._document
            case _:
                yield from json_line_values(self._source)


Unfolded = tuple[RecordKind | None, Mapping[str, Any], Mapping[str, Any]]


def _unfolded(value: Any) -> Iterator[Unfolded | BrokenRow]:
    """The records inside a value; an observation comes with its trace, a score of a trace with its id."""
    if isinstance(value, list):
        for one in value:
            yield from _unfolded(one)
        return
    if not isinstance(value, dict):
        yield None, {"": value}, {}
        return
    if isinstance(value.get("data"), list) and "id" not in value:
        for one in value["data"]:
            yield from _unfolded(one)
        return
    inner = value.get("trace")
    trace = inner if isinstance(inner, dict) else value
    observations, scores = value.get("observations"), [*_all(value, "scores")]
    if trace is not value:
        scores += _all(trace, "scores")
    elif not scores and not any(listed(observations)):
        fields = camel_names(value)
        kind = _kind_of(fields)
        yield kind, fields if kind else value, {}
        return
    trace = camel_names({key: one for key, one in trace.items() if key not in ("observations", "scores")})
    for one in listed(observations):
        yield _kind_of(fields := camel_names(one)), fields, trace
    for one in scores:
        fields = camel_names(one)
        if not any(fields.get(name) for name in ("traceId", "observationId", "sessionId", "datasetRunId")):
            fields["traceId"] = trace.get("id")
        yield "score", fields, trace


def _all(fields: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    return list(listed(fields.get(name)))


def _kind_of(fields: Mapping[str, Any]) -> RecordKind | None:
    if "startTime" in fields and ("type" in fields or "traceId" in fields):
        return "observation"
    if "dataType" in fields or {"name", "value", "source"} <= fields.keys():
        return "score"
    if "id" in fields and ("timestamp" in fields or "sessionId" in fields):
        return "trace"
    return None


def camel_names(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields by camel-case names, with the texts of JSON columns decoded."""
    named = {_camel(name): value for name, value in fields.items() if isinstance(name, str)}
    for name in _JSON_COLUMNS:
        if isinstance(text := named.get(name), str):
            named[name] = json_or_none(text)
    return named


@lru_cache(maxsize=1024)
def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest) if first else name


def _shape(fields: Mapping[str, Any]) -> str:
    names = ", ".join(shown_name(name) for name in list(fields)[:4] if name)
    return f"an object with {names}" if names else "no object"
