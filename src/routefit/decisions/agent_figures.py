"""What step-level routing answers with."""

from __future__ import annotations

from routefit.decisions.checkpoint import CheckpointFigures
from routefit.decisions.decision import Figures, Naive
from routefit.decisions.queue_wait import QueueFigures


class PlannedStep(Figures):
    """A step on its tier; `hours` None: the tier promises nothing."""

    step: str
    tier: str
    facing: str
    today_usd_per_task: float
    routed_usd_per_task: float
    hours: float | None


class AgentStepsFigures(Figures):
    """A task in figures. `is_deadline_met` None: no deadline; `chain_hours` None: a tier promises nothing.

    `batch_eligible_share_rate` is the share of today's cost in machine-facing steps that some discounted tier
    would take within the deadline, each looked at alone; `moved_share_rate` what the plan moves.
    """

    today_usd_per_task: float
    routed_usd_per_task: float
    saving_ratio: float
    batch_eligible_share_rate: float
    plan: tuple[PlannedStep, ...]
    chain_hours: float | None
    is_deadline_met: bool | None
    checkpoint: CheckpointFigures | None
    queue: QueueFigures | None
    batch_eligible_calls_rate: float
    moved_share_rate: float
    today_chain_hours: float
    deadline_hours: float | None
    saving_usd_per_month: float | None


class AgentStepsNaive(Naive):
    """The largest discount on every machine-facing step, whatever the cache and the chain's deadline say."""

    saving_ratio: float
    chain_hours: float | None
