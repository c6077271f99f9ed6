"""Where the money went: every way of cutting it, what each call went for, whom a line of an invoice concerns."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from billed_project import MAY, NOW, WORKLOAD, bill, billed_project, priced, verdict
from routefit.answers.lcpr import lcpr
from routefit.answers.spend import SpendAnswer, spend
from routefit.answers.workspace import Workspace
from routefit.errors import BadInputError, CannotTellError, UnknownNameError
from routefit.report.drawing import drawn
from routefit.report.spend_table import spend_text
from small_project import load

FIRST, END = date(2026, 5, 1), date(2026, 6, 1)


def asked(directory: Path, by: str = "workload", *, start: date = FIRST, end: date = END) -> SpendAnswer:
    with Workspace(directory, as_of=NOW) as workspace:
        return spend(workspace, by=by, start=start, end=end)


def project(
    directory: Path, calls: list[dict[str, Any]], outcomes: list[dict[str, Any]], config: str = ""
) -> Path:
    created = billed_project(directory, config)
    load(created, "calls", calls, now=NOW)
    if outcomes:
        load(created, "outcomes", outcomes, now=NOW)
    return created


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """Seven units: accepted, accepted after a retry, rejected, undecided, lost, graded, and one of nobody."""
    calls = [
        priced(1, "1", attributes={"team_alias": "blue", "team_id": "t1", "tag.product": "chat"}),
        priced(2, "2", attributes={"team_id": "t2"}),
        priced(2, "4", call_id="c2b", role="retry", on="2026-05-10T01:00:00+00:00"),
        priced(3, "8", provider="beta", model="small-1", role="first"),
        priced(4, "16", on="2026-05-31T23:59:59+00:00"),
        priced(5, "32", status="timeout"),
        priced(1, "64", call_id="g1", role="grader", provider="judges", model="judge-1"),
        priced(7, "128", workload=None, route=None, provider=None, model=None),
        priced(8, None, input_tokens=None, output_tokens=None),
    ]
    outcomes = [verdict(1, True), verdict(2, True), verdict(3, False)]
    return project(tmp_path / "p", calls, outcomes)


def test_each_call_went_for_one_thing(mixed: Path) -> None:
    answer = asked(mixed)
    lines = answer.statement
    assert lines.accepted_usd == 1 + 2
    assert lines.wasted_usd == 4 + 8 + 32
    assert lines.undecided_usd == 16 + 128
    assert lines.grading_usd == 64
    assert answer.total_usd == 255
    assert answer.unpriced_calls == 1
    assert [(one.ended, one.calls, one.usd) for one in answer.lost] == [("timeout", 1, 32.0)]


def test_a_key_of_whose_calls_nobody_knows_the_cost_says_so(tmp_path: Path) -> None:
    """In JSON beside the amount, on the screen in its place; a lost call of unknown cost explains nothing."""
    calls = [priced(1, "1"), *(priced(n, None, workload="own", model="mine") for n in (2, 3))]
    calls.append(priced(4, None, workload="own", model="mine", status="error"))
    answer = asked(project(tmp_path / "p", calls, []))
    assert [(row.key, row.calls, row.unpriced_calls, row.usd) for row in answer.rows] == [
        ("work", 1, 0, 1.0),
        ("own", 3, 3, 0.0),
    ]
    assert [(one.ended, one.calls, one.unpriced_calls) for one in answer.lost] == [("error", 1, 1)]
    assert not any(bucket.kind == "billed_but_lost" for bucket in answer.buckets)
    (line,) = [
        line
        for line in drawn(spend_text(answer), width=100, has_colour=False).splitlines()
        if line.startswith("own")
    ]
    assert line.split()[1:] == ["3", "–", "–"]


@pytest.mark.parametrize(
    ("by", "rows"),
    [
        pytest.param("workload", [("unattributed", 128), ("work", 127)], id="a call of nobody is unattributed"),
        pytest.param("team", [(None, 252), ("t2", 2), ("blue", 1)], id="the alias, else the id"),
        pytest.param("owner", [(None, 128), ("team", 127)], id="the workload's declared owner"),
        pytest.param("provider", [(None, 128), ("judges", 64), ("acme", 55), ("beta", 8)], id="who served"),
        pytest.param("model", [(None, 128), ("judge-1", 64), ("big-1", 55), ("small-1", 8)], id="what served"),
        pytest.param("route", [("(no model)", 128), ("r", 127)], id="the assigned route"),
        pytest.param("tag.product", [(None, 254), ("chat", 1)], id="a tag"),
        pytest.param("day", [("2026-05-10", 239), ("2026-05-31", 16)], id="days are in order"),
        pytest.param("month", [("2026-05", 255)], id="months"),
    ],
)
def test_every_key(mixed: Path, by: str, rows: list[tuple[str | None, float]]) -> None:
    answer = asked(mixed, by)
    assert [(row.key, row.usd) for row in answer.rows] == rows
    assert sum(row.calls for row in answer.rows) == 9


def test_calls_whose_tags_are_empty_are_counted_once_and_belong_to_nobody(tmp_path: Path) -> None:
    empty = {"tag.w": "", "team_alias": "", "team_id": ""}
    calls = [
        priced(1, "1", workload=None, unit_id=None, attributes=empty),
        priced(2, "2", workload=None, unit_id=None, attributes=empty),
        priced(3, "4", workload=None, unit_id=None),
    ]
    config = "attribution:\n  - {when: {}, workload: tag.w}\n"
    directory = project(tmp_path / "p", calls, [], config)
    assert [(row.key, row.calls, row.usd) for row in asked(directory).rows] == [("unattributed", 3, 7)]
    assert [(row.key, row.usd) for row in asked(directory, "team").rows] == [(None, 7)]
    assert [(row.key, row.usd) for row in asked(directory, "tag.w").rows] == [(None, 7)]


@pytest.mark.parametrize("name", ["*", 'q"q', "it's", "end\\", "x/y", "~1"])
def test_a_tag_of_any_name_is_a_key(tmp_path: Path, name: str) -> None:
    tagged = priced(1, "1", attributes={f"tag.{name}": "here", "tag.other": "there"})
    directory = project(tmp_path / "p", [tagged, priced(2, "2")], [])
    assert [(row.key, row.usd) for row in asked(directory, f"tag.{name}").rows] == [(None, 2), ("here", 1)]


def test_a_key_that_does_not_exist(mixed: Path) -> None:
    with pytest.raises(BadInputError, match="expected one of team, owner"):
        asked(mixed, "worklod")
    with pytest.raises(UnknownNameError, match=r"no tag is called 'tag.produkt'") as caught:
        asked(mixed, "tag.produkt")
    assert "tag.product" in (caught.value.next_step or "")


def test_without_calls_there_is_no_bill(tmp_path: Path) -> None:
    with pytest.raises(CannotTellError):
        asked(billed_project(tmp_path / "p"))


def test_a_window_without_a_call_is_a_bill_of_nothing(mixed: Path) -> None:
    answer = asked(mixed, start=date(2026, 5, 20), end=date(2026, 5, 21))
    assert (answer.rows, answer.total_usd, answer.statement.accepted_usd) == ((), 0, 0)


def test_a_unit_across_the_edge_is_judged_as_a_whole_and_paid_by_the_day(tmp_path: Path) -> None:
    """Its second call is a further step of a unit that was accepted, and falls into the next window."""
    calls = [priced(1, "1", on="2026-05-10"), priced(1, "2", call_id="later", on="2026-05-12", role="step")]
    directory = project(tmp_path / "p", calls, [verdict(1, True)])
    early = asked(directory, start=date(2026, 5, 10), end=date(2026, 5, 11))
    late = asked(directory, start=date(2026, 5, 12), end=date(2026, 5, 13))
    assert (early.statement.accepted_usd, late.statement.accepted_usd) == (1, 2)


def test_a_retry_that_no_log_calls_so_is_wasted_too(tmp_path: Path) -> None:
    """The same input again after a failure, in another window than the failure."""
    calls = [
        priced(1, "1", on="2026-05-10T23:59:00+00:00", status="error"),
        priced(1, "2", call_id="again", on="2026-05-11T00:01:00+00:00"),
    ]
    directory = project(tmp_path / "p", calls, [verdict(1, True)])
    answer = asked(directory, start=date(2026, 5, 11), end=date(2026, 5, 12))
    assert (answer.statement.wasted_usd, answer.statement.accepted_usd) == (2, 0)


def test_a_model_by_another_name_is_found_and_one_that_only_resembles_is_named(tmp_path: Path) -> None:
    config = "model_aliases: {prod-chat: gpt-4o}\n"
    calls = [
        priced(1, "60", provider="openai", model="gpt-4o"),
        priced(2, "40", provider="openai", model="house-7b"),
    ]
    directory = project(tmp_path / "p", calls, [], config)
    openai = MAY | {"provider": "OpenAI"}
    bill(
        directory,
        [
            openai | {"model": "prod-chat", "amount": 61},
            openai | {"model": "house-7b-1", "amount": 30},
            openai | {"model": "o3", "amount": 5},
        ],
    )
    answer = asked(directory)
    assert answer.statement.not_through_gateway_usd == pytest.approx(35)
    assert answer.statement.price_difference_usd == pytest.approx(-39)
    kinds = {bucket.kind: bucket for bucket in answer.buckets}
    assert kinds["alias_mismatch"].usd == 30
    assert 'model_aliases: {"house-7b-1": "house-7b"}' in (kinds["alias_mismatch"].remedy or "")
    assert kinds["usage_without_trace"].usd == 5


def test_a_line_of_a_service_that_serves_no_models_is_not_in_the_bill(mixed: Path) -> None:
    bill(
        mixed,
        [MAY | {"provider": "acme", "amount": 55}, MAY | {"provider": "acme", "amount": 9, "service": "Compute"}],
    )
    answer = asked(mixed)
    assert (answer.statement.invoice_usd, answer.other_services_lines) == (55, 1)


def test_what_was_imported_later_is_not_known_before(mixed: Path) -> None:
    before = asked(mixed)
    later = NOW + timedelta(days=1)
    bill(mixed, [MAY | {"provider": "acme", "amount": 60}], now=later)
    assert asked(mixed) == before
    with Workspace(mixed, as_of=later) as workspace:
        assert spend(workspace, start=FIRST, end=END).statement.invoice_usd == 60


def test_a_rate_that_was_taken_away_leaves_the_line_out_and_says_so(tmp_path: Path) -> None:
    directory = project(tmp_path / "p", [priced(1, "5")], [], "fx: {EUR: 1.1}\n")
    bill(directory, [MAY | {"provider": "acme", "amount": 5, "currency": "EUR"}])
    config = directory / "routefit.yaml"
    config.write_text(config.read_text().replace("fx: {EUR: 1.1}\n", ""))
    answer = asked(directory)
    assert answer.statement.invoice_usd is None
    assert answer.statement.reason == "no invoice was imported"
    assert [line.reason for line in answer.left_out] == ["routefit.yaml has no rate for EUR in fx"]


def test_of_a_sample_of_the_units_the_bill_is_the_sample_s_share(tmp_path: Path) -> None:
    """A tenth of the units is held against a tenth of the invoice, which then is an estimate."""
    directory = project(tmp_path / "p", [priced(1, "5")], [], "sampling: {unit_rate: 0.1}\n")
    bill(directory, [MAY | {"provider": "acme", "amount": 60}])
    answer = asked(directory)
    assert (answer.statement.invoice_usd, answer.statement.price_difference_usd) == (6, 1)
    assert answer.periods[0].label == "ESTIMATED"


CAPACITY_ROUTE = """\
id: own
provider: house
model: house-7b
mode: self_managed
capacity: {gpu_usd_per_hour: {value: 2, label: CONTRACTED}, gpus_per_replica: {value: 1, label: MEASURED}}
"""


def test_idle_capacity_is_a_line_of_its_own_and_part_of_what_is_invoiced(tmp_path: Path) -> None:
    """One replica for a day costs 48; a call kept one minute of it busy: 2 / 60."""
    directory = billed_project(tmp_path / "p", workload=WORKLOAD)
    (directory / "routes" / "own.yaml").write_text(CAPACITY_ROUTE)
    call = priced(1, None, route="own", provider="house", model="house-7b", e2e_ms=10_000)
    call["attributes"] = {"team_alias": "blue"}
    load(directory, "calls", [call], now=NOW)
    load(directory, "outcomes", [verdict(1, True, route="own")], now=NOW)
    row = {"route": "own", "start": "2026-05-10T00:00:00Z", "end": "2026-05-11T00:00:00Z", "replicas": 1}
    load(directory, "capacity", [row], now=NOW)
    bill(directory, [MAY | {"provider": "House", "amount": 50}])
    answer = asked(directory, "route")
    lines = answer.statement
    assert lines.accepted_usd + lines.idle_usd == pytest.approx(48)
    assert lines.idle_usd == pytest.approx(48 - 2 / 60)
    assert (lines.not_invoiced_usd, lines.price_difference_usd) == pytest.approx((0, 2))
    assert [row.key for row in answer.rows] == ["own"]
    assert [(row.key, row.idle_usd) for row in asked(directory, "team").rows] == [("blue", lines.idle_usd)]
    with Workspace(directory, as_of=NOW) as workspace:
        (cell,) = lcpr(workspace, start=FIRST, end=END).cells
    assert cell.cost_usd.delta == pytest.approx(2)
    assert cell.idle_usd == pytest.approx(lines.idle_usd)
