from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from routefit.declared.model import Route, Tier, Workload
from routefit.evidence import Evidence, Label
from routefit.funnel.constraints import binding, check_constraints
from routefit.funnel.demand import MeasuredDemand, MeasuredLatency
from routefit.funnel.fleet import Fleet
from routefit.funnel.verdict import Constraint, ConstraintCheck, Verdict, first_of, worst

TODAY = date(2026, 5, 29)


def checks_of(
    workload: dict[str, Any],
    route: dict[str, Any],
    demand: MeasuredDemand | None = None,
    latency: MeasuredLatency | None = None,
    fleet: Fleet | None = None,
    logged_tier: Tier | None = None,
) -> tuple[ConstraintCheck, ...]:
    return check_constraints(
        Workload.model_validate({"id": "w", **workload}),
        Route.model_validate({"id": "r", **route}),
        demand,
        today=TODAY,
        latency=latency,
        fleet=fleet,
        logged_tier=logged_tier,
    )


def one_of(constraint: Constraint, checks: tuple[ConstraintCheck, ...]) -> ConstraintCheck:
    return only(tuple(check for check in checks if check.constraint is constraint))


def only(checks: tuple[ConstraintCheck, ...]) -> ConstraintCheck:
    assert len(checks) == 1, [check.constraint for check in checks]
    return checks[0]


