"""One decision on the terminal: the answer, the naive one, what flips it, how sure it is, what it rests on."""

from __future__ import annotations

from rich.console import Group

from routefit.decisions.decision import Decision
from routefit.report.drawing import heading, paragraph, stacked, table


def decision_text(answer: Decision) -> Group:
    """The whole answer."""
    figures = table("figure", "value", right=(1,))
    for name, value in answer.result.model_dump(mode="json").items():
        figures.add_row(name, str(value))
    title = heading(answer.decision.replace("_", " "))
    return stacked([title, paragraph(f"naive: {answer.naive.decision}"), figures])
