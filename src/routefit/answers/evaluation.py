"""One workload weighed: every candidate route through constraints, screen, cost and comparison.

The matrix, the funnel and `explain` show parts of the same evaluation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from routefit.answers.comparing import Comparing
from routefit.answers.estimates import Estimates
from routefit.answers.figures import figures_of
from routefit.answers.lcpr import LcprAnswer, cells_and_totals
from routefit.answers.pushes import Pushes
from routefit.answers.traffic import DAYS_PER_MONTH, Traffic
from routefit.answers.verdicts import series_by_cell
from routefit.answers.workspace import Workspace
from routefit.declared.model import Mode, Route, Workload
from routefit.funnel.candidate import Candidate, Stakes
from routefit.funnel.comparability import Comparability
from routefit.funnel.comparison import RoutePair
from routefit.funnel.constraints import binding, check_constraints
from routefit.funnel.demand import MeasuredDemand
from routefit.funnel.matrix import matrix_cell
from routefit.funnel.recommendation import Recommendation, recommend
from routefit.funnel.screen import Screen, screen
from routefit.funnel.staying import Thresholds
from routefit.funnel.verdict import ConstraintCheck
from routefit.lcpr.cell import Cell, Window
from routefit.lcpr.totals import Totals, total_of
from routefit.units import days_between


@dataclass(frozen=True, slots=True)
class RouteEvaluation:
    """One route on one workload: all its checks (anticipated ones too), screen, cell and place in the matrix."""

    route: Route
    checks: tuple[ConstraintCheck, ...]
    screen: Screen | None
    cell: Cell | None
    totals: Totals
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A workload with its candidates, what is known of each two of them, and the recommendation."""

    workload: Workload
    is_declared: bool
    demand: MeasuredDemand
    routes: tuple[RouteEvaluation, ...]
    pairs: tuple[RoutePair, ...]
    stakes: Stakes
    recommendation: Recommendation

    def route(self, name: str) -> RouteEvaluation | None:
        """The evaluation of a route by its id."""
        return next((one for one in self.routes if one.route.id == name), None)


