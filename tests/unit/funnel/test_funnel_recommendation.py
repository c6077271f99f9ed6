from datetime import date

import pytest

from funnel_fleet import EASY, all_pairs, candidate, check, pair
from routefit.declared.model import Mode
from routefit.errors import BadInputError
from routefit.funnel.candidate import Candidate, Stakes
from routefit.funnel.comparability import Comparability, judged_apart
from routefit.funnel.comparison import RoutePair
from routefit.funnel.recommendation import Recommendation, recommend
from routefit.funnel.verdict import Verdict

STAKES = Stakes(
    current_route="closed",
    accepted_units_per_month=500_000,
    horizon_months=12,
    migration_usd=11_000,
    floor_rate=0.85,
    unit_name="resolved ticket",
)
CLOSED = candidate("closed", 0.041)


def test_a_move_shows_its_arithmetic_and_what_would_turn_it_round() -> None:
    serverless = candidate("serverless", 0.031, Mode.SERVERLESS_OPEN)
    answer = recommend([CLOSED, serverless], STAKES, pairs=[pair(CLOSED, serverless)])
    assert (answer.action, answer.route) == ("move", "serverless")
    assert answer.why == (
        "serverless costs $0.031 per resolved ticket, closed $0.041: 24% less",
        "0.756 times the cost, 95% interval 0.756 to 0.756, below 1 (500 common tasks)",
        "passed test: 94% >= 85%",
        "500,000 accepted a month x ($0.041 - $0.031) = $5,000 a month",
        "$11,000 to migrate / $5,000 a month = 2.2 months <= horizon 12 months",
    )
    assert answer.would_change == ("a migration above $60,000, the saving of 12 months",)
    assert answer.saving_usd_per_month == 5_000
    assert answer.payback_months == pytest.approx(2.2)


def test_different_acceptance_is_weighed_per_demanded_unit() -> None:
    closed = candidate("closed", 0.041, acceptance_rate=0.91)
    other = candidate("other", 0.031, accepted=450, acceptance_rate=0.90)
    answer = recommend([closed, other], STAKES, pairs=[pair(closed, other)])
    assert answer.action == "move"
    assert answer.saving_usd_per_month == pytest.approx(500_000 / 0.91 * 0.90 * 0.010, abs=0.01)
    assert (
        "549,451 demanded a month x ($0.037310 - $0.027900 - $0.000410 for what it does not accept)"
        " = $4,945 a month, with acceptance 91.0% on closed and 90.0% on other"
    ) in answer.why
    assert any(line == "acceptance on other below the floor of 85%" for line in answer.would_change)


@pytest.mark.parametrize(
    ("other", "why", "change"),
    [
        pytest.param(
            candidate("other", 0.031, checks=[check(Verdict.UNKNOWN, "not known: EU residency")]),
            "other: needs a region among EU, offers US",
            "other: declare it: not known: EU residency",
            id="a blocking unknown",
        ),
        pytest.param(
            candidate("other", 0.031, accepted=178, decided=200),
            "other: undecided: 89% of 200 cases against 85%, 16 more cases needed",
            "other: 16 more cases",
            id="an undecided screen names the cases",
        ),
        pytest.param(
            candidate("other", 0.031, accepted=171, decided=200),
            "other: undecided: 86% of 200 cases against 85%, not decidable by screening (over 2,000 cases)",
            "other: over 2,000 cases, or a tolerance",
            id="a screen that cannot decide",
        ),
        pytest.param(
            candidate("other", None, decided=0, accepted=0, estimated_usd=0.02),
            "other: its cost is only estimated",
            "other: measure it on some of the units",
            id="an estimate promises",
        ),
        pytest.param(
            candidate("other", 0.031, unpriced_calls=95),
            "other: its cost is a lower bound: 95 calls without a price",
            "other: find what these calls cost",
            id="a lower bound that nothing fills",
        ),
    ],
)
def test_open_questions_are_measured_first(other: Candidate, why: str, change: str) -> None:
    answer = recommend([CLOSED, other], STAKES, pairs=[pair(CLOSED, other)])
    assert (answer.action, answer.route) == ("measure_first", "other")
    assert why in answer.why
    assert change in answer.would_change


