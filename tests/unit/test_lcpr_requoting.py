"""Re-quoting by hand: chapter 7.0's formula, and what is assumed of a candidate."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from routefit.declared.model import Route, Workload
from routefit.evidence import Fact, Label
from routefit.lcpr.requote_assumptions import (
    acceptance_assumed,
    assumption_words,
    cache_assumed,
    repairs_assumed,
    tokens_assumed,
    utilization_assumed,
)
from routefit.lcpr.requoting import Assumption, BandUse, Beside, cached_rate, estimate, inference_usd

USE = BandUse(
    is_rework=False,
    calls=100,
    input_tokens=1_000_000,
    cached_input_tokens=400_000,
    cache_write_tokens=100_000,
    output_pico_usd=2 * 10**12,
    input_pico_usd_per_token=3_000_000,
    cache_read_pico_usd_per_token=300_000,
    cache_write_pico_usd_per_token=3_750_000,
    pico_usd_per_request=10**9,
)
"""0.5 x 3.00 + 0.4 x 0.30 + 0.1 x 3.75 + 2.00 + 100 x 0.001 = 4.095 USD."""


def quoted(**changed: Any) -> float:
    given = {"tokenizer_ratio": 1.0, "cache_hit_rate": 0.4, "rework_ratio": 1.0} | changed
    return inference_usd([USE], **given)


def test_at_the_recorded_rates_it_is_what_the_calls_cost() -> None:
    assert cached_rate([USE]) == 0.4
    assert quoted() == pytest.approx(1.5 + 0.12 + 0.375 + 2.0 + 0.1)


@pytest.mark.parametrize(
    ("changed", "usd"),
    [
        pytest.param({"tokenizer_ratio": 1.2}, 3.995 * 1.2 + 0.1, id="more tokens, the fee is by the call"),
        pytest.param({"cache_hit_rate": 0.0}, 2.7 + 0.375 + 2.0 + 0.1, id="no hit: all is input"),
        pytest.param({"cache_hit_rate": 0.8}, 0.3 + 0.24 + 0.375 + 2.0 + 0.1, id="twice the hits"),
        pytest.param({"cache_hit_rate": 1.0}, 0.27 + 0.375 + 2.0 + 0.1, id="what is written is not read"),
    ],
)
def test_each_assumption_moves_its_part(changed: dict[str, float], usd: float) -> None:
    assert quoted(**changed) == pytest.approx(usd)


def test_hits_where_none_were_recorded_are_a_share_of_the_input() -> None:
    bare = replace(USE, cached_input_tokens=0)
    found = inference_usd([bare], tokenizer_ratio=1, cache_hit_rate=0.5, rework_ratio=1)
    assert found == pytest.approx(0.45 * 3 + 0.45 * 0.3 + 0.375 + 2.0 + 0.1)


def test_repairs_are_multiplied_alone() -> None:
    again = replace(USE, is_rework=True)
    found = inference_usd([USE, again], tokenizer_ratio=1, cache_hit_rate=0.4, rework_ratio=2)
    assert found == pytest.approx(3 * 4.095)


def test_people_follow_what_is_not_accepted() -> None:
    """10% not accepted cost 0.02 a unit; at 25% it is 0.05."""
    beside = Beside(grading_usd=0.001, running_usd=0.002, people_usd=0.02, acceptance_rate=0.9)
    assert beside.usd_per_unit(0.9) == pytest.approx(0.023)
    assert beside.usd_per_unit(0.75) == pytest.approx(0.053)
    assert beside.usd_per_unit(1.0) == pytest.approx(0.003)


def acceptance(low: float = 0.8) -> Assumption:
    found = acceptance_assumed(current_id="closed", current_rate=0.9, floor_rate=low or None)
    assert found is not None
    return found


def one(name: str, low: float, point: float, high: float) -> Assumption:
    return Assumption(name=name, words=name, point=point, low=low, high=high, is_share=False, label=Label.ASSUMED)


def test_the_interval_reaches_over_all_ends() -> None:
    found = estimate(lambda values: 0.01 * values[0], [one("tokens", 0.8, 1.0, 1.25)], Beside(), acceptance())
    assert found.lcpr_usd == pytest.approx(0.01 / 0.9)
    assert found.low_usd == pytest.approx(0.008 / 1.0)
    assert found.high_usd == pytest.approx(0.0125 / 0.8)


def test_without_a_floor_there_is_no_upper_end() -> None:
    found = estimate(lambda _: 0.01, [], Beside(), acceptance(low=0))
    assert (found.low_usd, found.high_usd) == (0.01, None)


def test_without_any_verdict_only_a_unit_has_a_cost() -> None:
    found = estimate(lambda _: 0.01, [], Beside(grading_usd=0.002), None)
    assert (found.lcpr_usd, found.high_usd) == (None, None)
    assert found.usd_per_unit == found.low_usd == pytest.approx(0.012)


# --- what is assumed ------------------------------------------------------------------------------------------

CLOSED = Route(id="closed", provider="anthropic", model="claude-sonnet-4-5")
OTHER = Route(id="other", provider="groq", model="llama-3.3-70b")


@pytest.mark.parametrize(
    ("route", "current", "expected"),
    [
        pytest.param(OTHER, CLOSED, (0.8, 1.0, 1.25), id="another model"),
        pytest.param(OTHER, None, (0.8, 1.0, 1.25), id="nobody says what the current route is"),
        pytest.param(
            Route(id="bedrock", provider="aws", model="anthropic/Claude-Sonnet-4-5"), CLOSED, None, id="same model"
        ),
        pytest.param(
            OTHER.model_copy(update={"tokenizer_ratio": Fact[float](value=1.1, label=Label.PUBLIC)}),
            CLOSED,
            (1.1, 1.1, 1.1),
            id="a declared ratio has no range",
        ),
    ],
)
def test_tokens(route: Route, current: Route | None, expected: tuple[float, float, float] | None) -> None:
    found = tokens_assumed(route, current, "closed")
    assert (found and (found.low, found.point, found.high)) == expected


@pytest.mark.parametrize(
    ("route", "eligible", "use", "expected"),
    [
        pytest.param(OTHER, None, USE, (0.0, 0.4, 0.4), id="from none to as recorded"),
        pytest.param(OTHER, 0.7, USE, (0.0, 0.4, 0.7), id="up to what is declared eligible"),
        pytest.param(
            OTHER.model_copy(update={"provider": "anthropic"}), 0.7, USE, (0.4, 0.4, 0.4), id="same provider"
        ),
        pytest.param(
            OTHER.model_copy(update={"cache_hit_rate": Fact[float](value=0.37, label=Label.DERIVED)}),
            None,
            USE,
            (0.37, 0.37, 0.37),
            id="a declared rate, from a replay say",
        ),
        pytest.param(
            OTHER,
            0.7,
            replace(USE, cache_read_pico_usd_per_token=3_000_000),
            None,
            id="where a hit costs as much as input nothing is assumed of hits",
        ),
        pytest.param(
            OTHER, None, replace(USE, cached_input_tokens=0), None, id="nothing cached, nothing eligible"
        ),
    ],
)
def test_cache_hits(
    route: Route, eligible: float | None, use: BandUse, expected: tuple[float, float, float] | None
) -> None:
    workload = Workload.model_validate({"id": "w", "caching": {"eligible_share_rate": eligible}})
    found = cache_assumed(route, CLOSED, "closed", workload, [use])
    assert (found and (found.low, found.point, found.high)) == expected


def test_repairs_are_assumed_only_where_some_were_seen() -> None:
    assert repairs_assumed("closed", [USE]) is None
    found = repairs_assumed("closed", [USE, replace(USE, is_rework=True)])
    assert found is not None
    assert (found.low, found.point, found.high) == (0.0, 1.0, 2.0)


def test_verdicts_of_its_own_go_before_the_current_routes() -> None:
    found = acceptance_assumed(
        current_id="closed", current_rate=0.9, floor_rate=0.8, accepted_units=80, decided_units=100
    )
    assert found is not None
    assert (found.label, found.point) == (Label.MEASURED, 0.8)
    assert found.low == pytest.approx(0.711, abs=0.001)
    assert found.high == pytest.approx(0.867, abs=0.001)


def test_a_current_route_below_the_floor_keeps_the_point_within_the_range() -> None:
    found = acceptance_assumed(current_id="closed", current_rate=0.7, floor_rate=0.8)
    assert found is not None
    assert (found.low, found.point, found.high) == (0.7, 0.7, 1.0)


def test_an_unmeasured_utilization_is_a_range() -> None:
    assumed = utilization_assumed(Fact[float](value=0.7, label=Label.ASSUMED, source="default"))
    assert (assumed.low, assumed.point, assumed.high) == (0.5, 0.7, 0.85)
    tested = utilization_assumed(Fact[float](value=0.8, label=Label.MEASURED, source="a load test"))
    assert (tested.low, tested.high) == (0.8, 0.8)


def test_words_name_each_with_its_range() -> None:
    known = one("tokens for each one counted on closed", 1.1, 1.1, 1.1)
    assert assumption_words([acceptance(), known]) == (
        "acceptance as on closed (80% to 100%), tokens for each one counted on closed (1.1 times)"
    )
