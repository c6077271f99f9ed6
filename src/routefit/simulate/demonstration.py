"""The fleet of the demonstration, as data.

The rates of `support` follow chapter 17 of the field guide (first pass 0.91 against 0.86, repairs 5.2% against
9.8%, escalations 3.1% against 4.9%); token counts and charge-backs are chosen so that the loaded costs come near
those of chapters 15 and 17.
"""

from __future__ import annotations

from routefit.simulate.spec import Behaviour, Copies, Lane, Serving, Traffic, usd_per_mtok

SONNET = usd_per_mtok(3.00, 15.00, 0.30, 3.75)
HAIKU = usd_per_mtok(1.00, 5.00, 0.10, 1.25)
HAIKU_OF_A_CLOUD = usd_per_mtok(1.10, 5.50, 0.11, 1.375)
NANO = usd_per_mtok(0.05, 0.40, 0.005)
LLAMA_70B = usd_per_mtok(0.59, 0.79)
MISTRAL_LARGE = usd_per_mtok(2.00, 6.00)
QWEN_32B_EU = usd_per_mtok(0.45, 0.90)
LLAMA_8B_TUNED = usd_per_mtok(0.72, 0.90)

CLOSED = Serving(provider="anthropic", model="claude-sonnet-4-5", region="us", price=SONNET)
CLOSED_ALIAS = Serving(provider="anthropic", model="prod-chat", region="us", price=SONNET)
OSS_70B = Serving(provider="groq", model="llama-3.3-70b-versatile", region="us", price=LLAMA_70B)
MINI = Serving(provider="openai", model="gpt-5-nano", region="us", price=NANO)
HAIKU_EASY = Serving(
    provider="aws",
    model="anthropic.claude-haiku-4-5-20251001-v1:0",
    region="us",
    price=HAIKU_OF_A_CLOUD,
    is_failure_billing_known=False,
)
JUDGE = Serving(provider="anthropic", model="claude-haiku-4-5", region="us", price=HAIKU)
DEDICATED_70B = Serving(
    provider="dedicated-host", model="llama-3.3-70b-instruct", region="us", chargeback_usd_per_mtok=0.77
)
CLOSED_EU = Serving(provider="mistral", model="mistral-large-2411", region="eu", price=MISTRAL_LARGE)
OSS_EU = Serving(provider="eu-open-host", model="qwen3-32b", region="eu", price=QWEN_32B_EU)
CLOSED_SMALL = Serving(provider="anthropic", model="claude-haiku-4-5", region="us", price=HAIKU)
OSS_8B = Serving(provider="open-host", model="llama-3.1-8b-classifier", region="us", price=LLAMA_8B_TUNED)
DEDICATED_8B = Serving(
    provider="dedicated-host", model="llama-3.1-8b-classifier", region="us", chargeback_usd_per_mtok=0.446
)
SELF_8B = Serving(
    provider="in-house", model="llama-3.1-8b-classifier", region="us", chargeback_usd_per_mtok=0.3625
)
PRIVATE_ALIAS = Serving(provider="openai", model="prod-summarize-x2", region="us", is_failure_billing_known=False)
PLAYGROUND = Serving(
    provider="openai",
    model="gpt-4o-mini",
    region="us",
    price=usd_per_mtok(0.15, 0.60, 0.075),
    is_failure_billing_known=False,
)

_CLOSED_SUPPORT = Behaviour(
    clean_rate=0.917,
    repair_rate=0.052,
    repair_success_rate=0.87,
    escalation_rate=0.031,
    failure_rate=0.005,
    fallback_rate=0.10,
    prefix_rate=0.78,
    cache_hit_rate=0.91,
    writes_cache=True,
    judged_rate=0.25,
)
_OSS_SUPPORT = Behaviour(
    clean_rate=0.8585,
    repair_rate=0.098,
    repair_success_rate=0.94,
    escalation_rate=0.049,
    failure_rate=0.004,
    prefix_rate=0.84,
    cache_hit_rate=0.94,
    output_ratio=1.5,
    judged_rate=0.25,
)
_MINI_SUPPORT = Behaviour(
    clean_rate=0.725,
    repair_rate=0.20,
    repair_success_rate=0.80,
    escalation_rate=0.115,
    failure_rate=0.045,
    prefix_rate=0.70,
    cache_hit_rate=0.60,
    output_ratio=5.0,
    reasoning_rate=0.75,
    missing_usage_rate=0.03,
    judged_rate=0.25,
)
_EASY_SUPPORT = Behaviour(
    clean_rate=0.975,
    repair_rate=0.012,
    repair_success_rate=0.90,
    escalation_rate=0.007,
    failure_rate=0.004,
    judged_rate=0.25,
)

SUPPORT = Traffic(
    workload="support",
    key="sup",
    units_per_month=500_000,
    customers=4_000,
    sticky="customer",
    lanes=(
        Lane(route="closed", serving=CLOSED, behaviour=_CLOSED_SUPPORT, share_rate=0.61, fallback=OSS_70B),
        Lane(route="oss-70b", serving=OSS_70B, behaviour=_OSS_SUPPORT, share_rate=0.25),
        Lane(route="mini", serving=MINI, behaviour=_MINI_SUPPORT, share_rate=0.09),
        Lane(
            route="haiku-easy",
            serving=HAIKU_EASY,
            behaviour=_EASY_SUPPORT,
            share_rate=0.05,
            takes_easy_only=True,
        ),
        Lane(
            route="dedicated-70b",
            serving=DEDICATED_70B,
            behaviour=_OSS_SUPPORT,
            copies=Copies(of="closed", rate=0.10, role="shadow"),
        ),
    ),
    mean_input_tokens=3_650,
    input_sigma=0.45,
    mean_output_tokens=372,
    planned_calls=(0.40, 0.25, 0.17, 0.10, 0.08),
    think_ms=20_000,
    is_streaming=True,
    has_verdicts=True,
    verdict_delay_hours=3.0,
    evaluated_by="ticket_status",
    suite="support-v3",
    ttft_slo_ms=2_500,
    e2e_slo_ms=20_000,
    human_minutes=1.2,
    is_verdict_of_people=True,
    grader=JUDGE,
    orphan_outcomes_per_day=1,
)

