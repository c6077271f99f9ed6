"""Wrong values, keys and types in files that are YAML: one exact message for each kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from routefit.errors import DeclaredFilesError
from routefit.project import load_project


def problems(directory: Path, files: dict[str, str | bytes]) -> list[str]:
    """The problems of a project that holds these files."""
    for file, text in {"routefit.yaml": "name: acme\n", **files}.items():
        path = directory / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(DeclaredFilesError) as caught:
        load_project(directory)
    return [str(problem) for problem in caught.value.problems]


VALUES = [
    pytest.param(
        "unit: {quality_flor_rate: 0.8}",
        "2:8: unit: unknown key 'quality_flor_rate', did you mean 'quality_floor_rate'?",
        id="misspelt",
    ),
    pytest.param(
        "quality_floor_rate: 0.8",
        "2:1: unknown key 'quality_floor_rate', did you mean 'unit.quality_floor_rate'?",
        id="wrong-level",
    ),
    pytest.param(
        "ops: {zzz: 1}",
        "2:7: ops: unknown key 'zzz', expected one of usd_per_month, allocation",
        id="like-nothing",
    ),
    pytest.param(
        "unit: {quality_floor_rate: 85}",
        "2:28: unit.quality_floor_rate: got 85, expected a number from 0 to 1 (85% is 0.85)",
        id="percent",
    ),
    pytest.param(
        "unit: {quality_floor_rate: -0.0000001}",
        "2:28: unit.quality_floor_rate: got -0.0000001, expected a number from 0 to 1",
        id="small-number",
    ),
    pytest.param(
        "unit: {quality_floor_rate: high}",
        "2:28: unit.quality_floor_rate: got 'high', expected a number from 0 to 1",
        id="text-for-a-number",
    ),
    pytest.param(
        "unit: {retry_budget: -1}",
        "2:22: unit.retry_budget: got -1, expected a whole number, 0 or more",
        id="negative-count",
    ),
    pytest.param(
        "unit: {retry_budget: true}",
        "2:22: unit.retry_budget: got true, expected a whole number, 0 or more",
        id="truth-for-a-number",
    ),
    pytest.param(
        "unit: {retry_budget: 1.5}",
        "2:22: unit.retry_budget: got 1.5, expected a whole number, 0 or more",
        id="half-a-retry",
    ),
    pytest.param(
        "unit: {human_gate: maybe}", "2:20: unit.human_gate: got 'maybe', expected true or false", id="maybe"
    ),
    pytest.param(
        "human: {usd_per_escalation: -0.40}",
        "2:29: human.usd_per_escalation: got -0.40, expected a number, 0 or more",
        id="bare-fact",
    ),
    pytest.param(
        "human: {usd_per_escalation: {value: -1, label: PUBLIC}}",
        "2:37: human.usd_per_escalation.value: got -1, expected a number, 0 or more",
        id="full-fact",
    ),
    pytest.param(
        "human: {usd_per_escalation: {value: 1, lable: PUBLIC}}",
        "2:40: human.usd_per_escalation: unknown key 'lable', did you mean 'label'?",
        id="key-of-a-fact",
    ),
    pytest.param(
        "human: {usd_per_escalation: {value: 1, label: PUBLIK}}",
        "2:47: human.usd_per_escalation.label: got 'PUBLIK', expected one of MEASURED, CONTRACTED, PUBLIC, "
        "DERIVED, ESTIMATED, OPINION, ASSUMED, SYNTHETIC, UNKNOWN; did you mean 'PUBLIC'?",
        id="label",
    ),
    pytest.param(
        "human: {usd_per_escalation: .inf}",
        "2:29: human.usd_per_escalation: got inf, expected a number, 0 or more",
        id="infinite",
    ),
    pytest.param(
        "human: {usd_per_escalation: [1]}",
        "2:29: human.usd_per_escalation: got a list, expected a number, 0 or more",
        id="list-for-a-fact",
    ),
    pytest.param(
        "class: batches",
        "2:8: class: got 'batches', expected one of human_waiting_sync, human_waiting_streaming, "
        "machine_waiting, batch, agentic, realtime_voice; did you mean 'batch'?",
        id="enum",
    ),
    pytest.param("slo: {scope: call}", "2:14: slo.scope: got 'call', expected one of attempt, unit", id="literal"),
    pytest.param(
        "slo: {percentile: 100}",
        "2:19: slo.percentile: got 100, expected a number, above 0 and below 100",
        id="open-range",
    ),
    pytest.param("slo: {ttft_ms: 0}", "2:16: slo.ttft_ms: got 0, expected a number, above 0", id="zero"),
    pytest.param(
        "eval: {sample_rate: 0}",
        "2:21: eval.sample_rate: got 0, expected a number, above 0 and 1 or less",
        id="half-open-range",
    ),
    pytest.param(
        "needs: 5",
        "2:8: needs: got 5, expected keys with values (context_tokens, modalities_in, modalities_out, "
        "structured_output, tool_use, languages)",
        id="value-for-a-section",
    ),
    pytest.param(
        "segments: tag.language",
        "2:11: segments: got 'tag.language', expected a list of text: put it in brackets, [tag.language]",
        id="one-for-a-list",
    ),
    pytest.param(
        "owner: 2026", '2:8: owner: got 2026, expected text: put it in quotes, "2026"', id="number-as-text"
    ),
    pytest.param(
        "owner: 2026-01-31",
        '2:8: owner: got 2026-01-31, expected text: put it in quotes, "2026-01-31"',
        id="date-as-text",
    ),
    pytest.param('owner: ""', "2:8: owner: got '', expected text that is not empty", id="empty-text"),
    pytest.param(
        "data: {licence_uses: [commercial, trainin_on_outputs]}",
        "2:35: data.licence_uses[1]: got 'trainin_on_outputs', expected one of commercial, "
        "training_on_outputs, output_ownership, competing_use; did you mean 'training_on_outputs'?",
        id="in-a-list",
    ),
    pytest.param(
        "verdict:\n  - {accept: [1]}\n  - {from: scor}",
        "3:5: verdict[0].from: got nothing, expected one of score, ticket_status, feedback, grader, test",
        id="missing-in-a-list",
    ),
    pytest.param(
        "verdict: [{from: score, accept: true}]",
        '2:33: verdict[0].accept: got true, expected text or a list of text: put it in quotes, "true"',
        id="either-of-two-types-is-said-once",
    ),
    pytest.param(
        "verdict: [{from: score, accept: [1]}]",
        '2:34: verdict[0].accept[0]: got 1, expected text: put it in quotes, "1"',
        id="inside-the-second-type",
    ),
    pytest.param(
        "anticipated: [{on: soon}]",
        "2:20: anticipated[0].on: got 'soon', expected a date like 2026-01-31",
        id="soon",
    ),
    pytest.param(
        "anticipated: [{on: 2026-02-30}]",
        "2:20: anticipated[0].on: got '2026-02-30', expected a date like 2026-01-31",
        id="30-february",
    ),
    pytest.param(
        "anticipated: [{data: {regions: [eu]}}]",
        "2:15: anticipated[0].on: got nothing, expected a date like 2026-01-31",
        id="no-date",
    ),
    pytest.param(
        "anticipated: [{on: 2027-01-01}, {on: 2027-01-01}]",
        "2:38: anticipated[1].on: got 2027-01-01 again, expected one entry per date (first at anticipated[0])",
        id="one-date-twice",
    ),
]


@pytest.mark.parametrize(("line", "expected"), VALUES)
def test_wrong_value(tmp_path: Path, line: str, expected: str) -> None:
    assert f"workloads/a.yaml:{expected}" in problems(tmp_path, {"workloads/a.yaml": f"id: a\n{line}\n"})


@pytest.mark.parametrize(("line", "expected"), VALUES)
def test_wrong_value_is_reported_once(tmp_path: Path, line: str, expected: str) -> None:
    found = problems(tmp_path, {"workloads/a.yaml": f"id: a\n{line}\n"})
    places = [problem.split(": ", 1)[0] for problem in found]
    assert len(places) == len(set(places))
