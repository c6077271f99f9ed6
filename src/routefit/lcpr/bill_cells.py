"""What of the bill belongs to one cell: its part of the price difference, and whose bill is missing.

    delta of a cell = sum over its invoiced providers of the shares of its calls in the window      USD, signed

Null only when no call of the cell has an invoiced provider. Grading that names no route is shared among the cells
of its workload in proportion to their grading cost.
Source: section 3 of the domain ("Delta").
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from routefit.evidence import Label, weakest
from routefit.lcpr.bill import Comparison
from routefit.lcpr.bill_allocation import apportioned
from routefit.lcpr.bill_traces import Traced
from routefit.lcpr.cell import Frozen
from routefit.units import usd_from_pico_usd

NO_PROVIDER = "(no provider)"

Key = tuple[str, str]
"""(workload, route)"""


class BillGap(Frozen):
    """A biller whose invoice differs by more than 5%: |delta| over the invoice, and over the traced cost."""

    biller: str
    delta_to_invoice_rate: float | None
    delta_to_traced_rate: float | None


class CellBill(Frozen):
    """A cell's part of the bill; `delta_usd` None: none of its providers is invoiced."""

    delta_usd: float | None = None
    label: Label = Label.MEASURED
    not_invoiced: tuple[str, ...] = ()
    gaps: tuple[BillGap, ...] = ()


NOT_INVOICED = CellBill()


@dataclass(slots=True)
class _Parts:
    """What is found about one cell while the calls are gone through."""

    delta_pico_usd: int = 0
    comparisons: dict[int, Comparison] = field(default_factory=dict)
    invoiced: set[str] = field(default_factory=set)
    uncovered: set[str] = field(default_factory=set)


def cell_bills(
    comparisons: Iterable[Comparison], uncovered: Iterable[Traced], grading_pico_usd: Mapping[Key, int]
) -> dict[Key, CellBill]:
    """The part of every cell; `grading_pico_usd` is the grading cost of each cell that there is."""
    parts: dict[Key, _Parts] = defaultdict(_Parts)
    by_workload: dict[str, list[Key]] = defaultdict(list)
    for key in sorted(grading_pico_usd):
        by_workload[key[0]].append(key)
    for number, compared in enumerate(comparisons):
        for traced, pico_usd in compared.shares:
            for key, share in _shared(traced, pico_usd, by_workload, grading_pico_usd):
                part = parts[key]
                part.delta_pico_usd += share
                part.comparisons[number] = compared
                part.invoiced.add(traced.provider)
    for traced in uncovered:
        for key, _ in _shared(traced, 0, by_workload, grading_pico_usd):
            parts[key].uncovered.add(traced.provider)
    return {key: _cell_bill(part) for key, part in parts.items()}


def _shared(
    traced: Traced, pico_usd: int, by_workload: Mapping[str, list[Key]], grading_pico_usd: Mapping[Key, int]
) -> list[tuple[Key, int]]:
    """The cells that calls belong to, with their shares of an amount."""
    if traced.route:
        return [((traced.workload, traced.route), pico_usd)]
    keys = by_workload.get(traced.workload, [])
    graded = [key for key in keys if grading_pico_usd[key]] or keys
    return list(zip(graded, apportioned(pico_usd, [grading_pico_usd[key] for key in graded]), strict=True))


def _cell_bill(part: _Parts) -> CellBill:
    return CellBill(
        delta_usd=usd_from_pico_usd(part.delta_pico_usd) if part.comparisons else None,
        label=weakest(one.label for one in part.comparisons.values()) if part.comparisons else Label.MEASURED,
        not_invoiced=tuple(
            f"{provider or NO_PROVIDER}{' in part' if provider in part.invoiced else ''}"
            for provider in sorted(part.uncovered)
        ),
        gaps=tuple(
            BillGap(
                biller=one.biller,
                delta_to_invoice_rate=one.delta_to_invoice_rate,
                delta_to_traced_rate=one.delta_to_traced_rate,
            )
            for one in part.comparisons.values()
            if not one.is_reconciled
        ),
    )
