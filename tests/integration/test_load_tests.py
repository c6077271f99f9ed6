"""Load tests from a tool's file to the goodput of a route."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

import load_tests as made
import small_project as small
from command_line import Ran, run_command
from routefit.answers.goodput import MeasuredGoodput, measured_goodput
from routefit.answers.importing import ImportAnswer, import_files
from routefit.answers.workspace import Workspace

LATER = datetime(2026, 6, 21, 12, tzinfo=UTC)
SLO = "slo: {ttft_ms: 200, percentile: 95}\n"
SUBJECT = ("--route", "dear", "--workload", "work", "--replicas", "1")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return small.write_project(tmp_path / "p", workloads={"work": small.WORKLOAD + SLO})


def bring(
    project: Path, file: Path, tool: str = "guidellm", *, at: datetime = small.NOW, **about: Any
) -> ImportAnswer:
    about = {"route": "dear", "workload": "work", "replicas": 1.0, **about}
    return import_files(project, [str(file)], kind=tool, as_of=at, **about)


def asked(project: Path, workload: str = "work", route: str = "dear", at: datetime = LATER) -> MeasuredGoodput:
    found = measured(project, workload, route, at)
    assert found is not None
    return found


def measured(
    project: Path, workload: str = "work", route: str = "dear", at: datetime = LATER
) -> MeasuredGoodput | None:
    with Workspace(project, as_of=at) as workspace:
        return measured_goodput(workspace, workload, route)


def report(project: Path, name: str = "benchmarks.json", **how: Any) -> Path:
    return made.write_report(project.parent / name, made.guidellm_report(**how))


def tool(*arguments: str | Path, project: Path) -> Ran:
    return run_command("import", *arguments, "--project", project)


@pytest.mark.parametrize("release", ["0.2.1", "0.3.1", "0.4.0", "0.5.4", "0.6.1", "0.7.4", "0.8.1"])
def test_every_release_of_guidellm(project: Path, release: str) -> None:
    (one,) = bring(project, report(project, release=release)).files
    assert (one.kind, one.imported, one.rejected) == ("load_tests", 100 + 200 + 250 + 3, 0)
    found = asked(project)
    assert found.goodput_units_per_replica_hour == pytest.approx(25 * 3600 * 0.99)
    assert found.max_utilization_rate == pytest.approx(0.8)
    assert (found.tool, found.requests, found.as_of) == ("guidellm", 550, date(2026, 6, 10))
    assert found.tool_version == (release if release >= "0.5" else None)
    assert [step.offered_requests_per_s for step in found.steps] == [10.0, 20.0, 40.0]
    assert [step.utilization_rate for step in found.steps] == pytest.approx([0.4, 0.8, 1.0])
    assert [step.within_slo_rate for step in found.steps] == pytest.approx([1.0, 0.99, 0.2])
    assert [step.ttft.p99_ms for step in found.steps] == pytest.approx([100, 100, 1_000], abs=0.01)
    assert [step.tpot.p50_ms for step in found.steps] == pytest.approx([40, 40, 400], abs=0.1)


def test_an_objective_that_is_declared_later_applies(project: Path) -> None:
    bring(project, report(project))
    (project / "workloads" / "work.yaml").write_text(small.WORKLOAD + "slo: {e2e_ms: 600, percentile: 99.5}\n")
    found = asked(project)
    assert found.max_utilization_rate == pytest.approx(0.4), "at 20 a second 1% are slower"
    assert found.goodput_units_per_replica_hour == pytest.approx(25 * 3600)


def test_acceptance_and_calls_per_unit_come_from_the_cell(project: Path) -> None:
    """20 units of 2 calls; 12 of the 16 judged ones were accepted."""
    calls = [small.call("dear", unit) for unit in range(20)]
    calls += [one | {"call_id": f"{one['call_id']}-2", "role": "step"} for one in calls]
    small.load(project, "calls", [one | {"ttft_ms": 100} for one in calls])
    small.load(project, "outcomes", [small.outcome("dear", unit, unit < 12) for unit in range(16)])
    bring(project, report(project))
    found = asked(project)
    assert found.notes == ()
    assert found.goodput_units_per_replica_hour == pytest.approx(25 * 3600 * 0.99 * 0.75 / 2)


def test_units_outside_the_objective_are_counted_once(project: Path) -> None:
    """4 of 16 judged units were too slow in traffic; the test counts slow requests itself."""
    calls = [small.call("dear", unit, ttft_ms=5_000 if unit < 4 else 100) for unit in range(16)]
    small.load(project, "calls", calls)
    small.load(project, "outcomes", [small.outcome("dear", unit, True) for unit in range(16)])
    bring(project, report(project))
    assert asked(project).goodput_units_per_replica_hour == pytest.approx(25 * 3600 * 0.99)


def test_the_summary_says_the_goodput(project: Path) -> None:
    ran = tool("guidellm", report(project), *SUBJECT, project=project)
    assert ran.exit_code == 0, ran.err
    text = " ".join(ran.out.split())
    assert "one replica serves 71,280 units an hour within the objective, at 80% of saturation" in text
    assert "MEASURED by guidellm 0.8.1, 550 requests in 3 steps" in text
    assert "no verdicts on this route" in text
    assert "Next: routefit decide dedicated --workload work --route dear\n" in ran.out


def test_importing_again_changes_nothing(project: Path) -> None:
    file = report(project)
    bring(project, file)
    (again,) = bring(project, file).files
    assert (again.imported, again.duplicate, again.is_already_imported) == (0, 553, True)
    copy = made.write_report(project.parent / "copy.json", json.loads(file.read_text()) | {"conclusions": []})
    (other,) = bring(project, copy).files
    assert (other.imported, other.duplicate, other.conflicts) == (0, 553, 0)


def test_a_request_that_is_known_with_other_times_is_a_conflict(project: Path) -> None:
    bring(project, report(project))
    changed = made.guidellm_report()
    changed["benchmarks"][0]["requests"]["successful"][0]["time_to_first_token_ms"] = 77.0
    (one,) = bring(project, made.write_report(project.parent / "changed.json", changed)).files
    assert (one.imported, one.rejected, one.conflicts) == (0, 1, 1)
    assert "is known with other content" in one.rejects[0].text


def test_another_number_of_replicas_corrects_the_first(project: Path) -> None:
    file = report(project)
    bring(project, file, replicas=None)
    assert "the number of replicas was not given: 1 is assumed" in asked(project).notes
    bring(project, file, replicas=4.0, at=small.NOW.replace(hour=13))
    found = asked(project)
    assert found.goodput_units_per_replica_hour == pytest.approx(25 * 3600 * 0.99 / 4)
    assert found.requests == 550


def test_a_test_is_of_its_route_and_workload(project: Path) -> None:
    (project / "workloads" / "other.yaml").write_text(f"id: other\n{SLO}")
    bring(project, report(project))
    assert measured(project, route="cheap") is None
    assert measured(project, workload="other") is None
    bring(project, report(project, run_id="run-2"), workload=None)
    found = asked(project, workload="other")
    assert found.notes[0] == "the test names no workload: its requests may be unlike those of this one"
    assert not any("names no workload" in note for note in asked(project).notes)


def test_as_of_a_day_before_the_import_there_is_none(project: Path) -> None:
    bring(project, report(project))
    assert measured(project, at=datetime(2026, 6, 19, tzinfo=UTC)) is None
    assert measured(project) is not None


@pytest.mark.parametrize("release", ["0.3.1", "0.8.1"])
def test_a_sample_of_the_requests(project: Path, release: str) -> None:
    """The tool kept 20 of each step: its quantiles say which step is within, the sample gives the share."""
    bring(project, report(project, release=release, kept=20))
    found = asked(project)
    assert found.max_utilization_rate == pytest.approx(0.8)
    assert found.goodput_units_per_replica_hour == pytest.approx(25 * 3600)
    assert found.notes[0] == "the tool kept the times of 60 of 550 answered requests: a sample"


def test_aggregates_only_are_no_goodput(project: Path) -> None:
    bring(project, report(project, kept=0))
    found = asked(project)
    assert found.goodput_units_per_replica_hour is None
    assert found.max_utilization_rate == pytest.approx(0.8)
    assert [step.within_slo_rate for step in found.steps] == [None, None, None]
    assert "no times of single requests of constant 20/s are known" in found.notes[-1]
    assert found.headline.startswith("goodput is unknown; the objective holds up to 80% of saturation")


def test_failed_and_cancelled_requests(project: Path) -> None:
    """Failed ones count as outside, open ones are in nothing."""
    steps = (made.sent(10, failed=25, cancelled=400), made.sent(20, slow=2))
    bring(project, report(project, steps=steps))
    found = asked(project)
    assert [(step.requests, step.failed_requests) for step in found.steps] == [(125, 25), (200, 0)]
    assert [step.within_slo_rate for step in found.steps] == pytest.approx([0.8, 0.99])
    assert [step.is_within_slo for step in found.steps] == [False, True]


def test_answers_of_one_token_have_no_time_per_token(project: Path) -> None:
    (project / "workloads" / "work.yaml").write_text(small.WORKLOAD + "slo: {tpot_ms: 1}\n")
    for release in ("0.3.1", "0.8.1"):
        steps = [made.sent(10, output_tokens=1)]
        bring(project, report(project, steps=steps, release=release, run_id=release))
    found = asked(project)
    assert (found.steps[0].is_within_slo, found.steps[0].tpot.p50_ms) == (True, None)


def test_requests_of_the_warm_up_are_left_out(project: Path) -> None:
    document = made.guidellm_report()
    document["benchmarks"][0]["start_time"] += 5
    (one,) = bring(project, made.write_report(project.parent / "warm.json", document)).files
    assert one.notes[0] == "45 records left out: requests outside of the measured time (warm-up and cool-down)"


def test_odd_values_of_a_report_are_refused_with_their_place(project: Path) -> None:
    document = made.guidellm_report()
    first, second, third, *_ = document["benchmarks"][0]["requests"]["successful"]
    first["time_to_first_token_ms"] = "soon"
    second["request_latency"] = -1.0
    third["request_start_time"] = "yesterday"
    (one,) = bring(project, made.write_report(project.parent / "odd.json", document)).files
    assert [(row.line, row.field) for row in one.rejects] == [(2, "ttft_ms"), (3, "e2e_ms"), (4, "started_at")]
    assert one.imported == 550


# --- aiperf ---------------------------------------------------------------------------------------------


def runs(project: Path, release: str = "0.13.0") -> tuple[list[Path], list[Path]]:
    """The two files of each run of a sweep."""
    records, aggregates = [], []
    for at, step in enumerate(made.SWEEP):
        folder = project.parent / f"run-{at}"
        folder.mkdir()
        records.append(made.write_records(folder / "profile_export.jsonl", made.aiperf_records(step, at=at)))
        aggregates.append(folder / "profile_export_aiperf.json")
        aggregates[-1].write_text(json.dumps(made.aiperf_aggregates(step, at=at, release=release), indent=2))
    return records, aggregates


def test_the_records_of_aiperf(project: Path) -> None:
    records, _ = runs(project)
    for file in records:
        (one,) = bring(project, file, "aiperf").files
        assert one.notes[0] == "1 record left out: requests of the warm-up"
    found = asked(project)
    assert (found.tool, found.tool_version, found.requests, len(found.steps)) == ("aiperf", None, 550, 3)
    assert [step.within_slo_rate for step in found.steps] == pytest.approx([1.0, 0.99, 0.2])
    assert [step.is_within_slo for step in found.steps] == [True, True, False]
    assert [step.offered_requests_per_s for step in found.steps] == [None, None, None]


@pytest.mark.parametrize("release", ["0.3.0", "0.6.0", "0.13.0"])
@pytest.mark.parametrize("records_come_first", [True, False])
def test_records_and_aggregates_are_one_run(project: Path, release: str, records_come_first: bool) -> None:
    records, aggregates = runs(project, release)
    files = [*records, *aggregates] if records_come_first else [*aggregates, *records]
    for file in files:
        bring(project, file, "aiperf")
    found = asked(project)
    assert found.goodput_units_per_replica_hour == pytest.approx(25 * 3600 * 0.99)
    assert found.max_utilization_rate == pytest.approx(0.8)
    assert (found.requests, len(found.steps)) == (550, 3)
    assert [step.name for step in found.steps] == ["constant 10/s", "constant 20/s", "constant 40/s"]
    assert found.tool_version == (None if release == "0.3.0" else release)


def test_the_aggregates_of_aiperf_alone(project: Path) -> None:
    _, aggregates = runs(project)
    for file in aggregates:
        (one,) = bring(project, file, "aiperf").files
        assert any(note.startswith("aggregates only: ") for note in one.notes)
    found = asked(project)
    assert found.goodput_units_per_replica_hour is None
    assert found.max_utilization_rate == pytest.approx(0.8)
    assert [step.ttft.p95_ms for step in found.steps] == [100, 100, 1_000]


def test_lines_of_aiperf_that_are_no_records_are_refused(project: Path) -> None:
    lines = made.aiperf_records(made.sent(10))
    lines[3]["metadata"].pop("request_start_ns")
    lines[4]["metrics"]["request_latency"]["value"] = -1
    lines[5]["metrics"]["request_latency"]["unit"] = "furlongs"
    file = made.write_records(project.parent / "profile_export.jsonl", lines)
    (one,) = bring(project, file, "aiperf").files
    assert [(row.line, row.field) for row in one.rejects] == [(4, None), (5, "e2e_ms"), (6, "e2e_ms")]
    assert one.rejected == 3
    ran = tool("aiperf", file, *SUBJECT, "--strict", project=small.write_project(project.parent / "strict"))
    assert ran.exit_code == 2


# --- what cannot be taken -------------------------------------------------------------------------------


def no_answer() -> dict[str, Any]:
    return made.guidellm_report([made.sent(0, answered=0, failed=7)])


@pytest.mark.parametrize(
    ("word", "name", "content", "parts"),
    [
        pytest.param("guidellm", "r.json", {"colour": 1}, ("no list `benchmarks`",), id="another object"),
        pytest.param("guidellm", "r.json", [1], ("got a JSON list",), id="a list"),
        pytest.param("guidellm", "r.csv", "a,b\n1,2\n", ("got csv", "benchmarks.json"), id="its CSV"),
        pytest.param("guidellm", "r.json", {"benchmarks": []}, ("holds no benchmark",), id="no benchmark"),
        pytest.param(
            "guidellm",
            "r.json",
            {"metadata": {"version": 3}, "benchmarks": [{}]},
            ("version 3, expected 1, 2 or none",),
            id="a version to come",
        ),
        pytest.param("guidellm", "r.json", {"benchmarks": [{}]}, ("is no benchmark that is known",), id="hollow"),
        pytest.param("guidellm", "r.json", no_answer(), ("all 7 counted requests failed",), id="nothing answered"),
        pytest.param("guidellm", "r.json", '{"benchmarks": [{"a": 1}, ', ("r.json:1:",), id="cut short"),
        pytest.param("aiperf", "p.json", {"data": []}, ("request_latency and request_count",), id="inputs.json"),
        pytest.param("aiperf", "p.json", {"aggregation_type": "sweep"}, ("several runs",), id="a sweep's summary"),
        pytest.param(
            "aiperf", "p.json", {"metadata": {"aggregation_type": "c"}}, ("several runs",), id="of trials"
        ),
        pytest.param("aiperf", "p.json", {"timeslices": []}, ("slices of time",), id="slices"),
        pytest.param(
            "aiperf",
            "p.json",
            made.aiperf_aggregates(made.sent(1)) | {"schema_version": "2.0"},
            ("schema 2.0, expected 1.x or none",),
            id="a schema to come",
        ),
        pytest.param(
            "aiperf",
            "p.json",
            made.aiperf_aggregates(made.sent(1)) | {"start_time": None},
            ("when the run started",),
            id="no start",
        ),
        pytest.param(
            "aiperf",
            "raw.jsonl",
            '{"metadata": {"request_start_ns": 1}, "payload": {}}\n' * 2,
            ("raw requests",),
            id="the raw records",
        ),
    ],
)
def test_a_file_that_cannot_be_used(
    project: Path, word: str, name: str, content: Any, parts: tuple[str, ...]
) -> None:
    file = project.parent / name
    file.write_text(content if isinstance(content, str) else json.dumps(content, indent=1))
    ran = tool(word, file, *SUBJECT, project=project)
    assert ran.exit_code == 2
    assert [part for part in (str(file), "next:", *parts) if part not in ran.err] == []
    assert measured(project) is None


@pytest.mark.parametrize(
    ("options", "part"),
    [
        pytest.param((), "--route ROUTE", id="no route"),
        pytest.param(("--route", ""), "--route ROUTE", id="an empty route"),
        pytest.param(("--route", "dear", "--replicas", "0"), "got 0, expected a number above 0", id="no replica"),
        pytest.param(
            ("--route", "dear", "--replicas", "-1"), "got -1, expected a number above 0", id="below none"
        ),
        pytest.param(("--route", "dear", "--replicas", "nan"), "got nan, expected", id="no number"),
    ],
)
def test_what_a_test_is_about_must_be_said(project: Path, options: tuple[str, ...], part: str) -> None:
    ran = tool("guidellm", report(project), *options, project=project)
    assert ran.exit_code == 2
    assert part in ran.err
    assert not (project / "ledger").exists()


def test_other_kinds_take_no_subject(project: Path) -> None:
    ran = tool("calls", "calls.jsonl", "--route", "dear", project=project)
    assert ran.exit_code == 2
    assert "--route says what a load test is about, expected only with guidellm or aiperf" in ran.err


def test_a_file_of_the_other_tool_names_the_right_word(project: Path) -> None:
    records, aggregates = runs(project)
    for file, word, right in (
        (report(project), "aiperf", "guidellm"),
        (records[0], "guidellm", "aiperf"),
        (aggregates[0], "guidellm", "aiperf"),
        (report(project, release="0.3.1"), "calls", "guidellm"),
    ):
        ran = tool(word, file, *(SUBJECT if word != "calls" else ()), project=project)
        assert ran.exit_code == 2
        assert f"`routefit import {right} {file} --route ROUTE`" in ran.err


def test_a_name_that_nothing_else_knows_is_warned_of(project: Path) -> None:
    ran = tool("guidellm", report(project), "--route", "deer", "--workload", "work", project=project)
    assert ran.exit_code == 0
    assert "no file in routes/ declares 'deer' and no call names it; did you mean 'dear'?" in ran.err
