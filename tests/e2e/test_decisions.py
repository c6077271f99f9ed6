"""Every line of what `routefit decide` promises, from the command line; golden and property tests go deeper."""

from __future__ import annotations

import csv
import shlex
import shutil
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from command_line import Ran, run_command
from routefit.decisions.calculator import Calculator
from routefit.decisions.given import Input, Quantity
from routefit.decisions.kinds import KINDS, Material
from small_project import call as made_call
from small_project import load, outcome, write_project

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
BAD_INPUT, CANNOT_TELL, NOT_ACT = 2, 3, 1

TOP_KEYS = {
    *("decision", "naive", "result", "flip_points", "tornado", "monte_carlo", "value_of_information", "evidence"),
    "warnings",
}
TYPED_LABELS = {"ASSUMED", "OPINION", "PUBLIC", "DERIVED", "UNKNOWN"}
MOVES = {"move", "stay", "measure_first"}
PAYBACK_KEYS = """
saving_usd_per_month lcpr_gap_ratio payback_months payback_with_ramp_months net_usd_over_horizon migration_usd
stay_reasons push_reasons unknown_conditions"""
MOVE = "--current-lcpr 0.041 --target-lcpr 0.031 --units-per-month 500000 --migration-usd 11000"
RATES = "--current-acceptance-rate 0.91 --target-acceptance-rate 0.86"
ESCALATIONS = "--set current_escalation_rate=0.031 --set target_escalation_rate=0.049"
REPLICA = "--hardware-usd-per-hour 3.20 --ops-usd-per-hour 0.50 --goodput-per-hour 800"
TABLE = f"{REPLICA} --serverless-usd-per-unit 0.012 --max-utilization-rate 1"
STORY = (
    "--hardware-usd-per-hour 3.20 --ops-usd-per-hour 0 --goodput-per-hour 800 --serverless-usd-per-unit 0.0007"
    " --max-utilization-rate 1 --units-per-month 60000000 --replicas 2"
)
TRAINING = "--training-tokens 75000000 --usd-per-mtok 0.48 --data-usd 0 --eval-usd 0 --iteration-usd-per-month 0"
TUNE = f"{TRAINING} --units-per-month 300000 --saving-usd-per-unit 0.003 --adapters 2 --endpoint-usd-per-month 900"
OWN = "--gpus 10 --gpu-usd-per-hour 3.20 --engineers 2 --goodput-per-gpu-hour 800 --utilization-rate 0.6"
CACHE = "--input-usd-per-mtok 3.00 --write-usd-per-mtok 3.75 --read-usd-per-mtok 0.30"
PREFIX = f"{CACHE} --prefix-tokens 1800 --requests 1000"
END_OF_MODEL = "--deprecated-on 2026-08-10 --today 2026-06-01 --notice-days 70 --incumbent-pass-rate 0.86"

PROVIDER = """
  - {name: NAME, baseline: FIRST, share_rate: SHARE, usd_per_unit: PRICE, error_rate: 0.0,
     acceptance_rate: ACCEPTED, cache_hit_before_rate: 0.72, cache_hit_after_rate: 0.45, cache_discount_rate: OFF,
     input_share_rate: 1.0, ops_usd_per_month: 0}"""
STEPS = """\
prices: {input_usd_per_mtok: 3, output_usd_per_mtok: 15, cache_read_usd_per_mtok: 0.3}
steps:
  - {name: talk, calls: 1, input_tokens: 1000000, output_tokens: 0, cached_tokens: 0, facing: human_facing}
  - {name: evals, calls: 4, input_tokens: 2000000, output_tokens: 200000, cached_tokens: 0, facing: machine_facing,
     sequential: false}
"""


