"""What each workload cost in a window, in the plainest terms: calls, units, USD."""

from __future__ import annotations

from collections import defaultdict

from routefit.answers.workspace import Workspace
from routefit.lcpr.cell import Frozen, Window, ratio
from routefit.lcpr.totals import Totals, total_of
from routefit.units import months_in, usd_from_pico_usd


class WorkloadCost(Frozen):
    """Sums of one workload over its routes: known model and grading cost, over all its units.

    `unpriced_calls` are in no amount; where no call has a known cost, the amounts are None.
    `one_call_share_rate` is the share of units of a single call.
    """

    workload: str
    calls: int
    units: int
    usd: float | None
    usd_per_month: float | None
    usd_per_unit: float | None
    calls_per_unit: float | None
    one_call_share_rate: float | None
    unpriced_calls: int


def workload_costs(workspace: Workspace, window: Window) -> tuple[WorkloadCost, ...]:
    """One row per workload, the dearest first; calls without a workload are one row too."""
    months = months_in(window.start, window.end) * workspace.project.config.sampling.unit_rate
    by_workload: dict[str, list[Totals]] = defaultdict(list)
    for (workload, _), groups in workspace.ledger.totals(window.start.date(), window.end.date()).items():
        by_workload[workload] += groups.values()
    rows = []
    for workload, totals in by_workload.items():
        total = total_of(totals)
        unpriced = total.unpriced_calls + total.unpriced_grader_calls
        usd = known_usd(total.inference_pico_usd + total.eval_pico_usd, unpriced)
        rows.append(
            WorkloadCost(
                workload=workload,
                calls=total.calls,
                units=total.units,
                usd=usd,
                usd_per_month=None if usd is None else usd / months,
                usd_per_unit=usd / total.units if total.units and usd is not None else None,
                calls_per_unit=ratio(total.production_calls, total.units),
                one_call_share_rate=ratio(total.one_call_units, total.units),
                unpriced_calls=unpriced,
            )
        )
    return tuple(sorted(rows, key=lambda row: (-(row.usd or 0.0), row.workload)))


def known_usd(pico_usd: int, unpriced_calls: int) -> float | None:
    """An amount in USD; None where nothing but unpriced calls is behind it."""
    return None if unpriced_calls and not pico_usd else usd_from_pico_usd(pico_usd)
