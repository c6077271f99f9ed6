"""A fleet of one's own in words."""

from __future__ import annotations

from collections.abc import Iterator

from routefit.decisions.decision import Decision
from routefit.decisions.devolution import SIGNALS
from routefit.decisions.self_managed import SelfManagedFigures, SelfManagedNaive
from routefit.funnel.words import listed, percent, plural, usd
from routefit.report.decisions.words import DecisionWords
from routefit.report.money import UNKNOWN


def words(decision: Decision) -> DecisionWords:
    """The decision of `self-managed` in words."""
    figures, naive = decision.result, decision.naive
    if not isinstance(figures, SelfManagedFigures) or not isinstance(naive, SelfManagedNaive):
        raise TypeError(f"not a fleet: {type(figures).__name__}")
    return DecisionWords(
        headline=_headline(decision.decision, figures),
        figures=tuple(_rows(figures)),
        naive=f"self manage{_naive_price(naive)}; it {naive.why}",
        key_figure=_key_figure(figures),
    )


def _headline(decision: str, figures: SelfManagedFigures) -> str:
    if figures.net_usd_per_month is None:
        compared = f"not compared: {_short(figures)}"
    else:
        own, other = figures.total_usd_per_accepted_unit or 0.0, figures.alternative_usd_per_unit or 0.0
        compared = f"{usd(own)} an accepted unit against {usd(other)}"
    if decision == "devolve":
        fired = figures.devolution.fired
        if len(fired) >= 2:
            return f"devolve: {plural(len(fired), 'signal')} fired; {compared}"
        return f"devolve: {compared}, {usd(-(figures.net_usd_per_month or 0.0))} a month too much"
    if decision == "self_manage":
        return f"self manage: {compared}, {usd(figures.net_usd_per_month or 0.0)} a month less"
    if figures.net_usd_per_month is None:
        return f"stay: {compared}; the fleet costs {usd(figures.loaded_usd_per_month)} a month"
    reasons = figures.stay_reasons
    return f"stay: {reasons[0]}" if reasons else f"stay: {compared}"


def _rows(figures: SelfManagedFigures) -> Iterator[tuple[str, str]]:
    price = f"{plural(figures.gpus, 'GPU')} at {usd(figures.gpu_usd_per_hour)} an hour"
    yield "GPUs, a month", f"{usd(figures.gpu_usd_per_month)}: {price}"
    yield "engineering, a month", usd(figures.engineering_usd_per_month)
    yield "loaded, a month", usd(figures.loaded_usd_per_month)
    yield "engineering over GPU spend", percent(figures.operational_tax_ratio)
    yield "fleet at which that falls to the target", plural(figures.gpus_for_tax_ratio, "GPU")
    yield "accepted unit, loaded", _usd(figures.usd_per_accepted_unit)
    yield "the alternative", _usd(figures.alternative_usd_per_unit)
    used, needed = figures.average_utilization_ratio, figures.required_utilization_ratio
    gate = {True: "cleared", False: "not cleared", None: UNKNOWN}[figures.clears_utilization_gate]
    both = "" if used is None or needed is None else f": {100 * used:.1f}% used, {100 * needed:.1f}% needed"
    yield "utilization gate", f"{gate}{both}"
    if figures.idle_gpu_hours is not None:
        yield "idle, a month", f"{figures.idle_gpu_hours:,.0f} GPU-hours"
    if figures.raw_usd_per_mtok is not None:
        yield "raw price of a million tokens", usd(figures.raw_usd_per_mtok)
    yield "signals to give it up", _signals(figures)
    missing = figures.conditions.missing
    yield "conditions not known to hold", listed(missing) if missing else "none"


def _key_figure(figures: SelfManagedFigures) -> str:
    return (
        f"Engineering comes to {percent(figures.operational_tax_ratio)} of the GPU spend; it takes"
        f" {plural(figures.gpus_for_tax_ratio, 'GPU')} to bring that to the target."
    )


def _signals(figures: SelfManagedFigures) -> str:
    fired, unknown = figures.devolution.fired, len(figures.devolution.unknown)
    if not fired:
        return UNKNOWN if unknown == SIGNALS else f"none of the {SIGNALS - unknown} that are known"
    return "; ".join(fired)


def _short(figures: SelfManagedFigures) -> str:
    """What is missing, without the remedies."""
    return " and ".join(reason.partition(":")[0] for reason in figures.reasons)


def _naive_price(naive: SelfManagedNaive) -> str:
    if naive.gpu_usd_per_accepted_unit is not None:
        return f" at {usd(naive.gpu_usd_per_accepted_unit)} an accepted unit"
    if naive.raw_usd_per_mtok is not None:
        return f" at {usd(naive.raw_usd_per_mtok)} a million tokens"
    return ""


def _usd(amount: float | None) -> str:
    return UNKNOWN if amount is None else usd(amount)
