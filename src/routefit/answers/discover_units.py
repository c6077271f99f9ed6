"""Which key joins the calls of a unit, judged by what its values join.

A key serves when nearly every call of the group carries it, its values join some calls and not too many, and no
value is so large or so long that it is no task. Ids that people give (a ticket, a task, a run) come before
traces, and traces before sessions. Where none serves, each call is a unit and retries cannot be seen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from routefit.ledger.grouping import COLUMN_KEYS, JoinedCalls, OpenCalls, Profile

LEAST_COVERED_RATE, LEAST_PARTLY_COVERED_RATE = 0.95, 0.2
LEAST_CALLS_PER_VALUE, MOST_CALLS_PER_VALUE = 1.02, 200
LEAST_CALLS_PER_TASK = 1.002
"""A tag that people set names the unit also where few units needed a second call: those are its retries."""

MOST_CALLS_OF_VALUE_RATE = 0.01
FEW_CALLS = 100
"""A value with so many calls is never too large: one percent of a short log is nothing."""

LONGEST_DAYS, LONG_SESSION_DAYS = 7, 1
IDLE_MINUTES = 60
NO_KEY = "call_id"
SESSION = "session_id"

_DAY_US = 86_400_000_000
_TASK_WORDS = ("ticket", "case", "task", "job", "order", "run", "conversation", "thread")
_FIRST_RANK_OF_TRACES = 1 + len(_TASK_WORDS) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitKey:
    """The key of a group's units; `name` call_id joins nothing. `idle_minutes` cuts what goes on over days.

    `also` are tried in order where a call lacks it. `must_be_said`: what a log offers by itself (a trace, a
    session) would join too much.
    """

    name: str
    calls_per_unit: float
    also: tuple[str, ...] = ()
    idle_minutes: int | None = None
    must_be_said: bool = True

    @property
    def is_grouping(self) -> bool:
        """Whether the key joins calls at all."""
        return self.name != NO_KEY

    @property
    def declared(self) -> str | tuple[str, ...] | None:
        """As a rule says it; None where what the log offers by itself is right."""
        if not self.must_be_said:
            return None
        return (self.name, *self.also) if self.also else self.name


@dataclass(frozen=True, slots=True)
class _KeyFigures:
    calls: int
    key_values: int
    most_calls: int
    longest_us: int


def unit_key(found: OpenCalls, profiles: Collection[Profile]) -> UnitKey:
    """The first key, in the order of preference, that joins the calls of these profiles into units.

    Where none is on nearly every call, those that serve some of them, to be tried in order.
    """
    calls = sum(profile.calls for profile in profiles)
    numbers = {profile.number for profile in profiles}
    partial: list[UnitKey] = []
    joins_too_much = False
    for name in ordered_keys(found.joined):
        with_key = sum(profile.key_calls.get(name, 0) for profile in profiles)
        figures = _figures(found.joined[name], numbers)
        if not figures.key_values:
            continue
        key = _judged(name, figures, calls)
        if key is None:
            is_default = name in COLUMN_KEYS
            joins_too_much |= is_default and figures.calls > LEAST_CALLS_PER_VALUE * figures.key_values
        elif with_key > LEAST_COVERED_RATE * calls:
            return key
        elif with_key >= LEAST_PARTLY_COVERED_RATE * calls and key.idle_minutes is None:
            partial.append(key)
    if partial:
        most = max(key.calls_per_unit for key in partial)
        return UnitKey(name=partial[0].name, also=tuple(key.name for key in partial[1:]), calls_per_unit=most)
    return UnitKey(name=NO_KEY, calls_per_unit=1.0, must_be_said=joins_too_much)


def _judged(name: str, figures: _KeyFigures, calls: int) -> UnitKey | None:
    """The key, where it serves."""
    per_value = figures.calls / figures.key_values
    if name == SESSION and per_value >= LEAST_CALLS_PER_VALUE and figures.longest_us > LONG_SESSION_DAYS * _DAY_US:
        return UnitKey(name=name, calls_per_unit=per_value, idle_minutes=IDLE_MINUTES)
    least = LEAST_CALLS_PER_TASK if _rank(name) < _FIRST_RANK_OF_TRACES else LEAST_CALLS_PER_VALUE
    if not least <= per_value <= MOST_CALLS_PER_VALUE:
        return None
    if figures.most_calls > max(MOST_CALLS_OF_VALUE_RATE * calls, FEW_CALLS):
        return None
    if figures.longest_us > LONGEST_DAYS * _DAY_US:
        return None
    return UnitKey(name=name, calls_per_unit=per_value)


def ordered_keys(names: Iterable[str]) -> list[str]:
    """Keys of units in the order of preference."""
    return sorted(names, key=lambda name: (_rank(name), name))


def _rank(name: str) -> int:
    if name == "unit_id":
        return 0
    if name.startswith("tag."):
        words = [at for at, word in enumerate(_TASK_WORDS) if word in name.casefold()]
        return 1 + (words[0] if words else len(_TASK_WORDS))
    return _FIRST_RANK_OF_TRACES + (name == SESSION)


def _figures(joined: Sequence[JoinedCalls], numbers: Collection[int]) -> _KeyFigures:
    touching = [one for one in joined if not one.profiles.isdisjoint(numbers)]
    return _KeyFigures(
        calls=sum(calls for one in touching for profile, calls in one.calls.items() if profile in numbers),
        key_values=sum(one.key_values for one in touching),
        most_calls=max((one.most_calls for one in touching), default=0),
        longest_us=max((one.longest_us for one in touching), default=0),
    )


def shared_values_rate(
    found: OpenCalls, one: Collection[int], other: Collection[int], *, keys: Iterable[str]
) -> tuple[float, str | None]:
    """The largest share of one's key values that also join calls of the other, and the key; (0, None) for none.

    Profiles are given by their numbers.
    """
    best: tuple[float, str | None] = (0.0, None)
    for key in keys:
        own = [joined for joined in found.joined[key] if not joined.profiles.isdisjoint(one)]
        values = sum(joined.key_values for joined in own)
        both = sum(joined.key_values for joined in own if not joined.profiles.isdisjoint(other))
        if values and both / values > best[0]:
            best = both / values, key
    return best
