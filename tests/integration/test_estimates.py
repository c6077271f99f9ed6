"""Estimated cells, measurements before a move and the conditions for staying, on a project worked out by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from routefit.answers.evaluation import evaluator_of
from routefit.answers.explain import explain
from routefit.answers.funnel import funnel
from routefit.answers.matrix import MatrixRow, matrix
from routefit.answers.pushes import is_above
from routefit.answers.status import status
from routefit.answers.workspace import Workspace
from routefit.evidence import Label
from routefit.funnel.matrix import MatrixCell
from routefit.funnel.verdict import Constraint
from small_project import LIMITS, NOW, ROUTES, WORKLOAD, call, load, outcome, write_project

UNITS = range(200)
IDLE_USD = 1000 * 5e-6 + 100 * 2e-6
DEAR_USD = 1000 * 10e-6 + 100 * 2e-6
PRICES = """\
prices:
  - {valid_from: 2026-01-01, input_usd_per_mtok: 5.00, output_usd_per_mtok: 2.00, cache_read_usd_per_mtok: 0.50}
  - {valid_from: 2026-01-01, service_tier: batch, input_usd_per_mtok: 2.50, output_usd_per_mtok: 1.00}
"""


def idle(*lines: str, prices: str = PRICES) -> str:
    return f"id: idle\nprovider: acme\nmodel: mid\nmode: closed_api\n{LIMITS}{prices}" + "".join(
        f"{line}\n" for line in lines
    )


def project(directory: Path, route: str, *, workload: str = WORKLOAD, cached: int = 0, name: str = "idle") -> Path:
    """200 tasks on dear, 90% accepted; one other route."""
    found = write_project(directory, workloads={"work": workload}, routes={"dear": ROUTES["dear"], name: route})
    load(found, "calls", [call("dear", unit, cached_input_tokens=cached) for unit in UNITS])
    load(found, "outcomes", [outcome("dear", unit, unit % 10 != 0) for unit in UNITS])
    return found


def row_of(directory: Path) -> MatrixRow:
    with Workspace(directory, as_of=NOW) as workspace:
        return matrix(workspace).workloads[0]


def cell_of(directory: Path, route: str = "idle") -> MatrixCell:
    return next(one for one in row_of(directory).cells if one.route == route)


def test_a_declared_tokenizer_and_cache_hits_are_taken_as_they_are(tmp_path: Path) -> None:
    lines = (
        "tokenizer_ratio: {value: 1.2, label: MEASURED, source: both tokenizers on a sample}",
        "cache_hit_rate: {value: 0.5, label: DERIVED, source: replay}",
    )
    cell = cell_of(project(tmp_path / "p", idle(*lines)))
    usd_per_unit = 1.2 * (500 * 5e-6 + 500 * 0.5e-6 + 100 * 2e-6)
    assert cell.state == "estimated"
    assert cell.lcpr_usd_per_accepted_unit == pytest.approx(usd_per_unit / 0.9)
    assert cell.lcpr_low_usd == pytest.approx(usd_per_unit)
    assert cell.lcpr_high_usd == pytest.approx(usd_per_unit / 0.6)
    assert cell.reason == (
        "re-quoted from the calls of dear, with tokens for each one counted on dear (1.2 times), cache hits (50%),"
        " assuming acceptance as on dear (60% to 100%)"
    )


def test_recorded_hits_carry_over_to_another_provider_only_as_a_range(tmp_path: Path) -> None:
    other = idle("tokenizer_ratio: 1").replace("acme", "other")
    cell = cell_of(project(tmp_path / "p", other, cached=400))
    usd_per_unit = 600 * 5e-6 + 400 * 0.5e-6 + 100 * 2e-6
    assert cell.lcpr_usd_per_accepted_unit == pytest.approx(usd_per_unit / 0.9)
    assert cell.lcpr_high_usd == pytest.approx(IDLE_USD / 0.6), "no hit at all, just at the floor"
    assert [(a.name, a.low, a.high) for a in cell.assumptions][1:] == [
        ("tokens", 1.0, 1.0),
        ("cache hits", 0.0, pytest.approx(0.4)),
    ]


@pytest.mark.parametrize(
    ("lines", "plan", "usd_per_unit"),
    [
        pytest.param((), "price_features: [batch]\n", IDLE_USD, id="nobody says that it offers batch"),
        pytest.param(
            ("price_features: [batch]",), "price_features: [batch]\n", IDLE_USD / 2, id="the plan relies on it"
        ),
        pytest.param(("price_features: [batch]",), "", IDLE_USD, id="offered, and not asked for"),
        pytest.param(("service_tier: batch",), "", IDLE_USD / 2, id="the route serves in it"),
    ],
)
def test_a_cheaper_tier_is_priced_where_it_is_wanted_and_offered(
    tmp_path: Path, lines: tuple[str, ...], plan: str, usd_per_unit: float
) -> None:
    cell = cell_of(project(tmp_path / "p", idle("tokenizer_ratio: 1", *lines), workload=WORKLOAD + plan))
    assert cell.lcpr_usd_per_accepted_unit == pytest.approx(usd_per_unit / 0.9)
    assert ("in the batch tier" in cell.reason) == (usd_per_unit < IDLE_USD)


def test_a_batch_route_cannot_serve_a_person_who_waits(tmp_path: Path) -> None:
    workload = WORKLOAD + "class: human_waiting_sync\n"
    cell = cell_of(project(tmp_path / "p", idle("service_tier: batch"), workload=workload))
    assert (cell.state, cell.words) == ("infeasible", "no: batch tier")
    assert cell.reason == "a person waits, and the batch tier answers within 24 hours"


def test_verdicts_without_known_costs_are_the_acceptance_of_an_estimate(tmp_path: Path) -> None:
    """Its calls carry no usage: the current route's tokens say what it costs, its own verdicts how good it is."""
    directory = project(tmp_path / "p", idle("tokenizer_ratio: 1"))
    rows = [call("idle", unit, input_tokens=None, output_tokens=None) for unit in UNITS]
    load(directory, "calls", rows, name="unmetered")
    load(directory, "outcomes", [outcome("idle", unit, unit % 4 != 0) for unit in UNITS], name="tested")
    cell = cell_of(directory)
    assert cell.state == "estimated"
    assert cell.lcpr_usd_per_accepted_unit == pytest.approx(IDLE_USD / 0.75)
    assert "acceptance as in 200 verdicts of its own" in cell.reason


