"""Several workloads that share one migration, and what of it was realised.

    saving = sum of the savings of the workloads that moved; before any of them did, of all

A workload that says nothing of itself while others do has not moved. The migration is paid once, by all of them.
Source: field guide, the story that opens chapter 16; section 7.1 of the domain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field, field_validator

from routefit.decisions.given import Given, Input, Quantity
from routefit.decisions.move_inputs import TRAFFIC_INPUTS
from routefit.decisions.spread import Triangular
from routefit.declared.fields import Declared, Name
from routefit.declared.ranged import NumberOrRange, Ranged, RateOrRange
from routefit.evidence import Label

_SOURCE = "portfolio"


class PortfolioWorkload(Declared):
    """One workload of a migration; the figures are those of `payback`.

    `is_realised` says whether its traffic has moved; None where nothing is said.
    """

    name: Name
    current_lcpr_usd: NumberOrRange
    target_lcpr_usd: NumberOrRange
    units_per_month: NumberOrRange
    current_acceptance_rate: RateOrRange | None = None
    target_acceptance_rate: RateOrRange | None = None
    shortfall_usd: NumberOrRange | None = None
    is_realised: bool | None = None


class Portfolio(Declared):
    """The workloads; at least one, each name once."""

    portfolio: Annotated[tuple[PortfolioWorkload, ...], Field(min_length=1)]

    @field_validator("portfolio")
    @classmethod
    def _names_each_once(cls, workloads: tuple[PortfolioWorkload, ...]) -> tuple[PortfolioWorkload, ...]:
        names = [one.name for one in workloads]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"expected each workload once, {', '.join(twice)} is there twice")
        return workloads

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the workloads."""
        return tuple(one.name for one in self.portfolio)


def portfolio_inputs(portfolio: Portfolio) -> Iterator[Input]:
    """The inputs of each workload, called WORKLOAD.INPUT, with what the file says as their default."""
    for workload in portfolio.portfolio:
        for one in TRAFFIC_INPUTS:
            name, default = f"{workload.name}.{one.name}", _given(getattr(workload, one.name))
            yield one.model_copy(update={"name": name, "option": None, "default": default})
        yield Input(
            name=f"{workload.name}.is_realised",
            quantity=Quantity.FLAG,
            meaning=f"whether the traffic of {workload.name} has moved",
            default=None
            if workload.is_realised is None
            else Given(value=workload.is_realised, label=Label.ASSUMED, source=_SOURCE),
        )


def _given(written: Ranged | None) -> Given | None:
    """The value of a file, labelled ASSUMED; a range is a triangle."""
    if written is None:
        return None
    low, mode, high = written.ends
    spread = Triangular(low=low, mode=mode, high=high) if low < high else None
    return Given(value=mode, spread=spread, label=Label.ASSUMED, source=_SOURCE)


def workload_values(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The inputs of one workload under their plain names, with those of the plan."""
    own = f"{name}."
    plain = {key.removeprefix(own): value for key, value in values.items() if key.startswith(own)}
    return {**values, **plain}


def realised_names(values: Mapping[str, Any], names: tuple[str, ...]) -> tuple[str, ...]:
    """The workloads whose saving counts: those that moved, or all while nothing is said of any."""
    said = {name: values[f"{name}.is_realised"] for name in names}
    if all(one is None for one in said.values()):
        return names
    return tuple(name for name, one in said.items() if one is True)
