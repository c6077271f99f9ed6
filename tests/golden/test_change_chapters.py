"""The chapter on fine-tuning as a change of cost: what fewer repairs did, and what acceptance did."""

from __future__ import annotations

import pytest

from change_cases import calls, route, window
from routefit.lcpr.change import Change, change
from routefit.lcpr.change_factors import Cause

UNITS = 100_000


def tuned(*, accepts: bool) -> Change:
    """38% of units took a second call, then 11%; a rewritten answer fails in 12% of cases."""
    first, second = (0.62, 0.38), (0.89, 0.11)
    rates = [rate + again * 0.88 for rate, again in (first, second)] if accepts else [1.0, 1.0]
    was, now = (
        window(own=route(calls(UNITS), again=calls(round(again * UNITS)), accepted_units=rate * UNITS))
        for (_, again), rate in zip((first, second), rates, strict=True)
    )
    return change(was, now)


def parts(split: Change) -> dict[Cause, float]:
    """The parts that are not 0, as shares of the earlier cost."""
    assert split.was_usd
    return {part.cause: part.usd / split.was_usd for part in split.causes if part.usd}


def test_calls_from_138_to_111_cut_the_cost_by_a_fifth() -> None:
    """1.11 / 1.38 - 1 = -19.6%, all of it retries; the source's printed 31% does not follow."""
    split = tuned(accepts=False)
    assert parts(split) == {Cause.RETRIES: pytest.approx(-0.196, abs=5e-4)}
    part = split.causes[0]
    assert part.was == pytest.approx(1.38)
    assert part.now == pytest.approx(1.11)


def test_per_accepted_unit_acceptance_adds_its_part() -> None:
    """-22.2% per accepted unit: retries and acceptance, and nothing else."""
    split = tuned(accepts=True)
    assert split.was_usd
    assert split.change_usd == pytest.approx(-0.222 * split.was_usd, rel=2e-3)
    assert parts(split) == {
        Cause.RETRIES: pytest.approx(-0.192, abs=1e-3),
        Cause.ACCEPTANCE: pytest.approx(-0.030, abs=1e-3),
    }
