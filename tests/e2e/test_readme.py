"""The commands of the README, the tutorials, the how-to and the explanation pages run as they stand there.

A block of commands is fenced as `sh`; the comment line above it says what becomes of it:

    <!-- run -->                      it runs and must succeed
    <!-- run: exit 3 -->              it runs and must end with this exit code
    <!-- run: shared_data -->         the page's test carries this marker beside `slow`, which all of them carry
    <!-- not run: WHY -->             it does not run (a clone of the repository, a target that runs the tests)

A `text` block under `<!-- output -->` must stand in what the block before it printed, line by line and in this
order; a line that is only `…` stands for any number of lines. A `yaml` block under `<!-- file: NAME -->` is a file
of that name. The blocks of a page run in order, in one throw-away folder whose entries are links to those of the
repository. `cd` holds for the blocks that follow.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from explained_page import files_of

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs/tutorials").glob("*.md")),
    *sorted((ROOT / "docs/how-to").glob("*.md")),
    *sorted(page for page in (ROOT / "docs/explanation").glob("*.md") if "```sh" in page.read_text()),
]
RUN_ELSEWHERE = {
    "docs/explanation/goodput.md": "tests/golden/test_goodput.py, which writes the load test of the page"
}

FENCE = re.compile(r"(?:<!-- (?P<mark>[^\n]*?) -->\n)?```(?P<language>sh|text)\n(?P<body>.*?)^```$", re.M | re.S)
MARKERS = {"slow", "shared_data", "browser"}
LONGEST_SECONDS = 300


@dataclass
class Step:
    """One block of commands and what is said about it."""

    commands: str
    line: int
    exit_code: int = 0
    markers: set[str] = field(default_factory=set)
    outputs: list[str] = field(default_factory=list)


class BadMarkError(Exception):
    """A block that says nothing, or something unknown, about whether it runs."""


def steps_of(text: str) -> list[Step]:
    """The blocks of a page that run, in order."""
    steps: list[Step] = []
    is_running = False
    for match in FENCE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        mark, body = match["mark"] or "", match["body"]
        if match["language"] == "text":
            if mark == "output":
                if not is_running:
                    raise BadMarkError(f"line {line}: an output without a block that runs before it")
                steps[-1].outputs.append(body)
            continue
        kind, _, rest = mark.partition(":")
        is_running = kind == "run"
        if is_running:
            steps.append(step_of(body, line, rest.split()))
        elif not (kind == "not run" and rest.strip()):
            raise BadMarkError(f"line {line}: say <!-- run --> or <!-- not run: WHY --> above the block")
    return steps


def step_of(commands: str, line: int, words: list[str]) -> Step:
    """A step from the words after `run:`."""
    step, words = Step(commands, line), list(words)
    while words:
        word = words.pop(0)
        if word == "exit" and words and words[0].isdigit():
            step.exit_code = int(words.pop(0))
        elif word in MARKERS:
            step.markers.add(word)
        else:
            raise BadMarkError(f"line {line}: {word!r} is neither `exit N` nor one of {sorted(MARKERS)}")
    return step


def missing_line(expected: str, printed: str) -> str | None:
    """The first line of `expected` that does not follow in `printed`, or None; `…` allows a gap."""
    wanted = [line.rstrip() for line in expected.splitlines() if line.strip()]
    rest = [line.rstrip() for line in printed.splitlines() if line.strip()]
    has_gap = True
    for line in wanted:
        if line.strip() == "…":
            has_gap = True
            continue
        if line not in (rest if has_gap else rest[:1]):
            return line
        rest = rest[rest.index(line) + 1 :]
        has_gap = False
    return None


def run(step: Step, folder: Path, state: Path) -> str:
    """Run one block where the last one left off; what it printed."""
    here = state.read_text().strip() if state.exists() else str(folder)
    script = f"{step.commands}\npwd >'{state}'\n"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "MAKE", "COV"))},
        "PATH": f"{folder / '.venv/bin'}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "100",
        "NO_COLOR": "1",
        "TERM": "dumb",
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=here,
        env=environment,
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )
    assert done.returncode == step.exit_code, (
        f"exit code {done.returncode}, expected {step.exit_code}:\n{step.commands}\n{done.stdout}\n{done.stderr}"
    )
    return done.stdout


def pages() -> list[object]:
    """One test per page, with the markers of its blocks."""
    parameters: list[object] = []
    for page in PAGES:
        if str(page.relative_to(ROOT)) in RUN_ELSEWHERE:
            continue
        try:
            markers = {marker for step in steps_of(page.read_text()) for marker in step.markers}
        except BadMarkError:
            markers = set()
        marks = [getattr(pytest.mark, marker) for marker in sorted(markers)]
        parameters.append(pytest.param(page, marks=marks, id=str(page.relative_to(ROOT))))
    return parameters


@pytest.fixture
def linked_repository(tmp_path: Path) -> Path:
    """A folder with the repository's entries as links, and the shared data beside it where they exist."""
    folder = tmp_path / "routefit"
    folder.mkdir()
    left_out = {"demo", "ledger", ".git"}
    for entry in ROOT.iterdir():
        if entry.name not in left_out:
            (folder / entry.name).symlink_to(entry)
    if (ROOT.parent / "shared").is_dir():
        (tmp_path / "shared").symlink_to(ROOT.parent / "shared")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("page", pages())
