"""The words in which a company's traffic through a gateway is described: models, kinds of work, judges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from routefit.simulate.spec import TokenPrice

Grouping = Literal["nothing", "session", "ticket_id", "task_id"]
"""What the calls of one unit share: a session that the client sends, a request tag, custom metadata, nothing."""

Evidence = Literal["none", "tickets", "judge", "thumbs", "toxicity"]
"""Which scores there are on a unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayModel:
    """A model as the gateway knows it; without a price it is paid by the replica-hour.

    `is_cache_overcharged`: the gateway's own cost books tokens read from a cache as fresh input.
    """

    provider: str
    name: str
    api_base: str
    price: TokenPrice | None = None
    is_cache_overcharged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Another team's key that grades a random share of the units; each grading call names the unit in a tag."""

    team_id: str
    team_alias: str
    key_alias: str
    model: GatewayModel
    rate: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One kind of work as its team sends it through the gateway; every rate is a probability.

    `workload` None is work that nobody owns. `failure_rate`, `timeout_rate` and `lost_usage_rate` are per planned
    call, `fallback_rate` is the share of failures that another model makes good, `cached_rate` the share of the
    input that is read from a cache, `gateway_hit_rate` the share of units that the gateway's own cache answers.
    """

    workload: str | None
    units_rate: float
    """Share of all units."""
    key_alias: str
    group: str
    """The model group that the client asks for."""
    model: GatewayModel
    team_id: str | None = None
    team_alias: str | None = None
    feature: str | None = None
    grouped_by: Grouping = "nothing"
    steps: tuple[int, int] = (1, 1)
    """Least and most planned calls of a unit."""
    think_ms: int = 2_000
    mean_input_tokens: int = 1_500
    mean_output_tokens: int = 300
    cached_rate: float = 0.0
    failure_rate: float = 0.01
    timeout_rate: float = 0.0
    fallback: GatewayModel | None = None
    fallback_rate: float = 0.0
    gateway_hit_rate: float = 0.0
    lost_usage_rate: float = 0.0
    embedding: GatewayModel | None = None
    tier: str | None = None
    judge: Judge | None = None
    evidence: Evidence = "none"
    good_rate: float = 0.9
    is_streaming: bool = False
    is_by_day_only: bool = False
    has_end_users: bool = False

    @property
    def name(self) -> str:
        """The workload, as answers name it."""
        return self.workload or "unattributed"

    @property
    def mean_calls(self) -> float:
        """Planned calls per unit."""
        return sum(self.steps) / 2 + (self.embedding is not None) + (self.judge.rate if self.judge else 0.0)
