"""The public per-task results of seven models, held to figures that were computed from the files by hand."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import routefit
from routefit.answers.handle import Handle
from routefit.answers.lcpr import LcprAnswer
from routefit.answers.matrix import MatrixAnswer
from routefit.cli import main
from routefit.lcpr.cell import Cell

pytestmark = pytest.mark.shared_data

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples/openhands_index"

PUBLISHED = {
    # (workload, route): (known cost in USD, accepted units, USD per accepted unit, calls without a known cost)
    ("swe-bench", "claude-opus-4-6"): (385.974965, 384, 1.005143, 0),
    ("swe-bench", "GPT-5.4"): (315.808936, 378, 0.835473, 0),
    ("swe-bench", "MiniMax-M3"): (76.754344, 382, 0.200928, 0),
    ("swe-bench", "DeepSeek-V4-Pro"): (19.75, 366, 0.053962, 0),
    ("swe-bench", "GLM-4.7"): (255.454236, 367, 0.696061, 2),
    ("swe-bench", "Nemotron-3-Super"): (233.15, 310, 0.752097, 0),
    ("swe-bench", "GLM-5"): (521.173996, 367, 1.420093, 95),
    ("gaia", "claude-opus-4-6"): (73.977956, 132, 0.560439, 16),
    ("gaia", "GPT-5.4"): (90.206967, 136, 0.663287, 2),
    ("gaia", "MiniMax-M3"): (50.118034, 110, 0.455618, 7),
    ("gaia", "DeepSeek-V4-Pro"): (26.301, 21, 1.252429, 0),
    ("gaia", "GLM-4.7"): (28.221967, 89, 0.317101, 18),
    ("gaia", "Nemotron-3-Super"): (19.7784, 66, 0.299673, 1),
    ("gaia", "GLM-5"): (59.056805, 99, 0.596533, 28),
}


def imported(folder: Path, data: Path, *kind: str) -> Handle:
    """The example's project with the index imported by the command."""
    shutil.copytree(EXAMPLE / "project", folder)
    files = sorted(map(str, (data / "openhands_index/results").glob("*/instance_results/*.json")))
    command = ["import", *kind, *files, "--map", str(EXAMPLE / "map.yaml"), "--project", str(folder), "-q"]
    assert main(command) == 0
    return routefit.open(folder)


