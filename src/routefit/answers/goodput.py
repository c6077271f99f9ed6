"""What imported load tests say of a route under a workload's latency objective."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from routefit.answers.workspace import Workspace
from routefit.decisions.goodput import LoadStep, goodput
from routefit.decisions.load_facts import StepFacts
from routefit.decisions.load_sweep import joined, newest_sweep
from routefit.declared.model import Slo
from routefit.errors import CannotTellError
from routefit.lcpr.cell import Frozen
from routefit.lcpr.totals import Totals, total_of


class MeasuredGoodput(Frozen):
    """Goodput of one route for one workload, MEASURED by the newest load test of `tool`.

    `goodput_units_per_replica_hour` is G of section 7.3 and `max_utilization_rate` its eta: their product is what
    one replica was measured to serve within the objective. Either is None where the test cannot say it; `notes`
    tell why. `requests` are those that the figures rest on; `as_of` is the day on which the test ended.
    """

    goodput_units_per_replica_hour: float | None
    max_utilization_rate: float | None
    tool: str
    tool_version: str | None
    as_of: date
    requests: int
    steps: tuple[LoadStep, ...]
    notes: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """The tool with its version, and how much it sent."""
        version = f" {self.tool_version}" if self.tool_version else ""
        steps = f"{len(self.steps)} step{'' if len(self.steps) == 1 else 's'}"
        return f"{self.tool}{version}, {self.requests:,} requests in {steps}"

    @property
    def headline(self) -> str:
        """What one replica serves, in one line; MEASURED with the tool's name."""
        units, eta_rate = self.goodput_units_per_replica_hour, self.max_utilization_rate
        measured = f"MEASURED by {self.source}"
        if units is None:
            used = "" if eta_rate is None else f"; the objective holds up to {eta_rate:.0%} of saturation"
            return f"goodput is unknown{used} ({measured})"
        if eta_rate is None:
            return f"one replica serves {units:,.0f} units an hour within the objective at one load ({measured})"
        return (
            f"one replica serves {units * eta_rate:,.0f} units an hour within the objective, at {eta_rate:.0%} of "
            f"saturation ({measured})"
        )


def measured_goodput(workspace: Workspace, workload: str, route: str) -> MeasuredGoodput | None:
    """The newest load test of the route for the workload; None where none was imported.

    A test that names no workload stands in where none names this one, and is noted.
    """
    tests = workspace.ledger.load_tests
    steps, notes = tests.get((workload, route)), []
    if not steps:
        steps = tests.get((None, route), ())
        notes.append("the test names no workload: its requests may be unlike those of this one")
    sweep = newest_sweep(joined(steps))
    if not sweep:
        return None
    declared = workspace.project.workloads.get(workload)
    slo = declared.slo if declared else Slo()
    totals = _totals(workspace, workload, route)
    calls_per_unit = totals.production_calls / totals.units if totals.units else None
    found = goodput(sweep, slo, acceptance_rate=_acceptance_rate(totals), calls_per_unit=calls_per_unit)
    last = max(sweep, key=_ended_at)
    return MeasuredGoodput(
        goodput_units_per_replica_hour=found.goodput_units_per_replica_hour,
        max_utilization_rate=found.max_utilization_rate,
        tool=last.tool,
        tool_version=last.tool_version,
        as_of=_ended_at(last).date(),
        requests=found.requests,
        steps=found.steps,
        notes=(*notes, *found.notes),
    )


def _ended_at(step: StepFacts) -> datetime:
    return step.started_at + timedelta(seconds=step.step_seconds or 0.0)


def _totals(workspace: Workspace, workload: str, route: str) -> Totals:
    """What the ledger holds of the route for the workload in the default window; all 0 without calls."""
    try:
        window = workspace.window(None, None)
    except CannotTellError:
        return Totals()
    by_cell = workspace.ledger.totals(window.start.date(), window.end.date())
    return total_of(by_cell.get((workload, route), {}).values())


def _acceptance_rate(totals: Totals) -> float | None:
    """Accepted among the decided units within the objective; the test counts those outside it itself."""
    decided = totals.decided_units - totals.slo_exceeded_units - totals.outside_slo_units
    return totals.accepted_units / decided if decided > 0 else None
