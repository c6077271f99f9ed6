"""Is route b cheaper than route a? The ratio of their LCPRs with the interval of its log.

    ratio = ((cost_b + fixed_b) / accepted_b) / ((cost_a + fixed_a) / accepted_a)

On shared tasks the groups are deleted from both routes at once (paired), so what makes a task dear on both
cancels; otherwise the two are independent and their variances add on the log scale. It is the interval of the
ratio that decides, never whether two intervals overlap: overlap is far too shy on paired data.
Source: section 6 of the domain.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from routefit.funnel.comparability import Comparability
from routefit.funnel.words import count
from routefit.stats.jackknife import independent_log_ratio, jackknife_log_ratio

CostVerdict = Literal["cheaper", "dearer", "inconclusive"]


class PairedCounts(BaseModel):
    """Decided shared tasks by who was accepted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    both: int = Field(ge=0)
    only_a: int = Field(ge=0)
    only_b: int = Field(ge=0)
    neither: int = Field(ge=0)


class PairSums(BaseModel):
    """Cost (USD) and accepted units of two routes by hash group, groups without any unit left out.

    `is_paired`: element g of all four lists is the same group of shared tasks. `fixed_a_usd` and `fixed_b_usd`
    are costs of the window that do not depend on the units (running, bill difference).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    cost_a_usd: tuple[float, ...]
    accepted_a: tuple[float, ...]
    cost_b_usd: tuple[float, ...]
    accepted_b: tuple[float, ...]
    fixed_a_usd: float = 0.0
    fixed_b_usd: float = 0.0
    is_paired: bool
    counts: PairedCounts | None = None

    @model_validator(mode="after")
    def _lists_match(self) -> PairSums:
        lengths = [len(x) for x in (self.cost_a_usd, self.accepted_a, self.cost_b_usd, self.accepted_b)]
        if lengths[0] != lengths[1] or lengths[2] != lengths[3]:
            raise ValueError(f"cost and accepted units need the same groups, got {lengths} groups")
        if self.is_paired and lengths[0] != lengths[2]:
            raise ValueError(f"paired routes need the same groups, got {lengths[0]} and {lengths[2]}")
        return self


class Comparison(BaseModel):
    """The ratio b / a; None is undefined (nothing accepted or no cost on a side), and then inconclusive."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ratio: float | None
    low_ratio: float | None
    high_ratio: float | None
    verdict: CostVerdict
    is_paired: bool
    groups: int
    confidence_rate: float
    counts: PairedCounts | None = None
    reason: str

    def reversed(self) -> Comparison:
        """The same comparison said of a against b."""
        turned = self.counts and self.counts.model_copy(
            update={"only_a": self.counts.only_b, "only_b": self.counts.only_a}
        )
        return _comparison(
            _reciprocal(self.ratio),
            _reciprocal(self.high_ratio),
            _reciprocal(self.low_ratio),
            is_paired=self.is_paired,
            groups=self.groups,
            confidence_rate=self.confidence_rate,
            counts=turned,
        )


class RoutePair(BaseModel):
    """What is known about route b against route a: may they be compared, and how do their costs compare."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    a: str
    b: str
    comparability: Comparability
    comparison: Comparison | None = None


def compare(pair: PairSums, *, confidence_rate: float = 0.95) -> Comparison:
    """b against a; `cheaper` when the whole interval of the ratio lies below 1, `dearer` when above."""
    ratio = jackknife_log_ratio if pair.is_paired else independent_log_ratio
    interval = ratio(
        pair.cost_a_usd,
        pair.accepted_a,
        pair.cost_b_usd,
        pair.accepted_b,
        fixed_numerator_a=pair.fixed_a_usd,
        fixed_numerator_b=pair.fixed_b_usd,
        confidence_rate=confidence_rate,
    )
    return _comparison(
        interval.point,
        interval.low,
        interval.high,
        is_paired=pair.is_paired,
        groups=interval.groups,
        confidence_rate=confidence_rate,
        counts=pair.counts,
    )


def _comparison(
    ratio: float | None,
    low: float | None,
    high: float | None,
    *,
    is_paired: bool,
    groups: int,
    confidence_rate: float,
    counts: PairedCounts | None,
) -> Comparison:
    verdict: CostVerdict = "inconclusive"
    if high is not None and high < 1:
        verdict = "cheaper"
    elif low is not None and low > 1:
        verdict = "dearer"
    return Comparison(
        ratio=ratio,
        low_ratio=low,
        high_ratio=high,
        verdict=verdict,
        is_paired=is_paired,
        groups=groups,
        confidence_rate=confidence_rate,
        counts=counts,
        reason=_reason(ratio, low, high, verdict, confidence_rate),
    )


def _reason(
    ratio: float | None, low: float | None, high: float | None, verdict: CostVerdict, confidence_rate: float
) -> str:
    if ratio is None:
        return "the ratio of costs is undefined: nothing accepted, or no cost, on one side"
    if low is None or high is None:
        return f"{ratio:.3g} times the cost, without an interval: too few groups of units"
    sign = {"cheaper": "below 1", "dearer": "above 1", "inconclusive": "with 1 inside"}[verdict]
    level = f"{count(round(100 * confidence_rate, 6))}%"
    return f"{ratio:.3g} times the cost, {level} interval {low:.3g} to {high:.3g}, {sign}"


def _reciprocal(value: float | None) -> float | None:
    return None if not value else 1 / value
