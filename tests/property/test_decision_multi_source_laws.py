"""Laws of a split over several providers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routefit.decisions.calculator import Values
from routefit.decisions.deciding import completed, decision_at
from routefit.decisions.given import Given
from routefit.decisions.multi_source import MultiSource
from routefit.decisions.multi_source_figures import MultiSourceFigures
from routefit.decisions.providers import Providers
from split_cases import amounts, split, split_figures

rates = amounts(0.95)
usd = st.floats(0.0001, 10.0)


@st.composite
def provider(draw: st.DrawFn, name: str) -> dict[str, Any]:
    """A provider with any figures; its hit rate after the split is no higher than before."""
    before = draw(rates)
    return {
        "name": name,
        "usd_per_unit": draw(usd),
        "error_rate": draw(amounts(0.9)),
        "acceptance_rate": draw(st.floats(0.05, 1.0)),
        "cache_hit_before_rate": before,
        "cache_hit_after_rate": round(before * draw(amounts(1.0)), 9),
        "cache_discount_rate": draw(rates),
        "input_share_rate": draw(amounts(1.0)),
        "ops_usd_per_month": draw(amounts(10_000.0)),
    }


@st.composite
def splits(draw: st.DrawFn, most: int = 4) -> list[dict[str, Any]]:
    """Two or more providers whose shares add up to 1; the first is the baseline."""
    n = draw(st.integers(2, most))
    weights = [draw(st.integers(0, 10)) for _ in range(n)]
    if not sum(weights):
        weights[0] = 1
    found = [draw(provider(f"p{place}")) for place in range(n)]
    for one, weight in zip(found, weights, strict=True):
        one["share_rate"] = weight / sum(weights)
    found[0]["baseline"] = True
    return found


@given(splits(), amounts(0.1))
def test_the_hidden_parts_add_up(given_split: list[dict[str, Any]], routing: float) -> None:
    """To naive less real, exactly."""
    found = split_figures(*given_split, routing_usd_per_unit=routing)
    hidden = sum(found.hidden.model_dump().values())
    assert hidden == pytest.approx(found.naive_saving_ratio - found.real_saving_ratio, rel=1e-9, abs=1e-9)


@given(provider("only"), amounts(0.1))
def test_all_the_traffic_at_the_baseline_saves_nothing(one: dict[str, Any], routing: float) -> None:
    """Neither naively nor really, and hides nothing: there is nothing to route."""
    found = split_figures({**one, "baseline": True, "share_rate": 1.0}, routing_usd_per_unit=routing)
    assert found.real_saving_ratio == pytest.approx(0, abs=1e-12)
    assert found.naive_saving_ratio == pytest.approx(0, abs=1e-12)
    assert found.why_not_split


@given(splits())
def test_the_best_split_is_never_worse_than_a_single_provider(given_split: list[dict[str, Any]]) -> None:
    """Nor than the shares given; its shares add up to 1."""
    found = split_figures(*given_split)
    best = found.best_split
    alone = [amount for amount in found.lcpr_alone_by_provider.values() if amount is not None]
    assert best.lcpr_usd_per_accepted_unit <= min(*alone, found.split_usd_per_accepted_unit) * (1 + 1e-9)
    assert sum(best.shares.values()) == pytest.approx(1)


@given(splits())
def test_a_provider_that_accepts_nothing_never_wins(given_split: list[dict[str, Any]]) -> None:
    """However cheap it is."""
    useless = {**given_split[1], "acceptance_rate": 0.0, "usd_per_unit": 0.0, "ops_usd_per_month": 0.0}
    others = [{**given_split[0], "share_rate": 0.5}, {**useless, "share_rate": 0.5}]
    found = split_figures(*others)
    assert found.lcpr_by_provider[useless["name"]] is None
    assert found.best_split.shares[useless["name"]] < 1


@given(splits(most=3), amounts(0.5))
def test_more_failures_never_save(given_split: list[dict[str, Any]], more: float) -> None:
    """Raising the error rate of a provider beside the baseline lowers the real saving."""
    worse = [given_split[0], {**given_split[1], "error_rate": min(0.95, given_split[1]["error_rate"] + more)}]
    worse += given_split[2:]
    assert split_figures(*worse).real_saving_ratio <= split_figures(*given_split).real_saving_ratio + 1e-9


@given(splits(most=3))
def test_draws_agree_with_the_point_for_degenerate_ranges(given_split: list[dict[str, Any]]) -> None:
    """The formula on arrays of one value is the formula on that value."""
    calculator, values = _at(given_split)
    arrays = {name: np.full(5, amount) if isinstance(amount, float) else amount for name, amount in values.items()}
    point = calculator.net_usd(values)
    for action, column in calculator.net_usd(arrays).items():
        assert np.asarray(column) == pytest.approx(np.full(5, float(point[action])), rel=1e-9, abs=1e-9)


@settings(max_examples=6)
@given(splits(most=2))
def test_a_flip_point_put_back_flips_the_decision(given_split: list[dict[str, Any]]) -> None:
    """Every one of them."""
    found = split(*given_split)
    calculator, values = _at(given_split)
    for flip in found.flip_points:
        assert decision_at(calculator, {**values, flip.input: flip.flips_at}) == flip.decision != found.decision


@given(splits(most=3), st.sampled_from(["arbitrage", "workload", "failover"]), st.none() | st.booleans())
def test_the_word_alone_is_that_of_the_figures(
    given_split: list[dict[str, Any]], scenario: str, parity: bool | None
) -> None:
    """What the search for flips asks for."""
    calculator, values = _at(given_split)
    values = {**values, "scenario": scenario, "has_parity": parity, "failover_activation_rate": 0.01}
    point = calculator.point(values)
    for best in calculator.actions:
        assert calculator.decision_from(best, values) == calculator.decision(best, point)


def _at(given_split: list[dict[str, Any]]) -> tuple[MultiSource, Values]:
    calculator = MultiSource(Providers.model_validate({"providers": given_split}))
    typed = {"units_per_month": Given(value=2e6), "has_parity": Given(value=True)}
    values = {name: one.value for name, one in completed(calculator, typed).items()}
    assert isinstance(calculator.point(values).result, MultiSourceFigures)
    return calculator, values
