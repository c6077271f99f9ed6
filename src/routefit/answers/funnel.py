"""The funnel of one workload: which candidates fell at which stage, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from pydantic import ConfigDict, Field

from routefit.answers.evaluation import Evaluation, Evaluator, RouteEvaluation, evaluator_of
from routefit.answers.workspace import Workspace
from routefit.evidence import Evidence, Label
from routefit.funnel.verdict import Verdict
from routefit.funnel.words import plural, usd
from routefit.lcpr.cell import Frozen, Window

STAGES = ("constraints", "screen", "economics", "matrix")


class StageRow(Frozen):
    """One candidate at one stage; `on` is the date of an anticipated requirement, None is today."""

    route: str
    verdict: str
    constraint: str | None
    required: str | None
    offered: str | None
    reason: str
    evidence: Evidence
    on: date | None = None


class Stage(Frozen):
    """Candidates in and out of a stage, with a row for everything that was held against each.

    `outdated` are candidates with traces or verdicts of their own that a constraint rules out now, or from a date
    within the horizon: what this stage would conclude of them counts for nothing any more.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, serialize_by_alias=True)

    stage: str
    candidates_in: int = Field(alias="in")
    candidates_out: int = Field(alias="out")
    candidates: tuple[StageRow, ...]
    outdated: tuple[StageRow, ...] = ()


class FunnelAnswer(Frozen):
    """The four stages of one workload."""

    workload: str
    window: Window
    is_synthetic: bool
    sampled_unit_rate: float
    stages: tuple[Stage, ...]


def funnel(
    workspace: Workspace, *, workload: str | None = None, start: date | None = None, end: date | None = None
) -> tuple[FunnelAnswer, ...]:
    """The funnel of a workload, or of all; UnknownNameError for a name that nothing carries."""
    names = (workload,) if workload is not None else workspace.workload_names
    for name in names:
        workspace.workload(name)
    evaluator = evaluator_of(workspace, start=start, end=end)
    return tuple(_funnel(evaluator, evaluator.evaluate(name)) for name in names)


def _funnel(evaluator: Evaluator, evaluation: Evaluation) -> FunnelAnswer:
    every = evaluation.routes
    feasible = [one for one in every if one.candidate.cell.state != "infeasible"]
    capable = [one for one in feasible if one.candidate.cell.state != "failed_screen"]
    ruled_out = [one for one in every if one.candidate.cell.state == "infeasible"]
    priced = [one for one in capable if one.candidate.cell.lcpr_usd_per_accepted_unit is not None]
    stages = (
        _stage("constraints", len(every), len(feasible), (row for one in every for row in _constraint_rows(one))),
        _stage(
            "screen",
            len(feasible),
            len(capable),
            map(_screen_row, feasible),
            (_outdated(one, _screen_row(one)) for one in ruled_out if one.screen is not None),
        ),
        _stage(
            "economics",
            len(capable),
            len(priced),
            map(_economics_row, capable),
            (_outdated(one, _measured_row(one)) for one in ruled_out if _has_cost(one)),
        ),
        _stage("matrix", len(priced), len(priced), map(_matrix_row, priced)),
    )
    return FunnelAnswer(
        workload=evaluation.workload.id,
        window=evaluator.window,
        is_synthetic=evaluator.workspace.project.config.is_synthetic,
        sampled_unit_rate=evaluator.workspace.project.config.sampling.unit_rate,
        stages=stages,
    )


def _stage(
    name: str,
    candidates_in: int,
    candidates_out: int,
    rows: Iterator[StageRow],
    outdated: Iterable[StageRow] = (),
) -> Stage:
    return Stage(
        stage=name,
        candidates_in=candidates_in,
        candidates_out=candidates_out,
        candidates=tuple(rows),
        outdated=tuple(outdated),
    )


def _has_cost(one: RouteEvaluation) -> bool:
    return one.cell is not None and one.cell.lcpr_usd_per_accepted_unit is not None


def _outdated(one: RouteEvaluation, row: StageRow) -> StageRow:
    """What the stage found of a route that may not serve the workload (any more): outdated, and why."""
    why = f"{row.reason}; outdated: {one.candidate.cell.reason}"
    return row.model_copy(update={"verdict": "outdated", "reason": why})


def _measured_row(one: RouteEvaluation) -> StageRow:
    figures = one.candidate.figures
    usd_words = usd(one.candidate.cell.lcpr_usd_per_accepted_unit or 0.0)
    decided_units = figures.decided_units if figures is not None else 0
    return _economics_row(one).model_copy(
        update={"offered": usd_words, "reason": plural(decided_units, "decided unit")}
    )


def _constraint_rows(one: RouteEvaluation) -> Iterator[StageRow]:
    for check in one.checks:
        yield StageRow(
            route=one.route.id,
            verdict=check.verdict.value,
            constraint=check.constraint.value,
            required=check.required,
            offered=check.offered,
            reason=check.reason,
            evidence=check.evidence,
            on=check.on,
        )
    if not one.checks:
        yield StageRow(
            route=one.route.id,
            verdict=Verdict.PASS.value,
            constraint=None,
            required=None,
            offered=None,
            reason="the workload states no requirement",
            evidence=Evidence(label=Label.UNKNOWN),
        )


def _screen_row(one: RouteEvaluation) -> StageRow:
    tested = one.screen
    if tested is None or tested.rate is None:
        return StageRow(
            route=one.route.id,
            verdict=Verdict.UNKNOWN.value,
            constraint="quality_floor",
            required=None if tested is None else f"{tested.floor_rate:.1%}",
            offered=None,
            reason="not tested, or no quality floor is declared",
            evidence=Evidence(label=Label.UNKNOWN),
        )
    return StageRow(
        route=one.route.id,
        verdict=tested.verdict,
        constraint="quality_floor",
        required=f"{tested.floor_rate:.1%}",
        offered=f"{tested.rate:.1%} of {tested.decided_cases:,}",
        reason=tested.words,
        evidence=Evidence(label=Label.MEASURED, source="outcomes in the ledger"),
    )


def _economics_row(one: RouteEvaluation) -> StageRow:
    cell = one.candidate.cell
    return StageRow(
        route=one.route.id,
        verdict=cell.state,
        constraint="cost_per_accepted_unit",
        required=None,
        offered=cell.words,
        reason=cell.reason,
        evidence=Evidence(label=cell.evidence.badge),
    )


def _matrix_row(one: RouteEvaluation) -> StageRow:
    return _economics_row(one).model_copy(update={"constraint": None})
