"""What every kind of decision has: what would flip it, what moves it, how sure it is, and what it rests on."""

from __future__ import annotations

from collections.abc import Iterator

from routefit.decisions.decision import Decision, FlipPoint, InputEvidence, Quantiles, TornadoBar
from routefit.decisions.finetune import FinetuneFigures
from routefit.decisions.finetune_inputs import DAYS_PER_MONTH
from routefit.decisions.payback import PaybackFigures
from routefit.evidence import Label
from routefit.report.decisions.amounts import (
    bare_words,
    flip_words,
    input_words,
    range_words,
    value_words,
    with_range_words,
)
from routefit.report.money import UNKNOWN, money, share

MOST_FLIPS = 3
MOST_BARS = 5
MOST_WORTHS = 3

_OVER = {"horizon": "over the horizon", "month": "a month", "task": "a task", "run": "a run"}


def decision_words(decision: str) -> str:
    """`measure_first` as `measure first`."""
    return decision.replace("_", " ")


def over_words(decision: Decision) -> str:
    """What net USD are summed over: `over the horizon`."""
    return _OVER[decision.net_usd_over]


def flip_lines(decision: Decision, *, most: int = MOST_FLIPS) -> tuple[str, ...]:
    """The nearest flips, one of each input first: `target LCPR at $0.0391 or more: stay (now $0.0307)`."""
    nearest: dict[str, FlipPoint] = {}
    for flip in decision.flip_points:
        nearest.setdefault(flip.input, flip)
    return tuple(map(flip_line, list(nearest.values())[:most]))


def flip_line(flip: FlipPoint) -> str:
    """One flip in words."""
    at = flip_words(flip.value, flip.flips_at, flip.side, flip.unit)
    now = bare_words(flip.value, flip.unit)
    return f"{input_words(flip.input)} {at}: {decision_words(flip.decision)} (now {now})"


def bar_words(bar: TornadoBar) -> tuple[str, str, str, str]:
    """(input, its range, net USD at the low end, net USD at the high end)."""
    return (
        input_words(bar.input),
        range_words(bar.low, bar.high, bar.unit) + ("" if bar.is_range else " (±20%)"),
        money(bar.net_usd_at_low),
        money(bar.net_usd_at_high),
    )


def certainty_lines(decision: Decision) -> Iterator[str]:
    """How sure the decision is, and what to measure next."""
    found = decision.monte_carlo
    if found.draws == 1:
        yield "no input has a range, so nothing says how sure this is: write a number as low:mode:high"
        return
    yield f"{decision_words(found.decision)} is right in {share(found.probability_right)} of {found.draws:,} draws"
    for name, quantiles in found.quantiles.items():
        yield _spread_line(decision, name, quantiles)
    yield from worth_lines(decision)


def worth_lines(decision: Decision) -> Iterator[str]:
    """What to measure next, and what that is worth."""
    found = decision.value_of_information
    if found.inputs:
        first, *rest = (
            f"{input_words(one.input)}, worth {money(one.worth_usd)}" for one in found.inputs[:MOST_WORTHS]
        )
        others = f"; then {'; '.join(rest)}" if rest else ""
        yield f"measure next: {first}{others}; to know everything is worth {money(found.perfect_usd)}"
    elif found.perfect_usd > 0:
        yield (
            "no measurement of a single input would change the decision; to know everything is worth"
            f" {money(found.perfect_usd)}"
        )
    else:
        yield "no measurement would change the decision"


def _spread_line(decision: Decision, name: str, quantiles: Quantiles) -> str:
    if name == "net_usd":
        what = f"net USD of {_acting_words(decision)} {over_words(decision)}"
        middle, low, high = (money(one) for one in (quantiles.p50, quantiles.p05, quantiles.p95))
    else:
        what = input_words(name) + (_payback_scope(decision) if name == "payback_months" else "")
        unit = "USD" if name.endswith("_usd") else "months" if name.endswith("_months") else ""
        ratio = 1.0
        if unit == "months" and quantiles.p50 is not None and quantiles.p50 < 1:
            unit, ratio = "days", DAYS_PER_MONTH
        middle, low, high = (
            "never" if one is None else value_words(one * ratio, unit)
            for one in (quantiles.p50, quantiles.p05, quantiles.p95)
        )
    return f"{what}: {middle} in the middle, {low} to {high} in nine of ten draws"


def _payback_scope(decision: Decision) -> str:
    """What drawn paybacks leave out that the headline counts."""
    found = decision.result
    if isinstance(found, PaybackFigures) and found.payback_with_ramp_months != found.payback_months:
        return " at full traffic"
    if isinstance(found, FinetuneFigures) and found.hidden_usd:
        return " without what nobody named"
    return ""


def _acting_words(decision: Decision) -> str:
    return f"“{decision_words(decision.monte_carlo.acting)}”"


def label_line(decision: Decision) -> str:
    """The weakest label among the inputs, with those that carry it."""
    weak = [one for one in decision.evidence.inputs if one.label is decision.evidence.label and one.is_varied]
    named = ", ".join(input_words(one.input) for one in weak[:4]) + (" …" if len(weak) > 4 else "")
    return f"{decision.evidence.label}{f': {named}' if named else ''}"


def evidence_rows(decision: Decision) -> Iterator[tuple[str, str, str, str, str]]:
    """(input, value, label, source, as of), the weakest label first, without thresholds that nobody changed."""
    shown = [one for one in decision.evidence.inputs if one.is_varied or one.label is not Label.OPINION]
    for one in sorted(shown, key=lambda one: -one.label.weakness):
        source = one.source or UNKNOWN
        if one.replaced:
            source += f", instead of {one.replaced}"
        yield input_words(one.input), _value(one), one.label, source, str(one.as_of) if one.as_of else UNKNOWN


def threshold_line(decision: Decision) -> str:
    """The thresholds that are left out of the rows; empty without any."""
    left = [one for one in decision.evidence.inputs if not one.is_varied and one.label is Label.OPINION]
    if not left:
        return ""
    named = ", ".join(f"{input_words(one.input)} {bare_words(one.value, one.unit)}" for one in left)
    return f"thresholds (OPINION, {'; '.join(dict.fromkeys(one.source or UNKNOWN for one in left))}): {named}"


def _value(one: InputEvidence) -> str:
    # "units per month: 500,000 units per month" says it twice.
    unit = "" if one.unit == input_words(one.input) else one.unit
    if one.low is None or one.high is None or one.low == one.high:
        return value_words(one.value, unit)
    return with_range_words(one.value, one.low, one.high, unit)
