"""Moves to decide on in tests: complete inputs by name, and the calculators on them."""

from __future__ import annotations

from typing import Any

import numpy as np

from routefit.decisions.calculator import Calculator
from routefit.decisions.deciding import completed, decide
from routefit.decisions.decision import Decision
from routefit.decisions.given import Given
from routefit.decisions.payback import Payback, PaybackFigures
from routefit.decisions.portfolio import Portfolio
from routefit.decisions.portfolio_payback import PortfolioFigures, PortfolioPayback
from routefit.decisions.serverless import Serverless, ServerlessFigures
from routefit.evidence import Label

CHAPTER_17: dict[str, Any] = {
    "current_lcpr_usd": 0.041,
    "target_lcpr_usd": 0.031,
    "units_per_month": 500_000.0,
    "migration_usd": 11_000.0,
}
"""The move of chapter 17: 5,000 USD a month for 11,000 USD once."""

CANARY: dict[str, Any] = {
    **CHAPTER_17,
    "current_acceptance_rate": 0.91,
    "target_acceptance_rate": 0.86,
    "current_escalation_rate": 0.031,
    "target_escalation_rate": 0.049,
}
"""The same with the rates of its canary."""


def givens(values: dict[str, Any]) -> dict[str, Given]:
    """Bare numbers as they are typed."""
    return {name: Given(value=value, label=Label.ASSUMED) for name, value in values.items() if value is not None}


def values_of(calculator: Calculator, values: dict[str, Any]) -> dict[str, Any]:
    """Every input at its point, defaults included."""
    return {name: one.value for name, one in completed(calculator, givens(values)).items()}


def payback(**changed: Any) -> PaybackFigures:
    """The figures of chapter 17's move, with changes; None takes an input away."""
    result = Payback().point(values_of(Payback(), {**CHAPTER_17, **changed})).result
    assert isinstance(result, PaybackFigures)
    return result


def serverless(**changed: Any) -> ServerlessFigures:
    """The figures of chapter 17's canary, with changes."""
    result = Serverless().point(values_of(Serverless(), {**CANARY, **changed})).result
    assert isinstance(result, ServerlessFigures)
    return result


def shared_migration(*workloads: dict[str, Any], **plan: Any) -> PortfolioFigures:
    """The figures of a migration that several workloads share."""
    calculator = PortfolioPayback(Portfolio.model_validate({"portfolio": list(workloads)}))
    result = calculator.point(values_of(calculator, plan)).result
    assert isinstance(result, PortfolioFigures)
    return result


def decided(calculator: Calculator, values: dict[str, Any]) -> Decision:
    """The decision on bare numbers."""
    return decide(calculator, givens(values), rng=np.random.default_rng(0))
