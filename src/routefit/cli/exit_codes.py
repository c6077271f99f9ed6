"""What the shell gets."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """0 also for a table with empty cells, and whatever `status` finds."""

    ANSWERED = 0
    BAD_INPUT = 2
    CANNOT_TELL = 3
    FAULT = 70
    INTERRUPTED = 130
