"""Without any verdict: how much worse a cheaper route may be before it stops being cheaper.

    relative acceptance at break-even = (c_new + h) / (c_old + h)

c is the known cost per unit of the route over ALL its units, h the cost of a unit that fails, in USD. As long as
the cheaper route's acceptance stays above this share of the other's, it is cheaper per accepted unit. Where
c_old is itself a lower bound the true break-even lies lower ("at most"); where c_new is, it lies higher ("at
least").

How many verdicts would decide: as many on each route as it takes for the one-sided 95% bound of the ratio of two
acceptances to clear the break-even, should both routes in truth be equally good.

    n = 2 x (1 - a) / a x (z / ln(1 / break-even))^2,  a = the quality floor, else 0.8 (ASSUMED)

Source: section 3 of the domain ("Without any verdict").
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from routefit.declared.model import Workload
from routefit.lcpr.cell import Cell, Frozen
from routefit.lcpr.people import usd_per_case
from routefit.stats.quantiles import normal_quantile

ASSUMED_ACCEPTANCE_RATE = 0.8
LEAST_VERDICTS = 30
"""Fewer verdicts carry no comparison."""


class BreakEven(Frozen):
    """A cheaper route against a dearer one of the same workload; rates are shares of the dearer one's acceptance.

    `has_reference` says whether one of the two is the workload's current route, else the one with the most units.
    `failure_usd` and `at_failure_cost_rate` are None where no cost of a failed unit is declared.
    `verdicts_needed` on each route would decide, judged by the stricter of the two shares; `verdict_usd` is what
    grading one unit costs on the workload, None where no grading call was priced.
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
    verdicts_needed: int
    verdict_usd: float | None
    has_reference: bool

    @property
    def is_either_lower_bound(self) -> bool:
        """Whether some calls of either route have no known cost."""
        return self.qualifier is not None


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
    floor_rate = workload.unit.quality_floor_rate if workload else None
    graded_usd = sum(cell.cost_usd.eval or 0.0 for cell in priced)
    verdict_usd = graded_usd / sum(cell.units for cell in priced) if graded_usd else None
    reference = _reference(priced, workload)
    for index, old in enumerate(priced):
        for new in priced[:index]:
            if new.usd_per_unit is None or old.usd_per_unit is None or new.usd_per_unit >= old.usd_per_unit:
                continue
            h = None if case is None else float(case)
            at_failure = None if h is None else (new.usd_per_unit + h) / (old.usd_per_unit + h)
            yield BreakEven(
                workload=new.workload,
                route=new.route,
                against=old.route,
                usd_per_unit=new.usd_per_unit,
                against_usd_per_unit=old.usd_per_unit,
                relative_acceptance_rate=new.usd_per_unit / old.usd_per_unit,
                failure_usd=h,
                at_failure_cost_rate=at_failure,
                qualifier=_qualifier(new, old),
                verdicts_needed=verdicts_needed(at_failure or new.usd_per_unit / old.usd_per_unit, floor_rate),
                verdict_usd=verdict_usd,
                has_reference=reference in (new.route, old.route),
            )


def _reference(cells: Sequence[Cell], workload: Workload | None) -> str | None:
    """The route that others are compared with: the current one, else the one with the most units."""
    declared = workload.planning.current_route if workload else None
    if declared is not None and any(cell.route == declared for cell in cells):
        return declared
    return max(cells, key=lambda cell: cell.units).route if cells else None


def verdicts_needed(break_even_rate: float, floor_rate: float | None) -> int:
    """Verdicts on each route at which equally good routes would be told from the break-even; at least 30."""
    acceptance_rate = floor_rate if floor_rate and floor_rate < 1 else ASSUMED_ACCEPTANCE_RATE
    distance = math.log(1 / break_even_rate) if 0 < break_even_rate < 1 else math.inf
    spread = 2 * (1 - acceptance_rate) / acceptance_rate
    return max(LEAST_VERDICTS, math.ceil(spread * (normal_quantile(0.95) / distance) ** 2))


def _qualifier(new: Cell, old: Cell) -> Literal["at most", "at least", "about"] | None:
    if new.is_lower_bound and old.is_lower_bound:
        return "about"
    if old.is_lower_bound:
        return "at most"
    return "at least" if new.is_lower_bound else None
