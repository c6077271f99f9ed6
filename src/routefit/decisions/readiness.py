"""Conditions that all have to hold before something is done, of which each may be unknown.

    ready = every condition is known to hold

A condition that nobody answered is missing information: it is listed, and never counts as holding.
Source: field guide, chapter 19 (readiness scorecard) and 20; sections 7.4 and 7.5 of the domain.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from routefit.decisions.decision import Figures
from routefit.decisions.given import Input, Quantity


class Condition(Figures):
    """One condition: its name as an input, and what holds when it is met, in words."""

    name: str
    words: str

    @property
    def input(self) -> Input:
        """The flag by which it is answered."""
        return Input(name=self.name, quantity=Quantity.FLAG, meaning=f"whether this holds: {self.words}")


class Readiness(Figures):
    """`missing` are the conditions not known to hold, in words; `unknown` those of them that nobody answered."""

    ready: bool
    missing: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def failed(self) -> tuple[str, ...]:
        """Conditions that are known not to hold."""
        return tuple(words for words in self.missing if words not in self.unknown)


def readiness(conditions: Iterable[Condition], answers: Mapping[str, bool | None]) -> Readiness:
    """What holds of the conditions by the answers; None is unknown."""
    judged = [(condition.words, answers[condition.name]) for condition in conditions]
    return Readiness(
        ready=all(holds is True for _, holds in judged),
        missing=tuple(words for words, holds in judged if holds is not True),
        unknown=tuple(words for words, holds in judged if holds is None),
    )
