"""A payback in words."""

from __future__ import annotations

from collections.abc import Iterator

from routefit.decisions.decision import Decision
from routefit.decisions.payback import PaybackFigures, PaybackNaive
from routefit.decisions.portfolio_payback import PortfolioFigures
from routefit.funnel.words import percent, usd, usd_exact
from routefit.report.decisions.moves import (
    condition_rows,
    move_headline,
    needed_saving,
    once_usd,
    paid_back,
)
from routefit.report.decisions.words import DecisionWords


def words(decision: Decision) -> DecisionWords:
    """The decision of `payback` in words."""
    figures, naive = decision.result, decision.naive
    if not isinstance(figures, PaybackFigures) or not isinstance(naive, PaybackNaive):
        raise TypeError(f"not a payback: {type(figures).__name__}")
    return DecisionWords(
        headline=move_headline(decision.decision, figures),
        figures=tuple(_rows(figures)),
        naive=f"{naive.decision}: {usd(naive.saving_usd_per_month)} a month from the first day,"
        f" {usd(naive.net_usd_over_horizon)} over the horizon; {naive.why}",
        key_figure=needed_saving(figures),
    )


def _rows(figures: PaybackFigures) -> Iterator[tuple[str, str]]:
    yield "saved a month, once all has moved", usd(figures.saving_usd_per_month)
    if isinstance(figures, PortfolioFigures):
        yield from _portfolio_rows(figures)
    yield "cost per accepted unit", _gap(figures.lcpr_gap_ratio)
    current, target = figures.current_usd_per_demanded_unit, figures.target_usd_per_demanded_unit
    if current is not None and target is not None:
        yield "cost of a unit", f"{usd_exact(current)} to {usd_exact(target)}"
    shadow = f", {usd(figures.shadow_usd)} of it for the shadow" if figures.shadow_usd else ""
    yield "the move costs once", f"{usd(once_usd(figures))}{shadow}"
    yield "pays back in", paid_back(figures)
    if figures.gap_closes_months is not None:
        with_trend = figures.payback_with_trend_months
        back = "never" if with_trend is None else f"in {with_trend:.1f} months"
        yield "the falling price", f"eats the saving in {figures.gap_closes_months:.1f} months; pays back {back}"
    yield f"net over {figures.horizon_months:g} months", usd(figures.net_usd_over_horizon)
    yield from condition_rows(figures)


def _portfolio_rows(figures: PortfolioFigures) -> Iterator[tuple[str, str]]:
    for counted, name in ((True, "of it from"), (False, "not moved")):
        found = [one for one in figures.by_workload if one.is_counted is counted]
        if found:
            yield name, ", ".join(f"{one.name} {usd(one.saving_usd_per_month)}" for one in found)
    rate = figures.realised_saving_rate
    share = "" if rate is None else f", {percent(rate)} of it realised"
    yield "promised a month", f"{usd(figures.promised_saving_usd_per_month)}{share}"
    yield f"promised over {figures.horizon_months:g} months", usd(figures.promised_net_usd_over_horizon)


def _gap(ratio: float) -> str:
    return f"{100 * ratio:.1f}% less" if ratio >= 0 else f"{-100 * ratio:.1f}% more"
