"""The questions: what a reader sees, and the shape of the JSON, key by key."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_line import CommandLine, write_json_lines
from small_project import call, write_project

ANSWERS = ("status", "lcpr", "matrix", "funnel")

CELL_KEYS = {
    *("workload", "route", "window", "units", "accepted_units", "rejected_units", "unknown_units", "calls"),
    *("attempts", "unpriced_calls", "cost_usd", "lcpr_usd_per_accepted_unit", "lcpr_low_usd", "lcpr_high_usd"),
    *("bounds_usd", "confidence", "is_lower_bound", "usd_per_unit", "naive_usd_per_attempt"),
    *("loaded_to_naive_ratio", "rates", "latency_ms", "evidence"),
}
"""Section 7 of the architecture; more may stand beside them, none of them may go."""


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("columns", ["80", "120"])
def test_tables_fit_the_width_and_print_the_window(
    routefit: CommandLine, project: Path, monkeypatch: pytest.MonkeyPatch, name: str, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    ran = routefit(name, "--project", project)
    assert (ran.exit_code, ran.err) == (0, "")
    assert "Window: 2026-06-01 (1 day, UTC)" in ran.out
    assert max(map(len, ran.out.splitlines())) <= int(columns)
    assert "…" not in ran.out
    assert "\x1b" not in ran.out


def test_lcpr_table(routefit: CommandLine, project: Path) -> None:
    """(10,200 micro-USD x 60 + 0) / 54 on dear; nothing was graded and nobody helped."""
    ran = routefit("lcpr", "--project", project)
    assert "work: US dollars per answer, loaded: model + grading + people + running" in ran.out
    dear = next(line for line in ran.out.splitlines() if line.startswith("dear ")).split()
    assert dear[1] == "$0.011"
    assert dear[3:7] == ["0.0113", "0", "0", "0"]
    assert dear[7:12] == ["54", "of", "60", "$0.010", "1.11x"]
    cheap = next(line for line in ran.out.splitlines() if line.startswith("cheap ")).split()
    assert cheap[1] == "$0.0015"
    assert "not invoiced" in ran.out


def test_lcpr_json(routefit: CommandLine, project: Path) -> None:
    ran = routefit("lcpr", "--project", project, "--format", "json")
    answer = ran.json
    assert ran.err == ""
    assert {"window", "cells", "unattributed", "coverage"} <= answer.keys()
    assert answer["window"] == {"start": "2026-06-01T00:00:00Z", "end": "2026-06-02T00:00:00Z"}
    assert answer["unattributed"].keys() == {"calls", "cost_usd"}
    assert answer["coverage"].keys() == {
        "attributed_rate",
        "priced_rate",
        "judged_rate",
        "bill_explained_rate",
    }
    cell = next(one for one in answer["cells"] if one["route"] == "dear")
    assert cell.keys() >= CELL_KEYS
    assert cell["cost_usd"].keys() == {"inference", "eval", "human", "ops", "delta", "total"}
    assert cell["cost_usd"]["delta"] is None
    assert cell["evidence"].keys() == {"label", "badge", "dollars", "decision_grade", "reasons"}
    assert any(reason.startswith("not invoiced") for reason in cell["evidence"]["reasons"])
    assert cell["rates"].keys() >= {
        *("acceptance", "first_pass", "retry", "repair", "repair_success", "escalation"),
        *("error", "timeout", "cache_hit"),
    }
    assert cell["latency_ms"]["ttft"].keys() == {"p50", "p95", "p99"}
    assert cell["bounds_usd"].keys() == {"low", "high"}
    assert cell["lcpr_usd_per_accepted_unit"] == pytest.approx(0.0102 * 60 / 54)


def test_matrix_json(routefit: CommandLine, project: Path) -> None:
    answer = routefit("matrix", "--project", project, "--format", "json").json
    (row,) = answer["workloads"]
    assert row["workload"] == "work"
    assert row["cells"][0].keys() >= {
        *("route", "mode", "state", "lcpr_usd_per_accepted_unit", "lcpr_low_usd", "lcpr_high_usd", "units"),
        *("evidence", "reason"),
    }
    assert row["recommendation"].keys() >= {"action", "route", "why"}
    assert row["recommendation"]["action"] in {"move", "stay", "measure_first"}


def test_matrix_table(routefit: CommandLine, project: Path) -> None:
    ran = routefit("matrix", "--project", project)
    lines = ran.out.splitlines()
    assert next(line for line in lines if line.startswith("dear ")).endswith("$0.011 (now)")
    assert next(line for line in lines if line.startswith("idle ")).startswith("idle   closed API")
    verdict = next(line for line in lines if line.startswith("work: "))
    assert verdict.startswith(("work: move from dear to cheap", "work: measure ", "work: stay on dear"))
    assert "What would change it:" in ran.out


def test_funnel_json(routefit: CommandLine, project: Path) -> None:
    answer = routefit("funnel", "work", "--project", project, "--format", "json").json
    assert answer["workload"] == "work"
    assert [stage["stage"] for stage in answer["stages"]] == ["constraints", "screen", "economics", "matrix"]
    stage = answer["stages"][0]
    assert stage.keys() == {"stage", "in", "out", "candidates", "outdated"}
    assert stage["candidates"][0].keys() >= {
        *("route", "verdict", "constraint", "required", "offered", "reason", "evidence"),
    }
    assert routefit("funnel", "--project", project, "--format", "json").json == {"workloads": [answer]}


def test_status_json(routefit: CommandLine, project: Path) -> None:
    answer = routefit("status", "--project", project, "--format", "json").json
    assert answer.keys() >= {"window", "coverage", "units", "gaps", "next"}
    assert answer["units"].keys() >= {"unit_key", "one_call_share_rate", "calls_per_unit"}
    assert len(answer["next"]) <= 3
    assert all(one.keys() >= {"command", "worth_usd", "why"} for one in answer["next"])
    assert all(gap.keys() >= {"what", "calls", "usd", "remedy"} for gap in answer["gaps"])


def test_explain(routefit: CommandLine, project: Path) -> None:
    """Every input with label, source and date, and the paired difference."""
    ran = routefit("explain", "work", "cheap", "--against", "dear", "--project", project)
    assert ran.exit_code == 0
    assert "work on cheap: $0.0015" in ran.out
    assert "comparable: 60 common tasks" in ran.out
    assert "accepted on both 48, only on dear 6, only on cheap 0, on neither 6" in ran.out
    assert any(
        line.startswith("input price") and "1 USD per million tokens" in line and "PUBLIC" in line
        for line in ran.out.splitlines()
    )


def test_without_a_command_it_is_the_status(
    routefit: CommandLine, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project / "workloads")
    assert routefit().out == routefit("status").out


@pytest.mark.parametrize("arguments", [[], ["status"]], ids=["alone", "status"])
def test_status_without_a_project_says_how_to_start(routefit: CommandLine, arguments: list[str]) -> None:
    ran = routefit(*arguments)
    assert (ran.exit_code, ran.err) == (0, "")
    assert "no routefit.yaml in" in ran.out
    assert "routefit demo" in ran.out


def test_status_without_data(routefit: CommandLine) -> None:
    write_project(routefit.folder / "project")
    ran = routefit("status", "--project", "project")
    assert ran.exit_code == 0
    assert "no calls have been imported yet" in ran.out
    assert "routefit import calls FILE" in ran.out


def test_status_of_a_broken_project_is_0_too(routefit: CommandLine, project: Path) -> None:
    (project / "routefit.yaml").write_text("nam: x\n")
    ran = routefit("status", "--project", project)
    assert ran.exit_code == 0
    assert "routefit.yaml:1:1" in ran.out
    assert ran.err.startswith("error: 2 problems in the declared files:\nroutefit.yaml:1:1: ")
    assert "\n  next: correct the lines above" in ran.err
    as_json = routefit("status", "--project", project, "--format", "json")
    assert (as_json.exit_code, as_json.err) == (0, ran.err)
    assert as_json.json.keys() == {"error"}
    assert as_json.json["error"]["code"] == "declared_files"


def test_rebuild_says_what_a_new_price_moved(routefit: CommandLine, project: Path) -> None:
    assert "nothing to build" in routefit("rebuild", "--project", project).out
    route = project / "routes" / "dear.yaml"
    route.write_text(route.read_text().replace("10.00", "20.00"))
    assert (
        "Built the units of 1 day again, 2026-06-01 to 2026-06-01" in routefit("rebuild", "--project", project).out
    )
    answer = routefit("lcpr", "--project", project, "--format", "json").json
    dear = next(one for one in answer["cells"] if one["route"] == "dear")
    assert dear["lcpr_usd_per_accepted_unit"] == pytest.approx(0.0202 * 60 / 54)


def test_without_verdicts_the_break_even_is_said(routefit: CommandLine) -> None:
    """1,200 / 10,200 micro-USD = 11.8%; with 0.50 USD a failure 0.5012 / 0.5102 = 98.2%."""
    directory = write_project(routefit.folder / "project")
    rows = [call(route, f"t-{number}") for route in ("dear", "cheap") for number in range(40)]
    write_json_lines(routefit.folder / "calls.jsonl", rows)
    routefit("import", "calls", "calls.jsonl", "--project", directory)
    ran = routefit("lcpr", "--project", directory)
    assert ran.exit_code == 0
    assert "work: no verdicts, so US dollars per unit; per answer at least as much" in ran.out
    text = " ".join(ran.out.split())
    assert "cheap stays cheaper than dear as long as it gets more than 11.8% of dear's acceptance" in text
    assert "at $0.50 a failure: 98.2%" in text
    assert "at least $0.0012" in ran.out


@pytest.mark.parametrize(
    ("unpriced", "words"),
    [
        pytest.param(
            "dear",
            "x being at most 12.1; at $0.50 a failure at most 98.3 (dear",
            id="the dearer has gaps",
        ),
        pytest.param(
            "cheap",
            "x being at least 11.5; at $0.50 a failure at least 98.2 (cheap",
            id="the cheaper has gaps",
        ),
    ],
)
def test_a_break_even_on_lower_bounds_says_so(routefit: CommandLine, unpriced: str, words: str) -> None:
    directory = write_project(routefit.folder / "project")
    rows = [call(route, f"t-{number}") for route in ("dear", "cheap") for number in range(40)]
    rows[0 if unpriced == "dear" else 40]["input_tokens"] = None
    write_json_lines(routefit.folder / "calls.jsonl", rows)
    routefit("import", "calls", "calls.jsonl", "--project", directory)
    assert f"{words}'s cost is a lower bound)" in " ".join(routefit("lcpr", "--project", directory).out.split())


def test_of_many_routes_only_pairs_with_the_current_one_are_shown(routefit: CommandLine) -> None:
    """Nine routes make 36 pairs, 8 of them with the current route; 6 are shown, the others counted."""
    directory = write_project(routefit.folder / "project")
    rows = [
        call(name, f"{name}-{number}", cost_usd=0.001 * place)
        for place, name in enumerate(("a", "b", "c", "d", "dear", "e", "f", "g", "h"), start=1)
        for number in range(2)
    ]
    write_json_lines(routefit.folder / "calls.jsonl", rows)
    routefit("import", "calls", "calls.jsonl", "--project", directory)
    text = " ".join(routefit("lcpr", "--project", directory).out.split())
    assert text.count(" stays cheaper than ") == 6
    assert all("dear" in pair.split(" as long")[0] for pair in text.split("would tell.")[:6])
    assert "and 30 more pairs: routefit lcpr --format json." in text
    every = routefit("lcpr", "--project", directory, "--format", "json").json["break_even"]
    assert (len(every), sum(one["has_reference"] for one in every)) == (36, 8)


def test_tokens_that_no_call_carries_are_unknown_and_not_zero(routefit: CommandLine) -> None:
    directory = write_project(routefit.folder / "project")
    rows = [call("dear", f"t-{number}", cost_usd=0.5) for number in range(4)]
    for row in rows:
        del row["input_tokens"], row["output_tokens"]
    write_json_lines(routefit.folder / "calls.jsonl", rows)
    routefit("import", "calls", "calls.jsonl", "--project", directory)
    answer = routefit("explain", "work", "dear", "--project", directory, "--format", "json").json
    tokens = {one["name"]: one for one in answer["inputs"] if one["name"].endswith(" tokens")}
    for name in ("input tokens", "cached input tokens", "output tokens"):
        assert (tokens[name]["value"], tokens[name]["label"]) == (None, "UNKNOWN")


def test_declared_facts_read_as_people_write_them(routefit: CommandLine, project: Path) -> None:
    route = project / "routes" / "cheap.yaml"
    route.write_text(route.read_text() + "tool_use: true\nregions: []\n")
    answer = routefit("explain", "work", "cheap", "--project", project, "--format", "json").json
    values = {one["name"]: one["value"] for one in answer["inputs"]}
    assert values["demand"] == "1,000,000 units a month"
    assert (values["tool use"], values["context tokens"], values["regions"]) == ("yes", "100,000", "none")


def test_what_is_of_the_sample_is_said(routefit: CommandLine, project: Path) -> None:
    """Sums are of the sample, monthly figures of the full volume."""
    (project / "routefit.yaml").write_text("name: small\nsampling: {unit_rate: 0.02}\n")
    asked = {
        name: " ".join(routefit(*name.split(), "--project", project).out.split())
        for name in ("status", "matrix", "funnel", "explain work cheap")
    }
    assert all("1 unit in 50 of the real volume" in text for text in asked.values())
    assert " in the sample), " in asked["status"]
    assert "savings at full volume" in asked["status"]
    assert "a month at full volume" in asked["matrix"]
    assert "USD in the sample" in asked["explain work cheap"]


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(["--format", "json"], id="format"),
        pytest.param(["--as-of", "2026-06-02"], id="as of"),
        pytest.param(["--from", "2026-06-01"], id="days"),
    ],
)
def test_options_without_a_command_are_those_of_status(
    routefit: CommandLine, project: Path, options: list[str]
) -> None:
    alone = routefit("--project", project, *options)
    assert (alone.exit_code, alone.out) == (0, routefit("status", "--project", project, *options).out)


def test_a_price_gap_comes_with_the_line_to_paste(routefit: CommandLine) -> None:
    directory = write_project(routefit.folder / "project")
    rows = [call("odd", f"t-{number}", provider="openai", model="gpt-4o-minny") for number in range(3)]
    rows += [call("dear", "t-9")]
    write_json_lines(routefit.folder / "calls.jsonl", rows)
    routefit("import", "calls", "calls.jsonl", "--project", directory)
    answer = routefit("status", "--project", directory, "--format", "json").json
    gap = next(one for one in answer["gaps"] if "no price known" in one["what"])
    step = next(one for one in answer["next"] if "has no known price" in one["why"])
    assert step["command"] == gap["remedy"]
    assert "model_aliases" in gap["remedy"] or "prices/*.yaml" in gap["remedy"]


def test_calls_without_any_name_are_on_a_route_that_says_so(routefit: CommandLine) -> None:
    directory = write_project(routefit.folder / "project")
    rows = [call("dear", "t-1", provider=None, model=None, cost_usd=0.1) | {"route": None}]
    write_json_lines(routefit.folder / "calls.jsonl", rows)
    routefit("import", "calls", "calls.jsonl", "--project", directory)
    (cell,) = routefit("lcpr", "--project", directory, "--format", "json").json["cells"]
    assert cell["route"] == "(no model)"