def test_easy_traffic_is_no_comparison() -> None:
    other = candidate("other", 0.009)
    answer = recommend([CLOSED, other], STAKES, pairs=[pair(CLOSED, other, comparability=EASY)])
    assert (answer.action, answer.route) == ("measure_first", "other")
    assert answer.why[0] == "other: not comparable with closed: only easy traffic: fewer calls"


def test_routes_judged_by_different_versions_are_graded_again_first() -> None:
    other = candidate("other", 0.009)
    reason = "judged by different versions of judge: v4 against v3"
    apart = judged_apart(reason, shared_units=500)
    answer = recommend([CLOSED, other], STAKES, pairs=[pair(CLOSED, other, comparability=apart)])
    assert (answer.action, answer.route) == ("measure_first", "other")
    assert answer.why[0] == f"other: not comparable with closed: {reason}"
    assert "grade both with the same version" in " ".join(answer.would_change)


def test_routes_that_nobody_compared_are_not_comparable() -> None:
    answer = recommend([CLOSED, candidate("other", 0.009)], STAKES)
    assert answer.action == "measure_first"
    assert answer.why[0] == "other: not comparable with closed: the two were not compared"


def test_an_advantage_within_the_interval_is_measured_first() -> None:
    other = candidate("other", 0.036)
    answer = recommend([CLOSED, other], STAKES, pairs=[pair(CLOSED, other, noise=0.6)])
    assert (answer.action, answer.route) == ("measure_first", "other")
    assert "with 1 inside" in answer.why[0]


def test_a_lower_bound_whose_advantage_survives_the_fill_may_be_moved_to_and_says_so() -> None:
    other = candidate("other", 0.030, filled_lcpr_usd=0.033, unpriced_calls=95)
    answer = recommend([CLOSED, other], STAKES, pairs=[pair(CLOSED, other)])
    assert answer.action == "move"
    assert answer.saving_usd_per_month == pytest.approx(4_000)
    line = "other has 95 calls without a price; at the mean cost of the others $0.030 becomes $0.033"
    assert line in answer.why


def test_a_lower_bound_whose_advantage_dies_in_the_fill_is_not_moved_to() -> None:
    stakes = STAKES.model_copy(update={"migration_usd": 100.0})
    other = candidate("other", 0.038, filled_lcpr_usd=0.0405, unpriced_calls=95)
    answer = recommend([CLOSED, other], stakes, pairs=[pair(CLOSED, other, noise=0.05)])
    assert (answer.action, answer.route) == ("measure_first", "other")
    assert answer.why[0] == (
        "other: against closed: up to 0.97 times the cost as measured, but up to 1.03 times"
        " once its calls without a price count at the mean cost of the others"
    )
    beyond = candidate("other", 0.038, filled_lcpr_usd=0.045, unpriced_calls=95)
    answer = recommend([CLOSED, beyond], stakes, pairs=[pair(CLOSED, beyond)])
    assert (answer.action, answer.route) == ("measure_first", "other")
    assert answer.why[0] == (
        "other: $0.038 per resolved ticket holds only while its calls without a price count as nothing:"
        " at the mean cost of the others it is $0.045 >= $0.041 on closed"
    )
    assert "other: find what these calls cost" in answer.would_change


