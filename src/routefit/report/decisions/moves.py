"""A move in words: what both of its calculators say of it."""

from __future__ import annotations

from collections.abc import Iterator

from routefit.decisions.payback import PaybackFigures
from routefit.funnel.words import usd


def move_headline(decision: str, figures: PaybackFigures) -> str:
    """`move: saves $5,000 a month and pays back in 2.2 months`."""
    saves, back = usd(figures.saving_usd_per_month), pays_back(figures)
    if decision == "move":
        return f"move: saves {saves} a month and {back}"
    if decision == "measure_first":
        return f"measure first: by an estimate it saves {saves} a month and {back}"
    if figures.saving_usd_per_month < 0:
        return f"stay: the target would cost {usd(-figures.saving_usd_per_month)} a month more"
    if figures.stay_reasons:
        first, *rest = figures.stay_reasons
        more = f", and {len(rest)} more" if rest else ""
        return f"stay: {first}{more}"
    once, horizon = usd(once_usd(figures)), f"{figures.horizon_months:g}"
    return f"stay: {saves} saved a month do not pay for {once} within {horizon} months"


def paid_back(figures: PaybackFigures) -> str:
    """`2.2 months`, with the ramp where there is one; `never`."""
    months, with_ramp = figures.payback_months, figures.payback_with_ramp_months
    if months is None or with_ramp is None:
        return "never"
    if with_ramp == months:
        return f"{months:.1f} months"
    return f"{with_ramp:.1f} months ({months:.1f} at full traffic)"


def pays_back(figures: PaybackFigures) -> str:
    """`pays back in 2.2 months`, `never pays back`."""
    return "never pays back" if figures.payback_months is None else f"pays back in {paid_back(figures)}"


def once_usd(figures: PaybackFigures) -> float:
    """Migration and shadow."""
    return figures.migration_usd + figures.shadow_usd


def condition_rows(figures: PaybackFigures) -> Iterator[tuple[str, str]]:
    """What speaks for staying, what against it, and what is not known."""
    rows = (
        ("speaks for staying", figures.stay_reasons),
        ("speaks for going", figures.push_reasons),
        ("not known", figures.unknown_conditions),
    )
    for name, reasons in rows:
        if reasons:
            yield name, "; ".join(reasons)


def needed_saving(figures: PaybackFigures) -> str | None:
    """The saving at which moving and staying are worth the same, as a sentence."""
    needed = figures.needed_saving_usd_per_month
    if needed is None:
        return None
    saving, horizon = figures.saving_usd_per_month, f"{figures.horizon_months:g}"
    does = f"saves {usd(saving)}" if saving >= 0 else f"costs {usd(-saving)} a month more"
    return f"The move has to save {usd(needed)} a month to pay within {horizon} months; it {does}."
