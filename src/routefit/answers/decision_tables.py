"""Files that an option of a decision names (`--load FILE.csv`): each read into inputs and tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from routefit.answers.decision_inputs.sourced import Sourced
from routefit.answers.load_file import load_table
from routefit.answers.reuse_file import REUSE, reuse_table
from routefit.decisions.dedicated import LOAD

READERS: Mapping[str, Callable[[Path], Sourced]] = {LOAD: load_table, REUSE: reuse_table}
"""The reader of each `FileOption` by its name."""
