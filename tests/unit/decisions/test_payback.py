"""A payback, input by input: what counts, when it is never, what speaks for staying."""

from __future__ import annotations

from typing import Any

import pytest
from scipy.integrate import quad

from command_line import run_command
from move_cases import CHAPTER_17, decided, payback, shared_migration
from routefit.decisions.payback import Payback

MOVE = ("--current-lcpr", "0.041", "--target-lcpr", "0.031", "--units-per-month", "500000")


@pytest.mark.parametrize(
    ("changed", "months", "net_usd"),
    [
        pytest.param({}, 2.2, 49_000, id="chapter 17"),
        pytest.param({"migration_usd": 0.0}, 0.0, 60_000, id="nothing to pay: at once"),
        pytest.param({"target_lcpr_usd": 0.041}, None, -11_000, id="nothing saved: never"),
        pytest.param(
            {"target_lcpr_usd": 0.041, "migration_usd": 0.0}, None, 0, id="neither saved nor paid: never"
        ),
        pytest.param({"target_lcpr_usd": 0.051}, None, -71_000, id="a dearer target: never"),
        pytest.param({"units_per_month": 0.0}, None, -11_000, id="no work: never"),
        pytest.param({"migration_share_rate": 0.25}, 0.55, 57_250, id="a quarter of a shared migration"),
        pytest.param({"horizon_months": 1.0}, 2.2, -6_000, id="paid back after the plan ends"),
        pytest.param({"ramp": "slow", "horizon_months": 1.0}, 2.2, -11_000, id="the plan ends within the ramp"),
        pytest.param({"work_months": 3.0}, 2.2, 34_000, id="three months of work first"),
    ],
)
def test_payback_and_net(changed: dict[str, Any], months: float | None, net_usd: float) -> None:
    found = payback(**changed)
    assert found.payback_months == (None if months is None else pytest.approx(months))
    assert found.net_usd_over_horizon == pytest.approx(net_usd)


@pytest.mark.parametrize(
    ("current", "target", "changed", "saving_usd"),
    [
        pytest.param(0.9, 0.9, {}, 4_500, id="equal acceptance: the gap on accepted units"),
        pytest.param(0.9, 0.8, {}, 4_000, id="less accepted: the rest goes back to the current cost"),
        pytest.param(
            0.9, 0.8, {"shortfall_usd": 0.5}, 0.9 * 20_500 - 0.8 * 15_500 - 0.1 * 250_000, id="finished by people"
        ),
        pytest.param(0.8, 0.9, {}, 0.8 * 20_500 - 0.9 * 15_500, id="more accepted: what it costs is paid for too"),
        pytest.param(0.9, 0.0, {}, 0, id="nothing accepted, all finished at the current cost"),
        pytest.param(
            0.9, 0.0, {"shortfall_usd": 0.0}, 0, id="nothing accepted saves nothing, however it is finished"
        ),
    ],
)
def test_saving_with_acceptance(current: float, target: float, changed: dict[str, Any], saving_usd: float) -> None:
    found = payback(current_acceptance_rate=current, target_acceptance_rate=target, **changed)
    assert found.saving_usd_per_month == pytest.approx(saving_usd, abs=1e-6)


def test_shadow_costs_its_share_of_the_target_for_the_first_stage() -> None:
    """Mid: 1.5 weeks at 10% of 15,500 USD a month."""
    found = payback(ramp="mid", shadow_share_rate=0.1)
    assert found.shadow_usd == pytest.approx(0.1 * 15_500 * 1.5 / (52 / 12))
    assert found.payback_months == pytest.approx((11_000 + found.shadow_usd) / 5_000)
    assert payback(ramp="none", shadow_share_rate=0.1).shadow_usd == 0


def test_migration_from_its_parts() -> None:
    """8 engineer-weeks at 7,000 unless told otherwise, and every part that is named."""
    assert payback(migration_usd=None).migration_usd == 56_000
    found = payback(migration_usd=None, engineer_weeks=4.0, eval_building_usd=3_000.0, opportunity_usd=500.0)
    assert found.migration_usd == 31_500


def saved_usd(months: float, decline_rate: float) -> float:
    """The saving of chapter 17 while its 20,500 USD of inference get cheaper, added up month by month."""
    return float(quad(lambda t: 5_000 - 20_500 * (1 - (1 - decline_rate) ** (t / 12)), 0, months)[0])


