"""Yesterday's answer again, byte for byte, after everything that can be imported was imported since.

And rules of attribution that were changed twice and back: nothing is left of what they were in between.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from command_line import run_command, write_json_lines
from small_project import ROUTES, WORKLOAD, call, outcome, write_project

pytestmark = pytest.mark.slow

EARLIER, BETWEEN, LATER = "2026-06-15", "2026-06-16", "2026-06-18"
"""The day of the first imports, of the questions, and of the imports that they must not see."""

FIRST_AT = datetime(2026, 6, 1, 8, tzinfo=UTC)
DAYS = 14

CONFIG = """\
name: small
sources: {calls: structure, litellm: cost}
"""
VERDICTS = """\
verdict:
  - {from: score, name: judge, accept: ">=0.7", sampled: all}
"""
OWN_ROUTE = """\
id: own
provider: inhouse
model: llama
mode: self_managed
capacity:
  gpu_usd_per_hour: {value: 2.5, label: CONTRACTED, source: order form, as_of: 2026-05-01}
  gpus_per_replica: {value: 1, label: MEASURED, source: deployment, as_of: 2026-05-01}
"""

QUESTIONS: tuple[tuple[str, ...], ...] = (
    ("status",),
    ("lcpr",),
    ("spend",),
    ("spend", "--by", "tag.team"),
    ("diff",),
    ("matrix",),
    ("funnel",),
    ("explain", "work", "own", "--against", "dear"),
    ("report",),
)
FORMATS = ("table", "json")

Answers = dict[tuple[str, ...], str]


def asked(directory: Path, as_of: str, formats: Sequence[str] = FORMATS) -> Answers:
    """What stdout got for every question in every format; the page has one format."""
    answers = {}
    for question in QUESTIONS:
        for form in formats if question != ("report",) else ("table",):
            arguments = (*question, "--format", form)
            ran = run_command(*arguments, "--project", directory, "--as-of", as_of)
            assert ran.exit_code == 0, (arguments, ran.err)
            answers[arguments] = ran.out
    return answers


def traffic(route: str, name: str, count: int, **columns: Any) -> list[dict[str, Any]]:
    """Calls spread over the days, each a unit of its own that the provider answered under an id of its own."""
    rows = []
    for number in range(count):
        at = FIRST_AT + timedelta(days=number % DAYS, minutes=number)
        row = call(
            route, f"{name}-{number}", started_at=at.isoformat(), response_id=f"resp-{route}-{name}-{number}"
        )
        rows.append(row | {"attributes": {"tag.team": name}} | columns)
    return rows


def twin(row: Mapping[str, Any], usd: float) -> dict[str, Any]:
    """The same call as the gateway logged it."""
    at = datetime.fromisoformat(row["started_at"])
    return {
        "request_id": row["response_id"],
        "call_type": "acompletion",
        "startTime": at.isoformat(),
        "endTime": (at + timedelta(seconds=2)).isoformat(),
        "model": row["model"],
        "model_group": row["model"],
        "custom_llm_provider": row["provider"],
        "spend": usd,
        "prompt_tokens": row["input_tokens"],
        "completion_tokens": row["output_tokens"],
        "total_tokens": row["input_tokens"] + row["output_tokens"],
        "status": "success",
        "metadata": {},
        "request_tags": [],
    }


def add(directory: Path, kind: str, rows: Iterable[Mapping[str, Any]], *, on: str) -> None:
    """Import rows as known at the end of that day; none may be refused."""
    file = write_json_lines(directory.parent / f"{kind}-{on}.jsonl", rows)
    ran = run_command(
        "import", kind, file, "--project", directory, "--as-of", on, "--strict", "-q", "--format", "json"
    )
    assert ran.exit_code == 0, ran.err
    assert sum(one["imported"] + one["duplicate"] for one in ran.json["files"]) > 0


def invoice(amount: str, **columns: Any) -> dict[str, Any]:
    """A line of the provider's bill for the month."""
    return {
        "provider": "acme",
        "period_start": "2026-06-01",
        "period_end": "2026-06-15",
        "amount": amount,
    } | columns


DEAR = traffic("dear", "first", 150)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with calls, outcomes, scores and an invoice that were known on the first day."""
    directory = write_project(
        tmp_path_factory.mktemp("as-of") / "project",
        workloads={"work": WORKLOAD + VERDICTS},
        routes=ROUTES | {"own": OWN_ROUTE},
        config=CONFIG,
    )
    cheap = traffic("cheap", "first", 150)
    own = traffic("own", "first", 60, provider="inhouse", model="llama", e2e_ms=1500)
    add(directory, "calls", [*DEAR, *cheap, *own], on=EARLIER)
    add(directory, "outcomes", [outcome("dear", f"first-{n}", accepted=n >= 15) for n in range(150)], on=EARLIER)
    add(directory, "scores", [score("cheap", n, 0.9) for n in range(60)], on=EARLIER)
    add(directory, "invoices", [invoice("2.00", invoice_id="A-1")], on=EARLIER)
    return directory


def score(route: str, number: int, value: float) -> dict[str, Any]:
    """A judge's score on a unit of the first calls."""
    target = {"unit_id": f"first-{number}", "workload": "work", "route": route}
    return target | {"from": "score", "name": "judge", "value": value, "decided_at": "2026-06-15T10:00:00Z"}


