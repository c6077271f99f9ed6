"""Files of load tests as guidellm and aiperf write them, small and with figures that can be worked out by hand.

The shapes follow files that guidellm 0.3.1 and 0.8.1 and aiperf 0.13.0 wrote, and the models of other releases.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

START_S = datetime(2026, 6, 10, 9, tzinfo=UTC).timestamp()
QUANTILE_RATES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One load: how many requests a second for how long, and what each took in milliseconds (ttft, e2e)."""

    rate: float
    seconds: float = 10.0
    took_ms: tuple[tuple[float, float], ...] = ()
    failed: int = 0
    cancelled: int = 0
    output_tokens: int = 11
    texts: dict[str, str] = field(default_factory=dict)

    @property
    def answered(self) -> int:
        return len(self.took_ms)


def sent(rate: float, *, slow: int = 0, answered: int | None = None, **more: Any) -> Sent:
    """`rate` requests a second for ten seconds, answered in 100 ms (first token) and 500 ms; `slow` in tenfold."""
    count = round(rate * 10) if answered is None else answered
    took = ((100.0, 500.0),) * (count - slow) + ((1_000.0, 5_000.0),) * slow
    return Sent(rate=rate, took_ms=took, **more)


SWEEP = (sent(10), sent(20, slow=2), sent(40, slow=200, answered=250))
"""Completed 10, 20 and 25 a second; 100%, 99% and 20% within 200 ms: at 95% eta is 0.8 and G 25 x 3600 x 0.99."""


def quantiles(values: Sequence[float]) -> dict[str, float]:
    """Interpolated between the nearest ranks, as NumPy does."""
    ordered, found = sorted(values), {}
    for name, rate in QUANTILE_RATES.items() if ordered else ():
        place = rate * (len(ordered) - 1)
        low, high = math.floor(place), math.ceil(place)
        found[name] = ordered[low] + (place - low) * (ordered[high] - ordered[low])
    return found


def _times(step: Sent, at: int) -> list[tuple[float, float, float]]:
    """Start, first token and end of each answered request of a step; the last one ends with the step."""
    first_s = START_S + at * 60
    gap_s = step.seconds / max(step.answered, 1)
    return [
        (first_s + place * gap_s, first_s + place * gap_s + ttft / 1_000, first_s + place * gap_s + e2e / 1_000)
        for place, (ttft, e2e) in enumerate(step.took_ms)
    ]


# --- guidellm -------------------------------------------------------------------------------------------


def guidellm_report(
    steps: Sequence[Sent] = SWEEP, *, release: str = "0.8.1", kept: int | None = None, run_id: str = "run-1"
) -> dict[str, Any]:
    """The report of a release; `kept` is how many requests of each status it holds (None: all)."""
    is_old = release.startswith(("0.2", "0.3"))
    build = _old_benchmark if is_old else _benchmark
    report: dict[str, Any] = {"benchmarks": [build(step, at, run_id, kept) for at, step in enumerate(steps)]}
    if is_old:
        return report
    if release.startswith("0.4"):
        return {"args": {"target": "http://loopback", "data": ["prompts.jsonl"]}, **report}
    version = 1 if release.startswith(("0.5", "0.6")) else 2
    metadata = {"version": version, "guidellm_version": release, "python_version": "3.11.7", "platform": "Linux"}
    return {"metadata": metadata, "config": {"spec": {}}, **report}


def _totals(step: Sent) -> dict[str, int]:
    counts = {"successful": step.answered, "errored": step.failed, "incomplete": step.cancelled}
    return {**counts, "total": sum(counts.values())}


def _metrics(step: Sent) -> dict[str, Any]:
    def of(values: Sequence[float]) -> dict[str, Any]:
        known = quantiles(values) or dict.fromkeys(QUANTILE_RATES, 0.0)
        return {"successful": {"mean": 0.0, "count": len(values), "percentiles": {"p001": 0.0, **known}}}

    return {
        "requests_per_second": of([step.answered / step.seconds]),
        "request_latency": of([e2e / 1_000 for _, e2e in step.took_ms]),
        "time_to_first_token_ms": of([ttft for ttft, _ in step.took_ms]),
        "inter_token_latency_ms": of([(e2e - ttft) / 10 for ttft, e2e in step.took_ms]),
    }