EXTRACTION = Traffic(
    workload="extraction",
    key="ext",
    units_per_month=80_000,
    customers=300,
    sticky="customer",
    lanes=(
        Lane(
            route="closed-eu",
            serving=CLOSED_EU,
            behaviour=Behaviour(
                clean_rate=0.951,
                repair_rate=0.030,
                repair_success_rate=0.92,
                escalation_rate=0.012,
                failure_rate=0.006,
            ),
            share_rate=1.0,
        ),
        Lane(
            route="oss-eu",
            serving=OSS_EU,
            behaviour=Behaviour(
                clean_rate=0.66,
                repair_rate=0.09,
                repair_success_rate=0.60,
                escalation_rate=0.06,
                failure_rate=0.006,
            ),
            copies=Copies(of="closed-eu", rate=0.80, role="first", skipped_days=8, days=5),
        ),
    ),
    mean_input_tokens=9_900,
    input_sigma=0.45,
    mean_output_tokens=1_280,
    planned_calls=(0.70, 0.25, 0.05),
    think_ms=400,
    is_streaming=False,
    has_verdicts=True,
    verdict_delay_hours=0.5,
    suite="extraction-fields-v2",
    e2e_slo_ms=60_000,
    human_minutes=2.5,
)


def _classifier(*, prefix_rate: float = 0.0, is_closed: bool = False) -> Behaviour:
    """Behaviour on classification: the open routes serve the same tuned model, so only the price differs."""
    return Behaviour(
        clean_rate=0.955 if is_closed else 0.940,
        repair_rate=0.015 if is_closed else 0.018,
        repair_success_rate=0.85,
        escalation_rate=0.006 if is_closed else 0.010,
        failure_rate=0.006,
        prefix_rate=prefix_rate,
        cache_hit_rate=0.90 if is_closed else 0.0,
        writes_cache=is_closed,
        output_ratio=1.1 if is_closed else 1.0,
    )


CLASSIFICATION = Traffic(
    workload="classification",
    key="cls",
    units_per_month=60_800_000,
    customers=20_000,
    sticky="unit",
    lanes=(
        Lane(
            route="closed-small",
            serving=CLOSED_SMALL,
            behaviour=_classifier(prefix_rate=0.08, is_closed=True),
            share_rate=0.55,
        ),
        Lane(route="oss-8b", serving=OSS_8B, behaviour=_classifier(), share_rate=0.15),
        Lane(route="dedicated-8b", serving=DEDICATED_8B, behaviour=_classifier(), share_rate=0.15),
        Lane(route="self-8b", serving=SELF_8B, behaviour=_classifier(), share_rate=0.15),
    ),
    mean_input_tokens=8_300,
    input_sigma=0.35,
    mean_output_tokens=240,
    planned_calls=(0.85, 0.15),
    think_ms=200,
    is_streaming=False,
    has_verdicts=True,
    verdict_delay_hours=0.02,
    suite="classification-labels-v5",
    storage="parquet",
)

_SUMMARY = Behaviour(
    clean_rate=1.0, repair_rate=0.0, repair_success_rate=0.0, escalation_rate=0.0, failure_rate=0.006
)

SUMMARIES = Traffic(
    workload="summaries",
    key="sum",
    units_per_month=20_000,
    customers=150,
    sticky="unit",
    lanes=(
        Lane(route="closed", serving=CLOSED_ALIAS, behaviour=_SUMMARY, share_rate=0.50),
        Lane(route="oss-70b", serving=OSS_70B, behaviour=_SUMMARY, share_rate=0.38),
        Lane(route=None, serving=PRIVATE_ALIAS, behaviour=_SUMMARY, share_rate=0.12),
    ),
    mean_input_tokens=5_200,
    input_sigma=0.5,
    mean_output_tokens=450,
    planned_calls=(0.8, 0.2),
    think_ms=500,
    is_streaming=False,
    has_verdicts=False,
)

_SINGLE_CALL = Behaviour(
    clean_rate=1.0, repair_rate=0.0, repair_success_rate=0.0, escalation_rate=0.0, failure_rate=0.0
)
"""No unit id holds a stray call and its retry together, so stray calls never fail."""

STRAY = Traffic(
    workload=None,
    key="etc",
    units_per_month=380_000,
    customers=200,
    sticky="unit",
    lanes=(Lane(route=None, serving=PLAYGROUND, behaviour=_SINGLE_CALL, share_rate=1.0),),
    mean_input_tokens=1_600,
    input_sigma=0.6,
    mean_output_tokens=350,
    planned_calls=(1.0,),
    think_ms=0,
    is_streaming=False,
    has_verdicts=False,
)

FLEET: tuple[Traffic, ...] = (SUPPORT, EXTRACTION, CLASSIFICATION, SUMMARIES, STRAY)
"""The fleet of the demonstration."""
