"""Derived rows: what calls, outcomes and declared rules make of the facts, kept until one of them changes.

`units` has one file per home day (the day of a unit's first call), `cells` one file for the whole ledger. A state
names the files that belong together and the signature of everything each came from; it is one small JSON file,
written last and by rename, so a reader sees the old state or the new one. Facts as known on an earlier day have
another signature and so a state of their own.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
import uuid
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from routefit.errors import LedgerError
from routefit.ledger.engine import statements_digest
from routefit.ledger.pricing import CallKey

_STATES_KEPT = 4
_GRACE_SECONDS = 3600.0


class UnitsFiles(BaseModel):
    """The units whose first call was on one day; `last_on` is the last day on which any of them had a call.

    They lie in one file or, on a large day, in several.
    `stray_units` are those of grading calls that name no route; whose they are depends on all other days.
    """

    model_config = ConfigDict(frozen=True)

    names: tuple[str, ...]
    units: int
    last_on: date
    stray_units: int = 0


class ScoreUse(BaseModel):
    """How many scores of one kind and name there are, and how many a verdict rule of their workload reads.

    Of those read, `undecided_scores` are neither accepted nor rejected, and `unsettled_scores` still wait.
    """

    model_config = ConfigDict(frozen=True)

    source: str
    name: str | None
    scores: int
    read_scores: int
    undecided_scores: int
    unsettled_scores: int


class State(BaseModel):
    """The derived files that belong together, with the signatures of what they came from."""

    model_config = ConfigDict(frozen=True)

    day_signatures: dict[date, str] = {}
    units: dict[date, UnitsFiles] = {}
    cell_signatures: dict[date, str] = {}
    cells: str | None = None
    series: str | None = None
    agreement: str | None = None
    score_uses: tuple[ScoreUse, ...] = ()
    outcomes_without_call: int = 0
    ambiguous_outcomes: int = 0

    @property
    def file_names(self) -> tuple[str, ...]:
        """The names of all its files."""
        beside = (self.cells, self.series, self.agreement)
        return (*unit_names(self.units.values()), *(name for name in beside if name))

    @property
    def signature(self) -> str:
        """Changes with anything that any of its files came from."""
        days = [f"{on}:{self.day_signatures[on]}" for on in sorted(self.day_signatures)]
        return signature(days + [f"{on}:{self.cell_signatures[on]}" for on in sorted(self.cell_signatures)])


def unit_names(units: Iterable[UnitsFiles]) -> list[str]:
    """The names of all files of these days."""
    return [name for day in units for name in day.names]


def signature(parts: Iterable[str]) -> str:
    """A short digest of a sequence of texts."""
    return hashlib.sha256("\n".join((statements_digest(), *parts)).encode()).hexdigest()[:20]


class DerivedFolder:
    """`ledger/derived`: reads the known states, writes new files and states, sweeps what nothing names."""

    def __init__(self, ledger_dir: Path) -> None:
        self.directory = ledger_dir / "derived"
        self._states = self.directory / "states"

    def path(self, name: str) -> Path:
        """Where the derived file of that name lies."""
        return self.directory / name

    def prepare(self) -> None:
        """Make the folders; a folder that cannot be written is a LedgerError."""
        try:
            self._states.mkdir(parents=True, exist_ok=True)
            for folder in (self.directory, self._states):
                # Found out here, for the engine would say it of a file, and that reads like damage.
                tempfile.TemporaryFile(dir=folder).close()
        except OSError as error:
            raise LedgerError(
                f"cannot write {self.directory}: {error.strerror}",
                next_step="give this user write access to the project folder, or copy the project",
            ) from error

    def new_name(self, kind: str, on: date | None = None) -> str:
        """A name that no other process will choose."""
        day = f"-{on.isoformat()}" if on else ""
        return f"{kind}{day}-{uuid.uuid4().hex[:12]}.parquet"

    def known_keys(self, attribution_digest: str) -> dict[str, frozenset[CallKey]]:
        """The distinct call keys of the segments that were looked through under these rules, by segment id."""
        try:
            stored = json.loads((self.directory / "call_keys.json").read_text(encoding="utf-8"))
            if stored["attribution"] != attribution_digest:
                return {}
            return {name: frozenset(CallKey(*key) for key in keys) for name, keys in stored["keys"].items()}
        except (OSError, json.JSONDecodeError, TypeError, KeyError):
            return {}  # absent, cut short or of another version: looked up again

    def save_keys(self, keys: Mapping[str, frozenset[CallKey]], attribution_digest: str) -> None:
        """Remember call keys by segment id."""
        self.prepare()
        temporary = self.directory / f".call_keys.{uuid.uuid4().hex[:12]}"
        by_segment = {name: sorted(found, key=str) for name, found in keys.items()}
        stored = {"attribution": attribution_digest, "keys": by_segment}
        temporary.write_text(json.dumps(stored), encoding="utf-8")
        temporary.replace(self.directory / "call_keys.json")

    def forget_relations(self, name: str, *, keep: str) -> None:
        """Remove old files of that relation; readers of a moment ago keep theirs for an hour."""
        oldest = time.time() - _GRACE_SECONDS
        for path in self.directory.glob(f"{name}-*"):
            if keep not in path.name and 0 < _modified_s(path) < oldest:
                path.unlink(missing_ok=True)

    def best_base(self, day_signatures: Mapping[date, str]) -> State:
        """The known state with the fewest days to build again, the newest of equals; else an empty one."""

        def changed_days(state: State) -> int:
            days = {*day_signatures, *state.day_signatures}
            return sum(1 for on in days if day_signatures.get(on) != state.day_signatures.get(on))

        return min((*self._known(), State()), key=changed_days)

    def newest(self) -> State:
        """The state that was used or made last; an empty one before the first."""
        return next(iter(self._known()), State())

    def save(self, state: State) -> None:
        """Make `state` known, then forget the oldest states and the files that only they named."""
        target = self._states / f"{state.signature}.json"
        temporary = self._states / f".{state.signature}.{uuid.uuid4().hex[:12]}"
        temporary.write_text(state.model_dump_json(), encoding="utf-8")
        temporary.replace(target)
        self._sweep()

    def _known(self) -> list[State]:
        found = []
        for path in self._by_age():
            try:
                state = State.model_validate_json(path.read_text(encoding="utf-8"))
            except (OSError, ValidationError, json.JSONDecodeError):
                continue  # swept by another process, or of an older version: as good as absent
            if all(self.path(file).exists() for file in state.file_names):
                found.append(state)
        return found

    def _by_age(self) -> list[Path]:
        """State files, the newest first."""
        aged = [(_modified_s(path), path) for path in self._states.glob("*.json")]
        return [path for at, path in sorted(aged, reverse=True) if at]

    def _sweep(self) -> None:
        kept = {name for path in self._by_age()[:_STATES_KEPT] for name in self._names_in(path)}
        for old in self._by_age()[_STATES_KEPT:]:
            # A reader that opened the state a moment ago may still need its files: an hour of grace from now.
            for name in self._names_in(old) - kept:
                with suppress(OSError):
                    os.utime(self.path(name))
            old.unlink(missing_ok=True)
        oldest = time.time() - _GRACE_SECONDS
        for path in (*self.directory.glob("units-*.parquet"), *self.directory.glob("cells-*.parquet")):
            if path.name not in kept and 0 < _modified_s(path) < oldest:
                path.unlink(missing_ok=True)

    def _names_in(self, state: Path) -> frozenset[str]:
        try:
            return frozenset(State.model_validate_json(state.read_text(encoding="utf-8")).file_names)
        except (OSError, ValidationError):
            return frozenset()


def _modified_s(path: Path) -> float:
    """When the file was written, in seconds; 0 when another process has removed it."""
    try:
        return path.stat().st_mtime_ns / 1e9
    except OSError:
        return 0.0
