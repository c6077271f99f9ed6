"""What a reader of a split must know: what cannot be split, what was not counted, what else a provider brings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from routefit.decisions.calculator import Values
from routefit.decisions.providers import Provider, Providers, input_name, total_share_ratio
from routefit.funnel.words import few

_CACHE_FIGURES = ("cache_hit_before_rate", "cache_hit_after_rate", "cache_discount_rate", "input_share_rate")


class SplitSaving(Protocol):
    """What the warnings look at in the figures of a split."""

    @property
    def real_saving_ratio(self) -> float:
        """Of the shares given."""
        ...

    @property
    def shares(self) -> dict[str, float]:
        """As given."""
        ...

    @property
    def baseline(self) -> str:
        """The provider that the split is held against."""
        ...


def why_not_split(values: Values, shares: Sequence[float]) -> tuple[str, ...]:
    """Reasons for which traffic cannot be split, whatever it would save."""
    found = []
    if sum(share > 0 for share in shares) < 2:
        return ("all the traffic is at one provider",)
    if values["scenario"] == "arbitrage" and values["has_parity"] is None:
        found.append("parity of the providers' outputs was not measured")
    if values["scenario"] == "arbitrage" and values["has_parity"] is False:
        found.append("the providers' outputs are not of the same quality")
    return tuple(found)


def missing_cache_figures(providers: Providers, values: Values) -> tuple[str, ...]:
    """Names of the cache's figures that are needed beside those given; none of them given is not counted."""
    if values["scenario"] == "workload":
        return ()
    return tuple(
        input_name(one.name, figure)
        for one in providers.providers
        for figure in _missing_of(one, providers, values)
    )


def _missing_of(one: Provider, providers: Providers, values: Values) -> Iterator[str]:
    at = {figure: values[input_name(one.name, figure)] for figure in _CACHE_FIGURES}
    if all(amount is None for amount in at.values()):
        return
    if 0 in (at["cache_discount_rate"], at["input_share_rate"]):
        return
    is_split = 0 < providers.known_shares[one.name] < 1
    for figure, amount in at.items():
        if amount is None and (figure != "cache_hit_after_rate" or is_split):
            yield figure


def split_warnings(
    providers: Providers, values: Values, best: Mapping[str, float], figures: SplitSaving
) -> tuple[str, ...]:
    """All warnings."""
    return (
        *_of_shares(providers),
        *_not_counted(providers, values),
        *(() if values["scenario"] == "failover" else _of_the_best(best, figures)),
        *_of_failover(values),
        *_of_operation(providers, values),
    )


def _of_shares(providers: Providers) -> Iterator[str]:
    total = total_share_ratio(providers.providers)
    if total is not None and abs(total - 1) > 1e-9:
        yield (f"the shares add up to {total:g}: {providers.baseline.name} is counted with what the others leave")
    for one in providers.providers:
        after, before = one.cache_hit_after_rate, one.cache_hit_before_rate
        if providers.known_shares[one.name] >= 1 and None not in (after, before) and after != before:
            yield f"{one.name} has all the traffic: its cache_hit_after_rate is not looked at"


def _not_counted(providers: Providers, values: Values) -> Iterator[str]:
    names = [one.name for one in providers.providers]
    no_ops = [name for name in names if values[input_name(name, "ops_usd_per_month")] is None]
    if no_ops:
        yield f"running cost is not given for {few(no_ops)}: it counts as nothing"
    if values["routing_usd_per_unit"] is None:
        yield "the cost of the routing layer is not given: it counts as nothing"
    if values["scenario"] == "workload":
        return
    no_cache = [
        name for name in names if all(values[input_name(name, figure)] is None for figure in _CACHE_FIGURES)
    ]
    if no_cache:
        yield f"hit rates are not given for {few(no_cache)}: what split caches cost is not counted"


def _of_the_best(best: Mapping[str, float], figures: SplitSaving) -> Iterator[str]:
    single = next((name for name, share in best.items() if share == 1), None)
    if best == figures.shares:
        return
    if single is None:
        shown = ", ".join(f"{name} {share:.1%}" for name, share in best.items() if share > 0)
        yield f"another split costs less: {shown}"
    elif single != figures.baseline:
        yield (
            f"all the traffic at {single} costs less than this split: a move, not a split"
            " (`routefit decide payback` weighs it)"
        )


def _of_failover(values: Values) -> Iterator[str]:
    if values["scenario"] == "failover" and values["unserved_usd_per_unit"] is None:
        yield (
            "what an unserved unit costs is not given: availability is bought at the price shown"
            " (--set unserved_usd_per_unit=... weighs it)"
        )


def _of_operation(providers: Providers, values: Values) -> Iterator[str]:
    base = providers.baseline
    routing, slo = values["routing_ms"], values["slo_ms"]
    for one in providers.providers:
        if one is not base and None not in (one.incidents_per_month, base.incidents_per_month):
            ratio_of = (one.incidents_per_month or 0.0, base.incidents_per_month or 0.0)
            if ratio_of[0] > ratio_of[1]:
                yield f"{one.name} has {ratio_of[0]:g} incidents a month against {ratio_of[1]:g} of {base.name}"
        if one is not base and None not in (one.resolution_hours, base.resolution_hours):
            hours = (one.resolution_hours or 0.0, base.resolution_hours or 0.0)
            if hours[0] > hours[1]:
                yield f"{one.name} takes {hours[0]:g} hours to resolve an incident against {hours[1]:g}"
        if slo is not None and one.latency_p95_ms is not None:
            total = one.latency_p95_ms + (routing or 0.0)
            if total > slo:
                yield f"{one.name}: latency with routing (p95 {total:g} ms) > SLO ({slo:g} ms)"
