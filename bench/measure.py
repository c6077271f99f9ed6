"""CPU time and peak memory of whole child processes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


class NotMeasuredError(Exception):
    """A child failed or something that it needs is missing; the message says what."""


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What one process used: CPU seconds of user and system together, and its peak resident megabytes."""

    cpu_s: float
    peak_mb: float

    def beyond(self, start: Usage) -> Usage:
        """The CPU time beyond that of a process that only started."""
        return Usage(cpu_s=self.cpu_s - start.cpu_s, peak_mb=self.peak_mb)


def stay_on_one_core() -> int | None:
    """Bind this process and its children to one core; its number, or None where the system cannot."""
    if not hasattr(os, "sched_setaffinity"):
        return None
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    return core


def usage_of(command: Sequence[str], *, folder: Path | None = None) -> Usage:
    """Run the command to its end and return what it used; a failing command is an error with its last words."""
    with tempfile.TemporaryFile() as words:
        child = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=words, stderr=words)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            words.seek(0)
            last = words.read().decode(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
            raise NotMeasuredError(f"`{' '.join(command[:4])}` ended with {child.returncode}: {last[0]}")
    return Usage(cpu_s=used.ru_utime + used.ru_stime, peak_mb=used.ru_maxrss / 1024)


def least_usage(
    command: Sequence[str], *, repeats: int, prepare: Callable[[], None] | None = None, folder: Path | None = None
) -> Usage:
    """The run with the least CPU time among `repeats`; `prepare` runs before each and does not count."""
    runs = []
    for _ in range(repeats):
        if prepare is not None:
            prepare()
        runs.append(usage_of(command, folder=folder))
    return min(runs, key=lambda run: run.cpu_s)


def python_child(module: str, *arguments: str | Path) -> list[str]:
    """The command that runs a module of this interpreter with arguments."""
    return [sys.executable, "-m", module, *map(str, arguments)]


def routefit_command(*arguments: str | Path) -> list[str]:
    """The command line of the product, as a user runs it, from the same environment as this process."""
    return [str(Path(sys.executable).with_name("routefit")), *map(str, arguments)]
