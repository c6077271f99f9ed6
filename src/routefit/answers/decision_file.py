"""FILE.yaml after `decide KIND`: inputs by name, and the lists that a kind works on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel

from routefit.decisions.kinds import Kind
from routefit.errors import BadInputError, DeclaredFilesError, Problem
from routefit.project.document import Document, read_document
from routefit.project.validation import validated


@dataclass(frozen=True, slots=True)
class DecisionFile:
    """Inputs as text by name, and the kind's structure, None where the file has none of its keys.

    `places` are the keys of the inputs as FILE:LINE:COLUMN.
    """

    typed: dict[str, str] = field(default_factory=dict)
    structure: BaseModel | None = None
    places: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def naming(self, name: str) -> Iterator[None]:
        """What is wrong with the input of a name gets the place where it stands."""
        try:
            yield
        except BadInputError as error:
            raise BadInputError(f"{self.places[name]}: {error.what}", next_step=error.next_step) from None


def decision_file(kind: Kind, path: Path) -> DecisionFile:
    """What a file gives to a kind; DeclaredFilesError with all problems, BadInputError for no file."""
    if path.is_dir():
        raise BadInputError(
            f"got the folder {path}, expected a file of inputs", next_step=f"routefit decide {kind.name} --help"
        )
    if not path.is_file():
        raise BadInputError(f"no file {path}", next_step=f"routefit decide {kind.name} --help")
    document = read_document(path, file=str(path))
    if document.problems:
        raise _refused(document.problems)
    structural = set(kind.structure.model_fields) if kind.structure else set()
    typed = {name: value for name, value in document.value.items() if name not in structural}
    nested = [
        document.report((name,), "got a list or keys, expected a number, a range low:mode:high or a word")
        for name, value in typed.items()
        if isinstance(value, dict | list)
    ]
    if nested:
        raise _refused(nested)
    return DecisionFile(
        {name: as_text(value) for name, value in typed.items() if value is not None},
        _structure(kind, document, structural),
        {name: _place(document, name) for name in typed},
    )


def _place(document: Document, name: str) -> str:
    at = document.keys_at[(name,)]
    return f"{document.file}:{at.line}:{at.column}"


def _refused(problems: Sequence[Problem]) -> DeclaredFilesError:
    return DeclaredFilesError(problems, next_step="correct the lines above, then run it again")


def _structure(kind: Kind, document: Document, keys: set[str]) -> BaseModel | None:
    if kind.structure is None or not keys & set(document.value):
        return None
    document.value = {name: value for name, value in document.value.items() if name in keys}
    found, problems = validated(document, kind.structure)
    if problems:
        raise _refused(problems)
    return found


def as_text(value: object) -> str:
    """A value of a file as somebody would type it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
