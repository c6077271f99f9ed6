"""Running commands in a test: the exit code, and what stdout and stderr got."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from routefit.cli import main


@dataclass(frozen=True)
class Ran:
    """What one command did."""

    exit_code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on stdout."""
        return json.loads(self.out)


class CommandLine:
    """Runs commands in this process, in a folder of the test's own."""

    def __init__(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        self._capsys = capsys
        self.folder = folder

    def __call__(self, *arguments: str | Path) -> Ran:
        self._capsys.readouterr()
        exit_code = main([str(argument) for argument in arguments])
        captured = self._capsys.readouterr()
        return Ran(exit_code, captured.out, captured.err)


def run_command(*arguments: str | Path) -> Ran:
    """One command in this process, also where no `capsys` is at hand, such as in a fixture of a whole module."""
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        exit_code = main([str(argument) for argument in arguments])
    return Ran(exit_code, out.getvalue(), err.getvalue())


def write_json_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    """The rows as JSON Lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path
