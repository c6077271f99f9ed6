"""One workload weighed: every candidate route through constraints, screen, cost and comparison.

The matrix, the funnel and `explain` show parts of the same evaluation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations

from routefit.answers.estimates import Estimates
from routefit.answers.figures import figures_of
from routefit.answers.lcpr import LcprAnswer, cells_and_totals
from routefit.answers.verdicts import series_by_cell
from routefit.answers.workspace import Workspace
from routefit.declared.model import Mode, Route, Workload
from routefit.funnel.candidate import Candidate, Stakes
from routefit.funnel.comparability import Comparability, TrafficMix, comparable, judged_apart
from routefit.funnel.comparison import PairedCounts, PairSums, RoutePair, compare
from routefit.funnel.constraints import binding, check_constraints
from routefit.funnel.demand import MeasuredDemand, MeasuredLatency
from routefit.funnel.matrix import matrix_cell
from routefit.funnel.recommendation import Recommendation, recommend
from routefit.funnel.screen import Screen, screen
from routefit.funnel.verdict import ConstraintCheck
from routefit.lcpr.cell import Cell, QuantilesMs, Window
from routefit.lcpr.series import judged_differently
from routefit.lcpr.totals import Totals, total_of
from routefit.ledger.questions import (
    Demand,
    SharedGroup,
    demand_by_workload,
    segment_counts,
    shared_tasks,
)
from routefit.ledger.view import CellKey
from routefit.units import days_between, usd_from_pico_usd

_DAYS_PER_MONTH = 365.25 / 12
_TOKEN_MODES = (Mode.CLOSED_API, Mode.SERVERLESS_OPEN)


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

    def __init__(self, workspace: Workspace, *, start: date | None, end: date | None) -> None:
        self.workspace = workspace
        self.answer: LcprAnswer
        self._by_cell: Mapping[CellKey, Mapping[int, Totals]]
        self.answer, self._by_cell = cells_and_totals(workspace, start=start, end=end)
        self.window: Window = self.answer.window
        self._first, self._last = self.window.start.date(), self.window.end.date()
        self._cells = {(cell.workload, cell.route): cell for cell in self.answer.cells}
        self._demand = demand_by_workload(workspace.ledger, self._first, self._last)
        self.series = series_by_cell(workspace, self.window)
        self._shared = shared_tasks(workspace.ledger, self._first, self._last)
        self._estimates = Estimates(workspace, self.window, self._cells)

    def evaluate(self, name: str) -> Evaluation:
        """The evaluation of a workload that is declared or has calls."""
        declared = self.workspace.workload(name)
        workload = declared or Workload(id=name)
        routes = self._routes(name)
        demand = self._measured_demand(workload)
        stakes = self._stakes(workload)
        reference = self._reference(workload, routes)
        pairs = self._pairs(workload, routes, reference)
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

    def _totals(self, workload: str, route: str) -> Totals:
        return total_of(self._by_cell.get((workload, route), {}).values())

    def _route(
        self,
        workload: Workload,
        route: Route,
        demand: MeasuredDemand,
        pairs: Sequence[RoutePair],
        reference: str | None,
    ) -> RouteEvaluation:
        cell = self._cells.get((workload.id, route.id))
        totals = self._totals(workload.id, route.id)
        checks = check_constraints(
            workload,
            route,
            demand,
            today=self.workspace.today,
            latency=self._latency(workload, cell, totals),
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
            estimated=self._estimates.figures(workload, route),
            comparability=_comparability(reference, route.id, pairs),
        )
        candidate = Candidate(
            cell=matrix,
            figures=measured,
            checks=bound,
            screen=tested,
            acceptance_rate=cell.rates.acceptance if cell else None,
            escalation_rate=cell.rates.escalation if cell else None,
            has_people_cost=cell is None or cell.cost_usd.human is not None,
            fixed_usd_outside_lcpr=self._fixed_usd_outside_lcpr(route),
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

    def _latency(self, workload: Workload, cell: Cell | None, totals: Totals) -> MeasuredLatency | None:
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
            as_of=self._last - timedelta(days=1),
        )

    def _measured_demand(self, workload: Workload) -> MeasuredDemand:
        demand = self._demand.get(workload.id) or Demand(0, None, None, None, None, None)
        unit_rate = self.workspace.project.config.sampling.unit_rate
        accepted = sum(cell.accepted_units for (name, _), cell in self._cells.items() if name == workload.id)
        hours = days_between(self.window.start, self.window.end) * 24
        return MeasuredDemand(
            input_p95=demand.input_p95,
            input_p99=demand.input_p99,
            output_p99=demand.output_p99,
            p95_requests_per_minute=demand.p95_requests_per_minute,
            p95_tokens_per_minute=demand.p95_tokens_per_minute,
            accepted_units_per_hour=accepted / hours / unit_rate if accepted else None,
            serverless_usd_per_accepted_unit=self._serverless_usd(workload.id),
            calls=demand.calls,
            is_sampled=unit_rate < 1,
            as_of=self._last - timedelta(days=1) if demand.calls else None,
        )

    def _serverless_usd(self, workload: str) -> float | None:
        """The lowest measured LCPR among the routes that are paid by the token."""
        routes = self.workspace.project.routes
        known = [
            cell.lcpr_usd_per_accepted_unit
            for (name, route), cell in self._cells.items()
            if name == workload and route in routes and routes[route].mode in _TOKEN_MODES
        ]
        return min((usd for usd in known if usd is not None), default=None)

    def _stakes(self, workload: Workload) -> Stakes:
        current = workload.planning.current_route
        cell = self._cells.get((workload.id, current)) if current else None
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
        )

    def _accepted_units_per_month(self, workload: Workload, current: Cell | None) -> float | None:
        """Declared demand x acceptance of the current route; else what the window's traffic comes to."""
        demanded = workload.demand.units_per_month.value
        if demanded is not None and current is not None and current.rates.acceptance is not None:
            return demanded * current.rates.acceptance
        cells = [cell for (name, _), cell in self._cells.items() if name == workload.id]
        accepted = sum(cell.accepted_units for cell in cells if cell.shadow_units < cell.units)
        days = days_between(self.window.start, self.window.end)
        unit_rate = self.workspace.project.config.sampling.unit_rate
        return accepted / days * _DAYS_PER_MONTH / unit_rate if accepted else None

    def _fixed_usd_outside_lcpr(self, route: Route) -> float:
        """What running the route's own fleet costs a month beyond the running cost that its LCPR holds."""
        floor = self.workspace.project.config.defaults.self_managed_floor_usd_per_month.value
        if route.mode is not Mode.SELF_MANAGED or floor is None:
            return 0.0
        return max(0.0, float(floor - (route.ops_usd_per_month.value or 0)))

    def _months_of_service(self, route: Route) -> float | None:
        end = route.deprecated_on.value
        return None if end is None else max(0, (end - self.workspace.today).days) / _DAYS_PER_MONTH

    # --- comparing routes -------------------------------------------------------------------------------

    def _reference(self, workload: Workload, routes: Iterable[Route]) -> str | None:
        """The route that others are held against: the current one, else the one with the most units."""
        if workload.planning.current_route is not None:
            return workload.planning.current_route
        measured = [r.id for r in routes if (workload.id, r.id) in self._cells]
        return max(measured, key=lambda r: self._totals(workload.id, r).units, default=None)

    def _pairs(self, workload: Workload, routes: Iterable[Route], reference: str | None) -> tuple[RoutePair, ...]:
        """Every two routes that have units on the workload; the reference always comes first, as a."""
        measured = [r.id for r in routes if (workload.id, r.id) in self._cells]
        measured.sort(key=lambda route: (route != reference, route))
        segments = {}
        if workload.segments:
            segments = segment_counts(
                self.workspace.ledger, self._first, self._last, workload.id, workload.segments
            )
        mixes = {r: traffic_mix(self._totals(workload.id, r), segments.get(r, {})) for r in measured}
        return tuple(self._pair(workload.id, a, b, mixes) for a, b in combinations(measured, 2))

    def _pair(self, workload: str, a: str, b: str, mixes: Mapping[str, TrafficMix]) -> RoutePair:
        groups = self._shared.get((workload, a, b)) or [
            group.turned for group in self._shared.get((workload, b, a), [])
        ]
        shared_units = sum(group.units for group in groups)
        series_a, series_b = (self.series.get((workload, route), ()) for route in (a, b))
        if (differently := judged_differently(series_a, series_b)) is not None:
            return RoutePair(a=a, b=b, comparability=judged_apart(differently, shared_units=shared_units))
        found = comparable(mixes[a], mixes[b], shared_units=shared_units)
        if not found.is_comparable:
            return RoutePair(a=a, b=b, comparability=found)
        cell_a, cell_b = self._cells[workload, a], self._cells[workload, b]
        if found.basis == "same_tasks":
            sums = paired_sums(groups, cell_a, cell_b)
        else:
            sums = self._independent_sums(cell_a, cell_b)
        confidence_rate = self.workspace.project.config.defaults.confidence_rate
        return RoutePair(a=a, b=b, comparability=found, comparison=compare(sums, confidence_rate=confidence_rate))

    def _independent_sums(self, a: Cell, b: Cell) -> PairSums:
        cost_a, accepted_a = self._columns(a)
        cost_b, accepted_b = self._columns(b)
        return PairSums(
            cost_a_usd=cost_a,
            accepted_a=accepted_a,
            cost_b_usd=cost_b,
            accepted_b=accepted_b,
            fixed_a_usd=a.cost_usd.ops or 0.0,
            fixed_b_usd=b.cost_usd.ops or 0.0,
            is_paired=False,
        )

    def _columns(self, cell: Cell) -> tuple[tuple[float, ...], tuple[float, ...]]:
        groups = [g for g in self._by_cell[cell.workload, cell.route].values() if g.units]
        totals = self._totals(cell.workload, cell.route)
        passed_rate = 1.0
        if cell.is_extrapolated:
            passed_rate = totals.evaluated_accepted_units / totals.evaluated_eligible_units
        accepted = (
            float(g.eligible_units) * passed_rate if cell.is_extrapolated else float(g.accepted_units)
            for g in groups
        )
        return tuple(usd_from_pico_usd(g.variable_pico_usd) for g in groups), tuple(accepted)


