"""Capacity that stood idle, in words: a line below the cell that bears it, and a line for each route."""

from __future__ import annotations

from collections.abc import Iterator

from routefit.answers.idle import IdleCapacity
from routefit.lcpr.cell import Cell
from routefit.report.money import money, share
from routefit.units import usd_from_pico_usd

IDLE = "of which idle"


def idle_usd_per_accepted_unit(cell: Cell) -> float | None:
    """What stood idle, per accepted unit; None where nothing did, or there is no cost per accepted unit."""
    lcpr, total = cell.lcpr_usd_per_accepted_unit, cell.cost_usd.total
    return cell.idle_usd * lcpr / total if cell.idle_usd and lcpr is not None and total else None


def idle_row(cell: Cell, *, columns: int, per_accepted: bool) -> tuple[str, ...] | None:
    """The line below a cell's row that says what of it is idle capacity; None where nothing is."""
    if per_accepted:
        usd = idle_usd_per_accepted_unit(cell)
    else:
        usd = cell.idle_usd / cell.units if cell.idle_usd and cell.units else None
    return None if usd is None else (f"  {IDLE}", money(usd), *[""] * (columns - 2))


def capacity_lines(capacity: tuple[IdleCapacity, ...]) -> Iterator[str]:
    """What was billed for each route that is paid by capacity, and how much of it stood idle."""
    for one in capacity:
        if one.billed_pico_usd is not None and one.idle_pico_usd is not None:
            billed, idle = (usd_from_pico_usd(pico) for pico in (one.billed_pico_usd, one.idle_pico_usd))
            hours = "" if one.replica_hours is None else f" for {one.replica_hours:,.1f} replica-hours"
            used = "" if one.utilization_rate is None else f", {share(one.utilization_rate)} with a call in flight"
            rules = " and ".join(rule.value.replace("_", " ") for rule in one.weigh_by)
            shared = f"; calls share by {rules}" if rules else ""
            yield f"{one.route}: {money(billed)}{hours}{used}; {money(idle)} stood idle{shared}"
        if one.unshared_pico_usd:
            usd = money(usd_from_pico_usd(one.unshared_pico_usd))
            yield f"{one.route}: {usd} stood idle without any priced call, in no figure"
        yield from (f"{one.route}: {reason}" for reason in one.reasons)
