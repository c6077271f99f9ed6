"""Files of the ledger that cannot be read (cut off, emptied, gone), as errors that name the file and a way out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from routefit.errors import LedgerError

_DERIVED = "derived"


def damage_error(ledger_dir: Path, path: Path, reason: str) -> LedgerError:
    """The named error for one file of the ledger that cannot be read."""
    if path.is_relative_to(ledger_dir / _DERIVED):
        step = f"remove the folder {ledger_dir / _DERIVED}; it is built again from the calls and outcomes"
    else:
        step = f"put {path.name} back from a copy, or set the folder {ledger_dir} aside and import all files again"
    return LedgerError(f"the file {path} of the ledger cannot be read: {reason}", next_step=step)


def damage_in(ledger_dir: Path, error: BaseException | None) -> LedgerError | None:
    """The named error where the engine stumbled over a file of the ledger; None for anything else it says."""
    if not isinstance(error, duckdb.IOException | duckdb.InvalidInputException):
        return None
    first_line = str(error).partition("\n")[0]
    named = re.search(re.escape(f"{ledger_dir}/") + r"[^'\"\n]*?\.parquet", first_line)
    if named is None:
        return None
    reason = first_line.partition(": ")[2] or first_line
    return damage_error(ledger_dir, Path(named[0]), reason)


@contextmanager
def naming_damage(ledger_dir: Path) -> Iterator[None]:
    """Turn what the engine says of a broken file of the ledger into a `LedgerError`; let all else pass."""
    try:
        yield
    except duckdb.Error as error:
        damage = damage_in(ledger_dir, error)
        if damage is None:
            raise
        raise damage from error
