"""Whether the current route gets dearer, less reliable or worse: what speaks against staying.

    dearer         its list price now, or one that comes into force within the horizon, is above that at the start
    less reliable  failed and timed-out calls / calls: the lower bound is above the upper one of the window of the
                   same length before
    worse          accepted / decided units: the upper bound is below the lower one before

The bounds are one-sided 99% Wilson bounds, so that two windows that differ by chance are rarely told apart. None
where either window, or the price list, does not say.
Source: field guide, chapter 16; section 7.1 of the domain.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property

from routefit.answers.workspace import Workspace
from routefit.declared.model import Route, Workload
from routefit.lcpr.cell import Window
from routefit.lcpr.price import PriceRow
from routefit.lcpr.totals import Totals, total_of
from routefit.ledger.view import CellKey
from routefit.stats.rates import wilson_bounds

_CONFIDENCE_RATE = 0.99
_DAYS_PER_MONTH = 365.25 / 12


class Pushes:
    """What pushes off current routes, over one window and the one before it."""

    def __init__(self, workspace: Workspace, window: Window, totals: Mapping[CellKey, Totals]) -> None:
        self._workspace = workspace
        self._window = window
        self._totals = totals

    def of(self, workload: Workload, route: Route | None) -> dict[str, bool | None]:
        """The three, by the names that `Stakes` has for them."""
        if route is None:
            return {}
        key = workload.id, route.id
        now, before = self._totals.get(key, Totals()), self._before.get(key, Totals())
        return {
            "is_price_rising": self._is_price_rising(route, workload.planning.horizon_months),
            "is_reliability_falling": is_above(
                (now.error_calls + now.timeout_calls, now.production_calls),
                (before.error_calls + before.timeout_calls, before.production_calls),
            ),
            "is_quality_falling": is_above(
                (now.decided_units - now.accepted_units, now.decided_units),
                (before.decided_units - before.accepted_units, before.decided_units),
            ),
        }

    @cached_property
    def _before(self) -> Mapping[CellKey, Totals]:
        start, end = self._window.start.date(), self._window.end.date()
        by_cell = self._workspace.ledger.totals(start - (end - start), start)
        return {key: total_of(groups.values()) for key, groups in by_cell.items()}

    def _is_price_rising(self, route: Route, horizon_months: float) -> bool | None:
        book, at = self._workspace.book, self._window.start
        was = book.list_price(route=route, provider=None, model=None, at=at)
        if was is None:
            return None
        until = self._workspace.now + timedelta(days=horizon_months * _DAYS_PER_MONTH)
        rows = book.resolve(route=route, provider=None, model=None, service_tier=None).rows
        coming = [
            row
            for row in rows
            if row.tokens_from == was.tokens_from
            and (row.valid_to is None or row.valid_to > at)
            and (row.valid_from is None or row.valid_from <= until)
        ]
        return any(_is_dearer(row, was) for row in coming)


def is_above(now: tuple[int, int], before: tuple[int, int]) -> bool | None:
    """Whether a share (cases, of how many) is beyond chance above what it was; None where either has none."""
    if not now[1] or not before[1]:
        return None
    low, _ = wilson_bounds(*now, confidence_rate=_CONFIDENCE_RATE, sided=1)
    _, high = wilson_bounds(*before, confidence_rate=_CONFIDENCE_RATE, sided=1)
    return low > high


def _is_dearer(row: PriceRow, was: PriceRow) -> bool:
    return (
        row.input_pico_usd_per_token > was.input_pico_usd_per_token
        or row.output_pico_usd_per_token > was.output_pico_usd_per_token
    )
