"""Which tier each step of a task takes, so that the whole chain fits its deadline at the lowest cost.

    chain hours = sum over the chain of calls x window; of steps beside each other the longest counts
    plan        = argmin of the sum of USD over all assignments of tiers to steps with chain hours <= deadline

A sequential step's calls wait for one another: calls x window. A step that is not sequential has its calls beside
each other: one window; neighbouring steps of that kind run beside each other too.
The search is exact: dynamic programming over the steps, keeping every pair (hours, USD) that no other one beats
in both. Should more than 20,000 pairs survive, of those within the same 20,000th of the deadline the cheapest is
kept.
Ties go to fewer hours.
Source: field guide, chapter 21; section 7.7 of the domain.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any

import numpy as np

_MOST_PAIRS = 20_000
_FEW_PAIRS = 64
_DIGITS, _CHEAPER = 1 + 1e-12, 1 - 1e-12


@dataclass(frozen=True, slots=True)
class Choice:
    """A tier that a step may take: what it then costs and how long it takes; infinite without a promise."""

    tier: str
    usd: float
    hours: float


@dataclass(frozen=True, slots=True)
class ChainStep:
    """A step with the tiers it may take."""

    choices: tuple[Choice, ...]
    is_sequential: bool


@dataclass(frozen=True, slots=True)
class _Frontier:
    """Pairs of hours and USD, with the pair before and the choices that each came from."""

    hours: list[float]
    usd: list[float]
    came_from: list[int]
    took: list[int]
    picks: tuple[tuple[Choice, ...], ...]


def cheapest_plan(steps: Sequence[ChainStep], deadline_hours: float | None) -> tuple[Choice, ...] | None:
    """A choice for each step; None where nothing fits. Without a deadline each step takes its cheapest tier."""
    cheapest = tuple(_cheapest(step.choices) for step in steps)
    hours_of = [one.hours for one in cheapest]
    took = chain_hours(hours_of, [step.is_sequential for step in steps])
    if deadline_hours is None or took <= deadline_hours * _DIGITS:
        return cheapest
    frontiers: list[_Frontier] = []
    hours, usd = [0.0], [0.0]
    for members in _segments(steps):
        picks = _options(members)
        found = _extended(hours, usd, picks, deadline_hours)
        if not found.hours:
            return None
        frontiers.append(found)
        hours, usd = found.hours, found.usd
    # The pairs are in the order of their hours and ever cheaper: the last one is the cheapest.
    place = len(hours) - 1
    plan: list[Choice] = []
    for found in reversed(frontiers):
        plan = [*found.picks[found.took[place]], *plan]
        place = found.came_from[place]
    return tuple(plan)


def chain_hours(hours: Sequence[Any], is_sequential: Sequence[bool]) -> Any:
    """How long the chain takes when its steps take so long; floats, or arrays of one length."""
    pairs = zip(hours, is_sequential, strict=True)
    total: Any = 0.0
    for sequential, members in groupby(pairs, key=lambda pair: pair[1]):
        each = [one for one, _ in members]
        total = total + (sum(each) if sequential else _longest(each))
    return total


def _longest(hours: Sequence[Any]) -> Any:
    found = hours[0]
    for one in hours[1:]:
        found = np.maximum(found, one)
    return found


def step_hours(calls: Any, window_hours: Any, *, is_sequential: bool) -> Any:
    """How long a step takes whose calls answer within a window each; floats, or arrays of one length."""
    if is_sequential:
        return calls * window_hours
    return np.minimum(calls, 1.0) * window_hours if isinstance(calls, np.ndarray) else min(calls, 1) * window_hours


def _segments(steps: Sequence[ChainStep]) -> list[tuple[ChainStep, ...]]:
    """Each sequential step alone, neighbours that are not together."""
    found: list[tuple[ChainStep, ...]] = []
    for sequential, members in groupby(steps, key=lambda step: step.is_sequential):
        together = tuple(members)
        found += [(step,) for step in together] if sequential else [together]
    return found


@lru_cache(maxsize=4096)
def _options(members: tuple[ChainStep, ...]) -> tuple[tuple[Choice, ...], ...]:
    """What a segment may do: within each limit that buys something, the cheapest of every step."""
    limits = sorted({choice.hours for step in members for choice in step.choices if math.isfinite(choice.hours)})
    found: list[tuple[Choice, ...]] = []
    least_usd = math.inf
    for limit in limits:
        within = [[choice for choice in step.choices if choice.hours <= limit] for step in members]
        if not all(within):
            continue
        pick = tuple(map(_cheapest, within))
        usd = sum(choice.usd for choice in pick)
        if usd < least_usd * _CHEAPER:
            found.append(pick)
            least_usd = usd
    return tuple(found)


def _extended(
    hours: list[float], usd: list[float], picks: tuple[tuple[Choice, ...], ...], deadline_hours: float
) -> _Frontier:
    """The pairs after one more segment that no other pair beats."""
    lasting = [max(choice.hours for choice in pick) for pick in picks]
    costing = [sum(choice.usd for choice in pick) for pick in picks]
    if len(hours) * len(picks) <= _FEW_PAIRS:
        return _of_few(hours, usd, lasting, costing, picks, deadline_hours)
    all_hours = (np.array(hours)[:, None] + np.array(lasting)[None, :]).ravel()
    all_usd = (np.array(usd)[:, None] + np.array(costing)[None, :]).ravel()
    # A chain that takes exactly as long as it may fits, whatever the last digit of the sum says.
    fitting = np.flatnonzero(all_hours <= deadline_hours * _DIGITS)
    order = fitting[np.lexsort((all_usd[fitting], all_hours[fitting]))]
    cheapest = np.minimum.accumulate(all_usd[order]) if order.size else all_usd[order]
    is_kept = np.ones(order.size, bool)
    is_kept[1:] = all_usd[order][1:] < cheapest[:-1] * _CHEAPER
    kept = order[is_kept]
    if kept.size > _MOST_PAIRS:
        bucket = np.floor(all_hours[kept] / deadline_hours * _MOST_PAIRS)
        # Ever cheaper in the order of the hours: the last of a bucket is its cheapest.
        kept = kept[np.append(bucket[1:] != bucket[:-1], True)]
    came_from, took = (kept // len(picks)).tolist(), (kept % len(picks)).tolist()
    return _Frontier(all_hours[kept].tolist(), all_usd[kept].tolist(), came_from, took, picks)


def _of_few(
    hours: list[float],
    usd: list[float],
    lasting: list[float],
    costing: list[float],
    picks: tuple[tuple[Choice, ...], ...],
    deadline_hours: float,
) -> _Frontier:
    """The same where arrays cost more than they save."""
    latest = deadline_hours * _DIGITS
    pairs = sorted(
        (before + more, spent + costs, place, pick)
        for place, (before, spent) in enumerate(zip(hours, usd, strict=True))
        for pick, (more, costs) in enumerate(zip(lasting, costing, strict=True))
        if before + more <= latest
    )
    found = _Frontier([], [], [], [], picks)
    for took, costs, place, pick in pairs:
        if found.usd and not costs < found.usd[-1] * _CHEAPER:
            continue
        found.hours.append(took)
        found.usd.append(costs)
        found.came_from.append(place)
        found.took.append(pick)
    return found


def _cheapest(choices: Sequence[Choice]) -> Choice:
    """The cheapest choice, among equals the quickest."""
    least = min(choice.usd for choice in choices)
    return min((one for one in choices if one.usd <= least * (1 + 1e-12)), key=lambda one: one.hours)
