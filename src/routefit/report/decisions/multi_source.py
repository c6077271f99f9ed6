"""A split over several providers in words."""

from __future__ import annotations

from collections.abc import Iterator

from routefit.decisions.decision import Decision
from routefit.decisions.multi_source_figures import Failover, MultiSourceFigures, MultiSourceNaive
from routefit.funnel.words import listed, usd, usd_exact
from routefit.report.decisions.words import DecisionWords
from routefit.report.money import UNKNOWN

_PARTS = {
    "retries": "failed calls made again",
    "quality": "units that are not accepted",
    "cache": "colder caches",
    "ops": "running several providers",
    "routing": "the routing layer",
}


def words(decision: Decision) -> DecisionWords:
    """The decision of `multi-source` in words."""
    figures, naive = decision.result, decision.naive
    if not isinstance(figures, MultiSourceFigures) or not isinstance(naive, MultiSourceNaive):
        raise TypeError(f"not a split: {type(figures).__name__}")
    return DecisionWords(
        headline=_headline(decision.decision, figures),
        figures=tuple(_rows(figures)),
        naive=f"{naive.decision}: {_saving(naive.saving_ratio)} by the price lists; {naive.why}",
        key_figure=_key_figure(figures),
    )


def _headline(decision: str, figures: MultiSourceFigures) -> str:
    real = _saving(figures.real_saving_ratio)
    if figures.failover is not None:
        price = usd(figures.failover.usd_per_unit_kept)
        if decision == "failover_only":
            return f"failover only: {_bought(figures.failover)}"
        return f"single provider: failing over costs {price} for each unit kept, more than it is worth"
    if decision == "split":
        return f"split: {real} per accepted unit, where the price lists say {_saving(figures.naive_saving_ratio)}"
    if max(figures.shares.values()) == 1:
        return f"single provider: {listed(figures.why_not_split)}"
    if figures.why_not_split:
        return f"single provider: {listed(figures.why_not_split)} (the split would come to {real})"
    return f"single provider: the split comes to {real} per accepted unit"


def _bought(failover: Failover) -> str:
    kept = failover.usd_per_unit_kept
    if failover.activation_rate == 0:
        return "nothing ever fails over, so that it neither costs nor keeps anything"
    if kept < 0:
        return f"buys availability, and each unit kept costs {usd(-kept)} less than at the baseline"
    return f"buys availability, saves nothing; each unit kept costs {usd(kept)} more"


def _rows(figures: MultiSourceFigures) -> Iterator[tuple[str, str]]:
    yield "shares", ", ".join(f"{name} {share:.1%}" for name, share in figures.shares.items())
    yield "by the price lists", _saving(figures.naive_saving_ratio)
    hidden = figures.hidden.model_dump()
    shown = [f"{_PARTS[part]} {100 * amount:+.1f}" for part, amount in hidden.items() if abs(amount) >= 0.0005]
    yield "of it hidden, in points", ", ".join(shown) or "nothing"
    yield "really", _saving(figures.real_saving_ratio)
    yield (
        "per accepted unit",
        f"{usd_exact(figures.baseline_usd_per_accepted_unit)} all at {figures.baseline},"
        f" {usd_exact(figures.split_usd_per_accepted_unit)} split",
    )
    yield "by provider, at its share", _by_provider(figures.lcpr_by_provider)
    yield "by provider, with all the traffic", _by_provider(figures.lcpr_alone_by_provider)
    hits = {name: rate for name, rate in figures.hit_rate_by_provider.items() if rate is not None}
    if hits:
        costs = figures.input_cost_ratio_by_provider
        yield (
            "cache hit rate and cost of input",
            ", ".join(f"{name} {rate:.0%} ({100 * (costs[name] - 1):+.0f}%)" for name, rate in hits.items()),
        )
    if figures.saving_usd_per_month is not None and (figures.failover is None or figures.saving_usd_per_month > 0):
        yield "saved a month", usd(figures.saving_usd_per_month)
    if figures.failover is not None:
        yield from _failover_rows(figures)
        return
    best = ", ".join(f"{name} {share:.1%}" for name, share in figures.best_split.shares.items() if share > 0)
    yield "cheapest shares", f"{best}: {_saving(figures.best_split.real_saving_ratio)}"


def _failover_rows(figures: MultiSourceFigures) -> Iterator[tuple[str, str]]:
    failover = figures.failover
    if failover is None:
        return
    yield "traffic that fails over", f"{failover.activation_rate:.2%}"
    if failover.extra_usd_per_month is not None and failover.extra_usd_per_month > 0:
        yield "costs a month", usd(failover.extra_usd_per_month)
    kept = failover.usd_per_unit_kept
    yield f"{'costs' if kept >= 0 else 'saves'} for each unit kept", usd(abs(kept))
    yield "accepted after failing over", f"{100 * failover.quality_delta_rate:+.1f} points"
    slower = failover.latency_delta_ms
    yield "slower after failing over", UNKNOWN if slower is None else f"{slower:,.0f} ms"


def _by_provider(usd_by_name: dict[str, float | None]) -> str:
    return ", ".join(
        f"{name} {UNKNOWN if amount is None else usd_exact(amount)}" for name, amount in usd_by_name.items()
    )


def _saving(ratio: float) -> str:
    return f"{100 * ratio:.1f}% saved" if ratio >= 0 else f"{-100 * ratio:.1f}% dearer"


def _key_figure(figures: MultiSourceFigures) -> str | None:
    if figures.failover is not None:
        if figures.failover.usd_per_unit_kept <= 0:
            return "failing over costs no more than the baseline, whatever an unserved unit costs"
        return (
            f"failing over pays where an unserved unit costs more than {usd(figures.failover.usd_per_unit_kept)}"
        )
    hidden = figures.hidden.model_dump()
    largest = max(hidden, key=lambda part: float(hidden[part]))
    if hidden[largest] <= 0:
        return None
    return f"what hides most is {_PARTS[largest]}: {100 * hidden[largest]:.1f} points of the saving"
