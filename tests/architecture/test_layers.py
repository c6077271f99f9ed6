"""Imports point one way, the rules are pure, and the pieces are small."""

from __future__ import annotations

import ast
import configparser
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "routefit"
MODULES = sorted(SOURCE.rglob("*.py"))

RULES = ("errors", "units", "evidence", "stats", "declared", "lcpr", "funnel", "decisions")
"""The packages that are pure: what they return depends on their arguments alone."""

IMPURE_CALLS = {
    "open": "IO",
    "print": "output belongs to the command line",
    "input": "IO",
    "datetime.now": "`now` is an argument",
    "datetime.utcnow": "`now` is an argument",
    "datetime.today": "`now` is an argument",
    "date.today": "`today` is an argument",
    "time.": "`now` is an argument",
    "random.": "`rng` is an argument",
    "np.random.": "`rng` is an argument",
    "numpy.random.": "`rng` is an argument",
    "secrets.": "`rng` is an argument",
    "uuid.": "`rng` is an argument",
    "os.": "IO",
    "logging.": "no logging in rules",
}
"""A call that begins so (with a dot: any member) makes a rule impure, and why."""

MOST_LINES = 400


def contracts() -> configparser.ConfigParser:
    """The contracts of import-linter."""
    parser = configparser.ConfigParser()
    parser.read(ROOT / ".importlinter")
    return parser


def lines_of(section: str, key: str) -> list[str]:
    """The values of a many-line setting of one contract."""
    return contracts()[f"importlinter:contract:{section}"][key].split()


def impure_calls(tree: ast.AST) -> Iterator[tuple[int, str, str]]:
    """(line, call, why) of every call that a pure module may not make."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            for start, why in IMPURE_CALLS.items():
                is_member = start.endswith(".") and called.startswith(start)
                if called == start or is_member or (called.endswith(f".{start}") and "." in start):
                    yield node.lineno, called, why


def rule_modules() -> list[Path]:
    """Every module of a pure package."""
    return [path for path in MODULES if path.relative_to(SOURCE).parts[0].removesuffix(".py") in RULES]


def test_contracts_hold() -> None:
    """Layers and purity, as import-linter sees them."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_layers_are_the_packages_that_exist() -> None:
    """A package is created when it is needed and then has its place; no layer is a mere plan."""
    named = {name.strip() for line in lines_of("layers", "layers") for name in line.split("|")} - {""}
    present = {
        path.stem if path.is_file() else path.name
        for path in SOURCE.iterdir()
        if path.name not in {"__init__.py", "__main__.py", "__pycache__", "py.typed"}
    }
    assert named == present
    assert contracts()["importlinter:contract:layers"]["exhaustive"].lower() == "true"


def test_purity_is_transitive_and_covers_every_rule() -> None:
    """An indirect import of IO counts, and no rules package is left out of the contract."""
    purity = contracts()["importlinter:contract:purity"]
    assert "allow_indirect_imports" not in purity
    assert "ignore_imports" not in purity
    present = {name for name in RULES if (SOURCE / name).is_dir() or (SOURCE / f"{name}.py").is_file()}
    assert {f"routefit.{name}" for name in present} == set(lines_of("purity", "source_modules"))
    assert {"pathlib", "os", "time", "random", "logging", "duckdb", "sqlite3"} <= set(
        lines_of("purity", "forbidden_modules")
    )


@pytest.mark.parametrize("path", rule_modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_rules_have_no_clock_no_chance_no_output(path: Path) -> None:
    """What no import betrays: `datetime.now()`, `open()`, `print()`."""
    found = [
        f"{path.relative_to(ROOT)}:{line}: {called}(): {why}"
        for line, called, why in impure_calls(ast.parse(path.read_text()))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        pytest.param("datetime.now(tz=UTC)", ["datetime.now"], id="the clock"),
        pytest.param("datetime.datetime.now()", ["datetime.datetime.now"], id="the clock by its module"),
        pytest.param("time.monotonic()", ["time.monotonic"], id="another clock"),
        pytest.param("random.random()", ["random.random"], id="chance"),
        pytest.param("open('x').read()", ["open"], id="a file"),
        pytest.param("rng.random()", [], id="a generator that was passed in"),
        pytest.param("row.runtime.total()", [], id="a name that only contains one"),
        pytest.param("self.reopen()", [], id="a method whose name ends alike"),
    ],
)
def test_impure_calls_are_seen(code: str, expected: list[str]) -> None:
    """The check itself finds what it is for, and nothing else."""
    assert [called for _, called, _ in impure_calls(ast.parse(code))] == expected


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_modules_are_short(path: Path) -> None:
    """At 400 lines a module holds more than one idea."""
    count = len(path.read_text().splitlines())
    assert count <= MOST_LINES, (
        f"{count} lines in {path.relative_to(ROOT)}, at most {MOST_LINES}: split it by idea"
    )


def test_no_module_is_a_drawer() -> None:
    """A module is named by what it holds; these names hold anything."""
    drawers = {"util", "utils", "helper", "helpers", "common", "manager", "base", "misc"}
    assert [str(path.relative_to(SOURCE)) for path in MODULES if path.stem in drawers] == []
