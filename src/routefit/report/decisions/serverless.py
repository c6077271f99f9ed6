"""A move to a serverless open route in words."""

from __future__ import annotations

from collections.abc import Iterator

from routefit.decisions.decision import Decision
from routefit.decisions.serverless import BeforeAfter, ServerlessFigures, ServerlessNaive
from routefit.funnel.words import usd, usd_exact
from routefit.report.decisions.moves import condition_rows, move_headline, needed_saving, pays_back
from routefit.report.decisions.words import DecisionWords

_NAMES = {
    "cache_hit_rate": "cache hits",
    "pass_rate": "accepted",
    "first_pass_rate": "accepted at once",
    "repair_rate": "repaired",
    "repair_success_rate": "repairs that succeed",
    "escalation_rate": "escalated",
    "people_usd_per_accepted_unit": "people, per accepted unit",
    "lcpr_usd_per_accepted_unit": "cost per accepted unit",
}


def words(decision: Decision) -> DecisionWords:
    """The decision of `serverless` in words."""
    figures, naive = decision.result, decision.naive
    if not isinstance(figures, ServerlessFigures) or not isinstance(naive, ServerlessNaive):
        raise TypeError(f"not a move to a serverless route: {type(figures).__name__}")
    return DecisionWords(
        headline=move_headline(decision.decision, figures),
        figures=tuple(_rows(figures)),
        naive=f"{naive.decision}: {usd(naive.saving_usd_per_month)} a month,"
        f" {usd(naive.net_usd_over_horizon)} over the horizon; {naive.why}",
        key_figure=_escalation(figures) or _pass_rate(figures) or needed_saving(figures),
    )


def _rows(figures: ServerlessFigures) -> Iterator[tuple[str, str]]:
    if figures.token_price_gap_ratio is not None:
        yield "gap of the token prices", _percent(figures.token_price_gap_ratio)
    yield "gap of the cost per accepted unit", _percent(figures.lcpr_gap_ratio)
    yield "saved a month", f"{usd(figures.saving_usd_per_month)}, {pays_back(figures)}"
    yield f"net over {figures.horizon_months:g} months", usd(figures.net_usd_over_horizon)
    for row in figures.before_after:
        if row.before is not None or row.after is not None:
            yield _NAMES[row.figure], f"{_shown(row, row.before)} to {_shown(row, row.after)}"
    yield from condition_rows(figures)


def _escalation(figures: ServerlessFigures) -> str | None:
    """The cost of an escalation at which the saving vanishes, with its arithmetic."""
    at, today = figures.break_even_escalation_usd, figures.escalation_today_usd
    saving, more = figures.saving_usd_per_accepted_unit, figures.more_escalations_per_accepted_unit
    if at is None or today is None or saving is None or not more:
        return None
    each = f"{usd_exact(abs(saving))} {'saved' if saving >= 0 else 'lost'} per accepted unit"
    cases = f"{abs(more):.4f} {'more' if more > 0 else 'fewer'} escalations per accepted unit"
    start = f"{usd_exact(today)} {'+' if saving / more >= 0 else '-'} " if today else ""
    arithmetic = f"{start}{each} / {cases}"
    if more > 0 and saving > 0:
        said = f"An escalation may cost {usd(at)} before the saving vanishes"
    elif more > 0:
        said = f"The saving vanishes at {usd(at)} an escalation"
    else:
        said = f"The target escalates less: it saves from {usd(at)} an escalation on"
    known = f", and one costs {usd(figures.failure_usd)} today" if figures.failure_usd is not None else ""
    return f"{said}{known}: {arithmetic}."


def _pass_rate(figures: ServerlessFigures) -> str | None:
    rate = figures.break_even_pass_rate
    if rate is None or figures.target_pass_rate is None:
        return None
    least = "at least " if figures.is_pass_rate_at_least else ""
    return (
        f"The target has to get {least}{_percent(rate)} accepted before it saves; it gets"
        f" {_percent(figures.target_pass_rate)}."
    )


def _shown(row: BeforeAfter, value: float | None) -> str:
    if value is None:
        return "not known"
    return _percent(value) if row.figure.endswith("_rate") else usd_exact(value)


def _percent(rate: float) -> str:
    return f"{100 * rate:.1f}%"