@pytest.mark.parametrize(
    ("workload", "route", "verdict", "short"),
    [
        pytest.param(
            {"data": {"regions": ["eu"]}},
            {"regions": ["us", "EU"]},
            Verdict.PASS,
            "yes: EU residency",
            id="one common region is enough, whatever its case",
        ),
        pytest.param(
            {"data": {"regions": ["eu"]}},
            {"regions": ["us"]},
            Verdict.FAIL,
            "no: EU residency",
            id="no common region eliminates",
        ),
        pytest.param(
            {"data": {"regions": ["eu"]}},
            {},
            Verdict.UNKNOWN,
            "not known: EU residency",
            id="an undeclared region never passes",
        ),
        pytest.param(
            {"needs": {"modalities_in": ["text", "image"]}},
            {"modalities_in": ["text"]},
            Verdict.FAIL,
            "no: image input",
            id="only the missing modality is named",
        ),
        pytest.param(
            {"needs": {"modalities_out": ["text"]}},
            {"modalities_out": ["text", "audio"]},
            Verdict.PASS,
            "yes: text",
            id="more than asked is fine",
        ),
        pytest.param(
            {"data": {"licence_uses": ["commercial", "training_on_outputs"]}},
            {"licence_uses": ["commercial"]},
            Verdict.FAIL,
            "no: training_on_outputs not licensed",
            id="one licence use is missing",
        ),
        pytest.param(
            {"data": {"certifications": ["SOC2", "hipaa_baa"]}},
            {"certifications": ["soc2", "hipaa_baa"]},
            Verdict.PASS,
            "yes: SOC2 and hipaa_baa",
            id="certifications match without regard to case",
        ),
        pytest.param(
            {"needs": {"languages": ["de"]}},
            {"languages": ["en"]},
            Verdict.FAIL,
            "no: de not supported",
            id="language",
        ),
        pytest.param(
            {"price_features": ["batch"]},
            {"price_features": ["cache"]},
            Verdict.FAIL,
            "no: batch price not offered",
            id="a discount that does not apply to the variant",
        ),
        pytest.param(
            {"data": {"zero_retention": True}},
            {"zero_retention": False},
            Verdict.FAIL,
            "no: zero retention not offered",
            id="retention",
        ),
        pytest.param(
            {"data": {"private_network": True}},
            {},
            Verdict.UNKNOWN,
            "not known: private network",
            id="private network not declared",
        ),
        pytest.param(
            {"needs": {"tool_use": True}},
            {"tool_use": True},
            Verdict.PASS,
            "yes: tool use",
            id="tool use offered",
        ),
        pytest.param(
            {"needs": {"structured_output": True}},
            {"structured_output": False},
            Verdict.FAIL,
            "no: structured output not offered",
            id="structured output",
        ),
        pytest.param(
            {"needs": {"context_tokens": 120_000}},
            {"context_tokens": 32_768},
            Verdict.FAIL,
            "no: context too short",
            id="stated context",
        ),
        pytest.param(
            {"tokens": {"input_p95": 8_500, "input_p99": 30_000, "output_p99": 4_000}},
            {"context_tokens": 32_768},
            Verdict.WARN,
            "warning: context short for the longest calls",
            id="p95 fits, p99 input + p99 output does not",
        ),
        pytest.param(
            {"needs": {"context_tokens": 8_000}, "tokens": {"input_p95": 40_000}},
            {"context_tokens": 32_768},
            Verdict.FAIL,
            "no: context too short",
            id="the larger of stated need and p95 counts",
        ),
        pytest.param(
            {"tokens": {"input_p95": 32_768}},
            {"context_tokens": 32_768},
            Verdict.PASS,
            "yes: context",
            id="exactly enough is enough",
        ),
        pytest.param(
            {"demand": {"p95_requests_per_minute": 476}},
            {"limits": {"requests_per_minute": 300}},
            Verdict.FAIL,
            "no: 476 requests a minute > 300",
            id="rate limit below the p95",
        ),
        pytest.param(
            {"demand": {"p95_tokens_per_minute": 2_000_000}},
            {"limits": {"tokens_per_minute": 2_000_000}},
            Verdict.PASS,
            "yes: tokens a minute",
            id="at the limit passes",
        ),
        pytest.param(
            {"demand": {"p95_tokens_per_minute": 1}},
            {},
            Verdict.UNKNOWN,
            "not known: limit of tokens a minute",
            id="an undeclared limit never passes, however small the need",
        ),
        pytest.param(
            {},
            {"deprecated_on": date(2026, 5, 29)},
            Verdict.FAIL,
            "no: deprecated 2026-05-29",
            id="deprecated from today",
        ),
        pytest.param(
            {},
            {"deprecated_on": date(2026, 12, 1)},
            Verdict.WARN,
            "warning: deprecated 2026-12-01",
            id="deprecated within the horizon",
        ),
        pytest.param(
            {},
            {"deprecated_on": date(2030, 1, 1)},
            Verdict.PASS,
            "yes: serves until 2030-01-01",
            id="deprecated after the horizon",
        ),
    ],
)
def test_one_requirement_one_verdict(
    workload: dict[str, Any], route: dict[str, Any], verdict: Verdict, short: str
) -> None:
    check = only(checks_of(workload, route))
    assert (check.verdict, check.short) == (verdict, short)
    assert check.on is None


def test_a_requirement_that_is_not_stated_is_not_checked() -> None:
    assert checks_of({"data": {"zero_retention": False}}, {}) == ()


def test_the_reason_is_the_comparison() -> None:
    check = only(checks_of({"needs": {"context_tokens": 120_000}}, {"context_tokens": 32_768}))
    assert check.reason == "needs 120,000 tokens > offers 32,768"
    assert (check.required, check.offered) == ("120,000 tokens", "32,768 tokens")


def test_measured_demand_drives_context_and_rate_limit() -> None:
    """The p95 figures of the public code-completion trace."""
    demand = MeasuredDemand(input_p95=4_083, p95_requests_per_minute=467, calls=8_819)
    route = {"context_tokens": 4_096, "limits": {"requests_per_minute": 450}}
    context, requests = checks_of({}, route, demand)
    assert (context.constraint, context.verdict) == (Constraint.CONTEXT, Verdict.PASS)
    assert (requests.constraint, requests.verdict) == (Constraint.REQUESTS_PER_MINUTE, Verdict.FAIL)
    assert requests.reason == "needs 467 requests a minute > limit 450"


def test_a_declared_figure_goes_before_the_measured_one() -> None:
    demand = MeasuredDemand(input_p95=99_000)
    check = only(checks_of({"tokens": {"input_p95": 4_000}}, {"context_tokens": 8_192}, demand))
    assert check.verdict is Verdict.PASS


