"""What `discover` writes, keeps and leaves to people, and the costs that its rules give."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from discover_cases import NOW, by_workload, calls, declared_texts, discovered, project_with
from routefit.answers.lcpr import lcpr
from routefit.answers.matrix import matrix
from routefit.answers.workspace import Workspace
from routefit.errors import CannotTellError, DeclaredFilesError
from routefit.project import check_project, load_project
from small_project import write_project

SUPPORT = {"team_alias": "support"}


def test_the_cost_table_is_what_the_rules_give(tmp_path: Path) -> None:
    """60 calls of 1,000 and 100 tokens at 2.50 and 10 USD per million, in 30 tickets."""
    directory = project_with(tmp_path / "p", calls("a", attributes=SUPPORT, unit="tag.ticket_id", per_unit=2))
    (row,) = discovered(directory).costs
    assert (row.workload, row.calls, row.units, row.calls_per_unit) == ("support", 60, 30, 2.0)
    assert row.usd == pytest.approx(60 * 0.0035)
    assert row.usd_per_unit == pytest.approx(2 * 0.0035)
    assert row.one_call_share_rate == 0.0


def test_the_files_say_what_is_known(tmp_path: Path) -> None:
    """Owner, name of the unit and route of today; the context window with where it is said; the rest is absent."""
    directory = project_with(tmp_path / "p", calls("a", attributes=SUPPORT))
    answer = discovered(directory)
    assert answer.written == ("workloads/support.yaml", "routes/gpt-4o.yaml", "routefit.yaml")
    project = load_project(directory)
    workload, route = project.workloads["support"], project.routes["gpt-4o"]
    assert (workload.owner, workload.unit.name) == ("support", "accepted result")
    assert workload.planning.current_route == "gpt-4o"
    assert workload.workload_class is None
    assert workload.unit.quality_floor_rate is None
    assert (route.provider, route.model, route.mode) == ("openai", "gpt-4o", None)
    fact = route.context_tokens
    assert (fact.value, fact.label, fact.source) == (128_000, "PUBLIC", fact.source)
    assert fact.source is not None
    assert fact.source.startswith("genai-prices ")
    assert fact.as_of is not None
    assert date(2026, 1, 1) < fact.as_of <= NOW.date()
    assert not route.regions.is_known
    assert not route.structured_output.is_known


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    """Neither a file nor a byte of one; and the answer has nothing left to propose."""
    directory = project_with(
        tmp_path / "p",
        calls("a", attributes=SUPPORT | {"key_alias": "k"}),
        calls("b", 3, attributes={"team_alias": "tiny"}),
        calls("c"),
    )
    discovered(directory)
    before = declared_texts(directory)
    again = discovered(directory)
    assert declared_texts(directory) == before
    assert (again.groups, again.written, again.kept) == ((), (), ())


def test_what_stands_in_the_file_stays(tmp_path: Path) -> None:
    """Every line of routefit.yaml is still there, in its order; the new rules come behind the old ones."""
    config = """\
# ours
name: small   # the name

attribution:
# first of all
- when: {key_alias: mine}   # by hand
  workload: mine

