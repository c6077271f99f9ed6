"""`init`, `check`, `report`, `demo`: folders are started, kept and replaced as said."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_line import CommandLine, write_json_lines
from routefit.cli import demo_folder
from routefit.errors import ConflictError
from small_project import call, write_project


def test_init_then_check(routefit: CommandLine) -> None:
    ran = routefit("init", "acme")
    assert (ran.exit_code, ran.err) == (0, "")
    assert "Started the project acme in acme" in ran.out
    steps = ("routefit import litellm FILE...", "routefit discover", "routefit status")
    assert all(f"  {step} --project acme\n" in ran.out for step in steps)
    checked = routefit("check", "--project", "acme")
    assert checked.exit_code == 0
    assert "0 problems, 0 warnings: the files can be used" in checked.out


def test_the_next_steps_of_init_can_be_pasted(routefit: CommandLine) -> None:
    assert "routefit discover --project 'my models'\n" in routefit("init", "my models").out


def test_check_warns_of_rules_that_the_calls_do_not_meet(routefit: CommandLine) -> None:
    rules = "name: acme\nattribution:\n  - {when: {tag.featur: chat}, workload: work}\n"
    directory = write_project(routefit.folder / "acme", config=rules)
    assert "no call" not in routefit("check", "--project", directory).out
    rows = [call("dear", f"t-{n}", workload=None, attributes={"tag.feature": "chat"}) for n in range(3)]
    write_json_lines(routefit.folder / "calls.jsonl", rows)
    routefit("import", "calls", "calls.jsonl", "--project", directory)
    ran = routefit("check", "--project", directory)
    assert ran.exit_code == 0
    said = "attribution: no call has the field 'tag.featur'; did you mean 'tag.feature'?"
    assert f"warning: {said}" in ran.out
    assert routefit("check", "--project", directory, "--format", "json").json["calls_warnings"] == [said]


def test_check_of_damaged_files_looks_at_no_calls(routefit: CommandLine, project: Path) -> None:
    (project / "routes" / "dear.yaml").write_text("id: dear\nmode: magic\n")
    ran = routefit("check", "--project", project, "--format", "json")
    assert (ran.exit_code, ran.json["calls_warnings"]) == (2, [])


def test_init_refuses_a_project_that_exists(routefit: CommandLine) -> None:
    routefit("init")
    before = (routefit.folder / "routefit.yaml").read_text()
    ran = routefit("init", "--format", "json")
    assert ran.exit_code == 2
    assert ran.json["error"]["code"] == "conflict"
    assert (routefit.folder / "routefit.yaml").read_text() == before


def test_check_names_all_problems_at_once(routefit: CommandLine, project: Path) -> None:
    (project / "routes" / "dear.yaml").write_text("id: dear\nmode: magic\n")
    (project / "workloads" / "work.yaml").write_text("id: work\nunit: {quality_floor_rate: 2}\n")
    ran = routefit("check", "--project", project, "--format", "json")
    assert ran.exit_code == 2
    assert {(one["file"], one["line"]) for one in ran.json["problems"]} == {
        ("routes/dear.yaml", 2),
        ("workloads/work.yaml", 2),
    }
    text = routefit("check", "--project", project)
    assert text.out.count("problem: ") == 2
    assert "nothing works until the problems are corrected" in text.out


def test_report_is_one_self_contained_page(routefit: CommandLine, project: Path) -> None:
    ran = routefit("report", "-o", "page.html", "--project", project)
    assert (ran.exit_code, ran.out) == (0, "wrote page.html\n")
    html = (routefit.folder / "page.html").read_text()
    assert routefit("report", "--project", project).out == html
    assert [path.name for path in routefit.folder.iterdir() if path.name.startswith(".page")] == []
    for outside in ("<script", "http:", "https:", "url(", "@import", "<img", "<link"):
        assert outside not in html


def test_report_into_nowhere(routefit: CommandLine, project: Path) -> None:
    ran = routefit("report", "-o", "no/such/folder/page.html", "--project", project)
    assert ran.exit_code == 2
    assert "no/such/folder/page.html cannot be written" in ran.err


def test_report_without_data_cannot_tell(routefit: CommandLine) -> None:
    routefit("init")
    ran = routefit("report", "-o", "page.html")
    assert ran.exit_code == 3
    assert not (routefit.folder / "page.html").exists()


def test_demo_folder_takes_only_its_own(tmp_path: Path) -> None:
    folder = demo_folder.prepared(tmp_path / "demo")
    (folder / "project").mkdir()
    (folder / "project" / "routefit.yaml").write_text("name: demo\n")
    (folder / "notes.txt").write_text("mine")
    assert demo_folder.prepared(folder) == folder
    assert sorted(path.name for path in folder.iterdir()) == [demo_folder.MARKER, "notes.txt"]


@pytest.mark.parametrize("name", ["project", "anything.txt"])
def test_demo_folder_refuses_what_it_did_not_make(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(ConflictError, match=f"holds {name} and was not made by"):
        demo_folder.prepared(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_demo_folder_never_follows_a_link(tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").write_text("x")
    folder = demo_folder.prepared(tmp_path / "demo")
    (folder / "raw").symlink_to(tmp_path / "precious")
    demo_folder.prepared(folder)
    assert (tmp_path / "precious" / "file").read_text() == "x"
    assert not (folder / "raw").exists()
