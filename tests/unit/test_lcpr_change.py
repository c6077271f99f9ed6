"""The split of a change by hand: whom a part belongs to, and when there is none."""

from __future__ import annotations

import pytest

from change_cases import calls, route, window
from routefit.lcpr.change import Change, change
from routefit.lcpr.change_factors import Cause


def parts(split: Change) -> dict[Cause, float]:
    """The parts that are not 0 beside rounding."""
    return {part.cause: part.usd for part in split.causes if part.usd is not None and abs(part.usd) > 1e-15}


def test_two_factors_share_what_they_do_together() -> None:
    """Half the price for twice the tokens: no change, made of two equal and opposite parts."""
    was = window(own=route(calls(100, output_tokens=0)))
    now = window(own=route(calls(100, output_tokens=0, input_tokens=2000, input_usd_per_mtok=5)))
    split = change(was, now)
    assert split.change_usd == pytest.approx(0, abs=1e-15)
    # Price first: -0.005; last: -0.010; the mean of both orders.
    assert parts(split) == {Cause.PRICE: pytest.approx(-0.0075), Cause.TOKEN_MIX: pytest.approx(0.0075)}


def test_repairs_larger_than_first_calls_move_the_retries_alone() -> None:
    """500 more calls of 3,000 tokens raise the tokens per call, and yet no token mix moved."""
    was = window(own=route(calls(1000), again=calls(100, input_tokens=3000)))
    now = window(own=route(calls(1000), again=calls(600, input_tokens=3000)))
    assert parts(change(was, now)) == {Cause.RETRIES: pytest.approx(0.5 * (3000 * 10e-6 + 100 * 20e-6))}


def test_capacity_that_no_call_took_is_idle() -> None:
    """The bill of both windows is the same; in the later one the calls took half of it."""
    was = window(own=route(calls(1000), inference_usd=12.0))
    now = window(own=route(calls(500), units=500, inference_usd=12.0))
    assert parts(change(was, now)) == {Cause.IDLE: pytest.approx(0.009), Cause.VOLUME: pytest.approx(0.003)}


def test_a_route_alone_carries_the_running_cost_at_the_volume_of_the_workload() -> None:
    """30 USD follow the units from one route to the other: for neither has anything changed."""
    was = window(dear=route(calls(900), running_usd=27.0), cheap=route(calls(100), running_usd=3.0))
    now = window(dear=route(calls(100), running_usd=3.0), cheap=route(calls(900), running_usd=27.0))
    assert parts(change(was.only("dear"), now.only("dear"))) == {}
    more = window(dear=route(calls(200), running_usd=3.0), cheap=route(calls(1800), running_usd=27.0))
    assert parts(change(was.only("dear"), more.only("dear"))) == {Cause.VOLUME: pytest.approx(-0.015)}


@pytest.mark.parametrize(
    ("was_usd", "now_usd", "reason"),
    [
        pytest.param((5.0, 5.0), (None, None), "unknown in the later window", id="unknown later"),
        pytest.param((None, None), (5.0, 5.0), "unknown in the earlier window", id="unknown earlier"),
        pytest.param((5.0, None), (5.0, 5.0), "unknown on some routes", id="unknown on one route"),
    ],
)
def test_a_term_that_is_unknown_somewhere_is_left_out_of_both(
    was_usd: tuple[float | None, float | None], now_usd: tuple[float | None, float | None], reason: str
) -> None:
    was, now = (
        window(
            one=route(calls(100), people_usd=usd[0]), two=route(calls(100, input_tokens=size), people_usd=usd[1])
        )
        for usd, size in ((was_usd, 1000), (now_usd, 2000))
    )
    split = change(was, now)
    assert split.left_out == (Cause.PEOPLE,)
    assert parts(split) == {Cause.TOKEN_MIX: pytest.approx(0.005)}
    people = next(part for part in split.causes if part.cause is Cause.PEOPLE)
    assert people.usd is None
    assert people.reason == f"not comparable: people left out of both, {reason}"
    assert split.reasons == (people.reason,)


def test_a_term_that_nobody_knows_is_no_cause() -> None:
    split = change(window(own=route(calls(9), people_usd=None)), window(own=route(calls(9), people_usd=None)))
    assert Cause.PEOPLE not in {part.cause for part in split.causes}
    assert split.reasons == ()


def test_acceptance_that_cannot_be_told_from_the_mix_of_routes() -> None:
    """All units moved away from a route that stopped passing: what it would pass with all of them is nothing."""
    was = window(old=route(calls(100)))
    now = window(old=route(calls(10), accepted_units=0), new=route(calls(90)))
    split = change(was, now)
    assert split.basis == "unit"
    assert split.reasons == ("per unit: acceptance and the mix of routes cannot be told apart",)
    assert split.change_usd == pytest.approx(0, abs=1e-15)


def test_no_units_no_change() -> None:
    split = change(window(), window(own=route(calls(1))))
    assert split.change_usd is None
    assert split.reasons == ("not comparable: no units in the earlier window",)