@pytest.mark.parametrize(
    ("other", "stakes", "reason", "change"),
    [
        pytest.param(
            candidate("other", 0.031),
            STAKES.model_copy(update={"migration_usd": 61_000.0}),
            "$61,000 to migrate / $5,000 a month = 12.2 months > horizon 12 months",
            "other: a migration of $60,000 or less",
            id="payback beyond the horizon",
        ),
        pytest.param(
            candidate("other", 0.031, Mode.SELF_MANAGED, fixed_usd_outside_lcpr=60_000.0),
            STAKES,
            "saves $5,000 a month <= $60,000 a month of fixed cost that its LCPR does not hold",
            "other: more than 6,000,000 accepted a month",
            id="commitment rule",
        ),
        pytest.param(
            candidate("other", 0.020, checks=[check(Verdict.FAIL)]),
            STAKES,
            "no: EU residency (needs a region among EU, offers US)",
            "other: a change in: needs a region among EU, offers US",
            id="infeasible",
        ),
        pytest.param(
            candidate("other", 0.020, checks=[check(Verdict.FAIL, on=date(2027, 1, 1))]),
            STAKES,
            "no: EU residency from 2027-01-01 (needs a region among EU, offers US)",
            "other: a change in: needs a region among EU, offers US",
            id="infeasible within the horizon",
        ),
        pytest.param(
            candidate("other", 0.020, accepted=142, decided=200),
            STAKES,
            "failed test: 71% < 85%",
            "other: acceptance of 85% or more",
            id="failed the test",
        ),
    ],
)
def test_stay_names_the_cheaper_route_and_why_it_is_not_the_answer(
    other: Candidate, stakes: Stakes, reason: str, change: str
) -> None:
    answer = recommend([CLOSED, other], stakes, pairs=[pair(CLOSED, other)])
    assert (answer.action, answer.route) == ("stay", "closed")
    shown = "$0.031" if other.cell.lcpr_usd_per_accepted_unit == 0.031 else "$0.020"
    assert f"other shows {shown} but: {reason}" in answer.why
    assert answer.would_change == (change,)
    assert answer.set_aside[0].reason == reason


def test_a_saving_that_must_be_strictly_more_than_the_fixed_cost() -> None:
    """60,000,000 x 0.001 = 60,000 is not more than 60,000."""
    closed = candidate("closed", 0.006)
    own = candidate("own", 0.005, Mode.SELF_MANAGED, fixed_usd_outside_lcpr=60_000.0)
    stakes = STAKES.model_copy(update={"accepted_units_per_month": 60_000_000.0})
    assert recommend([closed, own], stakes, pairs=[pair(closed, own)]).action == "stay"
    more = STAKES.model_copy(update={"accepted_units_per_month": 60_100_000.0})
    assert recommend([closed, own], more, pairs=[pair(closed, own)]).action == "move"


def test_dearer_routes_mean_stay() -> None:
    other = candidate("other", 0.050)
    answer = recommend([CLOSED, other], STAKES, pairs=[pair(CLOSED, other)])
    assert answer.why == ("closed costs the least of the feasible routes: $0.041 per resolved ticket",)
    assert answer.would_change == ("other: a cost below $0.041 per resolved ticket",)


def test_dearer_on_the_common_tasks_means_stay_whatever_the_totals_say() -> None:
    other, on_common = candidate("other", 0.036), candidate("other", 0.060)
    answer = recommend([CLOSED, other], STAKES, pairs=[pair(CLOSED, on_common)])
    assert answer.action == "stay"
    assert answer.why[0] == "no route's advantage over closed ($0.041 per resolved ticket) survives"


@pytest.mark.parametrize(
    ("missing", "change"),
    [
        pytest.param("accepted_units_per_month", "other: declare demand.units_per_month", id="volume"),
        pytest.param("migration_usd", "other: declare planning.migration_usd", id="migration cost"),
        pytest.param("floor_rate", "other: declare unit.quality_floor_rate", id="quality floor"),
    ],
)
def test_what_is_not_declared_is_asked_for_and_the_cheapest_still_named(missing: str, change: str) -> None:
    other = candidate("other", 0.031)
    stakes = STAKES.model_copy(update={missing: None})
    answer = recommend([CLOSED, other], stakes, pairs=[pair(CLOSED, other)])
    assert (answer.action, answer.route) == ("measure_first", "other")
    assert answer.would_change == (change,)


def test_an_untested_route_is_no_reason_to_wait_but_is_listed() -> None:
    idle = candidate("idle", None, decided=0, accepted=0)
    answer = recommend([CLOSED, idle], STAKES)
    assert (answer.action, answer.route) == ("stay", "closed")
    assert answer.why == ("no other feasible route has a known cost: closed stays at $0.041 per resolved ticket",)
    assert answer.would_change == ("idle: run it on some of the units",)


def test_a_better_route_with_an_open_question_does_not_hold_up_a_ready_one() -> None:
    ready = candidate("ready", 0.031)
    better = candidate("better", 0.020, accepted=178, decided=200)
    answer = recommend([CLOSED, ready, better], STAKES, pairs=all_pairs([CLOSED, ready, better]))
    assert (answer.action, answer.route) == ("move", "ready")
    assert any(line.startswith("better shows $0.020 but: undecided") for line in answer.why)
    assert "better: 16 more cases" in answer.would_change


