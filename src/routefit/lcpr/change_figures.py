"""What moved behind each part of a change: one figure per window, in a unit that a person knows.

These are descriptions. The parts themselves come from all factors (`change_factors`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from pydantic import ConfigDict, Field

from routefit.lcpr.cell import Frozen, ratio
from routefit.lcpr.change_factors import Cause, Factors, Model, idle_usd, term_usd
from routefit.lcpr.change_inputs import CallKind, CallSums, WindowSums, sum_of_calls
from routefit.units import TOKENS_PER_MTOK


class Figure(Frozen):
    """One figure in two windows, in `unit`; None is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, serialize_by_alias=True)

    name: str
    was: float | None
    now: float | None = Field(alias="is")
    unit: str


Measure = Callable[[WindowSums], float | None]


def figures_of(cause: Cause, was: WindowSums, now: WindowSums) -> list[Figure]:
    """The figures of a cause, the one that tells most first."""
    if cause is Cause.MODEL_MIX:
        return [_most_moved(_share_by_model(was), _share_by_model(now))]
    if cause is Cause.ROUTE_MIX:
        return [_most_moved(_share_by_route(was), _share_by_route(now))]
    return [
        Figure(name=name, was=measure(was), now=measure(now), unit=unit)
        for name, unit, measure in _MEASURES[cause]
    ]


def price_figure(model: Model, now: WindowSums) -> list[Figure]:
    """What the later window's calls cost at each window's prices: per million tokens, else per call."""

    def usd_per_unit(prices: Factors) -> float:
        return model.model_usd_per_unit(lambda cause: prices if cause is Cause.PRICE else model.now)

    tokens, calls = _tokens_per_unit(now), _calls_per_unit(now)
    if tokens:
        per, unit, name = tokens / TOKENS_PER_MTOK, "usd_per_mtok", "price of these tokens"
    elif calls:
        per, unit, name = calls, "usd_per_call", "price of a call"
    else:
        return [Figure(name="price", was=None, now=None, unit="usd_per_mtok")]
    return [
        Figure(
            name=name,
            was=usd_per_unit(model.was) / per,
            now=usd_per_unit(model.now) / per,
            unit=unit,
        )
    ]


def calls_in(window: WindowSums, *kinds: CallKind) -> CallSums:
    """The sums over the window's calls of these kinds; of all without any."""
    return sum_of_calls(
        sums
        for route in window.routes.values()
        for served, sums in route.calls.items()
        if not kinds or served.kind in kinds
    )


def _planned_calls(window: WindowSums) -> int:
    return sum(route.planned_calls for route in window.routes.values())


def _planned_tokens_per_unit(window: WindowSums) -> float | None:
    planned = calls_in(window, CallKind.PLANNED, CallKind.FAILED)
    return ratio(planned.input_tokens + planned.output_tokens, window.units)


def _tokens_per_unit(window: WindowSums) -> float | None:
    every = calls_in(window)
    return ratio(every.input_tokens + every.output_tokens, window.units)


def _calls_per_unit(window: WindowSums) -> float | None:
    return ratio(calls_in(window).billed_calls, window.units)


def _per_billed_call(tokens: Callable[[CallSums], int]) -> Measure:
    def measure(window: WindowSums) -> float | None:
        planned = calls_in(window, CallKind.PLANNED, CallKind.FAILED)
        return ratio(tokens(planned), planned.billed_calls)

    return measure


def _rate(numerator: Callable[[CallSums], int], denominator: Callable[[CallSums], int]) -> Measure:
    def measure(window: WindowSums) -> float | None:
        every = calls_in(window)
        return ratio(numerator(every), denominator(every))

    return measure


def _term_per_unit(cause: Cause) -> Measure:
    return lambda window: _per(_known_usd(window, cause), window.units)


def _per(usd: float | None, count: float) -> float | None:
    return None if usd is None else ratio(usd, count)


def _known_usd(window: WindowSums, cause: Cause) -> float | None:
    known = [usd for route in window.routes.values() if (usd := term_usd(route, cause)) is not None]
    return sum(known) if known else None


def _idle_usd_per_day(window: WindowSums) -> float | None:
    usd = sum(map(idle_usd, window.routes.values()))
    return window.usd_per_day_at_full_volume(usd) if usd else None