def add_later(directory: Path) -> None:
    """Everything that there is to import, all of it about the same days."""
    add(directory, "calls", traffic("dear", "second", 90) + traffic("cheap", "second", 90), on=LATER)
    add(directory, "litellm", [twin(row, 0.5) for row in DEAR], on=LATER)
    flipped = [
        outcome("dear", f"first-{n}", accepted=n < 15, decided_at="2026-06-16T00:00:00Z") for n in range(40)
    ]
    add(directory, "outcomes", flipped, on=LATER)
    add(directory, "scores", [score("cheap", n, 0.1) for n in range(60, 150)], on=LATER)
    labels = [
        {
            "unit_id": f"first-{n}",
            "workload": "work",
            "route": "cheap",
            "accepted": n % 3 > 0,
            "labelled_by": "pat",
        }
        for n in range(60)
    ]
    add(directory, "labels", labels, on=LATER)
    add(directory, "invoices", [invoice("7.00", invoice_id="A-2"), invoice("1.00", invoice_id="A-3")], on=LATER)
    replicas = {"route": "own", "start": "2026-06-01", "end": "2026-06-15", "replicas": 1}
    add(directory, "capacity", [replicas], on=LATER)


def test_the_old_answers_stand_whatever_came_since(project: Path) -> None:
    """Also after the later answers were asked for, whose derived figures take the place of the old ones."""
    before = asked(project, BETWEEN)
    add_later(project)
    assert asked(project, BETWEEN) == before
    later = asked(project, LATER, ("table",))
    same = {arguments for arguments, text in later.items() if text == before[arguments]}
    assert not same, "what came in changes every answer, or this test would show nothing"
    for arguments in (("lcpr", "--format", "json"), ("spend", "--format", "json")):
        ran = run_command(*arguments, "--project", project, "--as-of", BETWEEN)
        assert ran.out == before[arguments]


ATTRIBUTION = ("a", "b", "c")
RULES = {
    "by team": "attribution: [{when: {tag.team: '*'}, workload: tag.team, unit: session_id}]\n",
    "all in one": "attribution: [{when: {model: '*'}, workload: everything, unit: [tag.ticket, session_id]}]\n",
    "a judge": "attribution: [{when: {tag.team: a}, workload: b, role: grader}, {when: {}, workload: b}]\n",
}


def test_rules_changed_twice_and_back_leave_nothing_behind(tmp_path: Path) -> None:
    directory = write_project(tmp_path / "project", workloads={}, config="name: small\n" + RULES["by team"])
    rows = [
        row | {"workload": None, "unit_id": None, "session_id": f"s-{name}-{number // 2}"}
        for name in ATTRIBUTION
        for number, row in enumerate(traffic("dear", name, 60))
    ]
    add(directory, "calls", rows, on=EARLIER)
    ask = ("lcpr", "--project", directory, "--as-of", EARLIER, "--format", "json")
    seen = {}
    for name in RULES:
        (directory / "routefit.yaml").write_text("name: small\n" + RULES[name])
        seen[name] = run_command(*ask)
    assert all(ran.exit_code == 0 for ran in seen.values())
    assert len({ran.out for ran in seen.values()}) == len(RULES), "each set of rules gives another answer"
    for name in reversed(RULES):
        (directory / "routefit.yaml").write_text("name: small\n" + RULES[name])
        assert run_command(*ask).out == seen[name].out


def test_the_order_of_columns_and_files_does_not_matter_to_the_old_answer(tmp_path: Path) -> None:
    """The same rows as CSV under another name and in another order give the same answers as JSON Lines."""
    answers = []
    rows = traffic("dear", "first", 40) + traffic("cheap", "first", 40)
    for number, ordered in enumerate((rows, [dict(reversed(row.items())) for row in reversed(rows)])):
        directory = write_project(tmp_path / f"p{number}" / "project", config=CONFIG)
        plain = [{name: value for name, value in row.items() if name != "attributes"} for row in ordered]
        if number:
            file = directory.parent / "calls.csv"
            with file.open("w", newline="") as stream:
                writer = csv.DictWriter(stream, list(plain[0]))
                writer.writeheader()
                writer.writerows(plain)
            ran = run_command("import", "calls", file, "--project", directory, "--as-of", EARLIER)
            assert ran.exit_code == 0, ran.err
        else:
            add(directory, "calls", plain, on=EARLIER)
        answers.append(run_command("lcpr", "--project", directory, "--as-of", BETWEEN, "--format", "json").out)
    assert answers[0] == answers[1]
