"""The inputs of `deprecation`: the dates, the notice, what was tested, and the limits for both."""

from __future__ import annotations

from routefit.decisions.given import Given, Input, Quantity
from routefit.decisions.migration_cost import PART_INPUTS
from routefit.evidence import Label

_CHAPTER = "field guide, chapter 22"


def _limit(name: str, unit: str, meaning: str, amount: float) -> Input:
    return Input(
        name=name,
        quantity=Quantity.NUMBER,
        unit=unit,
        meaning=meaning,
        default=Given(value=amount, label=Label.OPINION, source=_CHAPTER),
        is_varied=False,
    )


INPUTS: tuple[Input, ...] = (
    Input(
        name="deprecated_on",
        option="--deprecated-on",
        quantity=Quantity.DATE,
        unit="date",
        meaning="the first day on which the route no longer answers",
        is_required=True,
    ),
    Input(
        name="today_on",
        option="--today",
        quantity=Quantity.DATE,
        unit="date",
        meaning="the day from which days are counted; by default that of --as-of, else today",
        is_required=True,
    ),
    Input(
        name="notice_days",
        option="--notice-days",
        quantity=Quantity.NUMBER,
        unit="days",
        meaning="days between the announcement and the end",
        is_varied=False,
    ),
    Input(
        name="eval_baseline_on",
        option="--eval-baseline-on",
        quantity=Quantity.DATE,
        unit="date",
        meaning="when the incumbent was last measured on your suite",
    ),
    Input(
        name="fallback_tested_on",
        option="--fallback-tested-on",
        quantity=Quantity.DATE,
        unit="date",
        meaning="when another route was last tested on this workload",
    ),
    Input(
        name="successor_pass_rate",
        option="--successor-pass-rate",
        quantity=Quantity.RATE,
        unit="share",
        meaning="share of your suite that the provider's successor passes",
        is_varied=False,
    ),
    Input(
        name="incumbent_pass_rate",
        option="--incumbent-pass-rate",
        quantity=Quantity.RATE,
        unit="share",
        meaning="share of your suite that the route passes which ends",
        is_varied=False,
    ),
    Input(
        name="test_window_days",
        option="--test-window-days",
        quantity=Quantity.NUMBER,
        unit="days",
        meaning="how long before the end the successor can be tested on real traffic",
        is_varied=False,
    ),
    Input(
        name="successor_bar_rate",
        quantity=Quantity.RATE,
        unit="share",
        meaning="pass rate from which on a model counts as successor by contract; by default the incumbent's",
        is_varied=False,
    ),
    Input(
        name="is_fallback_on_same_notice",
        quantity=Quantity.FLAG,
        meaning="whether the fallback is deprecated on the same notice; then it is none",
    ),
    Input(
        name="fallback_deprecated_on",
        quantity=Quantity.DATE,
        unit="date",
        meaning="the first day on which the fallback no longer answers",
    ),
    Input(
        name="has_portable_prompts",
        quantity=Quantity.FLAG,
        meaning="whether the prompts also work with another provider",
    ),
    _limit("negotiated_notice_days", "days", "the notice that was negotiated; 90 is the usual baseline", 90.0),
    _limit("least_test_window_days", "days", "the shortest test window that catches a regression", 21.0),
    _limit("good_test_window_days", "days", "a test window that leaves time to tune prompts", 42.0),
    _limit("most_eval_baseline_days", "days", "an older eval baseline says nothing of today", 60.0),
    _limit("most_fallback_untested_days", "days", "a fallback untested for longer is none (six months)", 183.0),
    Input(
        name="engineers",
        quantity=Quantity.NUMBER,
        unit="engineers",
        meaning="how many work on it at once",
        default=Given(value=1.0, label=Label.ASSUMED, source="one engineer"),
        is_positive=True,
    ),
    next(one for one in PART_INPUTS if one.name == "engineer_usd_per_week"),
    Input(
        name="late_usd_per_day",
        quantity=Quantity.USD,
        unit="USD per day",
        meaning="what a day without the route costs; without it an option that is late loses to each that fits",
    ),
    Input(
        name="horizon_months",
        quantity=Quantity.NUMBER,
        unit="months",
        meaning="how long an option's monthly difference counts",
        default=Given(value=12.0, label=Label.ASSUMED, source="default of a plan"),
        is_positive=True,
    ),
)