def _by_status(step: Sent, kept: int | None, answered: list[Any], other: Any) -> dict[str, Any]:
    return {
        "successful": answered[:kept],
        "errored": [other("errored", one) for one in range(step.failed)][:kept],
        "incomplete": [other("cancelled", one) for one in range(step.cancelled)][:kept],
        "total": None,
    }


def _benchmark(step: Sent, at: int, run_id: str, kept: int | None) -> dict[str, Any]:
    start_s = START_S + at * 60

    def request(name: str, start: float, end: float | None, status: str, **known: Any) -> dict[str, Any]:
        return {
            "type_": "generative_request_stats",
            "request_id": f"{run_id}-{at}-{name}",
            "request_args": json.dumps({"body": {"messages": step.texts.get("prompt", "p")}}),
            "output": step.texts.get("output", "o"),
            "info": {"status": status, "error": step.texts.get("error"), "traceback": step.texts.get("error")},
            "request_start_time": start,
            "request_end_time": end,
            "request_latency": None if end is None else end - start,
            "time_to_first_token_ms": None,
            "inter_token_latency_ms": None,
            "prompt_tokens": 12,
            "output_tokens": None,
            **known,
        }

    answered = [
        request(
            str(place),
            start,
            end,
            "completed",
            output_tokens=step.output_tokens,
            time_to_first_token_ms=(first - start) * 1_000,
            inter_token_latency_ms=(end - first) * 100 if step.output_tokens > 1 else None,
        )
        for place, (start, first, end) in enumerate(_times(step, at))
    ]
    return {
        "type_": "generative_benchmark",
        "config": {
            "id_": f"{run_id}-{at}",
            "run_id": run_id,
            "run_index": at,
            "strategy": {"type_": "constant", "rate": step.rate, "max_concurrency": 512},
            "backend": {"target": "http://loopback", "api_key": step.texts.get("key")},
        },
        "scheduler_metrics": {"measure_start_time": start_s, "measure_end_time": start_s + step.seconds},
        "metrics": {"request_totals": _totals(step), **_metrics(step)},
        "requests": _by_status(
            step, kept, answered, lambda status, one: request(f"{status}{one}", start_s + 1, None, status)
        ),
        "start_time": start_s,
        "end_time": start_s + step.seconds,
        "duration": step.seconds,
    }


def _old_benchmark(step: Sent, at: int, run_id: str, kept: int | None) -> dict[str, Any]:
    start_s = START_S + at * 60

    def request(name: str, start: float, end: float, **known: Any) -> dict[str, Any]:
        return {
            "request_id": f"{run_id}-{at}-{name}",
            "prompt": step.texts.get("prompt", "p"),
            "output": step.texts.get("output", "o"),
            "prompt_tokens": 12,
            "output_tokens": 0,
            "start_time": start,
            "end_time": end,
            "request_latency": end - start,
            "time_to_first_token_ms": None,
            "inter_token_latency_ms": None,
            "error": step.texts.get("error"),
            **known,
        }

    answered = [
        request(
            str(place),
            start,
            end,
            output_tokens=step.output_tokens,
            time_to_first_token_ms=(first - start) * 1_000,
            inter_token_latency_ms=(end - first) * 100 if step.output_tokens > 1 else 0.0,
        )
        for place, (start, first, end) in enumerate(_times(step, at))
    ]
    return {
        "type_": "generative_benchmark",
        "id_": f"{run_id}-{at}",
        "run_id": run_id,
        "args": {"strategy_index": at, "strategy": {"type_": "constant", "rate": step.rate}},
        "run_stats": {"start_time": start_s, "end_time": start_s + step.seconds},
        "extras": {"key": step.texts.get("key")},
        "metrics": _metrics(step),
        "start_time": start_s,
        "end_time": start_s + step.seconds,
        "request_totals": _totals(step),
        "request_samples": None,
        "requests": _by_status(
            step, kept, answered, lambda status, one: request(f"{status}{one}", start_s + 1, start_s + 2)
        ),
    }


