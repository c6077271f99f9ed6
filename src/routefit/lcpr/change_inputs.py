"""What a change of cost is split from: sums over the units of a window, by route, kind of call and model.

Every field adds up over disjoint sets of units. A call is `planned` (what the task itself asked for) or `again` (a
retry, a repair, a fallback); a planned call that failed is `failed`. Tokens and costs are those of billed calls:
priced, and not served from the gateway's own cache or for free.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import NamedTuple


class CallKind(StrEnum):
    """Why a call was made, and whether a planned one worked."""

    PLANNED = "planned"
    FAILED = "failed"
    AGAIN = "again"


KINDS = tuple(CallKind)


class Served(NamedTuple):
    """A kind of call and who served it: provider/model."""

    kind: CallKind
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSums:
    """Sums over calls of one kind on one model, money in whole pico-USD.

    `free_calls` are known to cost nothing; `unsplit_calls` report a cost whose parts no price tells. `listed_*`
    are all input tokens with a known price, as they would cost read from the cache and written to it: they give
    these prices where nothing was read or written.
    """

    calls: int = 0
    unpriced_calls: int = 0
    free_calls: int = 0
    unsplit_calls: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    written_tokens: int = 0
    output_tokens: int = 0
    uncached_pico_usd: int = 0
    cached_pico_usd: int = 0
    written_pico_usd: int = 0
    output_pico_usd: int = 0
    flat_pico_usd: int = 0
    listed_input_tokens: int = 0
    listed_cached_pico_usd: int = 0
    listed_written_pico_usd: int = 0

    def __add__(self, other: CallSums) -> CallSums:
        return CallSums(**{name: getattr(self, name) + getattr(other, name) for name in CALL_SUMS_FIELDS})

    @property
    def billed_calls(self) -> int:
        """Calls whose cost is known and may be more than nothing."""
        return self.calls - self.unpriced_calls - self.free_calls

    @property
    def cost_pico_usd(self) -> int:
        """All that these calls are known to have cost."""
        parts = (self.uncached_pico_usd, self.cached_pico_usd, self.written_pico_usd, self.output_pico_usd)
        return sum(parts) + self.flat_pico_usd


CALL_SUMS_FIELDS = tuple(each.name for each in fields(CallSums))


def sum_of_calls(parts: Iterable[CallSums]) -> CallSums:
    """The sums over the union of disjoint parts; of nothing, all zero."""
    parts = tuple(parts)
    return CallSums(**{name: sum(getattr(part, name) for part in parts) for name in CALL_SUMS_FIELDS})


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteSums:
    """A workload's units on one route in a window; USD, None is unknown.

    `accepted_units` may be an estimate from a sample; `judged_units` are those that are known to be accepted or
    not. `inference_usd` holds what `calls` cost and whatever of a route's capacity no call used.
    """

    units: int
    accepted_units: float
    judged_units: float
    escalated_units: int = 0
    calls: Mapping[Served, CallSums] = field(default_factory=dict)
    inference_usd: float | None
    grading_usd: float | None = None
    people_usd: float | None = None
    bill_difference_usd: float | None = None
    running_usd: float | None = None

    def calls_of(self, kind: CallKind) -> int:
        """Calls of a kind, on all models."""
        return sum(sums.calls for served, sums in self.calls.items() if served.kind == kind)

    @property
    def planned_calls(self) -> int:
        """What the task asked for; all calls where none is known to be planned."""
        planned = self.calls_of(CallKind.PLANNED) + self.calls_of(CallKind.FAILED)
        return planned or self.calls_of(CallKind.AGAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowSums:
    """A workload in a window of so many days: the routes that had units.

    `workload_units` are the units of all its routes where `routes` are only some of them.
    """

    days: float
    routes: Mapping[str, RouteSums]
    workload_units: int | None = None

    @property
    def units(self) -> int:
        """Units on all routes."""
        return sum(route.units for route in self.routes.values())

    @property
    def accepted_units(self) -> float:
        """Accepted units on all routes."""
        return sum(route.accepted_units for route in self.routes.values())

    @property
    def volume_units(self) -> int:
        """The units that carry what does not grow with them: those of the whole workload."""
        return self.units if self.workload_units is None else self.workload_units

    def usd_per_day_at_full_volume(self, usd: float) -> float:
        """USD of these routes in the window as USD a day, as if they served the whole workload.

        Running cost follows the units of a route, so a shift between routes is no change of what runs.
        """
        return usd * self.volume_units / (self.units * self.days)

    def only(self, route: str) -> WindowSums:
        """The same window with one route alone."""
        routes = {route: self.routes[route]} if route in self.routes else {}
        return WindowSums(days=self.days, routes=routes, workload_units=self.units)
