"""The lines of an import: single files, or folders with sums."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from routefit.answers.importing import ImportedFile
from routefit.report.import_rows import MOST_SINGLE_FILES, NAME_COLUMNS, import_rows

DAY = date(2026, 6, 1)


def imported(file: str, *, rejected: int = 0, unpriced: int | None = 1, **changes: object) -> ImportedFile:
    """10 rows of which all but the rejected came in."""
    given = ImportedFile(
        file=Path(file),
        kind="calls",
        read=10,
        imported=10 - rejected,
        duplicate=0,
        rejected=rejected,
        conflicts=0,
        unpriced=unpriced,
        first_day=DAY,
        last_day=DAY,
        is_already_imported=False,
        warnings=(),
        notes=(),
        reject_file=None,
        rejects=(),
    )
    return given.model_copy(update=changes)


def test_few_files_stand_alone() -> None:
    rows = import_rows([imported("/a/calls.jsonl"), imported("/b/calls.jsonl")])
    assert [row.name for row in rows] == ["a/calls.jsonl", "b/calls.jsonl"]


def test_many_files_are_summed_by_folder() -> None:
    files = [imported(f"/logs/{folder}/{number}.jsonl") for folder in "ab" for number in range(10)]
    rows = import_rows(files)
    assert [(row.name, row.files, row.figures) for row in rows] == [
        ("a/", 10, (100, 100, 0, 0, 10)),
        ("b/", 10, (100, 100, 0, 0, 10)),
    ]
    assert {row.days for row in rows} == {"2026-06-01"}


@pytest.mark.parametrize(
    ("changes", "is_single"),
    [
        pytest.param({"rejected": 2}, True, id="rejected rows"),
        pytest.param({"warnings": ("an unknown column",)}, True, id="a warning"),
        pytest.param({"warnings": ("known",), "is_already_imported": True}, False, id="known already"),
    ],
)
def test_only_what_needs_a_look_stands_alone(changes: dict[str, object], is_single: bool) -> None:
    odd = imported("/logs/a/odd.jsonl").model_copy(update=changes)
    rows = import_rows([odd, *(imported(f"/logs/a/{number}.jsonl") for number in range(20))])
    assert (rows[0].name.endswith("odd.jsonl"), sum(row.files for row in rows)) == (is_single, 21)
    assert sum(row.figures[3] or 0 for row in rows) == odd.rejected


def test_many_folders_are_gathered_in_the_folders_above() -> None:
    files = [imported(f"/logs/{year}/{month}/calls.jsonl") for year in (2025, 2026) for month in range(12)]
    assert [row.name for row in import_rows(files)] == ["2025/", "2026/"]


def test_a_sum_with_an_unknown_part_is_unknown() -> None:
    files = [imported(f"/logs/a/{number}.jsonl", unpriced=None if number else 1) for number in range(20)]
    assert import_rows(files)[0].figures[-1] is None


def test_long_names_lose_their_middle() -> None:
    long = "/logs/a/" + "x" * 60 + "/"
    files = [imported(f"{long}{n}.jsonl") for n in range(20)] + [imported(f"/logs/b/{n}.jsonl") for n in range(2)]
    names = [row.name for row in import_rows(files)]
    assert len(files) > MOST_SINGLE_FILES
    assert max(map(len, names)) <= NAME_COLUMNS
    assert names[0].startswith("a/xxx")
    assert names[0].endswith("xxx/")
