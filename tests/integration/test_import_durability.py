"""Imports that are killed, that meet each other, and what a reader sees meanwhile."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from routefit.errors import LedgerError
from routefit.ledger.importing import import_file
from routefit.ledger.manifest import Manifest
from routefit.ledger.staging import staging_folder

NOW = datetime(2026, 7, 1, tzinfo=UTC)
ROWS, DAYS = 600, 6
WORKER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from routefit.ledger.importing import import_file
for file in sys.argv[2:]:
    import_file(Path(sys.argv[1]), "calls", Path(file), now=datetime(2026, 7, 1, tzinfo=UTC))
    print(file, flush=True)
"""


def write_calls(path: Path, prefix: str) -> Path:
    lines = [
        json.dumps({"call_id": f"{prefix}-{i}", "started_at": f"2026-06-0{1 + i % DAYS}T10:00:00Z"}) + "\n"
        for i in range(ROWS)
    ]
    path.write_text("".join(lines))
    return path


def visible_ids(ledger: Path) -> list[str]:
    with Manifest(ledger) as manifest:
        paths = [segment.path for segment in manifest.visible("calls")]
    return [
        call_id
        for path in paths
        for call_id in pq.read_table(path, columns=["call_id"], partitioning=None)["call_id"].to_pylist()
    ]


def start(ledger: Path, files: list[Path]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, str(ledger), *map(str, files)], stdout=subprocess.PIPE, text=True
    )


def kill_when(process: subprocess.Popen[str], is_time: Callable[[], bool]) -> list[str]:
    """Kill the process as soon as the condition holds; what it acknowledged until then."""
    deadline = time.monotonic() + 60
    while process.poll() is None and not is_time():
        assert time.monotonic() < deadline, "the moment to kill never came"
    process.send_signal(signal.SIGKILL)
    acknowledged, _ = process.communicate()
    return acknowledged.splitlines()


MOMENTS: dict[str, Callable[[Path, int], bool]] = {
    "a folder is staged": lambda ledger, n: len(list(ledger.glob("staging/*/calls"))) > 0,
    "a day is staged": lambda ledger, n: len(list(ledger.glob("staging/*/calls/*/*.parquet"))) >= n,
    "a file is in place": lambda ledger, n: len(list(ledger.glob("calls/*/*.parquet"))) >= n,
    "an import is over": lambda ledger, n: len(list(ledger.glob("calls/*/*.parquet"))) >= n + DAYS,
    "a journal is open": lambda ledger, n: (ledger / "manifest.sqlite-journal").exists(),
}


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("seed", [0, 1])
def test_a_killed_import_loses_nothing_acknowledged_and_breaks_no_reader(
    moment: str, seed: int, tmp_path: Path
) -> None:
    ledger = tmp_path / "ledger"
    files = [write_calls(tmp_path / f"{i}.jsonl", str(i)) for i in range(3)]
    count = random.Random(seed).randint(1, DAYS)
    acknowledged = kill_when(start(ledger, files), lambda: MOMENTS[moment](ledger, count))

    ids = visible_ids(ledger)
    assert len(ids) == len(set(ids))
    by_file = {str(file): sum(call_id.startswith(f"{i}-") for call_id in ids) for i, file in enumerate(files)}
    assert set(by_file.values()) <= {0, ROWS}, "an import is visible as a whole or not at all"
    assert all(by_file[file] == ROWS for file in acknowledged)

    for file in files:
        import_file(ledger, "calls", file, now=NOW)
    assert len(visible_ids(ledger)) == 3 * ROWS
    with Manifest(ledger) as manifest:
        assert set(ledger.glob("calls/*/*.parquet")) == manifest.paths(), "orphans are swept"
    assert list((ledger / "staging").iterdir()) == []


def test_two_imports_at_once_both_succeed_and_share_no_row_twice(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    files = [write_calls(tmp_path / f"{i}.jsonl", str(i)) for i in range(2)]
    common = tmp_path / "common.jsonl"
    common.write_text(files[0].read_text() + files[1].read_text())
    workers = [start(ledger, [files[0], common]), start(ledger, [files[1]]), start(ledger, [common])]
    outputs = [worker.communicate()[0].splitlines() for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0, 0]
    assert [len(output) for output in outputs] == [2, 1, 1]
    ids = visible_ids(ledger)
    assert len(ids) == len(set(ids)) == 2 * ROWS


def test_imports_in_one_process_may_run_in_threads(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    files = [write_calls(tmp_path / f"{i}.jsonl", str(i)) for i in range(3)]
    with ThreadPoolExecutor(3) as pool:
        summaries = list(pool.map(lambda file: import_file(ledger, "calls", file, now=NOW), files))
    assert [summary.imported for (summary,) in summaries] == [ROWS] * 3
    assert len(visible_ids(ledger)) == 3 * ROWS


def test_an_import_that_waits_too_long_says_so(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    with (
        Manifest(ledger) as busy,
        Manifest(ledger, busy_seconds=0.01) as waiting,
        busy.writing(),
        pytest.raises(LedgerError, match="another process") as caught,
        waiting.writing(),
    ):
        pass
    assert caught.value.next_step is not None


def test_the_staging_of_a_living_import_is_left_alone(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    with staging_folder(ledger) as mine:
        (mine / "half").write_text("written")
        import_file(ledger, "calls", write_calls(tmp_path / "a.jsonl", "a"), now=NOW)
        assert (mine / "half").read_text() == "written"
    assert list((ledger / "staging").iterdir()) == []


def test_a_failed_commit_leaves_nothing_visible(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = tmp_path / "ledger"
    file = write_calls(tmp_path / "a.jsonl", "a")

    def no_room(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("routefit.ledger.importing.sync_file", no_room)
        with pytest.raises(LedgerError, match="No space left"):
            import_file(ledger, "calls", file, now=NOW)
    assert visible_ids(ledger) == []
    (summary,) = import_file(ledger, "calls", file, now=NOW)
    assert summary.imported == ROWS
