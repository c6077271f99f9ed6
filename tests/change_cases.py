"""Windows of a workload as sums, by hand and at random."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from routefit.lcpr.change_inputs import CallKind, CallSums, RouteSums, Served, WindowSums

PICO = 10**12


def calls(
    count: int,
    *,
    input_tokens: int = 1000,
    cached_tokens: int = 0,
    output_tokens: int = 100,
    input_usd_per_mtok: int = 10,
    cached_usd_per_mtok: int = 1,
    output_usd_per_mtok: int = 20,
    unpriced_calls: int = 0,
) -> CallSums:
    """So many calls of these tokens each at these prices."""
    billed = count - unpriced_calls
    per_mtok = PICO // 10**6
    return CallSums(
        calls=count,
        unpriced_calls=unpriced_calls,
        input_tokens=billed * input_tokens,
        cached_tokens=billed * cached_tokens,
        output_tokens=billed * output_tokens,
        uncached_pico_usd=billed * (input_tokens - cached_tokens) * input_usd_per_mtok * per_mtok,
        cached_pico_usd=billed * cached_tokens * cached_usd_per_mtok * per_mtok,
        output_pico_usd=billed * output_tokens * output_usd_per_mtok * per_mtok,
        listed_input_tokens=billed * input_tokens,
        listed_cached_pico_usd=billed * input_tokens * cached_usd_per_mtok * per_mtok,
        listed_written_pico_usd=billed * input_tokens * input_usd_per_mtok * per_mtok,
    )


def route(planned: CallSums, *, again: CallSums | None = None, model: str = "acme/big", **sums: Any) -> RouteSums:
    """A route whose calls these are; every unit judged and accepted, other terms known and 0, unless given."""
    by_series = {Served(CallKind.PLANNED, model): planned}
    if again is not None:
        by_series[Served(CallKind.AGAIN, model)] = again
    units = sums.pop("units", planned.calls)
    accepted = sums.pop("accepted_units", units)
    terms = dict.fromkeys(("grading_usd", "people_usd", "bill_difference_usd", "running_usd"), 0.0)
    cost_usd = sum(each.cost_pico_usd for each in by_series.values()) / PICO
    return RouteSums(
        **({"units": units, "accepted_units": accepted, "judged_units": units, "calls": by_series})
        | {"inference_usd": cost_usd}
        | terms
        | sums
    )


def window(*, days: float = 28, **routes: RouteSums) -> WindowSums:
    """The window with these routes."""
    return WindowSums(days=days, routes=routes)


# --- at random --------------------------------------------------------------------------------------------

_tokens = st.integers(0, 10**9)
_money = st.integers(0, 10**15)


@st.composite
def call_sums(draw: st.DrawFn) -> CallSums:
    """Sums in which anything may be 0, but nothing costs without what it is paid for."""
    count = draw(st.integers(1, 10_000))
    unpriced = draw(st.sampled_from([0, 0, count // 3, count]))
    free = draw(st.sampled_from([0, 0, (count - unpriced) // 2, count - unpriced]))
    billed = count - unpriced - free
    tokens = draw(_tokens) if billed else 0
    cached = draw(st.integers(0, tokens))
    written = draw(st.integers(0, tokens - cached))
    output = draw(_tokens) if billed else 0
    listed = draw(st.integers(0, tokens))
    return CallSums(
        calls=count,
        unpriced_calls=unpriced,
        free_calls=free,
        input_tokens=tokens,
        cached_tokens=cached,
        written_tokens=written,
        output_tokens=output,
        uncached_pico_usd=draw(_money) if tokens > cached + written else 0,
        cached_pico_usd=draw(_money) if cached else 0,
        written_pico_usd=draw(_money) if written else 0,
        output_pico_usd=draw(_money) if output else 0,
        flat_pico_usd=draw(_money) if billed else 0,
        listed_input_tokens=listed,
        listed_cached_pico_usd=draw(_money) if listed else 0,
        listed_written_pico_usd=draw(_money) if listed else 0,
    )


_series = st.builds(Served, st.sampled_from(list(CallKind)), st.sampled_from(["acme/big", "acme/small"]))
_usd = st.floats(0, 1e4)


@st.composite
def route_sums(draw: st.DrawFn, *, knows_all: bool) -> RouteSums:
    """A route with units; terms may be unknown unless `knows_all`, capacity may have stood idle."""
    units = draw(st.integers(1, 10_000))
    judged = draw(st.integers(0, units))
    by_series = draw(st.dictionaries(_series, call_sums(), min_size=1, max_size=4))
    called_usd = sum(each.cost_pico_usd for each in by_series.values()) / PICO
    term = _usd if knows_all else st.none() | _usd
    return RouteSums(
        units=units,
        accepted_units=draw(st.integers(0, judged)),
        judged_units=judged,
        escalated_units=draw(st.integers(0, units)),
        calls=by_series,
        inference_usd=called_usd + draw(st.sampled_from([0.0, 0.0, 12.5])),
        grading_usd=draw(term),
        people_usd=draw(term),
        bill_difference_usd=draw(term | st.floats(-100, 0)),
        running_usd=draw(term),
    )


@st.composite
def windows(draw: st.DrawFn, *, knows_all: bool = False) -> WindowSums:
    """A workload of one to three routes in a window of some days."""
    routes = draw(
        st.dictionaries(
            st.sampled_from(["closed", "open", "own"]), route_sums(knows_all=knows_all), min_size=1, max_size=3
        )
    )
    return WindowSums(days=draw(st.sampled_from([1.0, 7.0, 28.0])), routes=routes)
