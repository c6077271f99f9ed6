"""What the notice of a deprecation lacks against the contract, and which preparations are too old to rely on.

    notice        days given < days negotiated (90 is the usual baseline)
    successor     its pass rate on the team's suite < the bar (negotiated, else what the incumbent passes)
    test window   days on real traffic before the end < 3 weeks; 6 are good
    eval baseline older than 60 days
    fallback      last tested more than 6 months ago, or deprecated on the same notice: then it is none
    prompts       written for one provider

What nobody said is unknown, and never counts as in order.
Source: field guide, chapter 22, "involuntary migration"; section 7.9 of the domain.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from routefit.decisions.calculator import Values
from routefit.errors import BadInputError
from routefit.funnel.words import percents_apart, plural


@dataclass(frozen=True, slots=True)
class Findings:
    """What is wrong, as "measured < expected", and what is not known."""

    wrong: tuple[str, ...]
    unknown: tuple[str, ...]


def contract_gaps(values: Values) -> Findings:
    """The notice, the successor and its test window against what was negotiated."""
    unknown = []
    wrong = []
    notice, negotiated = values["notice_days"], values["negotiated_notice_days"]
    if notice is None:
        unknown.append("notice: how many days were given")
    elif notice < negotiated:
        wrong.append(f"notice: {plural(notice, 'day')} < {negotiated:g} negotiated")
    rate, bar = values["successor_pass_rate"], successor_bar_rate(values)
    if rate is None or bar is None:
        whose = "its" if rate is None else "the incumbent's"
        unknown.append(f"successor: {whose} pass rate on your suite")
    elif rate < bar:
        wrong.append(f"successor: passes {' < '.join(percents_apart(rate, bar))}, {_whose_bar(values)}")
    window, least = values["test_window_days"], values["least_test_window_days"]
    if window is None:
        unknown.append("test window: how long the successor can be tested on real traffic")
    elif window < least:
        wrong.append(f"test window: {plural(window, 'day')} < {least:g}")
    return Findings(tuple(wrong), tuple(unknown))


def stale_preparations(values: Values) -> Findings:
    """The eval baseline, the fallback and the prompts; BadInputError for a date after today."""
    found = [*_baseline(values), *_fallback(values)]
    is_portable = values["has_portable_prompts"]
    if is_portable is None:
        found.append((False, "prompts: whether they also work with another provider"))
    elif not is_portable:
        found.append((True, "prompts: written for one provider"))
    wrong = tuple(words for is_wrong, words in found if is_wrong)
    return Findings(wrong, tuple(words for is_wrong, words in found if not is_wrong))


def successor_bar_rate(values: Values) -> float | None:
    """What the successor must pass: the negotiated threshold, else what the incumbent passes; None is unknown."""
    own = values["successor_bar_rate"]
    rate = values["incumbent_pass_rate"] if own is None else own
    return None if rate is None else float(rate)


def fallback_until_on(values: Values) -> date | None:
    """Until when a fallback counts as tested; None where there is none that was."""
    tested_on = values["fallback_tested_on"]
    if tested_on is None or values["is_fallback_on_same_notice"]:
        return None
    until_day = _day(tested_on).toordinal() + int(values["most_fallback_untested_days"])
    until = date.fromordinal(min(until_day, date.max.toordinal()))
    ends_on = values["fallback_deprecated_on"]
    until = until if ends_on is None else min(until, _day(ends_on))
    return until if until >= values["today_on"] else None


def _baseline(values: Values) -> Iterator[tuple[bool, str]]:
    measured_on, most = values["eval_baseline_on"], values["most_eval_baseline_days"]
    if measured_on is None:
        yield False, "eval baseline: when the incumbent was last measured"
        return
    age_days = _age_days("eval baseline", measured_on, values["today_on"])
    if age_days > most:
        yield True, f"eval baseline: {plural(age_days, 'day')} old > {most:g}"


def _fallback(values: Values) -> Iterator[tuple[bool, str]]:
    if values["is_fallback_on_same_notice"]:
        yield True, "fallback: deprecated on the same notice, so it is none"
        return
    tested_on, most = values["fallback_tested_on"], values["most_fallback_untested_days"]
    if tested_on is None:
        yield False, "fallback: when one was last tested"
        return
    age_days = _age_days("fallback test", tested_on, values["today_on"])
    if age_days > most:
        yield True, f"fallback: last tested {plural(age_days, 'day')} ago > {most:g}"
    ends_on = values["fallback_deprecated_on"]
    if ends_on is not None and _day(ends_on) <= values["deprecated_on"]:
        yield True, f"fallback: ends on {ends_on}, not after {values['deprecated_on']}"


def _age_days(name: str, on: date, today: date) -> int:
    if on > today:
        raise BadInputError(f"{name}: got {on}, expected a date not after {today}", next_step="--today DATE")
    return (today - on).days


def _whose_bar(values: Values) -> str:
    return "the incumbent's bar" if values["successor_bar_rate"] is None else "the bar of the contract"


def _day(value: object) -> date:
    if not isinstance(value, date):
        raise TypeError(f"not a date: {value!r}")
    return value
