"""Laws of the funnel: whatever the fleet looks like."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from funnel_fleet import EASY, candidate, check, pair
from routefit.declared.model import Mode, Route, Workload
from routefit.funnel.candidate import Candidate, Stakes
from routefit.funnel.comparison import RoutePair
from routefit.funnel.constraints import check_constraints
from routefit.funnel.recommendation import recommend
from routefit.funnel.screen import screen
from routefit.funnel.verdict import Verdict, worst

VERDICTS = st.sampled_from(list(Verdict))
LCPR_USD = st.integers(1, 400).map(lambda thousandths: thousandths / 1000)


@st.composite
def candidates(draw: st.DrawFn, route: str) -> Candidate:
    kind = draw(st.sampled_from(["measured", "measured", "measured", "estimated", "untested", "unpriced"]))
    mode = draw(st.sampled_from([None, *Mode]))
    gaps = draw(st.sampled_from([0, 0, 7]))
    lcpr_usd = draw(LCPR_USD) if kind == "measured" else None
    decided = 0 if kind in ("estimated", "untested") else draw(st.sampled_from([20, 200, 500]))
    fill = None
    if lcpr_usd is not None and gaps:
        fill = draw(st.sampled_from([None, 1.01, 1.5]))
    return candidate(
        route,
        lcpr_usd,
        mode,
        accepted=round(decided * draw(st.sampled_from([0.5, 0.86, 0.97]))),
        decided=decided,
        checks=[check(v) for v in draw(st.lists(VERDICTS, max_size=2))],
        acceptance_rate=draw(st.sampled_from([None, 0.5, 0.9])),
        fixed_usd_outside_lcpr=60_000.0 if mode is Mode.SELF_MANAGED else 0.0,
        estimated_usd=draw(LCPR_USD) if kind == "estimated" else None,
        unpriced_calls=gaps if lcpr_usd is not None else 0,
        filled_lcpr_usd=None if fill is None or lcpr_usd is None else lcpr_usd * fill,
    )


@st.composite
def fleets(draw: st.DrawFn) -> tuple[list[Candidate], Stakes, list[RoutePair]]:
    routes = [draw(candidates(name)) for name in ("a", "b", "c", "d")[: draw(st.integers(1, 4))]]
    pairs = [
        pair(
            one,
            other,
            comparability=EASY if draw(st.booleans()) and draw(st.booleans()) else pair(one, other).comparability,
            noise=draw(st.sampled_from([0.0, 0.3])),
        )
        for place, one in enumerate(routes)
        for other in routes[place + 1 :]
    ]
    stakes = Stakes(
        current_route=draw(st.sampled_from([None, "a", "a", "b", "elsewhere"])),
        accepted_units_per_month=draw(st.sampled_from([None, 1_000.0, 500_000.0, 60_000_000.0])),
        migration_usd=draw(st.sampled_from([None, 0.0, 11_000.0])),
        floor_rate=draw(st.sampled_from([None, 0.85, 0.85])),
    )
    return routes, stakes, pairs


@given(fleets())
def test_a_move_goes_only_to_a_measured_feasible_route_above_the_floor(
    fleet: tuple[list[Candidate], Stakes, list[RoutePair]],
) -> None:
    routes, stakes, pairs = fleet
    answer = recommend(routes, stakes, pairs=pairs)
    assert answer.why
    if answer.action == "move":
        chosen = next(c for c in routes if c.route == answer.route)
        assert chosen.route != stakes.current_route
        assert chosen.cell.state == "measured"
        assert worst(chosen.checks) <= Verdict.WARN
        assert chosen.screen is not None
        assert chosen.screen.verdict == "pass"
        assert stakes.floor_rate is not None
        if chosen.cell.is_lower_bound:
            assert any("without a price" in line for line in answer.why)
    if answer.action == "stay":
        assert answer.route == stakes.current_route


@given(fleets())
def test_an_infeasible_candidate_changes_neither_action_nor_route(
    fleet: tuple[list[Candidate], Stakes, list[RoutePair]],
) -> None:
    routes, stakes, pairs = fleet
    barred = candidate("z", 0.0001, checks=[check(Verdict.FAIL)])
    before = recommend(routes, stakes, pairs=pairs)
    after = recommend([*routes, barred], stakes, pairs=[*pairs, *(pair(c, barred) for c in routes)])
    assert (after.action, after.route, after.saving_usd_per_month) == (
        before.action,
        before.route,
        before.saving_usd_per_month,
    )


@given(fleets())
def test_the_order_of_the_candidates_does_not_matter(
    fleet: tuple[list[Candidate], Stakes, list[RoutePair]],
) -> None:
    routes, stakes, pairs = fleet
    forth, back = recommend(routes, stakes, pairs=pairs), recommend(routes[::-1], stakes, pairs=pairs[::-1])
    assert (forth.action, forth.route) == (back.action, back.route)


STANDING = st.fixed_dictionaries(
    {
        "monthly_spend_usd": st.sampled_from([None, 100.0, 50_000.0]),
        "has_evals": st.sampled_from([None, False, True]),
        "horizon_months": st.sampled_from([3.0, 12.0]),
        "price_decline_rate": st.sampled_from([None, 0.0, 0.5, 1.0]),
    }
)
ORDER = ["stay", "measure_first", "move"]


@given(fleets(), STANDING)
def test_a_condition_for_staying_never_brings_a_move_about(
    fleet: tuple[list[Candidate], Stakes, list[RoutePair]], standing: dict[str, object]
) -> None:
    """Against a current route that may be stayed on; without one there is nothing to stay on."""
    routes, stakes, pairs = fleet
    before = recommend(routes, stakes, pairs=pairs)
    after = recommend(routes, stakes.model_copy(update=standing), pairs=pairs)
    if before.action == "stay":
        assert after.action == "stay"
    assert before.route is None or ORDER.index(after.action) <= ORDER.index(before.action)
    if after.action == "move" and stakes.current_route == routes[0].route and not routes[0].is_excluded:
        assert after.stay_reasons == ()


@given(fleets(), st.sampled_from([Verdict.UNKNOWN, Verdict.FAIL]))
def test_one_more_obstacle_never_turns_stay_into_move(
    fleet: tuple[list[Candidate], Stakes, list[RoutePair]], verdict: Verdict
) -> None:
    routes, stakes, pairs = fleet
    before = recommend(routes, stakes, pairs=pairs)
    for place, one in enumerate(routes):
        if one.route == stakes.current_route:
            continue
        blocked = one.model_copy(update={"checks": (*one.checks, check(verdict))})
        after = recommend([*routes[:place], blocked, *routes[place + 1 :]], stakes, pairs=pairs)
        if before.action == "stay":
            assert after.action == "stay"
        if after.action == "move":
            assert after.route != one.route


@given(cost_usd=st.floats(1, 1_000), accepted=st.integers(1, 499), rival_usd=LCPR_USD)
def test_more_accepted_units_for_the_same_cost_never_lose_a_move(
    cost_usd: float, accepted: int, rival_usd: float
) -> None:
    closed = candidate("closed", rival_usd)
    stakes = Stakes(current_route="closed", accepted_units_per_month=1e6, migration_usd=1_000, floor_rate=0.85)

    def action(units: int) -> str:
        other = candidate("other", cost_usd / units, accepted=units, decided=500)
        return recommend([closed, other], stakes, pairs=[pair(closed, other)]).action

    order = ["stay", "measure_first", "move"]
    assert order.index(action(accepted + 1)) >= order.index(action(accepted))


@given(decided=st.integers(0, 3_000), share=st.floats(0, 1), floor=st.floats(0, 1))
def test_one_more_accepted_never_worsens_the_screen(decided: int, share: float, floor: float) -> None:
    order = ["fail", "inconclusive", "pass"]
    accepted = min(round(share * decided), decided - 1)
    if accepted < 0:
        return
    one = screen(accepted_cases=accepted, decided_cases=decided, floor_rate=floor).verdict
    two = screen(accepted_cases=accepted + 1, decided_cases=decided, floor_rate=floor).verdict
    assert order.index(two) >= order.index(one)


@given(
    asked=st.sets(st.sampled_from(["us", "eu", "ch", "jp"]), min_size=1),
    offered=st.sets(st.sampled_from(["us", "eu", "ch", "jp"])),
)
def test_residency_passes_exactly_when_a_region_is_common(asked: set[str], offered: set[str]) -> None:
    workload = Workload.model_validate({"id": "w", "data": {"regions": sorted(asked)}})
    route = Route.model_validate({"id": "r", "regions": sorted(offered)})
    (found,) = check_constraints(workload, route, today=date(2026, 5, 29))
    assert (found.verdict is Verdict.PASS) is bool(asked & offered)
