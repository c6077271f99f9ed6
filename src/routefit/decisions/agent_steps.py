"""Whether the steps of an agent's task should go to cheaper, slower serving tiers.

    saving per task = USD of all steps today - USD of all steps on the tiers of the plan
    net USD         = saving, or saving x tasks per month x horizon - what rerouting costs once

Human-facing steps take the tier with the shortest window among those that cost no more than today; each
machine-facing step the cheapest tier such that the chain fits its deadline (`decisions.chain`); moving is never
forced. Without a deadline nothing waits for the task: each machine-facing step takes its cheapest tier.
The plan is made with every input at its point, for draws at their mean; a draw in which it then misses the
deadline saves nothing, or costs `late_usd`.
Source: field guide, chapter 21; section 7.7 of the domain.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np

from routefit.decisions import checkpoint
from routefit.decisions.agent_figures import AgentStepsFigures, AgentStepsNaive, PlannedStep
from routefit.decisions.agent_inputs import COMMON_INPUTS, LIMIT_NAMES, QUEUE_NAMES
from routefit.decisions.agent_structure import AgentSteps, structure_inputs
from routefit.decisions.agent_task import AgentTask, central, fits
from routefit.decisions.agent_warnings import agent_warnings
from routefit.decisions.calculator import Point, Values
from routefit.decisions.given import Input
from routefit.decisions.queue_wait import QueueFigures, queue_wait
from routefit.decisions.uncertainty import Arrays
from routefit.errors import BadInputError, CannotTellError


class AgentStepsCalculator:
    """Reroute steps to other tiers, or leave all where they are."""

    kind: ClassVar[str] = "agent-steps"
    actions: ClassVar[tuple[str, ...]] = ("stay", "reroute")
    has_staying: ClassVar[bool] = True
    net_usd_over: ClassVar[Literal["task"]] = "task"

    def __init__(self, structure: AgentSteps | None = None) -> None:
        self._structure = structure

    @cached_property
    def inputs(self) -> tuple[Input, ...]:
        """What belongs to no step, then prices, steps and tiers."""
        if self._structure is None:
            return COMMON_INPUTS
        return (*COMMON_INPUTS, *structure_inputs(self._structure))

    def unused(self, values: Values) -> frozenset[str]:
        """Checkpoint, queue and limits where they are not asked for; what only counts over a horizon or late."""
        names = set(checkpoint.unused(values))
        if any(values[name] is None for name in QUEUE_NAMES):
            names |= set(QUEUE_NAMES)
        if values["deadline_hours"] is None:
            names.add("late_usd")
        if values["tasks_per_month"] is None:
            names |= {"horizon_months", "migration_usd", *LIMIT_NAMES}
        if values["horizon_months"] is None:
            names.add("migration_usd")
        return frozenset(names)

    def point(self, values: Values) -> Point:
        """All figures of the task."""
        task, deadline = self._checked(values), values["deadline_hours"]
        plan, today = task.plan(deadline), task.today_usd
        tiers = [choice.tier for choice in plan]
        whole, routed = float(sum(today)), sum(choice.usd for choice in plan)
        hours, tasks = float(task.hours_on(tiers)), values["tasks_per_month"]
        eligible = [task.is_eligible(place, deadline) for place in range(len(plan))]
        figures = AgentStepsFigures(
            today_usd_per_task=whole,
            routed_usd_per_task=routed,
            saving_ratio=1 - routed / whole,
            batch_eligible_share_rate=_share(today, eligible),
            plan=tuple(
                PlannedStep(
                    step=step.name,
                    tier=choice.tier,
                    facing=step.facing,
                    today_usd_per_task=usd,
                    routed_usd_per_task=choice.usd,
                    hours=_finite(choice.hours),
                )
                for step, choice, usd in zip(task.steps, plan, today, strict=True)
            ),
            chain_hours=_finite(hours),
            is_deadline_met=None if deadline is None else fits(hours, deadline),
            checkpoint=checkpoint.checkpoint(values, task_usd=routed, chain_hours=_finite(hours)),
            queue=_queue(values),
            batch_eligible_calls_rate=_share(task.calls, eligible),
            moved_share_rate=_share(today, [tier != task.today_tier for tier in tiers]),
            today_chain_hours=float(task.hours_on([task.today_tier] * len(plan))),
            deadline_hours=deadline,
            saving_usd_per_month=None if tasks is None else tasks * (whole - routed),
        )
        is_over_horizon = tasks is not None and values["horizon_months"] is not None
        return Point(
            result=figures,
            naive=_naive(task, whole),
            warnings=agent_warnings(self._needed(), values, figures),
            net_usd_over="horizon" if is_over_horizon else None,
        )

    def net_usd(self, values: Arrays) -> Mapping[str, Any]:
        """Net USD of the plan against leaving every step where it is."""
        task, deadline = self._task(values), values["deadline_hours"]
        tiers = self._tiers(values)
        saved = task.saved_usd(tiers)
        if deadline is not None:
            late = values["late_usd"]
            is_late = task.hours_on(tiers) > deadline * (1 + 1e-12)
            saved = np.where(is_late, 0.0 if late is None else saved - late, saved)
        tasks, months = values["tasks_per_month"], values["horizon_months"]
        if tasks is None or months is None:
            return {"reroute": saved}
        once = 0.0 if values["migration_usd"] is None else values["migration_usd"]
        return {"reroute": saved * tasks * months - once}

    def outcomes(self, values: Arrays) -> Mapping[str, Any]:
        """Hours of the chain and the saving as a share of today's cost."""
        task, tiers = self._task(values), self._tiers(values)
        return {
            "chain_hours": task.hours_on(tiers),
            "saving_ratio": task.saved_usd(tiers) / sum(task.today_usd),
        }

    def decision(self, best: str, point: Point) -> str:
        """As the net value says; a plan that moves nothing is staying."""
        figures = point.result
        if not isinstance(figures, AgentStepsFigures):
            raise TypeError(f"not a task's steps: {type(figures).__name__}")
        return best if figures.moved_share_rate > 0 else "stay"

    def decision_from(self, best: str, values: Values) -> str:
        """The same without the figures; the queue refuses what it must, and staying needs no plan."""
        task = self._checked(values)
        _queue(values)
        if best == "stay":
            return best
        plan = task.plan(values["deadline_hours"])
        is_moved = [choice.tier != task.today_tier for choice in plan]
        return best if _share(task.today_usd, is_moved) > 0 else "stay"

    def _needed(self) -> AgentSteps:
        if self._structure is None or not self._structure.steps:
            raise CannotTellError(
                "agent-steps needs the steps of a task",
                next_step="FILE.yaml with `prices: {...}` and `steps: [{name, calls, input_tokens, ...}]`,"
                " or --workload WORKLOAD",
            )
        return self._structure

    def _checked(self, values: Values) -> AgentTask:
        """The task at a point; BadInputError where it cannot be one."""
        task = self._task(values)
        too_much = task.too_much_cached()
        if too_much is not None:
            raise BadInputError(
                f"steps.{too_much.name}.cached_tokens: got more than the input tokens that they are part of",
                next_step="input_tokens counts the cached ones too",
            )
        if sum(task.today_usd) <= 0:
            raise BadInputError(
                "a task that costs nothing today has nothing to save", next_step="prices and tokens"
            )
        return task

    def _task(self, values: Arrays) -> AgentTask:
        return AgentTask(self._needed(), values)

    def _tiers(self, values: Arrays) -> list[str]:
        """The tiers of the plan that is made at the centre of these values."""
        at = central(values)
        return [choice.tier for choice in self._task(at).plan(at["deadline_hours"])]


