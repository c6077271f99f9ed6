"""A route that ends: days, gaps, stale preparations, and the way out that fits."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from routefit.decisions.deciding import decide
from routefit.decisions.decision import Decision
from routefit.decisions.deprecation import Deprecation, DeprecationFigures
from routefit.decisions.given import Given
from routefit.decisions.kinds import KINDS, Material
from routefit.decisions.leaving_options import LeavingOption, LeavingOptions
from routefit.errors import BadInputError, CannotTellError
from routefit.evidence import Label

TODAY = date(2026, 6, 1)
PLAIN: dict[str, Any] = {"deprecated_on": date(2026, 8, 10), "today_on": TODAY}
READY: dict[str, Any] = {
    "notice_days": 90.0,
    "successor_pass_rate": 0.9,
    "incumbent_pass_rate": 0.86,
    "test_window_days": 42.0,
    "eval_baseline_on": date(2026, 5, 1),
    "fallback_tested_on": date(2026, 5, 1),
    "has_portable_prompts": True,
}
"""Nothing to find fault with."""


def decided(changes: dict[str, Any] | None = None, *options: LeavingOption) -> Decision:
    """The decision seventy days before the end, with changes; None takes one away."""
    values = {**PLAIN, **(changes or {})}
    given = {name: Given(value=one, label=Label.ASSUMED) for name, one in values.items() if one is not None}
    calculator = KINDS["deprecation"].build(
        Material(structure=LeavingOptions(options=options) if options else None)
    )
    return decide(calculator, given, rng=np.random.default_rng(1), draws=2_000)


def figures(changes: dict[str, Any] | None = None, *options: LeavingOption) -> DeprecationFigures:
    """The figures of that decision."""
    result = decided(changes, *options).result
    assert isinstance(result, DeprecationFigures)
    return result


def option(name: str, **amounts: Any) -> LeavingOption:
    """An option as a file gives it."""
    return LeavingOptions.model_validate({"options": [{"name": name, **amounts}]}).options[0]


def test_in_order_there_is_nothing_to_find() -> None:
    """No gap, nothing stale, nothing unknown; begin in time."""
    found = figures(READY)
    assert (found.contract_gaps, found.stale, found.unknown_conditions) == ((), (), ())
    assert found.first_action == "start switch by 2026-07-13"


@pytest.mark.parametrize(
    ("changes", "where", "expected"),
    [
        pytest.param({"notice_days": 70.0}, "contract_gaps", "notice: 70 days < 90 negotiated", id="short notice"),
        pytest.param(
            {"negotiated_notice_days": 180.0}, "contract_gaps", "notice: 90 days < 180 negotiated", id="negotiated"
        ),
        pytest.param(
            {"successor_pass_rate": 0.74},
            "contract_gaps",
            "successor: passes 74% < 86%, the incumbent's bar",
            id="a successor that passes less",
        ),
        pytest.param(
            {"successor_bar_rate": 0.95},
            "contract_gaps",
            "successor: passes 90% < 95%, the bar of the contract",
            id="less than the contract says",
        ),
        pytest.param(
            {"test_window_days": 14.0}, "contract_gaps", "test window: 14 days < 21", id="too short to see"
        ),
        pytest.param(
            {"eval_baseline_on": date(2026, 4, 1)},
            "stale",
            "eval baseline: 61 days old > 60",
            id="an old baseline",
        ),
        pytest.param(
            {"fallback_tested_on": date(2025, 11, 29)},
            "stale",
            "fallback: last tested 184 days ago > 183",
            id="an untested fallback",
        ),
        pytest.param(
            {"is_fallback_on_same_notice": True},
            "stale",
            "fallback: deprecated on the same notice, so it is none",
            id="a fallback on the same notice",
        ),
        pytest.param(
            {"fallback_deprecated_on": date(2026, 8, 1)},
            "stale",
            "fallback: ends on 2026-08-01, not after 2026-08-10",
            id="a fallback that ends before",
        ),
        pytest.param(
            {"has_portable_prompts": False}, "stale", "prompts: written for one provider", id="prompts for one"
        ),
        pytest.param(
            {"notice_days": None}, "unknown_conditions", "notice: how many days were given", id="unknown notice"
        ),
        pytest.param(
            {"successor_pass_rate": None},
            "unknown_conditions",
            "successor: its pass rate on your suite",
            id="an untested successor",
        ),
        pytest.param(
            {"incumbent_pass_rate": None},
            "unknown_conditions",
            "successor: the incumbent's pass rate on your suite",
            id="no bar",
        ),
        pytest.param(
            {"eval_baseline_on": None},
            "unknown_conditions",
            "eval baseline: when the incumbent was last measured",
            id="no baseline",
        ),
        pytest.param(
            {"fallback_tested_on": None},
            "unknown_conditions",
            "fallback: when one was last tested",
            id="no fallback",
        ),
    ],
)
def test_what_is_found(changes: dict[str, Any], where: str, expected: str) -> None:
    """One thing out of order is one finding, with its measure and its limit."""
    found = figures({**READY, **changes})
    told = {name: getattr(found, name) for name in ("contract_gaps", "stale", "unknown_conditions")}
    assert told == {"contract_gaps": (), "stale": (), "unknown_conditions": (), where: (expected,)}


@pytest.mark.parametrize(
    ("changes", "limit"),
    [
        pytest.param({"eval_baseline_on": date(2026, 4, 2)}, "60 days are not older than 60", id="baseline"),
        pytest.param({"fallback_tested_on": date(2025, 11, 30)}, "183 days are six months", id="fallback"),
        pytest.param({"test_window_days": 21.0}, "three weeks are enough", id="test window"),
        pytest.param({"successor_pass_rate": 0.86}, "the bar itself passes", id="successor"),
    ],
)
def test_limits_belong_to_what_is_in_order(changes: dict[str, Any], limit: str) -> None:
    """At the limit nothing is found."""
    found = figures({**READY, **changes})
    assert (found.contract_gaps, found.stale) == ((), ()), limit


@pytest.mark.parametrize(
    ("changes", "left", "covered"),
    [
        pytest.param({}, 70, 70, id="no fallback known: until the end"),
        pytest.param({"fallback_tested_on": TODAY}, 70, 183, id="a fallback tested today counts for six months"),
        pytest.param({"fallback_tested_on": date(2026, 1, 1)}, 70, 70, id="one that expires before the end"),
        pytest.param({"fallback_tested_on": date(2025, 1, 1)}, 70, 70, id="one tested too long ago is none"),
        pytest.param(
            {"fallback_tested_on": TODAY, "is_fallback_on_same_notice": True}, 70, 70, id="one on the same notice"
        ),
        pytest.param(
            {"fallback_tested_on": TODAY, "fallback_deprecated_on": date(2026, 9, 1)},
            70,
            92,
            id="one that ends too",
        ),
        pytest.param({"deprecated_on": TODAY}, 0, 0, id="the last day has come"),
        pytest.param({"deprecated_on": date(2026, 5, 1)}, -31, 0, id="it has ended, and nothing covers"),
        pytest.param(
            {"deprecated_on": date(2026, 5, 1), "fallback_tested_on": TODAY}, -31, 183, id="ended, but covered"
        ),
    ],
)
def test_days(changes: dict[str, Any], left: int, covered: int) -> None:
    """Days left run to the end, days of cover to the last tested route."""
    found = figures(changes)
    assert (found.days_left, found.days_of_cover) == (left, covered)


@pytest.mark.parametrize(
    ("changes", "decision"),
    [
        pytest.param({}, "switch", id="39,000 against 42,000"),
        pytest.param({"switch_one_time_usd": 15_000.0}, "rewrite", id="the cheaper of two that fit"),
        pytest.param({"rewrite_engineer_weeks": 5.0}, "rewrite", id="less work"),
        pytest.param(
            {"switch_weeks": 11.0}, "rewrite", id="the cheaper one does not fit: the other, whatever it costs"
        ),
        pytest.param({"switch_weeks": 10.0}, "switch", id="seventy days are ten weeks"),
        pytest.param({"rewrite_weeks": 20.0, "switch_weeks": 30.0}, "rewrite", id="none fits: the least late"),
        pytest.param(
            {"deprecated_on": date(2026, 5, 1), "switch_weeks": 9.0}, "rewrite", id="it has ended: the soonest"
        ),
        pytest.param(
            {"switch_weeks": 11.0, "late_usd_per_day": 100.0},
            "switch",
            id="seven days at 100 cost less than 3,000",
        ),
        pytest.param(
            {"switch_weeks": 11.0, "late_usd_per_day": 500.0}, "rewrite", id="seven days at 500 cost more"
        ),
        pytest.param({"engineers": 0.5}, "switch", id="half an engineer: eight weeks and twelve"),
    ],
)
def test_the_cheapest_that_fits(changes: dict[str, Any], decision: str) -> None:
    """The decision is the name of an option."""
    assert decided(changes).decision == decision


def test_options_of_a_file() -> None:
    """Their own rate of pay, time and monthly difference; ranges are drawn."""
    mine = (
        option("port everything", engineer_weeks=2, engineer_usd_per_week=10_000, weeks=3),
        option("stay small", one_time_usd="1000:2000:3000", weeks=1, usd_per_month_difference=2_000),
    )
    found = decided({}, *mine)
    assert found.decision == "port everything"
    assert isinstance(found.result, DeprecationFigures)
    assert [one.total_usd for one in found.result.options] == [20_000, 26_000]
    assert found.monte_carlo.draws == 2_000
    assert decided({"horizon_months": 6.0}, *mine).decision == "stay small"
    assert decided({"stay_small_one_time_usd": 0.0, "horizon_months": 9.0}, *mine).decision == "stay small"


def test_an_option_on_the_same_notice_is_no_way_out() -> None:
    """It is shown, never chosen; with nothing else left there is no answer."""
    trap = option("older model", weeks=0, is_on_same_notice=True)
    found = figures({}, trap, option("switch", engineer_weeks=4))
    assert [(one.name, one.fits, one.spare_days) for one in found.options] == [
        ("older model", False, None),
        ("switch", True, 42),
    ]
    with pytest.raises(BadInputError, match="no way out"):
        Deprecation((trap,))


@pytest.mark.parametrize(
    ("changes", "first"),
    [
        pytest.param(
            {"eval_baseline_on": date(2026, 1, 1)},
            "measure the incumbent on your suite while it still answers, then start switch by 2026-07-13",
            id="the bar goes with the incumbent",
        ),
        pytest.param(
            {"successor_pass_rate": None},
            "run your suite on the successor, then start switch by 2026-07-13",
            id="test",
        ),
        pytest.param(
            {"is_fallback_on_same_notice": True},
            "test a fallback that does not end with it, then start switch by 2026-07-13",
            id="no fallback",
        ),
        pytest.param(
            {"deprecated_on": date(2026, 6, 11), "eval_baseline_on": None},
            "start switch today, and ask the provider for 18 more days",
            id="too late for anything else",
        ),
    ],
)
def test_what_to_do_first(changes: dict[str, Any], first: str) -> None:
    """Gain time, then the evidence that ends with the route, then begin."""
    assert figures({**READY, **changes}).first_action == first


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        pytest.param({"deprecated_on": date(2026, 5, 31)}, "the route ended 1 day ago", id="over"),
        pytest.param({"deprecated_on": date(2026, 6, 20)}, "no option fits: switch is the least late", id="late"),
        pytest.param(
            {"deprecated_on": date(2026, 7, 9)}, "switch leaves 10 days to test it", id="no time to test"
        ),
        pytest.param(
            {"test_window_days": 30.0}, "a test window of 30 days finds a regression", id="not six weeks"
        ),
        pytest.param({}, "the successor passes the bar as it is", id="a successor that is one"),
    ],
)
def test_warnings(changes: dict[str, Any], told: str) -> None:
    """What a reader must know before acting."""
    assert [one for one in decided({**READY, **changes}).warnings if told in one]


@pytest.mark.parametrize("name", ["eval_baseline_on", "fallback_tested_on"])
def test_a_test_of_tomorrow(name: str) -> None:
    """Nobody measured after today."""
    with pytest.raises(BadInputError, match="expected a date not after 2026-06-01"):
        decided({name: date(2026, 6, 2)})


def test_without_an_end_there_is_nothing_to_decide() -> None:
    """The date is named."""
    with pytest.raises(CannotTellError, match="--deprecated-on"):
        decided({"deprecated_on": None})


@pytest.mark.parametrize(
    ("options", "told"),
    [
        pytest.param([], "at least one option", id="none"),
        pytest.param([{"name": "a b"}, {"name": "A-b"}], "'a b' and 'A-b' are one", id="two that read the same"),
        pytest.param([{"name": "!"}], "a letter or a digit", id="a name without a letter"),
        pytest.param([{"name": "a", "one_time_usd": -1}], "0 or more", id="negative money"),
        pytest.param(
            [{"name": "a", "usd_per_month_difference": float("inf")}],
            "inf|finite|1000000000000000",
            id="no amount",
        ),
        pytest.param([{"name": "a", "weeks": "9:3:5"}], "in this order", id="a range in disorder"),
    ],
)
def test_options_that_are_none(options: list[dict[str, Any]], told: str) -> None:
    """A file is refused with the reason."""
    with pytest.raises(ValueError, match=told):
        LeavingOptions.model_validate({"options": options})


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"rewrite_weeks": 1e9}, id="an option beyond all days"),
        pytest.param({"deprecated_on": date(1, 1, 2)}, id="an end at the beginning of the calendar"),
        pytest.param({"most_fallback_untested_days": 1e12}, id="a fallback for ever"),
    ],
)
def test_days_beyond_the_calendar(changes: dict[str, Any]) -> None:
    """A day that no calendar has is None, and no fault."""
    found = decided({**READY, **changes}).result
    assert isinstance(found, DeprecationFigures)
    assert {one.start_by_on is None for one in found.options} <= {True, False}
    assert found.days_of_cover >= 0
    last = found.fallback_until_on
    assert last is None or last <= date.max


def test_what_to_do_first_is_of_the_decision() -> None:
    """Where the average over a range is another option than that of the point, the words are of the former."""
    calculator = Deprecation()
    spread = next(one for one in calculator.inputs if one.name == "switch_engineer_weeks").given("3:4:12")
    given = {name: Given(value=one, label=Label.ASSUMED) for name, one in {**PLAIN, **READY}.items()}
    found = decide(
        calculator, given | {"switch_engineer_weeks": spread}, rng=np.random.default_rng(1), draws=4_000
    )
    assert isinstance(found.result, DeprecationFigures)
    assert found.decision == "rewrite"
    assert "start rewrite by" in found.result.first_action
    assert not any("start switch" in one for one in found.warnings)


def test_a_late_day_without_a_price_is_said() -> None:
    """Net USD then charge one that nobody gave."""
    assert any("a late day has no price" in one for one in decided({"deprecated_on": date(2026, 6, 10)}).warnings)
    priced = decided({"deprecated_on": date(2026, 6, 10), "late_usd_per_day": 500.0})
    assert not any("a late day has no price" in one for one in priced.warnings)


def test_one_day_is_no_days() -> None:
    found = decided({**READY, "notice_days": 1.0, "test_window_days": 1.0}).result
    assert isinstance(found, DeprecationFigures)
    assert found.contract_gaps == ("notice: 1 day < 90 negotiated", "test window: 1 day < 21")
