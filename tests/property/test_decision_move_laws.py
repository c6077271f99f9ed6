"""Laws of a move: payback, a shared migration, and a serverless open route."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from move_cases import CANARY, CHAPTER_17, decided, givens, payback, serverless, shared_migration, values_of
from routefit.decisions.deciding import decide
from routefit.decisions.payback import Payback
from routefit.decisions.portfolio import Portfolio
from routefit.decisions.portfolio_payback import PortfolioPayback
from routefit.decisions.serverless import Serverless
from routefit.decisions.spread import Triangular
from settled_numbers import settled

usd_per_unit = st.floats(0.001, 5.0)
shares = st.floats(0.01, 1.0)
volumes = st.floats(1.0, 1e7)
amounts = settled(0.0, 1e6)
ramps = st.sampled_from(["none", "fast", "mid", "slow"])
EACH_PART = (
    "eval_building_usd",
    "prompt_rewriting_usd",
    "parallel_running_usd",
    "learning_curve_usd",
    "opportunity_usd",
    "quality_regression_usd",
)


def best_of(calculator: Payback | Serverless, values: dict[str, Any]) -> str:
    """The decision at one point."""
    plain = values_of(calculator, values)
    best = "move" if float(calculator.net_usd(plain)["move"]) > 0 else "stay"
    return calculator.decision(best, calculator.point(plain))


@st.composite
def moves(draw: st.DrawFn) -> dict[str, Any]:
    """A move from numbers, with or without acceptance, ramp and price trend."""
    values: dict[str, Any] = {
        "current_lcpr_usd": draw(usd_per_unit),
        "target_lcpr_usd": draw(usd_per_unit),
        "units_per_month": draw(volumes),
        "migration_usd": draw(amounts),
        "horizon_months": draw(st.floats(6.0, 36.0)),
        "ramp": draw(ramps),
        "work_months": draw(settled(0.0, 3.0)),
        "shadow_share_rate": draw(st.none() | settled(0.0, 0.1)),
        "price_decline_rate": draw(st.none() | settled(0.0, 1.0)),
        "shortfall_usd": draw(st.none() | usd_per_unit),
    }
    if draw(st.booleans()):
        values |= {"current_acceptance_rate": draw(shares), "target_acceptance_rate": draw(shares)}
    return values


@given(values=moves(), widening=st.floats(0.01, 0.99))
def test_payback_falls_as_the_gap_widens(values: dict[str, Any], widening: float) -> None:
    """A cheaper target never pays back later, and never saves less."""
    near = payback(**values)
    wide = payback(**{**values, "target_lcpr_usd": values["target_lcpr_usd"] * (1 - widening)})
    assert wide.saving_usd_per_month >= near.saving_usd_per_month
    assert wide.net_usd_over_horizon >= near.net_usd_over_horizon - 1e-6 * abs(near.net_usd_over_horizon)
    if near.payback_months is not None:
        assert wide.payback_months is not None
        assert wide.payback_months <= near.payback_months * (1 + 1e-9)


@given(values=moves())
def test_the_net_is_nothing_at_the_month_of_the_payback(values: dict[str, Any]) -> None:
    """A plan that ends when the move has paid for itself is worth as much as staying."""
    found = payback(**values)
    months = found.payback_with_trend_months if values["price_decline_rate"] else found.payback_with_ramp_months
    assume(months is not None and 0.01 < months < 1e5)
    at = payback(**{**values, "horizon_months": months})
    largest = max(1.0, at.migration_usd + at.shadow_usd, at.saving_usd_per_month * max(1.0, months or 0.0))
    assert at.net_usd_over_horizon == pytest.approx(0, abs=1e-6 * largest)


@given(values=moves(), gap_rate=st.floats(0.01, 1.0), migration_usd=st.floats(1.0, 1e6))
def test_the_needed_saving_is_worth_as_much_as_staying(
    values: dict[str, Any], gap_rate: float, migration_usd: float
) -> None:
    """The volume that saves as much as is needed makes the net nothing."""
    target = values["current_lcpr_usd"] * (1 - gap_rate)
    without = dict.fromkeys(("price_decline_rate", "shadow_share_rate", "current_acceptance_rate"))
    values |= {
        **without,
        "target_acceptance_rate": None,
        "migration_usd": migration_usd,
        "target_lcpr_usd": target,
    }
    found = payback(**values)
    needed = found.needed_saving_usd_per_month
    assert needed is not None
    volume = values["units_per_month"] * needed / found.saving_usd_per_month
    at = payback(**{**values, "units_per_month": volume})
    assert at.saving_usd_per_month == pytest.approx(needed)
    assert at.net_usd_over_horizon == pytest.approx(0, abs=1e-6 * migration_usd)


@given(
    values=moves(),
    current_rate=shares,
    shortfall_usd=st.none() | settled(0.0, 1.0),
    failure_usd=st.none() | amounts,
    escalation_rates=st.tuples(settled(0.0, 1.0), settled(0.0, 1.0)),
)
def test_a_route_that_accepts_nothing_never_wins(
    values: dict[str, Any],
    current_rate: float,
    shortfall_usd: float | None,
    failure_usd: float | None,
    escalation_rates: tuple[float, float],
) -> None:
    """Whatever it costs, and however cheaply its units are finished elsewhere."""
    rates = {
        "current_acceptance_rate": current_rate,
        "target_acceptance_rate": 0.0,
        "shortfall_usd": shortfall_usd,
    }
    values = {**values, **rates, "price_decline_rate": None}
    assert best_of(Payback(), values) == "stay"
    people = dict(zip(("current_escalation_rate", "target_escalation_rate"), escalation_rates, strict=True))
    assert best_of(Serverless(), {**values, **people, "failure_usd": failure_usd}) == "stay"


@given(parts=st.lists(amounts, min_size=6, max_size=6), weeks=settled(0, 50), share=st.none() | shares)
def test_the_parts_of_a_migration_add_up(parts: list[float], weeks: float, share: float | None) -> None:
    """Each part alone, and the weeks alone, come to the whole; the share divides it."""
    named = dict(zip(EACH_PART, parts, strict=True))
    common = {"migration_usd": None, "engineer_usd_per_week": 7_000.0, "migration_share_rate": share}
    whole = payback(**common, **named, engineer_weeks=weeks).migration_usd
    alone = [payback(**common, engineer_weeks=0.0, **{name: usd}).migration_usd for name, usd in named.items()]
    assert whole == pytest.approx(sum(alone) + payback(**common, engineer_weeks=weeks).migration_usd)
    assert whole == pytest.approx((sum(parts) + 7_000 * weeks) * (1.0 if share is None else share))


@given(values=moves())
def test_arrays_agree_with_the_point(values: dict[str, Any]) -> None:
    """The formula on columns whose rows are all the same, as draws of a range without width are."""
    for calculator in (Payback(), Serverless()):
        plain = values_of(calculator, values)
        columns = {name: np.full(3, one) if isinstance(one, float) else one for name, one in plain.items()}
        point = calculator.point(plain).result.model_dump()
        net = np.asarray(calculator.net_usd(columns)["move"])
        assert np.broadcast_to(net, 3) == pytest.approx([point["net_usd_over_horizon"]] * 3, rel=1e-9, abs=1e-6)
        months = np.broadcast_to(np.asarray(calculator.outcomes(columns)["payback_months"]), 3)
        expected = np.inf if point["payback_months"] is None else point["payback_months"]
        assert months == pytest.approx([expected] * 3)


def test_ranges_without_width_agree_with_the_point() -> None:
    """The Monte Carlo on ranges whose ends are the same."""
    for calculator, plain in ((Payback(), CHAPTER_17), (Serverless(), CANARY)):
        ranges = {
            name: one.model_copy(update={"spread": Triangular(low=one.value, mode=one.value, high=one.value)})
            for name, one in givens(plain).items()
            if isinstance(one.value, float)
        }
        found = decide(calculator, ranges, rng=np.random.default_rng(1), draws=1_000)
        at = decided(calculator, plain)
        assert found.monte_carlo.expected_net_usd == pytest.approx(at.monte_carlo.expected_net_usd)
        assert (found.decision, found.monte_carlo.probability_right) == (at.decision, 1.0)
        assert found.value_of_information.perfect_usd == 0


@given(first=moves(), second=moves(), plan=moves())
def test_the_savings_of_a_shared_migration_add_up(
    first: dict[str, Any], second: dict[str, Any], plan: dict[str, Any]
) -> None:
    """Two workloads together save what they save alone, and pay for one migration."""
    own = ("current_lcpr_usd", "target_lcpr_usd", "units_per_month", "shortfall_usd")
    rates = ("current_acceptance_rate", "target_acceptance_rate")
    shared = {name: value for name, value in plan.items() if name not in (*own, *rates)}
    workloads = [
        {name: one[name] for name in (*own, *rates) if one.get(name) is not None} for one in (first, second)
    ]
    together = shared_migration(*({"name": f"w{n}", **one} for n, one in enumerate(workloads)), **shared)
    absent = dict.fromkeys((*own, *rates))
    alone = [payback(**{**absent, **shared, **one}) for one in workloads]
    assert together.saving_usd_per_month == pytest.approx(sum(one.saving_usd_per_month for one in alone))
    nets = sum(one.net_usd_over_horizon + one.migration_usd for one in alone)
    assert together.net_usd_over_horizon + together.migration_usd == pytest.approx(nets, rel=1e-6, abs=1e-3)


@given(values=moves(), realised=st.tuples(st.booleans(), st.booleans()))
def test_what_has_not_moved_changes_nothing_but_the_promise(
    values: dict[str, Any], realised: tuple[bool, bool]
) -> None:
    """The volume of a workload that stayed behind enters neither the decision nor its uncertainty."""
    one = {name: values[name] for name in ("current_lcpr_usd", "target_lcpr_usd", "units_per_month")}
    both = [{**one, "name": f"w{n}", "is_realised": moved} for n, moved in enumerate(realised)]
    grown = [
        {**each, "units_per_month": each["units_per_month"] * (1 if each["is_realised"] else 3)} for each in both
    ]
    before, after = (shared_migration(*each, migration_usd=1_000.0) for each in (both, grown))
    assert before.net_usd_over_horizon == after.net_usd_over_horizon
    calculator = PortfolioPayback(Portfolio.model_validate({"portfolio": both}))
    unused = calculator.unused(values_of(calculator, {"migration_usd": 1_000.0}))
    assert {f"w{n}.units_per_month" in unused for n, moved in enumerate(realised) if moved} <= {False}
    assert {f"w{n}.units_per_month" in unused for n, moved in enumerate(realised) if not moved} <= {True}


@given(
    values=moves(),
    accepted=st.tuples(shares, shares),
    escalated=st.tuples(settled(0, 0.5), settled(0, 0.5)),
    failure_usd=st.none() | settled(0.0, 100.0),
)
def test_at_the_break_even_escalation_nothing_is_saved(
    values: dict[str, Any],
    accepted: tuple[float, float],
    escalated: tuple[float, float],
    failure_usd: float | None,
) -> None:
    """Put back in as the cost of a failure, the saving is nothing; beyond it the sign turns."""
    values |= {"current_acceptance_rate": accepted[0], "target_acceptance_rate": accepted[1]}
    values |= {"current_escalation_rate": escalated[0], "target_escalation_rate": escalated[1]}
    found = serverless(**values, failure_usd=failure_usd)
    at, more = found.break_even_escalation_usd, found.more_escalations_per_accepted_unit
    assume(at is not None and more is not None and abs(more) > 1e-6 and at < 1e5)
    assert at is not None
    assert more is not None
    scale = values["units_per_month"] * accepted[1] * max(1.0, at, values["current_lcpr_usd"] / accepted[1])
    assert serverless(**values, failure_usd=at).saving_usd_per_month == pytest.approx(0, abs=1e-6 * scale)
    beyond = serverless(**values, failure_usd=at + 1.0).saving_usd_per_month
    assert (beyond < 0) is (more > 0)


@given(
    lcpr=st.floats(0.02, 5.0),
    cost_ratio=st.floats(0.01, 0.999),
    accepted=st.tuples(shares, shares),
    failure_usd=settled(0.0, 5.0),
)
def test_at_the_break_even_pass_rate_both_routes_cost_the_same(
    lcpr: float, cost_ratio: float, accepted: tuple[float, float], failure_usd: float
) -> None:
    """With the target's cost per demanded unit kept, (c + (1 - p) h) / p is the current LCPR."""
    each = cost_ratio * lcpr
    found = serverless(
        current_lcpr_usd=lcpr,
        target_lcpr_usd=each / accepted[1],
        current_acceptance_rate=accepted[0],
        target_acceptance_rate=accepted[1],
        failure_usd=failure_usd,
        current_escalation_rate=None,
        target_escalation_rate=None,
    )
    rate = found.break_even_pass_rate
    assert rate is not None
    assert (each + (1 - rate) * failure_usd) / rate == pytest.approx(lcpr)
