"""What a team declares: the project, its workloads, its routes and its prices, as frozen models.

The field names are the spelling of the files (`routefit.yaml`, `workloads/*.yaml`, `routes/*.yaml`,
`prices/*.yaml`). A requirement is a plain value; what describes the world is a `Fact` and carries its evidence.
Absent is unknown.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from routefit.declared.contract import Contract as Contract
from routefit.declared.decision import DecisionRequest
from routefit.declared.defaults import Defaults as Defaults
from routefit.declared.fields import Count as Count
from routefit.declared.fields import Declared as Declared
from routefit.declared.fields import Name as Name
from routefit.declared.fields import NonNegativeNumber as NonNegativeNumber
from routefit.declared.fields import PositiveCount as PositiveCount
from routefit.declared.fields import PositiveNumber as PositiveNumber
from routefit.declared.fields import PositiveRate as PositiveRate
from routefit.declared.fields import Rate as Rate
from routefit.declared.fields import Usd as Usd
from routefit.declared.fields import number
from routefit.declared.price import Price as Price
from routefit.declared.price import PriceListing as PriceListing
from routefit.declared.price import PriceSnapshot as PriceSnapshot
from routefit.evidence import Fact


class Mode(StrEnum):
    """How a route is served, in the order of growing commitment."""

    CLOSED_API = "closed_api"
    SERVERLESS_OPEN = "serverless_open"
    MANAGED_DEDICATED = "managed_dedicated"
    SELF_MANAGED = "self_managed"

    @property
    def commitment(self) -> int:
        """0 for the least committed mode."""
        return list(Mode).index(self)


class WorkloadClass(StrEnum):
    """What waits for the result."""

    HUMAN_WAITING_SYNC = "human_waiting_sync"
    HUMAN_WAITING_STREAMING = "human_waiting_streaming"
    MACHINE_WAITING = "machine_waiting"
    BATCH = "batch"
    AGENTIC = "agentic"
    REALTIME_VOICE = "realtime_voice"


class LicenceUse(StrEnum):
    """A use that a licence or terms of service may or may not permit."""

    COMMERCIAL = "commercial"
    TRAINING_ON_OUTPUTS = "training_on_outputs"
    OUTPUT_OWNERSHIP = "output_ownership"
    COMPETING_USE = "competing_use"


# --- workload ---------------------------------------------------------------------------------------------


class Unit(Declared):
    """The unit of work and its quality gate."""

    name: Name = "accepted result"
    quality_floor_rate: Rate | None = None
    human_gate: bool = False
    retry_budget: Count | None = None


SettleHours = Annotated[float, number, Field(ge=0, le=87_600)]
"""At most ten years."""


class VerdictRule(Declared):
    """What a score, a ticket status or feedback means for acceptance; `declared.verdict` reads the tests."""

    source: Literal["score", "ticket_status", "feedback", "grader", "test"] = Field(alias="from")
    name: Name | None = None
    accept: str | tuple[str, ...] | None = None
    reject: str | tuple[str, ...] | None = None
    settle_hours: SettleHours | None = None
    sampled: Literal["all", "random", "stratified", "self_selected"] | None = None


class Slo(Declared):
    """Latency objectives; `scope` says whether an attempt or the whole unit is held to them."""

    ttft_ms: PositiveNumber | None = None
    tpot_ms: PositiveNumber | None = None
    e2e_ms: PositiveNumber | None = None
    percentile: Annotated[float, number, Field(gt=0, lt=100)] = 95
    scope: Literal["attempt", "unit"] = "attempt"


class Demand(Declared):
    """How much of the work there is; what is not declared is derived from the traces."""

    units_per_month: Fact[PositiveNumber] = Fact()
    p95_requests_per_minute: Fact[PositiveNumber] = Fact()
    p95_tokens_per_minute: Fact[PositiveNumber] = Fact()


class Tokens(Declared):
    """Token quantiles per call; what is not declared is derived from the traces."""

    input_p95: Fact[PositiveCount] = Fact()
    input_p99: Fact[PositiveCount] = Fact()
    output_p99: Fact[PositiveCount] = Fact()


class Needs(Declared):
    """What the model must be able to do."""

    context_tokens: PositiveCount | None = None
    modalities_in: tuple[str, ...] | None = None
    modalities_out: tuple[str, ...] | None = None
    structured_output: bool | None = None
    tool_use: bool | None = None
    languages: tuple[str, ...] | None = None


class DataRules(Declared):
    """Where the data may go and under which terms."""

    regions: tuple[str, ...] | None = None
    zero_retention: bool | None = None
    private_network: bool | None = None
    certifications: tuple[str, ...] | None = None
    licence_uses: tuple[LicenceUse, ...] | None = None


class Caching(Declared):
    """How much of the input is a shared prefix."""

    eligible_share_rate: Fact[Rate] = Fact()
    prefix_tokens: Fact[Count] = Fact()
    ttl_s: Fact[PositiveNumber] = Fact()


class Human(Declared):
    """What people cost when a unit escalates: per case, or minutes times an hourly rate."""

    usd_per_escalation: Fact[Usd] = Fact()
    minutes_per_escalation: Fact[NonNegativeNumber] = Fact()
    usd_per_hour: Fact[Usd] = Fact()


class Ops(Declared):
    """Running cost of the workload and how it is shared among its routes."""

    usd_per_month: Fact[Usd] = Fact()
    allocation: Literal["by_units", "by_calls", "by_cost"] = "by_units"


class Eval(Declared):
    """The quality gate: which suite, and which share of the units is evaluated."""

    suite: Name | None = None
    sample_rate: PositiveRate = 1.0


class Planning(Declared):
    """The route of today and how far ahead the team plans."""

    current_route: Name | None = None
    horizon_months: PositiveNumber = 12
    migration_usd: Fact[Usd] = Fact()


class Anticipated(Declared):
    """Requirements that will hold from a date on."""

    on: date
    needs: Needs | None = None
    data: DataRules | None = None
    slo: Slo | None = None
    demand: Demand | None = None
    tokens: Tokens | None = None


class Workload(Declared):
    """A class of work with one routing policy, one SLO, one quality gate and one owner."""

    id: Name
    workload_class: WorkloadClass | None = Field(default=None, alias="class")
    owner: Name | None = None
    unit: Unit = Unit()
    verdict: tuple[VerdictRule, ...] = ()
    slo: Slo = Slo()
    demand: Demand = Demand()
    tokens: Tokens = Tokens()
    needs: Needs = Needs()
    data: DataRules = DataRules()
    caching: Caching = Caching()
    human: Human = Human()
    ops: Ops = Ops()
    eval: Eval = Eval()
    segments: tuple[Name, ...] = ()
    planning: Planning = Planning()
    anticipated: tuple[Anticipated, ...] = ()
    price_features: tuple[str, ...] = ()
    revenue_usd_per_unit: Fact[Usd] = Fact()


# --- routes ----------------------------------------------------------------------------------------------


class Limits(Declared):
    """Rate limits of the account on this route."""

    requests_per_minute: Fact[PositiveNumber] = Fact()
    tokens_per_minute: Fact[PositiveNumber] = Fact()


class BilledOn(Declared):
    """What the provider bills for calls that did not end well: nothing, the input, what was used, or all of it.

    None is unknown.
    """

    error: Literal["none", "input", "partial", "full"] | None = None
    timeout: Literal["none", "input", "partial", "full"] | None = None
    cancelled: Literal["none", "input", "partial", "full"] | None = None


TokenRatio = Annotated[float, number, Field(gt=0, le=1000)]
"""How much work an output token is, counted in input tokens."""


TokenizerRatio = Annotated[float, number, Field(ge=0.1, le=10)]
"""Tokens that a route counts for each token of the workload's current route."""


