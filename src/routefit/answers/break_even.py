"""Without any verdict: how much worse a cheaper route may be before it stops being cheaper.

    relative acceptance at break-even = (c_new + h) / (c_old + h)

c is the known cost per unit of the route over ALL its units, h the cost of a unit that fails, in USD. As long as
the cheaper route's acceptance stays above this share of the other's, it is cheaper per accepted unit. Where
c_old is itself a lower bound the true break-even lies lower ("at most"); where c_new is, it lies higher ("at
least").
Source: section 3 of the domain ("Without any verdict").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from routefit.declared.model import Workload
from routefit.lcpr.cell import Cell, Frozen
from routefit.lcpr.people import usd_per_case


class BreakEven(Frozen):
    """A cheaper route against a dearer one of the same workload; rates are shares of the dearer one's acceptance.

    `failure_usd` and `at_failure_cost_rate` are None where no cost of a failed unit is declared.
    """

    workload: str
    route: str
    against: str
    usd_per_unit: float
    against_usd_per_unit: float
    relative_acceptance_rate: float
    failure_usd: float | None
    at_failure_cost_rate: float | None
    qualifier: Literal["at most", "at least", "about"] | None


def break_evens(cells: Sequence[Cell], workloads: Mapping[str, Workload]) -> tuple[BreakEven, ...]:
    """Every pair of a cheaper and a dearer route in workloads of which no unit has a verdict."""
    by_workload: dict[str, list[Cell]] = {}
    for cell in cells:
        by_workload.setdefault(cell.workload, []).append(cell)
    found = []
    for workload_id, group in by_workload.items():
        if any(cell.rates.acceptance is not None and _has_verdict(cell) for cell in group):
            continue
        found += list(_pairs(group, workloads.get(workload_id)))
    return tuple(found)


def _has_verdict(cell: Cell) -> bool:
    """Whether a verdict, and not only a failed call, decided any unit."""
    return bool(cell.accepted_units) or any(r.reason == "failed_verdict" for r in cell.not_accepted)


def _pairs(cells: Iterable[Cell], workload: Workload | None) -> Iterable[BreakEven]:
    priced = sorted((c for c in cells if c.usd_per_unit), key=lambda c: c.usd_per_unit or 0.0)
    case = usd_per_case(workload.human).value if workload else None
    for index, old in enumerate(priced):
        for new in priced[:index]:
            if new.usd_per_unit is None or old.usd_per_unit is None or new.usd_per_unit >= old.usd_per_unit:
                continue
            h = None if case is None else float(case)
            yield BreakEven(
                workload=new.workload,
                route=new.route,
                against=old.route,
                usd_per_unit=new.usd_per_unit,
                against_usd_per_unit=old.usd_per_unit,
                relative_acceptance_rate=new.usd_per_unit / old.usd_per_unit,
                failure_usd=h,
                at_failure_cost_rate=None if h is None else (new.usd_per_unit + h) / (old.usd_per_unit + h),
                qualifier=_qualifier(new, old),
            )


def _qualifier(new: Cell, old: Cell) -> Literal["at most", "at least", "about"] | None:
    if new.is_lower_bound and old.is_lower_bound:
        return "about"
    if old.is_lower_bound:
        return "at most"
    return "at least" if new.is_lower_bound else None
