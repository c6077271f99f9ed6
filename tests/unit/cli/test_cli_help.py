"""Help: fast, complete, with an example of every command."""

from __future__ import annotations

import subprocess
import sys

import pytest

from command_line import CommandLine

COMMANDS = (
    "init",
    "check",
    "import",
    "rebuild",
    "discover",
    "status",
    "lcpr",
    "diff",
    "spend",
    "matrix",
    "funnel",
    "explain",
    "report",
    "demo",
    "add route",
    "decide payback",
)
WINDOWED = (
    "discover",
    "status",
    "lcpr",
    "spend",
    "diff",
    "matrix",
    "funnel",
    "explain",
    "report",
    "decide payback",
)
HEAVY = ("duckdb", "pyarrow", "scipy", "numpy", "ruamel", "genai_prices", "rich", "jinja2", "msgspec")


def test_help_lists_every_command(routefit: CommandLine) -> None:
    ran = routefit("--help")
    assert (ran.exit_code, ran.err) == (0, "")
    listed = ran.out.partition("Commands:")[2].split("\n")
    assert [line.split()[0] for line in listed if line.strip()] == [name.split()[0] for name in COMMANDS]


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_has_an_example_and_the_shared_options(routefit: CommandLine, name: str) -> None:
    ran = routefit(*name.split(), "--help")
    assert ran.exit_code == 0
    assert f"Examples:\n    routefit {name}" in ran.out
    options = ["--project DIR", "--format table|json", "--as-of DATE", "-q, --quiet"]
    for option in options + (["--from DATE", "--to DATE"] if name in WINDOWED else []):
        assert option in ran.out


@pytest.mark.parametrize("arguments", [["--help"], ["lcpr", "--help"], ["--version"]], ids=" ".join)
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    """A loaded machine cannot be timed, but what is not imported costs nothing."""
    code = (
        "import sys; from routefit.cli import main; code = main(sys.argv[1:]); "
        f"heavy = [name for name in {HEAVY!r} if name in sys.modules]; "
        "sys.exit(f'imported {heavy}' if heavy else code)"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_module_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "routefit", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("routefit ")
