"""The end of a model in words."""

from __future__ import annotations

from collections.abc import Iterator

from routefit.decisions.decision import Decision
from routefit.decisions.deprecation import DeprecationFigures, OptionFigures
from routefit.funnel.words import count, plural, usd
from routefit.report.decisions.words import DecisionWords


def words(decision: Decision) -> DecisionWords:
    """The decision of `deprecation` in words."""
    figures = decision.result
    if not isinstance(figures, DeprecationFigures):
        raise TypeError(f"not an end: {type(figures).__name__}")
    chosen = next(one for one in figures.options if one.name == decision.decision)
    return DecisionWords(
        headline=_headline(figures, chosen),
        figures=tuple(_rows(figures)),
        naive=f"{decision.naive.decision}: {decision.naive.why}",
        key_figure=f"First: {figures.first_action}.",
    )


def _headline(figures: DeprecationFigures, chosen: OptionFigures) -> str:
    start = f"{chosen.name}: {usd(chosen.total_usd)} and {_weeks(chosen)}"
    if figures.days_left < 0:
        return f"{start}; the route ended {plural(-figures.days_left, 'day')} ago"
    left = f"{plural(figures.days_left, 'day')} left"
    if chosen.fits:
        return f"{start}, with {left}"
    is_alone = not any(one.fits for one in figures.options)
    return f"{start}; {'nothing fits in' if is_alone else 'it does not fit in'} the {left}"


def _rows(figures: DeprecationFigures) -> Iterator[tuple[str, str]]:
    yield "ends on", f"{figures.deprecated_on}, {_in_days(figures.days_left)}"
    yield "covered by a tested route for", plural(figures.days_of_cover, "day")
    if figures.notice_used_days is not None:
        yield "of the notice already gone", plural(figures.notice_used_days, "day")
    yield "gaps in the contract", _listed(figures.contract_gaps)
    yield "too old to rely on", _listed(figures.stale)
    if figures.unknown_conditions:
        yield "not known", _listed(figures.unknown_conditions)
    for one in figures.options:
        yield one.name, _option(one)


def _option(one: OptionFigures) -> str:
    told = f"{usd(one.total_usd)}, {_weeks(one)}"
    if one.spare_days is None:
        return f"{told}: ends on the same notice, so it is no way out"
    if one.fits:
        return f"{told}: fits, start by {one.start_by_on}"
    return f"{told}: {plural(-one.spare_days, 'day')} late"


def _weeks(one: OptionFigures) -> str:
    return plural(one.weeks, "week")


def _in_days(days: int) -> str:
    return f"in {plural(days, 'day')}" if days >= 0 else f"{count(-days)} days ago"


def _listed(lines: tuple[str, ...]) -> str:
    return "; ".join(lines) or "none known"
