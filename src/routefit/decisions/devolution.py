"""Signals that a fleet of one's own has stopped earning its keep.

    fleet too small      below `least_gpus` for two quarters or more
    on-call too thin     fewer than two engineers
    seat open            a specialist's seat open for more than three months
    engine behind        the serving engine two major releases behind, or more
    quality unseen       quality regressions looked for weekly, or more rarely

Two or more that fire: rerun the utilization gate against managed dedicated on the same fleet; the bursty slice
may go to serverless. A signal that nobody answered has not fired, and is listed as unknown.
Source: field guide, chapter 20; section 7.5 of the domain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from routefit.decisions.decision import Figures
from routefit.decisions.given import Given, Input, Quantity
from routefit.evidence import Label
from routefit.funnel.words import count, plural

SIGNALS = 5
LEAST_SIGNALS = 2
LEAST_GPUS = 50.0
_LEAST_QUARTERS = 2
_LEAST_ENGINEERS = 2
_MOST_OPEN_MONTHS = 3
_LEAST_MAJORS = 2
_LEAST_DAYS = 7

CHECK = (
    "rerun the utilization gate (decide dedicated) against managed dedicated on the same fleet;"
    " the bursty slice may go to serverless"
)

INPUTS: tuple[Input, ...] = (
    Input(
        name="least_gpus",
        quantity=Quantity.NUMBER,
        unit="GPUs",
        meaning="the fleet below which managed dedicated almost always costs less",
        default=Given(value=LEAST_GPUS, label=Label.OPINION, source="field guide, chapter 20"),
        is_varied=False,
    ),
    Input(
        name="quarters_below_least_gpus",
        quantity=Quantity.NUMBER,
        unit="quarters",
        meaning="for how many quarters in a row the fleet has been smaller than that",
    ),
    Input(
        name="oncall_engineers",
        quantity=Quantity.NUMBER,
        unit="engineers",
        meaning="engineers in the on-call rotation",
    ),
    Input(
        name="specialist_seat_open_months",
        quantity=Quantity.NUMBER,
        unit="months",
        meaning="for how long a specialist's seat has been open; 0 where none is",
    ),
    Input(
        name="engine_majors_behind",
        quantity=Quantity.NUMBER,
        unit="major releases",
        meaning="how far the serving engine is behind",
    ),
    Input(
        name="quality_detection_days",
        quantity=Quantity.NUMBER,
        unit="days",
        meaning="days between two looks for quality regressions",
    ),
)


class Devolution(Figures):
    """What speaks for giving the fleet up; `check` is what to do about it, None while fewer than two fire."""

    fired: tuple[str, ...]
    check: str | None
    unknown: tuple[str, ...]


def devolution(values: Mapping[str, Any]) -> Devolution:
    """The five signals at one point."""
    judged = list(_signals(values))
    fired = tuple(words for has_fired, words in judged if has_fired is True)
    return Devolution(
        fired=fired,
        check=CHECK if len(fired) >= LEAST_SIGNALS else None,
        unknown=tuple(words for has_fired, words in judged if has_fired is None),
    )


def _signals(values: Mapping[str, Any]) -> Iterator[tuple[bool | None, str]]:
    """(has fired, or None where unknown; the signal in words)."""
    least_gpus = count(values["least_gpus"])
    quarters = values["quarters_below_least_gpus"]
    if quarters is None:
        yield None, f"how long the fleet has been below {least_gpus} GPUs"
    else:
        yield quarters >= _LEAST_QUARTERS, f"below {least_gpus} GPUs for {plural(quarters, 'quarter')} >= 2"
    engineers = values["oncall_engineers"]
    if engineers is None:
        yield None, "how many engineers are on call"
    else:
        yield engineers < _LEAST_ENGINEERS, f"{plural(engineers, 'engineer')} on call < {_LEAST_ENGINEERS}"
    months = values["specialist_seat_open_months"]
    if months is None:
        yield None, "whether a specialist's seat is open"
    else:
        yield months > _MOST_OPEN_MONTHS, f"a specialist's seat open for {plural(months, 'month')} > 3"
    majors = values["engine_majors_behind"]
    if majors is None:
        yield None, "how far the serving engine is behind"
    else:
        yield (
            majors >= _LEAST_MAJORS,
            f"serving engine {plural(majors, 'major release')} behind >= {_LEAST_MAJORS}",
        )
    days = values["quality_detection_days"]
    if days is None:
        yield None, "how often quality regressions are looked for"
    else:
        yield days >= _LEAST_DAYS, f"quality regressions looked for every {plural(days, 'day')} >= {_LEAST_DAYS}"