GPU = """\
id: gpu
provider: vllm
model: own
mode: managed_dedicated
context_tokens: 100000
limits: {requests_per_minute: 1000, tokens_per_minute: 1000000}
ops_usd_per_month: 720
capacity:
  gpu_usd_per_hour: 3.20
  gpus_per_replica: 2
  min_replicas: 2
  max_replicas: MOST
  goodput_per_replica_hour: 800
"""


@pytest.fixture
def dedicated(tmp_path: Path) -> Path:
    """200 units in 13.4 hours of one day, at most 15 an hour of which 13 or 14 are accepted."""
    return project(tmp_path / "p", GPU.replace("MOST", "400"), name="gpu")


def test_a_route_paid_by_the_hour_is_estimated_from_the_replicas_that_the_load_needs(dedicated: Path) -> None:
    with Workspace(dedicated, as_of=NOW) as workspace:
        evaluator = evaluator_of(workspace)
        load_by_hour = evaluator.traffic.load("work")
        scale = 1_000_000 / (evaluator.traffic.units_per_month("work") or 0)
        cell = next(one.candidate.cell for one in evaluator.evaluate("work").routes if one.route.id == "gpu")
    peak = load_by_hour.peak_units_per_hour * scale
    assert load_by_hour.peak_units_per_hour == 14
    replicas = -(-peak // (800 * 0.7))
    hardware_usd = replicas * 2 * 3.20 * 720 / 1_000_000
    running_usd = 720 / 30 / 200
    assert cell.state == "estimated"
    assert cell.lcpr_usd_per_accepted_unit == pytest.approx((hardware_usd + running_usd) / 0.9)
    assert cell.lcpr_low_usd is not None
    assert cell.lcpr_high_usd is not None
    assert cell.lcpr_usd_per_accepted_unit is not None
    assert cell.lcpr_low_usd < cell.lcpr_usd_per_accepted_unit < cell.lcpr_high_usd
    assert {one.name: one.label for one in cell.assumptions} == {
        "acceptance": Label.ASSUMED,
        "utilization": Label.ASSUMED,
        "load": Label.MEASURED,
    }
    assert cell.reason.startswith("re-quoted from replica-hours for the load, with replicas for the highest hour")


def test_too_few_replicas_for_the_highest_hour_rule_a_route_out(tmp_path: Path) -> None:
    directory = project(tmp_path / "p", GPU.replace("MOST", "3"), name="gpu")
    with Workspace(directory, as_of=NOW) as workspace:
        answer = explain(workspace, workload="work", route="gpu")
    (check,) = (one for one in answer.checks if one.constraint is Constraint.CAPACITY)
    assert check.verdict == "fail"
    assert check.reason.endswith("> has 3 (each 800 an hour, used to 70%)")
    assert answer.matrix_cell.state == "infeasible"


def test_an_estimate_is_measured_first_with_what_that_is_worth(tmp_path: Path) -> None:
    near = PRICES.replace("input_usd_per_mtok: 5.00", "input_usd_per_mtok: 8.00")
    advice = row_of(project(tmp_path / "p", idle(prices=near))).recommendation
    assert (advice.action, advice.route) == ("measure_first", "idle")
    assert advice.measure is not None
    assert advice.measure.what == "the cost per answer of idle"
    assert advice.measure.input == "target_lcpr_usd"
    assert advice.measure.worth_usd is not None
    assert 0 < advice.measure.worth_usd < 12 * 1_000_000 * DEAR_USD
    assert advice.measure.command == "routefit decide payback --workload work --route idle"
    assert advice.unknown_conditions == ("how the current provider's price moves",)
    with Workspace(tmp_path / "p", as_of=NOW) as workspace:
        steps = status(workspace).next
    (step,) = (one for one in steps if one.command == advice.measure.command)
    assert step.worth_usd == pytest.approx(advice.measure.worth_usd / 12)


def test_without_a_draw_that_changes_the_decision_a_question_is_worth_at_most_the_move(tmp_path: Path) -> None:
    """It is cheaper at every end of its range, so that no draw says stay: what is open is whether it may."""
    advice = row_of(project(tmp_path / "p", idle("tokenizer_ratio: 1"))).recommendation
    assert (advice.action, advice.route) == ("measure_first", "idle")
    assert advice.measure is not None
    assert (advice.measure.is_at_most, advice.measure.input) == (True, None)
    assert advice.measure.what == advice.would_change[0]
    assert advice.measure.worth_usd == pytest.approx(12 * (advice.saving_usd_per_month or 0) - 1000, rel=0.5)


def test_a_small_spend_stays_where_it_is(tmp_path: Path) -> None:
    small = WORKLOAD.replace("1000000", "100000")
    advice = row_of(project(tmp_path / "p", idle(), workload=small)).recommendation
    assert advice.action == "stay"
    assert advice.stay_reasons == ("spend of $1,020 a month < $5,000",)
    assert "idle shows $0.0058 but: spend of $1,020 a month < $5,000" in advice.why
    assert "idle: a spend of $5,000 a month" in advice.would_change


def test_the_thresholds_are_the_projects(tmp_path: Path) -> None:
    directory = project(tmp_path / "p", idle(), workload=WORKLOAD.replace("1000000", "100000"))
    (directory / "routefit.yaml").write_text("name: small\ndefaults: {least_spend_usd_per_month: 1000}\n")
    assert row_of(directory).recommendation.action == "measure_first"


def test_a_falling_price_of_the_current_route_closes_the_gap_first(tmp_path: Path) -> None:
    """Prices that halve within a month eat a gap of half before a migration of 10,000 USD is back."""
    workload = WORKLOAD.replace("migration_usd: 1000}", "migration_usd: 12000}")
    directory = project(tmp_path / "p", idle(), workload=workload)
    route = directory / "routes" / "dear.yaml"
    route.write_text(route.read_text() + "price_decline_rate: {value: 0.9999, label: OPINION, source: analyst}\n")
    advice = row_of(directory).recommendation
    assert advice.action == "stay"
    assert any("falling price closes the gap" in reason for reason in advice.stay_reasons)


def test_what_was_measured_on_a_route_that_a_constraint_rules_out_now_is_outdated(tmp_path: Path) -> None:
    workload = WORKLOAD + "data: {certifications: [soc2]}\n"
    directory = project(tmp_path / "p", idle("certifications: [iso27001]"), workload=workload)
    load(directory, "calls", [call("idle", unit) for unit in UNITS], name="ran")
    load(directory, "outcomes", [outcome("idle", unit, True) for unit in UNITS], name="passed")
    with Workspace(directory, as_of=NOW) as workspace:
        (answer,) = funnel(workspace, workload="work")
    by_stage = {stage.stage: [(row.route, row.verdict) for row in stage.outdated] for stage in answer.stages}
    assert by_stage == {
        "constraints": [],
        "screen": [("idle", "outdated")],
        "economics": [("idle", "outdated")],
        "matrix": [],
    }
    screened = answer.stages[1].outdated[0]
    assert screened.reason == ("passed test: 100% >= 60%; outdated: needs soc2, offers iso27001")


# --- what speaks against staying ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        pytest.param((60, 1000), (20, 1000), True, id="6% after 2%"),
        pytest.param((25, 1000), (20, 1000), False, id="by chance"),
        pytest.param((20, 1000), (60, 1000), False, id="it got better"),
        pytest.param((5, 100), (0, 0), None, id="nothing before"),
        pytest.param((0, 0), (5, 100), None, id="nothing now"),
    ],
)
def test_a_share_got_worse_only_beyond_chance(
    now: tuple[int, int], before: tuple[int, int], expected: bool | None
) -> None:
    assert is_above(now, before) is expected


