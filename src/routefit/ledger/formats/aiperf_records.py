"""The requests of a run of aiperf: `profile_export.jsonl`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from routefit.ledger.formats.aiperf_aggregates import METRICS, TOOL, in_milliseconds
from routefit.ledger.formats.format import Notes
from routefit.ledger.formats.load_test import instant, number, part, present
from routefit.ledger.source_file import BrokenRow

_WARM_UP = "requests of the warm-up"
_SKIPPED = "requests that were skipped for their length"
_NANOSECONDS_PER_SECOND = 1e9
_NO_RECORD = BrokenRow("is no record of a request: expected metadata with request_start_ns, and metrics")


@dataclass(slots=True)
class Run:
    """What the records of one phase add up to, in seconds since 1970."""

    first_s: float
    last_s: float
    answered_requests: int = 0
    failed_requests: int = 0


class Runs:
    """The measured phases of a file, by name ('' where the release names none)."""

    def __init__(self) -> None:
        self.by_phase: dict[str, Run] = {}

    @classmethod
    def of(cls, records: Iterable[Any]) -> Runs:
        """The phases of all records that count."""
        runs = cls()
        for record in records:
            start_s, end_s = _seconds(record, "request_start_ns"), _seconds(record, "request_end_ns")
            if start_s is not None and _reason_left_out(record) is None:
                end_s = start_s if end_s is None else end_s
                run = runs.by_phase.setdefault(_phase(record), Run(start_s, end_s))
                run.first_s, run.last_s = min(run.first_s, start_s), max(run.last_s, end_s)
                run.answered_requests += _status(record) == "ok"
                run.failed_requests += _status(record) == "error"
        return runs

    @property
    def answered_and_failed(self) -> tuple[int, int]:
        """Over all phases."""
        runs = self.by_phase.values()
        return sum(run.answered_requests for run in runs), sum(run.failed_requests for run in runs)

    def ids(self, phase: str) -> dict[str, str]:
        """What names the test and the step of a phase: when the run started, for the records name no run."""
        test_id = f"run of {instant(min(run.first_s for run in self.by_phase.values()))}"
        return {"tool": TOOL, "test_id": test_id, "step_id": f"{test_id} {phase}" if phase else test_id}


def record_row(record: Any, runs: Runs, notes: Notes) -> dict[str, Any] | BrokenRow | None:
    """The row of a request; None where it is no measured one."""
    start_s = _seconds(record, "request_start_ns")
    metrics = part(record, "metrics")
    if start_s is None or not isinstance(metrics, Mapping):
        return _NO_RECORD
    reason = _reason_left_out(record)
    if reason is not None:
        notes.leave_out(reason)
        return None
    ttft_ms, tpot_ms, e2e_ms = (_milliseconds(metrics, METRICS[name]) for name in ("ttft", "tpot", "e2e"))
    output_tokens = _tokens(metrics, "output_sequence_length", "output_token_count")
    metadata = record["metadata"]
    return present(
        {
            "record": "request",
            **runs.ids(_phase(record)),
            "request_id": metadata.get("x_request_id") or f"{metadata.get('session_num')}-{start_s:.9f}",
            "started_at": instant(start_s),
            "status": _status(record),
            "ttft_ms": ttft_ms,
            "tpot_ms": tpot_ms,
            "e2e_ms": e2e_ms,
            "input_tokens": _tokens(metrics, "input_sequence_length"),
            "output_tokens": output_tokens,
        }
    )


def step_rows(runs: Runs) -> Iterator[dict[str, Any]]:
    """A step for each phase, with what its records add up to."""
    for phase, run in runs.by_phase.items():
        yield {
            "record": "step",
            **runs.ids(phase),
            "started_at": instant(run.first_s),
            "step_seconds": run.last_s - run.first_s,
            "answered_requests": run.answered_requests,
            "failed_requests": run.failed_requests,
        }


def _reason_left_out(record: Any) -> str | None:
    metadata = part(record, "metadata")
    kinds = (part(metadata, "phase_kind"), part(metadata, "benchmark_phase"))
    if "warmup" in kinds:
        return _WARM_UP
    return _SKIPPED if part(metadata, "context_overflow_skip") is True else None


def _status(record: Any) -> str:
    if part(record, "metadata", "was_cancelled") is True:
        return "cancelled"
    return "error" if part(record, "error") else "ok"


def _phase(record: Any) -> str:
    name = part(record, "metadata", "phase_name")
    return name if isinstance(name, str) and name != "profiling" else ""


def _seconds(record: Any, name: str) -> float | None:
    nanoseconds = number(part(record, "metadata", name))
    return None if nanoseconds is None else nanoseconds / _NANOSECONDS_PER_SECOND


def _milliseconds(metrics: Mapping[str, Any], name: str) -> Any:
    """The value in milliseconds; one that is no number, or of an unknown unit, for the table to refuse."""
    metric = metrics.get(name)
    value = part(metric, "value")
    found = in_milliseconds(metric, value)
    return f"{value} {part(metric, 'unit')}" if found is None and value is not None else found


def _tokens(metrics: Mapping[str, Any], *names: str) -> Any:
    values = (part(metrics, name, "value") for name in names)
    return next((value for value in values if value is not None), None)
