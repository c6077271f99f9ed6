"""A document against a declared model: the model, or every problem in words with its place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from routefit.errors import Problem, nearest_names
from routefit.project.document import Document, Step, Steps, spelled
from routefit.project.expected import NOT_EMPTY, alternatives, below, described, fields_of, is_fact, model_in

M = TypeVar("M", bound=BaseModel)
SHOWN_CHARACTERS = 60


def validated(document: Document, model: type[M]) -> tuple[M | None, list[Problem]]:
    """The document as `model`, or None and what is wrong with it."""
    try:
        return model.model_validate(document.value), []
    except ValidationError as error:
        found = [_Finding(document, model, detail) for detail in error.errors(include_url=False)]
        places = {finding.steps for finding in found}
        problems: dict[Steps, Problem] = {}
        for finding in found:
            is_explained_below = any(
                len(steps) > len(finding.steps) and steps[: len(finding.steps)] == finding.steps
                for steps in places
            )
            if not is_explained_below:
                problems.setdefault(finding.steps, finding.problem())
        return None, list(problems.values())


class _Finding:
    """One pydantic error, followed through the document and the model at once.

    Its location also names what is in neither: the members of a union, and the `value` of a bare fact.
    """

    def __init__(self, document: Document, model: type[BaseModel], detail: ErrorDetails) -> None:
        self.document, self.model, self.detail = document, model, detail
        self.steps: Steps = ()
        self.container: Any = model
        self.annotation: Any = model
        value: Any = document.value
        for index, step in enumerate(detail["loc"]):
            is_last = index == len(detail["loc"]) - 1
            deeper = below(self.annotation, step)
            is_there = _has(value, step)
            if deeper is None and not (is_last and is_there and detail["type"] == "extra_forbidden"):
                continue
            self.container, self.annotation = self.annotation, deeper
            if is_there or isinstance(value, Mapping):
                value = value[step] if is_there else None
                self.steps = (*self.steps, step)
        self.value = value

    def problem(self) -> Problem:
        kind = self.detail["type"]
        if kind == "extra_forbidden":
            key = str(self.steps[-1])
            return self.document.report(
                self.steps[:-1], _unknown_key(key, self.container), at=self.document.keys_at.get(self.steps)
            )
        if kind == "missing":
            return self.document.report(
                self.steps, f"got nothing, expected {described(self.annotation).replace(NOT_EMPTY, '')}"
            )
        if kind == "value_error":
            said = str(self.detail["ctx"]["error"])
            return self.document.report(self.steps, f"got {shown(self.value)}, {said}")
        expected = described(self.annotation)
        if self.value != "":
            expected = expected.replace(NOT_EMPTY, "")
        message = f"got {shown(self.value)}, expected {expected}{_hint(self.value, self.annotation)}"
        return self.document.report(self.steps, message)


def shown(value: Any) -> str:
    """A value of a file as a person would name it."""
    if value is None:
        return "nothing (null)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return repr(value if len(value) <= SHOWN_CHARACTERS else f"{value[:SHOWN_CHARACTERS]}…")
    if isinstance(value, Mapping):
        return f"keys ({', '.join(map(str, list(value)[:5]))})" if value else "no keys ({})"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value)


def _has(value: Any, step: Step) -> bool:
    if isinstance(step, int):
        return isinstance(value, list) and step < len(value)
    return isinstance(value, Mapping) and step in value


def _unknown_key(key: str, container: Any) -> str:
    model = model_in(container)
    known = fields_of(model) if model is not None else {}
    near = nearest_names(key, known, most=1)
    inside = [
        spelled((section, key))
        for section, field in known.items()
        if (nested := model_in(field.annotation)) is not None and not is_fact(nested) and key in fields_of(nested)
    ]
    options = inside[:1] or list(near)
    if options:
        return f"unknown key {key!r}, did you mean {options[0]!r}?"
    return f"unknown key {key!r}, expected one of {', '.join(known)}"


def _hint(value: Any, annotation: Any) -> str:
    """What the writer most likely meant, where that is plain."""
    expected = described(annotation)
    is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    if expected.endswith("from 0 to 1") and is_number and 1 < value <= 100:
        return f" ({shown(value)}% is {Decimal(str(value)) / 100:f})"
    if "one of " in expected and isinstance(value, str):
        near = nearest_names(value, expected.split("one of ", 1)[1].split(", "), most=1)
        return f"; did you mean {near[0]!r}?" if near else ""
    takes_text = str in _options(annotation)
    if takes_text and (is_number or isinstance(value, bool | date)):
        return f": put it in quotes, {_quoted(value)}"
    if expected.startswith("a list") and isinstance(value, str) and value:
        return f": put it in brackets, [{value}]"
    return ""


def _options(annotation: Any) -> tuple[Any, ...]:
    model = model_in(annotation)
    if model is not None and is_fact(model):
        return alternatives(model.model_fields["value"].annotation)
    return alternatives(annotation)


def _quoted(value: Any) -> str:
    return f'"{shown(value)}"'