def _running_usd_per_day(window: WindowSums) -> float | None:
    usd = _known_usd(window, Cause.RUNNING)
    return None if usd is None else window.usd_per_day_at_full_volume(usd)


_MEASURES: Mapping[Cause, tuple[tuple[str, str, Measure], ...]] = {
    Cause.TOKEN_MIX: (
        ("tokens", "tokens_per_unit", _planned_tokens_per_unit),
        ("input", "tokens_per_call", _per_billed_call(lambda sums: sums.input_tokens)),
        ("output", "tokens_per_call", _per_billed_call(lambda sums: sums.output_tokens)),
        ("planned calls", "calls_per_unit", lambda window: ratio(_planned_calls(window), window.units)),
    ),
    Cause.CACHE: (
        ("cache hit", "rate", _rate(lambda sums: sums.cached_tokens, lambda sums: sums.input_tokens)),
        ("written to the cache", "rate", _rate(lambda sums: sums.written_tokens, lambda sums: sums.input_tokens)),
        (
            "free or from the gateway's cache",
            "rate",
            _rate(lambda sums: sums.free_calls, lambda sums: sums.calls),
        ),
    ),
    Cause.RETRIES: (
        (
            "calls",
            "calls_per_planned_call",
            lambda window: ratio(calls_in(window).calls, _planned_calls(window)),
        ),
        (
            "failed",
            "rate",
            lambda window: ratio(calls_in(window, CallKind.FAILED).calls, _planned_calls(window)),
        ),
    ),
    Cause.UNPRICED: (
        ("calls without a known cost", "rate", _rate(lambda sums: sums.unpriced_calls, lambda sums: sums.calls)),
    ),
    Cause.IDLE: (("idle capacity", "usd_per_day", _idle_usd_per_day),),
    Cause.GRADING: (("grading", "usd_per_unit", _term_per_unit(Cause.GRADING)),),
    Cause.PEOPLE: (
        ("people", "usd_per_unit", _term_per_unit(Cause.PEOPLE)),
        (
            "escalated",
            "rate",
            lambda window: ratio(sum(r.escalated_units for r in window.routes.values()), window.units),
        ),
    ),
    Cause.BILL_DIFFERENCE: (("bill difference", "usd_per_unit", _term_per_unit(Cause.BILL_DIFFERENCE)),),
    Cause.RUNNING: (("running", "usd_per_day", _running_usd_per_day),),
    Cause.VOLUME: (("units", "units_per_day", lambda window: ratio(window.volume_units, window.days)),),
    Cause.ACCEPTANCE: (
        (
            "acceptance",
            "rate",
            lambda window: ratio(window.accepted_units, sum(r.judged_units for r in window.routes.values())),
        ),
    ),
    Cause.VERDICTS: (
        (
            "units with a verdict",
            "rate",
            lambda window: ratio(sum(r.judged_units for r in window.routes.values()), window.units),
        ),
    ),
}


def _share_by_model(window: WindowSums) -> dict[str, float]:
    calls: dict[str, int] = {}
    for route in window.routes.values():
        for served, sums in route.calls.items():
            calls[served.model] = calls.get(served.model, 0) + sums.calls
    return _shares(calls)


def _share_by_route(window: WindowSums) -> dict[str, float]:
    return _shares({name: route.units for name, route in window.routes.items()})


def _shares(counts: Mapping[str, int]) -> dict[str, float]:
    whole = sum(counts.values())
    return {name: count / whole for name, count in counts.items()} if whole else {}


def _most_moved(was: Mapping[str, float], now: Mapping[str, float]) -> Figure:
    """The share that moved most; of equal ones that which grew, then the first by name."""

    def moved(name: str) -> tuple[float, bool, str]:
        step = now.get(name, 0.0) - was.get(name, 0.0)
        return (-round(abs(step), _SHARE_DIGITS), step < 0, name)

    names: Iterable[str] = {*was, *now}
    name = min(names, key=moved, default=None)
    if name is None or len({*was, *now}) == 1:
        return Figure(name=name or "", was=None, now=None, unit="rate")
    return Figure(name=name, was=was.get(name, 0.0), now=now.get(name, 0.0), unit="rate")


_SHARE_DIGITS = 12
