"""The inputs of step-level routing that belong to no single step or tier."""

from __future__ import annotations

from routefit.decisions import checkpoint
from routefit.decisions.given import Input, Quantity

QUEUE_NAMES = ("arrivals_per_hour", "service_minutes", "servers")

LIMIT_NAMES = (
    "batch_requests_limit_per_day",
    "batch_tokens_limit_per_day",
    "limit_tokens_per_minute",
    "interactive_tokens_per_minute",
)


def _figure(name: str, unit: str, meaning: str, *, is_whole: bool = False) -> Input:
    return Input(
        name=name, quantity=Quantity.NUMBER, unit=unit, meaning=meaning, is_varied=False, is_whole=is_whole
    )


COMMON_INPUTS: tuple[Input, ...] = (
    Input(
        name="deadline_hours",
        option="--deadline-hours",
        quantity=Quantity.NUMBER,
        unit="hours",
        meaning="within which a task's whole chain of steps must be done; without it nothing waits",
        is_positive=True,
    ),
    Input(
        name="tasks_per_month",
        quantity=Quantity.NUMBER,
        unit="tasks per month",
        meaning="how many tasks there are; with it and a horizon net USD are those of the horizon",
        is_positive=True,
    ),
    Input(
        name="horizon_months",
        quantity=Quantity.NUMBER,
        unit="months",
        meaning="how far ahead the plan reaches",
        is_positive=True,
    ),
    Input(
        name="migration_usd",
        quantity=Quantity.USD,
        unit="USD",
        meaning="what rerouting costs once; counted over a horizon",
    ),
    Input(
        name="late_usd",
        quantity=Quantity.USD,
        unit="USD per task",
        meaning="what a task costs that misses its deadline; without it such a task saves nothing",
    ),
    *checkpoint.INPUTS,
    _figure("arrivals_per_hour", "tasks per hour", "tasks that enter the background queue"),
    _figure("service_minutes", "minutes", "how long one task keeps a server busy"),
    _figure("servers", "servers", "how many tasks are served at once", is_whole=True),
    _figure("batch_requests_limit_per_day", "calls per day", "most calls that the discounted tiers take"),
    _figure("batch_tokens_limit_per_day", "tokens per day", "most input tokens that the discounted tiers take"),
    _figure("limit_tokens_per_minute", "tokens per minute", "rate limit shared with interactive traffic"),
    _figure("interactive_tokens_per_minute", "tokens per minute", "what interactive traffic takes of that limit"),
)
