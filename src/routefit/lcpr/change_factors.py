"""The factors of a cost, one value each per window, and the cost per unit that any mix of them gives.

    model cost per unit = sum over routes, kinds of call, models of
        share of units x planned calls per unit x calls per planned call x share of the model
        x (1 - unpriced) x (1 - free) x cost per billed call
    cost per billed call = input x ((1 - cached - written) x price + cached x cache-read price
        + written x cache-write price) + output x output price + flat
    accepted per unit    = sum over routes of share of units x judged per unit x accepted per judged unit

Each factor stems from the earlier or from the later window. One that is undefined in a window, because what it
multiplies is 0 there (the price of a model that was not used yet), is taken from the other: it then moves nothing,
and the change is that of the share.
Source: section 3 of the domain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from routefit.lcpr.change_inputs import KINDS, CallSums, RouteSums, Served, WindowSums
from routefit.units import PICO_USD_PER_USD, usd_from_pico_usd

Floats = npt.NDArray[np.float64]


class Cause(StrEnum):
    """What a cost per accepted unit may have changed by."""

    PRICE = "price"
    TOKEN_MIX = "token_mix"
    MODEL_MIX = "model_mix"
    CACHE = "cache"
    RETRIES = "retries"
    UNPRICED = "unpriced"
    IDLE = "idle"
    GRADING = "grading"
    PEOPLE = "people"
    BILL_DIFFERENCE = "bill_difference"
    RUNNING = "running"
    VOLUME = "volume"
    ACCEPTANCE = "acceptance"
    VERDICTS = "verdicts"
    ROUTE_MIX = "route_mix"


MODEL_CAUSES = (Cause.PRICE, Cause.TOKEN_MIX, Cause.MODEL_MIX, Cause.CACHE, Cause.RETRIES, Cause.UNPRICED)
"""What the model cost of a unit on given routes depends on."""

TERM_CAUSES = (Cause.GRADING, Cause.PEOPLE, Cause.BILL_DIFFERENCE)
"""Terms per unit; each is a factor by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Factors:
    """All factors of one window; arrays are by route, route x kind, or series (route, kind, model)."""

    share_of_units: Floats
    planned_calls_per_unit: Floats
    calls_per_planned_call: Floats
    share_of_calls: Floats
    unpriced: Floats
    free: Floats
    input_tokens: Floats
    cached: Floats
    written: Floats
    output_tokens: Floats
    uncached_usd: Floats
    cached_usd: Floats
    written_usd: Floats
    output_usd: Floats
    flat_usd: Floats
    judged: Floats
    accepted: Floats
    terms_usd: Floats
    units_per_day: float
    running_usd_per_day: float
    idle_usd_per_day: float


_FIELDS = {
    Cause.PRICE: ("uncached_usd", "cached_usd", "written_usd", "output_usd", "flat_usd"),
    Cause.TOKEN_MIX: ("planned_calls_per_unit", "input_tokens", "output_tokens"),
    Cause.MODEL_MIX: ("share_of_calls",),
    Cause.CACHE: ("free", "cached", "written"),
    Cause.RETRIES: ("calls_per_planned_call",),
    Cause.UNPRICED: ("unpriced",),
    Cause.IDLE: ("idle_usd_per_day",),
    Cause.RUNNING: ("running_usd_per_day",),
    Cause.VOLUME: ("units_per_day",),
    Cause.ACCEPTANCE: ("accepted",),
    Cause.VERDICTS: ("judged",),
    Cause.ROUTE_MIX: ("share_of_units",),
}


