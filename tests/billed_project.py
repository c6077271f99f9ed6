"""A project with calls of known cost and invoices, so that every line of its bill can be worked out by hand."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from routefit.answers.importing import ImportAnswer, import_files
from small_project import load, write_project

NOW = datetime(2026, 6, 20, 12, tzinfo=UTC)
MAY = {"period_start": "2026-05-01", "period_end": "2026-06-01"}

WORKLOAD = """\
id: work
owner: team
unit: {name: answer, quality_floor_rate: 0.6}
human: {usd_per_escalation: {value: 2.5, label: MEASURED, source: bill, as_of: 2026-05-30}}
ops: {usd_per_month: {value: 2500, label: MEASURED, source: bill, as_of: 2026-05-30}}
"""


def billed_project(directory: Path, config: str = "", workload: str = WORKLOAD) -> Path:
    """A project with the workload `work` and no declared route: calls cost what they report."""
    return write_project(
        directory, workloads={"work": workload}, routes={}, config=f"name: billed\ncost_source: reported\n{config}"
    )


def priced(number: int, usd: float | str | None, *, on: str = "2026-05-10", **columns: Any) -> dict[str, Any]:
    """A call of 1,000 + 100 tokens that reports its cost: a unit of its own on route r of provider acme."""
    at = datetime.fromisoformat(f"{on}T00:00:00+00:00") if len(on) == 10 else datetime.fromisoformat(on)
    row = {
        "call_id": f"c{number}",
        "unit_id": f"u{number}",
        "workload": "work",
        "route": "r",
        "provider": "acme",
        "model": "big-1",
        "started_at": at.isoformat(),
        "input_tokens": 1000,
        "output_tokens": 100,
        "cost_usd": usd,
    }
    return row | columns


def verdict(number: int, accepted: bool | None, **columns: Any) -> dict[str, Any]:
    """What was thought of the unit of the call with that number."""
    return {"unit_id": f"u{number}", "workload": "work", "route": "r", "accepted": accepted} | columns


def bill(
    directory: Path, lines: Iterable[Mapping[str, Any]], *, now: datetime = NOW, name: str = "invoices"
) -> ImportAnswer:
    """Import invoice lines as JSON Lines, as the command does."""
    file = directory / f"{name}.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return import_files(directory, [str(file)], kind="invoices", as_of=now)


def published_month(directory: Path, config: str = "") -> Path:
    """14,200 USD traced, 82,000 of 100,000 attempts accepted; grading 800, people 1,000, running 2,500."""
    project = billed_project(directory, config)
    minute = timedelta(seconds=26)
    first_at = datetime(2026, 5, 1, tzinfo=UTC)
    calls = [priced(n, "0.142", on=(first_at + n * minute).isoformat()) for n in range(100_000)]
    calls += [
        priced(n, "0.80", on=(first_at + n * minute).isoformat(), call_id=f"g{n}", role="grader")
        | {"provider": "graders", "model": "judge-1"}
        for n in range(1_000)
    ]
    verdicts = [
        verdict(n, n % 100 >= 18, human_usd=2.5 if n < 20_000 and n % 50 == 0 else 0) for n in range(100_000)
    ]
    load(project, "calls", calls, now=NOW)
    load(project, "outcomes", verdicts, now=NOW)
    return project
