"""Every command, every option and every setting of the files stands in docs/reference."""

from __future__ import annotations

import importlib
import pkgutil
import re
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import BaseModel

import routefit.cli
from routefit.declared.fields import Declared
from routefit.declared.model import ProjectConfig, Route, Workload
from routefit.declared.price import PriceSnapshot
from routefit.ledger.schema import TABLES, TableKind

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"


def reference_text() -> str:
    """All reference pages, one after the other."""
    return "\n".join(page.read_text() for page in sorted(REFERENCE.glob("*.md")))


def application() -> typer.Typer:
    """The command line's typer application: `app` in routefit.cli or in one of its modules."""
    names = [found.name for found in pkgutil.iter_modules(routefit.cli.__path__, "routefit.cli.")]
    for module in (routefit.cli, *map(importlib.import_module, names)):
        if isinstance(app := getattr(module, "app", None), typer.Typer):
            return app
    if hasattr(routefit.cli, "main"):
        pytest.fail("routefit.cli has a main but no typer application called app: the reference cannot be checked")
    pytest.skip("routefit.cli has no commands yet")


def commands() -> Iterator[tuple[str, Any]]:
    """(name as it is typed, command) of every command, also of groups in groups."""

    def walk(name: str, command: Any) -> Iterator[tuple[str, Any]]:
        yield name, command
        for sub_name, sub in sorted(getattr(command, "commands", {}).items()):
            yield from walk(f"{name} {sub_name}", sub)

    yield from walk("routefit", typer.main.get_command(application()))


FILES: dict[str, type[BaseModel]] = {
    "routefit.yaml": ProjectConfig,
    "workloads/*.yaml": Workload,
    "routes/*.yaml": Route,
    "prices/*.yaml": PriceSnapshot,
}
"""The files that a team writes; each has its section in docs/reference/files.md."""


EXPLAINED_ELSEWHERE = {"prices", *(f"anticipated.{part}" for part in ("needs", "data", "slo", "demand", "tokens"))}
"""Keys of workloads and routes whose inner keys have their place in another part of the page."""


def settings(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Every key of a file, dotted through the models inside it, spelt as in the file."""
    for name, info in model.model_fields.items():
        path = f"{prefix}{info.alias or name}"
        inner = model_inside(info.annotation)
        if inner is not None and (path not in EXPLAINED_ELSEWHERE or model is PriceSnapshot):
            yield from settings(inner, f"{path}.")
        else:
            yield path


def model_inside(annotation: Any) -> type[BaseModel] | None:
    """The declared model that a field holds, alone or in a list; a fact is a value."""
    if isinstance(annotation, type) and issubclass(annotation, Declared):
        return annotation
    return next(filter(None, map(model_inside, typing.get_args(annotation))), None)


def section(title: str) -> str:
    """The text below one heading of docs/reference/files.md."""
    text = (REFERENCE / "files.md").read_text()
    return text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_every_command_is_documented() -> None:
    """`routefit NAME` in code marks."""
    text = reference_text()
    assert [name for name, command in commands() if not command.hidden and f"`{name}" not in text] == []


def test_every_option_is_documented() -> None:
    """`--option` in code marks, alone or with its value."""
    text = reference_text()
    missing = {
        f"{name} {option}"
        for name, command in commands()
        for parameter in command.params
        for option in parameter.opts
        if option.startswith("--") and option != "--help" and not getattr(parameter, "hidden", False)
        if f"`{option}" not in text
    }
    assert sorted(missing) == []


@pytest.mark.parametrize("title", FILES)
def test_every_setting_is_documented(title: str) -> None:
    """Each key of a file, dotted and in code marks, in the section of that file."""
    text = section(title)
    assert [path for path in settings(FILES[title]) if f"`{path}`" not in text] == []


@pytest.mark.parametrize("title", FILES)
def test_every_documented_setting_exists(title: str) -> None:
    """A key that is gone from the models is gone from the reference."""
    known = set(settings(FILES[title])) | set(FILES[title].model_fields)
    first_cells = [line.split(" | ")[0] for line in section(title).splitlines() if line.startswith("| `")]
    documented = {path for cell in first_cells for path in re.findall(r"`([^`]+)`", cell)}
    assert sorted(documented - known) == []


@pytest.mark.parametrize("kind", TABLES)
def test_every_column_is_documented(kind: TableKind) -> None:
    """Each column of the interchange formats, with what it must be and what it means."""
    text = (REFERENCE / "columns.md").read_text().partition(f"\n## {kind}\n")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| `")]
    assert rows == [
        [f"`{column.name}`", column.expected + (", required" if column.is_required else ""), column.doc]
        for column in TABLES[kind].columns
    ]