def test_page_runs(page: Path, linked_repository: Path, tmp_path: Path) -> None:
    """A reader who copies the commands, and the files that the page shows, gets what it says."""
    files_of(page, linked_repository)
    for step in steps_of(page.read_text()):
        printed = run(step, linked_repository, tmp_path / "folder")
        for expected in step.outputs:
            missing = missing_line(expected, printed)
            assert missing is None, f"{page.name}, line {step.line}: not printed: {missing!r}; printed:\n{printed}"


def test_blocks_are_read() -> None:
    """What a page says about its blocks is understood."""
    text = (
        "<!-- run: slow exit 3 -->\n```sh\nroutefit lcpr\n```\n\n<!-- output -->\n```text\na\n…\nb\n```\n"
        "<!-- not run: it clones -->\n```sh\ngit clone X\n```\n```text\nonly to read\n```\n"
    )
    (step,) = steps_of(text)
    assert (step.commands, step.exit_code, step.markers) == ("routefit lcpr\n", 3, {"slow"})
    assert step.outputs == ["a\n…\nb\n"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("```sh\nls\n```\n", "say <!-- run -->", id="no mark"),
        pytest.param("<!-- not run: -->\n```sh\nls\n```\n", "say <!-- run -->", id="no reason"),
        pytest.param("<!-- run: fast -->\n```sh\nls\n```\n", "'fast' is neither", id="an unknown word"),
        pytest.param("<!-- output -->\n```text\nx\n```\n", "an output without a block", id="output of nothing"),
    ],
)
def test_unclear_blocks_are_refused(text: str, message: str) -> None:
    """A block that nobody decided about is not skipped in silence."""
    with pytest.raises(BadMarkError, match=re.escape(message)):
        steps_of(text)


@pytest.mark.parametrize(
    ("expected", "missing"),
    [
        pytest.param("a\nb", None, id="in order"),
        pytest.param("b\nc", None, id="from the middle"),
        pytest.param("a\n…\nc", None, id="with a gap"),
        pytest.param("a\nc", "c", id="a gap that is not said"),
        pytest.param("c\na", "a", id="the other way round"),
        pytest.param("d", "d", id="absent"),
    ],
)
def test_output_is_compared_line_by_line(expected: str, missing: str | None) -> None:
    """What stands in a page as output was printed so."""
    assert missing_line(expected, "a\nb\n\nc\n") == missing


def test_a_block_fails_with_its_first_command(tmp_path: Path) -> None:
    """A failing command in the middle is not hidden by a good one after it."""
    with pytest.raises(AssertionError, match="exit code 1, expected 0"):
        run(Step("false\ntrue\n", 1), tmp_path, tmp_path / "folder")
