"""One task at given values of the inputs: what each step costs and takes on each tier, and the plan.

Values are floats at a point and arrays over draws; a plan is made of floats only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from routefit.decisions.agent_structure import AgentStep, AgentSteps, price_values, step_values, tier_input
from routefit.decisions.chain import ChainStep, Choice, chain_hours, cheapest_plan, step_hours
from routefit.decisions.tiers import is_undiscounted, step_usd

MACHINE_FACING = "machine_facing"
_DIGITS = 1 + 1e-12
"""What fits or costs the same exactly may differ in the last digits of a sum."""


class AgentTask:
    """The steps of a structure at these values."""

    def __init__(self, structure: AgentSteps, values: Mapping[str, Any]) -> None:
        self.steps = structure.steps
        self._values = values
        self._structure = structure
        self._tiers = structure.all_tiers
        self._figures = [step_values(step, values) for step in structure.steps]
        self._prices = price_values(values)
        self._discounts = {name: values[tier_input(name, "discount_rate")] for name in self._tiers}
        self._windows = {name: values[tier_input(name, "window_hours")] for name in self._tiers}

    @cached_property
    def today_tier(self) -> str:
        """The undiscounted tier with the shortest window: there all steps are today."""
        tiers = {name: tier for name, tier in self._tiers.items() if is_undiscounted(tier)}
        windows = {name: tier.window_hours.ends[1] for name, tier in tiers.items() if tier.window_hours}
        return min(windows, key=lambda name: windows[name])

    @cached_property
    def today_usd(self) -> list[Any]:
        """USD of each step today."""
        return [self._usd(place, discount_rate=0.0, is_stacking=True) for place in range(len(self.steps))]

    @property
    def calls(self) -> list[Any]:
        """Calls of each step."""
        return [found["calls"] for found in self._figures]

    def usd(self, place: int, tier: str) -> Any:
        """USD of a step on a tier."""
        return self._usd(
            place, discount_rate=self._discounts[tier], is_stacking=bool(self._tiers[tier].stacks_with_cache)
        )

    def hours(self, place: int, tier: str) -> Any:
        """How long a step takes on a tier; infinite where it promises nothing."""
        window = self._windows[tier]
        if window is None:
            return math.inf
        return step_hours(self._figures[place]["calls"], window, is_sequential=self.steps[place].sequential)

    def plan(self, deadline_hours: float | None) -> tuple[Choice, ...]:
        """The cheapest plan that fits; where none does, every step stays where it is."""
        steps = [ChainStep(self._choices(place), step.sequential) for place, step in enumerate(self.steps)]
        plan = cheapest_plan(steps, deadline_hours)
        if plan is not None:
            return plan
        return tuple(self._choice(place, self.today_tier) for place in range(len(self.steps)))

    def hours_on(self, tiers: list[str]) -> Any:
        """Hours of the chain with its steps on these tiers."""
        hours = [self.hours(place, tier) for place, tier in enumerate(tiers)]
        return chain_hours(hours, [step.sequential for step in self.steps])

    def saved_usd(self, tiers: list[str]) -> Any:
        """What the task costs less on these tiers than today."""
        saved: Any = 0.0
        for place, tier in enumerate(tiers):
            saved = saved + self.today_usd[place] - self.usd(place, tier)
        return saved

    def is_eligible(self, place: int, deadline_hours: float | None) -> bool:
        """Whether a discounted tier takes the step within the deadline, looked at alone."""
        return self.is_machine_facing(place) and any(
            discount > 0 and fits(float(self.hours(place, name)), deadline_hours)
            for name, discount in self._discounts.items()
        )

    def is_machine_facing(self, place: int) -> bool:
        """Whether nobody waits for the step."""
        return self.steps[place].facing == MACHINE_FACING

    @property
    def largest_discount(self) -> tuple[str, float]:
        """(tier, discount) of the one that takes off most."""
        name = max(self._discounts, key=lambda tier: float(self._discounts[tier]))
        return name, self._discounts[name]

    def too_much_cached(self) -> AgentStep | None:
        """A step with more cached tokens than input."""
        pairs = zip(self.steps, self._figures, strict=True)
        return next((step for step, found in pairs if found["cached_tokens"] > found["input_tokens"]), None)

    def _usd(self, place: int, *, discount_rate: Any, is_stacking: bool) -> Any:
        found = self._figures[place]
        cached, inputs = found["cached_tokens"], found["input_tokens"]
        is_drawn = isinstance(cached, np.ndarray) or isinstance(inputs, np.ndarray)
        cached = np.minimum(cached, inputs) if is_drawn else min(cached, inputs)
        return step_usd(
            input_tokens=inputs,
            cached_tokens=cached,
            output_tokens=found["output_tokens"],
            **self._prices,
            discount_rate=discount_rate,
            is_stacking=is_stacking,
        )

    def _choice(self, place: int, tier: str) -> Choice:
        return Choice(tier, float(self.usd(place, tier)), float(self.hours(place, tier)))

    def _choices(self, place: int) -> tuple[Choice, ...]:
        """The tiers that a step may take, where it is today first; a person's step has no choice."""
        dearest = float(self.today_usd[place]) * _DIGITS
        names = [self.today_tier, *(name for name in self._tiers if name != self.today_tier)]
        found = [self._choice(place, name) for name in names]
        cheap = [one for one in found if one.usd <= dearest or one.tier == self.today_tier]
        if self.is_machine_facing(place):
            return tuple(cheap)
        return (min(cheap, key=lambda one: (one.hours, one.usd)),)


def fits(hours: float, deadline_hours: float | None) -> bool:
    """Whether it is done in time."""
    return deadline_hours is None or hours <= deadline_hours * _DIGITS


def central(values: Mapping[str, Any]) -> dict[str, Any]:
    """Draws at their mean, everything else as it is."""
    return {
        name: float(amount.mean()) if isinstance(amount, np.ndarray) else amount for name, amount in values.items()
    }
