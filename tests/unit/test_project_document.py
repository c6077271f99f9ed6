"""Files that cannot be read as YAML: one exact message for each way."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routefit.declared.model import Workload
from routefit.errors import DeclaredFilesError
from routefit.project import load_project
from routefit.project.document import parse_document
from routefit.project.validation import validated

TEXT = """\
id: support
unit: {name: resolved ticket, quality_floor_rate: 0.85, retry_budget: null}
verdict:
  - {from: score, name: judge, accept: ">=0.7"}
human: &human {usd_per_escalation: {value: 0.40, label: PUBLIC, as_of: 2026-05-01}}
anticipated:
  - {on: 2027-01-01, data: {regions: [eu]}}
"""
FRAGMENTS = [
    "{",
    "}",
    "[",
    "]",
    ": ",
    " ",
    "\n",
    "\t",
    "- ",
    "&a ",
    "*a",
    "*human",
    "<<: ",
    "!x ",
    "!!int ",
    "null",
    "true",
    "1e999",
    ".nan",
    "2026-02-30",
    '"',
    "'",
    "|",
    ">",
    "%",
    "@",
    "#",
    "? ",
    "---\n",
    "\x00",
    "\x85",
    "é",
]


def problems(directory: Path, files: dict[str, str | bytes]) -> list[str]:
    """The problems of a project that holds these files."""
    for file, text in {"routefit.yaml": "name: acme\n", **files}.items():
        path = directory / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(DeclaredFilesError) as caught:
        load_project(directory)
    return [str(problem) for problem in caught.value.problems]


WHOLE_FILE = [
    pytest.param("", "1:1: got an empty file, expected keys with values", id="empty"),
    pytest.param("# later\n", "1:1: got an empty file, expected keys with values", id="only-comments"),
    pytest.param("- id: a\n", "1:1: got a list, expected keys with values, like `name: value`", id="a-list"),
    pytest.param("a\n", "1:1: got a single value, expected keys with values, like `name: value`", id="a-value"),
    pytest.param(
        "id: a\n---\nid: b\n",
        "2:1: got a second document after `---`, expected one document per file",
        id="two-documents",
    ),
    pytest.param("id: a\nslo:\n\tttft_ms: 5\n", "3:1: got a tab, expected spaces for indentation", id="tab"),
    pytest.param(
        "id: a\nslo: {ttft_ms: 5\n",
        "3:1: got text that is not YAML (while parsing a flow mapping, expected ',' or '}', but got "
        "the end of the file)",
        id="open-brace",
    ),
    pytest.param(
        "id: a: b\n", "1:6: got text that is not YAML (mapping values are not allowed here)", id="two-colons"
    ),
    pytest.param("id: *a\n", "1:5: got text that is not YAML (found undefined alias 'a')", id="unknown-alias"),
    pytest.param("id: a\nowner: \x07\n", "2:8: got the character U+0007, expected printable text", id="bell"),
    pytest.param(b"id: a\nowner: caf\xe9\n", "2:11: got the byte 0xe9, expected text in UTF-8", id="latin-1"),
    pytest.param(
        "id: a\nid: b\n", "2:1: id: got this key again, expected it once (first on line 1)", id="key-twice"
    ),
    pytest.param(
        "id: a\nslo: {scope: unit, scope: attempt}\n",
        "2:20: slo.scope: got this key again, expected it once (first on line 2)",
        id="key-twice-below",
    ),
    pytest.param("id: a\nowner: !secret b\n", "2:8: owner: got the tag !secret, expected plain values", id="tag"),
    pytest.param(
        "id: a\nsegments: &s [*s]\n",
        "2:11: segments[0]: got an alias of the values that it stands in, expected values that end",
        id="alias-of-itself",
    ),
    pytest.param(
        "id: a\n<<: 5\n", "2:1: got `<<` without keys to merge, expected an alias", id="merge-of-nothing"
    ),
    pytest.param("id: a\n? [b]\n: c\n", "2:3: got a list or keys as a key, expected text", id="a-list-as-key"),
]


@pytest.mark.parametrize(("text", "expected"), WHOLE_FILE)
def test_unreadable_file(tmp_path: Path, text: str | bytes, expected: str) -> None:
    assert problems(tmp_path, {"workloads/a.yaml": text})[0] == f"workloads/a.yaml:{expected}"


def test_deep_nesting_is_a_problem_not_a_crash(tmp_path: Path) -> None:
    assert problems(tmp_path, {"workloads/a.yaml": "[" * 5000}) == [
        "workloads/a.yaml: got values nested too deeply to be read"
    ]


def test_aliases_of_aliases_do_not_fill_the_memory(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert problems(tmp_path, {"workloads/a.yaml": "\n".join(lines)}) == [
        "workloads/a.yaml: got more than 500,000 values, expected fewer in one file"
    ]


def test_a_file_of_calls_is_not_parsed_for_minutes(tmp_path: Path) -> None:
    assert problems(tmp_path, {"workloads/a.yaml": b"#" * 4_000_001}) == [
        "workloads/a.yaml: got 4,000,001 bytes, expected at most 4,000,000 in a declared file"
    ]


@settings(max_examples=100)
@given(st.lists(st.tuples(st.integers(0, len(TEXT)), st.sampled_from(FRAGMENTS)), min_size=1, max_size=3))
def test_a_slip_of_the_hand_never_crashes(slips: list[tuple[int, str]]) -> None:
    """Either the file still reads, or there is at least one problem, each with a message."""
    text = TEXT
    for position, fragment in slips:
        text = text[:position] + fragment + text[position:]
    document = parse_document(text, file="a.yaml")
    model, found = validated(document, Workload)
    assert (model is not None) is not bool(found)
    assert all(problem.message for problem in (*document.problems, *found))
