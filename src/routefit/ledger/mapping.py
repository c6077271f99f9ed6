"""Maps: a YAML file that says how any JSON, JSONL or CSV becomes calls and outcomes.

    files: results/{model}/instance_results/{task}.json
    rows: items($)
    calls:    {column: expression, ...}
    outcomes: {column: expression, ...}

The grammar of expressions is in `routefit.ledger.expression`. What is wrong in a map is reported all at once,
each problem as file:line:column.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from routefit.errors import BadInputError, Problem, nearest_names
from routefit.ledger.expression import (
    MISSING,
    Expression,
    ExpressionError,
    Row,
    alternatives,
    constant,
    is_path,
    parse_expression,
    path_expression,
)
from routefit.ledger.schema import TARGET_IDS, TableKind
from routefit.ledger.source_file import BrokenRow, SourceFile, csv_rows, json_document, json_line_values
from routefit.ledger.tables import TABLES
from routefit.ledger.values import JsonNumber, Refused, shown

_FILES_PART = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}|(\*\*/)|(\*)|([^{}*]+)|(.)", re.DOTALL)
_JUDGEMENTS = ("outcomes", "scores", "labels")
_KEYS = ("files", "rows", "calls", *_JUDGEMENTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """A map that was read without problems."""

    file: Path
    sha256: str
    files: str
    files_pattern: re.Pattern[str]
    capture_names: tuple[str, ...]
    is_keyed: bool
    rows_path: Expression | None
    outputs: dict[TableKind, dict[str, Expression]]

    @property
    def kinds(self) -> tuple[TableKind, ...]:
        """What the map yields, calls first."""
        return tuple(kind for kind in TABLES if kind in self.outputs)

    def files_in(self, folder: Path) -> list[Path]:
        """The files below a folder that the map's `files` fits."""
        return sorted(path for path in folder.rglob("*") if path.is_file() and self._match(path))

    def captures(self, file: Path) -> dict[str, str]:
        """What the path of a file captures; `BadInputError` when it does not fit."""
        match = self._match(file)
        if match is None:
            raise BadInputError(
                f"{file} does not fit `files: {self.files}` of the map {self.file}",
                next_step="give a file that fits, or correct `files` in the map",
            )
        return match.groupdict()

    def _match(self, file: Path) -> re.Match[str] | None:
        return self.files_pattern.fullmatch(file.absolute().as_posix())

    def identity(self, file: Path) -> str:
        """A digest of all that shapes the rows apart from the file's content."""
        parts = [self.sha256, *(f"{name}={text}" for name, text in sorted(self.captures(file).items()))]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


