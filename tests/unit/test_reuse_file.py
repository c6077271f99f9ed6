"""`--reuse FILE.jsonl`: what is read, the size of a block, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from command_line import run_command, write_json_lines
from routefit.answers.reuse_file import reuse_replay, reuse_table
from routefit.errors import BadInputError


def line(timestamp: float, input_length: int, *hash_ids: int | str, **more: Any) -> dict[str, Any]:
    """A request as the file spells it."""
    return {"timestamp": timestamp, "input_length": input_length, "hash_ids": hash_ids, **more}


def test_a_request_is_read(tmp_path: Path) -> None:
    """Milliseconds become seconds, sessions names; other keys and empty lines do not matter."""
    file = tmp_path / "a.jsonl"
    rows = [line(1500, 600, "a", "b", session_id=7, output_length=3), line(0, 512, "a")]
    file.write_text("\n\n".join(map(json.dumps, rows)) + "\n\n")
    replay = reuse_replay(file)
    assert [(one.arrived_s, one.input_tokens, one.blocks, one.session) for one in replay.requests] == [
        (0.0, 512, ("a",), None),
        (1.5, 600, ("a", "b"), "7"),
    ]
    assert replay.hit_rate() == pytest.approx(512 / 1112)
    assert reuse_table(file).tables["reuse"].requests == replay.requests


@pytest.mark.parametrize(
    ("rows", "tokens"),
    [
        pytest.param([line(0, 6758, *range(14))], 512, id="that of the format"),
        pytest.param([line(0, 100, 1)], 512, id="one block holds all: that of the format"),
        pytest.param([line(0, 40, 1, 2, 3)], 16, id="the power of two that fits"),
        pytest.param([line(0, 1100, 1, 2), line(1, 700, 1)], 512, id="the tail is no block"),
        pytest.param([line(0, 40, 1, 2), line(1, 20, 1)], 32, id="the largest that fits all"),
    ],
)
def test_the_size_of_a_block(tmp_path: Path, rows: list[dict[str, Any]], tokens: int) -> None:
    """It is not in the file; every request must have as many blocks as its tokens fill."""
    assert reuse_replay(write_json_lines(tmp_path / "a.jsonl", rows)).block_tokens == tokens


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("", "got no requests", id="empty"),
        pytest.param("{", "a.jsonl:1:", id="no JSON"),
        pytest.param('\n{"timestamp": 0}', "a.jsonl:2: .*input_length", id="a field is missing"),
        pytest.param(
            '{"timestamp": -1, "input_length": 5, "hash_ids": [1]}',
            "a.jsonl:1: .*timestamp",
            id="before the start",
        ),
        pytest.param('{"timestamp": 0, "input_length": 0, "hash_ids": []}', "input_length", id="no tokens"),
        pytest.param('{"timestamp": 0, "input_length": 1.5, "hash_ids": [1]}', "input_length", id="half a token"),
        pytest.param('{"timestamp": 0, "input_length": 5, "hash_ids": [1.5]}', "hash_ids", id="no id"),
        pytest.param('{"timestamp": 0, "input_length": 5, "hash_ids": 1}', "hash_ids", id="no list"),
        pytest.param(
            '{"timestamp": 0, "input_length": 1000, "hash_ids": [1]}\n'
            '{"timestamp": 0, "input_length": 10, "hash_ids": [1, 2]}',
            "agree on no size of a block",
            id="blocks of two sizes",
        ),
        pytest.param(
            '{"timestamp": 0, "input_length": 1000, "hash_ids": [1, 2]}\n'
            '{"timestamp": 0, "input_length": 1000, "hash_ids": [3, 2]}',
            "a.jsonl: request 2: block 2 comes after another block",
            id="hashes of a block alone",
        ),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, told: str) -> None:
    """With the place, and an example of a line."""
    file = tmp_path / "a.jsonl"
    file.write_text(text)
    with pytest.raises(BadInputError, match=told):
        reuse_replay(file)


def test_no_file(tmp_path: Path) -> None:
    """Exit 2, also from the command line."""
    ran = run_command(
        *("decide", "caching", "--input-usd-per-mtok", "3", "--read-usd-per-mtok", "0.3"),
        *("--reuse", tmp_path / "none.jsonl"),
    )
    assert ran.exit_code == 2
    assert "no file" in ran.err
