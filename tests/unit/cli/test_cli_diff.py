"""`routefit diff`: what a reader sees, and the shape of the JSON, key by key."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_line import CommandLine
from small_project import call, load, outcome, write_project

WEEKS = {"w0": "2026-06-0", "w1": "2026-06-1"}

CHANGE_KEYS = {
    *("basis", "was_usd", "is_usd", "change_usd", "window_usd", "ratio", "ratio_low", "ratio_high", "is_noise"),
    *("causes", "reasons"),
}


@pytest.fixture
def two_weeks(tmp_path: Path) -> Path:
    """40 units a week on dear, ten on cheap; in the second the inputs are longer and half as many pass."""
    directory = write_project(tmp_path / "project")
    rows, verdicts = [], []
    for week, (name, day) in enumerate(WEEKS.items()):
        for unit in range(50):
            route, unit_id = ("dear" if unit < 40 else "cheap"), f"{name}-{unit}"
            started_at = f"{day}{1 + unit % 5}T10:{unit:02}:00Z"
            rows.append(call(route, unit_id, started_at=started_at, input_tokens=1000 + 600 * week))
            verdicts.append(outcome(route, unit_id, week == 0 or unit % 2 == 0))
    load(directory, "calls", rows)
    load(directory, "outcomes", verdicts)
    return directory


def ask(routefit: CommandLine, project: Path, *more: str) -> list[str]:
    days = ("--from", "2026-06-11", "--to", "2026-06-16", "--against-from", "2026-06-01")
    ran = routefit("diff", "--project", project, *days, *more)
    assert (ran.exit_code, ran.err) == (0, "")
    return ran.out.splitlines()


@pytest.mark.parametrize("columns", [80, 100])
def test_table_fits_the_width_and_prints_both_windows(
    routefit: CommandLine, two_weeks: Path, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = ask(routefit, two_weeks)
    assert lines[:2] == [
        "Window: 2026-06-11 to 2026-06-15 (5 days, UTC)",
        "Against: 2026-06-01 to 2026-06-05 (5 days, UTC)",
    ]
    assert max(map(len, lines)) <= columns
    assert not any("…" in line for line in lines)


def test_causes_stand_largest_first_with_what_moved(routefit: CommandLine, two_weeks: Path) -> None:
    lines = ask(routefit, two_weeks)
    title = next(line for line in lines if line.startswith("work: "))
    assert title == "work: $0.0084 → $0.0266 per answer (+$0.0182, +217.1%)"
    causes = [line.split() for line in lines if "→" in line and line.startswith("  ") and "█" in line]
    assert [cause[0] for cause in causes] == ["acceptance", "tokens"]
    acceptance = next(line for line in lines if line.startswith("  acceptance"))
    assert acceptance.endswith("acceptance 100% → 50%")
    tokens = next(line for line in lines if line.startswith("  tokens"))
    assert tokens.endswith("tokens 1,100 → 1,700 per unit, input 1,000 → 1,600 tokens per call")
    assert any("95% interval" in line and "beyond noise" in line for line in lines)
    routes = [line.split()[0] for line in lines if line.startswith(("  dear", "  cheap"))]
    assert routes == ["dear", "cheap"], "the dearest change first"


def test_json_has_every_cause_with_its_part(routefit: CommandLine, two_weeks: Path) -> None:
    days = ("--from", "2026-06-11", "--to", "2026-06-16", "--against-to", "2026-06-06")
    answer = routefit("diff", "work", "--project", two_weeks, *days, "--format", "json").json
    assert answer["against"] == {"start": "2026-06-01T00:00:00Z", "end": "2026-06-06T00:00:00Z"}
    (work,) = answer["workloads"]
    assert work.keys() == CHANGE_KEYS | {"workload", "unit_name", "routes"}
    assert [route.keys() for route in work["routes"]] == [CHANGE_KEYS | {"route"}] * 2
    assert all(cause.keys() >= {"cause", "usd", "was", "is", "unit", "reason"} for cause in work["causes"])
    assert sum(cause["usd"] for cause in work["causes"]) == pytest.approx(work["change_usd"], rel=1e-9)
    assert work["change_usd"] == pytest.approx(work["is_usd"] - work["was_usd"], rel=1e-9)
    assert {cause["cause"] for cause in work["causes"]} >= {
        *("price", "token_mix", "cache", "retries", "acceptance", "people", "running", "volume", "grading"),
        "route_mix",
    }
    assert work["is_noise"] is False


def test_one_day_of_data_has_nothing_to_be_held_against(routefit: CommandLine, project: Path) -> None:
    ran = routefit("diff", "--project", project)
    assert ran.exit_code == 3
    assert "one day of data" in ran.err


def test_a_wrong_date_names_its_option(routefit: CommandLine, project: Path) -> None:
    ran = routefit("diff", "--project", project, "--against-from", "yesterday")
    assert ran.exit_code == 2
    assert "--against-from: got 'yesterday'" in ran.err
