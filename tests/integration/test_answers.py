"""Answers on a small project: from files on disk to the figures a person can work out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from routefit.answers.explain import explain
from routefit.answers.funnel import funnel
from routefit.answers.lcpr import lcpr
from routefit.answers.matrix import matrix
from routefit.answers.rebuild import rebuild
from routefit.answers.status import status
from routefit.answers.workspace import Workspace
from routefit.errors import BadInputError, CannotTellError, UnknownNameError
from routefit.evidence import Label
from routefit.lcpr.cell import Cell
from routefit.lcpr.totals import total_of
from small_project import FIRST_AT, NOW, WORKLOAD, call, load, outcome, write_project

DEAR_USD = 1000 * 10e-6 + 100 * 2e-6
CHEAP_USD = 1000 * 1e-6 + 100 * 2e-6
UNITS = range(200)


def is_good(route: str, unit: int) -> bool:
    """dear passes 90%, cheap 80%, on the same tasks."""
    return unit % 10 != 0 if route == "dear" else unit % 5 != 0


@pytest.fixture
def paired(tmp_path: Path) -> Path:
    """200 tasks, each on dear and on cheap, all judged."""
    directory = write_project(tmp_path / "p")
    load(directory, "calls", [call(route, unit) for unit in UNITS for route in ("dear", "cheap")])
    load(
        directory,
        "outcomes",
        [outcome(route, unit, is_good(route, unit)) for unit in UNITS for route in ("dear", "cheap")],
    )
    return directory


def opened(directory: Path, *, as_of: datetime = NOW) -> Workspace:
    return Workspace(directory, as_of=as_of)


def cell(workspace: Workspace, route: str) -> Cell:
    return next(one for one in lcpr(workspace).cells if one.route == route)


def test_cost_per_accepted_unit_is_all_cost_over_accepted_units(paired: Path) -> None:
    with opened(paired) as workspace:
        dear, cheap = cell(workspace, "dear"), cell(workspace, "cheap")
    assert (dear.units, dear.accepted_units, dear.rejected_units, dear.unknown_units) == (200, 180, 20, 0)
    assert dear.lcpr_usd_per_accepted_unit == pytest.approx(200 * DEAR_USD / 180, abs=1e-12)
    assert cheap.lcpr_usd_per_accepted_unit == pytest.approx(200 * CHEAP_USD / 160, abs=1e-12)
    assert dear.naive_usd_per_attempt == pytest.approx(DEAR_USD, abs=1e-12)
    assert dear.bounds_usd.low == dear.bounds_usd.high == dear.lcpr_usd_per_accepted_unit
    assert dear.cost_usd.delta is None, "no invoice: unknown, not 0"


def test_same_tasks_are_compared_in_pairs_and_the_cheaper_route_is_recommended(paired: Path) -> None:
    with opened(paired) as workspace:
        row = matrix(workspace).workloads[0]
        answer = explain(workspace, workload="work", route="cheap", against="dear")
    assert answer.pair is not None
    assert answer.pair.comparability.basis == "same_tasks"
    assert answer.pair.comparison is not None
    assert answer.pair.comparison.counts is not None
    counts = answer.pair.comparison.counts
    assert (counts.both, counts.only_a, counts.only_b, counts.neither) == (160, 20, 0, 20)
    expected_ratio = (CHEAP_USD / 160) / (DEAR_USD / 180)
    assert answer.pair.comparison.ratio == pytest.approx(expected_ratio, rel=1e-9)
    assert (row.recommendation.action, row.recommendation.route) == ("move", "cheap")


def test_saving_is_the_one_that_the_lines_add_up_to(paired: Path) -> None:
    """1,000,000 demanded x (0.0102 - 0.0012 - 10 points x LCPR of the current route), section 7.1."""
    with opened(paired) as workspace:
        advice = matrix(workspace).workloads[0].recommendation
    lost = (0.9 - 0.8) * (DEAR_USD / 0.9)
    assert advice.saving_usd_per_month == pytest.approx(1_000_000 * (DEAR_USD - CHEAP_USD - lost), abs=0.01)
    assert advice.saving_usd_per_month is not None
    assert advice.payback_months == pytest.approx(1000 / advice.saving_usd_per_month)


def test_a_route_without_traces_is_estimated_and_never_recommended(paired: Path) -> None:
    with opened(paired) as workspace:
        row = matrix(workspace).workloads[0]
    idle = next(one for one in row.cells if one.route == "idle")
    usd_per_unit = 1000 * 5e-6 + 100 * 2e-6
    assert idle.state == "estimated"
    assert idle.lcpr_usd_per_accepted_unit == pytest.approx(usd_per_unit / 0.9)
    assert idle.lcpr_low_usd == pytest.approx(usd_per_unit * 0.8)
    assert idle.lcpr_high_usd == pytest.approx(usd_per_unit * 1.25 / 0.6)
    assert idle.reason == (
        "re-quoted from the calls of dear, assuming acceptance as on dear (60% to 100%),"
        " token counts as on dear (0.8 to 1.25 times)"
    )
    assert {one.name: one.label for one in idle.assumptions} == {
        "acceptance": Label.ASSUMED,
        "tokens": Label.ASSUMED,
    }
    assert row.recommendation.route != "idle"


def test_the_funnel_counts_candidates_in_and_out(paired: Path) -> None:
    with opened(paired) as workspace:
        (answer,) = funnel(workspace, workload="work")
    counts = {stage.stage: (stage.candidates_in, stage.candidates_out) for stage in answer.stages}
    assert counts == {"constraints": (3, 3), "screen": (3, 3), "economics": (3, 3), "matrix": (3, 3)}


def test_other_traffic_is_not_compared(tmp_path: Path) -> None:
    """A route that got short tasks is not cheaper: it had less to do."""
    directory = write_project(tmp_path / "p")
    rows = [call("dear", f"d-{unit}", input_tokens=4000 + 37 * (unit % 11)) for unit in UNITS]
    rows += [call("cheap", f"c-{unit}", input_tokens=200 + 13 * (unit % 7)) for unit in UNITS]
    load(directory, "calls", rows)
    load(directory, "outcomes", [outcome("dear", f"d-{unit}", True) for unit in UNITS], name="a")
    load(directory, "outcomes", [outcome("cheap", f"c-{unit}", True) for unit in UNITS], name="b")
    with opened(directory) as workspace:
        row = matrix(workspace).workloads[0]
    cheap = next(one for one in row.cells if one.route == "cheap")
    assert cheap.words == "only easy traffic"
    assert row.recommendation.action == "measure_first"


def test_disjoint_tasks_whose_mix_nobody_can_see_are_refused(tmp_path: Path) -> None:
    directory = write_project(tmp_path / "p")
    load(
        directory,
        "calls",
        [
            call(route, f"{prefix}-{unit}", input_tokens=None, output_tokens=None, cost_usd=usd)
            for unit in UNITS
            for route, prefix, usd in (("dear", "d", 0.02), ("cheap", "c", 0.01))
        ],
    )
    load(
        directory,
        "outcomes",
        [outcome(r, f"{p}-{unit}", True) for unit in UNITS for r, p in (("dear", "d"), ("cheap", "c"))],
    )
    with opened(directory) as workspace:
        row = matrix(workspace).workloads[0]
    cheap = next(one for one in row.cells if one.route == "cheap")
    assert cheap.reason == "disjoint tasks: no common task and the mix cannot be measured"
    assert row.recommendation.action == "measure_first"


def test_without_verdicts_the_break_even_answers(tmp_path: Path) -> None:
    directory = write_project(tmp_path / "p")
    load(directory, "calls", [call(route, unit) for unit in UNITS for route in ("dear", "cheap")])
    with opened(directory) as workspace:
        answer = lcpr(workspace)
        row = matrix(workspace).workloads[0]
    (found,) = answer.break_even
    assert (found.route, found.against) == ("cheap", "dear")
    assert found.relative_acceptance_rate == pytest.approx(CHEAP_USD / DEAR_USD)
    assert found.at_failure_cost_rate == pytest.approx((CHEAP_USD + 0.5) / (DEAR_USD + 0.5))
    assert answer.cells[0].lcpr_usd_per_accepted_unit is None
    assert answer.cells[0].bounds_usd.low == pytest.approx(CHEAP_USD)
    assert answer.cells[0].bounds_usd.high is None
    assert row.recommendation.action == "measure_first"
    assert "no verdicts yet" in row.recommendation.why[0]


def test_unpriced_calls_make_a_lower_bound_that_is_not_recommended_silently(paired: Path) -> None:
    """A cost of 0 beside absent tokens was not captured; it is not free."""
    extra = [call("cheap", f"x-{u}", input_tokens=None, output_tokens=None, cost_usd=0) for u in range(20)]
    load(paired, "calls", extra, name="extra")
    load(paired, "outcomes", [outcome("cheap", f"x-{u}", True) for u in range(20)], name="extra-outcomes")
    with opened(paired) as workspace:
        cheap = cell(workspace, "cheap")
        row = matrix(workspace).workloads[0]
        gaps = status(workspace).gaps
    assert cheap.is_lower_bound
    assert cheap.unpriced_calls == 20
    assert cheap.lcpr_high_usd is None
    assert cheap.filled_lcpr_usd == pytest.approx(220 * CHEAP_USD / 180)
    assert any("calls without a price" in line for line in row.recommendation.why)
    gap = next(gap for gap in gaps if "cost logged as 0" in gap.what)
    assert gap.calls == 20
    assert gap.usd == pytest.approx(20 * CHEAP_USD)


def test_as_of_before_an_import_gives_the_old_answer(paired: Path) -> None:
    with opened(paired) as workspace:
        before = lcpr(workspace)
    later = NOW + timedelta(hours=1)
    load(
        paired, "outcomes", [outcome("dear", 1, False, decided_at="2026-06-19T00:00:00Z")], name="late", now=later
    )
    with opened(paired, as_of=later) as workspace:
        assert cell(workspace, "dear").accepted_units == 179
    with opened(paired) as workspace:
        assert lcpr(workspace) == before


def test_as_of_before_any_import_knows_no_calls(paired: Path) -> None:
    with opened(paired, as_of=NOW - timedelta(days=1)) as workspace:
        assert status(workspace).calls == 0
        with pytest.raises(CannotTellError, match="no calls"):
            lcpr(workspace)


def test_default_window_is_the_last_28_complete_days_with_data(tmp_path: Path) -> None:
    directory = write_project(tmp_path / "p")
    days = [call("dear", unit, started_at=(FIRST_AT + timedelta(days=unit)).isoformat()) for unit in range(40)]
    load(directory, "calls", days)
    with opened(directory, as_of=datetime(2026, 7, 10, 12, tzinfo=UTC)) as workspace:
        window = lcpr(workspace).window
    assert (window.start.date(), window.end.date()) == (date(2026, 6, 12), date(2026, 7, 10)), "10 July runs"


def test_an_empty_window_and_unknown_names_say_what_to_do(paired: Path) -> None:
    with opened(paired) as workspace:
        with pytest.raises(BadInputError, match="--from 2026-06-05 is not before --to 2026-06-05"):
            lcpr(workspace, start=date(2026, 6, 5), end=date(2026, 6, 5))
        with pytest.raises(UnknownNameError, match="'work'"):
            funnel(workspace, workload="wrok")
        with pytest.raises(UnknownNameError, match="'cheap'"):
            explain(workspace, workload="work", route="cheep")
        with pytest.raises(UnknownNameError, match="'dear'"):
            explain(workspace, workload="work", route="cheap", against="deer")


def test_a_changed_price_rebuilds_and_says_what_moved(paired: Path) -> None:
    with opened(paired) as workspace:
        assert len(rebuild(workspace).rebuilt_days) == 1
    with opened(paired) as workspace:
        assert rebuild(workspace).rebuilt_days == ()
    route = paired / "routes" / "cheap.yaml"
    route.write_text(route.read_text().replace("1.00", "2.00"))
    with opened(paired) as workspace:
        assert len(rebuild(workspace).rebuilt_days) == 1
        assert cell(workspace, "cheap").cost_usd.inference == pytest.approx(200 * (0.002 + 0.0002))


def test_people_and_running_cost_are_terms_of_their_own(tmp_path: Path) -> None:
    workload = WORKLOAD.replace("ops: {usd_per_month: 0}", "ops: {usd_per_month: 300}")
    directory = write_project(tmp_path / "p", workloads={"work": workload})
    load(directory, "calls", [call("dear", unit) for unit in UNITS])
    load(directory, "outcomes", [outcome("dear", unit, True, escalated=unit < 10) for unit in UNITS])
    with opened(directory) as workspace:
        dear = cell(workspace, "dear")
    assert dear.accepted_units == 190, "a human had to finish ten"
    assert dear.cost_usd.human == pytest.approx(5.0)
    assert dear.cost_usd.ops == pytest.approx(300 / 30), "one day of a June"
    total = 200 * DEAR_USD + 5 + 10
    assert dear.lcpr_usd_per_accepted_unit == pytest.approx(total / 190)
    assert sum(share.rate for share in dear.evidence.dollars) == pytest.approx(1.0)


def test_nothing_declared_still_answers(tmp_path: Path) -> None:
    """Imported calls and outcomes alone give a cost; what is undeclared is named, not 0."""
    directory = write_project(tmp_path / "p", workloads={}, routes={})
    load(directory, "calls", [call("dear", unit, model="claude-sonnet-4", provider="anthropic") for unit in UNITS])
    load(directory, "outcomes", [outcome("dear", unit, True) for unit in UNITS])
    with opened(directory) as workspace:
        dear = cell(workspace, "dear")
        row = matrix(workspace).workloads[0]
    assert dear.cost_usd.human is None
    assert dear.cost_usd.ops is None
    assert dear.lcpr_usd_per_accepted_unit == pytest.approx(1000 * 3e-6 + 100 * 15e-6)
    assert any("people" in reason for reason in dear.evidence.reasons)
    assert row.recommendation.action == "measure_first"


def test_status_offers_at_most_three_commands_with_their_worth(paired: Path) -> None:
    with opened(paired) as workspace:
        answer = status(workspace)
    assert 1 <= len(answer.next) <= 3
    assert answer.next[0].command == "routefit explain work cheap --against dear"
    assert answer.next[0].worth_usd is not None
    assert answer.units.unit_key == "unit_id"
    assert answer.spend_usd == pytest.approx(200 * (DEAR_USD + CHEAP_USD))


def test_status_of_an_empty_project_says_how_to_start(tmp_path: Path) -> None:
    with opened(write_project(tmp_path / "p")) as workspace:
        answer = status(workspace)
    assert answer.window is None
    assert [one.command for one in answer.next] == [
        "routefit import litellm FILE",
        "routefit import calls FILE",
        "routefit demo",
    ]


def test_a_fallback_is_priced_as_the_declared_route_that_served_it(tmp_path: Path) -> None:
    """Assigned to dear, served by cheap's model, whose prices stand only in cheap's own file."""
    directory = write_project(tmp_path / "p")
    load(directory, "calls", [call("dear", 1), call("dear", "f-1", unit_id="1", role="fallback", model="small")])
    with opened(directory) as workspace:
        (found,) = lcpr(workspace).cells
    assert (found.route, found.unpriced_calls) == ("dear", 0)
    assert found.cost_usd.inference == pytest.approx(DEAR_USD + CHEAP_USD, abs=1e-12)


def _asked(number: int, model: str, **columns: Any) -> dict[str, Any]:
    """A call that asked for gpt-4o, a unit of two by its trace; the log gives neither route nor role."""
    given = {"route": None, "unit_id": None, "trace_id": f"t{number // 2}", "requested_model": "gpt-4o"}
    return call("dear", number) | {"provider": "openai", "model": model} | given | columns


def test_a_dated_version_of_the_model_asked_for_is_no_fallback(tmp_path: Path) -> None:
    """gpt-4o-2024-05-13 has a price of its own, and still is what serves who asks for gpt-4o."""
    directory = write_project(tmp_path / "p", routes={})
    load(directory, "calls", [_asked(number, "gpt-4o-2024-05-13") for number in range(4)])
    with opened(directory) as workspace:
        (found,) = lcpr(workspace).cells
        roles = workspace.ledger.totals(date(2026, 6, 1), date(2026, 6, 2))
    (totals,) = (total_of(groups.values()) for groups in roles.values())
    assert found.route == "openai/gpt-4o-2024-05-13"
    assert (totals.units, totals.fallback_units, totals.attempts) == (2, 0, 2)


def test_a_retry_after_a_failure_that_names_only_what_was_asked_is_no_fallback(tmp_path: Path) -> None:
    """A call that failed never learned which version would have served it."""
    route = "id: main\nprovider: openai\nmodel: gpt-4o\nmode: closed_api\n"
    directory = write_project(tmp_path / "p", routes={"main": route})
    failed = {"status": "error", "input_tokens": None, "output_tokens": None}
    load(directory, "calls", [_asked(0, "gpt-4o", **failed), _asked(1, "gpt-4o-2024-08-06")])
    with opened(directory) as workspace:
        (found,) = lcpr(workspace).cells
    assert (found.route, found.units, found.attempts, found.rates.retry) == ("main", 1, 2, 1.0)


def test_a_window_that_ends_before_the_data_is_empty_and_no_mistake(paired: Path) -> None:
    with opened(paired) as workspace:
        answer = lcpr(workspace, end=date(2026, 1, 29))
    assert (answer.window.start.date(), answer.cells) == (date(2026, 1, 1), ())


def test_feedback_that_users_chose_to_give_never_clears_the_gate(tmp_path: Path) -> None:
    """Only random or complete verdicts may; thumbs from whoever felt like it give bounds."""
    directory = write_project(tmp_path / "p")
    load(directory, "calls", [call(route, unit) for unit in UNITS for route in ("dear", "cheap")])
    verdicts = [outcome("dear", unit, is_good("dear", unit)) for unit in UNITS]
    verdicts += [outcome("cheap", unit, is_good("cheap", unit), sampled="self_selected") for unit in UNITS]
    load(directory, "outcomes", verdicts)
    with opened(directory) as workspace:
        (row,) = (row for row in matrix(workspace).workloads)
    assert row.recommendation.action == "measure_first"
    assert "cheap: not tested against the floor" in row.recommendation.why


def test_a_saving_is_reckoned_on_the_common_tasks_where_they_say_less(tmp_path: Path) -> None:
    """40 common tasks at 0.9 of the cost, and 400 easy ones on the candidate alone, do not save nine tenths."""
    directory = write_project(tmp_path / "p")
    rows = [call("dear", unit) for unit in UNITS]
    rows += [call("cheap", unit, input_tokens=8980) for unit in range(40)]
    rows += [call("cheap", unit, input_tokens=100, output_tokens=10) for unit in range(1000, 1400)]
    rows = [row | {"started_at": FIRST_AT.isoformat()} for row in rows]
    load(directory, "calls", rows)
    judged = [outcome("dear", unit, True) for unit in UNITS]
    judged += [outcome("cheap", unit, True) for unit in (*range(40), *range(1000, 1400))]
    load(directory, "outcomes", judged)
    with opened(directory) as workspace:
        (row,) = (row for row in matrix(workspace).workloads)
    ratio = (8980e-6 + 200e-6) / DEAR_USD
    assert row.recommendation.route == "cheap"
    assert row.recommendation.saving_usd_per_month == pytest.approx(1_000_000 * DEAR_USD * (1 - ratio), abs=0.01)
    assert any("the tasks that ran on both routes say more" in line for line in row.recommendation.why)


def test_more_escalations_at_an_undeclared_cost_hold_up_a_move(paired: Path) -> None:
    workload = paired / "workloads" / "work.yaml"
    workload.write_text(workload.read_text().replace("human: {usd_per_escalation: 0.5}\n", ""))
    later = [
        outcome("cheap", unit, True, escalated=True, decided_at="2026-06-19T00:00:00Z") for unit in range(1, 5)
    ]
    load(paired, "outcomes", later, name="escalated")
    with opened(paired) as workspace:
        (row,) = (row for row in matrix(workspace).workloads)
    assert row.recommendation.action == "measure_first"
    said = next(line for line in row.recommendation.why if "escalations" in line)
    assert said.startswith(
        "cheap: escalations 2.0% > 0.0% on dear, and what one costs is not declared; the saving"
    )
    assert "cheap: declare human.usd_per_escalation" in row.recommendation.would_change
