"""What goes wrong at the front door: a clear word, a stable exit code, and nothing half-written.

Only facts that stand in a message whatever its wording are held here: the file, the value, the nearest name.
"""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from command_line import Ran, run_command, write_json_lines
from otel_traces import chat, request, span
from routefit.simulate.spend_log import write_fleet
from small_project import call

pytestmark = pytest.mark.slow

BAD_INPUT, CANNOT_TELL = 2, 3


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project as `init` leaves it."""
    directory = tmp_path / "project"
    assert run_command("init", directory).exit_code == 0
    return directory


def declare(directory: Path, config: str = "", **workloads: str) -> Path:
    """Add to routefit.yaml, and write workloads."""
    with (directory / "routefit.yaml").open("a") as file:
        file.write(config)
    for name, text in workloads.items():
        (directory / "workloads" / f"{name}.yaml").write_text(text)
    return directory


def bring(directory: Path, kind: str, *files: Path, options: tuple[str, ...] = ()) -> Ran:
    """Import files; the answer is JSON."""
    return run_command("import", kind, *files, "--project", directory, "--format", "json", *options)


def ask(directory: Path, *arguments: str) -> Any:
    """The JSON of a question that must be answered."""
    ran = run_command(*arguments, "--project", directory, "--format", "json")
    assert ran.exit_code == 0, ran.err
    return ran.json


def counts(ran: Ran) -> tuple[int, int, int]:
    """Imported, known already, refused."""
    files = ran.json["files"]
    return (
        sum(one["imported"] for one in files),
        sum(one["duplicate"] for one in files),
        sum(one["rejected"] for one in files),
    )


def is_refused(ran: Ran, *words: str | Path) -> None:
    """The command failed with these words, a next step, and the same as JSON."""
    assert ran.exit_code == BAD_INPUT, ran.out
    assert ran.err.startswith("error: ")
    assert "\n  next: " in ran.err
    error = ran.json["error"]
    assert error["message"] in ran.err
    assert error["next_step"] in ran.err
    assert error["code"] not in ("fault", "")
    for word in words:
        assert str(word) in ran.err


def is_untouched(directory: Path) -> None:
    """No row is in the ledger, and no import has left anything lying about."""
    ledger = directory / "ledger"
    assert [path for path in ledger.rglob("*.parquet") if "derived" not in path.parts] == []
    assert list((ledger / "staging").iterdir()) == [] if (ledger / "staging").exists() else True


def calls(number: int = 20, **columns: Any) -> list[dict[str, Any]]:
    return [call("dear", one, **columns) for one in range(number)]


def spend_row(number: int, started_at: str) -> dict[str, Any]:
    """A record of LiteLLM's table."""
    return {
        "request_id": f"chatcmpl-{number}",
        "call_type": "acompletion",
        "startTime": started_at,
        "endTime": started_at,
        "model": "gpt-4o",
        "model_group": "gpt-4o",
        "custom_llm_provider": "openai",
        "spend": 0.01,
        "prompt_tokens": 10,
        "completion_tokens": 2,
        "total_tokens": 12,
        "session_id": f"s-{number // 2}",
        "status": "success",
        "metadata": {},
        "request_tags": [],
    }


def spend_rows(number: int = 20, offset: str = "Z", hour: int = 10) -> list[dict[str, Any]]:
    return [spend_row(one, f"2026-06-01T{hour}:{one:02}:00{offset}") for one in range(number)]


def spans(number: int = 20) -> list[dict[str, Any]]:
    return [request(span(f"{one:016x}", chat())) for one in range(1, number + 1)]


def observations(number: int = 20) -> list[dict[str, Any]]:
    return [
        {
            "id": f"o-{one}",
            "traceId": f"t-{one}",
            "type": "GENERATION",
            "name": "answer",
            "startTime": f"2026-06-01T08:{one:02}:00Z",
            "endTime": f"2026-06-01T08:{one:02}:02Z",
            "model": "m-1",
            "usageDetails": {"input": 100, "output": 20, "total": 120},
        }
        for one in range(number)
    ]


EXPORTS: Mapping[str, Callable[[], list[dict[str, Any]]]] = {
    "calls": calls,
    "litellm": spend_rows,
    "otel": spans,
    "langfuse": observations,
}


