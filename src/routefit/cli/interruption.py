"""Ctrl-C, also where a library turns it into an error of its own (DuckDB: "Query interrupted")."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class Interruption:
    """Whether the user has asked to stop."""

    is_seen: bool = False

    def handle(self, *_: object) -> None:
        """Remember it, and stop what runs."""
        self.is_seen = True
        raise KeyboardInterrupt


@contextmanager
def noticed() -> Iterator[Interruption]:
    """Notice Ctrl-C within the block; outside the main thread, where no signal arrives, nothing is noticed."""
    interruption = Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield interruption
        return
    earlier = signal.signal(signal.SIGINT, interruption.handle)
    try:
        yield interruption
    finally:
        signal.signal(signal.SIGINT, earlier)
