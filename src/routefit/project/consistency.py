"""What only shows when several declared things are seen together: ids and prices that exclude each other."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from routefit.declared.model import Anticipated, Price, PriceListing
from routefit.errors import Problem
from routefit.prices.references import spelled_provider
from routefit.project.document import Document, Steps
from routefit.project.validation import shown

ID_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+@-]{0,99}")
ID_RULE = "an id of letters a-z, digits and . _ - + @, starting with a letter or digit, 100 at most"
"""An id is typed on command lines and names files: no spaces, slashes, quotes, colons or leading dashes."""


def id_problems(documents: Iterable[Document], kind: str) -> Iterator[Problem]:
    """Ids that break the rule, and ids that two files of one kind share."""
    first_with: dict[str, Document] = {}
    for document in documents:
        given = document.value.get("id")
        if not isinstance(given, str) or not given:
            continue
        if not ID_PATTERN.fullmatch(given):
            yield document.report(("id",), f"got {shown(given)}, expected {ID_RULE}")
        elif given in first_with:
            other = first_with[given]
            where = f"{other.file}:{other.place(('id',)).line}"
            yield document.report(
                ("id",), f"got {given!r} again, expected an id that no other {kind} has ({where})"
            )
        else:
            first_with[given] = document


@dataclass(frozen=True, slots=True)
class PlacedPrice:
    """A price row, whose it is, and where it stands."""

    provider: str
    model: str
    row: Price
    document: Document
    steps: Steps


def listed_prices(document: Document, prices: Iterable[PriceListing]) -> Iterator[PlacedPrice]:
    """The rows of a file of `prices/`."""
    for index, row in enumerate(prices):
        yield PlacedPrice(row.provider, row.model, row, document, ("prices", index))


def route_prices(document: Document, prices: Iterable[Price]) -> Iterator[PlacedPrice]:
    """The rows that a route states for itself."""
    for index, row in enumerate(prices):
        yield PlacedPrice("", "", row, document, ("prices", index))


def price_problems(prices: Iterable[PlacedPrice]) -> Iterator[Problem]:
    """Each price that another one contradicts: same provider, model, tier and band, periods that share a day.

    Rows are compared with the one that reaches furthest among those that start earlier: linear after sorting.
    """
    groups: dict[tuple[str, str, str, int], list[PlacedPrice]] = defaultdict(list)
    for placed in prices:
        row = placed.row
        provider, model = spelled_provider(placed.provider), placed.model.casefold()
        groups[provider, model, row.service_tier, row.above_input_tokens].append(placed)
    for group in groups.values():
        group.sort(key=lambda placed: placed.row.valid_from)
        furthest = group[0]
        for placed in group[1:]:
            if furthest.row.overlaps(placed.row):
                yield _overlap(furthest, placed)
            if furthest.row.valid_to is not None and (
                placed.row.valid_to is None or placed.row.valid_to > furthest.row.valid_to
            ):
                furthest = placed


def _overlap(earlier: PlacedPrice, later: PlacedPrice) -> Problem:
    place = earlier.document.place(earlier.steps)
    whose = f" of {later.provider}/{later.model}" if later.model else ""
    if earlier.row.valid_from < later.row.valid_from:
        remedy = f"give the other valid_to: {later.row.valid_from}"
    else:
        remedy = "keep one of them"
    message = (
        f"got a price{whose} for {_period(later.row)}, expected none that overlaps {_period(earlier.row)} "
        f"at {earlier.document.file}:{place.line}:{place.column}; {remedy}"
    )
    return later.document.report(later.steps, message)


def _period(row: Price) -> str:
    return f"{row.valid_from} to {row.valid_to}" if row.valid_to else f"{row.valid_from} on"


def anticipated_problems(document: Document, entries: Iterable[Anticipated]) -> Iterator[Problem]:
    """Two entries of one date: which of them holds would depend on their order."""
    first_on: dict[object, int] = {}
    for index, entry in enumerate(entries):
        first = first_on.setdefault(entry.on, index)
        if first != index:
            message = f"got {entry.on} again, expected one entry per date (first at anticipated[{first}])"
            yield document.report(("anticipated", index, "on"), message)
