"""`--load FILE.csv`: accepted units by the hour, as `hour,units`.

An hour is a number (0, 1, 2, ...) or a UTC instant (`2026-05-01T13:00Z`; without an offset UTC is meant); hours
follow each other without gaps, and one without work is written as 0. All problems of a file are told at once.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

from routefit.answers.decision_inputs.sourced import Sourced
from routefit.decisions.dedicated import LOAD
from routefit.decisions.given import MOST, Given
from routefit.decisions.load import HourlyLoad
from routefit.errors import BadInputError
from routefit.evidence import Label
from routefit.funnel.words import plural

_HEADER = ["hour", "units"]
_NEXT_STEP = "hour,units, then a line for each hour: 0,120 or 2026-05-01T13:00Z,120; an hour without work has 0"
_MOST_SHOWN = 10
_MOST_DIGITS = 9
_MOST_SHOWN_CHARACTERS = 40
_YEARS = range(1970, 9999)

_Hour: TypeAlias = int | datetime


def load_table(path: Path) -> Sourced:
    """The load of a file under `load`, and its mean; BadInputError with every problem of the file."""
    load = hourly_load(path)
    mean = Given(value=load.mean_units_per_hour, label=load.label, source=f"mean of {load.source}")
    return Sourced(given={"mean_units_per_hour": mean}, tables={LOAD: load})


def hourly_load(path: Path) -> HourlyLoad:
    """The hours of a file, labelled ASSUMED."""
    if not path.is_file():
        raise BadInputError(f"no file {path}", next_step="--load FILE.csv")
    problems: list[str] = []
    units: list[float] = []
    first: _Hour | None = None
    previous: _Hour | None = None
    for line, cells in _rows(path, problems):
        row = _row(cells)
        if isinstance(row, str):
            problems.append(f"{path}:{line}: {row}")
            continue
        hour, amount = row
        if (wrong := _out_of_order(previous, hour)) is not None:
            problems.append(f"{path}:{line}: {wrong}")
        first = hour if first is None else first
        previous = hour if _is_later(previous, hour) else previous
        units.append(amount)
    if problems:
        raise _refused(path, problems)
    if not units:
        raise BadInputError(f"{path}: got no hours, expected one a line", next_step=_NEXT_STEP)
    return HourlyLoad(
        hourly_units=tuple(units),
        starts_at=first if isinstance(first, datetime) else None,
        label=Label.ASSUMED,
        source=str(path),
    )


def _rows(path: Path, problems: list[str]) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) after the header; blank lines are passed over."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInputError(
            f"{path}: byte {error.start} is no UTF-8, expected a CSV file", next_step=_NEXT_STEP
        ) from None
    reader = csv.reader(text.splitlines())
    try:
        header = [cell.strip().casefold() for cell in next(reader, [])]
        if header != _HEADER:
            got = _shortened(",".join(header)) or "nothing"
            problems.append(f"{path}:1: got {got}, expected the header hour,units")
            return
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, [cell.strip() for cell in cells]
    except csv.Error as error:
        problems.append(f"{path}:{reader.line_num}: {error}, expected hour,units")


def _row(cells: list[str]) -> tuple[_Hour, float] | str:
    """(hour, units), or what is wrong with the line."""
    if len(cells) != len(_HEADER):
        return f"got {len(cells)} values, expected 2: hour,units"
    hour = _hour(cells[0])
    if hour is None:
        return f"hour: got {_shortened(cells[0])!r}, expected a number from 0 or a whole UTC hour"
    try:
        units = float(cells[1])
    except ValueError:
        units = math.nan
    if not math.isfinite(units) or units < 0:
        return f"units: got {_shortened(cells[1])!r}, expected a number >= 0"
    if units > MOST:
        return f"units: got {units:g}, expected at most {MOST:g}"
    return hour, units


def _shortened(text: str) -> str:
    return text if len(text) <= _MOST_SHOWN_CHARACTERS else f"{text[:_MOST_SHOWN_CHARACTERS]}…"


def _hour(text: str) -> _Hour | None:
    if text.isascii() and text.isdigit():
        return int(text) if len(text) <= _MOST_DIGITS else None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    if at.year not in _YEARS:
        return None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return at if (at.minute, at.second, at.microsecond) == (0, 0, 0) else None


def _out_of_order(previous: _Hour | None, hour: _Hour) -> str | None:
    """What is wrong with the place of an hour; None where it follows the one before."""
    if previous is None:
        return (
            f"hour: got {hour}, expected 0: hours are counted from 0" if isinstance(hour, int) and hour else None
        )
    if isinstance(previous, int) and isinstance(hour, int):
        ahead, shown, expected = hour - previous, str(hour), str(previous + 1)
    elif isinstance(previous, datetime) and isinstance(hour, datetime):
        ahead = (hour - previous) // timedelta(hours=1)
        shown, expected = _spelt(hour), _spelt(previous + timedelta(hours=1))
    else:
        return "hour: got a number among instants, expected one kind in the whole file"
    if ahead == 1:
        return None
    if ahead == 0:
        return f"hour: got {shown} twice, expected {expected}"
    if ahead < 0:
        return f"hour: got {shown} after a later one, expected {expected}: hours in ascending order, each once"
    return f"hour: got {shown}, expected {expected}: {plural(ahead - 1, 'hour')} missing before it"


def _is_later(previous: _Hour | None, hour: _Hour) -> bool:
    if isinstance(previous, int) and isinstance(hour, int):
        return hour > previous
    if isinstance(previous, datetime) and isinstance(hour, datetime):
        return hour > previous
    return previous is None


def _spelt(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%MZ")


def _refused(path: Path, problems: list[str]) -> BadInputError:
    shown = problems[:_MOST_SHOWN]
    if len(problems) > len(shown):
        shown.append(f"and {len(problems) - len(shown):,} more")
    if len(problems) == 1:
        return BadInputError(problems[0], next_step=_NEXT_STEP)
    lines = "\n".join(shown)
    return BadInputError(f"{len(problems):,} problems in {path}:\n{lines}", next_step=_NEXT_STEP)