def test_the_evidence_is_that_of_the_weakest_fact() -> None:
    route = {"context_tokens": {"value": 8_192, "label": "PUBLIC", "source": "page", "as_of": date(2026, 5, 1)}}
    measured = only(checks_of({}, route, MeasuredDemand(input_p95=4_000)))
    assumed = only(checks_of({"tokens": {"input_p95": 4_000}}, route))
    assert measured.evidence.label is Label.PUBLIC
    assert measured.evidence.source == "page"
    assert assumed.evidence.label is Label.ASSUMED


@pytest.mark.parametrize(
    ("limit", "verdict"),
    [
        pytest.param(5, Verdict.FAIL, id="even the sample exceeds the limit"),
        pytest.param(100_000, Verdict.UNKNOWN, id="the sample cannot show that the whole stays below"),
    ],
)
def test_a_rate_measured_on_a_sample_is_a_lower_bound(limit: float, verdict: Verdict) -> None:
    demand = MeasuredDemand(p95_requests_per_minute=9.5, is_sampled=True)
    check = only(checks_of({}, {"limits": {"requests_per_minute": limit}}, demand))
    assert check.verdict is verdict
    assert "at least 9.50 requests a minute" in check.required


def test_a_declared_rate_works_on_a_sampled_ledger() -> None:
    demand = MeasuredDemand(p95_requests_per_minute=9.5, is_sampled=True)
    workload = {"demand": {"p95_requests_per_minute": 475}}
    check = only(checks_of(workload, {"limits": {"requests_per_minute": 600}}, demand))
    assert (check.verdict, check.required) == (Verdict.PASS, "475 requests a minute")


VOLUME = MeasuredDemand(accepted_units_per_hour=480, serverless_usd_per_accepted_unit=0.012)
GPU = {"gpu_usd_per_hour": 3.20, "gpus_per_replica": 1, "min_replicas": 1}


@pytest.mark.parametrize(
    ("route", "demand", "verdict"),
    [
        pytest.param(
            {"mode": "managed_dedicated", "capacity": GPU, "ops_usd_per_month": 360},
            VOLUME,
            Verdict.PASS,
            id="(3.20 + 0.50) / 0.012 = 308 <= 480 an hour",
        ),
        pytest.param(
            {"mode": "managed_dedicated", "capacity": GPU, "ops_usd_per_month": 360},
            MeasuredDemand(accepted_units_per_hour=300, serverless_usd_per_accepted_unit=0.012),
            Verdict.FAIL,
            id="300 an hour is too low",
        ),
        pytest.param(
            {"mode": "self_managed", "capacity": GPU},
            MeasuredDemand(accepted_units_per_hour=200, serverless_usd_per_accepted_unit=0.012),
            Verdict.FAIL,
            id="too low for the hardware alone, whatever running costs",
        ),
        pytest.param(
            {"mode": "self_managed", "capacity": GPU},
            VOLUME,
            Verdict.UNKNOWN,
            id="pays the hardware, running cost unknown",
        ),
        pytest.param(
            {"mode": "self_managed", "capacity": GPU},
            MeasuredDemand(),
            Verdict.UNKNOWN,
            id="volume unknown",
        ),
        pytest.param(
            {"mode": "self_managed", "capacity": {"gpu_usd_per_hour": 3.2}},
            VOLUME,
            Verdict.UNKNOWN,
            id="capacity declared in part",
        ),
    ],
)
def test_minimum_volume(route: dict[str, Any], demand: MeasuredDemand, verdict: Verdict) -> None:
    assert one_of(Constraint.MINIMUM_VOLUME, checks_of({}, route, demand)).verdict is verdict


@pytest.mark.parametrize(
    "route",
    [
        pytest.param({"mode": "self_managed"}, id="no capacity declared"),
        pytest.param({"mode": "serverless_open", "capacity": GPU}, id="a route paid by the token"),
    ],
)
def test_minimum_volume_is_not_asked_of_every_route(route: dict[str, Any]) -> None:
    assert checks_of({}, route, VOLUME) == ()


