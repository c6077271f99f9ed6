"""The interval of a change: the ratio of the later cost to the earlier one, from two independent windows.

    ratio = (C_later / A_later) / (C_earlier / A_earlier), C the terms that are compared

What grows with the units is summed by jackknife group over all routes, the rest of C is the same whatever units
came. Where A is extrapolated as eligible x passed / evaluated, a group's part of A is the linear one:
A x (eligible share + passed share - evaluated share), which sums to A.
Source: `stats.jackknife`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from routefit.lcpr.change import Change
from routefit.lcpr.change_factors import Cause
from routefit.lcpr.change_inputs import RouteSums, WindowSums
from routefit.lcpr.totals import Totals, total_of
from routefit.stats.jackknife import Interval, independent_log_ratio
from routefit.units import usd_from_pico_usd

Groups = Mapping[str, Mapping[int, Totals]]
"""{route: {jackknife group: totals}}"""


def change_ratio(
    split: Change,
    was: WindowSums,
    now: WindowSums,
    was_groups: Groups,
    now_groups: Groups,
    *,
    confidence_rate: float,
) -> Interval | None:
    """The ratio with its interval; None where there is no change to speak of or a cost is not positive."""
    if split.was_usd is None or split.is_usd is None or split.was_usd <= 0 or split.is_usd <= 0:
        return None
    columns = [_columns(split, window, groups) for window, groups in ((was, was_groups), (now, now_groups))]
    (usd_a, units_a), (usd_b, units_b) = columns
    return independent_log_ratio(
        usd_a,
        units_a,
        usd_b,
        units_b,
        fixed_numerator_a=split.was_usd * sum(units_a) - sum(usd_a),
        fixed_numerator_b=split.is_usd * sum(units_b) - sum(usd_b),
        confidence_rate=confidence_rate,
    )


def _columns(split: Change, window: WindowSums, groups: Groups) -> tuple[list[float], list[float]]:
    """By group that holds units: what grows with the units in USD, and the units below the line."""
    usd: dict[int, float] = defaultdict(float)
    units: dict[int, float] = defaultdict(float)
    held: set[int] = set()
    for route, by_group in groups.items():
        whole = total_of(by_group.values())
        for group, totals in by_group.items():
            usd[group] += usd_from_pico_usd(_variable_pico_usd(totals, split))
            units[group] += (
                float(totals.units)
                if split.basis == "unit"
                else _accepted_units(totals, whole, window.routes[route])
            )
            if totals.units:
                held.add(group)
    order = sorted(held)
    return [usd[group] for group in order], [units[group] for group in order]


def _variable_pico_usd(totals: Totals, split: Change) -> int:
    parts = {Cause.GRADING: totals.eval_pico_usd, Cause.PEOPLE: totals.human_pico_usd}
    return totals.inference_pico_usd + sum(
        pico_usd for cause, pico_usd in parts.items() if cause not in split.left_out
    )


def _accepted_units(totals: Totals, whole: Totals, route: RouteSums) -> float:
    """A group's part of the accepted units of a route."""
    if route.accepted_units == whole.accepted_units:
        return float(totals.accepted_units)
    return route.accepted_units * (
        totals.eligible_units / whole.eligible_units
        + totals.evaluated_accepted_units / whole.evaluated_accepted_units
        - totals.evaluated_eligible_units / whole.evaluated_eligible_units
    )
