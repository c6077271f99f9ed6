"""One task at given values of the inputs: what each step costs and takes on each tier, and the plan.

Values are floats at a point and arrays over draws; a plan is made of floats only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Any, TypeAlias

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
        return [self._today_usd(place) for place in range(len(self.steps))]

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
            if tier == self.today_tier:
                continue
            saved = saved + self._today_usd(place) - self.usd(place, tier)
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

    def _today_usd(self, place: int) -> Any:
        return self._usd(place, discount_rate=0.0, is_stacking=True)

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
        step, found = self.steps[place], self._figures[place]
        tokens = (
            found["input_tokens"],
            min(found["cached_tokens"], found["input_tokens"]),
            found["output_tokens"],
        )
        return _choices_of(
            found["calls"],
            tokens,
            self._prices_given,
            self._offers,
            self.is_machine_facing(place),
            step.sequential,
        )

    @cached_property
    def _prices_given(self) -> tuple[float | None, ...]:
        return tuple(self._prices.values())

    @cached_property
    def _offers(self) -> tuple[_Offer, ...]:
        """The tiers, today's first."""
        names = [self.today_tier, *(name for name in self._tiers if name != self.today_tier)]
        return tuple(
            (name, self._discounts[name], self._windows[name], bool(self._tiers[name].stacks_with_cache))
            for name in names
        )


_Offer: TypeAlias = tuple[str, float, float | None, bool]
"""A tier: name, discount, window in hours, whether it stacks with the cache."""


@lru_cache(maxsize=4096)
def _choices_of(
    calls: float,
    tokens: tuple[float, float, float],
    prices: tuple[float | None, ...],
    offers: tuple[_Offer, ...],
    is_machine_facing: bool,
    is_sequential: bool,
) -> tuple[Choice, ...]:
    """What a step may take; kept, for where one input is moved every step but one is as it was."""
    input_tokens, cached_tokens, output_tokens = tokens
    input_usd, output_usd, read_usd = prices

    def choice(offer: _Offer) -> Choice:
        name, discount_rate, window_hours, is_stacking = offer
        usd = step_usd(
            input_tokens=input_tokens,
            cached_tokens=cached_tokens,
            output_tokens=output_tokens,
            input_usd_per_mtok=input_usd,
            output_usd_per_mtok=output_usd,
            cache_read_usd_per_mtok=read_usd,
            discount_rate=discount_rate,
            is_stacking=is_stacking,
        )
        if window_hours is None:
            return Choice(name, float(usd), math.inf)
        return Choice(name, float(usd), float(step_hours(calls, window_hours, is_sequential=is_sequential)))

    today, *others = (choice(offer) for offer in offers)
    cheap = (today, *(one for one in others if one.usd <= today.usd * _DIGITS))
    return cheap if is_machine_facing else (min(cheap, key=lambda one: (one.hours, one.usd)),)


def fits(hours: float, deadline_hours: float | None) -> bool:
    """Whether it is done in time."""
    return deadline_hours is None or hours <= deadline_hours * _DIGITS


def central(values: Mapping[str, Any]) -> dict[str, Any]:
    """Draws at their mean, everything else as it is."""
    return {
        name: float(amount.mean()) if isinstance(amount, np.ndarray) else amount for name, amount in values.items()
    }
