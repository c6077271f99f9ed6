"""What the calls that nothing attributes have in common: profiles of their attributes, and what joins them.

A profile is one combination of attributes, model and operation. A key is an id that may join the calls of a unit.
A few scans answer for any number of calls: one for the totals, one or two over the calls in question, and one per
key. Beyond `MOST_CALLS` a sample answers: profiles from every n-th call, and each key from every n-th of its own
values, whole, so that what a value joins is not torn apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import duckdb

from routefit.ledger.attribute_names import (
    GRADER_PATTERN,
    HOMES,
    PART_FIELDS,
    TAG,
    is_customer,
    is_feature,
    is_grader,
    is_id,
)
from routefit.ledger.engine import json_key, quoted, statement
from routefit.ledger.view import LedgerView

MOST_CALLS = 2_000_000
"""More calls than these are sampled."""

MOST_NAMES = 80
"""So many names of attributes are looked at, the most frequent ones."""

MOST_VALUES = 300
"""A trace, a span or a tag with more values tells calls apart, not workloads."""

MOST_HOMES = 5_000
"""Teams, keys and services may be many."""


FEW_CALLS = 30

SAMPLE_RATE = "sample_rate"
"""The attribute in which importers leave the rate of head sampling."""

COLUMN_KEYS = {"unit_id": "CASE WHEN unit_key = 'unit_id' THEN unit_id END"} | {
    name: name for name in ("trace_id", "session_id")
}
"""Keys that are columns of a call; a unit that the log does not name is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Calls that agree in all that may tell workloads apart; amounts are of the calls with a known cost.

    `values` are the attributes by name, those that a call lacks left out; `key_calls` are the calls that
    carry a key or name a customer, by attribute.
    """

    number: int
    values: Mapping[str, str]
    provider: str
    model: str
    requested_model: str
    operation: str
    is_grader: bool
    calls: int
    priced_calls: int
    pico_usd: int
    input_tokens: int
    output_tokens: int
    customer_calls: int
    key_calls: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedCalls:
    """Values of a key that join the calls of exactly these profiles; `calls` by profile."""

    profiles: frozenset[int]
    key_values: int
    calls: Mapping[int, int]
    most_calls: int
    longest_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCalls:
    """The calls of a window that no rule and no log gives a workload, and how large the window is.

    `sampled_rate` is the share of them that was looked at; counts and amounts of profiles are scaled up to all.
    `ruled_calls` match a rule that names no workload, `logged_calls` carry one that no rule gave.
    `head_sample_rate` is what all calls of the window agree on.
    """

    calls: int
    pico_usd: int
    open_calls: int
    ruled_calls: int
    logged_calls: int
    unpriced_calls: int
    sampled_rate: float = 1.0
    profiles: tuple[Profile, ...] = ()
    joined: Mapping[str, tuple[JoinedCalls, ...]] = field(default_factory=dict)
    head_sample_rate: float | None = None


def open_calls(ledger: LedgerView, start: date, end: date, *, most_calls: int = MOST_CALLS) -> OpenCalls:
    """Profiles and keys of the calls that started in [start, end) and have no workload."""
    engine = ledger.view_calls(start, end)
    engine.execute(
        "CREATE OR REPLACE TEMP VIEW grouping_window AS SELECT * FROM all_calls "
        f"WHERE started_at >= TIMESTAMP '{start}' AND started_at < TIMESTAMP '{end}'"
    )
    found = engine.execute(statement("group_totals")).fetchall()[0]
    calls, pico_usd, opened, ruled, logged, unpriced = map(int, found)
    every = max(1, -(-opened // most_calls))
    scan = _Scan(engine, every)
    profiles, joined = scan.answers() if opened else ((), {})
    return OpenCalls(
        calls=calls,
        pico_usd=pico_usd,
        open_calls=opened,
        ruled_calls=ruled,
        logged_calls=logged,
        unpriced_calls=unpriced,
        sampled_rate=1 / every,
        profiles=profiles,
        joined=joined,
        head_sample_rate=_head_sample_rate(engine),
    )


def _head_sample_rate(engine: duckdb.DuckDBPyConnection) -> float | None:
    rate = f"try_cast(json_extract_string(attributes, '$.{SAMPLE_RATE}') AS DOUBLE)"
    low, high, missing = engine.execute(
        f"SELECT min({rate}), max({rate}), count(*) - count({rate}) FROM grouping_window"
    ).fetchall()[0]
    return float(low) if low is not None and low == high and not missing and 0 < low < 1 else None


class _Scan:
    """One look at the open calls; `every` is 1 for all of them, n for every n-th."""

    def __init__(self, engine: duckdb.DuckDBPyConnection, every: int) -> None:
        self._engine = engine
        self._every = every
        self._names: list[str] = []

    def answers(self) -> tuple[tuple[Profile, ...], dict[str, tuple[JoinedCalls, ...]]]:
        """Profiles, the largest first, and for each key what its values join."""
        self._engine.execute(
            f"CREATE OR REPLACE TEMP TABLE grouping_calls AS {_open_rows(self._one_in('call_id'))}"
        )
        self._names = [
            name
            for name, _ in self._engine.execute(
                "SELECT name, count(*) FROM (SELECT unnest(json_keys(attributes)) AS name FROM grouping_calls "
                f"WHERE attributes IS NOT NULL) AS names GROUP BY name ORDER BY 2 DESC, 1 LIMIT {MOST_NAMES}"
            ).fetchall()
        ]
        dimensions, keys, customers = self._classified()
        counted = [*keys, *customers]
        rows = self._profiled("grouping_calls", dimensions, counted)
        self._engine.execute(f"CREATE OR REPLACE TEMP TABLE profiled_calls AS {rows}")
        self._engine.execute("DROP TABLE grouping_calls")
        profiles, hashes = self._profiles(dimensions, counted)
        joined = {key: self._joined(key, at, dimensions, counted, hashes) for at, key in enumerate(keys)}
        self._engine.execute("DROP TABLE profiled_calls")
        return profiles, joined

    def _one_in(self, value: str) -> str:
        return f"hash({value}) % {self._every} = 0" if self._every > 1 else "TRUE"

    def _classified(self) -> tuple[list[str], list[str], list[str]]:
        """Which attributes tell workloads apart, which may be the key of a unit, and which name a customer."""
        columns = [
            f"count({value}), approx_count_distinct({value}), "
            f"count(CASE WHEN regexp_matches(lower({value}), {quoted(GRADER_PATTERN)}) THEN 1 END)"
            for value in (f"extracted[{at}]" for at in range(1, len(self._names) + 1))
        ]
        row = self._engine.execute(
            f"SELECT {', '.join(columns) or '0'} FROM (SELECT {_extracted(self._names)} AS extracted "
            "FROM grouping_calls) AS calls"
        ).fetchall()[0]
        dimensions = []
        for name, given, distinct, grading in zip(self._names, row[::3], row[1::3], row[2::3], strict=False):
            is_named = name in (*HOMES, *PART_FIELDS)
            if not is_named and not (name.startswith(TAG) and (is_feature(name) or is_grader(name) or grading)):
                continue
            is_registered = name in HOMES and name != "trace_name"
            most = MOST_HOMES if is_registered else MOST_VALUES
            # A value for nearly every call is a free text; of few calls nothing can be said.
            if distinct <= most and (is_registered or given <= FEW_CALLS or distinct <= given / 3):
                dimensions.append(name)
        customers = [name for name in self._names if is_customer(name)]
        return dimensions, [*COLUMN_KEYS, *filter(is_id, self._names)], customers

    def _profiled(self, calls: str, dimensions: Sequence[str], keys: Sequence[str]) -> str:
        names = [*dimensions, *(key for key in keys if key not in COLUMN_KEYS)]
        places = {name: f"extracted[{at}]" for at, name in enumerate(names, start=1)}
        values = ", ".join(places[name] for name in dimensions)
        key_values = ", ".join(COLUMN_KEYS.get(key) or places[key] for key in keys)
        return (
            "SELECT *, hash(dimension_values, provider, model, requested_model, operation, is_grader) AS profile "
            "FROM (SELECT * EXCLUDE (extracted, attributes, unit_id, trace_id, session_id, unit_key), "
            f"CAST([{values}] AS VARCHAR[]) AS dimension_values, CAST([{key_values}] AS VARCHAR[]) AS key_values "
            f"FROM (SELECT *, {_extracted(names)} AS extracted FROM {calls}) AS calls) AS calls"
        )

    def _profiles(
        self, dimensions: Sequence[str], keys: Sequence[str]
    ) -> tuple[tuple[Profile, ...], dict[int, int]]:
        with_key = ", ".join(f"count(key_values[{at}])" for at in range(1, len(keys) + 1))
        rows = self._engine.execute(
            "SELECT profile, dimension_values, provider, model, requested_model, operation, is_grader, count(*), "
            "count(call_pico_usd), CAST(coalesce(sum(call_pico_usd), 0) AS DECIMAL(38, 0)), "
            "CAST(coalesce(sum(input_tokens), 0) AS BIGINT), CAST(coalesce(sum(output_tokens), 0) AS BIGINT), "
            f"CAST(sum(has_customer) AS BIGINT), [{with_key}] "
            "FROM profiled_calls GROUP BY ALL ORDER BY 10 DESC, 8 DESC, profile"
        ).fetchall()
        profiles, hashes = [], {}
        for number, (profile, values, provider, model, asked, operation, grades, *sums, with_keys) in enumerate(
            rows
        ):
            hashes[profile] = number
            calls, priced, pico_usd, sent, answered, customers = (int(one) * self._every for one in sums)
            profiles.append(
                Profile(
                    number=number,
                    values={name: value for name, value in zip(dimensions, values, strict=True) if value},
                    provider=provider,
                    model=model,
                    requested_model=asked,
                    operation=operation,
                    is_grader=bool(grades),
                    calls=calls,
                    priced_calls=priced,
                    pico_usd=pico_usd,
                    input_tokens=sent,
                    output_tokens=answered,
                    customer_calls=customers,
                    key_calls={key: n * self._every for key, n in zip(keys, with_keys, strict=True) if n},
                )
            )
        return tuple(profiles), hashes

    def _joined(
        self, key: str, at: int, dimensions: Sequence[str], keys: Sequence[str], hashes: Mapping[int, int]
    ) -> tuple[JoinedCalls, ...]:
        source = "profiled_calls"
        if self._every > 1:
            value = COLUMN_KEYS.get(key) or f"json_extract_string(attributes, {_key(key)})"
            source = f"({self._profiled(f'({_open_rows(self._one_in(value))}) AS calls', dimensions, keys)})"
        self._engine.execute(
            "CREATE OR REPLACE TEMP VIEW keyed_calls AS SELECT profile, started_at, "
            f"key_values[{at + 1}] AS key_value FROM {source} AS calls WHERE key_values[{at + 1}] IS NOT NULL"
        )
        found: dict[frozenset[int], list[tuple[int, int, int, int, int]]] = defaultdict(list)
        rows = self._engine.execute(statement("group_units")).fetchall()
        for profiles, profile, values, calls, most, longest in rows:
            # A profile that the sample of calls has missed is too rare to matter.
            if profile in hashes:
                joined = frozenset(hashes[one] for one in profiles if one in hashes)
                found[joined].append((hashes[profile], values, calls, most, longest))
        return tuple(
            JoinedCalls(
                profiles=profiles,
                key_values=max(row[1] for row in found_rows) * self._every,
                calls={profile: calls * self._every for profile, _, calls, _, _ in found_rows},
                most_calls=max(row[3] for row in found_rows),
                longest_us=max(row[4] for row in found_rows),
            )
            for profiles, found_rows in sorted(found.items(), key=lambda item: sorted(item[0]))
        )


def _key(name: str) -> str:
    return quoted(json_key(name))


def _extracted(names: Sequence[str]) -> str:
    """These attributes as a list, in one pass over the JSON text of a call."""
    if not names:
        return "CAST([] AS VARCHAR[])"
    return f"json_extract_string(attributes, [{', '.join(map(_key, names))}])"


def _open_rows(condition: str) -> str:
    return (
        "SELECT call_id, started_at, coalesce(provider, '') AS provider, coalesce(model, '') AS model, "
        "coalesce(requested_model, '') AS requested_model, "
        "CASE WHEN operation IN ('embedding', 'rerank') THEN operation ELSE '' END AS operation, "
        "CASE WHEN role = 'grader' THEN 1 ELSE 0 END AS is_grader, input_tokens, output_tokens, call_pico_usd, "
        "CASE WHEN customer IS DISTINCT FROM session_id THEN 1 ELSE 0 END AS has_customer, "
        "unit_id, unit_key, trace_id, session_id, attributes FROM grouping_window "
        f"WHERE workload = 'unattributed' AND rule_no = 0 AND {condition}"
    )
