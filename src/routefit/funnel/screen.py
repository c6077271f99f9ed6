"""Stage 2 of the funnel: does the route reach the quality floor? Three verdicts and "no data".

    limit = floor - tolerance
    pass          one-sided Wilson lower bound >= limit
    fail          one-sided Wilson upper bound <  limit
    inconclusive  otherwise, with the further cases at which today's rate would decide

The verdicts may come from a screen of 50-200 cases or from outcomes in the ledger. At 200 cases, floor 0.85 and
no tolerance, a route that is truly at 0.90 passes with probability 0.65 (`passing_probability`).
Source: field guide, chapter 15 (stage 2); section 6 of the domain.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from routefit.errors import BadInputError
from routefit.funnel.words import count, percent, percents_apart, plural
from routefit.stats.rates import deciding_sample_size, wilson_bounds

LEAST_CASES = 50
"""Fewer decided_cases cases are flagged (field guide, chapter 15: 50-200)."""

MOST_CASES = 2_000
"""A screen that would need more cases in all is not decidable by screening."""


class Screen(BaseModel):
    """The verdict with all that it rests on; `further_cases` counts the further cases, None where none decide."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    verdict: Literal["pass", "fail", "inconclusive", "no_data"]
    accepted_cases: int
    decided_cases: int
    rate: float | None
    low_rate: float | None
    high_rate: float | None
    floor_rate: float
    tolerance_rate: float
    limit_rate: float
    confidence_rate: float
    further_cases: int | None
    is_small: bool
    words: str


def screen(
    *,
    accepted_cases: int,
    decided_cases: int,
    floor_rate: float,
    tolerance_rate: float = 0.0,
    confidence_rate: float = 0.95,
) -> Screen:
    """The verdict on `accepted_cases` of `decided_cases` against the floor.

    Raises BadInputError when accepted_cases is not in 0..decided_cases or a rate is not in 0..1.
    """
    if not 0 <= accepted_cases <= decided_cases:
        raise BadInputError(f"accepted_cases {accepted_cases} is not in 0..decided_cases {decided_cases}")
    if not 0 <= floor_rate <= 1 or not 0 <= tolerance_rate <= 1:
        raise BadInputError(f"floor_rate {floor_rate} or tolerance_rate {tolerance_rate} is not in 0..1")
    limit_rate = max(0.0, floor_rate - tolerance_rate)
    rate = low = high = None
    if decided_cases:
        rate = accepted_cases / decided_cases
        low, high = wilson_bounds(accepted_cases, decided_cases, confidence_rate=confidence_rate, sided=1)
    verdict = _verdict(low, high, limit_rate)
    needed = (
        _further_cases(rate, limit_rate, decided_cases, confidence_rate) if verdict == "inconclusive" else None
    )
    return Screen(
        verdict=verdict,
        accepted_cases=accepted_cases,
        decided_cases=decided_cases,
        rate=rate,
        low_rate=low,
        high_rate=high,
        floor_rate=floor_rate,
        tolerance_rate=tolerance_rate,
        limit_rate=limit_rate,
        confidence_rate=confidence_rate,
        further_cases=needed,
        is_small=0 < decided_cases < LEAST_CASES,
        words=_words(verdict, rate, decided_cases, floor_rate, needed),
    )


def _verdict(
    low: float | None, high: float | None, limit_rate: float
) -> Literal["pass", "fail", "inconclusive", "no_data"]:
    if low is None or high is None:
        return "no_data"
    if low >= limit_rate:
        return "pass"
    return "fail" if high < limit_rate else "inconclusive"


def _further_cases(
    rate: float | None, limit_rate: float, decided_cases: int, confidence_rate: float
) -> int | None:
    total = None
    if rate is not None:
        total = deciding_sample_size(rate, limit_rate, confidence_rate=confidence_rate)
    return None if total is None or total > MOST_CASES else max(1, total - decided_cases)


def _words(verdict: str, rate: float | None, decided_cases: int, floor_rate: float, needed: int | None) -> str:
    if rate is None:
        return "not tested"
    shown, floor = percents_apart(rate, floor_rate)
    if verdict == "fail":
        return f"failed test: {shown} < {floor}"
    if verdict == "pass":
        sign = ">=" if rate >= floor_rate else "against"
        return f"passed test: {shown} {sign} {floor}"
    asked = f"{shown} of {plural(decided_cases, 'case')} against {percent(floor_rate)}"
    if needed is None:
        return f"undecided: {asked}, not decidable by screening (over {count(MOST_CASES)} cases)"
    return f"undecided: {asked}, {plural(needed, 'more case')} needed"
