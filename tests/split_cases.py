"""Splits over providers and steps of tasks for tests: as a file would say them, and decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from routefit.decisions.agent_figures import AgentStepsFigures
from routefit.decisions.agent_structure import AgentSteps
from routefit.decisions.calculator import Calculator
from routefit.decisions.deciding import completed, decide
from routefit.decisions.decision import Decision, Figures
from routefit.decisions.given import Given
from routefit.decisions.kinds import KINDS, Material
from routefit.decisions.multi_source_figures import MultiSourceFigures
from routefit.decisions.providers import Providers
from routefit.evidence import Label

FAST: dict[str, Any] = {
    "name": "fast",
    "baseline": True,
    "share_rate": 0.3,
    "usd_per_unit": 0.010,
    "error_rate": 0.01,
    "acceptance_rate": 0.90,
    "cache_hit_before_rate": 0.72,
    "cache_hit_after_rate": 0.45,
    "cache_discount_rate": 0.5,
    "input_share_rate": 0.55,
    "ops_usd_per_month": 650,
}
"""The story of chapter 21: two providers of one model, 30% of the traffic at the faster one."""

CHEAP: dict[str, Any] = {
    **FAST,
    "name": "cheap",
    "baseline": False,
    "share_rate": 0.7,
    "usd_per_unit": 0.010 * (1 - 0.25 / 0.7),
    "error_rate": 0.05,
    "acceptance_rate": 0.885,
}
"""At 70% of the traffic its price takes 25% off; its calls fail four points more often."""

UNITS = 2_000_000.0

PRICES = {"input_usd_per_mtok": 3, "output_usd_per_mtok": 15, "cache_read_usd_per_mtok": 0.3}


def amounts(most: float) -> st.SearchStrategy[float]:
    """From 0 to `most`; nothing between 0 and a billionth, as no input has it."""
    return st.floats(0.0, most).map(lambda amount: round(amount, 9))


def split(
    *providers: Mapping[str, Any], draws: int = 2_000, tables: Mapping[str, Any] | None = None, **given: Any
) -> Decision:
    """The decision on these providers, by default those of the story."""
    structure = Providers.model_validate({"providers": [*(providers or (FAST, CHEAP))]})
    typed: dict[str, Any] = {"units_per_month": UNITS, "has_parity": True, **given}
    return decide(
        KINDS["multi-source"].build(Material(structure=structure, tables=tables or {})),
        _given(typed),
        rng=np.random.default_rng(1),
        draws=draws,
    )


def split_figures(
    *providers: Mapping[str, Any], tables: Mapping[str, Any] | None = None, **given: Any
) -> MultiSourceFigures:
    """The figures at the point, without draws and flips."""
    structure = Providers.model_validate({"providers": [*(providers or (FAST, CHEAP))]})
    typed: dict[str, Any] = {"units_per_month": UNITS, "has_parity": True, **given}
    result = _result(KINDS["multi-source"].build(Material(structure=structure, tables=tables or {})), typed)
    assert isinstance(result, MultiSourceFigures)
    return result


def step(name: str, **changes: Any) -> dict[str, Any]:
    """A machine-facing step of ten calls in a row: 200,000 input tokens, 10,000 output tokens, nothing cached."""
    return {
        "name": name,
        "calls": 10,
        "input_tokens": 200_000,
        "output_tokens": 10_000,
        "cached_tokens": 0,
        "facing": "machine_facing",
        "sequential": True,
    } | changes


def task(
    *steps: Mapping[str, Any],
    tiers: Mapping[str, Any] | None = None,
    prices: Mapping[str, Any] | None = None,
    draws: int = 2_000,
    **given: Any,
) -> Decision:
    """The decision on a task of these steps."""
    return decide(_task(steps, tiers, prices), _given(given), rng=np.random.default_rng(1), draws=draws)


def task_figures(
    *steps: Mapping[str, Any],
    tiers: Mapping[str, Any] | None = None,
    prices: Mapping[str, Any] | None = None,
    **given: Any,
) -> AgentStepsFigures:
    """The figures at the point, without draws and flips."""
    result = _result(_task(steps, tiers, prices), given)
    assert isinstance(result, AgentStepsFigures)
    return result


def _task(
    steps: Sequence[Mapping[str, Any]], tiers: Mapping[str, Any] | None, prices: Mapping[str, Any] | None
) -> Calculator:
    content: dict[str, Any] = {"prices": prices or PRICES, "steps": [*steps]}
    if tiers is not None:
        content["tiers"] = tiers
    return KINDS["agent-steps"].build(Material(structure=AgentSteps.model_validate(content)))


def _result(calculator: Calculator, typed: Mapping[str, Any]) -> Figures:
    values = {name: one.value for name, one in completed(calculator, _given(typed)).items()}
    return calculator.point(values).result


def _given(typed: Mapping[str, Any]) -> dict[str, Given]:
    """Names with two underscores stand for dots: `providers__fast__error_rate`."""
    return {
        name.replace("__", "."): Given(value=amount, label=Label.ASSUMED)
        for name, amount in typed.items()
        if amount is not None
    }
