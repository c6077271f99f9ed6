"""Which steps make up the newest sweep of a route, and which records are of the same step.

A tool that writes its requests and its aggregates into two files (aiperf) names the run only in one of them. The
two are the same step when they count the same requests and the median and the 99th percentile of the time to the
end agree: these follow from the requests.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from routefit.decisions.load_facts import StepFacts, quantile_key

ONE_SESSION = timedelta(hours=24)
"""Runs of one load each that started within this time of the last one are a sweep."""

_TOLERANCE = 1e-4


def joined(steps: Sequence[StepFacts]) -> tuple[StepFacts, ...]:
    """The steps, with requests put to the aggregates of the same run."""
    with_requests = [step for step in steps if step.requests and not step.quantiles]
    found = []
    for step in steps:
        if step.requests or not step.quantiles:
            continue
        same = next((one for one in with_requests if _is_same(step, one)), None)
        if same is not None:
            with_requests.remove(same)
            step = replace(step, requests=same.requests, started_at=same.started_at)
        found.append(step)
    others = [step for step in steps if step.requests and step.quantiles]
    neither = [step for step in steps if not step.requests and not step.quantiles]
    return tuple(sorted([*found, *with_requests, *others, *neither], key=lambda step: step.started_at))


def newest_sweep(steps: Sequence[StepFacts]) -> tuple[StepFacts, ...]:
    """The steps of the newest test; runs of one step each within `ONE_SESSION` count as one.

    Steps of another tool or of another number of replicas are no part of it. Empty for no steps.
    """
    if not steps:
        return ()
    last = max(steps, key=lambda step: step.started_at)
    alike = [step for step in steps if (step.tool, step.replicas) == (last.tool, last.replicas)]
    of_test = [step for step in alike if step.test_id == last.test_id]
    if len(of_test) > 1:
        return tuple(of_test)
    tests = [step.test_id for step in alike]
    return tuple(
        step
        for step in alike
        if tests.count(step.test_id) == 1 and last.started_at - step.started_at <= ONE_SESSION
    )


def _is_same(aggregate: StepFacts, run: StepFacts) -> bool:
    alike = (aggregate.tool, aggregate.replicas) == (run.tool, run.replicas)
    if not alike or not run.answered_requests or aggregate.answered_requests != run.answered_requests:
        return False
    taken_ms = sorted(one.e2e_ms for one in run.answered if one.e2e_ms is not None)
    if len(taken_ms) != run.answered_requests:
        return False
    return all(
        math.isclose(
            _interpolated(taken_ms, rate),
            aggregate.quantiles.get(quantile_key("e2e", rate), math.nan),
            rel_tol=_TOLERANCE,
        )
        for rate in (0.5, 0.99)
    )


def _interpolated(sorted_ms: Sequence[float], rate: float) -> float:
    """The quantile between the two nearest ranks, as tools that lean on NumPy report it."""
    place = rate * (len(sorted_ms) - 1)
    low = math.floor(place)
    high = min(low + 1, len(sorted_ms) - 1)
    return sorted_ms[low] + (place - low) * (sorted_ms[high] - sorted_ms[low])
