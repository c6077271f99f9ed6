"""Files that an option of a decision names (`--load FILE.csv`): each read into inputs and tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from routefit.answers.decision_inputs.sourced import Sourced
from routefit.answers.reuse_file import REUSE, reuse_table

READERS: Mapping[str, Callable[[Path], Sourced]] = {REUSE: reuse_table}
"""The reader of each `FileOption` by its name."""
