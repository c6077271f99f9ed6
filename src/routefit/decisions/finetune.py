"""Whether a fine-tuned adapter earns back what it costs.

    payback months    = upfront / (V x saving - iteration - endpoint)      None: nothing is left to pay with, never
    break-even V      = (iteration + endpoint) / saving                    None: nothing is saved, never
    net over horizon  = months x (V x saving - iteration - endpoint) - upfront - hidden
    months            = the horizon, or until the base model is deprecated, whichever is sooner

V accepted units a month, saving in USD per accepted unit, iteration in USD a month. The endpoint counts where it
is an extra one: its share of one adapter. Upfront and hidden costs: `training_cost`; saving by fewer repairs:
`repair_loop`. `tune` needs all seven conditions of the readiness scorecard; what nobody answered is not ready.
Source: field guide, chapter 19; section 7.4 of the domain, and section 10: a payback under a day at 10,000 units a
day and 5% less cost needs units that cost 0.06 USD or more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, ClassVar, Literal

import numpy as np

from routefit.decisions import repair_loop, training_cost
from routefit.decisions.calculator import Point, Values
from routefit.decisions.decision import Figures, Naive
from routefit.decisions.finetune_inputs import CONDITIONS, DAYS_PER_MONTH, INPUTS
from routefit.decisions.given import Input
from routefit.decisions.readiness import Readiness, readiness
from routefit.decisions.repair_loop import RepairLoop, saving_usd_per_unit
from routefit.decisions.training_cost import compute_usd, hidden_usd, iteration_usd_per_month, upfront_usd
from routefit.decisions.uncertainty import Arrays
from routefit.errors import CannotTellError
from routefit.funnel.saving import payback_months
from routefit.funnel.words import count, usd


class FinetuneFigures(Figures):
    """An adapter in figures; months and units are None for "never".

    `saving_usd_per_month` is V x saving, `net_saving_usd_per_month` less iteration and endpoint. `hidden_usd` are
    data and evals that nobody named: `payback_months` leaves them out, `full_payback_months` does not.
    """

    upfront_usd: float
    saving_usd_per_month: float
    payback_months: float | None
    break_even_units_per_month: float | None
    endpoint_usd_per_month_per_adapter: float | None
    readiness: Readiness
    compute_usd: float
    hidden_usd: float
    paid_once_usd: float
    saving_usd_per_unit: float
    iteration_usd_per_month: float
    net_saving_usd_per_month: float
    full_payback_months: float | None
    benefit_months: float
    net_usd_over_horizon: float
    units_per_month: float
    repair_loop: RepairLoop | None = None


class FinetuneNaive(Naive):
    """Fine-tune everything: the training run is all that it costs."""

    upfront_usd: float
    payback_months: float | None


class Finetune:
    """Tune, not yet, or stay with the base model."""

    kind: ClassVar[str] = "finetune"
    actions: ClassVar[tuple[str, ...]] = ("stay", "tune")
    has_staying: ClassVar[bool] = True
    net_usd_over: ClassVar[Literal["horizon"]] = "horizon"

    @property
    def inputs(self) -> tuple[Input, ...]:
        """All inputs."""
        return INPUTS

    def unused(self, values: Values) -> frozenset[str]:
        """Defaults that something given stands for."""
        return frozenset({*training_cost.unused(values), *repair_loop.unused(values), *_unused(values)})

    def point(self, values: Values) -> Point:
        """All figures at one point."""
        figures = finetune_figures(values)
        gross = figures.saving_usd_per_month
        naive = FinetuneNaive(
            decision="tune" if gross > 0 else "stay",
            why="counts the training run alone: no data, no evals, nothing for keeping the adapter fit, and nobody"
            " asks whether the team is ready",
            upfront_usd=figures.compute_usd,
            payback_months=payback_months(figures.compute_usd, gross),
        )
        return Point(result=figures, naive=naive, warnings=tuple(_warnings(values, figures)))

    def net_usd(self, values: Arrays) -> Mapping[str, Any]:
        """Net USD of the adapter over the months in which it serves."""
        return {"tune": net_usd_over_horizon(values)}

    def outcomes(self, values: Arrays) -> Mapping[str, Any]:
        """Months until the adapter has paid for itself; infinite for never."""
        left = np.asarray(net_saving_usd_per_month(values), float)
        cost = np.asarray(upfront_usd(values), float)
        return {"payback_months": np.where(left > 0, cost / np.where(left > 0, left, 1.0), np.inf)}

    def decision(self, best: str, point: Point) -> str:
        """Stay where it does not pay; not yet where it would, and the team is not known to be ready."""
        if not isinstance(point.result, FinetuneFigures):
            raise TypeError(f"not a fine-tune: {type(point.result).__name__}")
        if best != "tune":
            return "stay"
        return "tune" if point.result.readiness.ready else "not_yet"


def finetune_figures(values: Values) -> FinetuneFigures:
    """All figures at one point."""
    saving, upfront, hidden = (
        float(one) for one in (saving_usd_per_unit(values), upfront_usd(values), hidden_usd(values))
    )
    left = float(net_saving_usd_per_month(values))
    monthly = float(iteration_usd_per_month(values)) + float(_extra_endpoint_usd_per_month(values))
    return FinetuneFigures(
        upfront_usd=upfront,
        saving_usd_per_month=saving * values["units_per_month"],
        payback_months=payback_months(upfront, left),
        break_even_units_per_month=monthly / saving if saving > 0 else None,
        endpoint_usd_per_month_per_adapter=endpoint_usd_per_month_per_adapter(values),
        readiness=readiness(CONDITIONS, _answers(values, saving=saving)),
        compute_usd=float(compute_usd(values)),
        hidden_usd=hidden,
        paid_once_usd=upfront + hidden,
        saving_usd_per_unit=saving,
        iteration_usd_per_month=float(iteration_usd_per_month(values)),
        net_saving_usd_per_month=left,
        full_payback_months=payback_months(upfront + hidden, left),
        benefit_months=float(benefit_months(values)),
        net_usd_over_horizon=float(net_usd_over_horizon(values)),
        units_per_month=values["units_per_month"],
        repair_loop=repair_loop.repair_loop(values),
    )


def net_saving_usd_per_month(values: Arrays) -> Any:
    """USD a month that are left of the saving, to pay for the adapter with."""
    saving = values["units_per_month"] * saving_usd_per_unit(values)
    return saving - iteration_usd_per_month(values) - _extra_endpoint_usd_per_month(values)


def net_usd_over_horizon(values: Arrays) -> Any:
    """USD over the months in which the adapter serves, against keeping the base model as it is."""
    return benefit_months(values) * net_saving_usd_per_month(values) - upfront_usd(values) - hidden_usd(values)


def benefit_months(values: Arrays) -> Any:
    """Months until the horizon or the end of the base model; CannotTellError for an end without a today."""
    months = values["horizon_months"]
    ends_on, today = values["base_deprecated_on"], values["today_on"]
    if ends_on is None:
        return months
    if not isinstance(today, date):
        raise CannotTellError(
            "finetune needs today_on: the base model's end is counted from it", next_step="--set today_on=DATE"
        )
    return np.minimum(months, max(0, (ends_on - today).days) / DAYS_PER_MONTH)


def endpoint_usd_per_month_per_adapter(values: Arrays) -> Any:
    """USD a month that one of the adapters on an endpoint bears of it; None where the endpoint has no cost."""
    endpoint = values["endpoint_usd_per_month"]
    return None if endpoint is None else endpoint / values["adapters"]


def _extra_endpoint_usd_per_month(values: Arrays) -> Any:
    if not values["is_endpoint_extra"]:
        return 0.0
    share = endpoint_usd_per_month_per_adapter(values)
    if share is None:
        raise CannotTellError(
            "finetune needs --endpoint-usd-per-month where the endpoint is an extra one",
            next_step="--endpoint-usd-per-month USD",
        )
    return share


def _answers(values: Values, *, saving: float) -> dict[str, bool | None]:
    """Each condition by its own flag, else by the one for all; the volume also by the figures."""
    answers = {
        one.name: values[one.name] if values[one.name] is not None else values["is_ready"] for one in CONDITIONS
    }
    if answers["has_volume"] is None and values["iteration_usd_per_month"] is not None:
        answers["has_volume"] = values["units_per_month"] * saving > values["iteration_usd_per_month"]
    return answers


def _unused(values: Values) -> Iterator[str]:
    if values["endpoint_usd_per_month"] is None:
        yield "adapters"
    if values["base_deprecated_on"] is None:
        yield "today_on"
    if all(values[one.name] is not None for one in CONDITIONS):
        yield "is_ready"


def _warnings(values: Values, figures: FinetuneFigures) -> Iterator[str]:
    lost = training_cost.not_named(values)
    if lost:
        yield (
            f"the cost of {' and '.join(lost)} is not given: upfront and payback leave it out, the decision counts"
            f" {usd(figures.hidden_usd)} for it ({values['hidden_cost_ratio']:g} times compute, opinion)"
        )
    if values["iteration_usd_per_month"] is None:
        yield (
            f"the iteration cost is not given: counted is the training run again every"
            f" {count(values['retrain_every_months'])} months, and nothing for data, evals and drift"
        )
    if values["saving_usd_per_unit"] is not None and values["first_pass_before_rate"] is not None:
        yield "first-pass rates are not looked at: the saving is given as an amount"
    if figures.benefit_months < values["horizon_months"]:
        yield (
            f"the base model ends on {values['base_deprecated_on']}: the adapter serves"
            f" {figures.benefit_months:.1f} of {count(values['horizon_months'])} months and does not carry over"
        )
    if figures.endpoint_usd_per_month_per_adapter is not None and not values["is_endpoint_extra"]:
        yield (
            f"the endpoint's {usd(figures.endpoint_usd_per_month_per_adapter)} a month for an adapter count as"
            " paid anyway (--set is_endpoint_extra=true where they are not)"
        )