@pytest.mark.parametrize("decline_rate", [0.02, 0.1, 0.3, 0.5, 0.99])
def test_price_trend(decline_rate: float) -> None:
    found = payback(price_decline_rate=decline_rate)
    closes, back = found.gap_closes_months, found.payback_with_trend_months
    assert found.net_usd_over_horizon == pytest.approx(saved_usd(12, decline_rate) - 11_000, rel=1e-6)
    assert closes is not None
    assert 20_500 * (1 - decline_rate) ** (closes / 12) == pytest.approx(15_500)
    if back is None:
        assert saved_usd(closes, decline_rate) < 11_000
    else:
        assert back < closes
        assert saved_usd(back, decline_rate) == pytest.approx(11_000, rel=1e-6)


@pytest.mark.parametrize(
    ("decline_rate", "closes_months", "net_usd"),
    [
        pytest.param(None, None, 49_000, id="no trend"),
        pytest.param(0.0, None, 49_000, id="a price that stays"),
        pytest.param(
            1.0, 0.0, 12 * (5_000 - 20_500) - 11_000, id="free at once: the target costs all that it costs"
        ),
    ],
)
def test_ends_of_the_price_trend(decline_rate: float | None, closes_months: float | None, net_usd: float) -> None:
    found = payback(price_decline_rate=decline_rate)
    assert found.gap_closes_months == closes_months
    assert found.payback_with_trend_months is None
    assert found.net_usd_over_horizon == pytest.approx(net_usd)


def test_with_a_trend_a_longer_plan_may_be_worth_less() -> None:
    """The loss of the months after the gap has closed counts, and the answer says when it closes."""
    found = decided(Payback(), {**CHAPTER_17, "price_decline_rate": 0.3, "horizon_months": 18.0})
    assert payback(price_decline_rate=0.3, horizon_months=18.0).net_usd_over_horizon < (
        payback(price_decline_rate=0.3, horizon_months=9.0).net_usd_over_horizon
    )
    assert any("eats the saving after 9.4 of 18 months" in warning for warning in found.warnings)


def test_the_trend_eats_only_inference() -> None:
    """Half of the cost is inference: it can take no more than that."""
    found = payback(price_decline_rate=1.0, inference_share_rate=0.2)
    assert found.gap_closes_months is None, "a fifth of 20,500 is less than the 5,000 saved"
    assert found.net_usd_over_horizon == pytest.approx(12 * (5_000 - 0.2 * 20_500) - 11_000)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        pytest.param({"monthly_spend_usd": 4_999.0}, "spend of $4,999 a month < $5,000", id="small"),
        pytest.param({"has_evals": False}, "no eval suite", id="no evals"),
        pytest.param(
            {"is_blocked": True, "blocked_by": "EU residency"},
            "a constraint blocks the target: EU residency",
            id="blocked",
        ),
        pytest.param({"horizon_months": 5.0}, "horizon of 5 months < 6", id="short plan"),
        pytest.param(
            {"is_measured": False, "migration_usd": 31_000.0},
            "pays back in 6.2 months > 6 while the target's cost is only estimated",
            id="long payback on an estimate",
        ),
        pytest.param({"migration_usd": 61_000.0}, "pays back in 12.2 months > horizon of 12 months", id="beyond"),
        pytest.param(
            {"price_decline_rate": 0.9},
            "the current provider's falling price closes the gap in 1.5 months, before it pays back",
            id="the price falls first",
        ),
    ],
)
def test_reasons_to_stay(changed: dict[str, Any], reason: str) -> None:
    values = {**CHAPTER_17, **changed}
    assert reason in payback(**changed).stay_reasons
    assert decided(Payback(), values).decision == "stay"


def test_unknown_conditions_are_listed_and_neither_stay_nor_cannot_tell() -> None:
    found = decided(Payback(), CHAPTER_17)
    assert found.decision == "move"
    assert len(payback().unknown_conditions) == 5
    assert payback().stay_reasons == ()


def test_spend_follows_the_volume_where_a_unit_of_inference_is_known() -> None:
    assert payback(inference_usd_per_unit=0.009).stay_reasons == ("spend of $4,500 a month < $5,000",)
    assert payback(inference_usd_per_unit=0.009, monthly_spend_usd=6_000.0).stay_reasons == ()


def test_pushes_are_listed_and_named_against_a_reason_to_stay() -> None:
    found = decided(Payback(), {**CHAPTER_17, "is_price_rising": True, "has_evals": False})
    assert found.decision == "stay"
    assert "speaks against staying: the current provider's price rises" in found.warnings


