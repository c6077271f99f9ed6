"""FILE.yaml after `decide KIND`: what is wrong in it is told with its place, and what to do next."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_line import run_command

PRICES = "input_usd_per_mtok: 3\nread_usd_per_mtok: 0.3\n"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        pytest.param("requests: 5:3:1", "got 5:3:1, expected a range low:mode:high in this order", id="reversed"),
        pytest.param("write_usd_per_mtok: -1", "got -1, expected an amount of money >= 0", id="negative money"),
        pytest.param("hit_rate: 1.2", "got 1.2, expected a rate from 0 to 1", id="a rate above 1"),
        pytest.param("request: 5", "did you mean 'requests'?", id="an unknown key"),
        pytest.param("requests: [1, 2]", "got a list or keys, expected a number", id="a list"),
        pytest.param("read_usd_per_mtok: 4", "got this key again, expected it once", id="a key twice"),
    ],
)
def test_what_is_wrong_has_a_place(tmp_path: Path, line: str, told: str) -> None:
    """Line and column of the key or the value, and a next step that is not about a project."""
    path = tmp_path / "cache.yaml"
    path.write_text(f"{PRICES}{line}\n")
    ran = run_command("decide", "caching", path)
    assert ran.exit_code == 2
    assert f"{path}:3:" in ran.err
    assert told in ran.err
    assert "next: " in ran.err
    assert "routefit check" not in ran.err


def test_the_command_line_goes_before_the_file(tmp_path: Path) -> None:
    """Option and --set; what the file says is kept as what was replaced."""
    path = tmp_path / "cache.yaml"
    path.write_text(f"{PRICES}requests: 1:20:40\nprefix_tokens: 1000\n")
    ran = run_command(
        "decide", "caching", path, "--requests", "3", "--set", "prefix_tokens=2000", "--format", "json"
    )
    used = {one["input"]: one for one in ran.json["evidence"]["inputs"]}
    assert used["requests"]["value"] == 3
    assert used["prefix_tokens"]["value"] == 2000
    assert str(path) in used["prefix_tokens"]["replaced"]
    assert used["input_usd_per_mtok"]["source"] == str(path)
