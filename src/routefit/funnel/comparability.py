"""Comparable before cheaper: may the costs of two routes be held against each other at all?

Yes on one of three bases:

    same_tasks   at least 30 units ran on both routes: compare on those only, paired
    randomised   the caller knows that chance assigned the units
    same_mix     input tokens per unit, calls per unit and every declared segment agree:
                 |standardised difference| < 0.1 in every measured one, input tokens measured on both

Otherwise no, with the reason; nor where different versions of the same judge decided the units (`judged_apart`).
A difference of 0.1 is within noise for a few hundred units, so a mix is called
easy (or other) only where the difference is beyond 0.1 by more than its noise (one-sided 95% bound); short of
that it is "not shown to be alike". Both block alike: the doubt falls on the comparison, not on the team.
Source: section 6 of the domain; threshold Austin (2009).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from routefit.funnel.words import count, percent, plural
from routefit.stats.balance import (
    standardised_difference,
    standardised_difference_error,
    standardised_rate_difference,
)
from routefit.stats.quantiles import normal_quantile

LEAST_SHARED_UNITS = 30
"""Fewer common tasks do not carry a paired comparison; nor do fewer units on either side a comparison of mixes."""

BALANCE_LIMIT = 0.1
"""The standardised difference from which two mixes are not alike."""

Basis = Literal["same_tasks", "same_mix", "randomised"]
_Number = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class TrafficMix(BaseModel):
    """What kind of units a route got; None is not measured.

    `segments` counts units by value of each declared segment, for example {"language": {"de": 40, "en": 60}}.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    units: int = Field(ge=0)
    input_tokens_mean: _Number | None = None
    input_tokens_variance: _Number | None = None
    calls_mean: _Number | None = None
    calls_variance: _Number | None = None
    segments: dict[str, dict[str, int]] = Field(default_factory=dict)


class MixDifference(BaseModel):
    """How far b lies from a in one property, signed; `is_beyond_noise`: surely more than the limit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    standardised: float
    is_alike: bool
    is_beyond_noise: bool
    reason: str


class Comparability(BaseModel):
    """Whether b may be compared with a. `basis` None: no; `short` is the wording of a matrix cell."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    basis: Basis | None
    reason: str
    short: str = ""
    remedy: str = ""
    shared_units: int = 0
    differences: tuple[MixDifference, ...] = ()

    @property
    def is_comparable(self) -> bool:
        """Whether there is a basis."""
        return self.basis is not None


def comparable(a: TrafficMix, b: TrafficMix, *, shared_units: int, is_randomised: bool = False) -> Comparability:
    """Whether route b's units may be compared with route a's; the reason is said of b."""
    if shared_units >= LEAST_SHARED_UNITS:
        return Comparability(
            basis="same_tasks", reason=f"{plural(shared_units, 'common task')}", shared_units=shared_units
        )
    if is_randomised:
        return Comparability(basis="randomised", reason="units were assigned by chance", shared_units=shared_units)
    differences = tuple(_differences(a, b))
    if not any(one.name == "input tokens per unit" for one in differences):
        return _not_measured(shared_units, differences)
    if min(a.units, b.units) < LEAST_SHARED_UNITS:
        return Comparability(
            basis=None,
            reason=f"only {plural(min(a.units, b.units), 'unit')} on one side, {LEAST_SHARED_UNITS} needed",
            short="too little traffic",
            shared_units=shared_units,
            differences=differences,
        )
    apart = [one for one in differences if not one.is_alike]
    if not apart:
        names = ", ".join(one.name for one in differences)
        return Comparability(
            basis="same_mix",
            reason=f"alike in {names}",
            shared_units=shared_units,
            differences=differences,
        )
    return _other_traffic(apart, shared_units, differences)


def judged_apart(reason: str, *, shared_units: int) -> Comparability:
    """Not comparable, whatever the traffic: different versions of a judge decided the two routes' units."""
    return Comparability(
        basis=None,
        reason=reason,
        short="judged by other versions",
        remedy="grade both with the same version",
        shared_units=shared_units,
    )


def _not_measured(shared_units: int, differences: tuple[MixDifference, ...]) -> Comparability:
    if shared_units:
        had = f"only {plural(shared_units, 'common task')}, {LEAST_SHARED_UNITS} needed,"
    else:
        had = "disjoint tasks: no common task"
    return Comparability(
        basis=None,
        reason=f"{had} and the mix cannot be measured",
        short="other tasks",
        shared_units=shared_units,
        differences=differences,
    )


def _other_traffic(
    apart: list[MixDifference], shared_units: int, differences: tuple[MixDifference, ...]
) -> Comparability:
    sure = [one for one in apart if one.is_beyond_noise]
    is_effort = {"input tokens per unit", "calls per unit"}
    easier = [one for one in sure if one.name in is_effort and one.standardised < 0]
    harder = [one for one in sure if one.name in is_effort and one.standardised > 0]
    named = "; ".join(one.reason for one in sure or apart)
    if easier and not harder:
        short, reason = "only easy traffic", f"only easy traffic: {named}"
    elif sure:
        short, reason = "other traffic", f"other traffic: {named}"
    else:
        short, reason = "other traffic", f"not shown to be the same traffic: {named}"
    return Comparability(
        basis=None, reason=reason, short=short, shared_units=shared_units, differences=differences
    )


def _differences(a: TrafficMix, b: TrafficMix) -> Iterator[MixDifference]:
    if not a.units or not b.units:
        return
    properties = (
        (
            "input tokens per unit",
            (a.input_tokens_mean, a.input_tokens_variance, b.input_tokens_mean, b.input_tokens_variance),
        ),
        ("calls per unit", (a.calls_mean, a.calls_variance, b.calls_mean, b.calls_variance)),
    )
    for name, (mean_a, variance_a, mean_b, variance_b) in properties:
        if mean_a is None or variance_a is None or mean_b is None or variance_b is None:
            continue
        difference = standardised_difference(mean_a, variance_a, mean_b, variance_b)
        yield _difference(name, difference, a.units, b.units, f"{count(mean_b)} against {count(mean_a)}")
    for name in sorted(a.segments.keys() & b.segments.keys()):
        yield from _segment(name, a.segments[name], b.segments[name])


def _segment(name: str, counts_a: dict[str, int], counts_b: dict[str, int]) -> Iterator[MixDifference]:
    """The value whose share differs most; a segment without counts on a side is not measured."""
    units_a, units_b = sum(counts_a.values()), sum(counts_b.values())
    if not units_a or not units_b:
        return
    shares = {
        value: (counts_a.get(value, 0) / units_a, counts_b.get(value, 0) / units_b)
        for value in sorted(counts_a.keys() | counts_b.keys())
    }
    worst = max(shares, key=lambda value: abs(standardised_rate_difference(*shares[value])))
    share_a, share_b = shares[worst]
    difference = standardised_rate_difference(share_a, share_b)
    shown = f"{worst} {percent(share_b)} against {percent(share_a)}"
    yield _difference(f"segment {name}", difference, units_a, units_b, shown)


def _difference(name: str, difference: float, n_a: int, n_b: int, shown: str) -> MixDifference:
    noise = normal_quantile(0.95) * standardised_difference_error(difference, n_a, n_b)
    return MixDifference(
        name=name,
        standardised=difference,
        is_alike=abs(difference) < BALANCE_LIMIT,
        is_beyond_noise=abs(difference) - noise > BALANCE_LIMIT,
        reason=f"{name} {shown} (standardised difference {difference:+.2f})",
    )
