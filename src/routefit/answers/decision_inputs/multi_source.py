"""What a split over several providers rests on: what each served of a workload, at which price, how well.

Counted are the workload's current route and every other one that serves the same model, by provider. The price of
a unit is that of answered calls. It was paid at today's hit rates; where the hit rate with all the traffic can be
told (from the gaps between calls), it is put back to that one, for so the formula takes it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from routefit.answers.decision_inputs.sourced import Sourced, of_rate
from routefit.answers.evaluation import Evaluation, Evaluator
from routefit.decisions.earlier_calls import EarlierCalls
from routefit.decisions.given import Given
from routefit.decisions.providers import Provider, Providers, input_name
from routefit.declared.model import Route
from routefit.declared.ranged import RangedRate
from routefit.errors import CannotTellError
from routefit.evidence import Label
from routefit.lcpr.price import PriceRow
from routefit.ledger.providers import ServedSums, earlier_calls, served_sums
from routefit.stats.quantiles import normal_quantile

OWN_GAPS = "own_gaps"

_LEAST_SHARE_RATE = 0.005
_PARITY_MARGIN_RATE = 0.03
_LEAST_DECIDED_UNITS = 100
_DEFAULT_TTL_S = 300.0


@dataclass(frozen=True, slots=True)
class _Served:
    """One provider's sums over the routes that it serves; `price` None: its prices are not known."""

    name: str
    rows: tuple[ServedSums, ...]
    route: Route | None
    price: PriceRow | None

    def total(self, figure: str) -> float:
        """The sum of a figure over the rows."""
        return float(sum(getattr(row, figure) for row in self.rows))


def multi_source_inputs(evaluator: Evaluator, workload: str, route: str | None) -> Sourced:
    """The inputs of `multi-source` for a workload, on the route that was named or the current one.

    Raises CannotTellError where one provider serves all of it, or what a call costs is not known.
    """
    found = evaluator.evaluate(workload)
    name = _route(evaluator, found, route)
    window = evaluator.window.start.date(), evaluator.window.end.date()
    # The keys know all providers that the ledger ever saw, without a look at every call.
    ever = _ever_served(evaluator, found, name)
    if len(ever) < 2:
        raise _no_split(workload, name, ever)
    sums = served_sums(evaluator.workspace.ledger, *window, workload=workload)
    served = _by_provider(evaluator, found, name, sums)
    total = sum(one.total("units") for one in served)
    if len(served) < 2:
        raise _no_split(workload, name, [one.name for one in served])
    unpriced = [one.name for one in served if one.total("unpriced_calls") or not one.total("pico_usd")]
    if unpriced:
        raise CannotTellError(
            f"{workload}: what calls to {', '.join(unpriced)} cost is not known in full",
            next_step="routefit status, for the calls without a price",
        )
    base = _baseline(evaluator, served, name)
    gaps = _gaps(evaluator, found, name, window)
    given: dict[str, Given] = {}
    for one in served:
        given |= _figures(one, share_rate=one.total("units") / total, gaps=gaps, as_of=window[1])
    given |= _common(found, served, base, window[1])
    structure = Providers(
        providers=tuple(
            Provider(
                name=one.name,
                baseline=one is base,
                share_rate=RangedRate((one.total("units") / total,) * 3),
            )
            for one in served
        )
    )
    given.pop(input_name(base.name, "share_rate"))
    return Sourced(
        given=given,
        structure=structure,
        tables={} if gaps is None else {OWN_GAPS: gaps},
        route=name,
        warnings=tuple(_warnings(served, gaps, found)),
    )


def _route(evaluator: Evaluator, found: Evaluation, route: str | None) -> str:
    if route is not None:
        evaluator.workspace.route(route)
    used = sorted((one for one in found.routes if one.cell), key=lambda one: -one.totals.units)
    name = route or found.stakes.current_route or (used[0].route.id if used else None)
    if name is None or not any(one.route.id == name and one.cell for one in found.routes):
        raise CannotTellError(
            f"{found.workload.id}: {name or 'no route'} has no units in the window", next_step="--route ROUTE"
        )
    return name


def _no_split(workload: str, route: str, providers: Collection[str]) -> CannotTellError:
    only = next(iter(providers), "no provider")
    return CannotTellError(
        f"{workload}: {only} serves all units of {route}'s model, there is no split",
        next_step="FILE.yaml with `providers: [...]` for one that is planned",
    )


