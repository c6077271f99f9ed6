"""`routefit decide` from plain numbers: its screen, its JSON, and what it refuses."""

from __future__ import annotations

import pytest

from command_line import Ran, run_command

PLAIN = (
    "decide",
    "payback",
    "--current-lcpr=0.041",
    "--target-lcpr=0.031",
    "--units-per-month=500000",
    "--migration-usd=11000",
    "--draws=1000",
)


def lines_of(ran: Ran) -> list[str]:
    assert ran.exit_code == 0, ran.err
    return ran.out.splitlines()


def test_the_screen_says_decision_flips_and_evidence() -> None:
    lines = lines_of(run_command(*PLAIN))
    assert lines[0].startswith("payback: move: saves $5,000 a month")
    assert "  - current LCPR at $0.0328 per accepted unit or less: stay (now $0.041)" in lines
    assert "  - horizon under 6 months: stay (now 12 months)" in lines
    assert any(line.startswith("  - no input has a range") for line in lines)
    assert any(line.startswith("What it rests on: ASSUMED") for line in lines)
    assert max(map(len, lines)) <= 100


def test_ranges_say_how_sure_it_is_and_what_to_measure() -> None:
    lines = lines_of(run_command(*PLAIN, "--target-lcpr=0.025:0.031:0.048"))
    assert any("in 1,000 draws" in line or "of 1,000 draws" in line for line in lines)
    assert any(line.startswith("  - measure next: target LCPR, worth $") for line in lines)


def test_a_flip_as_it_is_shown_flips() -> None:
    """Figures are rounded away from today's value, so that typing them shows what they say."""
    assert run_command(*PLAIN, "--current-lcpr=0.0328", "--format=json").json["decision"] == "stay"
    assert run_command(*PLAIN, "--current-lcpr=0.0329", "--format=json").json["decision"] == "move"


def test_the_same_seed_gives_the_same_bytes() -> None:
    ranged = (*PLAIN, "--target-lcpr=0.025:0.031:0.048", "--format=json")
    assert run_command(*ranged, "--seed=5").out == run_command(*ranged, "--seed=5").out
    assert run_command(*ranged, "--seed=5").out != run_command(*ranged, "--seed=6").out


def test_exit_code_says_whether_to_act() -> None:
    assert run_command(*PLAIN, "--exit-code").exit_code == 0
    assert run_command(*PLAIN, "--horizon-months=3", "--exit-code").exit_code == 1
    assert run_command(*PLAIN, "--horizon-months=3").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(("decide", "paybak", "--current-lcpr=1"), "did you mean 'payback'?", id="a kind, misspelled"),
        pytest.param((*PLAIN, "--route=x"), "--route without --workload", id="a route of nothing"),
        pytest.param((*PLAIN, "--from=2026-01-01"), "without --workload", id="a window of nothing"),
        pytest.param(
            (*PLAIN, "--set=hoizon_months=6"), "did you mean 'horizon_months'?", id="a setting, misspelled"
        ),
        pytest.param((*PLAIN, "--set=engineer_weeks"), "expected NAME=VALUE", id="a setting without a value"),
        pytest.param((*PLAIN, "--set=ramp=mid", "--set=ramp=fast"), "'ramp' twice", id="a setting twice"),
        pytest.param(
            (*PLAIN, "--set=migration_usd=5", "--set=migration-usd=6"), "the same input", id="by both its names"
        ),
        pytest.param((*PLAIN, "--horizon-months=12:6:3"), "in this order", id="a range the wrong way round"),
        pytest.param((*PLAIN, "--horizon-months=6:12"), "low:mode:high", id="a range of two"),
        pytest.param((*PLAIN, "--horizon-months=0"), "expected more than 0", id="a horizon of 0"),
        pytest.param((*PLAIN, "--current-lcpr=nan"), "a finite number", id="nan"),
        pytest.param((*PLAIN, "--current-lcpr=1e999"), "a finite number", id="beyond every number"),
        pytest.param((*PLAIN, "--migration-usd=-5"), "an amount of money >= 0", id="negative money"),
        pytest.param((*PLAIN, "--migration-usd="), "got nothing", id="an empty value"),
        pytest.param((*PLAIN, "--price-decline-rate=12%"), "(12% is 0.12)", id="a percent sign"),
        pytest.param((*PLAIN, "--price-decline-rate=12"), "(12% is 0.12)", id="per cent without the sign"),
        pytest.param((*PLAIN, "--units-per-month=1,000"), "(1,000 is 1000)", id="thousands apart"),
        pytest.param((*PLAIN, "--ramp=warp"), "one of none, fast", id="no such choice"),
        pytest.param((*PLAIN, "--draws=99999999999"), "--draws", id="more draws than there is memory for"),
        pytest.param(("decide", "payback", "."), "got the folder .", id="a folder as a file"),
        pytest.param(("decide", "payback", "nowhere.yaml"), "no file nowhere.yaml", id="no file"),
        pytest.param(("decide", "--format=json", "payback"), "after it", id="options before the kind"),
        pytest.param(
            ("decide", "--workload", "support", "payback"),
            "next: routefit decide payback --workload support",
            id="an option of a kind before it",
        ),
    ],
)
def test_refused(arguments: tuple[str, ...], message: str) -> None:
    ran = run_command(*arguments)
    assert ran.exit_code == 2
    assert message in ran.err
    assert ran.err.startswith("error: ")


def test_what_is_missing_is_named() -> None:
    ran = run_command("decide", "payback", "--current-lcpr=0.04", "--format=json")
    assert ran.exit_code == 3
    assert ran.json["error"]["code"] == "cannot_tell"
    assert "--target-lcpr" in ran.json["error"]["message"]