def test_a_current_route_without_a_cost_is_what_to_measure() -> None:
    unknown = candidate("closed", None)
    answer = recommend([unknown, candidate("other", 0.031)], STAKES)
    assert (answer.action, answer.route) == ("measure_first", "closed")
    assert answer.why == ("what closed costs per resolved ticket is not known: no price",)


def test_a_current_route_that_is_infeasible_cannot_be_stayed_on() -> None:
    closed = candidate("closed", 0.041, checks=[check(Verdict.FAIL)])
    dearer = candidate("dearer", 0.058)
    answer = recommend([closed, dearer], STAKES, pairs=[pair(closed, dearer)])
    assert (answer.action, answer.route) == ("move", "dearer")
    assert answer.why[0].startswith("closed cannot be stayed on: no: EU residency")
    alone = recommend([closed], STAKES)
    assert (alone.action, alone.route) == ("measure_first", None)


NO_CURRENT = STAKES.model_copy(update={"current_route": None})


def test_without_a_current_route_the_clearly_cheapest_is_named() -> None:
    a, b, c = candidate("a", 0.054), candidate("b", 0.201), candidate("c", 0.020, accepted=310)
    answer = recommend([a, b, c], NO_CURRENT, pairs=all_pairs([a, b, c]))
    assert (answer.action, answer.route) == ("move", "a")
    assert answer.why[:2] == ("no current route is declared", "a costs the least: $0.054 per resolved ticket")
    assert "c shows $0.020 but: failed test: 62% < 85%" in answer.why
    assert {s.route: s.reason for s in answer.set_aside}["b"] == "costs more: $0.201 per resolved ticket"


@pytest.mark.parametrize(
    ("others", "pairs", "stakes"),
    [
        pytest.param([candidate("b", 0.201)], [], NO_CURRENT, id="nobody compared them"),
        pytest.param(
            [candidate("b", 0.060)],
            [pair(candidate("b", 0.060), candidate("a", 0.054), noise=0.6)],
            NO_CURRENT,
            id="within the interval",
        ),
        pytest.param(
            [candidate("b", 0.201)],
            [pair(candidate("b", 0.201), candidate("a", 0.054))],
            NO_CURRENT.model_copy(update={"floor_rate": None}),
            id="no floor",
        ),
    ],
)
def test_without_a_current_route_doubt_is_measured_first(
    others: list[Candidate], pairs: list[RoutePair], stakes: Stakes
) -> None:
    answer = recommend([candidate("a", 0.054), *others], stakes, pairs=pairs)
    assert (answer.action, answer.route) == ("measure_first", "a")
    assert answer.would_change


def test_a_pair_recorded_the_other_way_round_is_turned() -> None:
    a, b = candidate("a", 0.054), candidate("b", 0.201)
    assert recommend([a, b], NO_CURRENT, pairs=[pair(a, b)]).action == "move"
    easy = recommend([a, b], NO_CURRENT, pairs=[pair(a, b, comparability=EASY)])
    assert "b against a: only easy traffic" in easy.why[2]


def test_without_volume_fixed_costs_cannot_be_weighed() -> None:
    a = candidate("a", 0.054)
    own = candidate("own", 0.040, Mode.SELF_MANAGED, fixed_usd_outside_lcpr=60_000.0)
    stakes = NO_CURRENT.model_copy(update={"accepted_units_per_month": None})
    answer = recommend([a, own], stakes, pairs=[pair(a, own)])
    assert (answer.action, answer.route) == ("measure_first", "own")
    assert "own: declare demand.units_per_month" in answer.would_change
    known = recommend([a, own], NO_CURRENT, pairs=[pair(a, own)])
    assert (known.action, known.route) == ("move", "a")


def test_a_current_route_that_nothing_is_known_of() -> None:
    answer = recommend([candidate("a", 0.054)], STAKES)
    assert answer.why[0] == "nothing is known of the current route closed"


def test_a_route_must_not_appear_twice() -> None:
    with pytest.raises(BadInputError, match="twice"):
        recommend([CLOSED, CLOSED], STAKES)


