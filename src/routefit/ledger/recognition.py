"""What a file seems to hold, judged by the names in its first bytes: a hint for who named another kind."""

from __future__ import annotations

import csv
import gzip
import re
import zlib
from pathlib import Path

HEAD_BYTES = 1 << 16

_NAME = re.compile(r'"([A-Za-z_]{1,60})"\s*:')

_SIGNS: tuple[tuple[str, tuple[frozenset[str], ...]], ...] = (
    ("otel", (frozenset({"resourceSpans"}), frozenset({"resource_spans"}))),
    ("litellm", (frozenset({"request_id", "startTime"}),)),
    (
        "langfuse",
        (
            frozenset({"observations"}),
            frozenset({"traceId", "startTime"}),
            frozenset({"traceId", "dataType"}),
        ),
    ),
    (
        "guidellm",
        (
            frozenset({"guidellm_version"}),
            frozenset({"benchmarks", "run_stats"}),
            frozenset({"benchmarks", "scheduler_state"}),
            frozenset({"benchmarks", "strategy_index"}),
        ),
    ),
    (
        "aiperf",
        (
            frozenset({"request_start_ns", "benchmark_phase"}),
            frozenset({"aiperf_version"}),
            frozenset({"request_throughput", "request_latency", "request_count"}),
        ),
    ),
    ("capacity", (frozenset({"route", "replicas"}),)),
    ("invoices", (frozenset({"period_start", "period_end"}), frozenset({"BilledCost"}))),
    ("calls", (frozenset({"call_id", "started_at"}),)),
    ("labels", (frozenset({"accepted", "labelled_by"}), frozenset({"accepted", "labelled_at"}))),
    ("outcomes", (frozenset({"accepted"}),)),
    ("scores", (frozenset({"value", "name"}), frozenset({"value", "from"}))),
)
"""A kind or format, and the sets of names of which one is there; the first that fits."""


def recognised(file: Path) -> str | None:
    """The word after `routefit import` that fits the file's names; None where none does or it cannot be read."""
    names = _names(file)
    return next((word for word, signs in _SIGNS if any(sign <= names for sign in signs)), None)


def _names(file: Path) -> frozenset[str]:
    suffixes = [suffix.lower() for suffix in file.suffixes]
    try:
        if suffixes and suffixes[-1] == ".gz":
            with gzip.open(file, "rb") as stream:
                head = stream.read(HEAD_BYTES)
        else:
            with file.open("rb") as stream:
                head = stream.read(HEAD_BYTES)
    except (OSError, EOFError, zlib.error):
        return frozenset()
    text = head.decode("utf-8", errors="replace").removeprefix("\ufeff")
    if ".csv" in suffixes:
        return frozenset(name.strip() for name in next(csv.reader(text.splitlines()), []))
    return frozenset(_NAME.findall(text))