TEST = Evidence(label=Label.MEASURED, source="a load test")
ROWS = Fleet(most_replicas=6, replicas_evidence=Evidence(label=Label.MEASURED, source="rows"))


@pytest.mark.parametrize(
    ("capacity", "fleet", "verdict", "reason"),
    [
        pytest.param(
            {"goodput_per_replica_hour": 800, "min_replicas": 2},
            Fleet(),
            Verdict.FAIL,
            "peak 12,000 an hour needs 22 replicas > has 2 (each 800 an hour, used to 70%)",
            id="12,000 / (800 x 0.7) = 21.4: 22 replicas",
        ),
        pytest.param(
            {"goodput_per_replica_hour": 800, "max_utilization_rate": 1, "min_replicas": 2, "max_replicas": 15},
            Fleet(),
            Verdict.PASS,
            "peak 12,000 an hour needs 15 replicas <= has 15 (each 800 an hour, used to 100%)",
            id="a load that fills its replicas exactly needs no more",
        ),
        pytest.param(
            {"goodput_per_replica_hour": 800, "min_replicas": 2},
            Fleet(goodput_units_per_replica_hour=2_400, max_utilization_rate=0.9, goodput_evidence=TEST),
            Verdict.FAIL,
            "peak 12,000 an hour needs 6 replicas > has 2 (each 2,400 an hour, used to 90%)",
            id="a load test goes before what is declared",
        ),
        pytest.param(
            {"goodput_per_replica_hour": 2_400, "max_utilization_rate": 0.9, "min_replicas": 2},
            ROWS,
            Verdict.PASS,
            "peak 12,000 an hour needs 6 replicas <= has 6 (each 2,400 an hour, used to 90%)",
            id="what ran in a row of capacity may run again",
        ),
        pytest.param(
            {"min_replicas": 2},
            Fleet(),
            Verdict.UNKNOWN,
            "needs replicas for the highest hour: capacity.goodput_per_replica_hour is neither declared nor"
            " measured",
            id="no goodput",
        ),
        pytest.param(
            {"goodput_per_replica_hour": 800},
            Fleet(),
            Verdict.UNKNOWN,
            "needs replicas for 12,000 accepted units in the highest hour: needs 22,"
            " and neither capacity.max_replicas nor a capacity row says how many may run",
            id="nobody says how many may run",
        ),
    ],
)
def test_capacity_is_held_against_the_highest_hour(
    capacity: dict[str, Any], fleet: Fleet, verdict: Verdict, reason: str
) -> None:
    demand = MeasuredDemand(peak_accepted_units_per_hour=12_000)
    found = checks_of({}, {"mode": "managed_dedicated", "capacity": capacity}, demand, fleet=fleet)
    check = one_of(Constraint.CAPACITY, found)
    assert (check.verdict, check.reason) == (verdict, reason)


def test_two_gpus_do_not_serve_two_million_requests_a_day() -> None:
    """The story that opens chapter 18: a flat 83,333 an hour, 800 an hour each, every one filled to the brim."""
    route = {
        "mode": "managed_dedicated",
        "capacity": {"goodput_per_replica_hour": 800, "max_utilization_rate": 1, "min_replicas": 2},
    }
    demand = MeasuredDemand(peak_accepted_units_per_hour=2_000_000 / 24)
    check = one_of(Constraint.CAPACITY, checks_of({}, route, demand))
    assert (check.verdict, check.short) == (Verdict.FAIL, "no: 105 replicas needed > 2")


