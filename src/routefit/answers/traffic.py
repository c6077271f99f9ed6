"""What the traces, load tests and rows of capacity say to the hard constraints of a workload."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from routefit.answers.goodput import measured_goodput
from routefit.answers.workspace import Workspace
from routefit.decisions.load import HourlyLoad
from routefit.declared.model import Mode, Route, Tier, Workload
from routefit.evidence import Evidence, Label
from routefit.funnel.demand import MeasuredDemand, MeasuredLatency
from routefit.funnel.fleet import CAPACITY_MODES, Fleet, goodput_units
from routefit.lcpr.cell import Cell, QuantilesMs, Window
from routefit.lcpr.totals import Totals
from routefit.ledger.load import accepted_units_by_hour
from routefit.ledger.questions import Demand, demand_by_workload
from routefit.ledger.view import CellKey
from routefit.units import days_between

DAYS_PER_MONTH = 365.25 / 12
_TOKEN_MODES = (Mode.CLOSED_API, Mode.SERVERLESS_OPEN)
_SLOW_TIERS: Mapping[str, Tier] = {"batch": "batch", "flex": "flex"}
_NO_DEMAND = Demand(0, None, None, None, None, None)


class Traffic:
    """Demand, load, latency and fleets over one window; demand of all workloads is asked for once."""

    def __init__(
        self,
        workspace: Workspace,
        window: Window,
        cells: Mapping[CellKey, Cell],
        totals: Mapping[CellKey, Totals],
    ) -> None:
        self._workspace = workspace
        self._window = window
        self._cells = cells
        self._totals = totals
        self._demand = demand_by_workload(workspace.ledger, self._first, self._last)
        self._loads: dict[str, HourlyLoad] = {}

    @property
    def _first(self) -> date:
        return self._window.start.date()

    @property
    def _last(self) -> date:
        return self._window.end.date()

    @property
    def _seen_on(self) -> date:
        return self._last - timedelta(days=1)

    @property
    def _unit_rate(self) -> float:
        return self._workspace.project.config.sampling.unit_rate

    def demand(self, workload: Workload) -> MeasuredDemand:
        """What the workload asks for; the highest hour only where some route's replica has a known goodput.

        Accepted units by the hour are dear to ask for, and nothing else needs them.
        """
        measured = self._demand.get(workload.id) or _NO_DEMAND
        accepted = sum(map(self.accepted_units, self._of(workload.id)))
        hours = days_between(self._window.start, self._window.end) * 24
        has_fleet = any(
            route.mode in CAPACITY_MODES and goodput_units(route, self.fleet(workload.id, route)).is_known
            for route in self._workspace.project.routes.values()
        )
        peak = self.load(workload.id).peak_units_per_hour if has_fleet and accepted else None
        return MeasuredDemand(
            input_p95=measured.input_p95,
            input_p99=measured.input_p99,
            output_p99=measured.output_p99,
            p95_requests_per_minute=measured.p95_requests_per_minute,
            p95_tokens_per_minute=measured.p95_tokens_per_minute,
            accepted_units_per_hour=accepted / hours / self._unit_rate if accepted else None,
            peak_accepted_units_per_hour=peak or None,
            units_per_month=self.units_per_month(workload.id),
            serverless_usd_per_accepted_unit=self._serverless_usd(workload.id),
            calls=measured.calls,
            is_sampled=self._unit_rate < 1,
            as_of=self._seen_on if measured.calls else None,
        )

    def load(self, workload: str) -> HourlyLoad:
        """Accepted units of every hour of the window, all routes together."""
        if workload not in self._loads:
            passed = {cell.route: self._passed_rate(cell) for cell in self._of(workload) if cell.is_extrapolated}
            self._loads[workload] = accepted_units_by_hour(
                self._workspace.ledger,
                self._first,
                self._last,
                workload,
                passed_rates=passed,
                sampled_unit_rate=self._unit_rate,
            )
        return self._loads[workload]

    def units_per_month(self, workload: str) -> float | None:
        """Units that came in the window, shadow copies left out, in a month; None without any."""
        units = sum(cell.units - cell.shadow_units for cell in self._of(workload))
        days = days_between(self._window.start, self._window.end)
        return units / days * DAYS_PER_MONTH / self._unit_rate if units else None

    def accepted_units(self, cell: Cell) -> float:
        """Accepted units of a cell; where a random sample stands for the others, their share of all."""
        totals = self._totals[cell.workload, cell.route]
        return totals.eligible_units * self._passed_rate(cell) if cell.is_extrapolated else cell.accepted_units

    def latency(self, workload: Workload, cell: Cell | None, totals: Totals) -> MeasuredLatency | None:
        """A route's latency at the percentile of the workload's objectives; None without traces."""
        if cell is None:
            return None
        name = f"p{workload.slo.percentile:g}"

        def at(quantiles: QuantilesMs) -> float | None:
            return {"p50": quantiles.p50, "p95": quantiles.p95, "p99": quantiles.p99}.get(name)

        return MeasuredLatency(
            ttft_ms=at(cell.latency_ms.ttft),
            tpot_ms=at(cell.latency_ms.tpot),
            e2e_ms=at(cell.latency_ms.e2e),
            calls=totals.production_calls,
            as_of=self._seen_on,
        )

    def fleet(self, workload: str, route: Route) -> Fleet:
        """Replicas that ran in the window, and what a load test found of one."""
        ran = [
            float(row.replicas)
            for row in self._workspace.ledger.replica_rows.get(route.id, ())
            if row.start_at < self._window.end and row.end_at > self._window.start
        ]
        tested = measured_goodput(self._workspace, workload, route.id)
        rows = Evidence(label=Label.MEASURED, source="rows of capacity", as_of=self._seen_on)
        found = Fleet()
        if ran:
            found = Fleet(most_replicas=max(ran), replicas_evidence=rows)
        if tested is None:
            return found
        return found.model_copy(
            update={
                "goodput_units_per_replica_hour": tested.goodput_units_per_replica_hour,
                "max_utilization_rate": tested.max_utilization_rate or None,
                "goodput_evidence": Evidence(label=Label.MEASURED, source=tested.tool, as_of=tested.as_of),
            }
        )

    def logged_tier(self, workload: str, route: str) -> Tier | None:
        """The batch or flex tier that every call of the cell carries; None where they do not agree on one."""
        tiers = {
            (key.service_tier or "").strip().casefold()
            for key, resolved in self._workspace.keys.items()
            if (resolved.target.workload, resolved.target.route) == (workload, route)
        }
        return _SLOW_TIERS.get(tiers.pop()) if len(tiers) == 1 else None

    def _of(self, workload: str) -> list[Cell]:
        return [cell for (name, _), cell in self._cells.items() if name == workload]

    def _passed_rate(self, cell: Cell) -> float:
        totals = self._totals[cell.workload, cell.route]
        return totals.evaluated_accepted_units / totals.evaluated_eligible_units

    def _serverless_usd(self, workload: str) -> float | None:
        """The lowest measured LCPR among the routes that are paid by the token."""
        routes = self._workspace.project.routes
        known = [
            cell.lcpr_usd_per_accepted_unit
            for cell in self._of(workload)
            if cell.route in routes and routes[cell.route].mode in _TOKEN_MODES
        ]
        return min((usd for usd in known if usd is not None), default=None)
