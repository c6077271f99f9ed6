"""`decide finetune` on the command line: from the ledger, from numbers, from both, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import small_project as small
from command_line import run_command
from routefit.evidence import Label

ROUTE = small.ROUTES["dear"] + "deprecated_on: {value: 2026-12-31, label: PUBLIC, source: provider}\n"
PLAIN = (
    *("--training-tokens", "75000000", "--usd-per-mtok", "0.48", "--data-usd", "4000", "--eval-usd", "164"),
    *("--iteration-usd-per-month", "600", "--units-per-month", "300000", "--saving-usd-per-unit", "0.005"),
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """100 units on `dear`: 60 pass at once, 30 after a repair, 10 fail after one."""
    directory = small.write_project(tmp_path / "p", routes=small.ROUTES | {"dear": ROUTE})
    calls = [small.call("dear", unit) for unit in range(100)]
    for unit in range(60, 100):
        calls.append(small.call("dear", unit) | {"call_id": f"repair-{unit}", "role": "repair"})
    small.load(directory, "calls", calls)
    small.load(directory, "outcomes", [small.outcome("dear", unit, unit < 90) for unit in range(100)])
    return directory


def run(*arguments: str | Path) -> Any:
    """One command, as JSON."""
    return run_command("decide", "finetune", *arguments, "--format", "json")


def of_ledger(directory: Path, *arguments: str) -> Any:
    """The decision on the workload, as known on a day in June."""
    return run("--workload", "work", "--project", directory, "--as-of", "2026-06-20", *arguments)


def test_the_ledger_gives_the_repair_loop(project: Path) -> None:
    """First pass 60%, three of four repairs succeed, a call costs 0.0102 USD, the base model ends in December."""
    found = of_ledger(
        project, "--training-tokens", "75000000", "--first-pass-after-rate", "0.8", "--usd-per-mtok", "0.48"
    ).json
    by_name = {one["input"]: one for one in found["evidence"]["inputs"]}
    assert found["route"] == "dear"
    assert by_name["first_pass_before_rate"]["value"] == pytest.approx(0.6)
    assert by_name["first_pass_before_rate"]["label"] == Label.MEASURED
    assert by_name["repair_success_rate"]["value"] == pytest.approx(0.75)
    assert by_name["repair_usd_per_unit"]["value"] == pytest.approx(0.0102)
    assert by_name["repair_usd_per_unit"]["label"] == Label.ESTIMATED
    assert by_name["units_per_month"]["value"] == pytest.approx(900_000)
    assert by_name["base_deprecated_on"]["value"] == "2026-12-31"
    assert by_name["today_on"]["value"] == "2026-06-20"
    before, after = 0.0102 * 1.4 / 0.9, 0.0102 * 1.2 / 0.95
    assert found["result"]["saving_usd_per_unit"] == pytest.approx(before - after)
    assert found["result"]["benefit_months"] == pytest.approx(194 / (365.25 / 12))


def test_a_typed_number_goes_before_the_ledger(project: Path) -> None:
    """And says what it replaces; the loop is not looked at where the saving is typed."""
    found = of_ledger(project, *PLAIN, "--ready").json
    by_name = {one["input"]: one for one in found["evidence"]["inputs"]}
    assert by_name["units_per_month"]["value"] == 300_000
    assert by_name["units_per_month"]["replaced"].startswith("900,000 units per month")
    assert "first_pass_before_rate" not in by_name
    assert found["decision"] == "tune"
    assert found["result"]["net_usd_over_horizon"] == pytest.approx(900 * 194 / (365.25 / 12) - 4_200)


def test_what_the_ledger_cannot_know_is_asked_for(project: Path) -> None:
    """Exit 3, naming it."""
    ran = of_ledger(project)
    assert ran.exit_code == 3
    assert "--training-tokens" in ran.err
    ran = of_ledger(project, "--training-tokens", "1000000", "--usd-per-mtok", "0.48")
    assert ran.exit_code == 3
    assert "--first-pass-after-rate" in ran.err


def test_a_route_without_units_is_said_in_words(project: Path) -> None:
    """Nobody knows what its answers fail at: only numbers that are all typed decide, and it is said."""
    ran = of_ledger(project, "--training-tokens", "1000000", "--route", "idle")
    assert ran.exit_code == 3
    assert "nobody knows what its answers fail at" in ran.err
    typed = of_ledger(project, *PLAIN, "--route", "idle")
    assert typed.exit_code == 0
    assert "nothing is taken from the ledger: work: idle has no units" in typed.json["warnings"][0]


def test_the_overview_says_what_is_missing(project: Path) -> None:
    """One line in `routefit decide W`, with the reason."""
    lines = run_command("decide", "work", "--project", project, "--as-of", "2026-06-20", "--format", "json").json
    line = next(one for one in lines["lines"] if one["kind"] == "finetune")
    assert line["decision"] is None
    assert "--training-tokens" in line["reason"]


@pytest.mark.parametrize(
    ("as_of", "months"),
    [pytest.param("2026-06-01", 7, id="in June"), pytest.param("2026-12-01", 1, id="in December")],
)
def test_the_day_is_that_of_the_question(as_of: str, months: int) -> None:
    """`--as-of` also without a project."""
    found = run(*PLAIN, "--base-deprecated-on", "2026-12-31", "--as-of", as_of).json
    assert found["result"]["benefit_months"] == pytest.approx(months, abs=0.03)


def test_a_set_day_goes_before_as_of() -> None:
    """`--set today_on=DATE`."""
    flags = ("--base-deprecated-on", "2026-12-31", "--as-of", "2026-06-01", "--set", "today_on=2026-12-01")
    assert run(*PLAIN, *flags).json["result"]["benefit_months"] == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        pytest.param(("--first-pass-after-rate", "0.9"), "expected one of them", id="two savings"),
        pytest.param(("--epochs", "0"), "--epochs", id="no pass"),
        pytest.param(("--data-usd", "-5"), "--data-usd", id="negative money"),
        pytest.param(("--method", "rlhf"), "sft, dpo, grpo", id="an unknown method"),
        pytest.param(("--base-deprecated-on", "soon"), "year-month-day", id="no date"),
        pytest.param(("--data-usd", "5:4:6"), "in this order", id="a reversed range"),
        pytest.param(("--set", "horizon_months=0"), "horizon_months", id="a horizon of 0"),
    ],
)
def test_refusals(flags: tuple[str, ...], words: str) -> None:
    """Exit 2, saying what was expected."""
    ran = run(*PLAIN, *flags)
    assert ran.exit_code == 2
    assert words in ran.err


@pytest.mark.parametrize(
    ("flags", "exit_code"),
    [pytest.param(("--ready",), 0, id="to act"), pytest.param(("--not-ready",), 1, id="not yet")],
)
def test_exit_code(flags: tuple[str, ...], exit_code: int) -> None:
    """`--exit-code` is 0 for `tune` alone."""
    assert run(*PLAIN, *flags, "--exit-code").exit_code == exit_code


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        pytest.param(("--ready",), "tune: saves $900 a month and pays back in 4.7 months", id="tune"),
        pytest.param(("--not-ready",), "not yet: 7 conditions of 7 open", id="not yet"),
        pytest.param(("--ready", "--units-per-month", "1000"), "to keep the adapter fit", id="never"),
        pytest.param(("--ready", "--data-usd", "40000"), "do not pay $40,200 once", id="too late"),
    ],
)
def test_words(flags: tuple[str, ...], words: str) -> None:
    """The headline on the terminal."""
    arguments = [*PLAIN]
    for option in ("--units-per-month", "--data-usd"):
        if option in flags:
            place = arguments.index(option)
            del arguments[place : place + 2]
    shown = run_command("decide", "finetune", *arguments, *flags, "-q").out
    assert words in " ".join(shown.split())
