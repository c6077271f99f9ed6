"""Thirteen exported traces of agent frameworks, held to figures that were read from the files by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq
import pytest

import routefit
from ledger_content import everything_in
from routefit.ledger.formats.langfuse import Langfuse
from routefit.ledger.importing import import_file
from small_project import NOW, WORKLOAD, write_project

pytestmark = pytest.mark.shared_data


class Expected(NamedTuple):
    calls: int
    input_tokens: int
    output_tokens: int | None
    e2e_ms: float | None
    scores: int


EXPECTED = {
    # Each OpenAIChat.invoke stands around a "chat gpt-4o-mini" of the SDK and has other, wrong usage (542 + 235
    # and 1568 + 423; the response inside says 663 + 225): 663 + 163 in, 225 + 20 out.
    "agno-2025-06-11": Expected(2, 826, 245, 4793 + 953, 0),
    "autogen-2025-06-06": Expected(1, 41, 3, 628, 0),
    # Of five generations three are starts (1988 + 2359 + 1195 in, output never recorded), two mark a finish and a
    # success and have no usage.
    "beeai-2025-08-01": Expected(3, 5542, None, 13859 + 7445 + 17163, 2),
    "google-adk-2025-08-28": Expected(2, 67, 9, 924 + 911, 2),
    # 1104 reasoning tokens are inside the output: 6 + 2055 is the total of 2061.
    "google-gemini-2025-08-01": Expected(1, 6, 2055, 12032, 2),
    # No usage details, only the older columns; latency in seconds (1.874).
    "google-vertex-tools-langchain-2025-09-19": Expected(1, 1200, 15, 1874, 0),
    "koog-2025-08-26": Expected(2, 215, 125, 1942 + 2840, 0),
    # input_cache_read and output_reasoning are 0.
    "langgraph-2025-08-22": Expected(2, 168, 66, 848 + 1743, 2),
    "llamaindex-2025-06-05": Expected(1, 13, 81, 2776, 0),
    # The agent repeats the usage of its second chat (631 + 35); the response id of all is that of the run.
    "microsoft-agent-2025-10-14": Expected(2, 656, 105, 6459 + 5984, 2),
    "openai-agents-2025-09-30": Expected(2, 140, 44, 1150 + 1036, 2),
    # The generation has no end.
    "openai-assistants-2024-05-29": Expected(1, 49, 40, None, 0),
    "pydantic-ai-tools-2025-12-04": Expected(4, 1315, 209, 1707 + 2050 + 1283 + 2362, 0),
}
CONFIG = 'name: traces\nattribution: [{when: {model: "*"}, workload: work}]\n'
LEAST_CHARACTERS, LEAST_SPACES = 30, 4


@pytest.fixture(scope="module")
def traces(shared_data: Path) -> dict[str, Path]:
    return {path.stem: path for path in sorted((shared_data / "langfuse_framework_traces").glob("*.json"))}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, traces: dict[str, Path]) -> Path:
    """A project with all files imported; one rule gives every call the workload `work`."""
    folder = write_project(
        tmp_path_factory.mktemp("langfuse") / "project", workloads={"work": WORKLOAD}, routes={}, config=CONFIG
    )
    for path in traces.values():
        import_file(folder / "ledger", None, path, form=Langfuse(), now=NOW)
    return folder


def stored(ledger: Path, kind: str) -> list[dict[str, Any]]:
    return [row for path in sorted((ledger / kind).rglob("*.parquet")) for row in pq.read_table(path).to_pylist()]


def total(rows: list[dict[str, Any]], column: str) -> float | None:
    known = [row[column] for row in rows if row[column] is not None]
    return sum(known) if known else None


def test_every_file_is_in_the_table(traces: dict[str, Path]) -> None:
    assert sorted(EXPECTED) == sorted(traces)


@pytest.mark.parametrize("name", EXPECTED)
def test_calls_usage_time_and_scores_of_a_file(tmp_path: Path, traces: dict[str, Path], name: str) -> None:
    summaries = {
        one.kind: one for one in import_file(tmp_path / "ledger", None, traces[name], form=Langfuse(), now=NOW)
    }
    calls = stored(tmp_path / "ledger", "calls")
    found = Expected(
        len({call["call_id"] for call in calls}),
        int(total(calls, "input_tokens") or 0),
        None if (output := total(calls, "output_tokens")) is None else int(output),
        total(calls, "e2e_ms"),
        summaries["scores"].imported,
    )
    assert found == EXPECTED[name]
    assert len(calls) == found.calls
    assert all(one.rejected == one.conflicts == 0 for one in summaries.values())
    assert len({call["trace_id"] for call in calls}) == 1


def test_a_trace_is_a_unit_and_its_scores_are_no_verdicts(project: Path) -> None:
    """Low is good for toxicity and hallucination: nothing may be taken from them without a rule."""
    cells = routefit.open(project).lcpr().cells
    assert sum(cell.units for cell in cells) == len(EXPECTED)
    assert sum(cell.calls for cell in cells) == sum(one.calls for one in EXPECTED.values())
    assert [cell.unknown_units for cell in cells] == [cell.units for cell in cells]
    assert {score["name"] for score in stored(project / "ledger", "scores")} == {"toxicity", "hallucination"}


def test_the_cost_is_that_of_the_calls_alone(project: Path, traces: dict[str, Path]) -> None:
    """The sum of the costs in the files, less those of Agno's two wrappers (0.000489 and 0.0002223)."""
    observations = [one for path in traces.values() for one in json.loads(path.read_text())["observations"]]
    in_files = sum(one["totalCost"] for one in observations)
    calls = stored(project / "ledger", "calls")
    assert total(calls, "cost_pico_usd") == pytest.approx((in_files - 0.000489 - 0.0002223) * 1e12, abs=1000)


def test_no_text_of_a_prompt_or_an_answer_is_in_the_ledger(project: Path, traces: dict[str, Path]) -> None:
    held = everything_in(project / "ledger")
    phrases = {phrase for path in traces.values() for phrase in _phrases(json.loads(path.read_text()))}
    assert len(phrases) > 100
    assert not [phrase for phrase in phrases if phrase in held]
    assert "user@langfuse.com" not in held
    assert "pk-lf-" not in held
    assert "user_123" not in held


def _phrases(document: dict[str, Any]) -> Iterator[str]:
    """The starts of the longer texts among inputs, outputs and comments."""
    for holder in (document["trace"], *document["observations"], *(document["trace"].get("scores") or ())):
        for name in ("input", "output", "comment"):
            for text in _texts(holder.get(name)):
                for line in text.replace("\\n", "\n").splitlines():
                    if len(line) >= LEAST_CHARACTERS and line.count(" ") >= LEAST_SPACES:
                        yield line[:LEAST_CHARACTERS]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)
