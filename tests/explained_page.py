"""Running the commands of an explanation page in this process, and holding what they print against the page.

Blocks are marked as in the tutorials: `<!-- run -->` above `sh`, `<!-- output -->` above `text`, `…` for any
lines. Runs of blanks count as one, so that a page does not depend on the width of a column. A line of commands is
one routefit command, perhaps with `| grep "WORDS"` behind it.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from command_line import run_command

_BLOCK = re.compile(r"<!-- (?P<mark>run|output)(?:: [^\n]*)? -->\n```(?:sh|text)\n(?P<body>.*?)^```$", re.M | re.S)


def missing_lines(page: Path) -> list[str]:
    """For each output of the page the first line that was not printed there; commands must succeed."""
    printed: list[str] = []
    missing = []
    for block in _BLOCK.finditer(page.read_text()):
        if block["mark"] == "run":
            printed = [line for command in _commands(block["body"]) for line in _printed(command)]
        elif (lost := _first_missing(_lines(block["body"]), printed)) is not None:
            missing.append(lost)
    return missing


def files_of(page: Path, folder: Path) -> None:
    """Write the files that a page shows, each below `<!-- file: NAME -->`, into a folder."""
    for found in re.finditer(r"<!-- file: (\S+) -->\n```yaml\n(.*?)^```$", page.read_text(), re.M | re.S):
        (folder / found[1]).write_text(found[2])


def blocks_that_run(page: Path) -> int:
    """How many blocks of the page run."""
    return sum(block["mark"] == "run" for block in _BLOCK.finditer(page.read_text()))


def _commands(body: str) -> list[str]:
    return [line for line in body.replace("\\\n", " ").splitlines() if line.strip()]


def _printed(command: str) -> list[str]:
    words, _, wanted = command.partition(" | grep ")
    name, *arguments = shlex.split(words)
    assert name == "routefit", command
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("COLUMNS", "100")
        ran = run_command(*arguments)
    assert ran.exit_code == 0, f"{command}\n{ran.err}"
    pattern = shlex.split(wanted)[0] if wanted else ""
    return [line for line in _lines(ran.out) if pattern in line]


def _lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def _first_missing(expected: list[str], printed: list[str]) -> str | None:
    rest, has_gap = printed, True
    for line in expected:
        if line == "…":
            has_gap = True
            continue
        if line not in (rest if has_gap else rest[:1]):
            return line
        rest, has_gap = rest[rest.index(line) + 1 :], False
    return None
