"""What can only be said of a unit with all its calls in sight, before units are built day by day.

Two relations: `session_cuts`, the pieces into which idle rules cut long sessions, and `unit_routes`, the assigned
route of units that several models served though no call names a route. Each is one file, kept under the signature
of what it came from, with a digest per day so that only the days whose units it changes are built again.
"""

from __future__ import annotations

import json
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from routefit.ledger.attribution import SESSION_CUTS, Attribution
from routefit.ledger.derived import DerivedFolder, signature
from routefit.ledger.engine import parquet, quoted, register_table, statement
from routefit.ledger.pricing import CallKey, KeyedPricing

UNIT_ROUTES = "unit_routes"

_CUTS_COLUMNS = (
    "CAST(NULL AS VARCHAR) AS workload, CAST(NULL AS VARCHAR) AS key_text, CAST(NULL AS TIMESTAMP) AS from_at, "
    "CAST(NULL AS TIMESTAMP) AS to_at, CAST(NULL AS TIMESTAMP) AS until_at, CAST(NULL AS VARCHAR) AS unit_id"
)
_ROUTES_COLUMNS = (
    "CAST(NULL AS VARCHAR) AS workload, CAST(NULL AS VARCHAR) AS unit_id, CAST(NULL AS VARCHAR) AS route"
)


class UnitRelations:
    """Makes the two relations of a connection; empty ones where nothing needs them.

    `facts` is the relation of all imported calls (None: there are none); `segment_ids` name what it holds.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        folder: DerivedFolder,
        attribution: Attribution,
        facts: str | None,
        segment_ids: Iterable[str],
    ) -> None:
        self._connection = connection
        self._folder = folder
        self._attribution = attribution
        self._facts = facts
        self._segments = sorted(segment_ids)

    def prepare(self, keyed: Mapping[CallKey, KeyedPricing]) -> dict[date, str]:
        """Create both relations; for each day with units that they concern, a digest of what they say of it."""
        digests: dict[date, str] = defaultdict(str)
        execute = self._connection.execute
        execute(f"CREATE OR REPLACE TEMP VIEW {SESSION_CUTS} AS SELECT {_CUTS_COLUMNS} WHERE FALSE")
        execute(f"CREATE OR REPLACE TEMP VIEW {UNIT_ROUTES} AS SELECT {_ROUTES_COLUMNS} WHERE FALSE")
        if self._facts is None:
            return digests
        if self._attribution.has_idle_rules:
            _append(digests, self._relation(SESSION_CUTS, "", self._view_idle_calls))
        ambiguous = _workloads_of_several_routes(keyed)
        if ambiguous:
            routes = sorted((str(tuple(key)), one.workload, one.route) for key, one in keyed.items())
            _append(digests, self._relation(UNIT_ROUTES, str(routes), lambda: self._view_routed(keyed, ambiguous)))
        return digests

    def _relation(self, name: str, extra: str, view: Callable[[], None]) -> dict[date, str]:
        """Show the relation of that name, made anew unless it was made of the same before."""
        key = signature((name, extra, self._attribution.digest, *self._segments))
        file, index = self._folder.path(f"{name}-{key}.parquet"), self._folder.path(f"{name}-{key}.json")
        if not (file.exists() and index.exists()):
            self._folder.prepare()
            view()
            temporary = file.with_name(f".{name}-{uuid.uuid4().hex[:12]}")
            self._connection.execute(f"COPY ({statement(name)}) TO {quoted(temporary)} (FORMAT parquet)")
            temporary.replace(file)
            draft = index.with_name(f".{name}-{uuid.uuid4().hex[:12]}.draft")
            draft.write_text(json.dumps(self._by_day(file)), encoding="utf-8")
            draft.replace(index)
            self._folder.forget_relations(name, keep=key)
        self._connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM {parquet([file])}")
        return {date.fromisoformat(on): text for on, text in json.loads(index.read_text("utf-8")).items()}

    def _by_day(self, file: Path) -> dict[str, str]:
        rows = self._connection.execute(
            "SELECT on_day, bit_xor(row_hash) FROM (SELECT hash(relation) AS row_hash, unnest(generate_series("
            "CAST(first_on AS TIMESTAMP), CAST(last_on AS TIMESTAMP), INTERVAL 1 DAY)) AS on_day "
            f"FROM {parquet([file])} AS relation) AS days GROUP BY on_day"
        ).fetchall()
        return {on.date().isoformat(): str(digest) for on, digest in rows}

    def _view_idle_calls(self) -> None:
        calls = self._attribution.calls_sql(self._facts or "", cuts_sessions=False)
        self._connection.execute(
            "CREATE OR REPLACE TEMP VIEW idle_calls AS SELECT coalesce(workload, '') AS workload, "
            f"unit_id AS key_text, started_at, e2e_ms, {self._attribution.idle_case()} AS idle_minutes "
            f"FROM ({calls}) AS c WHERE {self._attribution.idle_case()} IS NOT NULL "
            "AND coalesce(role, 'first') <> 'grader'"
        )

    def _view_routed(self, keyed: Mapping[CallKey, KeyedPricing], ambiguous: frozenset[str]) -> None:
        rows = [
            {f"key_{name}": value or "" for name, value in key._asdict().items()}
            | {"workload": target.workload, "route": target.route}
            for key, target in keyed.items()
            if key.route is None and target.workload in ambiguous
        ]
        register_table(self._connection, "key_routes", pa.Table.from_pylist(rows))
        same_key = " AND ".join(f"coalesce(c.{name}, '') = k.key_{name}" for name in CallKey._fields)
        calls = self._attribution.calls_sql(self._facts or "")
        self._connection.execute(
            "CREATE OR REPLACE TEMP VIEW routed_calls AS SELECT k.workload, k.route, "
            "coalesce(c.unit_id, c.trace_id, c.session_id, c.call_id) AS unit_id, c.call_id, c.started_at, "
            "c.output_tokens, CASE WHEN coalesce(c.status, 'ok') <> 'ok' THEN 1 ELSE 0 END AS is_failed, "
            "CASE WHEN c.operation IN ('embedding', 'rerank') THEN 0 ELSE 1 END AS is_answer "
            f"FROM ({calls}) AS c INNER JOIN key_routes AS k ON {same_key} "
            "WHERE coalesce(c.role, 'first') NOT IN ('grader', 'shadow')"
        )


def _append(digests: dict[date, str], more: Mapping[date, str]) -> None:
    for on, text in more.items():
        digests[on] += f"{text};"


def _workloads_of_several_routes(keyed: Mapping[CallKey, KeyedPricing]) -> frozenset[str]:
    """Workloads in which calls that name no route were served by more than one."""
    routes: dict[str, set[str]] = defaultdict(set)
    for key, target in keyed.items():
        if key.route is None:
            routes[target.workload].add(target.route)
    return frozenset(workload for workload, found in routes.items() if len(found) > 1)
