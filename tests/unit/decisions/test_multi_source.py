"""A split over several providers: scenarios, what is refused, hit rates at other shares, and what is warned of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from command_line import run_command
from routefit.decisions.earlier_calls import EarlierCalls
from routefit.decisions.multi_source import MultiSource
from routefit.decisions.split import Source, hit_rate, in_proportion, normalised
from routefit.errors import BadInputError, CannotTellError, UndefinedError
from routefit.evidence import Label
from routefit.report.decisions.multi_source import words
from split_cases import CHEAP, FAST, UNITS, split, split_figures

FILE = """\
providers:
  - {name: fast, baseline: true, share_rate: 0.3, usd_per_unit: 0.01, error_rate: 0.01, acceptance_rate: 0.9}
  - {name: cheap, share_rate: 0.7, usd_per_unit: 0.005:0.006:0.008, error_rate: 0.05, acceptance_rate: 0.88}
"""


def test_whole_workloads_keep_their_caches() -> None:
    """Nothing is hidden in the cache, and parity is not asked for."""
    found = split_figures(scenario="workload", has_parity=None)
    assert found.hidden.cache == 0
    assert found.why_not_split == ()
    assert found.hit_rate_by_provider == {"fast": 0.72, "cheap": 0.72}


@pytest.mark.parametrize(
    "parity", [pytest.param(None, id="not measured"), pytest.param(False, id="it does not hold")]
)
def test_within_a_workload_parity_is_needed(parity: bool | None) -> None:
    """Whatever the split would save."""
    decision = split(has_parity=parity)
    assert decision.decision == "single"
    assert decision.monte_carlo.decision == "split"


def test_failing_over_buys_availability() -> None:
    """1% of the traffic: the extra cost over the units that it keeps, and nothing saved."""
    found = split_figures(scenario="failover", failover_activation_rate=0.01)
    assert found.shares == pytest.approx({"fast": 0.99, "cheap": 0.01})
    assert found.failover is not None
    extra = UNITS * (found.split_usd_per_accepted_unit - found.baseline_usd_per_accepted_unit)
    assert found.failover.extra_usd_per_month == pytest.approx(extra)
    assert found.failover.usd_per_unit_kept == pytest.approx(extra / (0.01 * UNITS))
    assert found.failover.quality_delta_rate == pytest.approx(-0.015)


@pytest.mark.parametrize(
    ("unserved_usd", "expected"),
    [
        pytest.param(None, "failover_only", id="worth not known: bought at its price"),
        pytest.param(10.0, "failover_only", id="worth more than it costs"),
        pytest.param(0.0001, "single", id="worth less than it costs"),
    ],
)
def test_what_an_unserved_unit_costs_decides_failover(unserved_usd: float | None, expected: str) -> None:
    """Each unit kept against its price."""
    found = split(scenario="failover", failover_activation_rate=0.01, unserved_usd_per_unit=unserved_usd)
    assert found.decision == expected


def test_failover_needs_its_activation_rate() -> None:
    """Exit 3 with its name."""
    with pytest.raises(CannotTellError, match="failover_activation_rate"):
        split(scenario="failover")


def test_failed_calls_that_are_not_billed_hide_nothing() -> None:
    """Their retries cost nothing."""
    assert split_figures(failed_calls_billed=False).hidden.retries == 0


def test_a_routing_layer_stands_only_before_a_split() -> None:
    """Per demanded unit, so over the share accepted."""
    found = split_figures(routing_usd_per_unit=0.001)
    per_unit = 0.001 / (0.3 * 0.9 + 0.7 * 0.885) / found.baseline_usd_per_accepted_unit
    assert found.hidden.routing == pytest.approx(per_unit)
    assert found.baseline_usd_per_accepted_unit == split_figures().baseline_usd_per_accepted_unit


def test_a_share_of_nothing_is_allowed() -> None:
    """It has no cost of an accepted unit, and its running cost is not counted."""
    found = split_figures({**FAST, "share_rate": 1.0}, {**CHEAP, "share_rate": 0.0})
    assert found.lcpr_by_provider["cheap"] is None
    assert found.lcpr_alone_by_provider["cheap"] is not None
    assert found.real_saving_ratio == pytest.approx(0)


def test_without_volume_net_usd_are_those_of_a_unit() -> None:
    """As long as nothing is shared among units."""
    providers = [{**one, "ops_usd_per_month": 0} for one in (FAST, CHEAP)]
    found = split(*providers, units_per_month=None)
    assert found.net_usd_over == "task"
    assert found.decision == "split"
    with pytest.raises(CannotTellError, match="--units-per-month"):
        split(units_per_month=None)


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        pytest.param({"error_rate": None}, CannotTellError, "providers.cheap.error_rate", id="errors not known"),
        pytest.param(
            {"cache_discount_rate": None}, CannotTellError, "cache_discount_rate", id="half of the cache's figures"
        ),
        pytest.param(
            {"cache_discount_rate": 1.0, "cache_hit_before_rate": 1.0},
            BadInputError,
            "costs nothing",
            id="free input",
        ),
    ],
)
def test_what_cannot_be(changes: dict[str, Any], error: type[Exception], words: str) -> None:
    """A named error."""
    with pytest.raises(error, match=words):
        split(FAST, {**CHEAP, **changes})


def test_a_provider_that_never_answers() -> None:
    """By name, however it was given."""
    never: dict[str, Any] = {"providers.cheap.error_rate": 1.0}
    with pytest.raises(BadInputError, match="no call would ever succeed"):
        split(**never)


def test_one_provider_is_no_split_and_nothing_else_matters() -> None:
    """Parity is not missed where no traffic is split."""
    found = split_figures({**FAST, "share_rate": 1.0}, has_parity=None)
    assert found.why_not_split == ("all the traffic is at one provider",)


@pytest.mark.parametrize(
    ("usd", "rate", "told"),
    [
        pytest.param(0.02, 0.01, "saves nothing; each unit kept costs", id="dearer"),
        pytest.param(0.001, 0.01, "less than at the baseline", id="cheaper"),
        pytest.param(0.02, 0.0, "nothing ever fails over", id="never needed"),
    ],
)
def test_what_failing_over_costs_in_words(usd: float, rate: float, told: str) -> None:
    """No negative amount is called "more"."""
    decision = split(
        FAST,
        {**CHEAP, "usd_per_unit": usd, "ops_usd_per_month": 0},
        scenario="failover",
        failover_activation_rate=rate,
    )
    said = words(decision)
    assert told in said.headline
    rows = [f"{label} {value}" for label, value in said.figures if "cost" in label or "save" in label]
    assert "-$" not in f"{said.headline} {said.key_figure} {rows}"


def test_a_baseline_that_accepts_nothing() -> None:
    """Nothing can be held against it."""
    with pytest.raises(UndefinedError, match="fast accepts nothing"):
        split({**FAST, "acceptance_rate": 0.0}, CHEAP)


def test_no_providers_at_all() -> None:
    """Exit 3, with where they come from."""
    with pytest.raises(CannotTellError, match="providers"):
        MultiSource().point({"scenario": "arbitrage"})


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        pytest.param(1.0, 0.72, id="all the traffic"),
        pytest.param(0.6, 0.45, id="the share that it is known for"),
        pytest.param(0.3, 0.225, id="half of that"),
        pytest.param(0.8, 0.585, id="half way to all"),
    ],
)
def test_the_hit_rate_at_another_share(share: float, expected: float) -> None:
    """In proportion below the share that it is known for, on the straight line to all of it above."""
    source = Source(usd_per_unit=1, error_rate=0, acceptance_rate=1, hit_before=0.72, hit_after=0.45, known_at=0.6)
    assert hit_rate(source, share, in_proportion) == pytest.approx(expected)


def test_the_gaps_between_calls_give_the_hit_rate_at_a_split() -> None:
    """Half of the input has one earlier call in time, half has three."""
    gaps = EarlierCalls(by_count=((1, 100.0), (3, 100.0)), calls=200, ttl_s=300.0)
    assert gaps.hit_rate_at(0.5) == pytest.approx(0.5 * 0.5 + 0.5 * 0.875)
    assert gaps.hit_rate_at(1.0) == 1
    providers = [{**one, "cache_hit_after_rate": None} for one in (FAST, CHEAP)]
    decision = split(*providers, tables={"reuse": gaps})
    found = {one.input: one for one in decision.evidence.inputs}
    after = found["providers.cheap.cache_hit_after_rate"]
    assert after.value == pytest.approx(0.72 * gaps.hit_rate_at(0.7))
    assert after.label is Label.ESTIMATED


def test_what_the_others_leave_is_at_the_baseline() -> None:
    """And above the whole the others shrink."""
    assert normalised({"a": 0.0, "b": 0.6}, "a") == pytest.approx({"a": 0.4, "b": 0.6})
    assert normalised({"a": 0.0, "b": 0.6, "c": 0.9}, "a") == pytest.approx({"a": 0, "b": 0.4, "c": 0.6})


def test_other_figures_of_a_provider_warn() -> None:
    """Incidents, resolution, and latency with routing against the SLO."""
    base = {**FAST, "incidents_per_month": 1, "resolution_hours": 2, "latency_p95_ms": 800}
    other = {**CHEAP, "incidents_per_month": 4, "resolution_hours": 6, "latency_p95_ms": 950}
    warnings = " ".join(split(base, other, routing_ms=100.0, slo_ms=1000.0).warnings)
    assert "cheap has 4 incidents a month against 1" in warnings
    assert "6 hours to resolve" in warnings
    assert "cheap: latency with routing (p95 1050 ms) > SLO (1000 ms)" in warnings
    assert "fast: latency" not in warnings


def test_the_most_that_a_provider_can_take() -> None:
    """No split beyond it is looked for."""
    found = split_figures(FAST, {**CHEAP, "max_share_rate": 0.7})
    assert found.best_split.shares["cheap"] <= 0.7 + 1e-9


def write(folder: Path, text: str) -> Path:
    """A FILE.yaml."""
    path = folder / "providers.yaml"
    path.write_text(text)
    return path


def test_a_file_on_the_command_line(tmp_path: Path) -> None:
    """Ranges are drawn, --set goes before the file, no project is needed."""
    ran = run_command("decide", "multi-source", write(tmp_path, FILE), "--units-per-month", "1000", "--parity",
                      "--set", "providers.cheap.error_rate=0.02", "--format", "json")  # fmt: skip
    assert ran.exit_code == 0
    assert ran.json["decision"] == "split"
    assert ran.json["monte_carlo"]["draws"] > 1
    used = {one["input"]: one["value"] for one in ran.json["evidence"]["inputs"]}
    assert used["providers.cheap.error_rate"] == 0.02
    assert set(ran.json["result"]["hidden"]) == {"retries", "quality", "cache", "ops", "routing"}
    text = run_command("decide", "multi-source", write(tmp_path, FILE), "--units-per-month", "1000", "--parity")
    assert "by the price lists" in text.out


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        pytest.param("share_rate: 0.7", "share_rate: 0.8", "it adds up to 1.1", id="shares above 1"),
        pytest.param("error_rate: 0.05", "error_rate: 0.1:0.2:1", "would ever succeed", id="every call may fail"),
        pytest.param("error_rate: 0.05", "error_rate: 5", "(5% is 0.05)", id="a percentage"),
        pytest.param("0.005:0.006:0.008", "0.008:0.006:0.005", "in this order", id="a reversed range"),
        pytest.param("usd_per_unit: 0.01,", "usd_per_unit: -1,", "0 or more", id="negative money"),
        pytest.param("baseline: true, ", "", "exactly one of the providers", id="no baseline"),
        pytest.param("name: cheap", "name: fast", "expected each name once", id="a name twice"),
        pytest.param("acceptance_rate: 0.88", "acceptance: 0.88", "did you mean 'acceptance_rate'", id="a typo"),
    ],
)
def test_a_file_that_is_wrong(tmp_path: Path, old: str, new: str, words: str) -> None:
    """Exit 2, with the place."""
    assert old in FILE
    ran = run_command("decide", "multi-source", write(tmp_path, FILE.replace(old, new, 1)))
    assert ran.exit_code == 2
    assert words in ran.err
    assert "providers.yaml:" in ran.err


def test_shares_that_miss_by_half_a_point_warn(tmp_path: Path) -> None:
    """The baseline has what the others leave."""
    text = FILE.replace("share_rate: 0.7", "share_rate: 0.704")
    ran = run_command("decide", "multi-source", write(tmp_path, text), "--format", "json")
    assert ran.exit_code == 0
    assert any("the shares add up to 1.004" in warning for warning in ran.json["warnings"])
    assert ran.json["result"]["shares"] == pytest.approx({"fast": 0.296, "cheap": 0.704})
