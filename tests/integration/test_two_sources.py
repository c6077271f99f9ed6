"""The same calls from a gateway and from a tracer are one call each."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from routefit.answers.workspace import Workspace
from routefit.errors import BadInputError
from routefit.ledger.import_summary import ImportSummary
from routefit.ledger.importing import import_file
from routefit.ledger.mapping import load_mapping
from routefit.ledger.twins import Leads
from small_project import FIRST_AT, NOW, load, write_project

MAP = """\
files: "*.csv"
calls:
  call_id: span
  response_id: response
  started_at: at
  provider: provider
  model: model
  input_tokens: input
  output_tokens: output
  trace_id: trace
"""
DECLARED = Leads({"calls": "cost", "map": "structure"})


def gateway_call(number: int, **columns: Any) -> dict[str, Any]:
    """What the gateway logs: the cost, and a response id."""
    return {
        "call_id": f"gateway-{number}",
        "response_id": f"response-{number}",
        "started_at": (FIRST_AT + timedelta(minutes=number)).isoformat(),
        "provider": "acme",
        "model": "big",
        "input_tokens": 100 + number,
        "output_tokens": 10,
        "cost_usd": "0.5",
        "attributes": {"team_alias": "team"},
    } | columns


def spans(
    folder: Path, numbers: range, *, name: str = "spans", response: bool = True, late_s: float = 1.0
) -> Path:
    """What the tracer logs of the same calls: the trace, no cost."""
    lines = ["span,response,at,provider,model,input,output,trace"]
    for number in numbers:
        at = FIRST_AT + timedelta(minutes=number, seconds=late_s)
        said = f"response-{number}" if response else ""
        lines.append(f"span-{number},{said},{at.isoformat()},acme,big,{100 + number},10,trace-{number // 2}")
    file = folder / f"{name}.csv"
    file.write_text("\n".join(lines) + "\n")
    return file


def import_spans(project: Path, file: Path, *, leads: Leads | None = None, now: datetime = NOW) -> ImportSummary:
    (folder := project / "maps").mkdir(exist_ok=True)
    (folder / "map.yaml").write_text(MAP)
    mapping = load_mapping(folder / "map.yaml")
    (summary,) = import_file(project / "ledger", None, file, mapping=mapping, leads=leads or Leads(), now=now)
    return summary


def calls_of(project: Path, *, as_of: datetime = NOW, sources: str = "") -> list[tuple[Any, ...]]:
    """(call, unit, cost in USD) as the ledger reads them."""
    (project / "routefit.yaml").write_text(f"name: small\n{sources}")
    with Workspace(project, as_of=as_of) as workspace:
        days = workspace.ledger.days_with_calls()
        engine = workspace.ledger.view_calls(days[0], days[-1] + timedelta(days=1))
        return engine.execute(
            "SELECT call_id, unit_id, cost_pico_usd / 1000000000000 FROM all_calls ORDER BY started_at, call_id"
        ).fetchall()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path / "p", workloads={}, routes={})


def test_a_response_id_makes_two_records_one_call(project: Path) -> None:
    """The gateway's cost, the tracer's trace."""
    load(project, "calls", [gateway_call(number) for number in range(4)])
    summary = import_spans(project, spans(project, range(4)))
    assert (summary.read, summary.imported, summary.duplicate) == (4, 4, 0)
    assert summary.notes == ("4 calls are known from calls too: each is one call, read from both records",)
    assert calls_of(project) == [(f"gateway-{n}", f"trace-{n // 2}", 0.5) for n in range(4)]


def test_the_order_of_the_imports_does_not_matter_for_the_figures(project: Path) -> None:
    import_spans(project, spans(project, range(4)))
    load(project, "calls", [gateway_call(number) for number in range(4)])
    assert calls_of(project) == [(f"span-{n}", f"trace-{n // 2}", 0.5) for n in range(4)]


def test_before_the_second_import_was_known_there_was_one_record(project: Path) -> None:
    load(project, "calls", [gateway_call(number) for number in range(2)])
    import_spans(project, spans(project, range(2)), now=NOW + timedelta(days=1))
    assert calls_of(project) == [("gateway-0", "gateway-0", 0.5), ("gateway-1", "gateway-1", 0.5)]


def test_another_export_of_known_records_changes_nothing(project: Path) -> None:
    """Also one that overlaps: its new calls come in."""
    load(project, "calls", [gateway_call(number) for number in range(4)])
    import_spans(project, spans(project, range(4)))
    before = calls_of(project)
    summary = import_spans(project, spans(project, range(6), name="more"))
    assert (summary.read, summary.imported, summary.duplicate) == (6, 2, 4)
    assert calls_of(project) == [*before, ("span-4", "trace-2", None), ("span-5", "trace-2", None)]


def test_a_third_record_is_left_out(project: Path) -> None:
    """Two spans of one response: an instrumented framework around an instrumented client."""
    load(project, "calls", [gateway_call(0)])
    file = spans(project, range(1))
    file.write_text(file.read_text() + file.read_text().splitlines()[1].replace("span-0", "outer-0") + "\n")
    summary = import_spans(project, file)
    assert (summary.read, summary.imported, summary.duplicate) == (2, 1, 1)
    assert len(calls_of(project)) == 1


def test_without_response_ids_an_overlap_is_refused_until_somebody_leads(project: Path) -> None:
    load(project, "calls", [gateway_call(number, response_id=None) for number in range(9)])
    file = spans(project, range(9), response=False)
    with pytest.raises(BadInputError, match=r"9 of 9 calls look like calls that are known from calls") as refused:
        import_spans(project, file)
    assert "sources: {calls: cost, map: structure}" in str(refused.value.next_step)
    assert len(calls_of(project)) == 9
    import_spans(project, file, leads=DECLARED)
    assert calls_of(project) == [(f"gateway-{n}", f"trace-{n // 2}", 0.5) for n in range(9)]


def test_calls_that_only_one_source_saw_come_in_beside_the_pairs(project: Path) -> None:
    load(project, "calls", [gateway_call(number, response_id=None) for number in range(9)])
    import_spans(project, spans(project, range(3, 12), response=False), leads=DECLARED)
    assert [row[0] for row in calls_of(project)] == [
        *(f"gateway-{n}" for n in range(9)),
        *(f"span-{n}" for n in range(9, 12)),
    ]


@pytest.mark.parametrize(
    ("late_s", "columns"),
    [
        pytest.param(2.5, {}, id="more than two seconds apart"),
        pytest.param(1.0, {"output_tokens": 11}, id="other tokens"),
        pytest.param(1.0, {"input_tokens": None}, id="tokens that nobody counted"),
    ],
)
def test_what_is_not_alike_is_another_call(project: Path, late_s: float, columns: dict[str, Any]) -> None:
    load(project, "calls", [gateway_call(number, response_id=None) | columns for number in range(9)])
    import_spans(project, spans(project, range(9), response=False, late_s=late_s))
    assert len(calls_of(project)) == 18


def test_who_leads_may_change_without_a_new_import(project: Path) -> None:
    load(project, "calls", [gateway_call(number, trace_id="gateway's") for number in range(2)])
    import_spans(project, spans(project, range(2)))
    assert [row[1] for row in calls_of(project)] == ["gateway's", "gateway's"]
    turned = "sources: {calls: cost, map: structure}\n"
    assert [row[1] for row in calls_of(project, sources=turned)] == ["trace-0", "trace-0"]
    assert [row[1] for row in calls_of(project)] == ["gateway's", "gateway's"]


def test_attributes_of_both_records_can_be_attributed_by(project: Path) -> None:
    """The gateway's team, the tracer's trace."""
    load(project, "calls", [gateway_call(number) for number in range(2)])
    import_spans(project, spans(project, range(2)))
    rules = "attribution:\n  - {when: {team_alias: team}, workload: work, unit: trace_id}\n"
    (project / "routefit.yaml").write_text(f"name: small\n{rules}")
    with Workspace(project, as_of=NOW) as workspace:
        assert workspace.workload_names == ("work",)
        cells = workspace.ledger.totals(FIRST_AT.date(), NOW.date())
    assert [sum(group.units for group in groups.values()) for groups in cells.values()] == [1]
