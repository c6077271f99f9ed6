"""Every command, every option, every column and every input of a decision stands in docs/reference.

The settings of the files are held to their models beside the tests of `project`.
"""

from __future__ import annotations

import importlib
import pkgutil
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

import routefit.cli
from command_line import run_command
from routefit.decisions.kinds import KINDS, Material
from routefit.ledger.schema import TableKind
from routefit.ledger.tables import TABLES

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
        if isinstance(command, TyperGroup):
            context = typer.Context(command)
            for sub_name in sorted(command.list_commands(context)):
                yield from walk(f"{name} {sub_name}", command.get_command(context, sub_name))

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


def section_of(kind: str) -> str:
    """What docs/reference/decisions.md says of one kind."""
    return (REFERENCE / "decisions.md").read_text().partition(f"\n## {kind}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("kind", KINDS)
def test_every_input_of_a_decision_is_documented(kind: str) -> None:
    """In its kind's section: its option, where it has one, else its name for --set."""
    text = section_of(kind)
    named = [one.option or one.name for one in KINDS[kind].build(Material()).inputs]
    named += [one.opposite_option for one in KINDS[kind].build(Material()).inputs if one.opposite_option]
    named += [one.option for one in KINDS[kind].file_options]
    structure = KINDS[kind].structure
    named += structure.model_fields if structure else []
    assert [name for name in named if f"`{name}`" not in text and f"`{name} " not in text] == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_decision_and_figure_is_documented(kind: str) -> None:
    """In its kind's section: what it may decide, and the keys of `result` in the JSON of its examples."""
    text = section_of(kind)
    calculator = KINDS[kind].build(Material())
    assert [name for name in {*calculator.actions, *KINDS[kind].acts} if f"`{name}`" not in text] == []
    keys = {key for example in plain_examples(kind) for key in result_of(example)}
    assert sorted(key for key in keys if f"`{key}`" not in text) == []


def plain_examples(kind: str) -> list[str]:
    """The examples of its help that need no project and no file."""
    examples = (example.split() for example in KINDS[kind].examples)
    found = [words for words in examples if "--workload" not in words and not any(map(is_file, words))]
    return [" ".join(words) for words in found]


def is_file(word: str) -> bool:
    return word.endswith((".yaml", ".csv"))


def result_of(example: str) -> list[str]:
    """The keys of `result`."""
    run = run_command(*shlex.split(example)[1:], "--format", "json", "--draws", "1000")
    assert run.exit_code == 0, run.err
    return list(run.json["result"])
