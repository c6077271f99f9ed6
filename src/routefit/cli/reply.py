"""What a command gives back: the text for stdout and the exit code."""

from __future__ import annotations

from dataclasses import dataclass

from routefit.cli.exit_codes import ExitCode


@dataclass(frozen=True, slots=True)
class Reply:
    """`text` goes to stdout as it is, all at once; and then the command ends."""

    text: str
    exit_code: ExitCode = ExitCode.ANSWERED
