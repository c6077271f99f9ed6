"""Bad input gets a clear error with the value and the next step; exit codes and streams as documented."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from command_line import CommandLine
from routefit.cli import running, starting
from small_project import write_project


@pytest.mark.parametrize(
    ("arguments", "what", "step"),
    [
        pytest.param(["lcrp"], "no such command 'lcrp'. Did you mean 'lcpr'?", "routefit --help", id="command"),
        pytest.param(["lcpr", "--fron", "x"], "no such option: --fron", "routefit lcpr --help", id="option"),
        pytest.param(["explain", "support"], "missing argument 'ROUTE'", "routefit explain --help", id="argument"),
        pytest.param(
            ["lcpr", "--format", "xml"], "'--format': 'xml' is not one of", "routefit lcpr --help", id="format"
        ),
        pytest.param(
            ["--project", "x", "lcpr"], "got options before the command lcpr", "routefit lcpr --help", id="order"
        ),
        pytest.param(
            ["lcpr", "--from", "2026-13-01"],
            "--from: got '2026-13-01', expected a date as year-month-day",
            "--from 2026-05-29",
            id="month 13",
        ),
        pytest.param(["lcpr", "--to", "yesterday"], "--to: got 'yesterday'", "--to 2026-05-29", id="words"),
        pytest.param(["check", "--as-of", "05/29/2026"], "--as-of: got '05/29/2026'", "--as-of", id="other order"),
        pytest.param(["lcpr"], "no routefit.yaml in", "`routefit init` to start a project here", id="no project"),
        pytest.param(
            ["lcpr", "--project", "elsewhere"],
            "no routefit.yaml in elsewhere",
            "routefit init elsewhere",
            id="no such project",
        ),
        pytest.param(["import"], "no file to import was given", "import calls FILE...", id="no file"),
        pytest.param(
            ["import", "cals", "x.jsonl"],
            "got the kind 'cals', expected one of litellm, otel, langfuse, calls, ",
            "routefit import calls x.jsonl",
            id="misspelt kind",
        ),
        pytest.param(["import", "x.jsonl"], "it is not said what x.jsonl holds: ", "--map", id="no kind"),
        pytest.param(
            ["import", "litelm", "x.jsonl"],
            "got the kind 'litelm'",
            "`routefit import litellm x.jsonl`",
            id="misspelt format",
        ),
        pytest.param(["init", "a", "--project", "b"], "got two folders, a and --project b", "one", id="two"),
        pytest.param(["demo", "--project", "b"], "makes its own project", "demo b", id="demo"),
    ],
)
def test_usage_errors(routefit: CommandLine, arguments: list[str], what: str, step: str) -> None:
    """Two lines on stderr, nothing on stdout, exit 2."""
    ran = routefit(*arguments)
    assert (ran.exit_code, ran.out) == (2, "")
    assert ran.err.startswith(f"error: {what}") or what in ran.err.partition("\n")[0]
    assert step in ran.err.partition("  next: ")[2]


def test_json_errors_are_a_document_on_stdout(routefit: CommandLine) -> None:
    ran = routefit("lcpr", "--from", "soon", "--format", "json")
    assert ran.exit_code == 2
    assert ran.json == {
        "error": {
            "code": "bad_input",
            "message": "--from: got 'soon', expected a date as year-month-day",
            "next_step": "--from 2026-05-29",
        }
    }
    assert ran.err.startswith("error: --from")


def test_usage_errors_are_json_too(routefit: CommandLine) -> None:
    ran = routefit("lcpr", "--bogus", "--format=json")
    assert ran.json["error"]["code"] == "usage"


def test_no_data_is_cannot_tell(routefit: CommandLine) -> None:
    write_project(routefit.folder / "project")
    ran = routefit("lcpr", "--project", "project")
    assert ran.exit_code == 3
    assert "there are no calls in the ledger yet" in ran.err
    assert "routefit import calls FILE" in ran.err


def test_from_after_to(routefit: CommandLine, project: Path) -> None:
    ran = routefit("lcpr", "--project", project, "--from", "2026-06-02", "--to", "2026-06-01")
    assert ran.exit_code == 2
    assert "--from 2026-06-02 is not before --to 2026-06-01 (--to is exclusive)" in ran.err
    assert "data lie between 2026-06-01 and 2026-06-01" in ran.err


@pytest.mark.parametrize(
    ("arguments", "what", "near"),
    [
        pytest.param(["funnel", "wrok"], "no workload is called 'wrok'", "did you mean 'work'?", id="workload"),
        pytest.param(["explain", "work", "chaep"], "no route is called 'chaep'", "mean 'cheap'?", id="route"),
        pytest.param(
            ["explain", "work", "cheap", "--against", "deer"], "'deer'", "did you mean 'dear'?", id="against"
        ),
    ],
)
def test_unknown_names_offer_the_nearest(
    routefit: CommandLine, project: Path, arguments: list[str], what: str, near: str
) -> None:
    ran = routefit(*arguments, "--project", project)
    assert ran.exit_code == 2
    assert what in ran.err
    assert near in ran.err


def test_bad_declarations_are_named_with_their_places(routefit: CommandLine, project: Path) -> None:
    (project / "workloads" / "work.yaml").write_text("id: work\nunit: {quality_floor: 0.6}\n")
    for command in ("lcpr", "check"):
        ran = routefit(command, "--project", project)
        assert ran.exit_code == 2
        assert "workloads/work.yaml:2:8" in ran.out + ran.err
        assert "quality_floor" in ran.out + ran.err


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        pytest.param("empty.jsonl", b"", "empty", id="empty file"),
        pytest.param("cut.jsonl.gz", gzip.compress(b"{}\n" * 999)[:-9], "cut.jsonl.gz", id="truncated gzip"),
        pytest.param("calls.txt", b"x\n", "calls.txt", id="unknown format"),
        pytest.param("bad.jsonl", b"{not json}\n", "bad.jsonl:1", id="malformed JSON"),
        pytest.param(
            "naive.jsonl",
            b'{"call_id": "a", "started_at": "2026-05-01T00:00:00"}\n',
            "started_at",
            id="naive timestamp",
        ),
    ],
)
def test_files_that_cannot_be_imported(routefit: CommandLine, name: str, content: bytes, what: str) -> None:
    directory = write_project(routefit.folder / "project")
    (routefit.folder / name).write_bytes(content)
    ran = routefit("import", "calls", name, "--project", directory)
    assert (ran.exit_code, ran.out) == (2, "")
    assert what in ran.err
    assert "  next: " in ran.err


def test_absent_file(routefit: CommandLine) -> None:
    directory = write_project(routefit.folder / "project")
    ran = routefit("import", "calls", "absent.jsonl", "--project", directory)
    assert ran.exit_code == 2
    assert "absent.jsonl" in ran.err


def test_faults_ask_for_a_report_and_hide_the_traceback(
    routefit: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starting, "project_dir", _fail)
    ran = routefit("check")
    assert (ran.exit_code, ran.out) == (70, "")
    assert "error: routefit met a fault of its own: ZeroDivisionError: by nothing" in ran.err
    assert "please report it" in ran.err
    assert "Traceback" not in ran.err
    monkeypatch.setenv(running.DEBUG_VARIABLE, "1")
    assert "Traceback" in routefit("check").err


def test_interrupted(routefit: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "project_dir", _interrupt)
    ran = routefit("check", "--format", "json")
    assert ran.exit_code == 130
    assert ran.err == "error: interrupted; nothing is half-written\n"
    assert ran.json["error"]["code"] == "interrupted"


def test_interruption_that_a_library_hides(routefit: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """DuckDB raises RuntimeError("Query interrupted") instead."""

    def hide(*_: object) -> Path:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise RuntimeError("Query interrupted") from None
        raise AssertionError("no signal came")

    earlier = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(starting, "project_dir", hide)
    assert routefit("check").exit_code == 130
    assert signal.getsignal(signal.SIGINT) is earlier


@pytest.mark.parametrize("arguments", [["--help"], ["check"]], ids=" ".join)
def test_a_closed_pipe_is_no_error(routefit: CommandLine, arguments: list[str]) -> None:
    """`routefit ... | head -1`: the reader goes before the text is written."""
    write_project(routefit.folder / "project")
    read_end, write_end = os.pipe()
    os.close(read_end)
    command = [sys.executable, "-m", "routefit", *arguments]
    done = subprocess.run(
        command, stdout=write_end, stderr=subprocess.PIPE, text=True, check=False, cwd=routefit.folder / "project"
    )
    os.close(write_end)
    assert done.stderr == ""


def _fail(*_: object) -> Path:
    raise ZeroDivisionError("by nothing")


def _interrupt(*_: object) -> Path:
    raise KeyboardInterrupt


def test_error_documents_hold_the_declared_problems(routefit: CommandLine) -> None:
    directory = write_project(routefit.folder / "project")
    (directory / "routefit.yaml").write_text("nam: x\n")
    ran = routefit("lcpr", "--project", directory, "--format", "json")
    assert json.loads(ran.out)["error"]["code"] == "declared_files"
    assert "routefit.yaml:1:1" in ran.json["error"]["message"]


def test_explain_outside_the_days_of_an_undeclared_route(routefit: CommandLine, project: Path) -> None:
    """Nothing but calls tells of the route, and there are none in the window."""
    (project / "workloads" / "work.yaml").unlink()
    (project / "routes" / "cheap.yaml").unlink()
    window = ("--from", "2026-06-05", "--to", "2026-06-07")
    ran = routefit("explain", "work", "cheap", "--project", project, *window)
    assert ran.exit_code == 3
    assert "there are no units of work on cheap in the window 2026-06-05 to 2026-06-07" in ran.err
    assert "data lie on 2026-06-01: --from 2026-06-01 --to 2026-06-02" in ran.err
