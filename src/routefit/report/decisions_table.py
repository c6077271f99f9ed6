"""All decisions that apply, one line each."""

from __future__ import annotations

from rich.console import Group

from routefit.answers.decide_all import DecisionsAnswer
from routefit.report.drawing import stacked, table


def decisions_text(answer: DecisionsAnswer) -> Group:
    """A table of the lines."""
    drawing = table("workload", "decision", "route", "answer")
    for line in answer.lines:
        drawing.add_row(line.workload, line.kind, line.route or "", line.decision or line.reason or "")
    return stacked([drawing])