@dataclass(frozen=True, slots=True)
class Model:
    """Both windows' factors over the same routes and series."""

    was: Factors
    now: Factors
    route_of: npt.NDArray[np.intp]
    kind_of: npt.NDArray[np.intp]

    def has_moved(self, cause: Cause) -> bool:
        """Whether the factors of a cause differ between the windows."""
        if cause in TERM_CAUSES:
            row = TERM_CAUSES.index(cause)
            return not np.array_equal(self.was.terms_usd[row], self.now.terms_usd[row])
        return any(not np.array_equal(getattr(self.was, name), getattr(self.now, name)) for name in _FIELDS[cause])

    def model_usd_per_unit(self, pick: Callable[[Cause], Factors]) -> float:
        """The cost of model calls per unit, each cause's factors from the window that `pick` answers."""
        share, tokens, prices, cache = map(pick, (Cause.ROUTE_MIX, Cause.TOKEN_MIX, Cause.PRICE, Cause.CACHE))
        input_usd = (
            (1 - cache.cached - cache.written) * prices.uncached_usd
            + cache.cached * prices.cached_usd
            + cache.written * prices.written_usd
        )
        billed_usd = tokens.input_tokens * input_usd + tokens.output_tokens * prices.output_usd + prices.flat_usd
        calls = (
            share.share_of_units[self.route_of]
            * tokens.planned_calls_per_unit[self.route_of]
            * pick(Cause.RETRIES).calls_per_planned_call[self.route_of, self.kind_of]
            * pick(Cause.MODEL_MIX).share_of_calls
        )
        return float(np.sum(calls * (1 - pick(Cause.UNPRICED).unpriced) * (1 - cache.free) * billed_usd))

    def term_usd_per_unit(self, cause: Cause, pick: Callable[[Cause], Factors]) -> float:
        """Grading, people or the bill difference per unit."""
        terms_usd = pick(cause).terms_usd[TERM_CAUSES.index(cause)]
        return float(np.sum(pick(Cause.ROUTE_MIX).share_of_units * terms_usd))

    def fixed_usd_per_unit(self, pick: Callable[[Cause], Factors]) -> float:
        """What does not grow with the units, per unit: running cost and idle capacity."""
        usd_per_day = pick(Cause.RUNNING).running_usd_per_day + pick(Cause.IDLE).idle_usd_per_day
        return usd_per_day / pick(Cause.VOLUME).units_per_day

    def accepted_rate(self, pick: Callable[[Cause], Factors]) -> float:
        """Accepted units per unit."""
        judged, accepted = pick(Cause.VERDICTS).judged, pick(Cause.ACCEPTANCE).accepted
        return float(np.sum(pick(Cause.ROUTE_MIX).share_of_units * judged * accepted))


def model_of(was: WindowSums, now: WindowSums, *, left_out: Sequence[Cause] = ()) -> Model:
    """The model of two windows that both have units; terms in `left_out` count as nothing in both."""
    routes = sorted({*was.routes, *now.routes})
    series = sorted(
        {
            (route, served)
            for window in (was, now)
            for route, sums in window.routes.items()
            for served in sums.calls
        }
    )
    raw = [_factors(window, routes, series, left_out) for window in (was, now)]
    return Model(
        was=_completed(raw[0], raw[1]),
        now=_completed(raw[1], raw[0]),
        route_of=np.array([routes.index(route) for route, _ in series], dtype=np.intp),
        kind_of=np.array([KINDS.index(served.kind) for _, served in series], dtype=np.intp),
    )


def _completed(own: Factors, other: Factors) -> Factors:
    """Undefined factors from the other window; undefined in both they multiply 0 and are 0."""

    def filled(mine: Floats, theirs: Floats) -> Floats:
        return np.nan_to_num(np.where(np.isnan(mine), theirs, mine), nan=0.0)

    arrays: dict[str, Any] = {
        each.name: filled(mine, getattr(other, each.name))
        for each in fields(Factors)
        if isinstance(mine := getattr(own, each.name), np.ndarray)
    }
    return replace(own, **arrays)


def _factors(
    window: WindowSums, routes: Sequence[str], series: Sequence[tuple[str, Served]], left_out: Sequence[Cause]
) -> Factors:
    by_route = [window.routes.get(route) for route in routes]
    by_series = [_series_factors(window.routes.get(route), served) for route, served in series]
    columns = np.array(by_series, dtype=np.float64).reshape(len(series), len(_SERIES_FIELDS)).T
    running = [0.0 if Cause.RUNNING in left_out else sums.running_usd or 0.0 for sums in window.routes.values()]
    return Factors(
        share_of_units=_array(float(_divided(sums.units if sums else 0, window.units)) for sums in by_route),
        planned_calls_per_unit=_array(
            _divided(sums.planned_calls, sums.units) if sums else np.nan for sums in by_route
        ),
        calls_per_planned_call=np.array([_calls_per_planned_call(sums) for sums in by_route], dtype=np.float64),
        judged=_array(_divided(sums.judged_units, sums.units) if sums else np.nan for sums in by_route),
        accepted=_array(_divided(sums.accepted_units, sums.judged_units) if sums else np.nan for sums in by_route),
        terms_usd=np.array([[_term(sums, cause, left_out) for sums in by_route] for cause in TERM_CAUSES]),
        units_per_day=window.volume_units / window.days,
        running_usd_per_day=window.usd_per_day_at_full_volume(sum(running)),
        idle_usd_per_day=window.usd_per_day_at_full_volume(sum(map(idle_usd, window.routes.values()))),
        **dict(zip(_SERIES_FIELDS, columns, strict=True)),
    )


