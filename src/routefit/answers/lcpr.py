"""What one accepted result costs, by workload and route."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pyarrow as pa

from routefit.answers.arrow import arrow_table
from routefit.answers.bill import Bill, bill_of
from routefit.answers.idle import IdleCapacity, idle, idle_of_cells
from routefit.answers.verdicts import agreement_by_workload, series_by_cell
from routefit.answers.workspace import Workspace
from routefit.declared.model import Route, Workload
from routefit.evidence import Fact, weakest
from routefit.lcpr.assembly import CellContext, cell_of
from routefit.lcpr.bill_cells import NOT_INVOICED, cell_bills
from routefit.lcpr.break_even import BreakEven, break_evens
from routefit.lcpr.capacity import NO_IDLE
from routefit.lcpr.cell import Cell, Frozen, LatencyMs, QuantilesMs, Window, ratio
from routefit.lcpr.totals import Totals, total_of
from routefit.ledger.engine import statement
from routefit.ledger.view import UNATTRIBUTED, CellKey
from routefit.units import months_in, usd_from_pico_usd

_NOT_MEASURED = QuantilesMs(p50=None, p95=None, p99=None)


class Unattributed(Frozen):
    """Calls in no cell (no workload was found, or they graded what no route served), and their known cost."""

    calls: int
    cost_usd: float


class Coverage(Frozen):
    """Shares of the calls (attributed, priced) and units (judged) that an answer rests on; None is not known."""

    attributed_rate: float | None
    priced_rate: float | None
    judged_rate: float | None
    bill_explained_rate: float | None


class LcprAnswer(Frozen):
    """The cells of a window, dearest workload first, with what they do not cover.

    `has_scores`: scores or labels were imported; those without a call, or of several units, are counted with the
    outcomes.
    """

    window: Window
    is_synthetic: bool
    sampled_unit_rate: float
    cells: tuple[Cell, ...]
    break_even: tuple[BreakEven, ...]
    unattributed: Unattributed
    capacity: tuple[IdleCapacity, ...]
    coverage: Coverage
    outcomes_without_call: int
    ambiguous_outcomes: int
    has_scores: bool

    def to_arrow(self) -> pa.Table:
        """The cells as an Arrow table, one row each."""
        return arrow_table(self.cells)


def lcpr(workspace: Workspace, *, start: date | None = None, end: date | None = None) -> LcprAnswer:
    """Every cell that has units in the window; CannotTellError when there are no calls at all."""
    return workspace.once(cells_and_totals, workspace.window(start, end))[0]


def cells_and_totals(workspace: Workspace, window: Window) -> tuple[LcprAnswer, dict[CellKey, dict[int, Totals]]]:
    """The answer, and the totals by jackknife group that it was made of."""
    by_cell = workspace.ledger.totals(window.start.date(), window.end.date())
    bill = workspace.once(bill_of, window)
    coverage = _coverage(by_cell, bill.explained_rate)
    cells = cells_of(workspace, window, by_cell, coverage, bill)
    lost = _in_no_cell(by_cell)
    answer = LcprAnswer(
        window=window,
        is_synthetic=workspace.project.config.is_synthetic,
        sampled_unit_rate=workspace.project.config.sampling.unit_rate,
        cells=cells,
        break_even=() if workspace.is_tail_sampled else break_evens(cells, workspace.project.workloads),
        unattributed=Unattributed(
            calls=lost.calls, cost_usd=usd_from_pico_usd(lost.inference_pico_usd + lost.eval_pico_usd)
        ),
        capacity=workspace.once(idle, window),
        coverage=coverage,
        outcomes_without_call=workspace.ledger.outcomes_without_call,
        ambiguous_outcomes=workspace.ledger.ambiguous_outcomes,
        has_scores=bool(workspace.ledger.score_rows or workspace.ledger.label_rows),
    )
    return answer, by_cell


def cells_of(
    workspace: Workspace,
    window: Window,
    by_cell: Mapping[CellKey, Mapping[int, Totals]],
    coverage: Coverage,
    bill: Bill,
) -> tuple[Cell, ...]:
    """The attributed cells of the window in the order of workload and route."""
    latency = latency_by_cell(workspace, window)
    sums = {key: total_of(groups.values()) for key, groups in by_cell.items()}
    served = {key: totals for key, totals in sums.items() if totals.production_calls}
    ops = OpsAllocation(workspace, window, served)
    idle_by_cell = idle_of_cells(workspace.once(idle, window), served)
    grading = {key: totals.eval_pico_usd for key, totals in served.items()}
    bills = cell_bills(bill.comparisons, bill.uncovered, grading)
    series, agreements = workspace.once(series_by_cell, window), agreement_by_workload(workspace)
    cells = []
    for (workload_id, route_id), groups in sorted(by_cell.items()):
        if not _is_cell((workload_id, route_id), sums[workload_id, route_id]):
            continue
        workload = workspace.project.workloads.get(workload_id)
        route = workspace.project.routes.get(route_id)
        context = CellContext(
            workload_id=workload_id,
            route_id=route_id,
            workload=workload,
            route=route,
            window=window,
            today=workspace.today,
            ops_usd=ops.usd(workload_id, route_id),
            ops=ops.declared_usd_per_month(workload, route),
            latency=latency.get((workload_id, route_id), _no_latency()),
            idle=idle_by_cell.get((workload_id, route_id), NO_IDLE),
            bill=bills.get((workload_id, route_id), NOT_INVOICED),
            attributed_rate=coverage.attributed_rate,
            is_tail_sampled=workspace.is_tail_sampled,
            sampled_spread_rate=_sampled_spread_rate(sums, workload_id),
            confidence_rate=workspace.project.config.defaults.confidence_rate,
            stale_after_days=workspace.project.config.defaults.stale_after_days,
            series=series.get((workload_id, route_id), ()),
            agreements=agreements.get(workload_id, ()),
            least_labelled_units=workspace.project.config.defaults.least_labelled_units.value or 1,
        )
        cells.append(cell_of(groups, context))
    return tuple(cells)


class OpsAllocation:
    """The running cost of a window, shared out: a workload's over its routes, a route's over its workloads.

    A workload's monthly amount goes by the share of its units, calls or cost that a route served (its
    `ops.allocation`), a route's own by units; prorated by the days of the calendar month, and scaled down where
    the ledger holds only a share of the units.
    """

    def __init__(self, workspace: Workspace, window: Window, sums: Mapping[CellKey, Totals]) -> None:
        self._project = workspace.project
        self._sums = sums
        self._months = months_in(window.start, window.end) * workspace.project.config.sampling.unit_rate

    def usd(self, workload_id: str, route_id: str) -> float | None:
        """The cell's share in USD; None when neither side declares any."""
        workload = self._project.workloads.get(workload_id)
        route = self._project.routes.get(route_id)
        parts = []
        if workload is not None and workload.ops.usd_per_month.value is not None:
            measure = workload.ops.allocation
            rate = self._share_rate(measure, (workload_id, route_id), 0)
            parts.append(float(workload.ops.usd_per_month.value) * self._months * rate)
        if route is not None and route.ops_usd_per_month.value is not None:
            rate = self._share_rate("by_units", (workload_id, route_id), 1)
            parts.append(float(route.ops_usd_per_month.value) * self._months * rate)
        return sum(parts) if parts else None

    def declared_usd_per_month(self, workload: Workload | None, route: Route | None) -> Fact[Decimal]:
        """The declared monthly amounts behind the share, with the weaker label of the two."""
        declared = [
            fact
            for fact in (
                workload.ops.usd_per_month if workload else Fact[Decimal](),
                route.ops_usd_per_month if route else Fact[Decimal](),
            )
            if fact.value is not None
        ]
        if not declared:
            return Fact[Decimal]()
        return Fact[Decimal](
            value=sum((fact.value for fact in declared if fact.value is not None), Decimal(0)),
            label=weakest(fact.label for fact in declared),
            source="; ".join(fact.source for fact in declared if fact.source) or None,
            as_of=min((fact.as_of for fact in declared if fact.as_of), default=None),
        )

    def _share_rate(self, measure: str, cell: CellKey, side: int) -> float:
        def amount(totals: Totals) -> int:
            if measure == "by_calls":
                return totals.production_calls
            if measure == "by_cost":
                return totals.inference_pico_usd + totals.eval_pico_usd
            return totals.units

        whole = sum(amount(totals) for key, totals in self._sums.items() if key[side] == cell[side])
        if whole:
            return amount(self._sums[cell]) / whole
        # Where no cost is known at all, nothing could be shared by it.
        return 0.0 if measure == "by_units" else self._share_rate("by_units", cell, side)


