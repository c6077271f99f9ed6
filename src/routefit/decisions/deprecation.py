"""What to do when a provider ends a model: the days that are left, what was promised, and which way out fits.

    days left     = deprecated on - today                       below 0: it has ended
    days of cover = the later of the end and the day until which a tested fallback counts as tested, less today
    decision      = the cheapest option that fits in the days left; where none fits, the one that is least late

An option is late by whole days (`leaving_options`). With `late_usd_per_day` the decision is the cheapest option,
late days counted. Without it the net values charge, for each day, a little more than what lies between the dearest
and the cheapest option: a late one loses to every one that fits, and the less late one wins. A fallback deprecated
on the same notice is none (`contract_gaps`).
Source: field guide, chapter 22, "involuntary migration"; section 7.9 of the domain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, ClassVar, Literal

import numpy as np

from routefit.decisions.calculator import Point, Values
from routefit.decisions.contract_gaps import (
    contract_gaps,
    fallback_until_on,
    stale_preparations,
    successor_bar_rate,
)
from routefit.decisions.decision import Figures, Naive
from routefit.decisions.deprecation_inputs import INPUTS
from routefit.decisions.given import Input
from routefit.decisions.leaving_options import DEFAULT_OPTIONS, LeavingOption
from routefit.decisions.uncertainty import Arrays
from routefit.errors import BadInputError
from routefit.funnel.words import plural, usd


class OptionFigures(Figures):
    """One way out. `spare_days` is below 0 where it does not fit, `start_by_on` the last day to begin.

    None where it goes to a model that ends on the same notice: then it never fits. The day is also None where it
    would come before the calendar.
    """

    name: str
    total_usd: float
    weeks: float
    fits: bool
    needed_days: int
    spare_days: int | None
    start_by_on: date | None


class DeprecationFigures(Figures):
    """An end in figures; what nobody said stands in `unknown_conditions`."""

    days_left: int
    days_of_cover: int
    contract_gaps: tuple[str, ...]
    stale: tuple[str, ...]
    unknown_conditions: tuple[str, ...]
    options: tuple[OptionFigures, ...]
    first_action: str
    deprecated_on: date
    notice_used_days: int | None
    fallback_until_on: date | None
    successor_bar_rate: float | None


class DeprecationNaive(Naive):
    """Waiting for the provider's successor: it costs nothing, and changes nothing."""

    total_usd: float


class Deprecation:
    """Choose a way out of a route that ends; without options of one's own, a rewrite or a switch."""

    kind: ClassVar[str] = "deprecation"
    has_staying: ClassVar[bool] = False
    net_usd_over: ClassVar[Literal["run"]] = "run"

    def __init__(self, options: Sequence[LeavingOption] = DEFAULT_OPTIONS) -> None:
        self._options = tuple(options)
        self._open = tuple(one for one in self._options if not one.is_on_same_notice)
        if not self._open:
            raise BadInputError(
                "every option ends on the same notice: got no way out, expected at least one",
                next_step="an option with is_on_same_notice: false",
            )

    @property
    def actions(self) -> tuple[str, ...]:
        """The options that are a way out."""
        return tuple(one.name for one in self._open)

    @property
    def inputs(self) -> tuple[Input, ...]:
        """All inputs, the amounts of the options last."""
        return (*INPUTS, *(amount for option in self._options for amount in option.inputs))

    def unused(self, values: Values) -> frozenset[str]:
        """What no option needs, and the amounts of those that are no way out."""
        names = {one.name for option in self._options if option.is_on_same_notice for one in option.inputs}
        if all(values[f"{one.key}_weeks"] is not None for one in self._open):
            names.add("engineers")
        if all(values[f"{one.key}_engineer_usd_per_week"] is not None for one in self._open):
            names.add("engineer_usd_per_week")
        if not any(one.usd_per_month_difference for one in self._open):
            names.add("horizon_months")
        return frozenset(names)

    def point(self, values: Values) -> Point:
        """All figures at one point; BadInputError for a test or a baseline after today."""
        return self.point_for(self._best(values), values)

    def point_for(self, decision: str, values: Values) -> Point:
        """What to do first, and what is warned of, are of the option that is the decision."""
        left_days = _left_days(values)
        options = tuple(self._option(one, values, left_days) for one in self._options)
        best = next(one for one in options if one.name == decision)
        gaps, old = contract_gaps(values), stale_preparations(values)
        until = fallback_until_on(values)
        covered_until = values["deprecated_on"] if until is None else max(values["deprecated_on"], until)
        notice = values["notice_days"]
        figures = DeprecationFigures(
            days_left=left_days,
            days_of_cover=max(0, (covered_until - values["today_on"]).days),
            contract_gaps=gaps.wrong,
            stale=old.wrong,
            unknown_conditions=(*gaps.unknown, *old.unknown),
            options=options,
            first_action=first_action(values, best, (*old.wrong, *old.unknown)),
            deprecated_on=values["deprecated_on"],
            notice_used_days=None if notice is None else max(0, int(notice) - left_days),
            fallback_until_on=until,
            successor_bar_rate=successor_bar_rate(values),
        )
        naive = DeprecationNaive(
            decision="wait",
            why="takes the provider's successor for the same model under a new name; its answers are others",
            total_usd=0.0,
        )
        warnings = (*_warnings(values, best, left_days), *self._of_late_days(values, options))
        return Point(result=figures, naive=naive, warnings=warnings)

    def net_usd(self, values: Arrays) -> Mapping[str, Any]:
        """What each option costs, as a loss; late days are charged as the module says."""
        left_days = _left_days(values)
        totals = [one.total_usd(values) for one in self._open]
        late_usd_per_day = self._late_usd_per_day(values)
        return {
            one.name: -total - late_usd_per_day * one.late_days(values, left_days=left_days)
            for one, total in zip(self._open, totals, strict=True)
        }

    def outcomes(self, values: Arrays) -> Mapping[str, Any]:
        """What each option costs and takes, without the charge for being late."""
        times = {f"{one.key}_weeks": one.needed_weeks(values) for one in self._open}
        return times | {f"{one.key}_total_usd": one.total_usd(values) for one in self._open}

    def decision(self, best: str, point: Point) -> str:  # noqa: ARG002 (the protocol's signature)
        """The option with the highest net value."""
        return best

    def _late_usd_per_day(self, values: Arrays) -> Any:
        """As given, else a little more than lies between the dearest and the cheapest option."""
        given = values["late_usd_per_day"]
        return _range_usd([one.total_usd(values) for one in self._open]) + 1.0 if given is None else given

    def _of_late_days(self, values: Values, options: Sequence[OptionFigures]) -> Iterator[str]:
        is_late = any(one.spare_days is not None and one.spare_days < 0 for one in options)
        if is_late and values["late_usd_per_day"] is None:
            yield (
                f"a late day has no price: net USD charge {usd(float(self._late_usd_per_day(values)))} for each,"
                " so that the less late option wins (--set late_usd_per_day=... gives it one)"
            )

    def _best(self, values: Values) -> str:
        nets = self.net_usd(values)
        return max(self.actions, key=lambda name: float(nets[name]))

    def _option(self, one: LeavingOption, values: Values, left_days: int) -> OptionFigures:
        is_open = not one.is_on_same_notice
        needed_days = int(one.late_days(values, left_days=0))
        spare_days = left_days - needed_days
        return OptionFigures(
            name=one.name,
            total_usd=float(one.total_usd(values)),
            weeks=float(one.needed_weeks(values)),
            fits=is_open and spare_days >= 0,
            needed_days=needed_days,
            spare_days=spare_days if is_open else None,
            start_by_on=_start_by_on(values["deprecated_on"], needed_days) if is_open else None,
        )


