"""The funnel of a workload: at each stage how many candidates came in and went on, and what stopped the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table

from routefit.answers.funnel import FunnelAnswer, Stage, StageRow
from routefit.funnel.verdict import Verdict
from routefit.report.basis import basis_lines
from routefit.report.drawing import heading, indented, paragraph, stacked, table
from routefit.report.money import UNKNOWN

STAGES = {
    "constraints": "Constraints: can it run there at all?",
    "screen": "Screen: does it reach the quality floor?",
    "economics": "Economics: what does an accepted unit cost?",
    "matrix": "Matrix: what remains to choose from",
}


def funnel_text(answers: Sequence[FunnelAnswer]) -> RenderableType:
    """The stages of each workload, one after the other."""
    return stacked(_parts(answers))


def _parts(answers: Sequence[FunnelAnswer]) -> Iterator[RenderableType]:
    if not answers:
        yield paragraph("No workload is declared or has calls. Next: routefit import calls FILE...")
        return
    first = answers[0]
    yield from basis_lines(
        first.window, is_synthetic=first.is_synthetic, sampled_unit_rate=first.sampled_unit_rate
    )
    for answer in answers:
        yield paragraph("")
        yield heading(answer.workload)
        for stage in answer.stages:
            yield from _stage(stage)


def _stage(stage: Stage) -> Iterator[RenderableType]:
    yield paragraph("")
    yield indented(f"{STAGES[stage.stage]} {stage.candidates_in} in, {stage.candidates_out} on", columns=2)
    if stage.stage == "constraints":
        yield _constraints(stage)
    elif stage.candidates or stage.outdated:
        yield _verdicts(stage)


def _constraints(stage: Stage) -> Table:
    """Of each route what weighs most: what it fails, else what is unknown or warned; else that it passes all."""
    drawing = table("  route", "verdict", "constraint", "why", "evidence")
    for route in dict.fromkeys(row.route for row in stage.candidates):
        rows = [row for row in stage.candidates if row.route == route]
        decisive = worst(rows)
        if decisive == Verdict.PASS:
            reason = rows[0].reason if rows[0].constraint is None else f"all {len(rows)}"
            drawing.add_row(f"  {route}", decisive.value, "", reason, "")
        for row in rows if decisive != Verdict.PASS else ():
            if row.verdict == decisive:
                drawing.add_row(f"  {row.route}", row.verdict, _constraint(row), row.reason, _evidence(row))
    return drawing


def worst(rows: Sequence[StageRow]) -> Verdict:
    """The most severe verdict of a route."""
    return max((Verdict(row.verdict) for row in rows), default=Verdict.PASS)


def _verdicts(stage: Stage) -> Table:
    drawing = table("  route", "verdict", "offers", "why", "evidence")
    for row in (*stage.candidates, *stage.outdated):
        verdict = row.verdict.replace("_", " ")
        drawing.add_row(f"  {row.route}", verdict, row.offered or UNKNOWN, row.reason, _evidence(row))
    return drawing


def _constraint(row: StageRow) -> str:
    name = (row.constraint or "").replace("_", " ")
    return name if row.on is None else f"{name} from {row.on}"


def _evidence(row: StageRow) -> str:
    return row.evidence.label.value.lower()