def _ever_served(evaluator: Evaluator, found: Evaluation, name: str) -> frozenset[str]:
    """All providers that any call of the ledger names for the model of the route, or for one that it may mean."""
    book = evaluator.workspace.book
    routes = {one.route.id: one.route for one in found.routes}
    served = [
        (resolved.target.route, key.provider, key.model)
        for key, resolved in evaluator.workspace.keys.items()
        if resolved.target.workload == found.workload.id and key.model
    ]
    own = routes[name].model
    models = {own} if own is not None else {model for route, _, model in served if route == name}
    return frozenset(
        _provider_of(provider, route, routes)
        for route, provider, model in served
        if any(book.is_same_model(provider, one, model) for one in models)
    )


def _provider_of(logged: str | None, route: str, routes: Mapping[str, Route]) -> str:
    """As the call says, else as its route does; a route of which nobody says it stands for itself."""
    own = routes.get(route)
    return logged or (own.provider if own else None) or route


def _by_provider(
    evaluator: Evaluator, found: Evaluation, name: str, sums: Sequence[ServedSums]
) -> tuple[_Served, ...]:
    """Who served the model of the named route, the largest share first; below half a percent is left out."""
    book = evaluator.workspace.book
    routes = {one.route.id: one.route for one in found.routes}
    model = _model_of(routes[name], [row for row in sums if row.route == name])
    rows = [
        row
        for row in sums
        if row.units > 0 and row.model and model and book.is_same_model(row.provider or None, model, row.model)
    ]
    grouped: dict[str, list[ServedSums]] = defaultdict(list)
    for row in rows:
        grouped[_provider_of(row.provider, row.route, routes)].append(row)
    total = sum(row.units for row in rows)
    served = []
    for provider, members in grouped.items():
        if sum(row.units for row in members) < _LEAST_SHARE_RATE * total:
            continue
        first = max(members, key=lambda row: row.units)
        route = routes.get(first.route)
        price = book.list_price(route=route, provider=provider, model=first.model, at=evaluator.workspace.now)
        served.append(_Served(provider, tuple(members), route, price))
    return tuple(sorted(served, key=lambda one: (-one.total("units"), one.name)))


def _model_of(route: Route, rows: Sequence[ServedSums]) -> str | None:
    if route.model is not None:
        return route.model
    return max(rows, key=lambda row: row.units).model if rows else None


def _baseline(evaluator: Evaluator, served: Sequence[_Served], name: str) -> _Served:
    """The provider that the current route names, else the one with the largest share."""
    declared = evaluator.workspace.project.routes.get(name)
    own = declared.provider if declared is not None else None
    return next((one for one in served if one.name == own), served[0])


def _gaps(evaluator: Evaluator, found: Evaluation, name: str, window: tuple[date, date]) -> EarlierCalls | None:
    ttl_s = found.workload.caching.ttl_s.value or _DEFAULT_TTL_S
    ledger = evaluator.workspace.ledger
    return earlier_calls(ledger, *window, workload=found.workload.id, route=name, ttl_s=float(ttl_s))


def _figures(one: _Served, *, share_rate: float, gaps: EarlierCalls | None, as_of: date) -> dict[str, Given]:
    """The figures of one provider by their names."""
    day = as_of - timedelta(days=1)
    calls, units = one.total("calls"), one.total("units")
    source = f"{calls:,.0f} calls served by {one.name}"
    measured_usd = one.total("pico_usd") / 1e12 / units
    cache = _cache(one, share_rate=share_rate, gaps=gaps)
    usd = measured_usd / cache.cost_ratio if cache else measured_usd
    decided, accepted = one.total("decided_units"), one.total("accepted_units")
    named = {
        "share_rate": Given(value=share_rate, label=Label.MEASURED, source=source, as_of=day),
        "usd_per_unit": Given(
            value=usd,
            label=Label.DERIVED if cache else Label.MEASURED,
            source=f"answered calls of {units:,.0f} units at {one.name}"
            + (", at the hit rate with all the traffic" if cache else ""),
            as_of=day,
        ),
        "error_rate": of_rate(one.total("failed_calls"), calls, source=source, as_of=day),
        "acceptance_rate": of_rate(
            accepted, decided, source=f"{decided:,.0f} decided units at {one.name}", as_of=day
        ),
        "ops_usd_per_month": _ops(one),
    }
    if cache:
        named |= cache.given(day)
    return {input_name(one.name, figure): amount for figure, amount in named.items()}


@dataclass(frozen=True, slots=True)
class _Cache:
    """The hit rates of one provider, and what they do to its cost: today's over that with all the traffic."""

    before: float
    after: float
    discount_rate: float
    input_share_rate: float
    cost_ratio: float
    source: str
    gaps: EarlierCalls
    price: PriceRow

    def given(self, day: date) -> dict[str, Given]:
        """The four figures of the cache."""
        price = self.price
        return {
            "cache_hit_before_rate": Given(
                value=self.before, label=Label.ESTIMATED, source=self.gaps.source, as_of=day
            ),
            "cache_hit_after_rate": Given(value=self.after, label=Label.MEASURED, source=self.source, as_of=day),
            "cache_discount_rate": Given(
                value=self.discount_rate, label=price.label, source=price.source, as_of=price.as_of
            ),
            "input_share_rate": Given(
                value=self.input_share_rate, label=Label.DERIVED, source=f"{self.source}, at list price"
            ),
        }


