"""How the cost per accepted result changed between two windows, and by what.

Per workload over all its routes, and for each route: the split of `lcpr.change`, and the interval of the ratio of
the two costs. The windows are independent samples, so the ratio takes two jackknives whose variances add on the
log; where its interval contains 1 the change is within noise, whatever causes it is made of.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

import pyarrow as pa

from routefit.answers.arrow import arrow_table
from routefit.answers.diff_windows import TwoWindows, two_windows
from routefit.answers.lcpr import cells_and_totals
from routefit.answers.workspace import Workspace
from routefit.declared.model import Unit
from routefit.lcpr.cell import Cell, Frozen, Window
from routefit.lcpr.change import Basis, Change, ChangePart, change
from routefit.lcpr.change_inputs import CallSums, RouteSums, Served, WindowSums
from routefit.lcpr.change_interval import change_ratio
from routefit.lcpr.totals import Totals, total_of
from routefit.ledger.change_sums import change_sums
from routefit.units import days_between

Groups = Mapping[str, Mapping[int, Totals]]
"""{route: {jackknife group: totals}}"""


class CostChange(Frozen):
    """A cost in two windows: USD per accepted unit, or per unit where `basis` says so; None is not comparable.

    `ratio` is the later cost over the earlier one, with its interval; `is_noise` when that contains 1.
    `window_usd` is the change times the accepted units (or the units) of the later window.
    """

    basis: Basis
    was_usd: float | None
    is_usd: float | None
    change_usd: float | None
    window_usd: float | None
    ratio: float | None
    ratio_low: float | None
    ratio_high: float | None
    is_noise: bool | None
    causes: tuple[ChangePart, ...]
    reasons: tuple[str, ...]


class RouteDiff(CostChange):
    """The change of one route of a workload."""

    route: str


class WorkloadDiff(CostChange):
    """The change of a workload over all its routes, and of each; the dearest change first."""

    workload: str
    unit_name: str
    routes: tuple[RouteDiff, ...]


class DiffAnswer(Frozen):
    """Every workload's change from the window `against` to `window`, the largest in USD first."""

    window: Window
    against: Window
    notes: tuple[str, ...]
    confidence: float
    is_synthetic: bool
    sampled_unit_rate: float
    workloads: tuple[WorkloadDiff, ...]

    def to_arrow(self) -> pa.Table:
        """The workloads as an Arrow table, one row each."""
        return arrow_table(self.workloads)


class _Side:
    """The cells, totals and sums of one window, by workload and route."""

    def __init__(self, workspace: Workspace, window: Window) -> None:
        start, end = window.start.date(), window.end.date()
        answer, totals = workspace.once(cells_and_totals, workspace.window(start, end))
        sums = change_sums(workspace.ledger, start, end)
        self._days = days_between(window.start, window.end)
        self._routes: dict[str, dict[str, RouteSums]] = defaultdict(dict)
        self._groups: dict[str, dict[str, Mapping[int, Totals]]] = defaultdict(dict)
        for cell in answer.cells:
            key = (cell.workload, cell.route)
            self._routes[cell.workload][cell.route] = _route_sums(cell, totals[key], sums.get(key, {}))
            self._groups[cell.workload][cell.route] = totals[key]

    @property
    def workloads(self) -> set[str]:
        """Workloads that had units."""
        return set(self._routes)

    def sums(self, workload: str) -> WindowSums:
        """What the split needs of a workload."""
        return WindowSums(days=self._days, routes=self._routes.get(workload, {}))

    def groups(self, workload: str) -> Groups:
        """What the interval needs of a workload."""
        return self._groups.get(workload, {})


def diff(
    workspace: Workspace,
    *,
    workload: str | None = None,
    start: date | None = None,
    end: date | None = None,
    against_start: date | None = None,
    against_end: date | None = None,
) -> DiffAnswer:
    """The change of one workload, or of all; `end` and `against_end` are exclusive.

    UnknownNameError for a workload that nothing names, BadInputError for an empty window, CannotTellError where a
    window has no data.
    """
    if workload is not None:
        workspace.workload(workload)
    windows = two_windows(workspace, start=start, end=end, against_start=against_start, against_end=against_end)
    return _answer(workspace, windows, None if workload is None else [workload])


