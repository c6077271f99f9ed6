"""`check`: problems as loading gives them, and warnings that do not block."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from routefit.project import CheckReport, check_project, load_project

TODAY = date(2026, 6, 1)
COMPLETE_WORKLOAD = """\
id: support
unit: {quality_floor_rate: 0.85}
human: {usd_per_escalation: 0.4}
ops: {usd_per_month: 978}
"""
COMPLETE_ROUTE = "id: closed\nprovider: anthropic\nmodel: claude-sonnet-4\n"
PRICE = "valid_from: 2026-01-01, input_usd_per_mtok: 3, output_usd_per_mtok: 15"
LATER = "read and kept, but not applied by this version; until a later one does,"


def checked(directory: Path, files: dict[str, str], *, today: date | None = TODAY) -> CheckReport:
    for file, text in {"routefit.yaml": "name: acme\n", **files}.items():
        path = directory / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return check_project(directory, today=today)


def warnings(directory: Path, files: dict[str, str], *, today: date | None = TODAY) -> list[str]:
    report = checked(directory, files, today=today)
    assert report.is_ok, report.problems
    return [str(warning) for warning in report.warnings]


def test_complete_files_have_nothing_to_say(tmp_path: Path) -> None:
    files = {"workloads/a.yaml": COMPLETE_WORKLOAD, "routes/a.yaml": COMPLETE_ROUTE}
    report = checked(tmp_path, files)
    assert report == CheckReport(problems=(), warnings=(), files=3)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param(
            "attribution: [{when: {}, workload: a}, {when: {x: y}, workload: b}]",
            "2:40: attribution[1]: is never reached: rule 1 has no condition and takes every call",
            id="a-rule-behind-one-that-takes-all",
        ),
        pytest.param(
            "attribution: [{when: {}, workload: a, idle_minutes: 30}]",
            "2:53: attribution[0].idle_minutes: cuts nothing without `unit`: say which key the pieces are of",
            id="idle-minutes-of-no-key",
        ),
        pytest.param(
            "attribution: [{when: {end_user: 'acme-*'}, workload: a}]",
            "2:33: attribution[0].when.end_user: never matches: customers are stored as keyed hashes, "
            "so a rule can name one but no pattern",
            id="a-pattern-of-customers",
        ),
        pytest.param(
            "sources: {litelm: cost}",
            "2:19: sources.litelm: is no source of calls, expected one of litellm, otel, langfuse, calls, map; "
            "did you mean 'litellm'?",
            id="an-unknown-source",
        ),
        pytest.param(
            "state_url: sqlite:///state.db",
            f"2:1: state_url: {LATER} nothing is stored outside the ledger folder",
            id="state",
        ),
        pytest.param(
            "fx: {EUR: {value: 1.09, as_of: 2025-01-01}}",
            "2:11: fx.EUR: stale: as of 2025-01-01, 516 days ago > 90 (defaults.stale_after_days); "
            "confirm it and renew its date",
            id="a-fact-in-a-mapping",
        ),
    ],
)
def test_project_file(tmp_path: Path, line: str, expected: str) -> None:
    assert f"routefit.yaml:{expected}" in warnings(tmp_path, {"routefit.yaml": f"name: acme\n{line}\n"})


PEOPLE = (
    "gives neither usd_per_escalation nor minutes_per_escalation with usd_per_hour: "
    "what people cost counts as nothing, and every cost of this workload says so"
)


def test_bare_workload(tmp_path: Path) -> None:
    assert warnings(tmp_path, {"workloads/a.yaml": "id: a\n"}) == [
        "workloads/a.yaml:1:1: unit.quality_floor_rate: not given: no route can be shown to be good enough",
        f"workloads/a.yaml:1:1: human: {PEOPLE}",
        "workloads/a.yaml:1:1: ops.usd_per_month: not given: running cost counts as nothing, "
        "and every cost of this workload says so",
    ]


@pytest.mark.parametrize(
    ("human", "is_enough"),
    [
        pytest.param("{usd_per_escalation: 0}", True, id="nothing-is-a-known-cost"),
        pytest.param("{minutes_per_escalation: 5, usd_per_hour: 40}", True, id="minutes-at-a-rate"),
        pytest.param("{minutes_per_escalation: 5}", False, id="minutes-without-a-rate"),
        pytest.param("{usd_per_hour: 40}", False, id="a-rate-without-minutes"),
    ],
)
def test_cost_of_people(tmp_path: Path, human: str, is_enough: bool) -> None:
    text = COMPLETE_WORKLOAD.replace("{usd_per_escalation: 0.4}", human)
    expected = [] if is_enough else [f"workloads/a.yaml:3:8: human: {PEOPLE}"]
    assert warnings(tmp_path, {"workloads/a.yaml": text}) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param(
            "planning: {current_route: closd}",
            "5:27: planning.current_route: no file in routes/ declares 'closd': nothing is known of it; "
            "did you mean 'closed'?",
            id="misspelt-route",
        ),
        pytest.param(
            "planning: {current_route: openai/gpt-4o}",
            "5:27: planning.current_route: no file in routes/ declares 'openai/gpt-4o': nothing is known of it",
            id="another-route",
        ),
        pytest.param(
            "anticipated: [{on: 2026-06-01, data: {regions: [eu]}}]",
            "5:20: anticipated[0].on: 2026-06-01 is not ahead: "
            "move what holds since then into the workload itself",
            id="anticipated-for-today",
        ),
        pytest.param(
            "demand: {units_per_month: {value: 5, as_of: 2026-03-02}}",
            "5:27: demand.units_per_month: stale: as of 2026-03-02, 91 days ago > 90 (defaults.stale_after_days); "
            "confirm it and renew its date",
            id="stale",
        ),
    ],
)
def test_workload(tmp_path: Path, line: str, expected: str) -> None:
    files = {"workloads/a.yaml": f"{COMPLETE_WORKLOAD}{line}\n", "routes/a.yaml": COMPLETE_ROUTE}
    assert warnings(tmp_path, files) == [f"workloads/a.yaml:{expected}"]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("demand: {units_per_month: {value: 5, as_of: 2026-03-03}}", id="ninety-days-are-fresh"),
        pytest.param("demand: {units_per_month: {as_of: 2020-01-01}}", id="unknown-cannot-be-stale"),
        pytest.param("demand: {units_per_month: 5}", id="undated-is-not-stale"),
        pytest.param("planning: {current_route: closed}", id="a-declared-route"),
        pytest.param("anticipated: [{on: 2026-06-02}]", id="ahead"),
    ],
)
def test_workload_without_warning(tmp_path: Path, line: str) -> None:
    files = {"workloads/a.yaml": f"{COMPLETE_WORKLOAD}{line}\n", "routes/a.yaml": COMPLETE_ROUTE}
    assert warnings(tmp_path, files) == []


def test_without_a_date_nothing_is_stale_or_past(tmp_path: Path) -> None:
    text = "anticipated: [{on: 2020-01-01}]\ndemand: {units_per_month: {value: 5, as_of: 2020-01-01}}\n"
    assert warnings(tmp_path, {"workloads/a.yaml": COMPLETE_WORKLOAD + text}, today=None) == []


def test_the_project_says_when_facts_are_stale(tmp_path: Path) -> None:
    line = "demand: {units_per_month: {value: 5, as_of: 2026-03-02}}\n"
    files = {
        "routefit.yaml": "name: acme\ndefaults: {stale_after_days: 91}\n",
        "workloads/a.yaml": COMPLETE_WORKLOAD + line,
    }
    assert warnings(tmp_path, files) == []


UNMATCHED = (
    "not given: only calls that name this route are matched to it, and the price book has nothing to look up"
)
UNPRICED = (
    "routes/a.yaml:1:1: prices: not given either: calls without a cost of their own stay unpriced on this route"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "id: a", [f"routes/a.yaml:1:1: provider: provider and model {UNMATCHED}", UNPRICED], id="only-an-id"
        ),
        pytest.param(
            "id: a\nprovider: b", [f"routes/a.yaml:1:1: model: model {UNMATCHED}", UNPRICED], id="no-model"
        ),
        pytest.param(
            f"id: a\nmodel: b\nprices: [{{{PRICE}}}]",
            [f"routes/a.yaml:1:1: provider: provider {UNMATCHED}"],
            id="prices-of-its-own",
        ),
        pytest.param(
            "id: a\nmodel: b\nis_free: true", [f"routes/a.yaml:1:1: provider: provider {UNMATCHED}"], id="free"
        ),
        pytest.param(
            f"{COMPLETE_ROUTE}capacity: {{min_replicas: 2}}",
            [
                "routes/a.yaml:4:11: capacity: gpu_usd_per_hour and gpus_per_replica not given: "
                "calls on this route stay unpriced, for a route paid by capacity is never priced by the token"
            ],
            id="capacity-without-a-price",
        ),
        pytest.param(
            f"{COMPLETE_ROUTE}capacity: {{gpu_usd_per_hour: 3.2, gpus_per_replica: 1}}", [], id="capacity"
        ),
        pytest.param(
            f"{COMPLETE_ROUTE}prices: [{{{PRICE}, as_of: 2025-06-01}}]",
            [
                "routes/a.yaml:4:10: prices[0]: in force but stale: as of 2025-06-01, 365 days ago > 90 "
                "(defaults.stale_after_days); confirm it and renew its date"
            ],
            id="stale-price",
        ),
        pytest.param(
            f"{COMPLETE_ROUTE}prices: [{{{PRICE}, valid_to: 2026-06-01, as_of: 2025-06-01}}]", [], id="past-price"
        ),
    ],
)
def test_route(tmp_path: Path, text: str, expected: list[str]) -> None:
    assert warnings(tmp_path, {"routes/a.yaml": text}) == expected


def test_a_stale_snapshot_is_named_once(tmp_path: Path) -> None:
    rows = "".join(f"  - {{provider: p, model: m{n}, {PRICE}}}\n" for n in range(3))
    assert warnings(tmp_path, {"prices/a.yaml": f"as_of: 2026-01-01\nprices:\n{rows}"}) == [
        "prices/a.yaml:3:5: prices[0]: in force but stale: as of 2026-01-01, 151 days ago > 90 "
        "(defaults.stale_after_days); confirm it and renew its date"
    ]


def test_ignored_files_are_named_and_readme_and_hidden_ones_are_not(tmp_path: Path) -> None:
    names = ["b.yaml.bak", "c.json", "d.YAML", "README.md", ".e.yaml.swp", "f/g.yaml"]
    files = {f"routes/{name}": "id: a\n" for name in names}
    expected = "is not read: only .yaml and .yml files directly in a folder are"
    assert warnings(tmp_path, files) == [
        f"routes/{name}: {expected}" for name in ["b.yaml.bak", "c.json", "d.YAML", "f"]
    ]


def test_folders_that_are_not_read(tmp_path: Path) -> None:
    files = {f"{folder}/a.yaml": "id: a\n" for folder in ("invoices", "workload", "ledger", "evals", "src")}
    assert warnings(tmp_path, files) == [
        "invoices: is not read by this version",
        "workload: is not read; did you mean workloads/?",
    ]


def test_problems_and_warnings_of_other_files_come_together(tmp_path: Path) -> None:
    """A route whose file has problems still counts as declared."""
    text = f"{COMPLETE_WORKLOAD}planning: {{current_route: closed}}\n"
    report = checked(
        tmp_path,
        {"workloads/a.yaml": text, "routes/a.yaml": "id: closed\nmode: api\n", "routes/b.yaml": "id: b\n"},
    )
    assert not report.is_ok
    assert [problem.file for problem in report.problems] == ["routes/a.yaml"]
    assert {warning.file for warning in report.warnings} == {"routes/b.yaml"}


def test_warnings_keep_nothing_from_loading(tmp_path: Path) -> None:
    checked(tmp_path, {"workloads/a.yaml": "id: a\n", "routes/a.yaml": "id: a\n"})
    assert load_project(tmp_path).workloads["a"].id == "a"


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        pytest.param(
            "{from: score, accept: '>=0.7'}",
            "5:11: verdict[0]: got no name, expected the name of the score that the rule reads",
            id="a-score-without-a-name",
        ),
        pytest.param(
            "{from: test, name: t}",
            "5:11: verdict[0]: got neither accept nor reject, expected at least one of them",
            id="a-rule-that-says-nothing",
        ),
        pytest.param(
            "{from: test, accept: '>= high'}",
            "5:32: verdict[0].accept: got '>= high', expected a number after >=, as in \">=0.7\"",
            id="nonsense",
        ),
        pytest.param(
            "{from: test, accept: '>=0.5', reject: '<=0.5'}",
            "5:49: verdict[0].reject: 0.5 is both accepted and rejected, expected one of the two",
            id="overlap",
        ),
        pytest.param(
            "{from: test, accept: [ok]}, {from: test, accept: [fine]}",
            "5:39: verdict[1]: got test again, expected one rule for it (verdict[0])",
            id="the-same-score-twice",
        ),
        pytest.param(
            "{from: test, accept: [ok], settle_hours: 100000}",
            "5:52: verdict[0].settle_hours: got 100000, expected a number from 0 to 87600",
            id="settles-in-eleven-years",
        ),
    ],
)
def test_verdict_rule_that_cannot_be_used(tmp_path: Path, rules: str, expected: str) -> None:
    report = checked(tmp_path, {"workloads/a.yaml": f"{COMPLETE_WORKLOAD}verdict: [{rules}]\n"})
    assert [str(problem) for problem in report.problems] == [f"workloads/a.yaml:{expected}"]


def test_more_rules_than_a_workload_may_have(tmp_path: Path) -> None:
    def problems(number: int) -> tuple[str, ...]:
        rules = ", ".join(f"{{from: test, name: t{at}, accept: [ok]}}" for at in range(number))
        report = checked(tmp_path, {"workloads/a.yaml": f"{COMPLETE_WORKLOAD}verdict: [{rules}]\n"})
        return tuple(problem.message for problem in report.problems)

    assert problems(20) == ()
    assert problems(21) == ("got 21 rules, expected 20 at most",)


def test_a_rule_whose_score_never_came_is_named_with_the_nearest_that_did(tmp_path: Path) -> None:
    rules = "{from: score, name: jugde, accept: '>=0.7'}, {from: grader, name: judge, accept: '>=0.7'}"
    checked(tmp_path, {"workloads/a.yaml": f"{COMPLETE_WORKLOAD}verdict: [{rules}]\n"})
    report = check_project(tmp_path, today=TODAY, scores=[("score", "judge"), ("score", None)])
    assert [str(warning) for warning in report.warnings] == [
        "workloads/a.yaml:5:11: verdict[0]: no score jugde was imported so far; did you mean 'judge'?",
        "workloads/a.yaml:5:56: verdict[1]: no grader judge was imported so far; 'judge' came from: score",
    ]
