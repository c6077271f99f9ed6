"""Estimated cells: what a workload would cost on a route that has not shown it yet.

The calls of the workload's current route are priced at the candidate's prices of today, by the formula of
`lcpr/requoting.py`; a candidate that ran without verdicts keeps its own cost of inference; a route that is paid by
the replica-hour takes the replicas that the workload's load needs. What nobody knows of the candidate is assumed,
with a range, and named. An estimate never carries a move; it says what is worth measuring.
Source: section 7.0 of the domain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, partial

from routefit.answers.candidate_prices import CandidatePrices, billed_on
from routefit.answers.traffic import Traffic
from routefit.answers.workspace import Workspace
from routefit.declared.model import Route, Workload
from routefit.evidence import Label
from routefit.funnel.fleet import goodput_units, replicas_needed, utilization_limit_rate
from routefit.funnel.matrix import CellEvidence, LcprFigures
from routefit.lcpr.cell import Cell, Window
from routefit.lcpr.cost import Pricing
from routefit.lcpr.requote_assumptions import (
    CACHE_HITS,
    REPAIRS,
    TOKENS,
    acceptance_assumed,
    assumption_words,
    cache_assumed,
    repairs_assumed,
    tokens_assumed,
    utilization_assumed,
)
from routefit.lcpr.requoting import Assumption, BandUse, Beside, cached_rate, estimate, inference_usd
from routefit.ledger.pricing import CallKey, KeyedPricing
from routefit.ledger.requoting import Requoted, requote
from routefit.ledger.view import CellKey
from routefit.units import months_in


class _Quote:
    """What a unit costs in inference: a function of what is assumed, and the words of where it comes from."""

    def __init__(
        self,
        basis: str,
        usd_per_unit: partial[float],
        assumed: Sequence[Assumption] = (),
        unpriced_calls: int = 0,
    ) -> None:
        self.basis = basis
        self.usd_per_unit = usd_per_unit
        self.assumed = tuple(assumed)
        self.unpriced_calls = unpriced_calls


class Estimates:
    """Estimated cells of declared routes; the ledger is scanned once, when the first is asked for."""

    def __init__(
        self, workspace: Workspace, window: Window, cells: Mapping[CellKey, Cell], traffic: Traffic
    ) -> None:
        self._workspace = workspace
        self._window = window
        self._cells = cells
        self._traffic = traffic
        self._prices = CandidatePrices(workspace)

    def figures(self, workload: Workload, route: Route) -> LcprFigures | None:
        """The estimate of a route without a measured cost; None where there is nothing to estimate from."""
        own = self._cells.get((workload.id, route.id))
        current = self._current(workload)
        if current is None or route.id == current.route or current.usd_per_unit is None:
            return None
        quote = self._quote(workload, current, own, route)
        if quote is None:
            return None
        accepted_rate = self._accepted_rate(current)
        is_judged = own is not None and own.accepted_units > 0
        acceptance = acceptance_assumed(
            current_id=current.route,
            current_rate=accepted_rate,
            floor_rate=workload.unit.quality_floor_rate,
            accepted_units=own.accepted_units if own and is_judged else 0,
            decided_units=own.accepted_units + own.rejected_units if own and is_judged else 0,
        )
        beside = self._beside(workload, current, route, accepted_rate)
        found = estimate(quote.usd_per_unit, quote.assumed, beside, acceptance)
        assumed = (*([acceptance] if acceptance else []), *quote.assumed)
        is_lower_bound = quote.unpriced_calls > 0
        return LcprFigures(
            lcpr_usd_per_accepted_unit=found.lcpr_usd,
            lcpr_low_usd=found.low_usd,
            lcpr_high_usd=None if is_lower_bound else found.high_usd,
            units=0,
            is_lower_bound=is_lower_bound,
            unpriced_calls=quote.unpriced_calls,
            at_least_usd=None if found.lcpr_usd is not None else found.usd_per_unit,
            evidence=CellEvidence(label=Label.ESTIMATED, badge=Label.ESTIMATED, is_decision_grade=False),
            reason=_reason(quote, assumed, current, is_judged=acceptance is not None),
            assumptions=assumed,
        )

    # --- inference per unit -----------------------------------------------------------------------------------

    def _quote(self, workload: Workload, current: Cell, own: Cell | None, route: Route) -> _Quote | None:
        """From the route's own traces where they have a cost, else by capacity, else from the current route's."""
        if own is not None and own.units and own.cost_usd.inference is not None:
            usd = own.cost_usd.inference / own.units
            return _Quote(f"its own calls on {route.id}", partial(_fixed, usd), (), own.unpriced_calls)
        if route.capacity.is_declared:
            return self._capacity_quote(workload, route)
        return self._token_quote(workload, current, route)

    def _token_quote(self, workload: Workload, current: Cell, route: Route) -> _Quote | None:
        quoted = self._requoted.get((workload.id, route.id))
        if quoted is None or not quoted.uses:
            return None
        declared = self._workspace.project.routes.get(current.route)
        assumed = [
            one
            for one in (
                tokens_assumed(route, declared, current.route),
                cache_assumed(route, declared, current.route, workload, quoted.uses),
                repairs_assumed(current.route, quoted.uses),
            )
            if one is not None
        ]
        names = tuple(one.name for one in assumed)
        usd_per_unit = partial(_inference_usd_per_unit, quoted.uses, names, current.units)
        tiers = sorted(
            {tier for key, _, tier in self._prices.by_key(workload, current.route, route) if tier != "standard"}
        )
        basis = f"the calls of {current.route}" + (f" in the {' and '.join(tiers)} tier" if tiers else "")
        return _Quote(basis, usd_per_unit, assumed, quoted.unpriced_calls)

    def _capacity_quote(self, workload: Workload, route: Route) -> _Quote | None:
        """Replicas for the load of the workload, at what they cost an hour."""
        fleet = self._traffic.fleet(workload.id, route)
        one, eta = goodput_units(route, fleet), utilization_limit_rate(route, fleet)
        price, gpus = route.capacity.gpu_usd_per_hour.value, route.capacity.gpus_per_replica.value
        demanded = workload.demand.units_per_month.value or self._traffic.units_per_month(workload.id)
        measured = self._traffic.units_per_month(workload.id)
        if not one.value or price is None or gpus is None or not demanded or not measured:
            return None
        load, scale = self._traffic.load(workload.id), demanded / measured
        if not load.peak_units_per_hour:
            return None
        full = utilization_assumed(eta)
        hours = Assumption(
            name="load",
            words="replicas for the highest hour",
            point=load.peak_units_per_hour * scale,
            low=load.mean_units_per_hour * scale,
            high=load.peak_units_per_hour * scale,
            is_share=False,
            label=load.label,
            source="from the mean hour, with replicas that follow the load, to the highest",
        )
        usd_per_replica_month = float(price) * gpus * self._workspace.project.config.defaults.hours_per_month
        usd_per_unit = partial(
            _replicas_usd_per_unit,
            usd_per_replica_month / demanded,
            one.value,
            float(route.capacity.min_replicas.value or 0),
        )
        return _Quote("replica-hours for the load", usd_per_unit, (full, hours))

    # --- what comes beside it -----------------------------------------------------------------------------------

    def _beside(self, workload: Workload, current: Cell, route: Route, accepted_rate: float | None) -> Beside:
        # Where a person's approval is the gate, people look at every unit, not only at what fails.
        cost = current.cost_usd
        return Beside(
            grading_usd=(cost.eval or 0.0) / current.units,
            running_usd=self._running_usd(current, route),
            people_usd=(cost.human or 0.0) / current.units,
            acceptance_rate=None if workload.unit.human_gate else accepted_rate,
        )

    def _running_usd(self, current: Cell, route: Route) -> float:
        """The running cost of a unit: the workload's share as it is, the route's own replaced."""
        declared = self._workspace.project.routes.get(current.route)
        shared = (current.cost_usd.ops or 0.0) / current.units
        left_usd = shared - (self._route_usd(declared, self._units_on(current.route)) if declared else 0.0)
        return max(0.0, left_usd) + self._route_usd(route, self._units_on(route.id) + current.units)

    def _route_usd(self, route: Route, units: int) -> float:
        """What a unit bears of the route's own running cost, when so many run on it in the window."""
        monthly = route.ops_usd_per_month.value
        if monthly is None or not units:
            return 0.0
        months = months_in(self._window.start, self._window.end)
        return float(monthly) * months * self._workspace.project.config.sampling.unit_rate / units

    def _units_on(self, route: str) -> int:
        return sum(cell.units for (_, name), cell in self._cells.items() if name == route)

    def _accepted_rate(self, current: Cell) -> float | None:
        """Accepted units over all units of the current route, as its cost per accepted unit counts them."""
        accepted = self._traffic.accepted_units(current)
        return accepted / current.units if accepted else None

    def _current(self, workload: Workload) -> Cell | None:
        name = workload.planning.current_route
        return self._cells.get((workload.id, name)) if name else None

    # --- prices of the candidates -------------------------------------------------------------------------------

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
            for route in project.routes.values():
                own = self._cells.get((workload.id, route.id))
                has_cost = own is not None and own.units > 0 and own.cost_usd.inference is not None
                if route.id == current.route or has_cost:
                    continue
                for key, rows, _ in self._prices.by_key(workload, current.route, route):
                    pricing = Pricing(rows=rows, billed_on=billed_on(route))
                    yield (
                        key,
                        KeyedPricing(
                            workload=workload.id, route=route.id, is_region_allowed=True, pricing=pricing
                        ),
                    )