@pytest.mark.parametrize("kind", EXPORTS)
def test_of_lines_that_break_off_the_whole_ones_go_in(tmp_path: Path, project: Path, kind: str) -> None:
    whole = write_json_lines(tmp_path / "whole.jsonl", EXPORTS[kind]())
    cut = tmp_path / "cut.jsonl"
    cut.write_bytes(whole.read_bytes()[:-25])
    is_refused(bring(project, kind, cut, options=("--strict",)), cut)
    is_untouched(project)
    ran = bring(project, kind, cut)
    assert (ran.exit_code, counts(ran)) == (0, (19, 0, 1))
    rejected = [row for file in ran.json["files"] for row in file["rejects"]]
    assert [(row["file"], row["line"]) for row in rejected] == [(str(cut), 20)]
    assert str(cut) in ran.err, "said on stderr too"
    again = bring(project, kind, whole)
    assert (again.exit_code, counts(again)) == (0, (1, 19, 0)), "the whole export adds what was missing"


@pytest.mark.parametrize("kind", EXPORTS)
def test_of_a_document_that_breaks_off_nothing_goes_in(tmp_path: Path, project: Path, kind: str) -> None:
    rows = EXPORTS[kind]()
    document: Any = {"resourceSpans": [one["resourceSpans"][0] for one in rows]} if kind == "otel" else rows
    cut = tmp_path / "cut.json"
    cut.write_text(json.dumps(document)[:-25])
    is_refused(bring(project, kind, cut), f"{cut}:1:")
    is_untouched(project)


@pytest.mark.parametrize(
    "kind", [*EXPORTS, "outcomes", "scores", "labels", "invoices", "capacity", "guidellm", "aiperf"]
)
@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("empty.jsonl", b"", id="empty"),
        pytest.param("blank.jsonl", b"\n\n", id="only blank lines"),
        pytest.param("cut.jsonl.gz", gzip.compress(b'{"call_id": "c1"}\n' * 500)[:-20], id="a gzip cut short"),
        pytest.param("plain.jsonl.gz", b'{"call_id": "c1"}\n', id="no gzip"),
        pytest.param("noise.jsonl", bytes(range(256)), id="no text"),
        pytest.param("prose.jsonl", b"Dear all,\nplease find attached\n", id="no JSON"),
        pytest.param("report.xlsx", b"PK\x03\x04", id="a format that nobody reads"),
        pytest.param("other.jsonl", b'{"colour": "blue", "size": 3}\n', id="another table"),
        pytest.param("list.json", b"[1, 2, 3]", id="no rows"),
    ],
)
def test_a_file_of_which_nothing_can_be_used(
    tmp_path: Path, project: Path, kind: str, name: str, content: bytes
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    about = ("--route", "dear") if kind in ("guidellm", "aiperf") else ()
    is_refused(bring(project, kind, file, options=about), file)
    is_untouched(project)


@pytest.mark.parametrize("kind", EXPORTS)
def test_the_export_of_another_tool_is_named_as_such(tmp_path: Path, project: Path, kind: str) -> None:
    for other, rows in EXPORTS.items():
        if other != kind:
            file = write_json_lines(tmp_path / f"{other}.jsonl", rows())
            is_refused(bring(project, kind, file), file)
    is_untouched(project)


def test_folders_patterns_and_words_that_stand_for_nothing(tmp_path: Path, project: Path) -> None:
    (tmp_path / "nothing").mkdir()
    file = write_json_lines(tmp_path / "calls.jsonl", calls())
    is_refused(bring(project, "calls", tmp_path / "nothing"), tmp_path / "nothing")
    is_refused(bring(project, "calls", tmp_path / "*.csv"), "*.csv")
    is_refused(bring(project, "calls", tmp_path / "absent.jsonl"), "absent.jsonl")
    is_refused(bring(project, "litelm", file), "'litelm'", "import litellm")
    is_refused(bring(project, "invoice", file), "'invoice'", "import invoices")
    is_refused(bring(tmp_path / "nothing", "calls", file), "routefit init")
    is_untouched(project)


def test_logs_from_two_time_zones_are_one_log(tmp_path: Path, project: Path) -> None:
    """The same instants with an offset are the same calls; the same clock without one is UTC, which conflicts."""
    utc = write_json_lines(tmp_path / "utc.jsonl", spend_rows())
    berlin = write_json_lines(tmp_path / "berlin.jsonl", spend_rows(offset="+02:00", hour=12))
    naive = write_json_lines(tmp_path / "naive.jsonl", spend_rows(offset="", hour=12))
    assert counts(bring(project, "litellm", utc)) == (20, 0, 0)
    assert counts(bring(project, "litellm", berlin)) == (0, 20, 0)
    is_refused(bring(project, "litellm", naive), f"{naive}:1:", "chatcmpl-0", f"{utc}:1")
    assert ask(project, "spend")["rows"][0]["calls"] == 20


def test_a_table_of_ones_own_says_its_time_zone(tmp_path: Path, project: Path) -> None:
    file = write_json_lines(tmp_path / "calls.jsonl", calls(3, started_at="2026-06-01T10:00:00"))
    is_refused(bring(project, "calls", file), f"{file}:1:", "started_at", "2026-06-01T10:00:00")


def test_rotated_and_overlapping_files_count_each_call_once(tmp_path: Path, project: Path) -> None:
    rows = spend_rows(60)
    folder = tmp_path / "logs"
    folder.mkdir()
    write_json_lines(folder / "spend.jsonl", rows[30:])
    write_json_lines(folder / "spend.1.jsonl", rows[10:40])
    with gzip.open(folder / "spend.2.jsonl.gz", "wt") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows[:20])
    assert counts(bring(project, "litellm", folder)) == (60, 20, 0)
    assert all(one["is_already_imported"] for one in bring(project, "litellm", folder).json["files"])
    assert ask(project, "spend")["rows"][0]["calls"] == 60