@pytest.fixture(scope="module")
def with_outcomes(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Handle:
    """Calls and outcomes."""
    return imported(tmp_path_factory.mktemp("index") / "project", shared_data)


@pytest.fixture(scope="module")
def costs(with_outcomes: Handle) -> LcprAnswer:
    """What an accepted unit costs."""
    return with_outcomes.lcpr()


@pytest.fixture(scope="module")
def recommended(with_outcomes: Handle) -> MatrixAnswer:
    """The matrix with its recommendations."""
    return with_outcomes.matrix()


@pytest.fixture(scope="module")
def without_outcomes(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Handle:
    """Calls only."""
    return imported(tmp_path_factory.mktemp("calls") / "project", shared_data, "calls")


def cell(costs: LcprAnswer, workload: str, route: str) -> Cell:
    """One cell."""
    return next(one for one in costs.cells if (one.workload, one.route) == (workload, route))


def test_every_cell_is_there(costs: LcprAnswer) -> None:
    """Seven routes on two workloads, nothing else."""
    assert {(one.workload, one.route) for one in costs.cells} == set(PUBLISHED)


@pytest.mark.parametrize(("workload", "route"), PUBLISHED, ids=" on ".join)
def test_published_figures(costs: LcprAnswer, workload: str, route: str) -> None:
    """Known cost, accepted units and their quotient to six decimals."""
    usd, accepted, lcpr_usd, unpriced = PUBLISHED[workload, route]
    one = cell(costs, workload, route)
    assert one.cost_usd.total == pytest.approx(usd, abs=1e-6)
    assert one.accepted_units == accepted
    assert one.lcpr_usd_per_accepted_unit == pytest.approx(lcpr_usd, abs=5e-7)
    assert one.unpriced_units == unpriced
    assert one.units == (500 if workload == "swe-bench" else 165)


@pytest.mark.parametrize(("workload", "route"), PUBLISHED, ids=" on ".join)
def test_null_and_zero_costs_make_a_lower_bound(costs: LcprAnswer, workload: str, route: str) -> None:
    """A cost that was not captured is not free: no upper end, and a reason that counts the calls."""
    unpriced = PUBLISHED[workload, route][3]
    one = cell(costs, workload, route)
    assert one.is_lower_bound is (unpriced > 0)
    assert (one.lcpr_high_usd is None) is (unpriced > 0)
    assert (one.bounds_usd.high is None) is (unpriced > 0)
    said = [reason for reason in one.evidence.reasons if "without a known cost" in reason]
    assert said == ([f"{unpriced} of {one.units} calls without a known cost: a lower bound"] if unpriced else [])


def test_the_command_prints_the_same(with_outcomes: Handle, capsys: pytest.CaptureFixture[str]) -> None:
    """`routefit lcpr --format json` carries the figures unrounded."""
    assert main(["lcpr", "--project", str(with_outcomes.directory), "--format", "json"]) == 0
    cells = {(one["workload"], one["route"]): one for one in json.loads(capsys.readouterr().out)["cells"]}
    assert set(cells) == set(PUBLISHED)
    for key, (_, _, lcpr_usd, unpriced) in PUBLISHED.items():
        assert cells[key]["lcpr_usd_per_accepted_unit"] == pytest.approx(lcpr_usd, abs=5e-7)
        assert cells[key]["is_lower_bound"] is (unpriced > 0)


def test_the_cheapest_here_is_the_dearest_there(costs: LcprAnswer) -> None:
    """DeepSeek-V4-Pro on both task sets, at one token price; on gaia also when gaps are filled."""
    swe = {one.route: one.lcpr_usd_per_accepted_unit or 0.0 for one in costs.cells if one.workload == "swe-bench"}
    gaia = {one.route: one.lcpr_usd_per_accepted_unit or 0.0 for one in costs.cells if one.workload == "gaia"}
    filled = {one.route: one.filled_lcpr_usd or 0.0 for one in costs.cells if one.workload == "gaia"}
    assert min(swe, key=swe.__getitem__) == "DeepSeek-V4-Pro"
    assert max(gaia, key=gaia.__getitem__) == "DeepSeek-V4-Pro"
    assert sorted(filled, key=filled.__getitem__)[-2:] == ["GLM-5", "DeepSeek-V4-Pro"]
    assert filled["GLM-5"] == pytest.approx(0.719, abs=1e-3)


def test_what_token_prices_said(recommended: MatrixAnswer) -> None:
    """The lowest token price costs 14 times as much per solved task as the cheapest route."""
    (contrast,) = (one.contrast for one in recommended.workloads if one.workload == "swe-bench")
    assert contrast is not None
    assert contrast.by_token_price_route == "Nemotron-3-Super"
    assert (contrast.by_token_price.input_usd_per_mtok, contrast.by_token_price.output_usd_per_mtok) == (0.1, 0.5)
    assert contrast.by_traces_route == "DeepSeek-V4-Pro"
    assert contrast.lcpr_ratio == pytest.approx(13.937591, abs=1e-6)
    assert not contrast.is_at_least


def test_pairs_on_the_same_tasks(with_outcomes: Handle) -> None:
    """claude-opus-4-6 against MiniMax-M3 on the same 500 tasks."""
    pair = with_outcomes.explain("swe-bench", "MiniMax-M3", against="claude-opus-4-6").pair
    assert pair is not None
    assert pair.comparison is not None
    counts = pair.comparison.counts
    assert counts is not None
    assert (pair.a, pair.b) == ("claude-opus-4-6", "MiniMax-M3")
    assert (counts.both, counts.only_a, counts.only_b, counts.neither) == (339, 45, 43, 73)
    assert pair.comparison.verdict == "cheaper"


def test_a_recommended_route_says_when_it_rests_on_missing_costs(recommended: MatrixAnswer) -> None:
    """Moving to or measuring a route whose cost is a lower bound names the calls and the filled figure."""
    for workload in recommended.workloads:
        target = workload.recommendation.route
        unpriced = PUBLISHED[workload.workload, str(target)][3]
        text = " ".join(workload.recommendation.why)
        assert (f"{target} has {unpriced} calls without a price; at the mean cost" in text) is (unpriced > 0)


def test_the_recommendation(recommended: MatrixAnswer) -> None:
    """A move where everything is known, a measurement where it is not."""
    actions = {
        one.workload: (one.recommendation.action, one.recommendation.route) for one in recommended.workloads
    }
    assert actions == {"swe-bench": ("move", "DeepSeek-V4-Pro"), "gaia": ("measure_first", "MiniMax-M3")}


def test_glm_5_is_never_the_answer(recommended: MatrixAnswer) -> None:
    """95 zero costs do not make it cheap: it is set aside although each zero counts as nothing."""
    (swe,) = (one for one in recommended.workloads if one.workload == "swe-bench")
    (glm,) = (one for one in swe.cells if one.route == "GLM-5")
    assert glm.words == "≥ $1.42"
    assert "95 calls without a price" in (glm.reason or "")


@pytest.mark.parametrize(
    ("workload", "route", "rate", "qualifier"),
    [
        pytest.param("swe-bench", "MiniMax-M3", 0.1989, None, id="both costs are known"),
        pytest.param("gaia", "DeepSeek-V4-Pro", 0.3555, "at most", id="the dearer cost is a lower bound"),
    ],
)
def test_break_even_without_outcomes(
    without_outcomes: Handle, workload: str, route: str, rate: float, qualifier: str | None
) -> None:
    """How much worse than claude-opus-4-6 a cheaper route may be."""
    answer = without_outcomes.lcpr()
    assert all(one.lcpr_usd_per_accepted_unit is None for one in answer.cells)
    (found,) = (
        one
        for one in answer.break_even
        if (one.workload, one.route, one.against) == (workload, route, "claude-opus-4-6")
    )
    assert found.relative_acceptance_rate == pytest.approx(rate, abs=5e-5)
    assert found.qualifier == qualifier


@pytest.mark.parametrize("command", [["lcpr"], ["matrix"], ["funnel"], ["status"]], ids=" ".join)
def test_without_outcomes_every_question_is_answered(
    without_outcomes: Handle, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 0 and something to read."""
    assert main([*command, "--project", str(without_outcomes.directory)]) == 0
    assert "claude-opus-4-6" in capsys.readouterr().out


def test_without_outcomes_nothing_is_recommended(without_outcomes: Handle) -> None:
    """No verdict, no move."""
    assert {one.recommendation.action for one in without_outcomes.matrix().workloads} <= {"measure_first", "stay"}
