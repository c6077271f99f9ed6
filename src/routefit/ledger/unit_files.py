"""Writing the units of some home days from the calls that the builder selected.

Most units have one call, and grouping them costs ten times as much as reading them. So the calls that share a unit
are found first, by the hash of its key; these are grouped, part by part so that memory stays flat, and the others
pass straight through. Both take the same statement, `sql/units.sql`: of a group of one call every sum is the
value itself, and `one_call_form` says so to the engine.
"""

from __future__ import annotations

import math
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

import duckdb

from routefit.ledger.derived import DerivedFolder, UnitsFiles
from routefit.ledger.engine import parquet, quoted, statement

PART_ROWS = 1_000_000
"""Of more calls in units of several calls than this, units are grouped part by part."""

UNIT_HASH = "(CAST(hash(workload, route, unit_id) >> 2 AS BIGINT) * 2 + is_shadow)"

_OF_ONE_CALL = {
    "count(*)": "1",
    "count(": "one_count(",
    "sum(": "one_value(",
    "min(": "one_value(",
    "max(": "one_value(",
    "arg_max(": "one_of(",
}

_MACROS = (
    "CREATE OR REPLACE TEMP MACRO one_count(x) AS CASE WHEN x IS NOT NULL THEN 1 ELSE 0 END",
    "CREATE OR REPLACE TEMP MACRO one_value(x) AS x",
    "CREATE OR REPLACE TEMP MACRO one_of(x, key) AS CASE WHEN key IS NOT NULL THEN x END",
)


def one_call_form(grouped: str) -> str:
    """A grouped statement over groups of one row each, without the grouping; needs `_MACROS`."""
    select, grouping = grouped.rsplit("GROUP BY", 1)
    if "\n" in grouping.strip():
        raise AssertionError(f"expected the grouping at the end of the statement, got {grouping!r}")
    return re.sub(r"\bcount\(\*\)|\b(?:count|sum|min|max|arg_max)\(", lambda m: _OF_ONE_CALL[m[0]], select)


def find_units_without_roles(connection: duckdb.DuckDBPyConnection) -> None:
    """The table `roleless_units`: units of `all_calls` with several calls, if any call does not say its role."""
    without = "FROM all_calls WHERE FALSE"
    if connection.execute("SELECT 1 FROM calls WHERE role IS NULL LIMIT 1").fetchall():
        without = "FROM all_calls GROUP BY 1 HAVING count(*) > 1"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE roleless_units AS SELECT {UNIT_HASH} AS unit_hash {without}")


def view_calls_with_roles(connection: duckdb.DuckDBPyConnection) -> None:
    """The view `calls_with_roles`: `all_calls` with the roles that follow from the order of a unit's calls.

    Needs `find_units_without_roles` of the same calls.
    """
    execute = connection.execute
    selected = "SELECT * FROM all_calls"
    if execute("SELECT 1 FROM roleless_units LIMIT 1").fetchall():
        shared = f"{UNIT_HASH} IN (SELECT unit_hash FROM roleless_units)"
        execute(f"CREATE OR REPLACE TEMP VIEW uninferred_calls AS {selected} WHERE {shared}")
        selected = f"{selected} WHERE NOT {shared} UNION ALL BY NAME ({statement('inferred_roles')})"
    execute(f"CREATE OR REPLACE TEMP VIEW calls_with_roles AS {selected}")


