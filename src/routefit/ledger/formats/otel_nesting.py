"""Spans of one call inside each other: a framework's around the SDK's. Only the innermost is a call.

A file may hold millions of spans in any order, so the tree is kept as arrays of 64-bit digests: 16 bytes a span
and 40 a call. Two spans are one call when the outer one is the nearest model call above the inner one, and they
name the same response, or have the same usage, or lie directly inside each other with the same model: frameworks
are known to add usage up wrongly. Spans of tools and agents end the search: a model called by a tool is a call
of its own.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NewType

import numpy as np
from numpy.typing import NDArray

SpanKey = NewType("SpanKey", int)
"""A digest of a span's name, never 0; it holds within this process."""

Digests = NDArray[np.int64]
Flags = NDArray[np.bool_]

_VERSION = re.compile(r"[-@](?:\d{4}-\d{2}-\d{2}|\d{8}|\d{4}|latest)$")
_MOST_LEVELS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSign:
    """What tells a call from another one."""

    usage: tuple[int, int] | None
    response_id: str | None
    model: str | None


def span_key(trace_id: Any, span_id: Any) -> SpanKey:
    """The key of a span in its trace."""
    return SpanKey(hash((str(trace_id), str(span_id))) or 1)


def _digest(value: object) -> int:
    return 0 if value is None else hash(value) or 1


def _family(model: str | None) -> str | None:
    """The model without who serves it and without its version, so that `openai/m-2024-08-06` is `m`."""
    return _VERSION.sub("", model.rpartition("/")[2].lower()) if model else None


class CallTree:
    """Takes every span of a file in, then says which calls stand around another one."""

    def __init__(self) -> None:
        self._spans, self._parents = array("q"), array("q")
        self._calls, self._signs = array("q"), (array("q"), array("q"), array("q"))

    def add_span(self, key: SpanKey, parent: SpanKey | None) -> None:
        """A span; `parent` None ends the search at it."""
        self._spans.append(key)
        self._parents.append(parent or 0)

    def add_call(self, key: SpanKey, parent: SpanKey | None, sign: CallSign) -> None:
        """A span that is a model call."""
        self.add_span(key, parent)
        self._calls.append(key)
        for digests, value in zip(self._signs, (sign.response_id, sign.usage, _family(sign.model)), strict=True):
            digests.append(_digest(value))

    def closed(self) -> ClosedTree:
        """What the spans added up to."""
        spans, parents = _sorted_by_first(self._spans, self._parents)
        calls, *signs = _sorted_by_first(self._calls, *self._signs)
        wrappers = _wrappers(spans, parents, calls, signs)
        return ClosedTree(
            spans=_array(spans),
            calls=_array(calls),
            wrappers=_array(wrappers),
            shared_responses=_array(_shared(calls, signs[0], wrappers)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedTree:
    """The spans of a file, its model calls, and those of them that stand around another one; sorted digests.

    `shared_responses` are response ids that several calls have: they name a run or a thread, not a response.
    """

    spans: array[int]
    calls: array[int]
    wrappers: array[int]
    shared_responses: array[int]

    def is_wrapper(self, key: SpanKey) -> bool:
        """Whether another span of the same call lies inside this one."""
        return _holds(self.wrappers, key)

    def is_counted_call(self, key: SpanKey) -> bool:
        """Whether the span is a call that is handed on."""
        return _holds(self.calls, key) and not _holds(self.wrappers, key)

    def is_shared(self, response_id: str | None) -> bool:
        """Whether several calls have this response id."""
        return response_id is not None and _holds(self.shared_responses, _digest(response_id))

    def is_known(self, key: SpanKey) -> bool:
        """Whether the file holds the span."""
        return _holds(self.spans, key)


def _holds(digests: array[int], key: int) -> bool:
    place = bisect_left(digests, key)
    return place < len(digests) and digests[place] == key


def _array(digests: Digests) -> array[int]:
    return array("q", digests.tobytes())


def _sorted_by_first(*columns: array[int]) -> list[Digests]:
    first = np.frombuffer(columns[0], dtype=np.int64)
    order = np.argsort(first, kind="stable")
    return [np.frombuffer(column, dtype=np.int64)[order] for column in columns]


def _places(sought: Digests, among: Digests) -> tuple[NDArray[np.intp], Flags]:
    places = np.minimum(np.searchsorted(among, sought), len(among) - 1)
    return places, among[places] == sought


def _wrappers(spans: Digests, parents: Digests, calls: Digests, signs: list[Digests]) -> Digests:
    found = [calls[outer] for outer in _outer_calls(spans, parents, calls, signs)]
    return np.unique(np.concatenate(found)) if found else np.empty(0, dtype=np.int64)


def _shared(calls: Digests, responses: Digests, wrappers: Digests) -> Digests:
    once = np.unique(calls, return_index=True)[1]
    of_calls = responses[once][~np.isin(calls[once], wrappers)]
    values, counts = np.unique(of_calls[of_calls != 0], return_counts=True)
    return values[counts > 1]


def _outer_calls(
    spans: Digests, parents: Digests, calls: Digests, signs: list[Digests]
) -> Iterator[NDArray[np.intp]]:
    """Per level above the calls: the places of those calls that are the same as one below."""
    inner = np.arange(len(calls))
    above = parents[_places(calls, spans)[0]] if len(calls) else calls
    for level in range(_MOST_LEVELS):
        inner, above = inner[above != 0], above[above != 0]
        if not len(inner):
            return
        outer, is_call = _places(above, calls)
        is_call &= outer != inner
        yield outer[is_call][_is_same(signs, outer[is_call], inner[is_call], is_direct=level == 0)]
        inner, above = inner[~is_call], above[~is_call]
        places, is_known = _places(above, spans)
        inner, above = inner[is_known], parents[places[is_known]]


def _is_same(signs: list[Digests], outer: NDArray[np.intp], inner: NDArray[np.intp], *, is_direct: bool) -> Flags:
    response, usage, model = ((sign[outer], sign[inner]) for sign in signs)
    is_same = _agree(response) | _agree(usage)
    if is_direct:
        is_same |= (_agree(model) | ~_both(model)) & ~_both(response)
    return is_same


def _both(pair: tuple[Digests, Digests]) -> Flags:
    both: Flags = (pair[0] != 0) & (pair[1] != 0)
    return both


def _agree(pair: tuple[Digests, Digests]) -> Flags:
    agree: Flags = _both(pair) & (pair[0] == pair[1])
    return agree
