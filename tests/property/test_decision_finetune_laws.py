"""Laws of a fine-tune: more saving pays back sooner, the break-even breaks even, a flip flips."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routefit.decisions.deciding import decide
from routefit.decisions.decision import Decision
from routefit.decisions.finetune import FinetuneFigures
from routefit.decisions.given import Given
from routefit.decisions.kinds import KINDS, Material
from routefit.decisions.spread import Triangular
from routefit.evidence import Label
from settled_numbers import settled
from thorough import examples

FINETUNE = KINDS["finetune"].build(Material())

tunes = st.fixed_dictionaries(
    {
        "training_tokens": st.floats(1e6, 1e9),
        "training_usd_per_mtok": st.floats(0.1, 10),
        "data_usd": st.none() | settled(0, 20_000),
        "eval_usd": st.none() | settled(0, 5_000),
        "iteration_usd_per_month": st.none() | st.floats(1, 3_000),
        "units_per_month": st.floats(100, 1e6),
        "saving_usd_per_unit": st.floats(1e-5, 0.5),
        "hidden_cost_ratio": settled(0, 5),
        "is_ready": st.booleans(),
    }
)


def decided(values: dict[str, Any]) -> Decision:
    """The decision on fixed numbers."""
    known = {name: Given(value=one, label=Label.ASSUMED) for name, one in values.items() if one is not None}
    return decide(FINETUNE, known, rng=np.random.default_rng(0), draws=1_000)


def figures(values: dict[str, Any]) -> FinetuneFigures:
    """The figures of that decision."""
    result = decided(values).result
    assert isinstance(result, FinetuneFigures)
    return result


def months(values: dict[str, Any]) -> float:
    """Payback; never is later than everything."""
    found = figures(values).payback_months
    return float("inf") if found is None else found


@settings(max_examples=examples(200), deadline=None)
@given(values=tunes, more=st.floats(1, 10), name=st.sampled_from(["units_per_month", "saving_usd_per_unit"]))
def test_more_volume_or_saving_pays_back_sooner(values: dict[str, Any], more: float, name: str) -> None:
    """Never later."""
    assert months({**values, name: values[name] * more}) <= months(values) * (1 + 1e-9)


@settings(max_examples=examples(200), deadline=None)
@given(values=tunes)
def test_nothing_is_left_at_the_break_even_volume(values: dict[str, Any]) -> None:
    """The volume put back in pays exactly the iteration, and nothing of what was paid once."""
    volume = figures(values).break_even_units_per_month
    assert volume is not None
    found = figures({**values, "units_per_month": volume})
    assert found.net_saving_usd_per_month == pytest.approx(0, abs=1e-6 * max(1.0, found.saving_usd_per_month))
    assert decided({**values, "units_per_month": volume * 0.999}).decision == "stay"


@settings(max_examples=examples(200), deadline=None)
@given(
    before=settled(0, 1),
    better=settled(0, 1),
    success=st.floats(0.01, 1),
    call_usd=st.floats(1e-4, 1),
)
def test_a_better_first_pass_never_costs(before: float, better: float, success: float, call_usd: float) -> None:
    """Where the first answer and its repair cost the same, more that pass save, and fewer calls are made."""
    after = before + (1 - before) * better
    found = figures(
        {
            "training_tokens": 1e6,
            "training_usd_per_mtok": 1.0,
            "units_per_month": 1_000.0,
            "first_pass_before_rate": before,
            "first_pass_after_rate": after,
            "repair_usd_per_unit": call_usd,
            "first_call_usd": call_usd,
            "repair_success_rate": success,
        }
    )
    assert found.saving_usd_per_unit >= -1e-12
    assert found.repair_loop is not None
    assert found.repair_loop.calls_per_unit_change_ratio <= 1e-12
    assert found.repair_loop.accepted_after_rate >= found.repair_loop.accepted_before_rate - 1e-12


@settings(max_examples=examples(60), deadline=None)
@given(values=tunes)
def test_a_range_of_no_width_is_its_point(values: dict[str, Any]) -> None:
    """Draws, point and decision agree."""
    plain = decided(values)
    spread = {
        name: Given(value=one, spread=Triangular(low=one, mode=one, high=one), label=Label.ASSUMED)
        if isinstance(one, float) and name != "iteration_usd_per_month"
        else Given(value=one, label=Label.ASSUMED)
        for name, one in values.items()
        if one is not None
    }
    found = decide(FINETUNE, spread, rng=np.random.default_rng(0), draws=1_000)
    assert found.decision == plain.decision
    assert found.result == plain.result
    net = figures(values).net_usd_over_horizon
    assert found.monte_carlo.expected_net_usd["tune"] == pytest.approx(net, rel=1e-9, abs=1e-6)


@settings(max_examples=examples(60), deadline=None)
@given(values=tunes)
def test_a_flip_point_put_back_flips(values: dict[str, Any]) -> None:
    """At each flip point the decision is the one that it names."""
    for flip in decided(values).flip_points:
        assert decided({**values, flip.input: flip.flips_at}).decision == flip.decision
