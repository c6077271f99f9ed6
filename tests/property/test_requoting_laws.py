"""Laws of an estimate: no end of an assumed range leaves its interval; dearer ones never make it cheaper."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from routefit.evidence import Label
from routefit.lcpr.requote_assumptions import acceptance_assumed
from routefit.lcpr.requoting import Assumption, BandUse, Beside, cached_rate, estimate, inference_usd

TOKENS = st.integers(0, 10**7)
PRICE = st.integers(0, 10**8)


@st.composite
def bands(draw: st.DrawFn) -> BandUse:
    inputs = draw(TOKENS)
    cached = draw(st.integers(0, inputs))
    plain = draw(PRICE)
    return BandUse(
        is_rework=draw(st.booleans()),
        calls=draw(st.integers(1, 1000)),
        input_tokens=inputs,
        cached_input_tokens=cached,
        cache_write_tokens=draw(st.integers(0, inputs - cached)),
        output_pico_usd=draw(st.integers(0, 10**14)),
        input_pico_usd_per_token=plain,
        cache_read_pico_usd_per_token=draw(st.integers(0, plain)),
        cache_write_pico_usd_per_token=draw(PRICE),
        pico_usd_per_request=draw(st.integers(0, 10**9)),
    )


@st.composite
def ranges(draw: st.DrawFn, name: str, most: float) -> Assumption:
    low, point, high = sorted(draw(st.floats(0.0 if most <= 1 else 0.1, most)) for _ in range(3))
    return Assumption(
        name=name, words=name, point=point, low=low, high=high, is_share=most <= 1, label=Label.ASSUMED
    )


@given(
    uses=st.lists(bands(), min_size=1, max_size=4),
    tokens=ranges("tokens", 3.0),
    hits=ranges("cache hits", 1.0),
    repairs=ranges("repairs", 3.0),
    current_rate=st.floats(0.05, 1.0),
    floor_rate=st.floats(0.05, 1.0),
    people_usd=st.floats(0, 5),
    shares=st.tuples(*[st.floats(0, 1)] * 4),
)
def test_the_interval_holds_every_end_and_what_lies_between(
    uses: list[BandUse],
    tokens: Assumption,
    hits: Assumption,
    repairs: Assumption,
    current_rate: float,
    floor_rate: float,
    people_usd: float,
    shares: tuple[float, float, float, float],
) -> None:
    acceptance = acceptance_assumed(current_id="closed", current_rate=current_rate, floor_rate=floor_rate)
    assert acceptance is not None
    beside = Beside(grading_usd=0.01, running_usd=0.02, people_usd=people_usd, acceptance_rate=current_rate)
    assumed = (tokens, hits, repairs)

    def inference(values: Sequence[float]) -> float:
        return inference_usd(uses, tokenizer_ratio=values[0], cache_hit_rate=values[1], rework_ratio=values[2])

    found = estimate(inference, assumed, beside, acceptance)
    assert found.lcpr_usd is not None
    assert found.high_usd is not None
    slack = 1 + 1e-9
    assert found.low_usd <= found.lcpr_usd * slack
    assert found.lcpr_usd <= found.high_usd * slack
    between = [
        tuple(
            one.low + share * ((one.high or 0.0) - one.low)
            for one, share in zip(assumed, shares[: len(assumed)], strict=True)
        )
    ]
    corners = product(*((one.low, one.point, one.high or 0.0) for one in assumed))
    inner_rate = acceptance.low + shares[3] * (1 - acceptance.low)
    for values in (*between, *corners):
        for rate in (acceptance.low, acceptance.point, inner_rate, 1.0):
            lcpr_usd = (inference(values) + beside.usd_per_unit(rate)) / rate
            assert found.low_usd <= lcpr_usd * slack
            assert lcpr_usd <= found.high_usd * slack


@given(uses=st.lists(bands(), min_size=1, max_size=4), more=st.floats(1, 3))
def test_more_tokens_and_fewer_hits_never_cost_less(uses: list[BandUse], more: float) -> None:
    own_rate = cached_rate(uses)
    as_recorded = inference_usd(uses, tokenizer_ratio=1, cache_hit_rate=own_rate, rework_ratio=1)
    assert inference_usd(uses, tokenizer_ratio=more, cache_hit_rate=own_rate, rework_ratio=1) >= as_recorded
    assert inference_usd(uses, tokenizer_ratio=1, cache_hit_rate=own_rate / more, rework_ratio=1) >= (
        as_recorded - 1e-9
    )
