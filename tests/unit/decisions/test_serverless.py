"""A move to a serverless open route: people as a term, the figures at which the saving vanishes, token prices."""

from __future__ import annotations

from typing import Any

import pytest

from command_line import run_command
from move_cases import CANARY, decided, payback, serverless
from routefit.decisions.serverless import Serverless, ServerlessNaive

TOKENS = {
    "current_input_usd_per_mtok": 3.0,
    "current_output_usd_per_mtok": 15.0,
    "target_input_usd_per_mtok": 0.9,
    "target_output_usd_per_mtok": 0.9,
    "input_tokens": 3_000.0,
    "output_tokens": 200.0,
}
MOVE = ("--current-lcpr", "0.041", "--target-lcpr", "0.031", "--units-per-month", "500000")
RATES = ("--current-acceptance-rate", "0.91", "--target-acceptance-rate", "0.86")


def test_without_people_it_is_a_payback() -> None:
    """Neither tokens nor a floor that is reached change what a move is worth."""
    plain = payback(current_acceptance_rate=0.91, target_acceptance_rate=0.86)
    found = serverless(**TOKENS, floor_rate=0.85)
    assert found.model_dump(include=set(type(plain).model_fields)) == plain.model_dump()


def test_people_are_a_term_of_both_costs() -> None:
    """2.40 USD x 0.031 / 0.91 = 0.0818 and 2.40 x 0.049 / 0.86 = 0.1367 per accepted unit on top."""
    found = serverless(failure_usd=2.4)
    rows = {row.figure: [row.before, row.after] for row in found.before_after}
    assert rows["people_usd_per_accepted_unit"] == pytest.approx([0.081758, 0.136744], abs=1e-6)
    assert rows["lcpr_usd_per_accepted_unit"] == pytest.approx([0.122758, 0.167744], abs=1e-6)
    assert found.saving_usd_per_month == pytest.approx(500_000 * 0.86 * (0.122758 - 0.167744), rel=1e-4)
    assert decided(Serverless(), {**CANARY, "failure_usd": 2.4}).decision == "stay"


def test_people_that_the_costs_hold_already_are_not_added_again() -> None:
    inside = serverless(failure_usd=0.4, people_in_lcpr_usd=0.4)
    assert inside.saving_usd_per_month == pytest.approx(serverless().saving_usd_per_month)
    dearer = serverless(failure_usd=0.5, people_in_lcpr_usd=0.4)
    assert dearer.saving_usd_per_month < inside.saving_usd_per_month


@pytest.mark.parametrize(
    ("changed", "break_even_usd"),
    [
        pytest.param({}, 0.01 / (0.049 / 0.86 - 0.031 / 0.91), id="nothing inside: 0.44"),
        pytest.param({"failure_usd": 2.4}, 0.01 / (0.049 / 0.86 - 0.031 / 0.91), id="the same beyond it"),
        pytest.param(
            {"failure_usd": 0.4, "people_in_lcpr_usd": 0.4},
            0.4 + 0.01 / (0.049 / 0.86 - 0.031 / 0.91),
            id="0.40 inside: as much more",
        ),
        pytest.param(
            {"shortfall_usd": 0.1},
            (0.041 * 0.91 - 0.031 * 0.86 - 0.05 * 0.1) / 0.018,
            id="finished elsewhere at a price of its own",
        ),
        pytest.param(
            {"current_acceptance_rate": 0.8, "target_acceptance_rate": 0.86},
            (0.041 * 0.8 - 0.031 * 0.86) / 0.018,
            id="more accepted than before",
        ),
        pytest.param({"target_escalation_rate": 0.02}, None, id="fewer escalations, and it saves anyway"),
        pytest.param(
            {"target_escalation_rate": 0.02, "target_lcpr_usd": 0.045},
            0.004 / (0.031 / 0.91 - 0.02 / 0.86),
            id="fewer escalations: from here on it saves",
        ),
        pytest.param({"target_escalation_rate": 0.031 * 0.86 / 0.91}, None, id="as many: no cost of one matters"),
        pytest.param({"target_lcpr_usd": 0.045}, None, id="dearer without people: never saves"),
        pytest.param({"current_escalation_rate": None}, None, id="one rate is not known"),
        pytest.param({"target_acceptance_rate": 0.0}, None, id="nothing accepted"),
    ],
)
def test_escalation_cost_at_which_the_saving_vanishes(
    changed: dict[str, Any], break_even_usd: float | None
) -> None:
    found = serverless(**changed).break_even_escalation_usd
    assert found == (None if break_even_usd is None else pytest.approx(break_even_usd))


@pytest.mark.parametrize(
    ("changed", "rate"),
    [
        pytest.param({}, 0.031 * 0.86 / 0.041, id="a failure costs nothing: a lower bound"),
        pytest.param(
            {"failure_usd": 0.2, "current_escalation_rate": None, "target_escalation_rate": None},
            (0.031 * 0.86 + 0.2) / (0.041 + 0.2),
            id="(c + h) / (LCPR + h)",
        ),
        pytest.param(
            {"failure_usd": 0.2, "people_in_lcpr_usd": 0.2},
            (0.031 * 0.86 - 0.2 * 0.049 + 0.2) / (0.041 + 0.2),
            id="the people inside are taken out of c",
        ),
        pytest.param({"target_lcpr_usd": 0.06}, None, id="dearer than the current cost: never"),
        pytest.param(
            {"current_acceptance_rate": None, "target_acceptance_rate": None}, None, id="c is of accepted units"
        ),
    ],
)
def test_pass_rate_at_which_the_saving_vanishes(changed: dict[str, Any], rate: float | None) -> None:
    found = serverless(**changed)
    assert found.break_even_pass_rate == (None if rate is None else pytest.approx(rate))
    assert found.is_pass_rate_at_least is ("failure_usd" not in changed)


