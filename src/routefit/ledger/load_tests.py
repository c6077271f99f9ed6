"""Load tests of routes: the table, and its rows as facts of the rule of goodput.

One row of a step says what the tool was told to send and what it counted; the rows of its requests say how long
each took, where the tool kept them. Times and texts of other kinds, prompts and answers are never stored.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from routefit.decisions.load_facts import RequestFacts, StepFacts
from routefit.ledger.schema import Kind, Table, column, note

LOAD_TESTS = Table(
    kind="load_tests",
    key=("tool", "test_id", "step_id", "record", "request_id", "route", "workload", "replicas"),
    columns=(
        column("record", Kind.CHOICE, "What the row is about.", allowed="step request", is_required=True),
        column("tool", Kind.CHOICE, "The tool that tested.", allowed="guidellm aiperf", is_required=True),
        note("tool_version", "Its version, where the file says it."),
        column("route", Kind.TEXT, "The route under test, from `--route`.", is_required=True),
        column("workload", Kind.TEXT, "The workload whose requests were sent, from `--workload`."),
        column("replicas", Kind.AMOUNT, "How many replicas served the test, from `--replicas`; above 0."),
        column("test_id", Kind.ID, "What the steps of one sweep have in common.", is_required=True),
        column("step_id", Kind.ID, "The step; each has one load.", is_required=True),
        column("request_id", Kind.ID, "The request; absent for a step."),
        column("started_at", Kind.INSTANT, "When the step or the request started.", is_required=True),
        note("strategy", "How the tool chose when to send, such as constant, concurrent or throughput."),
        column("offered_requests_per_s", Kind.AMOUNT, "Requests a second that the step was told to send."),
        column("concurrent_requests", Kind.AMOUNT, "Requests that the step was told to keep open at a time."),
        column("step_seconds", Kind.AMOUNT, "How long the step was measured."),
        column("answered_requests", Kind.COUNT, "Requests of the step that were answered in that time."),
        column("failed_requests", Kind.COUNT, "Requests of the step that failed in that time."),
        column(
            "quantiles",
            Kind.OBJECT,
            "Quantiles of the answered requests as the tool reports them, such as `ttft_p95_ms`.",
        ),
        column("status", Kind.CHOICE, "How the request ended.", allowed="ok error cancelled"),
        column("ttft_ms", Kind.AMOUNT, "Milliseconds to the first token."),
        column("tpot_ms", Kind.AMOUNT, "Mean milliseconds between tokens after the first; absent for one token."),
        column("e2e_ms", Kind.AMOUNT, "Milliseconds to the end of the answer."),
        column("input_tokens", Kind.TOKENS, "Input tokens of the request."),
        column("output_tokens", Kind.TOKENS, "Output tokens of the request."),
    ),
)

_NOT_COUNTED = "cancelled"
"""Requests that were still open when the step ended say nothing of it."""

Row = dict[str, Any]
SubjectKey = tuple[str | None, str]
"""(workload or None, route)"""


def load_tests(paths: Iterable[Path]) -> dict[SubjectKey, tuple[StepFacts, ...]]:
    """The steps of every workload and route, in order of time; files in the order in which they became known.

    A step that came in again, with another number of replicas, counts as it came in last.
    """
    rows: dict[tuple[Any, ...], Row] = {}
    for path in paths:
        for row in pq.read_table(path, columns=list(LOAD_TESTS.stored_names)).to_pylist():
            rows[tuple(row[name] for name in _IDENTITY)] = row
    requests: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows.values():
        if row["record"] == "request" and row["status"] != _NOT_COUNTED:
            requests[_step_of(row)].append(row)
    found: dict[SubjectKey, list[StepFacts]] = defaultdict(list)
    for row in rows.values():
        if row["record"] == "step":
            found[row["workload"], row["route"]].append(_step(row, _requests(requests[_step_of(row)])))
    return {key: tuple(sorted(steps, key=lambda step: step.started_at)) for key, steps in found.items()}


_IDENTITY = ("tool", "test_id", "step_id", "record", "request_id", "route", "workload")


def _step_of(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("tool", "test_id", "step_id", "route", "workload", "replicas"))


def _requests(rows: Iterable[Row]) -> Iterator[RequestFacts]:
    for row in rows:
        yield RequestFacts(
            ttft_ms=row["ttft_ms"],
            tpot_ms=row["tpot_ms"],
            e2e_ms=row["e2e_ms"],
            output_tokens=row["output_tokens"],
            is_failed=row["status"] != "ok",
        )


def _step(row: Row, requests: Iterator[RequestFacts]) -> StepFacts:
    started_at: datetime = row["started_at"]
    return StepFacts(
        tool=row["tool"],
        tool_version=row["tool_version"],
        test_id=row["test_id"],
        step_id=row["step_id"],
        started_at=started_at.replace(tzinfo=UTC),
        replicas=row["replicas"],
        strategy=row["strategy"],
        offered_requests_per_s=row["offered_requests_per_s"],
        concurrent_requests=row["concurrent_requests"],
        step_seconds=row["step_seconds"],
        answered_requests=row["answered_requests"] or 0,
        failed_requests=row["failed_requests"] or 0,
        quantiles=_quantiles(row["quantiles"]),
        requests=tuple(requests),
    )


def _quantiles(text: str | None) -> Mapping[str, float]:
    found: Mapping[str, Any] = json.loads(text) if text else {}
    return {name: float(ms) for name, ms in found.items()}
