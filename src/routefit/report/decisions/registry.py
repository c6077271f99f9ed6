"""The words of each kind of decision; a kind without an entry is told by its plain figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from routefit.decisions.decision import Decision
from routefit.report.decisions import (
    agent_steps,
    caching,
    dedicated,
    deprecation,
    finetune,
    multi_source,
    payback,
    self_managed,
    serverless,
)
from routefit.report.decisions.plain import plain_words
from routefit.report.decisions.words import DecisionWords

WORDS: Mapping[str, Callable[[Decision], DecisionWords]] = {
    "payback": payback.words,
    "serverless": serverless.words,
    "dedicated": dedicated.words,
    "finetune": finetune.words,
    "self-managed": self_managed.words,
    "multi-source": multi_source.words,
    "agent-steps": agent_steps.words,
    "caching": caching.words,
    "deprecation": deprecation.words,
}
"""By the name of the kind."""


def words_of(decision: Decision) -> DecisionWords:
    """The decision in words."""
    return WORDS.get(decision.kind, plain_words)(decision)