def first_action(values: Values, best: OptionFigures, preparations: Sequence[str]) -> str:
    """What to do first: gain time, or make the evidence without which no option can be judged, or begin."""
    begin = f"start {best.name}" + (f" by {best.start_by_on}" if best.fits else " today")
    if not best.fits:
        return f"{begin}, and ask the provider for {plural(-(best.spare_days or 0), 'more day')}"
    broken = {words.partition(":")[0] for words in preparations}
    if "eval baseline" in broken:
        return f"measure the incumbent on your suite while it still answers, then {begin}"
    if values["successor_pass_rate"] is None:
        return f"run your suite on the successor, then {begin}"
    if "fallback" in broken:
        return f"test a fallback that does not end with it, then {begin}"
    return begin


def _range_usd(totals: Sequence[Any]) -> Any:
    """What lies between the dearest and the cheapest."""
    dearest, cheapest = totals[0], totals[0]
    for total in totals[1:]:
        dearest, cheapest = np.maximum(dearest, total), np.minimum(cheapest, total)
    return dearest - cheapest


def _start_by_on(ends_on: date, needed_days: int) -> date | None:
    return date.fromordinal(ends_on.toordinal() - needed_days) if needed_days < ends_on.toordinal() else None


def _left_days(values: Arrays) -> int:
    return int((values["deprecated_on"] - values["today_on"]).days)


def _warnings(values: Values, best: OptionFigures, left_days: int) -> list[str]:
    found = []
    if left_days < 0:
        found.append(f"the route ended {plural(-left_days, 'day')} ago")
    spare, least = best.spare_days or 0, values["least_test_window_days"]
    if not best.fits and values["late_usd_per_day"] is not None:
        found.append(f"{best.name} is late by {plural(-spare, 'day')}: cheaper even so, at that cost of a day")
    elif not best.fits:
        found.append(f"no option fits: {best.name} is the least late, by {plural(-spare, 'day')}")
    elif spare < least:
        found.append(f"{best.name} leaves {plural(spare, 'day')} to test it on real traffic, expected {least:g}")
    window, good = values["test_window_days"], values["good_test_window_days"]
    if window is not None and least <= window < good:
        found.append(f"a test window of {window:g} days finds a regression; tuning prompts takes {good:g}")
    rate, bar = values["successor_pass_rate"], successor_bar_rate(values)
    if rate is not None and bar is not None and rate >= bar:
        found.append("the successor passes the bar as it is: a rewrite may need less than it counts here")
    return found
