"""`routefit import`: what goes in, what is said about the rest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from command_line import CommandLine, write_json_lines
from small_project import call, outcome, write_project

MAP = """\
files: "{route}/results.json"
rows: items($)
calls:
  call_id: $key
  unit_id: $key
  workload: {const: work}
  route: path.route
  provider: {const: acme}
  model: {const: big}
  started_at: utc(when)
  input_tokens: int(tokens.in)
  output_tokens: int(tokens.out)
outcomes:
  unit_id: $key
  workload: {const: work}
  route: path.route
  accepted: bool(passed)
"""


@pytest.fixture
def empty_project(routefit: CommandLine) -> Path:
    return write_project(routefit.folder / "project")


@pytest.fixture
def mapped_folder(tmp_path: Path) -> Path:
    """Results of two routes in a shape of their own, and a map that reads it."""
    (tmp_path / "map.yaml").write_text(MAP)
    for route in ("dear", "cheap"):
        rows = {
            f"{route}-{number}": {
                "when": f"2026-06-01 0{number}:00:00",
                "tokens": {"in": 10, "out": 5},
                "passed": number > 0,
            }
            for number in range(3)
        }
        (tmp_path / "runs" / route).mkdir(parents=True)
        (tmp_path / "runs" / route / "results.json").write_text(json.dumps(rows))
    return tmp_path / "runs"


def row_of(table: str, name: str) -> list[str]:
    """The figures of the line that begins with a file's name."""
    return next(line for line in table.splitlines() if line.startswith(name)).split()[1:]


def test_summary(routefit: CommandLine, empty_project: Path, calls_file: Path) -> None:
    """read, imported, duplicate, rejected, unpriced, days; twice is once."""
    ran = routefit("import", "calls", calls_file, "--project", empty_project)
    assert (ran.exit_code, ran.err) == (0, "")
    assert row_of(ran.out, "calls.jsonl") == ["calls", "120", "120", "0", "0", "0", "2026-06-01"]
    assert "120 rows imported, 0 known already." in ran.out
    again = routefit("import", "calls", calls_file, "--project", empty_project)
    assert again.exit_code == 0
    assert row_of(again.out, "calls.jsonl") == ["calls", "120", "0", "120", "0", "0", "2026-06-01"]
    assert "already imported" in again.err


def test_bad_rows_are_listed_and_the_good_go_in(routefit: CommandLine, empty_project: Path) -> None:
    rows = [call("dear", f"t-{number}") for number in range(4)]
    rows[1]["output_tokens"] = -5
    rows[2]["rolle"] = "first"
    write_json_lines(routefit.folder / "calls.jsonl", rows)
    ran = routefit("import", "calls", "calls.jsonl", "--project", empty_project)
    assert ran.exit_code == 0
    assert row_of(ran.out, "calls.jsonl")[1:5] == ["4", "3", "0", "1"]
    assert "calls.jsonl:2: output_tokens" in ran.out
    assert "-5" in ran.out
    assert "all of them are in" in ran.out
    assert "1 row of 4 rejected" in ran.err
    assert "'role'" in ran.err


def test_strict_refuses_the_file(routefit: CommandLine, empty_project: Path) -> None:
    rows = [call("dear", "t-1"), call("dear", "t-2") | {"input_tokens": "many"}]
    write_json_lines(routefit.folder / "calls.jsonl", rows)
    ran = routefit("import", "calls", "calls.jsonl", "--strict", "--project", empty_project)
    assert (ran.exit_code, ran.out) == (2, "")
    assert "--strict refuses" in ran.err
    assert routefit("status", "--project", empty_project, "--format", "json").json["window"] is None


def test_strict_tells_of_bad_rows_of_a_file_known_before(routefit: CommandLine, empty_project: Path) -> None:
    rows = [call("dear", "t-1"), call("dear", "t-2") | {"input_tokens": "many"}]
    write_json_lines(routefit.folder / "calls.jsonl", rows)
    assert routefit("import", "calls", "calls.jsonl", "--project", empty_project).exit_code == 0
    assert routefit("import", "calls", "calls.jsonl", "--project", empty_project).exit_code == 0
    assert routefit("import", "calls", "calls.jsonl", "--strict", "--project", empty_project).exit_code == 2


def test_what_is_missing_comes_next(
    routefit: CommandLine, empty_project: Path, calls_file: Path, outcomes_file: Path
) -> None:
    first = routefit("import", "calls", calls_file, "--project", empty_project)
    assert "Next: routefit import outcomes FILE or routefit lcpr" in first.out
    assert "Next: routefit lcpr" in routefit("import", "outcomes", outcomes_file, "--project", empty_project).out


