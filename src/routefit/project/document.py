"""One YAML file as plain values, with the line and column of each.

Values are built from the node graph, so that a number keeps its text: `0.30` reaches a `Decimal` field as
written. YAML 1.2: `yes` and `on` are text, a bare date is a date.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from routefit.errors import Problem

Step = str | int
Steps = tuple[Step, ...]
"""The way from the top of a document to a value: keys and list positions."""

TAG = "tag:yaml.org,2002:"
MERGE = f"{TAG}merge"
MOST_VALUES = 500_000
"""Values in one file, aliases counted wherever they are used; more are refused."""

LARGEST_FILE_BYTES = 4_000_000
"""Some thirty thousand price rows; longer files hold something else, such as calls."""

LARGEST_EXPONENT = 100
"""Numbers beyond 10**100 are read as floats, so that none of them can fill the memory as a whole number."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Line and column in a file, both counted from 1."""

    line: int
    column: int


@dataclass(slots=True)
class Document:
    """The values of one file and where each of them and each key stands."""

    file: str
    value: dict[str, Any] = field(default_factory=dict)
    values_at: dict[Steps, Place] = field(default_factory=dict)
    keys_at: dict[Steps, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def place(self, steps: Steps) -> Place:
        """Where a value stands; for a value that is not there, where its nearest container begins."""
        while steps not in self.values_at and steps:
            steps = steps[:-1]
        return self.values_at.get(steps, Place(1, 1))

    def report(self, steps: Steps, message: str, *, at: Place | None = None) -> Problem:
        """A problem with the value at `steps`, in the words of `message`."""
        place = at or self.place(steps)
        return Problem(self.file, place.line, place.column, spelled(steps), message)


def spelled(steps: Steps) -> str:
    """The steps as a person writes them: `prices[0].valid_from`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return text.removeprefix(".")


def read_document(path: Path, *, file: str) -> Document:
    """The document in a file; `file` is the name that problems carry.

    What makes the whole file unreadable (no UTF-8, no YAML, no keys) is the document's only problem.
    """
    try:
        size_bytes = path.stat().st_size
        if size_bytes > LARGEST_FILE_BYTES:
            message = f"got {size_bytes:,} bytes, expected at most {LARGEST_FILE_BYTES:,} in a declared file"
            return Document(file, problems=[Problem(file, None, None, "", message)])
        text = path.read_bytes()
    except OSError as error:
        return Document(file, problems=[Problem(file, None, None, "", f"cannot be read: {error.strerror}")])
    try:
        return parse_document(text.decode("utf-8-sig"), file=file)
    except UnicodeDecodeError as error:
        before = text[: error.start].decode("utf-8", "replace")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        message = f"got the byte 0x{text[error.start]:02x}, expected text in UTF-8"
        return Document(file, problems=[Problem(file, line, column, "", message)])


def parse_document(text: str, *, file: str) -> Document:
    """The document in a text."""
    document = Document(file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ReusedAnchorWarning)
            root = YAML(typ="safe", pure=True).compose(text)
        if root is None:
            document.problems.append(Problem(file, 1, 1, "", "got an empty file, expected keys with values"))
        elif not isinstance(root, MappingNode):
            got = "a list" if isinstance(root, SequenceNode) else "a single value"
            message = f"got {got}, expected keys with values, like `name: value`"
            document.problems.append(document.report((), message, at=_place(root)))
        else:
            document.value = _Builder(document).built(root, ())
    except YAMLError as error:
        document.problems.append(_syntax_problem(error, text, file))
    except _TooManyValuesError:
        message = f"got more than {MOST_VALUES:,} values, expected fewer in one file"
        document.problems.append(Problem(file, None, None, "", message))
    except RecursionError:
        document.problems.append(Problem(file, None, None, "", "got values nested too deeply to be read"))
    return document


def _place(node: Node) -> Place:
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)


def _syntax_problem(error: YAMLError, text: str, file: str) -> Problem:
    if not isinstance(error, MarkedYAMLError):
        position = getattr(error, "position", 0)
        before = text[:position]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        character = f"U+{ord(text[position]):04X}" if position < len(text) else "an unreadable character"
        return Problem(file, line, column, "", f"got the character {character}, expected printable text")
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark is not None else (0, 0)
    lines = text.splitlines()
    current = lines[line] if line < len(lines) else ""
    indentation = current[: len(current) - len(current.lstrip())]
    if "\t" in indentation:
        return Problem(
            file, line + 1, indentation.index("\t") + 1, "", "got a tab, expected spaces for indentation"
        )
    if "single document" in (error.context or ""):
        message = "got a second document after `---`, expected one document per file"
    else:
        reason = ", ".join(part for part in (error.context, error.problem) if part)
        reason = " ".join(reason.split()).replace("'<stream end>'", "the end of the file")
        message = f"got text that is not YAML ({reason})"
    return Problem(file, line + 1, column + 1, "", message)


class _TooManyValuesError(Exception):
    """The file, with its aliases written out, holds more than MOST_VALUES values."""


@dataclass(slots=True)
class _Builder:
    """Builds the plain values of one document and notes their places."""

    document: Document
    open_nodes: set[int] = field(default_factory=set)

    def built(self, node: Node, steps: Steps) -> Any:
        if len(self.document.values_at) >= MOST_VALUES:
            raise _TooManyValuesError
        self.document.values_at[steps] = _place(node)
        if isinstance(node, ScalarNode):
            return self._scalar(node, steps)
        if id(node) in self.open_nodes:
            self._report(steps, "got an alias of the values that it stands in, expected values that end")
            return None
        if not str(node.tag).startswith(TAG):
            self._report(steps, f"got the tag {node.tag}, expected plain values")
        self.open_nodes.add(id(node))
        try:
            if isinstance(node, MappingNode):
                return self._mapping(node, steps)
            return [self.built(item, (*steps, index)) for index, item in enumerate(node.value)]
        finally:
            self.open_nodes.discard(id(node))

    def _mapping(self, node: MappingNode, steps: Steps) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if key_node.tag == MERGE:
                continue
            if not isinstance(key_node, ScalarNode):
                self._report(steps, "got a list or keys as a key, expected text", at=_place(key_node))
            elif key_node.value in found:
                first = self.document.keys_at[*steps, key_node.value]
                message = f"got this key again, expected it once (first on line {first.line})"
                self._report((*steps, key_node.value), message, at=_place(key_node))
            else:
                found[key_node.value] = self._entry(key_node, value_node, steps)
        for key_node, value_node in self._merged(node, steps):
            if key_node.value not in found:
                found[key_node.value] = self._entry(key_node, value_node, steps)
        return found

    def _entry(self, key_node: ScalarNode, value_node: Node, steps: Steps) -> Any:
        below = (*steps, key_node.value)
        self.document.keys_at[below] = _place(key_node)
        return self.built(value_node, below)

    def _merged(self, node: MappingNode, steps: Steps) -> Iterator[tuple[ScalarNode, Node]]:
        """What `<<` brings in, nearest first; the mapping's own keys win over all of it."""
        for key_node, value_node in node.value:
            if key_node.tag != MERGE:
                continue
            for source in value_node.value if isinstance(value_node, SequenceNode) else [value_node]:
                if not isinstance(source, MappingNode) or id(source) in self.open_nodes:
                    self._report(steps, "got `<<` without keys to merge, expected an alias", at=_place(key_node))
                    continue
                yield from ((key, value) for key, value in source.value if key.tag != MERGE)
                self.open_nodes.add(id(source))
                yield from self._merged(source, steps)
                self.open_nodes.discard(id(source))

    def _scalar(self, node: ScalarNode, steps: Steps) -> Any:
        text = str(node.value)
        kind = str(node.tag).removeprefix(TAG)
        if kind == "null":
            return None
        if kind == "bool":
            return text.casefold() == "true"
        if kind == "int":
            return _whole_number(text)
        if kind == "float":
            return _number(text)
        if kind == "timestamp":
            return _date(text)
        if kind not in {"str", "value", "merge"}:
            self._report(steps, f"got the tag {node.tag}, expected plain values")
        return text

    def _report(self, steps: Steps, message: str, *, at: Place | None = None) -> None:
        self.document.problems.append(self.document.report(steps, message, at=at))


def _whole_number(text: str) -> int | str:
    digits = text.replace("_", "").lstrip("+")
    try:
        return int(digits, 0) if digits.lstrip("-")[:2].casefold() in {"0x", "0o", "0b"} else int(digits)
    except ValueError:
        return text


def _number(text: str) -> Decimal | float | str:
    digits = text.replace("_", "")
    special = digits.lstrip("+-").casefold()
    if special in {".inf", ".nan"}:
        return float(digits.replace(".", "", 1))
    try:
        exact = Decimal(digits)
    except InvalidOperation:
        return text
    return exact if abs(exact.adjusted()) <= LARGEST_EXPONENT else float(digits)


def _date(text: str) -> date | str:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text
