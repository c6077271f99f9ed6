"""The dedicated gate in words."""

from __future__ import annotations

from collections.abc import Iterator

from routefit.decisions.decision import Decision
from routefit.decisions.dedicated_figures import DedicatedFigures, DedicatedNaive
from routefit.decisions.hybrid import Split
from routefit.funnel.words import count, percents_apart, plural, usd
from routefit.report.decisions.words import DecisionWords
from routefit.report.money import UNKNOWN


def words(decision: Decision) -> DecisionWords:
    """The decision of `dedicated` in words."""
    figures, naive = decision.result, decision.naive
    if not isinstance(figures, DedicatedFigures) or not isinstance(naive, DedicatedNaive):
        raise TypeError(f"not a dedicated gate: {type(figures).__name__}")
    return DecisionWords(
        headline=_headline(decision.decision, figures),
        figures=tuple(_rows(figures)),
        naive=(
            f"{naive.decision}: a unit costs {usd(naive.full_usd_per_unit)} on a full replica and"
            f" {usd(figures.serverless_usd_per_unit)} serverless; {naive.why}"
        ),
        key_figure=_key_figure(figures),
    )


def _headline(decision: str, figures: DedicatedFigures) -> str:
    serverless = usd(figures.serverless_usd_per_month)
    average, required = _average_and_required(figures)
    if decision == "dedicated":
        return (
            f"dedicated: {plural(figures.replicas, 'replica')} for {usd(figures.dedicated_usd_per_month)} a month"
            f" instead of {serverless}, used to {average} where {required} pays"
        )
    split = figures.mixed or figures.hybrid
    if decision == "hybrid":
        return (
            f"hybrid: {plural(split.replicas, 'replica')} and {_share_left(split, figures)} of the load"
            f" serverless, {usd(split.usd_per_month)} a month instead of {serverless}"
        )
    if figures.is_never_cheaper:
        most, required = percents_apart(figures.max_utilization_rate, figures.required_utilization_ratio)
        return f"serverless: replicas pay from {required} of their goodput on, and only {most} of it may be used"
    if not figures.is_capacity_feasible:
        return (
            f"serverless: {serverless} a month; the peak needs {plural(figures.peak_replicas_needed, 'replica')},"
            f" {count(figures.replicas)} are planned"
        )
    return (
        f"serverless: {serverless} a month; {plural(figures.replicas, 'replica')} for"
        f" {usd(figures.dedicated_usd_per_month)} would be used to {average} where {required} pays"
    )


def _rows(figures: DedicatedFigures) -> Iterator[tuple[str, str]]:
    average, required = _average_and_required(figures)
    yield "utilization that pays", required
    yield "average utilization", average
    yield "lowest hour of the mean week", _percent(figures.trough_utilization_rate)
    yield "replicas that the peak needs", f"{count(figures.peak_replicas_needed)}{_planned(figures)}"
    yield "serverless, a month", usd(figures.serverless_usd_per_month)
    yield "dedicated, a month", usd(figures.dedicated_usd_per_month)
    unit_usd = _unit_usd(figures.dedicated_usd_per_unit)
    yield "an accepted unit", f"{unit_usd} dedicated, {usd(figures.serverless_usd_per_unit)} serverless"
    yield "best split", _split(figures)
    yield "GPU price at which both cost the same", _break_even(figures)
    if figures.is_autoscaling_viable is not None:
        yield "autoscaling", _autoscaling(figures)
    if figures.billing_waste_usd_per_month is not None:
        yield "paid for the billing window alone", f"{usd(figures.billing_waste_usd_per_month)} a month"


def _key_figure(figures: DedicatedFigures) -> str:
    _, required = _average_and_required(figures)
    if figures.is_never_cheaper:
        most = _percent(figures.max_utilization_rate)
        return f"A replica pays from {required} of its goodput on; no more than {most} of it may be used."
    return f"A fleet of {plural(figures.replicas, 'replica')} pays from {required} average utilization on."


def _average_and_required(figures: DedicatedFigures) -> tuple[str, str]:
    average, required = figures.average_utilization_rate, figures.required_utilization_ratio
    if average == required:
        return _percent(average), _percent(required)
    pair = percents_apart(average, required)
    return pair if any("." in one for one in pair) else (_percent(average), _percent(required))


def _percent(ratio: float) -> str:
    return f"{100 * ratio:.1f}%"


def _planned(figures: DedicatedFigures) -> str:
    if figures.replicas == figures.peak_replicas_needed:
        return ""
    return f" ({count(figures.replicas)} planned)"


def _unit_usd(amount_usd: float | None) -> str:
    return UNKNOWN if amount_usd is None else usd(amount_usd)


def _split(figures: DedicatedFigures) -> str:
    best = figures.hybrid
    if not best.replicas:
        return "none: all serverless"
    if best.overflow_units_per_month <= 0:
        return f"all dedicated: {plural(best.replicas, 'replica')}, {usd(best.usd_per_month)} a month"
    left = _share_left(best, figures)
    return f"{plural(best.replicas, 'replica')}, {left} serverless, {usd(best.usd_per_month)} a month"


def _share_left(split: Split, figures: DedicatedFigures) -> str:
    return _percent(split.overflow_units_per_month / figures.units_per_month)


def _break_even(figures: DedicatedFigures) -> str:
    if figures.break_even_hardware_usd_per_hour is None:
        return "none: running it alone costs more"
    now = usd(figures.hardware_usd_per_hour)
    return f"{usd(figures.break_even_hardware_usd_per_hour)} per replica-hour (now {now})"


def _autoscaling(figures: DedicatedFigures) -> str:
    if not figures.is_autoscaling_viable:
        return f"too slow for the spikes: a warm pool costs {_unit_usd(figures.warm_pool_usd_per_month)} a month"
    following = _unit_usd(figures.autoscaled_usd_per_month)
    return f"quick enough: a fleet that follows the load costs {following} a month"
