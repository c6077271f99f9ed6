"""The recommendation for a workload, and what token prices said of it, in words."""

from __future__ import annotations

from collections.abc import Sequence

from routefit.answers.contrast import Contrast
from routefit.answers.matrix import MatrixRow
from routefit.funnel.words import plural
from routefit.report.money import money, times


def verdict_words(row: MatrixRow, *, month: str = "a month") -> str:
    """`move from closed to oss-70b: saves about $4,660 a month`; `month` says of which volume the month is."""
    advice = row.recommendation
    if advice.action == "stay":
        return f"stay on {advice.route}" if advice.route else "stay"
    saving = advice.saving_usd_per_month
    if advice.action == "move":
        origin = f"from {row.current_route} " if row.current_route else ""
        words = f"move {origin}to {advice.route}"
        return f"{words}: saves about {money(saving)} {month}" if saving else words
    what = f"measure {advice.route} first" if advice.route else "measure first"
    return f"{what}: it might save about {money(saving)} {month}" if saving and saving > 0 else what


def because(row: MatrixRow, *, most: int = 1) -> tuple[str, ...]:
    """The leading reasons of the recommendation, and when a move pays back."""
    advice = row.recommendation
    payback = advice.payback_months if advice.action == "move" else None
    return (*advice.why[:most], *([] if payback is None else [f"pays back in {months(payback)}"]))


def measure_words(row: MatrixRow) -> str | None:
    """`to measure: the cost per resolved ticket of oss-8b, worth $18,000 over 12 months (routefit decide ...)`.

    None where it says no more than what would change the recommendation.
    """
    measure = row.recommendation.measure
    if measure is None or (measure.worth_usd is None and measure.what in row.recommendation.would_change):
        return None
    at_most = "at most " if measure.is_at_most else ""
    horizon = plural(measure.over_months, "month")
    worth = "" if measure.worth_usd is None else f", worth {at_most}{money(measure.worth_usd)} over {horizon}"
    command = f" ({measure.command})" if measure.command else ""
    return f"to measure: {measure.what}{worth}{command}"


def condition_words(row: MatrixRow) -> tuple[str, ...]:
    """What speaks against staying, and which conditions for it nobody could judge."""
    advice = row.recommendation
    pushes = (f"speaks against staying: {', '.join(advice.push_reasons)}",) if advice.push_reasons else ()
    unknown = (f"not known: {', '.join(advice.unknown_conditions)}",) if advice.unknown_conditions else ()
    return (*pushes, *unknown)


def contrasts_of(rows: Sequence[MatrixRow]) -> tuple[tuple[MatrixRow, Contrast], ...]:
    """The contrasts that say something: the route with the lowest token price is shown to be the dearer one."""
    found = ((row, row.contrast) for row in rows)
    return tuple((row, one) for row, one in found if one is not None and one.lcpr_ratio > 1)


def contrast_words(unit_name: str, contrast: Contrast) -> tuple[str, str]:
    """What the token price said, and what the traces say."""
    listed, best = contrast.by_token_price, contrast.by_traces_price
    cheap, dear = contrast.by_token_price_route, contrast.by_traces_route
    basis = (listed.blended_usd_per_mtok, best.blended_usd_per_mtok if best else None)
    if best is None or basis[0] is None or basis[1] is None:
        said = f"{cheap} has the lowest, {_per_mtok(listed.input_usd_per_mtok)} in and "
        said += f"{_per_mtok(listed.output_usd_per_mtok)} out per million tokens"
    else:
        said = f"{cheap} at {_per_mtok(basis[0])} per million tokens, {dear} at {_per_mtok(basis[1])}"
    at_least = "≥ " if contrast.is_at_least else ""
    say = (
        f"{cheap} costs {money(contrast.by_token_price_lcpr_usd, is_lower_bound=contrast.is_at_least)} "
        f"per {unit_name}, {at_least}{times(contrast.lcpr_ratio)} {dear}'s {money(contrast.by_traces_lcpr_usd)}"
    )
    return f"token prices: {said}", f"traces: {say}"


def months(number: float) -> str:
    """`2.4 months`, `1 month`."""
    return plural(1, "month") if number == 1 else f"{number:,.1f} months"


def _per_mtok(usd_per_mtok: float) -> str:
    return f"${usd_per_mtok:.2f}" if usd_per_mtok >= 0.1 else money(usd_per_mtok)
