"""Own GPUs: loaded cost, tax, gate, conditions, signals, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from routefit.decisions.deciding import decide
from routefit.decisions.decision import Decision
from routefit.decisions.devolution import CHECK, devolution
from routefit.decisions.given import Given
from routefit.decisions.kinds import KINDS, Material
from routefit.decisions.self_managed import SelfManagedFigures
from routefit.decisions.self_managed_inputs import CAPABILITIES, INPUTS
from routefit.errors import BadInputError, CannotTellError
from routefit.evidence import Label

PLAIN: dict[str, Any] = {
    "gpus": 100.0,
    "gpu_usd_per_hour": 3.20,
    "engineers": 2.5,
    "goodput_per_gpu_hour": 800.0,
    "utilization_rate": 0.6,
    "serverless_usd_per_unit": 0.012,
}
SIGNALS: dict[str, Any] = {
    "quarters_below_least_gpus": 2.0,
    "oncall_engineers": 1.0,
    "specialist_seat_open_months": 4.0,
    "engine_majors_behind": 2.0,
    "quality_detection_days": 7.0,
}


def decided(changes: dict[str, Any] | None = None) -> Decision:
    """The decision on the plain numbers with changes; None takes a number away."""
    values = {**PLAIN, **(changes or {})}
    given = {name: Given(value=one, label=Label.ASSUMED) for name, one in values.items() if one is not None}
    return decide(KINDS["self-managed"].build(Material()), given, rng=np.random.default_rng(1), draws=2_000)


def figures(changes: dict[str, Any] | None = None) -> SelfManagedFigures:
    """The figures of that decision."""
    result = decided(changes).result
    assert isinstance(result, SelfManagedFigures)
    return result


def test_formula() -> None:
    """230,400 USD of GPUs and 75,000 of people over 34.56 million accepted units."""
    found = figures()
    assert found.gpu_usd_per_month == pytest.approx(230_400)
    assert found.engineering_usd_per_month == pytest.approx(75_000)
    assert found.loaded_usd_per_month == pytest.approx(305_400)
    assert found.operational_tax_ratio == pytest.approx(75_000 / 230_400)
    assert found.accepted_units_per_month == pytest.approx(100 * 720 * 800 * 0.6)
    assert found.usd_per_accepted_unit == pytest.approx(305_400 / 34_560_000)
    assert found.idle_gpu_hours == pytest.approx(72_000 * 0.4)
    assert found.required_utilization_ratio == pytest.approx(3.2 / (800 * 0.012))
    assert found.net_usd_per_month == pytest.approx(34_560_000 * 0.012 - 305_400)


def test_every_part_is_loaded() -> None:
    """Network, storage, spares, incidents and tooling; those that nobody named are named."""
    parts = {
        "network_usd_per_month": 1_000.0,
        "storage_usd_per_month": 200.0,
        "spares_usd_per_month": 30_000.0,
        "incidents_usd_per_month": 4_000.0,
        "tooling_usd_per_month": 5_000.0,
    }
    assert figures(parts).loaded_usd_per_month == pytest.approx(305_400 + 40_200)
    assert not any("counted as nothing" in warning for warning in decided(parts).warnings)
    warnings = decided({**parts, "spares_usd_per_month": None}).warnings
    assert any("counted as nothing: spare capacity" in warning for warning in warnings)


def test_a_lease_has_a_price_per_gpu_hour() -> None:
    """It stands for the price of a GPU-hour, and says so where both are given."""
    found = decided({"gpus": 8.0, "fleet_usd_per_month": 25_500.0})
    assert isinstance(found.result, SelfManagedFigures)
    assert found.result.gpu_usd_per_hour == pytest.approx(25_500 / 5_760)
    assert any("lease" in warning for warning in found.warnings)
    assert "gpu_usd_per_hour" not in {one.input for one in found.evidence.inputs}


@pytest.mark.parametrize(
    ("changes", "units", "utilization"),
    [
        pytest.param({}, 34_560_000, 0.6, id="goodput and utilization"),
        pytest.param({"accepted_units_per_month": 1e6}, 34_560_000, 0.6, id="they go before the units as counted"),
        pytest.param(
            {"utilization_rate": None, "accepted_units_per_month": 28_800_000.0},
            28_800_000,
            0.5,
            id="utilization from the units",
        ),
        pytest.param(
            {"utilization_rate": None, "goodput_per_gpu_hour": None, "accepted_units_per_month": 1e6},
            1e6,
            None,
            id="units alone",
        ),
        pytest.param({"goodput_per_gpu_hour": None}, None, 0.6, id="utilization alone"),
        pytest.param({"utilization_rate": None}, None, None, id="goodput alone"),
    ],
)
def test_units(changes: dict[str, Any], units: float | None, utilization: float | None) -> None:
    """What is served, and which share of the goodput that is; unknown is not 0."""
    found = figures(changes)
    assert found.accepted_units_per_month == (None if units is None else pytest.approx(units))
    assert found.average_utilization_ratio == (None if utilization is None else pytest.approx(utilization))
    assert (found.usd_per_accepted_unit is None) is (units is None)
    assert (found.idle_gpu_hours is None) is (utilization is None)


@pytest.mark.parametrize(
    ("changes", "clears"),
    [
        pytest.param({}, True, id="60% used, 33% needed"),
        pytest.param({"utilization_rate": 0.3}, False, id="30% used, 33% needed"),
        pytest.param({"serverless_usd_per_unit": None}, None, id="serverless unknown"),
        pytest.param({"goodput_per_gpu_hour": None, "accepted_units_per_month": 1e6}, None, id="goodput unknown"),
        pytest.param({"dedicated_usd_per_gpu_hour": 6.0}, False, id="managed dedicated's own price: 62.5% needed"),
        pytest.param({"dedicated_ops_usd_per_hour": 300.0}, False, id="its running cost: 64.6% needed"),
    ],
)
def test_utilization_gate(changes: dict[str, Any], clears: bool | None) -> None:
    """Section 7.3 first."""
    assert figures(changes).clears_utilization_gate is clears


@pytest.mark.parametrize(
    ("changes", "decision"),
    [
        pytest.param({}, "self_manage", id="cheaper, gate cleared, conditions unknown and listed"),
        pytest.param({"serverless_usd_per_unit": None}, "stay", id="nothing to compare with"),
        pytest.param({"goodput_per_gpu_hour": None}, "stay", id="units unknown"),
        pytest.param(
            {"serverless_usd_per_unit": None, "dedicated_usd_per_unit": 0.02}, "stay", id="cheaper, gate unknown"
        ),
        pytest.param({"dedicated_usd_per_unit": 0.008}, "stay", id="managed dedicated is cheaper still"),
        pytest.param({"dedicated_usd_per_unit": 0.009}, "self_manage", id="cheaper than both"),
        pytest.param({"other_usd_per_unit": 0.004}, "stay", id="people on the fleet's units eat it"),
        pytest.param({"gpus": 10.0}, "stay", id="too few GPUs to carry the people"),
        pytest.param({"is_control_needed": False}, "stay", id="no need for control"),
        pytest.param({"has_volume": False}, "stay", id="the volume does not last"),
        pytest.param({"has_autoscaling": False}, "stay", id="a gap in the checklist"),
        pytest.param(
            {"has_autoscaling": False, "has_capabilities": True}, "self_manage", id="the whole list says yes"
        ),
        pytest.param({"engine_majors_behind": 2.0}, "self_manage", id="one signal"),
        pytest.param({"engine_majors_behind": 2.0, "oncall_engineers": 1.0}, "devolve", id="two signals"),
        pytest.param(
            {**SIGNALS, "serverless_usd_per_unit": None, "goodput_per_gpu_hour": None},
            "devolve",
            id="signals alone",
        ),
        pytest.param({"is_running": True}, "self_manage", id="it runs, and pays"),
        pytest.param({"is_running": True, "gpus": 10.0}, "devolve", id="it runs, and costs more"),
        pytest.param(
            {"is_running": True, "serverless_usd_per_unit": None}, "stay", id="it runs, nothing compared"
        ),
    ],
)
def test_decisions(changes: dict[str, Any], decision: str) -> None:
    """Permission to move never rests on an unknown gate or alternative."""
    assert decided(changes).decision == decision


@pytest.mark.parametrize("name", SIGNALS)
def test_each_signal_fires_at_its_limit(name: str) -> None:
    """At the limit it fires, just on the other side it does not, unknown it is listed."""
    silent = {
        "quarters_below_least_gpus": 1.0,
        "oncall_engineers": 2.0,
        "specialist_seat_open_months": 3.0,
        "engine_majors_behind": 1.0,
        "quality_detection_days": 6.0,
    }
    assert len(figures({**silent, name: SIGNALS[name]}).devolution.fired) == 1
    assert figures(silent).devolution.fired == ()
    without = figures({**silent, name: None}).devolution
    assert (len(without.unknown), without.fired, without.check) == (1, (), None)


def test_two_signals_say_what_to_check() -> None:
    """And so does a running fleet that costs more than the alternative."""
    everything = {"least_gpus": 50.0, **SIGNALS}
    assert devolution(everything).check == CHECK
    assert len(devolution(everything).fired) == 5
    assert figures({"is_running": True, "gpus": 10.0}).devolution.check == CHECK
    assert figures({"is_running": True}).devolution.check is None


def test_nothing_compared_is_said() -> None:
    """No finding: the reasons, the warning, and the net value of cost alone."""
    found = decided({"serverless_usd_per_unit": None})
    assert isinstance(found.result, SelfManagedFigures)
    assert found.result.net_usd_per_month is None
    assert any("no alternative is known" in reason for reason in found.result.reasons)
    assert any("stay is no finding" in warning for warning in found.warnings)
    assert found.monte_carlo.expected_net_usd["self_manage"] == pytest.approx(-305_400, rel=0.01)


@pytest.mark.parametrize(
    ("changes", "warning"),
    [
        pytest.param({"engineers": 1.0}, "on call every night", id="one engineer"),
        pytest.param({"gpus": 49.0}, "managed dedicated almost always", id="a small fleet"),
        pytest.param(
            {"utilization_rate": None, "accepted_units_per_month": 1e9},
            "goodput is too low",
            id="more than goodput",
        ),
        pytest.param({}, "conditions that nobody answered", id="unknown conditions"),
    ],
)
def test_warnings(changes: dict[str, Any], warning: str) -> None:
    """What a reader must know."""
    assert any(warning in one for one in decided(changes).warnings)


def test_checklist_answers_for_itself() -> None:
    """All nine parts make the condition; one unknown leaves it unknown."""
    all_parts: dict[str, Any] = {one.name: True for one in CAPABILITIES}
    assert "the team has the whole capability checklist" not in figures(all_parts).conditions.missing
    partly = figures({**all_parts, "has_autoscaling": None})
    assert "the team has the whole capability checklist" in partly.conditions.unknown
    assert partly.capabilities.missing == ("autoscaling",)


def test_rollbacks() -> None:
    """The share of updates that are taken back; unknown without updates."""
    assert figures({"updates_per_quarter": 8.0, "rollbacks_per_quarter": 2.0}).rollback_rate == 0.25
    assert figures({"updates_per_quarter": 0.0, "rollbacks_per_quarter": 0.0}).rollback_rate is None
    with pytest.raises(BadInputError, match="at most the 2 updates"):
        decided({"updates_per_quarter": 2.0, "rollbacks_per_quarter": 3.0})


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        pytest.param({"gpus": None}, CannotTellError, "--gpus", id="no fleet"),
        pytest.param({"gpu_usd_per_hour": None}, CannotTellError, "--gpu-usd-per-hour", id="no price"),
        pytest.param({"gpus": 0.0}, BadInputError, "--gpus", id="a fleet of none"),
        pytest.param({"gpu_usd_per_hour": 0.0}, BadInputError, "--gpu-usd-per-hour", id="free GPUs have no tax"),
        pytest.param({"utilization_rate": 0.0}, BadInputError, "--utilization-rate", id="nothing served"),
        pytest.param({"utilization_rate": 60.0}, BadInputError, "60% is 0.6", id="a percentage"),
        pytest.param({"goodput_per_gpu_hour": 0.0}, BadInputError, "--goodput-per-gpu-hour", id="no goodput"),
        pytest.param({"tokens_per_second": 0.0}, BadInputError, "--tokens-per-second", id="no tokens"),
        pytest.param({"engineers": -1.0}, BadInputError, "--engineers", id="negative people"),
    ],
)
def test_refusals(changes: dict[str, Any], error: type[Exception], message: str) -> None:
    """Missing is exit 3, what cannot be is exit 2."""
    with pytest.raises(error, match=message):
        decided(changes)


def test_options_come_first() -> None:
    """As the protocol of a calculator asks."""
    has_option = [one.option is not None for one in INPUTS]
    assert has_option == sorted(has_option, reverse=True)
