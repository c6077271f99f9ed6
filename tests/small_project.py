"""A project of a few hundred units whose every figure can be worked out by hand."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from routefit.ledger.importing import import_file

NOW = datetime(2026, 6, 20, 12, tzinfo=UTC)
FIRST_AT = datetime(2026, 6, 1, 8, tzinfo=UTC)

PRICES = """\
prices:
  - {valid_from: 2026-01-01, input_usd_per_mtok: INPUT, output_usd_per_mtok: 2.00, label: PUBLIC, source: page}
"""

LIMITS = """\
context_tokens: 100000
limits: {requests_per_minute: 1000, tokens_per_minute: 1000000}
"""

ROUTES = {
    name: f"id: {name}\nprovider: acme\nmodel: {model}\nmode: {mode}\n{LIMITS}{PRICES.replace('INPUT', price)}"
    for name, model, mode, price in (
        ("dear", "big", "closed_api", "10.00"),
        ("cheap", "small", "serverless_open", "1.00"),
        ("idle", "mid", "closed_api", "5.00"),
    )
}

WORKLOAD = """\
id: work
owner: team
unit: {name: answer, quality_floor_rate: 0.6}
demand: {units_per_month: 1000000}
human: {usd_per_escalation: 0.5}
ops: {usd_per_month: 0}
planning: {current_route: dear, horizon_months: 12, migration_usd: 1000}
"""


def write_project(
    directory: Path,
    *,
    workloads: Mapping[str, str] | None = None,
    routes: Mapping[str, str] | None = None,
    config: str = "name: small\n",
) -> Path:
    """A project folder with these declarations; by default workload `work` with routes dear, cheap and idle."""
    (directory / "workloads").mkdir(parents=True)
    (directory / "routes").mkdir()
    (directory / "routefit.yaml").write_text(config)
    for name, text in (workloads if workloads is not None else {"work": WORKLOAD}).items():
        (directory / "workloads" / f"{name}.yaml").write_text(text)
    for name, text in (ROUTES if routes is None else routes).items():
        (directory / "routes" / f"{name}.yaml").write_text(text)
    return directory


def call(route: str, unit: int | str, **columns: Any) -> dict[str, Any]:
    """A call of 1,000 input and 100 output tokens: 10,200 micro-USD on dear, 1,200 on cheap."""
    number = int(str(unit).rpartition("-")[2])
    model = {"dear": "big", "cheap": "small", "idle": "mid"}.get(route, route)
    row = {
        "call_id": f"{route}-{unit}",
        "unit_id": str(unit),
        "workload": "work",
        "route": route,
        "provider": "acme",
        "model": model,
        "started_at": (FIRST_AT + timedelta(minutes=4 * number)).isoformat(),
        "input_tokens": 1000,
        "output_tokens": 100,
    }
    return row | columns


def outcome(route: str, unit: int | str, accepted: bool | None, **columns: Any) -> dict[str, Any]:
    """The verdict on one unit."""
    return {"unit_id": str(unit), "workload": "work", "route": route, "accepted": accepted} | columns


def load(
    directory: Path, kind: Any, rows: Iterable[Mapping[str, Any]], *, now: datetime = NOW, name: str = ""
) -> None:
    """Import rows as a JSONL file of that kind."""
    file = directory / f"{name or kind}.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    import_file(directory / "ledger", kind, file, now=now)
