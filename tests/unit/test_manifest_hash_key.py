"""The key of customer hashes is made once, and looking it up writes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from routefit.errors import LedgerError
from routefit.ledger.manifest import HASH_KEY_VARIABLE, Manifest


@pytest.fixture(autouse=True)
def _no_key_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(HASH_KEY_VARIABLE, raising=False)


def test_a_known_key_is_read_while_an_import_commits(tmp_path: Path) -> None:
    """A rule about customers needs the key with every question."""
    with Manifest(tmp_path) as importing:
        key = importing.hash_key()
        with Manifest(tmp_path, busy_seconds=0) as asking, importing.writing():
            assert asking.hash_key() == key


def test_a_new_key_is_written(tmp_path: Path) -> None:
    with Manifest(tmp_path) as importing, Manifest(tmp_path, busy_seconds=0) as asking:
        with importing.writing(), pytest.raises(LedgerError, match="another process has been writing"):
            asking.hash_key()
        assert asking.hash_key() == importing.hash_key()
