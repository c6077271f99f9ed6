"""All decisions that apply, one line each."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from rich.console import RenderableType

from routefit.answers.decide_all import DecisionLine, DecisionsAnswer
from routefit.report.basis import basis_lines
from routefit.report.decisions.registry import words_of
from routefit.report.drawing import indented, paragraph, stacked, table

_IN_BRACKETS = re.compile(r" \([^()]*\)")


def decisions_text(answer: DecisionsAnswer) -> RenderableType:
    """A line for each decision that applies, by workload, and one for those that do not."""
    return stacked(_parts(answer))


def _parts(answer: DecisionsAnswer) -> Iterator[RenderableType]:
    yield from basis_lines(
        answer.window, is_synthetic=answer.is_synthetic, sampled_unit_rate=answer.sampled_unit_rate
    )
    yield paragraph("")
    shown = [line for line in answer.lines if line.found is not None]
    if shown:
        drawing = table("workload", "decision", "route", "answer")
        for before, line in zip([None, *shown], shown, strict=False):
            is_first = before is None or before.workload != line.workload
            drawing.add_row((line.workload or "") if is_first else "", line.kind, line.route or "", headline(line))
        yield drawing
    else:
        yield paragraph("No decision applies yet.")
    left = list(left_out_lines(answer.lines))
    if left:
        yield paragraph("Does not apply:")
        yield from (indented(words, columns=4, hang="  -") for words in left)
    if shown:
        one = shown[0]
        yield paragraph(
            f"What would flip it, and how sure it is: routefit decide {one.kind} --workload {one.workload}"
        )


def headline(line: DecisionLine) -> str:
    """The answer in a line."""
    return words_of(line.found).headline if line.found is not None else ""


def left_out_lines(lines: Sequence[DecisionLine]) -> Iterator[str]:
    """`extraction: payback, serverless (no route to move to); caching (…)`, a line for each workload."""
    by_workload: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for line in lines:
        if line.found is None:
            by_workload[line.workload or ""][reason_words(line)].append(line.kind)
    for workload, reasons in by_workload.items():
        parts = [f"{', '.join(kinds)} ({reason})" for reason, kinds in reasons.items()]
        yield f"{workload}: {'; '.join(parts)}"


def reason_words(line: DecisionLine) -> str:
    """Why it does not apply, without the workload's name; of inputs that are missing their names only."""
    reason = (line.reason or "").removeprefix(f"{line.workload}: ")
    missing = reason.removeprefix(f"{line.kind} needs ")
    return reason if missing == reason else f"needs {_IN_BRACKETS.sub('', missing)}"
