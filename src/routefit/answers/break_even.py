"""What is known without any verdict, in sentences."""

from __future__ import annotations

from routefit.funnel.words import plural, usd
from routefit.lcpr.break_even import BreakEven


def sentences(one: BreakEven) -> tuple[str, str]:
    """How much worse the cheaper route may be, and what a unit costs on either."""
    new, old = usd(one.usd_per_unit), usd(one.against_usd_per_unit)
    return f"no verdicts yet: {threshold(one)}", f"a unit costs {new} on {one.route}, {old} on {one.against}"


def threshold(one: BreakEven) -> str:
    """`oss stays cheaper than closed as long as it gets more than 15.3% of closed's acceptance`.

    Where a cost is a lower bound, the share is named and bounded instead: `more than x% of ..., x being at most
    35.6 (closed's cost is a lower bound)`.
    """
    words = f"{one.route} stays cheaper than {one.against} as long as it gets more than"
    percent = f"{100 * one.relative_acceptance_rate:.1f}"
    failure = None if one.at_failure_cost_rate is None else f"{100 * one.at_failure_cost_rate:.1f}"
    at = "" if one.failure_usd is None else f"; at {_declared(one.failure_usd)} a failure"
    if one.qualifier is None:
        more = "" if failure is None else f"{at}: {failure}%"
        return f"{words} {percent}% of {one.against}'s acceptance{more}"
    because = {
        "at most": f"{one.against}'s cost is a lower bound",
        "at least": f"{one.route}'s cost is a lower bound",
        "about": "both costs are lower bounds",
    }[one.qualifier]
    more = "" if failure is None else f"{at} {one.qualifier} {failure}"
    return f"{words} x% of {one.against}'s acceptance, x being {one.qualifier} {percent}{more} ({because})"


def remedy(one: BreakEven) -> str:
    """How many verdicts would decide, and what they cost where that is known."""
    words = f"about {plural(one.verdicts_needed, 'verdict')} on each route"
    if one.verdict_usd is None:
        return words
    return f"{words}, {usd(2 * one.verdicts_needed * one.verdict_usd)} of grading"


def _declared(amount_usd: float) -> str:
    """`$0.25`: an amount in whole cents as people wrote it."""
    return f"${amount_usd:,.2f}" if round(amount_usd, 2) == amount_usd else usd(amount_usd)
