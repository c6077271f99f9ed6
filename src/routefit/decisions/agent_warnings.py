"""What a reader of step-level routing must know: what was assumed, and which limits the plan runs into."""

from __future__ import annotations

from collections.abc import Iterator

from routefit.decisions.agent_figures import AgentStepsFigures
from routefit.decisions.agent_inputs import QUEUE_NAMES
from routefit.decisions.agent_structure import AgentSteps, step_values, tier_input
from routefit.decisions.calculator import Values
from routefit.funnel.words import few

_DAYS_PER_MONTH = 365.25 / 12
_MINUTES_PER_DAY = 24 * 60


def agent_warnings(given: AgentSteps, values: Values, figures: AgentStepsFigures) -> tuple[str, ...]:
    """All warnings."""
    return (
        *_of_deadline(values, figures),
        *_of_tiers(given, figures),
        *_of_figures(given, values),
        *_of_queue(values, figures),
        *_of_limits(given, values, figures),
    )


def _of_deadline(values: Values, figures: AgentStepsFigures) -> Iterator[str]:
    if figures.is_deadline_met is False:
        yield (
            f"the chain takes {figures.chain_hours:.4g} hours at its quickest > deadline"
            f" ({figures.deadline_hours:g} hours): nothing can move"
        )
    if values["deadline_hours"] is None:
        took = "no promise" if figures.chain_hours is None else f"{figures.chain_hours:,.4g} hours"
        yield f"no deadline was given: every machine-facing step takes its cheapest tier, the chain takes {took}"
    if values["tasks_per_month"] is not None and values["horizon_months"] is None:
        yield "no horizon was given: net USD are those of one task"


def _of_tiers(given: AgentSteps, figures: AgentStepsFigures) -> Iterator[str]:
    unknown = [name for name, tier in given.all_tiers.items() if tier.stacks_with_cache is None]
    if unknown:
        yield f"whether {', '.join(unknown)} keeps the cache is not given: cached tokens are billed as input there"
    if not any(step.facing == "machine_facing" for step in given.steps):
        yield "no step is machine-facing: people wait for all of them"
    if not figures.moved_share_rate and figures.batch_eligible_share_rate:
        yield "discounted tiers would take steps, but none of them at a lower cost within the deadline"


def _of_figures(given: AgentSteps, values: Values) -> Iterator[str]:
    no_cache = [step.name for step in given.steps if values[f"steps.{step.name}.cached_tokens"] is None]
    if no_cache:
        yield f"cached tokens are not given for {few(no_cache)}: they count as none"
    has_cached = any(step_values(step, values)["cached_tokens"] for step in given.steps)
    if has_cached and values["prices.cache_read_usd_per_mtok"] is None:
        yield "no price of cached tokens was given: they are billed as input"


def _of_queue(values: Values, figures: AgentStepsFigures) -> Iterator[str]:
    missing = [name for name in QUEUE_NAMES if values[name] is None]
    if missing and len(missing) < len(QUEUE_NAMES):
        yield f"the queue is not computed: {', '.join(missing)} not given"
    if figures.queue is not None and figures.queue.reason is not None:
        yield f"queue {figures.queue.reason}"
    if figures.queue is not None and figures.queue.wait_p95_minutes is not None and figures.deadline_hours:
        hours = figures.queue.wait_p95_minutes / 60
        if hours > figures.deadline_hours:
            yield f"waiting in the queue (p95 {hours:.4g} hours) > deadline ({figures.deadline_hours:g} hours)"


def _of_limits(given: AgentSteps, values: Values, figures: AgentStepsFigures) -> Iterator[str]:
    tasks = values["tasks_per_month"]
    if tasks is None:
        return
    per_day = tasks / _DAYS_PER_MONTH
    calls, batch_tokens, other_tokens = 0.0, 0.0, 0.0
    for step, planned in zip(given.steps, figures.plan, strict=True):
        found = step_values(step, values)
        if values[tier_input(planned.tier, "discount_rate")] > 0:
            calls += found["calls"]
            batch_tokens += found["input_tokens"]
        else:
            other_tokens += found["input_tokens"] + found["output_tokens"]
    for amount, unit, limit in (
        (calls * per_day, "calls a day", values["batch_requests_limit_per_day"]),
        (batch_tokens * per_day, "input tokens a day", values["batch_tokens_limit_per_day"]),
    ):
        if limit is not None and amount > limit:
            yield f"the discounted tiers take {limit:,.0f} {unit}, the plan sends {amount:,.0f}: tasks would wait"
    limit, interactive = values["limit_tokens_per_minute"], values["interactive_tokens_per_minute"]
    if limit is None:
        return
    agents = other_tokens * per_day / _MINUTES_PER_DAY
    if agents + (interactive or 0.0) > limit:
        yield (
            f"steps that stay take {agents:,.0f} tokens a minute on average, interactive traffic"
            f" {interactive or 0.0:,.0f}: together > the shared limit ({limit:,.0f})"
        )
