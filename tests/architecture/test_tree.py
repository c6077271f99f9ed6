"""Nothing in the repository ties it to one machine, and its documents hold together."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

HOSTS = "|".join(
    re.escape(".".join(parts))
    for parts in [
        ("pypi", "org"),
        ("python" + "hosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("debian", "org"),
        ("crates", "io"),
        ("golang", "org"),
        ("maven", "org"),
    ]
)
"""Hosts of package registries: installs go through the ordinary clients, which know their own."""

FORBIDDEN = {
    "a package registry's host": re.compile(rf"\b(?:{HOSTS})\b"),
    "a package index setting": re.compile("--" + r"(?:extra-)?index-url|--" + "find-links"),
    "a path of one machine": re.compile(
        r"(?<![\w.<>*~}/-])/(?:wor" + r"k|roo" + r"t|hom" + r"e|op" + r"t|Users)/[\w.]"
    ),
}


def tracked() -> list[Path]:
    """The files of the repository: those that git follows or would."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    return sorted({ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()})


def text_of(path: Path) -> str | None:
    """The text of a file, or None where it is not text."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """Every text file of the repository, by its path."""
    read = {str(path.relative_to(ROOT)): text_of(path) for path in tracked()}
    return {name: text for name, text in read.items() if text is not None}


@pytest.mark.parametrize("what", sorted(FORBIDDEN))
def test_no_file_names(what: str, texts: dict[str, str]) -> None:
    """A clone works anywhere: no registry hosts, no index settings, no absolute paths of a machine."""
    found = [
        f"{name}:{number}: {line.strip()[:80]}"
        for name, text in texts.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if FORBIDDEN[what].search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("what", "line", "is_found"),
    [
        pytest.param("a path of one machine", "open('/" + "work/x')", True, id="an absolute path"),
        pytest.param("a path of one machine", "see src/" + "work/x", False, id="a relative path"),
        pytest.param("a package registry's host", "from " + "pypi" + ".org/simple", True, id="a host"),
        pytest.param("a package index setting", "--extra-" + "index-url=x", True, id="a setting"),
        pytest.param("a package index setting", "--no-emit-" + "index-url", False, id="its opposite"),
    ],
)
def test_forbidden_words_are_seen(what: str, line: str, is_found: bool) -> None:
    """The check itself."""
    assert bool(FORBIDDEN[what].search(line)) is is_found


def test_no_large_file() -> None:
    """Data are made or read from beside the repository, never stored in it."""
    large = {str(path.relative_to(ROOT)): path.stat().st_size for path in tracked()}
    assert {name: size for name, size in large.items() if size > 400_000} == {}


def test_links_lead_somewhere(texts: dict[str, str]) -> None:
    """Every relative link of a document points at a file that exists."""
    broken = [
        f"{name}: {target}"
        for name, text in texts.items()
        if name.endswith(".md")
        for target in re.findall(r"\]\(([^)\s#:]+)(?:#[^)]*)?\)", text)
        if not ((ROOT / name).parent / target).exists()
    ]
    assert broken == []


def test_every_document_is_in_the_index(texts: dict[str, str]) -> None:
    """docs/README.md leads to every page."""
    index = texts["docs/README.md"]
    pages = [
        name for name in texts if name.startswith("docs/") and name.endswith(".md") and name != "docs/README.md"
    ]
    missing = [name for name in pages if f"({name.removeprefix('docs/')})" not in index]
    assert missing == []


def test_every_make_target_that_is_named_exists(texts: dict[str, str]) -> None:
    """`make X` in a document or in CI is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z]+):", texts["Makefile"], flags=re.M))
    named = {
        (name, target)
        for name, text in texts.items()
        if name.endswith(".md") or name == ".ci/run"
        for target in re.findall(r"(?:^|`)make ([a-z]+)", text, flags=re.M)
    }
    assert sorted((name, target) for name, target in named if target not in targets) == []


def test_ci_runs_the_test_target(texts: dict[str, str]) -> None:
    """CI does what a contributor does by hand, and stops at the first failure."""
    assert "set -euo pipefail" in texts[".ci/run"]
    assert texts[".ci/run"].splitlines()[-1] == "make test"
    assert (ROOT / ".ci/run").stat().st_mode & 0o111
