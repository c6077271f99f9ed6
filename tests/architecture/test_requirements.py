"""The lock files hold names, versions and hashes, and nothing of the machine that wrote them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEV, DEMO = ROOT / "requirements/dev.txt", ROOT / "requirements/demo.txt"

PIN = re.compile(r"([a-z0-9-]+)==([A-Za-z0-9.+!]+)(?: ; ([a-z_ <>=!'.\w()-]+))? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?")


def pins(path: Path) -> set[tuple[str, str, str]]:
    """(name, version, marker) of every pinned release."""
    found = (PIN.fullmatch(line) for line in path.read_text().splitlines())
    return {(match[1], match[2], match[3] or "") for match in found if match}


def required(entries: list[str]) -> set[str]:
    """The canonical names in a list of requirement strings."""
    names = (re.match(r"[A-Za-z0-9._-]+", entry) for entry in entries)
    return {re.sub(r"[-_.]+", "-", name[0]).lower() for name in names if name}


@pytest.mark.parametrize("path", [DEV, DEMO], ids=["dev", "demo"])
def test_every_line_is_a_pin_or_a_hash(path: Path) -> None:
    """No address, no option, no comment: such lines would tie the lock to one machine."""
    strange = [
        f"{path.name}:{number}: {line}"
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if not PIN.fullmatch(line) and not HASH.fullmatch(line)
    ]
    assert strange == []


def test_demo_installs_the_same_releases_as_dev() -> None:
    """What the demo shows is what the tests saw."""
    assert pins(DEMO) <= pins(DEV)
    assert len(pins(DEMO)) < len(pins(DEV))


def test_everything_that_pyproject_asks_for_is_locked() -> None:
    """A dependency that was added without `make lock` is found here, not on a fresh machine."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    extras = project["project"].get("optional-dependencies", {}).values()
    runtime = required([*project["project"]["dependencies"], *groups["build"]])
    everything = runtime | required(groups["dev"]) | {name for extra in extras for name in required(extra)}

    assert runtime - {name for name, _, _ in pins(DEMO)} == set()
    assert everything - {name for name, _, _ in pins(DEV)} == set()
