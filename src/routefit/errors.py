"""Named errors with stable codes.

Every error says what happened, what was got, what was expected and what to do next; `code` is stable
across releases and `exit_code` is what the command line returns.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong in one place of a file; printed as `file:line:column: path: got X, expected Y`."""

    file: str
    line: int | None
    column: int | None
    path: str
    message: str

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        return f"{place}: {self.path}: {self.message}" if self.path else f"{place}: {self.message}"


class RoutefitError(Exception):
    """Base of every error that routefit raises on purpose."""

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 2

    def __init__(self, what: str, *, next_step: str | None = None) -> None:
        self.what = what
        self.next_step = next_step
        super().__init__(f"{what}\n  next: {next_step}" if next_step else what)


class BadInputError(RoutefitError):
    """A value, a file or a combination of options that nothing can be done with."""

    code = "bad_input"


class DeclaredFilesError(RoutefitError):
    """One or more declared files cannot be read; carries all their problems."""

    code = "declared_files"

    def __init__(
        self, problems: Sequence[Problem], *, next_step: str = "correct the lines above, then run `routefit check`"
    ) -> None:
        self.problems = tuple(sorted(problems, key=lambda p: (p.file, p.line or 0, p.column or 0)))
        count = len(self.problems)
        lines = "\n".join(str(problem) for problem in self.problems)
        super().__init__(
            f"{count} problem{'s' if count != 1 else ''} in the declared files:\n{lines}",
            next_step=next_step,
        )


class UnknownNameError(RoutefitError):
    """A workload, route or other name that nothing carries; the nearest known names are offered."""

    code = "unknown_name"

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind, self.name = kind, name
        self.known = options = sorted(set(known))
        near = nearest_names(name, options)
        if near:
            step = f"did you mean {' or '.join(repr(option) for option in near)}?"
        elif options:
            step = f"known {kind}s: {', '.join(options[:12])}{' …' if len(options) > 12 else ''}"
        else:
            step = f"no {kind} is declared or imported yet: `routefit import calls FILE`"
        super().__init__(f"no {kind} is called {name!r}", next_step=step)


class ConflictError(RoutefitError):
    """The same id with other content, or two things that exclude each other."""

    code = "conflict"


class NotAProjectError(RoutefitError):
    """No routefit.yaml here or above."""

    code = "not_a_project"


class LedgerError(RoutefitError):
    """The ledger cannot be read or written."""

    code = "ledger"


class CannotTellError(RoutefitError):
    """The question is well formed but the data do not answer it."""

    code = "cannot_tell"
    exit_code = 3


class UndefinedError(RoutefitError):
    """A formula has no value on these inputs (a division by nothing); never 0 or infinity instead."""

    code = "undefined"
    exit_code = 3


def nearest_names(name: str, known: Iterable[str], *, most: int = 3) -> tuple[str, ...]:
    """The known names that `name` is most likely a misspelling of, nearest first, at most `most`."""
    by_folded = {option.casefold(): option for option in known}
    near = difflib.get_close_matches(name.casefold(), by_folded, n=most, cutoff=0.6)
    return tuple(by_folded[folded] for folded in near)
