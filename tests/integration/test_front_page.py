"""The front page: each gap has its size and its remedy, and the next commands are those of the state."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import small_project as small
from billed_project import MAY, NOW, bill, billed_project, priced, verdict
from routefit.answers.gaps import Gap
from routefit.answers.status import StatusAnswer, status
from routefit.answers.workspace import Workspace
from routefit.report.drawing import drawn
from routefit.report.status_text import status_text

MONTH_RATIO = 365.25 / 12


def answered(directory: Path) -> StatusAnswer:
    with Workspace(directory, as_of=NOW + timedelta(hours=1)) as workspace:
        return status(workspace)


def gap(answer: StatusAnswer, kind: str) -> Gap:
    return next(one for one in answer.gaps if one.kind == kind)


def page(answer: StatusAnswer, width: int = 100) -> str:
    return drawn(status_text(answer), width=width, has_colour=False)


def traced(directory: Path, *calls: dict[str, Any], config: str = "") -> Path:
    """A project with these calls, each of a unit that was accepted."""
    project = billed_project(directory, config)
    small.load(project, "calls", calls, now=NOW)
    small.load(project, "outcomes", [verdict(number, True) for number in range(len(calls))], now=NOW)
    return project


def test_spend_that_no_invoice_covers_is_a_gap_worth_an_import(tmp_path: Path) -> None:
    answer = answered(traced(tmp_path / "p", *(priced(n, 2, on=f"2026-05-{n + 1:02}") for n in range(10))))
    found = gap(answer, "not_invoiced")
    assert (found.usd, found.remedy) == (20, "routefit import invoices FILE")
    step = next(one for one in answer.next if one.command == found.remedy)
    assert step.worth_usd == pytest.approx(20 * MONTH_RATIO / 10)
    assert "not invoiced yet" in page(answer)


def test_each_difference_to_the_bill_is_a_gap_of_its_size(tmp_path: Path) -> None:
    project = traced(
        tmp_path / "p",
        priced(0, 10),
        priced(1, 5, status="timeout"),
        priced(2, 7, provider="other", model="small-1"),
    )
    line = {"provider": "acme"} | MAY
    bill(
        project,
        [
            line | {"line_id": "1", "model": "big-1", "amount_usd": "18"},
            line | {"line_id": "2", "model": "speech-9", "amount_usd": "4"},
            line | {"line_id": "3", "model": "big-1", "amount_usd": "2.5", "disputed": True},
        ],
    )
    answer = answered(project)
    sizes = {kind: gap(answer, kind).usd for kind in ("not_through_gateway", "price_difference", "left_out_line")}
    assert sizes == {
        "not_through_gateway": pytest.approx(4),
        "price_difference": pytest.approx(3),
        "left_out_line": pytest.approx(2.5),
    }
    assert (gap(answer, "not_invoiced").usd, gap(answer, "not_invoiced").calls) == (7, 1)
    assert (gap(answer, "billed_but_lost").usd, gap(answer, "billed_but_lost").calls) == (5, 1)
    assert list(answer.gaps) == sorted(answer.gaps, key=lambda one: (-(one.usd or 0), one.what))


def test_a_reconciled_invoice_leaves_no_gap_of_price(tmp_path: Path) -> None:
    project = traced(tmp_path / "p", priced(0, 100))
    bill(project, [MAY | {"provider": "acme", "model": "big-1", "amount_usd": "104", "line_id": "1"}])
    answer = answered(project)
    assert [one.kind for one in answer.gaps] == []
    assert "96% of invoices explained" in " ".join(page(answer).split())


def test_unattributed_spend_asks_for_discover(tmp_path: Path) -> None:
    calls = [priced(n, 1, workload=None, unit_id=None) for n in range(4)]
    project = billed_project(tmp_path / "p")
    small.load(project, "calls", calls, now=NOW)
    answer = answered(project)
    assert answer.next[0].command == "routefit discover"
    assert answer.next[0].worth_usd == pytest.approx(4 * MONTH_RATIO)
    assert "outcomes FILE" not in " ".join(one.command for one in answer.next)


def test_rules_that_leave_little_do_not_ask_for_more_rules(tmp_path: Path) -> None:
    rules = "attribution:\n  - {when: {team_alias: a}, workload: work}\n"
    calls = [priced(n, 1, workload=None, attributes={"team_alias": "a"}) for n in range(39)]
    calls += [priced(99, 1, workload=None, attributes={"team_alias": "b"})]
    project = billed_project(tmp_path / "p", rules)
    small.load(project, "calls", calls, now=NOW)
    answer = answered(project)
    assert gap(answer, "unattributed").calls == 1
    assert "routefit discover" not in [one.command for one in answer.next]


MEANING = "in workloads/work.yaml: verdict: [{from: ticket_status, name: state, accept: VALUES}]"
OUTCOMES = "routefit import outcomes FILE"
RULE = "verdict: [{from: ticket_status, accept: [done]}]\n"


@pytest.mark.parametrize(
    ("scored", "rule", "expected"),
    [
        pytest.param("work", "", MEANING, id="of the workload"),
        pytest.param("elsewhere", "", OUTCOMES, id="of another workload"),
        pytest.param("work", RULE, OUTCOMES, id="read by a rule and undecided"),
    ],
)
def test_scores_ask_for_their_meaning_only_where_they_belong(
    tmp_path: Path, scored: str, rule: str, expected: str
) -> None:
    directory = small.write_project(tmp_path / "p", workloads={"work": small.WORKLOAD + rule})
    calls = [small.call("dear", n, trace_id=f"t-{n}") for n in range(20)]
    calls += [small.call("dear", f"e-{n}", workload="elsewhere", trace_id=f"e-{n}") for n in range(2)]
    small.load(directory, "calls", calls)
    prefix = {"work": "t", "elsewhere": "e"}[scored]
    scores = [
        {"trace_id": f"{prefix}-{n}", "from": "ticket_status", "name": "state", "value": "open"} for n in (0, 1)
    ]
    small.load(directory, "scores", scores)
    answer = answered(directory)
    commands = [one.command for one in answer.next]
    assert expected in commands
    verdictless = next(one for one in answer.gaps if one.subject == "work" and one.kind == "undecided")
    assert ("workloads/work.yaml" in verdictless.remedy) == expected.startswith("in ")


def test_a_route_paid_by_capacity_says_what_is_missing_of_it(tmp_path: Path) -> None:
    gpu = "id: gpu\nprovider: vllm\nmodel: own\nmode: self_managed\ncapacity: {gpus_per_replica: 1}\n"
    directory = small.write_project(tmp_path / "p", routes=small.ROUTES | {"gpu": gpu})
    small.load(directory, "calls", [small.call("gpu", n, provider="vllm", model="own") for n in range(3)])
    commands = [one.command for one in answered(directory).next]
    assert "routefit import capacity FILE" in commands
    day = {"route": "gpu", "start": "2026-06-01", "end": "2026-06-02", "replicas": 1}
    small.load(directory, "capacity", [day])
    commands = [one.command for one in answered(directory).next]
    assert "in routes/gpu.yaml: capacity: {gpu_usd_per_hour: ...}" in commands


def test_idle_capacity_is_a_gap(tmp_path: Path) -> None:
    gpu = (
        "id: gpu\nprovider: vllm\nmodel: own\nmode: self_managed\n"
        "capacity: {gpus_per_replica: 1, gpu_usd_per_hour: {value: 3, label: CONTRACTED}}\n"
    )
    directory = small.write_project(tmp_path / "p", routes=small.ROUTES | {"gpu": gpu})
    small.load(directory, "calls", [small.call("gpu", 0, provider="vllm", model="own", e2e_ms=30_000)])
    small.load(
        directory, "capacity", [{"route": "gpu", "start": "2026-06-01", "end": "2026-06-02", "replicas": 1}]
    )
    found = gap(answered(directory), "idle")
    # 72 USD of the day less the one minute with a call.
    assert found.usd == pytest.approx(72 * (1439 / 1440), rel=1e-3)
    assert "gpu stood idle, of $72 billed" in found.what


def test_stale_facts_are_counted_with_the_oldest(tmp_path: Path) -> None:
    config = "fx:\n  EUR: {value: 1.1, label: PUBLIC, source: page, as_of: 2025-01-02}\n"
    answer = answered(traced(tmp_path / "p", priced(0, 1), config=config))
    stale = answer.stale
    assert (stale.facts, stale.oldest_place, stale.oldest_path) == (1, "routefit.yaml:4", "fx.EUR")
    assert "Stale: 1 declared fact has to be looked up again: routefit.yaml:" in page(answer)


def test_many_workloads_are_one_screen(tmp_path: Path) -> None:
    """Fourteen workloads without verdicts: the dearest, and the number of the rest."""
    directory = small.write_project(tmp_path / "p")
    calls = [
        small.call("dear", f"{name}-{n}", workload=f"team-{name}") for name in range(14) for n in range(name + 1)
    ]
    small.load(directory, "calls", calls)
    answer = answered(directory)
    text = page(answer, width=80)
    assert len(text.splitlines()) <= 40, text
    assert "What one accepted result costs; 11 smaller: routefit lcpr" in text
    assert text.index("team-13, per") < text.index("team-12, per")
    assert len(answer.gaps) > 10


def test_the_front_page_stands_in_the_order_of_its_use(tmp_path: Path) -> None:
    project = traced(tmp_path / "p", priced(0, 1))
    text = page(answered(project))
    heads = ("Window:", "Read:", "Covered:", "Units:", "Missing,", "What one accepted", "Which route", "Next")
    assert [text.index(head) for head in heads] == sorted(text.index(head) for head in heads)