def test_the_load_is_taken_at_the_declared_volume_also_at_the_anticipated_one() -> None:
    route = {
        "mode": "managed_dedicated",
        "ops_usd_per_month": 360,
        "capacity": {**GPU, "goodput_per_replica_hour": 800, "max_utilization_rate": 1, "max_replicas": 3},
    }
    workload = {
        "demand": {"units_per_month": 200_000},
        "anticipated": [{"on": date(2026, 9, 1), "demand": {"units_per_month": 600_000}}],
    }
    demand = MeasuredDemand(
        accepted_units_per_hour=120,
        peak_accepted_units_per_hour=600,
        units_per_month=100_000,
        serverless_usd_per_accepted_unit=0.012,
    )
    found = checks_of(workload, route, demand)
    said = {(check.constraint, check.on): (check.verdict, check.required) for check in found}
    later = date(2026, 9, 1)
    assert said[Constraint.CAPACITY, None] == (Verdict.PASS, "2 replicas")
    assert said[Constraint.CAPACITY, later] == (Verdict.FAIL, "5 replicas")
    assert said[Constraint.MINIMUM_VOLUME, None][0] is Verdict.FAIL, "240 an hour < 308"
    assert said[Constraint.MINIMUM_VOLUME, later][0] is Verdict.PASS, "720 an hour >= 308"


@pytest.mark.parametrize(
    ("workload", "tier", "verdict"),
    [
        pytest.param({"class": "human_waiting_sync"}, "batch", Verdict.FAIL, id="a person does not wait a day"),
        pytest.param({"class": "human_waiting_streaming"}, "flex", Verdict.FAIL, id="nor for room"),
        pytest.param({"class": "realtime_voice"}, "batch", Verdict.FAIL, id="voice"),
        pytest.param({"class": "human_waiting_sync"}, "priority", Verdict.PASS, id="priority answers at once"),
        pytest.param({"class": "agentic"}, "batch", Verdict.WARN, id="an agent waits a day at each step"),
        pytest.param({"class": "machine_waiting"}, "flex", Verdict.PASS, id="a machine may wait"),
        pytest.param(
            {"class": "machine_waiting", "slo": {"e2e_ms": 60_000}}, "batch", Verdict.FAIL, id="not beyond its SLO"
        ),
        pytest.param(
            {"class": "machine_waiting", "slo": {"e2e_ms": 100_000_000}}, "batch", Verdict.PASS, id="a long SLO"
        ),
    ],
)
def test_the_tier_is_held_against_what_waits(workload: dict[str, Any], tier: Tier, verdict: Verdict) -> None:
    declared = checks_of(workload, {"service_tier": tier})[0]
    logged = checks_of(workload, {}, logged_tier=tier)[0]
    assert (declared.constraint, declared.verdict) == (Constraint.LATENCY_CLASS, verdict)
    assert logged.verdict is verdict
    assert (declared.evidence.label, logged.evidence.label) == (Label.ASSUMED, Label.MEASURED)


@pytest.mark.parametrize(
    ("workload", "route"),
    [
        pytest.param({"class": "batch"}, {"service_tier": "batch"}, id="nobody waits"),
        pytest.param({"class": "human_waiting_sync"}, {}, id="no tier known"),
        pytest.param({}, {"service_tier": "batch"}, id="no class declared"),
    ],
)
def test_the_tier_is_not_asked_of_every_pair(workload: dict[str, Any], route: dict[str, Any]) -> None:
    assert checks_of(workload, route) == ()


def test_latency_is_the_routes_own_at_the_percentile_of_the_slo() -> None:
    workload = {"slo": {"ttft_ms": 850, "e2e_ms": 5_000, "tpot_ms": 40, "percentile": 95}}
    first, token, whole = checks_of(workload, {}, latency=MeasuredLatency(ttft_ms=1_200, e2e_ms=4_000))
    assert (first.verdict, first.short) == (Verdict.FAIL, "no: first token too slow")
    assert first.reason == "p95 first token 1,200 ms > limit 850 ms"
    assert (token.verdict, token.short) == (Verdict.UNKNOWN, "not known: time per token latency")
    assert whole.verdict is Verdict.PASS


