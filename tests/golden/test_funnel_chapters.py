"""The published matrix of chapter 15, the move of chapter 17, and the paired public data."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from funnel_fleet import all_pairs, candidate, check
from routefit.declared.model import Mode
from routefit.funnel.candidate import Stakes
from routefit.funnel.comparison import PairedCounts, PairSums, compare
from routefit.funnel.recommendation import recommend
from routefit.funnel.screen import screen
from routefit.funnel.verdict import Verdict

RESULTS = Path(__file__).resolve().parents[3] / "shared" / "data" / "openhands_index" / "results"
SELF_MANAGED_FLOOR_USD = 60_000.0


def stakes(accepted_units_per_month: float, migration_usd: float = 11_000) -> Stakes:
    return Stakes(
        current_route="closed",
        accepted_units_per_month=accepted_units_per_month,
        migration_usd=migration_usd,
        floor_rate=0.85,
    )


def test_chapter_15_support_moves_to_serverless() -> None:
    routes = [
        candidate("closed", 0.041),
        candidate("serverless", 0.031, Mode.SERVERLESS_OPEN),
        candidate("dedicated", 0.034, Mode.MANAGED_DEDICATED),
        candidate("own", None, Mode.SELF_MANAGED, checks=[check(Verdict.FAIL, "no: volume too low")]),
    ]
    answer = recommend(routes, stakes(500_000), pairs=all_pairs(routes))
    assert (answer.action, answer.route) == ("move", "serverless")
    assert [c.cell.words for c in routes] == ["$0.041", "$0.031", "$0.034", "no: volume too low"]


def test_chapter_15_extraction_stays_because_nothing_else_survives_the_funnel() -> None:
    routes = [
        candidate("closed", 0.058),
        candidate("serverless", None, Mode.SERVERLESS_OPEN, checks=[check(Verdict.FAIL)]),
        candidate("dedicated", 0.03, Mode.MANAGED_DEDICATED, accepted=142, decided=200),
        candidate("own", None, Mode.SELF_MANAGED, checks=[check(Verdict.FAIL, "no: volume too low")]),
    ]
    answer = recommend(routes, stakes(80_000), pairs=all_pairs(routes))
    assert (answer.action, answer.route) == ("stay", "closed")
    assert [c.cell.words for c in routes[1:]] == [
        "no: EU residency",
        "failed test: 71% < 85%",
        "no: volume too low",
    ]


def test_chapter_15_classification_stops_at_dedicated_by_the_commitment_rule() -> None:
    """60M a month x (0.006 - 0.005) = 60,000 USD is not more than the engineering floor of 60,000."""
    routes = [
        candidate("closed", 0.012),
        candidate("serverless", 0.009, Mode.SERVERLESS_OPEN),
        candidate("dedicated", 0.006, Mode.MANAGED_DEDICATED),
        candidate("own", 0.005, Mode.SELF_MANAGED, fixed_usd_outside_lcpr=SELF_MANAGED_FLOOR_USD),
    ]
    answer = recommend(routes, stakes(60_000_000), pairs=all_pairs(routes))
    assert (answer.action, answer.route) == ("move", "dedicated")
    assert answer.saving_usd_per_month == 360_000
    assert (
        "own at $0.0050 saves $420,000 a month, less $60,000 of fixed cost that its LCPR does not hold"
        " = $360,000 by dedicated, which commits to less"
    ) in answer.why
    beyond = recommend(routes, stakes(61_000_000), pairs=all_pairs(routes))
    assert (beyond.action, beyond.route) == ("move", "own")


def test_chapter_17_pays_back_in_2_2_months() -> None:
    routes = [candidate("closed", 0.041), candidate("serverless", 0.031, Mode.SERVERLESS_OPEN)]
    answer = recommend(routes, stakes(500_000, migration_usd=11_000), pairs=all_pairs(routes))
    assert (answer.action, answer.saving_usd_per_month) == ("move", 5_000)
    assert answer.payback_months == pytest.approx(2.2)


def instances(route: str, tasks: str) -> dict[str, dict[str, float | bool | None]]:
    found: dict[str, dict[str, float | bool | None]] = json.loads(
        (RESULTS / route / "instance_results" / f"{tasks}.json").read_text()
    )
    return found


@pytest.mark.shared_data
def test_public_pair_on_the_same_500_tasks() -> None:
    """claude-opus-4-6 against MiniMax-M3 on swe-bench: 339 / 45 / 43 / 73, and a fifth of the cost."""
    a, b = instances("claude-opus-4-6", "swe-bench"), instances("MiniMax-M3", "swe-bench")
    shared = sorted(a.keys() & b.keys())
    group = [int(hashlib.md5(task.encode()).hexdigest(), 16) % 128 for task in shared]
    used = np.bincount(group, minlength=128) > 0

    def by_group(values: list[float]) -> tuple[float, ...]:
        return tuple(np.bincount(group, values, 128)[used].tolist())

    resolved_a, resolved_b = ([bool(x[task]["resolved"]) for task in shared] for x in (a, b))
    outcomes = list(zip(resolved_a, resolved_b, strict=True))
    counts = PairedCounts(
        both=outcomes.count((True, True)),
        only_a=outcomes.count((True, False)),
        only_b=outcomes.count((False, True)),
        neither=outcomes.count((False, False)),
    )
    result = compare(
        PairSums(
            cost_a_usd=by_group([float(a[task]["cost"] or 0.0) for task in shared]),
            accepted_a=by_group([float(x) for x in resolved_a]),
            cost_b_usd=by_group([float(b[task]["cost"] or 0.0) for task in shared]),
            accepted_b=by_group([float(x) for x in resolved_b]),
            is_paired=True,
            counts=counts,
        )
    )
    assert counts == PairedCounts(both=339, only_a=45, only_b=43, neither=73)
    assert result.ratio == pytest.approx((76.754344 / 382) / (385.974965 / 384), abs=1e-6)
    assert result.verdict == "cheaper"
    assert screen(accepted_cases=382, decided_cases=500, floor_rate=0.7).verdict == "pass"
