"""Real exports through `discover`: they carry no workload, and some of them nothing at all."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from discover_cases import declared_texts
from routefit.answers.discover import discover
from routefit.answers.importing import import_files
from routefit.answers.initialise import initialise
from routefit.project import check_project

pytestmark = pytest.mark.shared_data

AS_OF = datetime(2026, 6, 1, tzinfo=UTC)


def test_thirteen_traces_of_langfuse(tmp_path: Path, shared_data: Path) -> None:
    """Each export is one trace of one framework: thirteen workloads of one unit, and a second run adds nothing."""
    directory = tmp_path / "traces"
    initialise(directory)
    import_files(directory, [str(shared_data / "langfuse_framework_traces")], kind="langfuse", as_of=AS_OF)
    answer = discover(directory, as_of=AS_OF)
    assert [row.units for row in answer.costs] == [1] * 13
    assert answer.rest.nameless_calls == 0
    assert check_project(directory).is_ok
    before = declared_texts(directory)
    assert discover(directory, as_of=AS_OF).groups == ()
    assert declared_texts(directory) == before


def test_requests_that_say_nothing(tmp_path: Path, root: Path, shared_data: Path) -> None:
    """The Azure requests have a workload by their map: nothing is proposed, and unpriced is unknown."""
    directory = tmp_path / "azure"
    initialise(directory)
    files = sorted(map(str, (shared_data / "azure_llm_2023").glob("*.csv")))
    import_files(directory, files, map_file=root / "examples" / "azure_llm_2023" / "map.yaml", as_of=AS_OF)
    answer = discover(directory, as_of=AS_OF)
    assert (answer.groups, answer.written) == ((), ())
    assert {row.workload: (row.units, row.usd) for row in answer.costs} == {
        "code": (8_819, None),
        "conv": (19_366, None),
    }
