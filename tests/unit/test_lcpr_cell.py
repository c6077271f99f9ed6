"""One cell: terms, point, bounds, interval, evidence; what is unknown stays unknown and says why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from routefit.declared.model import Price, Route, Workload
from routefit.errors import UndefinedError
from routefit.evidence import Fact, Label
from routefit.lcpr.assembly import CellContext, cell_of
from routefit.lcpr.cell import Cell, LatencyMs, QuantilesMs, Window, lcpr_usd_per_accepted_unit
from routefit.lcpr.totals import Totals

USD = 10**12
NOTHING_MS = QuantilesMs(p50=None, p95=None, p99=None)
FACT = {"label": "MEASURED", "source": "bill", "as_of": "2026-05-01"}
DECLARED: dict[str, Any] = {
    "id": "support",
    "unit": {"name": "resolved ticket", "quality_floor_rate": 0.85},
    "human": {"usd_per_escalation": {"value": 2.4} | FACT},
    "ops": {"usd_per_month": {"value": 60} | FACT},
}
GROUP = Totals(
    units=100,
    accepted_units=80,
    eligible_units=85,
    evaluated_units=100,
    outcome_verdict_units=100,
    failed_verdict_units=10,
    escalated_reason_units=5,
    no_verdict_units=5,
    escalated_units=5,
    first_pass_units=70,
    retry_units=10,
    calls=130,
    production_calls=120,
    attempts=110,
    grader_calls=10,
    inference_pico_usd=3 * USD,
    eval_pico_usd=USD,
    human_pico_usd=12 * USD,
    measured_cost_pico_usd=USD,
    contracted_cost_pico_usd=USD,
    public_cost_pico_usd=USD,
)
"""A jackknife group: 3 USD of inference, 1 of grading, 12 of people."""


def context(workload: Mapping[str, Any] | None = None, **given: Any) -> CellContext:
    defaults: dict[str, Any] = {
        "workload_id": "support",
        "route_id": "closed",
        "workload": Workload.model_validate(DECLARED | dict(workload or {})),
        "route": None,
        "window": Window(start=datetime(2026, 5, 1, tzinfo=UTC), end=datetime(2026, 5, 29, tzinfo=UTC)),
        "today": date(2026, 5, 29),
        "ops_usd": 56.0,
        "ops": Fact[Decimal](value=Decimal(60), label=Label.MEASURED),
        "latency": LatencyMs(ttft=NOTHING_MS, tpot=NOTHING_MS, e2e=NOTHING_MS),
        "attributed_rate": 1.0,
        "sampled_spread_rate": 0.0,
        "confidence_rate": 0.95,
        "stale_after_days": 90,
    }
    return CellContext(**defaults | given)


def cell(given: CellContext | None = None, /, *, groups: int = 8, **changes: int) -> Cell:
    """The cell of equal groups with these changes in each."""
    return cell_of({n: replace(GROUP, **changes) for n in range(groups)}, given or context())


def undeclared() -> CellContext:
    """Nobody declared a cost of people, of running, or a floor."""
    return context({"human": {}, "ops": {}, "unit": {}}, ops_usd=None, ops=Fact[Decimal]())


def test_the_five_terms_over_accepted_units() -> None:
    found = cell()
    assert found.cost_usd.model_dump() == {
        "inference": 24.0,
        "eval": 8.0,
        "human": 96.0,
        "ops": 56.0,
        "delta": None,
        "total": 184.0,
    }
    assert found.lcpr_usd_per_accepted_unit == 184.0 / 640
    assert found.usd_per_unit == 184.0 / 800
    assert found.naive_usd_per_attempt == 24.0 / 880
    assert found.loaded_to_naive_ratio == pytest.approx((184 / 640) / (24 / 880))
    assert (found.units, found.accepted_units, found.rejected_units, found.unknown_units) == (800, 640, 120, 40)


def test_the_published_example_of_a_month() -> None:
    """14,200 traced, 800 grading, 1,000 people, 2,500 running, 650 more on the bill; 82,000 accepted."""
    lcpr = lcpr_usd_per_accepted_unit(
        inference_usd=14_200, eval_usd=800, human_usd=1_000, ops_usd=2_500, delta_usd=650, accepted_units=82_000
    )
    assert lcpr == pytest.approx(0.23354, abs=5e-6)
    assert lcpr / (14_200 / 100_000) == pytest.approx(1.645, abs=5e-4)


def test_the_formula_without_accepted_units_is_a_named_error() -> None:
    with pytest.raises(UndefinedError, match="0 accepted units"):
        lcpr_usd_per_accepted_unit(
            inference_usd=1, eval_usd=0, human_usd=0, ops_usd=0, delta_usd=0, accepted_units=0
        )


def test_unknown_verdicts_are_bounds() -> None:
    found = cell()
    assert found.bounds_usd.low == 184.0 / (640 + 40)
    assert found.bounds_usd.high == 184.0 / 640


def test_without_an_accepted_unit_there_is_no_figure_but_a_bound() -> None:
    found = cell(accepted_units=0, no_verdict_units=85)
    assert found.lcpr_usd_per_accepted_unit is None
    assert (found.lcpr_low_usd, found.lcpr_high_usd, found.loaded_to_naive_ratio) == (None, None, None)
    assert (found.bounds_usd.low, found.bounds_usd.high) == (184.0 / 680, None)
    assert found.usd_per_unit == 184.0 / 800


def test_with_every_unit_rejected_not_even_a_bound() -> None:
    found = cell(accepted_units=0, no_verdict_units=0, failed_verdict_units=95)
    assert (found.bounds_usd.low, found.bounds_usd.high) == (None, None)
    assert found.rates.acceptance == 0.0


# --- unpriced -----------------------------------------------------------------------------------------------


def test_unpriced_calls_make_a_lower_bound_without_upper_ends() -> None:
    found = cell(unpriced_calls=6, unpriced_no_price_calls=6)
    assert found.is_lower_bound
    assert found.lcpr_usd_per_accepted_unit == 184.0 / 640
    assert found.lcpr_low_usd is not None
    assert (found.lcpr_high_usd, found.bounds_usd.high, found.usd_per_unit_high) == (None, None, None)
    assert found.filled_lcpr_usd == pytest.approx((184.0 + 48 * 24.0 / 912) / 640)
    assert found.evidence.label is Label.UNKNOWN
    assert "48 of 960 calls without a known cost: a lower bound" in found.evidence.reasons


@pytest.mark.parametrize("unpriced", [120, 90], ids=["no call is priced", "the rest are known zeros"])
def test_inference_that_nobody_knows_is_never_0(unpriced: int) -> None:
    found = cell(
        inference_pico_usd=0,
        unpriced_calls=unpriced,
        measured_cost_pico_usd=0,
        contracted_cost_pico_usd=0,
        public_cost_pico_usd=0,
    )
    assert found.cost_usd.inference is None
    assert found.cost_usd.total is None
    figures = (
        found.lcpr_usd_per_accepted_unit,
        found.lcpr_low_usd,
        found.lcpr_high_usd,
        found.usd_per_unit,
        found.usd_per_unit_low,
        found.naive_usd_per_attempt,
        found.loaded_to_naive_ratio,
        found.filled_lcpr_usd,
        found.bounds_usd.low,
        found.bounds_usd.high,
    )
    assert figures == (None,) * len(figures)
    assert "unpriced: no call has a known cost above 0" in found.evidence.reasons
    assert found.evidence.dollars == ()


def test_a_free_route_costs_a_known_0() -> None:
    found = cell(
        context(ops_usd=None, ops=Fact[Decimal]()),
        inference_pico_usd=0,
        eval_pico_usd=0,
        human_pico_usd=0,
        measured_cost_pico_usd=0,
        contracted_cost_pico_usd=0,
        public_cost_pico_usd=0,
    )
    assert found.cost_usd.inference == 0.0
    assert found.lcpr_usd_per_accepted_unit == 0.0
    assert not found.is_lower_bound


def test_grading_that_nobody_can_price_is_null_and_a_lower_bound() -> None:
    found = cell(eval_pico_usd=0, unpriced_grader_calls=10)
    assert found.cost_usd.eval is None
    assert found.is_lower_bound
    assert "80 grading calls without a known cost: a lower bound" in found.evidence.reasons


# --- undeclared ---------------------------------------------------------------------------------------------


def test_undeclared_people_and_running_cost_are_null_counted_as_nothing_and_named() -> None:
    found = cell(undeclared(), human_pico_usd=0, human_unknown_cases=5)
    assert (found.cost_usd.human, found.cost_usd.ops, found.cost_usd.total) == (None, None, 32.0)
    assert "people: no cost of an escalation is declared, counted as nothing" in found.evidence.reasons
    assert "running cost: none is declared, counted as nothing" in found.evidence.reasons
    assert found.evidence.label is Label.UNKNOWN


def test_minutes_at_a_declared_rate_count_without_a_cost_per_case() -> None:
    given = context({"human": {"usd_per_hour": {"value": 48, "label": "CONTRACTED"}}})
    found = cell(given, human_unknown_cases=2)
    assert found.cost_usd.human == 96.0
    assert found.lcpr_usd_per_accepted_unit == 184.0 / 640
    assert "people: 16 cases of unknown cost, counted as nothing" in found.evidence.reasons
    people = [share for share in found.evidence.dollars if share.source == "cost of an escalation"]
    assert [share.label for share in people] == [Label.CONTRACTED]


def test_declared_people_without_any_case_cost_a_known_0() -> None:
    assert cell(human_pico_usd=0, escalated_units=0).cost_usd.human == 0.0


def test_a_workload_that_no_file_declares_has_a_cell() -> None:
    given = replace(undeclared(), workload=None)
    found = cell(given, human_pico_usd=0)
    assert found.unit_name == "accepted result"
    assert found.lcpr_usd_per_accepted_unit == 32.0 / 640
    assert "no quality floor is declared" in found.evidence.reasons


# --- sampled evaluation -------------------------------------------------------------------------------------

SAMPLED = {"eval": {"sample_rate": 0.2}}
SAMPLE = {
    "accepted_units": 16,
    "eligible_units": 90,
    "evaluated_units": 20,
    "evaluated_eligible_units": 20,
    "evaluated_accepted_units": 16,
    "failed_verdict_units": 4,
    "escalated_reason_units": 0,
    "no_usable_answer_units": 10,
    "no_verdict_units": 70,
}


def test_a_random_sample_stands_for_the_rest() -> None:
    found = cell(context(SAMPLED), **SAMPLE)
    assert found.is_extrapolated
    assert found.lcpr_usd_per_accepted_unit == pytest.approx(184.0 / (8 * 90 * 16 / 20))
    assert found.evidence.badge is Label.ESTIMATED
    assert found.lcpr_low_usd is not None


@pytest.mark.parametrize(
    ("workload", "changes", "spread"),
    [
        ({}, {}, 0.0),
        (SAMPLED, {"evaluated_eligible_units": 0, "evaluated_accepted_units": 0}, 0.0),
        (SAMPLED, {"evaluated_eligible_units": 14, "evaluated_accepted_units": 12}, 0.0),
        (SAMPLED, {}, 0.051),
    ],
    ids=[
        "no sample rate is declared",
        "no verdict comes from a random sample",
        "the evaluated share is below 0.8 of the declared rate",
        "routes differ by more than 5 points in what was evaluated",
    ],
)
def test_otherwise_unknown_verdicts_stay_bounds(
    workload: dict[str, Any], changes: dict[str, int], spread: float
) -> None:
    found = cell(context(workload, sampled_spread_rate=spread), **SAMPLE | changes)
    assert not found.is_extrapolated
    assert found.lcpr_usd_per_accepted_unit == 184.0 / 128
    assert found.bounds_usd.low == 184.0 / (128 + 560)


@pytest.mark.parametrize(
    ("evaluated", "spread"),
    [(15, 0.05), (20, 0.05)],
    ids=["a little above 0.8 of the rate", "exactly 5 points apart"],
)
def test_limits_of_the_sample_are_inclusive(evaluated: int, spread: float) -> None:
    changes = SAMPLE | {"evaluated_eligible_units": evaluated, "evaluated_accepted_units": 12}
    assert cell(context(SAMPLED, sampled_spread_rate=spread), **changes).is_extrapolated


# --- interval -----------------------------------------------------------------------------------------------


def test_interval_holds_the_point_and_widens_with_the_spread() -> None:
    def width(step: int) -> float:
        groups = {n: replace(GROUP, human_pico_usd=(12 + step * (n % 2)) * USD) for n in range(16)}
        found = cell_of(groups, context())
        assert found.lcpr_low_usd is not None
        assert found.lcpr_high_usd is not None
        assert found.lcpr_usd_per_accepted_unit is not None
        assert found.lcpr_low_usd <= found.lcpr_usd_per_accepted_unit <= found.lcpr_high_usd
        return found.lcpr_high_usd - found.lcpr_low_usd

    assert 0 <= width(0) < width(2) < width(6)


def test_one_group_has_no_interval() -> None:
    found = cell(groups=1)
    assert found.lcpr_usd_per_accepted_unit is not None
    assert (found.lcpr_low_usd, found.lcpr_high_usd) == (None, None)


@pytest.mark.parametrize(
    ("groups", "changes", "expected"),
    [
        (5, {}, False),
        (4, {}, True),
        (5, {"escalated_units": 3}, True),
        (5, {"escalated_units": 4}, False),
        (5, {"escalated_units": 0, "human_pico_usd": 0}, False),
    ],
    ids=[
        "500 units and people enough",
        "fewer than 500 units",
        "people are a large term and fewer than 20 escalated",
        "20 escalations",
        "people are no large term",
    ],
)
def test_interval_is_flagged_where_it_rests_on_little(
    groups: int, changes: dict[str, int], expected: bool
) -> None:
    assert cell(groups=groups, **changes).interval_unreliable is expected


# --- rates --------------------------------------------------------------------------------------------------


def test_rates_over_what_was_decided_and_served() -> None:
    rates = cell(error_calls=3, timeout_calls=6, cache_known_input_tokens=50, cached_input_tokens=10).rates
    assert rates.acceptance == 640 / 760
    assert rates.first_pass == 560 / 760
    assert (rates.retry, rates.repair, rates.escalation) == (0.1, 0.0, 0.05)
    assert (rates.error, rates.timeout, rates.cache_hit) == (0.025, 0.05, 0.2)
    assert rates.repair_success is None


def test_without_anything_to_divide_by_rates_are_null() -> None:
    rates = cell(groups=0).rates
    assert set(rates.model_dump().values()) == {None}


def test_where_the_unit_key_groups_nothing_retries_cannot_be_seen() -> None:
    rates = cell(one_call_units=96, retry_units=0).rates
    assert (rates.retry, rates.repair, rates.first_pass) == (None, None, None)
    assert rates.acceptance is not None


def test_without_any_outcome_escalations_cannot_be_seen() -> None:
    assert cell(escalated_units=0, outcome_verdict_units=0).rates.escalation is None


# --- evidence -----------------------------------------------------------------------------------------------


def test_what_the_dollars_rest_on_adds_up_to_all_of_them() -> None:
    dollars = cell(human_measured_pico_usd=2 * USD).evidence.dollars
    assert sum(share.rate for share in dollars) == pytest.approx(1.0)
    assert [(share.source, round(share.rate * 184, 6)) for share in dollars] == [
        ("cost as reported", 8),
        ("contracted prices", 8),
        ("public prices", 8),
        ("assumed prices", 8),
        ("people, as recorded", 16),
        ("cost of an escalation", 80),
        ("running cost", 56),
    ]


def test_the_label_is_the_weakest_input_and_the_badge_the_weakest_that_matters() -> None:
    priced = {"measured_cost_pico_usd": 0, "contracted_cost_pico_usd": 0}
    found = cell(public_cost_pico_usd=3_900_000_000_000, **priced).evidence
    assert (found.label, found.badge) == (Label.ASSUMED, Label.PUBLIC)
    assert cell(public_cost_pico_usd=0, **priced).evidence.badge is Label.ASSUMED


def test_a_cell_with_everything_is_good_enough_to_decide_on() -> None:
    assert cell().evidence.decision_grade


STALE_PRICE = Price(
    valid_from=date(2026, 1, 1),
    input_usd_per_mtok=Decimal(1),
    output_usd_per_mtok=Decimal(1),
    as_of=date(2026, 2, 1),
)


@pytest.mark.parametrize(
    ("given", "changes", "reason"),
    [
        (context(attributed_rate=0.95), {}, "attributed calls 95.0% <= 95%"),
        (context(), {"unpriced_calls": 6}, "priced calls 95.0% <= 95%"),
        (context({"unit": {}}), {}, "no quality floor is declared"),
        (context(), {"evaluated_units": 0}, "no verdicts: the quality gate did not run"),
        (
            context({"verdict": [{"from": "grader", "accept": ">=0.7"}]}),
            {},
            "how well the grader agrees with people is not known",
        ),
        (context(today=date(2026, 8, 28)), {}, "data are 91 days old > 90"),
        (
            context(route=Route(id="closed", prices=(STALE_PRICE,))),
            {},
            "a price of the route is 117 days old > 90",
        ),
        (
            context({"human": {"usd_per_escalation": 2.4}}, ops=Fact[Decimal](value=Decimal(60), label="ASSUMED")),
            {},
            "2 key inputs assumed or unknown: cost of an escalation, running cost",
        ),
    ],
    ids=[
        "95% of the calls attributed is not more than 95%",
        "95% of the calls priced is not more than 95%",
        "no quality gate",
        "the gate never ran",
        "a grader is the gate and nobody checked it",
        "data are stale",
        "a price is stale",
        "two key inputs are assumed",
    ],
)
def test_what_keeps_a_cell_from_decision_grade(given: CellContext, changes: dict[str, int], reason: str) -> None:
    evidence = cell(given, **changes).evidence
    assert not evidence.decision_grade
    assert reason in evidence.reasons


def test_one_assumed_input_alone_is_no_obstacle() -> None:
    assert cell(context({"human": {"usd_per_escalation": 2.4}})).evidence.decision_grade


def test_a_price_that_is_no_longer_in_force_is_not_stale() -> None:
    ended = STALE_PRICE.model_copy(update={"valid_to": date(2026, 3, 1)})
    assert cell(context(route=Route(id="closed", prices=(ended,)))).evidence.decision_grade


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"billing_unknown_calls": 2}, "16 failed calls: what they are billed is not declared"),
        ({"mismatch_calls": 1}, "8 calls whose reported cost differs from their price by over 1%"),
        ({"shadow_units": 100}, "800 of 800 units are shadow copies: MEASURED (shadow)"),
        ({}, "not invoiced: the difference to the bill is not known"),
    ],
    ids=["billing of failures", "price mismatch", "shadow", "no invoice"],
)
def test_notes_that_do_not_stand_in_the_way(changes: dict[str, int], note: str) -> None:
    evidence = cell(**changes).evidence
    assert evidence.decision_grade
    assert any(reason.startswith(note) for reason in evidence.reasons)


def test_reasons_of_rejection_are_counted_in_order() -> None:
    assert [(one.reason, one.units) for one in cell().not_accepted] == [
        ("failed_verdict", 80),
        ("escalated", 40),
        ("no_verdict", 40),
    ]


@pytest.mark.parametrize(
    ("usd_per_case", "human_usd"),
    [
        pytest.param(2.4, None, id="nobody said whether people were needed: unknown, not 0"),
        pytest.param(0, 0.0, id="people that cost nothing"),
    ],
)
def test_people_without_any_outcome(usd_per_case: float, human_usd: float | None) -> None:
    unjudged = Totals(units=100, no_verdict_units=100, production_calls=100, attempts=100, inference_pico_usd=USD)
    cell = cell_of({0: unjudged}, context({"human": {"usd_per_escalation": usd_per_case}}))
    assert cell.cost_usd.human == human_usd
    said = "people: no outcome says who needed any, counted as nothing"
    assert (said in cell.evidence.reasons) == (human_usd is None)
