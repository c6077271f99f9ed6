"""`routefit decide deprecation` from the ledger: the route that ends, its contract, its verdicts, its fallback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from command_line import Ran, run_command
from small_project import NOW, ROUTES, call, load, outcome, write_project

ENDS = "deprecated_on: {value: 2026-09-01, label: PUBLIC, source: provider page, as_of: 2026-06-01}\n"
CONTRACT = """\
id: acme-2026
provider: acme
deprecation_notice_days: {value: 180, label: CONTRACTED, source: order form, as_of: 2026-01-01}
successor_eval_threshold_rate: 0.95
successor_test_window_days: 28
"""


def project(folder: Path, *, contract: str = CONTRACT, **more: str) -> Path:
    """Twenty judged units on dear, which ends, and ten on cheap a day later; `more` is added to a route's file."""
    texts = {name: text + more.get(name, "") for name, text in ROUTES.items()}
    directory = write_project(folder / "p", routes=texts)
    (directory / "contracts").mkdir()
    if contract:
        (directory / "contracts" / "acme.yaml").write_text(contract)
    units = [("dear", unit) for unit in range(20)] + [("cheap", unit) for unit in range(400, 410)]
    load(directory, "calls", [call(*one) for one in units])
    load(
        directory,
        "outcomes",
        [outcome(route, unit, unit % 10 != 0, decided_at="2026-06-05T10:00:00Z") for route, unit in units],
    )
    return directory


def asked(directory: Path, *arguments: str) -> Ran:
    """The command on the workload."""
    where = ("--project", directory, "--as-of", NOW.date().isoformat(), "--format", "json")
    return run_command("decide", "deprecation", "--workload", "work", *where, *arguments)


def evidence(found: Any) -> dict[str, Any]:
    """The inputs that were used, by name."""
    return {one["input"]: one for one in found["evidence"]["inputs"]}


def test_all_of_it_comes_from_the_project(tmp_path: Path) -> None:
    """The end, the contract, the last verdict, pass rates of both routes, and the other one as fallback."""
    found = asked(project(tmp_path, dear=ENDS + "deprecation_notice_days: 90\n")).json
    inputs = evidence(found)
    assert (found["route"], found["decision"]) == ("dear", "switch")
    assert (inputs["deprecated_on"]["value"], inputs["deprecated_on"]["label"]) == ("2026-09-01", "PUBLIC")
    assert (inputs["negotiated_notice_days"]["value"], inputs["notice_days"]["value"]) == (180, 90)
    assert inputs["negotiated_notice_days"]["label"] == "CONTRACTED"
    assert (inputs["eval_baseline_on"]["value"], inputs["today_on"]["value"]) == ("2026-06-05", "2026-06-20")
    assert inputs["incumbent_pass_rate"]["value"] == pytest.approx(0.9)
    assert inputs["successor_pass_rate"]["source"] == "10 decided units on cheap"
    assert inputs["fallback_tested_on"]["value"] == "2026-06-02"
    result = found["result"]
    assert (result["days_left"], result["fallback_until_on"], result["days_of_cover"]) == (73, "2026-12-02", 165)
    assert result["contract_gaps"] == [
        "notice: 90 days < 180 negotiated",
        "successor: passes 90% < 95%, the bar of the contract",
    ]


def test_what_ends_with_it_is_no_fallback(tmp_path: Path) -> None:
    """Both routes of the workload end on the same notice."""
    result = asked(project(tmp_path, dear=ENDS, cheap=ENDS)).json["result"]
    assert "fallback: deprecated on the same notice, so it is none" in result["stale"]
    assert result["days_of_cover"] == result["days_left"]
    assert "successor: its pass rate on your suite" in result["unknown_conditions"]


def test_a_route_in_use_that_ends(tmp_path: Path) -> None:
    """Where the current route stays, the one in use that ends; and the one that was named."""
    directory = project(tmp_path, cheap=ENDS)
    assert asked(directory).json["route"] == "cheap"
    assert asked(directory, "--route", "cheap").json["route"] == "cheap"
    ran = asked(directory, "--route", "dear")
    assert (ran.exit_code, "dear has no declared end" in ran.err) == (3, True)
    assert "deprecated_on in routes/dear.yaml" in ran.err


def test_without_a_contract_the_baseline_holds(tmp_path: Path) -> None:
    """Ninety days are usual; the successor is held against the incumbent."""
    found = asked(project(tmp_path, contract="", dear=ENDS + "deprecation_notice_days: 70\n")).json
    assert found["result"]["contract_gaps"] == ["notice: 70 days < 90 negotiated"]
    assert found["result"]["successor_bar_rate"] == pytest.approx(0.9)


def test_a_typed_value_goes_before_the_projects(tmp_path: Path) -> None:
    """And says what it replaces."""
    found = asked(project(tmp_path, dear=ENDS), "--deprecated-on", "2026-07-01", "--today", "2026-06-10").json
    assert found["result"]["days_left"] == 21
    assert "2026-09-01" in evidence(found)["deprecated_on"]["replaced"]


def test_where_nothing_ends(tmp_path: Path) -> None:
    """Exit 3 with the reason, which the overview shows too."""
    directory = project(tmp_path)
    assert asked(directory).exit_code == 3
    lines = run_command("decide", "work", "--project", directory, "--as-of", "2026-06-20", "--format", "json").json
    reason = next(one["reason"] for one in lines["lines"] if one["kind"] == "deprecation")
    assert reason == "work: dear has no declared end"


def test_options_of_a_file(tmp_path: Path) -> None:
    """The decision is one of their names, and every one is to act."""
    file = tmp_path / "options.yaml"
    file.write_text(
        "deprecated_on: 2026-09-01\n"
        "options:\n"
        "  - {name: port, engineer_weeks: 2:3:5, weeks: 4}\n"
        "  - {name: older, is_on_same_notice: true}\n"
    )
    ran = run_command("decide", "deprecation", file, "--today", "2026-06-01", "--exit-code", "--format", "json")
    assert (ran.exit_code, ran.json["decision"]) == (0, "port")
    assert evidence(ran.json)["port_engineer_weeks"]["high"] == 5
    file.write_text("options:\n  - {name: port, weks: 4}\n")
    ran = run_command("decide", "deprecation", file, "--deprecated-on", "2026-09-01")
    assert ran.exit_code == 2
    assert "weks" in ran.err