@pytest.mark.parametrize(
    ("is_measured", "decision"),
    [(True, "move"), (None, "move"), (False, "measure_first")],
    ids=["measured", "nobody said", "only an estimate speaks for it"],
)
def test_measure_first(is_measured: bool | None, decision: str) -> None:
    assert decided(Payback(), {**CHAPTER_17, "is_measured": is_measured}).decision == decision


def test_some_draws_never_pay_back() -> None:
    """A target that may be dearer: never is larger than everything, and has no number."""
    uncertain = ("--target-lcpr", "0.02:0.03:0.08", "--migration-usd", "11000")
    run = run_command("decide", "payback", *MOVE, *uncertain, "--draws", "20000", "--format", "json")
    drawn = run.json["monte_carlo"]
    assert drawn["quantiles"]["payback_months"]["p95"] is None
    assert drawn["quantiles"]["payback_months"]["p05"] < 2.2
    assert drawn["quantiles"]["net_usd"]["p05"] < 0
    assert 0.5 < drawn["probability_right"] < 1
    assert run.json["value_of_information"]["measure_next"] == "target_lcpr_usd"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(
            ["--current-lcpr", "-1"], "--current-lcpr: got -1, expected an amount of money >= 0", id="money"
        ),
        pytest.param(
            ["--current-lcpr", "0"], "--current-lcpr: got 0, expected more than 0", id="zero denominator"
        ),
        pytest.param(["--horizon-months", "0"], "--horizon-months: got 0, expected more than 0", id="no horizon"),
        pytest.param(["--migration-usd", "3:2:9"], "expected a range low:mode:high in this order", id="reversed"),
        pytest.param(
            ["--target-acceptance-rate", "86"], "expected a rate from 0 to 1 (86% is 0.86)", id="a percentage"
        ),
        pytest.param(
            ["--target-acceptance-rate", "0.86"], "got one acceptance rate, expected both or neither", id="one"
        ),
        pytest.param(["--ramp", "quick"], "--ramp: got quick, expected one of none, fast, mid, slow", id="a ramp"),
        pytest.param(
            ["--price-decline-rate", "1.1"], "expected a rate from 0 to 1", id="more than all of the price"
        ),
    ],
)
def test_bad_input(arguments: list[str], said: str) -> None:
    ran = run_command("decide", "payback", *MOVE, *arguments)
    assert ran.exit_code == 2
    assert said in ran.err


def test_what_the_answer_needs_is_named() -> None:
    ran = run_command("decide", "payback", "--current-lcpr", "0.041")
    assert ran.exit_code == 3
    assert "--target-lcpr" in ran.err
    assert "--units-per-month" in ran.err


# --- several workloads -----------------------------------------------------------------------------------

SUPPORT = {"name": "support", "current_lcpr_usd": 0.06, "target_lcpr_usd": 0.024, "units_per_month": 500_000}
RECORDS = {"name": "records", "current_lcpr_usd": 0.5, "target_lcpr_usd": 0.2, "units_per_month": 70_000}


@pytest.mark.parametrize(
    ("moved", "saving_usd", "realised_rate"),
    [
        pytest.param((None, None), 39_000, 1.0, id="a plan: all of it"),
        pytest.param((True, False), 18_000, 18 / 39, id="one moved"),
        pytest.param((True, None), 18_000, 18 / 39, id="nothing said of the other: not moved"),
        pytest.param((False, False), 0, 0.0, id="none moved"),
        pytest.param((True, True), 39_000, 1.0, id="all moved"),
    ],
)
def test_a_partly_finished_migration(
    moved: tuple[bool | None, bool | None], saving_usd: float, realised_rate: float
) -> None:
    workloads = [{**one, "is_realised": said} for one, said in zip((SUPPORT, RECORDS), moved, strict=True)]
    found = shared_migration(*workloads, migration_usd=100_000.0)
    assert found.saving_usd_per_month == pytest.approx(saving_usd)
    assert found.promised_saving_usd_per_month == pytest.approx(39_000)
    assert found.realised_saving_rate == pytest.approx(realised_rate)
    assert found.net_usd_over_horizon == pytest.approx(12 * saving_usd - 100_000)
    assert found.promised_net_usd_over_horizon == pytest.approx(12 * 39_000 - 100_000)
    assert found.payback_months == (pytest.approx(100_000 / saving_usd) if saving_usd else None)