_SERIES_FIELDS = (
    "share_of_calls",
    "unpriced",
    "free",
    "input_tokens",
    "cached",
    "written",
    "output_tokens",
    "uncached_usd",
    "cached_usd",
    "written_usd",
    "output_usd",
    "flat_usd",
)


def _series_factors(route: RouteSums | None, served: Served) -> tuple[float, ...]:
    """The factors of one kind of call on one model, in the order of `_SERIES_FIELDS`; nan is undefined."""
    sums = route.calls.get(served, CallSums()) if route else CallSums()
    billed = sums.billed_calls
    uncached_tokens = sums.input_tokens - sums.cached_tokens - sums.written_tokens
    return (
        _divided(sums.calls, route.calls_of(served.kind) if route else 0),
        _divided(sums.unpriced_calls, sums.calls),
        _divided(sums.free_calls, sums.calls - sums.unpriced_calls),
        _divided(sums.input_tokens, billed),
        _divided(sums.cached_tokens, sums.input_tokens),
        _divided(sums.written_tokens, sums.input_tokens),
        _divided(sums.output_tokens, billed),
        _usd_per_token(sums.uncached_pico_usd, uncached_tokens),
        _usd_per_token(
            sums.cached_pico_usd, sums.cached_tokens, sums.listed_cached_pico_usd, sums.listed_input_tokens
        ),
        _usd_per_token(
            sums.written_pico_usd, sums.written_tokens, sums.listed_written_pico_usd, sums.listed_input_tokens
        ),
        _usd_per_token(sums.output_pico_usd, sums.output_tokens),
        _usd_per_token(sums.flat_pico_usd, billed),
    )


def _usd_per_token(pico_usd: int, tokens: int, listed_pico_usd: int = 0, listed_tokens: int = 0) -> float:
    if not tokens:
        pico_usd, tokens = listed_pico_usd, listed_tokens
    return _divided(pico_usd, tokens) / PICO_USD_PER_USD


def _calls_per_planned_call(route: RouteSums | None) -> list[float]:
    if route is None:
        return [np.nan] * len(KINDS)
    return [_divided(route.calls_of(kind), route.planned_calls) for kind in KINDS]


def _term(route: RouteSums | None, cause: Cause, left_out: Sequence[Cause]) -> float:
    if route is None:
        return float("nan")
    usd = term_usd(route, cause)
    return 0.0 if usd is None or cause in left_out else usd / route.units


def term_usd(route: RouteSums, cause: Cause) -> float | None:
    """The USD of a term that may be unknown: grading, people, bill difference or running."""
    by_cause = {
        Cause.GRADING: route.grading_usd,
        Cause.PEOPLE: route.people_usd,
        Cause.BILL_DIFFERENCE: route.bill_difference_usd,
        Cause.RUNNING: route.running_usd,
    }
    return by_cause[cause]


def idle_usd(route: RouteSums) -> float:
    """What of the route's model cost no call took: capacity that stood idle; 0 beside rounding."""
    if route.inference_usd is None:
        return 0.0
    usd = route.inference_usd - usd_from_pico_usd(sum(sums.cost_pico_usd for sums in route.calls.values()))
    return 0.0 if abs(usd) <= _ROUNDING_RATE * abs(route.inference_usd) else usd


_ROUNDING_RATE = 1e-12


def _divided(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator else float("nan")


def _array(values: Iterable[float]) -> Floats:
    return np.array(list(values), dtype=np.float64)
