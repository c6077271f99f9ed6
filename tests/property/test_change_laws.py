"""Laws of the split of a change: it leaves nothing over, takes no side, and blames only what moved."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from change_cases import windows
from routefit.lcpr.change import change, shapley
from routefit.lcpr.change_factors import TERM_CAUSES, Cause, term_usd
from routefit.lcpr.change_inputs import WindowSums
from routefit.units import usd_from_pico_usd

RELATIVE = 1e-9


def scale(*figures_usd: float | None) -> float:
    """The absolute tolerance beside these figures."""
    return RELATIVE * max((abs(usd) for usd in figures_usd if usd is not None), default=1.0) + 1e-15


@given(windows(), windows())
@settings(max_examples=100, deadline=None)
def test_parts_sum_to_the_change(was: WindowSums, now: WindowSums) -> None:
    split = change(was, now)
    assert split.was_usd is not None
    assert split.is_usd is not None
    assert split.change_usd is not None
    sizes = [split.was_usd, split.is_usd, *(part.usd for part in split.causes)]
    parts_usd = sum(part.usd for part in split.causes if part.usd is not None)
    assert parts_usd == pytest.approx(split.change_usd, abs=scale(*sizes))
    assert split.change_usd == pytest.approx(split.is_usd - split.was_usd, abs=scale(*sizes))
    assert all(part.usd is not None or part.reason for part in split.causes), "no silent null"


@given(windows(), windows())
@settings(max_examples=100, deadline=None)
def test_both_ends_are_the_cost_by_the_formula(was: WindowSums, now: WindowSums) -> None:
    """The terms that are compared, over the accepted units (or the units, where that is the basis)."""
    split = change(was, now)
    for window, usd in ((was, split.was_usd), (now, split.is_usd)):
        terms = [cause for cause in (*TERM_CAUSES, Cause.RUNNING) if cause not in split.left_out]
        total_usd = sum(route.inference_usd or 0.0 for route in window.routes.values())
        total_usd += sum(term_usd(route, cause) or 0.0 for route in window.routes.values() for cause in terms)
        units = window.accepted_units if split.basis == "accepted_unit" else window.units
        assert usd == pytest.approx(total_usd / units, rel=RELATIVE, abs=1e-12)


@given(windows(), windows())
@settings(max_examples=100, deadline=None)
def test_windows_exchanged_change_every_sign(was: WindowSums, now: WindowSums) -> None:
    forth, back = change(was, now), change(now, was)
    usd = {part.cause: part.usd for part in back.causes}
    assert {part.cause for part in forth.causes} == set(usd)
    tolerance = scale(forth.was_usd, forth.is_usd, *usd.values())
    for part in forth.causes:
        other = usd[part.cause]
        assert (part.usd is None) == (other is None)
        assert part.usd is None or other is None or part.usd == pytest.approx(-other, abs=tolerance)


@given(windows())
@settings(max_examples=50, deadline=None)
def test_equal_windows_change_nothing(window: WindowSums) -> None:
    split = change(window, window)
    assert split.change_usd == 0
    assert {part.usd for part in split.causes} <= {0.0, None}


@given(windows(knows_all=True), st.sampled_from(["prices", "people", "running", "accepted"]))
@settings(max_examples=100, deadline=None)
def test_one_factor_moves_only_its_own_part(was: WindowSums, factor: str) -> None:
    cause, now = moved(was, factor)
    split = change(was, now)
    tolerance = scale(split.was_usd, split.is_usd)
    for part in split.causes:
        if part.cause is not cause and part.usd is not None:
            assert part.usd == pytest.approx(0, abs=tolerance), part.cause


def moved(window: WindowSums, factor: str) -> tuple[Cause, WindowSums]:
    """The window with one factor doubled (acceptance: halved), and the cause that is to blame."""
    routes = dict(window.routes)
    for name, route in routes.items():
        if factor == "people":
            routes[name] = replace(route, people_usd=2 * (route.people_usd or 0) + 1)
        elif factor == "running":
            routes[name] = replace(route, running_usd=2 * (route.running_usd or 0) + 1)
        elif factor == "accepted":
            routes[name] = replace(route, accepted_units=route.accepted_units / 2)
        else:
            doubled = {
                served: replace(
                    sums,
                    **{
                        f"{part}_pico_usd": 2 * getattr(sums, f"{part}_pico_usd")
                        for part in ("uncached", "cached", "written", "output", "flat")
                    },
                )
                for served, sums in route.calls.items()
            }
            called_usd = usd_from_pico_usd(sum(sums.cost_pico_usd for sums in route.calls.values()))
            routes[name] = replace(route, calls=doubled, inference_usd=(route.inference_usd or 0) + called_usd)
    causes = {
        "people": Cause.PEOPLE,
        "running": Cause.RUNNING,
        "accepted": Cause.ACCEPTANCE,
        "prices": Cause.PRICE,
    }
    return causes[factor], replace(window, routes=routes)


@given(st.integers(0, 5).flatmap(lambda n: st.lists(st.floats(-1e6, 1e6), min_size=2**n, max_size=2**n)))
def test_shapley_values_sum_to_the_whole_and_are_the_mean_over_orders(values: list[float]) -> None:
    parts = shapley(np.array(values))
    assert sum(parts) == pytest.approx(values[-1] - values[0], abs=1e-6)
    orders = list(itertools.permutations(range(len(parts))))
    for player, part in enumerate(parts):
        gains = []
        for order in orders:
            before = sum(1 << other for other in order[: order.index(player)])
            gains.append(values[before | 1 << player] - values[before])
        assert part == pytest.approx(sum(gains) / len(orders), abs=1e-6)
