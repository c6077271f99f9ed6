"""The prices that a workload's calls would meet on a candidate today, by the tier that they would have there."""

from __future__ import annotations

from collections.abc import Iterator

from routefit.answers.workspace import Workspace
from routefit.declared.model import BilledOn, Mode, Route, Tier, Workload
from routefit.lcpr.price import PriceRow
from routefit.ledger.pricing import CallKey

_TOKEN_MODES = (Mode.CLOSED_API, Mode.SERVERLESS_OPEN, None)
_UNBILLED = BilledOn(error="none", timeout="none", cancelled="none")
_CHEAPER_TIERS: tuple[Tier, ...] = ("batch", "flex")


class CandidatePrices:
    """Prices in force now, of routes that are paid by the token."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def by_key(
        self, workload: Workload, current_id: str, route: Route
    ) -> Iterator[tuple[CallKey, tuple[PriceRow, ...], Tier]]:
        """Each key of the current route's calls with the candidate's prices of the tier that they would have.

        Nothing for a route that is paid by the replica-hour or has no price in force.
        """
        if route.mode not in _TOKEN_MODES:
            return
        for key, resolved in self._workspace.keys.items():
            if (resolved.target.workload, resolved.target.route) != (workload.id, current_id):
                continue
            for tier in (*wanted_tiers(workload, route, key.service_tier), "standard"):
                rows = self._rows_of_today(route, tier)
                if rows:
                    yield key, rows, tier
                    break

    def _rows_of_today(self, route: Route, tier: Tier) -> tuple[PriceRow, ...]:
        """The route's prices of a tier in force now, for calls of any date."""
        resolved = self._workspace.book.resolve(route=route, provider=None, model=None, service_tier=tier)
        now = self._workspace.now
        in_force = [row for row in resolved.rows if row.holds(at=now, input_tokens=row.tokens_from)]
        changes: dict[str, object] = {"valid_from": None, "valid_to": None}
        features = route.price_features.value
        if features is not None and "cache" not in features:
            changes |= {"cache_read_pico_usd_per_token": None, "cache_write_pico_usd_per_token": None}
        return tuple(row.model_copy(update=changes) for row in in_force)


def wanted_tiers(workload: Workload, route: Route, logged: str | None) -> Iterator[Tier]:
    """The tiers whose price a call would have on the candidate, the best first; else the standard one.

    The tier in which the route serves, else batch or flex where the workload's plan relies on it or the call has
    it today, and the candidate is known to offer it.
    """
    offered = {name.casefold() for name in route.price_features.value or ()}
    if route.service_tier is not None:
        yield route.service_tier
        return
    asked = {name.casefold() for name in (*workload.price_features, logged or "")}
    for tier in _CHEAPER_TIERS:
        if tier in asked and tier in offered:
            yield tier


def billed_on(route: Route) -> BilledOn:
    """What the candidate bills for failed calls; nothing where nobody declared it."""
    declared = {name: value for name, value in route.billed_on if value is not None}
    return _UNBILLED.model_copy(update=declared)