def test_calls_without_a_workload_ask_for_discover(routefit: CommandLine, empty_project: Path) -> None:
    write_json_lines(routefit.folder / "calls.jsonl", [call("dear", "t-1", workload=None)])
    ran = routefit("import", "calls", "calls.jsonl", "--project", empty_project)
    assert "Next: routefit discover\n" in ran.out


def test_scores_that_no_rule_reads_ask_for_their_meaning(
    routefit: CommandLine, empty_project: Path, calls_file: Path
) -> None:
    routefit("import", "calls", calls_file, "--project", empty_project)
    write_json_lines(routefit.folder / "scores.jsonl", [{"unit_id": "t-1", "name": "judge", "value": 1}])
    ran = routefit("import", "scores", "scores.jsonl", "--project", empty_project)
    words = "verdict rules in workloads/*.yaml, which say what a score means, then routefit lcpr"
    assert words in " ".join(ran.out.split())


def test_invoices_lead_to_the_bill(routefit: CommandLine, empty_project: Path, calls_file: Path) -> None:
    routefit("import", "calls", calls_file, "--project", empty_project)
    line = {"provider": "acme", "period_start": "2026-06-01", "period_end": "2026-07-01", "amount_usd": 3}
    write_json_lines(routefit.folder / "bill.jsonl", [line])
    ran = routefit("import", "invoices", "bill.jsonl", "--project", empty_project)
    assert "Next: routefit spend\n" in ran.out


OTHER_KINDS: dict[str, dict[str, Any]] = {
    "litellm": {"request_id": "r", "startTime": "2026-06-01T00:00:00Z", "spend": 1, "model": "big"},
    "otel": {"resourceSpans": []},
    "langfuse": {"id": "o", "traceId": "t", "startTime": "2026-06-01T00:00:00Z", "type": "GENERATION"},
    "outcomes": {"unit_id": "u", "accepted": True},
    "labels": {"unit_id": "u", "accepted": True, "labelled_by": "p"},
    "scores": {"unit_id": "u", "name": "judge", "value": 1},
    "invoices": {"provider": "p", "period_start": "2026-06-01", "period_end": "2026-07-01", "amount_usd": 1},
    "capacity": {"route": "r", "start": "2026-06-01", "end": "2026-06-02", "replicas": 1},
}


@pytest.mark.parametrize(
    ("kind", "suffix"),
    [(kind, suffix) for kind in OTHER_KINDS for suffix in ("jsonl", "csv") if (kind, suffix) != ("otel", "csv")],
)
def test_a_file_of_another_kind_names_the_right_word(
    routefit: CommandLine, empty_project: Path, kind: str, suffix: str
) -> None:
    """Given to `import calls`, where all its rows would be refused for a reason that does not help."""
    row = OTHER_KINDS[kind]
    file = routefit.folder / f"x.{suffix}"
    if suffix == "jsonl":
        write_json_lines(file, [row])
    else:
        file.write_text(",".join(row) + "\n" + ",".join(map(str, row.values())) + "\n")
    ran = routefit("import", "calls", f"x.{suffix}", "--project", empty_project)
    assert ran.exit_code == 2
    assert f"x.{suffix} looks like " in ran.err
    assert f"next: `routefit import {kind} x.{suffix}`" in ran.err


def test_calls_given_as_outcomes_name_the_right_word(
    routefit: CommandLine, empty_project: Path, calls_file: Path
) -> None:
    ran = routefit("import", "outcomes", calls_file, "--project", empty_project)
    assert f"next: `routefit import calls {calls_file}`" in ran.err


def test_calls_with_bad_rows_only_are_calls_all_the_same(routefit: CommandLine, empty_project: Path) -> None:
    write_json_lines(routefit.folder / "calls.jsonl", [call("dear", "t-1") | {"input_tokens": "many"}])
    ran = routefit("import", "calls", "calls.jsonl", "--project", empty_project)
    assert "1 of 1 rows rejected" in ran.err


def test_many_files_are_one_line(routefit: CommandLine, empty_project: Path) -> None:
    folder = routefit.folder / "logs"
    folder.mkdir()
    for number in range(14):
        write_json_lines(folder / f"{number}.jsonl", [call("dear", f"t-{number}")])
    ran = routefit("import", "calls", "logs", "--project", empty_project)
    assert row_of(ran.out, "logs/") == ["14", "calls", "14", "14", "0", "0", "0", "2026-06-01"]
    again = routefit("import", "calls", "logs", "--project", empty_project)
    assert again.err == "warning: 14 files are already imported\n"


def test_one_file_fails_the_others_go_in(routefit: CommandLine, empty_project: Path, calls_file: Path) -> None:
    (routefit.folder / "empty.jsonl").write_text("")
    ran = routefit("import", "calls", "empty.jsonl", calls_file, "--project", empty_project)
    assert ran.exit_code == 2
    assert "nothing of empty.jsonl was imported" in ran.out
    assert "empty.jsonl: nothing imported" in ran.err
    assert row_of(ran.out, "calls.jsonl")[1:3] == ["120", "120"]


