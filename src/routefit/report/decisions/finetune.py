"""A fine-tune in words."""

from __future__ import annotations

from collections.abc import Iterator

from routefit.decisions.decision import Decision
from routefit.decisions.finetune import FinetuneFigures, FinetuneNaive
from routefit.funnel.words import count, listed, plural, usd
from routefit.report.decisions.words import DecisionWords


def words(decision: Decision) -> DecisionWords:
    """The decision of `finetune` in words."""
    figures, naive = decision.result, decision.naive
    if not isinstance(figures, FinetuneFigures) or not isinstance(naive, FinetuneNaive):
        raise TypeError(f"not a fine-tune: {type(figures).__name__}")
    return DecisionWords(
        headline=_headline(decision.decision, figures),
        figures=tuple(_rows(figures)),
        naive=f"{naive.decision}: {usd(naive.upfront_usd)} once, back in {_months(naive.payback_months)};"
        f" {naive.why}",
        key_figure=_key_figure(figures),
    )


def _headline(decision: str, figures: FinetuneFigures) -> str:
    left, back = usd(figures.net_saving_usd_per_month), _months(figures.full_payback_months)
    if decision == "tune":
        return f"tune: saves {left} a month and pays back in {back}"
    if decision == "not_yet":
        missing = figures.readiness.missing
        return (
            f"not yet: {plural(len(missing), 'condition')} of 7 open; it would save {left} a month, back in {back}"
        )
    if figures.net_saving_usd_per_month <= 0:
        kept = usd(figures.iteration_usd_per_month)
        return f"stay: {usd(figures.saving_usd_per_month)} saved a month, {kept} a month to keep the adapter fit"
    once, months = usd(figures.paid_once_usd), figures.benefit_months
    return f"stay: {left} a month for {months:.1f} months do not pay {once} once"


def _rows(figures: FinetuneFigures) -> Iterator[tuple[str, str]]:
    yield "training run", usd(figures.compute_usd)
    yield "once, with data and evals as given", usd(figures.upfront_usd)
    if figures.hidden_usd:
        yield "data and evals that nobody named", usd(figures.hidden_usd)
    loop = figures.repair_loop
    if loop is not None:
        yield "calls per unit", f"{loop.calls_per_unit_before:.2f} to {loop.calls_per_unit_after:.2f}"
        yield "calls per accepted unit", f"{100 * loop.calls_per_accepted_unit_change_ratio:+.1f}%"
    yield "saved per accepted unit", usd(figures.saving_usd_per_unit)
    yield (
        "saved a month",
        f"{usd(figures.saving_usd_per_month)} on {count(figures.units_per_month)} accepted units",
    )
    yield "keeping it fit, a month", usd(figures.iteration_usd_per_month)
    yield "pays back in", _months(figures.full_payback_months)
    if figures.hidden_usd:
        yield "without what nobody named", _months(figures.payback_months)
    yield "breaks even at", _volume(figures.break_even_units_per_month)
    if figures.endpoint_usd_per_month_per_adapter is not None:
        yield "endpoint, a month for each adapter", usd(figures.endpoint_usd_per_month_per_adapter)
    yield "net over its service", f"{usd(figures.net_usd_over_horizon)} in {figures.benefit_months:.1f} months"
    yield "still missing", listed(figures.readiness.missing) if figures.readiness.missing else "nothing"


def _key_figure(figures: FinetuneFigures) -> str | None:
    if figures.break_even_units_per_month is None:
        return None
    volume = count(figures.break_even_units_per_month)
    return f"Below {volume} accepted units a month keeping the adapter fit costs more than it saves."


def _months(months: float | None) -> str:
    if months is None:
        return "never"
    if months < 1:
        return f"{months * 365.25 / 12:.1f} days"
    return f"{months:.1f} months"


def _volume(units: float | None) -> str:
    return "no volume" if units is None else f"{count(units)} accepted units a month"
