"""Fine-tuning: what it costs, what it saves, whether the team is ready, and what is refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from routefit.decisions.deciding import decide
from routefit.decisions.decision import Decision
from routefit.decisions.finetune import FinetuneFigures
from routefit.decisions.finetune_inputs import CONDITIONS, INPUTS
from routefit.decisions.given import Given
from routefit.decisions.kinds import KINDS, Material
from routefit.decisions.spread import Triangular
from routefit.errors import BadInputError, CannotTellError, UndefinedError
from routefit.evidence import Label

PLAIN: dict[str, Any] = {
    "training_tokens": 75e6,
    "training_usd_per_mtok": 0.48,
    "data_usd": 4_000.0,
    "eval_usd": 164.0,
    "iteration_usd_per_month": 600.0,
    "units_per_month": 300_000.0,
    "saving_usd_per_unit": 0.005,
    "is_ready": True,
    "today_on": date(2026, 6, 1),
}


def decided(changes: dict[str, Any] | None = None, *, draws: int = 2_000) -> Decision:
    """The decision on the plain numbers with changes; None takes a number away, a Triangular is a range."""
    values = {**PLAIN, **(changes or {})}
    given = {
        name: Given(value=one.mode, spread=one, label=Label.ASSUMED)
        if isinstance(one, Triangular)
        else Given(value=one, label=Label.ASSUMED)
        for name, one in values.items()
        if one is not None
    }
    return decide(KINDS["finetune"].build(Material()), given, rng=np.random.default_rng(1), draws=draws)


def figures(changes: dict[str, Any] | None = None) -> FinetuneFigures:
    """The figures of that decision."""
    result = decided(changes).result
    assert isinstance(result, FinetuneFigures)
    return result


def test_formula() -> None:
    """Upfront 36 + 4,000 + 164; 1,500 saved, 600 to keep it fit."""
    found = figures()
    assert found.compute_usd == pytest.approx(36)
    assert found.upfront_usd == pytest.approx(4_200)
    assert found.hidden_usd == 0
    assert found.saving_usd_per_month == pytest.approx(1_500)
    assert found.net_saving_usd_per_month == pytest.approx(900)
    assert found.payback_months == pytest.approx(4_200 / 900)
    assert found.full_payback_months == found.payback_months
    assert found.break_even_units_per_month == pytest.approx(120_000)
    assert found.net_usd_over_horizon == pytest.approx(12 * 900 - 4_200)


@pytest.mark.parametrize(
    ("changes", "usd"),
    [
        pytest.param({"training_usd_per_mtok": 2.0}, 150.0, id="a rate of one's own"),
        pytest.param({"training_usd_per_mtok": None, "base_model_b_parameters": 16.0}, 36.0, id="up to 16B"),
        pytest.param({"training_usd_per_mtok": None, "base_model_b_parameters": 17.0}, 112.5, id="from 17B"),
        pytest.param({"training_usd_per_mtok": None, "base_model_b_parameters": 69.0}, 112.5, id="up to 69B"),
        pytest.param({"training_usd_per_mtok": None, "base_model_b_parameters": 70.0}, 217.5, id="from 70B"),
        pytest.param({"training_usd_per_mtok": None, "base_model_b_parameters": 100.0}, 217.5, id="up to 100B"),
        pytest.param({"epochs": 3.0}, 108.0, id="three passes"),
        pytest.param({"method": "dpo"}, 90.0, id="dpo is 2.5 at its mode"),
        pytest.param({"method": "dpo", "method_multiplier_ratio": 2.0}, 72.0, id="dpo as given"),
        pytest.param({"method": "grpo", "method_multiplier_ratio": 8.0}, 288.0, id="grpo as given"),
    ],
)
def test_training_run(changes: dict[str, Any], usd: float) -> None:
    """Tokens, passes, rate by size and method."""
    assert figures(changes).compute_usd == pytest.approx(usd)


@pytest.mark.parametrize(
    ("changes", "needed"),
    [
        pytest.param({"training_tokens": None}, "--training-tokens", id="no tokens"),
        pytest.param({"units_per_month": None}, "--units-per-month", id="no volume"),
        pytest.param({"training_usd_per_mtok": None}, "--usd-per-mtok", id="neither rate nor size"),
        pytest.param(
            {"training_usd_per_mtok": None, "base_model_b_parameters": 101.0},
            "101B",
            id="no posted rate that large",
        ),
        pytest.param({"method": "grpo"}, "--method-multiplier", id="grpo has no default"),
        pytest.param(
            {"saving_usd_per_unit": None}, "--saving-usd-per-unit, or --first-pass-before", id="no saving"
        ),
        pytest.param(
            {"saving_usd_per_unit": None, "first_pass_after_rate": 0.89},
            "--first-pass-before-rate, --repair-usd-per-unit beside",
            id="half of the repair loop",
        ),
        pytest.param(
            {
                "saving_usd_per_unit": None,
                "first_pass_before_rate": 0.62,
                "first_pass_after_rate": 0.89,
                "repair_usd_per_unit": 0.01,
                "repair_success_rate": 0.88,
            },
            "first_call_usd",
            id="failing repairs lose first calls",
        ),
        pytest.param({"is_endpoint_extra": True}, "--endpoint-usd-per-month", id="an extra endpoint of no price"),
        pytest.param(
            {"base_deprecated_on": date(2027, 1, 1), "today_on": None}, "today_on", id="an end, no today"
        ),
    ],
)
def test_what_is_needed(changes: dict[str, Any], needed: str) -> None:
    """Nothing is guessed: the error names what is missing."""
    with pytest.raises(CannotTellError, match=needed):
        decided(changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"first_pass_after_rate": 0.9}, "expected one of them", id="two ways to say what is saved"),
        pytest.param({"training_tokens": 0.0}, "more than 0", id="nothing to train on"),
        pytest.param({"adapters": 0.0}, "--adapters", id="an endpoint without adapters"),
        pytest.param({"adapters": 1.5}, "whole", id="half an adapter"),
        pytest.param({"data_usd": -1.0}, "--data-usd", id="negative money"),
        pytest.param({"horizon_months": 0.0}, "horizon_months", id="a horizon of 0"),
        pytest.param({"epochs": 0.0}, "--epochs", id="no pass"),
    ],
)
def test_refusals(changes: dict[str, Any], message: str) -> None:
    """What cannot be is refused by name."""
    with pytest.raises(BadInputError, match=message):
        decided(changes)


@pytest.mark.parametrize(
    ("changes", "usd"),
    [
        pytest.param({"data_usd": None, "eval_usd": None}, 3.5 * 36, id="neither: 3.5 times compute"),
        pytest.param({"data_usd": None, "eval_usd": 100.0}, 26.0, id="one: what the other leaves of it"),
        pytest.param({"data_usd": 4_000.0, "eval_usd": None}, 0.0, id="one that is more than all of it"),
        pytest.param({"data_usd": 0.0, "eval_usd": 0.0}, 0.0, id="both: as given"),
    ],
)
def test_hidden_costs(changes: dict[str, Any], usd: float) -> None:
    """The decision counts them, the plain payback leaves them out."""
    found = figures(changes)
    named = sum(changes[name] or 0.0 for name in ("data_usd", "eval_usd"))
    assert found.hidden_usd == pytest.approx(usd)
    assert found.upfront_usd == pytest.approx(36 + named)
    assert found.net_usd_over_horizon == pytest.approx(12 * 900 - found.upfront_usd - usd)
    warnings = " ".join(decided(changes).warnings)
    assert ("is not given: upfront" in warnings) is (None in changes.values())


def test_iteration_is_a_quarterly_training_run_by_default() -> None:
    """36 USD every three months, and a warning that data, evals and drift are not in it."""
    found = decided({"iteration_usd_per_month": None})
    assert isinstance(found.result, FinetuneFigures)
    assert found.result.iteration_usd_per_month == pytest.approx(12)
    assert any("iteration cost is not given" in warning for warning in found.warnings)
    assert figures({"iteration_usd_per_month": None, "retrain_every_months": 6.0}).iteration_usd_per_month == 6


@pytest.mark.parametrize(
    ("changes", "saving_usd"),
    [
        pytest.param({}, 0.27 * 0.01, id="every repair succeeds: the first call falls out"),
        pytest.param(
            {"repair_success_rate": 0.88, "first_call_usd": 0.01},
            0.0138 / 0.9544 - 0.0111 / 0.9868,
            id="failing repairs lose what the unit has cost",
        ),
        pytest.param({"first_pass_after_rate": 0.5}, -0.12 * 0.01, id="worse than before"),
    ],
)
def test_repair_loop(changes: dict[str, Any], saving_usd: float) -> None:
    """Saving per accepted unit by fewer repairs."""
    loop = {"first_pass_before_rate": 0.62, "first_pass_after_rate": 0.89, "repair_usd_per_unit": 0.01}
    found = figures({"saving_usd_per_unit": None, **loop, **changes})
    assert found.saving_usd_per_unit == pytest.approx(saving_usd)
    assert found.repair_loop is not None


def test_nothing_accepted_is_undefined() -> None:
    """No first answer passes, no repair succeeds: there is no accepted unit to cost anything."""
    loop = {"first_pass_before_rate": 0.0, "first_pass_after_rate": 0.5, "repair_usd_per_unit": 0.01}
    with pytest.raises(UndefinedError):
        decided({"saving_usd_per_unit": None, **loop, "repair_success_rate": 0.0, "first_call_usd": 0.01})


@pytest.mark.parametrize(
    ("changes", "decision"),
    [
        pytest.param({}, "tune", id="pays and is ready"),
        pytest.param({"is_ready": False}, "not_yet", id="pays, but the team is not ready"),
        pytest.param({"is_ready": None}, "not_yet", id="nobody said: missing information is not ready"),
        pytest.param({"has_data_at_scale": False}, "not_yet", id="one condition goes before the answer for all"),
        pytest.param({"is_ready": False, "saving_usd_per_unit": 0.0}, "stay", id="nothing saved, ready or not"),
        pytest.param({"units_per_month": 120_000.0}, "stay", id="at break-even nothing is left"),
        pytest.param({"saving_usd_per_unit": 0.0}, "stay", id="nothing saved"),
        pytest.param({"data_usd": 20_000.0}, "stay", id="paid back after the horizon"),
        pytest.param({"base_deprecated_on": date(2026, 9, 1)}, "stay", id="the base model ends before"),
        pytest.param({"base_deprecated_on": date(2026, 5, 1)}, "stay", id="the base model has ended"),
        pytest.param({"base_deprecated_on": date(2027, 3, 1)}, "tune", id="it ends late enough"),
        pytest.param(
            {"endpoint_usd_per_month": 20_000.0, "adapters": 10.0, "is_endpoint_extra": True},
            "stay",
            id="an extra endpoint eats the saving",
        ),
        pytest.param(
            {"endpoint_usd_per_month": 20_000.0, "adapters": 10.0}, "tune", id="one that is there anyway"
        ),
    ],
)
def test_decisions(changes: dict[str, Any], decision: str) -> None:
    """tune, not yet, stay."""
    assert decided(changes).decision == decision


def test_never_is_none() -> None:
    """Without a saving there is neither a payback nor a volume that pays."""
    found = figures({"saving_usd_per_unit": 0.0})
    assert (found.payback_months, found.break_even_units_per_month) == (None, None)
    assert decided({"saving_usd_per_unit": 0.0}).monte_carlo.quantiles["payback_months"].p50 is None


def test_readiness_names_what_is_missing() -> None:
    """Unknown and failed are both missing; only the unknown ones are unknown."""
    found = figures({"is_ready": None, "has_representative_evals": True, "has_data_at_scale": False}).readiness
    assert not found.ready
    assert len(found.missing) == 5
    assert found.failed == ("labelled data or preference pairs exist at scale",)
    assert len(found.unknown) == 4, "the volume is answered by the figures"


@pytest.mark.parametrize(
    ("units_per_month", "is_missing"),
    [pytest.param(300_000.0, False, id="pays the iteration"), pytest.param(100_000.0, True, id="does not")],
)
def test_volume_answers_for_itself(units_per_month: float, is_missing: bool) -> None:
    """The condition on the volume follows from volume, saving and iteration cost."""
    found = figures({"is_ready": None, "units_per_month": units_per_month}).readiness
    words = next(one.words for one in CONDITIONS if one.name == "has_volume")
    assert (words in found.missing) is is_missing


def test_endpoint_is_shared() -> None:
    """20,000 USD among 40 adapters; unknown without an endpoint."""
    assert (
        figures({"endpoint_usd_per_month": 20_000.0, "adapters": 40.0}).endpoint_usd_per_month_per_adapter == 500
    )
    assert figures().endpoint_usd_per_month_per_adapter is None


def test_the_end_of_the_base_model_bounds_the_benefit() -> None:
    """Months until then, not the horizon; a warning says so."""
    found = decided({"base_deprecated_on": date(2027, 1, 30)})
    assert isinstance(found.result, FinetuneFigures)
    assert found.result.benefit_months == pytest.approx(243 / (365.25 / 12))
    assert any("does not carry over" in warning for warning in found.warnings)


def test_only_what_is_used_is_evidence() -> None:
    """Posted rates, multipliers and days that the formula does not look at are none of it."""
    names = {one.input for one in decided().evidence.inputs}
    assert names & {"posted_16b_usd_per_mtok", "dpo_multiplier_ratio", "hidden_cost_ratio", "today_on"} == set()
    sized = decided({"training_usd_per_mtok": None, "base_model_b_parameters": 8.0, "method": "dpo"})
    by_name = {one.input: one for one in sized.evidence.inputs}
    assert by_name["posted_16b_usd_per_mtok"].label is Label.PUBLIC
    assert by_name["dpo_multiplier_ratio"].label is Label.OPINION
    assert "posted_69b_usd_per_mtok" not in by_name


def test_options_come_first() -> None:
    """As the protocol of a calculator asks."""
    has_option = [one.option is not None for one in INPUTS]
    assert has_option == sorted(has_option, reverse=True)
