"""Words for a kind that has none of its own: its decision, and its figures under the names of the JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from routefit.decisions.decision import Decision
from routefit.funnel.words import count, usd
from routefit.report.decisions.words import DecisionWords
from routefit.report.money import UNKNOWN


def plain_words(decision: Decision) -> DecisionWords:
    """The decision with every figure of its result."""
    return DecisionWords(
        headline=decision.decision.replace("_", " "),
        figures=tuple(_rows("", decision.result.model_dump(mode="json"))),
        naive=f"{decision.naive.decision.replace('_', ' ')}: {decision.naive.why}",
    )


def _rows(before: str, figures: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in figures.items():
        label = f"{before}{name.replace('_', ' ')}"
        if isinstance(value, dict):
            yield from _rows(f"{label}: ", value)
        else:
            yield label, _shown(name, value)


def _shown(name: str, value: Any) -> str:
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float | int):
        return usd(value) if "usd" in name.split("_") else count(value)
    if isinstance(value, list):
        return "; ".join(str(one) for one in value) or "none"
    return str(value)
