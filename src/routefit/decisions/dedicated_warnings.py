"""What a reader of the dedicated gate must know before acting on it."""

from __future__ import annotations

from collections.abc import Iterator

from routefit.decisions.calculator import Values
from routefit.decisions.dedicated_figures import DedicatedFigures
from routefit.decisions.load import HOURS_PER_WEEK
from routefit.funnel.words import count, usd


def dedicated_warnings(
    figures: DedicatedFigures, values: Values, *, is_load_replaced: bool = False
) -> tuple[str, ...]:
    """The warnings, the most serious first."""
    return (
        *_capacity(figures, is_planned=values["replicas"] is not None),
        *_goodput(figures),
        *_load(figures, is_load_replaced=is_load_replaced),
        *_terms(figures, values),
    )


def _capacity(figures: DedicatedFigures, *, is_planned: bool) -> Iterator[str]:
    needed, planned = figures.peak_replicas_needed, figures.replicas
    if not figures.is_capacity_feasible:
        yield (
            f"the peak of {count(figures.peak_units_per_hour)} units an hour needs {_replicas(needed)} at"
            f" {count(figures.usable_units_per_replica_hour)} each, {planned:,} are planned{_enough(figures)}"
        )
    elif is_planned and planned > needed:
        saved = (planned - needed) * figures.hardware_usd_per_hour
        yield f"{_replicas(needed)} of the {planned:,} serve the peak: the others cost {usd(saved)} an hour"


def _enough(figures: DedicatedFigures) -> str:
    """What enough replicas would cost, where no split costs less."""
    best, needed = figures.hybrid, figures.peak_replicas_needed
    if best.replicas < needed:
        return ""
    return f"; {_replicas(best.replicas)} would serve it all, for {usd(best.usd_per_month)} a month"


def _replicas(replicas: int) -> str:
    return f"{replicas:,} replica{'' if replicas == 1 else 's'}"


def _goodput(figures: DedicatedFigures) -> Iterator[str]:
    if not figures.is_goodput_measured:
        yield (
            "the goodput was not measured on this workload: a load test with its prompts decides"
            " (routefit import guidellm or aiperf)"
        )


def _load(figures: DedicatedFigures, *, is_load_replaced: bool) -> Iterator[str]:
    if is_load_replaced:
        yield "the load by hour is not used: units per month stand for the same load in every hour"
    elif figures.is_load_flat:
        yield "the load is flat: nights, weekends and peaks are not in it (--load FILE.csv)"
    elif figures.load_hours < HOURS_PER_WEEK:
        yield f"the load covers {figures.load_hours:,} hours, less than a week"


def _terms(figures: DedicatedFigures, values: Values) -> Iterator[str]:
    if figures.is_autoscaling_viable is False:
        yield (
            f"a cold start of {values['cold_start_s']:g} s outlasts a spike of {values['spike_s']:g} s:"
            " replicas for the peak must stay warm"
        )
    commitment = values["commitment_months"]
    if commitment is not None and commitment > values["horizon_months"]:
        ratio = commitment / values["horizon_months"]
        yield (
            f"the commitment of {commitment:g} months outlasts the horizon of {values['horizon_months']:g}:"
            f" an hour that is used costs {ratio:.3g} times its price"
        )
