"""What a format is: it reads the rows of another tool's file and spells them in the interchange format.

A format only translates. Whether a value is acceptable, how it is stored and hashed, and what is a duplicate is
decided where every import decides it. A format never hands on prompts, answers, headers or keys.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec

from routefit.ledger.schema import TableKind
from routefit.ledger.source_file import BrokenRow, SourceFile


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """Columns that many rows have in common; they are checked once, so each is handed on as one object."""

    columns: Mapping[str, Any]


class FormatRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row of the interchange format, or why there is none.

    `number` is where it stands in the source: the line of JSON Lines and CSV, else the record's number, from 1.
    Within one kind no number occurs twice. The row has the columns of `shared` too; where both have an object, it
    has the members of both.
    """

    number: int
    kind: TableKind
    row: dict[str, Any] | BrokenRow
    shared: Shared | None = None


@dataclass(slots=True)
class Notes:
    """What the reader of an import summary should know: records that were left out, remarks and warnings."""

    left_out: Counter[str] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def leave_out(self, reason: str) -> None:
        """One record is no row, for this reason (in words that follow "N records left out: ")."""
        self.left_out[reason] += 1

    def warn(self, warning: str) -> None:
        """Say something once, however often it is met."""
        if warning not in self.warnings:
            self.warnings.append(warning)

    def lines(self) -> list[str]:
        """One line per reason for leaving records out, then the remarks."""
        left_out = [
            f"{count:,} record{'' if count == 1 else 's'} left out: {reason}"
            for reason, count in self.left_out.items()
        ]
        return left_out + self.remarks


class Format(Protocol):
    """Reads the files of one tool."""

    name: str
    kinds: tuple[TableKind, ...]

    def rows(self, source: SourceFile, notes: Notes) -> Iterator[FormatRow]:
        """Every row of the file in order; raises `BadInputError` when the whole file is not of this format."""
        ...
