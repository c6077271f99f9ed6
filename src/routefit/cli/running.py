"""From arguments to an exit code: every error becomes words on stderr and, for JSON, one document on stdout.

Exit codes: 0 answered or done, 2 usage or bad input, 3 cannot tell, 70 a fault of routefit, 130 interrupted.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
import traceback
from collections.abc import Sequence
from typing import TextIO

import typer

from routefit.cli.application import app
from routefit.cli.exit_codes import ExitCode
from routefit.cli.interruption import noticed
from routefit.cli.reply import Reply
from routefit.errors import RoutefitError

DEBUG_VARIABLE = "ROUTEFIT_DEBUG"
"""Set to 1: an unforeseen error shows its traceback."""


def main(arguments: Sequence[str] | None = None) -> ExitCode:
    """Run one command; the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        reply = _reply(given)
        _write(sys.stdout, reply.text)
    except BrokenPipeError:
        # The reader has seen enough. Python would complain once more when it flushes stdout at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.ANSWERED
    return reply.exit_code


def _reply(given: list[str]) -> Reply:
    with noticed() as interruption:
        try:
            result = app(given, prog_name="routefit", standalone_mode=False)
        except BrokenPipeError:
            raise
        except (Exception, KeyboardInterrupt) as error:  # the last resort: every error ends in words and a code
            if interruption.is_seen or isinstance(error, KeyboardInterrupt | typer.Abort):
                return _interrupted(given)
            return _from_error(given, error)
    if result == ExitCode.INTERRUPTED:
        return _interrupted(given)
    return result if isinstance(result, Reply) else Reply("", ExitCode(result or 0))


def _from_error(given: list[str], error: Exception) -> Reply:
    if isinstance(error, RoutefitError):
        return _failed(given, error.code, error.what, error.next_step, ExitCode(error.exit_code))
    if isinstance(error, typer.TyperException):
        return _misused(given, error)
    return _fault(given, error)


def _interrupted(given: list[str]) -> Reply:
    return _failed(given, "interrupted", "interrupted; nothing is half-written", None, ExitCode.INTERRUPTED)


def _misused(given: list[str], error: typer.TyperException) -> Reply:
    context = getattr(error, "ctx", None)
    message = getattr(error, "format_message", lambda: str(error))()
    what = (message[:1].lower() + message[1:].rstrip(".")).replace("Value error, ", "")
    path = context.command_path if context else "routefit"
    return _failed(given, "usage", what, f"{path} --help", ExitCode.BAD_INPUT)


def _fault(given: list[str], error: Exception) -> Reply:
    if os.environ.get(DEBUG_VARIABLE) == "1":
        traceback.print_exception(error)
    first_line = (str(error).splitlines() or [""])[0]
    what = f"routefit met a fault of its own: {type(error).__name__}: {first_line}".rstrip(": ")
    step = f"please report it with what you ran; {DEBUG_VARIABLE}=1 shows where it happened"
    return _failed(given, "fault", what, step, ExitCode.FAULT)


def _failed(given: list[str], code: str, what: str, next_step: str | None, exit_code: ExitCode) -> Reply:
    text = f"error: {what}\n" + (f"  next: {next_step}\n" if next_step else "")
    _write(sys.stderr, text)
    if not _wants_json(given):
        return Reply("", exit_code)
    document = {"error": {"code": code, "message": what, "next_step": next_step}}
    return Reply(json.dumps(document, ensure_ascii=False) + "\n", exit_code)


def _wants_json(given: list[str]) -> bool:
    """Whether the arguments ask for JSON, also where they could not be parsed."""
    return "--format=json" in given or ("--format", "json") in itertools.pairwise(given)


def _write(stream: TextIO, text: str) -> None:
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, errors="replace").decode(encoding))
    stream.flush()
