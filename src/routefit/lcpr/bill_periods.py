"""Which invoice lines are compared together: the biller's lines of one invoice period.

Lines whose periods overlap are one period, from the earliest start to the latest end: their amounts add up, and no
traced call is held against two of them. Lines of at most a day (hourly and daily exports) are first gathered by
calendar month, as they are invoiced. Billers that bill for the same provider are one biller.
Source: section 3 of the domain ("Delta").
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from routefit.evidence import Label
from routefit.lcpr.cell import Frozen

ONE_DAY = timedelta(days=1)


class InvoiceLine(Frozen):
    """One line before credits and without tax, in whole pico-USD.

    `model` is the traced model that the line names, else the name as it is spelled; None names no model.
    `resembles` is the traced model that such a name only comes near to. `quantity_tokens` is None where the line
    counts something else, or nothing.
    """

    biller: str
    start: datetime
    end: datetime
    pico_usd: int
    model: str | None = None
    resembles: str | None = None
    quantity_tokens: int | None = None
    credits_pico_usd: int = 0
    label: Label = Label.MEASURED


class InvoicePeriod(Frozen):
    """The lines that one biller's comparison is made of, and the providers that it bills for."""

    biller: str
    providers: frozenset[str]
    start: datetime
    end: datetime
    lines: tuple[InvoiceLine, ...]


def invoice_periods(
    lines: Iterable[InvoiceLine], providers: Mapping[str, frozenset[str]]
) -> tuple[InvoicePeriod, ...]:
    """The periods of every biller in order; `providers` says for each biller whom it bills for."""
    names = _joined_names(providers)
    by_biller: dict[str, list[InvoiceLine]] = defaultdict(list)
    for line in lines:
        by_biller[names[line.biller]].append(line)
    served: dict[str, frozenset[str]] = defaultdict(frozenset)
    for biller, name in names.items():
        served[name] |= providers[biller]
    return tuple(
        InvoicePeriod(biller=name, providers=served[name], start=start, end=end, lines=tuple(together))
        for name, own in sorted(by_biller.items())
        for start, end, together in _merged(own)
    )


def _joined_names(providers: Mapping[str, frozenset[str]]) -> dict[str, str]:
    """For each biller the name of it and all that bill for a provider of its own."""
    groups: list[tuple[set[str], set[str]]] = []
    for biller, served in sorted(providers.items()):
        sharing = [group for group in groups if group[1] & served]
        joined = ({biller}.union(*(group[0] for group in sharing)), set(served).union(*(g[1] for g in sharing)))
        groups = [group for group in groups if group not in sharing] + [joined]
    return {biller: " + ".join(sorted(billers)) for billers, _ in groups for biller in billers}


def _merged(lines: list[InvoiceLine]) -> list[tuple[datetime, datetime, list[InvoiceLine]]]:
    parts: dict[object, list[InvoiceLine]] = defaultdict(list)
    for line in lines:
        is_short = line.end - line.start <= ONE_DAY
        parts[(line.start.year, line.start.month) if is_short else (line.start, line.end)].append(line)
    spans = sorted(
        ((min(line.start for line in part), max(line.end for line in part), part) for part in parts.values()),
        key=lambda span: span[:2],
    )
    merged: list[tuple[datetime, datetime, list[InvoiceLine]]] = []
    for start, end, part in spans:
        if merged and start < merged[-1][1]:
            first, last, together = merged.pop()
            merged.append((first, max(last, end), together + part))
        else:
            merged.append((start, end, part))
    return merged
