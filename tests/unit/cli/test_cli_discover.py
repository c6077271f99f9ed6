"""`routefit discover` and `routefit add route` as they are typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_line import CommandLine, write_json_lines
from discover_cases import calls, declared_texts

AS_OF = ("--as-of", "2026-06-20")


@pytest.fixture
def raw(routefit: CommandLine) -> Path:
    """A fresh project with the calls of two teams, a judge, and calls that nothing names."""
    rows = calls("u@a", attributes={"team_alias": "support"}, unit="tag.ticket_id", per_unit=1)
    rows += calls("u@j", 20, attributes={"team_alias": "qa", "key_alias": "judge"}, unit="tag.ticket_id")
    rows += calls("b", 30, attributes={"team_alias": "search"}, provider="hosted_vllm", model="llama-x")
    rows += calls("c", 5)
    file = write_json_lines(routefit.folder / "calls.jsonl", rows)
    assert routefit("init", "acme").exit_code == 0
    assert routefit("import", "calls", file, "--project", "acme", *AS_OF).exit_code == 0
    return routefit.folder / "acme"


def test_from_a_raw_file_to_a_cost_table(routefit: CommandLine, raw: Path) -> None:
    """The third command prints the groups, what it wrote, what is open, and the costs."""
    ran = routefit("discover", "--project", raw, *AS_OF)
    assert ran.exit_code == 0, ran.err
    for line in (
        "115 calls with $0.297 of known cost; 115 calls without a workload.",
        "Without a workload still: 5 calls ($0.018) that nothing names.",
        "routefit.yaml: 3 rules",
        "workloads/: support, search",
        "support, grading",
        "(no workload)",
    ):
        assert line in ran.out
    assert "team_alias: search" in (raw / "routefit.yaml").read_text()


@pytest.mark.parametrize("columns", [80, 100, 160])
def test_tables_fit_the_terminal(
    routefit: CommandLine, raw: Path, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    """Only the files of a dry run are as wide as they are."""
    monkeypatch.setenv("COLUMNS", str(columns))
    ran = routefit("discover", "--project", raw, *AS_OF)
    assert max(map(len, ran.out.splitlines())) <= columns


def test_json_of_a_dry_run(routefit: CommandLine, raw: Path) -> None:
    """Unknown is null, nothing is written, and the files are in the document."""
    before = declared_texts(raw)
    answer = routefit("discover", "--project", raw, "--dry-run", "--format", "json", *AS_OF).json
    assert declared_texts(raw) == before
    assert set(answer) >= {"window", "groups", "rest", "written", "kept", "left_unknown"}
    groups = {(group["workload"], group["role"]): group for group in answer["groups"]}
    assert set(groups) == {("support", None), ("support", "grader"), ("search", None)}
    assert groups["search", None]["usd"] is None
    assert groups["support", None]["when"] == {"team_alias": "support"}
    assert [file["file"] for file in answer["proposed"]][-1] == "routefit.yaml"
    assert answer["rest"]["nameless_calls"] == 5


def test_a_dry_run_shows_whole_lines(routefit: CommandLine, raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule is one line at any width, so that it can be copied."""
    monkeypatch.setenv("COLUMNS", "60")
    out = routefit("discover", "--project", raw, "--dry-run", *AS_OF).out
    assert "  - {when: {team_alias: support}, workload: support, unit: tag.ticket_id, owner: support}\n" in out
    assert "Wrote" not in out


def test_without_calls(routefit: CommandLine) -> None:
    """Exit code 3, and how to get some."""
    routefit("init", "acme")
    ran = routefit("discover", "--project", "acme")
    assert ran.exit_code == 3
    assert "next: routefit import calls FILE" in ran.err


def test_add_route(routefit: CommandLine, raw: Path) -> None:
    """It says what is known and what is not; the file is there, and a second time it is refused by name."""
    command = ("add", "route", "anthropic/claude-sonnet-4-5", "--project", raw, *AS_OF)
    ran = routefit(*command)
    assert ran.exit_code == 0, ran.err
    assert "known, PUBLIC: prices and context_tokens" in ran.out
    text = (raw / "routes" / "claude-sonnet-4-5.yaml").read_text()
    assert "context_tokens: {value: 200000, label: PUBLIC, source: genai-prices " in text
    assert routefit("check", "--project", raw).exit_code == 0
    again = routefit(*command)
    assert again.exit_code == 2
    assert "routes/claude-sonnet-4-5.yaml" in again.err
    assert (raw / "routes" / "claude-sonnet-4-5.yaml").read_text() == text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["anthropic/claude-sonet-4-5"], "anthropic/claude-sonnet-4-5", id="a misspelt model"),
        pytest.param(["antropic/claude-sonnet-4-5"], "anthropic/claude-sonnet-4-5", id="a misspelt provider"),
        pytest.param(["claude-sonnet-4-5"], "expected PROVIDER/MODEL", id="no provider"),
        pytest.param(["openai/gpt-4o", "--id", "../x"], "--id: got '../x'", id="an id that is a path"),
        pytest.param(["acme/zzzzzz"], "the public catalog does not know 'acme/zzzzzz'", id="nothing near"),
    ],
)
def test_routes_that_cannot_be_added(routefit: CommandLine, raw: Path, arguments: list[str], said: str) -> None:
    """Exit code 2 and words; nothing is written."""
    ran = routefit("add", "route", *arguments, "--project", raw)
    assert ran.exit_code == 2
    assert said in ran.err
    assert list((raw / "routes").glob("*.yaml")) == []


def test_a_file_in_the_way(routefit: CommandLine, raw: Path) -> None:
    """Also one that declares another id."""
    (raw / "routes" / "gpt-4o.yaml").write_text("id: mine\n")
    ran = routefit("add", "route", "openai/gpt-4o", "--project", raw)
    assert ran.exit_code == 2
    assert "gpt-4o.yaml exists already" in ran.err


def test_the_same_model_twice_needs_an_id(routefit: CommandLine, raw: Path) -> None:
    """Another configuration of a model is another route, and says so."""
    assert routefit("add", "route", "openai/gpt-4o", "--project", raw).exit_code == 0
    ran = routefit("add", "route", "openai/gpt-4o-2024-08-06", "--project", raw)
    assert ran.exit_code == 2
    assert "the route gpt-4o is openai/gpt-4o-2024-08-06 already" in ran.err
    assert routefit("add", "route", "openai/gpt-4o", "--id", "gpt-4o-eu", "--project", raw).exit_code == 0