class MappedRows:
    """The rows of one file as one output of a map sees them; `current_key` names the row that came last."""

    def __init__(self, mapping: Mapping, kind: TableKind, source: SourceFile) -> None:
        self.current_key: str | None = None
        self._mapping, self._source = mapping, source
        self._columns = mapping.outputs[kind]
        self._captures = mapping.captures(source.path)
        self._never_found = dict.fromkeys(self._columns)

    def __iter__(self) -> Iterator[tuple[int, Any]]:
        for number, key, value in self._source_rows():
            if isinstance(value, BrokenRow):
                self.current_key = None
                yield number, value
            else:
                self.current_key = key
                yield number, self._mapped(Row(value, key, self._captures))

    def warnings(self) -> list[str]:
        """One sentence per column whose expression found nothing in any row."""
        return [
            f"{self._mapping.file}: column {name!r} was found in no row of {self._source.path.name}"
            " (a constant text is written {const: text})"
            for name in self._never_found
        ]

    def _mapped(self, row: Row) -> dict[str, Any] | BrokenRow:
        mapped: dict[str, Any] = {}
        for name, expression in self._columns.items():
            try:
                value = expression(row)
            except Refused as refused:
                return BrokenRow(f"of the map: {refused}", field=name, value=None)
            if value is not MISSING:
                mapped[name] = value
                self._never_found.pop(name, None)
        return mapped

    def _source_rows(self) -> Iterator[tuple[int, str, Any]]:
        count = 0
        for line, value in self._values():
            if isinstance(value, BrokenRow):
                count += 1
                yield line or count, str(count), value
                continue
            for key, row in self._rows_of(value, line):
                count += 1
                yield line or count, str(count) if key is None else key, row

    def _values(self) -> Iterator[tuple[int, Any]]:
        match self._source.format:
            case "csv":
                yield from csv_rows(self._source)
            case "jsonl":
                yield from json_line_values(self._source)
            case "json":
                yield 0, json_document(self._source)
            case "parquet":
                raise BadInputError(
                    f"{self._source.path} is Parquet, which a map does not read",
                    next_step="rename its columns and import it without a map, or write it as JSON Lines",
                )

    def _rows_of(self, value: Any, line: int) -> Iterator[tuple[str | None, Any]]:
        rows_path, is_keyed = self._mapping.rows_path, self._mapping.is_keyed
        if rows_path is None and not is_keyed and line:
            yield None, value
            return
        found = value if rows_path is None else rows_path(Row(value, "", self._captures))
        expected = dict if is_keyed else list
        if not isinstance(found, expected):
            what = "nothing" if found is MISSING else (shown(found) or "null")
            reason = (
                f"of the map: `rows` found {what}, expected {'a dictionary' if is_keyed else 'a list'} of rows"
            )
            yield None, BrokenRow(reason, field="rows")
        elif isinstance(found, dict):
            yield from found.items()
        else:
            yield from ((None, row) for row in found)


def load_mapping(file: Path) -> Mapping:
    """Read a map; `BadInputError` names every problem with its file, line and column."""
    try:
        text = file.read_bytes()
        root = YAML(typ="rt", pure=True).compose(text.decode())
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"the map {file} cannot be read: {error}", next_step="check the path") from error
    except YAMLError as error:
        mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
        place = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else str(file)
        what = error.problem if isinstance(error, MarkedYAMLError) else str(error)
        raise BadInputError(f"{place}: is not valid YAML: {what}", next_step="correct the map") from error
    return _MapReader(file).read(root, hashlib.sha256(text).hexdigest())