def test_the_cheapest_without_an_open_question_is_named_beside_the_one_to_measure() -> None:
    a, b = candidate("a", 0.054, accepted=178, decided=200), candidate("b", 0.201)
    answer = recommend([a, b], NO_CURRENT, pairs=[pair(b, a)])
    assert (answer.action, answer.route) == ("measure_first", "a")
    assert "b is the cheapest without an open question: $0.201 per resolved ticket" in answer.why


def test_what_is_set_aside_for_its_cost_says_so_even_without_a_floor() -> None:
    a, b = candidate("a", 0.054), candidate("b", 0.201)
    answer = recommend([a, b], NO_CURRENT.model_copy(update={"floor_rate": None}), pairs=[pair(b, a)])
    assert answer.set_aside[0].reason == "costs more: $0.201 per resolved ticket"


def test_a_cheaper_route_below_the_floor_does_not_lead() -> None:
    """30 of 36 at a floor of 85% is undecided, but what is known speaks against it."""
    short = candidate("short", 0.010, accepted=30, decided=36)
    fair = candidate("fair", 0.020, accepted=32, decided=36)
    answer = recommend([CLOSED, short, fair], STAKES, pairs=[pair(CLOSED, short), pair(CLOSED, fair)])
    assert (answer.action, answer.route) == ("measure_first", "fair")
    alone = recommend([CLOSED, short], STAKES, pairs=[pair(CLOSED, short)])
    assert (alone.action, alone.route) == ("stay", "closed")


SAME_MIX = Comparability(basis="same_mix", reason="alike in input tokens per unit")


def test_a_current_route_that_is_dear_for_want_of_verdicts_is_not_left() -> None:
    current = candidate("closed", 0.036, if_all_accepted_usd=0.010)
    other = candidate("other", 0.022)
    answer = recommend([current, other], STAKES, pairs=[pair(current, other, comparability=SAME_MIX)])
    assert (answer.action, answer.route) == ("measure_first", "other")
    assert answer.why[0] == "other: only 500 of 500 units on closed decided: between $0.010 and $0.036 there"


def test_missing_verdicts_that_cannot_turn_the_comparison_do_not_hold_up_a_move() -> None:
    current = candidate("closed", 0.041, if_all_accepted_usd=0.040)
    other = candidate("other", 0.022)
    answer = recommend([current, other], STAKES, pairs=[pair(current, other, comparability=SAME_MIX)])
    assert answer.action == "move"


def test_common_tasks_are_compared_where_both_have_a_verdict() -> None:
    current = candidate("closed", 0.041, if_all_accepted_usd=0.010)
    other = candidate("other", 0.022)
    assert recommend([current, other], STAKES, pairs=[pair(current, other)]).action == "move"


def test_a_route_that_is_dear_for_want_of_verdicts_is_measured_first() -> None:
    other = candidate("other", 0.060, if_all_accepted_usd=0.020)
    answer = recommend([CLOSED, other], STAKES, pairs=[pair(CLOSED, other, comparability=SAME_MIX)])
    assert (answer.action, answer.route) == ("measure_first", "other")
    assert "verdicts for the others on other" in answer.would_change[0]


def test_a_current_route_that_leads_only_by_missing_prices_is_measured_first() -> None:
    current = candidate("closed", 0.009, filled_lcpr_usd=0.022, unpriced_calls=60)
    other = candidate("other", 0.011)
    answer = recommend([current, other], STAKES, pairs=[pair(current, other)])
    assert (answer.action, answer.route) == ("measure_first", "closed")
    assert answer.why == (
        "closed costs at least $0.0090 per resolved ticket: 60 calls without a price count as nothing;"
        " at the mean cost of the others it is $0.022",
        "other costs $0.011",
    )
    assert [one.route for one in answer.set_aside] == ["other"]


def test_staying_on_a_lower_bound_says_so() -> None:
    current = candidate("closed", 0.009, filled_lcpr_usd=0.0091, unpriced_calls=1)
    other = candidate("other", 0.011)
    answer = recommend([current, other], STAKES, pairs=[pair(current, other)])
    assert answer.action == "stay"
    assert answer.why[0].endswith("at least $0.0090 per resolved ticket")