class Capacity(Declared):
    """A route that is paid by the replica-hour instead of by the token."""

    gpu_usd_per_hour: Fact[Usd] = Fact()
    gpus_per_replica: Fact[PositiveNumber] = Fact()
    min_replicas: Fact[Count] = Fact()
    max_replicas: Fact[PositiveCount] = Fact()
    goodput_per_replica_hour: Fact[PositiveNumber] = Fact()
    max_utilization_rate: Fact[Rate] = Fact()
    billing_window_minutes: Fact[PositiveNumber] = Fact()
    cold_start_s: Fact[NonNegativeNumber] = Fact()
    output_to_input_ratio: Fact[TokenRatio] = Fact()

    @property
    def is_declared(self) -> bool:
        """Whether any figure of it is known: then the route is never priced per token."""
        return any(getattr(self, name).is_known for name in type(self).model_fields)


Tier = Literal["standard", "batch", "flex", "priority"]
"""How soon a provider answers: `batch` within a day, `flex` when it has room, the others at once."""


class Route(Declared):
    """Provider, model, serving mode and configuration; every other field is a fact with evidence.

    `tokenizer_ratio`, `cache_hit_rate` and `price_decline_rate` (a year) say what its own traces cannot say yet.
    """

    id: Name
    provider: Name | None = None
    model: Name | None = None
    mode: Mode | None = None
    service_tier: Tier | None = None
    regions: Fact[tuple[str, ...]] = Fact()
    context_tokens: Fact[PositiveCount] = Fact()
    max_output_tokens: Fact[PositiveCount] = Fact()
    modalities_in: Fact[tuple[str, ...]] = Fact()
    modalities_out: Fact[tuple[str, ...]] = Fact()
    languages: Fact[tuple[str, ...]] = Fact()
    structured_output: Fact[bool] = Fact()
    tool_use: Fact[bool] = Fact()
    licence_uses: Fact[tuple[LicenceUse, ...]] = Fact()
    certifications: Fact[tuple[str, ...]] = Fact()
    zero_retention: Fact[bool] = Fact()
    private_network: Fact[bool] = Fact()
    price_features: Fact[tuple[str, ...]] = Fact()
    tokenizer_ratio: Fact[TokenizerRatio] = Fact()
    cache_hit_rate: Fact[Rate] = Fact()
    price_decline_rate: Fact[Rate] = Fact()
    tuning_controls: Fact[tuple[str, ...]] = Fact()
    adapters: Fact[tuple[str, ...]] = Fact()
    limits: Limits = Limits()
    billed_on: BilledOn = BilledOn()
    prices: tuple[Price, ...] = ()
    capacity: Capacity = Capacity()
    ops_usd_per_month: Fact[Usd] = Fact()
    is_free: bool = False
    cost_source: Literal["prices", "reported"] | None = None
    deprecated_on: Fact[date] = Fact()
    deprecation_notice_days: Fact[Count] = Fact()