class Evaluator:
    """Weighs workloads over one window of one workspace; the ledger is asked once for all of them."""

    def __init__(self, workspace: Workspace, window: Window) -> None:
        self.workspace = workspace
        self.window = window
        self.answer: LcprAnswer
        self.answer, by_cell = workspace.once(cells_and_totals, window)
        self._cells = {(cell.workload, cell.route): cell for cell in self.answer.cells}
        self.totals = {key: total_of(groups.values()) for key, groups in by_cell.items()}
        self.traffic = Traffic(workspace, self.window, self._cells, self.totals)
        self.series = workspace.once(series_by_cell, self.window)
        self._comparing = Comparing(workspace, self.window, self._cells, by_cell, self.series)
        self.estimates = Estimates(workspace, self.window, self._cells, self.traffic)
        self._pushes = Pushes(workspace, self.window, self.totals)
        self._evaluations: dict[str, Evaluation] = {}

    def evaluate(self, name: str) -> Evaluation:
        """The evaluation of a workload that is declared or has calls; made once, however often it is asked for."""
        if name not in self._evaluations:
            self._evaluations[name] = self._evaluate(name)
        return self._evaluations[name]

    def _evaluate(self, name: str) -> Evaluation:
        declared = self.workspace.workload(name)
        workload = declared or Workload(id=name)
        routes = self._routes(name)
        demand = self.traffic.demand(workload)
        stakes = self._stakes(workload)
        reference = self._comparing.reference(workload, routes)
        pairs = self._comparing.pairs(workload, routes, reference)
        found = tuple(self._route(workload, route, demand, pairs, reference) for route in routes)
        candidates = tuple(one.candidate for one in found)
        return Evaluation(
            workload=workload,
            is_declared=declared is not None,
            demand=demand,
            routes=found,
            pairs=pairs,
            stakes=stakes,
            recommendation=recommend(candidates, stakes, pairs=pairs),
        )

    def _routes(self, name: str) -> list[Route]:
        """Every declared route, then those that only have traffic on the workload."""
        declared = list(self.workspace.project.routes.values())
        known = {route.id for route in declared}
        return declared + [
            self.workspace.undeclared_route(name, r)
            for w, r in sorted(self._cells)
            if w == name and r not in known
        ]

    def _route(
        self,
        workload: Workload,
        route: Route,
        demand: MeasuredDemand,
        pairs: Sequence[RoutePair],
        reference: str | None,
    ) -> RouteEvaluation:
        cell = self._cells.get((workload.id, route.id))
        totals = self.totals.get((workload.id, route.id), Totals())
        checks = check_constraints(
            workload,
            route,
            demand,
            today=self.workspace.today,
            latency=self.traffic.latency(workload, cell, totals),
            fleet=self.traffic.fleet(workload.id, route),
            logged_tier=self.traffic.logged_tier(workload.id, route.id),
            hours_per_month=self.workspace.project.config.defaults.hours_per_month,
        )
        bound = binding(checks, today=self.workspace.today, horizon_months=workload.planning.horizon_months)
        tested = self._screen(workload, cell, totals)
        measured = figures_of(cell, totals) if cell else None
        matrix = matrix_cell(
            route.id,
            route.mode,
            checks=bound,
            screen=tested,
            measured=measured,
            estimated=self.estimates.figures(workload, route),
            comparability=_comparability(reference, route.id, pairs),
        )
        outside_usd, inside_usd = self._fixed_usd(route)
        candidate = Candidate(
            cell=matrix,
            figures=measured,
            checks=bound,
            screen=tested,
            acceptance_rate=cell.rates.acceptance if cell else None,
            escalation_rate=cell.rates.escalation if cell else None,
            has_people_cost=cell is None or cell.cost_usd.human is not None,
            fixed_usd_outside_lcpr=outside_usd,
            fixed_usd_inside_lcpr=inside_usd,
            months_of_service=self._months_of_service(route),
        )
        return RouteEvaluation(route, checks, tested, cell, totals, candidate)

    def _screen(self, workload: Workload, cell: Cell | None, totals: Totals) -> Screen | None:
        floor_rate = workload.unit.quality_floor_rate
        if floor_rate is None or cell is None or not totals.evaluated_units:
            return None
        if cell.is_extrapolated:
            accepted, decided = totals.evaluated_accepted_units, totals.sampled_units
        else:
            # Feedback that users chose to give never clears the gate.
            accepted = totals.accepted_units - totals.self_selected_accepted_units
            decided = totals.decided_units - totals.self_selected_decided_units
        tolerance_rate = self.workspace.project.config.defaults.screen_tolerance_rate
        return screen(
            accepted_cases=accepted, decided_cases=decided, floor_rate=floor_rate, tolerance_rate=tolerance_rate
        )

    def _stakes(self, workload: Workload) -> Stakes:
        current = workload.planning.current_route
        cell = self._cells.get((workload.id, current)) if current else None
        declared = self.workspace.project.routes.get(current) if current else None
        migration = workload.planning.migration_usd
        if not migration.is_known:
            migration = self.workspace.project.config.defaults.migration_usd
        return Stakes(
            current_route=current,
            accepted_units_per_month=self._accepted_units_per_month(workload, cell),
            horizon_months=workload.planning.horizon_months,
            migration_usd=None if migration.value is None else float(migration.value),
            floor_rate=workload.unit.quality_floor_rate,
            unit_name=workload.unit.name,
            monthly_spend_usd=self._monthly_spend_usd(workload, cell),
            has_evals=self._has_evals(workload),
            price_decline_rate=declared.price_decline_rate.value if declared else None,
            thresholds=self._thresholds,
            **self._pushes.of(workload, declared),
        )

    def _has_evals(self, workload: Workload) -> bool:
        """A suite is declared, or units of the workload have verdicts."""
        judged = (key for key in self._cells if key[0] == workload.id and self.totals[key].evaluated_units)
        return workload.eval.suite is not None or any(judged)

    def _accepted_units_per_month(self, workload: Workload, current: Cell | None) -> float | None:
        """Declared demand x acceptance of the current route; else what the window's traffic comes to."""
        demanded = workload.demand.units_per_month.value
        if demanded is not None and current is not None and current.rates.acceptance is not None:
            return demanded * current.rates.acceptance
        cells = [cell for (name, _), cell in self._cells.items() if name == workload.id]
        accepted = sum(self.traffic.accepted_units(cell) for cell in cells if cell.shadow_units < cell.units)
        days = days_between(self.window.start, self.window.end)
        unit_rate = self.workspace.project.config.sampling.unit_rate
        return accepted / days * DAYS_PER_MONTH / unit_rate if accepted else None

    def _monthly_spend_usd(self, workload: Workload, current: Cell | None) -> float | None:
        """What the calls of the current route cost a month at the workload's volume.

        None where it is not known; a lower bound counts only where it says enough.
        """
        demanded = workload.demand.units_per_month.value or self.traffic.units_per_month(workload.id)
        if current is None or current.cost_usd.inference is None or not current.units or demanded is None:
            return None
        usd = current.cost_usd.inference / current.units * demanded
        return None if current.is_lower_bound and usd < self._thresholds.least_spend_usd_per_month else usd

    @cached_property
    def _thresholds(self) -> Thresholds:
        defaults = self.workspace.project.config.defaults
        return Thresholds(
            least_spend_usd_per_month=float(defaults.least_spend_usd_per_month.value or 0),
            least_horizon_months=defaults.least_horizon_months.value or 0.0,
            most_estimated_payback_months=defaults.most_estimated_payback_months.value or 0.0,
        )

    def _fixed_usd(self, route: Route) -> tuple[float, float]:
        """What running the route's own fleet costs a month at least: (beyond its LCPR, running cost inside it)."""
        floor = self.workspace.project.config.defaults.self_managed_floor_usd_per_month.value
        if route.mode is not Mode.SELF_MANAGED or floor is None:
            return 0.0, 0.0
        inside = route.ops_usd_per_month.value or 0
        return max(0.0, float(floor - inside)), float(min(floor, inside))

    def _months_of_service(self, route: Route) -> float | None:
        end = route.deprecated_on.value
        return None if end is None else max(0, (end - self.workspace.today).days) / DAYS_PER_MONTH


def evaluator_of(workspace: Workspace, *, start: date | None = None, end: date | None = None) -> Evaluator:
    """The one evaluator of a window of the workspace; CannotTellError without any calls."""
    return workspace.once(Evaluator, workspace.window(start, end))


def _comparability(reference: str | None, route: str, pairs: Sequence[RoutePair]) -> Comparability | None:
    """What is known of the route against the reference; None where there is nothing to compare."""
    return next((pair.comparability for pair in pairs if (pair.a, pair.b) == (reference, route)), None)
