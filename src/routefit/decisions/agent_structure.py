"""Steps of an agent's task, tiers and prices as FILE.yaml or the ledger give them, and the inputs they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import ValidationInfo, field_validator

from routefit.decisions.given import Input, Quantity
from routefit.decisions.providers import given_of
from routefit.decisions.tiers import DEFAULT_TIERS, DEFAULTS_SOURCE, Tier, is_undiscounted, with_today
from routefit.declared.fields import Declared, Name
from routefit.declared.ranged import NumberOrRange, Ranged
from routefit.evidence import Label


class StepPrices(Declared):
    """USD per million tokens at the interactive price; cached tokens without a price are billed as input."""

    input_usd_per_mtok: NumberOrRange | None = None
    output_usd_per_mtok: NumberOrRange | None = None
    cache_read_usd_per_mtok: NumberOrRange | None = None


class AgentStep(Declared):
    """One step of a task: token figures are totals over its calls, `input_tokens` with the cached ones.

    `sequential` False: its calls, and those of neighbouring steps of that kind, do not wait for one another.
    """

    name: Name
    calls: NumberOrRange | None = None
    input_tokens: NumberOrRange | None = None
    output_tokens: NumberOrRange | None = None
    cached_tokens: NumberOrRange | None = None
    facing: Literal["human_facing", "machine_facing"]
    sequential: bool = True

    @field_validator("cached_tokens")
    @classmethod
    def _are_part_of_the_input(cls, given: Ranged | None, info: ValidationInfo) -> Ranged | None:
        inputs = info.data.get("input_tokens")
        if given is not None and inputs is not None and given.ends[1] > inputs.ends[1]:
            raise ValueError(f"expected no more than input_tokens ({inputs.ends[1]:g}), which counts cached ones")
        return given


class AgentSteps(Declared):
    """All of it; tiers that are not given are those of the field guide."""

    prices: StepPrices = StepPrices()
    steps: tuple[AgentStep, ...] = ()
    tiers: dict[str, Tier] | None = None

    @field_validator("steps")
    @classmethod
    def _are_told_apart(cls, given: tuple[AgentStep, ...]) -> tuple[AgentStep, ...]:
        names = [one.name for one in given]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"expected each name once, {', '.join(twice)} comes more than once")
        return given

    @property
    def all_tiers(self) -> dict[str, Tier]:
        """The tiers that steps may take; today's is among them."""
        return with_today(self.tiers)


_PRICES: Mapping[str, tuple[str, bool]] = {
    "input_usd_per_mtok": ("price of input", True),
    "output_usd_per_mtok": ("price of output", True),
    "cache_read_usd_per_mtok": ("price of input read from the cache", False),
}

_TOKENS: Mapping[str, tuple[str, str, bool]] = {
    "calls": ("calls per task", "calls", True),
    "input_tokens": ("tokens per task", "input tokens, cached ones included", True),
    "output_tokens": ("tokens per task", "output tokens", True),
    "cached_tokens": ("tokens per task", "input tokens read from the cache", False),
}


def structure_inputs(given: AgentSteps) -> tuple[Input, ...]:
    """An input for each price, for each figure of each step, and for discount and window of each tier."""
    return (*_price_inputs(given), *_step_inputs(given), *_tier_inputs(given))


def _price_inputs(given: AgentSteps) -> list[Input]:
    return [
        Input(
            name=f"prices.{name}",
            quantity=Quantity.USD,
            unit="USD per million tokens",
            meaning=meaning,
            default=given_of(getattr(given.prices, name)),
            is_required=is_required,
        )
        for name, (meaning, is_required) in _PRICES.items()
    ]


def _step_inputs(given: AgentSteps) -> list[Input]:
    return [
        Input(
            name=f"steps.{step.name}.{name}",
            quantity=Quantity.NUMBER,
            unit=unit,
            meaning=f"{meaning} of {step.name}",
            default=given_of(getattr(step, name)),
            is_required=is_required,
        )
        for step in given.steps
        for name, (unit, meaning, is_required) in _TOKENS.items()
    ]


def _tier_inputs(given: AgentSteps) -> list[Input]:
    found: list[Input] = []
    for name, tier in given.all_tiers.items():
        is_default = tier is DEFAULT_TIERS.get(name)
        for figure, quantity, unit, meaning in (
            ("discount_rate", Quantity.RATE, "share of the price", "what the tier takes off"),
            ("window_hours", Quantity.NUMBER, "hours", "within which a call is answered"),
        ):
            default = given_of(getattr(tier, figure))
            if default is not None and is_default:
                default = default.model_copy(update={"label": Label.OPINION, "source": DEFAULTS_SOURCE})
            found.append(
                Input(
                    name=tier_input(name, figure),
                    quantity=quantity,
                    unit=unit,
                    meaning=f"{meaning}, {name}",
                    default=default,
                    # Where a step is undiscounted it costs what it costs today: that is no assumption.
                    is_varied=not (figure == "discount_rate" and is_undiscounted(tier)),
                )
            )
    return found


def tier_input(tier: str, figure: str) -> str:
    """`tiers.NAME.discount_rate`."""
    return f"tiers.{tier}.{figure}"


def step_values(step: AgentStep, values: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of a step by their names; cached tokens that are not known are none."""
    found = {name: values.get(f"steps.{step.name}.{name}") for name in _TOKENS}
    return {name: 0.0 if amount is None else amount for name, amount in found.items()}


def price_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """The prices by their names."""
    return {name: values.get(f"prices.{name}") for name in _PRICES}
