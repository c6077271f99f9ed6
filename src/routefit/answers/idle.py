"""Routes that are paid by capacity: what was billed, what stood idle, and who bears it.

    idle of a route = billed - cost of its calls, over the UTC days of the window
    idle share of a workload = idle x cost of its calls / cost of all calls of the route

`idle(workspace, window) -> tuple[IdleCapacity, ...]` is the one source of these amounts. A cell adds its shares to
the model term (those of grading calls to the grading term), a bill shows them as a line of their own. Shares add
up to the idle amount, to the pico-USD; where no call has a share, it is nobody's (`unshared_pico_usd`).
Source: section 3 of the domain ("Priced by token or by capacity").
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from routefit.answers.workspace import Workspace
from routefit.evidence import Label, weakest
from routefit.lcpr.capacity import CellIdle, Weighing, shared_out
from routefit.lcpr.cell import Frozen, Window, ratio
from routefit.lcpr.totals import Totals
from routefit.ledger.capacity import CapacityDay, CapacityShare
from routefit.ledger.view import CellKey
from routefit.units import usd_from_pico_usd


class IdleShare(Frozen):
    """What a workload's calls on an assigned route cost by capacity, and their part of the idle amount.

    `route` is where the calls were assigned, '' for grading calls that name none; pico-USD.
    """

    workload: str
    route: str
    is_grading: bool
    calls: int
    busy_pico_usd: int
    idle_pico_usd: int


class IdleCapacity(Frozen):
    """One route that is paid by capacity in a window; None is not known, `reasons` say why.

    billed = busy + idle, over the days on which all is known. `utilization_rate` is the share of the billed
    replica-hours in whose minutes some call was in flight, `units_per_replica_hour` the units of the workloads
    assigned to the route over its replica-hours.
    """

    route: str
    billed_pico_usd: int | None
    busy_pico_usd: int
    idle_pico_usd: int | None
    unshared_pico_usd: int
    weigh_by: tuple[Weighing, ...]
    label: Label
    replica_hours: float | None
    utilization_rate: float | None
    units_per_replica_hour: float | None
    calls: int
    unpriced_calls: int
    shares: tuple[IdleShare, ...]
    reasons: tuple[str, ...]


def idle(workspace: Workspace, window: Window) -> tuple[IdleCapacity, ...]:
    """Every route that was billed, or served calls, by capacity in the window, in order of its name."""
    start, end = window.start.date(), window.end.date()
    by_route: dict[str, list[CapacityDay]] = defaultdict(list)
    for day in workspace.ledger.capacity_days(start, end):
        by_route[day.route].append(day)
    if not by_route:
        return ()
    units: dict[str, int] = defaultdict(int)
    for (_, route), groups in workspace.ledger.totals(start, end).items():
        units[route] += sum(totals.units for totals in groups.values())
    is_sampled = workspace.project.config.sampling.unit_rate < 1
    return tuple(
        _of_route(route, days, units[route], is_sampled=is_sampled) for route, days in sorted(by_route.items())
    )


def idle_of_cells(found: Iterable[IdleCapacity], sums: Mapping[CellKey, Totals]) -> dict[CellKey, CellIdle]:
    """What each cell bears of the idle capacity of the routes that served its calls.

    Grading calls that name no route are borne by the cells of their workload, by the cost of their grading.
    """
    shares: dict[CellKey, list[tuple[IdleCapacity, bool, int]]] = defaultdict(list)
    for one in found:
        for share in one.shares:
            for key, pico_usd in _cells_of(share, sums):
                shares[key].append((one, share.is_grading, pico_usd))
    reasons = {one.route: one.reasons for one in found if one.unpriced_calls}
    keys = {*shares, *(key for key in sums if key[1] in reasons)}
    return {
        key: CellIdle(
            inference_usd=usd_from_pico_usd(sum(pico for _, is_grading, pico in shares[key] if not is_grading)),
            eval_usd=usd_from_pico_usd(sum(pico for _, is_grading, pico in shares[key] if is_grading)),
            label=weakest(one.label for one, _, pico in shares[key] if pico),
            reasons=reasons.get(key[1], ()),
        )
        for key in keys
    }


def _cells_of(share: IdleShare, sums: Mapping[CellKey, Totals]) -> list[tuple[CellKey, int]]:
    if share.route:
        return [((share.workload, share.route), share.idle_pico_usd)]
    cells = [key for key in sorted(sums) if key[0] == share.workload]
    graded = [sums[key].eval_pico_usd for key in cells]
    return list(zip(cells, shared_out(share.idle_pico_usd, graded), strict=True))


def _of_route(route: str, days: Sequence[CapacityDay], units: int, *, is_sampled: bool) -> IdleCapacity:
    known = [day for day in days if day.rate.billed_pico_usd is not None]
    ran = [day for day in days if day.rate.replica_hours is not None]
    hours = sum(day.rate.replica_hours or 0.0 for day in ran) if ran else None
    busy_hours = sum(day.rate.busy_replica_hours or 0.0 for day in ran)
    # Of a sample of the units nobody can say in which minutes no call was in flight.
    measures_use = bool(hours) and not is_sampled
    idle_pico_usd = sum(day.idle_pico_usd or 0 for day in known)
    shares = _shares(known, idle_pico_usd)
    return IdleCapacity(
        route=route,
        billed_pico_usd=sum(day.rate.billed_pico_usd or 0 for day in known) if known else None,
        busy_pico_usd=sum(day.busy_pico_usd for day in known),
        idle_pico_usd=idle_pico_usd if known else None,
        unshared_pico_usd=idle_pico_usd - sum(share.idle_pico_usd for share in shares),
        weigh_by=tuple(rule for rule in Weighing if any(day.calls and day.rate.weigh_by is rule for day in days)),
        label=weakest(day.rate.label for day in known),
        replica_hours=hours,
        utilization_rate=ratio(busy_hours, hours) if measures_use and hours else None,
        units_per_replica_hour=ratio(units, hours) if measures_use and hours else None,
        calls=sum(day.calls for day in days),
        unpriced_calls=sum(day.calls for day in days if not day.rate.has_rate),
        shares=shares,
        reasons=tuple(_reasons(days)),
    )


def _shares(days: Iterable[CapacityDay], idle_pico_usd: int) -> tuple[IdleShare, ...]:
    caused: dict[tuple[str, str, bool], list[CapacityShare]] = defaultdict(list)
    for day in days:
        for share in day.shares:
            caused[share.workload, share.route, share.is_grading].append(share)
    keys = sorted(caused)
    busy = [sum(share.pico_usd for share in caused[key]) for key in keys]
    return tuple(
        IdleShare(
            workload=workload,
            route=route,
            is_grading=is_grading,
            calls=sum(share.calls for share in caused[workload, route, is_grading]),
            busy_pico_usd=busy_pico_usd,
            idle_pico_usd=share_pico_usd,
        )
        for (workload, route, is_grading), busy_pico_usd, share_pico_usd in zip(
            keys, busy, shared_out(idle_pico_usd, busy), strict=True
        )
    )


def _reasons(days: Sequence[CapacityDay]) -> list[str]:
    """Why days are not known, each reason with the number of its days."""
    counts: dict[str, int] = defaultdict(int)
    for day in days:
        if day.rate.reason is not None:
            counts[day.rate.reason] += 1
    return [f"{reason} ({count} of {len(days)} days)" for reason, count in counts.items()]
