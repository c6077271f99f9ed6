"""A change of cost and its causes in words."""

from __future__ import annotations

import math

from routefit.answers.diff import CostChange
from routefit.funnel.words import percents_apart, usd
from routefit.lcpr.change import ChangePart
from routefit.lcpr.change_factors import Cause
from routefit.lcpr.change_figures import Figure
from routefit.report.money import CENTS_DECIMALS, MOST_DECIMALS, UNKNOWN, money, share

CAUSES = {
    Cause.PRICE: "price",
    Cause.TOKEN_MIX: "tokens",
    Cause.MODEL_MIX: "models",
    Cause.CACHE: "cache",
    Cause.RETRIES: "retries",
    Cause.UNPRICED: "unpriced calls",
    Cause.IDLE: "idle capacity",
    Cause.GRADING: "grading",
    Cause.PEOPLE: "people",
    Cause.BILL_DIFFERENCE: "bill difference",
    Cause.RUNNING: "running",
    Cause.VOLUME: "volume",
    Cause.ACCEPTANCE: "acceptance",
    Cause.VERDICTS: "missing verdicts",
    Cause.ROUTE_MIX: "mix of routes",
}
"""The causes as the screen spells them."""

MOST_FIGURES = 3
"""So many figures stand behind a cause."""

_SUFFIXES = {
    "usd_per_mtok": " per million",
    "usd_per_call": " per call",
    "usd_per_day": " a day",
    "usd_per_unit": " per unit",
    "tokens_per_unit": " per unit",
    "tokens_per_call": " tokens per call",
    "calls_per_unit": " per unit",
    "calls_per_planned_call": " per planned call",
    "units_per_day": " a day",
}


def cause_words(part: ChangePart) -> str:
    """The cause as the screen spells it."""
    return CAUSES[part.cause]


def change_words(one: CostChange, unit_name: str) -> str:
    """`$0.041 → $0.050 per resolved ticket (+$0.009, +22%)`, or why there is no change."""
    if one.change_usd is None or one.was_usd is None or one.is_usd is None:
        return "no change can be given"
    per = f"per {unit_name}" if one.basis == "accepted_unit" else "per unit of work"
    was, now = costs(one)
    rate = f", {one.change_usd / one.was_usd:+.1%}" if one.was_usd > 0 else ""
    return f"{was} → {now} {per} ({change_usd_words(one)}{rate})"


def costs(one: CostChange) -> tuple[str, str]:
    """Both costs with the decimals of the change, so that what is shown adds up; a dash is not comparable."""
    if one.was_usd is None or one.is_usd is None or not one.change_usd:
        return money(one.was_usd), money(one.is_usd)
    decimals = _decimals_of(one)
    return f"${one.was_usd:,.{decimals}f}", f"${one.is_usd:,.{decimals}f}"


def change_usd_words(one: CostChange) -> str:
    """`+$0.0182`, with the decimals of `costs`; a dash is not comparable."""
    return UNKNOWN if one.change_usd is None else _signed(one.change_usd, _decimals_of(one))


def _decimals_of(one: CostChange) -> int:
    """Three significant digits of the change, but no more than five of the cost."""
    return min(_decimals(one.change_usd or 0.0), _decimals(max(one.was_usd or 0.0, one.is_usd or 0.0)) + 2)


def ratio_words(one: CostChange, confidence_rate: float, extent: str) -> str:
    """What the change is worth in the window, and whether it is more than noise."""
    worth = UNKNOWN if one.window_usd is None else signed(one.window_usd, of_usd=one.window_usd)
    level = share(confidence_rate)
    if one.ratio_low is None or one.ratio_high is None:
        return f"{worth} in the {extent}; too few groups of units for an interval."
    reach = f"{one.ratio_low:.2f} to {one.ratio_high:.2f} times the earlier cost"
    noise = "within noise, the causes too" if one.is_noise else "beyond noise"
    return f"{worth} in the {extent}; {level} interval {reach}: {noise}."


def verdict(one: CostChange) -> str:
    """`within noise`, `beyond noise`, or nothing where nobody can say."""
    if one.is_noise is None:
        return ""
    return "within noise" if one.is_noise else "beyond noise"


def why_words(part: ChangePart, *, most: int = MOST_FIGURES) -> str:
    """`cache hit 46% → 31%`: what moved, the figure that tells most first; further ones after commas."""
    figures = [Figure(name=part.name or "", was=part.was, now=part.now, unit=part.unit or "rate"), *part.also]
    moved = [figure for figure in figures if figure.was != figure.now] or figures[:1]
    return ", ".join(map(_figure_words, moved[:most]))


def signed(amount_usd: float, *, of_usd: float) -> str:
    """`+$0.0061`: with the decimals that give the amount `of_usd` three significant digits."""
    return _signed(amount_usd, _decimals(of_usd))


def _signed(amount_usd: float, decimals: int) -> str:
    sign = "+" if amount_usd > 0 else "-" if amount_usd < 0 else ""
    return f"{sign}${abs(amount_usd):,.{decimals}f}"


def _decimals(amount_usd: float) -> int:
    """Those of three significant digits."""
    size = abs(amount_usd)
    return CENTS_DECIMALS if size == 0 else min(MOST_DECIMALS, max(0, 2 - math.floor(math.log10(size))))


def _figure_words(figure: Figure) -> str:
    suffix = _SUFFIXES.get(figure.unit, "")
    return f"{figure.name} {_amounts(figure)}{suffix}".strip()


def _amounts(figure: Figure) -> str:
    if figure.was is not None and figure.now is not None and figure.unit.startswith("usd"):
        return " → ".join(_apart(figure.was, figure.now))
    was, now = (_amount(amount, figure.unit) for amount in (figure.was, figure.now))
    if was == now and figure.was is not None and figure.now is not None and figure.was != figure.now:
        if figure.unit == "rate":
            was, now = percents_apart(figure.was, figure.now)
        else:
            was, now = (f"{amount:,.2f}" for amount in (figure.was, figure.now))
    return f"{was} → {now}"


def _amount(amount: float | None, unit: str) -> str:
    if amount is None:
        return UNKNOWN
    if unit == "rate":
        return share(amount)
    if unit.startswith("usd"):
        return money(amount)
    return f"{amount:,.0f}" if abs(amount) >= 100 else f"{amount:,.2f}"


def _apart(was_usd: float, is_usd: float) -> tuple[str, str]:
    """Two amounts with as many decimals as it takes to tell them apart."""
    was, now = usd(was_usd), usd(is_usd)
    decimals = max(len(text.partition(".")[2]) for text in (was, now))
    while was == now and was_usd != is_usd and decimals < 9:
        decimals += 1
        was, now = (f"{'-' if each < 0 else ''}${abs(each):,.{decimals}f}" for each in (was_usd, is_usd))
    return was, now
