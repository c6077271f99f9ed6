"""Whether one migration of several workloads pays for itself, counting what of it was realised.

    saving = sum over the workloads that moved; promised saving = sum over all of them

Everything else is as in `payback`. What was spent on workloads that never moved is spent: for them alone, a
payback of their own with what is still to be paid says whether finishing is worth it.
Source: field guide, the story that opens chapter 16 (section 10 of the domain: that waiting is cheaper follows
only from the partly realised saving); section 7.1 of the domain.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from routefit.decisions.calculator import Point, Values
from routefit.decisions.decision import Figures
from routefit.decisions.given import Input
from routefit.decisions.move_inputs import PLAN_INPUTS
from routefit.decisions.move_terms import MoveTerms, move_terms, total_terms
from routefit.decisions.move_value import drawn_payback_months, net_usd_over_horizon
from routefit.decisions.payback import (
    Payback,
    PaybackFigures,
    PaybackNaive,
    move_conditions,
    move_figures,
    move_warnings,
    refuse_one_rate,
    unused_plan,
)
from routefit.decisions.portfolio import Portfolio, portfolio_inputs, realised_names, workload_values
from routefit.decisions.uncertainty import Arrays
from routefit.funnel.staying import StayConditions


class WorkloadSaving(Figures):
    """One workload of the migration; `is_counted` says whether its saving is among what was realised."""

    name: str
    is_counted: bool
    current_usd_per_month: float
    target_usd_per_month: float
    saving_usd_per_month: float


class PortfolioFigures(PaybackFigures):
    """A shared migration: the figures of what was realised, beside what the whole of it promised.

    `realised_saving_rate` is the share of the promised saving that is realised, None where nothing was promised.
    """

    promised_saving_usd_per_month: float
    promised_net_usd_over_horizon: float
    realised_saving_rate: float | None
    by_workload: tuple[WorkloadSaving, ...]


class PortfolioPayback(Payback):
    """Move several workloads by one migration, or stay."""

    def __init__(self, portfolio: Portfolio) -> None:
        self._names = portfolio.names
        self._inputs = (*PLAN_INPUTS, *portfolio_inputs(portfolio))

    @property
    def inputs(self) -> tuple[Input, ...]:
        """Those of the plan, and those of each workload."""
        return self._inputs

    def unused(self, values: Values) -> frozenset[str]:
        """Also what a workload costs that has not moved: it enters what was promised, not the decision."""
        counted = realised_names(values, self._names)
        left_out = tuple(f"{name}." for name in self._names if name not in counted)
        idle = {name for name in values if name.startswith(left_out) and not name.endswith(".is_realised")}
        return unused_plan(values) | idle

    def point(self, values: Values) -> Point:
        """The figures of the migration."""
        for name in self._names:
            refuse_one_rate(workload_values(values, name), of=f"{name}: ")
        terms, promised = self._terms(values), self._all_terms(values)
        conditions = move_conditions(values, terms)
        costs = [workload_values(values, name) for name in self._names]
        current = sum(one["current_lcpr_usd"] * one["units_per_month"] for one in costs)
        target = sum(one["target_lcpr_usd"] * one["units_per_month"] for one in costs)
        shared = {**values, "current_lcpr_usd": current or 1.0, "target_lcpr_usd": target}
        figures = {
            **move_figures(shared, terms, conditions),
            "demanded_units_per_month": None,
            "current_usd_per_demanded_unit": None,
            "target_usd_per_demanded_unit": None,
        }
        realised, whole = float(terms.saving_usd_per_month), float(promised.saving_usd_per_month)
        result = PortfolioFigures(
            **figures,
            promised_saving_usd_per_month=whole,
            promised_net_usd_over_horizon=float(net_usd_over_horizon(values, promised)),
            realised_saving_rate=realised / whole if whole > 0 else None,
            by_workload=tuple(self._savings(values)),
        )
        return Point(
            result=result, naive=_naive(whole, values), warnings=self._warnings(values, terms, conditions)
        )

    def net_usd(self, values: Arrays) -> Mapping[str, Any]:
        """Net USD of the migration over the horizon, as far as it was realised."""
        return {"move": net_usd_over_horizon(values, self._terms(values))}

    def outcomes(self, values: Arrays) -> Mapping[str, Any]:
        """Months until what was realised has paid for the whole; infinite for never."""
        return {"payback_months": drawn_payback_months(values, self._terms(values))}

    def _terms(self, values: Arrays) -> MoveTerms:
        return self._terms_of(values, realised_names(values, self._names))

    def _all_terms(self, values: Arrays) -> MoveTerms:
        return self._terms_of(values, self._names)

    def _terms_of(self, values: Arrays, names: tuple[str, ...]) -> MoveTerms:
        return total_terms(move_terms(workload_values(values, name)) for name in names)

    def _savings(self, values: Values) -> list[WorkloadSaving]:
        counted = realised_names(values, self._names)
        by_name = {name: self._terms_of(values, (name,)) for name in self._names}
        return [
            WorkloadSaving(
                name=name,
                is_counted=name in counted,
                current_usd_per_month=float(terms.current_usd_per_month),
                target_usd_per_month=float(terms.target_usd_per_month),
                saving_usd_per_month=float(terms.saving_usd_per_month),
            )
            for name, terms in by_name.items()
        ]

    def _warnings(self, values: Values, terms: MoveTerms, conditions: StayConditions) -> tuple[str, ...]:
        found = list(move_warnings(values, terms, conditions))
        said = {name: values[f"{name}.is_realised"] for name in self._names}
        unsaid = [name for name, one in said.items() if one is None]
        if unsaid and len(unsaid) < len(said):
            found.append(f"whether {', '.join(unsaid)} has moved is not said: counted as not moved")
        return tuple(found)


def payback_of(structure: BaseModel | None) -> Payback:
    """The calculator of one workload, or of those that a file names."""
    return PortfolioPayback(structure) if isinstance(structure, Portfolio) else Payback()


def _naive(promised_usd_per_month: float, values: Values) -> PaybackNaive:
    return PaybackNaive(
        decision="move" if promised_usd_per_month > 0 else "stay",
        why="counts the whole saving of every workload from the first day, and nothing for the move",
        saving_usd_per_month=promised_usd_per_month,
        net_usd_over_horizon=promised_usd_per_month * values["horizon_months"],
    )
