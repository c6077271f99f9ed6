"""Payback and serverless from a ledger whose every figure can be worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from command_line import Ran, run_command
from small_project import NOW, ROUTES, WORKLOAD, call, load, outcome, write_project

UNITS = 600
AS_OF = NOW.date().isoformat()


def fleet(
    folder: Path,
    *,
    accepted: dict[str, int] | None = None,
    escalated: dict[str, int] | None = None,
    workload: str = WORKLOAD,
    routes: dict[str, str] | None = None,
    change: Callable[[str, int], dict[str, Any]] = lambda route, number: {},
) -> Path:
    """The same 600 tasks on dear (90% accepted) and cheap (85%), of which 3% and 5% escalate."""
    good = {"dear": 540, "cheap": 510} if accepted is None else accepted
    people = {"dear": 18, "cheap": 30} if escalated is None else escalated
    write_project(folder, workloads={"work": workload}, routes=ROUTES | (routes or {}))
    load(folder, "calls", [call(route, n) | change(route, n) for route in good for n in range(UNITS)])
    outcomes = [
        outcome(route, n, n < good[route], escalated=n >= UNITS - people[route])
        for route in good
        for n in range(UNITS)
    ]
    load(folder, "outcomes", outcomes)
    return folder


def decide(folder: Path, kind: str, *arguments: str | Path) -> Ran:
    common = ("--project", folder, "--as-of", AS_OF, "--draws", "20000", "--format", "json")
    return run_command("decide", kind, "--workload", "work", *arguments, *common)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fleet(tmp_path_factory.mktemp("moves") / "project")


@pytest.fixture(scope="module")
def payback(folder: Path) -> dict[str, Any]:
    ran = decide(folder, "payback", "--route", "cheap")
    assert ran.exit_code == 0, ran.err
    found: dict[str, Any] = ran.json
    return found


@pytest.fixture(scope="module")
def serverless(folder: Path) -> dict[str, Any]:
    ran = decide(folder, "serverless", "--route", "cheap")
    assert ran.exit_code == 0, ran.err
    found: dict[str, Any] = ran.json
    return found


def inputs_of(found: dict[str, Any]) -> dict[str, Any]:
    return {one["input"]: one for one in found["evidence"]["inputs"]}


def test_costs_of_a_demanded_unit(payback: dict[str, Any]) -> None:
    """10,200 micro-USD + 3% x 0.50, against 1,200 + 5% x 0.50; the rest goes back at the current LCPR."""
    result = payback["result"]
    assert result["current_usd_per_demanded_unit"] == pytest.approx(0.0102 + 0.015)
    assert result["target_usd_per_demanded_unit"] == pytest.approx(0.0012 + 0.025)
    saving = 1_000_000 * (0.0252 - 0.0262 - 0.05 * 0.0252 / 0.9)
    assert result["saving_usd_per_month"] == pytest.approx(saving)
    assert payback["decision"] == "stay"
    assert result["is_target_measured"] is True


def test_every_input_says_where_it_comes_from(payback: dict[str, Any]) -> None:
    known = inputs_of(payback)
    assert known["units_per_month"]["source"] == "demand.units_per_month"
    assert known["migration_usd"]["value"] == 1_000
    assert known["current_acceptance_rate"]["label"] == "MEASURED"
    assert known["current_acceptance_rate"]["low"] < 0.9 < known["current_acceptance_rate"]["high"]
    assert known["inference_usd_per_unit"]["value"] == pytest.approx(0.0102)
    assert known["least_spend_usd_per_month"]["label"] == "OPINION"
    assert all(one["source"] for one in known.values())


def test_people_are_inside_both_costs(serverless: dict[str, Any]) -> None:
    """0.50 USD a case is in both LCPRs: nothing is added, and the break-even starts from it."""
    known, result = inputs_of(serverless), serverless["result"]
    assert known["failure_usd"]["value"] == known["people_in_lcpr_usd"]["value"] == 0.5
    lost = 0.0252 / 0.9 - 0.0262 / 0.85
    more = 0.05 / 0.85 - 0.03 / 0.9
    assert result["break_even_escalation_usd"] == pytest.approx(0.5 + lost / more)
    assert result["break_even_pass_rate"] == pytest.approx((0.0012 + 0.5) / (0.0252 / 0.9 + 0.5))
    rows = {row["figure"]: (row["before"], row["after"]) for row in result["before_after"]}
    assert rows["escalation_rate"] == (0.03, 0.05)
    assert rows["pass_rate"] == (0.9, 0.85)
    assert rows["people_usd_per_accepted_unit"] == pytest.approx((0.015 / 0.9, 0.025 / 0.85))


def test_a_cheaper_escalation_turns_it(folder: Path, serverless: dict[str, Any]) -> None:
    """Just below the break-even the target saves, and the answer names the cost that it replaces."""
    at = serverless["result"]["break_even_escalation_usd"]
    found = decide(folder, "serverless", "--route", "cheap", "--failure-usd", str(0.5 * at)).json
    assert found["result"]["saving_usd_per_month"] > 0
    assert found["result"]["break_even_escalation_usd"] == pytest.approx(at)
    assert inputs_of(found)["failure_usd"]["replaced"].startswith("0.5 USD per case")


def test_token_prices_of_today(serverless: dict[str, Any]) -> None:
    """1,000 input and 100 output tokens at 10.00 and 2.00, against 1.00 and 2.00 USD per million."""
    result = serverless["result"]
    assert result["current_token_usd_per_unit"] == pytest.approx(0.0102)
    assert result["token_price_gap_ratio"] == pytest.approx(1 - 0.0012 / 0.0102)
    naive = serverless["naive"]
    assert naive["decision"] == "move"
    assert naive["saving_usd_per_month"] == pytest.approx(1_000_000 * 0.009)


def test_without_a_cost_of_people_the_break_even_starts_from_nothing(tmp_path: Path) -> None:
    plain = WORKLOAD.replace("human: {usd_per_escalation: 0.5}\n", "")
    ran = decide(fleet(tmp_path / "project", workload=plain), "serverless", "--route", "cheap")
    result = ran.json["result"]
    assert result["failure_usd"] is None
    gap = 0.0102 / 0.9 - 0.0012 / 0.85
    assert result["break_even_escalation_usd"] == pytest.approx(gap / (0.05 / 0.85 - 0.03 / 0.9))
    assert any(one.startswith("people cost nothing here") for one in ran.json["warnings"])


def test_other_traffic_is_measured_first(tmp_path: Path) -> None:
    """The target got tasks of its own with a fifth of the input: its cost says nothing of the others."""

    def easy(route: str, number: int) -> dict[str, Any]:
        if route == "dear":
            return {"input_tokens": 5_000 + number}
        return {"unit_id": f"easy-{number}", "call_id": f"easy-{number}", "input_tokens": 900 + number % 100}

    folder = tmp_path / "project"
    write_project(folder)
    load(folder, "calls", [call(route, n) | easy(route, n) for route in ("dear", "cheap") for n in range(UNITS)])
    verdicts = [outcome("dear", n, n % 10 > 0) for n in range(UNITS)]
    verdicts += [outcome("cheap", f"easy-{n}", n % 10 > 0) for n in range(UNITS)]
    load(folder, "outcomes", verdicts)
    found = decide(folder, "payback", "--route", "cheap").json
    assert found["decision"] == "measure_first"
    assert found["result"]["is_target_measured"] is False
    assert any("cheap is not comparable with dear" in warning for warning in found["warnings"])


def test_calls_without_a_cost_count_at_the_mean_of_the_others(tmp_path: Path) -> None:
    """A tenth of the target's calls say nothing of their tokens: not free, and no more than an estimate."""

    def gaps(route: str, number: int) -> dict[str, Any]:
        missing = route == "cheap" and number % 10 == 0
        return {"input_tokens": None, "output_tokens": None} if missing else {}

    nobody = {"dear": 0, "cheap": 0}
    found = decide(fleet(tmp_path / "project", change=gaps, escalated=nobody), "payback", "--route", "cheap").json
    target = inputs_of(found)["target_lcpr_usd"]
    assert target["value"] == pytest.approx(0.0012 * 600 / 510)
    assert target["label"] == "ESTIMATED"
    assert target["low"] < target["value"] < target["high"]
    assert "cheap: 60 calls without a known cost, counted at the mean cost of the others" in found["warnings"]
    assert found["decision"] == "move"


