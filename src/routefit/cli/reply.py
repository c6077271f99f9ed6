"""What a command gives back: the text for stdout and the exit code."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reply:
    """`text` goes to stdout as it is, all at once; `exit_code` 0 is answered."""

    text: str
    exit_code: int = 0
