"""Calls and outcomes for measuring: seeded, of any size, in the columns of the canonical format.

The mix is that of a middling fleet: three workloads on two routes each, 1.4 calls per unit, cached input on half
of the calls, a few errors, a customer for every unit, a verdict for nine units of ten. It is made to be as costly
to read as a real one: ids of 36 characters, times to the microsecond.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

WORKLOADS = ("support", "extraction", "classification")

ROUTES = {
    "closed": ("anthropic", "claude-sonnet-4", "closed_api", 3.00, 15.00),
    "open": ("deepinfra", "llama-3.3-70b", "serverless_open", 0.23, 0.40),
}
"""Provider, model, mode, and USD per million tokens of input and output, by route."""

ROLES = ["retry", "repair", "fallback"]


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """How much of it: calls, days, and the seed that every value is hashed with."""

    calls: int
    days: int = 33
    seed: int = 20260601

    @property
    def name(self) -> str:
        """What tells this fleet's files from another's."""
        return f"{self.calls}-{self.days}-{self.seed}"


def calls_query(fleet: Fleet) -> str:
    """SQL of the calls, one row each; every value is a hash of the row's number and the seed."""
    units = max(1, round(fleet.calls / 1.4))
    return f"""
        WITH numbers AS (
            SELECT range AS i, range % {units} AS u, range // {units} AS extra FROM range({fleet.calls})
        ), drawn AS (
            SELECT
                *,
                CAST(hash(i, {fleet.seed}) >> 2 AS BIGINT) AS h,
                CAST(hash(u, {fleet.seed} + 1) >> 2 AS BIGINT) AS hu
            FROM numbers
        )
        SELECT
            CAST(md5(concat('c', i, '-', {fleet.seed})) AS VARCHAR) || '-' || (i % 1000) AS call_id,
            concat('u-', hex(hu)) AS unit_id,
            {list(WORKLOADS)}[1 + hu % 3] AS workload,
            {list(ROUTES)}[1 + hu // 3 % 2] AS route,
            {[provider for provider, *_ in ROUTES.values()]}[1 + hu // 3 % 2] AS provider,
            {[model for _, model, *_ in ROUTES.values()]}[1 + hu // 3 % 2] AS model,
            strftime(
                TIMESTAMP '2026-05-01 00:00:00'
                + to_microseconds(CAST(hu % ({fleet.days} * 86400000000) AS BIGINT))
                + to_seconds(CAST(extra * (5 + h % 50) AS BIGINT)),
                '%Y-%m-%dT%H:%M:%S.%fZ'
            ) AS started_at,
            CASE WHEN extra = 0 THEN 'first' ELSE {ROLES}[1 + h % 3] END AS role,
            CAST(1 + extra AS INTEGER) AS attempt_no,
            CAST(200 + h % 7000 AS INTEGER) AS input_tokens,
            CASE WHEN h % 2 = 0 THEN CAST((200 + h % 7000) // 2 AS INTEGER) ELSE 0 END AS cached_input_tokens,
            CAST(20 + h // 7 % 900 AS INTEGER) AS output_tokens,
            CAST(150 + h // 11 % 900 AS INTEGER) AS ttft_ms,
            CAST(1100 + h // 13 % 4000 AS INTEGER) AS e2e_ms,
            CASE h % 40 WHEN 0 THEN 'error' WHEN 1 THEN 'timeout' ELSE 'ok' END AS status,
            concat('k-', hu // 64 % 5000) AS customer
        FROM drawn
        ORDER BY started_at, i
    """


def outcomes_query(fleet: Fleet) -> str:
    """SQL of the outcomes: one for nine units of ten."""
    return f"""
        SELECT
            unit_id,
            any_value(workload) AS workload,
            any_value(route) AS route,
            hash(unit_id, {fleet.seed} + 2) % 100 < 82 AS accepted,
            hash(unit_id, {fleet.seed} + 3) % 100 < 4 AS escalated,
            '2026-06-20T00:00:00Z' AS decided_at
        FROM ({calls_query(fleet)})
        WHERE hash(unit_id, {fleet.seed} + 4) % 10 < 9
        GROUP BY unit_id
        ORDER BY unit_id
    """


def write_calls(fleet: Fleet, folder: Path) -> Path:
    """The calls as JSONL; written once for each fleet."""
    return written(folder / f"calls-{fleet.name}.jsonl", calls_query(fleet))


def write_outcomes(fleet: Fleet, folder: Path) -> Path:
    """The outcomes as JSONL; written once for each fleet."""
    return written(folder / f"outcomes-{fleet.name}.jsonl", outcomes_query(fleet))


def write_dirty_calls(fleet: Fleet, folder: Path) -> Path:
    """The calls with one line in a thousand spoilt: negative tokens, half a token, a time without a zone."""
    path = folder / f"dirty-{fleet.name}.jsonl"
    if path.exists():
        return path
    faults = [
        (b'"output_tokens":', b'"output_tokens":-'),
        (b'"input_tokens":', b'"input_tokens":0.5'),
        (b'Z","role"', b'","role"'),
    ]
    part = path.with_suffix(".part")
    with write_calls(fleet, folder).open("rb") as clean, part.open("wb") as dirty:
        for number, line in enumerate(clean):
            is_spoilt = number % 1000 == 500
            dirty.write(line.replace(*faults[number // 1000 % len(faults)]) if is_spoilt else line)
    return part.rename(path)


def written(path: Path, query: str) -> Path:
    """The rows of a query as JSONL, written aside and moved into place, so that a broken run leaves nothing."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        with duckdb.connect() as engine:
            engine.execute(f"COPY ({query}) TO '{part}' (FORMAT json)")
        part.rename(path)
    return path