RULES = (
    "attribution:\n  - {when: {team_alias: nobody}, workload: never}\n  - {when: {model: '*'}, workload: all}\n"
)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        pytest.param(RULES, ("nobody", "no call", "care"), id="a rule that takes nothing"),
        pytest.param(RULES, ("every call", "(40)"), id="a rule that takes everything"),
        pytest.param(
            "attribution: [{when: {team_allias: care}, workload: w}]\n",
            ("'team_allias'", "'team_alias'"),
            id="a field that no call has",
        ),
        pytest.param(
            "attribution: [{when: {model: '*'}, workload: w, unit: tag.tikcet_id}]\n",
            ("'tag.tikcet_id'", "'tag.ticket_id'"),
            id="a unit key that no call has",
        ),
    ],
)
def test_rules_that_cannot_be_meant_are_warned_of(
    tmp_path: Path, project: Path, config: str, words: tuple[str, ...]
) -> None:
    attributes = {"team_alias": "care", "tag.ticket_id": "T-1"}
    file = write_json_lines(tmp_path / "calls.jsonl", calls(40, workload=None, attributes=attributes))
    assert bring(declare(project, config), "calls", file).exit_code == 0
    warnings = ask(project, "rebuild")["attribution"]["warnings"]
    assert any(all(word in warning for word in words) for warning in warnings), warnings


@pytest.mark.parametrize(
    ("config", "words"),
    [
        pytest.param(
            "attribution: [{when: {model: a}, workloat: w}]\n", ("'workloat'", "'workload'"), id="a rule's key"
        ),
        pytest.param("attribution: [{when: {model: a}, role: jugde}]\n", ("'jugde'",), id="a role"),
        pytest.param("sources: {litellm: structur}\n", ("'structur'", "'structure'"), id="who leads"),
        pytest.param("sampling: {method: tial}\n", ("'tial'", "'tail'"), id="a way of sampling"),
        pytest.param("fx: {EUR: -1}\n", ("-1",), id="a rate below nothing"),
    ],
)
def test_a_wrong_value_in_routefit_yaml_stops_every_command(
    tmp_path: Path, project: Path, config: str, words: tuple[str, ...]
) -> None:
    file = write_json_lines(tmp_path / "calls.jsonl", calls())
    assert bring(project, "calls", file).exit_code == 0
    declare(project, config)
    for arguments in (("lcpr",), ("import", "calls", str(file)), ("discover",), ("rebuild",)):
        is_refused(run_command(*arguments, "--project", project, "--format", "json"), "routefit.yaml:", *words)
    checked = run_command("check", "--project", project)
    assert checked.exit_code == BAD_INPUT
    assert all(word in checked.out for word in words)