def _cache(one: _Served, *, share_rate: float, gaps: EarlierCalls | None) -> _Cache | None:
    """None where calls do not say what was cached, nothing was, or it has no price of its own."""
    price, tokens = one.price, one.total("input_tokens")
    if gaps is None or price is None or price.cache_read_pico_usd_per_token is None:
        return None
    full = price.input_pico_usd_per_token
    if not tokens or not one.total("cached_tokens") or not full:
        return None
    discount = max(0.0, 1 - price.cache_read_pico_usd_per_token / full)
    at = gaps.hit_rate_at(share_rate)
    after = one.total("cached_tokens") / tokens
    before = min(1.0, after * gaps.hit_rate_at(1.0) / at) if at > 0 else after
    output_usd = one.total("output_tokens") * price.output_pico_usd_per_token
    input_now, input_whole = (tokens * full * (1 - discount * hit) for hit in (after, before))
    whole = input_whole + output_usd
    if whole <= 0:
        return None
    return _Cache(
        before=before,
        after=after,
        discount_rate=discount,
        input_share_rate=input_whole / whole,
        cost_ratio=(input_now + output_usd) / whole,
        source=f"tokens of {one.total('cache_known_calls'):,.0f} calls served by {one.name}",
        gaps=gaps,
        price=price,
    )


def _ops(one: _Served) -> Given:
    """Running cost of a route that this provider alone serves."""
    if one.route is None or not one.route.ops_usd_per_month.is_known or one.route.provider != one.name:
        return Given(source="ops_usd_per_month is not declared")
    fact = one.route.ops_usd_per_month
    return Given(value=float(fact.value or 0), label=fact.label, source=fact.source, as_of=fact.as_of)


def _common(found: Evaluation, served: Sequence[_Served], base: _Served, as_of: date) -> dict[str, Given]:
    day = as_of - timedelta(days=1)
    given = {
        "units_per_month": Given(
            value=found.stakes.accepted_units_per_month,
            label=Label.MEASURED if found.stakes.accepted_units_per_month else Label.UNKNOWN,
            source="accepted units of the window",
            as_of=day,
        ),
        "has_parity": _parity(served, base, day),
    }
    billed = {one.route.billed_on.error for one in served if one.route is not None}
    if billed == {"none"}:
        given["failed_calls_billed"] = Given(value=False, label=Label.ASSUMED, source="billed_on.error: none")
    return given


def _parity(served: Sequence[_Served], base: _Served, day: date) -> Given:
    """Whether every other provider's acceptance is within three points of the baseline's, at 95% confidence."""
    others = [one for one in served if one is not base]
    least = min((one.total("decided_units") for one in served), default=0)
    source = f"acceptance by provider, at least {least:,.0f} decided units each"
    if least < _LEAST_DECIDED_UNITS:
        return Given(source=source)
    ends = [_difference(one, base) for one in others]
    if all(low > -_PARITY_MARGIN_RATE for low, _ in ends):
        return Given(value=True, label=Label.MEASURED, source=source, as_of=day)
    if any(high < -_PARITY_MARGIN_RATE for _, high in ends):
        return Given(value=False, label=Label.MEASURED, source=source, as_of=day)
    return Given(source=source)


def _difference(one: _Served, base: _Served) -> tuple[float, float]:
    """The 95% interval of the difference of two acceptance rates, by the normal approximation."""
    rates = [each.total("accepted_units") / each.total("decided_units") for each in (one, base)]
    variance = sum(
        rate * (1 - rate) / each.total("decided_units") for rate, each in zip(rates, (one, base), strict=True)
    )
    reach = normal_quantile(0.975) * variance**0.5
    return rates[0] - rates[1] - reach, rates[0] - rates[1] + reach


def _warnings(served: Sequence[_Served], gaps: EarlierCalls | None, found: Evaluation) -> Iterable[str]:
    if gaps is not None and not found.workload.caching.ttl_s.is_known:
        yield (
            f"how long the cache keeps a prefix is not declared (caching.ttl_s): {_DEFAULT_TTL_S:g} s are assumed"
        )
    few = [one.name for one in served if one.total("decided_units") < _LEAST_DECIDED_UNITS]
    if few:
        yield f"fewer than {_LEAST_DECIDED_UNITS} units of {', '.join(few)} are decided: no word on parity"
