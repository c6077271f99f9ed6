"""What the shell gets."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """0 also for a table with empty cells, and whatever `status` finds; 1 where `--exit-code` asked for an act."""

    ANSWERED = 0
    NOT_ACT = 1
    BAD_INPUT = 2
    CANNOT_TELL = 3
    FAULT = 70
    INTERRUPTED = 130
