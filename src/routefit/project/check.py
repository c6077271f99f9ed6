"""Everything that can be said about a project's files without its ledger."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import BaseModel

from routefit.declared.model import Defaults, PriceSnapshot, Route
from routefit.errors import Problem
from routefit.project.advice import config_advice, decision_advice, route_advice, workload_advice
from routefit.project.document import Document
from routefit.project.folder import unread_folders
from routefit.project.load import Reading, read_project
from routefit.project.staleness import StaleFact, stale_facts, stale_prices
from routefit.project.verdict_rules import ScoreKind, unseen_rules


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What is wrong (nothing works until it is corrected) and what is worth knowing (nothing waits for it)."""

    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    files: int

    @property
    def is_ok(self) -> bool:
        """Whether the files can be used."""
        return not self.problems


def check_project(
    directory: Path, *, today: date | None = None, scores: Collection[ScoreKind] = ()
) -> CheckReport:
    """Problems and warnings of all files of a project, sorted by place; without `today` no fact is stale.

    `scores` are the kinds and names of the imported scores, so that rules can be named that none of them meets.
    Files with problems are passed over by the warnings.
    Raises NotAProjectError where there is no routefit.yaml.
    """
    reading = read_project(directory)
    files = 1 + len(reading.workloads) + len(reading.routes) + len(reading.snapshots) + len(reading.contracts)
    warnings = [*unread_folders(directory), *_warnings(reading, today), *_unseen(reading, scores)]
    return CheckReport(_sorted(reading.problems), _sorted(warnings), files)


def stale_in(directory: Path, *, today: date) -> tuple[StaleFact, ...]:
    """Every declared fact whose date is too long before `today`, the oldest first."""
    found = _stale(read_project(directory), today)
    return tuple(sorted(found, key=lambda one: (one.as_of, one.problem.file, one.problem.line or 0)))


def _sorted(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: (problem.file, problem.line or 0, problem.column or 0)))


def _warnings(reading: Reading, today: date | None) -> Iterator[Problem]:
    for file in reading.ignored:
        yield Problem(file, None, None, "", "is not read: only .yaml and .yml files directly in a folder are")
    if reading.config.model is not None:
        yield from config_advice(reading.config.document, reading.config.model)
    routes = {str(read.document.value["id"]) for read in reading.routes if "id" in read.document.value}
    workloads = {str(read.document.value["id"]) for read in reading.workloads if "id" in read.document.value}
    if reading.config.model is not None:
        yield from decision_advice(
            reading.config.document, reading.config.model, workloads=workloads, routes=routes
        )
    for workload in reading.workloads:
        if workload.model is not None:
            yield from workload_advice(workload.document, workload.model, routes=routes, today=today)
    for route in reading.routes:
        if route.model is not None:
            yield from route_advice(route.document, route.model)
    if today is not None:
        yield from (stale.problem for stale in _stale(reading, today))


def _unseen(reading: Reading, scores: Collection[ScoreKind]) -> Iterator[Problem]:
    for workload in reading.workloads:
        if workload.model is not None:
            yield from unseen_rules(workload.document, workload.model.verdict, scores)


def _stale(reading: Reading, today: date) -> Iterator[StaleFact]:
    config = reading.config.model
    after_days = (config.defaults if config is not None else Defaults()).stale_after_days
    files: list[tuple[Document, BaseModel | None]] = [(reading.config.document, config)]
    files.extend((read.document, read.model) for read in reading.workloads)
    files.extend((read.document, read.model) for read in reading.routes)
    files.extend((read.document, read.model) for read in reading.contracts)
    for document, model in files:
        if model is not None:
            yield from stale_facts(document, model, today=today, after_days=after_days)
    priced: list[tuple[Document, Route | PriceSnapshot | None]] = []
    priced.extend((read.document, read.model) for read in reading.routes)
    priced.extend((read.document, read.model) for read in reading.snapshots)
    for document, holder in priced:
        if holder is not None:
            yield from stale_prices(document, holder.prices, today=today, after_days=after_days)