def two_providers(*, off: float = 0.9, shares: tuple[float, float] = (0.5, 0.5), accepted: float = 1.0) -> str:
    """A baseline and a provider at half its price, without failures or running costs: only caches are hidden."""
    rows = [
        {"NAME": "first", "FIRST": "true", "SHARE": shares[0], "PRICE": 1.0, "ACCEPTED": 1.0, "OFF": off},
        {"NAME": "second", "FIRST": "false", "SHARE": shares[1], "PRICE": 0.5, "ACCEPTED": accepted, "OFF": off},
    ]
    text = "providers:"
    for row in rows:
        provider = PROVIDER
        for word, value in row.items():
            provider = provider.replace(word, str(value))
        text += provider
    return text + "\n"


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files that commands of this module name, in the folder that they run in."""
    monkeypatch.chdir(tmp_path)
    texts = {
        "providers.yaml": two_providers(),
        "half_off.yaml": two_providers(off=0.5),
        "over.yaml": two_providers(shares=(0.5, 0.506)),
        "rounded.yaml": two_providers(shares=(0.5, 0.504)),
        "nothing.yaml": two_providers(accepted=0.0),
        "steps.yaml": STEPS,
        "gap.csv": "hour,units\n0,5\n2,5\n",
        "twice.csv": "hour,units\n0,5\n0,5\n",
        "week.csv": "hour,units\n" + "".join(f"{h},{1500 if h % 24 < 9 else 300}\n" for h in range(168)),
        "more.csv": "hour,units\n" + "".join(f"{h},{1800 if h % 24 < 9 else 300}\n" for h in range(168)),
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)


def decide(kind: str, words: str, *more: str | Path) -> Ran:
    """One command, its answer as JSON."""
    return run_command("decide", kind, *shlex.split(words), *more, "--format", "json")


def answer(kind: str, words: str, *more: str | Path) -> Any:
    """The document of a command that must succeed."""
    ran = decide(kind, words, *more)
    assert ran.exit_code == 0, ran.err
    return ran.json


# --- what an answer holds ------------------------------------------------------------------------------------

ANSWERS = {
    "payback": (MOVE, MOVES, PAYBACK_KEYS),
    "serverless": (
        f"{MOVE} {RATES} {ESCALATIONS}",
        MOVES,
        f"{PAYBACK_KEYS} token_price_gap_ratio break_even_pass_rate break_even_escalation_usd before_after",
    ),
    "dedicated": (
        f"{TABLE} --load week.csv --billing-window-minutes 60 --cold-start-s 60 --spike-s 300",
        {"dedicated", "hybrid", "serverless"},
        """required_utilization_ratio average_utilization_rate trough_utilization_rate peak_replicas_needed
        is_capacity_feasible dedicated_usd_per_month serverless_usd_per_month dedicated_usd_per_unit
        hybrid.replicas hybrid.usd_per_month hybrid.overflow_units_per_month hybrid.by_replicas.0.replicas
        hybrid.by_replicas.0.usd_per_month is_autoscaling_viable warm_pool_usd_per_month
        billing_waste_usd_per_month""",
    ),
    "finetune": (
        f"{TUNE} --ready",
        {"tune", "not_yet", "stay"},
        """upfront_usd saving_usd_per_month payback_months break_even_units_per_month
        endpoint_usd_per_month_per_adapter readiness.ready readiness.missing""",
    ),
    "self-managed": (
        f"{OWN} --tokens-per-second 1000 --set serverless_usd_per_unit=0.012",
        {"self_manage", "stay", "devolve"},
        """gpu_usd_per_month loaded_usd_per_month operational_tax_ratio usd_per_accepted_unit raw_usd_per_mtok
        gpus_for_tax_ratio clears_utilization_gate idle_gpu_hours devolution.fired devolution.check""",
    ),
    "multi-source": (
        "providers.yaml --units-per-month 1000 --parity",
        {"split", "single", "failover_only"},
        """naive_saving_ratio hidden.retries hidden.quality hidden.cache hidden.ops hidden.routing
        real_saving_ratio lcpr_by_provider best_split""",
    ),
    "agent-steps": (
        "steps.yaml --deadline-hours 24 --set interrupt_rate=0.1 --set state_gb=2 --set arrivals_per_hour=3"
        " --set service_minutes=10 --set servers=1",
        {"reroute", "stay"},
        """today_usd_per_task routed_usd_per_task saving_ratio batch_eligible_share_rate plan.0.step plan.0.tier
        chain_hours is_deadline_met checkpoint.is_worth_it checkpoint.saving_usd_per_task queue.wait_p95_minutes
        queue.depth_mean""",
    ),
    "caching": (PREFIX, {"cache", "no_cache"}, "break_even_requests break_even_hit_rate saving_usd"),
    "deprecation": (
        f"{END_OF_MODEL} --successor-pass-rate 0.74",
        {"rewrite", "switch"},
        """days_left days_of_cover contract_gaps stale options.0.name options.0.total_usd options.0.weeks
        options.0.fits first_action""",
    ),
}


def inside(found: Any, path: str) -> Any:
    """The value at a path of keys and positions."""
    for key in path.split("."):
        found = found[int(key)] if key.isdigit() else found[key]
    return found


def test_every_kind_is_held_here() -> None:
    assert set(ANSWERS) == set(KINDS)


@pytest.mark.parametrize("kind", ANSWERS)
def test_an_answer_has_the_promised_keys_and_words(kind: str) -> None:
    words, decisions, keys = ANSWERS[kind]
    found = answer(kind, words)
    assert set(found) >= TOP_KEYS
    assert {"probability_right", "quantiles"} <= set(found["monte_carlo"])
    assert found["decision"] in decisions
    for key in keys.split():
        inside(found["result"], key)
    assert {one["label"] for one in found["evidence"]["inputs"]} <= TYPED_LABELS


@pytest.mark.parametrize("kind", ANSWERS)
def test_the_same_seed_gives_the_same_bytes(kind: str) -> None:
    words = ANSWERS[kind][0]
    assert decide(kind, words, "--seed", "7").out == decide(kind, words, "--seed", "7").out


FLAGS = {
    "payback": """--current-lcpr --target-lcpr --units-per-month --migration-usd --horizon-months --ramp
    --monthly-spend-usd --evals --no-evals --measured --estimated --price-decline-rate --current-acceptance-rate
    --target-acceptance-rate --shortfall-usd""",
    "serverless": "--current-lcpr --target-lcpr --units-per-month --migration-usd --failure-usd --floor-rate",
    "dedicated": """--hardware-usd-per-hour --ops-usd-per-hour --replicas --goodput-per-hour
    --serverless-usd-per-unit --max-utilization-rate --load --units-per-month --max-replicas
    --billing-window-minutes --cold-start-s --spike-s""",
    "finetune": """--training-tokens --epochs --usd-per-mtok --method --method-multiplier --data-usd --eval-usd
    --iteration-usd-per-month --units-per-month --saving-usd-per-unit --first-pass-before-rate
    --first-pass-after-rate --repair-usd-per-unit --adapters --endpoint-usd-per-month --base-deprecated-on --ready
    --not-ready""",
    "self-managed": """--gpus --gpu-usd-per-hour --engineers --engineer-usd-per-month --goodput-per-gpu-hour
    --utilization-rate --tokens-per-second""",
    "multi-source": "--routing-usd-per-unit --units-per-month --scenario --parity --no-parity",
    "agent-steps": "--deadline-hours",
    "caching": """--input-usd-per-mtok --write-usd-per-mtok --read-usd-per-mtok --storage-usd-per-mtok-hour --hours
    --prefix-tokens --requests""",
    "deprecation": """--deprecated-on --today --notice-days --eval-baseline-on --fallback-tested-on
    --successor-pass-rate --incumbent-pass-rate --test-window-days""",
}


@pytest.mark.parametrize("kind", FLAGS)
def test_every_promised_option_is_there(kind: str) -> None:
    words = set(run_command("decide", kind, "--help").out.replace("/", " ").split())
    common = {"--workload", "--route", "--set", "--seed", "--exit-code", "--format", "--project", "--as-of"}
    assert set(FLAGS[kind].split()) | common <= words


# --- section 10: worked examples, and where the printed arithmetic does not hold -----------------------------


@pytest.mark.parametrize(
    ("kind", "words", "figures"),
    [
        pytest.param(
            "payback",
            MOVE,
            {"saving_usd_per_month": 5_000, "payback_months": 2.2, "lcpr_gap_ratio": 0.010 / 0.041},
            id="chapter 17: 24.4%, 5,000 a month, 2.2 months",
        ),
        pytest.param("payback", f"{MOVE} --ramp fast", {"payback_with_ramp_months": 2.87}, id="fast ramp"),
        pytest.param("payback", f"{MOVE} --ramp mid", {"payback_with_ramp_months": 3.53}, id="middle ramp"),
        pytest.param("payback", f"{MOVE} --ramp slow", {"payback_with_ramp_months": 4.42}, id="slow ramp"),
        pytest.param(
            "serverless",
            f"{MOVE} {RATES} {ESCALATIONS}",
            {"break_even_escalation_usd": 0.010 / (0.049 / 0.86 - 0.031 / 0.91)},
            id="chapter 17: the saving vanishes at 0.44 a case",
        ),
        pytest.param(
            "dedicated",
            f"{TABLE} --units-per-month 345600",
            {
                "required_utilization_ratio": 3.70 / 9.60,
                "dedicated_usd_per_month": 2_664,
                "serverless_usd_per_month": 4_147.20,
            },
            id="chapter 18: required 0.3854",
        ),
        pytest.param(
            "dedicated",
            f"{TABLE} --units-per-month 168000",
            {"serverless_usd_per_month": 2_016},
            id="chapter 18: ten hours a day",
        ),
        pytest.param(
            "dedicated",
            f"{TABLE} --units-per-month 153600",
            {"serverless_usd_per_month": 1_843.20},
            id="chapter 18: eight hours a day",
        ),
        pytest.param(
            "dedicated",
            f"{TABLE} --units-per-month 345600 --replicas 4",
            {"required_utilization_ratio": (4 * 3.20 + 0.50) / (4 * 800 * 0.012)},
            id="chapter 18: several replicas divide by all of their goodput",
        ),
        pytest.param(
            "finetune", f"{TUNE} --ready", {"upfront_usd": 50_000 * 1_500 * 0.48e-6}, id="chapter 19: 36 USD"
        ),
        pytest.param(
            "self-managed",
            "--gpus 8 --gpu-usd-per-hour 2.50 --tokens-per-second 1000",
            {"raw_usd_per_mtok": 2.50 / 3.6},
            id="chapter 20: 0.694 a million tokens",
        ),
        pytest.param(
            "self-managed",
            OWN,
            {"operational_tax_ratio": 60_000 / 23_040, "gpus_for_tax_ratio": 87},
            id="chapter 20: a tax of 260%, at 30% from 87 GPUs on",
        ),
        pytest.param(
            "caching",
            PREFIX,
            {"break_even_requests": 3.45 / 2.70, "break_even_hit_rate": 0.75 / 3.45},
            id="caching: 1.278 requests, 21.7%",
        ),
        pytest.param(
            "multi-source",
            "providers.yaml --units-per-month 1000 --parity",
            {"input_cost_ratio_by_provider.second": (1 - 0.9 * 0.45) / (1 - 0.9 * 0.72)},
            id="chapter 21: input +69% at 90% off",
        ),
        pytest.param(
            "multi-source",
            "half_off.yaml --units-per-month 1000 --parity",
            {"input_cost_ratio_by_provider.second": (1 - 0.5 * 0.45) / (1 - 0.5 * 0.72)},
            id="chapter 21: input +21% at 50% off",
        ),
        pytest.param(
            "agent-steps",
            "steps.yaml --deadline-hours 25",
            {"today_usd_per_task": 12, "routed_usd_per_task": 7.5, "saving_ratio": 0.375},
            id="chapter 21: half off 9 of 12 USD",
        ),
        pytest.param(
            "deprecation",
            f"{END_OF_MODEL} --successor-pass-rate 0.74",
            {"days_left": 70, "options.0.total_usd": 6 * 7_000, "options.1.total_usd": 4 * 7_000 + 11_000},
            id="chapter 22: 70 days",
        ),
    ],
)
def test_worked_examples(kind: str, words: str, figures: dict[str, float]) -> None:
    result = answer(kind, words)["result"]
    assert {path: inside(result, path) for path in figures} == pytest.approx(figures, rel=2e-3)


def test_the_story_that_opens_chapter_18_is_caught() -> None:
    """2,000,000 a day on two replicas of 800 an hour: 105 are needed, and one costs 2,304 USD a month."""
    found = answer("dedicated", STORY)
    result = found["result"]
    assert found["decision"] == "serverless"
    assert any("needs 105 replicas at 800 each, 2 are planned" in one for one in found["warnings"])
    assert (result["peak_replicas_needed"], result["is_capacity_feasible"]) == (105, False)
    assert result["dedicated_usd_per_month"] == pytest.approx(2 * 3.20 * 720)
    assert result["serverless_usd_per_month"] == pytest.approx(60_000_000 * 0.0007)


# --- laws, one instance each; tests/property searches for exceptions -----------------------------------------


def test_a_hybrid_costs_no_more_than_the_best_pure_choice_and_both_rules_agree() -> None:
    result = answer("dedicated", f"{TABLE} --load week.csv")["result"]
    curve = {one["replicas"]: one["usd_per_month"] for one in result["hybrid"]["by_replicas"]}
    assert result["hybrid"]["usd_per_month"] == pytest.approx(min(curve.values()))
    assert result["hybrid"]["usd_per_month"] <= min(curve[0], curve[result["peak_replicas_needed"]])
    assert curve[0] == pytest.approx(result["serverless_usd_per_month"])
    # 9 hours a day hold the second replica: 63 of 168 hours of 700 units at 0.012 cover its 3.20 an hour.
    assert result["hybrid"]["replicas"] == result["marginal_rule_replicas"] == 1


def test_more_demand_needs_no_fewer_replicas() -> None:
    needed = [
        answer("dedicated", f"{TABLE} --load {name}.csv")["result"]["peak_replicas_needed"]
        for name in ("week", "more")
    ]
    assert needed == [2, 3]


def test_the_payback_falls_as_the_gap_widens() -> None:
    found = [answer("payback", f"{MOVE} --target-lcpr {lcpr}")["result"] for lcpr in (0.036, 0.031, 0.021)]
    assert [one["payback_months"] for one in found] == pytest.approx([4.4, 2.2, 1.1])


def test_ranges_without_width_agree_with_the_point() -> None:
    point, drawn = (answer("payback", MOVE.replace("0.031", text)) for text in ("0.031", "0.031:0.031:0.031"))
    assert drawn["result"] == point["result"]
    assert drawn["monte_carlo"]["probability_right"] == 1
    middle = drawn["monte_carlo"]["quantiles"]["payback_months"]["p50"]
    assert middle == pytest.approx(point["result"]["payback_months"])


@pytest.mark.parametrize("kind", [kind for kind in ANSWERS if kind not in ("multi-source", "agent-steps")])
def test_a_flip_point_put_back_flips_the_decision(kind: str) -> None:
    words = ANSWERS[kind][0]
    found = answer(kind, words)
    flips = [one for one in found["flip_points"] if one["unit"] not in ("", "units per month")]
    assert flips
    for flip in flips[:2]:
        beyond = flip["flips_at"] * (1.0001 if flip["side"] == "above" else 0.9999)
        option = next(one.option for one in KINDS[kind].build(Material()).inputs if one.name == flip["input"])
        typed = (option, str(beyond)) if option else ("--set", f"{flip['input']}={beyond}")
        assert answer(kind, words, *typed)["decision"] == flip["decision"] != found["decision"]


def test_a_route_that_accepts_nothing_never_wins() -> None:
    """At half the price, and free of charge."""
    split = answer("multi-source", "nothing.yaml --units-per-month 1000 --parity")
    assert split["decision"] == "single"
    assert split["result"]["best_split"]["shares"] == {"first": 1.0, "second": 0.0}
    moved = answer("payback", f"{MOVE} --current-acceptance-rate 0.9 --target-acceptance-rate 0")
    assert moved["decision"] == "stay"
    assert moved["result"]["payback_months"] is None


def test_a_range_is_drawn_a_million_times_and_says_what_to_measure() -> None:
    found = answer("payback", MOVE.replace("11000", "8000:40000:90000"))
    drawn, worth = found["monte_carlo"], found["value_of_information"]
    assert drawn["draws"] == 1_000_000
    assert 0.5 < drawn["probability_right"] < 1
    assert worth["measure_next"] == "migration_usd"
    assert worth["perfect_usd"] > 0


# --- exit codes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "words", "exit_code"),
    [
        pytest.param("payback", MOVE, 0, id="move"),
        pytest.param("payback", f"{MOVE} --no-evals", NOT_ACT, id="stay"),
        pytest.param("payback", f"{MOVE} --estimated", NOT_ACT, id="measure first"),
        pytest.param("dedicated", f"{TABLE} --units-per-month 345600", 0, id="dedicated"),
        pytest.param("dedicated", f"{TABLE} --units-per-month 168000", NOT_ACT, id="serverless"),
        pytest.param("multi-source", "providers.yaml --no-parity", NOT_ACT, id="single"),
        pytest.param("agent-steps", "steps.yaml --deadline-hours 1", NOT_ACT, id="no time for batch"),
    ],
)
def test_exit_code_tells_whether_to_act(kind: str, words: str, exit_code: int) -> None:
    assert decide(kind, words).exit_code == 0
    assert decide(kind, words, "--exit-code").exit_code == exit_code


@pytest.mark.parametrize(
    ("kind", "words", "missing"),
    [
        pytest.param("payback", "--current-lcpr 0.04", "--target-lcpr", id="no target"),
        pytest.param("serverless", "--target-lcpr 0.03", "--current-lcpr", id="no current cost"),
        pytest.param("dedicated", f"{TABLE}", "--load", id="no load"),
        pytest.param("finetune", "--training-tokens 1000", "--units-per-month", id="no volume"),
        pytest.param("self-managed", "--gpus 8", "--gpu-usd-per-hour", id="no price"),
        pytest.param("caching", "--prefix-tokens 1800", "--input-usd-per-mtok", id="no prices"),
        pytest.param("multi-source", "--units-per-month 5", "providers", id="no providers"),
        pytest.param("agent-steps", "--deadline-hours 5", "steps", id="no steps"),
        pytest.param("deprecation", "--notice-days 70", "--deprecated-on", id="no day"),
    ],
)
def test_what_an_answer_needs_is_named(kind: str, words: str, missing: str) -> None:
    ran = decide(kind, words)
    assert ran.exit_code == CANNOT_TELL, ran.out
    assert missing in ran.json["error"]["message"] + ran.json["error"]["next_step"]


def test_without_accepted_units_nothing_can_be_told(tmp_path: Path) -> None:
    """Neither by the move to such a route nor by the move away from one."""
    for number, accepted in enumerate(({"dear"}, {"cheap"}, set[str]())):
        folder = write_project(tmp_path / f"project{number}")
        load(folder, "calls", [made_call(route, n) for route in ("dear", "cheap") for n in range(50)])
        verdicts = [outcome(route, n, route in accepted) for route in ("dear", "cheap") for n in range(50)]
        load(folder, "outcomes", verdicts)
        ran = decide("payback", f"--workload work --route cheap --as-of 2026-06-20 --project {folder}")
        assert ran.exit_code == CANNOT_TELL
        assert ran.json["error"]["next_step"]


# --- bad input -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "words", "named"),
    [
        pytest.param("payback", f"{MOVE} --horizon-months 0", "--horizon-months", id="a horizon of 0"),
        pytest.param("payback", f"{MOVE} --current-lcpr 0", "--current-lcpr", id="the gap's share of nothing"),
        pytest.param("dedicated", f"{TABLE} --load gap.csv", "gap.csv:3", id="a load with a gap"),
        pytest.param("dedicated", f"{TABLE} --load twice.csv", "twice.csv:3", id="an hour twice"),
        pytest.param(
            "dedicated", f"{TABLE} --units-per-month 5 --goodput-per-hour 0", "--goodput-per-hour", id="goodput 0"
        ),
        pytest.param(
            "dedicated",
            f"{TABLE} --units-per-month 5 --serverless-usd-per-unit 0",
            "--serverless-usd-per-unit",
            id="serverless for nothing",
        ),
        pytest.param("self-managed", f"{OWN} --gpus 0", "--gpus", id="no GPU"),
        pytest.param(
            "self-managed", f"{OWN} --tokens-per-second 0", "--tokens-per-second", id="a GPU that stands still"
        ),
        pytest.param("multi-source", "over.yaml", "share", id="shares of 1.006"),
        pytest.param("payback", "nowhere.yaml", "nowhere.yaml", id="no such file"),
        pytest.param("payback", f"{MOVE} --set ramps=mid", "ramps", id="no such input"),
    ],
)
def test_bad_input_is_refused_by_name(kind: str, words: str, named: str) -> None:
    ran = decide(kind, words)
    assert ran.exit_code == BAD_INPUT, ran.out
    assert named in ran.json["error"]["message"]
    assert ran.err.startswith("error: ")


def test_shares_may_exceed_one_by_half_a_point() -> None:
    ran = decide("multi-source", "rounded.yaml --units-per-month 1000 --parity")
    assert ran.exit_code == 0
    assert "shares" in ran.err


def test_caching_at_equal_prices_is_never_and_no_error() -> None:
    found = answer("caching", f"{PREFIX} --read-usd-per-mtok 3.00")
    assert found["decision"] == "no_cache"
    assert found["result"]["break_even_requests"] is None


def wrong_values() -> Iterator[Any]:
    """Every numeric input of every kind with a negative number, a reversed range, and a rate above 1."""
    for kind in KINDS.values():
        calculator: Calculator = kind.build(Material())
        for one in calculator.inputs:
            if one.quantity.is_numeric:
                for text in ("-1", "0.5:0.4:0.6", *(("1.5",) if one.quantity is Quantity.RATE else ())):
                    yield pytest.param(kind.name, one, text, id=f"{kind.name} {one.name} {text}")


@pytest.mark.parametrize(("kind", "one", "text"), [*wrong_values()])
def test_no_input_takes_what_cannot_be(kind: str, one: Input, text: str) -> None:
    typed = f"{one.option}={text}" if one.option else f"--set={one.name}={text}"
    ran = decide(kind, ANSWERS[kind][0], typed)
    assert ran.exit_code == BAD_INPUT, ran.out
    assert one.shown in ran.json["error"]["message"]


# --- real data -----------------------------------------------------------------------------------------------


@pytest.mark.shared_data
def test_fourteen_real_days_pass_the_gate(tmp_path: Path, shared_data: Path) -> None:
    """Requests per second over windows of 600 s into accepted units by hour, 90% of them ASSUMED."""
    hours: dict[int, float] = defaultdict(float)
    with (shared_data / "servegen/m-large_aggregate_rate.csv").open() as file:
        for row in csv.DictReader(file):
            hours[int(row["t_seconds"]) // 3600] += 0.9 * 600 * float(row["req_per_s_sum_over_clients"])
    lines = (f"{hour},{units}\n" for hour, units in sorted(hours.items()))
    (tmp_path / "days.csv").write_text("hour,units\n" + "".join(lines))
    found = answer("dedicated", TABLE.replace("0.012", "0.0008").replace("800", "8000"), "--load", "days.csv")
    result = found["result"]
    assert result["load_hours"] == 14 * 24
    assert result["mean_units_per_hour"] == pytest.approx(sum(hours.values()) / 336)
    assert len(result["hour_of_week_units"]) == 168
    assert result["peak_replicas_needed"] == -(-max(hours.values()) // 8_000)
    assert found["decision"] == "hybrid"


@pytest.mark.shared_data
def test_from_claude_opus_to_minimax(tmp_path: Path, shared_data: Path) -> None:
    """384 of 500 tasks for 385.97 USD against 382 for 76.75; 10,000 a month, and a range of costs."""
    folder, example = tmp_path / "project", ROOT / "examples/openhands_index"
    shutil.copytree(example / "project", folder)
    files = sorted((shared_data / "openhands_index/results").glob("*/instance_results/*.json"))
    assert run_command("import", *files, "--map", example / "map.yaml", "--project", folder, "-q").exit_code == 0
    names = f"--workload swe-bench --route MiniMax-M3 --project {folder}"
    typed = "--units-per-month 10000 --migration-usd 8000:12000:30000"
    found = answer("payback", f"{names} {typed}")
    lost = (384 - 382) / 500 * 385.974965 / 384
    saving = 10_000 * ((385.974965 - 76.754344) / 500 - lost)
    assert found["decision"] == "move"
    assert found["result"]["saving_usd_per_month"] == pytest.approx(saving, rel=1e-6)
    assert found["monte_carlo"]["quantiles"]["payback_months"]["p50"] is not None
    assert "measure_next" in found["value_of_information"]
    replaced = {one["input"] for one in found["evidence"]["inputs"] if one["replaced"]}
    assert replaced == {"units_per_month", "migration_usd"}


@pytest.mark.shared_data
def test_a_real_hour_of_requests_hits_an_unlimited_cache(shared_data: Path) -> None:
    trace = shared_data / "mooncake/conversation_trace.jsonl"
    rates = [
        answer("caching", CACHE, "--reuse", trace, *limit)["result"]["hit_rate"]
        for limit in ((), ("--set", "ttl_s=120"), ("--set", "cache_tokens=5120000"))
    ]
    assert rates[0] == pytest.approx(0.3736, abs=5e-5)
    assert max(rates[1:]) < rates[0]
