"""What the figures cover, how units were formed, what looks wrong and what is stale, in lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from routefit.answers.attribution import UnitsFormed
from routefit.answers.status import StatusAnswer
from routefit.funnel.words import count, listed, plural
from routefit.lcpr.assembly import ONE_CALL_RATE
from routefit.ledger.view import UNATTRIBUTED
from routefit.report.judging_lines import agreement_words
from routefit.report.money import share

MOST_NAMES = 3
MOST_NOTES = 3


def coverage_line(answer: StatusAnswer) -> str:
    """How much of the calls, the units and the bill the figures cover."""
    rates = answer.coverage
    judged = "no unit" if rates.judged_rate is None else f"{share(rates.judged_rate)} of units"
    return (
        f"{share(rates.attributed_rate)} of calls have a workload, {share(rates.priced_rate)} a cost; "
        f"{judged} a verdict; {_bill_words(answer)}"
    )


def _bill_words(answer: StatusAnswer) -> str:
    rate = answer.coverage.bill_explained_rate
    if rate is not None:
        return f"{share(rate)} of invoices explained"
    return "no invoice of these days" if answer.invoice_lines else "not invoiced yet"


def units_line(units: UnitsFormed) -> str | None:
    """What most calls have their unit from, and how large units are; None without any unit."""
    quantiles, rate = units.calls_per_unit, units.one_call_share_rate
    if units.unit_key is None or rate is None:
        return None
    keys = {one.unit_key for one in units.by_workload if one.workload != UNATTRIBUTED} - {units.unit_key, None}
    others = sorted(key for key in keys if key)
    named = listed(
        (units.unit_key, *others) if len(others) < MOST_NAMES else (units.unit_key, f"{len(others)} other ids")
    )
    return (
        f"by {named}; {plural(quantiles.p50 or 0, 'call')} each (p50), {quantiles.p99} (p99); "
        f"{share(rate)} are one call"
    )


def note_lines(answer: StatusAnswer) -> tuple[str, ...]:
    """What looks wrong, at most so many lines."""
    found = [
        *answer.attribution_warnings,
        *_unit_notes(answer.units),
        *_unread(answer),
        *(f"verdict rule of {said}" for said in answer.judging.unseen_rules),
        *_capacity_notes(answer),
        *(f"{one.workload}: {agreement_words(one.rule)}" for one in answer.judging.agreement),
    ]
    rest = len(found) - MOST_NOTES
    return (*found[:MOST_NOTES], f"{plural(rest, 'more note')}: --format json") if rest > 1 else tuple(found)


def _unit_notes(units: UnitsFormed) -> Iterator[str]:
    """Workloads whose key groups nothing in one line, then the other warnings."""
    alone = [
        one.workload
        for one in units.by_workload
        if one.workload != UNATTRIBUTED and one.one_call_share_rate > ONE_CALL_RATE
    ]
    if alone:
        yield f"in {_some(alone)} almost every unit is one call, so retries may not be seen as such"
    grouped = tuple(f"{name}: " for name in alone)
    for warning in units.warnings:
        if not (grouped and warning.startswith(grouped) and "groups next to nothing" in warning):
            yield warning


def _unread(answer: StatusAnswer) -> Iterator[str]:
    """What became of the scores that decide nothing, by the reason."""
    by_reason: dict[str, list[str]] = {}
    for one in answer.judging.unread:
        by_reason.setdefault(one.reason, []).append(f"{one.name} ({count(one.scores)})")
    for reason, kinds in by_reason.items():
        yield f"{_some(kinds)}: {reason}"


def _capacity_notes(answer: StatusAnswer) -> Iterator[str]:
    """Why calls that are paid by capacity have no known cost."""
    for one in answer.lcpr.capacity if answer.lcpr else ():
        if one.calls:
            yield from (f"{one.route}: {reason}" for reason in one.reasons)


def stale_line(answer: StatusAnswer) -> str | None:
    """How many declared facts are too old, and where the oldest stands."""
    stale = answer.stale
    if not stale.facts:
        return None
    place = f"{stale.oldest_place}, {stale.oldest_path}, as of {stale.oldest_as_of}"
    if stale.facts == 1:
        return f"1 declared fact has to be looked up again: {place}"
    return f"{count(stale.facts)} declared facts have to be looked up again; the oldest: {place}"


def _some(names: Sequence[str]) -> str:
    """`support, search, legal and 4 more`."""
    if len(names) <= MOST_NAMES + 1:
        return listed(names)
    return f"{', '.join(names[:MOST_NAMES])} and {len(names) - MOST_NAMES} more"