def test_a_target_that_fails_the_floor_is_not_moved_to(tmp_path: Path) -> None:
    """40% accepted against a floor of 60%, at a tenth of the cost."""
    few = {"dear": 540, "cheap": 240}
    folder = fleet(tmp_path / "project", accepted=few, escalated={"dear": 0, "cheap": 0})
    unnamed = decide(folder, "serverless")
    assert unnamed.exit_code == 3
    assert "no open model on a serverless endpoint that is feasible and has a cost" in unnamed.err
    found = decide(folder, "serverless", "--route", "cheap").json
    assert found["decision"] == "stay"
    reasons = " ".join(found["result"]["stay_reasons"])
    assert "failed test: 40% < 60%" in reasons
    assert "the target passes 40% < floor of 60%" in reasons


@pytest.mark.parametrize(
    ("kind", "arguments", "said"),
    [
        pytest.param("payback", ["--route", "dear"], "dear is its current route", id="to itself"),
        pytest.param("serverless", ["--route", "dear"], "dear is its current route", id="serverless, to itself"),
        pytest.param("serverless", ["--route", "idle"], "idle is closed_api", id="another mode"),
    ],
)
def test_cannot_tell(folder: Path, kind: str, arguments: list[str], said: str) -> None:
    ran = decide(folder, kind, *arguments)
    assert ran.exit_code == 3
    assert said in ran.err