VERDICT = "id: work\nverdict:\n  - {from: score, name: NAME, accept: '>=0.7', sampled: random}\n"


def test_a_verdict_rule_for_a_score_that_never_appears(tmp_path: Path, project: Path) -> None:
    declare(project, work=VERDICT.replace("NAME", "jugde"))
    rows = [{"unit_id": str(one), "from": "score", "name": "judge", "value": 0.9} for one in range(20)]
    bring(project, "calls", write_json_lines(tmp_path / "calls.jsonl", calls()))
    bring(project, "scores", write_json_lines(tmp_path / "scores.jsonl", rows))
    warnings = ask(project, "check")["warnings"]
    (warning,) = [one for one in warnings if "jugde" in one["message"]]
    assert "'judge'" in warning["message"]
    (cell,) = ask(project, "lcpr")["cells"]
    assert (cell["accepted_units"], cell["unknown_units"]) == (0, 20)


def test_a_tail_sample_gives_amounts_and_no_rate(tmp_path: Path, project: Path) -> None:
    declare(project, "sampling: {method: tail}\n")
    bring(project, "calls", write_json_lines(tmp_path / "calls.jsonl", calls(cost_usd=0.5)))
    (cell,) = ask(project, "lcpr")["cells"]
    assert cell["cost_usd"]["inference"] == pytest.approx(10.0)
    assert cell["lcpr_usd_per_accepted_unit"] is None
    assert set(cell["rates"].values()) == {None}
    assert any("tail" in reason for reason in cell["evidence"]["reasons"])


def write_rows(path: Path, header: str, *rows: str) -> Path:
    path.write_text("".join(f"{row}\n" for row in (header, *rows)))
    return path


INVOICE = "provider,period_start,period_end,amount,currency"
CAPACITY = "route,start,end,replicas"


def test_an_invoice_in_a_currency_without_a_rate(tmp_path: Path, project: Path) -> None:
    """Refused with the line to add; once it is there, the same file goes in."""
    file = write_rows(tmp_path / "bill.csv", INVOICE, "acme,2026-06-01,2026-07-01,10.00,EUR")
    is_refused(bring(project, "invoices", file), f"{file}:2:", "EUR", "fx:")
    is_untouched(project)
    declare(project, "fx: {EUR: {value: 1.08, label: CONTRACTED, source: treasury, as_of: 2026-05-01}}\n")
    assert counts(bring(project, "invoices", file)) == (1, 0, 0)


def test_capacity_rows_that_overlap_are_refused_with_both_places(tmp_path: Path, project: Path) -> None:
    bring(project, "calls", write_json_lines(tmp_path / "calls.jsonl", calls()))
    first = write_rows(
        tmp_path / "first.csv", CAPACITY, "dear,2026-06-01,2026-06-03,2", "dear,2026-06-02,2026-06-04,2"
    )
    second = write_rows(
        tmp_path / "second.csv", CAPACITY, "dear,2026-06-05,2026-06-06,2", "dear,2026-06-02,2026-06-04,3"
    )
    for file, known in ((first, first), (second, first)):
        ran = bring(project, "capacity", file)
        assert counts(ran) == (1, 0, 1)
        (reject,) = [row for one in ran.json["files"] for row in one["rejects"]]
        assert (reject["file"], reject["line"]) == (str(file), 3)
        assert f"{known}:2" in reject["text"]


@pytest.mark.parametrize(
    ("kind", "header", "row", "words"),
    [
        pytest.param(
            "capacity", CAPACITY, "dear,2026-06-01,2026-06-02,-2", ("replicas", "-2"), id="below nothing"
        ),
        pytest.param("capacity", CAPACITY, "dear,2026-06-02,2026-06-01,2", ("end", "start"), id="backwards"),
        pytest.param("invoices", INVOICE, "acme,2026-06-01,2026-07-01,ten,USD", ("amount", "ten"), id="in words"),
        pytest.param("invoices", INVOICE, "acme,2026-07-01,2026-06-01,10,USD", ("period_end",), id="a period"),
        pytest.param("scores", "unit_id,value,from", "u1,0.5,jugde", ("from", "jugde"), id="a kind of judgement"),
        pytest.param("outcomes", "unit_id,accepted", "u1,perhaps", ("accepted", "perhaps"), id="no verdict"),
    ],
)
def test_a_row_with_a_wrong_value_is_refused_with_its_place(
    tmp_path: Path, project: Path, kind: str, header: str, row: str, words: tuple[str, ...]
) -> None:
    file = write_rows(tmp_path / "rows.csv", header, row)
    is_refused(bring(project, kind, file), f"{file}:2:", *words)
    is_untouched(project)