# aliases of the gateway
model_aliases: {big: gpt-4o}
"""
    directory = project_with(
        tmp_path / "p",
        calls("a", attributes={"key_alias": "mine"}),
        calls("b", attributes=SUPPORT, requested_model="fast", model="gpt-4o-mini"),
        config=config,
    )
    discovered(directory)
    text = (directory / "routefit.yaml").read_text()
    kept = iter(text.splitlines())
    missing = [line for line in config.splitlines() if line not in kept]
    assert missing == ["model_aliases: {big: gpt-4o}"]
    assert "model_aliases: {big: gpt-4o, fast: gpt-4o-mini}\n" in text
    rules = load_project(directory).config.attribution
    assert [rule.workload for rule in rules] == ["mine", "support"]


def test_files_that_exist_are_kept(tmp_path: Path) -> None:
    """One that says something else is named; a workload that is declared already is not proposed again."""
    directory = project_with(tmp_path / "p", calls("a", attributes=SUPPORT))
    mine = "id: support\nowner: somebody\n"
    (directory / "workloads" / "support.yaml").write_text(mine)
    (directory / "routes" / "gpt-4o.yaml").write_text("id: other\n")
    answer = discovered(directory)
    assert (directory / "workloads" / "support.yaml").read_text() == mine
    assert answer.kept == ("workloads/support.yaml", "routes/gpt-4o.yaml")
    assert not by_workload(answer)["support"].is_new
    assert answer.written == ("routefit.yaml",)


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    """It shows the files instead, and they are those that a real run writes."""
    directory = project_with(tmp_path / "p", calls("a", attributes=SUPPORT))
    before = declared_texts(directory)
    answer = discovered(directory, is_dry_run=True)
    assert declared_texts(directory) == before
    assert answer.written == ()
    discovered(directory)
    after = declared_texts(directory)
    for file in answer.proposed:
        assert file.text in after[file.file] or file.file == "routefit.yaml"
    assert {file.file for file in answer.proposed} == {name for name in after if after[name] != before.get(name)}


@pytest.mark.parametrize(
    ("team", "name"),
    [
        pytest.param("Customer Support (EU)", "customer-support-eu", id="spaces and case"),
        pytest.param("Größe/Müller", "grosse-muller", id="letters with marks, a slash"),
        pytest.param("../../etc", "etc", id="a path"),
        pytest.param("支持", "work-d93373f8", id="no letter of an id"),
        pytest.param("model", "model-work", id="the name of a field"),
        pytest.param("true", "true", id="what YAML reads as a truth value"),
        pytest.param('a "quoted": {name}, [x] # y', "a-quoted-name-x-y", id="what YAML gives a meaning"),
    ],
)
def test_names_of_teams(tmp_path: Path, team: str, name: str) -> None:
    """Any name becomes an id, and the rule still finds its calls."""
    directory = project_with(tmp_path / "p", calls("a", attributes={"team_alias": team}))
    answer = discovered(directory)
    assert [(row.workload, row.calls) for row in answer.costs] == [(name, 60)]
    assert check_project(directory).is_ok
    assert load_project(directory).workloads[name].owner == team


def test_two_teams_of_one_id(tmp_path: Path) -> None:
    """The second gets a number; both keep their calls."""
    directory = project_with(
        tmp_path / "p",
        calls("a", 90, attributes={"team_alias": "Support"}),
        calls("b", 60, attributes={"team_alias": "support"}),
    )
    assert [(row.workload, row.calls) for row in discovered(directory).costs] == [
        ("support", 90),
        ("support-2", 60),
    ]


def test_a_workload_of_the_log_stays(tmp_path: Path) -> None:
    """A rule for the team's other calls does not take those that carry their workload."""
    directory = project_with(
        tmp_path / "p",
        calls("a", 40, attributes=SUPPORT, workload="known"),
        calls("b", 60, attributes=SUPPORT),
    )
    answer = discovered(directory)
    assert answer.groups[0].when == {"team_alias": "support", "workload": None}
    assert {row.workload: row.calls for row in answer.costs} == {"known": 40, "support": 60}


def test_a_gateway_group_becomes_an_alias(tmp_path: Path) -> None:
    """Where no list knows the name and one model served at least 80% of its calls."""
    rows = calls("a", 90, attributes=SUPPORT, requested_model="prod-fast")
    rows += calls("b", 10, attributes=SUPPORT, requested_model="prod-fast", model="gpt-4o-mini")
    rows += calls("c", 30, attributes=SUPPORT, requested_model="prod-mixed")
    rows += calls("d", 30, attributes=SUPPORT, requested_model="prod-mixed", model="gpt-4o-mini")
    rows += calls("e", 30, attributes=SUPPORT, requested_model="gpt-4.1")
    answer = discovered(project_with(tmp_path / "p", rows))
    assert answer.model_aliases == {"prod-fast": "gpt-4o"}


def test_a_server_of_ones_own_has_a_place_for_its_capacity(tmp_path: Path) -> None:
    """It is self-managed, priced by nothing yet, and that is said; its cost is unknown and not 0."""
    directory = project_with(
        tmp_path / "p", calls("a", attributes=SUPPORT, provider="hosted_vllm", model="acme/llama-tuned")
    )
    answer = discovered(directory)
    assert load_project(directory).routes["llama-tuned"].mode == "self_managed"
    assert "#   gpu_usd_per_hour" in (directory / "routes" / "llama-tuned.yaml").read_text()
    assert any("a server of your own" in line for line in answer.left_unknown)
    assert (answer.usd, answer.groups[0].usd, answer.costs[0].usd) == (None, None, None)
    assert answer.groups[0].is_shown


