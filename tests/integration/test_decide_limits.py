"""What no calculator may do: fault on an absurd number, say a warning twice, or call two figures by one name."""

from __future__ import annotations

import json
import re

import pytest

from command_line import run_command

PAYBACK = ("payback", "--units-per-month", "500000", "--migration-usd", "11000", "--target-lcpr", "0.031")
DEDICATED = (
    "dedicated",
    "--hardware-usd-per-hour",
    "3.2",
    "--ops-usd-per-hour",
    "0.5",
    "--units-per-month",
    "345600",
)
SELF_MANAGED = ("self-managed", "--gpus", "100", "--goodput-per-gpu-hour", "800", "--utilization-rate", "0.6")
FINETUNE = ("finetune", "--training-tokens", "75e6", "--usd-per-mtok", "0.48", "--units-per-month", "300000")
SERVERLESS = ("--serverless-usd-per-unit", "0.012")


@pytest.mark.parametrize("amount", ["1.7e308", "1e16", "1e15:1e15:1e16", "5e-324", "0:5e-324:1"])
@pytest.mark.parametrize(
    "command",
    [
        pytest.param((*PAYBACK, "--current-lcpr"), id="payback"),
        pytest.param(("serverless", *PAYBACK[1:], "--current-lcpr"), id="serverless"),
        pytest.param((*DEDICATED, *SERVERLESS, "--goodput-per-hour"), id="dedicated"),
        pytest.param((*SELF_MANAGED, "--gpu-usd-per-hour"), id="self-managed"),
        pytest.param((*FINETUNE, "--saving-usd-per-unit"), id="finetune"),
    ],
)
def test_numbers_that_nothing_has_are_refused(command: tuple[str, ...], amount: str) -> None:
    """Products of them would overflow."""
    ran = run_command("decide", *command, amount, "--draws", "1000")
    assert ran.exit_code == 2
    assert f"{command[-1]}: got " in ran.err
    assert "next:" in ran.err


@pytest.mark.parametrize("amount", ["1e15", "1e-15"])
def test_the_largest_and_the_smallest_number_give_finite_figures(amount: str) -> None:
    ran = run_command("decide", *PAYBACK, "--current-lcpr", amount, "--draws", "1000", "--format", "json")
    assert ran.exit_code == 0
    json.loads(ran.out, parse_constant=_refuse)


def _refuse(constant: str) -> None:
    raise ValueError(f"JSON has no {constant}")


WARNING = "the load is flat: nights, weekends and peaks are not in it"


@pytest.mark.parametrize(
    ("options", "is_on_stderr"),
    [
        pytest.param((), False, id="the screen has them in its last section"),
        pytest.param(("-q",), False, id="quiet"),
        pytest.param(("--format", "json"), True, id="nobody reads a document's list"),
        pytest.param(("--format", "json", "-q"), False, id="a quiet document"),
    ],
)
def test_a_warning_is_said_once(options: tuple[str, ...], is_on_stderr: bool) -> None:
    ran = run_command("decide", *DEDICATED, *SERVERLESS, "--goodput-per-hour", "800", *options)
    assert ran.exit_code == 0
    assert (WARNING in ran.err) is is_on_stderr
    assert ran.out.count(WARNING) == 1


def test_a_fleet_that_the_peak_does_not_fit_is_told_what_one_that_does_would_cost() -> None:
    """4 of 5 replicas: the split of the planned fleet costs more than 5 replicas that serve everything."""
    ran = run_command(
        *("decide", "dedicated", "--hardware-usd-per-hour", "3.2", "--ops-usd-per-hour", "0.5", *SERVERLESS),
        *("--goodput-per-hour", "800", "--units-per-month", "2000000", "--replicas", "4", "--format", "json"),
    )
    warning = ran.json["warnings"][0]
    assert ran.json["result"]["hybrid"]["replicas"] == 5
    assert warning.endswith("4 are planned; 5 replicas would serve it all, for $11,880 a month")


def test_every_payback_of_a_fine_tune_says_what_it_counts() -> None:
    """The headline counts data and evals that nobody named; the draws do not, and say so, in days."""
    ran = run_command(
        *("decide", *FINETUNE, "--method", "dpo", "--saving-usd-per-unit", "0.003:0.005:0.008", "--draws", "1000")
    )
    text = " ".join(ran.out.split())
    assert "it would save $1,470 a month, back in 8.4 days" in text
    assert "pays back in 8.4 days without what nobody named 1.9 days" in text
    assert "payback without what nobody named: 1." in text
    assert "days in the middle" in text


def test_a_drawn_payback_without_its_ramp_says_so() -> None:
    ran = run_command("decide", *PAYBACK, "--current-lcpr", "0.035:0.041:0.05", "--ramp", "mid", "--draws", "1000")
    assert "- payback at full traffic: " in ran.out


def test_months_beyond_any_plan_keep_their_thousands_apart() -> None:
    ran = run_command("decide", *PAYBACK, "--current-lcpr", "0.03100001", "--format", "json")
    assert re.match(r"pays back in 2,[12]\d\d,\d\d\d\.\d months > horizon", ran.json["result"]["stay_reasons"][0])