def test_two_logs_of_the_same_calls_without_an_id_ask_who_leads(tmp_path: Path, project: Path) -> None:
    rows = spend_rows(50)
    own = [
        call("dear", one, started_at=row["startTime"], provider="openai", model="gpt-4o")
        | {"input_tokens": 10, "output_tokens": 2}
        for one, row in enumerate(rows)
    ]
    bring(project, "calls", write_json_lines(tmp_path / "calls.jsonl", own))
    file = write_json_lines(tmp_path / "spend.jsonl", rows)
    is_refused(bring(project, "litellm", file), "50 of 50", "sources:")
    declare(project, "sources: {calls: structure, litellm: cost}\n")
    assert bring(project, "litellm", file).exit_code == 0
    assert sum(row["calls"] for row in ask(project, "spend")["rows"]) == 50


def test_a_bad_file_among_good_ones_stops_only_itself(tmp_path: Path, project: Path) -> None:
    good = write_json_lines(tmp_path / "a.jsonl", spend_rows())
    (tmp_path / "b.jsonl").write_text("")
    ran = bring(project, "litellm", good, tmp_path / "b.jsonl")
    assert (ran.exit_code, counts(ran)) == (BAD_INPUT, (20, 0, 0))
    assert [one["file"] for one in ran.json["failed"]] == [str(tmp_path / "b.jsonl")]


def test_questions_without_any_data_say_so(project: Path) -> None:
    for command in ("lcpr", "spend", "matrix", "diff", "discover"):
        ran = run_command(command, "--project", project, "--format", "json")
        assert ran.exit_code == CANNOT_TELL
        assert "routefit import" in ran.json["error"]["next_step"]
    assert run_command("status", "--project", project).exit_code == 0


def started(*arguments: str | Path) -> subprocess.Popen[str]:
    """A command in a process of its own."""
    command = [sys.executable, "-m", "routefit", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_two_imports_at_once_lose_nothing_and_count_nothing_twice(tmp_path: Path, project: Path) -> None:
    """They overlap in half of their rows."""
    rows = [
        spend_row(one, f"2026-06-01T{one // 3600:02}:{one // 60 % 60:02}:{one % 60:02}Z") for one in range(3000)
    ]
    files = [
        write_json_lines(tmp_path / "first.jsonl", rows[:2000]),
        write_json_lines(tmp_path / "second.jsonl", rows[1000:]),
    ]
    running = [started("import", "litellm", file, "--project", project, "--format", "json") for file in files]
    told = []
    for process in running:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        told.append(Ran(process.returncode, out, err))
    assert sum(counts(ran)[0] for ran in told) == 3000
    assert sum(counts(ran)[1] for ran in told) == 1000
    assert sum(row["calls"] for row in ask(project, "spend")["rows"]) == 3000


def test_an_interrupted_import_leaves_nothing_and_the_next_one_works(tmp_path: Path, project: Path) -> None:
    truth = write_fleet(tmp_path / "raw", rows=20_000, files=1, days=14)
    process = started("import", "litellm", truth.files[0], "--project", project)
    staging = project / "ledger" / "staging"
    give_up_at = time.monotonic() + 60
    while time.monotonic() < give_up_at and process.poll() is None and not list(staging.glob("*/*")):
        os.sched_yield()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode in (130, -signal.SIGINT), err
    assert (out, err.count("\n")) == ("", 1)
    is_untouched(project)
    assert run_command("status", "--project", project).exit_code == 0
    assert counts(bring(project, "litellm", truth.files[0])) == (truth.rows, truth.duplicate_rows, 0)
