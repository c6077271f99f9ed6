"""Which two windows a change is taken between.

The later one is the window that every question takes; the earlier one is as long and lies right before it. Where
the data are too short for that, and nobody named days, they are the two halves of the days that there are, in
whole weeks where a half holds one.
"""

from __future__ import annotations

from datetime import date, timedelta

from routefit.answers.workspace import Workspace
from routefit.errors import BadInputError, CannotTellError
from routefit.lcpr.cell import Frozen, Window
from routefit.units import day_start_at, days_between

WEEK_DAYS = 7


class TwoWindows(Frozen):
    """The later window, the earlier one that it is held against, and what to know about them."""

    window: Window
    against: Window
    notes: tuple[str, ...]


def two_windows(
    workspace: Workspace,
    *,
    start: date | None = None,
    end: date | None = None,
    against_start: date | None = None,
    against_end: date | None = None,
) -> TwoWindows:
    """The windows asked for, else the usual ones.

    BadInputError for an empty window, CannotTellError without data on both sides.
    """
    window = workspace.window(start, end)
    if against_start is None and against_end is None:
        against = _right_before(window)
        is_short = _first_day(workspace) > against.start.date()
        if is_short and start is None and end is None:
            return _halves(workspace)
    else:
        against = _named(window, against_start, against_end)
    notes = [*_thin(workspace, against, "earlier"), *_thin(workspace, window, "later")]
    if against.start < window.end and window.start < against.end and against != window:
        notes.append("the windows overlap: what is in both hides part of the change")
    return TwoWindows(window=window, against=against, notes=tuple(notes))


def _right_before(window: Window) -> Window:
    return Window(start=window.start - (window.end - window.start), end=window.start)


def _named(window: Window, start: date | None, end: date | None) -> Window:
    """The earlier window as far as it is named: by default as long as the later one, and right before it."""
    length = window.end - window.start
    if start is None:
        ends_at = window.start if end is None else day_start_at(end)
        return Window(start=ends_at - length, end=ends_at)
    starts_at = day_start_at(start)
    ends_at = starts_at + length if end is None else day_start_at(end)
    if starts_at >= ends_at:
        raise BadInputError(
            f"the earlier window is empty: --against-from {start} is not before --against-to {ends_at.date()} "
            "(--against-to is exclusive)",
            next_step=f"--against-from {(starts_at - length).date()} --against-to {starts_at.date()}",
        )
    return Window(start=starts_at, end=ends_at)


def _halves(workspace: Workspace) -> TwoWindows:
    days = workspace.ledger.days_with_units()
    days = [on for on in days if on < workspace.today] or days
    end = days[-1] + timedelta(days=1)
    half = (end - days[0]).days // 2
    if not half:
        raise CannotTellError(
            f"there is one day of data ({days[0]}): nothing earlier to hold it against",
            next_step="import earlier calls, or ask again tomorrow",
        )
    length = timedelta(days=half - half % WEEK_DAYS if half >= WEEK_DAYS else half)
    window = Window(start=day_start_at(end - length), end=day_start_at(end))
    unit = f"{length.days // WEEK_DAYS} weeks" if length.days % WEEK_DAYS == 0 else f"{length.days} days"
    unit = unit.removesuffix("s") if unit.startswith("1 ") else unit
    note = f"the data are too short for two usual windows: {unit} against the {unit} before"
    return TwoWindows(window=window, against=_right_before(window), notes=(note,))


def _first_day(workspace: Workspace) -> date:
    return workspace.ledger.days_with_units()[0]


def _thin(workspace: Workspace, window: Window, name: str) -> list[str]:
    """A note on a window that has days without data; CannotTellError where it has none with any."""
    days = workspace.ledger.days_with_units()
    with_data = sum(window.start.date() <= on < window.end.date() for on in days)
    whole = round(days_between(window.start, window.end))
    if not with_data:
        raise CannotTellError(
            f"there are no data in the {name} window, {window.start.date()} to {window.end.date()} (exclusive)",
            next_step=f"data lie between {days[0]} and {days[-1]}: --from, --to, --against-from, --against-to",
        )
    return [] if with_data == whole else [f"the {name} window has data on {with_data} of its {whole} days"]
