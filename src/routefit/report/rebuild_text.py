"""What a rebuild built, as text."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType

from routefit.answers.rebuild import RebuildAnswer
from routefit.funnel.words import plural
from routefit.report.drawing import paragraph, stacked


def rebuild_text(answer: RebuildAnswer) -> RenderableType:
    """The days that were built again and those that were current."""
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
