"""A project folder into declared models, or every problem of every file at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel

from routefit.declared.model import Contract, PriceSnapshot, Project, ProjectConfig, Route, Workload
from routefit.errors import DeclaredFilesError, NotAProjectError, Problem
from routefit.project.consistency import (
    anticipated_problems,
    id_problems,
    listed_prices,
    price_problems,
    route_prices,
)
from routefit.project.document import Document, read_document
from routefit.project.folder import CONFIG_NAMES, FOLDERS, has_config, list_folder
from routefit.project.validation import validated
from routefit.project.verdict_rules import verdict_problems

M = TypeVar("M", bound=BaseModel)


@dataclass(slots=True)
class Read(Generic[M]):
    """One declared file: its text as values, and the model unless something is wrong with it."""

    document: Document
    model: M | None


@dataclass(slots=True)
class Reading:
    """Everything that was read in a project folder, good or not."""

    config: Read[ProjectConfig]
    workloads: list[Read[Workload]] = field(default_factory=list)
    routes: list[Read[Route]] = field(default_factory=list)
    snapshots: list[Read[PriceSnapshot]] = field(default_factory=list)
    contracts: list[Read[Contract]] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def load_project(directory: Path) -> Project:
    """Everything declared in a project folder.

    Raises NotAProjectError where there is no routefit.yaml, and DeclaredFilesError with every problem of
    every file as `file:line:column: path: got X, expected Y`.
    """
    reading = read_project(directory)
    if reading.problems or reading.config.model is None:
        raise DeclaredFilesError(reading.problems)
    return Project(
        config=reading.config.model,
        workloads={read.model.id: read.model for read in reading.workloads if read.model is not None},
        routes={read.model.id: read.model for read in reading.routes if read.model is not None},
        prices=tuple(row for read in reading.snapshots if read.model is not None for row in read.model.prices),
        contracts={read.model.id: read.model for read in reading.contracts if read.model is not None},
    )


def read_project(directory: Path) -> Reading:
    """Reads all files of a project folder and collects what is wrong in and between them.

    Raises NotAProjectError where there is no routefit.yaml.
    """
    if not has_config(directory):
        raise NotAProjectError(
            f"no {CONFIG_NAMES[0]} in {directory}", next_step="`routefit init` to start a project here"
        )
    names = [name for name in CONFIG_NAMES if (directory / name).is_file()]
    problems: list[Problem] = []
    reading = Reading(_read(directory / names[0], names[0], ProjectConfig, problems), problems=problems)
    if len(names) > 1:
        problems.append(Problem(names[1], None, None, "", f"got a second project file, expected only {names[0]}"))
    files = {folder: list_folder(directory, folder) for folder in FOLDERS}
    for folder, listing in files.items():
        problems.extend(listing.problems)
        reading.ignored.extend(f"{folder}/{path.name}" for path in listing.ignored)
    reading.workloads = [_read_in("workloads", path, Workload, problems) for path in files["workloads"].declared]
    reading.routes = [_read_in("routes", path, Route, problems) for path in files["routes"].declared]
    reading.snapshots = [_read_in("prices", path, PriceSnapshot, problems) for path in files["prices"].declared]
    reading.contracts = [_read_in("contracts", path, Contract, problems) for path in files["contracts"].declared]
    problems.extend(_problems_between(reading))
    return reading


def _read_in(folder: str, path: Path, model: type[M], problems: list[Problem]) -> Read[M]:
    return _read(path, f"{folder}/{path.name}", model, problems)


def _read(path: Path, file: str, model: type[M], problems: list[Problem]) -> Read[M]:
    document = read_document(path, file=file)
    problems.extend(document.problems)
    is_unreadable = bool(document.problems) and not document.value
    if is_unreadable:
        return Read(document, None)
    value, found = validated(document, model)
    problems.extend(found)
    return Read(document, value)


def _problems_between(reading: Reading) -> Iterator[Problem]:
    yield from id_problems((read.document for read in reading.workloads), "workload")
    yield from id_problems((read.document for read in reading.routes), "route")
    yield from id_problems((read.document for read in reading.contracts), "contract")
    for workload in reading.workloads:
        if workload.model is not None:
            yield from anticipated_problems(workload.document, workload.model.anticipated)
            yield from verdict_problems(workload.document, workload.model.verdict)
    for route in reading.routes:
        if route.model is not None:
            yield from price_problems(route_prices(route.document, route.model.prices))
    yield from price_problems(
        placed
        for read in reading.snapshots
        if read.model is not None
        for placed in listed_prices(read.document, read.model.prices)
    )