def test_an_unknown_route_is_bad_input(folder: Path) -> None:
    assert decide(folder, "payback", "--route", "chaep").exit_code == 2


def test_a_target_that_accepts_nothing_has_no_cost(tmp_path: Path) -> None:
    """No LCPR, no answer: exit 3, and the input is named."""
    ran = decide(
        fleet(tmp_path / "project", accepted={"dear": 540, "cheap": 0}, escalated={"dear": 0, "cheap": 0}),
        "payback",
        "--route",
        "cheap",
    )
    assert ran.exit_code == 3
    assert "--target-lcpr" in ran.err


def test_without_a_current_route_nothing_can_be_told(tmp_path: Path) -> None:
    homeless = WORKLOAD.replace("current_route: dear, ", "")
    ran = decide(fleet(tmp_path / "project", workload=homeless), "payback", "--route", "cheap")
    assert ran.exit_code == 3
    assert "no current route is declared" in ran.err


def test_a_price_trend_and_thresholds_are_declared(tmp_path: Path) -> None:
    """The current route's trend comes from its file, the thresholds from routefit.yaml."""
    falling = ROUTES["dear"] + "price_decline_rate: {value: 0.3, label: OPINION, source: budget talks}\n"
    folder = fleet(tmp_path / "project", routes={"dear": falling}, escalated={"dear": 0, "cheap": 0})
    (folder / "routefit.yaml").write_text("name: small\ndefaults: {least_spend_usd_per_month: 20000}\n")
    found = decide(folder, "payback", "--route", "cheap").json
    assert inputs_of(found)["price_decline_rate"]["source"] == "budget talks"
    assert found["result"]["gap_closes_months"] > 12
    assert "spend of $10,200 a month < $20,000" in found["result"]["stay_reasons"]
