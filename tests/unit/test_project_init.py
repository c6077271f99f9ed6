"""A new project folder: what is written, what is kept, what is refused."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from routefit.errors import BadInputError, ConflictError
from routefit.project import check_project, find_project, init_project, load_project, planned_files

NAMES = ["workloads/README.md", "routes/README.md", "prices/README.md", ".gitignore", "routefit.yaml"]


def test_scaffold_is_a_project_that_declares_nothing(tmp_path: Path) -> None:
    directory = tmp_path / "new" / "acme"
    written = init_project(directory, name="acme")
    assert written == planned_files(directory) == tuple(directory / name for name in NAMES)
    project = load_project(find_project(directory))
    assert (project.config.name, project.workloads, project.routes, project.prices) == ("acme", {}, {}, ())
    report = check_project(directory, today=date(2030, 1, 1))
    assert report.is_ok
    assert report.warnings == ()


def test_ledger_is_ignored_by_git(tmp_path: Path) -> None:
    init_project(tmp_path, name="acme")
    assert "ledger/" in (tmp_path / ".gitignore").read_text().splitlines()


def test_examples_work_once_they_are_no_comments(tmp_path: Path) -> None:
    init_project(tmp_path, name="acme")
    for folder, file in (("workloads", "support"), ("routes", "closed"), ("prices", "2026-05")):
        text = (tmp_path / folder / "README.md").read_text()
        (example,) = re.findall(r"```yaml\n(.*?)```", text, flags=re.DOTALL)
        assert all(line.startswith("# ") for line in example.splitlines())
        (tmp_path / folder / f"{file}.yaml").write_text(re.sub(r"^# ", "", example, flags=re.MULTILINE))
    config = (tmp_path / "routefit.yaml").read_text()
    uncommented = re.sub(r"^# ( *[\w-]+:)", r"\1", config, flags=re.MULTILINE)
    (tmp_path / "routefit.yaml").write_text(uncommented)
    project = load_project(tmp_path)
    assert (list(project.workloads), list(project.routes), len(project.prices)) == (["support"], ["closed"], 1)
    assert project.config.model_aliases == {"prod-chat": "gpt-4o"}
    assert check_project(tmp_path, today=date(2026, 5, 20)).warnings == ()


@pytest.mark.parametrize(
    "name",
    ["2024", "null", "a: b", 'say "hi"', "{x}", "back\\slash", "- a", "#1", "größe", "日本", "🚀"],
)
def test_any_printable_name_comes_back(tmp_path: Path, name: str) -> None:
    init_project(tmp_path, name=name)
    assert load_project(tmp_path).config.name == name


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\x85b", "a\x00"])
def test_other_names_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInputError, match="expected printable text that is not empty"):
        init_project(tmp_path, name=name)
    assert list(tmp_path.iterdir()) == []


def test_existing_files_are_kept(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("mine\n")
    (tmp_path / "routes").mkdir()
    (tmp_path / "routes" / "a.yaml").write_text("id: a\n")
    written = init_project(tmp_path, name="acme")
    assert set(planned_files(tmp_path)) - set(written) == {tmp_path / ".gitignore"}
    assert (tmp_path / ".gitignore").read_text() == "mine\n"
    assert list(load_project(tmp_path).routes) == ["a"]


@pytest.mark.parametrize("name", ["routefit.yaml", "routefit.yml"])
def test_existing_project_is_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("name: old\n")
    with pytest.raises(ConflictError, match="is a project already, nothing was written"):
        init_project(tmp_path, name="new")
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "name: old\n"


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_text("")
    with pytest.raises(BadInputError, match="is a file, expected a folder"):
        init_project(target, name="acme")
    with pytest.raises(BadInputError, match="cannot be written: Not a directory"):
        init_project(target / "below", name="acme")


def test_a_file_in_the_place_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "routes").write_text("")
    with pytest.raises(BadInputError, match=r"routes is a file, expected a folder"):
        init_project(tmp_path, name="acme")
    assert not (tmp_path / "routefit.yaml").exists()


@pytest.mark.skipif(
    not Path("/proc/self").exists(), reason="needs a folder that nobody may write to: Linux's /proc"
)
def test_a_folder_that_cannot_be_written() -> None:
    with pytest.raises(BadInputError, match=r"cannot be written: .*\n  next: name a folder that you may write to"):
        init_project(Path("/proc/self/acme"), name="acme")
