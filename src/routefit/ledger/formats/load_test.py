"""What the formats of load tests have in common: what a test was about, and how values of their files are read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from routefit.errors import BadInputError
from routefit.ledger.source_file import SourceFile, json_document


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What was tested, which the files of the tools do not know; None is not said."""

    route: str
    workload: str | None = None
    replicas: float | None = None

    @property
    def columns(self) -> dict[str, Any]:
        """The columns that every row of the file has."""
        return {"route": self.route, "workload": self.workload, "replicas": self.replicas}

    def named(self, tool: str) -> str:
        """The name of the format with it: the same file about another subject is read once more."""
        return "\0".join(
            (tool, self.route, self.workload or "", "" if self.replicas is None else repr(self.replicas))
        )


def subject_of(subject: Subject | None, tool: str, source: SourceFile) -> Subject:
    """The subject; BadInputError where none was given."""
    if subject is None:
        raise BadInputError(
            f"it is not said which route {source.path} tested: the file does not know it",
            next_step=f"`routefit import {tool} {source.path} --route ROUTE --workload WORKLOAD --replicas N`",
        )
    return subject


def document_of(source: SourceFile, tool: str, expected: str) -> dict[str, Any]:
    """The JSON object that the file is; BadInputError for anything else."""
    is_lines = source.format == "jsonl" and source.lines > 1
    if source.format not in ("json", "jsonl") or is_lines:
        got = "JSON Lines" if is_lines else source.format
        raise BadInputError(
            f"{source.path} is no file of {tool}: got {got}, expected {expected}", next_step="give that file"
        )
    document = json_document(source)
    if not isinstance(document, dict):
        raise BadInputError(
            f"{source.path} is no file of {tool}: got a JSON {'list' if isinstance(document, list) else 'value'}, "
            f"expected {expected}",
            next_step="give that file",
        )
    return document


def part(value: Any, *names: str) -> Any:
    """The member at the end of a path of names; None where one is absent."""
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def number(value: Any) -> float | None:
    """A finite number; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def whole_number(value: Any) -> int | None:
    """A whole number of at least 0; None for anything else."""
    found = number(value)
    return int(found) if found is not None and found >= 0 and found == int(found) else None


def in_ms(seconds: Any) -> Any:
    """Seconds in milliseconds; what is no number as it is, for the table to refuse."""
    found = number(seconds)
    return seconds if found is None else found * 1_000


def instant(epoch_seconds: float | None) -> str | None:
    """Seconds since 1970 as a time in UTC; None for what is no time."""
    if epoch_seconds is None:
        return None
    try:
        return datetime.fromtimestamp(epoch_seconds, tz=UTC).isoformat()
    except (OverflowError, OSError, ValueError):
        return None


def present(row: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that have a value."""
    return {name: value for name, value in row.items() if value is not None}


def refuse_without_answers(answered_requests: int, failed_requests: int, tool: str, source: SourceFile) -> None:
    """BadInputError for a test of which no request was answered."""
    if not answered_requests:
        what = f"all {failed_requests:,} counted requests failed" if failed_requests else "no request was counted"
        raise BadInputError(
            f"{source.path}: {tool} got no answer to any request ({what}): it measured nothing of the route",
            next_step="check that the server answered, then test once more",
        )