def test_checks_run_again_for_what_is_anticipated() -> None:
    workload = {
        "data": {"regions": ["us"], "certifications": ["soc2"]},
        "anticipated": [
            {"on": date(2028, 1, 1), "data": {"zero_retention": True}},
            {"on": date(2027, 1, 1), "data": {"regions": ["eu"]}},
        ],
    }
    route = {"regions": ["us"], "certifications": ["soc2"], "zero_retention": False}
    verdicts = [(check.on, check.constraint, check.verdict) for check in checks_of(workload, route)]
    assert verdicts == [
        (None, Constraint.RESIDENCY, Verdict.PASS),
        (None, Constraint.CERTIFICATIONS, Verdict.PASS),
        (date(2027, 1, 1), Constraint.RESIDENCY, Verdict.FAIL),
        (date(2027, 1, 1), Constraint.CERTIFICATIONS, Verdict.PASS),
        (date(2028, 1, 1), Constraint.RESIDENCY, Verdict.FAIL),
        (date(2028, 1, 1), Constraint.CERTIFICATIONS, Verdict.PASS),
        (date(2028, 1, 1), Constraint.RETENTION, Verdict.FAIL),
    ]


def test_an_anticipated_requirement_whose_day_has_come_holds_today() -> None:
    workload = {"data": {"regions": ["us"]}, "anticipated": [{"on": TODAY, "data": {"regions": ["eu"]}}]}
    check = only(checks_of(workload, {"regions": ["us"]}))
    assert (check.on, check.verdict) == (None, Verdict.FAIL)


def test_anticipated_demand_is_laid_over_todays() -> None:
    workload = {
        "demand": {"p95_requests_per_minute": 100, "p95_tokens_per_minute": 1_000},
        "anticipated": [{"on": date(2027, 1, 1), "demand": {"p95_requests_per_minute": 900}}],
    }
    route = {"limits": {"requests_per_minute": 500, "tokens_per_minute": 5_000}}
    assert [check.verdict for check in checks_of(workload, route)] == [
        Verdict.PASS,
        Verdict.PASS,
        Verdict.FAIL,
        Verdict.PASS,
    ]


def test_only_what_comes_within_the_horizon_binds() -> None:
    workload = {
        "data": {"regions": ["us"]},
        "anticipated": [
            {"on": date(2027, 1, 1), "data": {"regions": ["us", "eu"]}},
            {"on": date(2028, 1, 1), "data": {"regions": ["eu"]}},
        ],
    }
    checks = checks_of(workload, {"regions": ["us"]})
    assert worst(checks) is Verdict.FAIL
    bound = binding(checks, today=TODAY, horizon_months=12)
    assert [check.on for check in bound] == [None, date(2027, 1, 1)]
    assert worst(bound) is Verdict.PASS


def test_the_verdict_of_many_is_the_maximum() -> None:
    assert max(Verdict) is Verdict.FAIL
    assert sorted(Verdict) == [Verdict.PASS, Verdict.WARN, Verdict.UNKNOWN, Verdict.FAIL]
    assert Verdict.WARN <= Verdict.WARN < Verdict.UNKNOWN
    assert Verdict.FAIL >= Verdict.UNKNOWN > Verdict.PASS
    assert worst([]) is Verdict.PASS


def test_todays_failure_is_named_before_an_anticipated_one() -> None:
    workload = {
        "data": {"regions": ["eu"]},
        "anticipated": [{"on": date(2026, 9, 1), "data": {"zero_retention": True}}],
    }
    checks = checks_of(workload, {"regions": ["us"], "zero_retention": False})
    found = first_of(reversed(checks), Verdict.FAIL)
    assert found is not None
    assert (found.constraint, found.on) == (Constraint.RESIDENCY, None)
    assert first_of(checks, Verdict.WARN) is None


def test_money_of_a_declared_route_may_be_decimal() -> None:
    route = {"mode": "self_managed", "capacity": {**GPU, "gpu_usd_per_hour": Decimal("3.20")}}
    assert one_of(Constraint.MINIMUM_VOLUME, checks_of({}, route, VOLUME)).verdict is Verdict.UNKNOWN
