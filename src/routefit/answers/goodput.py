"""What imported load tests say of a route under a workload's latency objective."""

from __future__ import annotations

from datetime import date

from routefit.answers.workspace import Workspace
from routefit.decisions.goodput import LoadStep
from routefit.lcpr.cell import Frozen


class MeasuredGoodput(Frozen):
    """Goodput of one route for one workload, MEASURED by the newest load test of `tool`.

    `goodput_units_per_replica_hour` is G of section 7.3 and `max_utilization_rate` its eta: their product is what
    one replica was measured to serve within the objective. Either is None where the test cannot say it; `notes`
    tell why. `requests` are those that the figures rest on.
    """

    goodput_units_per_replica_hour: float | None
    max_utilization_rate: float | None
    tool: str
    tool_version: str | None
    as_of: date
    requests: int
    steps: tuple[LoadStep, ...]
    notes: tuple[str, ...] = ()


def measured_goodput(workspace: Workspace, workload: str, route: str) -> MeasuredGoodput | None:
    """The newest load test of the route for the workload; None where none was imported."""
    return None
