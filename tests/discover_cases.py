"""Ledgers of calls that carry attributes and no workload, and what `discover` makes of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from routefit.answers.discover import DiscoverAnswer, ProposedGroup, discover
from routefit.ledger.importing import import_file
from small_project import write_project

NOW = datetime(2026, 6, 20, 12, tzinfo=UTC)
FIRST_AT = datetime(2026, 6, 1, 8, tzinfo=UTC)

Row = dict[str, Any]


def calls(
    name: str,
    count: int = 60,
    *,
    attributes: Mapping[str, Any] | None = None,
    per_unit: int = 1,
    unit: str | None = None,
    model: str = "gpt-4o",
    provider: str = "openai",
    every: timedelta = timedelta(minutes=7),
    **columns: Any,
) -> list[Row]:
    """Calls of 1,000 and 100 tokens; `unit` is a column or a tag that every `per_unit` of them share."""
    rows = []
    for number in range(count):
        tags = dict(attributes or {})
        row: Row = {
            "call_id": f"{name}-{number}",
            "provider": provider,
            "model": model,
            "started_at": (FIRST_AT + number * every).isoformat(),
            "input_tokens": 1000,
            "output_tokens": 100,
            "attributes": tags,
        } | columns
        if unit is not None:
            value = f"{unit}-{name.partition('@')[0]}-{number // per_unit}"
            (tags if unit.startswith("tag.") else row)[unit] = value
        rows.append(row)
    return rows


def project_with(directory: Path, *rows: Iterable[Row], config: str = "name: small\n") -> Path:
    """A project that declares nothing, with these calls in its ledger."""
    write_project(directory, workloads={}, routes={}, config=config)
    add_calls(directory, *rows)
    return directory


def add_calls(directory: Path, *rows: Iterable[Row]) -> None:
    """Import calls."""
    file = directory / "calls.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for part in rows for row in part))
    import_file(directory / "ledger", "calls", file, now=NOW)


def discovered(directory: Path, **arguments: Any) -> DiscoverAnswer:
    """What discover does, as of a fixed day."""
    return discover(directory, as_of=NOW, **arguments)


def by_workload(answer: DiscoverAnswer) -> dict[str | None, ProposedGroup]:
    """The groups by name; a judge's under its own."""
    return {f"{group.workload} ({group.role})" if group.role else group.workload: group for group in answer.groups}


def declared_texts(directory: Path) -> dict[str, str]:
    """Everything that the project declares, by file."""
    return {
        str(path.relative_to(directory)): path.read_text(encoding="utf-8")
        for path in sorted(directory.rglob("*.yaml"))
    }
