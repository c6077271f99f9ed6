"""What is known of each two routes that have units on a workload: comparable or not, and by how much cheaper."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

from routefit.answers.workspace import Workspace
from routefit.declared.model import Route, Workload
from routefit.funnel.comparability import TrafficMix, comparable, judged_apart
from routefit.funnel.comparison import PairedCounts, PairSums, RoutePair, compare
from routefit.lcpr.cell import Cell, Window
from routefit.lcpr.series import VerdictSeries, judged_differently
from routefit.lcpr.totals import Totals, total_of
from routefit.ledger.questions import SharedGroup, segment_counts, shared_tasks
from routefit.ledger.view import CellKey
from routefit.units import usd_from_pico_usd


class Comparing:
    """Compares the routes of workloads over one window; the ledger is asked once for the tasks that they share."""

    def __init__(
        self,
        workspace: Workspace,
        window: Window,
        cells: Mapping[CellKey, Cell],
        by_cell: Mapping[CellKey, Mapping[int, Totals]],
        series: Mapping[CellKey, tuple[VerdictSeries, ...]],
    ) -> None:
        self._workspace = workspace
        self._first, self._last = window.start.date(), window.end.date()
        self._cells = cells
        self._by_cell = by_cell
        self._series = series
        self._shared = shared_tasks(workspace.ledger, self._first, self._last)

    def totals(self, key: CellKey) -> Totals:
        """All that is counted of a cell."""
        return total_of(self._by_cell.get(key, {}).values())

    def reference(self, workload: Workload, routes: Iterable[Route]) -> str | None:
        """The route that others are held against: the current one, else the one with the most units."""
        if workload.planning.current_route is not None:
            return workload.planning.current_route
        measured = [r.id for r in routes if (workload.id, r.id) in self._cells]
        return max(measured, key=lambda r: self.totals((workload.id, r)).units, default=None)

    def pairs(self, workload: Workload, routes: Iterable[Route], reference: str | None) -> tuple[RoutePair, ...]:
        """Every two routes that have units on the workload; the reference always comes first, as a."""
        measured = [r.id for r in routes if (workload.id, r.id) in self._cells]
        measured.sort(key=lambda route: (route != reference, route))
        segments = {}
        if workload.segments:
            segments = segment_counts(
                self._workspace.ledger, self._first, self._last, workload.id, workload.segments
            )
        mixes = {r: traffic_mix(self.totals((workload.id, r)), segments.get(r, {})) for r in measured}
        return tuple(self._pair(workload.id, a, b, mixes) for a, b in combinations(measured, 2))

    def _pair(self, workload: str, a: str, b: str, mixes: Mapping[str, TrafficMix]) -> RoutePair:
        groups = self._shared.get((workload, a, b)) or [
            group.turned for group in self._shared.get((workload, b, a), [])
        ]
        shared_units = sum(group.units for group in groups)
        series_a, series_b = (self._series.get((workload, route), ()) for route in (a, b))
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
        confidence_rate = self._workspace.project.config.defaults.confidence_rate
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
        totals = self.totals((cell.workload, cell.route))
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