class _MapReader:
    """Collects what a map says and all that is wrong in it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._problems: list[Problem] = []
        self._captures: tuple[str, ...] = ()

    def read(self, root: Node | None, sha256: str) -> Mapping:
        """The map, or one error with all problems."""
        entries = self._entries(root, "")
        for key, (key_node, _) in entries.items():
            if key not in _KEYS:
                self._note(key_node, key, f"got {key!r}, expected one of {', '.join(_KEYS)}")
        files, pattern = self._files(entries.get("files"), root)
        is_keyed, rows_path = self._rows(entries.get("rows"))
        outputs = {
            kind: self._output(kind, *entries[kind]) for kind in TABLES if kind in _KEYS and kind in entries
        }
        if not outputs:
            self._note(root, "", "got neither `calls` nor `outcomes`, expected at least one of them")
        if self._problems:
            lines = "\n".join(str(problem) for problem in sorted(self._problems, key=_place))
            raise BadInputError(f"the map cannot be used:\n{lines}", next_step="see docs/reference/map-grammar.md")
        return Mapping(
            file=self._file,
            sha256=sha256,
            files=files,
            files_pattern=pattern,
            capture_names=self._captures,
            is_keyed=is_keyed,
            rows_path=rows_path,
            outputs=outputs,
        )

    def _note(self, node: Node | None, path: str, message: str) -> None:
        mark = node.start_mark if node is not None else None
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        self._problems.append(Problem(file=str(self._file), line=line, column=column, path=path, message=message))

    def _entries(self, node: Node | None, path: str) -> dict[str, tuple[Node, Node]]:
        if not isinstance(node, MappingNode):
            self._note(node, path, f"got {_what(node)}, expected a mapping of names to values")
            return {}
        entries: dict[str, tuple[Node, Node]] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if key in entries:
                self._note(key_node, f"{path}.{key}".strip("."), "is given twice")
            entries[key] = (key_node, value_node)
        return entries

    def _files(self, entry: tuple[Node, Node] | None, root: Node | None) -> tuple[str, re.Pattern[str]]:
        nothing = re.compile(r"(?!)")
        if entry is None:
            self._note(root, "files", "is absent, expected a pattern such as results/{model}/{task}.json")
            return "", nothing
        node = entry[1]
        if not isinstance(node, ScalarNode) or not node.value:
            self._note(node, "files", f"got {_what(node)}, expected one pattern")
            return "", nothing
        pattern = r"(?:.*/)?"
        names: list[str] = []
        for capture, folders, star, literal, odd in _FILES_PART.findall(node.value.lstrip("/")):
            if odd:
                self._note(node, "files", f"got {node.value!r}, expected braces only around {{names}}")
                return "", nothing
            if capture:
                pattern += f"(?P={capture})" if capture in names else f"(?P<{capture}>[^/]+)"
                names += [] if capture in names else [capture]
            else:
                pattern += r"(?:.*/)?" if folders else (r"[^/]*" if star else re.escape(literal))
        self._captures = tuple(names)
        return node.value, re.compile(pattern)

    def _rows(self, entry: tuple[Node, Node] | None) -> tuple[bool, Expression | None]:
        if entry is None:
            return False, None
        node = entry[1]
        text = node.value.strip() if isinstance(node, ScalarNode) else ""
        keyed = re.fullmatch(r"items\((.*)\)", text)
        path = keyed[1].strip() if keyed else text
        if path == "$":
            return keyed is not None, None
        if is_path(path):
            return keyed is not None, path_expression(path)
        self._note(node, "rows", f"got {text or _what(node)!r}, expected $, items($), a path, or items(path)")
        return False, None

    def _output(self, kind: TableKind, key_node: Node, node: Node) -> dict[str, Expression]:
        table = TABLES[kind]
        columns: dict[str, Expression] = {}
        for name, (name_node, value_node) in self._entries(node, kind).items():
            if name not in table.names:
                near = nearest_names(name, table.names, most=1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                self._note(name_node, f"{kind}.{name}", f"is no column of {kind}{hint}")
            else:
                columns[name] = self._expression(value_node, f"{kind}.{name}")
        for column in table.columns:
            if column.is_required and column.name not in columns:
                self._note(key_node, f"{kind}.{column.name}", "is absent, but required")
        if kind in _JUDGEMENTS and not any(name in columns for name in TARGET_IDS):
            self._note(key_node, kind, f"names nothing, expected one of {', '.join(TARGET_IDS)}")
        return columns

    def _expression(self, node: Node, path: str) -> Expression:
        if isinstance(node, SequenceNode):
            return alternatives([self._expression(item, path) for item in node.value])
        if isinstance(node, MappingNode):
            entries = self._entries(node, path)
            if list(entries) == ["const"] and isinstance(entries["const"][1], ScalarNode):
                return constant(_constant(entries["const"][1]))
            self._note(node, path, "got a mapping, expected {const: value} or an expression")
            return constant(None)
        if not isinstance(node, ScalarNode) or node.tag != "tag:yaml.org,2002:str":
            return constant(_constant(node))
        try:
            return parse_expression(node.value, self._captures)
        except ExpressionError as error:
            self._note(node, path, str(error))
            return constant(None)


def _place(problem: Problem) -> tuple[int, int]:
    return problem.line or 0, problem.column or 0


def _what(node: Node | None) -> str:
    if node is None:
        return "nothing"
    if isinstance(node, ScalarNode):
        return repr(node.value)
    return "a list" if isinstance(node, SequenceNode) else "a mapping"


_CONSTANTS: dict[str, Callable[[str], Any]] = {
    "tag:yaml.org,2002:null": lambda _text: None,
    "tag:yaml.org,2002:bool": lambda text: text.lower() == "true",
    "tag:yaml.org,2002:float": JsonNumber,
}


def _constant(node: Any) -> Any:
    """A scalar of the map as it is written; a time stays text and is checked like any other."""
    return _CONSTANTS.get(node.tag, str)(node.value)
