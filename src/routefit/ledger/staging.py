"""Where an import writes before it is committed, and the clearing away of what killed imports left behind.

Each import owns a folder `ledger/staging/ID` and an open lock on `ledger/staging/ID.lock`. The operating system
drops the lock with the process, so a folder whose lock can be had belongs to nobody.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from routefit.ledger.manifest import Manifest, ledger_error
from routefit.ledger.tables import TABLES

STAGING = "staging"
STORES = (*TABLES, "twins")


@contextmanager
def staging_folder(ledger_dir: Path) -> Iterator[Path]:
    """A folder of this import's own, gone at the end; orphans of others are swept first."""
    parent = ledger_dir / STAGING
    try:
        parent.mkdir(parents=True, exist_ok=True)
        _sweep_staging(parent)
        lock, folder = _own(parent)
    except OSError as error:
        raise ledger_error(ledger_dir, error) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _lock_path(folder).unlink(missing_ok=True)
        os.close(lock)


def _lock_path(folder: Path) -> Path:
    return folder.with_name(folder.name + ".lock")


def _own(parent: Path) -> tuple[int, Path]:
    while True:
        folder = parent / secrets.token_hex(8)
        lock = os.open(_lock_path(folder), os.O_CREAT | os.O_RDWR, 0o644)
        if _is_taken(lock) and _is_same_file(lock, _lock_path(folder)):
            folder.mkdir()
            return lock, folder
        os.close(lock)


def _is_taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_same_file(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _sweep_staging(parent: Path) -> None:
    for lock_path in sorted(parent.glob("*.lock")):
        with suppress(FileNotFoundError):
            lock = os.open(lock_path, os.O_RDWR)
            try:
                if _is_taken(lock) and _is_same_file(lock, lock_path):
                    shutil.rmtree(lock_path.with_suffix(""), ignore_errors=True)
                    lock_path.unlink(missing_ok=True)
            finally:
                os.close(lock)


def sweep_stores(manifest: Manifest) -> None:
    """Remove Parquet files that were renamed into place but never committed; only inside `writing`."""
    known = manifest.paths()
    for store in STORES:
        for path in (manifest.ledger_dir / store).rglob("*.parquet"):
            if path not in known:
                path.unlink(missing_ok=True)


def sync_file(path: Path) -> None:
    """Make a file's or folder's content durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
