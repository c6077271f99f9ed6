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
from routefit.decisions.agent_structure import (
    AgentStep,
    AgentSteps,
    price_values,
    step_values,
    structure_inputs,
    tier_input,
)
from routefit.decisions.agent_warnings import agent_warnings
from routefit.decisions.calculator import Point, Values
from routefit.decisions.chain import ChainStep, Choice, chain_hours, cheapest_plan, step_hours
from routefit.decisions.given import Input
from routefit.decisions.queue_wait import QueueFigures, queue_wait
from routefit.decisions.tiers import is_undiscounted, step_usd
from routefit.decisions.uncertainty import Arrays
from routefit.errors import BadInputError, CannotTellError

_MACHINE = "machine_facing"


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
        given = self._needed()
        self._check(values)
        plan = self._plan(values)
        today = [self._today_usd(step, values) for step in given.steps]
        whole = float(sum(today))
        if whole <= 0:
            raise BadInputError(
                "a task that costs nothing today has nothing to save", next_step="prices and tokens"
            )
        routed = sum(choice.usd for choice in plan)
        hours = self._chain_hours([choice.hours for choice in plan])
        deadline, tasks = values["deadline_hours"], values["tasks_per_month"]
        eligible = [self._is_eligible(step, values) for step in given.steps]
        calls = [step_values(step, values)["calls"] for step in given.steps]
        kept = self._today_tier
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
                for step, choice, usd in zip(given.steps, plan, today, strict=True)
            ),
            chain_hours=_finite(hours),
            is_deadline_met=None if deadline is None else _fits(hours, deadline),
            checkpoint=checkpoint.checkpoint(values, task_usd=routed, chain_hours=_finite(hours)),
            queue=_queue(values),
            batch_eligible_calls_rate=_share(calls, eligible),
            moved_share_rate=_share(today, [choice.tier != kept for choice in plan]),
            today_chain_hours=self._chain_hours([self._choice(step, kept, values).hours for step in given.steps]),
            deadline_hours=deadline,
            saving_usd_per_month=None if tasks is None else tasks * (whole - routed),
        )
        is_over_horizon = tasks is not None and values["horizon_months"] is not None
        return Point(
            result=figures,
            naive=self._naive(values, whole),
            warnings=agent_warnings(given, values, figures),
            net_usd_over="horizon" if is_over_horizon else None,
        )

    def net_usd(self, values: Arrays) -> Mapping[str, Any]:
        """Net USD of the plan against leaving every step where it is."""
        saved, is_late = self._saved_usd(values)
        late = values["late_usd"]
        saved = np.where(is_late, 0.0 if late is None else saved - late, saved)
        tasks, months = values["tasks_per_month"], values["horizon_months"]
        if tasks is None or months is None:
            return {"reroute": saved}
        once = 0.0 if values["migration_usd"] is None else values["migration_usd"]
        return {"reroute": saved * tasks * months - once}

    def outcomes(self, values: Arrays) -> Mapping[str, Any]:
        """Hours of the chain and the saving as a share of today's cost."""
        whole = sum(self._today_usd(step, values) for step in self._needed().steps)
        saved, _ = self._saved_usd(values)
        plan = self._plan({name: _central(amount) for name, amount in values.items()})
        return {"chain_hours": self._hours_of(plan, values), "saving_ratio": saved / whole}

    def decision(self, best: str, point: Point) -> str:
        """As the net value says; a plan that moves nothing is staying."""
        figures = point.result
        if not isinstance(figures, AgentStepsFigures):
            raise TypeError(f"not a task's steps: {type(figures).__name__}")
        return best if figures.moved_share_rate > 0 else "stay"

    def _needed(self) -> AgentSteps:
        if self._structure is None or not self._structure.steps:
            raise CannotTellError(
                "agent-steps needs the steps of a task",
                next_step="FILE.yaml with `prices: {...}` and `steps: [{name, calls, input_tokens, ...}]`,"
                " or --workload WORKLOAD",
            )
        return self._structure

    def _check(self, values: Values) -> None:
        for step in self._needed().steps:
            found = step_values(step, values)
            if found["cached_tokens"] > found["input_tokens"]:
                raise BadInputError(
                    f"steps.{step.name}.cached_tokens: got {found['cached_tokens']:g}, expected at most the"
                    f" {found['input_tokens']:g} input tokens that they are part of",
                    next_step="input_tokens counts the cached ones too",
                )

    @cached_property
    def _today_tier(self) -> str:
        """The undiscounted tier with the shortest window: there all steps are today."""
        tiers = {name: tier for name, tier in self._needed().all_tiers.items() if is_undiscounted(tier)}
        windows = {name: tier.window_hours.ends[1] for name, tier in tiers.items() if tier.window_hours}
        return min(windows, key=lambda name: windows[name])

    def _usd(self, step: AgentStep, values: Arrays, tier: str | None) -> Any:
        """USD of a step on a tier, None: today."""
        found, prices = step_values(step, values), price_values(values)
        cached = np.minimum(found["cached_tokens"], found["input_tokens"])
        stacks = tier is None or bool(self._needed().all_tiers[tier].stacks_with_cache)
        return step_usd(
            input_tokens=found["input_tokens"],
            cached_tokens=cached,
            output_tokens=found["output_tokens"],
            **prices,
            discount_rate=0.0 if tier is None else values[tier_input(tier, "discount_rate")],
            is_stacking=stacks,
        )

    def _today_usd(self, step: AgentStep, values: Arrays) -> Any:
        return self._usd(step, values, None)

    def _hours(self, step: AgentStep, tier: str, values: Arrays) -> Any:
        window = values[tier_input(tier, "window_hours")]
        calls = step_values(step, values)["calls"]
        return math.inf if window is None else step_hours(calls, window, is_sequential=step.sequential)

    def _choice(self, step: AgentStep, tier: str, values: Values) -> Choice:
        return Choice(tier, float(self._usd(step, values, tier)), float(self._hours(step, tier, values)))

    def _choices(self, step: AgentStep, values: Values) -> tuple[Choice, ...]:
        """The tiers that a step may take; where it is today comes first."""
        today = float(self._today_usd(step, values))
        names = sorted(self._needed().all_tiers, key=lambda name: name != self._today_tier)
        found = [self._choice(step, name, values) for name in names]
        dearest = today * (1 + 1e-12)
        cheap = [one for one in found if one.usd <= dearest or one.tier == self._today_tier]
        if step.facing == _MACHINE:
            return tuple(cheap)
        return (min(cheap, key=lambda one: (one.hours, one.usd)),)

    def _plan(self, values: Values) -> tuple[Choice, ...]:
        """The cheapest plan that fits; where none does, every step stays where it is."""
        given = self._needed()
        steps = [ChainStep(self._choices(step, values), step.sequential) for step in given.steps]
        plan = cheapest_plan(steps, values["deadline_hours"])
        if plan is not None:
            return plan
        return tuple(self._choice(step, self._today_tier, values) for step in given.steps)

    def _chain_hours(self, hours: list[float]) -> float:
        return chain_hours(hours, [step.sequential for step in self._needed().steps])

    def _hours_of(self, plan: tuple[Choice, ...], values: Arrays) -> Any:
        """Hours of the chain on the tiers of a plan; on arrays each draw its own."""
        given = self._needed()
        hours = [self._hours(step, choice.tier, values) for step, choice in zip(given.steps, plan, strict=True)]
        total: Any = 0.0
        beside: Any = 0.0
        for step, one in zip(given.steps, hours, strict=True):
            if step.sequential:
                total, beside = total + beside + one, 0.0
            else:
                beside = np.maximum(beside, one)
        return total + beside

    def _saved_usd(self, values: Arrays) -> tuple[Any, Any]:
        """(saving of a task, whether it is late) on the plan made at the centre of these values."""
        given = self._needed()
        plan = self._plan({name: _central(amount) for name, amount in values.items()})
        saved: Any = 0.0
        for step, choice in zip(given.steps, plan, strict=True):
            saved = saved + self._today_usd(step, values) - self._usd(step, values, choice.tier)
        deadline = values["deadline_hours"]
        if deadline is None:
            return saved, False
        return saved, self._hours_of(plan, values) > deadline * (1 + 1e-12)

    def _is_eligible(self, step: AgentStep, values: Values) -> bool:
        """Whether a discounted tier takes the step within the deadline, looked at alone."""
        deadline = values["deadline_hours"]
        return step.facing == _MACHINE and any(
            values[tier_input(name, "discount_rate")] > 0
            and (deadline is None or _fits(float(self._hours(step, name, values)), deadline))
            for name in self._needed().all_tiers
        )

    def _naive(self, values: Values, today_usd: float) -> AgentStepsNaive:
        given = self._needed()
        discounts = {name: values[tier_input(name, "discount_rate")] for name in given.all_tiers}
        largest = max(discounts, key=lambda name: discounts[name])
        machine = [step.facing == _MACHINE for step in given.steps]
        saved = sum(
            self._today_usd(step, values) * discounts[largest]
            for step, is_machine in zip(given.steps, machine, strict=True)
            if is_machine
        )
        hours = [
            float(self._hours(step, largest if is_machine else self._today_tier, values))
            for step, is_machine in zip(given.steps, machine, strict=True)
        ]
        return AgentStepsNaive(
            decision="reroute" if saved > 0 else "stay",
            why=f"takes the discount of {largest} on every machine-facing step: cached tokens that the tier bills"
            " as input, and a chain in which each call waits for the one before, are not looked at",
            saving_ratio=saved / today_usd,
            chain_hours=_finite(self._chain_hours(hours)),
        )


def _queue(values: Values) -> QueueFigures | None:
    arrivals, minutes, servers = (values[name] for name in QUEUE_NAMES)
    if None in (arrivals, minutes, servers):
        return None
    return queue_wait(arrivals_per_hour=arrivals, service_minutes=minutes, servers=int(servers))


def _central(amount: Any) -> Any:
    return float(amount.mean()) if isinstance(amount, np.ndarray) else amount


def _fits(hours: float, deadline_hours: float) -> bool:
    return hours <= deadline_hours * (1 + 1e-12)


def _finite(hours: float) -> float | None:
    return hours if math.isfinite(hours) else None


def _share(amounts: list[Any], is_counted: list[bool]) -> float:
    total = float(sum(amounts))
    counted = sum(amount for amount, one in zip(amounts, is_counted, strict=True) if one)
    return float(counted) / total if total else 0.0
