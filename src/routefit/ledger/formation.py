"""How calls became units: which rule took them, which key groups them, and how large the units are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from routefit.declared.model import PERSON_FIELDS
from routefit.ledger.attribution import COLUMN_FIELDS, field_names
from routefit.ledger.engine import json_key, quoted, statement
from routefit.ledger.view import LedgerView


@dataclass(frozen=True, slots=True)
class UnitSizes:
    """The units of one workload, or of all: `calls_by_key` says from which field they came.

    `longest_days` is the time from the first call to the last of the longest unit; `inferred_role_calls` are calls
    whose role no log gave and that are not the first of their unit.
    """

    calls_by_key: Mapping[str, int]
    units: int
    one_call_units: int
    calls: int
    calls_per_unit_p50: int
    calls_per_unit_p99: int
    most_calls: int
    longest_days: float
    inferred_role_calls: int

    @property
    def unit_key(self) -> str | None:
        """The field that most calls have their unit from."""
        return max(sorted(self.calls_by_key), key=lambda name: self.calls_by_key[name], default=None)


def unit_sizes(ledger: LedgerView, start: date, end: date) -> dict[str | None, UnitSizes]:
    """The units at home in [start, end) by workload, all of them under None; empty without any."""
    engine = ledger.view_units(start, end)
    if engine is None:
        return {}
    sizes = engine.execute(statement("unit_sizes")).fetchall()
    by_key: dict[str | None, dict[str, int]] = defaultdict(dict)
    ledger.view_calls(start, end)
    for workload, key, calls in engine.execute(statement("unit_keys")).fetchall():
        by_key[workload][key] = calls
        by_key[None][key] = by_key[None].get(key, 0) + calls
    return {workload: UnitSizes(dict(by_key[workload]), *figures) for workload, *figures in sizes}


def calls_by_rule(ledger: LedgerView, start: date, end: date) -> dict[int, int]:
    """Calls of [start, end) by the number of the attribution rule that took them; 0 is none."""
    rows = ledger.view_calls(start, end).execute("SELECT rule_no, count(*) FROM calls GROUP BY rule_no").fetchall()
    return {int(number): count for number, count in rows}


def absent_fields(ledger: LedgerView, start: date, end: date) -> dict[str, tuple[str, ...]]:
    """Fields that rules read and no call of [start, end) has, each with all the names that calls do have."""
    read = {name for rule in ledger.attribution.rules for name in field_names(rule)}
    read -= {*COLUMN_FIELDS, *PERSON_FIELDS}
    if not read:
        return {}
    rows = ledger.view_calls(start, end).execute(
        "SELECT DISTINCT unnest(json_keys(attributes)) AS name FROM facts WHERE attributes IS NOT NULL"
    )
    present = {str(name) for (name,) in rows.fetchall()}
    spelled = present | {name.removeprefix("tag.") for name in present} | {f"tag.{name}" for name in present}
    known = tuple(sorted({*present, *COLUMN_FIELDS, *PERSON_FIELDS}))
    return dict.fromkeys(sorted(read - spelled), known)


def field_values(ledger: LedgerView, start: date, end: date, name: str, *, most: int = 3) -> tuple[str, ...]:
    """The commonest values of an attribute in [start, end), for a message about one that never matches."""
    if name in COLUMN_FIELDS or name in PERSON_FIELDS:
        value = "facts.customer" if name in PERSON_FIELDS else f"facts.{name}"
    else:
        spellings = (name, name.removeprefix("tag.") if name.startswith("tag.") else f"tag.{name}")
        paths = ", ".join(f"json_extract_string(attributes, {quoted(json_key(one))})" for one in spellings)
        value = f"coalesce({paths})"
    rows = ledger.view_calls(start, end).execute(
        f"SELECT {value} AS value FROM facts WHERE {value} IS NOT NULL GROUP BY value "
        f"ORDER BY count(*) DESC, value LIMIT {most}"
    )
    return tuple(str(found) for (found,) in rows.fetchall())
