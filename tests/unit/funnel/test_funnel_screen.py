import math

import pytest

from routefit.errors import BadInputError
from routefit.funnel.screen import screen


@pytest.mark.parametrize(
    ("accepted", "decided", "floor_rate", "tolerance_rate", "verdict", "words"),
    [
        pytest.param(142, 200, 0.85, 0.0, "fail", "failed test: 71% < 85%", id="far below"),
        pytest.param(190, 200, 0.85, 0.0, "pass", "passed test: 95% >= 85%", id="far above"),
        pytest.param(0, 0, 0.85, 0.0, "no_data", "not tested", id="no case is neither pass nor fail"),
        pytest.param(
            178,
            200,
            0.85,
            0.0,
            "inconclusive",
            "undecided: 89% of 200 cases against 85%, 16 more cases needed",
            id="above the floor, not yet surely",
        ),
        pytest.param(
            171,
            200,
            0.85,
            0.0,
            "inconclusive",
            "undecided: 86% of 200 cases against 85%, not decidable by screening (over 2,000 cases)",
            id="too close to the floor",
        ),
        pytest.param(170, 200, 0.85, 0.05, "pass", "passed test: 85% >= 85%", id="the tolerance lets it pass"),
        pytest.param(
            1_680, 2_000, 0.85, 0.03, "pass", "passed test: 84% against 85%", id="below, within tolerance"
        ),
        pytest.param(8_460, 10_000, 0.85, 0.0, "inconclusive", None, id="a rate near the floor with many cases"),
        pytest.param(
            84_700, 100_000, 0.85, 0.0, "fail", "failed test: 84.7% < 85.0%", id="decimals tell them apart"
        ),
        pytest.param(0, 20, 0.0, 0.0, "pass", "passed test: 0% >= 0%", id="a floor of 0 is always reached"),
    ],
)
def test_verdicts_and_words(
    accepted: int, decided: int, floor_rate: float, tolerance_rate: float, verdict: str, words: str | None
) -> None:
    result = screen(
        accepted_cases=accepted, decided_cases=decided, floor_rate=floor_rate, tolerance_rate=tolerance_rate
    )
    assert result.verdict == verdict
    if words is not None:
        assert result.words == words


def test_with_the_cases_it_asks_for_it_decides() -> None:
    first = screen(accepted_cases=178, decided_cases=200, floor_rate=0.85)
    assert first.further_cases == 16
    total = first.decided_cases + first.further_cases
    assert screen(accepted_cases=math.ceil(0.89 * total), decided_cases=total, floor_rate=0.85).verdict == "pass"


def test_few_cases_are_flagged() -> None:
    assert screen(accepted_cases=49, decided_cases=49, floor_rate=0.85).is_small
    assert not screen(accepted_cases=50, decided_cases=50, floor_rate=0.85).is_small
    assert not screen(accepted_cases=0, decided_cases=0, floor_rate=0.85).is_small


def test_nothing_decided_has_no_rate_and_no_bounds() -> None:
    result = screen(accepted_cases=0, decided_cases=0, floor_rate=0.85)
    assert (result.rate, result.low_rate, result.high_rate, result.further_cases) == (None, None, None, None)


@pytest.mark.parametrize(
    ("accepted", "decided", "floor_rate"),
    [
        pytest.param(5, 4, 0.85, id="more accepted than decided"),
        pytest.param(-1, 4, 0.85, id="negative"),
        pytest.param(1, 4, 85, id="a floor in per cent"),
    ],
)
def test_nonsense_is_refused(accepted: int, decided: int, floor_rate: float) -> None:
    with pytest.raises(BadInputError):
        screen(accepted_cases=accepted, decided_cases=decided, floor_rate=floor_rate)
