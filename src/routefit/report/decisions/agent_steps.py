"""Step-level routing of an agent's task in words."""

from __future__ import annotations

from collections.abc import Iterator

from routefit.decisions.agent_figures import AgentStepsFigures, AgentStepsNaive
from routefit.decisions.decision import Decision
from routefit.funnel.words import percent, usd
from routefit.report.decisions.words import DecisionWords
from routefit.report.money import UNKNOWN


def words(decision: Decision) -> DecisionWords:
    """The decision of `agent-steps` in words."""
    figures, naive = decision.result, decision.naive
    if not isinstance(figures, AgentStepsFigures) or not isinstance(naive, AgentStepsNaive):
        raise TypeError(f"not a task's steps: {type(figures).__name__}")
    return DecisionWords(
        headline=_headline(decision.decision, figures),
        figures=tuple(_rows(figures)),
        naive=f"{naive.decision}: {percent(naive.saving_ratio)} saved in a chain of {_hours(naive.chain_hours)};"
        f" {naive.why}",
        key_figure=_key_figure(figures),
    )


def _headline(decision: str, figures: AgentStepsFigures) -> str:
    today, routed = usd(figures.today_usd_per_task), usd(figures.routed_usd_per_task)
    if decision == "reroute":
        took = _hours(figures.chain_hours)
        return f"reroute: {percent(figures.saving_ratio)} less a task ({today} to {routed}), done within {took}"
    if figures.is_deadline_met is False:
        return f"stay: a task costs {today}, and its chain is too long for the deadline as it is"
    if figures.moved_share_rate == 0:
        return f"stay: no step is cheaper on another tier in time; a task costs {today}"
    return f"stay: rerouting a task ({today} to {routed}) does not pay on average"


def _rows(figures: AgentStepsFigures) -> Iterator[tuple[str, str]]:
    yield "a task today", f"{usd(figures.today_usd_per_task)}, done within {_hours(figures.today_chain_hours)}"
    yield "a task on the plan", f"{usd(figures.routed_usd_per_task)}, done within {_hours(figures.chain_hours)}"
    for tier in dict.fromkeys(one.tier for one in figures.plan):
        yield f"on {tier}", ", ".join(one.step for one in figures.plan if one.tier == tier)
    yield (
        "could go to a discounted tier",
        f"{percent(figures.batch_eligible_share_rate)} of the cost,"
        f" {percent(figures.batch_eligible_calls_rate)} of the calls",
    )
    yield "moved by the plan", f"{percent(figures.moved_share_rate)} of the cost"
    if figures.deadline_hours is not None:
        met = "met" if figures.is_deadline_met else "missed"
        yield "deadline", f"{_hours(figures.deadline_hours)}: {met}"
    if figures.saving_usd_per_month is not None:
        yield "saved a month", usd(figures.saving_usd_per_month)
    if figures.checkpoint is not None:
        is_worth_it = figures.checkpoint.is_worth_it
        said = UNKNOWN if is_worth_it is None else "worth it" if is_worth_it else "not worth it"
        yield "checkpoint", f"{said}: {figures.checkpoint.reason}"
    if figures.queue is not None:
        yield "queue", _queue(figures)


def _queue(figures: AgentStepsFigures) -> str:
    queue = figures.queue
    if queue is None or queue.wait_p95_minutes is None or queue.depth_mean is None:
        return UNKNOWN if queue is None else queue.reason or UNKNOWN
    return (
        f"waits at most {queue.wait_p95_minutes:,.1f} minutes in 95 of 100 cases,"
        f" {queue.depth_mean:,.1f} waiting on average ({queue.model})"
    )


def _hours(hours: float | None) -> str:
    if hours is None:
        return "no promised time"
    if hours < 1 / 60:
        return f"{3600 * hours:,.1f} s"
    return f"{60 * hours:,.0f} minutes" if hours < 1 else f"{hours:,.1f} hours"


def _key_figure(figures: AgentStepsFigures) -> str | None:
    if figures.is_deadline_met is False or not figures.moved_share_rate:
        return None
    return (
        f"{percent(figures.moved_share_rate)} of the cost moves: a discount of 50% saves half of what moves,"
        " so 30 to 50% need 60 to 100%"
    )