def test_a_current_route_that_gets_worse_and_dearer_pushes(tmp_path: Path) -> None:
    """1 to 8 June against 9 to 16 June: acceptance 95% and then 70%, no failed call and then one in ten."""
    directory = write_project(
        tmp_path / "p", workloads={"work": WORKLOAD}, routes={"dear": ROUTES["dear"], "idle": idle()}
    )
    route = directory / "routes" / "dear.yaml"
    dearer = "  - {valid_from: 2026-09-01, input_usd_per_mtok: 12.00, output_usd_per_mtok: 2.00}\n"
    ends = "valid_from: 2026-01-01, valid_to: 2026-09-01,"
    route.write_text(route.read_text().replace("valid_from: 2026-01-01,", ends) + dearer)
    later = {"started_at": "2026-06-12T08:00:00Z"}
    load(directory, "calls", [call("dear", unit) for unit in UNITS])
    second = [call("dear", f"b-{unit}", **later, status="ok" if unit % 10 else "error") for unit in UNITS]
    load(directory, "calls", second, name="second")
    load(directory, "outcomes", [outcome("dear", unit, unit % 20 != 0) for unit in UNITS])
    load(directory, "outcomes", [outcome("dear", f"b-{unit}", unit % 10 > 2) for unit in UNITS], name="second-o")
    with Workspace(directory, as_of=NOW) as workspace:
        (row,) = matrix(workspace, start=date(2026, 6, 9), end=date(2026, 6, 17)).workloads
    assert row.recommendation.push_reasons == (
        "the current provider's price rises",
        "the current provider's reliability gets worse",
        "the current provider's quality gets worse",
    )