# --- project ----------------------------------------------------------------------------------------------


Role = Literal["first", "step", "retry", "repair", "fallback", "subagent", "compaction", "grader", "shadow"]

Pattern = Annotated[str, Field(min_length=1)]
"""A value to compare with: `*` stands for any text, `?` for one character."""


PERSON_FIELDS = ("customer", "end_user", "user_id")
"""Fields of a call that hold an identifier of a person; all of them mean the column `customer`."""


class AttributionRule(Declared):
    """When a call's fields match (all of `when`; null: the field is absent), what the call belongs to.

    `workload` and `owner` are names, or fields to take the name from; `unit` is a field or several tried in order,
    and where none of them is there the call is a unit of its own.
    """

    when: dict[str, Pattern | tuple[Pattern, ...] | None]
    workload: Name | None = None
    unit: Name | tuple[Name, ...] | None = None
    role: Role | None = None
    customer: Name | tuple[Name, ...] | None = None
    owner: Name | None = None
    idle_minutes: PositiveNumber | None = None


SOURCES = ("litellm", "otel", "langfuse", "calls", "map")
"""What calls are imported from, by the word after `routefit import`; `map` is a map's."""


class Sampling(Declared):
    """The ledger holds only this share of the units: volumes and monthly amounts are scaled by it.

    `method` says how they were chosen: by hash or at the head of a trace, before anything was known of it, or at
    its tail, by what had happened in it; then no rate of the sample is a rate of the whole.
    """

    unit_rate: PositiveRate = 1.0
    method: Literal["hash", "head", "tail"] = "hash"


class ProjectConfig(Declared):
    """routefit.yaml."""

    name: Name
    attribution: tuple[AttributionRule, ...] = ()
    model_aliases: dict[str, str] = Field(default_factory=dict)
    billers: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    fx: dict[str, Fact[PositiveNumber]] = Field(default_factory=dict)
    sources: dict[str, Literal["cost", "structure", "both"]] = Field(default_factory=dict)
    state_url: str | None = None
    cost_source: Literal["prices", "reported"] = "prices"
    keep_identifiers: bool = False
    is_synthetic: bool = False
    sampling: Sampling = Sampling()
    decisions: tuple[DecisionRequest, ...] = ()
    defaults: Defaults = Defaults()


class Project(Declared):
    """Everything declared in one project folder."""

    config: ProjectConfig
    workloads: dict[str, Workload] = Field(default_factory=dict)
    routes: dict[str, Route] = Field(default_factory=dict)
    prices: tuple[PriceListing, ...] = ()
    contracts: dict[str, Contract] = Field(default_factory=dict)