def _naive(task: AgentTask, today_usd: float) -> AgentStepsNaive:
    """The largest discount on every machine-facing step."""
    largest, discount = task.largest_discount
    machine = [task.is_machine_facing(place) for place in range(len(task.steps))]
    saved = discount * sum(usd for usd, is_machine in zip(task.today_usd, machine, strict=True) if is_machine)
    hours = task.hours_on([largest if is_machine else task.today_tier for is_machine in machine])
    return AgentStepsNaive(
        decision="reroute" if saved > 0 else "stay",
        why=f"takes the discount of {largest} on every machine-facing step: cached tokens that the tier bills"
        " as input, and a chain in which each call waits for the one before, are not looked at",
        saving_ratio=float(saved) / today_usd,
        chain_hours=_finite(float(hours)),
    )


def _queue(values: Values) -> QueueFigures | None:
    arrivals, minutes, servers = (values[name] for name in QUEUE_NAMES)
    if None in (arrivals, minutes, servers):
        return None
    return queue_wait(arrivals_per_hour=arrivals, service_minutes=minutes, servers=int(servers))


def _finite(hours: float) -> float | None:
    return hours if math.isfinite(hours) else None


def _share(amounts: list[Any], is_counted: list[bool]) -> float:
    total = float(sum(amounts))
    counted = sum(amount for amount, one in zip(amounts, is_counted, strict=True) if one)
    return float(counted) / total if total else 0.0