def traffic_mix(totals: Totals, segments: Mapping[str, Mapping[str, int]]) -> TrafficMix:
    """Means and variances of what the units asked for, from sums; input length is None where too few units say."""
    units, known = totals.units, totals.input_known_units
    input_mean = input_variance = None
    if known > 1 and known >= 0.9 * units:
        input_mean = totals.planned_input_tokens / known
        input_variance = _variance(known, input_mean, totals.planned_input_tokens_squared)
    calls_mean = totals.planned_calls / units if units > 1 else None
    return TrafficMix(
        units=units,
        input_tokens_mean=input_mean,
        input_tokens_variance=input_variance,
        calls_mean=calls_mean,
        calls_variance=None if calls_mean is None else _variance(units, calls_mean, totals.planned_calls_squared),
        segments={name: dict(counts) for name, counts in segments.items()},
    )


def _variance(n: int, mean: float, sum_of_squares: int) -> float:
    return max(0.0, (sum_of_squares - n * mean * mean) / (n - 1))


def paired_sums(groups: Sequence[SharedGroup], a: Cell, b: Cell) -> PairSums:
    """The shared tasks of two routes; running cost goes along by the share of units that are shared."""
    units = sum(group.units for group in groups)
    both = sum(group.both_accepted for group in groups)
    accepted_a, accepted_b = sum(g.accepted_a for g in groups), sum(g.accepted_b for g in groups)
    counts = PairedCounts(
        both=both,
        only_a=accepted_a - both,
        only_b=accepted_b - both,
        neither=units - accepted_a - accepted_b + both,
    )
    return PairSums(
        cost_a_usd=tuple(usd_from_pico_usd(g.cost_a_pico_usd) for g in groups),
        accepted_a=tuple(float(g.accepted_a) for g in groups),
        cost_b_usd=tuple(usd_from_pico_usd(g.cost_b_pico_usd) for g in groups),
        accepted_b=tuple(float(g.accepted_b) for g in groups),
        fixed_a_usd=(a.cost_usd.ops or 0.0) * units / a.units,
        fixed_b_usd=(b.cost_usd.ops or 0.0) * units / b.units,
        is_paired=True,
        counts=counts,
    )


def _comparability(reference: str | None, route: str, pairs: Sequence[RoutePair]) -> Comparability | None:
    """What is known of the route against the reference; None where there is nothing to compare."""
    return next((pair.comparability for pair in pairs if (pair.a, pair.b) == (reference, route)), None)
