"""What all tests share: where real data lie, when a browser can be driven, and no network."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from thorough import PROFILE_VARIABLE, THOROUGH

ROOT = Path(__file__).resolve().parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"
CHROMIUM = shutil.which("chromium")

settings.register_profile("dev", deadline=None)
settings.register_profile(THOROUGH, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(
    "ci",
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],  # a loaded machine is slow, the test is not wrong
)
settings.load_profile(os.environ.get(PROFILE_VARIABLE, "ci" if os.environ.get("CI") else "dev"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, with the reason, what this machine cannot run."""
    reasons = {}
    if not SHARED_DATA.is_dir():
        reasons["shared_data"] = "the public data sets are not beside the repository (../shared/data)"
    if CHROMIUM is None:
        reasons["browser"] = "no chromium on this machine: `make browser` installs it as root"
    for item in items:
        for marker, reason in reasons.items():
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of the public data sets; a test that asks for it carries the marker `shared_data`."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the public data sets are not beside the repository (../shared/data)")
    return SHARED_DATA


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Debian's chromium; a test that asks for it carries the marker `browser`."""
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine: `make browser` installs it as root")
    return CHROMIUM


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """No test leaves the machine: a connection to anything but the loopback is an error."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        is_local = self.family == socket.AF_UNIX or address[0] in {"127.0.0.1", "::1", "localhost"}
        assert is_local, f"a test tried to reach {address!r}; tests use no network"
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield
