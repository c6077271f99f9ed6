"""`routefit decide caching` from the ledger: prices of today, the shared prefix, and what of it hits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from command_line import Ran, run_command
from small_project import LIMITS, NOW, WORKLOAD, call, load, write_project

ROUTE = f"""\
id: dear
provider: acme
model: big
mode: closed_api
{LIMITS}prices:
  - {{valid_from: 2026-01-01, input_usd_per_mtok: 3.00, output_usd_per_mtok: 15.00, cache_read_usd_per_mtok: 0.30,
     cache_write_usd_per_mtok: 3.75, label: PUBLIC, source: page, as_of: 2026-05-01}}
"""
DECLARED = "caching: {prefix_tokens: 600, ttl_s: 300}\n"


def project(folder: Path, *, workload: str = WORKLOAD, route: str = ROUTE, **columns: Any) -> Path:
    """A hundred calls of 1,000 input tokens, four minutes apart, with these columns."""
    directory = write_project(folder / "p", workloads={"work": workload}, routes={"dear": route})
    load(directory, "calls", [call("dear", unit) | columns for unit in range(100)])
    return directory


def asked(directory: Path, *arguments: str | Path) -> Ran:
    """The command on the workload."""
    where = ("--project", directory, "--as-of", NOW.date().isoformat(), "--format", "json")
    return run_command("decide", "caching", "--workload", "work", *where, *arguments)


def test_what_was_read_and_written_is_the_prefix(tmp_path: Path) -> None:
    """500 read and 200 written of 1,000: 70% is shared, and 5 of 7 parts of it hit."""
    found = asked(project(tmp_path, cached_input_tokens=500, cache_write_tokens=200)).json
    result = found["result"]
    assert (found["decision"], found["route"], result["hit_rate_source"]) == ("cache", "dear", "measured")
    assert result["prefix_tokens"] == pytest.approx(700)
    assert result["hit_rate"] == pytest.approx(0.5)
    assert result["prefix_hit_rate"] == pytest.approx(5 / 7)
    assert result["break_even_reported_hit_rate"] == pytest.approx(0.7 * 0.75 / 3.45)
    assert result["saving_usd"] == pytest.approx(100 * (700 * 3 - 500 * 0.3 - 200 * 3.75) / 1e6)
    labels = {one["input"]: one["label"] for one in found["evidence"]["inputs"]}
    assert labels["input_usd_per_mtok"] == "PUBLIC"
    assert labels["hit_rate"] == labels["eligible_share_rate"] == labels["requests"] == "MEASURED"


def test_reads_alone_are_held_against_what_is_declared(tmp_path: Path) -> None:
    """No call says what was written: the prefix is as declared."""
    found = asked(project(tmp_path, workload=WORKLOAD + DECLARED, cached_input_tokens=300)).json
    assert found["result"]["prefix_tokens"] == 600
    assert found["result"]["prefix_hit_rate"] == pytest.approx(0.5)


def test_reads_alone_and_nothing_declared(tmp_path: Path) -> None:
    """All of the input may be shared; the saving is then at least what it says."""
    found = asked(project(tmp_path, cached_input_tokens=300)).json
    evidence = {one["input"]: one for one in found["evidence"]["inputs"]}
    assert evidence["eligible_share_rate"]["label"] == "ASSUMED"
    assert found["result"]["prefix_hit_rate"] == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("ttl_s", "hit_rate", "decision"),
    [
        pytest.param(300, 0.99, "cache", id="calls four minutes apart hit within five"),
        pytest.param(200, 0.0, "no_cache", id="and never within 200 s"),
    ],
)
def test_its_own_calls_are_replayed(tmp_path: Path, ttl_s: int, hit_rate: float, decision: str) -> None:
    """Where no call read from a cache: all but the first, when the TTL reaches to the next."""
    found = asked(project(tmp_path, workload=WORKLOAD + DECLARED), "--set", f"ttl_s={ttl_s}").json
    assert found["decision"] == decision
    assert found["result"]["hit_rate_source"] == "own_calls"
    assert found["result"]["prefix_hit_rate"] == pytest.approx(hit_rate)
    assert any("had shared" in one or "shared one prefix" in one for one in found["warnings"])


def test_another_prompt_is_another_prefix(tmp_path: Path) -> None:
    """Two versions in turn: each comes back after eight minutes."""
    directory = write_project(tmp_path / "p", workloads={"work": WORKLOAD + DECLARED}, routes={"dear": ROUTE})
    load(directory, "calls", [call("dear", unit, prompt_version=f"v{unit % 2}") for unit in range(100)])
    assert asked(directory).json["result"]["prefix_hit_rate"] == 0
    assert asked(directory, "--set", "ttl_s=480").json["result"]["prefix_hit_rate"] == pytest.approx(0.98)


def test_a_replay_goes_before_the_report(tmp_path: Path) -> None:
    """The file says how often it hits, the ledger what it costs and how much of it there is."""
    directory = project(tmp_path, cached_input_tokens=500, cache_write_tokens=200)
    reuse = tmp_path / "reuse.jsonl"
    reuse.write_text('{"timestamp": 0, "input_length": 512, "hash_ids": [1]}\n' * 10)
    result = asked(directory, "--reuse", reuse, "--set", "eligible_share_rate=1").json["result"]
    assert result["hit_rate_source"] == "replay"
    assert result["hit_rate"] == pytest.approx(0.9)
    assert (result["measured_hit_rate"], result["requests"]) == (0.5, 100)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        pytest.param({}, "nothing says how much of its input is a shared prefix", id="nothing declared"),
        pytest.param(
            {"workload": WORKLOAD + "caching: {eligible_share_rate: 0}\n"},
            "none of its input",
            id="nothing shared",
        ),
        pytest.param(
            {"route": ROUTE + "price_features: [batch]\n"}, "name no cache", id="no cache on this variant"
        ),
        pytest.param(
            {"route": ROUTE.replace("cache_read_usd_per_mtok: 0.30,", "")},
            "no price of input that is read from a cache",
            id="no price of reading",
        ),
        pytest.param(
            {"route": ROUTE + "capacity: {gpu_usd_per_hour: 3}\n"},
            "by the hour of capacity",
            id="paid by capacity",
        ),
        pytest.param({"input_tokens": None}, "says how long its input was", id="no token counts"),
    ],
)
def test_where_it_does_not_apply(tmp_path: Path, changes: dict[str, Any], told: str) -> None:
    """Exit 3 with the reason, which the overview shows too."""
    directory = project(tmp_path, **changes)
    ran = asked(directory)
    assert (ran.exit_code, told in ran.err) == (3, True), ran.err
    lines = run_command("decide", "work", "--project", directory, "--as-of", "2026-06-20", "--format", "json").json
    assert told in next(one["reason"] for one in lines["lines"] if one["kind"] == "caching")


def test_typed_numbers_answer_where_the_ledger_is_silent(tmp_path: Path) -> None:
    """A route without a price of cached input: what was typed decides, and its reason stands beside it."""
    uncached = ROUTE.replace("cache_read_usd_per_mtok: 0.30", "label: PUBLIC").replace(
        "     cache_write_usd_per_mtok: 3.75, label: PUBLIC, source: page", "     source: page"
    )
    directory = project(tmp_path, route=uncached)
    prices = ("--write-usd-per-mtok", "3.75", "--read-usd-per-mtok", "0.3", "--input-usd-per-mtok", "3")
    told = asked(directory, *prices, "--prefix-tokens", "1000", "--requests", "10")
    assert (told.exit_code, told.json["decision"]) == (0, "cache")
    assert told.json["result"]["break_even_requests"] == pytest.approx(3.45 / 2.7)
    assert told.json["warnings"][0].startswith("nothing is taken from the ledger: dear")
    too_little = asked(directory, "--requests", "10")
    assert too_little.exit_code == 3
    assert too_little.json["error"]["message"].startswith("dear")