# --- aiperf ---------------------------------------------------------------------------------------------


def aiperf_records(step: Sent, *, at: int = 0) -> list[dict[str, Any]]:
    """profile_export.jsonl of one run."""

    def record(name: str, start: float, end: float, metrics: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {
            "metadata": {
                "session_num": 0,
                "x_request_id": f"{at}-{name}",
                "request_start_ns": round(start * 1e9),
                "request_end_ns": round(end * 1e9),
                "worker_id": "worker_1",
                "benchmark_phase": "profiling",
                "was_cancelled": False,
            },
            "metrics": metrics,
            **more,
        }

    start_s = START_S + at * 60
    answered = [
        record(
            str(place),
            start,
            end,
            {
                "time_to_first_token": {"value": (first - start) * 1_000, "unit": "ms"},
                "inter_token_latency": {"value": (end - first) * 100, "unit": "ms"},
                "request_latency": {"value": end - start, "unit": "s"},
                "input_sequence_length": {"value": 12, "unit": "tokens"},
                "output_sequence_length": {"value": step.output_tokens, "unit": "tokens"},
            },
        )
        for place, (start, first, end) in enumerate(_times(step, at))
    ]
    error = {"code": 500, "type": "Error", "message": step.texts.get("error", "boom")}
    failed = [record(f"f{one}", start_s + 1, start_s + 1, {}, error=error) for one in range(step.failed)]
    warm_up = record("w", start_s - 5, start_s - 4, {"request_latency": {"value": 9_000.0, "unit": "ms"}})
    warm_up["metadata"]["benchmark_phase"] = "warmup"
    return [warm_up, *answered, *failed]


def aiperf_aggregates(step: Sent, *, at: int = 0, release: str = "0.13.0") -> dict[str, Any]:
    """profile_export_aiperf.json of one run; older releases write no version, and their settings in `loadgen`."""
    number = tuple(int(part) for part in release.split("."))[:2]
    started = datetime.fromtimestamp(START_S + at * 60, tz=UTC).replace(tzinfo=None)
    metrics = {
        "time_to_first_token": [ttft for ttft, _ in step.took_ms],
        "inter_token_latency": [(e2e - ttft) / 10 for ttft, e2e in step.took_ms],
        "request_latency": [e2e for _, e2e in step.took_ms],
    }
    phase = {"name": "profiling", "kind": "profiling", "type": "constant", "rate": step.rate}
    old = {"loadgen": {"request_rate": step.rate, "request_rate_mode": "constant"}}
    document: dict[str, Any] = {
        "request_throughput": {"unit": "requests/sec", "avg": step.answered / step.seconds},
        "request_count": {"unit": "requests", "avg": float(step.answered)},
        "error_request_count": {"unit": "requests", "avg": float(step.failed)},
        "benchmark_duration": {"unit": "sec", "avg": step.seconds},
        **{name: {"unit": "ms", "avg": 0.0, **quantiles(values)} for name, values in metrics.items()},
        "input_config": {
            "endpoint": {"api_key": step.texts.get("key")},
            **({"phases": [phase]} if number >= (0, 9) else old),
        },
        "error_summary": [{"error_details": {"message": step.texts.get("error", "boom")}, "count": step.failed}],
        "was_cancelled": False,
        "start_time": started.isoformat(),
        "end_time": started.isoformat(),
    }
    if number >= (0, 6):
        document |= {"schema_version": "1.4", "aiperf_version": release, "benchmark_id": f"bench-{at}"}
    if number >= (0, 9):
        document["run_info"] = {
            "benchmark_id": f"bench-{at}",
            "sweep_id": "sweep-1",
            "cli_command": step.texts.get("key"),
        }
    return document


# --- files ----------------------------------------------------------------------------------------------


def write_report(path: Path, report: dict[str, Any] | None = None) -> Path:
    """A report of guidellm."""
    path.write_text(json.dumps(guidellm_report() if report is None else report))
    return path


def write_records(path: Path, records: Sequence[dict[str, Any]]) -> Path:
    """The records of a run of aiperf."""
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path