@pytest.mark.parametrize(
    ("changed", "price_gap", "cost_gap"),
    [
        pytest.param({}, 1 - 2_880 / 12_000, None, id="the same tokens on both; hits not known"),
        pytest.param({"target_output_tokens": 400.0}, 1 - 3_060 / 12_000, None, id="longer answers"),
        pytest.param({"output_tokens": None}, None, None, id="a count is missing"),
        pytest.param({"target_output_usd_per_mtok": None}, None, None, id="a price is missing"),
        pytest.param(
            {"current_cache_hit_rate": 0.5, "current_cache_read_usd_per_mtok": 0.3, "target_cache_hit_rate": 0.5},
            1 - 2_880 / 12_000,
            1 - 2_880 / (12_000 - 1_500 * 2.7),
            id="half of the input hits, at a tenth on the current route alone",
        ),
    ],
)
def test_token_price_gap(changed: dict[str, Any], price_gap: float | None, cost_gap: float | None) -> None:
    found = serverless(**{**TOKENS, **changed})
    assert found.token_price_gap_ratio == (None if price_gap is None else pytest.approx(price_gap))
    assert found.token_cost_gap_ratio == (None if cost_gap is None else pytest.approx(cost_gap))


def test_the_naive_answer_takes_the_token_gap_for_the_saving() -> None:
    naive = decided(Serverless(), {**CANARY, **TOKENS, "monthly_spend_usd": 20_000.0}).naive
    assert isinstance(naive, ServerlessNaive)
    assert naive.decision == "move"
    assert naive.saving_usd_per_month == pytest.approx(0.76 * 20_000)


@pytest.mark.parametrize(
    ("floor_rate", "acceptance_rate", "decision", "said"),
    [
        pytest.param(0.85, 0.86, "move", None, id="above the floor"),
        pytest.param(0.86, 0.86, "move", None, id="on it"),
        pytest.param(0.87, 0.86, "stay", "the target passes 86% < floor of 87%", id="below it"),
        pytest.param(0.87, None, "move", "whether the target reaches the floor", id="not known"),
    ],
)
def test_floor(floor_rate: float, acceptance_rate: float | None, decision: str, said: str | None) -> None:
    rates = {"current_acceptance_rate": acceptance_rate and 0.91, "target_acceptance_rate": acceptance_rate}
    found = serverless(floor_rate=floor_rate, **rates)
    assert decided(Serverless(), {**CANARY, "floor_rate": floor_rate, **rates}).decision == decision
    assert said is None or said in (*found.stay_reasons, *found.unknown_conditions)


@pytest.mark.parametrize(
    ("first_rate", "exit_code", "said"),
    [
        pytest.param("0.85", 0, None, id="all of the units"),
        pytest.param("0.86", 0, "= 1.0011 of all units: more than all, by rounding", id="chapter 17"),
        pytest.param("0.865", 2, "= 1.0061 of all units, expected at most 1", id="beyond half a point"),
    ],
)
def test_shares(first_rate: str, exit_code: int, said: str | None) -> None:
    settings = ("target_repair_rate=0.098", "target_repair_success_rate=0.94", "target_escalation_rate=0.049")
    pairs = [word for pair in (*settings, f"target_first_pass_rate={first_rate}") for word in ("--set", pair)]
    ran = run_command("decide", "serverless", *MOVE, *RATES, *pairs, "--draws", "1000")
    assert ran.exit_code == exit_code
    told = " ".join((ran.out + ran.err).split())
    assert ("of all units" in told) is (said is not None)
    assert said is None or said in told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(
            ["--set", "people_in_lcpr_usd=2.40"],
            "the escalations of the current route come to $0.082 per accepted unit alone, and its LCPR is $0.041",
            id="an LCPR cannot hold more than itself",
        ),
        pytest.param(
            [
                *("--current-input-usd-per-mtok", "0", "--current-output-usd-per-mtok", "0"),
                *("--target-input-usd-per-mtok", "1", "--target-output-usd-per-mtok", "1"),
                *("--input-tokens", "10", "--output-tokens", "10"),
            ],
            "cost nothing on the current route",
            id="no gap to a price of 0",
        ),
        pytest.param(["--failure-usd", "-2"], "--failure-usd: got -2", id="negative money"),
        pytest.param(["--floor-rate", "85"], "(85% is 0.85)", id="a percentage"),
    ],
)
def test_bad_input(arguments: list[str], said: str) -> None:
    pairs = ("--set", "current_escalation_rate=0.031", "--set", "target_escalation_rate=0.049")
    ran = run_command("decide", "serverless", *MOVE, *RATES, *pairs, *arguments)
    assert ran.exit_code == 2
    assert said in ran.err


def test_a_failure_without_its_rate_is_said() -> None:
    found = decided(Serverless(), {**CANARY, "failure_usd": 1.0, "target_escalation_rate": None})
    assert found.warnings[0].startswith("what failures cost is not in the saving")