def test_unpriced_calls_are_counted_by_file(routefit: CommandLine, empty_project: Path) -> None:
    known = write_json_lines(routefit.folder / "known.jsonl", [call("dear", "t-1"), call("dear", "t-2")])
    rows = [call("odd", f"t-{number}", provider="nobody", model="never-heard-of") for number in (3, 4, 5)]
    unknown = write_json_lines(routefit.folder / "unknown.jsonl", rows)
    ran = routefit("import", "calls", known, unknown, "--project", empty_project, "--format", "json")
    assert [(Path(one["file"]).name, one["unpriced"]) for one in ran.json["files"]] == [
        ("known.jsonl", 0),
        ("unknown.jsonl", 3),
    ]


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(["import", "--map", "map.yaml", "runs"], id="kinds from the map"),
        pytest.param(["import", "auto", "runs", "--map", "map.yaml"], id="auto"),
        pytest.param(
            ["import", *(f"runs/{r}/results.json" for r in ("dear", "cheap")), "--map", "map.yaml"], id="files"
        ),
        pytest.param(["import", "--map", "map.yaml", "runs/*/results.json"], id="pattern"),
    ],
)
def test_a_map_yields_calls_and_outcomes(
    routefit: CommandLine, empty_project: Path, mapped_folder: Path, given: list[str]
) -> None:
    ran = routefit(*given, "--project", empty_project, "--format", "json")
    assert ran.exit_code == 0, ran.err
    found = {(one["file"], one["kind"], one["imported"]) for one in ran.json["files"]}
    files = {str(Path("runs") / route / "results.json") for route in ("dear", "cheap")}
    assert found == {(file, kind, 3) for file in files for kind in ("calls", "outcomes")}


@pytest.mark.parametrize(
    "given", [["calls", "runs", "--map", "map.yaml"], ["--map", "map.yaml", "calls", "runs"]], ids=" ".join
)
def test_a_kind_narrows_a_map(
    routefit: CommandLine, empty_project: Path, mapped_folder: Path, given: list[str]
) -> None:
    ran = routefit("import", *given, "--project", empty_project, "--format", "json")
    assert {one["kind"] for one in ran.json["files"]} == {"calls"}


@pytest.mark.parametrize(
    ("given", "what"),
    [
        pytest.param(["calls", "folder"], "no file in folder can be read", id="empty folder"),
        pytest.param(["calls", "x*.jsonl"], "no file fits the pattern 'x*.jsonl'", id="pattern"),
        pytest.param(["folder", "--map", "map.yaml"], "no file in folder fits `files:", id="folder and map"),
        pytest.param(["--map", "map.yaml"], "no file to import was given", id="map alone"),
        pytest.param(
            ["calls", "a.jsonl", "--map", "nowhere.yaml"], "map nowhere.yaml cannot be read", id="no map"
        ),
    ],
)
def test_nothing_to_import(
    routefit: CommandLine, empty_project: Path, mapped_folder: Path, given: list[str], what: str
) -> None:
    (routefit.folder / "folder").mkdir()
    ran = routefit("import", *given, "--project", empty_project)
    assert ran.exit_code == 2
    assert what in ran.err


def test_quiet_says_nothing_on_stderr(routefit: CommandLine, empty_project: Path) -> None:
    write_json_lines(routefit.folder / "calls.jsonl", [call("dear", "t-1") | {"rolle": "first"}])
    assert routefit("import", "calls", "calls.jsonl", "-q", "--project", empty_project).err == ""


def test_import_as_of_is_known_from_then_on(routefit: CommandLine, empty_project: Path, calls_file: Path) -> None:
    """Knowledge time and the clock are one."""
    routefit("import", "calls", calls_file, "--project", empty_project, "--as-of", "2026-06-10")
    before = routefit("lcpr", "--project", empty_project, "--as-of", "2026-06-09")
    after = routefit("lcpr", "--project", empty_project, "--as-of", "2026-06-10", "--format", "json")
    assert before.exit_code == 3
    assert sum(cell["units"] for cell in after.json["cells"]) == 120


def test_outcomes_may_come_first(routefit: CommandLine, empty_project: Path) -> None:
    write_json_lines(routefit.folder / "outcomes.jsonl", [outcome("dear", "t-1", accepted=True)])
    ran = routefit("import", "outcomes", "outcomes.jsonl", "--project", empty_project, "--format", "json")
    assert ran.exit_code == 0
    assert [(one["imported"], one["unpriced"]) for one in ran.json["files"]] == [(1, None)]
