"""Which spans stand around another one of the same call: the arrays agree with climbing parent by parent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from routefit.ledger.formats.otel_nesting import CallSign, CallTree, span_key

COUNT = 9


@dataclass(frozen=True)
class Span:
    parent: int | None
    is_border: bool
    sign: CallSign | None


signs = st.builds(
    CallSign,
    usage=st.none() | st.tuples(st.integers(1, 2), st.integers(0, 1)),
    response_id=st.none() | st.sampled_from(["r1", "r2"]),
    model=st.none() | st.sampled_from(["m", "openai/m-2024-08-06", "x"]),
)
spans = st.lists(
    st.builds(
        Span,
        parent=st.none() | st.integers(0, COUNT),
        is_border=st.booleans(),
        sign=st.none() | signs,
    ),
    min_size=1,
    max_size=COUNT,
)


def is_same(outer: CallSign, inner: CallSign, *, is_direct: bool) -> bool:
    """The rule in words: the same response, the same usage, or directly inside with nothing that differs."""
    if outer.response_id is not None and outer.response_id == inner.response_id:
        return True
    if outer.usage is not None and outer.usage == inner.usage:
        return True
    models = {one.model == "x" for one in (outer, inner) if one.model is not None}
    differ = None not in (outer.response_id, inner.response_id) or len(models) > 1
    return is_direct and not differ


def wrappers(trace: list[Span]) -> set[int]:
    """The spans around another one, found one by one."""
    found = set()
    for number, one in enumerate(trace):
        above, is_direct, seen = one.parent, True, set()
        while one.sign and above is not None and above < len(trace) and above not in seen:
            seen.add(above)
            outer = trace[above]
            if number != above and outer.sign and is_same(outer.sign, one.sign, is_direct=is_direct):
                found.add(above)
            if outer.sign and number != above:
                break
            above, is_direct = None if outer.is_border else outer.parent, False
    return found


@given(spans, st.randoms(use_true_random=False))
def test_wrappers_are_found_in_any_order_of_spans(drawn: list[Span], order: Random) -> None:
    """No span is its own ancestor: a parent stands later in the list, or is not in the file."""
    trace = [
        replace(
            one,
            parent=one.parent if one.parent is not None and one.parent > number else None,
            is_border=one.is_border and one.sign is None,
        )
        for number, one in enumerate(drawn)
    ]
    numbers = list(range(len(trace)))
    order.shuffle(numbers)
    tree = CallTree()
    for number in numbers:
        one = trace[number]
        parent = None if one.parent is None or one.is_border else span_key("t", one.parent)
        if one.sign:
            tree.add_call(span_key("t", number), parent, one.sign)
        else:
            tree.add_span(span_key("t", number), parent)
    closed = tree.closed()
    assert {number for number in numbers if closed.is_wrapper(span_key("t", number))} == wrappers(trace)
    calls = {number for number, one in enumerate(trace) if one.sign}
    counted = {number for number in numbers if closed.is_counted_call(span_key("t", number))}
    assert counted == calls - wrappers(trace)