def _answer(workspace: Workspace, windows: TwoWindows, names: Sequence[str] | None) -> DiffAnswer:
    was, now = _Side(workspace, windows.against), _Side(workspace, windows.window)
    confidence_rate = workspace.project.config.defaults.confidence_rate
    found = [
        _workload_diff(workspace, name, was, now, confidence_rate)
        for name in (sorted(was.workloads | now.workloads) if names is None else names)
    ]
    return DiffAnswer(
        window=windows.window,
        against=windows.against,
        notes=windows.notes,
        confidence=confidence_rate,
        is_synthetic=workspace.project.config.is_synthetic,
        sampled_unit_rate=workspace.project.config.sampling.unit_rate,
        workloads=tuple(sorted(found, key=_by_worth)),
    )


def _workload_diff(
    workspace: Workspace, name: str, was: _Side, now: _Side, confidence_rate: float
) -> WorkloadDiff:
    declared = workspace.project.workloads.get(name)
    earlier, later = was.sums(name), now.sums(name)
    whole = _cost_change(earlier, later, was.groups(name), now.groups(name), confidence_rate)
    routes = [
        RouteDiff(
            route=route,
            **_cost_change(
                earlier.only(route),
                later.only(route),
                _only(was.groups(name), route),
                _only(now.groups(name), route),
                confidence_rate,
            ),
        )
        for route in sorted({*earlier.routes, *later.routes})
    ]
    return WorkloadDiff(
        workload=name,
        unit_name=(declared.unit if declared else Unit()).name,
        routes=tuple(sorted(routes, key=_by_worth)),
        **whole,
    )


def _only(groups: Groups, route: str) -> Groups:
    return {route: groups[route]} if route in groups else {}


def _cost_change(
    earlier: WindowSums, later: WindowSums, was: Groups, now: Groups, confidence_rate: float
) -> dict[str, object]:
    """The fields of `CostChange`."""
    split = change(earlier, later)
    interval = change_ratio(split, earlier, later, was, now, confidence_rate=confidence_rate)
    low, high = (interval.low, interval.high) if interval else (None, None)
    units = later.accepted_units if split.basis == "accepted_unit" else later.units
    return {
        "basis": split.basis,
        "was_usd": split.was_usd,
        "is_usd": split.is_usd,
        "change_usd": split.change_usd,
        "window_usd": None if split.change_usd is None else split.change_usd * units,
        "ratio": interval.point if interval else None,
        "ratio_low": low,
        "ratio_high": high,
        "is_noise": _is_noise(split, low, high),
        "causes": split.causes,
        "reasons": split.reasons,
    }


def _is_noise(split: Change, low: float | None, high: float | None) -> bool | None:
    """Whether the interval contains 1; None without an interval."""
    if split.change_usd == 0:
        return True
    return None if low is None or high is None else low <= 1 <= high


def _by_worth(one: WorkloadDiff | RouteDiff) -> tuple[bool, float, str]:
    name = one.workload if isinstance(one, WorkloadDiff) else one.route
    return (one.window_usd is None, -abs(one.window_usd or 0.0), name)


def _route_sums(cell: Cell, groups: Mapping[int, Totals], calls: Mapping[Served, CallSums]) -> RouteSums:
    totals = total_of(groups.values())
    accepted, judged = _accepted_and_judged(cell, totals)
    cost = cell.cost_usd
    return RouteSums(
        units=cell.units,
        accepted_units=accepted,
        judged_units=judged,
        escalated_units=totals.escalated_units,
        calls=calls,
        inference_usd=cost.inference,
        grading_usd=cost.eval,
        people_usd=cost.human,
        bill_difference_usd=cost.delta,
        running_usd=cost.ops,
    )


def _accepted_and_judged(cell: Cell, totals: Totals) -> tuple[float, float]:
    """A and the units that it speaks for: all of them where it is extrapolated from a sample."""
    if cell.is_extrapolated:
        rate = totals.evaluated_accepted_units / totals.evaluated_eligible_units
        return totals.eligible_units * rate, float(cell.units)
    return float(cell.accepted_units), float(cell.accepted_units + cell.rejected_units)
