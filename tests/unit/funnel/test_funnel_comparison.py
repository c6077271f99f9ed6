import numpy as np
import pytest
from pydantic import ValidationError

from routefit.funnel.comparison import PairedCounts, PairSums, compare


def sums(cost_a: list[float], cost_b: list[float], *, is_paired: bool, **more: object) -> PairSums:
    return PairSums.model_validate(
        {
            "cost_a_usd": cost_a,
            "accepted_a": [1.0] * len(cost_a),
            "cost_b_usd": cost_b,
            "accepted_b": [1.0] * len(cost_b),
            "is_paired": is_paired,
            **more,
        }
    )


DIFFICULTY = [float(x) for x in np.random.default_rng(11).lognormal(0, 1.2, 60)]
TENTH_LESS = [0.9 * cost for cost in DIFFICULTY]


def test_paired_tasks_find_what_independent_ones_cannot() -> None:
    """A tenth less on every task: sure when paired, lost in the spread of the tasks otherwise."""
    paired = compare(sums(DIFFICULTY, TENTH_LESS, is_paired=True))
    apart = compare(sums(DIFFICULTY, TENTH_LESS, is_paired=False))
    assert (paired.verdict, apart.verdict) == ("cheaper", "inconclusive")
    assert paired.ratio == pytest.approx(0.9)
    assert apart.ratio == pytest.approx(0.9)


def test_said_the_other_way_round_it_is_dearer() -> None:
    counts = PairedCounts(both=40, only_a=12, only_b=5, neither=3)
    forth = compare(sums(DIFFICULTY, TENTH_LESS, is_paired=True, counts=counts))
    back = forth.reversed()
    assert back.verdict == "dearer"
    assert back.ratio == pytest.approx(1 / 0.9)
    assert back.counts == PairedCounts(both=40, only_a=5, only_b=12, neither=3)
    assert back.reversed().ratio == pytest.approx(forth.ratio)


def test_fixed_costs_count_in_the_ratio() -> None:
    result = compare(sums([1.0] * 10, [1.0] * 10, is_paired=True, fixed_b_usd=10.0))
    assert result.ratio == pytest.approx(2.0)
    assert result.verdict == "dearer"


def test_nothing_accepted_is_undefined_and_inconclusive() -> None:
    result = compare(
        PairSums(
            cost_a_usd=(1.0, 2.0), accepted_a=(0.0, 0.0), cost_b_usd=(1.0,), accepted_b=(1.0,), is_paired=False
        )
    )
    assert (result.ratio, result.low_ratio, result.verdict) == (None, None, "inconclusive")
    assert "undefined" in result.reason
    assert result.reversed().ratio is None


def test_one_group_has_a_ratio_without_an_interval() -> None:
    result = compare(sums([1.0], [0.5], is_paired=True))
    assert (result.ratio, result.high_ratio, result.verdict) == (0.5, None, "inconclusive")
    assert result.reason == "0.5 times the cost, without an interval: too few groups of units"


def test_the_reason_gives_ratio_and_interval() -> None:
    result = compare(sums([1.0] * 10, [0.5] * 10, is_paired=True))
    assert result.reason == "0.5 times the cost, 95% interval 0.5 to 0.5, below 1"


def test_groups_must_match() -> None:
    with pytest.raises(ValidationError, match="same groups"):
        sums([1.0, 2.0], [1.0], is_paired=True)
    with pytest.raises(ValidationError, match="cost and accepted units"):
        PairSums(cost_a_usd=(1.0,), accepted_a=(), cost_b_usd=(1.0,), accepted_b=(1.0,), is_paired=False)