def latency_by_cell(workspace: Workspace, window: Window) -> dict[CellKey, LatencyMs]:
    """Latency quantiles of the calls that started in the window, by workload and route."""
    engine = workspace.ledger.view_calls(window.start.date(), window.end.date())
    rows = engine.execute(statement("latency")).fetchall()
    return {
        (workload, route): LatencyMs(ttft=_quantiles(ttft), tpot=_quantiles(tpot), e2e=_quantiles(e2e))
        for workload, route, ttft, tpot, e2e in rows
    }


def _in_no_cell(by_cell: Mapping[CellKey, Mapping[int, Totals]]) -> Totals:
    sums = {key: total_of(groups.values()) for key, groups in by_cell.items()}
    return total_of(totals for key, totals in sums.items() if not _is_cell(key, totals))


def _is_cell(key: CellKey, totals: Totals) -> bool:
    """Whether anything of a workload was served: grading alone is no cell."""
    return key[0] != UNATTRIBUTED and totals.production_calls > 0


def _coverage(by_cell: Mapping[CellKey, Mapping[int, Totals]], bill_explained_rate: float | None) -> Coverage:
    everything = total_of(totals for groups in by_cell.values() for totals in groups.values())
    lost = _in_no_cell(by_cell)
    attributed_units = everything.units - lost.units
    unpriced = everything.unpriced_calls + everything.unpriced_grader_calls
    return Coverage(
        attributed_rate=ratio(everything.calls - lost.calls, everything.calls),
        priced_rate=ratio(everything.calls - unpriced, everything.calls),
        judged_rate=ratio(everything.evaluated_units - lost.evaluated_units, attributed_units),
        bill_explained_rate=bill_explained_rate,
    )


def _sampled_spread_rate(sums: Mapping[CellKey, Totals], workload_id: str) -> float:
    """The largest difference of the evaluated shares of eligible units between the routes of a workload."""
    shares: dict[str, float] = defaultdict(float)
    for (workload, route), totals in sums.items():
        if workload == workload_id and totals.eligible_units:
            shares[route] = totals.evaluated_eligible_units / totals.eligible_units
    return max(shares.values()) - min(shares.values()) if shares else 0.0


def _quantiles(values: list[float] | None) -> QuantilesMs:
    return QuantilesMs(p50=values[0], p95=values[1], p99=values[2]) if values else _NOT_MEASURED


def _no_latency() -> LatencyMs:
    return LatencyMs(ttft=_NOT_MEASURED, tpot=_NOT_MEASURED, e2e=_NOT_MEASURED)
