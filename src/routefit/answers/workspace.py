"""One project opened at one instant: declarations, prices and ledger, ready for questions.

This is where a call's key meets the declarations: which workload and route it belongs to, and how it is priced.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from routefit.declared.model import BilledOn, Project, Route, Workload
from routefit.declared.region import is_region_within
from routefit.errors import BadInputError, CannotTellError, UnknownNameError
from routefit.lcpr.cell import Window
from routefit.lcpr.cost import Pricing
from routefit.ledger.building import DaysProgress
from routefit.ledger.capacity import Supplies
from routefit.ledger.damage import damage_in, naming_damage
from routefit.ledger.pricing import CallKey, KeyedPricing
from routefit.ledger.view import UNATTRIBUTED, LedgerView, RebuildReport
from routefit.prices import PriceBook, ResolvedPrices
from routefit.project import load_project
from routefit.units import day_start_at

_Answer = TypeVar("_Answer")

NO_ROUTE = "(no model)"
"""The route of calls that name none, and neither a provider nor a model."""


@dataclass(frozen=True, slots=True)
class ResolvedKey:
    """A call key with where it belongs and what the price book said about it."""

    key: CallKey
    target: KeyedPricing
    prices: ResolvedPrices


class Workspace:
    """A project and its ledger as known at `as_of` (None: now); use it as a context manager.

    Raises DeclaredFilesError for files that cannot be read and LedgerError for a ledger that cannot. `on_progress`
    hears of the days whose derived rows are brought up to date: how many are done, of how many.
    """

    def __init__(
        self, directory: Path, *, as_of: datetime | None = None, on_progress: DaysProgress | None = None
    ) -> None:
        self.directory = directory
        self._answers: dict[tuple[Callable[[Workspace, Window], Any], Window], Any] = {}
        self.now = as_of or datetime.now(UTC)
        self.project: Project = load_project(directory)
        self.book = PriceBook(self.project)
        config = self.project.config
        self.ledger = LedgerView(
            directory / "ledger",
            as_of=as_of,
            rules=config.attribution,
            sources=config.sources,
            keep_identifiers=config.keep_identifiers,
        )
        self.rebuilt: RebuildReport | None = None
        if self.ledger.has_calls:
            with naming_damage(self.ledger.directory):
                self.rebuilt = self.ledger.refresh(
                    {key: resolved.target for key, resolved in self.keys.items()},
                    {name: self.project.workloads.get(name) for name in self._workload_names},
                    supplies=self._supplies,
                    now=self.now,
                    on_progress=on_progress,
                )

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        self.ledger.close()
        damage = damage_in(self.ledger.directory, error)
        if damage is not None:
            raise damage from error

    @property
    def today(self) -> date:
        """The UTC day of the instant at which the project is looked at."""
        return self.now.astimezone(UTC).date()

    @property
    def is_tail_sampled(self) -> bool:
        """Whether the traces were chosen for what happened in them."""
        return self.project.config.sampling.method == "tail"

    @cached_property
    def keys(self) -> Mapping[CallKey, ResolvedKey]:
        """Every distinct call key of the ledger, resolved."""
        return {key: self._resolve(key) for key in self.ledger.call_keys()}

    @property
    def _supplies(self) -> Supplies:
        capacities = {name: route.capacity for name, route in self.project.routes.items()}
        sampled_unit_rate = self.project.config.sampling.unit_rate
        return Supplies(capacities, self.ledger.replica_rows, sampled_unit_rate)

    @property
    def _workload_names(self) -> set[str]:
        return {resolved.target.workload for resolved in self.keys.values()}

    @property
    def workload_names(self) -> tuple[str, ...]:
        """Workloads that are declared or have calls, in order; unattributed calls belong to none."""
        return tuple(sorted({*self.project.workloads, *self._workload_names} - {UNATTRIBUTED}))

    @property
    def route_names(self) -> tuple[str, ...]:
        """Routes that are declared or have calls, in order."""
        return tuple(sorted({*self.project.routes, *(r.target.route for r in self.keys.values())}))

    def workload(self, name: str) -> Workload | None:
        """The declaration of a workload (None when only calls name it); UnknownNameError for any other name."""
        if name not in self.workload_names:
            raise UnknownNameError("workload", name, self.workload_names)
        return self.project.workloads.get(name)

    def route(self, name: str) -> Route | None:
        """The declaration of a route (None when only calls name it); UnknownNameError for any other name."""
        if name not in self.route_names:
            raise UnknownNameError("route", name, self.route_names)
        return self.project.routes.get(name)

    def undeclared_route(self, workload: str, route: str) -> Route:
        """What the calls say of a route that no file declares: provider and model, where always the same."""
        served = {
            (key.provider, key.model)
            for key, resolved in self.keys.items()
            if (resolved.target.workload, resolved.target.route) == (workload, route) and key.model
        }
        provider, model = served.pop() if len(served) == 1 else (None, None)
        return Route(id=route, provider=provider, model=model)

    def window(self, start: date | None, end: date | None) -> Window:
        """The window asked for; by default the last complete UTC days that have data (28), or all there are.

        `end` is exclusive. BadInputError when it is not after `start`, CannotTellError without any data.
        """
        days = self.ledger.days_with_units()
        if not days:
            raise CannotTellError(
                "there are no calls in the ledger yet", next_step="routefit import calls FILE (or: routefit demo)"
            )
        complete = [on for on in days if on < self.today] or days
        if start is None:
            window_days = self.project.config.defaults.window_days
            before = [on for on in complete if end is None or on < end]
            start = before[-window_days:][0] if before else (end or complete[0]) - timedelta(days=window_days)
        if end is None:
            end = max(complete[-1] + timedelta(days=1), start + timedelta(days=1))
        if start >= end:
            raise BadInputError(
                f"the window is empty: --from {start} is not before --to {end} (--to is exclusive)",
                next_step=f"data lie between {days[0]} and {days[-1]}",
            )
        return Window(start=day_start_at(start), end=day_start_at(end))

    def once(self, question: Callable[[Workspace, Window], _Answer], window: Window) -> _Answer:
        """The answer to a question about a window, asked of the ledger when it is first needed and never again.

        It cannot change: files and ledger are as they were when the workspace was opened.
        """
        key = question, window
        if key not in self._answers:
            self._answers[key] = question(self, window)
        answer: _Answer = self._answers[key]
        return answer

    def _resolve(self, key: CallKey) -> ResolvedKey:
        workload = key.workload or UNATTRIBUTED
        asked_route = self._asked_route(key)
        is_what_was_asked = self._is_what_was_asked(key)
        route = key.route or asked_route or self._route_of(key)
        declared = self.project.routes.get(route)
        serving = self._serving(declared, key)
        prices = self.book.resolve(
            route=serving or declared, provider=key.provider, model=key.model, service_tier=key.service_tier
        )
        source = (declared.cost_source if declared else None) or self.project.config.cost_source
        capacity_route = self._capacity_route(serving, route)
        pricing = Pricing(
            rows=() if capacity_route else prices.rows,
            billed_on=serving.billed_on if serving else BilledOn(),
            is_free=bool(serving and serving.is_free),
            prefers_reported=source == "reported",
            capacity_route=capacity_route,
        )
        regions = self._regions(workload)
        # A region that the log does not name breaks no rule here; the funnel asks the route for it.
        is_allowed = key.region is None or regions is None or is_region_within(key.region, regions)
        target = KeyedPricing(
            workload=workload,
            route=route,
            is_region_allowed=is_allowed,
            is_fallback=asked_route is not None and not is_what_was_asked,
            served_model=key.requested_model if is_what_was_asked else key.model,
            pricing=pricing,
        )
        return ResolvedKey(key, target, prices)

    def _asked_route(self, key: CallKey) -> str | None:
        """The route that was asked for where another model served; None where the one asked for did.

        A name that is no model of any price list or route is a gateway's group: it says nothing of a fallback.
        """
        asked = key.requested_model
        if key.route is not None or not asked or not key.model:
            return None
        if self.book.is_same_model(key.provider, asked, key.model):
            return None
        declared = [r for r in self.project.routes.values() if r.model and self._is_model_of(r, asked)]
        if len(declared) == 1:
            return declared[0].id
        if self._is_what_was_asked(key):
            return None
        if not declared and not self.book.is_known_model(asked):
            return None
        served = {
            self._route_of(other)
            for other in self.ledger.call_keys()
            if other.requested_model == asked and self._is_what_was_asked(other)
        }
        return served.pop() if len(served) == 1 else asked

    def _is_what_was_asked(self, key: CallKey) -> bool:
        """Whether the log says which model was asked for, and that it served."""
        if not key.requested_model or not key.model:
            return False
        return self.book.is_what_was_asked(key.provider, key.requested_model, key.model)

    def _is_model_of(self, route: Route, model: str) -> bool:
        return self.book.is_served_by(route, provider=None, model=model)

    def _capacity_route(self, serving: Route | None, assigned: str) -> str | None:
        """The route that served, where it is paid by the replica-hour and not declared free or reported."""
        if serving is None:
            is_declared = assigned in self.project.routes
            return assigned if assigned in self.ledger.replica_rows and not is_declared else None
        if serving.is_free or serving.cost_source == "reported":
            return None
        is_by_capacity = serving.capacity.is_declared or serving.id in self.ledger.replica_rows
        return serving.id if is_by_capacity else None

    def _serving(self, assigned: Route | None, key: CallKey) -> Route | None:
        """The declared route that served the call: the assigned one, else the one that a fallback went to."""
        if assigned is not None and self.book.is_served_by(assigned, provider=key.provider, model=key.model):
            return assigned
        return self._route_named_by(key)

    def _route_named_by(self, key: CallKey) -> Route | None:
        """The declared route that provider and model name; None unless it is exactly one."""
        if not key.provider or not key.model:
            return None
        named = [
            route
            for route in self.project.routes.values()
            if route.provider
            and route.model
            and self.book.is_served_by(route, provider=key.provider, model=key.model)
        ]
        return named[0] if len(named) == 1 else None

    def _route_of(self, key: CallKey) -> str:
        """The one declared route that provider and model name, else 'provider/model'.

        A failed call often knows only the model that was asked for: it goes where those went that were served.
        """
        named = self._route_named_by(key)
        if named is not None:
            return named.id
        model = key.model
        if model and model == key.requested_model:
            served = self._models_served.get((key.provider, model), set()) - {model}
            model = served.pop() if len(served) == 1 else model
        return "/".join(part for part in (key.provider, model) if part) or NO_ROUTE

    @cached_property
    def _models_served(self) -> Mapping[tuple[str | None, str], set[str]]:
        """For each provider and model that was asked for the names under which that model served."""
        served: dict[tuple[str | None, str], set[str]] = defaultdict(set)
        for key in self.ledger.call_keys():
            if key.requested_model and key.model and self._is_what_was_asked(key):
                served[key.provider, key.requested_model].add(key.model)
        return served

    def _regions(self, workload: str) -> tuple[str, ...] | None:
        declared = self.project.workloads.get(workload)
        return declared.data.regions if declared else None


def instant_of(on: date) -> datetime:
    """The end of a UTC day, which is what `--as-of DATE` means."""
    return datetime.combine(on, time.max, tzinfo=UTC)
