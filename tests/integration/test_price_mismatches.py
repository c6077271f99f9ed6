"""A log that reports another cost than the price gives: how many calls, how much, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from routefit.answers.spend import spend
from routefit.answers.workspace import Workspace
from routefit.report.mismatch_words import mismatch_lines
from small_project import NOW, call, load, write_project

CACHED_PRICES = """\
id: dear
provider: acme
model: big
prices:
  - valid_from: 2026-01-01
    input_usd_per_mtok: 10.00
    output_usd_per_mtok: 2.00
    cache_read_usd_per_mtok: 1.00
    cache_write_usd_per_mtok: 12.50
"""


@pytest.mark.parametrize(
    ("usage", "reported_usd", "cause"),
    [
        pytest.param({"cached_input_tokens": 500}, "0.0102", "cached_as_input", id="cached tokens as fresh input"),
        pytest.param({"cached_input_tokens": 500}, "0.0052", "cached_for_nothing", id="cached tokens for nothing"),
        pytest.param({"cached_input_tokens": 500}, "0.0107", "cached_twice", id="cached tokens counted twice"),
        pytest.param(
            {"cache_write_tokens": 500}, "0.0102", "written_as_input", id="written tokens as plain input"
        ),
        pytest.param({}, "0.0051", "at_half", id="a batch that the log does not name"),
        pytest.param({}, "0.0204", "at_double", id="double"),
        pytest.param({"status": "error"}, "0.0090", "failed_call", id="a failed call"),
        pytest.param({}, "0.0090", "other_price", id="another price list"),
    ],
)
def test_what_would_explain_it(tmp_path: Path, usage: dict[str, Any], reported_usd: str, cause: str) -> None:
    made = write_project(tmp_path / "p", routes={"dear": CACHED_PRICES})
    load(made, "calls", [call("dear", f"u-{n}", cost_usd=reported_usd, **usage) for n in range(3)])
    with Workspace(made, as_of=NOW) as workspace:
        (found,) = spend(workspace).mismatches
    assert (found.model, found.cause, found.calls) == ("big", cause, 3)
    assert found.reported_usd == pytest.approx(3 * float(reported_usd))
    assert not found.counts_reported
    (line,) = mismatch_lines((found,))
    assert "3 calls of big" in line


def test_within_one_percent_there_is_none(tmp_path: Path) -> None:
    made = write_project(tmp_path / "p")
    load(made, "calls", [call("dear", "u-1", cost_usd="0.01029")])
    with Workspace(made, as_of=NOW) as workspace:
        assert spend(workspace).mismatches == ()