def test_a_model_that_no_list_knows(tmp_path: Path) -> None:
    """It gets a route without any fact, and a line on what to do."""
    directory = project_with(tmp_path / "p", calls("a", attributes=SUPPORT, model="house-blend", cost_usd=0.01))
    answer = discovered(directory)
    assert answer.groups[0].usd == pytest.approx(0.6)
    assert any("no price list knows house-blend of openai" in line for line in answer.left_unknown)
    assert not load_project(directory).routes["house-blend"].context_tokens.is_known


def test_spellings_of_one_model_are_one_route(tmp_path: Path) -> None:
    """Two would leave no call with exactly one route."""
    directory = project_with(
        tmp_path / "p",
        calls("a", attributes=SUPPORT, model="gpt-4o"),
        calls("b", attributes=SUPPORT, model="gpt-4o-2024-08-06"),
        calls("c", attributes=SUPPORT, model="openai/gpt-4o"),
    )
    discovered(directory)
    assert set(load_project(directory).routes) == {"gpt-4o"}


def test_head_sampling_is_declared(tmp_path: Path) -> None:
    """Where all calls agree on the rate; monthly amounts are scaled up by it."""
    rows = calls("a", attributes=SUPPORT | {"sample_rate": 0.25})
    directory = project_with(tmp_path / "p", rows)
    answer = discovered(directory)
    sampling = load_project(directory).config.sampling
    assert (sampling.unit_rate, sampling.method) == (0.25, "head")
    assert answer.sampled_unit_rate == 0.25


def test_sampling_that_differs_is_not_declared(tmp_path: Path) -> None:
    """No single rate scales it."""
    directory = project_with(
        tmp_path / "p",
        calls("a", attributes=SUPPORT | {"sample_rate": 0.25}),
        calls("b", attributes=SUPPORT | {"sample_rate": 0.5}),
    )
    discovered(directory)
    assert load_project(directory).config.sampling.unit_rate == 1.0


def test_a_customer_that_only_a_tag_names(tmp_path: Path) -> None:
    """The rule says where the customer is; a log that says it needs no word."""
    directory = project_with(
        tmp_path / "p",
        calls("a", attributes=SUPPORT, unit="tag.tenant_id", per_unit=3),
        calls("b", attributes={"team_alias": "search", "tag.tenant": "t"}, customer="someone"),
    )
    discovered(directory)
    customers = {rule.workload: rule.customer for rule in load_project(directory).config.attribution}
    assert customers == {"support": "tag.tenant_id", "search": None}


def test_questions_work_afterwards(tmp_path: Path) -> None:
    """LCPR and matrix answer, and check finds no problem."""
    directory = project_with(
        tmp_path / "p",
        calls("a", attributes=SUPPORT, unit="session_id", per_unit=2),
        calls("b", attributes={"team_alias": "search"}, model="gpt-4o-mini"),
    )
    discovered(directory)
    assert check_project(directory).is_ok
    with Workspace(directory, as_of=NOW) as workspace:
        cells = {(cell.workload, cell.route): cell.units for cell in lcpr(workspace).cells}
        named = {line.workload for line in matrix(workspace).workloads}
    assert cells == {("support", "gpt-4o"): 30, ("search", "gpt-4o-mini"): 60}
    assert named == {"support", "search"}


def test_without_calls(tmp_path: Path) -> None:
    """There is nothing to look at, and the next step says how to get there."""
    with pytest.raises(CannotTellError, match="no calls in the ledger") as raised:
        discovered(write_project(tmp_path / "p", workloads={}, routes={}))
    assert raised.value.next_step is not None
    assert "routefit import" in raised.value.next_step


def test_a_broken_project_file(tmp_path: Path) -> None:
    """It is refused as everywhere, before anything is written."""
    directory = project_with(tmp_path / "p", calls("a", attributes=SUPPORT))
    (directory / "routefit.yaml").write_text("name: small\nattribution: [\n")
    with pytest.raises(DeclaredFilesError, match="not YAML"):
        discovered(directory)
    assert list((directory / "workloads").iterdir()) == []