class UnitFilesWriter:
    """Writes units files of `homes`; `view_calls` makes `all_calls` show the calls of the given days."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        folder: DerivedFolder,
        view_calls: Callable[[Sequence[date]], None],
    ) -> None:
        self._connection = connection
        self._folder = folder
        self._view_calls = view_calls

    def write(self, homes: set[date], days: Sequence[date], conditions: Sequence[str]) -> dict[date, UnitsFiles]:
        """The units at home on `homes` from the calls of `days` that meet the conditions."""
        execute = self._connection.execute
        self._view_calls(days)
        where = " AND ".join(conditions) or "TRUE"
        execute(f"CREATE OR REPLACE TEMP VIEW own_calls AS SELECT * FROM all_calls WHERE {where}")
        execute(f"CREATE OR REPLACE TEMP TABLE customer_groups AS {statement('customer_groups')}")
        execute(
            f"CREATE OR REPLACE TEMP TABLE shared_units AS SELECT unit_hash, count(*) AS calls "
            f"FROM (SELECT {UNIT_HASH} AS unit_hash FROM own_calls) AS hashes "
            "GROUP BY unit_hash HAVING count(*) > 1"
        )
        names: dict[date, list[str]] = {on: [] for on in sorted(homes)}
        self._write_units_of_one(names)
        self._write_units_of_many(names)
        execute("DROP TABLE shared_units")
        return self._counted(names)

    def _write_units_of_one(self, names: Mapping[date, list[str]]) -> None:
        for macro in _MACROS:
            self._connection.execute(macro)
        on_homes = ", ".join(f"DATE '{on}'" for on in names)
        self._select(
            f"CAST(started_at AS DATE) IN ({on_homes}) AND {UNIT_HASH} NOT IN (SELECT unit_hash FROM shared_units)"
        )
        self._write_by_day(one_call_form(statement("units")), names)

    def _write_units_of_many(self, names: Mapping[date, list[str]]) -> None:
        ((calls,),) = self._connection.execute("SELECT coalesce(sum(calls), 0) FROM shared_units").fetchall()
        parts = math.ceil(calls / PART_ROWS)
        for part in range(parts):
            self._select(
                f"{UNIT_HASH} IN (SELECT unit_hash FROM shared_units WHERE (unit_hash >> 1) % {parts} = {part})",
                infers_roles=True,
            )
            self._write_by_day(statement("units"), names)

    def _select(self, condition: str, *, infers_roles: bool = False) -> None:
        execute = self._connection.execute
        selected = f"SELECT * FROM own_calls WHERE {condition}"
        has_gaps = execute("SELECT count(*) FROM calls WHERE role IS NULL").fetchall() if infers_roles else [(0,)]
        if has_gaps[0][0]:
            execute(f"CREATE OR REPLACE TEMP VIEW uninferred_calls AS {selected}")
            selected = statement("inferred_roles")
        execute(f"CREATE OR REPLACE TEMP VIEW costed_calls AS {selected}")

    def _write_by_day(self, units: str, names: Mapping[date, list[str]]) -> None:
        """One file or more for each home day; the engine sorts them into a folder of its own first."""
        rows = (
            "SELECT *, CAST(first_started_at AS DATE) AS home_day, CAST(last_started_at AS DATE) AS last_on "
            f"FROM ({units}) AS u"
        )
        with tempfile.TemporaryDirectory(dir=self._folder.directory, prefix="units-") as staging:
            self._connection.execute(
                f"COPY ({rows}) TO {quoted(staging)} "
                "(FORMAT parquet, PARTITION_BY (home_day), WRITE_PARTITION_COLUMNS TRUE, OVERWRITE_OR_IGNORE TRUE)"
            )
            for file in sorted(Path(staging).glob("home_day=*/*.parquet")):
                on = date.fromisoformat(file.parent.name.removeprefix("home_day="))
                if on not in names:
                    raise AssertionError(f"units at home on {on} were built by mistake")
                name = self._folder.new_name("units", on)
                file.replace(self._folder.path(name))
                names[on].append(name)

    def _counted(self, names: Mapping[date, Sequence[str]]) -> dict[date, UnitsFiles]:
        """What is in the files just written; a day without any unit has none."""
        files = {}
        for on, parts in names.items():
            if not parts:
                continue
            paths = [self._folder.path(name) for name in parts]
            ((units, last_on, strays),) = self._connection.execute(
                f"SELECT count(*), max(last_on), count(CASE WHEN route = '' THEN 1 END) FROM {parquet(paths)}"
            ).fetchall()
            files[on] = UnitsFiles(names=tuple(parts), units=units, last_on=last_on, stray_units=strays)
        return files