def _fixed(usd: float, _: Sequence[float]) -> float:
    return usd


def _inference_usd_per_unit(
    uses: Sequence[BandUse], names: Sequence[str], units: int, values: Sequence[float]
) -> float:
    given = dict(zip(names, values, strict=True))
    whole = inference_usd(
        uses,
        tokenizer_ratio=given.get(TOKENS, 1.0),
        cache_hit_rate=given.get(CACHE_HITS, cached_rate(uses)),
        rework_ratio=given.get(REPAIRS, 1.0),
    )
    return whole / units


def _replicas_usd_per_unit(
    usd_per_replica_and_unit: float, goodput_units: float, least: float, values: Sequence[float]
) -> float:
    max_utilization_rate, units_per_hour = values
    needed = replicas_needed(
        units_per_hour, goodput_units_per_hour=goodput_units, max_utilization_rate=max_utilization_rate
    )
    return max(least, needed) * usd_per_replica_and_unit


def _reason(quote: _Quote, assumed: Sequence[Assumption], current: Cell, *, is_judged: bool) -> str:
    words = f"re-quoted from {quote.basis}"
    if not is_judged:
        words += f", no unit of {current.route} has a verdict"
    guessed = [one for one in assumed if one.label is Label.ASSUMED]
    known = [one for one in assumed if one.label is not Label.ASSUMED]
    words += f", with {assumption_words(known)}" if known else ""
    return f"{words}, assuming {assumption_words(guessed)}" if guessed else words
