import math

import pytest

from routefit.funnel.comparability import TrafficMix, comparable


def mix(
    units: int,
    tokens: float | None = 3_000,
    calls: float | None = 2.0,
    segments: dict[str, dict[str, int]] | None = None,
) -> TrafficMix:
    return TrafficMix(
        units=units,
        input_tokens_mean=tokens,
        input_tokens_variance=None if tokens is None else 1_000_000.0,
        calls_mean=calls,
        calls_variance=None if calls is None else 1.0,
        segments=segments or {},
    )


@pytest.mark.parametrize(
    ("a", "b", "shared_units", "basis", "short"),
    [
        pytest.param(mix(500, 9_000), mix(500), 500, "same_tasks", "", id="common tasks beat any mix"),
        pytest.param(mix(500), mix(500, 3_050), 0, "same_mix", "", id="alike in every measured property"),
        pytest.param(mix(5_000), mix(5_000, 1_200), 0, None, "only easy traffic", id="shorter input"),
        pytest.param(mix(5_000), mix(5_000, 3_000, 1.2), 0, None, "only easy traffic", id="fewer calls"),
        pytest.param(mix(5_000), mix(5_000, 4_500), 0, None, "other traffic", id="longer input"),
        pytest.param(
            mix(5_000), mix(5_000, 1_200, 4.0), 0, None, "other traffic", id="shorter but more calls is not easy"
        ),
        pytest.param(
            mix(5_000, segments={"language": {"de": 600, "en": 4_400}}),
            mix(5_000, segments={"language": {"de": 2_050, "en": 2_950}}),
            0,
            None,
            "other traffic",
            id="another language",
        ),
        pytest.param(
            mix(5_000, segments={"language": {"de": 600, "en": 4_400}}),
            mix(5_000, segments={"language": {"de": 620, "en": 4_380}}),
            0,
            "same_mix",
            "",
            id="the same languages",
        ),
        pytest.param(mix(500, None), mix(500), 0, None, "other tasks", id="input not measured on a side"),
        pytest.param(mix(500, None), mix(500, None), 29, None, "other tasks", id="29 common tasks are too few"),
        pytest.param(mix(500, None), mix(500, None), 30, "same_tasks", "", id="30 common tasks are enough"),
        pytest.param(mix(500), mix(12), 0, None, "too little traffic", id="12 units show nothing"),
        pytest.param(mix(0), mix(0), 0, None, "other tasks", id="no units at all"),
    ],
)
def test_basis(a: TrafficMix, b: TrafficMix, shared_units: int, basis: str | None, short: str) -> None:
    result = comparable(a, b, shared_units=shared_units)
    assert (result.basis, result.short) == (basis, short)
    assert result.is_comparable is (basis is not None)


def test_chance_is_a_basis_whatever_the_mix_turned_out() -> None:
    assert comparable(mix(100), mix(100, 9_000), shared_units=0, is_randomised=True).basis == "randomised"


def test_a_difference_within_noise_is_not_called_easy() -> None:
    """d = -0.2 on 40 units each: beyond the limit, but its noise is 0.37."""
    result = comparable(mix(40), mix(40, 2_800), shared_units=0)
    assert result.basis is None
    assert result.short == "other traffic"
    assert result.reason.startswith("not shown to be the same traffic: input tokens per unit 2,800 against 3,000")


def test_the_reason_names_figures_of_both() -> None:
    result = comparable(mix(5_000), mix(5_000, 1_200), shared_units=0)
    assert result.reason == (
        "only easy traffic: input tokens per unit 1,200 against 3,000 (standardised difference -1.80)"
    )


def test_disjoint_tasks_without_a_mix_are_refused() -> None:
    result = comparable(mix(250, None, None), mix(250, None, None), shared_units=0)
    assert result.reason == "disjoint tasks: no common task and the mix cannot be measured"


def test_a_property_without_spread_still_tells_them_apart() -> None:
    a = TrafficMix(units=100, input_tokens_mean=100, input_tokens_variance=0)
    b = TrafficMix(units=100, input_tokens_mean=90, input_tokens_variance=0)
    result = comparable(a, b, shared_units=0)
    assert result.short == "only easy traffic"
    assert math.isinf(result.differences[0].standardised)


def test_an_empty_segment_is_not_measured() -> None:
    a, b = mix(500, segments={"language": {}}), mix(500, segments={"language": {"en": 500}})
    result = comparable(a, b, shared_units=0)
    assert result.basis == "same_mix"
    assert "segment language" not in result.reason
