"""What a rebuild built and what moved, as text."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType

from routefit.answers.attribution import AttributionAnswer, UnitsFormed, UnitsOfWorkload
from routefit.answers.rebuild import Move, RebuildAnswer, Sums
from routefit.funnel.words import plural
from routefit.report.drawing import heading, indented, paragraph, stacked
from routefit.report.money import money, share


def rebuild_text(answer: RebuildAnswer) -> RenderableType:
    """The days that were built again, what that moved, what each rule took and how units were formed."""
    return stacked(_parts(answer))


def _parts(answer: RebuildAnswer) -> Iterator[RenderableType]:
    ledger = f"{plural(answer.calls, 'call')} and {plural(answer.outcomes, 'outcome')} in the ledger"
    days = answer.rebuilt_days
    if days:
        yield paragraph(
            f"Built the units of {plural(len(days), 'day')} again, {days[0]} to {days[-1]}; "
            f"{plural(answer.kept_days, 'day')} kept; {ledger}."
        )
    elif answer.cells_rebuilt:
        yield paragraph(f"Units were current; built the cells again; {ledger}.")
    else:
        yield paragraph(f"Everything was current: nothing to build; {ledger}.")
    if answer.moves:
        yield heading("What moved")
        yield from (indented(move_words(move), columns=4, hang="  -") for move in answer.moves)
    if answer.attribution is not None and answer.attribution.rules:
        yield from _rules(answer.attribution)
    if answer.units is not None:
        yield from _units(answer.units)


def move_words(move: Move) -> str:
    """`support: 1,200 units, $4.10 -> 1,300 units, $4.40`."""
    if move.before is None or move.after is None:
        return (
            f"{move.workload}: {'new, ' if move.after else 'gone, was '}{_sums_words(move.after or move.before)}"
        )
    return f"{move.workload}: {_sums_words(move.before)} -> {_sums_words(move.after)}"


def _sums_words(sums: Sums | None) -> str:
    if sums is None:
        return "nothing"
    return f"{plural(sums.units, 'unit')} of {plural(sums.calls, 'call')}, {money(sums.usd)}"


def _rules(found: AttributionAnswer) -> Iterator[RenderableType]:
    yield heading("What each attribution rule took")
    for rule in found.rules:
        yield indented(
            f"{rule.number}. {rule.when}: {plural(rule.calls, 'call')}, {share(rule.share_rate)}",
            columns=4,
            hang="  -",
        )
    yield indented(f"no rule: {plural(found.calls_without_rule, 'call')}", columns=4, hang="  -")
    yield from (paragraph(f"warning: {warning}") for warning in found.warnings)


def _units(found: UnitsFormed) -> Iterator[RenderableType]:
    yield heading("How units were formed")
    yield from (indented(unit_words(one), columns=4, hang="  -") for one in found.by_workload)
    yield from (paragraph(f"warning: {warning}") for warning in found.warnings)


def unit_words(one: UnitsOfWorkload) -> str:
    """`support: 1,200 units by tag.ticket_id; 2 calls per unit (p50), 5 (p99); 31% of one call`."""
    quantiles = one.calls_per_unit
    words = (
        f"{one.workload}: {plural(one.units, 'unit')} by {one.unit_key}; calls per unit {quantiles.p50} (p50), "
        f"{quantiles.p99} (p99); {share(one.one_call_share_rate)} of one call"
    )
    return f"{words}; {plural(one.inferred_role_calls, 'role')} inferred" if one.inferred_role_calls else words
