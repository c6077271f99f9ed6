"""Every command, every option and every column stands in docs/reference.

The settings of the files are held to their models beside the tests of `project`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

import routefit.cli
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


@pytest.mark.parametrize("kind", TABLES)
def test_every_column_is_documented(kind: TableKind) -> None:
    """Each column of the interchange formats, with what it must be and what it means."""
    text = (REFERENCE / "columns.md").read_text().partition(f"\n## {kind}\n")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| `")]
    assert rows == [
        [f"`{column.name}`", column.expected + (", required" if column.is_required else ""), column.doc]
        for column in TABLES[kind].columns
    ]
