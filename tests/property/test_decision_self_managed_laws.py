"""Laws of own GPUs: the tax falls with the fleet, hours add up, permission rests on no unknown, a flip flips."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routefit.decisions.deciding import decide
from routefit.decisions.decision import Decision
from routefit.decisions.given import Given
from routefit.decisions.kinds import KINDS, Material
from routefit.decisions.self_managed import SelfManagedFigures
from routefit.decisions.spread import Triangular
from routefit.evidence import Label
from settled_numbers import settled
from thorough import examples

SELF_MANAGED = KINDS["self-managed"].build(Material())

fleets = st.fixed_dictionaries(
    {
        "gpus": st.integers(1, 500).map(float),
        "gpu_usd_per_hour": st.floats(0.5, 10),
        "engineers": st.floats(0.5, 6),
        "engineer_usd_per_month": st.floats(5_000, 40_000),
        "goodput_per_gpu_hour": st.none() | st.floats(10, 5_000),
        "utilization_rate": st.none() | st.floats(0.05, 1),
        "serverless_usd_per_unit": st.none() | st.floats(1e-4, 1),
        "dedicated_usd_per_unit": st.none() | st.floats(1e-4, 1),
        "network_usd_per_month": st.none() | settled(0, 20_000),
        "is_control_needed": st.none() | st.booleans(),
        "is_running": st.none() | st.booleans(),
        "oncall_engineers": st.none() | settled(0, 4),
        "engine_majors_behind": st.none() | settled(0, 4),
    }
)


def decided(values: dict[str, Any]) -> Decision:
    """The decision on fixed numbers."""
    known = {name: Given(value=one, label=Label.ASSUMED) for name, one in values.items() if one is not None}
    return decide(SELF_MANAGED, known, rng=np.random.default_rng(0), draws=1_000)


def figures(values: dict[str, Any]) -> SelfManagedFigures:
    """The figures of that decision."""
    result = decided(values).result
    assert isinstance(result, SelfManagedFigures)
    return result


@settings(max_examples=examples(200), deadline=None)
@given(values=fleets, more=st.integers(1, 400))
def test_the_tax_falls_with_the_fleet(values: dict[str, Any], more: int) -> None:
    """The same people, more GPUs; and the fleet for a tax does not depend on today's."""
    small, large = figures(values), figures({**values, "gpus": values["gpus"] + more})
    assert large.operational_tax_ratio < small.operational_tax_ratio
    assert large.gpus_for_tax_ratio == small.gpus_for_tax_ratio
    if small.usd_per_accepted_unit is not None:
        assert large.usd_per_accepted_unit is not None
        assert large.usd_per_accepted_unit <= small.usd_per_accepted_unit * (1 + 1e-9)


@settings(max_examples=examples(200), deadline=None)
@given(values=fleets)
def test_hours_and_money_add_up(values: dict[str, Any]) -> None:
    """Idle and used hours are all hours; units times their cost is the loaded cost."""
    found = figures(values)
    hours = values["gpus"] * 720
    if found.idle_gpu_hours is not None:
        used = hours * (found.average_utilization_ratio or 0.0)
        assert found.idle_gpu_hours + used == pytest.approx(hours)
    if found.usd_per_accepted_unit is not None:
        units = found.accepted_units_per_month or 0.0
        assert found.usd_per_accepted_unit * units == pytest.approx(found.loaded_usd_per_month)


@settings(max_examples=examples(300), deadline=None)
@given(values=fleets)
def test_permission_rests_on_no_unknown(values: dict[str, Any]) -> None:
    """self_manage: cheaper than every known alternative, the gate cleared, nothing known to fail, few signals."""
    found = decided(values)
    result = found.result
    assert isinstance(result, SelfManagedFigures)
    assert len(result.devolution.fired) < 2 or found.decision == "devolve"
    if found.decision != "self_manage":
        return
    assert result.total_usd_per_accepted_unit is not None
    assert result.alternative_usd_per_unit is not None
    assert result.total_usd_per_accepted_unit < result.alternative_usd_per_unit
    assert result.clears_utilization_gate is True
    assert not result.conditions.failed
    assert result.stay_reasons == ()


@settings(max_examples=examples(60), deadline=None)
@given(values=fleets)
def test_a_range_of_no_width_is_its_point(values: dict[str, Any]) -> None:
    """Draws, point and decision agree."""
    plain = decided(values)
    given_ranges = {
        name: Given(value=one, spread=Triangular(low=one, mode=one, high=one), label=Label.ASSUMED)
        if isinstance(one, float)
        else Given(value=one, label=Label.ASSUMED)
        for name, one in values.items()
        if one is not None
    }
    found = decide(SELF_MANAGED, given_ranges, rng=np.random.default_rng(0), draws=1_000)
    assert (found.decision, found.result) == (plain.decision, plain.result)
    expected = plain.monte_carlo.expected_net_usd["self_manage"]
    assert found.monte_carlo.expected_net_usd["self_manage"] == pytest.approx(expected, rel=1e-9, abs=1e-6)


@settings(max_examples=examples(60), deadline=None)
@given(values=fleets)
def test_a_flip_point_put_back_flips(values: dict[str, Any]) -> None:
    """At each flip point the decision is the one that it names."""
    for flip in decided(values).flip_points:
        assert decided({**values, flip.input: flip.flips_at}).decision == flip.decision
