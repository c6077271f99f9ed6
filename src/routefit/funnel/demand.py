"""What the traces say about a workload's demand, and what the workload declares instead.

A declared figure goes before a measured one. Quantiles are nearest-rank per call; the rates per minute are the
p95 over all UTC minutes from the workload's first call to its last, empty ones included.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from routefit.declared.model import Workload
from routefit.evidence import Evidence, Fact, Label

_Positive = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class MeasuredDemand(BaseModel):
    """Figures of one workload over the window; None is not measured.

    `is_sampled`: the ledger holds only a share of the units. Quantiles per call stand; a rate per minute is then
    only a lower bound, for the p95 of a sample cannot be scaled to that of the whole.
    `units_per_month` and `peak_accepted_units_per_hour` (the highest hour) are of all routes together.
    `serverless_usd_per_accepted_unit` is the cost of the cheapest route paid by the token, in the same scope as
    the capacity cost it is held against.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    input_p95: _Positive | None = None
    input_p99: _Positive | None = None
    output_p99: _Positive | None = None
    p95_requests_per_minute: _Positive | None = None
    p95_tokens_per_minute: _Positive | None = None
    accepted_units_per_hour: _Positive | None = None
    peak_accepted_units_per_hour: _Positive | None = None
    units_per_month: _Positive | None = None
    serverless_usd_per_accepted_unit: _Positive | None = None
    calls: int = Field(default=0, ge=0)
    is_sampled: bool = False
    as_of: date | None = None

    @property
    def evidence(self) -> Evidence:
        """The evidence of what is said per call."""
        return Evidence(label=Label.MEASURED, source="traces", as_of=self.as_of)

    @property
    def volume_evidence(self) -> Evidence:
        """The evidence of volumes: a sample's are scaled up."""
        label = Label.ESTIMATED if self.is_sampled else Label.MEASURED
        return Evidence(label=label, source="traces", as_of=self.as_of)


class MeasuredLatency(BaseModel):
    """One route's latency on one workload at the percentile that the workload's SLO names; None: not measured."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ttft_ms: _Positive | None = None
    tpot_ms: _Positive | None = None
    e2e_ms: _Positive | None = None
    calls: int = Field(default=0, ge=0)
    as_of: date | None = None


class Required(BaseModel):
    """A figure that a workload needs; `is_at_least` marks a lower bound.

    `evidence` is None for a requirement that the team states: that is a decision, not a fact.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    amount: float
    evidence: Evidence | None
    is_at_least: bool = False


def weakest_of(*evidence: Evidence | None) -> Evidence:
    """The weakest of the given evidence; of nothing, UNKNOWN."""
    given = [one for one in evidence if one is not None]
    return max(given, key=lambda one: one.label.weakness, default=Evidence(label=Label.UNKNOWN))


def required_context(workload: Workload, demand: MeasuredDemand) -> tuple[Required | None, Required | None]:
    """(tokens without which the route fails, tokens without which it warns).

    The first is the larger of `needs.context_tokens` and the p95 of input, the second p99 input + p99 output.
    """
    tokens = workload.tokens
    p95 = _figure(tokens.input_p95, demand.input_p95, demand)
    stated = workload.needs.context_tokens
    if stated is not None and (p95 is None or stated > p95.amount):
        p95 = Required(amount=stated, evidence=None)
    inputs = _figure(tokens.input_p99, demand.input_p99, demand)
    outputs = _figure(tokens.output_p99, demand.output_p99, demand)
    if inputs is None or outputs is None:
        return p95, None
    return p95, Required(
        amount=inputs.amount + outputs.amount, evidence=weakest_of(inputs.evidence, outputs.evidence)
    )


def required_requests(workload: Workload, demand: MeasuredDemand) -> Required | None:
    """p95 requests per minute."""
    return _rate(workload.demand.p95_requests_per_minute, demand.p95_requests_per_minute, demand)


def required_tokens(workload: Workload, demand: MeasuredDemand) -> Required | None:
    """p95 tokens per minute, input and output together."""
    return _rate(workload.demand.p95_tokens_per_minute, demand.p95_tokens_per_minute, demand)


def required_peak(workload: Workload, demand: MeasuredDemand) -> Required | None:
    """Accepted units in the highest hour, at the declared volume where there is one."""
    return _at_declared_volume(workload, demand, demand.peak_accepted_units_per_hour)


def required_volume(workload: Workload, demand: MeasuredDemand) -> Required | None:
    """Accepted units in a mean hour, at the declared volume where there is one."""
    return _at_declared_volume(workload, demand, demand.accepted_units_per_hour)


def _at_declared_volume(workload: Workload, demand: MeasuredDemand, measured: float | None) -> Required | None:
    """A measured hour, scaled by the declared units of a month over the measured ones: the shape stays."""
    if measured is None:
        return None
    declared, units_per_month = workload.demand.units_per_month, demand.units_per_month
    if declared.value is None or not units_per_month:
        return Required(amount=measured, evidence=demand.volume_evidence)
    return Required(
        amount=measured * declared.value / units_per_month,
        evidence=weakest_of(declared.evidence, demand.volume_evidence),
    )


def _rate(declared: Fact[float], measured: float | None, demand: MeasuredDemand) -> Required | None:
    figure = _figure(declared, measured, demand)
    if figure is None or declared.is_known:
        return figure
    return figure.model_copy(update={"is_at_least": demand.is_sampled})


def _figure(declared: Fact[int] | Fact[float], measured: float | None, demand: MeasuredDemand) -> Required | None:
    if declared.value is not None:
        return Required(amount=declared.value, evidence=declared.evidence)
    return None if measured is None else Required(amount=measured, evidence=demand.evidence)
