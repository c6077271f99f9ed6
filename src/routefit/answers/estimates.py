"""Re-quoting: what a workload's real calls would cost on a route that has not served it.

    estimate = (inference re-quoted + grading + people + running of the current route) / (units x acceptance)

The current route's calls keep their token counts and cached tokens (a candidate without a cache price, or known
not to offer caching, bills them as input) and take the candidate's prices of today. Acceptance on the candidate is
assumed: the point takes the current route's share of accepted units, the interval reaches from "all accepted" to
"just at the floor". An estimate never carries a move; it says what is worth measuring.
Source: section 7.0 of the domain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from routefit.answers.workspace import Workspace
from routefit.declared.model import BilledOn, Mode, Route, Workload
from routefit.evidence import Label
from routefit.funnel.matrix import CellEvidence, LcprFigures
from routefit.lcpr.cell import Cell, Window
from routefit.lcpr.cost import Pricing
from routefit.lcpr.price import PriceRow
from routefit.ledger.pricing import CallKey, KeyedPricing
from routefit.ledger.questions import Requoted, requote
from routefit.ledger.view import CellKey
from routefit.units import usd_from_pico_usd

_TOKEN_MODES = (Mode.CLOSED_API, Mode.SERVERLESS_OPEN, None)


class Estimates:
    """Estimated cells of declared routes; the ledger is scanned once, when the first is asked for."""

    def __init__(self, workspace: Workspace, window: Window, cells: Mapping[CellKey, Cell]) -> None:
        self._workspace = workspace
        self._window = window
        self._cells = cells

    def figures(self, workload: Workload, route: Route) -> LcprFigures | None:
        """The estimate of a route without verdicts of its own; None where there is nothing to estimate from."""
        own = self._cells.get((workload.id, route.id))
        current = self._current(workload)
        if current is None or route.id == current.route or current.usd_per_unit is None:
            return None
        inference_usd, is_lower_bound, unpriced = self._inference_usd(workload, current, own, route)
        if inference_usd is None:
            return None
        cost = current.cost_usd
        rest_usd = sum(term or 0.0 for term in (cost.eval, cost.human, cost.ops)) / current.units
        usd_per_unit = inference_usd + rest_usd
        accepted_rate = current.accepted_units / current.units
        floor_rate = workload.unit.quality_floor_rate
        return LcprFigures(
            lcpr_usd_per_accepted_unit=usd_per_unit / accepted_rate if accepted_rate else None,
            lcpr_low_usd=usd_per_unit,
            lcpr_high_usd=usd_per_unit / floor_rate if floor_rate and not is_lower_bound else None,
            units=0,
            is_lower_bound=is_lower_bound,
            unpriced_calls=unpriced,
            at_least_usd=None if accepted_rate else usd_per_unit,
            evidence=CellEvidence(label=Label.ESTIMATED, badge=Label.ESTIMATED, is_decision_grade=False),
            reason=(
                f"re-quoted from {current.route}, acceptance assumed equal"
                if accepted_rate
                else f"re-quoted from {current.route}, no unit of which has a verdict"
            ),
        )

    def _inference_usd(
        self, workload: Workload, current: Cell, own: Cell | None, route: Route
    ) -> tuple[float | None, bool, int]:
        """(USD per unit, lower bound, unpriced calls): from the route's own traces where it has any."""
        if own is not None and own.units:
            if own.cost_usd.inference is None:
                return None, False, 0
            return own.cost_usd.inference / own.units, own.is_lower_bound, own.unpriced_calls
        quoted = self._requoted.get((workload.id, route.id))
        if quoted is None or not quoted.pico_usd:
            return None, False, 0
        usd = usd_from_pico_usd(quoted.pico_usd) / current.units
        return usd, quoted.unpriced_calls > 0, quoted.unpriced_calls

    def _current(self, workload: Workload) -> Cell | None:
        name = workload.planning.current_route
        return self._cells.get((workload.id, name)) if name else None

    @cached_property
    def _requoted(self) -> dict[CellKey, Requoted]:
        targets = list(self._targets())
        if not targets:
            return {}
        original = {key: resolved.target for key, resolved in self._workspace.keys.items()}
        first, last = self._window.start.date(), self._window.end.date()
        return requote(self._workspace.ledger, first, last, targets, original)

    def _targets(self) -> Iterator[tuple[CallKey, KeyedPricing]]:
        project = self._workspace.project
        for workload in project.workloads.values():
            current = self._current(workload)
            if current is None:
                continue
            keys = [
                key
                for key, resolved in self._workspace.keys.items()
                if (resolved.target.workload, resolved.target.route) == (workload.id, current.route)
            ]
            for route in project.routes.values():
                rows = self._rows_of_today(route)
                if route.id == current.route or (workload.id, route.id) in self._cells or not rows:
                    continue
                pricing = Pricing(rows=rows, billed_on=BilledOn(error="none", timeout="none", cancelled="none"))
                target = KeyedPricing(
                    workload=workload.id, route=route.id, is_region_allowed=True, pricing=pricing
                )
                yield from ((key, target) for key in keys)

    def _rows_of_today(self, route: Route) -> tuple[PriceRow, ...]:
        """The route's standard prices in force now, for calls of any date."""
        if route.mode not in _TOKEN_MODES:
            return ()
        resolved = self._workspace.book.resolve(route=route, provider=None, model=None, service_tier=None)
        now = self._workspace.now
        in_force = [row for row in resolved.rows if row.holds(at=now, input_tokens=row.tokens_from)]
        changes: dict[str, object] = {"valid_from": None, "valid_to": None}
        features = route.price_features.value
        if features is not None and "cache" not in features:
            changes |= {"cache_read_pico_usd_per_token": None, "cache_write_pico_usd_per_token": None}
        return tuple(row.model_copy(update=changes) for row in in_force)