@pytest.mark.parametrize(
    ("months", "action"),
    [
        pytest.param(1.0, "stay", id="out of service before it has paid for the move"),
        pytest.param(6.0, "move", id="in service long enough"),
    ],
)
def test_a_move_pays_back_while_the_route_is_served(months: float, action: str) -> None:
    other = candidate("other", 0.031, months_of_service=months)
    answer = recommend([CLOSED, other], STAKES, pairs=[pair(CLOSED, other)])
    assert answer.action == action


# --- conditions for staying ---------------------------------------------------------------------------------


OTHER = candidate("other", 0.031, Mode.SERVERLESS_OPEN)


def told(**stakes: object) -> Recommendation:
    return recommend([CLOSED, OTHER], STAKES.model_copy(update=stakes), pairs=[pair(CLOSED, OTHER)])


@pytest.mark.parametrize(
    ("stakes", "reason", "change"),
    [
        pytest.param(
            {"monthly_spend_usd": 4_999.0},
            "spend of $4,999 a month < $5,000",
            "other: a spend of $5,000 a month",
            id="too little is spent",
        ),
        pytest.param(
            {"horizon_months": 5.0},
            "horizon of 5 months < 6",
            "other: a plan for 6 months",
            id="the plan is too short",
        ),
        pytest.param(
            {"monthly_spend_usd": 6_000.0, "price_decline_rate": 0.9999},
            "the current provider's falling price closes the gap in 2.3 months, before it pays back",
            "other: a payback before that, or a price that falls more slowly",
            id="the price of today's provider gets there first",
        ),
    ],
)
def test_a_condition_that_holds_makes_it_stay(stakes: dict[str, object], reason: str, change: str) -> None:
    migration = {"migration_usd": 15_000.0} | stakes
    answer = told(**migration)
    assert (answer.action, answer.route) == ("stay", "closed")
    assert answer.stay_reasons == (reason,)
    assert f"other shows $0.031 but: {reason}" in answer.why
    assert change in answer.would_change


def test_an_estimate_that_pays_back_late_is_not_followed_up() -> None:
    estimated = candidate("other", None, decided=0, accepted=0, estimated_usd=0.031)
    stakes = STAKES.model_copy(update={"migration_usd": 40_000.0, "has_evals": True})
    answer = recommend([CLOSED, estimated], stakes)
    assert answer.action == "stay"
    assert answer.stay_reasons == ("pays back in 8.0 months > 6 while the target's cost is only estimated",)
    soon = recommend([CLOSED, estimated], stakes.model_copy(update={"migration_usd": 11_000.0}))
    assert (soon.action, soon.stay_reasons) == ("measure_first", ())


def test_without_any_eval_a_route_is_measured_before_anything_else() -> None:
    estimated = candidate("other", None, decided=0, accepted=0, estimated_usd=0.031)
    answer = recommend([CLOSED, estimated], STAKES.model_copy(update={"has_evals": False}))
    assert answer.action == "measure_first"
    assert "no eval suite" in answer.stay_reasons
    assert "other: verdicts on its units, or eval.suite" in answer.would_change


def test_verdicts_on_the_target_are_an_eval() -> None:
    assert told(has_evals=False).action == "move"


def test_unknown_conditions_are_listed_and_block_nothing() -> None:
    answer = told()
    assert answer.action == "move"
    assert answer.unknown_conditions == ("what is spent a month", "how the current provider's price moves")


def test_what_pushes_the_other_way_is_listed() -> None:
    answer = told(is_price_rising=True, is_quality_falling=True, is_reliability_falling=False)
    assert answer.push_reasons == (
        "the current provider's price rises",
        "the current provider's quality gets worse",
    )


def test_the_print_says_which_part_of_the_fixed_cost_is_inside() -> None:
    owned = candidate("owned", 0.031, Mode.SELF_MANAGED, fixed_usd_outside_lcpr=40_000.0)
    owned = owned.model_copy(update={"fixed_usd_inside_lcpr": 20_000.0})
    answer = recommend([CLOSED, owned], STAKES, pairs=[pair(CLOSED, owned)])
    assert answer.action == "stay"
    assert (
        "owned shows $0.031 but: saves $5,000 a month <= $40,000 a month of fixed cost that its LCPR does not hold"
        " ($20,000 more are inside)"
    ) in answer.why
