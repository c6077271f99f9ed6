"""A project in Python: the same questions as on the command line, the same frozen answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from routefit.answers.decide import Asked, decide
from routefit.answers.decide_all import DecisionsAnswer, decide_all
from routefit.answers.diff import DiffAnswer, diff
from routefit.answers.evaluation import evaluator_of
from routefit.answers.explain import ExplainAnswer, explain
from routefit.answers.funnel import FunnelAnswer, funnel
from routefit.answers.lcpr import LcprAnswer, lcpr
from routefit.answers.matrix import MatrixAnswer, matrix
from routefit.answers.spend import SpendAnswer, spend
from routefit.answers.status import StatusAnswer, status
from routefit.answers.workspace import Workspace, instant_of
from routefit.decisions.deciding import DRAWS
from routefit.decisions.decision import Decision
from routefit.errors import BadInputError
from routefit.project import find_project

Day = date | str
"""A UTC day, as a date or as ISO text."""

Setting = str | float | bool | date | Sequence[float]
"""An input of a decision; three numbers are a range."""


class Handle:
    """Asks one project. Every question reads the files and the ledger as they are then, or as known at `as_of`.

    `start` and `end` bound the window as `--from` and `--to` do: UTC days, the end exclusive.
    """

    def __init__(self, directory: Path, *, as_of: Day | None = None) -> None:
        self.directory = directory
        self._as_of = _day("as_of", as_of)

    def __repr__(self) -> str:
        known = "" if self._as_of is None else f", as_of={self._as_of.isoformat()!r}"
        return f"routefit.open({str(self.directory)!r}{known})"

    def status(self, *, start: Day | None = None, end: Day | None = None) -> StatusAnswer:
        """Where the project stands, and what to do next."""
        with self._workspace() as workspace:
            return status(workspace, start=_day("start", start), end=_day("end", end))

    def lcpr(self, *, start: Day | None = None, end: Day | None = None) -> LcprAnswer:
        """What one accepted result costs, by workload and route."""
        with self._workspace() as workspace:
            return lcpr(workspace, start=_day("start", start), end=_day("end", end))

    def diff(
        self,
        workload: str | None = None,
        *,
        start: Day | None = None,
        end: Day | None = None,
        against_start: Day | None = None,
        against_end: Day | None = None,
    ) -> DiffAnswer:
        """What changed the cost per accepted result between two windows; of one workload, or of all."""
        with self._workspace() as workspace:
            return diff(
                workspace,
                workload=workload,
                start=_day("start", start),
                end=_day("end", end),
                against_start=_day("against_start", against_start),
                against_end=_day("against_end", against_end),
            )

    def spend(self, *, by: str = "workload", start: Day | None = None, end: Day | None = None) -> SpendAnswer:
        """Where the money went, as a statement that adds up; `by` is as after `--by`."""
        with self._workspace() as workspace:
            return spend(workspace, by=by, start=_day("start", start), end=_day("end", end))

    def matrix(self, *, start: Day | None = None, end: Day | None = None) -> MatrixAnswer:
        """Every route on every workload, and which to use."""
        with self._workspace() as workspace:
            return matrix(workspace, start=_day("start", start), end=_day("end", end))

    def funnel(
        self, workload: str | None = None, *, start: Day | None = None, end: Day | None = None
    ) -> tuple[FunnelAnswer, ...]:
        """Which candidates fell at which stage; of one workload, or of all."""
        with self._workspace() as workspace:
            return funnel(workspace, workload=workload, start=_day("start", start), end=_day("end", end))

    def explain(
        self,
        workload: str,
        route: str,
        *,
        against: str | None = None,
        start: Day | None = None,
        end: Day | None = None,
    ) -> ExplainAnswer:
        """One cell of the matrix down to its inputs."""
        with self._workspace() as workspace:
            return explain(
                workspace,
                workload=workload,
                route=route,
                against=against,
                start=_day("start", start),
                end=_day("end", end),
            )

    def decide(
        self,
        kind: str,
        *,
        workload: str | None = None,
        route: str | None = None,
        set: Mapping[str, Setting] | None = None,
        file: Path | str | None = None,
        tables: Mapping[str, Path] | None = None,
        seed: int = 0,
        draws: int = DRAWS,
        start: Day | None = None,
        end: Day | None = None,
    ) -> Decision:
        """One calculator; `set` are inputs by name: numbers, or ranges as `"low:mode:high"` or three numbers.

        `tables` are the files of options such as `--load`, by the option's name. Without a workload the ledger
        is not looked at.
        """
        asked = Asked(
            kind,
            settings={name: _setting(value) for name, value in (set or {}).items()},
            file=None if file is None else Path(file),
            tables=tables,
        )
        if workload is None:
            if route is not None:
                raise BadInputError("got a route without a workload", next_step="workload=NAME, route=NAME")
            return decide(asked, seed=seed, draws=draws, today=self._as_of)
        with self._workspace() as workspace:
            evaluator = evaluator_of(workspace, start=_day("start", start), end=_day("end", end))
            return decide(
                asked,
                evaluator=evaluator,
                workload=workload,
                route=route,
                seed=seed,
                draws=draws,
                today=self._as_of,
            )

    def decide_all(
        self, workload: str | None = None, *, start: Day | None = None, end: Day | None = None
    ) -> DecisionsAnswer:
        """Every decision that applies, of one workload or of all."""
        with self._workspace() as workspace:
            return decide_all(workspace, workload=workload, start=_day("start", start), end=_day("end", end))

    @contextmanager
    def _workspace(self) -> Iterator[Workspace]:
        as_of = None if self._as_of is None else instant_of(self._as_of)
        with Workspace(self.directory, as_of=as_of) as workspace:
            yield workspace


def opened(directory: str | Path, *, as_of: Day | None = None) -> Handle:
    """The project in `directory` or the nearest one above it; NotAProjectError without one."""
    return Handle(find_project(Path(directory)), as_of=as_of)


def _setting(value: Setting) -> str:
    """As it would be typed."""
    if isinstance(value, tuple | list):
        return ":".join(str(part) for part in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _day(name: str, given: Day | None) -> date | None:
    if given is None or isinstance(given, date):
        return given
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise BadInputError(
            f"{name}: got {given!r}, expected a date as year-month-day", next_step=f'{name}="2026-05-29"'
        ) from None
